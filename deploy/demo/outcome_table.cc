// An outcome as people read it: measured beside the model, and why they differ.
#include <cstdio>

#include <fmt/format.h>

#include "deploy/demo/outcome.h"
#include "src/base/wide.h"

namespace pcq::demo {
namespace {

std::string kg(Grams grams) {
    return fmt::format("{:.0f}", static_cast<double>(grams.value()) / 1e3);
}
std::string cny(MicroYuan amount) {
    return fmt::format("{:.2f}", static_cast<double>(amount.value()) / 1e6);
}
std::string per_kg(PricePerKg price) {
    return fmt::format("{:.4f}", static_cast<double>(price.value()) / 1e6);
}

struct Line {
    std::string label;
    std::string (*of)(const Outcome&, const Results&, std::size_t decile);
    std::size_t decile = 0;
};

std::vector<Line> lines() {
    std::vector<Line> all{
        {"emissions above the cap, kg",
         [](const Outcome& outcome, const Results&, std::size_t) {
             return kg(Grams(outcome.emitted.value() - outcome.cap.value()));
         }},
        {"excess of households, kg",
         [](const Outcome& outcome, const Results&, std::size_t) { return kg(outcome.excess); }},
        {"  offset with purchases, kg",
         [](const Outcome&, const Results& found, std::size_t) { return kg(found.offset); }},
        {"  left, and penalised, kg",
         [](const Outcome&, const Results& found, std::size_t) { return kg(found.penalised); }},
        {"sold by people, kg",
         [](const Outcome&, const Results& found, std::size_t) { return kg(found.sold); }},
        {"sellers get, CNY/kg",
         [](const Outcome&, const Results& found, std::size_t) { return per_kg(found.buy); }},
        {"buyers pay, CNY/kg",
         [](const Outcome&, const Results& found, std::size_t) { return per_kg(found.sell); }},
        {"platform's profit, CNY",
         [](const Outcome&, const Results& found, std::size_t) { return cny(found.profit); }},
        {"sellers' surplus (8), CNY",
         [](const Outcome&, const Results& found, std::size_t) { return cny(found.seller_surplus); }},
        {"profit and surplus (9), CNY",
         [](const Outcome&, const Results& found, std::size_t) { return cny(found.profit_plus_surplus); }},
        {"total welfare (11), CNY",
         [](const Outcome&, const Results& found, std::size_t) { return cny(found.total_welfare); }}};
    for (std::size_t i = 0; i < kDeciles; ++i) {
        all.push_back(
            {fmt::format("cost of a household, tenth {}, CNY", i + 1),
             [](const Outcome&, const Results& found, std::size_t decile) { return cny(found.cost[decile]); },
             i});
    }
    return all;
}

// Of the platform's profit, measured less expected.
struct Difference {
    Grams sold;  // by the platform
    MicroYuan all;
    MicroYuan by_quantity;  // at the margin that the model expects
    MicroYuan by_price;
};
Difference difference_of(const Outcome& outcome) {
    const Results& measured = outcome.measured;
    const Results& model = outcome.model;
    Difference parts;
    parts.sold = Grams(measured.sold.value() - outcome.unsold.value());
    parts.all = MicroYuan(measured.profit.value() - model.profit.value());
    // A kilogram brings its seller's price as margin, at the clearing pair: P_c - P_ph - c - c_b = P_ph.
    parts.by_quantity = MicroYuan(static_cast<std::int64_t>(
        static_cast<Int128>(parts.sold.value() - model.offset.value()) * model.buy.value() / 1'000));
    parts.by_price = MicroYuan(parts.all.value() + outcome.unsold_cost.value() - parts.by_quantity.value());
    return parts;
}

void explain(const Outcome& outcome) {
    const Results& model = outcome.model;
    fmt::print(
        "\nWhy they differ\n"
        "  Emissions are those of the meters: nobody emits less for being able to trade, so the first two\n"
        "  lines are the same in every scenario. Households that emit least come first.\n");
    if (outcome.kind == Kind::no_trade) {
        fmt::print(
            "  Without trade there is nothing to differ in: who lacks quota is penalised for all of it.\n");
        return;
    }
    fmt::print(
        "  The model looks at the year as a whole and at a share of the surplus; here prices come every "
        "month\n"
        "  from what has accrued by then, and each household has a surplus and a theta of its own.\n"
        "  Sold by households that lacked it when the year was over: {} kg. It makes their excess larger "
        "than\n"
        "  the model's N, and their cost with it.\n",
        kg(outcome.sold_too_early));
    if (outcome.kind == Kind::trade) {
        const Difference profit = difference_of(outcome);
        fmt::print(
            "  The platform sold {} kg, {} kg more than the model expects (whoever has theta e above P_ph "
            "keeps\n"
            "  the surplus, however large). It bought {} kg that nobody took, for {} CNY. Profit differs by "
            "{}\n"
            "  CNY: {} for what is unsold, {} for the other quantity, and {} because months have other "
            "prices\n"
            "  than the year.\n",
            kg(profit.sold), kg(Grams(profit.sold.value() - model.offset.value())), kg(outcome.unsold),
            cny(outcome.unsold_cost), cny(profit.all), cny(MicroYuan(-outcome.unsold_cost.value())),
            cny(profit.by_quantity), cny(profit.by_price));
    } else {
        fmt::print(
            "  The platform only runs the auctions: its profit are fees, {} CNY, of which the model has the\n"
            "  registration alone. Buyers offer up to P_c and sellers ask for theta e, at least P_ph; the "
            "price\n"
            "  lies where they meet, in the model at P_ph.\n",
            cny(outcome.fees));
    }
}

}  // namespace

void print_outcome(const Outcome& outcome) {
    fmt::print("\nScenario {}: {} households of {}, {:.1f} % of an excess may be offset\n",
               name(outcome.kind), outcome.households, outcome.year,
               static_cast<double>(outcome.offset_ratio.value()) / 1e7);
    fmt::print("  {:36} {:>14} {:>14}\n", "", "measured", "model");
    for (const auto& line : lines()) {
        fmt::print("  {:36} {:>14} {:>14}\n", line.label, line.of(outcome, outcome.measured, line.decile),
                   line.of(outcome, outcome.model, line.decile));
    }
    explain(outcome);
    std::fflush(stdout);
}

Result<> print_comparison(const std::vector<Outcome>& outcomes) {
    for (const auto& outcome : outcomes) {
        if (outcome.households != outcomes.front().households || outcome.year != outcomes.front().year ||
            outcome.emitted != outcomes.front().emitted) {
            return Error{Code::bad_argument, "these outcomes are of different households or years"};
        }
    }
    fmt::print("\n{} households of {}\n  {:36}", outcomes.front().households, outcomes.front().year, "");
    for (const auto& outcome : outcomes) fmt::print(" {:>14} {:>14}", name(outcome.kind), "model");
    fmt::print("\n");
    for (const auto& line : lines()) {
        fmt::print("  {:36}", line.label);
        for (const auto& outcome : outcomes) {
            fmt::print(" {:>14} {:>14}", line.of(outcome, outcome.measured, line.decile),
                       line.of(outcome, outcome.model, line.decile));
        }
        fmt::print("\n");
    }
    for (const auto& outcome : outcomes) {
        fmt::print("\n{}", name(outcome.kind));
        explain(outcome);
    }
    std::fflush(stdout);
    return {};
}

}  // namespace pcq::demo
