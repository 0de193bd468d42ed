// A market in full swing on a real network: a period with its policy, people with quota, cash and readings,
// a price. Everything is signed here and goes through the nodes' RPC, as the organisations would do it.
//
// Of the people, those with an even index emit far less than their quota and have a surplus to sell; the
// others emit more. Each month accrues kMonthlyQuota grams a person.
#pragma once

#include "src/client/actions.h"
#include "src/client/wallet.h"
#include "tests/end_to_end/network.h"

namespace pcq::e2e {

inline constexpr std::uint32_t kPeriod = 2026;
inline constexpr std::int64_t kYearlyQuota = 12'000'000;  // grams
inline constexpr std::int64_t kMonthlyQuota = kYearlyQuota / 12;
inline constexpr std::int64_t kCapLeft = 100'000;      // under the cap, when everybody has a quota
inline constexpr std::int64_t kLowEmission = 200'000;  // in a month
inline constexpr std::int64_t kHighEmission = 1'800'000;
inline constexpr std::int64_t kSurplus = kMonthlyQuota - kLowEmission;  // after the first month
inline constexpr std::int64_t kFee = 100'000;                           // micro-yuan, as pcq net init sets it
inline constexpr std::uint64_t kValidFor = 5'000;                       // blocks, if nothing else is said

// A key, and the account that it opens on every chain.
class Actor {
public:
    explicit Actor(crypto::SigningKey key);
    static Actor fresh();
    static Actor from_file(const std::filesystem::path& file);

    const crypto::SigningKey& key() const { return key_; }
    const AccountId& account() const { return account_; }
    // Sequences are counted here, for each chain, from 1.
    proto::TransactionBody body(const ChainId& chain, std::uint64_t valid_until);
    ledger::RawTransaction sign(const proto::TransactionBody& body) const;

private:
    crypto::SigningKey key_;
    AccountId account_;
    std::map<ChainId, std::uint64_t> sequences_;
};

class Market {
public:
    // The network is up. Returns when the first month is over and priced.
    Market(Network& network, std::size_t people);

    Network& network() { return network_; }
    Actor& government() { return government_; }
    Actor& platform() { return platform_; }
    Actor& meter() { return meter_; }
    Actor& bank() { return bank_; }
    std::vector<Actor>& people() { return people_; }
    Actor& seller(std::size_t number) { return people_[2 * number]; }
    Actor& buyer(std::size_t number) { return people_[2 * number + 1]; }
    const client::IssuancePlan& issuance() const { return *plan_; }
    const ChainId& main() const { return network_.main().chain; }
    const ChainId& side() const { return network_.side().chain; }
    std::int64_t buy_price() const { return buy_price_; }    // P_ph
    std::int64_t sell_price() const { return sell_price_; }  // P_c

    // A signed action; the next sequence of the actor.
    template <class Action>
    ledger::RawTransaction sign(Actor& actor, const ChainId& chain, const Action& action,
                                std::uint64_t valid_until = kValidFor) {
        auto body = actor.body(chain, valid_until);
        client::set_action(body, action);
        return actor.sign(body);
    }
    // Sent to one node, answered when it is final.
    Result<client::Submitted> submit(const ChainId& chain, const ledger::RawTransaction& transaction);
    template <class Action>
    Result<client::Submitted> act(Actor& actor, const ChainId& chain, const Action& action) {
        return submit(chain, sign(actor, chain, action));
    }

    proto::SellSurplus sale(std::int64_t grams) const;
    proto::BuyQuota purchase(std::int64_t grams) const;
    proto::ReportEmissions readings(std::uint32_t month) const;

    // What the side chain says of an account in the period.
    Json standing(const AccountId& account, std::size_t node = 0);

private:
    template <class Action>
    void must(Actor& actor, const ChainId& chain, const Action& action, const char* what);
    void open_period();
    void issue();
    void fund();
    void price();

    Network& network_;
    std::unique_ptr<client::RpcClient> client_;
    Actor government_;
    Actor platform_;
    Actor meter_;
    Actor bank_;
    std::vector<Actor> people_;
    std::optional<client::IssuancePlan> plan_;
    std::int64_t buy_price_ = 0;
    std::int64_t sell_price_ = 0;
};

}  // namespace pcq::e2e
