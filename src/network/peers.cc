#include "src/network/peers.h"

#include <algorithm>
#include <chrono>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include "src/base/hex.h"
#include "src/network/session.h"

namespace pcq::network {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

// Not worth a line of the log: whoever connects as fast as he can would write it.
constexpr const char* kGaveWay = "a newer connection took its place before it had shown its key";

}  // namespace

struct Peers::Link {
    Link(PeerAddress address_, const boost::asio::strand<boost::asio::io_context::executor_type>& strand)
        : address(std::move(address_)), resolver(strand), retry(strand) {}

    PeerAddress address;
    std::shared_ptr<Session> session;  // established
    std::atomic<bool> connected{false};
    std::shared_ptr<Session> shaking;  // dialled, not established yet
    tcp::resolver resolver;
    boost::asio::steady_timer retry;
    Duration wait{0};  // before the last attempt to dial
    Duration ban{0};   // the last one's length
    std::chrono::steady_clock::time_point banned_until{};
    std::optional<Validity> certificate;  // shown last
    std::atomic<std::int64_t> certificate_end{0};
    LogShare log;  // for its coming and going
};

Peers::Peers(boost::asio::io_context& io, Options options, const crypto::SigningKey& own,
             std::vector<PeerAddress> peers, Handlers handlers)
    : strand_(boost::asio::make_strand(io)),
      options_(std::move(options)),
      own_(own.public_key()),
      handlers_(std::move(handlers)),
      acceptor_(strand_),
      accept_pause_(strand_),
      renewal_(strand_) {
    auto allowed = std::make_shared<std::set<crypto::PublicKey>>();
    for (auto& peer : peers) {
        if (peer.key == own_) continue;
        allowed->insert(peer.key);
        auto key = peer.key;
        links_.emplace(std::move(key), std::make_unique<Link>(std::move(peer), strand_));
    }
    auto allow = std::make_shared<AllowKey>([this, allowed](const crypto::PublicKey& key) {
        if (allowed->count(key) != 0) return true;
        ++stats_.refused;
        log_stranger(spdlog::level::warn,
                     "refused a peer whose key is not pinned: key=" + to_hex(key.data()));
        return false;
    });
    auto context = make_tls_context(own, std::move(allow));
    if (context) {
        tls_ = *std::move(context);
    } else {
        broken_ = context.error();
    }
}

Peers::~Peers() = default;

Result<> Peers::start() {
    if (broken_) return *broken_;
    if (auto made = renew(); !made) return made;
    error_code failure;
    const std::string where = options_.listen_host + ":" + std::to_string(options_.listen_port);
    const auto address = boost::asio::ip::make_address(options_.listen_host, failure);
    if (failure)
        return Error{Code::bad_argument, "network.listen must name an IP address to listen on, is " + where};
    const tcp::endpoint endpoint(address, options_.listen_port);
    acceptor_.open(endpoint.protocol(), failure);
    if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor_.bind(endpoint, failure);
    if (!failure) acceptor_.listen(boost::asio::socket_base::max_listen_connections, failure);
    if (failure)
        return Error{Code::io_failed, "cannot listen for peers on " + where + ": " + failure.message()};
    port_ = acceptor_.local_endpoint().port();
    boost::asio::post(strand_, [this] {
        accept();
        renew_when_due();
        for (auto& [key, link] : links_) {
            if (own_ < key) dial(*link);
        }
    });
    return {};
}

void Peers::stop() {
    boost::asio::post(strand_, [this] {
        stopped_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        accept_pause_.cancel();
        renewal_.cancel();
        for (const auto& session : std::vector(handshakes_)) session->close("this node stops");
        for (auto& [key, link] : links_) {
            link->retry.cancel();
            link->resolver.cancel();
            for (const auto& session : {link->session, link->shaking})
                if (session) session->close("this node stops");
        }
    });
}

// A little back in time, for peers whose clock is behind.
Result<> Peers::renew() {
    const Instant now = options_.clock->now();
    const Duration life = options_.certificate_life;
    const Validity next{{now.ms - life.ms / 24}, now + life};
    if (auto made = renew_certificate(*tls_, next); !made) return made;
    certificate_ = next;
    ++stats_.renewed;
    stats_.certificate_end = next.until.ms;
    return {};
}

// By the clock, which may be set back and forth; a renewal that fails is tried again, and nothing stops.
void Peers::renew_when_due() {
    const Instant now = options_.clock->now();
    const bool is_due = now < certificate_.from || certificate_.until - now <= options_.certificate_life / 2;
    if (is_due) {
        const auto made = renew();
        made ? spdlog::info("renewed the TLS certificate: hours={}", options_.certificate_life.ms / 3'600'000)
             : spdlog::error("{}; tried again in {} ms", made.error().message, options_.certificate_check.ms);
    }
    renewal_.expires_after(std::chrono::milliseconds(options_.certificate_check.ms));
    renewal_.async_wait(boost::asio::bind_executor(strand_, [this](error_code failure) {
        if (!failure && !stopped_) renew_when_due();
    }));
}

