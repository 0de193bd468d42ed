// pcq account ...: what the government does to an account, and what its owner may say about others.
#include <iostream>

#include <boost/json/array.hpp>

#include "src/base/address.h"
#include "src/cli/acting.h"
#include "src/cli/amounts.h"
#include "src/cli/commands.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kDayMs = 86'400'000;

struct AccountOptions {
    ActingOptions acting;
    std::string account;
    std::string heir;
    std::string reason;
    std::string law;
    std::string quota;
    std::string money;
    std::uint32_t period = 0;  // 0: the newest
    std::uint32_t days = 0;    // 0: no end
    std::uint64_t number = 0;
};

// The id that a text names; prints the Error itself.
std::optional<Bytes> id_of(Session& session, const std::string& text) {
    const auto account = account_from_text(text);
    if (account) return account->bytes();
    session.ended = fail(Error{account.error().code, text + ": " + account.error().message});
    return std::nullopt;
}

void freeze(Session& session, const AccountOptions& options) {
    const auto account = id_of(session, options.account);
    if (!account) return;
    proto::FreezeAccount action;
    action.set_account(*account);
    action.set_reason(options.reason);
    if (options.days != 0) {
        const auto status = session.ask("status", {{"chain", session.chain}});
        if (!status) return;
        action.set_until_ms(status->at("time_ms").to_number<std::uint64_t>() + options.days * kDayMs);
    }
    act(session, options.acting, action);
}

void unfreeze(Session& session, const AccountOptions& options) {
    const auto account = id_of(session, options.account);
    if (!account) return;
    proto::UnfreezeAccount action;
    action.set_account(*account);
    action.set_reason(options.reason);
    act(session, options.acting, action);
}

void close(Session& session, const AccountOptions& options) {
    const auto account = id_of(session, options.account);
    if (!account) return;
    proto::CloseAccount action;
    action.set_account(*account);
    action.set_reason(options.reason);
    if (!options.heir.empty()) {
        const auto heir = id_of(session, options.heir);
        if (!heir) return;
        action.set_heir(*heir);
    }
    act(session, options.acting, action);
}

template <class Action>
void name_counterparty(Session& session, const AccountOptions& options) {
    const auto account = id_of(session, options.account);
    if (!account) return;
    Action action;
    action.set_account(*account);
    act(session, options.acting, action);
}

void repay(Session& session, const AccountOptions& options) {
    const auto amount = money_from(options.money);
    if (!amount) {
        session.ended = fail(amount.error());
        return;
    }
    proto::RepayDebt action;
    action.set_period(options.period);
    action.set_amount_uy(amount->value());
    act(session, options.acting, action);
}

void claw_back(Session& session, const AccountOptions& options) {
    const auto account = id_of(session, options.account);
    if (!account) return;
    const auto period = period_or_newest(session, options.period);
    if (!period) return;
    proto::ProposeClawback action;
    action.set_account(*account);
    action.set_period(*period);
    action.set_legal_reference(options.law);
    action.set_reason(options.reason);
    if (!options.quota.empty()) {
        const auto grams = grams_from(options.quota);
        if (!grams) {
            session.ended = fail(grams.error());
            return;
        }
        action.set_grams(grams->value());
    }
    if (!options.money.empty()) {
        const auto amount = money_from(options.money);
        if (!amount) {
            session.ended = fail(amount.error());
            return;
        }
        action.set_amount_uy(amount->value());
    }
    act(session, options.acting, action);
}

void approve_claw_back(Session& session, const AccountOptions& options) {
    proto::ApproveClawback action;
    action.set_clawback(options.number);
    act(session, options.acting, action);
}

json::object params_of(const Session& session, const AccountOptions& options) {
    return {{"chain", session.chain}, {"account", options.account}};
}

// The value of an answer; printed as JSON when that is wanted, and nothing is left to do then.
std::optional<json::value> value_of(const Session& session, const std::optional<json::value>& answer) {
    if (!answer) return std::nullopt;
    if (!session.json) return answer->at("value");
    print_json(*answer);
    return std::nullopt;
}

void debts(Session& session, const AccountOptions& options) {
    const auto value = value_of(session, ask_all(session, "debts", params_of(session, options), "debts"));
    if (!value) return;
    std::vector<std::vector<std::string>> rows;
    for (const auto& debt : value->at("debts").as_array()) {
        const auto& record = debt.at("record");
        rows.push_back({plain_text(debt.at("period")), money_text(debt.at("open_uy")),
                        money_text(record.at("owed_uy")), money_text(record.at("clawed_back_uy")),
                        money_text(record.at("paid_uy")), plain_text(record.at("instalments")),
                        time_text(record.at("settled_ms"))});
    }
    if (!rows.empty())
        print_table({"PERIOD", "STILL OWED", "PENALTY", "CLAWED BACK", "PAID", "INSTALMENTS", "SETTLED"},
                    rows);
    print_rows({{"refund owed by the government", money_text(value->at("refund_owed_uy"))},
                {"taken by the next settlement", grams_text(value->at("obligation_g"))}});
}

