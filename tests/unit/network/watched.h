// What threads of a node under test change and a test waits for: by the change itself, or it fails at a
// deadline.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace pcq::network {

inline constexpr std::chrono::seconds kDeadline{20};

class Watched {
protected:
    template <class Change>
    void change(Change apply) {
        {
            const std::lock_guard lock(mutex_);
            apply();
        }
        changed_.notify_all();
    }
    template <class Condition>
    bool wait(Condition condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kDeadline, condition);
    }

    std::mutex mutex_;

private:
    std::condition_variable changed_;
};

}  // namespace pcq::network
