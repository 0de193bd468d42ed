// The strand's side of building: what this node proposes, in its turn or ahead of it.
#include <algorithm>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "src/base/hex.h"
#include "src/node/chain.h"

namespace pcq::node {

// The next block on one that is not decided yet. Not where validators change: others will have the turn.
void Chain::look_ahead(const consensus::LookAhead& hint) {
    const auto parent = executed_.find(hint.parent);
    if (!services_.pipelining || parent == executed_.end() || parent->second->executed.next_validators ||
        state_->height() + 1 != parent->second->header->height())
        return;
    ahead_.expect(parent->second, state_, members_->set);
    if (hint.build) {
        ahead_.build(services_.key.public_key(), now(), due_by(parent->second->header->time_ms()),
                     mempool_.take({kBlockTransactions, kBlockBytes}, parent->second->transactions));
    }
    if (!hint.execute || hint.execute->proposal.transactions.size() > kBlockTransactions) return;
    std::size_t bytes = 0;
    std::vector<ledger::VerifiedTransaction> transactions;
    for (const auto& hash : hint.execute->proposal.transactions) {
        const auto waiting = mempool_.find(hash);
        if (!waiting) return;  // it is asked for when its turn has come
        bytes += (*waiting)->bytes().size();
        transactions.push_back(*waiting);
    }
    if (bytes > kBlockBytes) return;  // nobody will vote for it
    ahead_.check(hint.execute->block, hint.execute->proposal.header, std::move(transactions));
}

// A block that was built ahead is taken unless much more is waiting by now than it holds.
void Chain::build(const consensus::Build& request) {
    const Hash parent = store_->tip()->hash();
    const auto ready = request.view == 0 ? ahead_.building(parent) : std::nullopt;
    const bool is_worth_it = ready && 2 * *ready >= mempool_.take({kBlockTransactions, kBlockBytes}).size();
    const bool is_taken = is_worth_it && ahead_.take_built(parent, [this, request](const auto& block) {
        if (!block || !is_proposable(*block)) return build_now(request);
        std::vector<ledger::VerifiedTransaction> candidates;
        for (const auto& hash : block->transactions) candidates.push_back(*mempool_.find(hash));
        built(request, block, candidates);
    });
    if (!is_taken) build_now(request);
}

// Made by the clock as it is, not as it was; and of what can still be handed out to those who lack it.
bool Chain::is_proposable(const ExecutedBlock& block) const {
    const Instant made{static_cast<std::int64_t>(block.header->time_ms())};
    const Instant after_parent{static_cast<std::int64_t>((*store_->tip())->time_ms()) + 1};
    const bool is_of_now =
        made <= std::max(now(), after_parent) && now() - made <= consensus::Options{}.clock_ahead;
    return is_of_now && std::all_of(block.transactions.begin(), block.transactions.end(),
                                    [this](const Hash& hash) { return mempool_.contains(hash); });
}

// Of the candidates some may be in no block yet.
void Chain::built(const consensus::Build& request, const std::shared_ptr<const ExecutedBlock>& block,
                  const std::vector<ledger::VerifiedTransaction>& candidates) {
    if (stopped_ || block->header->height() != replica_->height()) return;
    executed_[block->header.hash()] = block;
    Gathering& own = gathering_[block->header.hash()];
    own.started = true;
    const std::set<Hash> in_block(block->transactions.begin(), block->transactions.end());
    for (const auto& candidate : candidates) {
        if (in_block.count(candidate->hash()) != 0) hold(own, candidate);
    }
    step(consensus::Built{request.view, {block->header.bytes(), block->transactions}});
}

void Chain::build_now(const consensus::Build& request) {
    auto candidates = mempool_.take({kBlockTransactions, kBlockBytes});
    boost::asio::post(worker_, [this, request, candidates = std::move(candidates)] {
        if ((*store_->tip())->height() + 1 != request.height) return;
        auto built =
            build_block(build_context(), services_.key.public_key(), request.view, now(), candidates);
        if (!built) return boost::asio::post(strand_, [this, error = built.error()] { fatal(error); });
        boost::asio::post(
            strand_, [this, request, candidates, block = built->block, unsound = built->unsound] {
                if (unsound) {
                    spdlog::critical(
                        "chain {}: a contract breaks conservation with transaction {}, which is put "
                        "into no block; report it",
                        genesis_.fields.name(), to_hex(*unsound));
                    mempool_.drop(*unsound, Code::conservation_violated);
                    left({*unsound}, Code::conservation_violated);
                }
                this->built(request, block, candidates);
            });
    });
}

// No honest primary builds so much, and it would not fit the record of votes: after a power cut nobody but
// its proposer might have it, and a certificate would bind everybody to it.
void Chain::refuse_size(const Hash& block) {
    refused_ = Refused{replica_->height(), replica_->view(),
                       "block " + to_hex(block) + " has more than " + std::to_string(kBlockTransactions) +
                           " transactions or " + std::to_string(kBlockBytes) + " bytes of them"};
    spdlog::warn("refused a proposal: chain={} why=\"{}\"", genesis_.fields.name(), refused_->why);
    boost::asio::post(strand_,
                      [this, block, height = replica_->height()] { executed(block, height, nullptr); });
}

}  // namespace pcq::node
