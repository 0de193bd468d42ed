#include "src/cli/model/agents.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "src/base/wide.h"
#include "src/economics/settlement.h"

namespace pcq::cli::model {
namespace {

Error infeasible_market(econ::Status status, const std::string& what) {
    return Error{Code::model_infeasible, std::string(econ::name(status)) + ": " + what};
}

std::int64_t part(std::int64_t whole, std::int64_t of, std::int64_t in) {
    return static_cast<std::int64_t>(Int128(whole) * of / in);
}

// Quota in proportion to people, cap of all emissions in all; rounded down.
Result<std::vector<Agent>> make_agents(const std::vector<Home>& homes, const MarketRules& rules) {
    Int128 emitted = 0;
    std::int64_t people = 0;
    for (const auto& home : homes) {
        emitted += home.emitted.value();
        people += home.people;
    }
    const Int128 quota = emitted * rules.cap.value() / kRatioOne;
    if (quota > econ::kGramsMax || emitted > econ::kGramsMax) {
        return Error{Code::amount_overflow,
                     "the households emit more than the integers of the chain can hold"};
    }
    std::vector<Agent> agents;
    for (std::size_t i = 0; i < homes.size(); ++i) {
        Agent agent;
        agent.emitted = homes[i].emitted;
        agent.quota = Grams(part(static_cast<std::int64_t>(quota), homes[i].people, people));
        const std::int64_t left = agent.quota.value() - agent.emitted.value();
        agent.surplus = Grams(std::max<std::int64_t>(0, left));
        agent.deficit = Grams(std::max<std::int64_t>(0, -left));
        agent.wants = Grams(part(agent.deficit.value(), rules.offset_ratio.value(), kRatioOne));
        agents.push_back(agent);
    }
    // Only those with a surplus are ever asked for theirs: quantiles of them alone are even among them.
    std::vector<Agent*> able;
    for (auto& agent : agents) {
        if (agent.surplus.is_positive()) able.push_back(&agent);
    }
    const auto draws = thetas(able.size(), rules.draw, rules.seed);
    for (std::size_t i = 0; i < able.size(); ++i) able[i]->theta_ppb = draws[i];
    return agents;
}

// Everybody's part of what is there, in the order of the list.
std::vector<Grams> fills(const std::vector<Grams>& orders, Grams available) {
    const auto shared = econ::prorate(orders, available);
    return shared.ok() ? shared.value : std::vector<Grams>(orders.size());
}

class Market {
public:
    Market(Simulation& state, const MarketRules& rules) : state_(state), rules_(rules) {}

    Result<> run() {
        const std::int64_t cbar = rules_.costs.op_cost.value() + rules_.costs.chain_cost.value();
        PricePerKg price = rules_.start_price;
        for (unsigned i = 0; i < rules_.periods; ++i) {
            PricePerKg sell_price(2 * price.value() + cbar);
            if (const auto top = rules_.market_price.value(); top > 0 && sell_price.value() > top) {
                price = PricePerKg((top - cbar) / 2);
                sell_price = rules_.market_price;
            }
            if (auto traded = trade(price, sell_price); !traded) return traded.error();
            price = next(price);
        }
        return finish();
    }

private:
    Result<> trade(PricePerKg buy_price, PricePerKg sell_price) {
        Period period{buy_price, sell_price, Grams(), Grams(), MicroYuan(), 0};
        std::vector<Grams> offers;
        std::vector<Grams> wants;
        std::int64_t offered = 0;
        for (const auto& agent : state_.agents) {
            const bool sells = agent.surplus.is_positive() &&
                               econ::sells(Ratio(agent.theta_ppb), rules_.effort_cost, buy_price);
            offers.push_back(sells ? agent.surplus : Grams());
            wants.push_back(agent.wants);
            offered += offers.back().value();
            period.sellers += sells ? 1 : 0;
        }
        period.offered = Grams(offered);
        period.traded = Grams(std::min(offered, state_.demand.value()));
        const auto sold = fills(offers, period.traded);
        const auto bought = fills(wants, period.traded);
        Int128 profit = 0;
        for (std::size_t i = 0; i < state_.agents.size(); ++i) {
            auto settled = settle(state_.agents[i], sold[i], bought[i], period);
            if (!settled) return settled.error();
            profit += *settled;
        }
        // Running costs are borne once for what goes through the platform, not once at each end.
        const Int128 cbar = rules_.costs.op_cost.value() + rules_.costs.chain_cost.value();
        profit -= (cbar * period.traded.value() + 999) / 1'000;
        period.profit = MicroYuan(static_cast<std::int64_t>(profit));
        state_.periods.push_back(period);
        return {};
    }

