// Gives a chain's state to nodes that join it: prepared when somebody asks, at a height that others choose
// too, kept while it is read (src/storage/snapshot_source.h), and replaced once it has become old. Runs on
// the chain's strand; prepares and reads on a thread of its own, one thing at a time for each peer.
#pragma once

#include <atomic>
#include <chrono>
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
#include "src/node/allowance.h"
#include "src/storage/snapshot_source.h"

namespace pcq::node {

class SnapshotServer {
public:
    using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;

    // Heights that are multiples of this are chosen, so that several nodes have the same.
    static constexpr std::uint64_t kEvery = 256;

    struct Options {
        std::chrono::milliseconds kept{600'000};        // after it was last read
        std::chrono::milliseconds in_use{300'000};      // after it was read, it is not replaced
        std::chrono::milliseconds longest{21'600'000};  // unless it was prepared so long ago
        std::chrono::milliseconds pause{60'000};        // between two, also where the first failed
        // Bytes of answers to who asks what there is. A node that joins asks every three seconds at most.
        std::int64_t answers_at_once = 32 << 20;
        std::int64_t answers_a_second = 1 << 20;
    };

    SnapshotServer(Strand strand, const storage::ChainStore& store, std::filesystem::path folder,
                   const Options& options);

    // Before the first message.
    void connect(network::Peers& peers) { peers_ = &peers; }
    void take_snapshot_request(const network::Delivery& delivery);
    void take_chunk_request(const network::Delivery& delivery);
    void stop();  // on the strand; join() waits for the thread
    void join() { thread_.join(); }

private:
    using Source = std::shared_ptr<const storage::SnapshotSource>;

    using Clock = std::chrono::steady_clock;

    std::uint64_t choose(std::uint64_t wanted) const;
    bool is_past() const;
    bool has_room() const;
    bool may_prepare(const crypto::PublicKey& asker) const;
    std::optional<std::uint64_t> room() const;
    void prepare(std::uint64_t height);
    void prepared(Result<Source> made);
    void let_go();
    void answer(const crypto::PublicKey& peer);
    void used();
    proto::PeerMessage message() const;

    Strand strand_;
    const storage::ChainStore& store_;
    const std::filesystem::path folder_;
    const Options options_;
    network::Peers* peers_ = nullptr;
    boost::asio::thread_pool thread_{1};
    boost::asio::steady_timer idle_;
    std::atomic<bool> stopped_{false};
    bool preparing_ = false;
    std::uint64_t made_ = 0;               // snapshots, each in a folder of its own
    std::set<crypto::PublicKey> waiting_;  // for what is being prepared
    std::set<crypto::PublicKey> reading_;  // peers for whom a chunk is being read
    std::map<crypto::PublicKey, Allowance> asking_;
    Source source_;
    std::optional<Clock::time_point> since_;               // when it was ready, or could not be made
    std::optional<std::uint64_t> room_;                    // on the disk before it was made
    std::optional<std::uint64_t> too_little_;              // room in which none could be made
    std::map<crypto::PublicKey, Clock::time_point> read_;  // by whom it was, last
};

}  // namespace pcq::node
