#include "src/rpc/guests.h"

#include <algorithm>

namespace pcq::rpc {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kSharesOfNode = 8;    // of its bytes and waiting submits one address may hold one
constexpr std::size_t kOperatorsPart = 8;   // of the node's bytes, what operators have beside them
constexpr std::size_t kSharesKept = 1'024;  // before those that matter no more are looked for
constexpr std::size_t kSharesMax = 65'536;  // of addresses that are not connected

// One that comes over an IPv6 socket may still be of IPv4.
asio::ip::address plain(const asio::ip::address& from) {
    if (!from.is_v6() || !from.to_v6().is_v4_mapped()) return from;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, from.to_v6());
}

std::string key_of(const asio::ip::address& from, Door door) {
    std::string key(1, static_cast<char>(door));
    if (from.is_v4()) {
        const auto bytes = from.to_v4().to_bytes();
        return key.append(bytes.begin(), bytes.end());
    }
    const auto bytes = from.to_v6().to_bytes();
    return key.append(bytes.begin(), bytes.begin() + 8);
}

}  // namespace

// What one address has taken.
struct Guest::Share {
    // Those given are the node's, and stay.
    Share(const GuestLimits& of_node, const Guests::Now& clock, std::shared_ptr<Budget> node)
        : limits(of_node),
          now(clock),
          bytes(std::make_shared<Budget>(node->most() / kSharesOfNode, node)),
          calls(static_cast<double>(limits.calls_at_once)),
          refilled(now()) {}

    // Under the mutex.
    void refill() {
        const auto at = now();
        const double seconds = std::chrono::duration<double>(at - refilled).count();
        calls = std::min(static_cast<double>(limits.calls_at_once),
                         calls + seconds * static_cast<double>(limits.calls_per_second));
        refilled = at;
    }
    bool is_as_new() {
        const std::lock_guard lock(mutex);
        refill();
        return connections == 0 && calls >= static_cast<double>(limits.calls_at_once);
    }
    bool is_connected() {
        const std::lock_guard lock(mutex);
        return connections != 0;
    }

    const GuestLimits& limits;
    const Guests::Now& now;
    const std::shared_ptr<Budget> bytes;
    std::mutex mutex;
    std::size_t connections = 0;
    std::size_t sockets = 0;
    std::size_t waiting = 0;  // submits
    double calls;             // left; below zero: owed
    std::chrono::steady_clock::time_point refilled;
};

Guest::Guest(std::size_t bytes_max, Door door, std::shared_ptr<Share> share, std::shared_ptr<Budget> node)
    : door_(door),
      share_(std::move(share)),
      bytes_(std::make_shared<Budget>(bytes_max, share_ ? share_->bytes : std::move(node))) {}

Guest::~Guest() {
    if (!share_) return;
    const std::lock_guard lock(share_->mutex);
    --share_->connections;
    if (has_socket_) --share_->sockets;
}

bool Guest::may_call() {
    if (!share_) return true;
    const std::lock_guard lock(share_->mutex);
    share_->refill();
    if (share_->calls < 1) return false;
    share_->calls -= 1;
    return true;
}

void Guest::called(std::uint64_t more) {
    if (!share_) return;
    const std::lock_guard lock(share_->mutex);
    share_->calls -= static_cast<double>(more);
}

bool Guest::open_socket() {
    if (!share_ || has_socket_) return true;
    const std::lock_guard lock(share_->mutex);
    if (share_->sockets >= share_->limits.websockets_per_address) return false;
    ++share_->sockets;
    has_socket_ = true;
    return true;
}

bool Guest::begin_waiting() {
    if (!share_) return true;
    const std::lock_guard lock(share_->mutex);
    if (share_->waiting * kSharesOfNode >= share_->limits.waiting_submits_max) return false;
    ++share_->waiting;
    return true;
}

void Guest::end_waiting() {
    if (!share_) return;
    const std::lock_guard lock(share_->mutex);
    --share_->waiting;
}

Guests::Guests(const GuestLimits& limits, Now now)
    : limits_(limits),
      now_(std::move(now)),
      bytes_{std::make_shared<Budget>(limits.node_bytes_max),
             std::make_shared<Budget>(limits.node_bytes_max / kOperatorsPart)},
      sweep_at_(kSharesKept) {}

Guests::~Guests() = default;

std::shared_ptr<Guest> Guests::admit(const asio::ip::address& at, Door door) {
    const auto from = plain(at);
    const auto& bytes = bytes_.at(static_cast<std::size_t>(door));
    std::shared_ptr<Guest::Share> share;
    if (limits_.count_loopback || !from.is_loopback()) {
        const std::lock_guard lock(mutex_);
        if (shares_.size() >= sweep_at_) sweep();
        auto& found = shares_[key_of(from, door)];
        if (!found) found = std::make_shared<Guest::Share>(limits_, now_, bytes);
        share = found;
        const std::lock_guard share_lock(share->mutex);
        if (share->connections >= (door == Door::operators ? limits_.operator_connections_per_address
                                                           : limits_.connections_per_address))
            return nullptr;
        ++share->connections;
    }
    return std::shared_ptr<Guest>(new Guest(limits_.connection_bytes_max, door, std::move(share), bytes));
}

// Forgets addresses that have nothing and owe nothing; of too many, any that are not connected.
void Guests::sweep() {
    std::erase_if(shares_, [](const auto& entry) { return entry.second->is_as_new(); });
    if (shares_.size() >= kSharesMax)
        std::erase_if(shares_, [](const auto& entry) { return !entry.second->is_connected(); });
    sweep_at_ = std::max(kSharesKept, 2 * shares_.size());
}

}  // namespace pcq::rpc
