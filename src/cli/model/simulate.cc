// pcq model simulate: real households on an agent-based market, beside the closed form.
#include "src/cli/model/simulate.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "src/cli/model/commands.h"
#include "src/cli/model/conditions.h"
#include "src/cli/model/figures.h"

namespace pcq::cli::model {
namespace {

using econ::exact::MarketIn;
using econ::exact::MarketPrices;

// A price on the chain's grid of 1 uCNY/kg.
Result<PricePerKg> on_grid(const Rational& value, const std::string& flag) {
    const auto units = econ::exact::floor_on(value, 1'000'000);
    if (Rational(units) != value * 1'000'000 || units > econ::kPriceMax) {
        return Error{Code::bad_argument,
                     flag +
                         " must be a multiple of 0.000001 CNY/kg, at most 1000000, as on the chain; it is " +
                         full_text(value)};
    }
    return PricePerKg(units.convert_to<std::int64_t>());
}

Result<Ratio> ratio_on_grid(const Rational& value, const std::string& flag, const Rational& most) {
    const auto units = econ::exact::floor_on(value, kRatioOne);
    if (Rational(units) != value * kRatioOne || value < 0 || value > most) {
        return Error{Code::bad_argument, flag + " must be a multiple of 1e-9 from 0 to " +
                                             decimal_text(most) + "; it is " + full_text(value)};
    }
    return Ratio(units.convert_to<std::int64_t>());
}

Rational kg(Grams grams) {
    return Rational(grams.value(), 1'000);
}
Rational cny(MicroYuan money) {
    return Rational(money.value(), 1'000'000);
}
Rational per_kg(PricePerKg price) {
    return Rational(price.value(), 1'000'000);
}

std::string fixed(double value, int digits) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(digits) << value;
    return out.str();
}

struct Line {
    std::string key;
    std::string label;
    Rational simulated;
    Rational closed;
    Unit unit = Unit::one;
};

std::vector<Line> comparison(const Simulation& found, const MarketPrices& closed, const MarketIn& in) {
    const auto& last = found.periods.back();
    std::size_t possible = 0;
    for (const auto& agent : found.agents) possible += agent.surplus.is_positive() ? 1U : 0U;
    const Rational saving =
        in.market_price > 0 ? Rational((in.market_price - closed.sell_price) * closed.traded) : Rational(0);
    const Rational surplus = cny(found.seller_surplus);
    return {
        {"over_before", "emissions above quota, before", kg(found.deficit), in.quota_cap, Unit::kg},
        {"over_after", "emissions above quota, after", kg(found.deficit) - kg(last.traded),
         in.quota_cap - closed.traded, Unit::kg},
        {"buy_price", "P_ph", per_kg(last.buy_price), closed.buy_price, Unit::cny_per_kg},
        {"sell_price", "P_c", per_kg(last.sell_price), closed.sell_price, Unit::cny_per_kg},
        {"share", "share that sells, of those who can",
         Rational(static_cast<std::int64_t>(last.sellers),
                  static_cast<std::int64_t>(std::max<std::size_t>(1, possible))),
         closed.share, Unit::one},
        {"offered", "offered", kg(last.offered), closed.supply, Unit::kg},
        {"traded", "traded", kg(last.traded), closed.traded, Unit::kg},
        {"profit", "profit of the platform", cny(last.profit), closed.profit, Unit::cny},
        {"seller_surplus", "sellers' surplus (8)", surplus, closed.seller_surplus, Unit::cny},
        {"buyer_saving", "buyers' saving (P - P_c)", cny(found.buyer_saving), saving, Unit::cny},
        {"welfare", "welfare: profit, surplus, saving", cny(last.profit) + surplus + cny(found.buyer_saving),
         closed.profit + closed.seller_surplus + saving, Unit::cny}};
}

void put_comparison(Sheet& sheet, const std::vector<Line>& lines, const std::string& status,
                    const Rational& bound) {
    sheet.section("comparison", "The last period beside the closed form (Proposition 1, " + status + ")");
    std::vector<std::vector<Cell>> rows;
    for (const auto& line : lines) {
        const Rational off = line.simulated - line.closed;
        const std::string relative =
            line.closed == 0 ? "-" : econ::exact::to_decimal(Rational(off * 100 / line.closed), 3) + " %";
        const auto shown = [&line](const Rational& value) {
            Cell cell(value, line.unit);
            cell.text = decimal_text(value);
            return cell;
        };
        rows.push_back({Cell(line.label, boost::json::value(line.key)), shown(line.simulated),
                        shown(line.closed), shown(off), Cell(relative), Cell(name(line.unit))});
    }
    sheet.table("rows",
                {{"what", "what"},
                 {"simulated", "simulated"},
                 {"closed", "closed form"},
                 {"difference", "difference"},
                 {"relative", "relative"},
                 {"unit", "unit"}},
                rows);
    const auto price =
        std::find_if(lines.begin(), lines.end(), [](const Line& line) { return line.key == "buy_price"; });
    const bool within = abs(price->simulated - price->closed) <= bound;
    sheet.row("price_bound", "bound of the difference of P_ph", decimal_cell(bound, Unit::cny_per_kg));
    sheet.row("within_bound", "P_ph lies within it", Cell(within));
}

void explain_differences(Sheet& sheet, const Households& run, const MarketPrices& closed) {
    const auto& last = run.simulation.periods.back();
    sheet.section("differences", "Why they differ");
    sheet.note(
        "Surplus: households have very different ones; in the closed form a share of the people holds the "
        "same share of the surplus. The bound of P_ph is three standard deviations of the share of the "
        "surplus "
        "whose owners' theta lies below P_ph/e, theta drawn independently, and two steps of the largest "
        "surplus; it "
        "shrinks like 1/sqrt(n).");
    sheet.note(
        "Supply: it moves in steps of one household's surplus, so no price meets the demand exactly; here " +
        decimal_text(kg(last.offered)) + " kg are offered for " + decimal_text(kg(run.simulation.demand)) +
        " kg wanted.");
    sheet.note(
        "Price: it is found by trial from period to period (next_buy_price), from what was offered and "
        "wanted; " +
        std::string(per_kg(last.buy_price) == closed.buy_price ? "it is the closed form's here."
                                                               : "it stays near the closed form's."));
    sheet.note(
        "N: what may be offset is delta of each household's own excess, so N of the closed form is the "
        "excess of "
        "all, not all emissions. D W is what households are below their quota: it does not answer to the "
        "price.");
    sheet.note(
        "Grid: prices are whole uCNY/kg and buyers pay up, sellers get down, a uCNY at most for each trade; "
        "the "
        "platform keeps the difference.");
    sheet.note(
        "Emissions of people do not change by trading here: what is bought replaces ordinary allowances "
        "(displacement 1), so the emissions above quota fall, not emissions.");
}

void put_deciles(Sheet& sheet, const Simulation& simulation) {
    sheet.section(
        "deciles",
        "By tenth of households, from the least to the most emissions over quota: means of a household");
    std::vector<std::vector<Cell>> rows;
    const auto all = deciles(simulation);
    const auto number = [](double value, int digits) { return Cell(fixed(value, digits), value); };
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& one = all[i];
        if (one.homes == 0) continue;
        rows.push_back({Cell(i + 1), Cell(one.homes), number(one.emitted_kg, 1), number(one.quota_kg, 1),
                        number(one.over_before_kg, 1), number(one.over_after_kg, 1),
                        number(one.cost_before_cny, 2), number(one.cost_after_cny, 2)});
    }
    sheet.table("rows",
                {{"tenth", "tenth"},
                 {"homes", "homes"},
                 {"emitted_kg", "emitted kg"},
                 {"quota_kg", "quota kg"},
                 {"over_before_kg", "above quota kg"},
                 {"over_after_kg", "after trading kg"},
                 {"cost_before_cny", "cost CNY"},
                 {"cost_after_cny", "after trading CNY"}},
                rows);
    sheet.note(
        "Cost is cash: ordinary allowances at P for what is above the quota; after trading what is bought "
        "from the "
        "platform, and less what is sold to it (below 0: earned). Effort theta e is not in it.");
}

void put_periods(Sheet& sheet, const Simulation& simulation) {
    sheet.section("periods", "Periods");
    std::vector<std::vector<Cell>> rows;
    const auto& all = simulation.periods;
    for (std::size_t i = 0; i < all.size(); ++i) {
        rows.push_back({Cell(i + 1), decimal_cell(per_kg(all[i].buy_price), Unit::cny_per_kg),
                        decimal_cell(per_kg(all[i].sell_price), Unit::cny_per_kg), Cell(all[i].sellers),
                        decimal_cell(kg(all[i].offered), Unit::kg), decimal_cell(kg(all[i].traded), Unit::kg),
                        decimal_cell(cny(all[i].profit), Unit::cny)});
    }
    sheet.table("rows",
                {{"period", "period"},
                 {"buy_price", "P_ph"},
                 {"sell_price", "P_c"},
                 {"sellers", "sellers"},
                 {"offered", "offered"},
                 {"traded", "traded"},
                 {"profit", "profit"}},
                rows);
}

Sheet sheet_of(const SimulateOptions& options, const Households& run, const MarketIn& in,
               const econ::Solved<MarketPrices>& closed) {
    Sheet sheet;
    sheet.parameters(options.inputs);
    sheet.section("households", "Households");
    sheet.row("file", "file", Cell(run.file));
    sheet.row("homes", "households", Cell(run.homes.all.size()));
    if (run.homes.year) sheet.row("year", "calendar year", Cell(static_cast<std::size_t>(*run.homes.year)));
    if (run.homes.incomplete > 0)
        sheet.row("incomplete", "left out, fewer than 360 metered days in it", Cell(run.homes.incomplete));
    sheet.row("quota", "quota",
              Cell(run.homes.knows_people ? "equal for each person" : "equal for each household"));
    sheet.row("cap", "cap: all quota/all emissions", Cell(Rational(run.rules.cap.value(), kRatioOne)));
    sheet.row("supply_max", "surplus of all, D W", Cell(kg(run.simulation.supply_max), Unit::kg));
    sheet.row("deficit", "excess of all, N", Cell(kg(run.simulation.deficit), Unit::kg));
    sheet.row("demand", "wanted, N delta", Cell(kg(run.simulation.demand), Unit::kg));
    sheet.row("draw", "theta",
              Cell(run.rules.draw == Draw::quantiles ? "quantiles of (0, 1), dealt by the seed"
                                                     : "drawn from the seed"));
    sheet.row("seed", "seed", Cell(static_cast<std::size_t>(run.rules.seed)));
    put_periods(sheet, run.simulation);
    put_comparison(sheet, comparison(run.simulation, closed.value, in),
                   std::string(econ::name(closed.status)), price_bound(run.simulation, run.rules));
    explain_differences(sheet, run, closed.value);
    put_deciles(sheet, run.simulation);
    return sheet;
}

Result<MarketRules> rules_of(const SimulateOptions& options) {
    MarketRules rules;
    const auto price = [&](const std::string& key, PricePerKg& to) -> Result<> {
        const auto found = on_grid(options.inputs.at(key), flag_of(key));
        if (!found) return found.error();
        to = *found;
        return {};
    };
    if (auto done = price("effort_cost", rules.effort_cost); !done) return done.error();
    if (auto done = price("op_cost", rules.costs.op_cost); !done) return done.error();
    if (auto done = price("chain_cost", rules.costs.chain_cost); !done) return done.error();
    if (auto done = price("market_price", rules.market_price); !done) return done.error();
    const auto offset = ratio_on_grid(options.inputs.at("offset_ratio"), "--offset-ratio", 1);
    if (!offset) return offset.error();
    rules.offset_ratio = *offset;
    const auto share = quantity_from(options.cap, Unit::one);
    if (!share) return Error{Code::bad_argument, "--cap " + share.error().message};
    const auto cap = ratio_on_grid(*share, "--cap", 10);
    if (!cap) return cap.error();
    rules.cap = *cap;
    Rational start = options.inputs.at("effort_cost") / 2;
    start = Rational(econ::exact::floor_on(start, 1'000'000), 1'000'000);
    if (!options.start_price.empty()) {
        const auto given = quantity_from(options.start_price, Unit::cny_per_kg);
        if (!given) return Error{Code::bad_argument, "--start-price " + given.error().message};
        start = *given;
    }
    const auto begins = on_grid(start, "--start-price");
    if (!begins) return begins.error();
    if (!begins->is_positive() || *begins > rules.effort_cost) {
        return Error{Code::bad_argument,
                     "--start-price must be above 0 and at most e = " + to_text(rules.effort_cost)};
    }
    rules.start_price = *begins;
    rules.draw = options.draw == "random" ? Draw::random : Draw::quantiles;
    rules.seed = options.seed;
    rules.periods = options.periods;
    return rules;
}

}  // namespace

