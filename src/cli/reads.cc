// pcq account, quota, emissions, settlement, market prices, period, block, tx, status: what the chain says.
#include <boost/json/array.hpp>

#include "src/cli/commands.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct ReadOptions {
    std::string account;
    std::string hash;
    std::uint64_t height = 0;
    std::uint32_t period = 0;  // 0: the newest
};

json::object with_period(const Session& session, const ReadOptions& options) {
    json::object params{{"chain", session.chain}};
    if (!options.account.empty()) params["account"] = options.account;
    if (options.period != 0) params["period"] = options.period;
    return params;
}

// The answer's value, printed as JSON when that is wanted: nothing is left to do then.
std::optional<json::object> value_of(Session& session, const std::string& method,
                                     const json::object& params) {
    const auto answer = session.ask(method, params);
    if (!answer) return std::nullopt;
    if (session.json) {
        print_json(*answer);
        return std::nullopt;
    }
    const auto* object = answer->if_object();
    if (object == nullptr) return std::nullopt;
    const auto* value = object->if_contains("value");
    return value != nullptr && value->is_object() ? value->as_object() : *object;
}

void account(Session& session, const ReadOptions& options) {
    const auto value = value_of(session, "account", with_period(session, options));
    if (!value) return;
    const auto& record = value->at("record").as_object();
    Rows rows{{"account", plain_text(value->at("account"))},
              {"status", plain_text(record.at("status"))},
              {"number", plain_text(record.at("number"))}};
    if (const auto* balance = value->if_contains("balance_uy"))
        rows.emplace_back("cash", money_text(*balance));
    print_rows(rows);
}

void quota(Session& session, const ReadOptions& options) {
    const auto value = value_of(session, "account", with_period(session, options));
    if (!value || !value->contains("periods")) return;
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : value->at("periods").as_array()) {
        const auto& holding = entry.at("holding").as_object();
        rows.push_back({plain_text(entry.at("period")), grams_text(holding.at("issued_g")),
                        grams_text(entry.at("accrued_g")), grams_text(entry.at("emitted_g")),
                        grams_text(holding.at("sold_g")), grams_text(holding.at("purchased_g")),
                        grams_text(entry.at("held_g")), grams_text(entry.at("surplus_g")),
                        grams_text(entry.at("excess_g"))});
    }
    print_table({"PERIOD", "ISSUED", "ACCRUED", "EMITTED", "SOLD", "BOUGHT", "HELD", "SURPLUS", "EXCESS"},
                rows);
}

void emissions(Session& session, const ReadOptions& options) {
    const auto value = value_of(session, "account", with_period(session, options));
    if (!value || !value->contains("periods")) return;
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : value->at("periods").as_array())
        rows.push_back({plain_text(entry.at("period")), grams_text(entry.at("emitted_g")),
                        grams_text(entry.at("accrued_g"))});
    print_table({"PERIOD", "EMITTED", "QUOTA ACCRUED"}, rows);
}

void settlement(Session& session, const ReadOptions& options) {
    const auto value = value_of(session, "settlement", with_period(session, options));
    if (!value) return;
    print_rows({{"period", plain_text(value->at("period"))},
                {"emitted", grams_text(value->at("emitted_g"))},
                {"issued", grams_text(value->at("issued_g"))},
                {"sold", grams_text(value->at("sold_g"))},
                {"purchased", grams_text(value->at("purchased_g"))},
                {"own surrendered", grams_text(value->at("own_surrendered_g"))},
                {"purchased surrendered", grams_text(value->at("purchased_surrendered_g"))},
                {"penalised", grams_text(value->at("penalised_g"))},
                {"penalty paid", money_text(value->at("penalty_paid_uy"))},
                {"penalty owed", money_text(value->at("penalty_owed_uy"))},
                {"banked", grams_text(value->at("banked_g"))},
                {"expired", grams_text(value->at("expired_g"))},
                {"settled at height", plain_text(value->at("height"))}});
}

void block(Session& session, const ReadOptions& options) {
    const auto value = value_of(session, "block", {{"chain", session.chain}, {"height", options.height}});
    if (!value) return;
    const auto& header = value->at("header").as_object();
    print_rows({{"height", plain_text(header.at("height"))},
                {"hash", plain_text(value->at("hash"))},
                {"time, ms", plain_text(header.at("time_ms"))},
                {"view", plain_text(header.at("view"))},
                {"transactions", plain_text(header.at("transaction_count"))},
                {"state root", plain_text(header.at("state_root"))}});
}

void transaction(Session& session, const ReadOptions& options) {
    const auto value = value_of(session, "transaction", {{"chain", session.chain}, {"hash", options.hash}});
    if (!value) return;
    Rows rows;
    for (const auto& [key, entry] : *value) {
        if (key == "receipt" && entry.is_object()) {
            rows.emplace_back("code", plain_text(entry.at("code")));
            rows.emplace_back("text", plain_text(entry.at("text")));
        } else {
            rows.emplace_back(std::string(key), plain_text(entry));
        }
    }
    print_rows(rows);
}

void status(Session& session) {
    const auto value = value_of(session, "status", {{"chain", session.chain}});
    if (!value) return;
    Rows rows;
    for (const auto& [key, entry] : *value) rows.emplace_back(std::string(key), plain_text(entry));
    print_rows(rows);
}

}  // namespace

std::optional<boost::json::value> Session::ask(const std::string& method, const boost::json::object& params) {
    const auto endpoint = client::endpoint_from(node);
    if (!endpoint) {
        ended = fail(endpoint.error());
        return std::nullopt;
    }
    auto answer = client::RpcClient(*endpoint).call(method, params);
    if (!answer) {
        ended = fail(answer.error());
        return std::nullopt;
    }
    return *std::move(answer);
}

void add_read_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<ReadOptions>();
    using Read = void (*)(Session&, const ReadOptions&);
    struct Person {
        const char* name;
        const char* about;
        Read read;
    };
    for (const auto& [name, about, read] :
         {Person{"account", "an account: status, number, cash", account},
          Person{"quota", "an account's quota by period", quota},
          Person{"emissions", "an account's emissions by period", emissions},
          Person{"settlement", "an account's settlement of a period", settlement}}) {
        auto* command = app.add_subcommand(name, about);
        command
            ->add_option("account", options->account,
                         "address of the account (pcq1...), or its id in hexadecimal")
            ->required();
        command->add_option("--period", options->period, "the period; the newest if not given");
        command->callback([options, &session, read = read] { read(session, *options); });
    }
    auto* one_block = app.add_subcommand("block", "a block by its height");
    one_block->add_option("height", options->height)->required();
    one_block->callback([options, &session] { block(session, *options); });
    auto* one_transaction = app.add_subcommand("tx", "the fate of a transaction");
    one_transaction->add_option("hash", options->hash)->required();
    one_transaction->callback([options, &session] { transaction(session, *options); });
    app.add_subcommand("status", "a chain as the node has it now")->callback([&session] { status(session); });
}

}  // namespace pcq::cli
