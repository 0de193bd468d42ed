#include "consensus/quorum.h"

#include <set>

namespace pcq::consensus {
namespace {

std::uint32_t turn(std::uint64_t height, std::uint64_t view, std::uint32_t n) {
    return static_cast<std::uint32_t>((height + view) % n);
}

// Who missed a turn at a height.
struct Misses {
    std::uint64_t height = 0;
    std::vector<std::uint32_t> validators;
};

// The latest misses count first. A validator that recovers is tried again once its miss is n heights old.
std::uint32_t first_primary(std::uint64_t height, std::uint32_t n, const std::vector<Misses>& misses) {
    std::set<std::uint32_t> skipped;
    for (auto at = misses.rbegin(); at != misses.rend() && at->height + n >= height; ++at) {
        for (const auto validator : at->validators) {
            if (skipped.size() < faults(n)) skipped.insert(validator);
        }
    }
    std::uint32_t candidate = turn(height, 0, n);
    while (skipped.count(candidate) != 0) candidate = (candidate + 1) % n;
    return candidate;
}

}  // namespace

std::uint32_t primary(std::uint64_t height, std::uint32_t view, std::uint32_t n,
                      const std::vector<DecidedView>& recent) {
    if (view > 0) return turn(height, view, n);
    std::vector<Misses> misses;
    for (const auto& decided : recent) {
        if (decided.view == 0 || decided.height >= height || decided.height + recent_headers(n) < height)
            continue;
        Misses found{decided.height, {first_primary(decided.height, n, misses)}};
        for (std::uint32_t missed = 1; missed < decided.view && missed < n; ++missed)
            found.validators.push_back(turn(decided.height, missed, n));
        misses.push_back(std::move(found));
    }
    return first_primary(height, n, misses);
}

bool may_be_primary(std::uint32_t validator, std::uint64_t height, std::uint32_t view, std::uint32_t n) {
    const std::uint32_t passed_over = (validator + n - turn(height, view, n)) % n;
    return passed_over <= (view == 0 ? faults(n) : 0);
}

}  // namespace pcq::consensus
