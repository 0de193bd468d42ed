// pcq market: prices, join, sell, buy, signed with a key file.
#include <fstream>
#include <iostream>

#include <boost/json/array.hpp>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/cli/commands.h"
#include "src/client/wallet.h"
#include "src/crypto/key_file.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kValidFor = 100;  // blocks

struct MarketOptions {
    std::string key;
    std::string passphrase_file;
    std::uint32_t period = 0;
    std::int64_t grams = 0;
    std::int64_t limit = 0;
};

Result<crypto::SigningKey> load(const MarketOptions& options) {
    std::optional<std::string> passphrase;
    if (!options.passphrase_file.empty()) {
        std::ifstream in(options.passphrase_file);
        std::string line;
        std::getline(in, line);
        passphrase = line;
    }
    return crypto::load_key(options.key, passphrase);
}

// Signs with what the chain says of the account, submits, waits until it is final and prints the receipt.
template <class Action>
void act(Session& session, const MarketOptions& options, const Action& action) {
    auto key = load(options);
    if (!key) {
        session.ended = fail(key.error());
        return;
    }
    const auto status = session.ask("status", {{"chain", session.chain}});
    if (!status) return;
    const auto chain = id_from_hex<ChainId>(std::string(status->at("chain_id").as_string()));
    client::Wallet wallet(*chain, *std::move(key));
    const auto known =
        session.ask("account", {{"chain", session.chain}, {"account", to_address(wallet.account())}});
    if (!known) return;
    proto::AccountRecord record;
    record.set_sequence_top(static_cast<std::uint64_t>(
        known->at("value").at("record").at("sequence_top").to_number<std::int64_t>()));
    wallet.learn(record);
    const auto transaction = wallet.sign(
        action, static_cast<std::uint64_t>(status->at("height").to_number<std::int64_t>()) + kValidFor);
    if (!transaction) {
        session.ended = fail(transaction.error());
        return;
    }
    const auto endpoint = client::endpoint_from(session.node);
    const auto fate =
        client::RpcClient(*endpoint).submit(session.chain, transaction->bytes, {.until_commit = true});
    if (!fate) {
        session.ended = fail(fate.error());
    } else if (fate->fate != client::Fate::committed) {
        session.ended = fail(Error{Code::node_timed_out, "transaction " + to_hex(fate->hash) +
                                                             " is not final yet; ask again with pcq tx"});
    } else if (session.json) {
        print_json({{"hash", to_hex(fate->hash)}, {"height", fate->height}, {"receipt", fate->receipt}});
        if (fate->code != Code::ok) session.ended = Exit::refused;
    } else if (fate->code != Code::ok) {
        session.ended = fail(Error{fate->code, fate->text});
    } else {
        print_rows({{"done", fate->text},
                    {"height", std::to_string(fate->height)},
                    {"transaction", to_hex(fate->hash)}});
    }
}

void prices(Session& session, const MarketOptions& options) {
    json::object params{{"chain", session.chain}};
    if (options.period != 0) params["period"] = options.period;
    const auto answer = session.ask("prices", params);
    if (!answer) return;
    if (session.json) return print_json(*answer);
    const auto& value = answer->at("value");
    print_rows({{"period", plain_text(value.at("period"))},
                {"epoch", plain_text(value.at("epoch"))},
                {"market", value.at("open").as_bool() ? "open" : "closed"},
                {"platform buys at (P_ph)", price_text(value.at("buy_price_uy_per_kg"))},
                {"platform sells at (P_c)", price_text(value.at("sell_price_uy_per_kg"))},
                {"registration fee", money_text(value.at("registration_fee_uy"))}});
}

}  // namespace

void add_market_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<MarketOptions>();
    auto* market =
        app.add_subcommand("market", "prices, joining, selling surplus, buying quota")->require_subcommand(1);
    auto* look = market->add_subcommand("prices", "what the platform pays and asks now");
    look->add_option("--period", options->period, "the newest if not given");
    look->callback([options, &session] { prices(session, *options); });

    const auto add_common = [options](CLI::App* command) {
        command->add_option("--key", options->key, "key file of the account")->required();
        command->add_option("--passphrase-file", options->passphrase_file, "its first line opens the key");
        command->add_option("--period", options->period)->required();
    };
    auto* join = market->add_subcommand("join", "take part in a period's market; pays the registration fee");
    add_common(join);
    join->add_option("--fee-max", options->limit, "micro-yuan; refused if the fee is higher")->required();
    join->callback([options, &session] {
        proto::JoinMarket action;
        action.set_period(options->period);
        action.set_fee_max_uy(options->limit);
        act(session, *options, action);
    });
    auto* sell = market->add_subcommand("sell", "sell surplus to the platform at P_ph");
    add_common(sell);
    sell->add_option("--grams", options->grams)->required()->check(CLI::PositiveNumber);
    sell->add_option("--price-min", options->limit, "micro-yuan per kilogram; refused if P_ph is lower")
        ->required();
    sell->callback([options, &session] {
        proto::SellSurplus action;
        action.set_period(options->period);
        action.set_grams(options->grams);
        action.set_price_min_uy_per_kg(options->limit);
        act(session, *options, action);
    });
    auto* buy = market->add_subcommand("buy", "buy quota from the platform at P_c");
    add_common(buy);
    buy->add_option("--grams", options->grams)->required()->check(CLI::PositiveNumber);
    buy->add_option("--price-max", options->limit, "micro-yuan per kilogram; refused if P_c is higher")
        ->required();
    buy->callback([options, &session] {
        proto::BuyQuota action;
        action.set_period(options->period);
        action.set_grams(options->grams);
        action.set_price_max_uy_per_kg(options->limit);
        act(session, *options, action);
    });
}

}  // namespace pcq::cli
