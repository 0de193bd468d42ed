// Who certifies: added, removed and re-keyed by vote, and followed by the other chain.
#include "contracts/governance/validators.h"

#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// The side chain has five validators: one may change at a height, and a quorum is four.
struct Town {
    TestChain chain;
    TestLedger& side = chain.side;

    Town() {
        side.know("fresh");
        side.know("other");
    }

    proto::NewValidator entry(const std::string& name, int proposer = 0) {
        const auto key = key_of(name);
        proto::NewValidator added;
        fill(*added.mutable_public_key(), key.public_key());
        added.set_name(name);
        added.set_possession(key.sign(client::possession_digest(
            side.chain(), chain.voter(side, proposer).account(), crypto::account_of(key.public_key()))));
        return added;
    }
    proto::ProposeChange change(const std::vector<std::string>& add, const std::vector<std::string>& remove,
                                std::uint64_t ahead = 20) {
        proto::ProposeChange action;
        auto& validators = *action.mutable_change()->mutable_validators();
        for (const auto& name : add) *validators.add_add() = entry(name);
        for (const auto& name : remove) fill(*validators.add_remove(), key_of(name).public_key());
        action.set_activate_height(side.tip()->height() + ahead);
        action.set_reason("as agreed");
        return action;
    }
    Attempt propose(const proto::ProposeChange& action) { return side.attempt(chain.voter(side, 0), action); }
    std::size_t votes() { return static_cast<std::size_t>(kVoters.find(side, Only())->accounts_size()); }
    proto::ProposalStatus status(std::uint64_t number) { return kProposals.find(side, number)->status(); }
    void run_to(std::uint64_t height) {
        while (side.tip()->height() < height) side.block({});
    }
    // What the side chain has to say to the main chain: its block carries no message here, so an anchor.
    proto::SubmitAnchor anchor() {
        proto::SubmitAnchor action;
        const auto tip = side.certified();
        action.set_header(tip.header);
        action.set_certificate(tip.certificate);
        return action;
    }
    proto::UpdateValidators update() {
        proto::UpdateValidators action;
        const auto tip = side.certified();
        action.set_header(tip.header);
        action.set_certificate(tip.certificate);
        *action.mutable_validators() = governance::validators(side).fields();
        return action;
    }
};

TEST(Validators, CertifyAndVoteFromTheAnnouncedHeightOn) {
    Town town;
    const auto action = town.change({"fresh"}, {});
    town.chain.decide(town.side, action);

    const auto before = town.side.tip();
    ASSERT_EQ(before->height() + 1, action.activate_height());
    EXPECT_NE(before.next_validators_hash(), before.validators_hash())
        << "the last header names the next set";
    town.side.block({});
    EXPECT_EQ(town.side.tip().validators_hash(), before.next_validators_hash());
    EXPECT_EQ(town.side.tip().next_validators_hash(), before.next_validators_hash());

    EXPECT_EQ(governance::validator_sets(town.side), 2u);
    EXPECT_EQ(governance::validator_set(town.side, 0).from_height(), 1u);
    const auto record = governance::validator_set(town.side, 1);
    EXPECT_EQ(record.from_height(), action.activate_height());
    EXPECT_EQ(record.proposal(), 1u);
    EXPECT_EQ(governance::validators(town.side).size(), 6u);
    EXPECT_TRUE(governance::validators(town.side).index_of(key_of("fresh").public_key()).has_value());
    client::Wallet newcomer(town.side.chain(), key_of("fresh"));
    town.side.must(newcomer, propose_change(kChain.find(town.side, Only())->parameters(),
                                            town.side.tip()->height() + 20));
}

TEST(Validators, AreReKeyedAtOneHeight) {
    Town town;
    const std::string old = "side validator 3";
    town.chain.decide(town.side, town.change({"fresh"}, {old}));
    EXPECT_EQ(governance::validators(town.side).size(), 5u);
    EXPECT_FALSE(governance::validators(town.side).index_of(key_of(old).public_key()).has_value());
    EXPECT_TRUE(governance::validators(town.side).index_of(key_of("fresh").public_key()).has_value());
}

