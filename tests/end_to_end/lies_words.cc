// What pcq --verify says of the answers that it shows: how old is what they rest on, and what is nothing but
// the word of the node.
#include <tuple>

#include "src/base/hex.h"
#include "tests/end_to_end/lies.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A state that was the newest once, shown as the newest by whatever can be asked for it.
TEST_F(Lies, ThatAnOldBlockIsTheNewestAreFound) {
    client::RpcClient client(liar_.endpoint());
    client::RpcClient straight(network().rpc(0));
    auto node = proven(client);
    ASSERT_TRUE(node.ask("prices", {{"chain", "side"}}));
    for (const char* method : {"totals", "header", "block", "status"}) {
        SCOPED_TRACE(method);
        const bool is_status = std::string_view(method) == "status";
        auto old = straight.call(is_status ? "header" : method, {{"chain", "side"}, {"height", height_ - 1}});
        ASSERT_TRUE(old);
        liar_.tell([&](const std::string& asked, const json::object&, json::object& response) {
            if (asked != method) return;
            if (is_status)
                response["result"].as_object()["height"] = height_ - 1;
            else
                response["result"] = *old;
        });
        const auto stale = node.ask(method, {{"chain", "side"}});
        ASSERT_FALSE(stale);
        EXPECT_EQ(stale.error().code, Code::answer_stale) << stale.error().message;
    }
    liar_.tell([](const std::string& method, const json::object&, json::object& response) {
        if (method == "status") response["result"].as_object()["kind"] = "main";
    });
    const auto kind = node.ask("status", {{"chain", "side"}});
    ASSERT_FALSE(kind);
    EXPECT_THAT(kind.error().message, HasSubstr("it says kind is \"main\""));
}

// Who reads an answer wants to know how old the oldest part of it is.
TEST_F(Lies, TheOldestBlockThatAnAnswerRestsOnIsNamed) {
    client::RpcClient client(network().rpc(0));
    auto node = proven(client);
    const auto newest = node.ask("header", {{"chain", "side"}});
    ASSERT_TRUE(newest);
    const auto old = node.ask("header", {{"chain", "side"}, {"height", 2}});
    ASSERT_TRUE(old);
    ASSERT_EQ(node.bases().size(), 1u);
    const auto basis = node.bases().front();
    EXPECT_EQ(basis.height, 2u);
    EXPECT_EQ(json::value(basis.time_ms), old->at("header").at("time_ms"));
    EXPECT_EQ(json::value(basis.newest), newest->at("height"));
    // One command that goes back: to each block that the account's year has changed in.
    const auto told = ask_at(network().rpc(0), {"audit", "account", to_address(market().seller(0).account()),
                                                "--genesis", documents().back(), "--movements"});
    EXPECT_EQ(told.code, kDone) << told.err;
    EXPECT_THAT(told.err,
                AllOf(HasSubstr("proven by block "), HasSubstr(" blocks behind block "),
                      HasSubstr(", the newest proven here, signed by a quorum of its 4 validators")));
}

// That it does not have something is its word as long as nothing proves it.
TEST_F(Lies, RefusalsThatAreNotProvenAreSaidToBeTheNodesWord) {
    client::RpcClient client(liar_.endpoint());
    auto node = proven(client);
    const auto refuse = [this](const std::string& refused, Code code) {
        liar_.tell([refused, code](const std::string& method, const json::object&, json::object& response) {
            if (method != refused) return;
            response.erase("result");
            response["error"] = {{"code", -32000},
                                 {"message", "block 3 is not kept"},
                                 {"data", {{"code", static_cast<unsigned>(code)}}}};
        });
    };
    auto asked = questions();
    for (const char* method : {"header", "block", "status", "validators", "why"})
        asked.push_back({method, {{"chain", "side"}}});
    asked.push_back({"state", {{"chain", "side"}, {"keys", json::array{"20"}}}});
    asked.push_back({"transaction", {{"chain", "side"}, {"hash", std::string(64, 'a')}}});
    for (const auto& question : asked) {
        SCOPED_TRACE(question.method);
        refuse(question.method, Code::height_pruned);
        const auto word = node.ask(question.method, question.params);
        ASSERT_FALSE(word);
        EXPECT_EQ(word.error().code, Code::height_pruned);
        EXPECT_EQ(word.error().message, "the node says, and has not proven: block 3 is not kept");
    }
    // Of what is asked for on the way.
    const json::object who{{"chain", "side"}, {"account", to_address(market().seller(0).account())}};
    for (const auto& [method, below, params] :
         {std::tuple("account", "state", who),
          std::tuple("status", "header", json::object{{"chain", "side"}})}) {
        refuse(below, Code::height_pruned);
        const auto word = node.ask(method, params);
        ASSERT_FALSE(word) << method;
        EXPECT_THAT(word.error().message, HasSubstr("the node says, and has not proven: block 3"));
    }
    // In the words of this program.
    refuse("prices", Code::node_unreachable);
    const auto foreign = node.ask("prices", {{"chain", "side"}});
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, Code::answer_malformed);
    EXPECT_THAT(foreign.error().message, HasSubstr("and says: block 3"));
}

