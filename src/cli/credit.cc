// pcq credit: avoided emissions, their methodologies, and their conversion into quota.
#include <functional>
#include <utility>

#include <boost/json/array.hpp>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/cli/acting.h"
#include "src/cli/amounts.h"
#include "src/cli/tables_file.h"
#include "src/crypto/hash.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct CreditOptions {
    ActingOptions acting;
    std::string account;
    std::uint32_t period = 0;  // 0: the newest
    std::uint32_t month = 0;
    std::string amount;
    std::string methodology;
    std::int64_t units = 0;
    std::string activity;
    std::string file;
    std::string side_chain;
};

void show(Session& session, const CreditOptions& options) {
    json::object params{{"chain", session.chain}, {"account", options.account}};
    if (options.period != 0) params["period"] = options.period;
    const auto answer = session.ask("credits", params);
    if (!answer) return;
    if (session.json) return print_json(*answer);
    const auto& value = answer->at("value");
    const auto& record = value.at("record");
    print_rows({{"account", plain_text(value.at("account"))},
                {"period", plain_text(value.at("period"))},
                {"avoided", grams_text(record.at("minted_g"))},
                {"converted", grams_text(record.at("converted_g"))},
                {"into quota", grams_text(record.at("quota_g"))},
                {"expired", grams_text(record.at("expired_g"))},
                {"left", grams_text(value.at("left_g"))},
                {"reserve issued", grams_text(value.at("reserve").at("issued_g"))},
                {"reserve converted", grams_text(value.at("reserve").at("converted_g"))}});
}

void convert(Session& session, const CreditOptions& options) {
    const auto grams = grams_from(options.amount);
    if (!grams) {
        session.ended = fail(grams.error());
        return;
    }
    const auto period = period_or_newest(session, options.period);
    if (!period) return;
    proto::ConvertCredits action;
    action.set_period(*period);
    action.set_grams(grams->value());
    act(session, options.acting, action);
}

// For the command itself, which prints nothing of it.
bool each_of_them(Session& session, const std::string& list,
                  const std::function<void(const json::value&)>& visit) {
    const bool json = std::exchange(session.json, false);
    const bool done = each_page(session, list, list, visit);
    session.json = json;
    return done;
}

// What the chain has of each methodology: the latest version's number and its record.
using InForce = std::map<std::string, json::value>;
std::optional<InForce> in_force(Session& session) {
    InForce latest;
    if (!each_of_them(session, "methodologies", [&latest](const json::value& entry) {
            latest[std::string(entry.at("id").as_string())] = entry;
        }))
        return std::nullopt;
    return latest;
}

void avoided(Session& session, const CreditOptions& options) {
    const auto account = account_from_text(options.account);
    if (!account) {
        session.ended = fail(account.error());
        return;
    }
    const auto period = period_or_newest(session, options.period);
    if (!period) return;
    const auto known = in_force(session);
    if (!known) return;
    const auto at = known->find(options.methodology);
    if (at == known->end()) {
        session.ended =
            fail(Error{Code::methodology_unknown, "the chain has no methodology " + options.methodology +
                                                      "; pcq credit methodologies lists them"});
        return;
    }
    proto::ReportAvoided action;
    action.set_period(*period);
    action.set_month(options.month);
    action.set_methodology(options.methodology);
    action.set_version(at->second.at("version").to_number<std::uint32_t>());
    auto& entry = *action.add_entries();
    entry.set_account(account->bytes());
    entry.set_units(options.units);
    entry.set_activity(crypto::sha256({"activity", options.activity}).bytes());
    act(session, options.acting, action);
}

bool same(const json::value& record, const proto::SetMethodology& wanted) {
    const auto text = [&record](const char* key) { return std::string(record.at(key).as_string()); };
    return text("title") == wanted.title() && text("unit") == wanted.unit() &&
           text("source") == wanted.source() && text("region") == wanted.region() &&
           text("avoided_mg_per_unit") == std::to_string(wanted.avoided_mg_per_unit()) &&
           record.at("active").as_bool() == wanted.active();
}

void load(Session& session, const CreditOptions& options) {
    const auto wanted = methodologies_from(options.file);
    if (!wanted) {
        session.ended = fail(wanted.error());
        return;
    }
    const auto known = in_force(session);
    if (!known) return;
    for (const auto& methodology : *wanted) {
        const auto at = known->find(methodology.id());
        if (at != known->end() && same(at->second, methodology)) continue;
        act(session, options.acting, methodology);
        if (session.ended != Exit::done) return;
    }
}

