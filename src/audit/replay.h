// A chain executed again, block by block, by this program's own contracts: every certificate, every link,
// every root and total of every header, and what the executor refuses.
//
// What was replayed is a store like a node's, so that a replay goes on where it ended, and can be asked for
// proofs. The store is the auditor's own: whoever can write to it can deceive the auditor.
#pragma once

#include "src/audit/block_feed.h"
#include "src/audit/growing_chain.h"

namespace pcq::audit {

struct ReplayCounts {
    std::uint64_t blocks = 0;
    std::uint64_t transactions = 0;
    std::uint64_t refused = 0;     // by contracts
    std::uint64_t trades = 0;      // with the platform, and fills of orders
    std::uint64_t signatures = 0;  // of transactions and certificates
};

using OnBlock = std::function<Result<>(const CheckedBlock& block, const ledger::Executed& executed)>;

class Replay {
public:
    // Begins, or goes on with, the chain of this source in the folder. `on_block` may be empty.
    static Result<Replay> open(const std::filesystem::path& folder, const ReplaySource& source,
                               OnBlock on_block = {});

    std::uint64_t height() const { return chain_.height(); }
    const storage::ChainStore& store() const { return *chain_.store; }
    const ledger::ValidatorSet& validators() const { return chain_.validators; }
    const ReplayCounts& counts() const { return counts_; }

    // The next block: nothing if it holds, and then it is in the store. An Error is of the store or the
    // source, or that this program does not know the contracts' version.
    Result<std::optional<Divergence>> take(const CheckedBlock& block);
    // The newest block here and in the source, which must be the same in both. The same.
    Result<std::optional<Divergence>> compare_tip() const;

private:
    Replay(GrowingChain chain, const ReplaySource& source, OnBlock on_block)
        : chain_(std::move(chain)), source_(source), on_block_(std::move(on_block)) {}
    std::optional<Divergence> check_header(const CheckedBlock& block) const;
    Result<std::optional<Divergence>> why_not(const CheckedBlock& block, const ledger::ParentState& parent,
                                              const ledger::BlockContext& context, const Error& error) const;
    Result<std::optional<Divergence>> compare(const CheckedBlock& block, const ledger::Header& own,
                                              const ledger::Executed& executed) const;
    void name_receipt(Divergence& found, const CheckedBlock& block, const ledger::Executed& executed) const;
    void name_record(Divergence& found, const ledger::Executed& executed) const;
    void count(const CheckedBlock& block, const ledger::Executed& executed);

    GrowingChain chain_;
    const ReplaySource& source_;
    OnBlock on_block_;
    ReplayCounts counts_;
};

}  // namespace pcq::audit