std::filesystem::path own_homes() {
    constexpr const char* kName = "us_homes_2015.csv.gz";
    std::error_code failed;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
    auto installed = program.parent_path().parent_path() / "share" / "pcq" / kName;
    if (!failed && std::filesystem::exists(installed, failed)) return installed;
    return std::filesystem::path(PCQ_MODEL_DATA) / kName;
}

Result<Households> run_households(const SimulateOptions& options) {
    const auto rules = rules_of(options);
    if (!rules) return rules.error();
    const std::filesystem::path file =
        options.file.empty() ? own_homes() : std::filesystem::path(options.file);
    auto homes = load_homes(file, options.year);
    if (!homes) return homes.error();
    auto simulation = simulate(homes->all, *rules);
    if (!simulation) return simulation.error();
    return Households{options.file.empty() ? "with the program: US homes 2015" : options.file,
                      *std::move(homes), *rules, *std::move(simulation)};
}

std::string households_summary(const SimulateOptions& options, const Households& run) {
    return std::to_string(run.homes.all.size()) + " households (" + run.file + "), cap " + options.cap +
           ", " + options.inputs.summary();
}

namespace {

Result<> show(const SimulateOptions& options, bool json) {
    const auto run = run_households(options);
    if (!run) return run.error();
    const MarketIn in{.quota_cap = kg(run->simulation.deficit),
                      .offset_ratio = options.inputs.at("offset_ratio"),
                      .effort_cost = options.inputs.at("effort_cost"),
                      .costs = {options.inputs.at("op_cost"), options.inputs.at("chain_cost")},
                      .market_price = options.inputs.at("market_price"),
                      .supply_max = kg(run->simulation.supply_max)};
    const auto closed = econ::exact::market_prices(in);
    if (!closed.ok()) return why_no_market(closed.status, in);
    if (!options.plot.empty()) {
        if (auto drawn =
                draw_to(household_deciles(run->simulation, households_summary(options, *run)), options.plot);
            !drawn)
            return drawn.error();
    }
    sheet_of(options, *run, in, closed).print(json);
    return {};
}

}  // namespace

