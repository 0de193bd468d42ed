// F10, F11: the game's paths, and agents against the closed form.
#include <algorithm>
#include <cmath>
#include <random>

#include "src/cli/model/conditions.h"
#include "src/cli/model/figures.h"

namespace pcq::cli::model {
namespace {

using namespace econ::exact::ext;  // NOLINT: the game by its names
using econ::Objective;

const Walk kLong{Rational(1, 5), 1'000};

double share(const Rational& low, const Rational& high) {
    return to_double(low) / to_double(high);
}

struct MarketPaths {
    std::vector<Curve> curves;
    bool settle = true;
};

MarketPaths market_paths(const PriceGame& game) {
    MarketPaths found;
    int colour = 0;
    for (const auto& [x, p] :
         std::vector<std::pair<Rational, Rational>>{{Rational(1, 5), Rational(9, 10)},
                                                    {Rational(4, 5), Rational(1, 5)},
                                                    {Rational(1, 20), Rational(1, 20)},
                                                    {Rational(9, 10), Rational(9, 10)}}) {
        Points points;
        const auto all = price_path({x, p}, game, kLong);
        for (const auto& state : all)
            points.emplace_back(to_double(state.sell_share), to_double(state.rel_price));
        const auto& end = all.back();
        found.settle = found.settle && abs(end.sell_share - game.rel_demand) < Rational(1, 100) &&
                       abs(end.rel_price - game.rel_demand) < Rational(1, 100);
        found.curves.push_back(
            {"from " + decimal_text(x) + ", " + decimal_text(p), points, Stroke::line, colour++, false});
    }
    const double r = to_double(game.rel_demand);
    found.curves.push_back({"rest point (r, r)", {{r, r}}, Stroke::points, 7, false});
    return found;
}

struct PlatformPaths {
    std::vector<Curve> portrait;
    std::vector<Curve> adoption;
    std::size_t adopted = 0;
    std::size_t settled = 0;  // at the stable face
    std::size_t count = 0;
    std::string face;
};

PlatformPaths platform_paths(const Game& game) {
    PlatformPaths found;
    const auto with = face(true, game);
    const auto without = face(false, game);
    const bool adopts = with.ok() && with.value.stable;
    const bool rests = adopts || (without.ok() && without.value.stable);
    const State end = adopts ? with.value.at : rests ? without.value.at : State{};
    int colour = 0;
    for (const auto& start : std::vector<State>{{Rational(1, 10), Rational(9, 10), Rational(1, 2)},
                                                {Rational(9, 10), Rational(1, 10), Rational(3, 10)},
                                                {Rational(1, 2), Rational(1, 2), Rational(9, 10)},
                                                {Rational(1, 5), Rational(1, 5), Rational(1, 10)}}) {
        Points at;
        Points z;
        const auto all = path(start, game, kLong);
        for (std::size_t i = 0; i < all.size(); ++i) {
            at.emplace_back(to_double(all[i].x), to_double(all[i].y));
            z.emplace_back(to_double(kLong.step) * static_cast<double>(i), to_double(all[i].z));
        }
        const std::string name =
            "from " + decimal_text(start.x) + ", " + decimal_text(start.y) + ", " + decimal_text(start.z);
        found.portrait.push_back({name, at, Stroke::line, colour, false});
        found.adoption.push_back({name, z, Stroke::line, colour++, false});
        ++found.count;
        found.adopted += all.back().z > Rational(1, 2) ? 1U : 0U;
        found.settled += rests && abs(all.back().x - end.x) < Rational(1, 50) &&
                                 abs(all.back().y - end.y) < Rational(1, 50) &&
                                 abs(all.back().z - end.z) < Rational(1, 50)
                             ? 1U
                             : 0U;
    }
    if (rests) {
        found.portrait.push_back(
            {"stable rest point", {{to_double(end.x), to_double(end.y)}}, Stroke::points, 7, false});
        found.face =
            "(x, y) = (" + decimal_text(end.x) + ", " + decimal_text(end.y) + "), z = " + decimal_text(end.z);
    }
    return found;
}

void put(Figure& figure, const PlatformPaths& paths, const std::string& name) {
    figure.panels.push_back({"Platform, people" + name,
                             "share of suppliers x (1)",
                             "share of demanders y (1)",
                             "",
                             paths.portrait,
                             Range{0, 1},
                             Range{0, 1},
                             {}});
    figure.panels.push_back({"Platform, the service" + name,
                             "time (1)",
                             "platforms with the service z (1)",
                             "",
                             paths.adoption,
                             {},
                             Range{0, 1},
                             {}});
}

std::string words(const PlatformPaths& paths) {
    return std::to_string(paths.adopted) + " of " + std::to_string(paths.count) +
           " paths end with the service, " + std::to_string(paths.settled) + " at the stable rest point" +
           (paths.face.empty() ? "" : " " + paths.face);
}

Figure portraits(const Inputs& inputs, const std::vector<std::pair<std::string, const Inputs*>>& games) {
    const PriceGame price{inputs.at("rel_demand"), inputs.at("price_speed")};
    const auto market = market_paths(price);
    Figure figure;
    figure.id = "F10";
    figure.title = "The evolutionary game";
    figure.parameters = inputs.summary();
    figure.expected =
        "The market winds into x = p = r; the platform's people settle, and the service is adopted or "
        "abandoned by all "
        "according to its cost.";
    figure.columns = games.size() > 1 ? 2 : 3;
    figure.as_expected = market.settle;
    figure.found = std::string("The market's paths ") + (market.settle ? "end" : "do not end") + " at (r, r)";
    if (games.size() == 1) {
        figure.panels.push_back({"Market",
                                 "share of people who sell x (1)",
                                 "price p = P_ph/e (1)",
                                 "",
                                 market.curves,
                                 {},
                                 {},
                                 {}});
    }
    for (const auto& [name, game] : games) {
        const auto paths = platform_paths(game_of(*game));
        put(figure, paths, name);
        figure.found += "; " + (name.empty() ? "" : name.substr(2) + ": ") + words(paths);
        figure.as_expected = figure.as_expected && paths.settled == paths.count;
    }
    if (games.size() > 1) {
        figure.panels.push_back({"Market",
                                 "share of people who sell x (1)",
                                 "price p = P_ph/e (1)",
                                 "",
                                 market.curves,
                                 {},
                                 {},
                                 {}});
    }
    figure.found += ".";
    return figure;
}

// Mean error of the share that sells, over so many draws.
double share_error(std::size_t n, const econ::exact::MarketIn& in, const econ::exact::MarketPrices& closed,
                   Draw draw, unsigned draws) {
    const auto effort =
        PricePerKg(econ::exact::floor_on(in.effort_cost, 1'000'000).convert_to<std::int64_t>());
    const auto price =
        PricePerKg(econ::exact::floor_on(closed.buy_price, 1'000'000).convert_to<std::int64_t>());
    const double wanted = share(closed.buy_price, in.effort_cost);
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= draws; ++seed) {
        const auto all = thetas(n, draw, seed);
        const auto sellers = std::count_if(all.begin(), all.end(), [&](std::int64_t theta) {
            return econ::sells(Ratio(theta), effort, price);
        });
        sum += std::abs(static_cast<double>(sellers) / static_cast<double>(n) - wanted);
    }
    return sum / draws;
}

// How far the crowds of the platform settle from N_d*, N_s*: damped answers to one another.
double crowd_error(std::size_t n, const econ::exact::Platform& platform, Draw draw, unsigned draws) {
    const auto best = interior_scales(platform, Objective::profit);
    const auto fees = econ::exact::fees_for(platform, best);
    const auto t = econ::exact::terms(platform);
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= draws; ++seed) {
        auto d = thetas(n, draw, 2 * seed);
        auto s = thetas(n, draw, 2 * seed + 1);
        std::sort(d.begin(), d.end());
        std::sort(s.begin(), s.end());
        const auto above = [n](const std::vector<std::int64_t>& values, double bound) {
            const auto least = static_cast<std::int64_t>(std::floor(bound * 1e9));
            const auto out = std::upper_bound(values.begin(), values.end(), least) - values.begin();
            return 1 - static_cast<double>(out) / static_cast<double>(n);
        };
        double x = 0.5;
        double y = 0.5;
        for (int i = 0; i < 200; ++i) {
            const double next_x = above(d, to_double(fees.d - t.appeal_d + 1) + to_double(t.sigma) * y);
            const double next_y =
                above(s, to_double(fees.s - t.appeal_s + 1) - to_double(platform.cross_s) * x);
            x = (3 * x + next_x) / 4;
            y = (3 * y + next_y) / 4;
        }
        sum += std::max(std::abs(x - to_double(best.d)), std::abs(y - to_double(best.s)));
    }
    return sum / draws;
}

}  // namespace

