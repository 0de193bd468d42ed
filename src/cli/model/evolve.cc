// pcq model evolve: the evolutionary game, its rest points, their stability, and a path.
#include "src/cli/model/commands.h"
#include "src/cli/model/conditions.h"
#include "src/cli/model/figures.h"

namespace pcq::cli::model {
namespace {

using namespace econ::exact::ext;  // NOLINT: the game by its names

struct EvolveOptions {
    Inputs inputs{kGameKeys, "T4"};
    std::string start = "0.1,0.9,0.5";
    std::string time = "200";
    unsigned points = 10;  // of the paths that are shown, after the start
    std::string plot;
};

std::string flow(bool stable) {
    return stable ? "stable" : "unstable";
}

// l^2 - trace l + det = 0, square roots to 1e-12: "-0.1", "-0.12 +- 0.32 i".
std::string eigenvalues(const Rational& trace, const Rational& det) {
    const Rational under = trace * trace / 4 - det;
    const Rational root = econ::exact::sqrt_below(under < 0 ? Rational(-under) : under, 12);
    if (under < 0) return decimal_text(trace / 2) + " +- " + decimal_text(root) + " i";
    return decimal_text(trace / 2 - root) + ", " + decimal_text(trace / 2 + root);
}

void put_price_game(Sheet& sheet, const PriceGame& game, const Walk& walk, unsigned points) {
    sheet.section("market", "E1, the market: x sellers, p = P_ph/e; x' = x (1 - x)(p - x), p' = a (r - x)");
    if (const auto rest = price_rest(game); rest.ok()) {
        sheet.row("rest", "rest point x = p = r, which is (7)", Cell(rest.value.at.sell_share));
        sheet.row("eigenvalues", "its eigenvalues", Cell(eigenvalues(rest.value.trace, rest.value.det)));
        sheet.row("stable", "it is", Cell(flow(rest.value.stable), rest.value.stable));
    }
    const auto all = price_path({Rational(1, 5), Rational(9, 10)}, game, walk);
    std::vector<std::vector<Cell>> rows;
    for (unsigned i = 0; i <= points; ++i) {
        const std::size_t at = static_cast<std::size_t>(walk.steps) * i / points;
        rows.push_back({decimal_cell(walk.step * static_cast<unsigned>(at)), decimal_cell(all[at].sell_share),
                        decimal_cell(all[at].rel_price)});
    }
    sheet.table("path", {{"time", "time"}, {"x", "x"}, {"p", "p"}}, rows);
}

void put_rest_points(Sheet& sheet, const Game& game) {
    sheet.section("platform", "E2, the platform: x suppliers, y demanders, z platforms with the service");
    std::vector<std::vector<Cell>> corners;
    for (const auto& vertex : vertices(game)) {
        const auto& [l1, l2, l3] = vertex.eigenvalues;
        corners.push_back({Cell(vertex.at.x), Cell(vertex.at.y), Cell(vertex.at.z), Cell(l1), Cell(l2),
                           Cell(l3), Cell(flow(vertex.stable), vertex.stable)});
    }
    sheet.table("vertices",
                {{"x", "x"},
                 {"y", "y"},
                 {"z", "z"},
                 {"l1", "eigenvalue 1"},
                 {"l2", "2"},
                 {"l3", "3"},
                 {"stable", "is"}},
                corners);
    sheet.section("faces", "Rest points with 0 < x, y < 1");
    std::vector<std::vector<Cell>> faces;
    for (const bool adopted : {false, true}) {
        const auto face = econ::exact::ext::face(adopted, game);
        if (!face.ok()) {
            sheet.note(std::string("None with z = ") + (adopted ? "1: " : "0: ") +
                       (face.status == econ::Status::degenerate
                            ? "E_DEGENERATE, 1 + sigma alpha_s is 0."
                            : "E_SCALE_RANGE, x or y would leave 0 to 1."));
            continue;
        }
        faces.push_back({Cell(face.value.at.x), Cell(face.value.at.y), Cell(face.value.at.z),
                         Cell(eigenvalues(face.value.trace_xy, face.value.det_xy)), Cell(face.value.eigen_z),
                         Cell(flow(face.value.stable), face.value.stable)});
    }
    for (const auto& point : interior(game)) {
        const auto& c = point.characteristic;
        faces.push_back({Cell(point.at.x), Cell(point.at.y), Cell(point.at.z),
                         Cell("l^3 + " + decimal_text(c.a1) + " l^2 + " + decimal_text(c.a2) + " l + " +
                              decimal_text(c.a3)),
                         Cell("-"), Cell(flow(c.stable), c.stable)});
    }
    sheet.table("points",
                {{"x", "x"},
                 {"y", "y"},
                 {"z", "z"},
                 {"eigen_xy", "eigenvalues in x, y"},
                 {"eigen_z", "in z"},
                 {"stable", "is"}},
                faces);
}

void put_adoption(Sheet& sheet, const Game& game) {
    sheet.section("adoption",
                  "Adopting the service (z = 1) lasts if q (f_d beta_d + f_s beta_s) > k q^2/2 + c_b x y");
    const auto face = econ::exact::ext::face(true, game);
    if (!face.ok()) {
        sheet.note("There is no rest point with z = 1 and 0 < x, y < 1.");
        return;
    }
    const auto& p = game.platform;
    const Rational income = p.service_level * (game.fees.d * p.sens_d + game.fees.s * p.sens_s);
    const Rational cost =
        econ::exact::service_expense(p) + game.chain_cost * face.value.at.x * face.value.at.y;
    sheet.row("income", "what the service brings, left side", Cell(income));
    sheet.row("cost", "what it costs, right side", Cell(cost));
    sheet.row("adopted", "adoption", Cell(income > cost ? "lasts" : "does not last", income > cost));
}

void put_path(Sheet& sheet, const Game& game, const State& start, const Walk& walk, unsigned points) {
    sheet.section("path", "A path of E2");
    const auto all = path(start, game, walk);
    std::vector<std::vector<Cell>> rows;
    for (unsigned i = 0; i <= points; ++i) {
        const std::size_t at = static_cast<std::size_t>(walk.steps) * i / points;
        rows.push_back({decimal_cell(walk.step * static_cast<unsigned>(at)), decimal_cell(all[at].x),
                        decimal_cell(all[at].y), decimal_cell(all[at].z)});
    }
    sheet.table("points", {{"time", "time"}, {"x", "x"}, {"y", "y"}, {"z", "z"}}, rows);
}

Result<State> start_from(const std::string& text) {
    const auto refused =
        Error{Code::bad_argument, "--start must be x,y,z: three shares from 0 to 1; it is \"" + text + "\""};
    std::vector<Rational> shares;
    std::size_t from = 0;
    while (from <= text.size()) {
        const auto to = std::min(text.find(',', from), text.size());
        const auto share = quantity_from(text.substr(from, to - from), Unit::one);
        if (!share || *share < 0 || *share > 1) return refused;
        shares.push_back(*share);
        from = to + 1;
    }
    if (shares.size() != 3) return refused;
    return State{shares[0], shares[1], shares[2]};
}

Result<Walk> walk_of(const std::string& text) {
    const auto time = quantity_from(text, Unit::one);
    if (!time || *time <= 0 || *time > 10'000) {
        return Error{Code::bad_argument,
                     "--time must be a number above 0, at most 10000; it is \"" + text + "\""};
    }
    constexpr unsigned kSteps = 1'000;
    // Not coarser than a tenth: the field changes by less than one in a unit of time.
    const auto steps = econ::exact::floor_on(*time, 10).convert_to<unsigned>();
    const unsigned count = std::max(kSteps, steps);
    return Walk{*time / count, count};
}

Result<> evolve(const EvolveOptions& options, bool json) {
    const auto start = start_from(options.start);
    if (!start) return start.error();
    const auto walk = walk_of(options.time);
    if (!walk) return walk.error();
    const auto game = game_of(options.inputs);
    const PriceGame price{options.inputs.at("rel_demand"), options.inputs.at("price_speed")};
    if (!options.plot.empty()) {
        if (auto drawn = draw_to(phase_portraits(options.inputs), options.plot); !drawn) return drawn.error();
    }
    Sheet sheet;
    sheet.parameters(options.inputs);
    put_price_game(sheet, price, *walk, options.points);
    put_rest_points(sheet, game);
    put_adoption(sheet, game);
    put_path(sheet, game, *start, *walk, options.points);
    sheet.print(json);
    return {};
}

}  // namespace

void add_evolve(CLI::App& model, Session& session) {
    auto options = std::make_shared<EvolveOptions>();
    auto* command = model.add_subcommand(
        "evolve", "the evolutionary game of people, platform and price: rest points, stability, a path");
    options->inputs.add_to(*command);
    command->add_option("--start", options->start, "where the path begins: suppliers, demanders, platforms")
        ->type_name("X,Y,Z")
        ->capture_default_str();
    command->add_option("--time", options->time, "how long it is; time has no unit")
        ->type_name("TIME")
        ->capture_default_str();
    command->add_option("--points", options->points, "of the paths to show after their start")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    add_plot(*command, options->plot, "the phase portraits");
    explain(*command, "pcq model evolve --preset T4-costly --start 0.5,0.5,0.9",
            "The paper announces a game and gives no equations; these follow from its utilities.");
    command->callback([options, &session] {
        if (auto read = options->inputs.read(); !read) {
            session.ended = fail(read.error());
        } else if (auto done = evolve(*options, session.json); !done) {
            session.ended = fail(done.error());
        }
    });
}

}  // namespace pcq::cli::model
