// How much of the log the connections of those whom nobody knows, or of one peer, may fill: so many lines at
// once, and then a few a minute. The log is on a disk, and whoever reaches the port could fill it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace pcq::network {

class LogShare {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::int64_t kAtOnce = 100;
    static constexpr std::chrono::seconds kOneEach{2};

    bool may_say(Clock::time_point now) {
        if (!began_) {
            began_ = true;
            since_ = now;
        }
        const auto more = (now - since_) / kOneEach;
        left_ = std::min(kAtOnce, left_ + more);
        since_ += more * kOneEach;
        if (left_ > 0) {
            --left_;
            return true;
        }
        ++left_out_;
        return false;
    }
    // Lines that were not written since this was asked last.
    std::uint64_t take_left_out() { return std::exchange(left_out_, 0); }

private:
    bool began_ = false;
    Clock::time_point since_;
    std::int64_t left_ = kAtOnce;
    std::uint64_t left_out_ = 0;
};

}  // namespace pcq::network
