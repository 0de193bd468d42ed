// pcq account, quota, emissions, settlement, block, tx, status: what the chain says.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include <boost/json/array.hpp>

#include "src/cli/acting.h"
#include "src/cli/commands.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kAskAgain{100};
constexpr std::size_t kTransactionsShown = 100;

struct ReadOptions {
    std::string account;
    std::string hash;
    std::optional<std::uint64_t> height;  // nothing: the newest
    std::uint32_t period = 0;             // 0: the newest
    bool wait = false;
    std::uint32_t wait_s = 60;
};

json::object with_period(const Session& session, const ReadOptions& options) {
    json::object params{{"chain", session.chain}};
    if (!options.account.empty()) params["account"] = options.account;
    if (options.period != 0) params["period"] = options.period;
    return params;
}

// The answer's value, printed as JSON when that is wanted: nothing is left to do then.
std::optional<json::object> value_of(Session& session, const std::optional<json::value>& answer) {
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

std::optional<json::object> value_of(Session& session, const std::string& method,
                                     const json::object& params) {
    return value_of(session, session.ask(method, params));
}

// With all of its periods.
std::optional<json::object> account_of(Session& session, const ReadOptions& options) {
    return value_of(session, ask_all(session, "account", with_period(session, options), "periods"));
}

void account(Session& session, const ReadOptions& options) {
    const auto value = account_of(session, options);
    if (!value) return;
    const auto& record = value->at("record").as_object();
    Rows rows{{"account", plain_text(value->at("account"))},
              {"status", plain_text(record.at("status"))},
              {"number", plain_text(record.at("number"))}};
    if (const auto* balance = value->if_contains("balance_uy"))
        rows.emplace_back("cash", money_text(*balance));
    print_rows(rows);
}

// The account's periods; says so when there is none.
std::optional<json::array> periods_of(Session& session, const ReadOptions& options) {
    const auto value = account_of(session, options);
    if (!value) return std::nullopt;
    const auto* periods = value->if_contains("periods");
    if (periods != nullptr && periods->is_array() && !periods->as_array().empty()) return periods->as_array();
    std::cout << plain_text(value->at("account")) << " has neither quota nor emissions on this chain\n";
    return std::nullopt;
}

void quota(Session& session, const ReadOptions& options) {
    const auto periods = periods_of(session, options);
    if (!periods) return;
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : *periods) {
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
    const auto periods = periods_of(session, options);
    if (!periods) return;
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : *periods) {
        rows.push_back({plain_text(entry.at("period")), grams_text(entry.at("emitted_g")),
                        grams_text(entry.at("accrued_g"))});
    }
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
                {"owed beside", grams_text(value->at("obligation_g"))},
                {"own surrendered", grams_text(value->at("own_surrendered_g"))},
                {"purchased surrendered", grams_text(value->at("purchased_surrendered_g"))},
                {"borrowed", grams_text(value->at("borrowed_g"))},
                {"penalised", grams_text(value->at("penalised_g"))},
                {"penalty paid", money_text(value->at("penalty_paid_uy"))},
                {"penalty owed", money_text(value->at("penalty_owed_uy"))},
                {"banked", grams_text(value->at("banked_g"))},
                {"expired", grams_text(value->at("expired_g"))},
                {"settled at height", plain_text(value->at("height"))}});
}

void block(Session& session, const ReadOptions& options) {
    json::object params{{"chain", session.chain}, {"detail", "full"}, {"limit", kTransactionsShown}};
    if (options.height) params["height"] = *options.height;
    const auto value = value_of(session, "block", params);
    if (!value) return;
    const auto& header = value->at("header").as_object();
    print_rows({{"height", plain_text(header.at("height"))},
                {"hash", plain_text(value->at("hash"))},
                {"time", time_text(header.at("time_ms"))},
                {"view", plain_text(header.at("view"))},
                {"transactions", plain_text(header.at("transaction_count"))},
                {"state root", plain_text(header.at("state_root"))}});
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : value->at("transactions").as_array()) {
        rows.push_back({plain_text(entry.at("index")), plain_text(entry.at("action")),
                        plain_text(entry.at("receipt").at("name")), plain_text(entry.at("hash"))});
    }
    if (!rows.empty()) print_table({"INDEX", "ACTION", "RESULT", "TRANSACTION"}, rows);
    if (value->contains("next"))
        std::cout << "the first " << rows.size() << " transactions; the rest is to be had from RPC\n";
}

// Asked once, or until it is final.
std::optional<json::value> fate_of(Session& session, const ReadOptions& options) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.wait_s);
    while (true) {
        auto answer = session.ask("transaction", {{"chain", session.chain}, {"hash", options.hash}});
        if (!answer || !options.wait) return answer;
        const auto& status = answer->at("status");
        if (status == "committed" || status == "rejected" || status == "expired") return answer;
        if (std::chrono::steady_clock::now() > end) {
            session.ended =
                fail(Error{Code::node_timed_out,
                           "transaction " + options.hash + " is " + plain_text(answer->at("status")) +
                               ", not final, after " + std::to_string(options.wait_s) + " s"});
            return std::nullopt;
        }
        std::this_thread::sleep_for(kAskAgain);
    }
}

