// The block after the one in agreement, before its turn (docs/consensus.md, "Pipelining"): built or executed
// on the results of a block that is prepared and not decided yet, while votes for that one travel and it is
// stored.
//
// Nothing of this is said to anybody before that block is decided and stored, and it is worth nothing unless
// that block becomes the parent. Work runs on a thread of its own, beside the chain's worker; calls and
// callbacks belong to the chain's strand. Two jobs at a time: one block built, one executed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "src/node/builder.h"

namespace pcq::node {

// The state after a block that is not stored: its changes, on the state before it.
class StateAfter final : public ledger::StateReader, public ledger::PageReader {
public:
    StateAfter(std::shared_ptr<const storage::StateView> before, std::shared_ptr<const ExecutedBlock> block)
        : before_(std::move(before)), block_(std::move(block)) {}

    std::optional<Bytes> get(BytesView key) const override;
    Bytes page(const ledger::PagePath& path, std::uint64_t version) const override;
    const ledger::TreeRoot& root() const { return block_->executed.tree.root; }
    const ledger::Header& header() const { return block_->header; }

private:
    const std::shared_ptr<const storage::StateView> before_;
    const std::shared_ptr<const ExecutedBlock> block_;
};

class Ahead {
public:
    using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
    using Block = std::shared_ptr<const ExecutedBlock>;
    using Done = std::function<void(Block)>;  // nothing: it has come to nothing, do it in the usual way

    Ahead(Strand strand, const ledger::Dispatch& contracts)
        : strand_(std::move(strand)), contracts_(contracts) {}

    // What the next block may stand on: `parent`, executed on the state before it, and who certifies what
    // follows. What was begun on another parent is forgotten.
    void expect(const Block& parent, std::shared_ptr<const storage::StateView> before,
                const ledger::ValidatorSet& validators);
    // On what was expected. One of each; what is there is replaced. Nothing is built where there are no
    // candidates and no work of the contracts at `due`.
    void build(const crypto::PublicKey& proposer, Instant now, Instant due,
               std::vector<ledger::VerifiedTransaction> candidates);
    void check(const Hash& block, Bytes header, std::vector<ledger::VerifiedTransaction> transactions);

    // The block built, or executed, on this parent: `done` is told once, at once or when it is ready. False
    // if there is none and will be none.
    bool take_built(const Hash& parent, const Done& done);
    bool take_checked(const Hash& parent, const Hash& block, const Done& done);
    // How many transactions the block has that is built or about to be; nothing without one on this parent.
    std::optional<std::size_t> building(const Hash& parent) const;

    // This block is on disk: what can be of no use any more goes, and so does the state that it holds on to.
    void stored(const ledger::Header& block);

    void stop();  // waits for the thread

private:
    struct Footing {
        StateAfter state;
        ledger::ValidatorSet validators;
    };
    // What has not begun can be dropped, so that nobody waits behind what nobody wants.
    enum class Progress : std::uint8_t { queued, begun, dropped };
    struct Job {
        std::atomic<Progress> progress{Progress::queued};
        Hash parent;
        Hash block;  // zeros: being built
        std::size_t transactions = 0;
        bool is_done = false;
        Block result;
        Done waiting;
    };

    void drop(const std::shared_ptr<Job>& job);
    void forget();
    void run(const std::shared_ptr<Job>& job, std::function<Block(const Ground&)> work);
    bool take(std::shared_ptr<Job>& job, const Hash& parent, const Hash& block, const Done& done) const;

    const Strand strand_;
    const ledger::Dispatch& contracts_;
    boost::asio::thread_pool thread_{1};
    std::shared_ptr<const Footing> footing_;
    std::shared_ptr<Job> built_;
    std::shared_ptr<Job> checked_;
    std::shared_ptr<Job> in_vain_;  // was dropped when it had begun
};

}  // namespace pcq::node
