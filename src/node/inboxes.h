// The inboxes of a node's chains, written by a thread of their own: no chain waits for its disk, and whoever
// handed something in is told so when it is written.
#pragma once

#include <atomic>
#include <functional>
#include <map>

#include <boost/asio/thread_pool.hpp>

#include "src/storage/inbox.h"

namespace pcq::node {

class Inboxes {
public:
    // Before anything else.
    Result<> open(const ChainId& chain, const std::filesystem::path& folder);
    const storage::Inbox& of(const ChainId& chain) const { return *inboxes_.at(chain); }

    // From any thread; done later, in this order. What cannot be written is logged, and so is what comes
    // while kQueuedBytesMax wait for a disk that hangs.
    static constexpr std::size_t kQueuedBytesMax = std::size_t{64} << 20;
    void take(const ChainId& chain, const Hash& hash, std::uint64_t height,
              const ledger::RawTransaction& transaction);
    void refuse(const ChainId& chain, const Hash& hash, Code code);
    void then(std::function<void()> work);
    // Does what has been asked for, and then nothing more.
    void stop();

private:
    std::map<ChainId, std::unique_ptr<storage::Inbox>> inboxes_;
    std::atomic<std::size_t> queued_bytes_{0};
    boost::asio::thread_pool writer_{1};
};

}  // namespace pcq::node
