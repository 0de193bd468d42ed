// F1, F2, F3, F9: the market of section 3.1.
#include <algorithm>
#include <cmath>

#include "src/cli/model/figures.h"
#include "src/economics/printed/market.h"

namespace pcq::cli::model {
namespace {

using econ::Status;
using econ::exact::MarketIn;
using econ::exact::MarketPrices;
using econ::exact::Region;

constexpr double kMegatonne = 1e9;  // kg
constexpr double kBillion = 1e9;    // CNY
constexpr unsigned kSteps = 100;

// Without the ceiling, which is drawn instead.
MarketPrices free_prices(MarketIn in) {
    in.market_price = 0;
    const auto found = econ::exact::market_prices(in);
    return found.ok() ? found.value : MarketPrices{};
}

Rational cbar(const MarketIn& in) {
    return in.costs.op_cost + in.costs.chain_cost;
}

struct PriceCurves {
    std::vector<Curve> prices;
    std::vector<Curve> shares;
    bool straight = true;
    bool starts_right = true;
};

PriceCurves by_offset(const MarketIn& base) {
    PriceCurves all;
    int colour = 0;
    for (const auto& [factor, name] : std::vector<std::pair<Rational, std::string>>{
             {Rational(1, 2), "half D W"}, {1, "D W"}, {2, "twice D W"}}) {
        MarketIn in = base;
        in.supply_max = base.supply_max * factor;
        const auto at = [&in](const Rational& delta, auto what) {
            MarketIn one = in;
            one.offset_ratio = delta;
            return to_double(free_prices(one).*what);
        };
        const auto curve = [&](auto what) {
            return sample(0, 1, kSteps, [&](const Rational& delta) { return at(delta, what); });
        };
        const auto buy = curve(&MarketPrices::buy_price);
        const auto sell = curve(&MarketPrices::sell_price);
        if (in.supply_max >= in.quota_cap)
            all.straight = all.straight && is_straight(buy) && is_straight(sell);
        all.starts_right = all.starts_right && buy[0].second == 0 && sell[0].second == to_double(cbar(in));
        all.prices.push_back({"P_ph, " + name, buy, Stroke::line, colour, false});
        all.prices.push_back({"P_c, " + name, sell, Stroke::dashed, colour, false});
        all.shares.push_back({name, curve(&MarketPrices::share), Stroke::line, colour, false});
        ++colour;
    }
    return all;
}

}  // namespace

Figure price_curves(const Inputs& inputs) {
    const MarketIn in = market_of(inputs);
    auto curves = by_offset(in);
    if (in.market_price > 0) {
        curves.prices.push_back({"ceiling P",
                                 {{0, to_double(in.market_price)}, {1, to_double(in.market_price)}},
                                 Stroke::dashed,
                                 7,
                                 false});
    }
    // Against D W from a fifth of the demand, where everybody sells and it is not enough.
    const Rational demand = in.quota_cap * in.offset_ratio;
    bool flat = true;
    const auto by_supply = [&](auto what) {
        Points points;
        for (unsigned i = 1; i <= 2 * kSteps; ++i) {
            MarketIn one = in;
            one.supply_max = demand * i / 40;
            const auto found = free_prices(one);
            flat = flat && (one.supply_max <= demand ? found.buy_price == in.effort_cost
                                                     : found.buy_price < in.effort_cost);
            points.emplace_back(to_double(one.supply_max) / kMegatonne, to_double(found.*what));
        }
        return points;
    };
    const auto by_effort = [&](auto what) {
        return sample(in.effort_cost / 50, 2 * in.effort_cost, kSteps, [&](const Rational& e) {
            MarketIn one = in;
            one.effort_cost = e;
            return to_double(free_prices(one).*what);
        });
    };
    const auto pair = [](const auto& make) {
        return std::vector<Curve>{{"P_ph", make(&MarketPrices::buy_price), Stroke::line, 0, false},
                                  {"P_c", make(&MarketPrices::sell_price), Stroke::dashed, 0, false}};
    };
    Figure figure;
    figure.id = "F1";
    figure.title = "Prices of the platform";
    figure.parameters = inputs.summary();
    figure.expected =
        "Straight lines against δ, P_ph from 0 and P_c from c + c_b; P_ph is flat at e where N δ exceeds D "
        "W.";
    figure.as_expected = curves.straight && curves.starts_right && (demand == 0 || flat);
    figure.found = std::string("The lines are ") + (curves.straight ? "straight" : "not straight") +
                   (curves.starts_right ? " and begin at 0 and c + c_b" : " and begin elsewhere") +
                   "; against D W, P_ph " +
                   (flat ? "is e up to D W = N δ and falls beyond." : "does something else.");
    figure.columns = 2;
    figure.panels = {
        {"Prices against the offset ratio",
         "offset ratio δ (1)",
         "price (CNY/kg)",
         "",
         curves.prices,
         {},
         {},
         {}},
        {"Share of people who sell", "offset ratio δ (1)", "share (1)", "", curves.shares, {}, {}, {}},
        {"Prices against the surplus of all",
         "surplus of all D W (Mt)",
         "price (CNY/kg)",
         "",
         pair(by_supply),
         {},
         {},
         {}},
        {"Prices against the effort cost",
         "effort cost e (CNY/kg)",
         "price (CNY/kg)",
         "",
         pair(by_effort),
         {},
         {},
         {}}};
    return figure;
}

Figure welfare_curves(const Inputs& inputs) {
    const Region region = region_of(inputs);
    const MarketIn in = market_of(inputs);
    const auto curve = [&](const auto& of) {
        return sample(0, 1, kSteps, [&](const Rational& delta) {
            const auto found = econ::exact::welfare_terms(region, delta);
            return found.ok() ? to_double(of(delta, found.value)) / kBillion : kNoPoint;
        });
    };
    using econ::exact::Welfare;
    const auto both = curve([](const Rational&, const Welfare& w) { return w.profit_plus_surplus; });
    const auto benefit = curve([](const Rational&, const Welfare& w) { return w.enterprise_benefit; });
    const auto total = curve([](const Rational&, const Welfare& w) { return w.total_welfare; });
    const auto full = curve([&](const Rational& delta, const Welfare&) {
        return econ::exact::ext::total_welfare_full(region, in.costs, delta);
    });
    const auto best = econ::exact::offset_optimum(region);
    const double peak = best.ok() ? to_double(best.value.offset_ratio) : kNoPoint;
    double low = total[0].second;
    double high = low;
    std::size_t top = 0;
    for (std::size_t i = 0; i < total.size(); ++i) {
        low = std::min(low, total[i].second);
        high = std::max(high, total[i].second);
        if (total[i].second > total[top].second) top = i;
    }
    const bool peaks = best.ok() && std::abs(total[top].first - peak) <= 1.0 / kSteps;
    Figure figure;
    figure.id = "F2";
    figure.title = "Welfare against the offset ratio, and the best ratio";
    figure.parameters = inputs.summary();
    figure.expected = "(9) rises, (10) falls from δ = 1 - P k/(2 N) on, (11) has its peak at δ* (0.7 on T1).";
    // The slope of (10) is -N (P - 2 R/k): it rises while R = N (1 - delta) is above P k/2.
    const Rational turn =
        econ::exact::clamp_to_unit(1 - region.market_price * region.abatement_ease / (2 * region.quota_cap));
    Points rising;
    Points falling;
    for (const auto& point : benefit) (point.first <= to_double(turn) ? rising : falling).push_back(point);
    const bool turns = (rising.size() < 2 || rises(rising)) && (falling.size() < 2 || falls(falling));
    figure.as_expected = rises(both) && turns && peaks;
    figure.found = std::string("(9) ") + (rises(both) ? "rises" : "does not rise throughout") +
                   "; (11) has its peak at " +
                   (best.ok() ? "δ* = " + full_text(best.value.offset_ratio) : "no δ") + "; (10) " +
                   (turns ? "turns" : "does not turn") + " at " + full_text(turn) + ".";
    figure.columns = 2;
    figure.panels = {{"The parts",
                      "offset ratio δ (1)",
                      "welfare (10^9 CNY)",
                      "",
                      {{"(9) profit and sellers' surplus", both}, {"(10) enterprises", benefit}},
                      {},
                      {},
                      {}},
                     {"Total welfare",
                      "offset ratio δ (1)",
                      "welfare (10^9 CNY)",
                      "",
                      {{"(11) total", total},
                       {"with the buyers' saving (ours)", full},
                       {"δ*", vertical(peak, low, high), Stroke::dashed, 7, false}},
                      {},
                      {},
                      {}}};
    return figure;
}

namespace {

// k and N in the same market with mass counted in kt: there the printed condition changes inside of the map.
bool printed_in_kt(const Region& region) {
    const Rational kt = 1'000'000;
    const auto found =
        econ::printed::offset_optimum({region.quota_cap / kt, region.supply_max / kt, region.effort_cost * kt,
                                       region.market_price * kt, region.abatement_ease / (kt * kt)});
    return found.ok() && found.value.condition;
}

std::vector<Curve> wedge(const Region& region, double k_max, double n_max) {
    const double p = to_double(region.market_price);
    const double upper = to_double(region.supply_max) * p / (3 * to_double(region.effort_cost)) / kMegatonne;
    return {
        {"N = P k/2",
         {{0, 0}, {std::min(k_max, 2 * n_max * kMegatonne / p), std::min(n_max, p * k_max / 2 / kMegatonne)}},
         Stroke::dashed,
         7,
         false},
        {"N = D W P/(3 e)", {{0, upper}, {k_max, upper}}, Stroke::dashed, 4, false}};
}

}  // namespace

Figure offset_regions(const Inputs& inputs) {
    const Region base = region_of(inputs);
    const Rational k_max = 3 * base.abatement_ease;
    const Rational n_max = 2 * base.quota_cap;
    constexpr int kCells = 48;
    const std::vector<std::pair<Status, std::string>> kinds = {{Status::interior, "INTERIOR"},
                                                               {Status::corner_zero, "CORNER_ZERO"},
                                                               {Status::corner_one, "CORNER_ONE"},
                                                               {Status::corner_supply, "CORNER_SUPPLY"},
                                                               {Status::tie, "TIE"}};
    std::vector<Points> found(kinds.size());
    Points printed;
    bool is_wedge = true;
    std::size_t differ = 0;
    for (int i = 1; i <= kCells; ++i) {
        for (int j = 1; j <= kCells; ++j) {
            Region region = base;
            region.abatement_ease = k_max * (2 * i - 1) / (2 * kCells);
            region.quota_cap = n_max * (2 * j - 1) / (2 * kCells);
            const auto best = econ::exact::offset_optimum(region);
            const std::pair point{to_double(region.abatement_ease), to_double(region.quota_cap) / kMegatonne};
            for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
                if (best.status == kinds[kind].first) found[kind].push_back(point);
            }
            const bool inside =
                region.market_price * region.abatement_ease < 2 * region.quota_cap &&
                3 * region.effort_cost * region.quota_cap < region.supply_max * region.market_price;
            if (region.supply_max >= region.quota_cap)
                is_wedge = is_wedge && (best.status == Status::interior) == inside;
            const bool paper = printed_in_kt(region);
            if (paper) printed.push_back(point);
            differ += paper != (best.status == Status::interior) ? 1U : 0U;
        }
    }
    Figure figure;
    figure.id = "F3";
    figure.title = "Where the best offset ratio lies inside (Proposition 2)";
    figure.parameters = inputs.summary();
    figure.expected =
        "The wedge P k/2 < N < D W P/(3 e); the printed condition differs from it and moves with the unit of "
        "mass.";
    figure.as_expected = is_wedge && differ > 0;
    figure.found = std::string("INTERIOR is ") + (is_wedge ? "" : "not ") +
                   "the wedge; the printed condition, in kt, differs at " + std::to_string(differ) + " of " +
                   std::to_string(kCells * kCells) +
                   " points. In kg it holds nowhere here, in Mt its bound on k lies far outside of the map.";
    figure.columns = 2;
    const double k_end = to_double(k_max);
    const double n_end = to_double(n_max) / kMegatonne;
    std::vector<Curve> left;
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        if (!found[kind].empty())
            left.push_back({kinds[kind].second, found[kind], Stroke::points, static_cast<int>(kind), false});
    }
    std::vector<Curve> right = {{"printed condition holds, in kt", printed, Stroke::points, 1, false}};
    for (auto& line : wedge(base, k_end, n_end)) {
        left.push_back(line);
        right.push_back(line);
    }
    figure.panels = {{"Corrected",
                      "abatement ease k (kg^2/CNY)",
                      "emission under the cap N (Mt)",
                      "",
                      left,
                      Range{0, k_end},
                      Range{0, n_end},
                      {}},
                     {"As printed",
                      "abatement ease k (kg^2/CNY)",
                      "emission under the cap N (Mt)",
                      "",
                      right,
                      Range{0, k_end},
                      Range{0, n_end},
                      {}}};
    return figure;
}

