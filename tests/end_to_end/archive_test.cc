// A chain moved as one file: exported from a running network and from a stopped node, imported, cut short
// with SIGKILL on the way, and started on: the node follows, and votes again as one that has lost its record.
#include <fstream>
#include <iostream>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t kSellers = 4;
constexpr std::size_t kTrades = 200;
constexpr std::size_t kMoved = 1;  // the node whose stores are replaced

class Archive : public testing::Test {
protected:
    Archive() {
        network_.up();
        market_.emplace(network_, /*people=*/2 * kSellers);
    }

    std::string path(const std::string& name) const { return (network_.folder() / name).string(); }
    std::string data(std::size_t node) const { return path("data/" + Network::names()[node]); }
    Json done(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "--json");
        const auto ended = pcq(arguments);
        EXPECT_EQ(ended.code, 0) << ended.err;
        boost::system::error_code failure;
        auto json = boost::json::parse(ended.out, failure);
        EXPECT_FALSE(failure) << ended.out;
        return json;
    }
    Json import(const std::string& file, const std::string& into, const std::string& chain) {
        return done({"archive", "import", path(file), "--data", into, "--genesis", path(chain + ".json")});
    }
    static std::string content(const std::string& file) {
        std::ostringstream bytes;
        bytes << std::ifstream(file, std::ios::binary).rdbuf();
        return bytes.str();
    }

    Network network_;
    std::optional<Market> market_;
};

TEST_F(Archive, MovesARunningChainToANodeThatFollowsAndVotesAgain) {
    Trading trading(*market_, kSellers);
    ASSERT_TRUE(trading.await(kTrades));
    // While people trade.
    const auto early = done({"--node", network_.address(0), "--chain", "side", "archive", "export", "--out",
                             path("early.pcqarch")});
    const auto last = early.at("last_height").to_number<std::uint64_t>();
    EXPECT_GE(early.at("transactions").to_number<std::size_t>(), kTrades);
    ASSERT_TRUE(trading.await(kTrades));
    trading.stop();
    network_.await_caught_up(all_nodes());
    network_.down(kMoved);

    // The same blocks out of the stopped node's store give the same content, but for who has signed.
    const auto stopped =
        done({"--chain", "side", "archive", "export", "--from", data(kMoved), "--out", path("side.pcqarch")});
    const auto shown = done({"archive", "show", path("side.pcqarch")});
    EXPECT_EQ(shown, stopped);
    EXPECT_GT(stopped.at("last_height").to_number<std::uint64_t>(), last);
    done({"--chain", "main", "archive", "export", "--from", data(kMoved), "--out", path("main.pcqarch")});

    // Another machine: no store, no record of votes. The first archive, then the one that has the rest.
    std::filesystem::rename(data(kMoved), path("old"));
    EXPECT_EQ(import("early.pcqarch", data(kMoved), "side").at("height"), last);
    const auto imported = import("side.pcqarch", data(kMoved), "side");
    EXPECT_EQ(imported.at("height"), stopped.at("last_height"));
    EXPECT_EQ(imported.at("has_votes"), false);
    import("main.pcqarch", data(kMoved), "main");
    const auto audited = pcq({"audit", "totals", network_.store(kMoved, "side").string()});
    EXPECT_EQ(audited.code, 0) << audited.err;

    network_.up(kMoved);
    EXPECT_THAT(network_.log(kMoved), HasSubstr("the record of votes is missing or damaged"));
    Trading more(*market_, kSellers);
    ASSERT_TRUE(more.await(kTrades)) << more.failure();
    EXPECT_TRUE(eventually([&] {
        const auto status = network_.call(kMoved, "status", {{"chain", "side"}});
        return status && status->at("voting") == true;
    }));
    more.stop();
    network_.await_caught_up(all_nodes());
    network_.expect_equal_chains(all_nodes());
}

TEST_F(Archive, IsImportedToItsEndHoweverOftenTheImportIsKilled) {
    Trading trading(*market_, kSellers);
    ASSERT_TRUE(trading.await(kTrades));
    trading.stop();
    network_.down();
    const auto written =
        done({"--chain", "side", "archive", "export", "--from", data(0), "--out", path("side.pcqarch")});
    // Killed a little later each time, until it comes to its end. timeout(1) ends with 137 when it had to
    // kill.
    int code = 137;
    int kills = -1;
    for (int after_ms = 8; code == 137; after_ms += 4, ++kills) {
        code =
            run({{"/usr/bin/timeout", "-s", "KILL", std::to_string(after_ms / 1000.0),
                  program("pcq").string(), "archive", "import", path("side.pcqarch"), "--data", path("new")},
                 {},
                 ""})
                .code;
    }
    EXPECT_EQ(code, 0);
    EXPECT_GT(kills, 0);
    std::cout << "killed " << kills << " times\n";
    const auto report = import("side.pcqarch", path("new"), "side");
    EXPECT_EQ(report.at("height"), written.at("last_height"));
    EXPECT_EQ(pcq({"audit", "totals", path("new/side/store")}).code, 0);
    done({"--chain", "side", "archive", "export", "--from", path("new"), "--out", path("again.pcqarch")});
    EXPECT_EQ(content(path("again.pcqarch")), content(path("side.pcqarch")));

    // What is not for this chain, or damaged, is said with its place and exit code 4.
    const auto wrong =
        pcq({"archive", "import", path("side.pcqarch"), "--data", path("x"), "--genesis", path("main.json")});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("the archive is of chain side"));
    std::string bytes = content(path("side.pcqarch"));
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::ofstream(path("bad.pcqarch"), std::ios::binary) << bytes;
    const auto damaged = pcq({"archive", "show", path("bad.pcqarch")});
    EXPECT_EQ(damaged.code, 4);
    EXPECT_THAT(damaged.err, AllOf(HasSubstr("is damaged at byte"), HasSubstr("archive_damaged, 5004")));
    const auto nobody = pcq({"--node", "127.0.0.1:1", "archive", "export", "--out", path("no.pcqarch")});
    EXPECT_EQ(nobody.code, 3);
}

}  // namespace
}  // namespace pcq::e2e
