// Changes by vote of the organisations, and the emergency pause of the market.
#include "contracts/governance/votes.h"

#include <gtest/gtest.h>

#include "contracts/governance/pause.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

constexpr std::uint64_t kDay = 86'400'000;

proto::Parameters with_fee(const TestLedger& ledger, std::int64_t fee_uy) {
    auto parameters = kChain.find(ledger, Only())->parameters();
    parameters.set_registration_fee_uy(fee_uy);
    return parameters;
}

std::int64_t fee_in_force(const TestLedger& ledger) {
    return kChain.find(ledger, Only())->parameters().registration_fee_uy();
}

std::uint64_t now_ms(const TestLedger& ledger) {
    return ledger.tip()->time_ms();
}

void run_to(TestLedger& ledger, std::uint64_t height) {
    while (ledger.tip()->height() < height) ledger.block({});
}

// --- Votes -----------------------------------------------------------------------------------------------

TEST(Votes, ChangeParametersAtTheAnnouncedHeightOnceAQuorumHasApproved) {
    TestChain chain;  // five validators: a quorum is four
    auto& side = chain.side;
    const std::uint64_t height = side.tip()->height() + 20;
    const auto receipt = side.must(chain.voter(side, 0), propose_change(with_fee(side, 7), height));
    EXPECT_EQ(receipt.events(0).change_proposed().proposal(), 1u);
    side.must(chain.voter(side, 1), vote(1, true));
    side.must(chain.voter(side, 2), vote(1, false));
    side.must(chain.voter(side, 3), vote(1, true));
    EXPECT_EQ(kProposals.find(side, 1)->status(), proto::PROPOSAL_STATUS_OPEN) << "three of five";
    side.must(chain.voter(side, 4), vote(1, true));
    EXPECT_EQ(kProposals.find(side, 1)->status(), proto::PROPOSAL_STATUS_ACCEPTED);

    run_to(side, height - 2);
    EXPECT_EQ(fee_in_force(side), 1'000'000);
    const auto receipts = side.block({});
    ASSERT_EQ(receipts.size(), 1u);
    EXPECT_TRUE(receipts[0].events(0).change_decided().in_force());
    EXPECT_EQ(fee_in_force(side), 7) << "as the block of that height finds it";
    EXPECT_EQ(side.tip()->height(), height - 1);
    EXPECT_EQ(kProposals.find(side, 1)->status(), proto::PROPOSAL_STATUS_IN_FORCE);
    EXPECT_FALSE(kOpenProposals.contains(side, Only()));
    EXPECT_TRUE(refused(side.attempt(chain.voter(side, 2), vote(1, true)), Code::proposal_closed));
}

TEST(Votes, KeepEveryValueWithTheHeightFromWhichItHeld) {
    TestChain chain;
    auto& side = chain.side;
    const std::uint64_t first = side.tip()->height() + 20;
    chain.decide(side, propose_change(with_fee(side, 7), first));
    const std::uint64_t second = side.tip()->height() + 20;
    chain.decide(side, propose_change(with_fee(side, 8), second));

    EXPECT_EQ(governance::parameters_at(side, 0).parameters().registration_fee_uy(), 1'000'000);
    EXPECT_EQ(governance::parameters_at(side, first - 1).parameters().registration_fee_uy(), 1'000'000);
    EXPECT_EQ(governance::parameters_at(side, first).parameters().registration_fee_uy(), 7);
    EXPECT_EQ(governance::parameters_at(side, second - 1).parameters().registration_fee_uy(), 7);
    EXPECT_EQ(governance::parameters_at(side, second).parameters().registration_fee_uy(), 8);
    EXPECT_EQ(governance::parameters_at(side, second).proposal(), 2u);
    EXPECT_EQ(kParameterCount.find(side, Only())->value(), 3u);
}

