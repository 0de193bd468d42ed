// What convicts a validator, and what does not.
#include "consensus/evidence.h"

#include <gtest/gtest.h>

#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

class Accusing : public testing::Test {
protected:
    Code judged(const proto::ConsensusMessage& first, const proto::ConsensusMessage& second) const {
        return judged(evidence_record(world.voters, {first, second}, kNow));
    }
    Code judged(const proto::EvidenceRecord& record) const {
        const auto result = check_evidence(world.voters.chain, cheap_check, record);
        return result ? Code::ok : result.error().code;
    }

    World world;
    const Proposal a = world.block(0, "a");
    const Proposal b = world.block(0, "b");
};

TEST_F(Accusing, TwoProposalsVotesOrOneOfEachForOnePlaceConvict) {
    EXPECT_EQ(judged(world.pre_prepare({1}, a), world.pre_prepare({1}, b)), Code::ok);
    EXPECT_EQ(judged(world.pre_prepare({1}, a), world.prepare({1}, world.hash(b))), Code::ok);
    EXPECT_EQ(judged(world.prepare({2}, world.hash(a)), world.prepare({2}, world.hash(b))), Code::ok);
    EXPECT_EQ(judged(world.commit({2}, world.hash(a)), world.commit({2}, world.hash(b))), Code::ok);
}

TEST_F(Accusing, ACommitBesideAViewChangeThatHidesItConvicts) {
    const auto commit = world.commit({2, 1}, world.hash(a));
    EXPECT_EQ(judged(commit, world.view_change({2, 2})), Code::ok);
    EXPECT_EQ(judged(world.view_change({2, 2}), commit), Code::ok);
    EXPECT_EQ(judged(commit, world.view_change({2, 2}, a, world.certificate(a, 0, {0, 1, 2}))), Code::ok);
}

TEST_F(Accusing, WhatAnHonestValidatorMaySayConvictsNobody) {
    EXPECT_EQ(judged(world.pre_prepare({1}, a), world.prepare({1}, world.hash(a))), Code::bad_proof);
    EXPECT_EQ(judged(world.prepare({2, 0}, world.hash(a)), world.prepare({2, 1}, world.hash(b))),
              Code::bad_proof);
    EXPECT_EQ(judged(world.prepare({2, 0, 1}, world.hash(a)), world.prepare({2, 0, 2}, world.hash(b))),
              Code::bad_proof);
    EXPECT_EQ(judged(world.prepare({2}, world.hash(a)), world.commit({2}, world.hash(b))), Code::bad_proof);
    const auto commit = world.commit({2, 1}, world.hash(a));
    EXPECT_EQ(judged(commit, world.view_change({2, 2}, a, world.certificate(a, 1, {0, 1, 2}))),
              Code::bad_proof);
    EXPECT_EQ(judged(commit, world.view_change({2, 1})), Code::bad_proof);
}

TEST_F(Accusing, NobodyIsConvictedByWhatHeHasNotSigned) {
    EXPECT_EQ(judged(world.prepare({3}, world.hash(a)), world.prepare({2}, world.hash(b))),
              Code::consensus_bad_signature);
    auto record = evidence_record(
        world.voters, {world.prepare({2}, world.hash(a)), world.prepare({2}, world.hash(b))}, kNow);
    record.set_accused(world.voters.keys[3].encoded());
    EXPECT_EQ(judged(record), Code::consensus_bad_signature);
    record.clear_first();
    EXPECT_EQ(judged(record), Code::consensus_malformed);
    record.set_accused("x");
    EXPECT_EQ(judged(record), Code::bad_public_key);
}

// What a signature does not cover would only make it large.
TEST_F(Accusing, HoldsWithoutTheListsThatNobodyHasSigned) {
    const auto record = evidence_record(
        world.voters,
        {world.pre_prepare({1}, a), world.view_change({1, 1}, a, world.certificate(a, 0, {0, 1, 2}))}, kNow);
    EXPECT_EQ(record.first().pre_prepare().transactions_size(), 0);
    EXPECT_TRUE(record.second().view_change().header().empty());
    EXPECT_EQ(judged(record), Code::bad_proof);  // both signatures hold
}

}  // namespace
}  // namespace pcq::consensus
