// A chain executed again: good ones hold, and of bad ones the first thing that does not is named exactly.
#include "src/audit/verify.h"

#include <gmock/gmock.h>

#include "contracts/tables.h"
#include "src/base/hex.h"
#include "tests/unit/audit/archive_fixture.h"

namespace pcq::audit {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kVerifiedBlocks = 6;

class Verifying : public Archives {
protected:
    ReplaySource source(const std::string& data) const {
        auto blocks = replay_of_store(path(data), "audited");
        EXPECT_TRUE(blocks) << (blocks ? "" : blocks.error().message);
        return *std::move(blocks);
    }
    Result<VerifyReport> verify(const ReplaySource& from, const std::string& work = "work",
                                std::optional<std::uint64_t> to_height = {}, unsigned threads = 2) const {
        return verify_chain(from, {path(work), threads, to_height}, {});
    }
    // The first thing that does not hold, of the blocks of a good chain, one of them changed.
    Divergence with_changed(std::uint64_t height,
                            const std::function<void(proto::Block&, proto::CommitCertificate&)>& change) {
        static int number = 0;
        auto from = source("old");
        const auto honest = from.block;
        from.block = [=](std::uint64_t asked) {
            auto certified = honest(asked);
            if (asked != height) return certified;
            proto::Block block;
            proto::CommitCertificate certificate;
            EXPECT_TRUE(block.ParseFromString(certified->block()));
            EXPECT_TRUE(certificate.ParseFromString(certified->certificate()));
            change(block, certificate);
            certified->set_block(block.SerializeAsString());
            certified->set_certificate(certificate.SerializeAsString());
            return certified;
        };
        const auto report = verify(from, "work " + std::to_string(++number));
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        EXPECT_EQ(report->height, height - 1) << "all before it holds";
        EXPECT_TRUE(report->divergence);
        const auto divergence = report->divergence.value_or(Divergence());
        EXPECT_EQ(divergence.height, height) << to_text(divergence);
        return divergence;
    }
    // The same of a chain that a quorum has certified and that lies in its third block.
    Divergence of_liars(const std::function<void(Writer&)>& add_third) const {
        static int number = 0;
        const std::string name = "liars " + std::to_string(++number);
        {
            Writer writer(path(name) / "audited" / "store", proto::CHAIN_KIND_SIDE);
            add_blocks(writer, 2);
            add_third(writer);
        }
        const auto report = verify(source(name), name + " work");
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        EXPECT_EQ(report->height, 2u);
        EXPECT_TRUE(report->divergence);
        const auto divergence = report->divergence.value_or(Divergence());
        EXPECT_EQ(divergence.height, 3u) << to_text(divergence);
        return divergence;
    }
};

TEST_F(Verifying, FindsAGoodChainGood) {
    node("old", kVerifiedBlocks);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const auto report = verify(source("old"), "work " + std::to_string(threads), {}, threads);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_FALSE(report->divergence) << to_text(*report->divergence);
        EXPECT_EQ(report->height, kVerifiedBlocks);
        EXPECT_EQ(report->counts.blocks, kVerifiedBlocks);
        EXPECT_EQ(report->counts.transactions, 2 * kVerifiedBlocks);
        EXPECT_EQ(report->counts.signatures, (2 + 3) * kVerifiedBlocks);
        EXPECT_EQ(report->counts.refused, 0u);
        EXPECT_EQ(report->totals.cash, MicroYuan(100 * 2 * kVerifiedBlocks));
    }
    const auto archived = replay_of_archive(exported(Archives::source(path("old")), "archive"), {});
    ASSERT_TRUE(archived);
    const auto report = verify(*archived);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->divergence);
    EXPECT_EQ(report->state_root, verify(source("old"), "work 1")->state_root);
}

