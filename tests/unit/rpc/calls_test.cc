// What each method takes and gives, over a real socket and a fake node.
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/ledger/list_tree.h"
#include "src/ledger/table.h"
#include "src/rpc/server.h"
#include "tests/unit/rpc/fake_backend.h"
#include "tests/unit/rpc/http_client.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class Calls : public testing::Test {
protected:
    void SetUp() override {
        const auto endpoint = server.start({});
        ASSERT_TRUE(endpoint) << endpoint.error().message;
        port = endpoint->port;
        client.emplace(port);
    }

    json::value result(const std::string& method, const std::string& params = "{}") {
        auto answer = client->call(method, params);
        EXPECT_TRUE(answer.as_object().contains("result")) << answer;
        return answer.as_object()["result"];
    }
    json::object error(const std::string& method, const std::string& params = "{}") {
        auto answer = client->call(method, params);
        EXPECT_TRUE(answer.as_object().contains("error")) << answer;
        return answer.as_object()["error"].as_object();
    }
    void expect_bad_parameter(const json::object& failed, const std::string& words) {
        EXPECT_EQ(failed.at("code").as_int64(), -32602);
        EXPECT_THAT(std::string(failed.at("message").as_string()), HasSubstr(words));
    }

    FakeBackend backend;
    Server server{backend, Options()};
    std::uint16_t port = 0;
    std::optional<HttpClient> client;
};

TEST_F(Calls, ListTheChainsOfTheNode) {
    const auto chains = result("chains").as_array();
    ASSERT_EQ(chains.size(), 2U);
    EXPECT_EQ(chains[0].at("name").as_string(), "main");
    EXPECT_EQ(chains[0].at("kind").as_string(), "main");
    EXPECT_EQ(chains[1].at("chain_id").as_string(), to_hex(backend.side));
}

TEST_F(Calls, FindAChainByNameOrIdAndByPosition) {
    backend.add_block(backend.side, {});
    EXPECT_EQ(result("status", R"({"chain":"london"})").at("height").as_int64(), 1);
    EXPECT_EQ(result("status", R"({"chain":")" + to_hex(backend.side) + "\"}").at("height").as_int64(), 1);
    EXPECT_EQ(result("status", R"(["main"])").at("height").as_int64(), 0);
    EXPECT_EQ(result("status", R"(["main"])").at("view").as_int64(), 2);
}

TEST_F(Calls, SayWhichChainsThereAreWhenAnotherIsAskedFor) {
    const auto failed = error("status", R"({"chain":"paris"})");
    expect_bad_parameter(failed, "it hosts main, london");
    EXPECT_EQ(failed.at("data").at("code").as_int64(), 7004);
    EXPECT_EQ(failed.at("data").at("name").as_string(), "chain_unknown");
    expect_bad_parameter(error("status"), "\"chain\" is missing; this node hosts main, london");
}

TEST_F(Calls, NameTheParameterThatIsWrongAndWhatIsExpected) {
    expect_bad_parameter(error("transaction", R"({"chain":"main"})"),
                         "parameter \"hash\" is missing; expected 64 hexadecimal digits");
    expect_bad_parameter(error("transaction", R"({"chain":"main","hash":"abc"})"), "got \"abc\"");
    expect_bad_parameter(error("transaction", R"({"chain":"main","hash":[]})"), "got a list");
    expect_bad_parameter(error("header", R"({"chain":"main","height":-1})"), "an integer from 0 to");
    expect_bad_parameter(error("header", R"({"chain":"main","height":1.5})"), "an integer from 0 to");
    expect_bad_parameter(error("header", R"({"chain":"main","height":"7x"})"), "an integer from 0 to");
    expect_bad_parameter(error("users", R"({"chain":"main","limit":1001})"), "an integer from 1 to 1000");
    expect_bad_parameter(error("users", R"({"chain":"main","cursor":true})"),
                         "the text that the page before gave");
    expect_bad_parameter(error("users", R"({"chain":"main","proof":"yes"})"), "true or false");
    expect_bad_parameter(error("submit", R"({"chain":"main","transaction":"%%%"})"), "base64");
    expect_bad_parameter(error("submit", R"({"chain":"main","transaction":"","wait":"soon"})"),
                         "one of \"admission\" \"commit\"");
    expect_bad_parameter(error("account", R"({"chain":"main","account":"me"})"), "an account");
    expect_bad_parameter(error("state", R"({"chain":"main","keys":[]})"), "list of 1 to 256");
    expect_bad_parameter(error("state", R"({"chain":"main","keys":["0g"]})"), "state key");
    expect_bad_parameter(error("state", R"({"chain":"main","keys":[""]})"), "1 to 1024 bytes");
    expect_bad_parameter(error("anchors", R"({"chain":"main","side_chain":"paris"})"), "the id of a chain");
    expect_bad_parameter(error("chains", R"({"chain":"main"})"), "unknown parameter \"chain\"");
    expect_bad_parameter(error("genesis", R"(["main",2])"), "at most 1 parameters, got 2");
    expect_bad_parameter(
        error("header", R"({"chain":"main","height":0,"hash":")" + std::string(64, '0') + "\"}"), "not both");
}

