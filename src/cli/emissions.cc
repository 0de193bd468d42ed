// Below pcq emissions: readings, corrections and disputes.
#include <iostream>

#include <boost/json/array.hpp>

#include "src/base/address.h"
#include "src/cli/acting.h"
#include "src/cli/amounts.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct EmissionsOptions {
    ActingOptions acting;
    std::string account;
    std::string meter;
    std::uint32_t period = 0;  // 0: the newest
    std::uint32_t month = 0;
    std::string amount;
    std::uint32_t days = 0;
    bool estimated = false;
    std::string reason;
    std::uint64_t number = 0;
};

template <class Value>
const Value* take(Session& session, const Result<Value>& value) {
    if (value) return &*value;
    session.ended = fail(value.error());
    return nullptr;
}

// What a reading and its correction have in common.
struct Reading {
    std::uint32_t period = 0;
    Bytes account;
    std::int64_t grams = 0;
};
std::optional<Reading> reading_of(Session& session, const EmissionsOptions& options) {
    const auto account = account_from_text(options.account);
    if (take(session, account) == nullptr) return std::nullopt;
    const auto grams = options.amount == "0g" ? Result<Grams>(Grams()) : grams_from(options.amount);
    if (take(session, grams) == nullptr) return std::nullopt;
    const auto period = period_or_newest(session, options.period);
    if (!period) return std::nullopt;
    return Reading{*period, account->bytes(), grams->value()};
}

void report(Session& session, const EmissionsOptions& options) {
    const auto reading = reading_of(session, options);
    if (!reading) return;
    proto::ReportEmissions action;
    action.set_period(reading->period);
    action.set_month(options.month);
    auto& entry = *action.add_readings();
    entry.set_account(reading->account);
    entry.set_grams(reading->grams);
    entry.set_days_measured(options.days);
    entry.set_estimated(options.estimated);
    act(session, options.acting, action);
}

void correct(Session& session, const EmissionsOptions& options) {
    const auto reading = reading_of(session, options);
    if (!reading) return;
    proto::ProposeCorrection action;
    action.set_period(reading->period);
    action.set_month(options.month);
    action.set_account(reading->account);
    action.set_grams(reading->grams);
    action.set_reason(options.reason);
    action.set_days_measured(options.days);
    action.set_estimated(options.estimated);
    act(session, options.acting, action);
}

void approve(Session& session, const EmissionsOptions& options) {
    proto::ApproveCorrection action;
    action.set_correction(options.number);
    act(session, options.acting, action);
}

void dispute(Session& session, const EmissionsOptions& options) {
    const auto meter = account_from_text(options.meter);
    if (take(session, meter) == nullptr) return;
    const auto period = period_or_newest(session, options.period);
    if (!period) return;
    proto::DisputeReading action;
    action.set_period(*period);
    action.set_month(options.month);
    action.set_meter(meter->bytes());
    action.set_reason(options.reason);
    act(session, options.acting, action);
}

void reject(Session& session, const EmissionsOptions& options) {
    proto::RejectDispute action;
    action.set_dispute(options.number);
    action.set_reason(options.reason);
    act(session, options.acting, action);
}

void readings(Session& session, const EmissionsOptions& options) {
    json::object params{{"chain", session.chain}, {"account", options.account}};
    if (options.period != 0) params["period"] = options.period;
    const auto answer = session.ask("emissions", params);
    if (!answer) return;
    if (session.json) return print_json(*answer);
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : answer->at("value").at("readings").as_array()) {
        const std::string state = entry.at("corrected").as_bool()   ? "corrected"
                                  : entry.at("late").as_bool()      ? "late"
                                  : entry.at("estimated").as_bool() ? "estimated"
                                                                    : "";
        rows.push_back({plain_text(entry.at("month")), plain_text(entry.at("meter_kind")),
                        grams_text(entry.at("grams")), plain_text(entry.at("days_measured")), state,
                        std::to_string(entry.at("disputes").as_array().size()),
                        plain_text(entry.at("meter"))});
    }
    print_table({"MONTH", "KIND", "EMITTED", "DAYS", "STATE", "DISPUTES", "METER"}, rows);
}

