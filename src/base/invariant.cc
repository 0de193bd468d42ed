#include "src/base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace pcq {

void invariant_failed(const char* condition, const char* file, int line) {
    // stderr, not the log: the log may be what is broken, and the last words must get out.
    std::fprintf(stderr, "invariant failed: %s at %s:%d\n", condition, file, line);
    std::fflush(stderr);
    std::abort();
}

}  // namespace pcq