void transaction(Session& session, const ReadOptions& options) {
    const auto answer = fate_of(session, options);
    if (!answer) return;
    const auto& value = answer->as_object();
    Rows rows;
    for (const auto& [key, entry] : value) {
        if (key == "receipt" && entry.is_object()) {
            rows.emplace_back("result", plain_text(entry.at("name")));
            rows.emplace_back("text", plain_text(entry.at("text")));
            for (auto& row : balance_rows(entry)) rows.push_back(std::move(row));
            if (entry.at("name") != "ok") session.ended = Exit::refused;
        } else if (key == "reason") {
            rows.emplace_back("reason", plain_text(entry.at("name")));
            rows.emplace_back("text", plain_text(entry.at("message")));
        } else {
            rows.emplace_back(std::string(key), plain_text(entry));
        }
    }
    if (session.json) {
        print_json(*answer);
    } else {
        print_rows(rows);
    }
    if (value.at("status") == "rejected" || value.at("status") == "expired") session.ended = Exit::refused;
    if (value.at("status") == "unknown") {
        session.ended = fail(Error{
            Code::not_found, "this node knows no transaction " + options.hash +
                                 ": it was not handed in here, or that is forgotten; ask the node that it "
                                 "was handed to (--node), or another one"});
    }
}

void status(Session& session) {
    const auto value = value_of(session, "status", {{"chain", session.chain}});
    if (!value) return;
    Rows rows;
    for (const auto& [key, entry] : *value) {
        std::string label = key == "time_ms" ? "time" : std::string(key);
        std::replace(label.begin(), label.end(), '_', ' ');
        rows.emplace_back(std::move(label), key == "time_ms" ? time_text(entry) : plain_text(entry));
    }
    print_rows(rows);
}

}  // namespace

void add_read_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<ReadOptions>();
    using Read = void (*)(Session&, const ReadOptions&);
    struct Person {
        const char* name;
        const char* about;
        const char* example;
        Read read;
    };
    for (const auto& [name, about, example, read] :
         {Person{"account", "an account: status, number, cash", "pcq account pcq1q...", account},
          Person{"quota",
                 "an account's quota by period: issued, accrued, sold, bought, held, surplus, excess",
                 "pcq quota pcq1q... --period 2026", quota},
          Person{"emissions", "an account's emissions by period, and the quota that has accrued meanwhile",
                 "pcq emissions pcq1q...", emissions},
          Person{"settlement", "an account's settlement of a period: surrendered, penalised, banked",
                 "pcq settlement pcq1q... --period 2026", settlement}}) {
        auto* command = app.add_subcommand(name, about);
        command->add_option("account", options->account,
                            "address of the account (pcq1...), or its id in hexadecimal");
        command->add_option("--period", options->period, "the period; the newest if not given")
            ->type_name("YEAR")
            ->check(year());
        explain(*command, example,
                "What the node at --node says; pcq audit account proves it against the genesis document.");
        command->callback([options, &session, command, read = read] {
            if (!command->get_subcommands().empty()) return;  // which has done the work
            if (options->account.empty()) throw CLI::RequiredError("account");
            read(session, *options);
        });
    }
    add_emission_commands(*app.get_subcommand("emissions"), session);
    add_rule_commands(app, *app.get_subcommand("quota"), session);
    add_account_commands(*app.get_subcommand("account"), session);
    add_people_commands(*app.get_subcommand("account"), session);
    add_issue_commands(app, *app.get_subcommand("quota"), session);
    add_quota_transfer(*app.get_subcommand("quota"), session);
    add_settlement_commands(*app.get_subcommand("settlement"), session);
    auto* one_block = app.add_subcommand("block", "a block, with what became of its transactions");
    one_block->add_option("height", options->height, "the newest if not given")->check(whole_number(0));
    explain(*one_block, "pcq block 12");
    one_block->callback([options, &session] { block(session, *options); });
    auto* one_transaction = app.add_subcommand("tx", "the fate of a transaction");
    one_transaction->add_option("hash", options->hash, "64 hexadecimal digits")->required();
    one_transaction->add_flag("--wait", options->wait, "until it is final");
    one_transaction->add_option("--timeout", options->wait_s, "how long to wait")
        ->type_name("SECONDS")
        ->capture_default_str();
    explain(
        *one_transaction, "pcq tx 5f0c... --wait",
        "Ends with 0 when it is final and did what it says, or is pending and --wait is not given; with 1 "
        "when it was refused,\nhas expired or the node does not know it; with 3 when it is not final in "
        "time.");
    one_transaction->callback([options, &session] { transaction(session, *options); });
    auto* chain_status = app.add_subcommand("status", "a chain as the node has it now");
    explain(*chain_status, "pcq --chain main status");
    chain_status->callback([&session] { status(session); });
}

}  // namespace pcq::cli