Figure phase_portraits(const Inputs& inputs) {
    return portraits(inputs, {{"", &inputs}});
}

Figure phase_portraits(const Inputs& inputs, const Inputs& other) {
    return portraits(
        inputs, {{", " + inputs.chosen_preset().name, &inputs}, {", " + other.chosen_preset().name, &other}});
}

Figure agents_and_closed_form(const Inputs& market, const Inputs& platform) {
    const auto in = market_of(market);
    const auto closed = econ::exact::market_prices(in);
    const auto crowd = platform_of(platform);
    constexpr unsigned kDraws = 12;
    Points even;
    Points drawn;
    Points crowd_even;
    Points crowd_drawn;
    Points by_n;
    Points by_root;
    bool even_small = true;
    bool drawn_small = true;
    // No multiples of ten: with those a share of a tenth would be met exactly.
    for (const std::size_t n :
         {101UL, 211UL, 499UL, 1'009UL, 2'003UL, 5'003UL, 10'007UL, 20'011UL, 50'021UL, 100'003UL}) {
        const auto x = static_cast<double>(n);
        even.emplace_back(x, share_error(n, in, closed.value, Draw::quantiles, 1));
        drawn.emplace_back(x, share_error(n, in, closed.value, Draw::random, kDraws));
        crowd_even.emplace_back(x, crowd_error(n, crowd, Draw::quantiles, 1));
        crowd_drawn.emplace_back(x, crowd_error(n, crowd, Draw::random, kDraws));
        by_n.emplace_back(x, 1 / x);
        by_root.emplace_back(x, 1 / std::sqrt(x));
        even_small = even_small && even.back().second <= 1 / x && crowd_even.back().second <= 3 / x;
        drawn_small = drawn_small && drawn.back().second <= 1 / std::sqrt(x) &&
                      crowd_drawn.back().second <= 2 / std::sqrt(x);
    }
    Figure figure;
    figure.id = "F11";
    figure.title = "Agents against the closed form";
    figure.parameters = market.summary() + "; " + platform.summary();
    figure.expected =
        "The error shrinks like 1/n with theta and v at quantiles, like 1/sqrt(n) with random draws.";
    figure.as_expected = even_small && drawn_small;
    figure.found = std::string("At quantiles the error stays ") + (even_small ? "within" : "not within") +
                   " 1/n (crowds: 3/n); drawn at random, mean of 12 draws, " +
                   (drawn_small ? "within" : "not within") + " 1/sqrt(n) (crowds: twice that).";
    figure.columns = 2;
    const auto panel = [&](const std::string& title, const Points& quantiles, const Points& random) {
        Panel made{title,
                   "agents n (1)",
                   "error of the share (1)",
                   "",
                   {{"quantiles", quantiles, Stroke::points, 0, false},
                    {"random, mean of 12", random, Stroke::points, 1, false},
                    {"1/n", by_n, Stroke::dashed, 0, false},
                    {"1/sqrt(n)", by_root, Stroke::dashed, 1, false}},
                   {},
                   {},
                   {}};
        made.log_x = true;
        made.log_y = true;
        return made;
    };
    figure.panels = {panel("Sellers on the market", even, drawn),
                     panel("Crowds of the platform", crowd_even, crowd_drawn)};
    return figure;
}

}  // namespace pcq::cli::model
