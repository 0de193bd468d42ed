// pcq --verify before a node that lies: the network with a market, and a dishonest node before its first one.
#pragma once

#include <boost/json/array.hpp>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/cli/proven_node.h"
#include "tests/end_to_end/command_line.h"
#include "tests/end_to_end/lying_node.h"

namespace pcq::e2e {

namespace json = boost::json;

class Lies : public CommandLine {
protected:
    Lies() : liar_(network().rpc(0)) {
        // Something has happened, and nothing happens while the test asks.
        EXPECT_EQ(market().act(market().seller(0), market().side(), market().sale(1'000))->code, Code::ok);
        height_ = *network().height(0, "side");
    }

    static std::vector<std::string> documents() {
        return {(network().folder() / "main.json").string(), (network().folder() / "side.json").string()};
    }
    static Ended ask_at(const client::Endpoint& node, const std::vector<std::string>& arguments) {
        std::vector<std::string> line{program("pcq").string(), "--node", client::to_text(node)};
        for (const auto& document : documents()) line.insert(line.end(), {"--verify", document});
        line.insert(line.end(), arguments.begin(), arguments.end());
        return run({line, {}, ""});
    }
    cli::ProvenNode proven(client::RpcClient& client) const {
        return cli::ProvenNode(client, {network().main(), network().side()});
    }

    struct Question {
        std::string method;
        json::object params;
        json::object with(std::uint64_t height) const {
            auto at_height = params;
            at_height["height"] = height;
            return at_height;
        }
    };
    // One of each kind of answer, and every shape of list.
    static std::vector<Question> questions() {
        const std::string who = to_address(market().seller(0).account());
        return {
            {"account", {{"chain", "side"}, {"account", who}}},
            {"periods", {{"chain", "side"}}},
            {"period", {{"chain", "main"}}},
            {"prices", {{"chain", "side"}}},
            {"epochs", {{"chain", "side"}}},
            {"fees", {{"chain", "side"}}},
            {"platform", {{"chain", "side"}}},
            {"book", {{"chain", "side"}}},
            {"emissions", {{"chain", "side"}, {"account", who}, {"limit", 1}}},
            {"orders", {{"chain", "side"}, {"account", who}}},
            {"emissions", {{"chain", "side"}, {"account", who}}},
            {"credits", {{"chain", "side"}, {"account", who}}},
            {"users", {{"chain", "side"}, {"limit", 2}}},
            {"batches", {{"chain", "main"}}},
            {"side_chains", {{"chain", "main"}}},
            {"allocation_rules", {{"chain", "main"}}},
            {"proposals", {{"chain", "side"}}},
            {"parameters", {{"chain", "side"}}},
            {"validator_sets", {{"chain", "side"}}},
            {"trusted", {{"chain", "side"}, {"account", who}}},
            {"debts", {{"chain", "side"}, {"account", who}}},
            {"methodologies", {{"chain", "side"}}},
            {"totals", {{"chain", "side"}}},
        };
    }

    LyingNode liar_;
    std::uint64_t height_ = 0;
};

}  // namespace pcq::e2e
