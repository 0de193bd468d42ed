// What a node answers the C++ client, through a real socket. Whatever it sends, a call ends; and what a
// verified read believes is byte by byte what the validators have certified.
#include <atomic>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/serialize.hpp>

#include "src/base/base64.h"
#include "src/client/bulk.h"
#include "src/client/verified_reads.h"
#include "src/crypto/hash.h"
#include "src/ledger/list_tree.h"
#include "tests/fuzz/certifier.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/target.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::fuzz {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
namespace testing = contracts::testing;
using asio::ip::tcp;

enum Question : std::uint8_t { read, header, transaction, submit, batch, kQuestions };

// A block of three transactions on a real state.
class World {
public:
    World() : certifier_(with_transactions()) {}

    const ledger::Header& header() const { return certifier_.header(); }
    const testing::TestLedger& side() const { return chains_.side; }
    ledger::LightClient light_client() const { return {side().chain(), certifier_.set()}; }
    Bytes key() const { return ledger::kAccounts.key(chains_.meter.account()); }
    const Hash& asked() const { return hashes_[1]; }
    const Bytes& receipt() const { return receipts_[1]; }

    json::object proven_header() const {
        return {{"header", to_base64(header().bytes())},
                {"certificate", to_base64(certifier_.certificate({0, 1, 2, 3}))}};
    }
    json::object proven_record(const Bytes& key) const {
        const auto record = side().proven(key);
        const auto known = side().get(key);
        auto answer = proven_header();
        answer["records"] =
            json::array{json::object{{"value", known ? json::value(to_base64(*known)) : json::value()},
                                     {"proof", to_base64(record.proof())}}};
        return answer;
    }
    json::object proven_transaction() const {
        auto proof = proven_header();
        proof["index"] = 1;
        proof["receipt"] = to_base64(receipt());
        std::vector<Hash> leaves;
        for (const auto& bytes : receipts_)
            leaves.push_back(crypto::tagged_hash("receipt", side().chain(), bytes));
        for (const auto& [name, list] : {std::pair("transaction", hashes_), std::pair("receipt", leaves)}) {
            json::array path;
            for (const auto& hash : ledger::prove_range(list, {1, 1})) path.emplace_back(to_hex(hash));
            proof[std::string(name) + "_count"] = list.size();
            proof[std::string(name) + "_path"] = std::move(path);
        }
        return {{"status", "committed"},
                {"height", header()->height()},
                {"index", 1},
                {"hash", to_hex(asked())},
                {"receipt", json::object{{"code", 0}, {"text", "done"}}},
                {"proof", std::move(proof)}};
    }

private:
    proto::Header with_transactions() {
        for (const char* text : {"a", "b", "c"}) {
            hashes_.push_back(crypto::sha256({text}));
            proto::Receipt receipt;
            receipt.set_transaction(hashes_.back().bytes());
            receipt.set_text(text);
            receipts_.push_back(receipt.SerializeAsString());
        }
        proto::Header fields = *side().tip();
        fields.set_transaction_count(static_cast<std::uint32_t>(hashes_.size()));
        fields.set_transactions_root(ledger::transactions_root(hashes_).bytes());
        fields.set_receipts_root(ledger::receipts_root(side().chain(), receipts_).bytes());
        return fields;
    }

    testing::TestChain chains_;
    std::vector<Hash> hashes_;
    std::vector<Bytes> receipts_;
    Certifier certifier_;
};

const World& world() {
    static const World made;
    return made;
}

struct Answer {
    Bytes bytes;
    bool is_last = false;  // of its connection: nobody waits for the end of an answer that has none
};

