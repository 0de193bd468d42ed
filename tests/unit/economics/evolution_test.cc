// What the specification proves of the evolutionary game: derivatives, rest points, stability, and where
// paths end.
#include "src/economics/exact/evolution.h"

#include <gtest/gtest.h>

#include "tests/unit/economics/draw.h"

namespace pcq::econ::exact::ext {
namespace {

// The specification's set T4.
Game set_t4(const Rational& service_cost) {
    return {.platform = {.service_level = Rational(1, 2),
                         .sens_d = Rational(3, 10),
                         .sens_s = Rational(1, 5),
                         .ask_price = 1,
                         .cross_d = 0,
                         .cross_s = Rational(1, 2),
                         .service_cost = service_cost},
            .fees = {Rational(1, 5), Rational(4, 5)},
            .chain_cost = Rational(1, 20)};
}

Game any_game(Draw& draw) {
    return {.platform = {.service_level = draw.fraction(0, 1),
                         .sens_d = draw.fraction(0, 1),
                         .sens_s = draw.fraction(0, 1),
                         .ask_price = draw.fraction(0, 2),
                         .cross_d = draw.fraction(0, 1),
                         .cross_s = draw.fraction(0, 1),
                         .service_cost = draw.fraction(0, 2)},
            .fees = {draw.fraction(-1, 1), draw.fraction(0, 2)},
            .chain_cost = draw.fraction(0, 1)};
}

using Point = std::array<Rational, 3>;

Point speed(const Point& at, const Game& game) {
    const Field f = field({at[0], at[1], at[2]}, game);
    return {f.dx, f.dy, f.dz};
}

// The derivative of the i-th speed by the j-th share. Two central differences give it exactly: the speeds are
// polynomials of third degree.
Rational slope(const Point& at, const Game& game, std::size_t i, std::size_t j) {
    const auto difference = [&](const Rational& h) -> Rational {
        Point more = at;
        Point less = at;
        more[j] += h;
        less[j] -= h;
        return (speed(more, game)[i] - speed(less, game)[i]) / (2 * h);
    };
    return (4 * difference(Rational(1, 20)) - difference(Rational(1, 10))) / 3;
}

TEST(PlatformGame, TheJacobianHoldsTheDerivativesOfTheField) {
    Draw draw(41);
    for (int round = 0; round < 50; ++round) {
        const Game game = any_game(draw);
        const Point at{draw.fraction(0, 1), draw.fraction(0, 1), draw.fraction(0, 1)};
        const Matrix jacobian = field({at[0], at[1], at[2]}, game).jacobian;
        for (std::size_t i = 0; i < 3; ++i) {
            for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(jacobian[i][j], slope(at, game, i, j)) << i << j;
        }
    }
}

TEST(PlatformGame, EveryVertexRestsAndHasItsThreePayoffsAsEigenvalues) {
    const Game game = set_t4(Rational(1, 10));
    std::size_t stable = 0;
    for (const Vertex& vertex : vertices(game)) {
        const Field f = field(vertex.at, game);
        EXPECT_EQ(f.dx, 0);
        EXPECT_EQ(f.dy, 0);
        EXPECT_EQ(f.dz, 0);
        EXPECT_EQ(vertex.eigenvalues[0], (1 - 2 * vertex.at.x) * f.payoff_s);
        EXPECT_EQ(vertex.eigenvalues[1], (1 - 2 * vertex.at.y) * f.payoff_d);
        EXPECT_EQ(vertex.eigenvalues[2], (1 - 2 * vertex.at.z) * f.payoff_p);
        if (vertex.stable) ++stable;
    }
    EXPECT_EQ(stable, 0U) << "a marginal user always wants to change sides here";
}

TEST(PlatformGame, AVertexIsStableIfEverybodyLosesByLeavingIt) {
    Game game = set_t4(Rational(1, 10));
    game.fees = {3, 3};  // nobody joins
    std::vector<State> stable;
    for (const Vertex& vertex : vertices(game)) {
        if (vertex.stable) stable.push_back(vertex.at);
    }
    ASSERT_EQ(stable.size(), 1U);
    EXPECT_EQ(stable[0].x, 0);
    EXPECT_EQ(stable[0].y, 0);
    EXPECT_EQ(stable[0].z, 1);
}

TEST(PlatformGame, TheFacesAreThoseOfTheTwoSidedPlatform) {
    Draw draw(42);
    int found = 0;
    for (int round = 0; round < 500; ++round) {
        const Game game = any_game(draw);
        for (const bool adopted : {false, true}) {
            const auto rest = face(adopted, game);
            if (!rest.ok()) continue;
            ++found;
            const Field f = field(rest.value.at, game);
            EXPECT_EQ(f.payoff_s, 0);
            EXPECT_EQ(f.payoff_d, 0);
            const Rational x = rest.value.at.x * (1 - rest.value.at.x);
            const Rational y = rest.value.at.y * (1 - rest.value.at.y);
            EXPECT_EQ(rest.value.trace_xy, -(x + y));
            EXPECT_EQ(rest.value.det_xy, x * y * terms(game.platform).big_m);
            if (!adopted || game.platform.service_cost == 0) continue;
            const auto joined = scales(game.platform, game.fees);
            if (joined.status != Status::interior) continue;
            EXPECT_EQ(joined.value.s, rest.value.at.x);
            EXPECT_EQ(joined.value.d, rest.value.at.y);
        }
    }
    EXPECT_GT(found, 50);
}

TEST(PlatformGame, TheServiceIsAdoptedWhereItIsCheapAndAbandonedWhereItIsDear) {
    const Game cheap = set_t4(Rational(1, 10));
    const Game dear = set_t4(2);
    EXPECT_TRUE(face(true, cheap).value.stable);
    EXPECT_FALSE(face(false, cheap).value.stable);
    EXPECT_FALSE(face(true, dear).value.stable);
    EXPECT_TRUE(face(false, dear).value.stable);
    EXPECT_EQ(face(true, cheap).value.at.x, Rational(31, 60));
    EXPECT_EQ(face(false, dear).value.at.y, Rational(2, 5));
}

TEST(PlatformGame, AnInteriorRestPointHasTheCharacteristicPolynomialOfTheSpecification) {
    Draw draw(43);
    int found = 0;
    int stable = 0;
    for (int round = 0; round < 3000; ++round) {
        Game game = any_game(draw);
        const Rational z = draw.fraction(0, 1);
        const Platform& p = game.platform;
        const Terms t = terms(p);
        if (!is_between(0, z, 1) || t.big_m == 0) continue;
        // Where people rest for this z; c_b is then chosen so that the platforms rest too.
        Platform shared = p;
        shared.service_level *= z;
        const Terms there = terms(shared);
        const Rational d = there.appeal_d - game.fees.d;
        const Rational s = there.appeal_s - game.fees.s;
        const Rational y = (d - t.sigma * s) / t.big_m;
        const Rational x = (s + p.cross_s * d) / t.big_m;
        const Rational& q = p.service_level;
        const Rational income = q * (game.fees.d * p.sens_d + game.fees.s * p.sens_s) - service_expense(p);
        if (!is_between(0, x, 1) || !is_between(0, y, 1) || income <= 0) continue;
        game.chain_cost = income / (x * y);

        for (const Interior& rest : interior(game)) {
            if (abs(rest.at.z - z) > Rational(1, 1'000'000'000)) continue;  // the other root
            ++found;
            const Field f = field({x, y, z}, game);
            EXPECT_EQ(f.dx, 0);
            EXPECT_EQ(f.dy, 0);
            EXPECT_EQ(f.dz, 0);
            EXPECT_EQ(rest.at.z, z) << "a root that is a decimal is found exactly";
            EXPECT_EQ(rest.at.x, x);
            const Rational xx = x * (1 - x);
            const Rational yy = y * (1 - y);
            const Rational flow = game.chain_cost * q * z * (1 - z);
            EXPECT_EQ(rest.characteristic.a1, xx + yy);
            EXPECT_EQ(rest.characteristic.a2,
                      xx * yy * t.big_m + flow * (p.sens_s * y * xx + p.sens_d * x * yy));
            EXPECT_EQ(rest.characteristic.a3,
                      flow * xx * yy * (p.sens_d * (x + p.cross_s * y) + p.sens_s * (y - t.sigma * x)));
            if (rest.characteristic.stable) ++stable;
        }
    }
    EXPECT_GT(found, 30);
    EXPECT_GT(stable, 5);
    EXPECT_LE(stable, found);
}

// Companion matrix of l^3 + a1 l^2 + a2 l + a3.
Matrix companion(const Rational& a1, const Rational& a2, const Rational& a3) {
    return {{{0, 1, 0}, {0, 0, 1}, {-a3, -a2, -a1}}};
}

TEST(Characteristic, IsThatOfTheMatrixAndJudgesStabilityByRouthAndHurwitz) {
    const Characteristic stable = characteristic(companion(6, 11, 6));  // -1, -2, -3
    EXPECT_EQ(stable.a1, 6);
    EXPECT_EQ(stable.a2, 11);
    EXPECT_EQ(stable.a3, 6);
    EXPECT_TRUE(stable.stable);
    EXPECT_FALSE(characteristic(companion(1, 1, 2)).stable) << "spirals outwards though all are positive";
    EXPECT_FALSE(characteristic(companion(1, 1, 1)).stable) << "circles";
    EXPECT_FALSE(characteristic(companion(6, 11, -6)).stable);
    EXPECT_FALSE(characteristic(companion(-6, 11, -6)).stable) << "1, 2, 3";
}

TEST(PlatformGame, HasNoInteriorRestPointWithoutAChainCost) {
    Game game = set_t4(Rational(1, 10));
    game.chain_cost = 0;
    EXPECT_TRUE(interior(game).empty());
}

Rational distance(const State& a, const State& b) {
    return abs(a.x - b.x) + abs(a.y - b.y) + abs(a.z - b.z);
}

TEST(PlatformGame, PathsEndAtTheStableFace) {
    const State start{Rational(1, 5), Rational(4, 5), Rational(1, 2)};
    const Walk walk{.step = 1, .steps = 200};
    for (const auto& [cost, adopted] : {std::pair{Rational(1, 10), true}, std::pair{Rational(2), false}}) {
        const Game game = set_t4(cost);
        const auto points = path(start, game, walk);
        ASSERT_EQ(points.size(), 201U);
        EXPECT_EQ(distance(points.front(), start), 0);
        EXPECT_LT(distance(points.back(), face(adopted, game).value.at), Rational(1, 1000));
        for (const State& at : points) {
            EXPECT_TRUE(at.x >= 0 && at.x <= 1 && at.y >= 0 && at.y <= 1 && at.z >= 0 && at.z <= 1);
        }
    }
}

TEST(PlatformGame, APathConvergesWithTheFourthPowerOfItsStep) {
    const Game game = set_t4(Rational(1, 10));
    const State start{Rational(1, 5), Rational(4, 5), Rational(1, 2)};
    const auto end = [&](const Rational& step, unsigned steps) {
        return path(start, game, {.step = step, .steps = steps}).back();
    };
    const State finest = end(Rational(1, 16), 64);
    const Rational coarse = distance(end(1, 4), finest);
    const Rational fine = distance(end(Rational(1, 2), 8), finest);
    EXPECT_GT(coarse, 8 * fine);
    EXPECT_LT(fine, Rational(1, 10'000));
}

TEST(PriceGame, RestsAtTheClearingPriceAndIsStableThere) {
    for (int percent = 1; percent < 100; ++percent) {
        const Rational r(percent, 100);
        const Rational a(1, 2);
        const auto rest = price_rest({r, a});
        ASSERT_TRUE(rest.ok());
        const PriceField f = price_field(rest.value.at, {r, a});
        EXPECT_EQ(f.dx, 0);
        EXPECT_EQ(f.dp, 0);
        EXPECT_EQ(rest.value.trace, -r * (1 - r));
        EXPECT_EQ(rest.value.det, a * r * (1 - r));
        EXPECT_TRUE(rest.value.stable);
    }
    EXPECT_EQ(price_rest({1, 1}).status, Status::scale_range);
    EXPECT_EQ(price_rest({0, 1}).status, Status::scale_range);
    EXPECT_EQ(price_rest({Rational(1, 2), 0}).status, Status::bad_param);
}

TEST(PriceGame, PathsFindTheClearingPrice) {
    const PriceGame game{.rel_demand = Rational(2, 5), .speed = Rational(1, 2)};
    const auto points = price_path({Rational(1, 10), Rational(9, 10)}, game, {.step = 1, .steps = 150});
    EXPECT_LT(abs(points.back().sell_share - game.rel_demand), Rational(1, 1000));
    EXPECT_LT(abs(points.back().rel_price - game.rel_demand), Rational(1, 1000));
}

}  // namespace
}  // namespace pcq::econ::exact::ext
