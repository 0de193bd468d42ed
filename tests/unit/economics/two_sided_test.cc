// What the specification proves of the two-sided platform, on random platforms: first and second order,
// edges, box, service level. The objective is a quadratic of the fees (and its best value one of q), so that
// differences over any step are derivatives exactly.
#include "src/economics/exact/two_sided.h"

#include <array>
#include <map>

#include <gtest/gtest.h>

#include "src/economics/exact/results.h"
#include "src/economics/exact/service.h"
#include "src/economics/printed/profit_platform.h"
#include "tests/unit/economics/draw.h"

namespace pcq::econ::exact {
namespace {

constexpr std::array kObjectives{Objective::profit, Objective::welfare};

Platform any_platform(Draw& draw) {
    return {.service_level = draw.fraction(0, 1),
            .sens_d = draw.fraction(0, 1),
            .sens_s = draw.fraction(0, 1),
            .ask_price = draw.fraction(0, 3),
            .cross_d = draw.fraction(0, 1),
            .cross_s = draw.fraction(0, 1),
            .service_cost = draw.fraction(1, 9)};
}

Rational value(const PlatformOptimum& outcome, Objective objective) {
    return objective == Objective::profit ? outcome.profit : outcome.welfare;
}

// The objective at these fees with the shares unbounded.
Rational at_fees(const Platform& platform, Objective objective, const Fees& fees) {
    const Terms t = terms(platform);
    const Rational d = t.appeal_d - fees.d;
    const Rational s = t.appeal_s - fees.s;
    const Scales joined{(d - t.sigma * s) / t.big_m, (s + platform.cross_s * d) / t.big_m};
    return value(outcome(platform, joined, fees), objective);
}

TEST(TwoSided, TheBestFeesLeaveNoFirstOrderResidualAndTheHessianIsTheSecondOrder) {
    Draw draw(21);
    int solved = 0;
    const Rational h(1, 7);
    for (int round = 0; round < 600; ++round) {
        const Platform platform = any_platform(draw);
        for (const Objective objective : kObjectives) {
            const auto best = two_sided(platform, objective, FeePolicy::free);
            if (!best.ok()) continue;
            ++solved;
            const Fees f{best.value.fee_d, best.value.fee_s};
            const auto moved = [&](const Rational& d, const Rational& s) {
                return at_fees(platform, objective, {f.d + d, f.s + s});
            };
            const Rational here = moved(0, 0);
            EXPECT_EQ(here, value(best.value, objective)) << "the fees bring about these shares";
            EXPECT_EQ(moved(h, 0), moved(-h, 0));
            EXPECT_EQ(moved(0, h), moved(0, -h));
            const auto second = hessian(platform, objective);
            ASSERT_TRUE(second.ok());
            EXPECT_EQ(moved(h, 0) - 2 * here + moved(-h, 0), second.value.dd * h * h);
            EXPECT_EQ(moved(0, h) - 2 * here + moved(0, -h), second.value.ss * h * h);
            EXPECT_EQ(moved(h, h) - moved(h, -h) - moved(-h, h) + moved(-h, -h), 4 * second.value.ds * h * h);
            EXPECT_TRUE(second.value.negative_definite);
            EXPECT_LT(second.value.dd, 0);
            EXPECT_GT(second.value.dd * second.value.ss, second.value.ds * second.value.ds);
        }
    }
    EXPECT_GT(solved, 100);
}

TEST(TwoSided, TheHessianIsDefiniteExactlyIfCrossEffectsAreWeakerThanTheWeight) {
    Draw draw(22);
    int definite = 0;
    int indefinite = 0;
    for (int round = 0; round < 1000; ++round) {
        const Platform platform = any_platform(draw);
        for (const Objective objective : kObjectives) {
            const auto second = hessian(platform, objective);
            if (!second.ok()) continue;
            const bool truly =
                second.value.dd < 0 && second.value.dd * second.value.ss > second.value.ds * second.value.ds;
            EXPECT_EQ(second.value.negative_definite, truly);
            EXPECT_EQ(two_sided(platform, objective, FeePolicy::free).status == Status::not_concave, !truly);
            ++(truly ? definite : indefinite);
        }
    }
    EXPECT_GT(definite, 500);
    EXPECT_GT(indefinite, 200);
}

TEST(TwoSided, PeopleWhoSeeTheBestFeesJoinInTheSharesThatWereMeant) {
    Draw draw(23);
    int solved = 0;
    for (int round = 0; round < 600; ++round) {
        const Platform platform = any_platform(draw);
        for (const Objective objective : kObjectives) {
            const auto best = two_sided(platform, objective, FeePolicy::free);
            if (!best.ok()) continue;
            ++solved;
            const auto joined = scales(platform, {best.value.fee_d, best.value.fee_s});
            ASSERT_TRUE(joined.ok());
            EXPECT_EQ(joined.value.d, best.value.scale_d);
            EXPECT_EQ(joined.value.s, best.value.scale_s);
            EXPECT_GE(best.value.fee_s, 0) << "only demanders are ever subsidised";
        }
    }
    EXPECT_GT(solved, 100);
}

TEST(TwoSided, WithoutNegativeFeesTheEdgeIsStationaryInTheOtherFee) {
    Draw draw(24);
    int edges = 0;
    const Rational h(1, 7);
    for (int round = 0; round < 1500; ++round) {
        const Platform platform = any_platform(draw);
        for (const Objective objective : kObjectives) {
            const auto best = two_sided(platform, objective, FeePolicy::none);
            if (best.status != Status::fee_d_zero) continue;
            ++edges;
            EXPECT_EQ(best.value.fee_d, 0);
            const Rational& f = best.value.fee_s;
            EXPECT_EQ(at_fees(platform, objective, {0, f}), value(best.value, objective));
            EXPECT_EQ(at_fees(platform, objective, {0, f + h}), at_fees(platform, objective, {0, f - h}));
            EXPECT_LT(at_fees(platform, objective, {0, f + h}), value(best.value, objective));
            EXPECT_FALSE(conditions(platform, objective).unsubsidised);
        }
    }
    EXPECT_GT(edges, 50);
}

TEST(TwoSided, ItsErrorsAreTheConditionsThatAreBroken) {
    Draw draw(25);
    std::map<Status, int> seen;
    for (int round = 0; round < 1000; ++round) {
        const Platform platform = any_platform(draw);
        for (const Objective objective : kObjectives) {
            const Conditions held = conditions(platform, objective);
            const auto best = two_sided(platform, objective, FeePolicy::cross);
            ++seen[best.status];
            Status expected = Status::interior;
            if (!held.concave) {
                expected = Status::not_concave;
            } else if (!held.not_empty || !held.not_full) {
                expected = Status::scale_range;
            } else if (!held.funded) {
                expected = Status::deficit;
            }
            EXPECT_EQ(name(best.status), name(expected));
        }
    }
    for (const Status status :
         {Status::interior, Status::not_concave, Status::scale_range, Status::deficit}) {
        EXPECT_GT(seen[status], 20) << name(status);
    }
}

TEST(TwoSidedBoxed, IsNowhereBeatenInTheBoxAndAgreesWithTheInteriorOptimum) {
    Draw draw(26);
    for (int round = 0; round < 200; ++round) {
        const Platform platform = any_platform(draw);
        for (const Objective objective : kObjectives) {
            const auto boxed = two_sided_boxed(platform, objective);
            ASSERT_TRUE(boxed.ok());
            const Rational best = value(boxed.value, objective);
            for (int d = 0; d <= 8; ++d) {
                for (int s = 0; s <= 8; ++s) {
                    const Scales other{Rational(d, 8), Rational(s, 8)};
                    EXPECT_LE(value(outcome(platform, other, fees_for(platform, other)), objective), best);
                }
            }
            const auto strict = two_sided(platform, objective, FeePolicy::free);
            if (strict.ok()) {
                EXPECT_EQ(value(strict.value, objective), best);
            }
        }
    }
}

TEST(TwoSidedBoxed, CallsAnInteriorOptimumOnTheEdgeInterior) {
    // g = 0 and A = (2, 1): the stationary point is (1, 1/2).
    const Platform platform{.service_level = 1, .sens_d = 1, .sens_s = 0, .ask_price = 1};
    const auto boxed = two_sided_boxed(platform, Objective::profit);
    EXPECT_EQ(name(boxed.status), name(Status::interior));
    EXPECT_EQ(boxed.value.scale_d, 1);
    EXPECT_EQ(boxed.value.scale_s, Rational(1, 2));
}

// The best value at this level, with the shares unbounded; |g| < m.
Rational best_value(Platform platform, Objective objective, const Rational& q) {
    platform.service_level = q;
    const Terms t = terms(platform);
    const Rational m = weight(objective);
    const Rational z = m * m - t.g * t.g;
    const Scales best{(m * t.appeal_d + t.g * t.appeal_s) / z, (m * t.appeal_s + t.g * t.appeal_d) / z};
    return value(outcome(platform, best, fees_for(platform, best)), objective);
}

TEST(ServiceOptimum, LeavesNoFirstOrderResidualAndIsConcaveExactlyIfTheBracketIsPositive) {
    Draw draw(27);
    int solved = 0;
    const Rational h(1, 7);
    for (int round = 0; round < 600; ++round) {
        const Platform platform = any_platform(draw);
        for (const Objective objective : kObjectives) {
            if (abs(terms(platform).g) >= weight(objective)) continue;
            const Rational curvature = best_value(platform, objective, h) -
                                       2 * best_value(platform, objective, 0) +
                                       best_value(platform, objective, -h);
            EXPECT_EQ(curvature<0, service_bracket(platform, objective)> 0);
            const auto best = service_optimum(platform, objective);
            if (!best.ok()) continue;
            ++solved;
            const Rational& q = best.value.service_level;
            EXPECT_EQ(best_value(platform, objective, q + h), best_value(platform, objective, q - h));
            EXPECT_EQ(best_value(platform, objective, q),
                      objective == Objective::profit ? best.value.profit : best.value.welfare);
        }
    }
    EXPECT_GT(solved, 100);
}

TEST(ServiceOptimumBoxed, IsNotBeatenByAnyLevelInTheBox) {
    Draw draw(28);
    for (int round = 0; round < 150; ++round) {
        const Platform platform = any_platform(draw);
        for (const Objective objective : kObjectives) {
            const auto best = service_optimum_boxed(platform, objective);
            ASSERT_TRUE(best.ok());
            for (int i = 0; i <= 30; ++i) {
                Platform other = platform;
                other.service_level = Rational(i, 10);
                EXPECT_LE(boxed_scales(terms(other), objective).value - service_expense(other),
                          best.value.objective_value);
            }
        }
    }
}

TEST(Sensitivities, AreTheSlopesOfTheBestValueAndOfTheShares) {
    Draw draw(29);
    int solved = 0;
    const Rational h(1, 1000);
    for (int round = 0; round < 600; ++round) {
        const Platform platform = any_platform(draw);
        for (const Objective objective : kObjectives) {
            const auto slopes = sensitivities(platform, objective);
            if (!slopes.ok()) continue;
            ++solved;
            const Rational& q = platform.service_level;
            const auto slope = [&](Rational Platform::*parameter) -> Rational {
                Platform more = platform;
                Platform less = platform;
                more.*parameter += h;
                less.*parameter -= h;
                return (best_value(more, objective, more.service_level) -
                        best_value(less, objective, less.service_level)) /
                       (2 * h);
            };
            EXPECT_EQ(slopes.value.value_by_service, slope(&Platform::service_level));
            EXPECT_EQ(slopes.value.value_by_sens_d, slope(&Platform::sens_d));
            EXPECT_EQ(slopes.value.value_by_sens_s, slope(&Platform::sens_s));
            // Result 1: it rises with the sensitivities and falls with c.
            EXPECT_EQ(slopes.value.value_by_sens_d >= 0 && slopes.value.value_by_sens_s >= 0, q >= 0);
            EXPECT_LE(slopes.value.value_by_ask, 0);
        }
    }
    EXPECT_GT(solved, 100);
}

TEST(Sensitivities, TheValueFallsWithTheAskPriceAsItsDifferencesDo) {
    const Platform platform{.service_level = Rational(1, 2),
                            .sens_d = Rational(3, 10),
                            .sens_s = Rational(1, 5),
                            .ask_price = 1,
                            .cross_d = 0,
                            .cross_s = 1,
                            .service_cost = Rational(1, 2)};
    const Rational h(1, 1'000'000);
    Platform dearer = platform;
    Platform cheaper = platform;
    dearer.ask_price += h;
    cheaper.ask_price -= h;
    const Rational difference = (best_value(dearer, Objective::profit, platform.service_level) -
                                 best_value(cheaper, Objective::profit, platform.service_level)) /
                                (2 * h);
    const auto slopes = sensitivities(platform, Objective::profit);
    EXPECT_LT(abs(difference - slopes.value.value_by_ask), h);
}

TEST(WelfareGain, IsPositiveUpToTwiceTheBestServiceLevelAndNotBeyond) {
    Draw draw(30);
    int positive = 0;
    for (int round = 0; round < 500; ++round) {
        printed::WelfarePlatform platform{.service_level = 0,
                                          .sens_d = draw.fraction(0, 1),
                                          .sens_s = draw.fraction(0, 1),
                                          .sigma = draw.fraction(-1, 2),
                                          .cross_s = draw.fraction(0, 2),
                                          .service_cost = draw.fraction(1, 9)};
        const Platform same = printed::corrected(platform);
        const Rational bracket = service_bracket(same, Objective::welfare);
        const Rational both = platform.sens_d + platform.sens_s;
        if (abs(terms(same).g) >= 1 || bracket <= 0 || both == 0) continue;
        const Rational twice = 2 * both * (1 + terms(same).g) / bracket;
        platform.service_level = twice * 99 / 100;
        EXPECT_GT(welfare_gain(platform).value.closed_form, 0);
        platform.service_level = twice;
        EXPECT_EQ(welfare_gain(platform).value.closed_form, 0);
        platform.service_level = twice * 101 / 100;
        EXPECT_LT(welfare_gain(platform).value.closed_form, 0);
        EXPECT_TRUE(welfare_gain(platform).value.optimum_exists);
        ++positive;
    }
    EXPECT_GT(positive, 100);
}

TEST(WelfareGain, TheSecondRegionOfThePaperHasNoOptimum) {
    for (int alpha = 0; alpha <= 20; ++alpha) {
        for (int sigma = -99; sigma <= 100; ++sigma) {
            const printed::WelfarePlatform platform{.service_level = Rational(1, 4),
                                                    .sens_d = Rational(3, 10),
                                                    .sens_s = Rational(1, 5),
                                                    .sigma = Rational(sigma, 100),
                                                    .cross_s = Rational(alpha, 10),
                                                    .service_cost = Rational(1, 2)};
            const auto regions = result_regions(platform.sigma, platform.cross_s);
            if (!regions.second) continue;
            const auto gain = welfare_gain(platform);
            if (!gain.ok()) continue;  // |g| = 1
            EXPECT_FALSE(gain.value.optimum_exists);
            EXPECT_LT(gain.value.closed_form, 0);
        }
    }
    EXPECT_TRUE(result_regions(Rational(-4, 5), Rational(1, 2)).second);
    EXPECT_FALSE(result_regions(Rational(-3, 5), Rational(1, 2)).second) << "sqrt(5/4) - 1/2 is above 3/5";
}

// D15, D18 of the register: the printed fees, put through the printed shares, do not give the printed
// optimum.
TEST(PrintedPlatform, ContradictsItselfWhereTheCorrectedOneDoesNot) {
    const Platform platform{.service_level = 0, .sens_d = 0, .sens_s = 0, .ask_price = 1};
    const auto fees = printed::fees(platform);
    EXPECT_EQ(fees.value.d, 0);
    EXPECT_EQ(fees.value.s, 1);
    const auto joined = printed::scales(platform, fees.value);
    EXPECT_EQ(joined.value.d, 1);
    EXPECT_EQ(joined.value.s, 0);
    EXPECT_EQ(printed::equilibrium(platform).value.scale_d, Rational(1, 2));

    const auto best = two_sided(platform, Objective::profit, FeePolicy::cross);
    EXPECT_EQ(best.value.scale_d, Rational(1, 2));
    EXPECT_EQ(best.value.scale_s, Rational(1, 2));
    EXPECT_EQ(best.value.profit, printed::equilibrium(platform).value.profit);
}

}  // namespace
}  // namespace pcq::econ::exact
