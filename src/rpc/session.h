// One HTTP/1.1 connection: reads requests, hands them to a handler, writes the answers in the order of the
// requests. Keep-alive and pipelining; at most `in_flight_max` requests are open, further ones stay in the
// socket.
//
// Every wait has an end: for the handshake of TLS, for the next request (idle), for a request to arrive whole
// (slow loris gets 408), for the peer to take an answer. Oversized input is answered with 413 or 431 and the
// connection closed. All of it runs on the connection's own strand; drain() and close() may be called from
// any thread.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "src/rpc/guests.h"
#include "src/rpc/stream.h"

namespace pcq::rpc {

struct SessionOptions {
    std::size_t in_flight_max = 32;
    std::uint32_t header_bytes_max = 8U * 1024;
    std::uint64_t body_bytes_max = 2UL * 1024 * 1024;
    std::size_t unsent_bytes_max = 4UL * 1024 * 1024;   // answers; above, no further request is read
    std::chrono::milliseconds request_timeout{10'000};  // from the first byte to the last; for TLS as well
    std::chrono::milliseconds idle_timeout{60'000};     // between requests
    std::chrono::milliseconds write_timeout{30'000};    // per answer
    std::chrono::milliseconds linger{2'000};  // to let a last answer arrive before the socket closes
};

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

class Session : public std::enable_shared_from_this<Session> {
public:
    // The answer, and what its bytes are counted by until they are taken.
    using Done = std::function<void(HttpResponse, Held)>;
    // Answers once, now or later, on the given executor.
    using Handler = std::function<void(boost::asio::any_io_executor, const HttpRequest&,
                                       const std::shared_ptr<Guest>&, Done)>;
    struct Hooks {
        // Once the client is known, which takes a handshake where there is TLS: whether it may ask. The
        // answer if not.
        std::function<std::optional<HttpResponse>(Session*)> enter;
        Handler handle;
        std::function<void(unsigned http_status)> responded;
        // Before an answer to which handle() did not lead, with what has come of the request, if anything.
        std::function<void(const HttpRequest&, HttpResponse&)> alone = nullptr;
        // Of a request to upgrade that was answered 101, which is not sent: the socket, when everything
        // before it is. The session has ended then, but for closed().
        std::function<void(Stream, HttpRequest, std::shared_ptr<Guest>)> upgraded = nullptr;
        std::function<void()> handshake_failed = nullptr;
        std::function<void(Session*)> closed;  // the last thing a session does
    };

    // The stream's executor is a strand.
    Session(Stream stream, std::shared_ptr<Guest> guest, const SessionOptions& options, const Hooks& hooks);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    const Guest& guest() const { return *guest_; }

    void start();
    // Reads no more requests; closes once everything open has been answered.
    void drain();
    void close();

private:
    struct Slot {
        std::uint64_t number = 0;
        std::optional<HttpResponse> response;
        Held held{};
        bool is_head = false;  // the header of what GET would say, and no more
    };
    struct Limit {
        boost::asio::steady_timer timer;
        std::uint64_t number = 0;  // of the newest use of the timer
    };
    using ErrorCode = boost::system::error_code;

    void handshake();
    void enter();
    void read_next();
    void await_first_byte();
    void read_header();
    void on_header(ErrorCode failed);
    void on_request(ErrorCode failed);
    void on_read_failed(ErrorCode failed);
    std::uint64_t open_slot();
    void fill(std::uint64_t number, HttpResponse response, Held held = {});
    bool hold_body();
    void answer_and_stop_reading(boost::beast::http::status status, const std::string& text);
    void answer_alone(HttpResponse response);
    void write_front();
    void hand_over();
    void on_written(ErrorCode failed);
    void finish();
    void end_sending();
    void discard_input();
    void close_now();
    void limit_reading(std::chrono::milliseconds timeout);
    template <class Action>
    void limit(Limit& limit, std::chrono::milliseconds timeout, Action action);
    void stop_limit(Limit& limit);

    Stream stream_;
    const std::shared_ptr<Guest> guest_;
    const SessionOptions& options_;
    const Hooks& hooks_;
    boost::beast::flat_buffer buffer_;
    std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
    Held body_;  // of the request that is being read
    Limit read_limit_;
    Limit write_limit_;
    std::deque<Slot> slots_;              // requests not answered yet, in their order
    std::optional<HttpRequest> upgrade_;  // the last of them
    std::uint64_t next_number_ = 0;
    std::size_t unsent_bytes_ = 0;
    bool reading_ = false;  // a read is under way
    bool idle_ = false;     // and waits for the first byte of a request
    bool writing_ = false;
    bool last_read_ = false;  // no request will be read any more
    bool timed_out_ = false;  // the read under way was ended by its timer
    bool finishing_ = false;
    bool closed_ = false;
};

// A small answer in JSON; of what cannot be done now, with Retry-After.
HttpResponse json_response(boost::beast::http::status status, std::string body);

}  // namespace pcq::rpc
