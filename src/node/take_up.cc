#include "src/node/take_up.h"

#include <spdlog/spdlog.h>

#include "src/node/fate.h"

namespace pcq::node {
namespace {

constexpr int kAtOnce = 100;  // looked up before others have their turn on the thread

bool is_of_room(Code code) {
    return code == Code::mempool_full || code == Code::mempool_account_full || code == Code::limit_reached;
}

}  // namespace

TakeUp::TakeUp(Chain& chain, Inboxes& inboxes) : chain_(chain), inboxes_(inboxes) {
    const auto taken = inboxes.of(chain.id()).taken();
    left_.assign(taken.begin(), taken.end());
    coming_.insert(taken.begin(), taken.end());
}

void TakeUp::begin() {
    inboxes_.then([this] { go_on(); });
}

bool TakeUp::is_coming(const Hash& hash) const {
    const std::lock_guard lock(mutex_);
    return coming_.count(hash) != 0;
}

void TakeUp::committed() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(has_no_room_, false)) begin();
}

void TakeUp::go_on() {
    for (int looked_up = 0; looked_up < kAtOnce; ++looked_up) {
        Hash hash;
        {
            const std::lock_guard lock(mutex_);
            if (left_.empty()) return;
            hash = left_.front();
            left_.pop_front();
        }
        const auto place = chain_.store().find_transaction(hash);
        if (place && *place) {
            passed(hash);
            continue;
        }
        auto found = fate_of(chain_.store(), inboxes_.of(chain_.id()), chain_.id(), hash);
        if (found.held)
            return chain_.submit(*std::move(found.held),
                                 [this, hash](const Result<Hash>& result) { offered(hash, result); });
        if (found.is_new_refusal) inboxes_.refuse(chain_.id(), hash, found.fate.reason->code);
        passed(hash);
    }
    begin();
}

void TakeUp::offered(const Hash& hash, const Result<Hash>& result) {
    if (!result && is_of_room(result.error().code)) {
        const std::lock_guard lock(mutex_);
        left_.push_front(hash);
        has_no_room_ = true;
        return;
    }
    if (!result && is_refusal_to_remember(result.error().code, chain_.store().base()))
        inboxes_.refuse(chain_.id(), hash, result.error().code);
    passed(hash);
    begin();
}

void TakeUp::passed(const Hash& hash) {
    const std::lock_guard lock(mutex_);
    coming_.erase(hash);
    if (coming_.empty())
        spdlog::info("what had been handed in before the start is with the mempool again: chain={}",
                     chain_.genesis().fields.name());
}

}  // namespace pcq::node