    // What the platform gets from this household, less what it pays to it.
    Result<std::int64_t> settle(Agent& agent, Grams sold, Grams bought, const Period& period) const {
        agent.sold = sold;
        agent.bought = bought;
        const Grams rest(agent.deficit.value() - bought.value());
        agent.cost_before = ordinary(agent.deficit);
        std::int64_t paid = 0;
        if (bought.is_positive() || sold.is_positive()) {
            const Grams quantity = bought.is_positive() ? bought : sold;
            const auto settled =
                econ::settle_trade(quantity, period.buy_price, period.sell_price, rules_.costs);
            if (!settled.ok()) {
                return infeasible_market(
                    settled.status, "a household's trade of " + to_text(quantity) + " cannot be settled");
            }
            paid =
                bought.is_positive() ? settled.value.buyer_pays.value() : -settled.value.seller_gets.value();
        }
        agent.cost_after = MicroYuan(paid + ordinary(rest).value());
        return paid;
    }

    // Ordinary allowances at P.
    MicroYuan ordinary(Grams quantity) const {
        return MicroYuan(static_cast<std::int64_t>(
            (Int128(quantity.value()) * rules_.market_price.value() + 999) / 1'000));
    }

    PricePerKg next(PricePerKg price) const {
        if (!state_.periods.back()
                 .offered.is_positive())  // nobody at this price: the most that a period may add
            return PricePerKg(std::clamp<std::int64_t>(2 * price.value(), 1, rules_.effort_cost.value()));
        const auto found = econ::ext::next_buy_price({std::max(price, PricePerKg(1)), state_.demand,
                                                      state_.periods.back().offered, rules_.effort_cost});
        return found.ok() ? found.value : price;
    }

    Result<> finish() {
        const auto& last = state_.periods.back();
        Int128 surplus = 0;  // (P_ph - theta e) sold, in 1e-12 uCNY
        for (const auto& agent : state_.agents) {
            surplus += (Int128(last.buy_price.value()) * kRatioOne -
                        Int128(agent.theta_ppb) * rules_.effort_cost.value()) *
                       agent.sold.value();
        }
        state_.seller_surplus = MicroYuan(static_cast<std::int64_t>(surplus / (Int128(kRatioOne) * 1'000)));
        if (rules_.market_price.is_positive()) {
            state_.buyer_saving = MicroYuan(static_cast<std::int64_t>(
                Int128(rules_.market_price.value() - last.sell_price.value()) * last.traded.value() / 1'000));
        }
        return {};
    }

    Simulation& state_;
    const MarketRules& rules_;
};

}  // namespace

Rational price_bound(const Simulation& simulation, const MarketRules& rules) {
    const Rational all = simulation.supply_max.value();
    Rational squares = 0;
    std::int64_t largest = 0;
    for (const auto& agent : simulation.agents) {
        squares += Rational(agent.surplus.value()) * agent.surplus.value();
        largest = std::max(largest, agent.surplus.value());
    }
    const Rational r = econ::exact::clamp_to_unit(Rational(simulation.demand.value()) / all);
    const Rational deviation = econ::exact::sqrt_below(r * (1 - r) * squares / (all * all), 12);
    return Rational(rules.effort_cost.value(), 1'000'000) * (3 * deviation + 2 * Rational(largest) / all);
}

std::vector<std::int64_t> thetas(std::size_t n, Draw draw, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::int64_t> all(n);
    if (draw == Draw::random) {
        // The remainder favours no value by more than one in 1e10.
        for (auto& theta : all) theta = static_cast<std::int64_t>(random() % kRatioOne);
        return all;
    }
    for (std::size_t i = 0; i < n; ++i) {
        all[i] = static_cast<std::int64_t>(Int128(2 * i + 1) * kRatioOne / static_cast<std::int64_t>(2 * n));
    }
    for (std::size_t i = n; i > 1; --i) std::swap(all[i - 1], all[random() % i]);
    return all;
}

Result<Simulation> simulate(const std::vector<Home>& homes, const MarketRules& rules) {
    const std::int64_t cbar = rules.costs.op_cost.value() + rules.costs.chain_cost.value();
    if (rules.market_price.is_positive() && rules.market_price.value() < cbar) {
        return infeasible_market(econ::Status::no_margin,
                                 "the condition P >= c + c_b is broken: P = " + to_text(rules.market_price) +
                                     ", c + c_b = " + to_text(PricePerKg(cbar)));
    }
    auto agents = make_agents(homes, rules);
    if (!agents) return agents.error();
    Simulation state;
    state.agents = *std::move(agents);
    std::int64_t surplus = 0;
    std::int64_t deficit = 0;
    std::int64_t wants = 0;
    for (const auto& agent : state.agents) {
        surplus += agent.surplus.value();
        deficit += agent.deficit.value();
        wants += agent.wants.value();
    }
    state.supply_max = Grams(surplus);
    state.deficit = Grams(deficit);
    state.demand = Grams(wants);
    if (surplus == 0) {
        return infeasible_market(
            econ::Status::no_supply,
            "the condition D W > 0 is broken: no household is below its quota; raise --cap");
    }
    if (auto done = Market(state, rules).run(); !done) return done.error();
    return state;
}

}  // namespace pcq::cli::model