TEST(Votes, LetAProposalLapseThatHasNoQuorumBeforeItsHeight) {
    TestChain chain;
    auto& side = chain.side;
    const std::uint64_t height = side.tip()->height() + 12;
    side.must(chain.voter(side, 0), propose_change(with_fee(side, 7), height));
    side.must(chain.voter(side, 1), vote(1, true));
    side.must(chain.voter(side, 2), vote(1, true));
    run_to(side, height - 1);

    EXPECT_EQ(kProposals.find(side, 1)->status(), proto::PROPOSAL_STATUS_LAPSED);
    EXPECT_EQ(fee_in_force(side), 1'000'000);
    EXPECT_EQ(kParameterCount.find(side, Only())->value(), 1u);
    EXPECT_TRUE(refused(side.attempt(chain.voter(side, 3), vote(1, true)), Code::proposal_closed));
}

TEST(Votes, ApplySeveralChangesOfOneHeightInTheOrderOfTheirNumbers) {
    TestChain chain;
    auto& side = chain.side;
    const std::uint64_t height = side.tip()->height() + 30;
    side.must(chain.voter(side, 0), propose_change(with_fee(side, 7), height));
    side.must(chain.voter(side, 0), propose_change(with_fee(side, 8), height));
    for (const std::uint64_t number : {2u, 1u}) {
        for (int i = 1; i < 4; ++i) side.must(chain.voter(side, i), vote(number, true));
    }
    run_to(side, height - 1);
    EXPECT_EQ(fee_in_force(side), 8);
    EXPECT_EQ(kParameterHistory.find(side, 1)->parameters().registration_fee_uy(), 7);
    EXPECT_EQ(kParameterHistory.find(side, 2)->parameters().registration_fee_uy(), 8);
}

TEST(Votes, LeaveWhatAnotherVoteHasChangedSinceTheyWereProposed) {
    TestChain chain;
    auto& side = chain.side;
    auto sweep = kChain.find(side, Only())->parameters();
    sweep.set_settlement_per_block(7);
    const std::uint64_t height = side.tip()->height() + 40;
    side.must(chain.voter(side, 1), propose_change(sweep, height));
    for (const int other : {0, 2, 3}) side.must(chain.voter(side, other), vote(1, true));
    chain.decide(side, propose_change(with_fee(side, 7), height - 10));
    ASSERT_EQ(fee_in_force(side), 7);

    run_to(side, height - 1);

    const auto now = kChain.find(side, Only())->parameters();
    EXPECT_EQ(now.settlement_per_block(), 7u);
    EXPECT_EQ(now.registration_fee_uy(), 7) << "the first proposal was not about the fee";
}

TEST(Votes, AreOfTheOrganisationsThatValidateTheChainOnceEach) {
    TestChain chain;
    auto& side = chain.side;
    const std::uint64_t height = side.tip()->height() + 100;
    for (auto* who : {&chain.government, &chain.platform, &chain.person("ann")}) {
        EXPECT_TRUE(
            refused(side.attempt(*who, propose_change(with_fee(side, 7), height)), Code::not_authorised));
    }
    side.must(chain.voter(side, 0), propose_change(with_fee(side, 7), height));
    EXPECT_TRUE(refused(side.attempt(chain.government, vote(1, true)), Code::not_authorised));
    EXPECT_TRUE(refused(side.attempt(chain.voter(side, 0), vote(1, true)), Code::vote_repeated));
    side.must(chain.voter(side, 1), vote(1, false));
    EXPECT_TRUE(refused(side.attempt(chain.voter(side, 1), vote(1, true)), Code::vote_repeated));
    EXPECT_TRUE(refused(side.attempt(chain.voter(side, 1), vote(2, true)), Code::proposal_unknown));
}

// The government alone freezes; it must not silence those who vote with it.
TEST(Votes, OfAFrozenOrganisationCount) {
    TestChain chain;
    auto& side = chain.side;
    auto& voter = chain.voter(side, 0);
    proto::FreezeAccount freeze;
    freeze.set_account(voter.account().bytes());
    freeze.set_reason("inquiry");
    side.must(chain.government, freeze);

    proto::TransferCash transfer;
    transfer.set_to(chain.platform.account().bytes());
    transfer.set_amount_uy(1);
    const auto account = *ledger::kAccounts.find(side, voter.account());
    const auto next = side.tip()->height() + 1;
    EXPECT_FALSE(ledger::check_authority(account, *side.sign(voter, transfer), next).has_value());
    side.must(voter, propose_change(with_fee(side, 7), side.tip()->height() + 100));
    side.must(chain.voter(side, 1), vote(1, true));
    EXPECT_EQ(kProposals.find(side, 1)->votes_size(), 2);
}

