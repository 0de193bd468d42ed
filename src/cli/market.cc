// pcq market: prices, join, sell, buy, signed with a key file.
#include "src/cli/acting.h"
#include "src/cli/amounts.h"
#include "src/cli/commands.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct MarketOptions {
    ActingOptions acting;
    std::uint32_t period = 0;  // 0: the newest
    std::string amount;
    std::string limit;  // empty: what the chain says now
    std::string side = "both";
};

// What an action needs beside its signature: a value that was given, or else one of the chain's answers to
// "prices". Prints the Error itself.
struct Terms {
    std::uint32_t period = 0;
    std::int64_t limit = 0;
    Grams grams;
};

std::optional<json::value> ask_prices(Session& session, const MarketOptions& options) {
    json::object params{{"chain", session.chain}};
    if (options.period != 0) params["period"] = options.period;
    return session.ask("prices", params);
}

template <class Parse>
std::optional<Terms> terms_of(Session& session, const MarketOptions& options, const char* now,
                              const Parse& parse) {
    Terms terms;
    const auto refuse = [&session](const Error& error) {
        session.ended = fail(error);
        return std::nullopt;
    };
    if (!options.amount.empty()) {
        const auto grams = grams_from(options.amount);
        if (!grams) return refuse(grams.error());
        terms.grams = *grams;
    }
    terms.period = options.period;
    if (!options.limit.empty()) {
        const auto limit = parse(options.limit);
        if (!limit) return refuse(limit.error());
        terms.limit = limit->value();
        if (terms.period != 0) return terms;
    }
    const auto prices = ask_prices(session, options);
    if (!prices) return std::nullopt;
    const auto& value = prices->at("value");
    terms.period = value.at("period").to_number<std::uint32_t>();
    if (options.limit.empty()) terms.limit = std::stoll(std::string(value.at(now).as_string()));
    return terms;
}

void prices(Session& session, const MarketOptions& options) {
    const auto answer = ask_prices(session, options);
    if (!answer) return;
    if (session.json) return print_json(*answer);
    const auto& value = answer->at("value");
    const bool open = value.at("open").as_bool();
    const auto price = [open](const json::value& at) { return open ? price_text(at) : "-"; };
    print_rows({{"period", plain_text(value.at("period"))},
                {"epoch", plain_text(value.at("epoch"))},
                {"market", open ? "open" : "closed"},
                {"platform buys at (P_ph)", price(value.at("buy_price_uy_per_kg"))},
                {"platform sells at (P_c)", price(value.at("sell_price_uy_per_kg"))},
                {"registration fee", money_text(value.at("registration_fee_uy"))}});
}

void join(Session& session, const MarketOptions& options) {
    const auto terms = terms_of(session, options, "registration_fee_uy", money_from);
    if (!terms) return;
    proto::JoinMarket action;
    action.set_period(terms->period);
    action.set_fee_max_uy(terms->limit);
    if (options.side != "both")
        action.set_side(options.side == "buy" ? proto::MARKET_SIDE_DEMAND : proto::MARKET_SIDE_SUPPLY);
    act(session, options.acting, action);
}

void sell(Session& session, const MarketOptions& options) {
    const auto terms = terms_of(session, options, "buy_price_uy_per_kg", price_from);
    if (!terms) return;
    if (terms->limit == 0 && options.limit.empty()) {
        session.ended =
            fail(Error{Code::market_price_below_minimum,
                       "the platform pays nothing now (P_ph is 0): this would give " + to_text(terms->grams) +
                           " away; pcq market prices says when it pays again, and --price-min 0 "
                           "gives them away"});
        return;
    }
    proto::SellSurplus action;
    action.set_period(terms->period);
    action.set_grams(terms->grams.value());
    action.set_price_min_uy_per_kg(terms->limit);
    act(session, options.acting, action);
}

void buy(Session& session, const MarketOptions& options) {
    const auto terms = terms_of(session, options, "sell_price_uy_per_kg", price_from);
    if (!terms) return;
    proto::BuyQuota action;
    action.set_period(terms->period);
    action.set_grams(terms->grams.value());
    action.set_price_max_uy_per_kg(terms->limit);
    act(session, options.acting, action);
}

// One of the commands that sign something.
struct Trade {
    const char* name;
    const char* about;
    const char* limit;     // the option that bounds what it may cost or bring
    const char* limiting;  // and its text
    const char* example;
    bool has_amount;
    void (*run)(Session&, const MarketOptions&);
};

constexpr Trade kTrades[] = {
    {.name = "join",
     .about = "take part in a period's market; pays the registration fee",
     .limit = "--fee-max",
     .limiting = "refused if the fee is higher; what it is now if not given",
     .example = "pcq market join --key me.pem",
     .has_amount = false,
     .run = join},
    {.name = "sell",
     .about = "sell surplus to the platform at P_ph",
     .limit = "--price-min",
     .limiting = "per kilogram: refused if P_ph is lower; what it is now if not given, unless that is 0: 0 "
                 "gives quota away",
     .example = "pcq market sell --key me.pem --amount 12.5kg --price-min 0.05",
     .has_amount = true,
     .run = sell},
    {.name = "buy",
     .about = "buy quota from the platform at P_c",
     .limit = "--price-max",
     .limiting = "per kilogram: refused if P_c is higher; what it is now if not given",
     .example = "pcq market buy --key me.pem --amount 0.2t --price-max 0.3",
     .has_amount = true,
     .run = buy}};

void add_period(CLI::App& command, MarketOptions& options) {
    command.add_option("--period", options.period, "the period; the newest if not given")
        ->type_name("YEAR")
        ->check(year());
}

void add_trade(CLI::App& market, const Trade& trade, const std::shared_ptr<MarketOptions>& options,
               Session& session) {
    auto* command = market.add_subcommand(trade.name, trade.about);
    if (trade.has_amount) {
        command->add_option("--amount", options->amount, "how much, with its unit: 1500g, 1.5kg, 0.2t")
            ->type_name("QUOTA")
            ->required();
    }
    command->add_option(trade.limit, options->limit, trade.limiting)->type_name("CNY");
    if (std::string(trade.name) == "join") {
        command->add_option("--side", options->side, "take part to buy, to sell, or both")
            ->check(CLI::IsMember({"buy", "sell", "both"}))
            ->capture_default_str();
    }
    add_period(*command, *options);
    add_acting(*command, options->acting, trade.example);
    command->callback([options, &session, run = trade.run] { run(session, *options); });
}

}  // namespace

void add_market_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<MarketOptions>();
    auto* market = app.add_subcommand("market", "prices, joining, selling surplus, buying quota, orders")
                       ->require_subcommand(1);
    explain(*market, "pcq market sell --key me.pem --amount 12.5kg");
    auto* look = market->add_subcommand("prices", "what the platform pays and asks now");
    add_period(*look, *options);
    explain(*look, "pcq market prices --period 2026");
    look->callback([options, &session] { prices(session, *options); });
    for (const auto& trade : kTrades) add_trade(*market, trade, options, session);
    add_order_commands(*market, session);
    add_posting_commands(*market, session);
}

}  // namespace pcq::cli
