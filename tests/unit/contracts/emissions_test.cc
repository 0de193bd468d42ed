// Readings, their corrections and their disputes.
#include <gtest/gtest.h>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::ProposeCorrection correction(const client::Wallet& who, std::uint32_t month, Grams grams) {
    proto::ProposeCorrection action;
    action.set_period(2013);
    action.set_month(month);
    action.set_account(who.account().bytes());
    action.set_grams(grams.value());
    action.set_reason("misread");
    return action;
}

proto::ApproveCorrection approval(std::uint64_t number) {
    proto::ApproveCorrection action;
    action.set_correction(number);
    return action;
}

proto::RejectDispute rejection(std::uint64_t number) {
    proto::RejectDispute action;
    action.set_dispute(number);
    action.set_reason("the meter is right");
    return action;
}

proto::EmissionRecord emissions_of(const TestChain& chain, const client::Wallet& who) {
    return kEmissions.find_or_default(chain.side, {who.account(), 2013});
}

TEST(Emissions, AddUpOverTheMonths) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013, 3);

    chain.report(2013, 1, {{&ann, 100_g}});
    chain.advance(2013, 1);
    chain.report(2013, 2, {{&ann, 50_g}});

    const auto record = emissions_of(chain, ann);
    EXPECT_EQ(record.emitted_g(), 150);
    ASSERT_EQ(record.months_size(), 2);
    EXPECT_EQ(record.months(1).month(), 2u);
    EXPECT_EQ(record.months(1).meter(), chain.meter.account().bytes());
}

TEST(Emissions, AreBookedForAllPeopleOfAReportOrForNobody) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    const auto nobody = chain.side.wallet("nobody");
    chain.open(2013);

    EXPECT_TRUE(refused(chain.side.attempt(chain.meter, readings(2013, 1, {{&ann, 1_g}, {&nobody, 1_g}})),
                        Code::account_unknown));
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.meter, readings(2013, 1, {{&ann, 1_g}, {&bob, 1_g}, {&ann, 1_g}})),
                Code::reading_repeated));
    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 0);
}

TEST(Emissions, AreThoseOfPeople) {
    TestChain chain;
    chain.open(2013);
    for (const auto* who : {&chain.platform, &chain.government, &chain.anyone}) {
        EXPECT_TRUE(refused(chain.side.attempt(chain.meter, readings(2013, 1, {{who, 1_g}})),
                            Code::account_not_person));
    }
}

TEST(Emissions, AreNotBookedOnceThePeriodIsClosed) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 1_g}});
    chain.side.must(chain.meter, correction(ann, 1, 5_g));
    chain.advance(2013, 1);
    chain.settle(2013);

    EXPECT_TRUE(
        refused(chain.side.attempt(chain.meter, readings(2013, 1, {{&ann, 1_g}})), Code::period_wrong_phase));
    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 1);
    // A correction is, until the next period is settled.
    chain.side.must(chain.meter, correction(ann, 1, 2_g));
    chain.side.must(chain.government, approval(1));
    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 5);
}

TEST(Corrections, ReplaceAReadingWhenTheGovernmentApproves) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 100_g}});

    const auto proposed = chain.side.must(chain.meter, correction(ann, 1, 40_g));
    EXPECT_EQ(proposed.events(0).correction_proposed().correction(), 1u);
    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 100);

    chain.side.must(chain.government, approval(1));
    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 40);
    EXPECT_TRUE(emissions_of(chain, ann).months(0).corrected());
}

TEST(Corrections, AreApprovedByTheirNumber) {
    TestChain chain;
    chain.open(2013);
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, approval(1)), Code::correction_unknown));
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, approval(0)), Code::correction_unknown));
}

TEST(Corrections, AreOfPeopleAndOfMonthsThatHaveBegun) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013, 2);
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.meter, correction(ann, 2, 1_g)), Code::reading_outside_period));
    EXPECT_TRUE(refused(chain.side.attempt(chain.meter, correction(chain.platform, 1, 1_g)),
                        Code::account_not_person));
}

