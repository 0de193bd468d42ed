// What passes of a clock that may be set back and forth: while it is behind what it has shown before, nothing
// does until it is read again. For measuring how long ago something was; the instants are of no calendar.
#pragma once

#include <optional>

#include "src/base/instant.h"

namespace pcq::node {

class Passing {
public:
    Instant read(Instant wall) {
        if (wall_ && wall > *wall_) passed_ = passed_ + (wall - *wall_);
        wall_ = wall;
        return passed_;
    }

private:
    std::optional<Instant> wall_;  // as it was read last
    Instant passed_;
};

}  // namespace pcq::node
