#include <algorithm>

#include "src/economics/market.h"
#include "src/economics/offset.h"
#include "src/economics/settlement.h"
#include "src/economics/two_sided.h"
#include "src/economics/welfare.h"
#include "tests/unit/economics/vectors.h"

namespace pcq::econ {
namespace {

using namespace literals;

Costs costs(const Inputs& in) {
    return {in.as<PricePerKg>("op_cost"), in.as<PricePerKg>("chain_cost")};
}

// Runs `then` with D W, or ends with the error of its own range checks after those of the prices.
template <class Then>
Answer with_supply(const Inputs& in, Then then) {
    const auto most = supply_max(in.number("population"), in.as<Grams>("avg_reduction"));
    if (most.ok()) return then(most.value);
    const Answer earlier = then(1_g);  // errors of the other inputs come first
    return is_error(earlier.status) && earlier.status != Status::no_margin ? earlier
                                                                           : Answer{most.status, {}};
}

MarketIn market_in(const Inputs& in, Grams most) {
    return {in.as<Grams>("quota_cap"),         in.as<Ratio>("offset_ratio"),
            in.as<PricePerKg>("effort_cost"),  costs(in),
            in.as<PricePerKg>("market_price"), most};
}

OffsetIn offset_in(const Inputs& in) {
    return {in.as<Grams>("quota_cap"), in.as<Grams>("supply_max"), in.as<PricePerKg>("effort_cost"),
            in.as<PricePerKg>("market_price"), in.as<AbatementEase>("abatement_ease")};
}

Platform platform(const Inputs& in) {
    const auto level = in.has("service_level") ? in.as<Nano>("service_level") : Nano(0);
    return {level,
            in.as<Nano>("sens_d"),
            in.as<Nano>("sens_s"),
            in.as<Nano>("ask_price"),
            in.as<Nano>("cross_d"),
            in.as<Nano>("cross_s"),
            in.as<Nano>("service_cost")};
}

void add_participation(Functions& all) {
    all["seller_utility"] = [](const Inputs& in) {
        return answer(seller_utility({in.as<PricePerKg>("buy_price"), in.as<PricePerKg>("effort_cost"),
                                      in.as<Ratio>("perception"), in.as<Grams>("reduction"),
                                      in.as<Ratio>("sell_prob")}),
                      [](MicroYuan utility) {
                          return Outputs{{"utility", text(utility)}};
                      });
    };
    all["sell_share"] = [](const Inputs& in) {
        return answer(sell_share(in.as<PricePerKg>("buy_price"), in.as<PricePerKg>("effort_cost")),
                      [](Ratio share) {
                          return Outputs{{"share", text(share)}};
                      });
    };
    all["supply"] = [](const Inputs& in) {
        return with_supply(in, [&in](Grams most) {
            return answer(supply(in.as<PricePerKg>("buy_price"), in.as<PricePerKg>("effort_cost"), most),
                          [](Grams offered) {
                              return Outputs{{"supply", text(offered)}};
                          });
        });
    };
}

void add_prices(Functions& all) {
    all["platform_profit"] = [](const Inputs& in) {
        return with_supply(in, [&in](Grams most) {
            return answer(platform_profit({in.as<PricePerKg>("buy_price"), in.as<PricePerKg>("sell_price"),
                                           in.as<PricePerKg>("effort_cost"), costs(in), most}),
                          [](MicroYuan profit) {
                              return Outputs{{"profit", text(profit)}};
                          });
        });
    };
    all["best_buy_price"] = [](const Inputs& in) {
        return with_supply(in, [&in](Grams most) {
            return answer(best_buy_price(in.as<PricePerKg>("sell_price"), in.as<PricePerKg>("effort_cost"),
                                         costs(in), most),
                          [](const BestPrice& best) {
                              return Outputs{{"buy_price", text(best.buy_price)},
                                             {"supply", text(best.supply)},
                                             {"profit", text(best.profit)}};
                          });
        });
    };
    all["market_prices"] = [](const Inputs& in) {
        return with_supply(in, [&in](Grams most) {
            return answer(market_prices(market_in(in, most)), [most](const MarketPrices& prices) {
                return Outputs{
                    {"demand", text(prices.demand)},       {"supply_max", text(most)},
                    {"buy_price", text(prices.buy_price)}, {"sell_price", text(prices.sell_price)},
                    {"share", text(prices.share)},         {"supply", text(prices.supply)},
                    {"traded", text(prices.traded)},       {"unmet", text(prices.unmet)},
                    {"profit", text(prices.profit)},       {"seller_surplus", text(prices.seller_surplus)}};
            });
        });
    };
    all["next_buy_price"] = [](const Inputs& in) {
        return answer(ext::next_buy_price({in.as<PricePerKg>("buy_price"), in.as<Grams>("demand"),
                                           in.as<Grams>("supply"), in.as<PricePerKg>("effort_cost")}),
                      [](PricePerKg price) {
                          return Outputs{{"buy_price", text(price)}};
                      });
    };
}

void add_welfare(Functions& all) {
    all["welfare_terms"] = [](const Inputs& in) {
        return answer(
            welfare_terms({in.as<Grams>("quota_cap"), in.as<Ratio>("offset_ratio"),
                           in.as<Grams>("supply_max"), in.as<PricePerKg>("effort_cost"),
                           in.as<PricePerKg>("market_price"), in.as<AbatementEase>("abatement_ease")}),
            [](const Welfare& welfare) {
                return Outputs{{"seller_surplus", text(welfare.seller_surplus)},
                               {"platform_profit", text(welfare.platform_profit)},
                               {"profit_plus_surplus", text(welfare.profit_plus_surplus)},
                               {"abatement_cost", text(welfare.abatement_cost)},
                               {"enterprise_benefit", text(welfare.enterprise_benefit)},
                               {"total_welfare", text(welfare.total_welfare)}};
            });
    };
    all["offset_optimum"] = [](const Inputs& in) {
        return answer(offset_optimum(offset_in(in)), [](const OffsetOptimum& optimum) {
            return Outputs{{"offset_ratio", text(optimum.offset_ratio)},
                           {"flag_soc", text(optimum.concave)},
                           {"flag_lower", text(optimum.lower_bound)},
                           {"flag_upper", text(optimum.upper_bound)}};
        });
    };
    all["offset_optimum_full"] = [](const Inputs& in) {
        return answer(ext::offset_optimum_full(offset_in(in), costs(in)),
                      [](const ext::FullOptimum& optimum) {
                          return Outputs{{"offset_ratio", text(optimum.offset_ratio)},
                                         {"total_welfare", text(optimum.total_welfare)}};
                      });
    };
    all["emission_change"] = [](const Inputs& in) {
        return with_supply(in, [&in](Grams most) {
            return answer(emission_change(market_in(in, most), in.as<Ratio>("displacement")),
                          [](const EmissionChange& change) {
                              return Outputs{{"consumer_reduction", text(change.consumer_reduction)},
                                             {"net_change", text(change.net_change)},
                                             {"platform_profit", text(change.platform_profit)}};
                          });
        });
    };
}

void add_platform(Functions& all) {
    all["two_sided"] = [](const Inputs& in) {
        return answer(two_sided(platform(in), in.objective(), in.policy()), [](const PlatformOptimum& best) {
            return Outputs{{"scale_d", text(best.scale_d)},     {"scale_s", text(best.scale_s)},
                           {"fee_d", text(best.fee_d)},         {"fee_s", text(best.fee_s)},
                           {"profit", text(best.profit)},       {"surplus_d", text(best.surplus_d)},
                           {"surplus_s", text(best.surplus_s)}, {"welfare", text(best.welfare)}};
        });
    };
    all["service_optimum"] = [](const Inputs& in) {
        return answer(service_optimum(platform(in), in.objective()), [](const ServiceOptimum& best) {
            return Outputs{{"service_level", text(best.service_level)},
                           {"profit", text(best.platform.profit)},
                           {"welfare", text(best.platform.welfare)},
                           {"scale_d", text(best.platform.scale_d)},
                           {"scale_s", text(best.platform.scale_s)}};
        });
    };
}

void add_settlement(Functions& all) {
    all["settle_trade"] = [](const Inputs& in) {
        return answer(settle_trade(in.as<Grams>("quantity"), in.as<PricePerKg>("buy_price"),
                                   in.as<PricePerKg>("sell_price"), costs(in)),
                      [](const Trade& trade) {
                          return Outputs{{"buyer_pays", text(trade.buyer_pays)},
                                         {"seller_gets", text(trade.seller_gets)},
                                         {"platform_gets", text(trade.platform_gets)},
                                         {"cost_part", text(trade.cost_part)},
                                         {"margin_part", text(trade.margin_part)}};
                      });
    };
    all["registration_charge"] = [](const Inputs& in) {
        return answer(registration_charge(in.as<Nano>("fee"), in.as<MicroYuan>("value_unit")),
                      [](MicroYuan charge) {
                          return Outputs{{"charge", text(charge)}};
                      });
    };
    all["prorate"] = [](const Inputs& in) {
        std::vector<Grams> orders;
        for (const std::int64_t order : in.list("orders")) orders.emplace_back(order);
        return answer(prorate(orders, in.as<Grams>("available")), [](const std::vector<Grams>& fills) {
            Outputs out;
            for (std::size_t i = 0; i < fills.size(); ++i) {
                out["fills[" + std::to_string(i) + "]"] = text(fills[i]);
            }
            return out;
        });
    };
}

}  // namespace

Functions fixed_functions() {
    Functions all;
    add_participation(all);
    add_prices(all);
    add_welfare(all);
    add_platform(all);
    add_settlement(all);
    return all;
}

}  // namespace pcq::econ
