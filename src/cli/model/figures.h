// The plots F1 to F12 of the specification's section 10, and F13 of households: what is drawn, what is
// expected of it, and whether the computed curves do it (decided on the exact values, not on the picture).
//
// Pure; thread-safe.
#pragma once

#include "src/cli/model/agents.h"
#include "src/cli/model/figure.h"
#include "src/cli/model/parameters.h"

namespace pcq::cli::model {

// Inputs with the market's keys.
Figure price_curves(const Inputs& inputs);     // F1
Figure welfare_curves(const Inputs& inputs);   // F2
Figure offset_regions(const Inputs& inputs);   // F3
Figure emission_epochs(const Inputs& inputs);  // F9
// With the platform's.
Figure profit_by_sensitivity(const Inputs& inputs);  // F4
Figure profit_by_ask(const Inputs& inputs);          // F5
Figure profit_by_service(const Inputs& inputs);      // F6
Figure welfare_gains(const Inputs& inputs);          // F7
Figure reduction_signs(const Inputs& inputs);        // F8
Figure fees_by_ask(const Inputs& inputs);            // F12
// With the game's; the second one for comparison.
Figure phase_portraits(const Inputs& inputs);                       // F10
Figure phase_portraits(const Inputs& inputs, const Inputs& other);  // F10
// Agents on a market and on a platform.
Figure agents_and_closed_form(const Inputs& market, const Inputs& platform);  // F11

// Emissions and cost by decile of households before and after trading.
Figure household_deciles(const Simulation& simulation, const std::string& parameters);  // F13

// The households of each tenth, by emissions over quota: means.
struct Decile {
    std::size_t homes = 0;
    double emitted_kg = 0;
    double quota_kg = 0;
    double over_before_kg = 0;  // emissions above the quota
    double over_after_kg = 0;   // after what was bought
    double held_after_kg = 0;   // quota after trading
    double cost_before_cny = 0;
    double cost_after_cny = 0;
};
std::vector<Decile> deciles(const Simulation& simulation);

// --- For drawing ---

// f at n + 1 places from low to high; NaN where f has nothing.
template <class F>
Points sample(const Rational& low, const Rational& high, unsigned n, const F& f) {
    Points points;
    for (unsigned i = 0; i <= n; ++i) {
        const Rational x = low + (high - low) * i / n;
        points.emplace_back(to_double(x), f(x));
    }
    return points;
}
Points vertical(double x, double low, double high);

bool rises(const Points& points);  // never falls, and rises somewhere; what is no number is passed over
bool falls(const Points& points);
bool is_straight(const Points& points);  // to 1e-9 of its size

}  // namespace pcq::cli::model
