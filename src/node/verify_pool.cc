#include "src/node/verify_pool.h"

#include <algorithm>

namespace pcq::node {
namespace {

constexpr std::uint32_t kUrgentInARow = 7;

}  // namespace

void VerifyPool::Queue::push(const Source& source, std::size_t cost, Work work) {
    std::uint64_t& end = last_[source];
    end = std::max(end, now_) + cost;
    waiting_.emplace(end, std::move(work));
}

VerifyPool::Work VerifyPool::Queue::pop() {
    auto next = waiting_.extract(waiting_.begin());
    now_ = next.key();
    if (waiting_.empty()) last_.clear();
    return std::move(next.mapped());
}

VerifyPool::VerifyPool(std::uint32_t threads) {
    for (std::uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

VerifyPool::~VerifyPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void VerifyPool::post(Urgency urgency, const Source& source, std::size_t cost, std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        (urgency == Urgency::consensus ? urgent_ : usual_).push(source, cost, std::move(work));
    }
    ready_.notify_one();
}

std::size_t VerifyPool::waiting() const {
    const std::lock_guard lock(mutex_);
    return urgent_.size() + usual_.size();
}

void VerifyPool::run() {
    while (true) {
        std::function<void()> work;
        {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [this] { return stopping_ || !urgent_.empty() || !usual_.empty(); });
            if (stopping_) return;
            const bool is_turn = urgent_in_a_row_ >= kUrgentInARow && !usual_.empty();
            const bool is_usual = urgent_.empty() || is_turn;
            urgent_in_a_row_ = is_usual ? 0 : urgent_in_a_row_ + 1;
            work = (is_usual ? usual_ : urgent_).pop();
        }
        work();
    }
}

}  // namespace pcq::node
