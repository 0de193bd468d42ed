// pcq period: what the government opens, advances and closes, and a period as the chain has it; and what the
// platform posts (pcq market costs, service).
#include <iostream>
#include <sstream>

#include <boost/json/array.hpp>
#include <google/protobuf/util/json_util.h>
#include <toml++/toml.h>

#include "src/cli/acting.h"
#include "src/cli/amounts.h"
#include "src/cli/commands.h"
#include "src/economics/status.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct PeriodOptions {
    ActingOptions acting;
    std::string file;
    std::uint32_t period = 0;  // 0: the newest
    std::uint32_t month = 0;   // 0: the next
    std::string op_cost;
    std::string chain_cost;
};

// A file whose names are those of the message's fields. An unknown name or a value of another kind is refused
// with the file's name.
template <class Message>
Result<Message> message_from(const std::string& file) {
    std::ostringstream text;
    try {
        text << toml::json_formatter{toml::parse_file(file)};
    } catch (const toml::parse_error& fault) {
        std::ostringstream where;
        where << fault.source().begin;
        return Error{Code::bad_argument,
                     file + ": " + std::string(fault.description()) + " (" + where.str() + ")"};
    }
    Message message;
    const auto parsed = google::protobuf::util::JsonStringToMessage(text.str(), &message);
    if (parsed.ok()) return message;
    return Error{Code::bad_argument,
                 file + " is not as docs/contracts.md says: " + std::string(parsed.message())};
}

void open(Session& session, const PeriodOptions& options) {
    const auto action = message_from<proto::OpenPeriod>(options.file);
    if (action) return act(session, options.acting, *action);
    session.ended = fail(action.error());
}

std::optional<json::value> ask_period(Session& session, std::uint32_t period) {
    json::object params{{"chain", session.chain}};
    if (period != 0) params["period"] = period;
    return session.ask("period", params);
}

void advance(Session& session, const PeriodOptions& options) {
    const auto known = ask_period(session, options.period);
    if (!known) return;
    const auto& value = known->at("value");
    proto::AdvancePeriod action;
    action.set_period(value.at("period").to_number<std::uint32_t>());
    action.set_month(options.month != 0 ? options.month
                                        : value.at("months_advanced").to_number<std::uint32_t>() + 1);
    act(session, options.acting, action);
}

void close(Session& session, const PeriodOptions& options) {
    const auto period = period_or_newest(session, options.period);
    if (!period) return;
    proto::ClosePeriod action;
    action.set_period(*period);
    act(session, options.acting, action);
}

std::string share_of_one(const json::value& ppb) {
    auto text = plain_text(ppb);
    if (text.size() < 10) text.insert(0, 10 - text.size(), '0');
    return text.insert(text.size() - 9, ".");
}

// How the policy stood against Proposition 2 when the period was opened.
Rows opening_rows(const json::value& opening) {
    const auto status = static_cast<econ::Status>(opening.at("status").to_number<std::uint32_t>());
    const auto holds = [&opening](const char* name) {
        return std::string(opening.at(name).as_bool() ? "holds" : "does not hold");
    };
    Rows rows{{"Proposition 2", std::string(econ::name(status))}};
    if (!econ::is_error(status)) {
        rows.emplace_back("  best delta", share_of_one(opening.at("optimal_offset_ratio_ppb")));
        rows.emplace_back("  P k < 2 N", holds("lower_bound"));
        rows.emplace_back("  3 e N < D W P", holds("upper_bound"));
        rows.emplace_back("  3 e k < 2 D W", holds("concave"));
        rows.emplace_back("  delta N <= D W", holds("supply_suffices"));
    }
    const auto reason = plain_text(opening.at("override_reason"));
    if (!reason.empty()) rows.emplace_back("opened all the same, because", reason);
    return rows;
}

void list(Session& session) {
    const auto answer = ask_all(session, "periods", {{"chain", session.chain}}, "periods");
    if (!answer) return;
    if (session.json) return print_json(*answer);
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : answer->at("value").at("periods").as_array()) {
        rows.push_back({plain_text(one.at("period")), plain_text(one.at("phase")),
                        plain_text(one.at("months_advanced")) + " of " + plain_text(one.at("months")),
                        grams_text(one.at("cap_g")), grams_text(one.at("totals").at("issued_g"))});
    }
    if (rows.empty()) std::cout << "no period has been opened yet\n";
    if (!rows.empty()) print_table({"PERIOD", "PHASE", "MONTHS OVER", "CAP", "ISSUED"}, rows);
}

