// Blocks on their way into a replay: one thread reads them, several check what needs no state (encodings,
// hashes, signatures of transactions and of the certificate), and they are handed out in order.
//
// A bounded number of blocks is on its way. A block that does not hold is handed out with its fault, so that
// the first one in order is the one that is named.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "src/ledger/block.h"
#include "src/ledger/certificate.h"

namespace pcq::audit {

// Where a chain does not hold, exactly. Expected is what the rules give, found what the chain has.
struct Divergence {
    Code code = Code::internal;
    std::uint64_t height = 0;
    std::optional<std::uint32_t> transaction;  // its place in the block, from 0
    std::optional<Hash> transaction_hash;
    std::string what;    // certificate, signature, encoding, header, receipt, record, a root, totals, ...
    std::string record;  // of a record: its key, in hexadecimal
    std::string expected;
    std::string found;
    std::string reason;  // for people
};
std::string to_text(const Divergence& divergence);

// The blocks of one chain in ascending order, and what else the place they come from can tell.
struct ReplaySource {
    ledger::Genesis genesis;
    std::uint64_t first_height = 1;
    std::uint64_t last_height = 0;
    // Asked in ascending order, from one thread at a time.
    std::function<Result<proto::CertifiedBlock>(std::uint64_t height)> block;
    // To name what differs; empty where they cannot be had. Receipts in their order; records after the block,
    // in the order of the keys.
    std::function<Result<std::vector<Bytes>>(std::uint64_t height)> receipts;
    std::function<Result<std::vector<std::optional<Bytes>>>(std::uint64_t height,
                                                            const std::vector<Bytes>& keys)>
        records;
};

// What is known of a block without its parent's state.
struct CheckedBlock {
    std::uint64_t height = 0;
    proto::CertifiedBlock certified;
    std::optional<ledger::Header> header;
    std::optional<Hash> certified_by;  // hash of the validators under which the certificate was found to hold
    std::vector<ledger::VerifiedTransaction> transactions;
    std::vector<Hash> hashes;
    std::size_t signatures = 0;
    std::optional<Divergence> fault;
};

class BlockFeed {
public:
    // Blocks from `first` to `last`. `validators`: who will probably have certified them. The source outlives
    // the feed.
    BlockFeed(const ReplaySource& source, std::uint64_t first, std::uint64_t last,
              const ledger::ValidatorSet& validators, unsigned threads);
    ~BlockFeed();
    BlockFeed(const BlockFeed&) = delete;
    BlockFeed& operator=(const BlockFeed&) = delete;

    // The next one; nothing after the last. An Error is the source's, and the end.
    Result<std::optional<CheckedBlock>> next();

private:
    using Task = std::packaged_task<Result<CheckedBlock>()>;
    void read(std::uint64_t first, std::uint64_t last);
    void work();
    bool offer(Task task);

    const ReplaySource& source_;
    const ledger::ValidatorSet validators_;
    const std::size_t window_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::future<Result<CheckedBlock>>> order_;
    std::deque<Task> tasks_;
    bool read_all_ = false;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace pcq::audit