void disputes(Session& session, const EmissionsOptions&) {
    std::vector<std::vector<std::string>> rows;
    const bool done = each_page(session, "disputes", "disputes", [&rows](const json::value& entry) {
        rows.push_back({plain_text(entry.at("dispute")), plain_text(entry.at("status")),
                        plain_text(entry.at("period")), plain_text(entry.at("month")),
                        grams_text(entry.at("grams")), plain_text(entry.at("reason")),
                        plain_text(entry.at("account"))});
    });
    if (done) print_table({"DISPUTE", "STATUS", "PERIOD", "MONTH", "READING", "REASON", "ACCOUNT"}, rows);
}

void add_month(CLI::App& command, EmissionsOptions& options) {
    command.add_option("--month", options.month, "of the period, 1 to 12")
        ->check(CLI::Range(1, 12))
        ->required();
    command.add_option("--period", options.period, "the period; the newest if not given")
        ->type_name("YEAR")
        ->check(year());
}

void add_reading(CLI::App& command, EmissionsOptions& options) {
    command.add_option("--account", options.account, "the person's account: address or id")->required();
    command.add_option("--amount", options.amount, "emitted in the month, with its unit: 1500g, 1.5kg")
        ->required();
    command.add_option("--days", options.days, "days of the month that were measured")
        ->check(CLI::Range(0, 31));
    command.add_flag("--estimated", options.estimated, "the figure contains an estimate");
    add_month(command, options);
}

void add_reason(CLI::App& command, EmissionsOptions& options) {
    command.add_option("--reason", options.reason, "at most 256 bytes, no personal data")->required();
}

}  // namespace

void add_emission_commands(CLI::App& emissions, Session& session) {
    auto options = std::make_shared<EmissionsOptions>();
    const auto add = [&](const char* name, const char* about, auto run) {
        auto* command = emissions.add_subcommand(name, about);
        command->callback([options, &session, run] { run(session, *options); });
        return command;
    };
    auto* command = add("report", "report a person's emissions of a month (meter)", report);
    add_reading(*command, *options);
    add_acting(*command, options->acting,
               "pcq emissions report --key meter.pem --account pcq1q... --month 3 --amount 120kg --days 31");
    command =
        add("correct", "propose a correction of the meter's own reading, or a late one (meter)", correct);
    add_reading(*command, *options);
    add_reason(*command, *options);
    add_acting(
        *command, options->acting,
        "pcq emissions correct --key meter.pem --account pcq1q... --month 3 --amount 90kg --reason misread");
    command = add("approve", "approve a proposed correction (government)", approve);
    command->add_option("correction", options->number, "its number")->required()->check(whole_number(1));
    add_acting(*command, options->acting, "pcq emissions approve 7 --key government.pem");
    command = add("dispute", "say that a reading of oneself is wrong", dispute);
    command->add_option("--meter", options->meter, "account of the meter whose reading it is")->required();
    add_month(*command, *options);
    add_reason(*command, *options);
    add_acting(*command, options->acting,
               "pcq emissions dispute --key me.pem --meter pcq1m... --month 3 --reason \"I was away\"");
    command = add("reject", "answer a dispute: the reading stays (government)", reject);
    command->add_option("dispute", options->number, "its number")->required()->check(whole_number(1));
    add_reason(*command, *options);
    add_acting(*command, options->acting,
               "pcq emissions reject 4 --key government.pem --reason \"meter checked\"");
    command = add("readings", "an account's readings of a period, by meter and month", readings);
    command->add_option("account", options->account, "address or id of the account")->required();
    command->add_option("--period", options->period, "the period; the newest if not given")
        ->type_name("YEAR")
        ->check(year());
    explain(*command, "pcq emissions readings pcq1q...");
    command = add("disputes", "all disputes of readings, and what became of them", disputes);
    explain(*command, "pcq emissions disputes");
}

}  // namespace pcq::cli
