#include "consensus/quorum.h"

#include <set>

namespace pcq::consensus {
namespace {

std::uint32_t turn(std::uint64_t height, std::uint64_t view, std::uint32_t n) {
    return static_cast<std::uint32_t>((height + view) % n);
}

// The latest misses count first. A validator that recovers is tried again once its miss is n heights old.
std::set<std::uint32_t> missed(std::uint64_t height, std::uint32_t n,
                               const std::vector<DecidedView>& recent) {
    std::set<std::uint32_t> found;
    for (auto at = recent.rbegin(); at != recent.rend() && found.size() < faults(n); ++at) {
        if (at->height + n < height || at->height >= height) continue;
        for (std::uint32_t view = 0; view < at->view && found.size() < faults(n); ++view)
            found.insert(turn(at->height, view, n));
    }
    return found;
}

}  // namespace

std::uint32_t primary(std::uint64_t height, std::uint32_t view, std::uint32_t n,
                      const std::vector<DecidedView>& recent) {
    if (view > 0) return turn(height, view, n);
    const auto skipped = missed(height, n, recent);
    std::uint32_t candidate = turn(height, 0, n);
    while (skipped.count(candidate) != 0) candidate = (candidate + 1) % n;
    return candidate;
}

}  // namespace pcq::consensus
