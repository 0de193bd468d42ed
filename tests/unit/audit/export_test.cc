// Verified blocks in tables: what is there is what the chain has, once, however it came there.
#include "src/audit/export.h"

#include <future>

#include <gmock/gmock.h>

#include "contracts/tables.h"
#include "src/base/address.h"
#include "src/base/hex.h"
#include "tests/unit/audit/archive_fixture.h"
#include "tests/unit/audit/databases.h"

namespace pcq::audit {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kExportedBlocks = 6;

class Exporting : public Archives {
protected:
    Result<ExportReport> into(Sink& sink, const std::string& work,
                              std::uint64_t to_height = kExportedBlocks) const {
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
    node("old", kExportedBlocks);
    const auto whole = database();
    {
        const auto sink = *whole->sink();
        const auto report = into(*sink, "work");
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_FALSE(report->verified.divergence);
        EXPECT_EQ(report->before, 0u);
        EXPECT_EQ(report->blocks, kExportedBlocks + 1);
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
    ASSERT_EQ(into(*sink, "second", 4)->blocks, 2u) << "the tables are ahead of the folder at first";
    ASSERT_EQ(into(*sink, "work")->blocks, 2u) << "the folder has them already";
    EXPECT_EQ(pieces->dump(), expected);
}

TEST_P(Databases, NeverMixHistories) {
    node("old", 3);
    const auto tables = database();
    const auto sink = *tables->sink();
    ASSERT_TRUE(into(*sink, "work", 3));
    const std::string before = tables->dump();
    std::filesystem::remove_all(path("old"));
    {
        Writer writer(path("old") / "audited" / "store", proto::CHAIN_KIND_SIDE);
        add_blocks(writer, 2);
        writer.add({deposit(writer.chain(), 77)});
        writer.add({deposit(writer.chain(), 78)});
    }
    for (int run = 0; run < 2; ++run) {
        const auto fork = into(*sink, "fork", 4);
        ASSERT_FALSE(fork) << run;
        EXPECT_EQ(fork.error().code, Code::bad_header) << fork.error().message;
        EXPECT_THAT(fork.error().message, HasSubstr("block 3 of the tables is another one"));
    }
    const auto source = into(*sink, "work", 4);
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_TRUE(source->verified.divergence) << "the folder has the tables' block";
    EXPECT_EQ(tables->dump(), before);

    std::filesystem::remove_all(path("old"));
    { const Writer other(path("old") / "audited" / "store", proto::CHAIN_KIND_MAIN); }
    const auto mixed = into(*sink, "other", 0);
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().code, Code::bad_argument);
}

// What ends below the tables says nothing about their last block.
TEST_P(Databases, AreNotHeldAgainstASourceThatEndsBeforeThem) {
    node("old", 3);
    const auto tables = database();
    const auto sink = *tables->sink();
    ASSERT_TRUE(into(*sink, "work", 3));
    const auto shorter = into(*sink, "new", 2);
    ASSERT_FALSE(shorter);
    EXPECT_EQ(shorter.error().code, Code::answer_stale);
    EXPECT_THAT(shorter.error().message, HasSubstr("the tables end with block 3, the source with block 2"));
    ASSERT_TRUE(into(*sink, "work", 2)) << "the folder has the tables' last block";

    // Another history that is shorter than the folder's is found as well.
    std::filesystem::remove_all(path("old"));
    {
        Writer writer(path("old") / "audited" / "store", proto::CHAIN_KIND_SIDE);
        add_blocks(writer, 1);
        writer.add({deposit(writer.chain(), 77)});
    }
    const auto other = into(*sink, "work", 2);
    ASSERT_TRUE(other) << other.error().message;
    ASSERT_TRUE(other->verified.divergence);
    EXPECT_EQ(other->verified.divergence->height, 2u);
}

// The schema is made by whoever comes first; the others find it made.
TEST_P(Databases, AreBegunBySeveralAtOnce) {
    const auto tables = database();
    std::vector<std::future<std::string>> begun;
    for (int at = 0; at < 6; ++at)
        begun.push_back(std::async(std::launch::async, [&tables] {
            const auto sink = tables->sink();
            return sink ? std::string() : sink.error().message;
        }));
    for (auto& said : begun) EXPECT_EQ(said.get(), "");
}

TEST_P(Databases, TellASecondWriterThatTheBlocksAreThere) {
    const auto tables = database();
    const auto first = *tables->sink();
    const auto second = *tables->sink();
    BlockRows rows;
    rows.chain = "audited";
    rows.rows.push_back({0, {"audited", 0, "", 0, "", 0, 0, 0, "", 0, 0, 0}, false});
    ASSERT_TRUE(first->put(rows));
    ASSERT_TRUE(first->flush());
    auto written = second->put(rows);
    if (written) written = second->flush();
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, HasSubstr("another export or sync is writing the same tables"));
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