namespace {

struct Epoch {
    double price = 0;
    double traded_kg = 0;
    double profit = 0;
};

// So many people with the same surplus each, theta at quantiles, a price that begins too low.
std::vector<Epoch> epochs(const MarketIn& in, std::size_t people, const Rational& people_of_model,
                          unsigned count) {
    const auto draws = thetas(people, Draw::quantiles, 1);
    const Rational each = in.supply_max / people_of_model;
    const Rational demand =
        in.quota_cap * in.offset_ratio * static_cast<std::int64_t>(people) / people_of_model;
    Rational price = in.effort_cost / 64;
    std::vector<Epoch> all;
    for (unsigned i = 0; i < count; ++i) {
        std::int64_t sellers = 0;
        for (const auto theta : draws)
            sellers += Rational(theta, kRatioOne) * in.effort_cost <= price ? 1U : 0U;
        const Rational supply = each * sellers;
        const Rational traded = std::min(supply, demand);
        Rational sell = 2 * price + cbar(in);
        if (in.market_price > 0) sell = std::min(sell, in.market_price);
        all.push_back({to_double(price), to_double(traded), to_double((sell - price - cbar(in)) * traded)});
        const auto next = econ::exact::ext::next_buy_price({price, demand, supply, in.effort_cost});
        price = next.ok() ? next.value : Rational(2 * price);
    }
    return all;
}

}  // namespace

