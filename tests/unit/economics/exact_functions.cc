#include "src/economics/exact/evolution.h"
#include "src/economics/exact/market.h"
#include "src/economics/exact/results.h"
#include "src/economics/exact/service.h"
#include "src/economics/exact/settlement.h"
#include "src/economics/exact/two_sided.h"
#include "src/economics/exact/welfare.h"
#include "tests/unit/economics/exact_inputs.h"

namespace pcq::econ {
namespace {

using namespace exact;

void add_participation(Functions& all) {
    all["seller_utility"] = [](const Inputs& in) {
        return answer(seller_utility({in.exact("buy_price"), in.exact("effort_cost"), in.exact("perception"),
                                      in.exact("reduction"), in.exact("sell_prob")}),
                      one("utility"));
    };
    all["sell_share"] = [](const Inputs& in) {
        return answer(sell_share(in.exact("buy_price"), in.exact("effort_cost")), one("share"));
    };
    all["supply"] = [](const Inputs& in) {
        return answer(supply(in.exact("buy_price"), in.exact("effort_cost"), supply_max(in)), one("supply"));
    };
}

void add_prices(Functions& all) {
    all["platform_profit"] = [](const Inputs& in) {
        return answer(platform_profit(profit_in(in)), one("profit"));
    };
    all["best_buy_price"] = [](const Inputs& in) {
        return answer(
            best_buy_price({in.exact("sell_price"), in.exact("effort_cost"), costs(in), supply_max(in)}),
            [](const BestPrice& best) {
                return Outputs{{"buy_price", text(best.buy_price)},
                               {"supply", text(best.supply)},
                               {"profit", text(best.profit)}};
            });
    };
    all["market_prices"] = [](const Inputs& in) {
        const MarketIn market = market_in(in);
        return answer(market_prices(market), [&market](const MarketPrices& prices) {
            return Outputs{
                {"demand", text(prices.demand)},       {"supply_max", text(market.supply_max)},
                {"buy_price", text(prices.buy_price)}, {"sell_price", text(prices.sell_price)},
                {"share", text(prices.share)},         {"supply", text(prices.supply)},
                {"traded", text(prices.traded)},       {"unmet", text(prices.unmet)},
                {"profit", text(prices.profit)},       {"seller_surplus", text(prices.seller_surplus)}};
        });
    };
    all["next_buy_price"] = [](const Inputs& in) {
        return answer(ext::next_buy_price({in.exact("buy_price"), in.exact("demand"), in.exact("supply"),
                                           in.exact("effort_cost")}),
                      one("buy_price"));
    };
}

void add_welfare(Functions& all) {
    all["welfare_terms"] = [](const Inputs& in) {
        return answer(welfare_terms(region(in), in.exact("offset_ratio")), [](const Welfare& welfare) {
            return Outputs{{"seller_surplus", text(welfare.seller_surplus)},
                           {"platform_profit", text(welfare.platform_profit)},
                           {"profit_plus_surplus", text(welfare.profit_plus_surplus)},
                           {"abatement_cost", text(welfare.abatement_cost)},
                           {"enterprise_benefit", text(welfare.enterprise_benefit)},
                           {"total_welfare", text(welfare.total_welfare)}};
        });
    };
    all["offset_optimum"] = [](const Inputs& in) {
        return answer(offset_optimum(region(in)), [](const OffsetOptimum& optimum) {
            return Outputs{{"offset_ratio", text(optimum.offset_ratio)},
                           {"flag_soc", text(optimum.concave)},
                           {"flag_lower", text(optimum.lower_bound)},
                           {"flag_upper", text(optimum.upper_bound)}};
        });
    };
    all["offset_optimum_full"] = [](const Inputs& in) {
        return answer(ext::offset_optimum_full(region(in), costs(in)), [](const ext::FullOptimum& optimum) {
            return Outputs{{"offset_ratio", text(optimum.offset_ratio)},
                           {"total_welfare", text(optimum.total_welfare)}};
        });
    };
    all["emission_change"] = [](const Inputs& in) {
        return answer(emission_change(market_in(in), in.exact("displacement")),
                      [](const EmissionChange& change) {
                          return Outputs{{"consumer_reduction", text(change.consumer_reduction)},
                                         {"net_change", text(change.net_change)},
                                         {"platform_profit", text(change.platform_profit)}};
                      });
    };
}

Outputs read(const PlatformOptimum& best) {
    return {{"scale_d", text(best.scale_d)},     {"scale_s", text(best.scale_s)},
            {"fee_d", text(best.fee_d)},         {"fee_s", text(best.fee_s)},
            {"profit", text(best.profit)},       {"surplus_d", text(best.surplus_d)},
            {"surplus_s", text(best.surplus_s)}, {"welfare", text(best.welfare)}};
}

void add_platform(Functions& all) {
    all["hessian_two_sided"] = [](const Inputs& in) {
        return answer(hessian(platform(in), in.objective()), [](const Hessian& hessian) {
            return Outputs{{"h_dd", text(hessian.dd)},
                           {"h_ds", text(hessian.ds)},
                           {"h_ss", text(hessian.ss)},
                           {"flag_negative_definite", text(hessian.negative_definite)}};
        });
    };
    all["scales_two_sided"] = [](const Inputs& in) {
        return answer(scales(platform(in), fees(in)), [](const Scales& scales) {
            return Outputs{{"scale_d", text(scales.d)}, {"scale_s", text(scales.s)}};
        });
    };
    all["two_sided"] = [](const Inputs& in) {
        return answer(two_sided(platform(in), in.objective(), in.policy()), read);
    };
    all["two_sided_boxed"] = [](const Inputs& in) {
        return answer(two_sided_boxed(platform(in), in.objective()), read);
    };
}

void add_service(Functions& all) {
    all["service_optimum"] = [](const Inputs& in) {
        return answer(service_optimum(platform(in), in.objective()), [](const ServiceOptimum& best) {
            return Outputs{{"service_level", text(best.service_level)},
                           {"profit", text(best.profit)},
                           {"welfare", text(best.welfare)},
                           {"scale_d", text(best.scale_d)},
                           {"scale_s", text(best.scale_s)}};
        });
    };
    all["service_optimum_boxed"] = [](const Inputs& in) {
        return answer(service_optimum_boxed(platform(in), in.objective()),
                      [](const BoxedServiceOptimum& best) {
                          return Outputs{{"service_level", text(best.service_level)},
                                         {"objective_value", text(best.objective_value)},
                                         {"scale_d", text(best.scale_d)},
                                         {"scale_s", text(best.scale_s)}};
                      });
    };
    all["sensitivities"] = [](const Inputs& in) {
        return answer(sensitivities(platform(in), in.objective()), [](const Sensitivities& slopes) {
            return Outputs{{"dV_dsens_d", text(slopes.value_by_sens_d)},
                           {"dV_dsens_s", text(slopes.value_by_sens_s)},
                           {"dV_dask", text(slopes.value_by_ask)},
                           {"dV_dq", text(slopes.value_by_service)},
                           {"dNd_dsens_d", text(slopes.scale_d_by_sens_d)},
                           {"dNd_dsens_s", text(slopes.scale_d_by_sens_s)},
                           {"dNd_dq", text(slopes.scale_d_by_service)},
                           {"dNs_dq", text(slopes.scale_s_by_service)}};
        });
    };
    all["welfare_gain"] = [](const Inputs& in) {
        return answer(welfare_gain(welfare_platform(in)), [](const WelfareGain& gain) {
            return Outputs{{"gain_printed", text(gain.printed)},
                           {"gain_closed_form", text(gain.closed_form)},
                           {"gain_boxed", text(gain.boxed)},
                           {"flag_region_1", text(gain.regions.first)},
                           {"flag_region_2", text(gain.regions.second)},
                           {"flag_optimum_exists", text(gain.optimum_exists)}};
        });
    };
}

ext::Game game(const Inputs& in) {
    return {platform(in), fees(in), in.exact("chain_cost_norm")};
}

void add_evolution(Functions& all) {
    all["evo_price_field"] = [](const Inputs& in) {
        const auto f = ext::price_field({in.exact("sell_share"), in.exact("rel_price")},
                                        {in.exact("rel_demand"), in.exact("speed")});
        return Answer{Status::ok,
                      {{"dx", text(f.dx)},
                       {"dp", text(f.dp)},
                       {"j_xx", text(f.j_xx)},
                       {"j_xp", text(f.j_xp)},
                       {"j_px", text(f.j_px)},
                       {"j_pp", text(f.j_pp)}}};
    };
    all["evo_field"] = [](const Inputs& in) {
        const auto f = ext::field({in.exact("x"), in.exact("y"), in.exact("z")}, game(in));
        Outputs out{{"payoff_s", text(f.payoff_s)},
                    {"payoff_d", text(f.payoff_d)},
                    {"payoff_p", text(f.payoff_p)},
                    {"dx", text(f.dx)},
                    {"dy", text(f.dy)},
                    {"dz", text(f.dz)}};
        const std::string axes = "xyz";
        for (std::size_t row = 0; row < 3; ++row) {
            for (std::size_t column = 0; column < 3; ++column) {
                out[std::string("j_") + axes[row] + axes[column]] = text(f.jacobian[row][column]);
            }
        }
        return Answer{Status::ok, out};
    };
    all["evo_face"] = [](const Inputs& in) {
        const bool adopted = in.exact("z") == 1;
        if (!adopted && in.exact("z") != 0) throw std::invalid_argument("a face has z = 0 or 1");
        return answer(ext::face(adopted, game(in)), [](const ext::Face& face) {
            return Outputs{{"x", text(face.at.x)},
                           {"y", text(face.at.y)},
                           {"trace_xy", text(face.trace_xy)},
                           {"det_xy", text(face.det_xy)},
                           {"eigen_z", text(face.eigen_z)},
                           {"flag_stable", text(face.stable)}};
        });
    };
}

void add_settlement(Functions& all) {
    all["settle_trade"] = [](const Inputs& in) {
        return answer(
            settle_trade({in.exact("quantity"), in.exact("buy_price"), in.exact("sell_price"), costs(in)}),
            [](const Trade& trade) {
                return Outputs{{"buyer_pays", text(trade.buyer_pays)},
                               {"seller_gets", text(trade.seller_gets)},
                               {"platform_gets", text(trade.platform_gets)},
                               {"cost_part", text(trade.cost_part)},
                               {"margin_part", text(trade.margin_part)}};
            });
    };
    all["registration_charge"] = [](const Inputs& in) {
        return answer(registration_charge(in.exact("fee"), in.exact("value_unit")), one("charge"));
    };
    all["prorate"] = [](const Inputs& in) {
        return answer(prorate(in.exact_list("orders"), in.exact("available")),
                      [](const std::vector<Rational>& fills) {
                          Outputs out;
                          for (std::size_t i = 0; i < fills.size(); ++i) {
                              out["fills[" + std::to_string(i) + "]"] = text(fills[i]);
                          }
                          return out;
                      });
    };
}

}  // namespace

Functions exact_functions() {
    Functions all;
    add_participation(all);
    add_prices(all);
    add_welfare(all);
    add_platform(all);
    add_service(all);
    add_evolution(all);
    add_settlement(all);
    return all;
}

}  // namespace pcq::econ