TEST_F(Verifying, GoesOnWhereItWasCutShort) {
    node("old", kVerifiedBlocks);
    ASSERT_EQ(verify(source("old"), "work", 3)->height, 3u);
    const auto rest = verify(source("old"));
    ASSERT_TRUE(rest) << rest.error().message;
    EXPECT_EQ(rest->before, 3u);
    EXPECT_EQ(rest->counts.blocks, kVerifiedBlocks - 3);
    EXPECT_FALSE(rest->divergence);
    const auto nothing = verify(source("old"));
    EXPECT_EQ(nothing->before, kVerifiedBlocks);
    EXPECT_EQ(nothing->counts.blocks, 0u);

    const auto later = replay_of_archive(exported(Archives::source(path("old")), "end", 5, 6), {});
    ASSERT_TRUE(later);
    EXPECT_EQ(verify(*later, "empty").error().code, Code::height_pruned);
    EXPECT_EQ(verify(source("old"), "work", kVerifiedBlocks + 1).error().code, Code::bad_argument);
}

// What was replayed and what the source now tells are two histories.
TEST_F(Verifying, NamesAHistoryThatHasChangedBehindIt) {
    node("old", 2);
    ASSERT_TRUE(verify(source("old")));
    {
        Writer writer(path("fork") / "audited" / "store", proto::CHAIN_KIND_SIDE);
        add_blocks(writer, 1);
        writer.add({deposit(writer.chain(), 77)});
        writer.add({deposit(writer.chain(), 78)});
    }
    const auto report = verify(source("fork"));
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_TRUE(report->divergence);
    EXPECT_EQ(report->divergence->height, 2u);
    EXPECT_EQ(report->divergence->what, "block");
}

TEST_F(Verifying, NamesWhatDoesNotHoldInTheBytes) {
    node("old", kVerifiedBlocks);
    auto found = with_changed(4, [](proto::Block&, proto::CommitCertificate& certificate) {
        (*certificate.mutable_signatures(1)->mutable_signature())[5] ^= 1;
    });
    EXPECT_EQ(found.what, "certificate");
    EXPECT_EQ(found.code, Code::bad_certificate);
    found = with_changed(4, [](proto::Block&, proto::CommitCertificate& certificate) {
        certificate.mutable_signatures()->RemoveLast();
    });
    EXPECT_EQ(found.what, "certificate");

    found = with_changed(2, [](proto::Block& block, proto::CommitCertificate&) {
        proto::Transaction transaction;
        ASSERT_TRUE(transaction.ParseFromString(block.transactions(1)));
        (*transaction.mutable_signatures(0)->mutable_signature())[5] ^= 1;
        block.set_transactions(1, transaction.SerializeAsString());
    });
    EXPECT_EQ(found.what, "signature");
    EXPECT_EQ(found.transaction, 1u);
    EXPECT_TRUE(found.transaction_hash);
    found = with_changed(2, [](proto::Block& block, proto::CommitCertificate&) {
        block.mutable_transactions(0)->push_back('x');
    });
    EXPECT_EQ(found.what, "encoding");
    EXPECT_EQ(found.transaction, 0u);

    found = with_changed(5, [](proto::Block& block, proto::CommitCertificate&) {
        block.mutable_transactions()->SwapElements(0, 1);
    });
    EXPECT_EQ(found.what, "transactions root");
    found = with_changed(5, [](proto::Block& block, proto::CommitCertificate&) {
        block.mutable_transactions()->RemoveLast();
    });
    EXPECT_EQ(found.what, "transaction count");
    EXPECT_EQ(found.expected, "1");
    EXPECT_EQ(found.found, "2");

    found = with_changed(
        1, [](proto::Block& block, proto::CommitCertificate&) { block.mutable_header()->push_back('x'); });
    EXPECT_EQ(found.what, "header");
}

// The block of another height, with its certificate: each is good in its place.
TEST_F(Verifying, NamesABlockThatIsOutOfItsPlace) {
    node("old", kVerifiedBlocks);
    auto from = source("old");
    const auto honest = from.block;
    from.block = [honest](std::uint64_t height) { return honest(height == 3 ? 4 : height); };
    const auto report = verify(from);
    ASSERT_TRUE(report && report->divergence);
    EXPECT_EQ(report->divergence->height, 3u);
    EXPECT_EQ(report->divergence->what, "height");
    EXPECT_EQ(report->divergence->found, "4");
}

