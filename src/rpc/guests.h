// Who is connected, and what each may have of this node: connections, WebSockets, waiting submits and calls a
// second of one address, bytes of one connection, of one address and of all together. Operators have bytes of
// their own, so that they can look into a node that others have filled.
//
// An address is an IPv4 address or the first 64 bits of an IPv6 address, which one customer of a network has.
// Calls are counted by a bucket that fills at the allowed rate; it is kept when the last connection goes, so
// connecting again gives nothing. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include <boost/asio/ip/address.hpp>

#include "src/rpc/budget.h"

namespace pcq::rpc {

// What somebody has come in by.
enum class Door : std::uint8_t {
    everybody,
    operators,  // who have shown a certificate
};

struct GuestLimits {
    std::size_t connections_per_address = 64;
    std::size_t operator_connections_per_address = 8;
    std::size_t websockets_per_address = 32;
    std::uint64_t calls_per_second = 1'000;    // of one address, in the long run
    std::uint64_t calls_at_once = 5'000;       // after a time without any
    bool count_loopback = false;               // whether those of this machine are held to it as well
    std::size_t waiting_submits_max = 20'000;  // of the node; of one address an eighth, as of its bytes
    std::size_t connection_bytes_max = 32UL * 1024 * 1024;
    std::size_t node_bytes_max = 256UL * 1024 * 1024;
};

// One connection. What it has of its address's share goes back with it.
class Guest {
public:
    ~Guest();
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;

    Door door() const { return door_; }
    const std::shared_ptr<Budget>& bytes() const { return bytes_; }

    // Takes one call of the address's share; false: there is none left now.
    bool may_call();
    // So many more have come with that one. They are owed if there are not as many left.
    void called(std::uint64_t more);
    // Takes one WebSocket of the address's share; false: it has them all.
    bool open_socket();
    // A submit waits, until it is said that it does no more; false: the address has as many already.
    bool begin_waiting();
    void end_waiting();

private:
    friend class Guests;
    struct Share;
    Guest(std::size_t bytes_max, Door door, std::shared_ptr<Share> share, std::shared_ptr<Budget> node);

    const Door door_;
    const std::shared_ptr<Share> share_;  // null: not counted
    const std::shared_ptr<Budget> bytes_;
    bool has_socket_ = false;
};

class Guests {
public:
    using Now = std::function<std::chrono::steady_clock::time_point()>;

    explicit Guests(const GuestLimits& limits, Now now = &std::chrono::steady_clock::now);
    ~Guests();
    Guests(const Guests&) = delete;
    Guests& operator=(const Guests&) = delete;

    // Null: the address has its connections already. A guest does not outlive this.
    std::shared_ptr<Guest> admit(const boost::asio::ip::address& from, Door door);
    // By all connections.
    std::size_t held_bytes() const { return bytes_[0]->held() + bytes_[1]->held(); }

private:
    void sweep();

    const GuestLimits limits_;
    const Now now_;
    const std::array<std::shared_ptr<Budget>, 2> bytes_;  // by door
    std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<Guest::Share>> shares_;  // by address and door
    std::size_t sweep_at_;
};

}  // namespace pcq::rpc