TEST_F(Calls, SuggestTheNearestMethod) {
    const auto failed = error("blok");
    EXPECT_EQ(failed.at("code").as_int64(), -32601);
    EXPECT_THAT(std::string(failed.at("message").as_string()), HasSubstr("did you mean \"block\"?"));
    EXPECT_EQ(std::string(error("xyzzy_plugh").at("message").as_string()),
              "no method \"xyzzy_plugh\"; GET /v1/openrpc.json lists them all");
}

TEST_F(Calls, ShowABlockInWordsAndInBytes) {
    proto::TransactionBody body;
    body.set_chain_id(backend.main.bytes());
    body.mutable_sell_surplus()->set_grams(9'007'199'254'740'993);
    proto::Transaction transaction;
    transaction.set_body(body.SerializeAsString());
    const Bytes bytes = transaction.SerializeAsString();
    backend.add_block(backend.main, {bytes, "x"});
    const std::string hash = to_hex(backend.hash_of(backend.main, bytes));

    const auto block = result("block", R"({"chain":"main","height":1})");
    EXPECT_EQ(block.at("transactions").as_array().at(0).as_string(), hash);
    EXPECT_EQ(block.at("transaction_count").as_int64(), 2);
    EXPECT_EQ(block.at("header").at("totals").at("deposited_uy").as_string(), "9007199254740993");
    EXPECT_EQ(block.at("certificate").at("height").as_int64(), 1);
    EXPECT_EQ(result("block", R"({"chain":"main","height":0})").at("certificate"), nullptr);

    const auto full =
        result("block", R"({"chain":"main","hash":")" + std::string(block.at("hash").as_string()) +
                            R"(","detail":"full","limit":1})");
    const auto& entry = full.at("transactions").as_array().at(0);
    EXPECT_EQ(entry.at("action").as_string(), "sell_surplus");
    EXPECT_EQ(entry.at("body").at("sell_surplus").at("grams").as_string(), "9007199254740993");
    EXPECT_FALSE(entry.at("body").as_object().contains("buy_quota"));
    EXPECT_EQ(entry.at("receipt").at("name").as_string(), "ok");
    EXPECT_EQ(entry.at("bytes").as_string(), to_base64(bytes));
    EXPECT_EQ(full.at("next").as_string(), "1");
    EXPECT_FALSE(result("block", R"({"chain":"main","cursor":"1"})").as_object().contains("next"));
    const auto exact = result("block", R"({"chain":"main","height":1,"detail":"bytes","limit":1})");
    EXPECT_EQ(exact.at("transactions"), json::array{to_base64(bytes)});
    EXPECT_EQ(exact.at("next").as_string(), "1");
    EXPECT_EQ(exact.at("header_bytes"), full.at("header_bytes"));
    EXPECT_EQ(exact.at("certificate_bytes"), full.at("certificate_bytes"));
}

