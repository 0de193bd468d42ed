// A transaction's way through `submit`: every submission is answered exactly once, and with the truth.
#include <gmock/gmock.h>

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/rpc/server.h"
#include "tests/unit/rpc/fake_backend.h"
#include "tests/unit/rpc/http_client.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using namespace std::chrono_literals;

class Submit : public testing::Test {
protected:
    void start(const Options& options = Options()) {
        server.emplace(backend, options);
        const auto endpoint = server->start({});
        ASSERT_TRUE(endpoint) << endpoint.error().message;
        client.emplace(endpoint->port);
        port = endpoint->port;
    }
    static std::string text(const Bytes& transaction, const std::string& more = "", int id = 1) {
        return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
               R"(,"method":"submit","params":{"chain":"main","transaction":")" + to_base64(transaction) +
               "\"" + more + "}}";
    }
    static constexpr const char* kCommit = R"(,"wait":"commit")";

    // The next submissions are kept, unanswered.
    void hold() {
        backend.on_submit = [this](const ChainId&, const Bytes&, const FakeBackend::Done& done) {
            held.push_back(done);
            if (held.size() == held_wanted) arrived.set();
        };
    }
    void admit_and_signal() {
        backend.on_submit = [this](const ChainId& chain, const Bytes& bytes, const FakeBackend::Done& done) {
            backend.set_fate(backend.hash_of(chain, bytes), {.kind = FateKind::pending});
            done(backend.hash_of(chain, bytes));
            arrived.set();
        };
    }
    void refuse(Code code) {
        backend.on_submit = [code](const ChainId&, const Bytes&, const FakeBackend::Done& done) {
            done(Error{code, "refused as the test says"});
        };
    }

    FakeBackend backend;
    std::optional<Server> server;
    std::optional<HttpClient> client;
    std::uint16_t port = 0;
    std::vector<FakeBackend::Done> held;
    std::size_t held_wanted = 1;
    Signal arrived;
};

TEST_F(Submit, AnswersAtAdmissionUnlessToldOtherwise) {
    start();
    const auto result = json::parse(client->post(text("t")).body()).at("result");
    EXPECT_EQ(result.at("status").as_string(), "pending");
    EXPECT_EQ(result.at("hash").as_string(), to_hex(backend.hash_of(backend.main, "t")));
}

TEST_F(Submit, PassesARefusalOnWithItsCode) {
    start();
    refuse(Code::bad_signature);
    const auto response = client->post(text("t"));
    EXPECT_EQ(response.result_int(), 200U);
    const auto error = json::parse(response.body()).at("error");
    EXPECT_EQ(error.at("code").as_int64(), -32000);
    EXPECT_EQ(error.at("message").as_string(), "refused as the test says");
    EXPECT_EQ(error.at("data").at("code").as_int64(), 1011);
    EXPECT_EQ(error.at("data").at("name").as_string(), "bad_signature");
}

TEST_F(Submit, WaitsForTheBlockAndGivesTheReceipt) {
    start();
    admit_and_signal();
    client->send(HttpClient::post_text(text("t", kCommit)));
    arrived.wait();
    server->committed(backend.add_block(backend.main, {"other"}));
    server->committed(backend.add_block(backend.main, {"another", "t"}));
    const auto result = json::parse(client->receive().body()).at("result");
    EXPECT_EQ(result.at("status").as_string(), "committed");
    EXPECT_EQ(result.at("height").as_int64(), 2);
    EXPECT_EQ(result.at("index").as_int64(), 1);
    EXPECT_EQ(result.at("receipt").at("code").as_int64(), 0);
    EXPECT_EQ(result.at("receipt").at("text").as_string(), "done");
}

TEST_F(Submit, MissesNoCommitThatComesBeforeTheAdmissionIsKnown) {
    start();
    backend.on_submit = [this](const ChainId& chain, const Bytes& bytes, const FakeBackend::Done& done) {
        server->committed(backend.add_block(chain, {bytes}));
        done(backend.hash_of(chain, bytes));
    };
    const auto result = json::parse(client->post(text("t", kCommit)).body()).at("result");
    EXPECT_EQ(result.at("status").as_string(), "committed");
}

TEST_F(Submit, AnswersSeveralWhoWaitForTheSameTransaction) {
    start();
    admit_and_signal();
    client->send(HttpClient::post_text(text("t", kCommit, 1)));
    arrived.wait();
    refuse(Code::transaction_known);
    HttpClient second(port);
    second.send(HttpClient::post_text(text("t", kCommit, 2)));
    // Whichever way the second one arrives, before or after the block, it hears of the commit.
    server->committed(backend.add_block(backend.main, {"t"}));
    EXPECT_EQ(json::parse(client->receive().body()).at("result").at("status").as_string(), "committed");
    EXPECT_EQ(json::parse(second.receive().body()).at("result").at("status").as_string(), "committed");
}

