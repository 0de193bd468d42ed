// Connections to the other nodes: one TLS connection to each, kept up, with bounded queues in which consensus
// goes before block sync before gossip.
//
// Of two nodes the one with the smaller key dials. Whoever is not on the list, or is not the one that was
// dialled, is refused in the handshake, logged (log_share.h) and counted. Where too many connections have not
// shown their key yet, a newcomer takes the place of the oldest, of the address that has most: silence keeps
// nobody out.
//
// A full consensus or sync queue drops its oldest message (consensus says again what is stuck), a full gossip
// queue its newest; nobody is waited for. A peer whose messages are not taken as fast as they come is read
// more slowly (Delivery). A peer that breaks the rules is dropped and kept out for a while, longer each time.
// Nodes with nothing to say send empty frames, so that silence means that the other side is gone. Everything
// runs on one strand; public calls may come from any thread. The io_context is stopped, and its threads
// joined, before Peers is destroyed.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <spdlog/common.h>

#include "proto/pcq/v1/peer.pb.h"

#include "src/base/system_clock.h"
#include "src/network/log_share.h"
#include "src/network/tls.h"

namespace pcq {
namespace proto = v1;
}

namespace pcq::network {

struct PeerAddress {
    crypto::PublicKey key;
    std::string name;  // for logs
    std::string host;
    std::uint16_t port = 0;
};

struct Options {
    std::string listen_host = "127.0.0.1";  // an IP address
    std::uint16_t listen_port = 0;          // 0: any free one, see Peers::port()
    std::size_t frame_bytes_max = 16ULL << 20;
    std::size_t queue_bytes_max = 32ULL << 20;    // per peer and priority
    std::size_t inbound_bytes_max = 32ULL << 20;  // delivered and not yet taken, per peer
    std::size_t handshakes_max = 64;              // connections that have not shown their key yet
    Duration handshake_timeout{5'000};            // also for the TCP connection before it
    Duration retry_min{100};                      // pauses between two attempts to dial, doubling
    Duration retry_max{2'000};  // how long a node that is back may wait for those that dial it
    Duration ban_min{1'000};    // how long a peer that broke the rules is kept out, doubling
    Duration ban_max{60'000};
    Duration silence_max{30'000};               // a peer that says nothing for so long is dropped
    Duration certificate_life{24 * 3'600'000};  // renewed at half of it
    Duration certificate_check{60'000};         // how often that is looked at, on a clock that may jump
    const Clock* clock = &system_clock();       // lives as long as the network
};

enum class Priority : std::uint8_t { consensus, sync, gossip };
inline constexpr std::size_t kPriorities = 3;

// A message from a peer. While the guard lives its bytes count against the peer's inbound bound.
struct Delivery {
    crypto::PublicKey from;
    proto::PeerMessage message;
    std::shared_ptr<void> guard;
};

struct Stats {
    std::atomic<std::uint64_t> bytes_in{0};
    std::atomic<std::uint64_t> bytes_out{0};
    std::atomic<std::uint64_t> messages_in{0};
    std::atomic<std::uint64_t> messages_out{0};
    std::atomic<std::uint64_t> dropped{0};    // by a full queue, or longer than a frame may be
    std::atomic<std::uint64_t> refused{0};    // strangers, and peers found at another one's address
    std::atomic<std::uint64_t> banned{0};     // broken rules
    std::atomic<std::uint64_t> connected{0};  // now
    // Connections of peers whose certificate is not good by this node's clock; admitted all the same.
    std::atomic<std::uint64_t> outdated{0};
    std::atomic<std::uint64_t> renewed{0};         // own certificates made
    std::atomic<std::int64_t> certificate_end{0};  // of the own one, in milliseconds since 1970
};

class Peers {
public:
    struct Handlers {
        std::function<void(Delivery)> on_message;  // on the strand; must not block
        std::function<void(const crypto::PublicKey&)> on_connected;
        std::function<void(const crypto::PublicKey&)> on_disconnected;
    };

    Peers(boost::asio::io_context& io, Options options, const crypto::SigningKey& own,
          std::vector<PeerAddress> peers, Handlers handlers);
    ~Peers();

    // Listens and begins to dial. The message of an Error names the address.
    Result<> start();
    void stop();

    void send(const crypto::PublicKey& to, Priority priority, const proto::PeerMessage& message);
    void broadcast(Priority priority, const proto::PeerMessage& message);
    // Ends the connection of a peer that broke the rules and keeps it out for a while.
    void drop(const crypto::PublicKey& peer, const std::string& reason);

    std::uint16_t port() const { return port_; }
    bool is_connected(const crypto::PublicKey& peer) const;
    std::vector<crypto::PublicKey> keys() const;  // of all who are pinned, ascending
    // When the certificate ends that the peer showed last; nothing if it was never connected.
    std::optional<Instant> certificate_end(const crypto::PublicKey& peer) const;
    const Stats& stats() const { return stats_; }

private:
    class Session;
    struct Link;
    void accept();
    void make_room();
    void dial(Link& link);
    void dialled(Link& link, boost::asio::ip::tcp::socket socket);
    void dial_later(Link& link);
    void established(const std::shared_ptr<Session>& session);
    void ended(const std::shared_ptr<Session>& session, const std::string& why);
    void ban(Link& link);
    static void log_link(Link& link, const std::string& what);
    void log_stranger(spdlog::level::level_enum level, const std::string& what);
    bool fits(const Bytes& frame);
    Result<> renew();
    void renew_when_due();
    void look_at_certificate(Link& link, Session& session);

    boost::asio::strand<boost::asio::io_context::executor_type> strand_;
    const Options options_;
    const crypto::PublicKey own_;
    Handlers handlers_;
    std::unique_ptr<boost::asio::ssl::context> tls_;
    std::optional<Error> broken_;  // why there is no TLS context
    std::map<crypto::PublicKey, std::unique_ptr<Link>> links_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer accept_pause_;
    boost::asio::steady_timer renewal_;
    Validity certificate_{};
    LogShare strangers_log_;
    std::vector<std::shared_ptr<Session>> handshakes_;  // accepted, key not shown yet; oldest first
    bool stopped_ = false;
    std::uint16_t port_ = 0;
    Stats stats_;
};

}  // namespace pcq::network
