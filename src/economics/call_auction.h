// A call auction: one price for everybody. Ours; the paper matches people only with the platform.
//
// At a price p the buyers whose limit is p or higher want D(p), the sellers whose limit is p or lower offer
// S(p). The price trades the most, min(D, S); among those prices it leaves the least over, |D - S|; of what
// is left, which is always one range of neighbouring prices, it is the middle, rounded down. It does not
// depend on the order in which limits arrived. 128-bit sums. Pure; thread-safe.
#pragma once

#include <optional>
#include <span>

#include "src/base/amount.h"

namespace pcq::econ {

struct AuctionLevel {
    PricePerKg price;
    Grams demand;  // of the buyers with exactly this limit
    Grams supply;  // of the sellers with exactly this limit
};
struct AuctionOutcome {
    PricePerKg price;
    Grams volume;  // positive
};
// Levels by ascending price, each once, no amount negative. Nothing if no buyer meets a seller.
std::optional<AuctionOutcome> call_auction(std::span<const AuctionLevel> levels);

}  // namespace pcq::econ
