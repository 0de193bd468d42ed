// A peer of a node under test: it hears what it is sent and says what the test has it say, over real
// connections. The node dials it, so its key is greater than the node's.
#pragma once

#include <deque>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>

#include "src/network/peers.h"
#include "tests/unit/network/watched.h"

namespace pcq::node {

class Voice : network::Watched {
public:
    using Answer = std::function<void(const proto::PeerMessage&, Voice&)>;

    // `answer` is called on the voice's own thread, for every message.
    Voice(const crypto::SigningKey& key, crypto::PublicKey node, const ChainId& chain, Answer answer = {})
        : node_(std::move(node)),
          chain_(chain),
          key_(key.public_key()),
          answer_(std::move(answer)),
          work_(io_.get_executor()),
          peers_(io_, network::Options{}, key, {{node_, "node", "127.0.0.1", 1}},
                 {[this](const network::Delivery& delivery) { heard(delivery.message); },
                  [this](const auto&) { change([this] { ++connects_; }); },
                  [this](const auto&) { change([this] { ++disconnects_; }); }}) {
        PCQ_INVARIANT(key_ > node_ && peers_.start());
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Voice() {
        peers_.stop();
        io_.stop();
        thread_.join();
    }

    const crypto::PublicKey& key() const { return key_; }
    network::PeerAddress address() const { return {key_, "voice", "127.0.0.1", peers_.port()}; }
    proto::PeerMessage message() const {
        proto::PeerMessage message;
        message.set_chain_id(chain_.bytes());
        return message;
    }
    void say(const proto::PeerMessage& message) { peers_.send(node_, network::Priority::sync, message); }
    // The next message of this kind; what comes before is passed over.
    std::optional<proto::PeerMessage> hear(proto::PeerMessage::ContentCase kind) {
        std::optional<proto::PeerMessage> found;
        wait([&] {
            while (!inbox_.empty() && !found) {
                if (inbox_.front().content_case() == kind) found = std::move(inbox_.front());
                inbox_.pop_front();
            }
            return found.has_value();
        });
        return found;
    }
    bool wait_connected(int times = 1) {
        return wait([this, times] { return connects_ >= times; });
    }
    bool wait_disconnected(int times = 1) {
        return wait([this, times] { return disconnects_ >= times; });
    }

private:
    void heard(const proto::PeerMessage& message) {
        if (answer_) answer_(message, *this);
        change([&] { inbox_.push_back(message); });
    }

    const crypto::PublicKey node_;
    const ChainId chain_;
    const crypto::PublicKey key_;
    const Answer answer_;
    std::deque<proto::PeerMessage> inbox_;
    int connects_ = 0;
    int disconnects_ = 0;
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    network::Peers peers_;
    std::thread thread_;
};

// As many keys, ascending: the first is the node's.
inline std::vector<crypto::SigningKey> ascending_keys(int count) {
    std::vector<crypto::SigningKey> keys;
    for (int number = 1; number <= count; ++number)
        keys.push_back(*crypto::SigningKey::from_secret(crypto::KeyType::ed25519,
                                                        Bytes(32, static_cast<char>(100 + number))));
    std::sort(keys.begin(), keys.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    return keys;
}

}  // namespace pcq::node
