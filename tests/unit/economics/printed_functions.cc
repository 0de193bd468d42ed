#include "src/economics/printed/market.h"
#include "src/economics/printed/profit_platform.h"
#include "src/economics/printed/welfare_platform.h"
#include "tests/unit/economics/exact_inputs.h"

namespace pcq::econ {
namespace {

Outputs read(const exact::Scales& scales) {
    return {{"scale_d", text(scales.d)}, {"scale_s", text(scales.s)}};
}
Outputs read(const exact::Fees& fees) {
    return {{"fee_d", text(fees.d)}, {"fee_s", text(fees.s)}};
}
constexpr auto kRead = [](const auto& value) { return read(value); };

void add_market(Functions& all) {
    all["sell_share_printed"] = [](const Inputs& in) {
        return answer(printed::sell_share(in.exact("buy_price"), in.exact("effort_cost")), one("share"));
    };
    all["supply_printed"] = [](const Inputs& in) {
        return answer(printed::supply(in.exact("buy_price"), in.exact("effort_cost"), supply_max(in)),
                      one("supply"));
    };
    all["platform_profit_printed"] = [](const Inputs& in) {
        return answer(printed::platform_profit(profit_in(in)), one("profit"));
    };
    all["best_buy_price_printed"] = [](const Inputs& in) {
        const auto best = printed::best_buy_price(in.exact("sell_price"), in.exact("op_cost"));
        return Answer{Status::ok, {{"buy_price", text(best)}}};
    };
    all["market_prices_printed"] = [](const Inputs& in) {
        exact::MarketIn market;
        market.quota_cap = in.exact("quota_cap");
        market.offset_ratio = in.exact("offset_ratio");
        market.effort_cost = in.exact("effort_cost");
        market.costs.op_cost = in.exact("op_cost");
        market.supply_max = supply_max(in);
        return answer(printed::market_prices(market), [](const printed::Prices& prices) {
            return Outputs{{"buy_price", text(prices.buy_price)}, {"sell_price", text(prices.sell_price)}};
        });
    };
    all["offset_optimum_printed"] = [](const Inputs& in) {
        return answer(printed::offset_optimum(region(in)), [](const printed::OffsetOptimum& optimum) {
            return Outputs{{"offset_ratio", text(optimum.offset_ratio)},
                           {"flag_printed_condition", text(optimum.condition)}};
        });
    };
}

void add_profit_platform(Functions& all) {
    all["reaction_321"] = [](const Inputs& in) {
        return Answer{Status::ok, read(printed::reaction(platform(in), fees(in), in.exact("scale_other")))};
    };
    all["scales_321_printed"] = [](const Inputs& in) {
        return answer(printed::scales(platform(in), fees(in)), kRead);
    };
    all["fees_321_printed"] = [](const Inputs& in) { return answer(printed::fees(platform(in)), kRead); };
    all["hessian_321_printed"] = [](const Inputs& in) {
        const auto hessian = printed::hessian(platform(in));
        return Answer{Status::ok,
                      {{"h_dd", text(hessian.dd)},
                       {"h_ds", text(hessian.ds)},
                       {"h_ss", text(hessian.ss)},
                       {"flag_printed_existence", text(hessian.existence)},
                       {"flag_printed_positive", text(hessian.positive)}}};
    };
    all["equilibrium_321_printed"] = [](const Inputs& in) {
        return answer(printed::equilibrium(platform(in)), [](const printed::Equilibrium& found) {
            return Outputs{{"scale_d", text(found.scale_d)},
                           {"scale_s", text(found.scale_s)},
                           {"profit", text(found.profit)}};
        });
    };
}

void add_welfare_platform(Functions& all) {
    all["scales_322_printed"] = [](const Inputs& in) {
        return answer(printed::welfare_scales(welfare_platform(in), fees(in)), kRead);
    };
    all["surplus_322_printed"] = [](const Inputs& in) {
        return answer(printed::welfare_surplus(welfare_platform(in), fees(in)),
                      [](const printed::Surplus& surplus) {
                          return Outputs{{"surplus_d", text(surplus.d)}, {"surplus_s", text(surplus.s)}};
                      });
    };
    all["fees_322_printed"] = [](const Inputs& in) {
        return answer(printed::welfare_fees(welfare_platform(in)), kRead);
    };
    all["hessian_322_printed"] = [](const Inputs& in) {
        return answer(
            printed::welfare_hessian(welfare_platform(in)), [](const printed::WelfareHessian& hessian) {
                return Outputs{
                    {"h_dd", text(hessian.dd)}, {"h_ds", text(hessian.ds)}, {"h_ss", text(hessian.ss)}};
            });
    };
    all["equilibrium_322_printed"] = [](const Inputs& in) {
        return answer(printed::welfare_equilibrium(welfare_platform(in)),
                      [](const printed::WelfareEquilibrium& found) {
                          return Outputs{{"scale_d", text(found.scale_d)},
                                         {"scale_s", text(found.scale_s)},
                                         {"profit", text(found.profit)},
                                         {"welfare", text(found.welfare)}};
                      });
    };
}

}  // namespace

Functions printed_functions() {
    Functions all;
    add_market(all);
    add_profit_platform(all);
    add_welfare_platform(all);
    return all;
}

}  // namespace pcq::econ
