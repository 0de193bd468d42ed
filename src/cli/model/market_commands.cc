// pcq model equilibrium, welfare, offset: section 3.1 of the paper.
#include "src/cli/model/commands.h"
#include "src/cli/model/conditions.h"
#include "src/cli/model/figures.h"
#include "src/economics/printed/market.h"

namespace pcq::cli::model {
namespace {

using namespace econ::exact;  // NOLINT: the formulas by their names

struct MarketOptions {
    Inputs inputs{kMarketKeys, "T1"};
    Variant variant = Variant::corrected;
    std::string plot;
};

Result<Sheet> corrected_equilibrium(const Inputs& inputs) {
    const MarketIn in = market_of(inputs);
    const auto solved = market_prices(in);
    if (!solved.ok()) return why_no_market(solved.status, in);
    const auto& found = solved.value;
    Sheet sheet;
    sheet.parameters(inputs);
    sheet.section("equilibrium", "Equilibrium (Proposition 1, corrected)");
    sheet.row("status", "status", Cell(std::string(econ::name(solved.status))));
    sheet.row("buy_price", "P_ph, the platform pays", Cell(found.buy_price, Unit::cny_per_kg));
    sheet.row("sell_price", "P_c, the platform takes", Cell(found.sell_price, Unit::cny_per_kg));
    sheet.row("share", "share of people who sell", Cell(found.share));
    sheet.row("demand", "demand N delta", Cell(found.demand, Unit::kg));
    sheet.row("supply", "supply", Cell(found.supply, Unit::kg));
    sheet.row("traded", "traded", Cell(found.traded, Unit::kg));
    sheet.row("unmet", "demand that finds no seller", Cell(found.unmet, Unit::kg));
    sheet.row("profit", "profit of the platform (1)", Cell(found.profit, Unit::cny));
    sheet.row("seller_surplus", "surplus of the sellers (8)", Cell(found.seller_surplus, Unit::cny));
    const auto best = best_buy_price({found.sell_price, in.effort_cost, in.costs, in.supply_max});
    if (best.ok())
        sheet.row("best_response", "best P_ph to this P_c (6)", Cell(best.value.buy_price, Unit::cny_per_kg));
    if (solved.status == econ::Status::short_supply)
        sheet.note(
            "Everybody sells and it is not enough: no price clears it, buyers are served in proportion.");
    if (solved.status == econ::Status::short_cap)
        sheet.note("The ceiling P holds P_c down, and with it P_ph and what is offered.");
    return sheet;
}

Result<Sheet> printed_equilibrium(const Inputs& inputs) {
    const MarketIn in = market_of(inputs);
    const auto solved = econ::printed::market_prices(in);
    if (!solved.ok()) return why_no_market(solved.status, in);
    const auto& [buy, sell] = solved.value;
    Sheet sheet;
    sheet.parameters(inputs);
    sheet.section("equilibrium", "Equilibrium (Proposition 1, as printed)");
    sheet.row("buy_price", "P_ph, the platform pays", Cell(buy, Unit::cny_per_kg));
    sheet.row("sell_price", "P_c, the platform takes", Cell(sell, Unit::cny_per_kg));
    const auto share = econ::printed::sell_share(buy, in.effort_cost);
    sheet.row("share", "share of people who sell (3)", Cell(share.value));
    const auto offered = econ::printed::supply(buy, in.effort_cost, in.supply_max);
    sheet.row("supply", "supply (4)", Cell(offered.value, Unit::kg));
    const auto profit = econ::printed::platform_profit({buy, sell, in.effort_cost, in.costs, in.supply_max});
    sheet.row("profit", "profit of the platform (1)", Cell(profit.value, Unit::cny));
    sheet.note("(7) as printed knows no chain cost c_b, no ceiling P and no share above 1 (D1, D3, D5).");
    return sheet;
}

Result<Sheet> welfare_sheet(const Inputs& inputs) {
    const Region region = region_of(inputs);
    const MarketIn in = market_of(inputs);
    const auto solved = welfare_terms(region, in.offset_ratio);
    if (!solved.ok()) return why_no_welfare(solved.status, region, in.offset_ratio);
    const auto& found = solved.value;
    Sheet sheet;
    sheet.parameters(inputs);
    sheet.section("welfare", "Welfare at this offset ratio");
    sheet.row("seller_surplus", "surplus of the sellers (8)", Cell(found.seller_surplus, Unit::cny));
    sheet.row("platform_profit", "profit of the platform (5)", Cell(found.platform_profit, Unit::cny));
    sheet.row("profit_plus_surplus", "both (9)", Cell(found.profit_plus_surplus, Unit::cny));
    sheet.row("abatement_cost", "enterprises' abatement cost c_1",
              Cell(found.abatement_cost, Unit::cny_per_kg));
    sheet.row("enterprise_benefit", "benefit of the enterprises (10)",
              Cell(found.enterprise_benefit, Unit::cny));
    sheet.row("total_welfare", "total welfare (11)", Cell(found.total_welfare, Unit::cny));
    sheet.row("total_welfare_full", "with the buyers' saving (ours)",
              Cell(ext::total_welfare_full(region, in.costs, in.offset_ratio), Unit::cny));
    const auto parabola = welfare_parabola(region);
    sheet.section("parabola", "(11) as a delta^2 + b delta + constant");
    sheet.row("a", "a = 3 e N^2/(2 D W) - N^2/k", Cell(parabola.a, Unit::cny));
    sheet.row("b", "b = 2 N^2/k - P N", Cell(parabola.b, Unit::cny));
    if (parabola.a == 0) {
        sheet.note("a = 0: (11) is a straight line.");
    } else {
        sheet.row("stationary", "-b/(2 a)", Cell(-parabola.b / (2 * parabola.a)));
        sheet.note(parabola.a < 0 ? "a < 0: the stationary point is a maximum."
                                  : "a > 0: the stationary point is a MINIMUM; see pcq model offset.");
    }
    return sheet;
}

std::string held(bool holds, const std::string& left, const Rational& value, const Rational& bound,
                 Unit unit) {
    return std::string(holds ? "holds" : "broken") + ": " + left + ", " + text_of(value, unit) +
           (holds ? " < " : " >= ") + text_of(bound, unit);
}

Result<Sheet> corrected_offset(const Inputs& inputs) {
    const Region region = region_of(inputs);
    const auto& [n, s, e, p, k] = region;
    const Costs costs = market_of(inputs).costs;
    const auto solved = offset_optimum(region);
    if (!solved.ok()) return why_no_offset(solved.status, region);
    const auto& found = solved.value;
    Sheet sheet;
    sheet.parameters(inputs);
    sheet.section("offset", "Best offset ratio (Proposition 2, corrected)");
    sheet.row("status", "status", Cell(std::string(econ::name(solved.status))));
    sheet.row("offset_ratio", "delta*", Cell(found.offset_ratio));
    sheet.row("top", "largest delta, min(1, D W/N)", Cell(s < n ? Rational(s / n) : Rational(1)));
    if (const auto welfare = welfare_terms(region, found.offset_ratio); welfare.ok())
        sheet.row("total_welfare", "total welfare (11) there", Cell(welfare.value.total_welfare, Unit::cny));
    sheet.row("lower_bound", "some offsetting is better than none",
              Cell(held(found.lower_bound, "P k < 2 N", p * k, 2 * n, Unit::kg), found.lower_bound));
    sheet.row("upper_bound", "some abatement is better than none",
              Cell(held(found.upper_bound, "3 e N < D W P", 3 * e * n, s * p, Unit::cny), found.upper_bound));
    sheet.row("concave", "second order",
              Cell(held(found.concave, "3 e k < 2 D W", 3 * e * k, 2 * s, Unit::kg), found.concave));
    sheet.section("full", "Best offset ratio with the buyers' saving (ours)");
    if (const auto full = ext::offset_optimum_full(region, costs); full.ok()) {
        sheet.row("status", "status", Cell(std::string(econ::name(full.status))));
        sheet.row("offset_ratio", "delta", Cell(full.value.offset_ratio));
        sheet.row("total_welfare", "welfare there", Cell(full.value.total_welfare, Unit::cny));
    }
    return sheet;
}

// The same market with mass counted in another unit.
Region in_unit(const Region& region, const Rational& kg) {
    return {region.quota_cap / kg, region.supply_max / kg, region.effort_cost * kg, region.market_price * kg,
            region.abatement_ease / (kg * kg)};
}

Result<Sheet> printed_offset(const Inputs& inputs) {
    const Region region = region_of(inputs);
    const auto solved = econ::printed::offset_optimum(region);
    if (!solved.ok()) return why_no_offset(solved.status, region);
    Sheet sheet;
    sheet.parameters(inputs);
    sheet.section("offset", "Stationary offset ratio (Proposition 2, as printed)");
    sheet.row("offset_ratio", "delta*", Cell(solved.value.offset_ratio));
    std::vector<std::vector<Cell>> rows;
    for (const auto& [unit, kg] : std::vector<std::pair<std::string, Rational>>{
             {"kg", 1}, {"t", 1'000}, {"Mt", 1'000'000'000}, {"Gt", 1'000'000'000'000}}) {
        const auto other = econ::printed::offset_optimum(in_unit(region, kg));
        rows.push_back({unit, Cell(other.value.condition)});
    }
    sheet.table("condition",
                {{"unit", "mass in"}, {"holds", "k < min(2 N/P, 2 D W/(3 e k)), N < D W P/(3 e)"}}, rows);
    sheet.note(
        "The printed condition compares kg^2/CNY with a pure number, so the unit of mass decides (D8).");
    sheet.note("delta* is printed without bounds: it may be a minimum or lie outside 0 to 1 (D9).");
    return sheet;
}

using Make = Result<Sheet> (*)(const Inputs&);
using Draw = Figure (*)(const Inputs&);

void run(Session& session, MarketOptions& options, Make make, Draw picture) {
    const auto show = [&]() -> Result<> {
        if (auto read = options.inputs.read(); !read) return read.error();
        const auto sheet = make(options.inputs);
        if (!sheet) return sheet.error();
        if (!options.plot.empty()) {
            if (auto drawn = draw_to(picture(options.inputs), options.plot); !drawn) return drawn.error();
        }
        sheet->print(session.json);
        return {};
    };
    if (const auto shown = show(); !shown) session.ended = fail(shown.error());
}

}  // namespace

void add_equilibrium(CLI::App& model, Session& session) {
    auto options = std::make_shared<MarketOptions>();
    auto* command = model.add_subcommand(
        "equilibrium", "the platform's prices P_ph and P_c, and what is traded (Proposition 1)");
    options->inputs.add_to(*command);
    add_variant(*command, options->variant);
    add_plot(*command, options->plot, "prices against delta, D W and e (F1)");
    explain(*command, "pcq model equilibrium --offset-ratio 50% --effort-cost \"200 CNY/t\"");
    command->callback([options, &session] {
        run(session, *options,
            options->variant == Variant::printed ? printed_equilibrium : corrected_equilibrium, price_curves);
    });
}

void add_welfare(CLI::App& model, Session& session) {
    auto options = std::make_shared<MarketOptions>();
    auto* command =
        model.add_subcommand("welfare", "who gains what at an offset ratio: equations (8) to (11)");
    options->inputs.add_to(*command);
    add_plot(*command, options->plot, "welfare against delta (F2)");
    explain(*command, "pcq model welfare --offset-ratio 0.7",
            "(8) to (11) are the same as printed and as corrected, but for the left side of (11).");
    command->callback([options, &session] { run(session, *options, welfare_sheet, welfare_curves); });
}

void add_offset(CLI::App& model, Session& session) {
    auto options = std::make_shared<MarketOptions>();
    auto* command = model.add_subcommand(
        "offset", "which offset ratio is best, and which bound holds it (Proposition 2)");
    options->inputs.add_to(*command);
    add_variant(*command, options->variant);
    add_plot(*command, options->plot, "where the optimum lies (F3)");
    explain(*command, "pcq model offset --market-price \"80 CNY/t\"");
    command->callback([options, &session] {
        run(session, *options, options->variant == Variant::printed ? printed_offset : corrected_offset,
            offset_regions);
    });
}

}  // namespace pcq::cli::model