TEST(Validators, WhoHasGoneHasNoSayInWhatIsDecidedLater) {
    Town town;
    auto& side = town.side;
    const int going = 4;
    auto& gone = town.chain.voter(side, going);
    const std::string removed = "side validator 4";
    const auto swap = town.change({"fresh"}, {removed}, 20);
    const auto later = propose_change(kChain.find(side, Only())->parameters(), side.tip()->height() + 40);
    side.must(town.chain.voter(side, 1), later);
    for (const int voter : {2, 3, going}) side.must(town.chain.voter(side, voter), vote(1, true));
    ASSERT_EQ(town.status(1), proto::PROPOSAL_STATUS_ACCEPTED) << "four of five";
    side.must(town.chain.voter(side, 0), swap);
    for (const int voter : {1, 2, 3}) side.must(town.chain.voter(side, voter), vote(2, true));
    town.run_to(swap.activate_height());
    ASSERT_EQ(town.status(2), proto::PROPOSAL_STATUS_IN_FORCE);
    EXPECT_TRUE(refused(side.attempt(gone, swap), Code::not_authorised));

    town.run_to(later.activate_height());

    EXPECT_EQ(town.status(1), proto::PROPOSAL_STATUS_LAPSED) << "three of those who vote now";
}

TEST(Validators, ChangeOnlyAsFarAsAQuorumSurvivesIt) {
    Town town;
    const std::string first = "side validator 0";
    EXPECT_TRUE(refused(town.propose(town.change({"fresh", "other"}, {})), Code::validators_impossible));
    EXPECT_TRUE(
        refused(town.propose(town.change({}, {first, "side validator 1"})), Code::validators_impossible));
    EXPECT_TRUE(refused(town.propose(town.change({first}, {})), Code::validators_impossible));
    EXPECT_TRUE(refused(town.propose(town.change({}, {"fresh"})), Code::validators_impossible));
    EXPECT_TRUE(refused(town.propose(town.change({}, {})), Code::action_malformed));
    auto forged = town.change({"fresh"}, {});
    *forged.mutable_change()->mutable_validators()->mutable_add(0) = town.entry("fresh", /*proposer=*/1);
    EXPECT_TRUE(refused(town.propose(forged), Code::bad_possession)) << "signed for another proposer";

    town.chain.decide(town.side, town.change({}, {first}));
    ASSERT_EQ(governance::validators(town.side).size(), 4u);
    EXPECT_TRUE(
        refused(town.side.attempt(town.chain.voter(town.side, 1), town.change({}, {"side validator 1"})),
                Code::validators_impossible))
        << "four are the least";
}

// Each alone is possible; together they would replace two of five at one height.
TEST(Validators, OfTwoChangesOfOneHeightTheSecondLapsesIfBothAreTooMuch) {
    Town town;
    auto& side = town.side;
    auto first = town.change({"fresh"}, {}, 20);
    auto second = town.change({"other"}, {}, 20);
    second.set_activate_height(first.activate_height());
    side.must(town.chain.voter(side, 0), first);
    side.must(town.chain.voter(side, 0), second);
    for (const int voter : {1, 2, 3}) {
        side.must(town.chain.voter(side, voter), vote(1, true));
        side.must(town.chain.voter(side, voter), vote(2, true));
    }
    town.run_to(first.activate_height());
    EXPECT_EQ(town.status(1), proto::PROPOSAL_STATUS_IN_FORCE);
    EXPECT_EQ(town.status(2), proto::PROPOSAL_STATUS_LAPSED);
    EXPECT_EQ(governance::validators(side).size(), 6u);
    EXPECT_EQ(governance::validator_sets(side), 2u);
}

