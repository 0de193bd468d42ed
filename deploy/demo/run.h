// One run of the demonstration: what it holds on to, and its steps in order (run.cc up to an open market,
// run_year.cc from the first month to settlement, run_orders.cc trade between people, run_outcome.cc what
// came of it).
#pragma once

#include <optional>
#include <vector>

#include "deploy/demo/outcome.h"
#include "deploy/demo/people.h"
#include "deploy/demo/report.h"
#include "deploy/demo/scenario.h"
#include "deploy/demo/terms.h"
#include "src/client/network_client.h"
#include "src/client/organisations.h"
#include "src/ledger/block.h"

namespace pcq::demo {

inline constexpr std::int64_t kPersonCash = 100'000'000'000;  // micro-yuan, ample: nobody is left owing
inline constexpr client::Flow kPeople{.at_once = 1'000};

std::int64_t now_ms();  // since 1970

class Run {
public:
    Run(const ScenarioOptions& options, cli::Homes homes, ledger::Genesis main, ledger::Genesis side,
        client::NetworkClient client);

    Result<> all();

private:
    Result<> open_wallets();

    Result<> open_period();

    Result<> register_people();

    Result<> issue();

    Result<> fund();

    Result<> join();

    Result<> run_month(std::uint32_t month);

    Result<> report_month(std::uint32_t month);

    // What each household wants to trade at this price: sellers all their surplus if it is worth the effort,
    // buyers what the policy lets them offset, cut down in equal parts when the platform does not hold
    // enough.
    std::vector<std::pair<std::size_t, Grams>> wishes(std::uint32_t month, PricePerKg price,
                                                      bool selling) const;

    Result<std::size_t> trade(std::uint32_t month, PricePerKg price, bool selling);

    Result<std::size_t> settle_trades(const std::vector<std::pair<std::size_t, Grams>>& wanted,
                                      const std::vector<ledger::RawTransaction>& batch, bool selling);

    void traded(Person& person, Grams grams, const client::Final& fate, bool selling);

    // Each puts all it may trade into an order: sellers ask for what it is worth to them, buyers offer up to
    // what the platform would take. Returns how many orders there were.
    Result<std::size_t> bargain(std::uint32_t month, PricePerKg low, PricePerKg high);
    Result<std::vector<ledger::RawTransaction>> orders(std::uint32_t month, PricePerKg low, PricePerKg high,
                                                       std::vector<std::size_t>& placed);
    // After the last auction of the month.
    Result<> learn_trades(const std::vector<std::size_t>& placed);

    Result<> close_period();

    Result<Outcome> outcome();
    Result<std::vector<Settled>> read_people();

    void progress(const std::string& text) const;

    const ScenarioOptions& options_;
    const cli::Homes homes_;
    const ledger::Genesis main_;
    const ledger::Genesis side_;
    client::NetworkClient client_;
    std::optional<client::Organisations> organisations_;
    std::vector<Person> people_;
    Terms terms_;
    Grams quota_;
    Ratio offset_ratio_;
    Grams inventory_;
    Figures figures_;
};

}  // namespace pcq::demo
