#include "deploy/demo/people.h"

#include <algorithm>
#include <random>

#include "src/base/wide.h"
#include "src/crypto/hash.h"

namespace pcq::demo {

Result<std::vector<Person>> make_people(const std::vector<cli::Home>& homes, const PeoplePlan& plan) {
    std::vector<Person> people;
    people.reserve(homes.size());
    std::mt19937_64 random(plan.seed);
    for (const auto& home : homes) {
        auto key = crypto::SigningKey::generate(crypto::KeyType::ed25519);
        if (!key) return key.error();
        const AccountId account = crypto::account_of(key->public_key());
        auto user = client::new_user(plan.chain, plan.registrar, *key,
                                     crypto::sha256({"demonstration", home.id, account.view()}));
        // Strictly between 0 and 1; the remainder of a 64-bit draw is near enough to uniform.
        const auto theta =
            static_cast<std::int64_t>(1 + random() % static_cast<std::uint64_t>(kRatioOne - 1));
        people.push_back(Person{.household = home.id,
                                .wallet = client::Wallet(plan.chain, *std::move(key)),
                                .user = std::move(user),
                                .perception = Ratio(theta),
                                .months = home.months,
                                .issued = Grams(plan.quota.value() * home.people),
                                .emitted = Grams(),
                                .sold = Grams(),
                                .purchased = Grams()});
    }
    return people;
}

Grams margin(const Person& person, std::uint32_t months_over) {
    const std::int64_t accrued =
        person.issued.value() * months_over / static_cast<std::int64_t>(cli::kMonths);
    return Grams(accrued - person.sold.value() - person.emitted.value());
}

Grams offsettable(const Person& person, std::uint32_t months_over, Ratio offset_ratio) {
    const std::int64_t lacked = std::max<std::int64_t>(0, -margin(person, months_over).value());
    const auto most =
        static_cast<std::int64_t>(static_cast<Int128>(lacked) * offset_ratio.value() / kRatioOne);
    return Grams(std::max<std::int64_t>(0, most - person.purchased.value()));
}

}  // namespace pcq::demo