TEST(Votes, AreOfTheMainChainToo) {
    TestChain chain;  // four validators: a quorum is three
    auto& main = chain.main;
    auto parameters = kChain.find(main, Only())->parameters();
    parameters.set_anchor_interval(77);
    const std::uint64_t height = main.tip()->height() + 20;
    main.must(chain.voter(main, 0), propose_change(parameters, height));
    for (int i : {1, 2}) main.must(chain.voter(main, i), vote(1, true));
    run_to(main, height);
    EXPECT_EQ(kChain.find(main, Only())->parameters().anchor_interval(), 77u);
}

TEST(Votes, RefuseParametersOutsideTheirRange) {
    TestChain chain;
    auto& side = chain.side;
    auto& voter = chain.voter(side, 0);
    const std::uint64_t height = side.tip()->height() + 50;
    auto none = with_fee(side, 7);
    none.set_settlement_per_block(0);
    EXPECT_TRUE(refused(side.attempt(voter, propose_change(none, height)), Code::action_malformed));
    auto long_pause = with_fee(side, 7);
    long_pause.set_pause_max_ms(91 * kDay);
    EXPECT_TRUE(refused(side.attempt(voter, propose_change(long_pause, height)), Code::action_malformed));
    EXPECT_TRUE(
        refused(side.attempt(voter, propose_change(with_fee(side, -1), height)), Code::action_malformed));
    proto::ProposeChange empty;
    empty.set_activate_height(height);
    empty.set_reason("reason");
    EXPECT_TRUE(refused(side.attempt(voter, empty), Code::action_malformed));
    auto silent = propose_change(with_fee(side, 7), height);
    silent.clear_reason();
    EXPECT_TRUE(refused(side.attempt(voter, silent), Code::action_malformed));
}

TEST(Votes, AnnounceAChangeTenToAMillionBlocksAhead) {
    TestChain chain;
    auto& side = chain.side;
    auto& voter = chain.voter(side, 0);
    const auto ahead = [&side, &voter](std::uint64_t blocks) {
        return side.attempt(voter, propose_change(with_fee(side, 7), side.tip()->height() + 1 + blocks));
    };
    EXPECT_TRUE(refused(ahead(9), Code::height_outside_range));
    EXPECT_TRUE(refused(ahead(1'000'001), Code::height_outside_range));
    EXPECT_EQ(ahead(10).code, Code::ok);
    EXPECT_EQ(ahead(1'000'000).code, Code::ok);
}

TEST(Votes, LeaveEveryoneAPlaceToPropose) {
    TestChain chain;  // five validators: a share is four of sixteen
    auto& side = chain.side;
    const std::uint64_t height = side.tip()->height() + 50;
    for (int i = 0; i < 4; ++i) side.must(chain.voter(side, 0), propose_change(with_fee(side, 7), height));
    EXPECT_TRUE(refused(side.attempt(chain.voter(side, 0), propose_change(with_fee(side, 7), height)),
                        Code::proposals_too_many));
    side.must(chain.voter(side, 1), propose_change(with_fee(side, 7), height));
    run_to(side, height);
    side.must(chain.voter(side, 0), propose_change(with_fee(side, 7), height + 50));
}

TEST(Votes, StopAProgramThatDoesNotKnowTheContractsTheyChose) {
    TestChain chain;
    auto& side = chain.side;
    auto& voter = chain.voter(side, 0);
    auto old = propose_version(1, side.tip()->height() + 20);
    EXPECT_TRUE(refused(side.attempt(voter, old), Code::version_not_newer));
    const std::uint64_t height = side.tip()->height() + 20;
    chain.decide(side, propose_version(2, height));
    ASSERT_EQ(side.tip()->height(), height - 1) << "the last block that version 1 makes";

    const auto block = side.execute_with(side.contracts());
    ASSERT_FALSE(block);
    EXPECT_EQ(block.error().code, Code::contracts_version_unknown);
    EXPECT_NE(block.error().message.find("upgrade"), std::string::npos) << block.error().message;
    EXPECT_EQ(governance::parameters_at(side, height).contracts_version(), 2u);
}

