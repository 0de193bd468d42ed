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

// --- Surveillance -----------------------------------------------------------------------------------------

// Rows as a chain would leave them, written by hand.
class Planted : public testing::TestWithParam<bool> {
protected:
    Planted() : database_(GetParam() ? test_postgres() : test_sqlite(folder_.path())) {
        rows_.chain = "side";
        sink_ = *database_->sink();
        price(1, 0, 100, 200);
    }
    void row(const std::string& table, Row cells) {
        for (std::size_t at = 0; at < tables().size(); ++at) {
            if (tables()[at].name == table) rows_.rows.push_back({at, std::move(cells), false});
        }
    }
    Cell next() { return ++event_; }
    void price(std::int64_t height, std::int64_t epoch, std::int64_t buy, std::int64_t sell) {
        row("prices", {"side", height, 0, next(), 2026, epoch, buy, sell, 0, height * 60'000});
    }
    void person(const std::string& name, std::int64_t held) {
        row("accounts", {"side", name, 1, "open", "", 1});
        row("holdings", {"side", name, 2026, held, 0, 0, 0, 0, 0, 0, 0, 0, held, "rule", "because"});
    }
    void trade(std::int64_t height, const std::string& seller, const std::string& buyer, std::int64_t grams,
               std::int64_t price_uy) {
        row("trades", {"side", height, 0, next(), "platform", 2026, seller, buyer, grams, price_uy, 1, 0,
                       height * 60'000});
    }
    // One side's part of an auction; the price is a micro-yuan a gram.
    void fill(std::int64_t height, const Cell& seller, const Cell& buyer, std::int64_t grams,
              std::int64_t fee = 0) {
        row("trades", {"side", height, 1, next(), "people", 2026, seller, buyer, grams, 1'000, grams, fee,
                       height * 60'000});
    }
    void holding(std::int64_t height, const std::string& name, std::int64_t issued, std::int64_t sold) {
        row("holding_changes",
            {"side", height, name, 2026, issued, 0, sold, 0, 0, 0, 0, 0, 0, issued - sold});
    }
    void order(std::int64_t height, const char* what, const char* id, const Cell& period, const Cell& side,
               std::int64_t grams) {
        row("orders", {"side", height, 0, next(), what, id, "person", period, side, grams, Cell(), Cell(),
                       height * 60'000});
    }
    void transfer(std::int64_t height, const std::string& from, const std::string& to, std::int64_t grams) {
        row("transfers", {"side", height, 0, next(), "quota", 2026, from, to, grams, height * 60'000});
    }
    void reading(std::int64_t month, const std::string& meter, const std::string& account,
                 std::int64_t grams) {
        row("readings", {"side", month, 0, next(), 2026, month, meter, account, grams, 30, 0});
    }
    Answer ask(const std::string& sql) {
        rows_.height = ++height_;
        EXPECT_TRUE(sink_->put(rows_));
        rows_.rows.clear();
        EXPECT_TRUE(sink_->flush());
        return database_->query(sql);
    }

private:
    TestFolder folder_;
    std::unique_ptr<TestDatabase> database_;
    std::unique_ptr<Sink> sink_;
    BlockRows rows_;
    std::int64_t event_ = 0;
    std::uint64_t height_ = 0;
};

TEST_P(Planted, WashTradesAreSeenAndOrdinaryOnesAreNot) {
    for (const char* name : {"washer", "seller", "later"}) person(name, 10);
    trade(2, "washer", "platform", 1'000, 100);
    trade(5, "platform", "washer", 990, 200);
    trade(2, "seller", "platform", 1'000, 100);
    trade(5, "platform", "seller", 300, 200);  // far less
    trade(2, "later", "platform", 1'000, 100);
    trade(200, "platform", "later", 1'000, 200);  // another day
    EXPECT_EQ(ask("SELECT account, sold_g, bought_g FROM suspect_wash"), Answer({{"washer", "1000", "990"}}));
}

TEST_P(Planted, WhatPeopleTradeWithEachOtherIsCountedOnce) {
    trade(2, "ann", "platform", 500, 100);
    fill(3, "ann", Cell(), 700);
    fill(3, "ada", Cell(), 300);
    fill(3, Cell(), "bob", 1'000);
    EXPECT_EQ(ask("SELECT market, trades, grams, amount_uy FROM trades_by_epoch ORDER BY market"),
              Answer({{"people", "2", "1000", "1000"}, {"platform", "1", "500", "1"}}));
}

TEST_P(Planted, WhatABlockDoesToAHoldingIsTheDifference) {
    holding(2, "ann", 1'000, 0);
    holding(2, "bob", 900, 0);
    holding(5, "ann", 1'000, 300);
    holding(7, "ann", 1'200, 300);
    EXPECT_EQ(ask("SELECT height, issued_g, sold_g, held_after_g FROM holding_moves WHERE account = 'ann' "
                  "ORDER BY height"),
              Answer({{"2", "1000", "0", "1000"}, {"5", "0", "300", "700"}, {"7", "200", "0", "900"}}));
}

TEST_P(Planted, QuotaThatComesBackIsSeen) {
    transfer(1, "a", "b", 100);
    transfer(2, "b", "c", 95);
    transfer(3, "c", "a", 93);
    transfer(1, "x", "y", 100);
    transfer(2, "y", "z", 100);  // and stays there
    transfer(4, "p", "q", 50);
    transfer(5, "q", "p", 50);
    EXPECT_EQ(ask("SELECT begins, over, over_next FROM suspect_circles WHERE from_height IN (1, 4) "
                  "ORDER BY begins"),
              Answer({{"a", "b", "c"}, {"p", "q", ""}}));
}

TEST_P(Planted, ConcentrationIsSeen) {
    for (int number = 0; number < 49; ++number) person("person " + std::to_string(100 + number), 100);
    person("whale", 1'000);
    EXPECT_EQ(ask("SELECT account FROM suspect_concentration"), Answer({{"whale"}}));
    EXPECT_EQ(ask("SELECT account, place FROM top_holders WHERE place = 1"), Answer({{"whale", "1"}}));
    // Half of the holders have the lesser half of the quota; all have all.
    EXPECT_EQ(ask("SELECT ROUND(CAST(quota AS NUMERIC), 4) FROM lorenz WHERE account = 'whale'").size(), 1u);
    EXPECT_EQ(ask("SELECT CASE WHEN gini BETWEEN 0.14 AND 0.16 THEN 'so' ELSE 'not' END FROM gini"),
              Answer({{"so"}}));
}

TEST_P(Planted, PricesOutOfTheBandAndLeapsAreSeen) {
    price(10, 1, 160, 240);  // from 100: by more than half
    price(20, 2, 165, 240);
    trade(3, "s", "b", 5, 150);
    trade(4, "s", "b", 5, 250);   // above P_c
    trade(12, "s", "b", 5, 120);  // below the new P_ph
    EXPECT_EQ(
        ask("SELECT height, why FROM suspect_prices ORDER BY height"),
        Answer({{"4", "outside the band"}, {"10", "moved by more than half"}, {"12", "outside the band"}}));
}

TEST_P(Planted, MetersThatDeviateAreSeen) {
    for (int number = 0; number < 20; ++number) {
        const std::string name = "person " + std::to_string(number);
        reading(1, "good", name, 1'000 + number);
        reading(1, "fair", name, 1'100 - number);
        reading(1, "high", name, 3'000 + number);
        reading(1, "lazy", name, 1'234);
    }
    EXPECT_EQ(ask("SELECT meter, why FROM suspect_meters ORDER BY meter"),
              Answer({{"high", "high"}, {"lazy", "the same for nearly everybody"}}));
}

TEST_P(Planted, AMonthUnlikeAPersonsOthersIsSeen) {
    for (int month = 1; month <= 6; ++month) {
        reading(month, "meter", "steady", 1'000 + month);
        reading(month, "meter", "leaper", month == 4 ? 9'000 : 1'000);
    }
    EXPECT_EQ(ask("SELECT account, month, grams FROM suspect_readings"), Answer({{"leaper", "4", "9000"}}));
}

TEST_P(Planted, APersonsStoryIsToldInOrder) {
    for (int height = 1; height <= 9; ++height) {
        const std::string root(1, static_cast<char>('a' + height));
        row("blocks", {"side", height, root, height * 60'000, "", 0, 1, 3, root, 0, 0, 0});
    }
    trade(5, "person", "platform", 700, 100);
    trade(8, "platform", "person", 40, 200);
    trade(6, "other", "platform", 1, 100);
    transfer(7, "person", "friend", 30);
    reading(2, "meter", "person", 900);
    row("transfers", {"side", 4, 0, next(), "cash", Cell(), "friend", "person", 11, 240'000});
    row("cash_moves", {"side", 3, 0, next(), "person", 500, 180'000});
    row("settlements", {"side", 9, 0, next(), 2026, "person", 900, 800, 40, 0, 60, 36, 0, 0, 0, 0, 540'000});
    row("transactions", {"side", 1, 0, "hash", "person", 1, "join_market", 4'000, "too early"});
    EXPECT_EQ(ask("SELECT height, time_ms, what, grams, amount_uy, other FROM story WHERE account = 'person' "
                  "ORDER BY height, place, event"),
              Answer({{"1", "60000", "refused: join_market", "", "", ""},
                      {"2", "120000", "month 2", "900", "", "meter"},
                      {"3", "180000", "bank", "", "500", ""},
                      {"4", "240000", "got cash", "", "11", "friend"},
                      {"5", "300000", "sold", "700", "1", "platform"},
                      {"7", "420000", "gave quota", "30", "", "friend"},
                      {"8", "480000", "bought", "40", "-1", "platform"},
                      {"9", "540000", "settled", "840", "-36", ""}}));
    EXPECT_EQ(ask("SELECT what FROM story WHERE account = 'friend' ORDER BY height"),
              Answer({{"gave cash"}, {"got quota"}}));
}

// Quota, the market's fees and orders: what a story had not without them.
TEST_P(Planted, AStoryHasTheQuotaTheFeesAndTheOrders) {
    row("accounts", {"side", "platform", 0, "open", "platform", 1});
    person("person", 10);
    for (int height = 1; height <= 9; ++height)
        row("blocks", {"side", height, "", height * 60'000, "", 0, 1, 3, "", 0, 0, 0});
    holding(1, "person", 1'000, 0);
    row("cash_moves", {"side", 2, 0, next(), "person", 500, 120'000});
    row("joinings", {"side", 3, 0, next(), 2026, "person", "both", 40, 180'000});
    order(4, "placed", "first", 2026, "sell", 200);
    fill(5, "person", Cell(), 150, /*fee=*/2);
    order(6, "cancelled", "first", Cell(), Cell(), 50);
    row("trades", {"side", 7, 0, next(), "platform", 2026, "platform", "person", 60, 1'000, 60, 3, 420'000});
    row("dues", {"side", 8, 0, next(), "debt paid", 2026, "person", Cell(), -70, 480'000});
    EXPECT_EQ(ask("SELECT height, what, period, grams, amount_uy FROM story WHERE account = 'person' ORDER "
                  "BY height, place, event"),
              Answer({{"1", "issued", "2026", "1000", ""},
                      {"2", "bank", "", "", "500"},
                      {"3", "joined to both", "2026", "", "-40"},
                      {"4", "order to sell", "2026", "200", ""},
                      {"5", "sold", "2026", "150", "148"},
                      {"6", "order ended: cancelled", "2026", "50", ""},
                      {"7", "bought", "2026", "60", "-63"},
                      {"8", "debt paid", "2026", "", "-70"}}));
    EXPECT_EQ(ask("SELECT what, amount_uy FROM story WHERE account = 'platform'"), Answer({{"sold", "63"}}));
}

INSTANTIATE_TEST_SUITE_P(Of, Planted, testing::Values(false, true),
                         [](const auto& tested) { return tested.param ? "PostgreSQL" : "SQLite"; });

}  // namespace
}  // namespace pcq::audit
