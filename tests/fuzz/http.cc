// An HTTP connection from anybody. Whatever is sent, the connection ends once the client has stopped;
// requests that reach the handler are within bounds; and the answers come whole and in the order of the
// requests, though some take longer than others.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>

#include "src/rpc/session.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/target.h"
#include "tests/unit/rpc/http_client.h"

namespace pcq::fuzz {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t kInputMax = 16'384;  // what a socket takes without a reader

const rpc::SessionOptions& options() {
    static const rpc::SessionOptions chosen = [] {
        rpc::SessionOptions made;
        made.in_flight_max = 3;
        made.header_bytes_max = 1'024;
        made.body_bytes_max = 2'048;
        made.unsent_bytes_max = 512;
        made.request_timeout = made.write_timeout = made.linger = std::chrono::minutes(10);
        return made;
    }();
    return chosen;
}

class Connection {
public:
    // `late`: answers are kept back and given in the reverse order.
    explicit Connection(bool late) : late_(late), client_(io_) {
        tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
        client_.connect(acceptor.local_endpoint());
        tcp::socket socket(asio::make_strand(io_));
        acceptor.accept(socket);
        hooks_.enter = [](rpc::Session*) { return std::nullopt; };
        hooks_.handle = [this](asio::any_io_executor, const rpc::HttpRequest& request, const auto&,
                               auto done) {
            PCQ_INVARIANT(request.body().size() <= options().body_bytes_max);
            waiting_.emplace_back(std::move(done), handled_++);
            is_head_.push_back(request.method() == http::verb::head);
            PCQ_INVARIANT(waiting_.size() <= options().in_flight_max);
            if (!late_) answer_last();
        };
        hooks_.responded = [this](unsigned) { ++responded_; };
        hooks_.closed = [this](rpc::Session*) { closed_ = true; };
        auto guest = guests_.admit(client_.local_endpoint().address(), rpc::Door::everybody);
        std::make_shared<rpc::Session>(rpc::Stream(std::move(socket)), std::move(guest), options(), hooks_)
            ->start();
    }

    void send_and_stop(BytesView bytes) {
        boost::system::error_code ignored;
        asio::write(client_, asio::buffer(bytes.data(), bytes.size()), ignored);
        client_.shutdown(tcp::socket::shutdown_send, ignored);
        while (!closed_) {
            io_.restart();
            if (io_.poll() > 0) continue;
            if (!waiting_.empty()) {
                answer_last();
            } else {
                PCQ_INVARIANT(io_.run_one() > 0);  // or nothing would ever happen
            }
        }
        waiting_.clear();
        io_.restart();
        io_.poll();
    }
    void check_answers() {
        Bytes bytes;
        boost::system::error_code ended;
        asio::read(client_, asio::dynamic_buffer(bytes), ended);
        const bool is_whole = ended == asio::error::eof;
        std::size_t number = 0;
        std::size_t answers = 0;
        BytesView rest = bytes;
        while (!rest.empty()) {
            http::response_parser<http::string_body> parser;
            parser.eager(true);
            const bool is_head = number < is_head_.size() && is_head_[number];
            parser.skip(is_head);
            boost::system::error_code failed;
            const std::size_t used = parser.put(asio::buffer(rest.data(), rest.size()), failed);
            if (!is_whole && (failed || !parser.is_done())) return;  // the connection was cut
            PCQ_INVARIANT(!failed && parser.is_done());
            rest.remove_prefix(used);
            const auto& response = parser.get();
            if (response.result() == http::status::continue_) continue;
            ++answers;
            if (response.result() == http::status::ok) {
                PCQ_INVARIANT(response.body() == (is_head ? "" : std::to_string(number)));
                ++number;
            } else {
                PCQ_INVARIANT(rest.empty());  // a refusal is the last word
            }
        }
        PCQ_INVARIANT(answers <= responded_ && number <= handled_);
        if (is_whole) PCQ_INVARIANT(answers == responded_ && number == handled_);
    }

private:
    void answer_last() {
        auto [done, number] = std::move(waiting_.back());
        waiting_.pop_back();
        done(rpc::json_response(http::status::ok, std::to_string(number)), {});
    }

    const bool late_;
    rpc::Guests guests_{{}};
    asio::io_context io_;
    tcp::socket client_;
    rpc::Session::Hooks hooks_;
    std::vector<std::pair<rpc::Session::Done, std::size_t>> waiting_;
    std::size_t handled_ = 0;
    std::vector<bool> is_head_;  // of those that were handled
    std::size_t responded_ = 0;
    bool closed_ = false;
};

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    Connection connection(draw.below(2) == 1);
    connection.send_and_stop(draw.rest().substr(0, kInputMax));
    connection.check_answers();
}

std::vector<Bytes> seeds() {
    const Bytes post = rpc::HttpClient::post_text(R"({"jsonrpc":"2.0","id":1,"method":"chains"})");
    const Bytes get = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    const Bytes chunked =
        "POST /v1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\n\r\n";
    const Bytes expecting = rpc::HttpClient::post_text("body", "Expect: 100-continue\r\n");
    std::vector<Bytes> found;
    for (const char late : {'\0', '\1'}) {
        for (const Bytes& text :
             {post, get, chunked, expecting, get + post + chunked + get + get + post,
              Bytes("GET / HTTP/1.0\r\nConnection: close\r\n\r\n"), Bytes("HEAD / HTTP/1.1\r\n\r\n") + get,
              "GET / HTTP/1.1\r\nX: " + Bytes(2'000, 'x') + "\r\n\r\n",
              rpc::HttpClient::post_text(Bytes(3'000, 'x')), Bytes("\x16\x03\x01\x02")})
            found.push_back(Bytes(1, late) + text);
    }
    return found;
}

}  // namespace pcq::fuzz
