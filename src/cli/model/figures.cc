#include "src/cli/model/figures.h"

#include <algorithm>
#include <cmath>

namespace pcq::cli::model {
namespace {

std::vector<double> values(const Points& points) {
    std::vector<double> all;
    for (const auto& [x, y] : points) {
        if (std::isfinite(y)) all.push_back(y);
    }
    return all;
}

}  // namespace

Points vertical(double x, double low, double high) {
    return {{x, low}, {x, high}};
}

bool rises(const Points& points) {
    const auto all = values(points);
    return all.size() > 1 && std::is_sorted(all.begin(), all.end()) && all.front() < all.back();
}

bool falls(const Points& points) {
    auto turned = points;
    for (auto& point : turned) point.second = -point.second;
    return rises(turned);
}

bool is_straight(const Points& points) {
    const auto all = values(points);
    for (std::size_t i = 2; i < all.size(); ++i) {
        const double bend = all[i] - 2 * all[i - 1] + all[i - 2];
        if (std::abs(bend) > 1e-9 * (std::abs(all.front()) + std::abs(all.back()))) return false;
    }
    return true;
}

std::vector<Decile> deciles(const Simulation& simulation) {
    std::vector<const Agent*> order;
    for (const auto& agent : simulation.agents) order.push_back(&agent);
    // By emissions over quota, without dividing.
    std::stable_sort(order.begin(), order.end(), [](const Agent* a, const Agent* b) {
        return static_cast<long double>(a->emitted.value()) * static_cast<long double>(b->quota.value()) <
               static_cast<long double>(b->emitted.value()) * static_cast<long double>(a->quota.value());
    });
    std::vector<Decile> all(10);
    for (std::size_t i = 0; i < order.size(); ++i) {
        const Agent& agent = *order[i];
        Decile& decile = all[i * 10 / order.size()];
        const auto kg = [](Grams grams) { return static_cast<double>(grams.value()) / 1e3; };
        ++decile.homes;
        decile.emitted_kg += kg(agent.emitted);
        decile.quota_kg += kg(agent.quota);
        decile.over_before_kg += kg(agent.deficit);
        decile.over_after_kg += kg(agent.deficit) - kg(agent.bought);
        decile.held_after_kg += kg(agent.quota) - kg(agent.sold) + kg(agent.bought);
        decile.cost_before_cny += static_cast<double>(agent.cost_before.value()) / 1e6;
        decile.cost_after_cny += static_cast<double>(agent.cost_after.value()) / 1e6;
    }
    for (auto& decile : all) {
        if (decile.homes == 0) continue;
        const auto n = static_cast<double>(decile.homes);
        for (auto* sum : {&decile.emitted_kg, &decile.quota_kg, &decile.over_before_kg, &decile.over_after_kg,
                          &decile.held_after_kg, &decile.cost_before_cny, &decile.cost_after_cny})
            *sum /= n;
    }
    return all;
}

Figure household_deciles(const Simulation& simulation, const std::string& parameters) {
    Points emitted;
    Points quota;
    Points held;
    Points over_before;
    Points over_after;
    Points cost_before;
    Points cost_after;
    bool less_over = true;
    bool less_cost = true;
    const auto all = deciles(simulation);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& decile = all[i];
        if (decile.homes == 0) continue;
        const auto x = static_cast<double>(i + 1);
        emitted.emplace_back(x, decile.emitted_kg);
        quota.emplace_back(x, decile.quota_kg);
        held.emplace_back(x, decile.held_after_kg);
        over_before.emplace_back(x, decile.over_before_kg);
        over_after.emplace_back(x, decile.over_after_kg);
        cost_before.emplace_back(x, decile.cost_before_cny);
        cost_after.emplace_back(x, decile.cost_after_cny);
        less_over = less_over && decile.over_after_kg <= decile.over_before_kg + 1e-9;
        less_cost = less_cost && decile.cost_after_cny <= decile.cost_before_cny + 1e-6;
    }
    Figure figure;
    figure.id = "F13";
    figure.title = "Emissions and cost of households before and after trading";
    figure.parameters = parameters;
    figure.expected = "After trading nobody is further above the quota, and nobody pays more.";
    figure.as_expected = less_over && less_cost;
    figure.found = std::string(less_over ? "Emissions above the quota fall or stay in every tenth"
                                         : "Emissions above the quota rise somewhere") +
                   (less_cost ? ", and so does cost." : ", but cost rises somewhere.");
    figure.columns = 3;
    const std::string x = "tenth of households by emissions/quota (1)";
    figure.panels = {
        {"Emissions and quota",
         x,
         "emissions, quota (kg a year, mean of a household)",
         "",
         {{"emitted", emitted}, {"quota", quota}, {"quota after trading", held, Stroke::dashed, 1, false}},
         Range{1, 10},
         {},
         {}},
        {"Emissions above the quota",
         x,
         "emissions above quota (kg a year, mean of a household)",
         "",
         {{"before", over_before}, {"after", over_after}},
         Range{1, 10},
         {},
         {}},
        {"Cost",
         x,
         "cost (CNY a year, mean of a household)",
         "",
         {{"before", cost_before}, {"after", cost_after}},
         Range{1, 10},
         {},
         {}}};
    return figure;
}

}  // namespace pcq::cli::model