// The key is proven and pinned, which is all that admits a peer: dates are worth an alarm, once for each
// certificate.
void Peers::look_at_certificate(Link& link, Session& session) {
    const auto shown = session.certificate();
    const bool is_new = shown != link.certificate;
    link.certificate = shown;
    link.certificate_end = shown ? shown->until.ms : 0;
    if (shown && shown->covers(options_.clock->now())) return;
    ++stats_.outdated;
    if (!is_new) return;
    spdlog::warn(
        "the TLS certificate of {} is not good by this node's clock, from_ms={} until_ms={} now_ms={}: its "
        "renewal or a clock has failed; the connection stands, since its key is the pinned one",
        link.address.name, shown ? shown->from.ms : 0, shown ? shown->until.ms : 0, options_.clock->now().ms);
}

void Peers::accept() {
    acceptor_.async_accept(boost::asio::bind_executor(strand_, [this](error_code failure,
                                                                      tcp::socket socket) {
        if (stopped_) return;
        if (failure) {
            // Out of file descriptors, say: asking again at once would not help.
            spdlog::error("cannot accept a peer: why=\"{}\"", failure.message());
            accept_pause_.expires_after(std::chrono::milliseconds(options_.retry_min.ms));
            return accept_pause_.async_wait(boost::asio::bind_executor(strand_, [this](error_code cancelled) {
                if (!cancelled) accept();
            }));
        }
        make_room();
        const auto session =
            std::make_shared<Session>(strand_, std::move(socket), *tls_, options_, stats_,
                                      Session::Events{[this](const auto& done) {
                                                          std::erase(handshakes_, done);
                                                          established(done);
                                                      },
                                                      handlers_.on_message,
                                                      [this](const auto& done, const std::string& why) {
                                                          std::erase(handshakes_, done);
                                                          ended(done, why);
                                                      }});
        handshakes_.push_back(session);
        session->accept_handshake();
        accept();
    }));
}

void Peers::make_room() {
    if (handshakes_.size() < options_.handshakes_max) return;
    std::map<std::string, std::size_t> held;
    for (const auto& session : handshakes_) ++held[session->host()];
    const auto oldest =
        std::max_element(handshakes_.begin(), handshakes_.end(),
                         [&held](const auto& a, const auto& b) { return held[a->host()] < held[b->host()]; });
    const auto session = *oldest;  // of those that have most, the first
    handshakes_.erase(oldest);
    session->close(kGaveWay);
}

void Peers::dial(Link& link) {
    if (stopped_ || link.session || link.shaking) return;
    link.resolver.async_resolve(
        link.address.host, std::to_string(link.address.port),
        boost::asio::bind_executor(
            strand_, [this, &link](error_code failure, const tcp::resolver::results_type& found) {
                if (stopped_) return;
                if (failure) return dial_later(link);
                auto socket = std::make_shared<tcp::socket>(strand_);
                // A host that does not even refuse would keep us for minutes.
                link.retry.expires_after(std::chrono::milliseconds(options_.handshake_timeout.ms));
                link.retry.async_wait(boost::asio::bind_executor(strand_, [socket](error_code cancelled) {
                    error_code ignored;
                    if (!cancelled) socket->close(ignored);
                }));
                boost::asio::async_connect(
                    *socket, found,
                    boost::asio::bind_executor(
                        strand_, [this, &link, socket](error_code refused, const tcp::endpoint&) {
                            link.retry.cancel();
                            if (stopped_) return;
                            if (refused || !socket->is_open()) return dial_later(link);
                            dialled(link, std::move(*socket));
                        }));
            }));
}

void Peers::dialled(Link& link, tcp::socket socket) {
    link.shaking =
        std::make_shared<Session>(strand_, std::move(socket), *tls_, options_, stats_,
                                  Session::Events{[this, &link](const auto& done) {
                                                      link.shaking.reset();
                                                      established(done);
                                                  },
                                                  handlers_.on_message,
                                                  [this, &link](const auto& done, const std::string& why) {
                                                      link.shaking.reset();
                                                      ended(done, why);
                                                      dial_later(link);
                                                  }});
    link.shaking->dial_handshake(link.address.key);
}

// Doubling pauses with a spread, so that a whole network does not knock at the same moment.
void Peers::dial_later(Link& link) {
    if (stopped_) return;
    link.wait = std::clamp(link.wait * 2, options_.retry_min, options_.retry_max);
    const auto spread =
        static_cast<std::int64_t>(std::hash<std::string>{}(own_.encoded() + link.address.key.encoded()) % 50);
    const auto pause = std::chrono::milliseconds(link.wait.ms + link.wait.ms * spread / 100);
    link.retry.expires_at(std::max(std::chrono::steady_clock::now() + pause, link.banned_until));
    link.retry.async_wait(boost::asio::bind_executor(strand_, [this, &link](error_code failure) {
        if (!failure) dial(link);
    }));
}