// Reads requests and gives each the next of the answers, in its own thread; then it hangs up on everybody.
class Node {
public:
    explicit Node(std::vector<Answer> answers)
        : answers_(std::move(answers)),
          acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
          thread_([this] { serve(); }) {}
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    ~Node() {
        done_ = true;
        boost::system::error_code ignored;
        tcp::socket last(io_);
        last.connect({asio::ip::address_v4::loopback(), port()}, ignored);
        thread_.join();
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    void serve() {
        std::size_t next = 0;
        while (true) {
            tcp::socket socket(io_);
            acceptor_.accept(socket);
            if (done_) return;
            boost::beast::flat_buffer buffer;
            while (next < answers_.size()) {
                http::request<http::string_body> request;
                boost::system::error_code failed;
                http::read(socket, buffer, request, failed);
                if (failed) break;
                const Answer& answer = answers_[next++];
                asio::write(socket, asio::buffer(answer.bytes), failed);
                if (failed || answer.is_last) break;
            }
            boost::system::error_code ignored;
            socket.shutdown(tcp::socket::shutdown_both, ignored);
        }
    }

    const std::vector<Answer> answers_;
    asio::io_context io_;
    tcp::acceptor acceptor_;
    std::atomic<bool> done_ = false;
    std::thread thread_;
};

Bytes framed(BytesView body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + Bytes(body);
}

void check(client::RpcClient& client, Question question) {
    client::VerifiedReader reader(client, "side", world().light_client());
    const Bytes& certified = world().header().bytes();
    if (question == read) {
        const std::vector<Bytes> keys{world().key()};
        if (const auto found = reader.read(keys)) {
            PCQ_INVARIANT(found->header.bytes() == certified && found->values.size() == 1);
            PCQ_INVARIANT(found->values[0] == world().side().get(keys[0]));
        }
    } else if (question == header) {
        if (const auto found = reader.header(world().header()->height()))
            PCQ_INVARIANT(found->bytes() == certified);
    } else if (question == transaction) {
        if (const auto found = reader.transaction(world().asked())) {
            PCQ_INVARIANT(found->header.bytes() == certified && found->index == 1);
            PCQ_INVARIANT(ledger::encode(found->receipt) == world().receipt());
        }
    } else if (question == submit) {
        // Nothing is proven here; what is said of the transaction is one of its fates.
        if (const auto found = client.transaction("side", world().asked()))
            PCQ_INVARIANT(found->fate <= client::Fate::committed);
    } else {
        const std::vector<client::RpcCall> calls(3, {"status", {{"chain", "side"}}});
        if (const auto found = client.call_batch(calls)) PCQ_INVARIANT(found->size() == calls.size());
    }
    PCQ_INVARIANT(reader.height() == 0 || reader.height() == world().header()->height());
}

}  // namespace

// Which question; then the answers, each raw bytes or a body in a frame that is whole.
void run(BytesView input) {
    Draw draw(input);
    const auto question = static_cast<Question>(draw.below(kQuestions));
    std::vector<Answer> answers;
    while (!draw.is_used_up() && answers.size() < 4) {
        const std::size_t kind = draw.below(3);
        const BytesView bytes = draw.chunk();
        answers.push_back({kind == 2 ? Bytes(bytes) : framed(bytes), kind > 0});
    }
    Node node(std::move(answers));
    client::RpcClient client({"127.0.0.1", node.port()}, {.timeout = std::chrono::seconds(1)});
    check(client, question);
}

std::vector<Bytes> seeds() {
    const auto& w = world();
    const auto result = [](const json::value& value) {
        return json::serialize(json::object{{"jsonrpc", "2.0"}, {"id", 1}, {"result", value}});
    };
    const auto story = [](Question question, const std::vector<Bytes>& bodies) {
        Bytes input(1, static_cast<char>(question));
        for (const auto& body : bodies) input += Bytes(1, '\0') + chunk_of(body);
        return input;
    };
    const Bytes refusal =
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no","data":{"code":1002,"name":"not_found"}}})";
    const Bytes sets = result(json::object{
        {"value", json::object{{"validator_sets", json::array{w.proven_header()}}}}, {"next", "2"}});
    auto unknown = w.proven_record(w.key());
    unknown["certificate"] = "";
    std::vector<Bytes> found{
        story(read, {result(w.proven_record(w.key()))}),
        story(read, {result(w.proven_record(ledger::kAccounts.key(AccountId())))}),
        story(read, {result(unknown), sets}),
        story(header, {result(w.proven_header())}),
        story(transaction, {result(w.proven_transaction())}),
        story(submit, {result(w.proven_transaction())}),
        story(
            batch,
            {R"([{"jsonrpc":"2.0","id":2,"result":1},{"jsonrpc":"2.0","id":0,"result":{}},{"jsonrpc":"2.0","id":1,"result":[]}])"})};
    for (std::uint8_t question = 0; question < kQuestions; ++question) {
        found.push_back(story(static_cast<Question>(question), {refusal}));
        const Bytes raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        found.push_back(Bytes(1, static_cast<char>(question)) + '\2' + chunk_of(raw));
    }
    return found;
}

}  // namespace pcq::fuzz
