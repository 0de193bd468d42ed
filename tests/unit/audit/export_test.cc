// Verified blocks in tables: what is there is what the chain has, once, however it came there.
#include "src/audit/export.h"

#include <gmock/gmock.h>

#include "contracts/tables.h"
#include "src/base/address.h"
#include "src/base/hex.h"
#include "tests/unit/audit/archive_fixture.h"
#include "tests/unit/audit/databases.h"

namespace pcq::audit {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kBlocks = 6;

class Exporting : public Archives {
protected:
    Result<ExportReport> into(Sink& sink, const std::string& work, std::uint64_t to_height = kBlocks) const {
        const auto from = replay_of_store(path("old"), "audited");
        EXPECT_TRUE(from) << (from ? "" : from.error().message);
        return export_rows(*from, {path(work), 2, to_height}, sink, {});
    }
};

// Both kinds of SQL.
class Databases : public Exporting, public testing::WithParamInterface<bool> {
protected:
    std::unique_ptr<TestDatabase> database() const {
        std::filesystem::create_directories(path("sqlite"));
        return GetParam() ? test_postgres() : test_sqlite(path("sqlite"));
    }
};

TEST_P(Databases, HaveEachBlockOnceHoweverItCame) {
    node("old", kBlocks);
    const auto whole = database();
    {
        const auto sink = *whole->sink();
        const auto report = into(*sink, "work");
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_FALSE(report->verified.divergence);
        EXPECT_EQ(report->before, 0u);
        EXPECT_EQ(report->blocks, kBlocks + 1);
        // Nothing new.
        EXPECT_EQ(into(*sink, "work")->blocks, 0u);
    }
    const std::string expected = whole->dump();
    EXPECT_EQ(whole->query("SELECT COUNT(*) FROM blocks"), Answer({{"7"}}));
    EXPECT_EQ(whole->query("SELECT COUNT(*), MIN(action), MAX(code) FROM transactions"),
              Answer({{"12", "deposit", "0"}}));
    EXPECT_EQ(whole->query("SELECT balance_uy FROM cash"), Answer({{"1200"}}));
    EXPECT_EQ(whole->query("SELECT SUM(change_uy) FROM cash_moves"), Answer({{"1200"}}));
    EXPECT_EQ(whole->query("SELECT MAX(deposited_uy) FROM blocks"), Answer({{"1200"}}));
    EXPECT_EQ(whole->query("SELECT chain, height FROM synced"), Answer({{"audited", "6"}}));
    EXPECT_EQ(whole->query("SELECT COUNT(*) FROM conservation WHERE difference <> 0"), Answer({{"0"}}));
    const std::string government = to_address(crypto::account_of(organisation_key(kGovernment).public_key()));
    EXPECT_EQ(whole->query("SELECT account FROM cash"), Answer({{government}}));

    // In pieces: a folder that is behind the tables, one that is before them, and a new one.
    const auto pieces = database();
    if (!GetParam()) std::filesystem::remove(path("sqlite") / "chains.sqlite");
    {
        const auto sink = *pieces->sink();
        ASSERT_EQ(into(*sink, "first", 2)->blocks, 3u);
    }
    const auto sink = *pieces->sink();
    ASSERT_EQ(into(*sink, "second", 1)->blocks, 0u) << "the tables are ahead";
    ASSERT_EQ(into(*sink, "second", 4)->blocks, 2u);
    ASSERT_EQ(into(*sink, "work")->blocks, 2u) << "the folder has them already";
    EXPECT_EQ(pieces->dump(), expected);
}

TEST_P(Databases, NeverMixHistories) {
    node("old", 3);
    const auto tables = database();
    const auto sink = *tables->sink();
    ASSERT_TRUE(into(*sink, "work", 3));
    std::filesystem::remove_all(path("old"));
    {
        Writer writer(path("old") / "audited" / "store", proto::CHAIN_KIND_SIDE);
        add_blocks(writer, 2);
        writer.add({deposit(writer.chain(), 77)});
    }
    const auto fork = into(*sink, "fork", 3);
    ASSERT_TRUE(fork);
    EXPECT_EQ(fork->blocks, 0u);
    const auto again = into(*sink, "fork", 3);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::bad_header);

    std::filesystem::remove_all(path("old"));
    { const Writer other(path("old") / "audited" / "store", proto::CHAIN_KIND_MAIN); }
    const auto mixed = into(*sink, "other", 0);
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().code, Code::bad_argument);
}

// Rows of blocks that are there are not made again, so that new tables would lack them.
TEST_P(Databases, OfAnotherVersionAreRefusedOnceTheyHaveBlocks) {
    node("old", 2);
    const auto tables = database();
    {
        const auto sink = *tables->sink();
        ASSERT_TRUE(into(*sink, "work", 2));
    }
    ASSERT_TRUE(tables->sink()) << "the same version goes on";
    tables->query("UPDATE made_by SET tables_version = 1");
    const auto other = tables->sink();
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Code::bad_argument);
    EXPECT_THAT(other.error().message, HasSubstr("another version of pcq"));
}