TEST_F(Verifying, NamesTheRecordThatAQuorumHasFalsified) {
    const Bytes key = contracts::kCash.key(crypto::account_of(organisation_key(kGovernment).public_key()));
    const auto found = of_liars([&key](Writer& writer) {
        const auto paid = deposit(writer.chain(), 9);
        writer.add_false({paid}, {paid}, [&key](ledger::Executed& executed) {
            proto::CashRecord record;
            record.set_balance_uy(1'000'000);
            executed.changes.at(key) = ledger::encode(record);
        });
    });
    EXPECT_EQ(found.what, "record");
    EXPECT_EQ(found.code, Code::state_differs);
    EXPECT_EQ(found.record, to_hex(key));
    proto::CashRecord should;
    should.set_balance_uy(500);
    auto expected = ledger::decode<proto::CashRecord>(*from_hex(found.expected));
    ASSERT_TRUE(expected);
    EXPECT_EQ(expected->movements().count(), 3u);
    expected->clear_movements();
    EXPECT_EQ(ledger::encode(*expected), ledger::encode(should));
    EXPECT_THAT(found.reason, HasSubstr("state root: expected "));

    const auto beside = of_liars([](Writer& writer) {
        const auto paid = deposit(writer.chain(), 9);
        writer.add_false({paid}, {paid}, [](ledger::Executed& executed) {
            executed.changes[contracts::kCash.key(*AccountId::from(Bytes(32, 'x')))] = Bytes();
        });
    });
    EXPECT_EQ(beside.what, "state root");
    EXPECT_THAT(beside.reason, HasSubstr("another one has been changed"));
}

TEST_F(Verifying, NamesTheReceiptTheTotalsAndTheTransactionThatAQuorumHasFalsified) {
    auto found = of_liars([](Writer& writer) {
        const auto first = deposit(writer.chain(), 9);
        const auto second = deposit(writer.chain(), 10);
        writer.add_false({first, second}, {first, second}, [](ledger::Executed& executed) {
            auto receipt = *ledger::decode<proto::Receipt>(executed.receipts[1]);
            receipt.set_code(3300);
            executed.receipts[1] = receipt.SerializeAsString();
        });
    });
    EXPECT_EQ(found.what, "receipt");
    EXPECT_EQ(found.transaction, 1u);
    EXPECT_THAT(found.found, HasSubstr("code: 3300"));

    found = of_liars([](Writer& writer) {
        writer.add_false({}, {}, [](ledger::Executed& executed) {
            executed.totals.set_deposited_uy(executed.totals.deposited_uy() + 1);
            executed.totals.set_cash_held_uy(executed.totals.cash_held_uy() + 1);
        });
    });
    EXPECT_EQ(found.what, "totals");
    EXPECT_THAT(found.expected, HasSubstr("deposited_uy: 400"));
    EXPECT_THAT(found.found, HasSubstr("deposited_uy: 401"));

    // A deposit whose sequence was used in the first block.
    found = of_liars([](Writer& writer) {
        const auto fresh = deposit(writer.chain(), 9);
        writer.add_false({fresh}, {fresh, deposit(writer.chain(), 1)});
    });
    EXPECT_EQ(found.what, "execution");
    EXPECT_EQ(found.transaction, 1u);
    EXPECT_EQ(found.code, Code::transaction_sequence_used);
}

TEST_F(Verifying, SaysWhatTheSourceSays) {
    node("old", 3);
    auto from = source("old");
    const auto honest = from.block;
    from.block = [honest](std::uint64_t height) -> Result<proto::CertifiedBlock> {
        if (height == 2) return Error{Code::node_unreachable, "gone"};
        return honest(height);
    };
    const auto report = verify(from);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::node_unreachable);
    // And goes on when it is back.
    EXPECT_EQ(verify(source("old"))->before, 1u);
}

}  // namespace
}  // namespace pcq::audit
