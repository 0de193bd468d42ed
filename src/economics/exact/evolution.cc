#include "src/economics/exact/evolution.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace pcq::econ::exact::ext {
namespace {

constexpr unsigned kRootDigits = 18;
constexpr unsigned kPathDigits = 12;

// What the service earns before the chain's cost: fees of those whom it attracts less its own cost.
Rational service_income(const Game& game) {
    const Platform& p = game.platform;
    return p.service_level * (game.fees.d * p.sens_d + game.fees.s * p.sens_s) - service_expense(p);
}

// Where nobody wants to move while the share z of platforms is held: x and y as for the service level z q.
Scales held(const Rational& z, const Game& game) {
    Platform shared = game.platform;
    shared.service_level *= z;
    const Terms t = terms(shared);
    const Rational d = t.appeal_d - game.fees.d;
    const Rational s = t.appeal_s - game.fees.s;
    return {(d - t.sigma * s) / t.big_m, (s + game.platform.cross_s * d) / t.big_m};
}

bool inside(const Rational& share) {
    return is_between(0, share, 1);
}

// The real roots of a z^2 + b z + c in ascending order.
std::vector<Rational> roots(const Rational& a, const Rational& b, const Rational& c) {
    if (a == 0) {
        if (b == 0) return {};
        return {rounded(-c / b, kRootDigits)};
    }
    const Rational square = b * b - 4 * a * c;
    if (square < 0) return {};
    const Rational root = sqrt_below(square, 2 * kRootDigits);
    std::vector<Rational> found{rounded((-b - root) / (2 * a), kRootDigits)};
    if (square > 0) found.push_back(rounded((-b + root) / (2 * a), kRootDigits));
    std::sort(found.begin(), found.end());
    return found;
}

// One step of the classical Runge-Kutta method for y' = slope(y).
template <std::size_t N, class Slope>
std::array<Rational, N> runge_kutta(const std::array<Rational, N>& y, const Rational& step, Slope slope) {
    const auto moved = [&y](const std::array<Rational, N>& direction, const Rational& by) {
        std::array<Rational, N> there = y;
        for (std::size_t i = 0; i < N; ++i) there[i] = rounded(there[i] + by * direction[i], kPathDigits);
        return there;
    };
    const auto first = slope(y);
    const auto second = slope(moved(first, step / 2));
    const auto third = slope(moved(second, step / 2));
    const auto fourth = slope(moved(third, step));
    std::array<Rational, N> mean;
    for (std::size_t i = 0; i < N; ++i) {
        mean[i] = (first[i] + 2 * second[i] + 2 * third[i] + fourth[i]) / 6;
    }
    return moved(mean, step);
}

}  // namespace

PriceField price_field(const PriceState& state, const PriceGame& game) {
    const auto& [x, p] = state;
    const Rational spread = x * (1 - x);
    return {.dx = spread * (p - x),
            .dp = game.speed * (game.rel_demand - x),
            .j_xx = (1 - 2 * x) * (p - x) - spread,
            .j_xp = spread,
            .j_px = -game.speed,
            .j_pp = 0};
}

Solved<PriceRest> price_rest(const PriceGame& game) {
    if (game.speed <= 0) return Status::bad_param;
    const Rational& r = game.rel_demand;
    if (!inside(r)) return Status::scale_range;
    const PriceField f = price_field({r, r}, game);
    const Rational trace = f.j_xx + f.j_pp;
    const Rational det = f.j_xx * f.j_pp - f.j_xp * f.j_px;
    return {Status::ok, PriceRest{{r, r}, trace, det, trace < 0 && det > 0}};
}

Field field(const State& state, const Game& game) {
    const auto& [x, y, z] = state;
    const Platform& p = game.platform;
    const Rational sigma = terms(p).sigma;
    const Rational& c_b = game.chain_cost;
    const Rational sens_s = p.service_level * p.sens_s;
    const Rational sens_d = p.service_level * p.sens_d;
    const Rational u_s = (1 - x) + z * sens_s + p.cross_s * y - game.fees.s;
    const Rational u_d = (1 - y) + z * sens_d - sigma * x - game.fees.d;
    const Rational u_p = service_income(game) - c_b * x * y;
    const Rational xx = x * (1 - x);
    const Rational yy = y * (1 - y);
    const Rational zz = z * (1 - z);
    return {.payoff_s = u_s,
            .payoff_d = u_d,
            .payoff_p = u_p,
            .dx = xx * u_s,
            .dy = yy * u_d,
            .dz = zz * u_p,
            .jacobian = {{{(1 - 2 * x) * u_s - xx, p.cross_s * xx, sens_s * xx},
                          {-sigma * yy, (1 - 2 * y) * u_d - yy, sens_d * yy},
                          {-c_b * y * zz, -c_b * x * zz, (1 - 2 * z) * u_p}}}};
}