TEST(Corrections, AreOfTheMetersOwnReading) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 100_g}});
    chain.side.must(chain.transport, readings(2013, 1, {{&ann, 30_g}}));

    chain.side.must(chain.transport, correction(ann, 1, 35_g));
    chain.side.must(chain.government, approval(1));

    const auto record = emissions_of(chain, ann);
    EXPECT_EQ(record.emitted_g(), 135);
    EXPECT_EQ(record.months(0).grams(), 100);
    EXPECT_FALSE(record.months(0).corrected());
    EXPECT_EQ(record.months(1).grams(), 35);
    EXPECT_TRUE(record.months(1).corrected());
    EXPECT_EQ(record.months(1).days_measured(), 30u) << "0 in the correction: as the reading had it";
    EXPECT_EQ(kCorrections.find(chain.side, 1)->replaced_g(), 30);
}

TEST(Corrections, AddAReadingThatIsLate) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013, 12);
    chain.advance(2013, 1);
    chain.advance(2013, 2);  // the running month is the third

    EXPECT_TRUE(
        refused(chain.side.attempt(chain.meter, readings(2013, 1, {{&ann, 100_g}})), Code::reading_late));
    chain.report(2013, 2, {{&ann, 7_g}});
    auto late = correction(ann, 1, 100_g);
    late.set_days_measured(31);
    late.set_estimated(true);
    chain.side.must(chain.meter, late);
    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 7);
    chain.side.must(chain.government, approval(1));

    const auto record = emissions_of(chain, ann);
    EXPECT_EQ(record.emitted_g(), 107);
    ASSERT_EQ(record.months_size(), 2);
    EXPECT_EQ(record.months(1).month(), 1u);
    EXPECT_TRUE(record.months(1).late());
    EXPECT_FALSE(record.months(1).corrected());
    EXPECT_TRUE(record.months(1).estimated());
    EXPECT_EQ(record.months(1).days_measured(), 31u);
    EXPECT_TRUE(kCorrections.find(chain.side, 1)->added());
}

TEST(Corrections, ReplaceWhatWasReportedBetweenProposalAndApproval) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.side.must(chain.meter, correction(ann, 1, 40_g));
    chain.report(2013, 1, {{&ann, 100_g}});

    chain.side.must(chain.government, approval(1));

    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 40);
    EXPECT_EQ(kCorrections.find(chain.side, 1)->replaced_g(), 100);
    EXPECT_FALSE(kCorrections.find(chain.side, 1)->added());
}

TEST(Emissions, CountEachReadingOncePerMeterAndMonth) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013, 2);
    chain.report(2013, 1, {{&ann, 100_g}});
    chain.side.must(chain.transport, readings(2013, 1, {{&ann, 20_g}}));

    EXPECT_TRUE(refused(chain.side.attempt(chain.transport, readings(2013, 1, {{&ann, 20_g}})),
                        Code::reading_repeated));
    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 120);
    EXPECT_EQ(ledger::kAccounts.find(chain.side, chain.meter.account())->meter_kind(),
              proto::METER_KIND_UTILITY);
    EXPECT_EQ(ledger::kAccounts.find(chain.side, chain.transport.account())->meter_kind(),
              proto::METER_KIND_TRANSPORT);
}

TEST(Emissions, OfAllMetersBoundWhatIsSold) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 600_g}, {&bob, 800_g}});
    chain.side.must(chain.transport, readings(2013, 1, {{&ann, 150_g}}));
    chain.advance(2013, 1);
    chain.join(2013, ann);
    chain.deposit(chain.platform, 1'000'000_uy);

    EXPECT_TRUE(refused(chain.side.attempt(ann, sell_surplus(2013, 251_g)), Code::market_surplus_exceeded));
    chain.sell(2013, ann, 250_g);
}