void show(Session& session, const PeriodOptions& options) {
    const auto answer = ask_period(session, options.period);
    if (!answer) return;
    if (session.json) return print_json(*answer);
    const auto& value = answer->at("value");
    const auto& policy = value.at("policy");
    Rows rows{
        {"period", plain_text(value.at("period"))},
        {"phase", plain_text(value.at("phase"))},
        {"months over", plain_text(value.at("months_advanced")) + " of " + plain_text(value.at("months"))},
        {"cap", grams_text(value.at("cap_g"))},
        {"issued", grams_text(value.at("totals").at("issued_g"))},
        {"may be offset (delta)", share_of_one(policy.at("offset_ratio_ppb"))},
        {"ceiling of P_c (P)", price_text(policy.at("market_price_uy_per_kg"))},
        {"cost of effort (e)", price_text(policy.at("effort_cost_uy_per_kg"))},
        {"penalty", price_text(policy.at("penalty_uy_per_kg"))},
        {"banked of what is left", share_of_one(policy.at("banking_ratio_ppb"))},
        {"quota accrues", plain_text(policy.at("accrual"))}};
    const auto share_row = [&](const char* name, const char* field, const char* of) {
        if (plain_text(policy.at(field)) != "0") rows.emplace_back(name, share_of_one(policy.at(field)) + of);
    };
    share_row("quota for avoided emissions", "credit_rate_ppb", " of their grams");
    share_row("  at most", "credit_cap_ppb", " of the quota issued");
    share_row("may be borrowed", "borrowing_ratio_ppb", " of the quota issued");
    const auto* opening = value.as_object().if_contains("opening");
    if (opening != nullptr && opening->is_object()) {
        for (auto& row : opening_rows(*opening)) rows.push_back(std::move(row));
    }
    print_rows(rows);
    if (plain_text(value.at("phase")) == "settled" && session.chain != "main") {
        const auto welfare =
            session.ask("welfare", {{"chain", session.chain}, {"period", value.at("period")}});
        if (!welfare) return;
        const auto& brought = welfare->at("value");
        std::cout << "\n";
        print_rows({{"platform's profit", money_text(brought.at("profit_uy"))},
                    {"sellers' surplus (8)", money_text(brought.at("seller_surplus_uy"))},
                    {"profit and surplus (9)", money_text(brought.at("profit_plus_surplus_uy"))},
                    {"enterprises' benefit (10)", money_text(brought.at("enterprise_benefit_uy"))},
                    {"total welfare (11)", money_text(brought.at("total_welfare_uy"))}});
    }
}

void post_costs(Session& session, const PeriodOptions& options) {
    const auto op = price_from(options.op_cost);
    const auto chain = price_from(options.chain_cost);
    if (!op || !chain) {
        session.ended = fail(op ? chain.error() : op.error());
        return;
    }
    proto::PostCosts action;
    action.set_op_cost_uy_per_kg(op->value());
    action.set_chain_cost_uy_per_kg(chain->value());
    act(session, options.acting, action);
}

void post_service(Session& session, const PeriodOptions& options) {
    const auto action = message_from<proto::PostService>(options.file);
    if (action) return act(session, options.acting, *action);
    session.ended = fail(action.error());
}

void add_period(CLI::App& command, PeriodOptions& options) {
    command.add_option("--period", options.period, "the period; the newest if not given")
        ->type_name("YEAR")
        ->check(year());
}

}  // namespace

void add_period_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<PeriodOptions>();
    auto* period = app.add_subcommand("period", "periods: policy and phase; opening, months, closing")
                       ->require_subcommand(1);
    explain(*period, "pcq period show");
    auto* look =
        period->add_subcommand("show", "a period with its policy, and what it brought once it is settled");
    add_period(*look, *options);
    explain(*look, "pcq period show --period 2026");
    look->callback([options, &session] { show(session, *options); });
    auto* all = period->add_subcommand("list", "every period of the chain, with its phase");
    explain(*all, "pcq period list");
    all->callback([&session] { list(session); });

    auto* begin = period->add_subcommand("open", "open a period with its policy; government, main chain");
    begin->add_option("file", options->file, "cap, months, policy and estimates (deploy/period.toml is one)")
        ->type_name("FILE")
        ->required();
    add_acting(*begin, options->acting, "pcq period open deploy/period.toml --key keys/government.pem");
    begin->callback([options, &app, &session] {
        prefer_main(app, session);
        open(session, *options);
    });
    auto* month = period->add_subcommand("advance", "a month is over; government, main chain");
    add_period(*month, *options);
    month->add_option("--month", options->month, "which, from 1; the next if not given")
        ->type_name("N")
        ->check(CLI::Range(1, 12));
    add_acting(*month, options->acting, "pcq period advance --key keys/government.pem");
    month->callback([options, &app, &session] {
        prefer_main(app, session);
        advance(session, *options);
    });
    auto* end =
        period->add_subcommand("close", "no more trades: everybody is settled; government, main chain");
    add_period(*end, *options);
    add_acting(*end, options->acting, "pcq period close --key keys/government.pem");
    end->callback([options, &app, &session] {
        prefer_main(app, session);
        close(session, *options);
    });
}

void add_posting_commands(CLI::App& market, Session& session) {
    auto options = std::make_shared<PeriodOptions>();
    auto* costs = market.add_subcommand("costs", "post c and c_b, from the next epoch on; platform");
    costs->add_option("--op", options->op_cost, "operating cost c, per kilogram")
        ->type_name("CNY")
        ->required();
    costs->add_option("--blockchain", options->chain_cost, "cost of the chain c_b, per kilogram")
        ->type_name("CNY")
        ->required();
    add_acting(*costs, options->acting,
               "pcq market costs --op 0.01 --blockchain 0.005 --key keys/platform.pem");
    costs->callback([options, &session] { post_costs(session, *options); });
    auto* service = market.add_subcommand(
        "service", "post service level, its sensitivities and cost, and the fee p; platform");
    service->add_option("file", options->file, "the fields of post_service in docs/contracts.md, as TOML")
        ->type_name("FILE")
        ->required();
    add_acting(*service, options->acting, "pcq market service service.toml --key keys/platform.pem");
    service->callback([options, &session] { post_service(session, *options); });
}

}  // namespace pcq::cli
