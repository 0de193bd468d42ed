// pcq market order, cancel, orders, book, fees, why: trade between people, and how prices and fees come
// about.
#include <boost/json/array.hpp>

#include "src/base/hex.h"
#include "src/cli/acting.h"
#include "src/cli/amounts.h"
#include "src/cli/commands.h"
#include "src/economics/status.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct OrderOptions {
    ActingOptions acting;
    std::string side;
    std::string amount;
    std::string limit;
    std::string order;
    std::string account;
    std::uint64_t blocks = 0;  // 0: until the epoch ends
    std::uint32_t period = 0;  // 0: the newest
    std::uint32_t epoch = 0;   // 0: the newest
};

json::object params_of(const Session& session, const OrderOptions& options) {
    json::object params{{"chain", session.chain}};
    if (options.period != 0) params["period"] = options.period;
    if (!options.account.empty()) params["account"] = options.account;
    return params;
}

std::optional<json::value> ask_period(Session& session, const char* method, const OrderOptions& options) {
    return session.ask(method, params_of(session, options));
}

void place(Session& session, const OrderOptions& options) {
    const auto grams = grams_from(options.amount);
    const auto limit = price_from(options.limit);
    if (!grams || !limit) {
        session.ended = fail(grams ? limit.error() : grams.error());
        return;
    }
    const auto period = period_or_newest(session, options.period);
    if (!period) return;
    proto::PlaceOrder action;
    action.set_period(*period);
    action.set_side(options.side == "buy" ? proto::MARKET_SIDE_DEMAND : proto::MARKET_SIDE_SUPPLY);
    action.set_grams(grams->value());
    action.set_limit_uy_per_kg(limit->value());
    if (options.blocks != 0) {
        const auto status = session.ask("status", {{"chain", session.chain}});
        if (!status) return;
        action.set_expires_height(status->at("height").to_number<std::uint64_t>() + options.blocks);
    }
    act(session, options.acting, action);
}

void cancel(Session& session, const OrderOptions& options) {
    const auto order = id_from_hex<Hash>(options.order);
    if (!order) {
        session.ended = fail(
            Error{Code::bad_argument, "\"" + options.order + "\" names no order: that is the hash of the " +
                                          "transaction that placed it, 64 hexadecimal digits (pcq market " +
                                          "orders ACCOUNT lists them)"});
        return;
    }
    proto::CancelOrder action;
    action.set_order(order->bytes());
    act(session, options.acting, action);
}

const char* verb(const json::value& order) {
    return order.at("side").as_string() == "demand" ? "buy" : "sell";
}

void orders(Session& session, const OrderOptions& options) {
    const auto answer = ask_period(session, "orders", options);
    if (!answer) return;
    if (session.json) return print_json(*answer);
    const auto& value = answer->at("value");
    print_rows({{"period", plain_text(value.at("period"))},
                {"may still sell", grams_text(value.at("may_sell_g"))},
                {"may still buy", grams_text(value.at("may_buy_g"))}});
    std::vector<std::vector<std::string>> rows;
    for (const auto& order : value.at("orders").as_array()) {
        rows.push_back({verb(order), grams_text(order.at("remaining_g")), grams_text(order.at("grams")),
                        price_text(order.at("limit_uy_per_kg")), plain_text(order.at("expires_height")),
                        plain_text(order.at("order"))});
    }
    if (!rows.empty()) print_table({"TO", "LEFT", "PLACED", "LIMIT", "EXPIRES", "ORDER"}, rows);
}

void book(Session& session, const OrderOptions& options) {
    const auto answer = ask_all(session, "book", params_of(session, options), "levels");
    if (!answer) return;
    if (session.json) return print_json(*answer);
    const auto& value = answer->at("value");
    print_rows({{"period", plain_text(value.at("period"))},
                {"epoch", plain_text(value.at("epoch"))},
                {"market", value.at("open").as_bool() ? "open" : "closed"},
                {"limits from (P_ph)", price_text(value.at("buy_price_uy_per_kg"))},
                {"limits to (P_c)", price_text(value.at("sell_price_uy_per_kg"))},
                {"tick", price_text(value.at("tick_uy_per_kg"))}});
    std::vector<std::vector<std::string>> rows;
    for (const auto& level : value.at("levels").as_array()) {
        rows.push_back({grams_text(level.at("demand_g")), price_text(level.at("price_uy_per_kg")),
                        grams_text(level.at("supply_g"))});
    }
    if (!rows.empty()) print_table({"WANTED", "PRICE", "OFFERED"}, rows);
}

