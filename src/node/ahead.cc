#include "src/node/ahead.h"

#include <boost/asio/post.hpp>

namespace pcq::node {

std::optional<Bytes> StateAfter::get(BytesView key) const {
    const auto& changes = block_->executed.changes;
    const auto at = changes.find(key);
    return at == changes.end() ? before_->get(key) : at->second;
}

Bytes StateAfter::page(const ledger::PagePath& path, std::uint64_t version) const {
    if (version != block_->header->height()) return before_->page(path, version);
    const auto at = block_->executed.tree.pages.find(path);
    PCQ_INVARIANT(at != block_->executed.tree.pages.end());
    return at->second;
}

void Ahead::expect(const Block& parent, std::shared_ptr<const storage::StateView> before,
                   const ledger::ValidatorSet& validators) {
    if (footing_ && footing_->state.header().hash() == parent->header.hash()) return;
    forget();
    footing_ = std::make_shared<const Footing>(Footing{StateAfter(std::move(before), parent), validators});
}

void Ahead::stored(const ledger::Header& block) {
    if (!footing_) return;
    const ledger::Header& parent = footing_->state.header();
    const bool is_over = block->height() > parent->height() ||
                         (block->height() == parent->height() && block.hash() != parent.hash());
    if (is_over) forget();
}

void Ahead::forget() {
    drop(built_);
    drop(checked_);
    built_.reset();
    checked_.reset();
    footing_.reset();
}

void Ahead::drop(const std::shared_ptr<Job>& job) {
    if (!job || job->is_done) return;
    auto queued = Progress::queued;
    if (!job->progress.compare_exchange_strong(queued, Progress::dropped)) in_vain_ = job;
}

void Ahead::run(const std::shared_ptr<Job>& job, std::function<Block(const Ground&)> work) {
    boost::asio::post(thread_, [this, job, footing = footing_, work = std::move(work)] {
        auto queued = Progress::queued;
        if (!job->progress.compare_exchange_strong(queued, Progress::begun)) return;
        const StateAfter& state = footing->state;
        auto block = work({contracts_, state.header(), {state, state, state.root()}, footing->validators});
        boost::asio::post(strand_, [job, block = std::move(block)] {
            job->is_done = true;
            job->result = block;
            if (job->waiting) std::exchange(job->waiting, nullptr)(block);
        });
    });
}

void Ahead::build(const crypto::PublicKey& proposer, Instant now, Instant due,
                  std::vector<ledger::VerifiedTransaction> candidates) {
    PCQ_INVARIANT(footing_);
    drop(built_);
    built_ = std::make_shared<Job>();
    built_->parent = footing_->state.header().hash();
    built_->transactions = candidates.size();
    run(built_, [proposer, now, due, candidates = std::move(candidates)](const Ground& ground) -> Block {
        const bool has_work = !candidates.empty() || ground.contracts.has_due_work(ground.state.state, due);
        auto built = has_work ? build_block(ground, proposer, /*view=*/0, now, candidates)
                              : Result<BuiltBlock>(BuiltBlock{});
        return built && !built->unsound ? built->block : nullptr;
    });
}

void Ahead::check(const Hash& block, Bytes header, std::vector<ledger::VerifiedTransaction> transactions) {
    PCQ_INVARIANT(footing_);
    drop(checked_);
    checked_ = std::make_shared<Job>();
    checked_->parent = footing_->state.header().hash();
    checked_->block = block;
    run(checked_,
        [header = std::move(header), transactions = std::move(transactions)](const Ground& ground) -> Block {
            auto checked = check_block(ground, header, transactions);
            return checked ? *std::move(checked) : nullptr;
        });
}

bool Ahead::take(std::shared_ptr<Job>& job, const Hash& parent, const Hash& block, const Done& done) const {
    if (!job || job->parent != parent || job->block != block) return false;
    const auto taken = std::exchange(job, nullptr);
    auto queued = Progress::queued;
    const bool is_behind = in_vain_ && !in_vain_->is_done;  // what nobody wants: the usual way is quicker
    if (is_behind && taken->progress.compare_exchange_strong(queued, Progress::dropped)) return false;
    if (!taken->is_done) {
        taken->waiting = done;
        return true;
    }
    if (taken->result) done(taken->result);
    return taken->result != nullptr;
}

bool Ahead::take_built(const Hash& parent, const Done& done) {
    return take(built_, parent, Hash(), done);
}

bool Ahead::take_checked(const Hash& parent, const Hash& block, const Done& done) {
    return take(checked_, parent, block, done);
}

std::optional<std::size_t> Ahead::building(const Hash& parent) const {
    if (!built_ || built_->parent != parent) return std::nullopt;
    return built_->is_done && built_->result ? built_->result->transactions.size() : built_->transactions;
}

void Ahead::stop() {
    thread_.join();
}

}  // namespace pcq::node