TEST_F(Calls, SayThatThereIsNoSuchBlock) {
    for (const char* params :
         {R"({"chain":"main","height":99})",
          R"({"chain":"main","hash":"0000000000000000000000000000000000000000000000000000000000000000"})"}) {
        const auto failed = error("block", params);
        EXPECT_EQ(failed.at("code").as_int64(), -32000);
        EXPECT_EQ(failed.at("data").at("code").as_int64(), 3);
        EXPECT_EQ(failed.at("data").at("name").as_string(), "not_found");
    }
}

TEST_F(Calls, ProveThatATransactionAndItsReceiptAreInTheBlock) {
    backend.add_block(backend.main, {"a", "b", "c"});
    const Hash hash = backend.hash_of(backend.main, "b");
    const auto fate =
        result("transaction", R"({"chain":"main","proof":true,"hash":")" + to_hex(hash) + "\"}");
    EXPECT_EQ(fate.at("status").as_string(), "committed");
    EXPECT_EQ(fate.at("index").as_int64(), 1);
    EXPECT_EQ(fate.at("receipt").at("text").as_string(), "done");

    const auto& proof = fate.at("proof");
    const auto header = ledger::decode<proto::Header>(*from_base64(proof.at("header").as_string()));
    std::vector<Hash> path;
    for (const auto& entry : proof.at("transaction_path").as_array())
        path.push_back(*id_from_hex<Hash>(entry.as_string()));
    EXPECT_TRUE(ledger::verify_range(*Hash::from(header->transactions_root()), 3, 1, {hash}, path));
    path.clear();
    for (const auto& entry : proof.at("receipt_path").as_array())
        path.push_back(*id_from_hex<Hash>(entry.as_string()));
    const Hash receipt =
        crypto::tagged_hash("receipt", backend.main, *from_base64(proof.at("receipt").as_string()));
    EXPECT_TRUE(ledger::verify_range(*Hash::from(header->receipts_root()), 3, 1, {receipt}, path));
}

TEST_F(Calls, TellFatesApart) {
    const Hash hash = backend.hash_of(backend.main, "t");
    const auto fate = [&] { return result("transaction", R"(["main",")" + to_hex(hash) + "\"]"); };
    EXPECT_EQ(fate().at("status").as_string(), "unknown");
    backend.fates[hash].kind = FateKind::pending;
    EXPECT_EQ(fate().at("status").as_string(), "pending");
    backend.fates[hash].kind = FateKind::expired;
    EXPECT_EQ(fate().at("status").as_string(), "expired");
    backend.fates[hash] = {.kind = FateKind::rejected,
                           .reason = Error{Code::transaction_sequence_used, "sequence 7 has been used"}};
    const auto rejected = fate();
    EXPECT_EQ(rejected.at("status").as_string(), "rejected");
    EXPECT_EQ(rejected.at("reason").at("code").as_int64(), 2004);
    EXPECT_EQ(rejected.at("reason").at("name").as_string(), "transaction_sequence_used");
    EXPECT_EQ(rejected.at("reason").at("message").as_string(), "sequence 7 has been used");
}

TEST_F(Calls, ReadStateWithItsProof) {
    const auto state = result("state", R"({"chain":"main","keys":["0a0b",")" + to_hex("gone") + "\"]}");
    EXPECT_EQ(state.at("height").as_int64(), 0);
    const auto& records = state.at("records").as_array();
    EXPECT_EQ(records.at(0).at("key").as_string(), "0a0b");
    EXPECT_EQ(records.at(0).at("value").as_string(), to_base64("value of \x0a\x0b"));
    EXPECT_EQ(records.at(1).at("value"), nullptr);
    EXPECT_EQ(records.at(1).at("proof").as_string(), to_base64("p"));
    // One key need not be in a list.
    EXPECT_EQ(result("state", R"({"chain":"main","keys":"0a0b"})").at("records").as_array().size(), 1U);
}

TEST_F(Calls, PassQuestionsOnAndProveWhatWasRead) {
    Answer answer;
    answer.value = {{"users", json::array()}};
    answer.keys = {"k1", "k2"};
    answer.next = 101;
    backend.answer = answer;
    const auto users = result("users", R"({"chain":"main","cursor":"1","limit":"100","proof":true})");
    EXPECT_EQ(users.at("next").as_string(), "101");
    EXPECT_EQ(users.at("value").at("users").as_array().size(), 0U);
    EXPECT_EQ(users.at("proof").at("records").as_array().size(), 2U);
    const auto* question = std::get_if<query::Users>(&backend.asked.at(0));
    ASSERT_NE(question, nullptr);
    EXPECT_EQ(question->page.first, 1U);
    EXPECT_EQ(question->page.limit, 100U);
}