TEST(Validators, OfTwoChangesOfOneHeightBothCountIfTheyGoTogether) {
    Town town;
    auto& side = town.side;
    const std::string old = "side validator 2";
    auto first = town.change({"fresh"}, {}, 20);
    auto second = town.change({}, {old}, 20);
    second.set_activate_height(first.activate_height());
    side.must(town.chain.voter(side, 0), first);
    side.must(town.chain.voter(side, 0), second);
    for (const int voter : {1, 2, 3}) {
        side.must(town.chain.voter(side, voter), vote(1, true));
        side.must(town.chain.voter(side, voter), vote(2, true));
    }
    town.run_to(first.activate_height());
    EXPECT_EQ(governance::validators(side).size(), 5u);
    EXPECT_EQ(governance::validator_sets(side), 2u) << "one set for each height";
    EXPECT_EQ(governance::validator_set(side, 1).proposal(), 2u);
}

// Whoever follows from set to set must find another one at each.
TEST(Validators, OfTwoChangesOfOneHeightThatUndoEachOtherNoSetRemains) {
    Town town;
    auto& side = town.side;
    const auto accept = [&](std::uint64_t number) {
        for (const int voter : {1, 2, 3}) side.must(town.chain.voter(side, voter), vote(number, true));
    };
    auto adding = town.change({"fresh"}, {}, 100);
    side.must(town.chain.voter(side, 0), adding);
    accept(1);
    town.chain.decide(side, town.change({"fresh"}, {}));
    auto removing = town.change({}, {"fresh"});
    removing.set_activate_height(adding.activate_height());
    side.must(town.chain.voter(side, 0), removing);
    accept(3);
    town.chain.decide(side, town.change({}, {"fresh"}));
    ASSERT_EQ(governance::validator_sets(side), 3u);
    const auto before = governance::validator_set(side, 2);

    town.run_to(adding.activate_height());

    EXPECT_EQ(town.status(1), proto::PROPOSAL_STATUS_IN_FORCE);
    EXPECT_EQ(town.status(3), proto::PROPOSAL_STATUS_IN_FORCE);
    EXPECT_EQ(governance::validator_sets(side), 3u);
    EXPECT_EQ(governance::validator_set(side, 2).from_height(), before.from_height());
    EXPECT_EQ(governance::validators(side).size(), 5u);
    EXPECT_EQ(kVoters.find(side, Only())->accounts_size(), 5);
}

TEST(Bridge, FollowsTheOtherChainsValidators) {
    Town town;
    auto& main = town.chain.main;
    auto& carrier = town.chain.main_anyone;
    const std::string old = "side validator 3";
    town.chain.decide(town.side, town.change({"fresh"}, {old}));
    const auto update = town.update();
    const auto outdated = town.side.certified();
    town.side.block({});
    EXPECT_TRUE(refused(main.attempt(carrier, town.anchor()), Code::validators_unknown));
    EXPECT_TRUE(refused(main.attempt(carrier, town.update()), Code::validators_unknown))
        << "only the header before the change names them";
    auto lie = update;
    lie.mutable_validators()->mutable_validators()->DeleteSubrange(0, 1);
    EXPECT_TRUE(refused(main.attempt(carrier, lie), Code::bad_header));

    main.must(carrier, update);

    main.must(carrier, town.anchor());
    const auto record = *kForeignChains.find(main, town.side.chain());
    EXPECT_EQ(record.validators_from(), town.side.tip()->height());
    EXPECT_EQ(record.validators().validators_size(), 5);
    EXPECT_TRUE(refused(main.attempt(carrier, update), Code::validators_unknown)) << "followed already";
    proto::SubmitAnchor stale;
    stale.set_header(outdated.header);
    stale.set_certificate(outdated.certificate);
    EXPECT_TRUE(refused(main.attempt(carrier, stale), Code::validators_unknown));
}

}  // namespace
}  // namespace pcq::contracts::testing
