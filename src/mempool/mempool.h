// The mempool: transactions that wait for a block, each decoded once and its signatures checked once on this
// node.
//
// A decider like consensus: calls in, values out, no threads, no clock. A transaction comes in as bytes
// (offer), its signatures are checked elsewhere (the driver's pool), it is admitted (verified), taken for
// blocks, and leaves when it is committed or can never be. Order is that of admission. What is admitted is
// not pushed out by newcomers: a full mempool refuses. Not thread-safe: the chain's strand owns it.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "src/ledger/executor.h"

namespace pcq::mempool {

struct Options {
    std::size_t transactions_max = 100'000;
    std::size_t bytes_max = 256ULL << 20;
    std::size_t account_max = 256;       // waiting transactions of one account: its sequence window
    std::size_t verifying_max = 20'000;  // signatures being checked
};

struct Stats {
    std::uint64_t admitted = 0;
    std::uint64_t expired = 0;
    std::map<Code, std::uint64_t> refused;
};

// The state against which transactions are judged, and the height of the next block.
struct Judge {
    const ledger::Dispatch& contracts;
    const ledger::StateReader& state;
    std::uint64_t next_height = 0;
};

class Mempool {
public:
    Mempool(const Options& options, const ChainId& chain);

    // Decodes and makes the cheap checks; the result is to be verified (verify_signatures) and handed to
    // verified() or failed(). Refusals: those of decoding, transaction_known, mempool_full, and everything
    // that state already tells.
    Result<ledger::DecodedTransaction> offer(ledger::RawTransaction bytes, const Judge& judge);
    // Admits, judged again: the state may have moved on meanwhile.
    Result<Hash> verified(const ledger::VerifiedTransaction& transaction, const Judge& judge);
    // The signatures did not hold, or nobody will check them.
    void failed(const Hash& hash, Code code);
    // A verified transaction of a block that came by another way needs no second check.
    std::optional<ledger::VerifiedTransaction> find(const Hash& hash) const;

    // For the next block, in order of admission; without those that the block before it holds, if that is
    // still on its way.
    struct Limits {
        std::size_t count = 0;
        std::size_t bytes = 0;
    };
    std::vector<ledger::VerifiedTransaction> take(const Limits& limits,
                                                  const std::vector<Hash>& without = {}) const;

    // A block is stored: what it holds leaves, and so does what its changes to accounts have made invalid, by
    // whatever transaction (a sequence used by one that this node never saw, new keys, a freeze). Returns
    // what left without being in the block.
    std::vector<Hash> committed(const std::vector<Hash>& hashes, const ledger::StateChanges& changes,
                                const Judge& judge);

    // It can be in no block, for a reason that is not the state's.
    void drop(const Hash& hash, Code code);

    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }
    std::size_t bytes() const { return bytes_; }
    bool contains(const Hash& hash) const { return by_hash_.count(hash) != 0; }
    const Stats& stats() const { return stats_; }

private:
    using Waiting = std::list<ledger::VerifiedTransaction>;

    Result<> check_known(const Hash& hash) const;
    Result<> check_room(const AccountId& account, std::size_t bytes) const;
    Result<> check_state(const ledger::DecodedTransaction& transaction, const Judge& judge) const;
    Error refuse(Error error);
    void remove(Waiting::iterator at);
    void remove_invalid(const AccountId& account, const Judge& judge, std::vector<Hash>& removed);

    const Options options_;
    const ChainId chain_;
    Waiting waiting_;
    std::map<Hash, Waiting::iterator> by_hash_;
    std::map<std::pair<AccountId, std::uint64_t>, Hash> by_sequence_;
    std::map<AccountId, std::size_t> per_account_;
    std::set<std::pair<std::uint64_t, Hash>> by_expiry_;
    std::set<Hash> verifying_;
    std::size_t bytes_ = 0;
    Stats stats_;
};

}  // namespace pcq::mempool