// What was asked for of a list, if the question is for one.
std::optional<Page> page_of(const Query& question) {
    return std::visit(
        [](const auto& asked) -> std::optional<Page> {
            if constexpr (requires { asked.page; })
                return asked.page;
            else
                return std::nullopt;
        },
        question);
}

// Callers who know of no pages get the first; those who list parameters by position have the old ones where
// they were.
TEST_F(Calls, AskForThePageThatIsNamedOrTheFirst) {
    Answer answer;
    answer.value = {{"validator_sets", json::array()}};
    backend.answer = answer;
    std::size_t lists = 0;
    for (const auto& method : methods()) {
        const auto takes = [&method](std::string_view name) {
            return std::any_of(method.params.begin(), method.params.end(),
                               [name](const Param& param) { return param.name == name; });
        };
        if (!takes("proof") || !takes("height")) continue;  // no question to the contracts
        SCOPED_TRACE(method.name);
        EXPECT_EQ(takes("cursor"), takes("limit"));
        json::object params{{"chain", "main"}};
        if (takes("account")) params["account"] = std::string(64, 'a');
        if (takes("side_chain")) params["side_chain"] = "london";
        const std::string name(method.name);
        EXPECT_FALSE(result(name, json::serialize(params)).as_object().contains("next"));
        const auto first = page_of(backend.asked.back());
        ASSERT_EQ(first.has_value(), takes("cursor"));
        if (!first) continue;
        ++lists;
        EXPECT_EQ(first->first, 0u);
        EXPECT_EQ(first->limit, name == "book" ? 1'000u : 100u);

        params["cursor"] = "18446744073709551615";
        params["limit"] = 7;
        result(name, json::serialize(params));
        const auto named = *page_of(backend.asked.back());
        EXPECT_EQ(named.first, ~0ULL);
        EXPECT_EQ(named.limit, 7u);
        params["limit"] = 0;
        expect_bad_parameter(error(name, json::serialize(params)), "an integer from 1 to 1000");
    }
    EXPECT_EQ(lists, 19u);
    result("periods", R"(["main",5,true])");
    result("account", R"(["main",")" + std::string(64, 'a') + R"(",2013,5,true])");
    result("debts", R"(["main",")" + std::string(64, 'a') + R"(",5,true])");
}

TEST_F(Calls, GiveEvidencePageByPage) {
    const auto page = [this](const std::string& cursor, int limit) {
        return result("evidence",
                      json::serialize(json::object{{"chain", "main"}, {"cursor", cursor}, {"limit", limit}}));
    };
    const auto first = page("0", 2);
    EXPECT_EQ(first.at("evidence").as_array().size(), 2u);
    EXPECT_EQ(first.at("next"), json::value("2"));
    EXPECT_EQ(page("2", 1).at("evidence").at(0).at("seen_ms"), json::value(2));
    for (const auto& last : {page("2", 1), page("0", 3), page("1", 2), page("18446744073709551615", 100)})
        EXPECT_FALSE(last.as_object().contains("next"));
    EXPECT_TRUE(page("18446744073709551615", 100).at("evidence").as_array().empty());
}

TEST_F(Calls, HandOverEveryQuestionOfTheContracts) {
    const std::string account(64, 'a');
    const std::pair<const char*, std::string> questions[] = {
        {"account", R"({"chain":"main","account":")" + account + "\"}"},
        {"periods", R"(["main"])"},
        {"period", R"({"chain":"main","period":2013})"},
        {"prices", R"(["main"])"},
        {"epochs", R"(["main"])"},
        {"settlement", R"({"chain":"main","account":")" + account + R"(","period":2013})"},
        {"platform", R"(["main"])"},
        {"report", R"({"chain":"main","side_chain":"london"})"},
        {"batches", R"(["main"])"},
        {"side_chains", R"(["main"])"},
        {"anchors", R"({"chain":"main","side_chain":"london"})"},
        {"users", R"(["main"])"},
        {"corrections", R"(["main"])"},
        {"emissions", R"({"chain":"main","account":")" + account + "\"}"},
        {"credits", R"({"chain":"main","account":")" + account + R"(","period":2013})"},
        {"disputes", R"(["main"])"},
        {"methodologies", R"(["main"])"},
        {"allocation_rules", R"(["main"])"},
        {"proposals", R"(["main"])"},
        {"parameters", R"(["main"])"},
        {"pauses", R"(["main"])"},
        {"debts", R"({"chain":"main","account":")" + account + "\"}"},
        {"trusted", R"({"chain":"main","account":")" + account + "\"}"},
        {"freeze", R"({"chain":"main","account":")" + account + "\"}"},
        {"clawbacks", R"(["main"])"},
        {"fees", R"(["main"])"},
        {"orders", R"({"chain":"main","account":")" + account + R"(","period":2013})"},
        {"book", R"(["main"])"},
        {"welfare", R"(["main"])"},
        {"validator_sets", R"(["main"])"},
    };
    Answer sets;
    sets.value = {{"validator_sets", json::array()}};
    backend.answer = sets;
    for (std::size_t i = 0; i < std::size(questions); ++i) {
        result(questions[i].first, questions[i].second);
        ASSERT_EQ(backend.asked.size(), i + 1);
        EXPECT_EQ(backend.asked.back().index(), i) << questions[i].first;
    }
    EXPECT_EQ(std::get<query::Anchors>(backend.asked[10]).side_chain, backend.side);
    EXPECT_EQ(std::get<query::Period>(backend.asked[2]).period, 2013U);
}

