// pcq market: prices, join, sell, buy, signed with a key file.
#include <iostream>

#include <boost/json/array.hpp>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/cli/amounts.h"
#include "src/cli/commands.h"
#include "src/cli/passphrase.h"
#include "src/client/wallet.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kValidFor = 100;   // blocks
constexpr std::chrono::seconds kGrace{5};  // for the way there and back, beyond what the node may wait

struct MarketOptions {
    std::string key;
    std::string passphrase_file;
    std::uint32_t period = 0;  // 0: the newest
    std::string amount;
    std::string limit;  // empty: what the chain says now
    bool no_wait = false;
    std::int64_t wait_s = 30;
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

// A wallet for the account of the key, as the chain has it now.
std::optional<client::Signed> sign(Session& session, const MarketOptions& options,
                                   const proto::TransactionBody& wanted) {
    auto key = open_key(options.key, options.passphrase_file);
    if (!key) {
        session.ended = fail(key.error());
        return std::nullopt;
    }
    const auto status = session.ask("status", {{"chain", session.chain}});
    if (!status) return std::nullopt;
    const auto chain = id_from_hex<ChainId>(std::string(status->at("chain_id").as_string()));
    if (!chain) throw std::runtime_error(chain.error().message);
    client::Wallet wallet(*chain, *std::move(key));
    const auto known =
        session.ask("account", {{"chain", session.chain}, {"account", to_address(wallet.account())}});
    if (!known) return std::nullopt;
    proto::AccountRecord record;
    record.set_sequence_top(known->at("value").at("record").at("sequence_top").to_number<std::uint64_t>());
    wallet.learn(record);
    const auto until = status->at("height").to_number<std::uint64_t>() + kValidFor;
    auto made = wanted.has_join_market()    ? wallet.sign(wanted.join_market(), until)
                : wanted.has_sell_surplus() ? wallet.sign(wanted.sell_surplus(), until)
                                            : wallet.sign(wanted.buy_quota(), until);
    if (made) return *std::move(made);
    session.ended = fail(made.error());
    return std::nullopt;
}

void print(Session& session, const client::Submitted& fate) {
    if (session.json) {
        json::object object{{"hash", to_hex(fate.hash)},
                            {"status", fate.fate == client::Fate::committed ? "committed" : "pending"}};
        if (fate.fate == client::Fate::committed) {
            object["height"] = fate.height;
            object["receipt"] = fate.receipt;
        }
        print_json(object);
        if (fate.code != Code::ok) session.ended = Exit::refused;
    } else if (fate.code != Code::ok) {
        session.ended = fail(Error{fate.code, fate.text});
    } else if (fate.fate == client::Fate::committed) {
        print_rows({{"done", fate.text},
                    {"height", std::to_string(fate.height)},
                    {"transaction", to_hex(fate.hash)}});
    } else {
        print_rows({{"sent", "not final yet; pcq tx " + to_hex(fate.hash) + " --wait tells when it is"}});
    }
}

// Signs, submits, and waits until it is final unless told not to.
void act(Session& session, const MarketOptions& options, const proto::TransactionBody& wanted) {
    const auto transaction = sign(session, options, wanted);
    if (!transaction) return;
    const std::chrono::seconds wait(options.wait_s);
    const auto fate =
        client::RpcClient(*client::endpoint_from(session.node), {.timeout = wait + kGrace})
            .submit(session.chain, transaction->bytes, {.until_commit = !options.no_wait, .timeout = wait});
    const std::string hash = to_hex(transaction->hash);
    const std::string follow = "pcq tx " + hash + " --wait tells when it is";
    if (!fate) {
        // It may have arrived: whoever tries again with another sequence could do the same thing twice.
        const bool lost = exit_of(fate.error().code) == Exit::unreachable;
        session.ended =
            fail(Error{fate.error().code,
                       fate.error().message +
                           (lost ? "; it may be on its way: pcq tx " + hash + " tells whether it is" : "")});
    } else if (fate->fate != client::Fate::committed && !options.no_wait) {
        session.ended =
            fail(Error{Code::node_timed_out, "transaction " + hash + " is not final after " +
                                                 std::to_string(options.wait_s) + " s; " + follow});
    } else {
        print(session, *fate);
    }
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
    proto::TransactionBody body;
    body.mutable_join_market()->set_period(terms->period);
    body.mutable_join_market()->set_fee_max_uy(terms->limit);
    act(session, options, body);
}

void sell(Session& session, const MarketOptions& options) {
    const auto terms = terms_of(session, options, "buy_price_uy_per_kg", price_from);
    if (!terms) return;
    proto::TransactionBody body;
    auto& action = *body.mutable_sell_surplus();
    action.set_period(terms->period);
    action.set_grams(terms->grams.value());
    action.set_price_min_uy_per_kg(terms->limit);
    act(session, options, body);
}

void buy(Session& session, const MarketOptions& options) {
    const auto terms = terms_of(session, options, "sell_price_uy_per_kg", price_from);
    if (!terms) return;
    proto::TransactionBody body;
    auto& action = *body.mutable_buy_quota();
    action.set_period(terms->period);
    action.set_grams(terms->grams.value());
    action.set_price_max_uy_per_kg(terms->limit);
    act(session, options, body);
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
     .limiting = "per kilogram: refused if P_ph is lower; what it is now if not given",
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
        ->check(CLI::PositiveNumber);
}

void add_trade(CLI::App& market, const Trade& trade, const std::shared_ptr<MarketOptions>& options,
               Session& session) {
    auto* command = market.add_subcommand(trade.name, trade.about);
    command->add_option("--key", options->key, "key file of the account")->type_name("FILE")->required();
    command
        ->add_option("--passphrase-file", options->passphrase_file,
                     "its first line opens the key; asked for if it is not given and needed")
        ->type_name("FILE");
    if (trade.has_amount) {
        command->add_option("--amount", options->amount, "how much, with its unit: 1500g, 1.5kg, 0.2t")
            ->type_name("QUOTA")
            ->required();
    }
    command->add_option(trade.limit, options->limit, trade.limiting)->type_name("CNY");
    add_period(*command, *options);
    command->add_flag("--no-wait", options->no_wait, "return when the node has it, not when it is final");
    command->add_option("--timeout", options->wait_s, "how long to wait until it is final")
        ->type_name("SECONDS")
        ->check(CLI::Range(1, 120))
        ->capture_default_str();
    explain(*command, trade.example,
            "Signed here; the key never leaves this machine. Ends with 0 when it is final, with 1 when it is "
            "refused\n(docs/codes.md has the reasons), with 3 when nothing is known of it yet: it may still "
            "become final, and\npcq tx tells.");
    command->callback([options, &session, run = trade.run] { run(session, *options); });
}

}  // namespace

void add_market_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<MarketOptions>();
    auto* market =
        app.add_subcommand("market", "prices, joining, selling surplus, buying quota")->require_subcommand(1);
    explain(*market, "pcq market sell --key me.pem --amount 12.5kg");
    auto* look = market->add_subcommand("prices", "what the platform pays and asks now");
    add_period(*look, *options);
    explain(*look, "pcq market prices --period 2026");
    look->callback([options, &session] { prices(session, *options); });
    for (const auto& trade : kTrades) add_trade(*market, trade, options, session);
}

}  // namespace pcq::cli
