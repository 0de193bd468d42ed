// The integer layer is the exact layer, rounded once in the direction that the specification names; and where
// no exact result exists, both say so with the same status. On random inputs of every size.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "src/economics/exact/market.h"
#include "src/economics/exact/service.h"
#include "src/economics/exact/settlement.h"
#include "src/economics/exact/two_sided.h"
#include "src/economics/exact/welfare.h"
#include "src/economics/limits.h"
#include "src/economics/market.h"
#include "src/economics/offset.h"
#include "src/economics/settlement.h"
#include "src/economics/two_sided.h"
#include "src/economics/welfare.h"
#include "tests/unit/economics/draw.h"

namespace pcq::econ {
namespace {

using exact::Integer;
using exact::Rational;

constexpr std::int64_t kGram = 1000;
constexpr std::int64_t kMicro = 1'000'000;

Rational of(Grams value) {
    return Rational(value.value(), kGram);
}
Rational of(PricePerKg value) {
    return Rational(value.value(), kMicro);
}
Rational of(MicroYuan value) {
    return Rational(value.value(), kMicro);
}
Rational of(Ratio value) {
    return Rational(value.value(), kRatioOne);
}
Rational of(Nano value) {
    return Rational(value.value(), kRatioOne);
}
Rational of(AbatementEase value) {
    return Rational(value.value(), kGram);
}

Integer ceil_on(const Rational& value, std::int64_t units) {
    return -exact::floor_on(-value, units);
}
bool fits(const Integer& value) {
    return abs(value) <= std::numeric_limits<std::int64_t>::max();
}

TEST(Rounding, ParticipationIsRoundedDown) {
    Draw draw(51);
    for (int round = 0; round < 3000; ++round) {
        const PricePerKg buy(draw.any_size(kPriceMax));
        const PricePerKg effort(1 + draw.any_size(kPriceMax - 1));
        const Grams most(draw.any_size(kGramsMax));
        EXPECT_EQ(sell_share(buy, effort).value.value(),
                  exact::floor_on(exact::sell_share(of(buy), of(effort)).value, kRatioOne));
        EXPECT_EQ(supply(buy, effort, most).value.value(),
                  exact::floor_on(exact::supply(of(buy), of(effort), of(most)).value, kGram));
        const SellerIn in{buy, effort, Ratio(draw.any_size(kRatioOne)), Grams(draw.any_size(kReductionMax)),
                          Ratio(draw.any_size(kRatioOne))};
        const Integer utility = exact::floor_on(exact::seller_utility({of(buy), of(effort), of(in.perception),
                                                                       of(in.reduction), of(in.sell_prob)})
                                                    .value,
                                                kMicro);
        const auto got = seller_utility(in);
        ASSERT_EQ(got.ok(), fits(utility));
        if (got.ok()) {
            EXPECT_EQ(got.value.value(), utility);
        }
    }
}

TEST(Rounding, TheNextPriceIsRoundedUp) {
    Draw draw(52);
    for (int round = 0; round < 3000; ++round) {
        const ext::NextPriceIn in{PricePerKg(1 + draw.any_size(kPriceMax - 1)),
                                  Grams(draw.any_size(kGramsMax)), Grams(1 + draw.any_size(kGramsMax - 1)),
                                  PricePerKg(1 + draw.any_size(kPriceMax - 1))};
        const auto got = ext::next_buy_price(in);
        const auto exact =
            exact::ext::next_buy_price({of(in.buy_price), of(in.demand), of(in.supply), of(in.effort_cost)});
        ASSERT_TRUE(got.ok());
        // Half of an odd price is cut, but a price never falls to zero.
        const Integer up = ceil_on(exact.value, kMicro);
        EXPECT_LE(abs(Integer(got.value.value()) - up), 1);
        if (exact.value != of(in.buy_price) / 2) {
            EXPECT_EQ(got.value.value(), up);
        }
        EXPECT_GT(got.value.value(), 0);
    }
}

TEST(Rounding, APriceOnceAboveZeroStaysThere) {
    const auto next = ext::next_buy_price({PricePerKg(1), Grams(0), Grams(1), PricePerKg(1)});
    EXPECT_EQ(next.value.value(), 1);
}

OffsetIn any_region(Draw& draw, int round) {
    // Half of them of any size, half where the cases of Proposition 2 meet.
    if (round % 2 == 0) {
        return {Grams(1 + draw.any_size(kGramsMax - 1)), Grams(1 + draw.any_size(kGramsMax - 1)),
                PricePerKg(1 + draw.any_size(kPriceMax - 1)), PricePerKg(1 + draw.any_size(kPriceMax - 1)),
                AbatementEase(1 + draw.any_size(kEaseMax - 1))};
    }
    return {Grams(draw.number(1, 20'000)), Grams(draw.number(1, 20'000)),
            PricePerKg(draw.number(1, 4'000'000)), PricePerKg(draw.number(1, 9'000'000)),
            AbatementEase(draw.number(1, 9'000))};
}

exact::Region of(const OffsetIn& in) {
    return {of(in.quota_cap), of(in.supply_max), of(in.effort_cost), of(in.market_price),
            of(in.abatement_ease)};
}

TEST(Rounding, TheOffsetRatioIsRoundedDownAndItsCaseDecidedExactly) {
    Draw draw(53);
    std::map<Status, int> seen;
    for (int round = 0; round < 4000; ++round) {
        const OffsetIn in = any_region(draw, round);
        const auto got = offset_optimum(in);
        const auto exact = exact::offset_optimum(of(in));
        ASSERT_EQ(name(got.status), name(exact.status));
        ++seen[got.status];
        EXPECT_EQ(got.value.offset_ratio.value(), exact::floor_on(exact.value.offset_ratio, kRatioOne));
        EXPECT_EQ(got.value.concave, exact.value.concave);
        EXPECT_EQ(got.value.lower_bound, exact.value.lower_bound);
        EXPECT_EQ(got.value.upper_bound, exact.value.upper_bound);

        const Costs costs{PricePerKg(draw.any_size(kPriceMax)), PricePerKg(draw.any_size(kPriceMax))};
        const exact::Costs exact_costs{of(costs.op_cost), of(costs.chain_cost)};
        const auto full = ext::offset_optimum_full(in, costs);
        if (!full.ok()) continue;
        const auto exact_full = exact::ext::offset_optimum_full(of(in), exact_costs);
        ASSERT_EQ(name(full.status), name(exact_full.status));
        EXPECT_EQ(full.value.offset_ratio.value(), exact::floor_on(exact_full.value.offset_ratio, kRatioOne));
    }
    for (const Status status :
         {Status::interior, Status::corner_zero, Status::corner_one, Status::corner_supply}) {
        EXPECT_GT(seen[status], 50) << name(status);
    }
}

TEST(Rounding, WelfareIsRoundedDownWhereTheQuantityIsExact) {
    Draw draw(54);
    int compared = 0;
    for (int round = 0; round < 3000; ++round) {
        const OffsetIn in = any_region(draw, round);
        const Ratio ratio(draw.number(0, 1) * kRatioOne);  // nothing or all: no grams are cut
        const auto exact = exact::welfare_terms(of(in), of(ratio));
        const auto got = welfare_terms(
            {in.quota_cap, ratio, in.supply_max, in.effort_cost, in.market_price, in.abatement_ease});
        if (got.status == Status::overflow) continue;
        ASSERT_EQ(name(got.status), name(exact.status));
        if (!got.ok()) continue;
        ++compared;
        const auto floored = [](const Rational& value) { return exact::floor_on(value, kMicro); };
        EXPECT_EQ(got.value.seller_surplus.value(), floored(exact.value.seller_surplus));
        EXPECT_EQ(got.value.platform_profit.value(), floored(exact.value.platform_profit));
        EXPECT_EQ(got.value.profit_plus_surplus.value(), floored(exact.value.profit_plus_surplus));
        EXPECT_EQ(got.value.abatement_cost.value(), floored(exact.value.abatement_cost));
        EXPECT_EQ(got.value.enterprise_benefit.value(), floored(exact.value.enterprise_benefit));
        EXPECT_EQ(got.value.total_welfare.value(), floored(exact.value.total_welfare));
    }
    EXPECT_GT(compared, 500);
}

TEST(Rounding, WelfareIsKnownUpToTheLastGramThatPeopleCanSupply) {
    WelfareIn in{.quota_cap = Grams(1000),
                 .offset_ratio = Ratio(500'000'000),
                 .supply_max = Grams(500),
                 .effort_cost = PricePerKg(1),
                 .market_price = PricePerKg(1),
                 .abatement_ease = AbatementEase(1000)};
    EXPECT_EQ(welfare_terms(in).status, Status::ok);
    in.supply_max = Grams(499);
    EXPECT_EQ(welfare_terms(in).status, Status::supply_cap);
}

TEST(Rounding, AnAbatementCostThatDoesNotFitIsAnOverflow) {
    const WelfareIn in{.quota_cap = Grams(kGramsMax),
                       .offset_ratio = Ratio(0),
                       .supply_max = Grams(1),
                       .effort_cost = PricePerKg(1),
                       .market_price = PricePerKg(0),
                       .abatement_ease = AbatementEase(1)};
    EXPECT_EQ(welfare_terms(in).status, Status::overflow);
}

Platform any_platform(Draw& draw, int round) {
    // Half of them of any size, half of sizes at which people join.
    const auto coefficient = [&draw, round](std::int64_t usual) {
        return Nano(round % 2 == 0 ? draw.any_size(kNanoMax) : draw.number(0, usual));
    };
    return {.service_level = coefficient(kRatioOne),
            .sens_d = coefficient(kRatioOne / 2),
            .sens_s = coefficient(kRatioOne / 2),
            .ask_price = coefficient(3 * kRatioOne),
            .cross_d = coefficient(kRatioOne / 2),
            .cross_s = coefficient(kRatioOne),
            .service_cost = Nano(1 + coefficient(2 * kRatioOne).value() % kNanoMax)};
}

exact::Platform of(const Platform& in) {
    return {of(in.service_level), of(in.sens_d),  of(in.sens_s),      of(in.ask_price),
            of(in.cross_d),       of(in.cross_s), of(in.service_cost)};
}

TEST(Rounding, SharesAreRoundedDownAndFeesUp) {
    Draw draw(55);
    std::map<Status, int> seen;
    for (int round = 0; round < 4000; ++round) {
        const Platform in = any_platform(draw, round);
        const auto objective = draw.number(0, 1) == 0 ? Objective::profit : Objective::welfare;
        const auto policy = std::array{FeePolicy::cross, FeePolicy::none, FeePolicy::free}.at(
            static_cast<std::size_t>(draw.number(0, 2)));
        const auto got = two_sided(in, objective, policy);
        const auto exact = exact::two_sided(of(in), objective, policy);
        ++seen[got.status];
        // A deficit is that of what is posted, which rounding moves by some billionths.
        if (got.status == Status::deficit || exact.status == Status::deficit) continue;
        ASSERT_EQ(name(got.status), name(exact.status));
        if (!got.ok()) continue;
        EXPECT_EQ(got.value.scale_d.value(), exact::floor_on(exact.value.scale_d, kRatioOne));
        EXPECT_EQ(got.value.scale_s.value(), exact::floor_on(exact.value.scale_s, kRatioOne));
        EXPECT_EQ(got.value.fee_d.value(), ceil_on(exact.value.fee_d, kRatioOne));
        EXPECT_EQ(got.value.fee_s.value(), ceil_on(exact.value.fee_s, kRatioOne));
    }
    for (const Status status :
         {Status::interior, Status::fee_d_zero, Status::not_concave, Status::scale_range, Status::deficit}) {
        EXPECT_GT(seen[status], 20) << name(status);
    }
}

TEST(Rounding, TheServiceLevelIsRoundedDown) {
    Draw draw(56);
    int solved = 0;
    for (int round = 0; round < 4000; ++round) {
        const Platform in = any_platform(draw, round);
        const auto objective = draw.number(0, 1) == 0 ? Objective::profit : Objective::welfare;
        const auto got = service_optimum(in, objective);
        const auto exact = exact::service_optimum(of(in), objective);
        if (!got.ok() || !exact.ok()) {
            EXPECT_FALSE(got.ok() && exact.status == Status::not_concave);
            EXPECT_EQ(got.status == Status::no_optimum, exact.status == Status::no_optimum);
            continue;
        }
        ++solved;
        EXPECT_EQ(got.value.service_level.value(), exact::floor_on(exact.value.service_level, kRatioOne));
    }
    EXPECT_GT(solved, 200);
}

TEST(TwoSidedInputs, AreRefusedOutsideOfTheirLimits) {
    const Platform good{.service_level = Nano(0),
                        .sens_d = Nano(0),
                        .sens_s = Nano(0),
                        .ask_price = Nano(kRatioOne),
                        .cross_d = Nano(0),
                        .cross_s = Nano(kRatioOne),
                        .service_cost = Nano(1)};
    EXPECT_EQ(two_sided(good, Objective::profit, FeePolicy::cross).status, Status::interior);
    for (Nano Platform::*input :
         {&Platform::service_level, &Platform::sens_d, &Platform::sens_s, &Platform::ask_price,
          &Platform::cross_d, &Platform::cross_s, &Platform::service_cost}) {
        Platform bad = good;
        bad.*input = Nano(-1);
        EXPECT_EQ(two_sided(bad, Objective::profit, FeePolicy::cross).status, Status::bad_param);
        bad.*input = Nano(kNanoMax + 1);
        EXPECT_EQ(two_sided(bad, Objective::profit, FeePolicy::cross).status, Status::overflow);
    }
    Platform costless = good;
    costless.service_cost = Nano(0);
    EXPECT_EQ(two_sided(costless, Objective::profit, FeePolicy::cross).status, Status::bad_param);
}

TEST(Prorate, GivesAwayExactlyWhatThereIsAndToNobodyMoreThanOrdered) {
    Draw draw(57);
    int short_of = 0;
    for (int round = 0; round < 2000; ++round) {
        std::vector<Grams> orders;
        std::int64_t total = 0;
        for (std::int64_t i = draw.number(1, 12); i > 0; --i) {
            orders.emplace_back(draw.any_size(kGramsMax / 12));
            total += orders.back().value();
        }
        const Grams available(draw.number(0, 1) == 0 ? draw.any_size(kGramsMax) : total / draw.number(1, 9));
        const auto got = prorate(orders, available);
        if (total == 0) {
            EXPECT_EQ(got.status, Status::bad_param);
            continue;
        }
        ASSERT_EQ(got.value.size(), orders.size());
        const std::vector<Rational> exact_orders = [&orders] {
            std::vector<Rational> all;
            for (const Grams order : orders) all.push_back(of(order));
            return all;
        }();
        const auto exact = exact::prorate(exact_orders, of(available));
        EXPECT_EQ(name(got.status), name(exact.status));
        std::int64_t filled = 0;
        for (std::size_t i = 0; i < orders.size(); ++i) {
            EXPECT_GE(got.value[i].value(), 0);
            EXPECT_LE(got.value[i], orders[i]);
            EXPECT_LT(abs(of(got.value[i]) - exact.value[i]), Rational(1, kGram));
            filled += got.value[i].value();
        }
        EXPECT_EQ(filled, std::min(total, available.value()));
        if (got.status == Status::short_supply) ++short_of;
    }
    EXPECT_GT(short_of, 500);
}

TEST(Prorate, RefusesOrdersThatAreNegativeOrTooLargeTogether) {
    EXPECT_EQ(prorate(std::vector{Grams(2), Grams(-1)}, Grams(1)).status, Status::bad_param);
    EXPECT_EQ(prorate(std::vector{Grams(2)}, Grams(-1)).status, Status::bad_param);
    EXPECT_EQ(prorate(std::vector{Grams(kGramsMax), Grams(1)}, Grams(1)).status, Status::overflow);
    EXPECT_EQ(prorate({}, Grams(1)).status, Status::bad_param);
}

TEST(RegistrationCharge, RoundsUpOnBothSidesOfZeroAndKnowsItsLimits) {
    Draw draw(58);
    for (int round = 0; round < 2000; ++round) {
        const Nano fee(draw.number(-kNanoMax, kNanoMax));
        const MicroYuan unit(draw.any_size(kValueUnitMax));
        EXPECT_EQ(registration_charge(fee, unit).value.value(),
                  ceil_on(exact::registration_charge(of(fee), of(unit)).value, kMicro));
    }
    EXPECT_EQ(registration_charge(Nano(kNanoMax + 1), MicroYuan(1)).status, Status::overflow);
    EXPECT_EQ(registration_charge(Nano(-kNanoMax - 1), MicroYuan(1)).status, Status::overflow);
    EXPECT_EQ(registration_charge(Nano(1), MicroYuan(-1)).status, Status::bad_param);
    EXPECT_EQ(registration_charge(Nano(1), MicroYuan(kValueUnitMax + 1)).status, Status::overflow);
}

}  // namespace
}  // namespace pcq::econ
