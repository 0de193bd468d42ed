// Corrections after settlement: the settlement is undone and done again. Figures worked out by hand, and the
// property that it makes no difference whether a correction comes before or after.
#include <random>

#include <gtest/gtest.h>

#include "contracts/settlement/assess.h"
#include "src/base/wide.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::SettlementRecord settled(const TestChain& chain, const client::Wallet& who, Period period) {
    return kSettlements.find_or_default(chain.side, {who.account(), period});
}

proto::DebtRecord debt(const TestChain& chain, const client::Wallet& who, Period period) {
    return kDebts.find_or_default(chain.side, {who.account(), period});
}

proto::PeriodReport main_report(const TestChain& chain, Period period) {
    return kPeriodReports.find_or_default(chain.main, {chain.side.chain(), period});
}

// Issued 1,000 g, emitted 3,000 g: 2,000 g at 0.300001 CNY/kg are 0.600002 CNY; cash as given.
struct Penalised {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");

    explicit Penalised(MicroYuan cash, const proto::Policy& rules = policy()) {
        chain.open(2013, 1, rules);
        chain.issue(2013, {{&ann, 1'000_g}});
        chain.report(2013, 1, {{&ann, 3'000_g}});
        if (cash.is_positive()) chain.deposit(ann, cash);
        chain.advance(2013, 1);
        chain.settle(2013);
    }
};

TEST(Corrections, AfterSettlementRefundAPenaltyPaidTooMuch) {
    Penalised year(1'000'000_uy);
    ASSERT_EQ(settled(year.chain, year.ann, 2013).penalty_paid_uy(), 600'002);

    const auto receipt = year.chain.correct(2013, 1, year.ann, 2'000_g);

    // 1,000 g lacking instead of 2,000: 300,001 instead of 600,002.
    EXPECT_TRUE(receipt.events(0).settled().again());
    const auto record = settled(year.chain, year.ann, 2013);
    EXPECT_EQ(record.emitted_g(), 2'000);
    EXPECT_EQ(record.penalised_g(), 1'000);
    EXPECT_EQ(record.penalty_paid_uy(), 300'001);
    EXPECT_EQ(record.penalty_owed_uy(), 0);
    EXPECT_EQ(year.chain.balance(year.ann), 699'999_uy);
    EXPECT_EQ(year.chain.balance(year.chain.government), 300'001_uy);
    EXPECT_FALSE(kLiabilities.contains(year.chain.side, year.ann.account()));
}

TEST(Corrections, AfterSettlementGiveQuotaBackAndBankIt) {
    Penalised year(1'000'000_uy);

    year.chain.correct(2013, 1, year.ann, 600_g);

    // 400 g unused, a quarter banked.
    const auto record = settled(year.chain, year.ann, 2013);
    EXPECT_EQ(record.own_surrendered_g(), 600);
    EXPECT_EQ(record.banked_g(), 100);
    EXPECT_EQ(record.expired_g(), 300);
    const auto holding = year.chain.holding(year.ann, 2013);
    EXPECT_EQ(holding.surrendered_g(), 600);
    EXPECT_EQ(holding.expired_g(), 300);
    EXPECT_EQ(year.chain.balance(year.ann), 1'000'000_uy);
}

TEST(Corrections, AfterSettlementChargeMoreOutOfTheCashThatWasThere) {
    Penalised year(700'000_uy);

    year.chain.deposit(year.ann, 1'000'000_uy);
    year.chain.correct(2013, 1, year.ann, 4'000_g);

    // 3,000 g are 900,003; of the 700,000 that were there then, 99,998 are left to take. The rest is a debt,
    // although more money has come in since: settled then, it would have been one.
    const auto record = settled(year.chain, year.ann, 2013);
    EXPECT_EQ(record.penalty_paid_uy(), 700'000);
    EXPECT_EQ(record.penalty_owed_uy(), 200'003);
    EXPECT_EQ(debt(year.chain, year.ann, 2013).owed_uy(), 200'003);
    EXPECT_EQ(year.chain.balance(year.ann), 1'000'000_uy);
}

TEST(Corrections, AfterSettlementTakeNoMoreThanThereIs) {
    Penalised year(700'000_uy);
    proto::TransferCash away;
    away.set_to(year.chain.platform.account().bytes());
    away.set_amount_uy(90'000);
    year.chain.side.must(year.ann, away);

    year.chain.correct(2013, 1, year.ann, 4'000_g);

    EXPECT_EQ(settled(year.chain, year.ann, 2013).penalty_paid_uy(), 600'002 + 9'998);
    EXPECT_EQ(debt(year.chain, year.ann, 2013).owed_uy(), 900'003 - 610'000);
    EXPECT_EQ(year.chain.balance(year.ann), 0_uy);
}

TEST(Corrections, AfterSettlementLowerADebtBeforeTheyRefund) {
    Penalised year(500'000_uy);
    EXPECT_EQ(debt(year.chain, year.ann, 2013).owed_uy(), 100'002);
    year.chain.deposit(year.ann, 60'000_uy);
    proto::RepayDebt repay;
    repay.set_period(2013);
    repay.set_amount_uy(60'000);
    year.chain.side.must(year.ann, repay);

    // 1,900 g are 570,001.9, rounded up 570,002: 500,000 stay paid, 60,000 repaid, 10,002 open.
    year.chain.correct(2013, 1, year.ann, 2'900_g);
    EXPECT_EQ(debt(year.chain, year.ann, 2013).owed_uy(), 70'002);
    EXPECT_EQ(debt(year.chain, year.ann, 2013).paid_uy(), 60'000);
    EXPECT_EQ(year.chain.balance(year.ann), 0_uy);

    // 1,700 g are 510,001.7, rounded up 510,002: 10,002 of what was repaid count, 49,998 come back.
    year.chain.correct(2013, 1, year.ann, 2'700_g);
    EXPECT_EQ(debt(year.chain, year.ann, 2013).owed_uy(), 10'002);
    EXPECT_EQ(debt(year.chain, year.ann, 2013).paid_uy(), 10'002);
    EXPECT_EQ(year.chain.balance(year.ann), 49'998_uy);

    // Nothing lacking: everything comes back and no debt has ever been.
    year.chain.correct(2013, 1, year.ann, 1'000_g);
    EXPECT_FALSE(kDebts.contains(year.chain.side, {year.ann.account(), 2013}));
    EXPECT_FALSE(kLiabilities.contains(year.chain.side, year.ann.account()));
    EXPECT_EQ(year.chain.balance(year.ann), 560'000_uy);
    EXPECT_EQ(year.chain.balance(year.chain.government), 0_uy);
}

TEST(Corrections, AfterSettlementWriteDownWhatTheGovernmentCannotRefundAndPayItInTheNextSweep) {
    Penalised year(1'000'000_uy);
    proto::TransferCash spent;
    spent.set_to(year.chain.platform.account().bytes());
    spent.set_amount_uy(500'000);
    year.chain.side.must(year.chain.government, spent);

    year.chain.correct(2013, 1, year.ann, 2'000_g);

    // 300,001 are due back, the government has 100,002.
    const auto owed = [&year] {
        return kLiabilities.find_or_default(year.chain.side, year.ann.account()).refund_owed_uy();
    };
    EXPECT_EQ(owed(), 199'999);
    EXPECT_EQ(year.chain.balance(year.ann), MicroYuan(399'998 + 100'002));
    EXPECT_EQ(year.chain.balance(year.chain.government), 0_uy);

    // A correction the other way sets off what is still owed, without a payment.
    year.chain.correct(2013, 1, year.ann, 2'500_g);  // 450,001.5: 150,001 more
    EXPECT_EQ(owed(), 49'998);
    EXPECT_EQ(year.chain.balance(year.ann), 500'000_uy);

    year.chain.deposit(year.chain.government, 60'000_uy);
    year.chain.open(2014, 2);
    year.chain.advance(2014, 1);
    EXPECT_EQ(owed(), 0);
    EXPECT_EQ(year.chain.balance(year.ann), 549'998_uy);
    EXPECT_EQ(year.chain.balance(year.chain.government), 10'002_uy);
}

TEST(Corrections, AfterSettlementSendTheReportAgainWithAHigherRevision) {
    Penalised year(1'000'000_uy);
    EXPECT_EQ(main_report(year.chain, 2013).penalised_g(), 2'000);
    EXPECT_EQ(main_report(year.chain, 2013).revision(), 0u);

    year.chain.correct(2013, 1, year.ann, 2'000_g);
    year.chain.correct(2013, 1, year.ann, 500_g);
    year.chain.relay();

    const auto report = main_report(year.chain, 2013);
    EXPECT_EQ(report.revision(), 2u);
    EXPECT_EQ(report.people(), 1u);
    EXPECT_EQ(report.emitted_g(), 500);
    EXPECT_EQ(report.own_surrendered_g(), 500);
    EXPECT_EQ(report.penalised_g(), 0);
    EXPECT_EQ(report.penalty_paid_uy(), 0);
    EXPECT_EQ(report.banked_g(), 125);
    EXPECT_EQ(report.expired_g(), 375);
    EXPECT_EQ(kPeriods.find(year.chain.main, 2013)->phase(), proto::PERIOD_PHASE_SETTLED);
    EXPECT_EQ(kPeriods.find(year.chain.main, 2013)->reports(), 1u);
}

TEST(Corrections, AreTooLateOnceTheNextPeriodIsSettled) {
    Penalised year(1'000'000_uy);
    year.chain.open(2014);
    year.chain.advance(2014, 1);
    year.chain.side.must(year.chain.meter, correction(2013, 1, year.ann, 500_g));
    year.chain.settle(2014);

    proto::ApproveCorrection approval;
    approval.set_correction(1);
    EXPECT_TRUE(refused(year.chain.side.attempt(year.chain.government, approval), Code::settlement_final));
}

TEST(Corrections, OfAPeriodThatWasClosedBeforeThePersonCameAreRefused) {
    TestChain chain({.settlement_per_block = 1});
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}});
    chain.advance(2013, 1);
    chain.main.must(chain.main_government, close_period(2013));
    chain.relay();
    auto& late = chain.person("late");
    chain.side.must(chain.meter, correction(2013, 1, late, 500_g));
    proto::ApproveCorrection approval;
    approval.set_correction(1);

    // No settlement would ever count it, neither during the walk nor after it.
    const auto during = chain.side.run(chain.government, approval);
    EXPECT_EQ(during.code(), static_cast<std::uint32_t>(Code::settlement_final));
    chain.side.finish_work();
    ASSERT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLED);
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, approval), Code::settlement_final));
    EXPECT_EQ(kEmissions.find_or_default(chain.side, {late.account(), 2013}).emitted_g(), 0);
}

TEST(Corrections, WhileOthersWaitToBeSettledChangeTheReportBeforeItIsSent) {
    TestChain chain({.settlement_per_block = 1});
    std::vector<Share> quota;
    for (const char* name : {"a", "b", "c", "d", "e", "f"}) quota.push_back({&chain.person(name), 1'000_g});
    chain.open(2013);
    chain.issue(2013, quota);
    chain.report(2013, 1, quota);
    chain.advance(2013, 1);
    chain.side.must(chain.meter, correction(2013, 1, *quota[0].who, 900_g));
    chain.side.must(chain.meter, correction(2013, 1, *quota[5].who, 800_g));
    chain.main.must(chain.main_government, close_period(2013));
    chain.relay();
    ASSERT_TRUE(kSettlements.contains(chain.side, {quota[0].who->account(), 2013}));
    ASSERT_FALSE(kSettlements.contains(chain.side, {quota[4].who->account(), 2013}));

    for (const std::uint64_t number : {1u, 2u}) {
        proto::ApproveCorrection approval;
        approval.set_correction(number);
        chain.side.must(chain.government, approval);
    }
    chain.side.finish_work();
    chain.relay();

    EXPECT_EQ(settled(chain, *quota[0].who, 2013).emitted_g(), 900);
    EXPECT_EQ(settled(chain, *quota[5].who, 2013).emitted_g(), 800);
    EXPECT_EQ(main_report(chain, 2013).emitted_g(), 5'700);
    EXPECT_EQ(main_report(chain, 2013).revision(), 0u);
}

TEST(Corrections, TakeSumsThatDoNotFitBackExactly) {
    auto rules = policy();
    rules.set_penalty_uy_per_kg(1'000'000'000'000);
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013, 1, rules);
    chain.report(2013, 1, {{&ann, 1'000'000'000'000'000_g}, {&bob, 1'000'000'000'000'000_g}});
    chain.advance(2013, 1);
    chain.settle(2013);
    ASSERT_EQ(main_report(chain, 2013).penalty_owed_uy(), std::numeric_limits<std::int64_t>::max());

    chain.correct(2013, 1, ann, 3_g);
    chain.correct(2013, 1, bob, 4_g);
    chain.relay();

    EXPECT_EQ(main_report(chain, 2013).penalty_owed_uy(), 7'000'000'000);
    EXPECT_EQ(main_report(chain, 2013).emitted_g(), 7);
}

// --- It makes no difference when a correction comes --------------------------------------------------------

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::int64_t below(std::int64_t bound) {
        return std::uniform_int_distribution<std::int64_t>(0, bound - 1)(engine_);
    }

private:
    std::mt19937_64 engine_;
};

proto::Policy random_policy(Random& random) {
    auto rules = policy();
    rules.set_offset_ratio_ppb(random.below(kRatioOne + 1));
    rules.set_banking_ratio_ppb(random.below(kRatioOne + 1));
    rules.set_borrowing_ratio_ppb(random.below(2) * random.below(kRatioOne / 2));
    rules.set_borrowing_interest_ppb(random.below(kRatioOne));
    rules.set_instalments(static_cast<std::uint32_t>(random.below(5)));
    rules.set_instalment_ms(static_cast<std::uint64_t>(1'000'000 + random.below(1'000'000)));
    rules.set_credit_rate_ppb(1 + random.below(kRatioOne));
    rules.set_credit_cap_ppb(random.below(kRatioOne));
    if (random.below(2) == 0) rules.set_accrual(proto::ACCRUAL_AT_ONCE);
    return rules;
}

struct Planned {
    std::size_t who;
    std::uint32_t month;
    Grams grams;
    bool adds;  // a reading of another meter, which has not reported that month
};

// Some avoid emissions and make quota of it, from a reserve that may not be enough for all.
void avoid_and_convert(Random& random, TestChain& chain, const std::vector<client::Wallet*>& people,
                       Period year) {
    chain.main.must(chain.main_government, issue_reserve(chain.side, year, Grams(1 + random.below(3'000))));
    chain.relay();
    for (std::size_t i = 0; i < people.size(); ++i) {
        const std::string trips = std::to_string(year) + " trips of " + std::to_string(i);
        chain.side.must(chain.transport,
                        avoided(year, 1, "subway", 1, {{people[i], 1 + random.below(5), trips}}));
        chain.side.run(*people[i], convert_credits(year, Grams(1 + random.below(2'000))));
    }
}

// Two years of five people; the second is still open when corrections of the first come, before or after the
// settlement of the first. Money that comes in meanwhile is in both. Returns what is in the state, but for
// what must differ: messages sent, and the revision of the report.
Records story(std::uint64_t seed, bool corrected_first) {
    Random random(seed);
    TestChain chain({.settlement_per_block = 1 + static_cast<std::uint32_t>(random.below(6))});
    std::vector<client::Wallet*> people;
    for (const char* name : {"a", "b", "c", "d", "e"}) people.push_back(&chain.person(name));
    const auto rules = random_policy(random);
    proto::PostCosts costs;
    costs.set_op_cost_uy_per_kg(1'000);
    chain.side.must(chain.platform, costs);
    chain.deposit(chain.platform, 100'000'000_uy);
    chain.side.must(chain.government, set_methodology("subway", 515'500));
    for (const Period year : {2012u, 2013u}) {
        chain.open(year, 2, rules);
        std::vector<Share> quota;
        for (auto* who : people) quota.push_back({who, Grams(random.below(10'000))});
        chain.issue(year, quota);
        for (std::uint32_t month = 1; month <= 2; ++month) {
            std::vector<Share> emitted;
            for (auto* who : people) emitted.push_back({who, Grams(random.below(7'000))});
            chain.report(year, month, emitted);
            chain.advance(year, month);
        }
        avoid_and_convert(random, chain, people, year);
        for (auto* who : people) {
            if (random.below(2) == 0) chain.deposit(*who, MicroYuan(1 + random.below(3'000'000)));
            chain.join(year, *who);
            chain.side.run(*who, sell_surplus(year, Grams(1 + random.below(3'000))));
        }
        for (auto* who : people) chain.side.run(*who, buy_quota(year, Grams(1 + random.below(1'000))));
        if (year == 2012) chain.settle(2012);
    }
    chain.open(2014, 1, rules);

    std::vector<Planned> plan;
    for (std::int64_t i = 0; i < 1 + random.below(6); ++i)
        plan.push_back({static_cast<std::size_t>(random.below(5)),
                        1 + static_cast<std::uint32_t>(random.below(2)), Grams(random.below(9'000)),
                        random.below(3) == 0});
    const auto correct_all = [&] {
        for (const auto& [who, month, grams, adds] : plan)
            chain.correct(2013, month, *people[who], grams, adds ? &chain.transport : nullptr);
    };
    std::vector<MicroYuan> incomes;
    for (std::size_t i = 0; i < people.size(); ++i) incomes.emplace_back(1 + random.below(2'000'000));

    if (corrected_first) {
        correct_all();
    } else {
        for (std::size_t i = 0; i < 2 * plan.size(); ++i) chain.side.block({});  // the same heights and times
    }
    chain.settle(2013);
    for (std::size_t i = 0; i < people.size(); ++i) chain.deposit(*people[i], incomes[i]);
    if (!corrected_first) correct_all();

    Records left = chain.side.records();
    std::erase_if(left, [](const auto& entry) {
        const auto table = entry.first[0];
        return table == kOutbox.key({ChainId(), 0})[0] || table == kForeignChains.key(ChainId())[0];
    });
    const Bytes report = kPeriodReports.key({chain.side.chain(), 2013});
    auto sums = *ledger::decode<proto::PeriodReport>(left[report]);
    EXPECT_EQ(sums.revision(), corrected_first ? 0u : plan.size());
    sums.set_revision(0);
    left[report] = ledger::encode(sums);
    return left;
}

// How a record came about differs between two ways to the same figures.
Bytes without_movements(const Bytes& key, const Bytes& value) {
    const auto cleared = [](auto record) {
        record->clear_movements();
        return ledger::encode(*record);
    };
    if (static_cast<std::uint8_t>(key[0]) == kHoldingsNumber)
        return cleared(ledger::decode<proto::HoldingRecord>(value));
    if (static_cast<std::uint8_t>(key[0]) == kCashNumber)
        return cleared(ledger::decode<proto::CashRecord>(value));
    return value;
}

// Goal: settle, then correct gives what correct, then settle gives. Method: one seed makes a story of two
// years with trade, banking, borrowing and cash; it is told both ways and every record must be the same.
TEST(Corrections, GiveTheSameBeforeAndAfterSettlement) {
    constexpr std::uint64_t kStories = 60;
    std::size_t refunds = 0;
    std::size_t debts = 0;
    std::size_t conversions = 0;
    for (std::uint64_t seed = 1; seed <= kStories; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const auto before = story(seed, true);
        const auto after = story(seed, false);
        ASSERT_EQ(before.size(), after.size());
        for (const auto& [key, value] : before) {
            const auto other = after.find(key);
            ASSERT_NE(other, after.end()) << "table " << static_cast<int>(static_cast<std::uint8_t>(key[0]));
            ASSERT_EQ(without_movements(key, other->second), without_movements(key, value))
                << "table " << static_cast<int>(static_cast<std::uint8_t>(key[0]));
            debts += key[0] == kDebts.key({AccountId(), 0})[0] ? 1u : 0u;
            if (key[0] == kCredits.key({AccountId(), 0})[0])
                conversions += ledger::decode<proto::CreditRecord>(value)->quota_g() > 0 ? 1u : 0u;
            refunds += key[0] == kObligations.key(AccountId())[0] ? 1u : 0u;
        }
        if (HasFailure()) return;
    }
    EXPECT_GT(debts, kStories / 4) << "stories without debts show little";
    EXPECT_GT(conversions, kStories) << "stories without converted credits show little";
    EXPECT_GT(refunds, kStories / 4) << "stories without borrowing show little";
}

// Goal: whatever is there, settling it loses no gram and takes no gram twice.
TEST(Assessment, AccountsForEveryGram) {
    Random random(1);
    for (int i = 0; i < 100'000; ++i) {
        auto rules = random_policy(random);
        const std::int64_t bound = random.below(3) == 0 ? 10 : 4'000'000'000'000'000'000;
        const auto grams = [&] {
            return Grams(random.below(random.below(2) == 0 ? bound : bound / 1'000 + 1));
        };
        settlement::Position from{grams(),
                                  Grams(grams().value() / 2),
                                  grams(),
                                  Grams(grams().value() / 2),
                                  Grams(grams().value() / 2),
                                  Grams(grams().value() / 2),
                                  random.below(4) == 0,
                                  random.below(2) == 0};
        const auto due = settlement::assess(rules, from);
        const auto wide = [](Grams amount) { return static_cast<Int128>(amount.value()); };
        ASSERT_TRUE(wide(due.own_surrendered) + wide(due.purchased_surrendered) + wide(due.borrowed) +
                        wide(due.penalised) ==
                    wide(from.emitted) + wide(from.obligation));
        const Int128 left = from.closing && from.heir ? wide(from.banked) - wide(due.from_banked) : 0;
        ASSERT_TRUE(wide(due.own_surrendered) + wide(due.purchased_surrendered) + wide(due.kept) +
                        wide(due.expired) + wide(due.banked_expired) + left ==
                    wide(from.banked) + wide(from.own) + wide(from.purchased));
        for (const Grams part : {due.own_surrendered, due.from_banked, due.purchased_surrendered,
                                 due.borrowed, due.penalised, due.kept, due.expired, due.banked_expired})
            ASSERT_FALSE(part.is_negative());
        ASSERT_GE(due.obligation_next, due.borrowed);
    }
}

}  // namespace
}  // namespace pcq::contracts::testing