void fees(Session& session, const OrderOptions& options) {
    const auto answer = ask_period(session, "fees", options);
    if (!answer) return;
    if (session.json) return print_json(*answer);
    const auto& value = answer->at("value");
    const auto& record = value.at("inputs_and_outcome");
    print_rows({{"period", plain_text(value.at("period"))},
                {"joining to buy (f_d)", money_text(value.at("charge_d_uy"))},
                {"joining to sell (f_s)", money_text(value.at("charge_s_uy"))},
                {"each trade (p), next epoch", money_text(value.at("trade_fee_uy"))},
                {"registration fees are",
                 value.at("fixed").as_bool() ? "fixed for the period" : "as they would be now"},
                {"they come from", plain_text(record.at("source"))},
                {"status of the model", std::string(econ::name(static_cast<econ::Status>(
                                            record.at("status").to_number<std::uint32_t>())))}});
}

std::string share_text(const json::value& ppb) {
    auto text = plain_text(ppb);
    if (text.size() < 10) text.insert(0, 10 - text.size(), '0');
    text.insert(text.size() - 9, ".");
    return text;
}

// "0": the policy has no such bound.
std::string bound_text(const json::value& price) {
    return plain_text(price) == "0" ? "none" : price_text(price);
}

Rows why_rows(const json::value& epoch) {
    const auto status = static_cast<econ::Status>(epoch.at("status").to_number<std::uint32_t>());
    Rows rows{{"people looked at", plain_text(epoch.at("people"))},
              {"surplus of all (D W)", grams_text(epoch.at("surplus_g"))},
              {"excess of all (N)", grams_text(epoch.at("excess_g"))},
              {"share that may be offset (delta)", share_text(epoch.at("offset_ratio_ppb"))},
              {"cost of effort (e)", price_text(epoch.at("effort_cost_uy_per_kg"))},
              {"platform's cost (c)", price_text(epoch.at("op_cost_uy_per_kg"))},
              {"cost of the chain (c_b)", price_text(epoch.at("chain_cost_uy_per_kg"))},
              {"ceiling of P_c (P)", bound_text(epoch.at("market_price_uy_per_kg"))},
              {"outcome", std::string(econ::name(status))}};
    if (econ::is_error(status)) return rows;
    rows.emplace_back("wanted (N delta)", grams_text(epoch.at("demand_g")));
    rows.emplace_back("offered at P_ph", grams_text(epoch.at("supply_g")));
    rows.emplace_back("P_ph, clears the market", price_text(epoch.at("cleared_buy_price_uy_per_kg")));
    if (epoch.at("bounded").as_bool()) {
        rows.emplace_back("P_ph of the epoch before", price_text(epoch.at("previous_buy_price_uy_per_kg")));
        rows.emplace_back("most it may move, as a share", share_text(epoch.at("price_change_ppb")));
    }
    rows.emplace_back("P_ph", price_text(epoch.at("buy_price_uy_per_kg")));
    rows.emplace_back("P_c = 2 P_ph + c + c_b, or P", price_text(epoch.at("sell_price_uy_per_kg")));
    rows.emplace_back("expected: traded", grams_text(epoch.at("expected_g")));
    rows.emplace_back("expected: platform's profit (1)", money_text(epoch.at("expected_profit_uy")));
    rows.emplace_back("bought from people so far", grams_text(epoch.at("sold_g")));
    rows.emplace_back("sold to people so far", grams_text(epoch.at("bought_g")));
    rows.emplace_back("in orders to buy and to sell", grams_text(epoch.at("offered_g")));
    rows.emplace_back("traded between people", grams_text(epoch.at("matched_g")));
    return rows;
}