// What does not hold is not exported; what stands before it is.
TEST_P(Databases, EndWhereTheChainDoesNotHold) {
    {
        Writer writer(path("old") / "audited" / "store", proto::CHAIN_KIND_SIDE);
        add_blocks(writer, 2);
        writer.add_false({}, {}, [](ledger::Executed& executed) {
            executed.totals.set_deposited_uy(executed.totals.deposited_uy() + 1);
            executed.totals.set_cash_held_uy(executed.totals.cash_held_uy() + 1);
        });
    }
    const auto tables = database();
    const auto sink = *tables->sink();
    const auto report = into(*sink, "work", 3);
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_TRUE(report->verified.divergence);
    EXPECT_EQ(tables->query("SELECT MAX(height) FROM blocks"), Answer({{"2"}}));
}

// What was paid between two people is a transfer and nothing of the bank's.
TEST_P(Databases, TellAPaymentOnce) {
    {
        Writer writer(path("old") / "audited" / "store", proto::CHAIN_KIND_SIDE);
        add_blocks(writer, 1);
        const auto government = organisation_key(kGovernment);
        const auto bank = organisation_key(kBank);
        const auto act = [&writer](const crypto::SigningKey& by, const auto& fill) {
            proto::TransactionBody body;
            body.set_chain_id(writer.chain().bytes());
            body.set_account(crypto::account_of(by.public_key()).bytes());
            body.set_sequence(100);
            body.set_valid_until_height(1'000);
            fill(body);
            auto decoded =
                ledger::DecodedTransaction::from(ledger::sign_transaction(body, {&by}), writer.chain());
            PCQ_INVARIANT(decoded.has_value());
            writer.add({*ledger::verify_signatures(*std::move(decoded))});
        };
        act(government, [&bank](proto::TransactionBody& body) {
            body.mutable_transfer_cash()->set_to(crypto::account_of(bank.public_key()).bytes());
            body.mutable_transfer_cash()->set_amount_uy(70);
        });
        act(bank, [](proto::TransactionBody& body) {
            body.mutable_withdraw()->set_amount_uy(20);
            body.mutable_withdraw()->set_reference("out");
        });
    }
    const auto whole = database();
    const auto sink = *whole->sink();
    const auto report = into(*sink, "work", 3);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(whole->query("SELECT change_uy FROM cash_moves ORDER BY height, place"),
              Answer({{"100"}, {"100"}, {"-20"}}));
    EXPECT_EQ(whole->query("SELECT what, amount FROM transfers"), Answer({{"cash", "70"}}));
    const auto story = [&whole](int key) {
        const auto account = to_address(crypto::account_of(organisation_key(key).public_key()));
        return whole->query("SELECT what, amount_uy FROM story WHERE account = '" + account +
                            "' ORDER BY height, place, event");
    };
    EXPECT_EQ(story(kGovernment), Answer({{"bank", "100"}, {"bank", "100"}, {"gave cash", "-70"}}));
    EXPECT_EQ(story(kBank), Answer({{"got cash", "70"}, {"bank", "-20"}}));
}

INSTANTIATE_TEST_SUITE_P(Of, Databases, testing::Values(false, true),
                         [](const auto& tested) { return tested.param ? "PostgreSQL" : "SQLite"; });

TEST_F(Exporting, WritesFilesOfCommaSeparatedValues) {
    node("old", 2);
    const auto sink = csv_sink(path("csv"));
    ASSERT_TRUE(sink) << sink.error().message;
    ASSERT_TRUE(into(**sink, "work", 2));
    ASSERT_TRUE((*sink)->finish());
    EXPECT_THAT(content(path("csv") / "cash.csv"),
                HasSubstr("chain,account,balance_uy,escrow_uy\r\naudited,pcq1"));
    EXPECT_THAT(content(path("csv") / "cash.csv"), HasSubstr(",400,0\r\n"));
    const auto transactions = content(path("csv") / "transactions.csv");
    EXPECT_EQ(std::count(transactions.begin(), transactions.end(), '\n'), 5);
    // Never over what is there.
    EXPECT_EQ(csv_sink(path("csv")).error().code, Code::bad_argument);
}

TEST_F(Exporting, LeavesNothingThatLooksWholeWhereItIsCutShort) {
    node("old", 2);
    {
        const auto cut = csv_sink(path("csv"));
        ASSERT_TRUE(cut) << cut.error().message;
        ASSERT_TRUE(into(**cut, "work", 1));
    }
    EXPECT_FALSE(std::filesystem::exists(path("csv")));

    const auto sink = csv_sink(path("csv"));
    ASSERT_TRUE(sink) << sink.error().message;
    ASSERT_TRUE(into(**sink, "work", 2));
    ASSERT_TRUE((*sink)->finish());
    const auto blocks = content(path("csv") / "blocks.csv");
    EXPECT_EQ(std::count(blocks.begin(), blocks.end(), '\n'), 1 + 3) << "blocks 0 to 2, once";
    EXPECT_FALSE(std::filesystem::exists(path("csv.part")));
}

TEST(PostgresConnection, ThatIsNoneIsTheCallersMistake) {
    const auto nonsense = postgres_sink("nonsense");
    ASSERT_FALSE(nonsense);
    EXPECT_EQ(nonsense.error().code, Code::bad_argument);
    EXPECT_THAT(nonsense.error().message, HasSubstr("nonsense"));
    const auto nowhere = postgres_sink("host=/nowhere dbname=x");
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().code, Code::node_unreachable);
}

}  // namespace
}  // namespace pcq::audit
