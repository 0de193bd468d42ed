#include "src/node/intake.h"

#include <utility>

#include "src/base/invariant.h"

namespace pcq::node {
namespace {

// A tenth of a core, roughly. What is here already costs a hash, and is repeated in good faith where blocks
// are full; all else that is refused was decoded and held against the state.
constexpr std::int64_t kCostOfKnown = 1;
constexpr std::int64_t kCostOfRefused = 10;
constexpr std::int64_t kCostAtOnce = 200'000;
constexpr std::int64_t kCostASecond = 40'000;

std::size_t bytes_of(const network::Delivery& delivery) {
    std::size_t sum = 0;
    for (const auto& bytes : delivery.message.transactions().transactions()) sum += bytes.size();
    return sum;
}

}  // namespace

Allowance& Intake::allowance_of(const Peer& peer) {
    return allowances_.try_emplace(peer, kCostAtOnce, kCostASecond).first->second;
}

bool Intake::add(network::Delivery delivery) {
    const std::size_t bytes = bytes_of(delivery);
    const int count = delivery.message.transactions().transactions_size();
    if (count > kCountMax || bytes > kBytesMax) return false;
    if (count == 0) return true;
    const Peer from = delivery.from;
    const auto [at, is_new] = waiting_.try_emplace(from);
    Waiting& waiting = at->second;
    if (is_new) turns_.push_back(from);
    if (waiting.bytes + bytes > kWaitingMax) return true;
    waiting.bytes += bytes;
    waiting.messages.push_back(std::move(delivery));
    return true;
}

Intake::Arrived Intake::next(Instant now) {
    PCQ_INVARIANT(!turns_.empty());
    const Peer peer = turns_.front();
    turns_.pop_front();
    Waiting& waiting = waiting_.at(peer);
    auto& message = waiting.messages.front();
    auto& transactions = *message.message.mutable_transactions()->mutable_transactions();
    Arrived arrived{peer, {}, message.guard, !allowance_of(peer).is_left(now)};
    for (int i = 0; i < kAtOnce && waiting.taken < transactions.size(); ++i) {
        arrived.transactions.push_back(std::move(transactions[waiting.taken++]));
        waiting.bytes -= arrived.transactions.back().size();
    }
    if (waiting.taken == transactions.size()) {
        waiting.messages.pop_front();
        waiting.taken = 0;
    }
    waiting.messages.empty() ? void(waiting_.erase(peer)) : turns_.push_back(peer);
    return arrived;
}

void Intake::refused(const Peer& peer, Code why) {
    allowance_of(peer).spend(why == Code::transaction_known ? kCostOfKnown : kCostOfRefused);
}

}  // namespace pcq::node
