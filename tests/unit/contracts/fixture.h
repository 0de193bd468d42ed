// A main chain and a side chain with their organisations and people, and what they usually do: open a period,
// issue quota, report, trade, settle. Between the two, messages travel by real proofs and certificates.
//
//   TestChain chain;
//   auto& ann = chain.person("ann");
//   chain.open(2013);                    // policy below, one month
//   chain.issue(2013, {{&ann, 1000_g}});
//   chain.report(2013, 1, {{&ann, 700_g}});
//   chain.advance(2013, 1);              // the month is over, the epoch is priced
//
// Whatever a helper does must succeed, or the test fails. Refusals are provoked with TestLedger::attempt().
#pragma once

#include "src/base/amount.h"
#include "tests/unit/contracts/ledger.h"

namespace pcq::contracts::testing {

struct TestOptions {
    int main_validators = 4;
    int side_validators = 5;  // a quorum is 4, where 2f + 1 would be 3
    std::uint32_t settlement_per_block = 100;
    std::int64_t registration_fee_uy = 1'000'000;
    std::uint64_t trust_delay_ms = 0;
    std::int64_t transfer_day_g = 0;
    std::int64_t transfer_day_uy = 0;
    bool register_side = true;
    bool government_is_meter = false;  // one organisation with both roles, beside the meter
    int more_meters = 8;               // of the kind transport, beside the meter of the kind utility
    int auditors = 1;                  // on both chains
};

struct Share {
    const client::Wallet* who;
    Grams grams;
};

// delta 50 %, e 0.2, penalty 0.300001 CNY/kg, no ceiling, a quarter of what is left is banked.
proto::Policy policy();

class TestChain {
public:
    explicit TestChain(const TestOptions& options = {});

    TestLedger main;
    TestLedger side;
    client::Wallet main_government;
    client::Wallet main_anyone;  // the account of a validator: no role
    client::Wallet main_auditor;
    client::Wallet government;  // on the side chain from here on
    client::Wallet authority;   // a second one with the role government
    client::Wallet platform;
    client::Wallet meter;
    client::Wallet transport;  // the first of the other meters
    client::Wallet bank;
    client::Wallet auditor;  // the first of them
    client::Wallet anyone;

    // Registered by the platform when first named. The wallet lives as long as this.
    client::Wallet& person(const std::string& name);
    void deposit(const client::Wallet& to, MicroYuan amount);

    // Opens the period on both chains, with its policy and an ample cap.
    void open(Period period, std::uint32_t months = 1, const proto::Policy& policy = testing::policy());
    // One batch, issued on the main chain and claimed on the side chain.
    void issue(Period period, const std::vector<Share>& shares);
    void report(Period period, std::uint32_t month, const std::vector<Share>& readings);
    // Proposed by the meter, or by another one, and approved; the receipt of the approval.
    proto::Receipt correct(Period period, std::uint32_t month, const client::Wallet& who, Grams grams,
                           client::Wallet* by = nullptr);
    // The month is over, on both chains; the epoch is priced.
    void advance(Period period, std::uint32_t month);
    // Closed on both chains, everybody settled, the report back on the main chain.
    void settle(Period period);
    // Who votes on this chain: the accounts of its validators, in their order.
    client::Wallet& voter(const TestLedger& ledger, int number);
    // Proposed by the first and approved by as many as it takes; blocks up to the one before its height.
    void decide(TestLedger& ledger, const proto::ProposeChange& change);
    // The fee's worth of money comes in and is paid.
    void join(Period period, client::Wallet& who);
    proto::Receipt sell(Period period, client::Wallet& who, Grams grams);
    proto::Receipt buy(Period period, client::Wallet& who, Grams grams);

    // Messages not taken yet, with their proofs, at most `count`.
    proto::DeliverMessages messages(const TestLedger& from, const TestLedger& to,
                                    std::size_t count = 100) const;
    // Delivers everything both ways; sweeps are left to finish_work().
    void relay();

    proto::PeriodRecord period(Period period) const { return *kPeriods.find(side, period); }
    proto::HoldingRecord holding(const client::Wallet& who, Period vintage) const;
    MicroYuan balance(const client::Wallet& who) const;

private:
    void relay(const TestLedger& from, TestLedger& to, client::Wallet& carrier);

    std::map<std::string, client::Wallet> people_;
    std::map<std::string, client::Wallet> voters_;
    std::uint64_t references_ = 0;
};

proto::RegisterSideChain registration(const TestLedger& side);
proto::RegisterUsers registration(const TestLedger& side, const client::Wallet& registrar,
                                  const std::string& name);
// Opened in spite of Proposition 2: a test's figures are about something else.
proto::OpenPeriod open_period(Period period, Grams cap, std::uint32_t months,
                              const proto::Policy& policy = testing::policy());
proto::AdvancePeriod advance_period(Period period, std::uint32_t month);
proto::ClosePeriod close_period(Period period);
proto::TransferCash transfer(const client::Wallet& to, MicroYuan amount);
proto::CloseAccount close(const client::Wallet& who, const client::Wallet* heir = nullptr);  // "died"
proto::ReportEmissions readings(Period period, std::uint32_t month, const std::vector<Share>& readings);
struct Activity {
    const client::Wallet* who;
    std::int64_t units;
    std::string name;  // the same name, the same activity
};
proto::SetMethodology set_methodology(const std::string& id, std::int64_t avoided_mg, bool active = true);
proto::ReportAvoided avoided(Period period, std::uint32_t month, const std::string& methodology,
                             std::uint32_t version, const std::vector<Activity>& activities);
proto::ConvertCredits convert_credits(Period period, Grams grams);
proto::IssueReserve issue_reserve(const TestLedger& side, Period period, Grams grams);
proto::ProposeChange propose_change(const proto::Parameters& parameters, std::uint64_t height);
proto::ProposeChange propose_version(std::uint32_t contracts, std::uint64_t height);
proto::VoteOnChange vote(std::uint64_t proposal, bool approve);
proto::PauseMarket pause_market(std::uint64_t until_ms);
proto::ResumeMarket resume_market();
// Of a chain's last block, as it is.
proto::Attest attestation_of(const TestLedger& audited);
proto::DisputeReading dispute_reading(const client::Wallet& meter, Period period, std::uint32_t month);
proto::ProposeCorrection correction(Period period, std::uint32_t month, const client::Wallet& who,
                                    Grams grams);
proto::JoinMarket join_market(Period period, MicroYuan fee_max,
                              proto::MarketSide side = proto::MARKET_SIDE_UNSPECIFIED);
proto::SellSurplus sell_surplus(Period period, Grams grams, PricePerKg least = PricePerKg());
proto::PlaceOrder place_order(Period period, proto::MarketSide side, Grams grams, PricePerKg limit);
proto::CancelOrder cancel_order(const Hash& order);
proto::BuyQuota buy_quota(Period period, Grams grams, PricePerKg most = PricePerKg(1'000'000'000'000));

}  // namespace pcq::contracts::testing