void trusted(Session& session, const AccountOptions& options) {
    const auto value = value_of(session, session.ask("trusted", params_of(session, options)));
    if (!value) return;
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : value->at("trusted").as_array())
        rows.push_back({plain_text(entry.at("account")), time_text(entry.at("active_from_ms"))});
    if (rows.empty()) {
        std::cout << options.account << " trusts nobody\n";
    } else {
        print_table({"ACCOUNT", "TRUSTED FROM"}, rows);
    }
}

void frozen(Session& session, const AccountOptions& options) {
    const auto value = value_of(session, session.ask("freeze", params_of(session, options)));
    if (!value) return;
    const bool has_end = plain_text(value->at("until_ms")) != "0";
    const bool ended = plain_text(value->at("ended_height")) != "0";
    print_rows({{"reason", plain_text(value->at("reason"))},
                {"frozen by", plain_text(value->at("frozen_by"))},
                {"frozen at height", plain_text(value->at("height"))},
                {"until", has_end ? time_text(value->at("until_ms")) : "no end"},
                {"ended at height", ended ? plain_text(value->at("ended_height")) : "it lasts"}});
}

void claw_backs(Session& session, const AccountOptions&) {
    std::vector<std::vector<std::string>> rows;
    const auto each = [&rows](const json::value& entry) {
        const bool done = entry.at("approved_by").as_string() != "";
        rows.push_back({plain_text(entry.at("clawback")), plain_text(entry.at("account")),
                        plain_text(entry.at("period")), grams_text(entry.at("grams")),
                        money_text(entry.at("amount_uy")), done ? grams_text(entry.at("taken_g")) : "-",
                        done ? money_text(entry.at("taken_uy")) : "-",
                        plain_text(entry.at("legal_reference"))});
    };
    if (!each_page(session, "clawbacks", "clawbacks", each)) return;
    print_table({"NUMBER", "ACCOUNT", "PERIOD", "QUOTA", "MONEY", "QUOTA TAKEN", "MONEY TAKEN", "BECAUSE OF"},
                rows);
}

// One of the commands: what it needs beside the account, and what it does.
struct Command {
    const char* name;
    const char* about;
    const char* example;
    void (*run)(Session&, const AccountOptions&);
    bool signs = true;
    bool account = true;
    bool reason = false;
};

CLI::App& add(CLI::App& family, const Command& spec, const std::shared_ptr<AccountOptions>& options,
              Session& session) {
    auto& command = *family.add_subcommand(spec.name, spec.about);
    if (spec.account) {
        command
            .add_option("account", options->account,
                        "address of the account (pcq1...), or its id in hexadecimal")
            ->required();
    }
    if (spec.reason) {
        command.add_option("--reason", options->reason, "why; public, so no personal data")
            ->type_name("TEXT")
            ->required();
    }
    if (spec.signs) {
        add_acting(command, options->acting, spec.example);
    } else {
        explain(command, spec.example);
    }
    command.callback([options, &session, run = spec.run] { run(session, *options); });
    return command;
}

void add_period(CLI::App& command, AccountOptions& options, bool required) {
    auto* option = command
                       .add_option("--period", options.period,
                                   required ? "whose debt" : "the period; the newest if not given")
                       ->type_name("YEAR")
                       ->check(year());
    if (required) option->required();
}

