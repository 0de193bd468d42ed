#include "src/rpc/submissions.h"

#include <boost/asio/post.hpp>

#include "src/ledger/transaction.h"

namespace pcq::rpc {
namespace {

// Refusals behind which may stand that the very same transaction came before.
bool may_be_known(Code code) {
    return code == Code::transaction_known || code == Code::transaction_sequence_used ||
           code == Code::transaction_sequence_outside_window || code == Code::transaction_expired;
}

// Nothing that is still to come changes it.
bool is_final(FateKind kind) {
    return kind == FateKind::committed || kind == FateKind::rejected || kind == FateKind::expired;
}

}  // namespace

Submissions::Submissions(const boost::asio::any_io_executor& executor, Backend& backend,
                         std::size_t waiting_max)
    : backend_(backend),
      waiting_max_(waiting_max),
      strand_(boost::asio::make_strand(executor)),
      timer_(strand_) {
    gate_->target = this;
}

Submissions::~Submissions() {
    const std::lock_guard lock(gate_->mutex);
    gate_->target = nullptr;
}

void Submissions::submit(Submission submission, Done done) {
    if (submission.transaction.size() > ledger::kTransactionBytesMax) {
        return done(Error{Code::transaction_too_large,
                          "a transaction has at most " + std::to_string(ledger::kTransactionBytesMax) +
                              " bytes, got " + std::to_string(submission.transaction.size())});
    }
    if (stopped_) return done(Error{Code::stopped, "this node is stopping; ask another one"});
    if (waiting_.fetch_add(1) >= waiting_max_) {
        --waiting_;
        return done(Error{Code::too_many_requests, std::to_string(waiting_max_) +
                                                       " submitted transactions wait for an answer already; "
                                                       "try again in a second"});
    }
    const Number number = next_number_++;
    const Hash hash = ledger::transaction_hash(submission.chain, submission.transaction);
    const Deadline deadline{std::chrono::steady_clock::now() + submission.timeout, number};
    boost::asio::post(strand_,
                      [this, number,
                       entry = Entry{submission.chain, hash, submission.until_commit, deadline,
                                     std::move(done)}]() mutable { enter(number, std::move(entry)); });
    // Posted to the strand before the mempool sees it, so the block that holds it comes after on the strand.
    backend_.submit(submission.chain, std::move(submission.transaction),
                    [gate = gate_, number](Result<Hash> outcome) {
                        const std::lock_guard lock(gate->mutex);
                        if (gate->target == nullptr) return;
                        boost::asio::post(gate->target->strand_,
                                          [self = gate->target, number, outcome = std::move(outcome)] {
                                              self->admitted(number, outcome);
                                          });
                    });
}

void Submissions::committed(std::shared_ptr<const CommittedBlock> block) {
    if (waiting_ == 0) return;
    const std::lock_guard lock(gate_->mutex);
    if (gate_->target == nullptr) return;
    boost::asio::post(strand_, [this, block = std::move(block)] { on_block(*block); });
}

void Submissions::left(const ChainId& chain, std::vector<Hash> hashes) {
    if (waiting_ == 0) return;
    const std::lock_guard lock(gate_->mutex);
    if (gate_->target == nullptr) return;
    boost::asio::post(strand_, [this, chain, hashes = std::move(hashes)] { on_left(chain, hashes); });
}

void Submissions::stop() {
    stopped_ = true;
    boost::asio::post(strand_, [this] {
        while (!entries_.empty()) {
            answer(entries_.begin()->first,
                   Error{Code::stopped, "this node is stopping; ask another one for the transaction's fate"});
        }
    });
}

void Submissions::enter(Number number, Entry entry) {
    if (stopped_) {
        --waiting_;
        return entry.done(Error{Code::stopped, "this node is stopping; ask another one"});
    }
    if (entry.until_commit) until_commit_.emplace(entry.hash, number);
    deadlines_.emplace(entry.deadline, number);
    entries_.emplace(number, std::move(entry));
    arm();
}

void Submissions::admitted(Number number, const Result<Hash>& outcome) {
    const auto found = entries_.find(number);
    if (found == entries_.end()) return;
    const Entry& entry = found->second;
    if (!outcome && !may_be_known(outcome.error().code)) return answer(number, outcome.error());

    auto fate = backend_.transaction(entry.chain, entry.hash);
    const bool is_answer = outcome ? is_final(fate.kind) : fate.kind == FateKind::committed;
    if (is_answer) return answer(number, Submitted{entry.hash, std::move(fate)});
    const bool waiting = outcome || fate.kind == FateKind::pending;
    if (!waiting) return answer(number, outcome.error());
    if (entry.until_commit) return;  // its block answers
    answer(number, Submitted{entry.hash, TransactionFate{.kind = FateKind::pending}});
}

void Submissions::on_block(const CommittedBlock& block) {
    PCQ_INVARIANT(block.receipts.size() >= block.transactions.size());
    for (std::size_t i = 0; i < block.transactions.size() && !until_commit_.empty(); ++i) {
        for (const Number number : waiting_for(block.chain, block.transactions[i])) {
            answer(number,
                   Submitted{block.transactions[i], TransactionFate{.kind = FateKind::committed,
                                                                    .height = block.height,
                                                                    .index = static_cast<std::uint32_t>(i),
                                                                    .receipt = block.receipts[i]}});
        }
    }
}

void Submissions::on_left(const ChainId& chain, const std::vector<Hash>& hashes) {
    for (const auto& hash : hashes) {
        const auto numbers = waiting_for(chain, hash);
        if (numbers.empty()) continue;
        const auto fate = backend_.transaction(chain, hash);
        if (!is_final(fate.kind)) continue;  // it has been taken up again
        for (const Number number : numbers) answer(number, Submitted{hash, fate});
    }
}

std::vector<Submissions::Number> Submissions::waiting_for(const ChainId& chain, const Hash& hash) const {
    std::vector<Number> numbers;
    const auto [first, last] = until_commit_.equal_range(hash);
    for (auto it = first; it != last; ++it)
        if (entries_.at(it->second).chain == chain) numbers.push_back(it->second);
    return numbers;
}

void Submissions::answer(Number number, Result<Submitted> result) {
    auto node = entries_.extract(number);
    Entry& entry = node.mapped();
    deadlines_.erase(entry.deadline);
    const auto [first, last] = until_commit_.equal_range(entry.hash);
    for (auto it = first; it != last; ++it) {
        if (it->second == number) {
            until_commit_.erase(it);
            break;
        }
    }
    --waiting_;
    entry.done(std::move(result));
}

void Submissions::answer_with_fate(Number number) {
    const Entry& entry = entries_.at(number);
    answer(number, Submitted{entry.hash, backend_.transaction(entry.chain, entry.hash)});
}

// One timer for all: set to the first deadline, and set again when that changes.
void Submissions::arm() {
    if (deadlines_.empty()) return;
    const auto first = deadlines_.begin()->first.first;
    if (armed_ == first) return;
    armed_ = first;
    timer_.expires_at(first);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        armed_.reset();
        const auto now = std::chrono::steady_clock::now();
        while (!deadlines_.empty() && deadlines_.begin()->first.first <= now) {
            answer_with_fate(deadlines_.begin()->second);
        }
        arm();
    });
}

}  // namespace pcq::rpc