TEST_F(Submit, GivesTheFirstOnesFateWhenSentAgain) {
    start();
    backend.add_block(backend.main, {"t"});
    for (const Code code : {Code::transaction_known, Code::transaction_sequence_used,
                            Code::transaction_sequence_outside_window, Code::transaction_expired}) {
        refuse(code);
        for (const char* wait : {"", kCommit}) {
            const auto result = json::parse(client->post(text("t", wait)).body()).at("result");
            EXPECT_EQ(result.at("status").as_string(), "committed");
            EXPECT_EQ(result.at("height").as_int64(), 1);
        }
        // Another transaction with a used sequence is no such case.
        EXPECT_TRUE(json::parse(client->post(text("u")).body()).as_object().contains("error"));
    }
}

TEST_F(Submit, GivesTheFateAtOnceWhenTheNodeAdmitsWhatIsCommitted) {
    start();
    backend.add_block(backend.main, {"t"});
    for (const char* wait : {"", kCommit}) {
        const auto result = json::parse(client->post(text("t", wait)).body()).at("result");
        EXPECT_EQ(result.at("status").as_string(), "committed");
    }
}

// What a later block pushes out of the mempool, or lets expire, is in no block that could answer.
TEST_F(Submit, HearsAtOnceThatItsTransactionWillBeInNoBlock) {
    start();
    for (const auto& [kind, status] :
         {std::pair(FateKind::rejected, "rejected"), std::pair(FateKind::expired, "expired")}) {
        Signal admitted;
        backend.on_submit = [&](const ChainId& chain, const Bytes& bytes, const FakeBackend::Done& done) {
            backend.set_fate(backend.hash_of(chain, bytes), {.kind = FateKind::pending});
            done(backend.hash_of(chain, bytes));
            admitted.set();
        };
        const Bytes sent = std::string("t of ") + status;
        const Hash hash = backend.hash_of(backend.main, sent);
        client->send(HttpClient::post_text(text(sent, R"(,"wait":"commit","timeout_ms":120000)")));
        admitted.wait();
        backend.set_fate(hash, {.kind = kind, .reason = Error{Code::transaction_sequence_used, "used"}});
        server->left(backend.main, {backend.hash_of(backend.main, "another"), hash});
        const auto result = json::parse(client->receive().body()).at("result");
        EXPECT_EQ(result.at("status").as_string(), status);
        EXPECT_EQ(result.at("hash").as_string(), to_hex(hash));
    }
}

TEST_F(Submit, GoesOnWaitingForWhatHasLeftTheMempoolAndIsTakenUpAgain) {
    start();
    admit_and_signal();
    client->send(HttpClient::post_text(text("t", kCommit)));
    arrived.wait();
    server->left(backend.main, {backend.hash_of(backend.main, "t")});
    server->committed(backend.add_block(backend.main, {"t"}));
    EXPECT_EQ(json::parse(client->receive().body()).at("result").at("status").as_string(), "committed");
}

// The mempool's yes and what a block did to the transaction may come in either order.
TEST_F(Submit, HearsOfWhatLeftBeforeItsAdmissionWasKnown) {
    start();
    backend.on_submit = [this](const ChainId& chain, const Bytes& bytes, const FakeBackend::Done& done) {
        const Hash hash = backend.hash_of(chain, bytes);
        server->left(chain, {hash});
        backend.set_fate(hash, {.kind = FateKind::expired});
        done(hash);
    };
    const auto result =
        json::parse(client->post(text("t", R"(,"wait":"commit","timeout_ms":120000)")).body()).at("result");
    EXPECT_EQ(result.at("status").as_string(), "expired");
}

TEST_F(Submit, SaysPendingWhenTheTimeIsOver) {
    start();
    admit_and_signal();
    const auto result =
        json::parse(client->post(text("t", R"(,"wait":"commit","timeout_ms":20)")).body()).at("result");
    EXPECT_EQ(result.at("status").as_string(), "pending");
}

TEST_F(Submit, SaysUnknownWhenTheTimeIsOverAndNobodyHasIt) {
    start();
    hold();
    const auto result = json::parse(client->post(text("t", R"(,"timeout_ms":20)")).body()).at("result");
    EXPECT_EQ(result.at("status").as_string(), "unknown");
    held.front()(Hash());  // late, and without effect
    EXPECT_EQ(client->get("/healthz").result_int(), 200U);
}

