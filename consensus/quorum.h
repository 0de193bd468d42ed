// Quorum arithmetic and the order of primaries, for any number of validators (docs/consensus.md).
#pragma once

#include <cstdint>
#include <vector>

namespace pcq::consensus {

// With at most faults(n) dishonest validators out of n, any two quorums share an honest one, and the honest
// ones alone still make a quorum. For n = 3f + 1 this is the paper's 2f + 1.
constexpr std::uint32_t faults(std::uint32_t n) {
    return (n - 1) / 3;
}
constexpr std::uint32_t quorum(std::uint32_t n) {
    return (n + faults(n)) / 2 + 1;
}
static_assert(quorum(4) == 3 && quorum(7) == 5);
static_assert(quorum(5) == 4, "2f + 1 = 3 would let two quorums of five meet in one liar");

// In which view a certified block was first proposed.
struct DecidedView {
    std::uint64_t height = 0;
    std::uint32_t view = 0;
};

// How many headers primary() looks at: those of the last n heights show who missed a turn, those of the n
// before them who stood in for whom.
constexpr std::uint32_t recent_headers(std::uint32_t n) {
    return 2 * n;
}

// The primary of (height, view) among n. The turn rotates with every height; view 0 passes over validators
// that the certified headers of the last n heights show to have missed their turn, at most faults(n) of them.
// `recent`: the last recent_headers(n), ascending. A turn missed by one that stood in is the fault of that
// one, not of the one that was passed over.
std::uint32_t primary(std::uint64_t height, std::uint32_t view, std::uint32_t n,
                      const std::vector<DecidedView>& recent);
// Whether this validator can be it, as far as that is known before the header below is: view 0 passes over
// faults(n) at most.
bool may_be_primary(std::uint32_t validator, std::uint64_t height, std::uint32_t view, std::uint32_t n);

}  // namespace pcq::consensus
