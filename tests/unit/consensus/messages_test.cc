// Decoding and verification: what no replica ever gets to see.
#include <gtest/gtest.h>

#include "src/base/hex.h"
#include "tests/unit/consensus/fixture.h"

namespace pcq::consensus {
namespace {

const World world;

Code decoded(const proto::ConsensusMessage& message) {
    const auto result = decode(message.SerializeAsString(), world.voters.size());
    return result ? Code::ok : result.error().code;
}
Code verified(const proto::ConsensusMessage& message, const Voters& voters = world.voters) {
    const auto result = verify(voters, kChecks, message);
    return result ? Code::ok : result.error().code;
}
proto::ConsensusMessage prepared_change() {
    const Proposal block = world.block();
    return world.view_change({2, 1}, block, world.certificate(block, 0, {0, 1, 2}));
}

TEST(Decode, TakesEveryKindOfMessage) {
    const Hash block = world.hash(world.block());
    EXPECT_EQ(decoded(world.pre_prepare({1, 0}, world.block())), Code::ok);
    EXPECT_EQ(decoded(world.prepare({1, 0}, block)), Code::ok);
    EXPECT_EQ(decoded(world.commit({1, 0}, block)), Code::ok);
    EXPECT_EQ(decoded(world.view_change({1, 1})), Code::ok);
    EXPECT_EQ(decoded(prepared_change()), Code::ok);
    EXPECT_EQ(decoded(world.status({1, 0})), Code::ok);
}

TEST(Decode, KeepsNothingThatThisVersionDoesNotKnow) {
    auto padded = prepared_change();
    const Bytes plain = padded.SerializeAsString();
    padded.GetReflection()->MutableUnknownFields(&padded)->AddLengthDelimited(99, Bytes(1000, 'x'));
    auto& inner = *padded.mutable_view_change()->mutable_prepared();
    inner.GetReflection()->MutableUnknownFields(&inner)->AddLengthDelimited(99, Bytes(1000, 'x'));
    const auto message = decode(padded.SerializeAsString(), 4);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->SerializeAsString(), plain);
}

TEST(Decode, RefusesASenderThatIsNoValidator) {
    auto message = world.commit({1, 0}, Hash());
    message.set_sender(4);
    EXPECT_EQ(decoded(message), Code::consensus_unknown_sender);
    EXPECT_EQ(verify(world.voters, kChecks, message).error().code, Code::consensus_unknown_sender);
}

// Whoever is many heights away counts its index in another set; its connection says who it is.
TEST(Decode, TakesAStatusOfAnySender) {
    auto message = world.status({1, 0});
    message.set_sender(4);
    EXPECT_EQ(decoded(message), Code::ok);
    EXPECT_EQ(verify(world.voters, kChecks, message).error().code, Code::consensus_unknown_sender);
    EXPECT_EQ(attested(message, 2)->sender(), 2u);
}

TEST(Decode, RefusesBytesThatAreNoMessage) {
    EXPECT_EQ(decode("\xff\xff\xff", 4).error().code, Code::consensus_malformed);
    EXPECT_EQ(decode(Bytes(kMessageBytesMax + 1, 'x'), 4).error().code, Code::consensus_malformed);
    EXPECT_EQ(decoded(proto::ConsensusMessage()), Code::consensus_malformed);
}

// Whatever its height: no validator of any set says so.
TEST(Parse, RefusesMoreFieldsThanAnyMessageHas) {
    proto::ConsensusMessage many;
    for (int i = 0; i < 100'000; ++i) many.mutable_pre_prepare()->add_justification();
    EXPECT_EQ(parse(many.SerializeAsString()).error().code, Code::consensus_malformed);
    EXPECT_EQ(parse(Bytes(kMessageBytesMax + 1, 'x')).error().code, Code::consensus_malformed);
    EXPECT_EQ(parse("\x7b\x7c" + prepared_change().SerializeAsString()).error().code,
              Code::consensus_malformed)
        << "a group";
}

TEST(Parse, TakesTheLongestHonestMessage) {
    proto::ConsensusMessage longest;
    auto& proposal = *longest.mutable_pre_prepare();
    for (int i = 0; i < kTransactionsMax; ++i) proposal.add_transactions(Bytes(32, 'h'));
    for (std::uint32_t i = 0; i < 100; ++i) {
        auto& change = *proposal.add_justification();
        change.set_sender(i);
        change.set_signature(Bytes(64, 's'));
        auto& prepared = *change.mutable_view_change()->mutable_prepared();
        prepared.set_block_hash(Bytes(32, 'h'));
        for (std::uint32_t j = 0; j < 100; ++j) {
            prepared.add_signatures()->set_validator(j);
            prepared.mutable_signatures(static_cast<int>(j))->set_signature(Bytes(64, 's'));
        }
    }
    EXPECT_TRUE(parse(longest.SerializeAsString()));
}

TEST(Verify, ChecksNoMoreSignaturesThanAreCounted) {
    const Proposal block = world.block();
    const auto shown = world.certificate(block, 0, {1, 2, 3});
    const auto plain = world.view_change({1, 1});
    const auto proposal = world.pre_prepare(
        {2, 1}, block,
        {plain, world.view_change({2, 1}, block, shown), world.view_change({3, 1}, block, shown)});
    EXPECT_EQ(signatures_in(world.prepare({1, 0}, world.hash(block))), 1u);
    EXPECT_EQ(signatures_in(plain), 1u);
    EXPECT_EQ(signatures_in(prepared_change()), 4u);
    EXPECT_EQ(signatures_in(proposal), 10u);
    std::size_t checked = 0;
    const auto count = [&checked](const auto& key, const Hash& digest, BytesView signature) {
        ++checked;
        return cheap_check(key, digest, signature);
    };
    ASSERT_TRUE(verify(world.voters, {count, list_root}, proposal));
    EXPECT_EQ(checked, 7u) << "what both show once";
}

TEST(Decode, RefusesAProposalOfALaterViewWithoutAQuorum) {
    auto proposal =
        world.pre_prepare({2, 1}, world.block(),
                          {world.view_change({1, 1}), world.view_change({2, 1}), world.view_change({3, 1})});
    EXPECT_EQ(decoded(proposal), Code::ok);
    proposal.mutable_pre_prepare()->mutable_justification()->RemoveLast();
    EXPECT_EQ(decoded(proposal), Code::consensus_malformed);
    proposal.mutable_pre_prepare()->clear_justification();
    EXPECT_EQ(decoded(proposal), Code::consensus_malformed);
}

TEST(Decode, RefusesHashesOfTheWrongSize) {
    auto vote = world.prepare({1, 0}, Hash());
    vote.mutable_prepare()->set_block_hash("short");
    EXPECT_EQ(decoded(vote), Code::consensus_malformed);
    auto proposal = world.pre_prepare({1, 0}, world.block());
    proposal.mutable_pre_prepare()->add_transactions("short");
    EXPECT_EQ(decoded(proposal), Code::consensus_malformed);
    auto status = world.status({1, 0});
    status.mutable_status()->clear_last_hash();
    EXPECT_EQ(decoded(status), Code::consensus_malformed);
}

// A Status is kept, and nothing of it is to be large.
TEST(Decode, RefusesASignatureThatIsLongerThanAny) {
    auto status = world.status({1, 0});
    status.set_signature(Bytes(65, 's'));
    EXPECT_EQ(decoded(status), Code::consensus_malformed);
    auto proposal =
        world.pre_prepare({2, 1}, world.block(),
                          {world.view_change({1, 1}), world.view_change({2, 1}), world.view_change({3, 1})});
    proposal.mutable_pre_prepare()->mutable_justification(1)->set_signature(Bytes(65, 's'));
    EXPECT_EQ(decoded(proposal), Code::consensus_malformed);
}

TEST(Decode, RefusesACertificateThatIsNoQuorumOrNamesAValidatorTwice) {
    auto change = prepared_change();
    auto& signatures = *change.mutable_view_change()->mutable_prepared()->mutable_signatures();
    signatures.Mutable(2)->set_validator(1);
    EXPECT_EQ(decoded(change), Code::consensus_malformed);
    signatures.RemoveLast();
    EXPECT_EQ(decoded(change), Code::consensus_malformed);
}

TEST(Decode, RefusesACertificateOfAnotherHeightOrOfALaterView) {
    auto other_height = prepared_change();
    other_height.mutable_view_change()->mutable_prepared()->set_height(2);
    EXPECT_EQ(decoded(other_height), Code::consensus_malformed);
    auto later_view = prepared_change();
    later_view.mutable_view_change()->mutable_prepared()->set_view(1);
    EXPECT_EQ(decoded(later_view), Code::consensus_malformed);
}

TEST(Decode, RefusesACertificateWithoutItsBlock) {
    auto change = prepared_change();
    change.mutable_view_change()->clear_header();
    EXPECT_EQ(decoded(change), Code::consensus_malformed);
}

TEST(Decode, RefusesAJustificationInViewZeroAndAnythingInOneButViewChanges) {
    auto proposal = world.pre_prepare({1, 0}, world.block(), {world.view_change({0, 1})});
    EXPECT_EQ(decoded(proposal), Code::consensus_malformed);
    proposal = world.pre_prepare({2, 1}, world.block());
    *proposal.mutable_pre_prepare()->add_justification() = world.status({1, 0});
    EXPECT_EQ(decoded(proposal), Code::consensus_malformed);
}

TEST(Verify, TakesWhatItsSenderSigned) {
    EXPECT_EQ(verified(world.pre_prepare({1, 0}, world.block())), Code::ok);
    EXPECT_EQ(verified(prepared_change()), Code::ok);
}

// Row 8 of the catalogue: a signature of one kind, chain, height or view can stand for no other.
TEST(Verify, RefusesASignatureMadeForAnotherPlace) {
    const Hash block = world.hash(world.block());
    const auto vote = world.prepare({1, 0}, block);

    auto other_kind = world.commit({1, 0}, block);
    other_kind.set_signature(vote.signature());
    auto other_height = vote;
    other_height.mutable_prepare()->set_height(2);
    auto other_view = vote;
    other_view.mutable_prepare()->set_view(1);
    auto other_block = vote;
    other_block.mutable_prepare()->set_block_hash(Hash().bytes());
    auto other_sender = vote;
    other_sender.set_sender(2);
    for (const auto& forged : {other_kind, other_height, other_view, other_block, other_sender})
        EXPECT_EQ(verified(forged), Code::consensus_bad_signature);

    Voters other_chain = world.voters;
    other_chain.chain = ChainId();
    EXPECT_EQ(verified(vote, other_chain), Code::consensus_bad_signature);
}

TEST(Verify, RefusesAForgedCertificateAndOneThatWasTakenAway) {
    auto forged = prepared_change();
    forged.mutable_view_change()->mutable_prepared()->mutable_signatures(1)->set_signature(Bytes(64, 'x'));
    EXPECT_EQ(verified(forged), Code::consensus_bad_signature);

    auto stripped = prepared_change();
    stripped.mutable_view_change()->clear_prepared();
    EXPECT_EQ(verified(stripped), Code::consensus_bad_signature);
}

TEST(Verify, RefusesAForgedViewChangeInsideAJustification) {
    auto forged = world.view_change({3, 1});
    forged.set_signature(Bytes(64, 'x'));
    EXPECT_EQ(verified(world.pre_prepare({2, 1}, world.block(1),
                                         {world.view_change({0, 1}), world.view_change({1, 1}), forged})),
              Code::consensus_bad_signature);
}

TEST(Verify, RefusesABlockThatIsNotTheCertifiedOne) {
    auto change = prepared_change();
    change.mutable_view_change()->set_header(world.block(0, "b").header);
    EXPECT_EQ(verified(change), Code::consensus_malformed);
}

// The signature covers the header; two lists under one header would split those who execute it.
TEST(Verify, RefusesTransactionsThatTheHeaderDoesNotCommitTo) {
    Proposal mixed = world.block(0, "a");
    mixed.transactions = world.block(0, "b").transactions;
    EXPECT_EQ(verified(world.pre_prepare({1, 0}, mixed)), Code::consensus_malformed);
    auto change = prepared_change();
    change.mutable_view_change()->clear_transactions();
    EXPECT_EQ(verified(change), Code::consensus_malformed);
}

// The light client recomputes this one: a change of these bytes is a change of the protocol.
TEST(Digest, HasItsGoldenBytes) {
    const ChainId chain;
    EXPECT_EQ(to_hex(vote_digest(chain, proto::VOTE_KIND_COMMIT, 1, 2, Hash())),
              to_hex(crypto::tagged_hash("consensus", chain,
                                         Bytes("\x03\0\0\0\0\0\0\0\x01\0\0\0\x02", 13) + Bytes(32, '\0'))));
    EXPECT_EQ(to_hex(vote_digest(chain, proto::VOTE_KIND_COMMIT, 1, 2, Hash())),
              "f14aa4d3afb7cc17f7fdcb2f2da8c38a2f458ecd198ced05153027fcc1f7973d");
}

}  // namespace
}  // namespace pcq::consensus
