// The evolutionary game between people, platform and price: replicator dynamics with their rest points and
// their stability. The paper (Sustainability 2024, 16, 5810, section 3) announces such a game and gives no
// equations; this one is ours, built from its utilities (economics specification, section 6).
//
// Shares are 0 to 1, time has no unit. In exact fractions; only what says so is rounded, always in the same
// way, so that every machine gets the same picture. Pure; thread-safe.
#pragma once

#include <array>
#include <vector>

#include "src/economics/exact/two_sided.h"

namespace pcq::econ::exact::ext {

// --- E1, the market: the marginal seller has theta = x ---

struct PriceState {
    Rational sell_share;  // x
    Rational rel_price;   // p = P_ph / e
};
struct PriceGame {
    Rational rel_demand;  // r = N delta / (D W)
    Rational speed;       // a > 0, of the price
};
// x' = x (1 - x)(p - x), p' = a (r - x), and the matrix of their derivatives.
struct PriceField {
    Rational dx;
    Rational dp;
    Rational j_xx;
    Rational j_xp;
    Rational j_px;
    Rational j_pp;
};
PriceField price_field(const PriceState& state, const PriceGame& game);

// The rest point x = p = r, which is (7); scale_range unless 0 < r < 1, bad_param unless a > 0.
struct PriceRest {
    PriceState at;
    Rational trace;
    Rational det;
    bool stable = false;  // trace < 0 < det: asymptotically
};
Solved<PriceRest> price_rest(const PriceGame& game);

// --- E2, the platform: shares of suppliers, of demanders, and of platforms with the blockchain service ---

struct State {
    Rational x;  // suppliers
    Rational y;  // demanders
    Rational z;  // platforms
};
struct Game {
    Platform platform;  // alpha_s = cross_s is the supplier's gain per demander
    Fees fees;
    Rational chain_cost;  // c_b, normalised: per match
};
using Matrix = std::array<std::array<Rational, 3>, 3>;  // rows: x', y', z'; columns: by x, by y, by z

// x' = x (1 - x) U_s, y' = y (1 - y) U_d, z' = z (1 - z) U_p.
struct Field {
    Rational payoff_s;
    Rational payoff_d;
    Rational payoff_p;
    Rational dx;
    Rational dy;
    Rational dz;
    Matrix jacobian;
};
Field field(const State& state, const Game& game);

// Characteristic polynomial l^3 + a1 l^2 + a2 l + a3 of a matrix.
struct Characteristic {
    Rational a1;
    Rational a2;
    Rational a3;
    bool stable = false;  // Routh and Hurwitz: a1, a3 > 0 and a1 a2 > a3
};
Characteristic characteristic(const Matrix& matrix);

// The eight rest points where every share is 0 or 1.
struct Vertex {
    State at;
    std::array<Rational, 3> eigenvalues;
    bool stable = false;  // all negative
};
std::array<Vertex, 8> vertices(const Game& game);

// The rest point with 0 < x, y < 1 on the face z = 1 (adopted) or z = 0: (y, x) are (N_d, N_s) of section 3.2
// with q replaced by z q. degenerate if M = 0, scale_range if it lies outside.
struct Face {
    State at;
    Rational trace_xy;
    Rational det_xy;
    Rational eigen_z;
    bool stable = false;
};
Solved<Face> face(bool adopted, const Game& game);

// The rest points with 0 < x, y, z < 1, in ascending z: there x y = [q (f_d beta_d + f_s beta_s) - k q^2/2] /
// c_b, a quadratic in z, whose roots are rounded to 1e-18. None if c_b = 0 or M = 0, and none if the root is
// not unique (every z is then a rest point, or none is).
struct Interior {
    State at;
    Characteristic characteristic;
};
std::vector<Interior> interior(const Game& game);

// --- Paths, for phase portraits ---

// The classical Runge-Kutta method of fourth order; each point is rounded to 1e-12 and kept in 0..1 (a price:
// at or above 0). The start and `steps` points after it.
struct Walk {
    Rational step;  // of time
    unsigned steps = 0;
};
std::vector<State> path(const State& start, const Game& game, const Walk& walk);
std::vector<PriceState> price_path(const PriceState& start, const PriceGame& game, const Walk& walk);

}  // namespace pcq::econ::exact::ext
