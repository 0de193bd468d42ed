// Fetches a snapshot of a chain from its peers, chunk by chunk and from several at once, into the folder that
// becomes its store (src/storage/joining_store.h).
//
// Nobody is believed. The head is followed from the genesis document and held against what the other peers
// offer (offers.h), each chunk against its state root; whoever gives what does not hold is dropped. Of the
// heights offered the highest is begun; one that turns out to be old, to have no provider left, or to come
// too slowly while others offer another, is left for that, though not for ever as the chain goes on.
// Whoever was silent, slow or lied is passed over until nobody else has anything. A peer has one chunk to
// bring at a time. Before the store is taken, all who are connected have had time to say what they have. Runs
// on the chain's strand; checks and writes on a thread of its own.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "src/network/peers.h"
#include "src/node/joining.h"
#include "src/node/offers.h"
#include "src/storage/chain_store.h"
#include "src/storage/joining_store.h"

namespace pcq::node {

class Joiner {
public:
    using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
    struct Events {
        // The folder is a store that ends with this height, to be marked as such, and the node to begin
        // again.
        std::function<void(std::uint64_t height)> whole;
        std::function<void(const Error&)> failed;  // by this node's own fault, or nobody can be believed
    };
    struct Options {
        std::chrono::milliseconds tick{500};
        std::chrono::milliseconds gather{3'000};        // for the first answers, before a height is begun
        std::chrono::milliseconds ask_again{3'000};     // whoever has not answered
        std::chrono::milliseconds patience{15'000};     // for one chunk
        std::chrono::milliseconds given_up{30'000};     // a height without a provider
        std::chrono::milliseconds pace{60'000};         // how often it is looked at
        std::chrono::milliseconds whole_in{1'800'000};  // slower is left; doubles with each round of nobody
        std::chrono::milliseconds forgiven{60'000};     // nobody has anything: who was passed over is heard
        std::chrono::milliseconds hearing{120'000};     // of all, before the store is taken
        std::optional<Instant> since;                   // when it begins, if not now
    };

    Joiner(Strand strand, const ledger::Genesis& genesis, const storage::ChainStore& store,
           std::filesystem::path chain_folder, network::Peers& peers, Events events, const Options& options);

    // A snapshot above this node's own chain.
    void start();
    void take_snapshot(network::Delivery delivery);
    void take_chunk(network::Delivery delivery);
    void disconnected(const crypto::PublicKey& peer);
    void stop();
    void join() { thread_.join(); }  // after stop(), from another thread

    Joining progress() const;

private:
    using Peer = crypto::PublicKey;
    using Path = ledger::PagePath;
    using Clock = boost::asio::steady_timer::clock_type;
    struct Owed {
        Path path;
        Clock::time_point since;
    };

    void learn_own();
    void ask_all();
    void tick();
    void look_at_pace();
    void look_for_others();
    bool have_all(const std::set<Peer>& answered) const;
    void begin_round(const std::string& why);
    void check(const Peer& from, std::size_t depth, storage::SnapshotHead head);
    void offered(const Peer& from, Offers::Offer offer);
    bool settle();
    void choose();
    void open(const Peer& from, std::shared_ptr<const storage::SnapshotHead> head, std::size_t depth);
    void opened(std::shared_ptr<const storage::SnapshotHead> head,
                Result<std::unique_ptr<storage::JoiningStore>> store);
    void provide(const Peer& peer);
    void ask(const Peer& peer);
    void ask_idle();
    void stand_down(const Peer& peer);
    void pass_over(const std::set<Peer>& peers);
    void leave_if_nobody_is_left();
    void added(const Peer& from, const Path& path, const Result<>& result);
    bool is_whole() const;
    void finish_if_whole();
    void finished(std::uint64_t height, const Result<>& result);
    void fail(const Error& error);
    proto::PeerMessage message() const;

    Strand strand_;
    const ledger::Genesis& genesis_;
    const storage::ChainStore& own_;
    const std::filesystem::path chain_folder_;
    network::Peers& peers_;
    const Events events_;
    const Options options_;
    boost::asio::thread_pool thread_{1};
    boost::asio::steady_timer timer_;
    bool opening_ = false;
    bool finishing_ = false;
    bool stopped_ = false;

    // Who has what. A round begins whenever no height is left.
    Offers offers_;
    std::uint64_t above_ = 0;
    std::map<Peer, Clock::time_point> asked_;  // and have not answered; nobody is heard unasked
    std::set<Peer> answered_;                  // in this round, or since this height was begun
    std::set<Peer> spoken_;                    // ever
    std::set<Peer> passed_over_;
    Clock::time_point began_;
    Clock::time_point round_since_;
    Clock::time_point asked_anew_;
    Instant since_;       // when all this began
    std::uint64_t leap_;  // how much higher a height that is newer than that must be to leave one for it
    std::size_t checking_ = 0;  // heads

    // What is fetched.
    std::shared_ptr<storage::JoiningStore> store_;  // the thread's, once it is there
    std::shared_ptr<const storage::SnapshotHead> head_;
    std::optional<Peer> first_;  // whose offer it was
    std::uint64_t height_ = 0;
    std::size_t depth_ = 0;
    std::deque<Path> wanted_;
    std::size_t adding_ = 0;  // chunks being checked
    std::set<Peer> providers_;
    std::set<Peer> without_;  // had the height and have it no more
    std::set<Peer> larger_;   // cannot send a chunk of this depth
    std::map<Peer, Owed> owed_;
    Clock::time_point heard_;     // a chunk that holds
    Clock::time_point paced_;     // when its pace was looked at
    std::uint64_t paced_at_ = 0;  // chunks there then
    std::optional<Clock::time_point> whole_since_;
    std::chrono::milliseconds whole_in_;
    Joining progress_;
};

}  // namespace pcq::node
