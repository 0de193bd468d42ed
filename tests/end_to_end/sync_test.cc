// A network that trades, streaming into PostgreSQL: killed again and again on the way, every block is there
// once, and what is there is what an export of the stopped node's store to SQLite has.
#include <csignal>
#include <fstream>
#include <future>
#include <iostream>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/trading.h"
#include "tests/unit/audit/databases.h"

namespace pcq::e2e {
namespace {

using audit::Answer;
using testing::HasSubstr;

constexpr std::size_t kSellers = 4;
constexpr std::size_t kTrades = 100;

class Sync : public testing::Test {
protected:
    Sync() {
        network_.up();
        market_.emplace(network_, /*people=*/2 * kSellers);
    }
    std::string path(const std::string& name) const { return (network_.folder() / name).string(); }
    std::vector<std::string> sync(std::vector<std::string> sources, const std::string& connection,
                                  const std::string& work) const {
        std::vector<std::string> words{program("pcq").string(), "--node", network_.address(0), "audit",
                                       "sync"};
        words.insert(words.end(), sources.begin(), sources.end());
        words.insert(words.end(), {"--postgres", connection, "--work", path(work), "--genesis",
                                   path("main.json"), path("side.json")});
        return words;
    }
    // Ends with 137 if it had to be killed.
    static int killed_after(std::vector<std::string> words, int after_ms) {
        std::vector<std::string> all{"/usr/bin/timeout", "-s", "KILL", std::to_string(after_ms / 1000.0)};
        all.insert(all.end(), words.begin(), words.end());
        return run({all, {}, ""}).code;
    }

    Network network_;
    std::optional<Market> market_;
};

TEST_F(Sync, HasEveryBlockOnceHoweverOftenItIsKilled) {
    const auto database = audit::test_postgres();
    auto follow = sync({}, database->place(), "work");
    follow.emplace_back("--follow");
    Trading trading(*market_, kSellers);
    int kills = 0;
    for (int after_ms = 300; after_ms < 4'000; after_ms += 400) {
        ASSERT_TRUE(trading.await(kTrades / 10)) << trading.failure();
        kills += killed_after(follow, after_ms) == 137 ? 1 : 0;
    }
    trading.stop();
    EXPECT_EQ(kills, 10);
    std::cout << "killed " << kills << " times, "
              << database->query("SELECT COUNT(*) FROM blocks").at(0).at(0) << " blocks were there\n";
    network_.await_caught_up(all_nodes());
    network_.down();

    // The rest from the stopped node's store, then nothing; and from nothing, the same.
    const std::string data = path("data/" + Network::names()[0]);
    const auto rest = run({sync({data}, database->place(), "work"), {}, ""});
    EXPECT_EQ(rest.code, 0) << rest.err;
    EXPECT_THAT(rest.out, HasSubstr("verified"));
    const auto written = pcq({"audit", "export", data, "--sqlite", path("chains.sqlite"), "--genesis",
                              path("main.json"), path("side.json")});
    EXPECT_EQ(written.code, 0) << written.err;
    const auto file = audit::test_sqlite(network_.folder());
    EXPECT_EQ(database->dump(), file->dump());

    // What the views say of it.
    for (auto* tables : {database.get(), file.get()}) {
        EXPECT_EQ(tables->query("SELECT COUNT(*) FROM conservation WHERE difference <> 0"), Answer({{"0"}}));
        EXPECT_EQ(
            tables->query("SELECT chain, COUNT(*), SUM(CASE WHEN certified_g <> recorded_g THEN 1 ELSE 0 "
                          "END) FROM conservation_by_records GROUP BY chain"),
            Answer({{"side", "1", "0"}}));
        // Every person's story adds up to the cash.
        EXPECT_EQ(
            tables->query("SELECT COUNT(*), SUM(CASE WHEN c.balance_uy + c.escrow_uy = (SELECT "
                          "SUM(s.amount_uy) FROM story s WHERE s.chain = c.chain AND s.account = c.account) "
                          "THEN 1 ELSE 0 END) FROM cash c JOIN accounts a ON a.chain = c.chain AND "
                          "a.account = c.account AND a.roles = ''"),
            Answer({{"8", "8"}}));
        EXPECT_EQ(tables->query("SELECT holders FROM period_totals"), Answer({{"8"}}));
        EXPECT_EQ(tables->query("SELECT COUNT(*) FROM suspect_prices WHERE why = 'outside the band'"),
                  Answer({{"0"}}));
        EXPECT_EQ(tables->query("SELECT COUNT(*) FROM lorenz WHERE people = 1 AND quota = 1"),
                  Answer({{"1"}}));
    }
    const auto trades = database->query("SELECT COUNT(*), SUM(grams) FROM trades WHERE market = 'platform'");
    EXPECT_GE(std::stoul(trades.at(0).at(0)), kTrades);
    EXPECT_EQ(database->query("SELECT SUM(sold_g) FROM holdings").at(0).at(0), trades.at(0).at(1));

    // And as files.
    const auto csv = pcq({"audit", "export", data, "--csv", path("csv")});
    EXPECT_EQ(csv.code, 0) << csv.err;
    EXPECT_TRUE(std::filesystem::exists(path("csv/trades.csv")));
}

// A sync that stays, in the background, as a service would run it.
class Follower {
public:
    Follower(std::vector<std::string> words, std::filesystem::path said)
        : said_(std::move(said)), ended_(std::async(std::launch::async, [this, words = std::move(words)] {
              // What it says is read while it runs, and its process is told to stop.
              std::vector<std::string> all{"/bin/bash", "-c", "echo $$ > \"$0.pid\"; exec \"$@\" 2> \"$0\"",
                                           said_.string()};
              all.insert(all.end(), words.begin(), words.end());
              return run({all, {}, ""});
          })) {}
    ~Follower() {
        if (ended_.valid()) stop();
    }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;
    std::string said() const {
        std::ifstream in(said_);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    Ended stop() {
        std::ifstream in(said_.string() + ".pid");
        pid_t process = 0;
        if (in >> process) kill(process, SIGTERM);
        return ended_.get();
    }

private:
    const std::filesystem::path said_;
    std::future<Ended> ended_;
};

TEST_F(Sync, GoesOnWhenTheDatabaseOrTheNodeHasBeenAway) {
    const auto database = audit::test_postgres();
    auto follow = sync({}, database->place(), "work");
    follow.emplace_back("--follow");
    Follower follower(follow, path("said"));
    const auto synced = [&] {
        const auto rows = database->query("SELECT to_regclass('pcq.synced') IS NOT NULL");
        if (rows.at(0).at(0) != "t") return std::uint64_t{0};
        const auto height =
            database->query("SELECT COALESCE(MAX(height), 0) FROM synced WHERE chain = 'side'");
        return static_cast<std::uint64_t>(std::stoull(height.at(0).at(0)));
    };
    const auto says = [&](const char* what) { return follower.said().find(what) != std::string::npos; };
    Trading trading(*market_, kSellers);
    ASSERT_TRUE(eventually([&] { return synced() > 0; })) << follower.said();

    const auto cut = [&] {
        return database
            ->query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                "current_database() AND pid <> pg_backend_pid()")
            .size();
    };
    ASSERT_TRUE(eventually([&] { return cut() > 0; }));
    ASSERT_TRUE(eventually([&] { return says("trying again in 1 s") && says("PostgreSQL"); }))
        << follower.said();
    ASSERT_TRUE(eventually([&] { return says("goes on"); })) << follower.said();