TEST_F(Submit, HasADeadlineForEachOfMany) {
    start();
    admit_and_signal();
    std::string batch = "[" + text("t", R"(,"wait":"commit","timeout_ms":90)", 0);
    for (int i = 1; i < 20; ++i) {
        batch += "," + text("t" + std::to_string(i),
                            R"(,"wait":"commit","timeout_ms":)" + std::to_string(20 + i), i);
    }
    const auto answers = json::parse(client->post(batch + "]").body()).as_array();
    ASSERT_EQ(answers.size(), 20U);
    for (const auto& answer : answers) EXPECT_EQ(answer.at("result").at("status").as_string(), "pending");
}

TEST_F(Submit, RefusesMoreThanMayWait) {
    Options options;
    options.api.waiting_submits_max = 2;
    start(options);
    hold();
    held_wanted = 2;
    client->send(HttpClient::post_text("[" + text("a", "", 1) + "," + text("b", "", 2) + "]"));
    arrived.wait();
    HttpClient second(port);
    const auto response = second.post(text("c"));
    EXPECT_EQ(response.result_int(), 429U);
    EXPECT_EQ(response[boost::beast::http::field::retry_after], "1");
    EXPECT_THAT(response.body(), HasSubstr("too_many_requests"));
    for (const auto& done : held) done(Hash());
    EXPECT_EQ(client->receive().result_int(), 200U);
    backend.on_submit = FakeBackend().on_submit;
    EXPECT_EQ(second.post(text("c")).result_int(), 200U);
}

TEST_F(Submit, LeavesOtherAddressesTheirShareOfThoseThatWait) {
    Options options;
    options.guests.count_loopback = true;
    options.guests.waiting_submits_max = 8;
    start(options);
    hold();
    client->send(HttpClient::post_text(text("one", kCommit)));
    arrived.wait();
    HttpClient other(port);
    const auto refused = json::parse(other.post(text("two")).body()).at("error");
    EXPECT_EQ(refused.at("data").at("name").as_string(), "too_many_requests");
    EXPECT_THAT(std::string(refused.at("message").as_string()), HasSubstr("of this address"));
    held.front()(Error{Code::bad_signature, "refused as the test says"});
    EXPECT_EQ(client->receive().result_int(), 200U);
    admit_and_signal();
    EXPECT_TRUE(json::parse(other.post(text("two")).body()).as_object().contains("result"));
}

TEST_F(Submit, AnswersAFullMempoolWith429) {
    start();
    refuse(Code::mempool_full);
    EXPECT_EQ(client->post(text("t")).result_int(), 429U);
}

TEST_F(Submit, RefusesATransactionThatIsTooLarge) {
    start();
    EXPECT_THAT(client->post(text(Bytes(ledger::kTransactionBytesMax + 1, 'x'))).body(),
                HasSubstr("transaction_too_large"));
}

TEST_F(Submit, TellsEveryoneWhoWaitsThatTheNodeStops) {
    start();
    hold();
    client->send(HttpClient::post_text(text("t", kCommit)));
    arrived.wait();
    server->stop();
    const auto response = client->receive();
    EXPECT_EQ(response.result_int(), 503U);
    EXPECT_THAT(response.body(), HasSubstr("\"stopped\""));
    EXPECT_TRUE(client->closed());
    held.front()(Hash());  // the backend may still hold the callback
    server.reset();
    held.front()(Hash());
}

TEST_F(Submit, AnswersABatchOfManyInTheirOrder) {
    start();
    backend.on_submit = [this](const ChainId& chain, const Bytes& bytes, const FakeBackend::Done& done) {
        if (bytes == "t7") return done(Error{Code::bad_signature, "no"});
        done(backend.hash_of(chain, bytes));
    };
    std::string batch;
    for (int i = 0; i < 500; ++i) batch += (i == 0 ? "[" : ",") + text("t" + std::to_string(i), "", i);
    const auto answers = json::parse(client->post(batch + "]").body()).as_array();
    ASSERT_EQ(answers.size(), 500U);
    for (int i = 0; i < 500; ++i) {
        const auto& answer = answers[static_cast<std::size_t>(i)];
        EXPECT_EQ(answer.at("id").as_int64(), i);
        EXPECT_EQ(answer.as_object().contains("error"), i == 7);
    }
}

}  // namespace
}  // namespace pcq::rpc
