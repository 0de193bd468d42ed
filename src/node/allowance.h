// What one peer may cost the chain's strand: so much at once, and so much a second from then on.
#pragma once

#include <algorithm>
#include <cstdint>

#include "src/base/instant.h"

namespace pcq::node {

class Allowance {
public:
    Allowance(std::int64_t at_once, std::int64_t a_second)
        : at_once_(at_once), a_second_(a_second), left_(at_once) {}

    // Whether it has not been used up: what is asked for last may cost more than is left, and is paid for by
    // waiting. A clock that is set back costs what would have come until then.
    bool is_left(Instant now) {
        if (now > since_) {
            const std::int64_t ms = std::min<std::int64_t>((now - since_).ms, kFullAfterMs);
            left_ = std::min(at_once_, left_ + ms * a_second_ / 1'000);
        }
        since_ = now;
        return left_ > 0;
    }
    void spend(std::int64_t cost) { left_ -= cost; }

private:
    static constexpr std::int64_t kFullAfterMs = 3'600'000;  // so that no product overflows
    std::int64_t at_once_;
    std::int64_t a_second_;
    std::int64_t left_;
    Instant since_;
};

}  // namespace pcq::node
