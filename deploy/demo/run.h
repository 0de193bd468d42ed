// One run of the demonstration: what it holds on to, and its steps in order (run.cc up to an open market,
// run_year.cc from the first month to settlement).
#pragma once

#include <optional>
#include <vector>

#include "deploy/demo/chain_client.h"
#include "deploy/demo/households.h"
#include "deploy/demo/people.h"
#include "deploy/demo/report.h"
#include "deploy/demo/scenario.h"
#include "src/client/wallet.h"
#include "src/ledger/block.h"

namespace pcq::demo {

// The share of the excess that may be offset with purchases (delta), in parts per billion.
inline constexpr std::int64_t kOffsetRatio = 300'000'000;
inline constexpr std::int64_t kEffortCost = 200'000;     // micro-yuan per kilogram
inline constexpr std::size_t kOrganisationAtOnce = 200;  // inside the account's sequence window
inline constexpr std::size_t kPeopleAtOnce = 1'000;

std::int64_t integer(const boost::json::value& value);
std::int64_t now_ms();  // since 1970

class Run {
public:
    Run(const ScenarioOptions& options, Households households, ledger::Genesis main, ledger::Genesis side,
        ChainClient client);

    Result<> all();

private:
    template <class Action>
    Result<Fate> act(const ledger::Genesis& chain, client::Wallet& wallet, const Action& action,
                     const char* what) {
        auto height = valid_until(chain);
        if (!height) return height.error();
        auto transaction = wallet.sign(action, *height);
        if (!transaction) return transaction.error();
        auto fate = client_.submit(chain.fields.name(), transaction->bytes);
        if (!fate) return Error{fate.error().code, std::string(what) + ": " + fate.error().message};
        if (fate->code != 0) return Error{Code::internal, std::string(what) + " was refused: " + fate->text};
        wallet.committed(transaction->sequence);
        ++figures_.transactions;
        return fate;
    }

    Result<std::uint64_t> valid_until(const ledger::Genesis& chain);

    Result<> open_wallets();

    Result<> open_period();

    // Signs one transaction for each of `count` items, in order, as the account's sequence window allows.
    template <class Make>
    Result<> act_for_each(client::Wallet& wallet, std::size_t count, const Make& make, const char* what) {
        auto height = valid_until(side_);
        if (!height) return height.error();
        std::vector<std::uint64_t> sequences;
        Result<> outcome;
        const auto next = [&]() -> std::optional<ledger::RawTransaction> {
            if (!outcome || sequences.size() == count) return std::nullopt;
            auto transaction = wallet.sign(make(sequences.size()), *height);
            if (!transaction) {
                if (transaction.error().code != Code::sequences_used_up) outcome = transaction.error();
                return std::nullopt;  // until an older one is final
            }
            sequences.push_back(transaction->sequence);
            return std::move(transaction->bytes);
        };
        client_.submit_each(
            side_.fields.name(), next,
            [&](std::size_t number, const Result<Fate>& fate) {
                wallet.committed(sequences[number]);
                note(fate, what, outcome);
            },
            kOrganisationAtOnce);
        return outcome;
    }

    Result<> submit_all_good(const std::vector<ledger::RawTransaction>& batch, const char* what);

    // Counts what went well; the first that did not becomes the outcome.
    void note(const Result<Fate>& fate, const char* what, Result<>& outcome);

    Result<> register_people();

    // One batch on the main chain; the side chain credits it by proof, a thousand leaves at a time.
    Result<> issue();

    Result<> fund();

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

    void traded(Person& person, Grams grams, const Fate& fate, bool selling);

    Result<> close_period();

    void progress(const std::string& text) const;

    const ScenarioOptions& options_;
    const Households households_;
    const ledger::Genesis main_;
    const ledger::Genesis side_;
    ChainClient client_;
    std::optional<client::Wallet> government_;
    std::optional<client::Wallet> platform_;
    std::optional<client::Wallet> meter_;
    std::optional<client::Wallet> bank_;
    std::vector<Person> people_;
    Grams quota_;
    Grams inventory_;
    Figures figures_;
};

}  // namespace pcq::demo