Figure emission_epochs(const Inputs& inputs) {
    const MarketIn in = market_of(inputs);
    constexpr std::size_t kPeople = 2'000;
    constexpr unsigned kEpochs = 12;
    const Rational people = inputs.at("population");
    const auto all = epochs(in, kPeople, people, kEpochs);
    const double without = to_double(in.quota_cap * static_cast<std::int64_t>(kPeople) / people) / 1e3;
    std::vector<Curve> curves = {{"without the market", {}, Stroke::dashed, 7, false}};
    Curve profit{"platform's profit (right)", {}, Stroke::points, 3, true};
    bool gains = true;
    double top = 1;
    for (unsigned i = 0; i < kEpochs; ++i) {
        curves[0].points.emplace_back(i + 1, without);
        profit.points.emplace_back(i + 1, all[i].profit);
        gains = gains && all[i].profit >= 0;
        top = std::max(top, all[i].profit);
    }
    for (const auto& [displacement, name] :
         std::vector<std::pair<double, std::string>>{{0, "0"}, {0.5, "0.5"}, {1, "1"}}) {
        Curve curve{"displacement " + name, {}, Stroke::line, static_cast<int>(displacement * 2), false};
        for (unsigned i = 0; i < kEpochs; ++i)
            curve.points.emplace_back(i + 1, without - (1 - displacement) * all[i].traded_kg / 1e3);
        curves.push_back(std::move(curve));
    }
    std::rotate(curves.begin(), curves.begin() + 1, curves.end());  // over the line that it equals
    curves.push_back(profit);
    const auto closed = econ::exact::market_prices(in);
    const double expected = closed.ok() ? to_double(closed.value.traded / people) * kPeople : 0;
    const bool settles = std::abs(all.back().traded_kg - expected) <= expected / 100;
    Figure figure;
    figure.id = "F9";
    figure.title = "Consumers' emission with and without the market";
    figure.parameters = inputs.summary() + "; scaled to 2000 people, P_ph begins at e/64";
    figure.expected =
        "With displacement 0, 0.5, 1 emission changes by -traded, -traded/2, 0; the platform's profit is "
        "never negative.";
    figure.as_expected = gains && settles;
    figure.found = std::string("Traded settles at ") +
                   std::to_string(static_cast<long>(all.back().traded_kg / 1e3)) + " t (closed form " +
                   std::to_string(static_cast<long>(expected / 1e3)) + " t); profit is " +
                   (gains ? "never negative." : "negative somewhere.");
    figure.panels = {{"Emission over the periods",
                      "period (1)",
                      "emission (t)",
                      "profit (CNY)",
                      curves,
                      {},
                      Range{0, without * 1.1},
                      Range{0, top * 1.1}}};
    return figure;
}

}  // namespace pcq::cli::model
