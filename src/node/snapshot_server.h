// Gives a chain's state to nodes that join it: prepared when somebody asks, at a height that others choose
// too, kept while it is asked for (src/storage/snapshot_source.h). Runs on the chain's strand; prepares and
// reads on a thread of its own, one thing at a time for each peer.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "src/network/peers.h"
#include "src/storage/snapshot_source.h"

namespace pcq::node {

class SnapshotServer {
public:
    using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;

    // Heights that are multiples of this are chosen, so that several nodes have the same.
    static constexpr std::uint64_t kEvery = 256;

    SnapshotServer(Strand strand, const storage::ChainStore& store, std::filesystem::path folder);

    // Before the first message.
    void connect(network::Peers& peers) { peers_ = &peers; }
    void take_snapshot_request(const network::Delivery& delivery);
    void take_chunk_request(const network::Delivery& delivery);
    void stop();  // on the strand; join() waits for the thread
    void join() { thread_.join(); }

private:
    using Source = std::shared_ptr<const storage::SnapshotSource>;

    std::uint64_t choose(std::uint64_t wanted) const;
    void prepare(std::uint64_t height);
    void prepared(Source source);
    void answer(const crypto::PublicKey& peer);
    void used();
    proto::PeerMessage message() const;

    Strand strand_;
    const storage::ChainStore& store_;
    const std::filesystem::path folder_;
    network::Peers* peers_ = nullptr;
    boost::asio::thread_pool thread_{1};
    boost::asio::steady_timer idle_;
    std::atomic<bool> stopped_{false};
    bool preparing_ = false;
    std::uint64_t made_ = 0;               // snapshots, each in a folder of its own
    std::set<crypto::PublicKey> waiting_;  // for what is being prepared
    std::set<crypto::PublicKey> reading_;  // peers for whom a chunk is being read
    Source source_;
};

}  // namespace pcq::node