TEST(Emissions, AreReportedByAtMostEightMeters) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    for (int i = 0; i < 8; ++i) {
        auto meter = chain.side.wallet("transport " + std::to_string(i));
        chain.side.must(meter, readings(2013, 1, {{&ann, 1_g}}));
    }
    EXPECT_TRUE(
        refused(chain.side.attempt(chain.meter, readings(2013, 1, {{&ann, 1_g}})), Code::meters_too_many));
    EXPECT_TRUE(refused(chain.side.attempt(chain.meter, correction(ann, 1, 1_g)), Code::meters_too_many));
}

TEST(Disputes, AreUpheldByACorrectionOfThatReading) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 100_g}});
    chain.side.must(chain.transport, readings(2013, 1, {{&ann, 30_g}}));
    const auto receipt = chain.side.must(ann, dispute_reading(chain.meter, 2013, 1));
    EXPECT_EQ(receipt.events(0).dispute_opened().dispute(), 1u);

    chain.side.must(chain.transport, correction(ann, 1, 29_g));
    chain.side.must(chain.government, approval(1));
    EXPECT_EQ(kDisputes.find(chain.side, 1)->status(), proto::DISPUTE_STATUS_OPEN) << "another reading";
    chain.side.must(chain.meter, correction(ann, 1, 60_g));
    chain.side.must(chain.government, approval(2));

    const auto record = *kDisputes.find(chain.side, 1);
    EXPECT_EQ(record.status(), proto::DISPUTE_STATUS_UPHELD);
    EXPECT_EQ(record.correction(), 2u);
    EXPECT_EQ(record.grams(), 100) << "as it was when she disputed it";
    EXPECT_EQ(record.account(), ann.account().bytes());
    EXPECT_EQ(record.answered_by(), chain.government.account().bytes());
    EXPECT_EQ(emissions_of(chain, ann).months(0).disputes(0), 1u);
    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 89);
}

TEST(Disputes, AreOneAtATimeAndThreeInAll) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 100_g}});
    chain.side.must(chain.transport, readings(2013, 1, {{&ann, 30_g}}));
    for (std::uint64_t number = 1; number <= 3; ++number) {
        chain.side.must(ann, dispute_reading(chain.meter, 2013, 1));
        EXPECT_TRUE(
            refused(chain.side.attempt(ann, dispute_reading(chain.meter, 2013, 1)), Code::dispute_open));
        chain.side.must(chain.government, rejection(number));
        EXPECT_TRUE(refused(chain.side.attempt(chain.government, rejection(number)), Code::dispute_done));
    }
    EXPECT_TRUE(
        refused(chain.side.attempt(ann, dispute_reading(chain.meter, 2013, 1)), Code::disputes_used_up));
    chain.side.must(ann, dispute_reading(chain.transport, 2013, 1));
    EXPECT_EQ(kDisputes.find(chain.side, 2)->answer(), "the meter is right");
    EXPECT_EQ(kDisputeCount.find(chain.side, Only())->value(), 4u);
    EXPECT_EQ(emissions_of(chain, ann).emitted_g(), 130);
}

TEST(Disputes, AreOfOnesOwnReadings) {
    TestChain chain;
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 100_g}});
    EXPECT_TRUE(
        refused(chain.side.attempt(bob, dispute_reading(chain.meter, 2013, 1)), Code::reading_unknown));
    EXPECT_TRUE(
        refused(chain.side.attempt(ann, dispute_reading(chain.transport, 2013, 1)), Code::reading_unknown));
    EXPECT_TRUE(refused(chain.side.attempt(chain.platform, dispute_reading(chain.meter, 2013, 1)),
                        Code::account_not_person));
}

TEST(Corrections, AreSeenByTwoEvenWhereOneOrganisationHasBothRoles) {
    TestChain chain({.government_is_meter = true});
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 100_g}});
    chain.side.must(chain.government, correction(ann, 1, 1_g));
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, approval(1)), Code::not_authorised));
}

}  // namespace
}  // namespace pcq::contracts::testing
