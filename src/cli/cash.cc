// pcq cash ...: money that a bank books in and out, and payments between accounts.
#include "src/base/address.h"
#include "src/cli/acting.h"
#include "src/cli/amounts.h"

namespace pcq::cli {
namespace {

struct CashOptions {
    ActingOptions acting;
    std::string account;
    std::string money;
    std::string reference;
};

// Prints the Error itself.
template <class Value>
std::optional<Value> checked(Session& session, const std::string& text, Result<Value> value) {
    if (value) return *std::move(value);
    session.ended = fail(Error{value.error().code, text + ": " + value.error().message});
    return std::nullopt;
}

void deposit(Session& session, const CashOptions& options) {
    const auto account = checked(session, options.account, account_from_text(options.account));
    if (!account) return;
    const auto money = checked(session, options.money, money_from(options.money));
    if (!money) return;
    proto::Deposit action;
    action.set_account(account->bytes());
    action.set_amount_uy(money->value());
    action.set_reference(options.reference);
    act(session, options.acting, action);
}

void withdraw(Session& session, const CashOptions& options) {
    const auto money = checked(session, options.money, money_from(options.money));
    if (!money) return;
    proto::Withdraw action;
    action.set_amount_uy(money->value());
    action.set_reference(options.reference);
    act(session, options.acting, action);
}

void pay(Session& session, const CashOptions& options) {
    const auto account = checked(session, options.account, account_from_text(options.account));
    if (!account) return;
    const auto money = checked(session, options.money, money_from(options.money));
    if (!money) return;
    proto::TransferCash action;
    action.set_to(account->bytes());
    action.set_amount_uy(money->value());
    act(session, options.acting, action);
}

void add_money(CLI::App& command, CashOptions& options) {
    command.add_option("--money", options.money, "how much, at most six decimals")
        ->type_name("CNY")
        ->required();
}

void add_reference(CLI::App& command, CashOptions& options) {
    command
        .add_option(
            "--reference", options.reference,
            "the bank's own for this payment, at most 32 bytes; booked once, so that trying again is safe")
        ->type_name("TEXT")
        ->required();
}

}  // namespace

void add_cash_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<CashOptions>();
    auto& cash =
        *app.add_subcommand("cash", "money into, out of and between accounts")->require_subcommand(1);
    explain(cash, "pcq cash pay pcq1q... --money 12.5 --key me.pem");
    const auto add = [&](const char* name, const char* about, void (*run)(Session&, const CashOptions&)) {
        auto* command = cash.add_subcommand(name, about);
        command->callback([options, &session, run] { run(session, *options); });
        return command;
    };
    auto* command = add("deposit", "bank: money has arrived for an account", deposit);
    command->add_option("account", options->account, "whose it is (pcq1...)")->required();
    add_money(*command, *options);
    add_reference(*command, *options);
    add_acting(*command, options->acting,
               "pcq cash deposit pcq1q... --money 250 --reference 2026-11-0001 --key keys/bank.pem");
    command = add("withdraw",
                  "bank: money went out that people had sent to the bank's account (pcq cash pay)", withdraw);
    add_money(*command, *options);
    add_reference(*command, *options);
    add_acting(*command, options->acting,
               "pcq cash withdraw --money 40 --reference 2026-11-0002 --key keys/bank.pem");
    command = add("pay", "send cash to another account; to the bank's, to have it paid out", pay);
    command->add_option("account", options->account, "who gets it (pcq1...)")->required();
    add_money(*command, *options);
    add_acting(*command, options->acting, "pcq cash pay pcq1q... --money 12.5 --key me.pem");
}

}  // namespace pcq::cli
