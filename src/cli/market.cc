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

constexpr std::uint64_t kValidFor = 100;  // blocks
constexpr std::chrono::seconds kCommitMax{30};

struct MarketOptions {
    std::string key;
    std::string passphrase_file;
    std::uint32_t period = 0;  // 0: the newest
    std::string amount;
    std::string limit;  // empty: what the chain says now
    bool no_wait = false;
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
    const auto fate = client::RpcClient(*client::endpoint_from(session.node))
                          .submit(session.chain, transaction->bytes,
                                  {.until_commit = !options.no_wait, .timeout = kCommitMax});
    if (!fate) {
        session.ended = fail(fate.error());
    } else if (fate->fate != client::Fate::committed && !options.no_wait) {
        session.ended = fail(
            Error{Code::node_timed_out, "transaction " + to_hex(fate->hash) + " is not final yet; pcq tx " +
                                            to_hex(fate->hash) + " --wait tells when it is"});
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

}  // namespace

void add_market_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<MarketOptions>();
    auto* market =
        app.add_subcommand("market", "prices, joining, selling surplus, buying quota")->require_subcommand(1);
    const auto add_period = [options](CLI::App* command) {
        command->add_option("--period", options->period, "the period; the newest if not given")
            ->type_name("YEAR")
            ->check(CLI::PositiveNumber);
    };
    auto* look = market->add_subcommand("prices", "what the platform pays and asks now");
    add_period(look);
    look->callback([options, &session] { prices(session, *options); });

    using Act = void (*)(Session&, const MarketOptions&);
    const auto add = [&, options](const char* name, const char* about, const char* limit, const char* limited,
                                  Act run) {
        auto* command = market->add_subcommand(name, about);
        command->add_option("--key", options->key, "key file of the account")->type_name("FILE")->required();
        command
            ->add_option("--passphrase-file", options->passphrase_file,
                         "its first line opens the key; asked for if it is not given and needed")
            ->type_name("FILE");
        add_period(command);
        command->add_option(limit, options->limit, limited)->type_name("CNY");
        command->add_flag("--no-wait", options->no_wait, "return when the node has it, not when it is final");
        command->callback([options, &session, run] { run(session, *options); });
        return command;
    };
    add("join", "take part in a period's market; pays the registration fee", "--fee-max",
        "refused if the fee is higher; what it is now if not given", join);
    for (auto* command : {add("sell", "sell surplus to the platform at P_ph", "--price-min",
                              "per kilogram: refused if P_ph is lower; what it is now if not given", sell),
                          add("buy", "buy quota from the platform at P_c", "--price-max",
                              "per kilogram: refused if P_c is higher; what it is now if not given", buy)}) {
        command->add_option("--amount", options->amount, "how much, with its unit: 1500g, 1.5kg, 0.2t")
            ->type_name("QUOTA")
            ->required();
    }
}

}  // namespace pcq::cli
