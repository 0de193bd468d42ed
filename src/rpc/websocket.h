// One WebSocket (RFC 6455): every text message is a request body, every answer a message, and between them go
// the notifications of the connection's subscriptions.
//
// What a peer can make the node hold is bounded: messages in size, requests that are open in number, answers
// that are not taken in bytes; above that no further message is read. A message that does not arrive whole in
// time ends the connection. A notification is made only when the one before has been written, so nothing
// piles up for a slow reader; one that does not take a message in time is dropped with a close code and a
// reason. Blocks that are to be read from the disk first are looked at elsewhere, one at a time. All of it
// runs on the connection's own strand; wake(),
// drain() and close() may be called from any thread.
#pragma once

#include <atomic>
#include <deque>

#include <boost/beast/websocket/stream.hpp>

#include "src/rpc/api.h"
#include "src/rpc/session.h"

namespace pcq::rpc {

struct WebSocketOptions {
    std::size_t in_flight_max = 32;
    std::size_t message_bytes_max = 2UL * 1024 * 1024;
    std::size_t unsent_bytes_max = 4UL * 1024 * 1024;  // answers; above, no further message is read
    std::size_t subscriptions_max = 32;
    std::chrono::milliseconds handshake_timeout{10'000};
    std::chrono::milliseconds message_timeout{10'000};  // from its first bytes to its last
    // A peer that is silent is sent a ping after half of it, and dropped at its end. Longer than any answer
    // takes: while in_flight_max are open, nothing is read.
    std::chrono::milliseconds idle_timeout{180'000};
    std::chrono::milliseconds write_timeout{30'000};  // per message
    std::chrono::milliseconds linger{10'000};         // to let the close code arrive
};

class WebSocket : public std::enable_shared_from_this<WebSocket> {
public:
    struct Hooks {
        // Answers once, now or later, on the given executor.
        std::function<void(boost::asio::any_io_executor, std::string_view body,
                           std::shared_ptr<Subscriptions>, const std::shared_ptr<Guest>&, RequestId,
                           std::function<void(ApiAnswer)>)>
            handle;
        // The news of a block: at once where it is at hand. Otherwise nothing is given back, and `later` is
        // called from another thread, or never if the node stops.
        using Later = std::function<void(Result<Feed::Text>)>;
        std::function<std::optional<Result<Feed::Text>>(const Subscriptions::Look&, Later later)> look;
        std::function<void()> notified;
        std::function<void()> dropped;           // a reader that was too slow
        std::function<void(WebSocket*)> closed;  // the last thing a connection does
    };

    // The stream's executor is a strand.
    WebSocket(Stream stream, std::shared_ptr<Guest> guest, const WebSocketOptions& options,
              const Hooks& hooks, std::shared_ptr<Subscriptions> subscriptions);
    ~WebSocket();
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;

    const Guest& guest() const { return *guest_; }

    // Answers the request to upgrade, which has been found good. Its messages are called as it is, and by
    // their number.
    void start(HttpRequest upgrade, RequestId name);
    // There may be news.
    void wake();
    // Reads no more; closes once everything open has been answered.
    void drain();
    void close();

private:
    using ErrorCode = boost::system::error_code;
    struct Message {
        std::string head;
        Feed::Text rest;  // or null
        Held held{};
        std::size_t size() const { return head.size() + (rest ? rest->size() : 0); }
    };

    void read_next();
    void read_some();
    void on_some(ErrorCode failed, std::size_t bytes);
    void on_message();
    void answered(ApiAnswer answer);
    void push(Message message);
    void write_next();
    void look_for_news();
    // Whether there was anything to tell.
    bool tell(const Subscriptions::Look& look, Result<Feed::Text> news);
    void on_written(ErrorCode failed);
    void leave(boost::beast::websocket::close_code code, const std::string& reason) {
        leave(code, reason, options_.linger);
    }
    void leave(boost::beast::websocket::close_code code, const std::string& reason,
               std::chrono::milliseconds linger);
    void send_close();
    void finish();
    struct Limit {
        boost::asio::steady_timer timer;
        std::uint64_t number = 0;  // of its newest use
    };
    template <class Action>
    void limit(Limit& limit, std::chrono::milliseconds timeout, Action action);
    static void stop_limit(Limit& limit);

    boost::beast::websocket::stream<Stream> stream_;
    const std::shared_ptr<Guest> guest_;
    const WebSocketOptions& options_;
    const Hooks& hooks_;
    const std::shared_ptr<Subscriptions> subscriptions_;
    HttpRequest upgrade_;
    RequestId name_;
    std::uint64_t messages_ = 0;
    boost::beast::flat_buffer buffer_;
    Held message_;               // that is being read
    std::deque<Message> queue_;  // the first is being written
    Limit read_limit_;
    Limit write_limit_;
    std::size_t waiting_ = 0;  // requests without their answer
    std::size_t unsent_bytes_ = 0;
    std::optional<boost::beast::websocket::close_reason> leaving_;
    std::chrono::milliseconds leaving_for_{0};
    std::atomic<bool> woken_ = false;
    bool open_ = false;
    bool reading_ = false;
    bool receiving_ = false;  // a message has begun
    bool writing_ = false;
    bool looking_ = false;  // for news: elsewhere, or when others have had their turn
    bool draining_ = false;
    bool closed_ = false;
};

}  // namespace pcq::rpc
