#include "deploy/demo/outcome.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "src/base/wide.h"
#include "src/economics/welfare.h"

namespace pcq::demo {
namespace {

namespace json = boost::json;

constexpr std::int64_t kGramsPerKg = 1'000;

MicroYuan money(Grams grams, PricePerKg price) {
    return MicroYuan(
        static_cast<std::int64_t>(static_cast<Int128>(grams.value()) * price.value() / kGramsPerKg));
}

// That part of `whole` which `part` is of `all`.
Grams share(Grams whole, Grams part, Grams all) {
    return all.is_zero() ? Grams()
                         : Grams(static_cast<std::int64_t>(static_cast<Int128>(whole.value()) * part.value() /
                                                           all.value()));
}

// What a household costs if everybody does what the model expects on average.
MicroYuan expected_cost(const Settled& person, const Outcome& outcome, const Results& model,
                        const Terms& terms) {
    const MicroYuan fee = outcome.kind == Kind::no_trade ? MicroYuan() : terms.registration_fee;
    const std::int64_t left = person.issued.value() - person.emitted.value();
    if (left >= 0) {
        const Grams sold = share(Grams(left), model.sold, outcome.surplus);
        return MicroYuan(fee.value() - money(sold, model.buy).value());
    }
    const Grams bought = share(Grams(-left), model.offset, outcome.excess);
    return MicroYuan(fee.value() + money(bought, model.sell).value() +
                     money(Grams(-left - bought.value()), terms.penalty).value());
}

// Every amount of the results by its name, for reading and writing alike.
template <class Results, class Visit>
void each_amount(Results& results, const Visit& visit) {
    visit("offset_g", results.offset);
    visit("penalised_g", results.penalised);
    visit("sold_g", results.sold);
    visit("buy_uy_per_kg", results.buy);
    visit("sell_uy_per_kg", results.sell);
    visit("profit_uy", results.profit);
    visit("seller_surplus_uy", results.seller_surplus);
    visit("profit_plus_surplus_uy", results.profit_plus_surplus);
    visit("total_welfare_uy", results.total_welfare);
    for (std::size_t i = 0; i < kDeciles; ++i)
        visit(("cost_" + std::to_string(i + 1) + "_uy").c_str(), results.cost[i]);
}
template <class Outcome, class Visit>
void each_sum(Outcome& outcome, const Visit& visit) {
    visit("cap_g", outcome.cap);
    visit("emitted_g", outcome.emitted);
    visit("surplus_g", outcome.surplus);
    visit("excess_g", outcome.excess);
    visit("offset_ratio_ppb", outcome.offset_ratio);
    visit("fees_uy", outcome.fees);
    visit("unsold_g", outcome.unsold);
    visit("unsold_cost_uy", outcome.unsold_cost);
    visit("sold_too_early_g", outcome.sold_too_early);
}

struct Write {
    json::object& object;
    template <class Unit>
    void operator()(const char* name, const Amount<Unit>& amount) const {
        object[name] = amount.value();
    }
};
struct Read {
    const json::value& object;
    template <class Unit>
    void operator()(const char* name, Amount<Unit>& amount) const {
        amount = Amount<Unit>(object.at(name).to_number<std::int64_t>());
    }
};

Outcome outcome_from(const json::value& value) {
    Outcome outcome;
    const auto kind = value.at("scenario").as_string();
    outcome.kind = kind == "trade" ? Kind::trade : kind == "p2p" ? Kind::p2p : Kind::no_trade;
    outcome.households = value.at("households").to_number<std::size_t>();
    outcome.year = value.at("year").to_number<std::uint32_t>();
    each_sum(outcome, Read{value});
    each_amount(outcome.measured, Read{value.at("measured")});
    each_amount(outcome.model, Read{value.at("model")});
    return outcome;
}

}  // namespace

Result<Results> expected_of(const Outcome& outcome, const std::vector<Settled>& people, const Terms& terms) {
    Results model;
    const econ::Costs costs{terms.op_cost, terms.chain_cost};
    if (outcome.kind != Kind::no_trade && outcome.surplus.is_positive() && outcome.excess.is_positive()) {
        const auto market = econ::market_prices({.quota_cap = outcome.excess,
                                                 .offset_ratio = outcome.offset_ratio,
                                                 .effort_cost = terms.effort_cost,
                                                 .costs = costs,
                                                 .market_price = terms.market_price,
                                                 .supply_max = outcome.surplus});
        if (!market.ok())
            return Error{Code::internal,
                         "the model has no market: " + std::string(econ::name(market.status))};
        model.sold = market.value.traded;
        model.offset = market.value.traded;
        model.buy = market.value.buy_price;
        model.sell = outcome.kind == Kind::p2p ? market.value.buy_price : market.value.sell_price;
        model.profit = outcome.kind == Kind::p2p ? MicroYuan() : market.value.profit;
    }
    if (outcome.kind != Kind::no_trade) {
        model.profit = MicroYuan(model.profit.value() +
                                 terms.registration_fee.value() * static_cast<std::int64_t>(people.size()));
    }
    model.penalised = Grams(outcome.excess.value() - model.offset.value());
    const Int128 ease =
        static_cast<Int128>(outcome.excess.value()) * 1'000'000 / terms.full_abatement_cost.value();
    const auto welfare = econ::ext::realised_welfare(
        {.sold = model.sold,
         .supply_max = outcome.surplus,
         .paid = money(model.sold, model.buy),
         .profit = model.profit,
         .abated = model.penalised,
         .effort_cost = terms.effort_cost,
         .market_price = terms.market_price,
         .abatement_ease = econ::AbatementEase(static_cast<std::int64_t>(std::max<Int128>(1, ease)))});
    if (!welfare.ok())
        return Error{Code::internal, "the model has no welfare: " + std::string(econ::name(welfare.status))};
    model.seller_surplus = welfare.value.seller_surplus;
    model.profit_plus_surplus = welfare.value.profit_plus_surplus;
    model.total_welfare = welfare.value.total_welfare;
    std::vector<std::pair<Grams, MicroYuan>> expected;
    for (const auto& person : people)
        expected.emplace_back(person.emitted, expected_cost(person, outcome, model, terms));
    model.cost = by_decile(std::move(expected));
    return model;
}

std::array<MicroYuan, kDeciles> by_decile(std::vector<std::pair<Grams, MicroYuan>> costs) {
    std::stable_sort(costs.begin(), costs.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::array<MicroYuan, kDeciles> deciles{};
    for (std::size_t i = 0; i < kDeciles; ++i) {
        const std::size_t first = costs.size() * i / kDeciles;
        const std::size_t last = costs.size() * (i + 1) / kDeciles;
        Int128 sum = 0;
        for (std::size_t at = first; at < last; ++at) sum += costs[at].second.value();
        if (last > first)
            deciles[i] = MicroYuan(static_cast<std::int64_t>(sum / static_cast<Int128>(last - first)));
    }
    return deciles;
}

Result<> save_outcome(const Outcome& outcome, const std::filesystem::path& file) {
    json::object value{
        {"scenario", name(outcome.kind)}, {"households", outcome.households}, {"year", outcome.year}};
    each_sum(outcome, Write{value});
    json::object measured;
    each_amount(outcome.measured, Write{measured});
    json::object model;
    each_amount(outcome.model, Write{model});
    value["measured"] = std::move(measured);
    value["model"] = std::move(model);
    std::ofstream out(file, std::ios::trunc);
    if (!(out << json::serialize(value) << "\n") || !out.flush())
        return Error{Code::io_failed, "cannot write " + file.string()};
    return {};
}

Result<Outcome> load_outcome(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream content;
    if (!in || !(content << in.rdbuf()))
        return Error{Code::io_failed,
                     "cannot read " + file.string() + "; a run of the demonstration leaves it"};
    try {
        return outcome_from(json::parse(content.str()));
    } catch (const std::exception& fault) {
        return Error{Code::bad_argument, file.string() + " is no outcome of a run: " + fault.what()};
    }
}

}  // namespace pcq::demo
