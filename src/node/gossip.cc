#include "src/node/gossip.h"

#include <algorithm>
#include <utility>

namespace pcq::node {
namespace {

constexpr std::size_t kBatchBytes = 256 * 1024;
constexpr std::chrono::milliseconds kBatchDelay{5};  // a new transaction waits for company

// Shorter than the time-out of a view whose primary has nothing to propose, so that a transaction that only
// one honest node holds costs nobody a view change.
constexpr Duration kStalled{150};
// While blocks are made: longer than a busy network usually takes.
constexpr Duration kForgotten{3'000};
constexpr std::chrono::milliseconds kLook{50};
// Each time, by all nodes together: as many more nodes each say it to as many more.
constexpr std::size_t kRemindersAtOnce = 2'000;

}  // namespace

Gossip::Gossip(const Strand& strand, Hooks hooks)
    : hooks_(std::move(hooks)), batch_timer_(strand), reminder_timer_(strand) {}

void Gossip::admitted(const ledger::VerifiedTransaction& transaction, bool from_client) {
    if (stopped_) return;
    if (from_client) say(transaction->bytes());
    held_.front().push_back({hooks_.now(), transaction->hash()});
    if (!reminder_waits_) remind_after(std::chrono::milliseconds(kStalled.ms));
}

void Gossip::progressed() {
    progress_at_ = hooks_.now();
}

void Gossip::stop() {
    stopped_ = true;
    batch_timer_.cancel();
    reminder_timer_.cancel();
}

void Gossip::say(const Bytes& transaction) {
    batch_.push_back(transaction);
    batch_bytes_ += transaction.size();
    if (batch_bytes_ >= kBatchBytes) return flush();
    if (std::exchange(batch_waits_, true)) return;
    batch_timer_.expires_after(kBatchDelay);
    batch_timer_.async_wait([this](boost::system::error_code failure) {
        batch_waits_ = false;
        if (!failure && !stopped_) flush();
    });
}

void Gossip::flush() {
    if (batch_.empty()) return;
    batch_bytes_ = 0;
    hooks_.send(std::exchange(batch_, {}));
}

bool Gossip::is_due(const Held& held, std::size_t round, Instant now) const {
    if (now < held.since) return true;  // the clock has been set back: not never
    const Duration waits = now - held.since;
    const std::int64_t times = std::int64_t{1} << round;
    const bool is_stalled = now < progress_at_ || now - progress_at_ >= kStalled;
    return waits >= kForgotten * times || (waits >= kStalled * times && is_stalled);
}

bool Gossip::is_empty() const {
    return std::all_of(held_.begin(), held_.end(), [](const auto& held) { return held.empty(); });
}

void Gossip::remind() {
    const Instant now = hooks_.now();
    const std::size_t most = std::max<std::size_t>(1, kRemindersAtOnce / (hooks_.peers() + 1));
    std::size_t said = 0;
    // What was said least goes first: nobody else may have it.
    for (std::size_t round = 0; round < held_.size(); ++round) {
        auto& held = held_[round];
        while (!held.empty() && said < most) {
            const auto transaction = hooks_.waiting(held.front().hash);
            if (transaction) {
                if (!is_due(held.front(), round, now)) break;
                say((*transaction)->bytes());
                held_[std::min(round + 1, held_.size() - 1)].push_back({now, held.front().hash});
                ++said;
            }
            held.pop_front();
        }
    }
    if (!is_empty()) remind_after(kLook);
}

void Gossip::remind_after(std::chrono::milliseconds delay) {
    reminder_waits_ = true;
    reminder_timer_.expires_after(delay);
    reminder_timer_.async_wait([this](boost::system::error_code failure) {
        reminder_waits_ = false;
        if (!failure && !stopped_) remind();
    });
}

}  // namespace pcq::node
