// A month in which people trade with each other: orders, the auctions of the blocks, what became of them.
#include <algorithm>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "deploy/demo/run.h"
#include "src/base/address.h"
#include "src/base/wide.h"

namespace pcq::demo {
namespace {

namespace json = boost::json;
using client::integer;

// Buyers and sellers whose limits still meet trade in the next block.
bool crossed(const json::value& book) {
    std::int64_t highest_bid = -1;
    std::int64_t lowest_ask = -1;
    for (const auto& level : book.at("levels").as_array()) {
        const std::int64_t price = integer(level.at("price_uy_per_kg"));
        if (integer(level.at("demand_g")) > 0) highest_bid = price;
        if (integer(level.at("supply_g")) > 0 && lowest_ask < 0) lowest_ask = price;
    }
    return lowest_ask >= 0 && highest_bid >= lowest_ask;
}

// What a kilogram is worth to its owner, theta e, rounded up.
PricePerKg worth(const Person& person, PricePerKg effort_cost) {
    const Int128 product = static_cast<Int128>(person.perception.value()) * effort_cost.value();
    return PricePerKg(static_cast<std::int64_t>((product + kRatioOne - 1) / kRatioOne));
}

}  // namespace

Result<std::size_t> Run::bargain(std::uint32_t month, PricePerKg low, PricePerKg high) {
    std::vector<std::size_t> placed;
    const auto batch = orders(month, low, high, placed);
    if (!batch) return batch.error();
    const auto begun = std::chrono::steady_clock::now();
    std::size_t sent = 0;
    Result<> outcome;
    client_.submit_each(
        side_.fields.name(),
        [&] { return outcome && sent < batch->size() ? std::optional((*batch)[sent++]) : std::nullopt; },
        [&](std::size_t number, const Result<client::Final>& fate) {
            const auto done =
                client::expect_done(fate, "an order of household " + people_[placed[number]].household);
            if (done) figures_.latencies.push_back(fate->latency);
            if (outcome) outcome = done;
        },
        kPeople);
    if (!outcome) return outcome.error();
    const auto matched = client_.await(
        "book", {{"chain", side_.fields.name()}, {"period", options_.year}},
        [](const json::value& book) { return !crossed(book); }, "the auctions of the month");
    if (!matched) return matched.error();
    figures_.trading_time += std::chrono::steady_clock::now() - begun;
    figures_.transactions += batch->size();
    if (figures_.first_trade_ms == 0) figures_.first_trade_ms = now_ms();
    if (auto learnt = learn_trades(placed); !learnt) return learnt.error();
    return batch->size();
}

Result<std::vector<ledger::RawTransaction>> Run::orders(std::uint32_t month, PricePerKg low, PricePerKg high,
                                                        std::vector<std::size_t>& placed) {
    auto height = organisations_->valid_until(side_.fields.name());
    if (!height) return height.error();
    std::vector<ledger::RawTransaction> batch;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        Person& person = people_[i];
        const Grams spare = margin(person, month);
        const Grams lacks = offsettable(person, month, offset_ratio_);
        const PricePerKg ask = std::max(low, worth(person, terms_.effort_cost));
        const bool sells = spare.is_positive() && ask <= high;
        if (!sells && !lacks.is_positive()) continue;
        proto::PlaceOrder action;
        action.set_period(options_.year);
        action.set_side(sells ? proto::MARKET_SIDE_SUPPLY : proto::MARKET_SIDE_DEMAND);
        action.set_grams((sells ? spare : lacks).value());
        action.set_limit_uy_per_kg((sells ? ask : high).value());
        auto transaction = person.wallet.sign(action, *height);
        if (!transaction) return transaction.error();
        person.wallet.committed(transaction->sequence);
        batch.push_back(std::move(transaction->bytes));
        placed.push_back(i);
    }
    return batch;
}

Result<> Run::learn_trades(const std::vector<std::size_t>& placed) {
    for (const std::size_t index : placed) {
        Person& person = people_[index];
        const auto known = client_.query("account", {{"chain", side_.fields.name()},
                                                     {"account", to_address(person.wallet.account())},
                                                     {"period", options_.year}});
        if (!known) return known.error();
        const auto& holding = known->at("periods").at(0).at("holding");
        const Grams sold(integer(holding.at("sold_g")));
        const Grams purchased(integer(holding.at("purchased_g")));
        if (sold != person.sold || purchased != person.purchased) ++figures_.trades;
        person.sold = sold;
        person.purchased = purchased;
    }
    return {};
}

}  // namespace pcq::demo
