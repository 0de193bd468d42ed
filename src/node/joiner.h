// Fetches a snapshot of a chain from its peers, chunk by chunk and from several at once, into the folder that
// becomes its store (src/storage/joining_store.h).
//
// Nobody is believed: the head is followed from the genesis document, each chunk is held against its state
// root, and whoever gives what does not hold is dropped. A peer has one chunk to bring at a time; one that is
// silent, or does not have the height any more, is passed over, and what it owed is asked of another. When
// nobody has the height any more, the next one offered is begun. Runs on the chain's strand; checks and
// writes on a thread of its own.
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
#include "src/storage/joining_store.h"

namespace pcq::node {

class Joiner {
public:
    using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
    struct Events {
        std::function<void()> finished;  // the folder is marked: the node must begin again to use it
        std::function<void(const Error&)> failed;  // by this node's own fault
    };

    Joiner(Strand strand, const ledger::Genesis& genesis, ledger::Header genesis_header,
           std::filesystem::path chain_folder, network::Peers& peers, Events events);

    // A snapshot above this height.
    void start(std::uint64_t above);
    void take_snapshot(network::Delivery delivery);
    void take_chunk(network::Delivery delivery);
    void disconnected(const crypto::PublicKey& peer);
    void stop();
    void join() { thread_.join(); }  // after stop(), from another thread

    Joining progress() const { return progress_; }

private:
    using Path = ledger::PagePath;
    using Clock = boost::asio::steady_timer::clock_type;
    struct Owed {
        Path path;
        Clock::time_point since;
    };

    void ask_all();
    void tick();
    void open(const crypto::PublicKey& from, storage::SnapshotHead head, std::size_t depth);
    void opened(const crypto::PublicKey& from, storage::SnapshotHead head,
                Result<std::unique_ptr<storage::JoiningStore>> store);
    void deepen();
    void ask(const crypto::PublicKey& peer);
    void ask_idle();
    void pass_over(const crypto::PublicKey& peer);
    void added(const crypto::PublicKey& from, const Path& path, const Result<>& result);
    void finish_if_whole();
    proto::PeerMessage message() const;

    Strand strand_;
    const ledger::Genesis& genesis_;
    const ledger::Header genesis_header_;
    const std::filesystem::path chain_folder_;
    network::Peers& peers_;
    const Events events_;
    boost::asio::thread_pool thread_{1};
    boost::asio::steady_timer timer_;

    std::uint64_t above_ = 0;
    bool opening_ = false;
    bool finishing_ = false;
    bool stopped_ = false;
    std::shared_ptr<storage::JoiningStore> store_;  // the thread's, once it is there
    storage::SnapshotHead head_;
    std::uint64_t height_ = 0;
    std::size_t depth_ = 0;
    std::deque<Path> wanted_;
    std::size_t adding_ = 0;  // chunks being checked
    std::set<crypto::PublicKey> providers_;
    std::map<crypto::PublicKey, Owed> owed_;
    Clock::time_point asked_all_;
    Clock::time_point heard_;  // from a provider
    Joining progress_;
};

}  // namespace pcq::node
