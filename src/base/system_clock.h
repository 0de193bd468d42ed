// The machine's own clock, for the doers.
#pragma once

#include <chrono>

#include "src/base/instant.h"

namespace pcq {

class SystemClock final : public Clock {
public:
    Instant now() const override {
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
    }
};

inline const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace pcq
