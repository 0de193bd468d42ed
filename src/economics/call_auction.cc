#include "src/economics/call_auction.h"

#include <algorithm>
#include <limits>

#include "src/base/wide.h"

namespace pcq::econ {
namespace {

// Neighbouring prices at which the same buyers and sellers take part.
struct Region {
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    Int128 volume = 0;
    Int128 left_over = 0;

    bool better_than(const Region& other) const {
        return volume != other.volume ? volume > other.volume : left_over < other.left_over;
    }
    bool as_good_as(const Region& other) const {
        return volume == other.volume && left_over == other.left_over;
    }
};

// The best so far: regions come by ascending price, and equally good ones are neighbours.
void take(std::optional<Region>& best, const Region& region) {
    if (!best || region.better_than(*best)) {
        best = region;
    } else if (region.as_good_as(*best)) {
        best->highest = region.highest;
    }
}

Region region(std::int64_t lowest, std::int64_t highest, Int128 demand, Int128 supply) {
    return {lowest, highest, std::min(demand, supply), demand > supply ? demand - supply : supply - demand};
}

}  // namespace

std::optional<AuctionOutcome> call_auction(std::span<const AuctionLevel> levels) {
    Int128 demand = 0;  // D at the price looked at
    for (const auto& level : levels) demand += level.demand.value();
    Int128 supply = 0;  // S at it
    std::optional<Region> best;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const std::int64_t price = levels[i].price.value();
        supply += levels[i].supply.value();
        take(best, region(price, price, demand, supply));
        demand -= levels[i].demand.value();
        // Between two levels: those who would pay only this price are out, those above are not in yet.
        if (i + 1 < levels.size() && levels[i + 1].price.value() > price + 1)
            take(best, region(price + 1, levels[i + 1].price.value() - 1, demand, supply));
    }
    if (!best || best->volume == 0) return std::nullopt;
    const std::int64_t middle = best->lowest + (best->highest - best->lowest) / 2;
    const Int128 most = std::numeric_limits<std::int64_t>::max();
    return AuctionOutcome{PricePerKg(middle), Grams(static_cast<std::int64_t>(std::min(best->volume, most)))};
}

}  // namespace pcq::econ