// --- Pause -----------------------------------------------------------------------------------------------

// A market in which Ann can sell 400 g; Cyd has not joined.
struct Market {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& cyd = chain.person("cyd");

    Market() {
        auto& bob = chain.person("bob");
        chain.open(2013);
        chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}});
        chain.report(2013, 1, {{&ann, 600_g}, {&bob, 1'400_g}});
        chain.advance(2013, 1);
        chain.join(2013, ann);
        chain.join(2013, bob);
        chain.deposit(chain.platform, 1'000'000_uy);
        chain.deposit(bob, 1'000'000_uy);
        chain.sell(2013, ann, 100_g);
    }
    void expect_trade(Code code) {
        auto& bob = chain.person("bob");
        EXPECT_EQ(chain.side.attempt(ann, sell_surplus(2013, 1_g)).code, code);
        EXPECT_EQ(chain.side.attempt(bob, buy_quota(2013, 1_g)).code, code);
    }
};

TEST(Pause, StopsTradeAndNothingElse) {
    Market market;
    auto& chain = market.chain;
    chain.deposit(market.cyd, 1'000'000_uy);
    chain.side.must(chain.platform, pause_market(now_ms(chain.side) + kDay));

    market.expect_trade(Code::market_paused);
    EXPECT_TRUE(
        refused(chain.side.attempt(market.cyd, join_market(2013, 1'000'000_uy)), Code::market_paused));
    chain.deposit(market.ann, 1_uy);
    chain.side.must(chain.transport, readings(2013, 1, {{&market.ann, 1_g}}));
    chain.settle(2013);
    EXPECT_EQ(chain.period(2013).phase(), proto::PERIOD_PHASE_SETTLED);
}

TEST(Pause, EndsByItselfAtItsTime) {
    Market market;
    auto& side = market.chain.side;
    const std::uint64_t end = now_ms(side) + 10'000;
    side.must(market.chain.government, pause_market(end));
    while (now_ms(side) < end - 3'000) side.block({});
    market.expect_trade(Code::market_paused);
    EXPECT_EQ(now_ms(side), end - 1'000);
    market.expect_trade(Code::ok);
    const auto record = *kPauses.find(side, 1);
    EXPECT_EQ(record.by(), market.chain.government.account().bytes());
    EXPECT_EQ(record.reason(), "smoke");
    EXPECT_EQ(record.until_ms(), end);
    EXPECT_EQ(record.resumed_ms(), 0u);
}

TEST(Pause, IsEndedByTheGovernment) {
    Market market;
    auto& side = market.chain.side;
    side.must(market.chain.platform, pause_market(now_ms(side) + kDay));
    EXPECT_TRUE(refused(side.attempt(market.chain.platform, resume_market()), Code::not_authorised));
    side.must(market.chain.government, resume_market());
    market.expect_trade(Code::ok);
    EXPECT_TRUE(refused(side.attempt(market.chain.government, resume_market()), Code::market_not_paused));
    EXPECT_EQ(kPauses.find(side, 1)->resumed_by(), market.chain.government.account().bytes());

    side.must(market.chain.government, pause_market(now_ms(side) + kDay));
    EXPECT_EQ(kPauseCount.find(side, Only())->value(), 2u);
    market.expect_trade(Code::market_paused);
}

TEST(Pause, IsNotBegunAgainByThePlatformBeforeTheMarketHasRunAsLong) {
    Market market;
    auto& side = market.chain.side;
    auto& platform = market.chain.platform;
    side.must(platform, pause_market(now_ms(side) + 1'000 + 10'000));
    const std::uint64_t end = kPauses.find(side, 1)->until_ms();
    while (now_ms(side) < end) side.block({});
    EXPECT_TRUE(refused(side.attempt(platform, pause_market(end + kDay)), Code::pause_too_soon));
    market.expect_trade(Code::ok);
    while (now_ms(side) + 1'000 < end + 10'000) {
        EXPECT_TRUE(refused(side.attempt(platform, pause_market(end + kDay)), Code::pause_too_soon));
    }
    side.must(platform, pause_market(end + kDay));
    market.expect_trade(Code::market_paused);
}

TEST(Pause, CountsOnlyTheTimeItStoodAndBindsOnlyThePlatform) {
    Market market;
    auto& side = market.chain.side;
    side.must(market.chain.platform, pause_market(now_ms(side) + kDay));
    for (int i = 0; i < 2; ++i) side.block({});
    side.must(market.chain.government, resume_market());  // of the day, three seconds
    EXPECT_TRUE(refused(side.attempt(market.chain.platform, pause_market(now_ms(side) + kDay)),
                        Code::pause_too_soon));
    side.block({});
    side.must(market.chain.platform, pause_market(now_ms(side) + kDay));
    side.must(market.chain.government, resume_market());
    side.must(market.chain.government, pause_market(now_ms(side) + kDay));
    market.expect_trade(Code::market_paused);
}

TEST(Pause, LetsAnEpochOfPricesBegin) {
    Market market;
    auto& chain = market.chain;
    chain.open(2014);
    chain.issue(2014, {{&market.ann, 1'000_g}, {&market.cyd, 1'000_g}});
    chain.report(2014, 1, {{&market.ann, 600_g}, {&market.cyd, 1'400_g}});
    chain.side.must(chain.platform, pause_market(now_ms(chain.side) + kDay));
    chain.advance(2014, 1);
    EXPECT_EQ(chain.period(2014).epoch(), 1u);
    EXPECT_TRUE(chain.period(2014).priced());
    EXPECT_TRUE(refused(chain.side.attempt(market.ann, sell_surplus(2014, 1_g)), Code::market_paused));
}

// In the last days people buy what they lack, and the platform would be the one to gain if they could not.
TEST(Pause, OfThePlatformEndsByTheDeadlineOfEveryPeriodThatRuns) {
    TestChain chain;
    auto& side = chain.side;
    auto action = open_period(2013, Grams(1'000'000'000), 1);
    const std::uint64_t deadline = chain.main.tip()->time_ms() + kDay;
    action.set_earliest_close_ms(deadline);
    chain.main.must(chain.main_government, action);
    chain.relay();

    EXPECT_TRUE(refused(side.attempt(chain.platform, pause_market(deadline + 1)), Code::pause_outside_range));
    side.must(chain.platform, pause_market(deadline));
    side.set_time(Instant{static_cast<std::int64_t>(deadline) + 100 * static_cast<std::int64_t>(kDay)});
    EXPECT_TRUE(
        refused(side.attempt(chain.platform, pause_market(now_ms(side) + kDay)), Code::pause_outside_range));
    side.must(chain.government, pause_market(now_ms(side) + kDay));
}

TEST(Pause, LastsNoLongerThanTheParametersAllow) {
    Market market;
    auto& side = market.chain.side;
    auto& government = market.chain.government;
    const auto next = [&side] { return now_ms(side) + 1'000; };
    EXPECT_TRUE(refused(side.attempt(government, pause_market(next())), Code::pause_outside_range))
        << "over when it begins";
    EXPECT_TRUE(
        refused(side.attempt(government, pause_market(next() + 7 * kDay + 1)), Code::pause_outside_range))
        << "seven days where the parameters say nothing";
    auto parameters = with_fee(side, 0);
    parameters.set_pause_max_ms(5'000);
    market.chain.decide(side, propose_change(parameters, side.tip()->height() + 20));
    EXPECT_TRUE(refused(side.attempt(government, pause_market(next() + 5'001)), Code::pause_outside_range));
    side.must(government, pause_market(next() + 5'000));
    EXPECT_TRUE(refused(side.attempt(government, pause_market(next() + 1)), Code::market_paused))
        << "one at a time";
}

}  // namespace
}  // namespace pcq::contracts::testing