Characteristic characteristic(const Matrix& m) {
    const auto minor = [&m](std::size_t i, std::size_t j) -> Rational {
        return m[i][i] * m[j][j] - m[i][j] * m[j][i];
    };
    const Rational det = m[0][0] * minor(1, 2) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    const Rational a1 = -(m[0][0] + m[1][1] + m[2][2]);
    const Rational a2 = minor(0, 1) + minor(0, 2) + minor(1, 2);
    const Rational a3 = -det;
    return {a1, a2, a3, a1 > 0 && a3 > 0 && a1 * a2 > a3};
}

std::array<Vertex, 8> vertices(const Game& game) {
    std::array<Vertex, 8> all;
    for (unsigned i = 0; i < all.size(); ++i) {
        Vertex& vertex = all.at(i);
        vertex.at = {i / 4, i / 2 % 2, i % 2};
        const Matrix jacobian = field(vertex.at, game).jacobian;  // diagonal here
        vertex.eigenvalues = {jacobian[0][0], jacobian[1][1], jacobian[2][2]};
        vertex.stable = std::all_of(vertex.eigenvalues.begin(), vertex.eigenvalues.end(),
                                    [](const Rational& value) { return value < 0; });
    }
    return all;
}

Solved<Face> face(bool adopted, const Game& game) {
    if (terms(game.platform).big_m == 0) return Status::degenerate;
    const Rational z = adopted ? 1 : 0;
    const auto [y, x] = held(z, game);
    if (!inside(x) || !inside(y)) return Status::scale_range;
    const Matrix j = field({x, y, z}, game).jacobian;
    Face found{.at = {x, y, z},
               .trace_xy = j[0][0] + j[1][1],
               .det_xy = j[0][0] * j[1][1] - j[0][1] * j[1][0],
               .eigen_z = j[2][2]};
    found.stable = found.trace_xy < 0 && found.det_xy > 0 && found.eigen_z < 0;
    return {Status::ok, std::move(found)};
}

std::vector<Interior> interior(const Game& game) {
    if (game.chain_cost <= 0 || terms(game.platform).big_m == 0) return {};
    // x and y are linear in z.
    const auto [y0, x0] = held(0, game);
    const auto [y_one, x_one] = held(1, game);
    const Rational y1 = y_one - y0;
    const Rational x1 = x_one - x0;
    std::vector<Interior> found;
    for (const Rational& z :
         roots(x1 * y1, x0 * y1 + x1 * y0, x0 * y0 - service_income(game) / game.chain_cost)) {
        const State at{x0 + x1 * z, y0 + y1 * z, z};
        if (!inside(at.x) || !inside(at.y) || !inside(at.z)) continue;
        found.push_back({at, characteristic(field(at, game).jacobian)});
    }
    return found;
}

std::vector<State> path(const State& start, const Game& game, const Walk& walk) {
    std::vector<State> points{start};
    points.reserve(walk.steps + std::size_t{1});
    const auto slope = [&game](const std::array<Rational, 3>& at) {
        const Field f = field({at[0], at[1], at[2]}, game);
        return std::array{f.dx, f.dy, f.dz};
    };
    for (unsigned i = 0; i < walk.steps; ++i) {
        const State& here = points.back();
        const auto next = runge_kutta(std::array{here.x, here.y, here.z}, walk.step, slope);
        points.push_back({clamp_to_unit(next[0]), clamp_to_unit(next[1]), clamp_to_unit(next[2])});
    }
    return points;
}

std::vector<PriceState> price_path(const PriceState& start, const PriceGame& game, const Walk& walk) {
    std::vector<PriceState> points{start};
    points.reserve(walk.steps + std::size_t{1});
    const auto slope = [&game](const std::array<Rational, 2>& at) {
        const PriceField f = price_field({at[0], at[1]}, game);
        return std::array{f.dx, f.dp};
    };
    for (unsigned i = 0; i < walk.steps; ++i) {
        const PriceState& here = points.back();
        const auto next = runge_kutta(std::array{here.sell_share, here.rel_price}, walk.step, slope);
        points.push_back({clamp_to_unit(next[0]), std::max<Rational>(next[1], 0)});
    }
    return points;
}

}  // namespace pcq::econ::exact::ext