    network_.kill_node(0);
    ASSERT_TRUE(eventually([&] { return says("trying again in 2 s"); })) << follower.said();
    ASSERT_TRUE(trading.await(1)) << trading.failure();
    network_.up(0);
    trading.stop();
    network_.await_caught_up(all_nodes());
    const auto height = *network_.height(0, "side");
    ASSERT_TRUE(eventually([&] { return synced() >= height; })) << follower.said();
    const auto ended = follower.stop();
    EXPECT_EQ(ended.code, 0) << follower.said();
    network_.down();

    const std::string data = path("data/" + Network::names()[0]);
    const auto rest = run({sync({data}, database->place(), "work"), {}, ""});
    EXPECT_EQ(rest.code, 0) << rest.err;
    const auto written = pcq({"audit", "export", data, "--sqlite", path("chains.sqlite"), "--genesis",
                              path("main.json"), path("side.json")});
    EXPECT_EQ(written.code, 0) << written.err;
    EXPECT_EQ(database->dump(), audit::test_sqlite(network_.folder())->dump());
}

TEST_F(Sync, SaysWhatIsMissing) {
    const auto nowhere = run({sync({}, "host=" + path("nowhere") + " dbname=x", "work"), {}, ""});
    EXPECT_EQ(nowhere.code, 3) << nowhere.err;
    EXPECT_THAT(nowhere.err, HasSubstr("PostgreSQL"));
    const auto nonsense = run({sync({}, "nonsense", "work"), {}, ""});
    EXPECT_EQ(nonsense.code, 2) << nonsense.err;
    EXPECT_THAT(nonsense.err, HasSubstr("is no connection string"));
    EXPECT_EQ(pcq({"audit", "export"}).code, 2) << "neither files nor a database is named";
    EXPECT_EQ(pcq({"audit", "export", "--csv", path("a"), "--sqlite", path("b")}).code, 2);
}

}  // namespace
}  // namespace pcq::e2e
