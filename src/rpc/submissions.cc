#include "src/rpc/submissions.h"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "src/base/hex.h"
#include "src/ledger/table.h"
#include "src/ledger/transaction.h"

namespace pcq::rpc {
namespace {

// Refusals behind which may stand that the very same transaction came before.
bool may_be_known(Code code) {
    return code == Code::transaction_known || code == Code::transaction_sequence_used ||
           code == Code::transaction_sequence_outside_window || code == Code::transaction_expired;
}

constexpr std::size_t kFollowedMax = 65'536;
constexpr auto kFollowedFor = std::chrono::minutes(10);  // where there are so many

spdlog::level::level_enum level_of(const RequestId& request) {
    return request.is_given ? spdlog::level::info : spdlog::level::debug;
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
    const bool is_followed = spdlog::should_log(level_of(submission.request));
    boost::asio::post(
        strand_, [this, number,
                  entry = Entry{submission.chain, hash, submission.until_commit, deadline, std::move(done),
                                is_followed ? std::optional(submission.request) : std::nullopt}]() mutable {
            enter(number, std::move(entry));
        });
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
    if (!has_interest()) return;
    const std::lock_guard lock(gate_->mutex);
    if (gate_->target == nullptr) return;
    boost::asio::post(strand_, [this, block = std::move(block)] { on_block(*block); });
}

void Submissions::left(const ChainId& chain, std::vector<Hash> hashes) {
    if (!has_interest()) return;
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
    if (entry.request) follow(entry);
    deadlines_.emplace(entry.deadline, number);
    entries_.emplace(number, std::move(entry));
    arm();
}

void Submissions::admitted(Number number, const Result<Hash>& outcome) {
    const auto found = entries_.find(number);
    if (found == entries_.end()) return;
    const Entry& entry = found->second;
    const auto refuse = [&](const Error& why) {
        log_refused(entry, why);
        answer(number, why);
    };
    if (!outcome && !may_be_known(outcome.error().code)) return refuse(outcome.error());

    auto fate = backend_.transaction(entry.chain, entry.hash);
    const bool is_answer = outcome ? is_final(fate.kind) : fate.kind == FateKind::committed;
    if (is_answer) {
        log_end(entry.chain, entry.hash, fate);
        return answer(number, Submitted{entry.hash, std::move(fate)});
    }
    const bool waiting = outcome || fate.kind == FateKind::pending;
    if (!waiting) return refuse(outcome.error());
    log_admitted(entry);
    if (entry.until_commit) return;  // its block answers
    answer(number, Submitted{entry.hash, TransactionFate{.kind = FateKind::pending}});
}

void Submissions::on_block(const CommittedBlock& block) {
    PCQ_INVARIANT(block.receipts.size() >= block.transactions.size());
    for (std::size_t i = 0; i < block.transactions.size() && !(until_commit_.empty() && followed_.empty());
         ++i) {
        const Hash& hash = block.transactions[i];
        const auto numbers = waiting_for(block.chain, hash);
        if (numbers.empty() && followed_.count({block.chain, hash}) == 0) continue;
        const TransactionFate fate{.kind = FateKind::committed,
                                   .height = block.height,
                                   .index = static_cast<std::uint32_t>(i),
                                   .receipt = block.receipts[i]};
        log_end(block.chain, hash, fate);
        for (const Number number : numbers) answer(number, Submitted{hash, fate});
    }
}

void Submissions::on_left(const ChainId& chain, const std::vector<Hash>& hashes) {
    for (const auto& hash : hashes) {
        const auto numbers = waiting_for(chain, hash);
        if (numbers.empty() && followed_.count({chain, hash}) == 0) continue;
        const auto fate = backend_.transaction(chain, hash);
        if (!is_final(fate.kind)) continue;  // it has been taken up again
        log_end(chain, hash, fate);
        for (const Number number : numbers) answer(number, Submitted{hash, fate});
    }
}

void Submissions::follow(const Entry& entry) {
    const auto now = std::chrono::steady_clock::now();
    if (followed_.size() >= kFollowedMax)
        std::erase_if(followed_, [now](const auto& one) { return one.second.since + kFollowedFor < now; });
    if (followed_.size() < kFollowedMax)
        followed_.insert_or_assign({entry.chain, entry.hash}, Followed{*entry.request, now});
    followed_count_ = followed_.size();
}

void Submissions::log_refused(const Entry& entry, const Error& why) {
    if (!entry.request) return;
    followed_.erase({entry.chain, entry.hash});
    followed_count_ = followed_.size();
    spdlog::log(level_of(*entry.request),
                "transaction refused: request={} chain={} transaction={} code={} why=\"{}\"",
                entry.request->text, name_of(entry.chain), to_hex(entry.hash), name(why.code), why.message);
}

void Submissions::log_admitted(const Entry& entry) {
    if (!entry.request) return;
    spdlog::log(level_of(*entry.request), "transaction admitted: request={} chain={} transaction={}",
                entry.request->text, name_of(entry.chain), to_hex(entry.hash));
}

void Submissions::log_end(const ChainId& chain, const Hash& hash, const TransactionFate& fate) {
    const auto node = followed_.extract({chain, hash});
    if (node.empty()) return;
    followed_count_ = followed_.size();
    const RequestId& request = node.mapped().request;
    if (fate.kind == FateKind::committed) {
        const auto receipt = ledger::decode<proto::Receipt>(fate.receipt);
        spdlog::log(level_of(request),
                    "transaction committed: request={} chain={} transaction={} height={} index={} code={}",
                    request.text, name_of(chain), to_hex(hash), fate.height, fate.index,
                    receipt ? receipt->code() : 0);
    } else {
        spdlog::log(level_of(request), "transaction {}: request={} chain={} transaction={} why=\"{}\"",
                    fate.kind == FateKind::expired ? "expired" : "rejected", request.text, name_of(chain),
                    to_hex(hash), fate.reason ? fate.reason->message : "");
    }
}

std::string Submissions::name_of(const ChainId& chain) const {
    for (const auto& info : backend_.chains())
        if (info.id == chain) return info.name;
    return to_hex(chain);
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