void add_government(CLI::App& account, const std::shared_ptr<AccountOptions>& options, Session& session) {
    auto& freezing = add(account,
                         {.name = "freeze",
                          .about = "government: let an account sign nothing, for some days or until it is "
                                   "unfrozen",
                          .example = "pcq account freeze pcq1q... --days 30 --reason \"inquiry 12\" --key "
                                     "keys/government.pem",
                          .run = freeze,
                          .reason = true},
                         options, session);
    freezing.add_option("--days", options->days, "the freeze ends by itself; without it somebody has to")
        ->type_name("DAYS")
        ->check(CLI::Range(1, 3650));
    add(account,
        {.name = "unfreeze",
         .about = "government: let a frozen account sign again",
         .example = "pcq account unfreeze pcq1q... --reason \"inquiry closed\" --key keys/government.pem",
         .run = unfreeze,
         .reason = true},
        options, session);
    auto& closing = add(account,
                        {.name = "close",
                         .about = "government: end an account; its periods are settled at once",
                         .example = "pcq account close pcq1q... --heir pcq1q... --reason died --key "
                                    "keys/government.pem",
                         .run = close,
                         .reason = true},
                        options, session);
    closing
        .add_option("--heir", options->heir,
                    "who gets what is left; without an heir quota expires, and no cash may be left")
        ->type_name("ACCOUNT");
    auto& taking = add(account,
                       {.name = "claw-back",
                        .about = "government: propose to take quota or cash back",
                        .example = "pcq account claw-back pcq1q... --quota 120kg --law \"judgement 12/2026\" "
                                   "--reason \"issued twice\" --key keys/government.pem",
                        .run = claw_back,
                        .reason = true},
                       options, session);
    taking.add_option("--quota", options->quota, "how much quota, with its unit")->type_name("QUOTA");
    taking.add_option("--money", options->money, "how much money")->type_name("CNY");
    taking.add_option("--law", options->law, "the law or judgement it rests on")
        ->type_name("TEXT")
        ->required();
    add_period(taking, *options, false);
    auto& approving = add(account,
                          {.name = "approve-claw-back",
                           .about = "government, by another account: carry a proposed claw-back out",
                           .example = "pcq account approve-claw-back 1 --key keys/authority.pem",
                           .run = approve_claw_back,
                           .account = false},
                          options, session);
    approving.add_option("number", options->number, "the claw-back's number")
        ->required()
        ->check(whole_number(1));
    add(account,
        {.name = "claw-backs",
         .about = "every claw-back: what was wanted, and what was there",
         .example = "pcq account claw-backs",
         .run = claw_backs,
         .signs = false,
         .account = false},
        options, session);
}

void add_owner(CLI::App& account, const std::shared_ptr<AccountOptions>& options, Session& session) {
    add(account,
        {.name = "trust",
         .about = "name a counterparty: after a delay it may be sent quota, and cash beyond the day's limit",
         .example = "pcq account trust pcq1q... --key me.pem",
         .run = name_counterparty<proto::AddTrusted>},
        options, session);
    add(account,
        {.name = "distrust",
         .about = "take a counterparty off the list, at once",
         .example = "pcq account distrust pcq1q... --key me.pem",
         .run = name_counterparty<proto::RemoveTrusted>},
        options, session);
    add(account,
        {.name = "trusted",
         .about = "an account's counterparties, and from when they count",
         .example = "pcq account trusted pcq1q...",
         .run = trusted,
         .signs = false},
        options, session);
    add(account,
        {.name = "frozen",
         .about = "an account's last freeze: why, by whom, until when",
         .example = "pcq account frozen pcq1q...",
         .run = frozen,
         .signs = false},
        options, session);
    add(account,
        {.name = "debts",
         .about = "what an account owes the government, and what it is owed",
         .example = "pcq account debts pcq1q...",
         .run = debts,
         .signs = false},
        options, session);
    auto& repaying = add(account,
                         {.name = "repay",
                          .about = "pay towards a debt, due or not",
                          .example = "pcq account repay --period 2026 --money 12.5 --key me.pem",
                          .run = repay,
                          .account = false},
                         options, session);
    repaying.add_option("--money", options->money, "how much")->type_name("CNY")->required();
    add_period(repaying, *options, true);
}

}  // namespace

void add_account_commands(CLI::App& account, Session& session) {
    auto options = std::make_shared<AccountOptions>();
    add_government(account, options, session);
    add_owner(account, options, session);
}

void add_quota_transfer(CLI::App& quota, Session& session) {
    auto options = std::make_shared<AccountOptions>();
    auto& command = *quota.add_subcommand(
        "transfer", "give surplus to a person whom you trust, at most what that one may still offset");
    command.add_option("--to", options->account, "the counterparty's account")
        ->type_name("ACCOUNT")
        ->required();
    command.add_option("--amount", options->quota, "how much, with its unit: 1500g, 1.5kg, 0.2t")
        ->type_name("QUOTA")
        ->required();
    add_period(command, *options, false);
    add_acting(command, options->acting, "pcq quota transfer --to pcq1q... --amount 12.5kg --key me.pem");
    command.callback([options, &session] {
        const auto to = id_of(session, options->account);
        if (!to) return;
        const auto grams = grams_from(options->quota);
        if (!grams) {
            session.ended = fail(grams.error());
            return;
        }
        const auto period = period_or_newest(session, options->period);
        if (!period) return;
        proto::TransferQuota action;
        action.set_period(*period);
        action.set_to(*to);
        action.set_grams(grams->value());
        act(session, options->acting, action);
    });
}

}  // namespace pcq::cli
