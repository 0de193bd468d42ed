// What a replica refuses to vote for, and what it makes of blocks that others send, on a real store.
#include "src/node/builder.h"

#include "src/crypto/hash.h"
#include "tests/unit/node/fixture.h"

namespace pcq::node {
namespace {

// Row 3: whatever a primary may claim of a block.
TEST_F(Building, ABlockHoldsOnlyIfEveryFieldOfItsHeaderFollowsFromItsTransactions) {
    const std::vector<ledger::VerifiedTransaction> two = {transaction(1), transaction(2)};
    const auto block = build(two);
    EXPECT_EQ(checked(block->header.bytes(), two), Code::ok);
    EXPECT_EQ(checked(block->header.bytes(), {two[1], two[0]}), Code::bad_header);

    const auto refused = [&](const std::function<void(proto::Header&)>& spoil) {
        proto::Header fields = *block->header;
        spoil(fields);
        return checked(fields.SerializeAsString(), two) == Code::bad_header;
    };
    const Bytes wrong(32, 'x');
    EXPECT_TRUE(refused([&](auto& header) { header.set_state_root(wrong); }));
    EXPECT_TRUE(refused([&](auto& header) { header.set_receipts_root(wrong); }));
    EXPECT_TRUE(refused([&](auto& header) { header.set_transactions_root(wrong); }));
    EXPECT_TRUE(refused([&](auto& header) { header.set_previous_hash(wrong); }));
    EXPECT_TRUE(refused([&](auto& header) { header.set_validators_hash(wrong); }));
    EXPECT_TRUE(refused([&](auto& header) { header.set_next_validators_hash(wrong); }));
    EXPECT_TRUE(refused([&](auto& header) { header.mutable_totals()->set_cash_held_uy(1); }));
    EXPECT_TRUE(refused([&](auto& header) { header.set_transaction_count(3); }));
    EXPECT_TRUE(refused([&](auto& header) { header.set_height(2); }));
}

TEST_F(Building, ABlockWithARepeatedOrExpiredTransactionIsRefused) {
    const auto block = build({transaction(1)});
    EXPECT_EQ(checked(block->header.bytes(), {transaction(1), transaction(1)}),
              Code::transaction_sequence_used);

    proto::TransactionBody body;
    body.mutable_deliver_messages()->add_messages();
    store(*block);
    const auto last = sign(body, 0, 2, 2);
    const auto late = sign(body, 0, 2, 1);
    const auto next = build({last});
    ASSERT_EQ(next->transactions.size(), 1u);
    EXPECT_EQ(checked(next->header.bytes(), {last}), Code::ok);
    EXPECT_EQ(checked(next->header.bytes(), {late}), Code::transaction_expired);
}

// Nobody who missed it could be sent such a block: catching up takes no more.
TEST_F(Building, ABlockThatIsTooLargeToBeSentIsNeitherBuiltNorTaken) {
    std::vector<ledger::VerifiedTransaction> many;
    for (std::uint64_t sequence = 1; sequence <= 34; ++sequence)
        many.push_back(transaction(sequence, 250'000));
    const auto block = build(many);
    EXPECT_EQ(block->transactions.size(), 33u);
    EXPECT_LE(block->block.size(), ledger::kBlockBytesMax + ledger::kHeaderBytesMax);
    EXPECT_EQ(checked(block->header.bytes(), many), Code::limit_reached);
}

TEST_F(Building, ABlockFromElsewhereIsTakenWithItsCertificate) {
    const auto block = build({transaction(1)});
    EXPECT_TRUE(check_certified(context(), certified(*block, [](auto&) {})));
    auto weak = certified(*block, [](auto&) {});
    proto::CommitCertificate certificate;
    certificate.ParseFromString(weak.certificate());
    certificate.mutable_signatures()->RemoveLast();
    certificate.mutable_signatures()->RemoveLast();
    weak.set_certificate(certificate.SerializeAsString());
    EXPECT_EQ(check_certified(context(), weak).error().code, Code::bad_certificate);
}

// A quorum has certified results that are not ours: no peer lies, this node's own state is another.
TEST_F(Building, ACertifiedBlockWithOtherResultsMeansThatThisNodeDiffersNotThatThePeerLies) {
    const auto block = build({transaction(1)});
    const auto other = certified(*block, [](auto& header) { header.set_state_root(Bytes(32, 'x')); });
    EXPECT_EQ(check_certified(context(), other).error().code, Code::state_differs);

    proto::CertifiedBlock lie = certified(*block, [](auto&) {});
    proto::Block body;
    body.ParseFromString(lie.block());
    *body.mutable_transactions(0) = transaction(2)->bytes();
    lie.set_block(body.SerializeAsString());
    EXPECT_EQ(check_certified(context(), lie).error().code, Code::bad_header);
}

// A true block of another height, for which this node must not take itself for the one that differs and stop.
TEST_F(Building, ACertifiedBlockThatDoesNotFollowTheLastOneIsALie) {
    const auto block = build({transaction(1)});
    const auto later = certified(*block, [](auto& header) {
        header.set_height(3);
        header.set_previous_hash(Bytes(32, 'x'));
    });
    EXPECT_EQ(check_certified(context(), later).error().code, Code::bad_header);
}

}  // namespace
}  // namespace pcq::node