// What was said on the way to what is proven does not count.
TEST_F(Lies, OnlyTheLastAnswerIsTheNodesWord) {
    client::RpcClient client(liar_.endpoint());
    auto node = proven(client);
    const auto block = network().call(0, "block", {{"chain", "side"}, {"height", height_}});
    const json::object fate{{"chain", "side"}, {"hash", block->at("transactions").at(0)}};
    liar_.tell([](const std::string& method, const json::object& params, json::object& response) {
        if (method == "transaction")
            response["result"] = json::object{{"hash", params.at("hash")}, {"status", "pending"}};
    });
    ASSERT_TRUE(node.ask("transaction", fate));
    EXPECT_TRUE(node.opinions().contains("transaction"));
    liar_.tell({});
    ASSERT_TRUE(node.ask("transaction", fate));
    EXPECT_TRUE(node.opinions().empty());
    // Another one's fate still is.
    ASSERT_TRUE(node.ask("transaction", {{"chain", "side"}, {"hash", std::string(64, 'a')}}));
    ASSERT_TRUE(node.ask("transaction", fate));
    EXPECT_TRUE(node.opinions().contains("transaction"));
}

TEST_F(Lies, WhatProvesNothingDoesNotGoWithVerify) {
    const auto at = network().rpc(0);
    expect_error(
        ask_at(at, {"archive", "export", "--out", file("side.pcqarch")}), kUsage,
        AllOf(HasSubstr("does not go with --verify"), HasSubstr("pcq audit verify " + file("side.pcqarch"))));
    EXPECT_FALSE(std::filesystem::exists(file("side.pcqarch")));
    expect_error(ask_at(at, {"archive", "import", file("side.pcqarch", "any"), "--data", file("data")}),
                 kUsage, HasSubstr("--genesis"));
    expect_error(ask_at(at, {"bench"}), kUsage, HasSubstr("does not go with --verify"));

    // Two chains of one name: whose answers are to be believed?
    ASSERT_EQ(run({{program("pcq").string(), "net", "init", "--dir", file("other")}, {}, ""}).code, kDone);
    const auto ours = documents().back();
    const auto other = file("other/side.json");
    for (const auto& command : {std::vector<std::string>{"status"}, {"tx", std::string(64, 'a')}}) {
        std::vector<std::string> line{"--verify", other};
        line.insert(line.end(), command.begin(), command.end());
        expect_error(ask_at(at, line), kUsage,
                     AllOf(HasSubstr(ours), HasSubstr(other), HasSubstr("are both called side"),
                           HasSubstr(to_hex(network().side().chain))));
    }
    expect_error(ask({"audit", "attestations", "--genesis", ours, other}), kUsage,
                 AllOf(HasSubstr(ours), HasSubstr(other)));
    EXPECT_EQ(ask_at(at, {"--verify", ours, "status"}).code, kDone);  // twice the same
}

TEST_F(Lies, NothingThatCannotBeToldIsCalledProven) {
    liar_.tell([](const std::string& method, const json::object&, json::object& response) {
        if (method != "transaction") return;
        auto& result = response["result"].as_object();
        result = {{"hash", result.at("hash")}, {"status", "rejected"}, {"reason", json::object{}}};
    });
    const auto told = ask_at(liar_.endpoint(), {"tx", std::string(64, 'a')});
    expect_error(told, kUnreachable, HasSubstr("answer_malformed"));
    EXPECT_THAT(told.err, testing::Not(HasSubstr("proven")));
}

// Without --verify too nobody can keep pcq asking for ever.
TEST_F(Lies, PagesThatLeadNowhereAreNotFollowed) {
    const auto list_where = [&](bool pages_are_empty) {
        auto number = std::make_shared<int>(0);
        liar_.tell([=](const std::string& method, const json::object&, json::object& response) {
            if (method != "periods") return;
            auto& result = response["result"].as_object();
            result["next"] = pages_are_empty ? std::to_string(++*number) : "7";
            if (pages_are_empty) result["value"].as_object()["periods"] = json::array{};
        });
        return run({{program("pcq").string(), "--node", client::to_text(liar_.endpoint()), "period", "list"},
                    {},
                    ""});
    };
    for (const bool pages_are_empty : {true, false})
        expect_error(list_where(pages_are_empty), kUnreachable, HasSubstr("never end"));
}

}  // namespace
}  // namespace pcq::e2e
