// What the views say of rows that are planted: of cases that they are for, and of ordinary ones beside them.
#include <gmock/gmock.h>

#include "tests/unit/audit/databases.h"
#include "tests/unit/audit/fixture.h"

namespace pcq::audit {
namespace {

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
        row("accounts", {"side", name, 1, "open", "", 1, ""});
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
    for (const char* name : {"parts", "mover"}) person(name, 10);
    trade(2, "parts", "platform", 1'000, 100);
    for (int height : {5, 7}) trade(height, "platform", "parts", 500, 200);
    trade(2, "mover", "platform", 1'000, 100);
    for (int height : {5, 90}) trade(height, "platform", "mover", 500, 200);  // the rest long after
    EXPECT_EQ(ask("SELECT account, sold_at, bought_at, sold_g, bought_g FROM suspect_wash ORDER BY account"),
              Answer({{"parts", "2", "5", "1000", "1000"}, {"washer", "2", "5", "1000", "990"}}));
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

// A block's own work sets the price last: what was traded in that block was traded at the one before.
TEST_P(Planted, APriceCountsFromWhatComesAfterIt) {
    trade(9, "s", "b", 5, 100);
    row("prices", {"side", 10, 2, 3, 2026, 1, 120, 240, 0, 600'000});
    trade(10, "s", "b", 5, 100);  // P_ph of epoch 0
    row("trades", {"side", 10, 2, 2, "people", 2026, "s", Cell(), 5, 110, 1, 0, 600'000});
    trade(11, "s", "b", 5, 120);
    EXPECT_EQ(ask("SELECT height FROM suspect_prices"), Answer());
    EXPECT_EQ(ask("SELECT epoch, market, trades FROM trades_by_epoch ORDER BY epoch, market"),
              Answer({{"0", "people", "1"}, {"0", "platform", "2"}, {"1", "platform", "1"}}));
    trade(10, "s", "b", 5, 220);  // as high as the next epoch allows, and too high for this one
    trade(12, "s", "b", 5, 100);
    EXPECT_EQ(ask("SELECT height FROM suspect_prices ORDER BY height"), Answer({{"10"}, {"12"}}));
}

TEST_P(Planted, TheLastSettlementOfEachPersonCounts) {
    const auto settle = [this](std::int64_t height, std::int64_t place, std::int64_t event, const char* who,
                               std::int64_t emitted, std::int64_t again) {
        row("settlements", {"side", height, place, event, 2026, who, emitted, 0, 0, 0, 0, 0, 0, 0, 0, again,
                            height * 60'000});
    };
    settle(5, 9, 0, "ann", 10, 0);
    settle(5, 9, 1, "bob", 20, 0);
    settle(7, 0, 5, "ann", 11, 1);
    settle(7, 1, 0, "ann", 12, 1);  // once more in the same block
    settle(8, 0, 0, "bob", 21, 1);
    settle(8, 0, 1, "bob", 22, 1);  // and in the same transaction
    EXPECT_EQ(ask("SELECT account, emitted_g FROM settled ORDER BY account"),
              Answer({{"ann", "12"}, {"bob", "22"}}));
}

// A settlement that is done again says what is paid in all, of which most was paid before.
TEST_P(Planted, WhatACorrectionTakesIsTheDifference) {
    for (int height = 1; height <= 4; ++height)
        row("blocks", {"side", height, "", height * 60'000, "", 0, 1, 3, "", 0, 0, 0});
    const auto settle = [this](std::int64_t height, const char* who, std::int64_t paid, std::int64_t owed,
                               std::int64_t again) {
        row("settlements", {"side", height, 0, next(), 2026, who, 900, 800, 40, 0, 60, paid, owed, 0, 0,
                            again, height * 60'000});
    };
    settle(1, "more", 36, 0, 0);
    settle(2, "more", 50, 5, 1);
    settle(3, "more", 50, 9, 1);
    settle(1, "less", 36, 0, 0);
    settle(2, "less", 20, 0, 1);
    row("dues", {"side", 2, 0, next(), "refunded", Cell(), "less", Cell(), 16, 120'000});
    EXPECT_EQ(ask("SELECT account, what, amount_uy FROM story ORDER BY account, height, event"),
              Answer({{"less", "settled", "-36"},
                      {"less", "settled again", "0"},
                      {"less", "refunded", "16"},
                      {"more", "settled", "-36"},
                      {"more", "settled again", "-14"},
                      {"more", "settled again", "0"}}));
}

// Where people have holdings: on the main chain there are batches instead.
TEST_P(Planted, RecordsAreAddedUpOnSideChains) {
    person("ann", 600);
    person("bob", 300);
    const auto totals = [this](const char* chain, std::int64_t held) {
        row("blocks", {chain, 1, "", 60'000, "", 0, 1, 3, "", 0, 0, 0});
        row("totals", {chain, 1, 2026, held, held, 0, 0, 0, 0, 0});
    };
    totals("side", 900);
    totals("main", 1'000);
    totals("empty", 50);  // a side chain whose records were lost
    row("transactions", {"main", 1, 0, "h", "government", 1, "open_period", 0, ""});
    row("transactions", {"side", 1, 0, "i", "somebody", 1, "open_period", 2'003, "on the main chain alone"});
    EXPECT_EQ(ask("SELECT chain, certified_g, recorded_g FROM conservation_by_records ORDER BY chain"),
              Answer({{"empty", "50", "0"}, {"side", "900", "900"}}));
}

TEST_P(Planted, MetersThatDeviateAreSeen) {
    for (int number = 0; number < 20; ++number) {
        const std::string name = "person " + std::to_string(number);
        reading(1, "good", name, 1'000 + number);
        reading(1, "fair", name, 1'100 - number);
        reading(1, "high", name, 3'000 + number);
        reading(1, "lazy", name, 1'234);
        reading(1, "car", name, 300 + number);
        for (const char* meter : {"bus", "tram", "train"}) reading(1, meter, name, 320 + number);
        reading(1, "broken", name, 1'000 + number);  // as much as a utility's
    }
    for (const char* meter : {"good", "fair", "high", "lazy"})
        row("accounts", {"side", meter, 0, "open", "meter", 1, "utility"});
    for (const char* meter : {"car", "bus", "tram", "train", "broken"})
        row("accounts", {"side", meter, 0, "open", "meter", 1, "transport"});
    EXPECT_EQ(ask("SELECT meter, meter_kind, why FROM suspect_meters ORDER BY meter"),
              Answer({{"broken", "transport", "high"},
                      {"high", "utility", "high"},
                      {"lazy", "utility", "the same for nearly everybody"}}));
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
    row("accounts", {"side", "platform", 0, "open", "platform", 1, ""});
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