TEST_F(Calls, GiveEachSetOfValidatorsWithTheLastHeaderBeforeIt) {
    for (int height = 1; height <= 3; ++height) backend.add_block(backend.main, {});
    const auto asked_for = [this](std::uint64_t from_height) {
        Answer answer;
        answer.value = {{"validator_sets", json::array{json::object{{"from_height", 1}},
                                                       json::object{{"from_height", from_height}}}}};
        backend.answer = answer;
    };
    asked_for(3);
    const auto sets = result("validator_sets", R"(["main"])").at("value").at("validator_sets").as_array();
    ASSERT_EQ(sets.size(), 2u);
    EXPECT_TRUE(sets[0].at("header").is_null()) << "the genesis document names the first";
    EXPECT_TRUE(sets[0].at("certificate").is_null());
    const auto last_before = *backend.header(backend.main, 2);
    EXPECT_EQ(*from_base64(sets[1].at("header").as_string()), last_before.header);
    EXPECT_EQ(*from_base64(sets[1].at("certificate").as_string()), last_before.certificate);

    asked_for(9);
    EXPECT_EQ(error("validator_sets", R"(["main"])").at("data").at("name").as_string(), "not_found");
}

TEST_F(Calls, GiveTotalsWithTheHeaderThatCertifiesThem) {
    const auto totals = result("totals", R"(["main"])");
    EXPECT_EQ(totals.at("value").at("deposited_uy").as_string(), "9007199254740993");
    EXPECT_EQ(totals.at("time_ms").as_int64(), 1000);
    const auto header = ledger::decode<proto::Header>(*from_base64(totals.at("header").as_string()));
    EXPECT_EQ(header->totals().deposited_uy(), 9'007'199'254'740'993);
}

TEST_F(Calls, GiveTheExactGenesisDocument) {
    EXPECT_EQ(*from_base64(result("genesis", R"(["main"])").at("document").as_string()),
              backend.genesis(backend.main));
}

TEST_F(Calls, DescribeThemselvesAsOpenRpc) {
    const auto response = client->get("/v1/openrpc.json");
    const auto document = json::parse(response.body());
    EXPECT_EQ(document.at("openrpc").as_string(), "1.2.6");
    ASSERT_EQ(document.at("methods").as_array().size(), methods().size());
    EXPECT_EQ(document.at("methods").as_array().at(0).at("name").as_string(), "submit");
}

}  // namespace
}  // namespace pcq::rpc