void methodologies(Session& session, const CreditOptions&) {
    std::vector<std::vector<std::string>> rows;
    const bool done = each_page(session, "methodologies", "methodologies", [&rows](const json::value& entry) {
        const bool used = entry.at("latest").as_bool() && entry.at("active").as_bool();
        rows.push_back({plain_text(entry.at("id")), plain_text(entry.at("version")),
                        used ? "in force" : "past",
                        plain_text(entry.at("avoided_mg_per_unit")) + " mg a " + plain_text(entry.at("unit")),
                        plain_text(entry.at("region")), plain_text(entry.at("title"))});
    });
    if (done) print_table({"ID", "VERSION", "STATE", "AVOIDED", "REGION", "TITLE"}, rows);
}

// The id of a side chain by the name under which the main chain knows it.
std::optional<Bytes> side_chain_of(Session& session, const std::string& name) {
    std::optional<Bytes> found;
    each_of_them(session, "side_chains", [&](const json::value& entry) {
        const auto id = id_from_hex<ChainId>(std::string(entry.at("chain_id").as_string()));
        if (id && (entry.at("record").at("name").as_string() == name || to_hex(*id) == name))
            found = id->bytes();
    });
    if (!found && session.ended == Exit::done) {
        session.ended =
            fail(Error{Code::side_chain_unknown, "chain " + session.chain + " knows no side chain " + name});
    }
    return found;
}

void reserve(Session& session, const CreditOptions& options) {
    const auto grams = grams_from(options.amount);
    if (!grams) {
        session.ended = fail(grams.error());
        return;
    }
    const auto side_chain = side_chain_of(session, options.side_chain);
    if (!side_chain) return;
    const auto period = period_or_newest(session, options.period);
    if (!period) return;
    proto::IssueReserve action;
    action.set_period(*period);
    action.set_side_chain(*side_chain);
    action.set_grams(grams->value());
    act(session, options.acting, action);
}

void add_period(CLI::App& command, CreditOptions& options) {
    command.add_option("--period", options.period, "the period; the newest if not given")
        ->type_name("YEAR")
        ->check(year());
}

void add_amount(CLI::App& command, CreditOptions& options) {
    command.add_option("--amount", options.amount, "how much, with its unit: 1500g, 1.5kg, 0.2t")->required();
}

void add_avoided(CLI::App& command, CreditOptions& options) {
    command.add_option("--account", options.account, "the person's account: address or id")->required();
    command.add_option("--methodology", options.methodology, "its id; the version in force is used")
        ->required();
    command.add_option("--units", options.units, "whole units of the methodology")
        ->check(whole_number(1))
        ->required();
    command.add_option("--activity", options.activity, "names the activity; the same text counts once")
        ->required();
    command.add_option("--month", options.month, "of the period, 1 to 12")
        ->check(CLI::Range(1, 12))
        ->required();
    add_period(command, options);
}

}  // namespace

void add_credit_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<CreditOptions>();
    auto* credit =
        app.add_subcommand("credit", "avoided emissions: credits, methodologies, conversion into quota")
            ->require_subcommand(1);
    explain(*credit, "pcq credit convert --key me.pem --amount 12kg");
    const auto add = [&](const char* name, const char* about, auto run) {
        auto* command = credit->add_subcommand(name, about);
        command->callback([options, &session, run] { run(session, *options); });
        return command;
    };
    auto* command = add("show", "an account's credits of a period", show);
    command->add_option("account", options->account, "address or id of the account")->required();
    add_period(*command, *options);
    explain(*command, "pcq credit show pcq1q...");
    command = add("convert", "convert one's credits into quota, at the policy's rate", convert);
    add_amount(*command, *options);
    add_period(*command, *options);
    add_acting(*command, options->acting, "pcq credit convert --key me.pem --amount 12kg");
    command = add("avoided", "report an activity that avoided emissions (meter)", avoided);
    add_avoided(*command, *options);
    add_acting(*command, options->acting,
               "pcq credit avoided --key meter.pem --account pcq1q... --methodology subway_trip_mean --units "
               "3 --month "
               "4 --activity card-77/2026-04-02");
    command = add("methodologies", "by what avoided emissions are credited: every version", methodologies);
    explain(*command, "pcq credit methodologies");
    command =
        add("load", "set methodologies from a file, those that are new or have changed (government)", load);
    command->add_option("--file", options->file, "TOML; deploy/methodologies.toml is an example")
        ->check(CLI::ExistingFile)
        ->required();
    add_acting(*command, options->acting,
               "pcq credit load --key government.pem --file deploy/methodologies.toml");
    command = credit->add_subcommand("reserve",
                                     "issue quota for conversions, under the cap (government, main chain)");
    command->callback([options, &session, &app] {
        prefer_main(app, session);
        reserve(session, *options);
    });
    command->add_option("--side-chain", options->side_chain, "name or id of the side chain")
        ->default_val("side");
    add_amount(*command, *options);
    add_period(*command, *options);
    add_acting(*command, options->acting, "pcq credit reserve --key government.pem --amount 5t");
}

}  // namespace pcq::cli
