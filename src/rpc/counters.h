// What the RPC server counts of itself, and /metrics as text: these counters, each chain's status and
// the backend's own figures, in Prometheus' exposition format. Counting is lock-free; text() may run beside
// it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "src/rpc/backend.h"

namespace pcq::rpc {

class Counters {
public:
    // Calls of a method nobody knows are counted under "unknown".
    explicit Counters(const std::vector<std::string_view>& methods);

    void count_call(std::size_t method, bool failed, std::chrono::steady_clock::duration took);
    void count_unknown_call() { count_call(methods_.size() - 1, true, {}); }
    void count_response(unsigned http_status);
    void count_refused_connection() { ++refused_connections_; }
    void connection_opened() { ++connections_; }
    void connection_closed() { --connections_; }
    std::size_t connections() const { return connections_; }
    void socket_opened() { ++sockets_; }
    void socket_closed() { --sockets_; }
    void count_notification() { ++notifications_; }
    void count_slow_reader() { ++slow_readers_; }
    void count_refused_call() { ++refused_calls_; }
    void count_handshake_failed() { ++failed_handshakes_; }

    // What others know, at the moment of asking.
    struct Now {
        std::size_t waiting_submits = 0;
        std::size_t held_bytes = 0;  // of requests and answers
        // Of TLS, for everybody and for operators.
        std::optional<Instant> certificate_end{};
        std::optional<Instant> operators_certificate_end{};
    };
    std::string text(const Backend& backend, const Now& now) const;

private:
    static constexpr std::array<double, 9> kSeconds = {0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 2.5, 10};
    static constexpr std::array<unsigned, 14> kStatuses = {101, 200, 204, 400, 403, 404, 405,
                                                           408, 413, 415, 429, 431, 500, 503};

    struct Method {
        std::string name;
        std::atomic<std::uint64_t> failed = 0;
        std::atomic<std::uint64_t> microseconds = 0;
        std::array<std::atomic<std::uint64_t>, kSeconds.size() + 1> took{};  // by bucket, the last unbounded
    };

    std::deque<Method> methods_;  // the last is "unknown"
    std::array<std::atomic<std::uint64_t>, kStatuses.size() + 1> responses_{};
    std::atomic<std::uint64_t> refused_connections_ = 0;
    std::atomic<std::uint64_t> refused_calls_ = 0;
    std::atomic<std::size_t> connections_ = 0;
    std::atomic<std::size_t> sockets_ = 0;
    std::atomic<std::uint64_t> notifications_ = 0;
    std::atomic<std::uint64_t> slow_readers_ = 0;
    std::atomic<std::uint64_t> failed_handshakes_ = 0;
};

}  // namespace pcq::rpc