void why(Session& session, const OrderOptions& options) {
    auto epoch = options.epoch;
    json::object params{{"chain", session.chain}, {"limit", 1}};
    if (options.period != 0) params["period"] = options.period;
    if (epoch == 0) {
        const auto prices = ask_period(session, "prices", options);
        if (!prices) return;
        epoch = prices->at("value").at("epoch").to_number<std::uint32_t>();
    }
    params["cursor"] = std::to_string(epoch);
    const auto answer = session.ask("epochs", params);
    if (!answer) return;
    if (session.json) return print_json(*answer);
    const auto& found = answer->at("value").at("epochs").as_array();
    if (found.empty() || found.front().at("record").is_null()) {
        session.ended = fail(Error{Code::not_found, "epoch " + std::to_string(epoch) + " of period " +
                                                        plain_text(answer->at("value").at("period")) +
                                                        " has not been priced"});
        return;
    }
    Rows rows{{"period", plain_text(answer->at("value").at("period"))},
              {"epoch", plain_text(found.front().at("epoch"))}};
    for (auto& row : why_rows(found.front().at("record"))) rows.push_back(std::move(row));
    print_rows(rows);
}

CLI::App* add(CLI::App& market, const char* name, const char* about, OrderOptions& options) {
    auto* command = market.add_subcommand(name, about);
    command->add_option("--period", options.period, "the period; the newest if not given")
        ->type_name("YEAR")
        ->check(year());
    return command;
}

void add_reads(CLI::App& market, const std::shared_ptr<OrderOptions>& options, Session& session) {
    auto* mine = add(market, "orders", "an account's open orders, and what it may still trade", *options);
    mine->add_option("account", options->account, "address of the account")->required();
    explain(*mine, "pcq market orders pcq1...");
    mine->callback([options, &session] { orders(session, *options); });
    auto* all = add(market, "book", "what is wanted and offered, by price", *options);
    explain(*all, "pcq market book");
    all->callback([options, &session] { book(session, *options); });
    auto* charges = add(market, "fees", "what joining and trading cost, and where that comes from", *options);
    explain(*charges, "pcq market fees");
    charges->callback([options, &session] { fees(session, *options); });
    auto* reasons = add(market, "why", "the numbers that a price came from (Proposition 1)", *options);
    reasons->add_option("--epoch", options->epoch, "the epoch, from 1; the newest if not given")
        ->type_name("N")
        ->check(whole_number(1));
    explain(*reasons, "pcq market why --period 2026 --epoch 3");
    reasons->callback([options, &session] { why(session, *options); });
}

}  // namespace

void add_order_commands(CLI::App& market, Session& session) {
    auto options = std::make_shared<OrderOptions>();
    auto* order = add(market, "order", "offer to trade with other people, between P_ph and P_c", *options);
    order->add_option("side", options->side, "buy or sell")
        ->required()
        ->check(CLI::IsMember({"buy", "sell"}));
    order->add_option("--amount", options->amount, "how much, with its unit: 1500g, 1.5kg, 0.2t")
        ->type_name("QUOTA")
        ->required();
    order->add_option("--limit", options->limit, "the most to pay or the least to get, per kilogram")
        ->type_name("CNY")
        ->required();
    order->add_option("--blocks", options->blocks, "ends after so many blocks; with its epoch if not given")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000));
    add_acting(*order, options->acting, "pcq market order sell --key me.pem --amount 12.5kg --limit 0.06");
    order->callback([options, &session] { place(session, *options); });

    auto* end = market.add_subcommand("cancel", "end what is left of an order; its escrow returns");
    end->add_option("order", options->order,
                    "the hash of the transaction that placed it, as pcq market orders lists it")
        ->required();
    add_acting(*end, options->acting, "pcq market cancel --key me.pem 0123...");
    end->callback([options, &session] { cancel(session, *options); });
    add_reads(market, options, session);
}

}  // namespace pcq::cli
