// A whole network audited by those who trust none of it: pcq audit verify executes both chains again, from a
// running node and from archives, killed on the way; pcq-verifier checks the same archives and agrees.
#include <iostream>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

using testing::HasSubstr;

constexpr std::size_t kSellers = 4;
constexpr std::size_t kTrades = 200;

class Verify : public testing::Test {
protected:
    Verify() {
        network_.up();
        market_.emplace(network_, /*people=*/2 * kSellers);
        Trading trading(*market_, kSellers);
        EXPECT_TRUE(trading.await(kTrades)) << trading.failure();
        trading.stop();
        // The side chain is anchored, so that there is something to agree on.
        EXPECT_TRUE(eventually([this] {
            const auto anchors = network_.call(
                0, "anchors",
                {{"chain", "main"},
                 {"side_chain", network_.call(0, "genesis", {{"chain", "side"}})->at("chain_id")}});
            return anchors && !anchors->at("value").at("anchors").as_array().empty();
        }));
    }
    std::string path(const std::string& name) const { return (network_.folder() / name).string(); }
    static Json json_of(const Ended& ended, int code) {
        EXPECT_EQ(ended.code, code) << ended.err << ended.out;
        boost::system::error_code failure;
        auto json = boost::json::parse(ended.out, failure);
        EXPECT_FALSE(failure) << ended.out;
        return json;
    }
    Json verify(std::vector<std::string> more, int code = 0) const {
        std::vector<std::string> arguments{"--json", "--node",    network_.address(0), "audit",
                                           "verify", "--genesis", path("main.json"),   path("side.json")};
        arguments.insert(arguments.begin() + 5, more.begin(), more.end());
        return json_of(pcq(arguments), code);
    }
    static const Json& chain(const Json& report, const std::string& name) {
        for (const auto& found : report.at("chains").as_array()) {
            if (found.at("chain").as_string() == name) return found;
        }
        ADD_FAILURE() << name << " is not in " << report;
        return report;
    }
    void archive(const std::string& name) const {
        const auto ended = pcq({"--node", network_.address(0), "--chain", name, "archive", "export", "--out",
                                path(name + ".pcqarch")});
        EXPECT_EQ(ended.code, 0) << ended.err;
    }
    Ended verifier(std::vector<std::string> arguments) const {
        std::vector<std::string> words{program("pcq-verifier").string(), "--json"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        return run({words, {}, ""});
    }

    Network network_;
    std::optional<Market> market_;
};

TEST_F(Verify, FindsARunningNetworkGoodAndItsChainsAgree) {
    const auto report = verify({});
    EXPECT_EQ(report.at("holds"), true) << report;
    EXPECT_GE(chain(report, "side").at("trades").to_number<std::size_t>(), kTrades);
    EXPECT_GT(chain(report, "side").at("signatures").to_number<std::size_t>(), kTrades);
    EXPECT_EQ(chain(report, "side").at("vintages"), 1);
    const auto& agreement = report.at("agreements").at(0);
    EXPECT_GT(agreement.at("anchors").to_number<std::size_t>(), 0u);
    EXPECT_GT(agreement.at("headers").to_number<std::size_t>(), 0u);
    EXPECT_GT(agreement.at("batches").to_number<std::size_t>(), 0u);

    // The same chains as files, executed to the same state, and by another program.
    archive("main");
    archive("side");
    const auto again = verify({path("main.pcqarch"), path("side.pcqarch")});
    EXPECT_EQ(again.at("holds"), true);
    const auto other = json_of(verifier({"--genesis", path("main.json"), "--genesis", path("side.json"),
                                         path("main.pcqarch"), path("side.pcqarch")}),
                               0);
    EXPECT_EQ(other.at("holds"), true);
    const auto unknown = verifier({"--genesis", path("main.json"), path("side.pcqarch")});
    EXPECT_EQ(unknown.code, 1) << unknown.out;
    EXPECT_THAT(unknown.err, testing::HasSubstr("of which no genesis document is given"));
    EXPECT_GT(other.at("agreed_headers").to_number<std::size_t>(), 0u);
    for (const std::string name : {"main", "side"}) {
        EXPECT_EQ(chain(other, name).at("state_root"), chain(again, name).at("state_root"));
        EXPECT_EQ(chain(other, name).at("transactions"), chain(again, name).at("transactions"));
    }
}

TEST_F(Verify, GoesOnHoweverOftenItIsKilled) {
    network_.down();
    const std::string data = path("data/" + Network::names()[0]);
    int code = 137;
    int kills = -1;
    for (int after_ms = 40; code == 137; after_ms += 40, ++kills) {
        code = run({{"/usr/bin/timeout", "-s", "KILL", std::to_string(after_ms / 1000.0),
                     program("pcq").string(), "audit", "verify", data, "--work", path("work")},
                    {},
                    ""})
                   .code;
    }
    EXPECT_EQ(code, 0);
    std::cout << "killed " << kills << " times\n";
    const auto report = verify({data, "--work", path("work")});
    EXPECT_EQ(report.at("holds"), true) << report;
    EXPECT_EQ(chain(report, "side").at("blocks"), 0) << "all was done before";
    EXPECT_EQ(pcq({"audit", "totals", path("work/side/store")}).code, 0);

    // Exit codes: what cannot be verified is not what is wrong.
    EXPECT_EQ(pcq({"--node", "127.0.0.1:1", "audit", "verify"}).code, 3);
    EXPECT_EQ(pcq({"audit", "verify", path("nothing")}).code, 2);
    const auto stranger = pcq({"audit", "verify", data, "--genesis", path("side.json")});
    EXPECT_EQ(stranger.code, 2);
    EXPECT_THAT(stranger.err, HasSubstr("none of the genesis documents given is its"));
}

}  // namespace
}  // namespace pcq::e2e
