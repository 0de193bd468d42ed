// Readings and their corrections.
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

TEST(Corrections, AreOfReadingsThatThereAre) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013, 2);
    chain.report(2013, 1, {{&ann, 100_g}});
    chain.advance(2013, 1);
    EXPECT_TRUE(refused(chain.side.attempt(chain.meter, correction(ann, 2, 1_g)), Code::correction_unknown));
    EXPECT_TRUE(refused(chain.side.attempt(chain.meter, correction(chain.person("bob"), 1, 1_g)),
                        Code::correction_unknown));
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, approval(1)), Code::correction_unknown));
    EXPECT_TRUE(refused(chain.side.attempt(chain.government, approval(0)), Code::correction_unknown));
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