void add_simulate(CLI::App& model, Session& session) {
    auto options = std::make_shared<SimulateOptions>();
    auto* command = model.add_subcommand(
        "simulate",
        "real households trade on an agent-based market for many periods, beside the closed form");
    options->inputs.add_to(*command);
    command
        ->add_option("--data", options->file,
                     "CSV or CSV.gz, a row a household (household_id, people, kg_total) or a row a household "
                     "and month "
                     "(household_id, period, days_in_month, days_metered, kg_co2e); else US homes of 2015")
        ->type_name("FILE");
    command
        ->add_option("--year", options->year,
                     "calendar year of monthly rows; else the one with the most complete homes")
        ->check(CLI::Range(1900, 2999))
        ->type_name("YEAR");
    command->add_option("--cap", options->cap, "quota of all households over emissions of all")
        ->type_name("RATIO")
        ->capture_default_str();
    command
        ->add_option("--draw", options->draw,
                     "theta of households: drawn, or at quantiles dealt out by the seed")
        ->check(CLI::IsMember({"quantiles", "random"}))
        ->type_name("random|quantiles")
        ->capture_default_str();
    command->add_option("--seed", options->seed, "decides who gets which theta")
        ->type_name("NUMBER")
        ->capture_default_str();
    command->add_option("--periods", options->periods, "after each the platform revises its price")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    command->add_option("--start-price", options->start_price, "P_ph of the first period; else e/2")
        ->type_name("CNY/kg");
    add_plot(*command, options->plot, "emissions and cost of households");
    explain(*command, "pcq model simulate --cap 95% --offset-ratio 20% --seed 7",
            "Households below their quota may sell what is left; those above it may offset the share delta "
            "of their excess "
            "and buy\nordinary allowances at P for the rest. Everything is computed in the integers of the "
            "chain.");
    command->callback([options, &session] {
        if (auto read = options->inputs.read(); !read) {
            session.ended = fail(read.error());
        } else if (auto done = show(*options, session.json); !done) {
            session.ended = fail(done.error());
        }
    });
}

}  // namespace pcq::cli::model
