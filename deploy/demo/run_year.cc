// A run from the first month to settlement: readings, prices, trades, the period's end.
#include <cstdio>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "deploy/demo/run.h"
#include "src/base/hex.h"
#include "src/base/wide.h"
#include "src/economics/market.h"

namespace pcq::demo {
namespace {

namespace json = boost::json;
using client::integer;

}  // namespace

Result<> Run::run_month(std::uint32_t month) {
    if (auto done = report_month(month); !done) return done.error();
    proto::AdvancePeriod advance;
    advance.set_period(options_.year);
    advance.set_month(month);
    if (auto done = organisations_->act(organisations_->government, advance, "ending the month"); !done)
        return done.error();
    auto prices = client_.await(
        "prices", {{"chain", side_.fields.name()}, {"period", options_.year}},
        [month](const json::value& answer) {
            return integer(answer.at("epoch")) == month && !answer.at("inputs_and_outcome").is_null();
        },
        "the epoch of month " + std::to_string(month));
    if (!prices) return prices.error();
    if (!prices->at("open").as_bool()) {
        progress(fmt::format("month {:2}: no price, nobody trades", month));
        return {};
    }
    if (options_.kind == Kind::no_trade) {
        progress(fmt::format("month {:2}: reported, nobody trades", month));
        return {};
    }
    const PricePerKg buy(integer(prices->at("buy_price_uy_per_kg")));
    const PricePerKg sell(integer(prices->at("sell_price_uy_per_kg")));
    if (options_.kind == Kind::p2p) {
        const auto placed = bargain(month, buy, sell);
        if (!placed) return placed.error();
        progress(fmt::format("month {:2}: from P_ph {} to P_c {}, {} orders", month, to_text(buy),
                             to_text(sell), *placed));
        return {};
    }
    const auto sold = trade(month, buy, true);
    if (!sold) return sold.error();
    const auto bought = trade(month, sell, false);
    if (!bought) return bought.error();
    progress(fmt::format("month {:2}: P_ph {}, P_c {}, {} sold, {} bought, {:.0f} trades/s", month,
                         to_text(buy), to_text(sell), *sold, *bought, figures_.trades_per_second()));
    return {};
}

Result<> Run::report_month(std::uint32_t month) {
    std::vector<proto::Reading> readings;
    for (const auto& person : people_) {
        const cli::MonthReading& reading = person.months[month - 1];
        auto& entry = readings.emplace_back();
        entry.set_account(person.wallet.account().bytes());
        entry.set_grams(reading.emitted.value());
        entry.set_days_measured(reading.days_measured);
    }
    auto done = organisations_->report(
        {.period = options_.year, .month = month, .batch_id = std::uint64_t{month} * 1'000}, readings);
    if (!done) return done;
    for (auto& person : people_)
        person.emitted = Grams(person.emitted.value() + person.months[month - 1].emitted.value());
    return {};
}

std::vector<std::pair<std::size_t, Grams>> Run::wishes(std::uint32_t month, PricePerKg price,
                                                       bool selling) const {
    std::vector<std::pair<std::size_t, Grams>> wanted;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = people_[i];
        const std::int64_t left = margin(person, month).value();
        std::int64_t grams = 0;
        if (selling) {
            if (left > 0 && econ::sells(person.perception, terms_.effort_cost, price)) grams = left;
        } else if (left < 0) {
            grams = offsettable(person, month, offset_ratio_).value();
        }
        if (grams <= 0) continue;
        wanted.emplace_back(i, Grams(grams));
        sum += grams;
    }
    if (!selling && sum > inventory_.value()) {
        for (auto& [person, grams] : wanted)
            grams = Grams(
                static_cast<std::int64_t>(static_cast<Int128>(grams.value()) * inventory_.value() / sum));
        std::erase_if(wanted, [](const auto& wish) { return !wish.second.is_positive(); });
    }
    return wanted;
}

Result<std::size_t> Run::trade(std::uint32_t month, PricePerKg price, bool selling) {
    const auto wanted = wishes(month, price, selling);
    auto height = organisations_->valid_until(side_.fields.name());
    if (!height) return height.error();
    std::vector<ledger::RawTransaction> batch;
    for (const auto& [index, grams] : wanted) {
        client::Wallet& wallet = people_[index].wallet;
        Result<client::Signed> transaction = Error{};
        if (selling) {
            proto::SellSurplus action;
            action.set_period(options_.year);
            action.set_grams(grams.value());
            action.set_price_min_uy_per_kg(price.value());
            transaction = wallet.sign(action, *height);
        } else {
            proto::BuyQuota action;
            action.set_period(options_.year);
            action.set_grams(grams.value());
            action.set_price_max_uy_per_kg(price.value());
            transaction = wallet.sign(action, *height);
        }
        if (!transaction) return transaction.error();
        wallet.committed(
            transaction->sequence);  // submit_all() answers for each, so at most one is on its way
        batch.push_back(std::move(transaction->bytes));
    }
    return settle_trades(wanted, batch, selling);
}

Result<std::size_t> Run::settle_trades(const std::vector<std::pair<std::size_t, Grams>>& wanted,
                                       const std::vector<ledger::RawTransaction>& batch, bool selling) {
    const auto begun = std::chrono::steady_clock::now();
    std::size_t sent = 0;
    Result<> outcome;
    client_.submit_each(
        side_.fields.name(),
        [&] { return outcome && sent < batch.size() ? std::optional(batch[sent++]) : std::nullopt; },
        [&](std::size_t number, const Result<client::Final>& fate) {
            const auto& [index, grams] = wanted[number];
            const auto done = client::expect_done(fate, "a trade of household " + people_[index].household);
            if (done) traded(people_[index], grams, *fate, selling);
            if (outcome) outcome = done;
        },
        kPeople);
    figures_.trading_time += std::chrono::steady_clock::now() - begun;
    if (!outcome) return outcome.error();
    figures_.trades += wanted.size();
    return wanted.size();
}

void Run::traded(Person& person, Grams grams, const client::Final& fate, bool selling) {
    auto& booked = selling ? person.sold : person.purchased;
    booked = Grams(booked.value() + grams.value());
    inventory_ = Grams(inventory_.value() + (selling ? grams.value() : -grams.value()));
    ++figures_.transactions;
    figures_.latencies.push_back(fate.latency);
    if (figures_.first_trade_ms != 0) return;
    figures_.first_trade_ms = now_ms();
    progress(fmt::format("the first trade is final, {:.1f} s after the network's start",
                         static_cast<double>(figures_.first_trade_ms - figures_.started_ms) / 1000));
}

Result<> Run::close_period() {
    proto::ClosePeriod close;
    close.set_period(options_.year);
    if (auto done = organisations_->act(organisations_->government, close, "closing the period"); !done)
        return done.error();
    auto settled = client_.await(
        "period", {{"chain", side_.fields.name()}, {"period", options_.year}},
        [](const json::value& answer) { return answer.at("phase").as_string() == "settled"; },
        "the settlement of every household");
    if (!settled) return settled.error();
    progress("settled every household; waiting for the report on the main chain");
    auto reported = client_.await(
        "report",
        {{"chain", main_.fields.name()}, {"period", options_.year}, {"side_chain", to_hex(side_.chain)}},
        [](const json::value&) { return true; }, "the period's report on the main chain");
    if (!reported) return reported.error();
    figures_.finished_ms = now_ms();
    for (const auto& person : people_) {
        const std::int64_t left = person.issued.value() - person.emitted.value();
        auto& sum = left > 0 ? figures_.surplus : figures_.excess;
        sum = Grams(sum.value() + std::abs(left));
    }
    figures_.example = people_.front().wallet.account();
    return {};
}

void Run::progress(const std::string& text) const {
    fmt::print("{:6.1f} s  {}\n", static_cast<double>(now_ms() - figures_.started_ms) / 1000, text);
    std::fflush(stdout);
}

}  // namespace pcq::demo
