// The people of a demonstration: every household with its own key, its perception theta, and a copy of its
// standing by the same arithmetic as the contracts', so that it knows what to sell and buy without asking the
// chain each time.
#pragma once

#include <vector>

#include "src/cli/households.h"
#include "src/client/actions.h"
#include "src/client/wallet.h"

namespace pcq::demo {

struct Person {
    std::string household;
    client::Wallet wallet;
    proto::NewUser user;  // for the registrar
    Ratio perception;     // theta of equation 3, uniform on (0, 1)
    std::array<cli::MonthReading, cli::kMonths> months;
    Grams issued;
    Grams emitted;  // reported so far
    Grams sold;
    Grams purchased;
};

// Fresh keys from the operating system; theta from the seed, so that a run can be repeated.
struct PeoplePlan {
    ChainId chain;
    AccountId registrar;
    Grams quota;  // of each person of a household
    std::uint64_t seed = 0;
};
Result<std::vector<Person>> make_people(const std::vector<cli::Home>& homes, const PeoplePlan& plan);

// As market::may_buy: delta of what is lacked, less what was bought; 0 if that is negative.
Grams offsettable(const Person& person, std::uint32_t months_over, Ratio offset_ratio);

// As pricing::standing: accrued less sold less emitted; negative is what is lacked.
Grams margin(const Person& person, std::uint32_t months_over);

}  // namespace pcq::demo