void Peers::established(const std::shared_ptr<Session>& session) {
    const auto at = links_.find(*session->key());
    if (at == links_.end())
        return session->close("its key is not pinned");  // the handshake has refused it before
    Link& link = *at->second;
    if (stopped_) return session->close("this node stops");
    if (std::chrono::steady_clock::now() < link.banned_until)
        return session->close("it broke the rules a moment ago");
    // The newer connection counts: the other side has given up the older one, or lost it.
    if (const auto old = std::exchange(link.session, session)) {
        old->close("replaced by a newer connection");
        // What was asked over it will not be answered.
        if (handlers_.on_disconnected) handlers_.on_disconnected(link.address.key);
    }
    link.wait = Duration{0};
    if (!link.connected.exchange(true)) ++stats_.connected;
    look_at_certificate(link, *session);
    log_link(link, "peer connected: name=" + link.address.name + " address=" + session->address());
    if (handlers_.on_connected) handlers_.on_connected(link.address.key);
}

void Peers::ended(const std::shared_ptr<Session>& session, const std::string& why) {
    const auto at = session->key() ? links_.find(*session->key()) : links_.end();
    if (at == links_.end()) {
        return log_stranger(
            why == kGaveWay ? spdlog::level::debug : spdlog::level::info,
            "connection without a pinned key ended: address=" + session->address() + " why=\"" + why + "\"");
    }
    Link& link = *at->second;
    if (session->misbehaved()) ban(link);
    if (link.session != session) {
        spdlog::debug("connection ended before its use: name={} why=\"{}\"", link.address.name, why);
        return;
    }
    link.session.reset();
    if (link.connected.exchange(false)) --stats_.connected;
    log_link(link, "peer disconnected: name=" + link.address.name + " why=\"" + why + "\"");
    if (handlers_.on_disconnected) handlers_.on_disconnected(link.address.key);
}

// A peer whose key is pinned may come and go as fast as machines do, too.
void Peers::log_link(Link& link, const std::string& what) {
    if (!spdlog::should_log(spdlog::level::info) || !link.log.may_say(LogShare::Clock::now())) return;
    const std::uint64_t left_out = link.log.take_left_out();
    if (left_out > 0) spdlog::warn("lines about {} that were left out here: {}", link.address.name, left_out);
    spdlog::info("{}", what);
}

// What is left out is counted, and told with the next line that is written.
void Peers::log_stranger(spdlog::level::level_enum level, const std::string& what) {
    if (!spdlog::should_log(level) || !strangers_log_.may_say(LogShare::Clock::now())) return;
    const std::uint64_t left_out = strangers_log_.take_left_out();
    if (left_out > 0) spdlog::warn("lines about strangers that were left out here: {}", left_out);
    spdlog::log(level, "{}", what);
}

// The first time for a moment, and twice as long each time it goes on soon after.
void Peers::ban(Link& link) {
    const auto now = std::chrono::steady_clock::now();
    const bool again = now < link.banned_until + std::chrono::milliseconds(options_.ban_max.ms);
    link.ban = std::clamp(again ? link.ban * 2 : Duration{0}, options_.ban_min, options_.ban_max);
    link.banned_until = now + std::chrono::milliseconds(link.ban.ms);
    ++stats_.banned;
    spdlog::warn("peer banned: name={} for_ms={}", link.address.name, link.ban.ms);
}

bool Peers::fits(const Bytes& frame) {
    if (frame.size() <= options_.frame_bytes_max + 4) return true;
    ++stats_.dropped;
    spdlog::error("a message is longer than a frame may be and was not sent: bytes={}", frame.size());
    return false;
}

void Peers::send(const crypto::PublicKey& to, Priority priority, const proto::PeerMessage& message) {
    auto made = make_frame(message);
    if (!fits(*made)) return;
    boost::asio::post(strand_, [this, to, priority, frame = std::move(made)] {
        const auto at = links_.find(to);
        if (at != links_.end() && at->second->session) at->second->session->send(priority, frame);
    });
}

void Peers::broadcast(Priority priority, const proto::PeerMessage& message) {
    auto made = make_frame(message);
    if (!fits(*made)) return;
    boost::asio::post(strand_, [this, priority, frame = std::move(made)] {
        for (const auto& [key, link] : links_) {
            if (link->session) link->session->send(priority, frame);
        }
    });
}

void Peers::drop(const crypto::PublicKey& peer, const std::string& reason) {
    boost::asio::post(strand_, [this, peer, reason] {
        const auto at = links_.find(peer);
        if (at == links_.end() || !at->second->session) return;
        const auto session = at->second->session;
        session->misbehave("dropped: " + reason);
    });
}

bool Peers::is_connected(const crypto::PublicKey& peer) const {
    const auto at = links_.find(peer);
    return at != links_.end() && at->second->connected;
}

std::vector<crypto::PublicKey> Peers::keys() const {
    std::vector<crypto::PublicKey> keys;
    for (const auto& [key, link] : links_) keys.push_back(key);
    return keys;
}

std::optional<Instant> Peers::certificate_end(const crypto::PublicKey& peer) const {
    const auto at = links_.find(peer);
    const std::int64_t end = at == links_.end() ? 0 : at->second->certificate_end.load();
    return end == 0 ? std::nullopt : std::optional(Instant{end});
}

}  // namespace pcq::network
