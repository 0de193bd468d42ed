// pcq audit account: one person's year from a node that is not trusted, proven against the genesis document.
#include <algorithm>
#include <iostream>

#include <boost/json/array.hpp>

#include "src/audit/statement.h"
#include "src/base/address.h"
#include "src/base/amount.h"
#include "src/base/hex.h"
#include "src/cli/audit_commands.h"
#include "src/cli/genesis_file.h"
#include "src/cli/movements.h"
#include "src/cli/proven_reader.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct AccountAudit {
    std::string account;
    std::string genesis;
    std::uint32_t period = 0;  // 0: the newest
    std::string file;          // to write the statement to; empty: none
    bool movements = false;
};

struct Proven {
    ledger::Genesis genesis;
    AccountId account;
    std::uint32_t period = 0;
    ledger::Header header;
    audit::Statement statement;
    std::uint32_t validators = 0;  // of whom a quorum has signed
};

Result<Proven> prove(const Session& session, const AccountAudit& options) {
    const auto account = account_from_text(options.account);
    if (!account) return Error{account.error().code, options.account + ": " + account.error().message};
    auto genesis = genesis_from(options.genesis);
    if (!genesis) return genesis.error();
    const auto endpoint = session.endpoint();
    if (!endpoint) return endpoint.error();
    client::RpcClient client(*endpoint);
    auto reader = proven_reader(client, *genesis);

    auto list = reader.read({audit::period_list_key()});
    if (!list) return list.error();
    const auto periods = audit::periods(list->values.front());
    if (!periods) return periods.error();
    if (periods->empty()) return Error{Code::not_found, "no period has been opened on this chain yet"};
    const std::uint32_t period = options.period != 0 ? options.period : periods->back();
    if (std::find(periods->begin(), periods->end(), period) == periods->end()) {
        return Error{Code::not_found, "period " + std::to_string(period) +
                                          " has not been opened on this chain; the newest is " +
                                          std::to_string(periods->back())};
    }
    const auto records = reader.read(audit::Statement::keys(*account, period), list->header->height());
    if (!records) return records.error();
    auto statement = audit::Statement::from(records->values);
    if (!statement) return statement.error();
    if (auto holds = audit::check(*statement); !holds) return holds.error();
    return Proven{*std::move(genesis),       *account, period, records->header, *std::move(statement),
                  reader.validators().size()};
}

json::object to_json(const Proven& proven) {
    const auto grams = [](std::int64_t value) { return std::to_string(value); };
    const auto& statement = proven.statement;
    json::array months;
    for (const auto& month : statement.emissions.months()) {
        months.push_back({{"month", month.month()},
                          {"grams", grams(month.grams())},
                          {"days_measured", month.days_measured()},
                          {"meter", to_address(*AccountId::from(month.meter()))},
                          {"corrected", month.corrected()},
                          {"late", month.late()}});
    }
    json::object value{{"chain_id", to_hex(proven.genesis.chain)},
                       {"height", proven.header->height()},
                       {"state_root", to_hex(BytesView(proven.header->state_root()))},
                       {"account", to_address(proven.account)},
                       {"period", proven.period},
                       {"months", months},
                       {"emitted_g", grams(statement.emissions.emitted_g())},
                       {"issued_g", grams(statement.holding.issued_g())},
                       {"converted_g", grams(statement.holding.converted_g())},
                       {"rule", statement.holding.rule()},
                       {"rule_version", statement.holding.rule_version()},
                       {"reason", statement.holding.reason()},
                       {"sold_g", grams(statement.holding.sold_g())},
                       {"purchased_g", grams(statement.holding.purchased_g())},
                       {"held_g", grams(static_cast<std::int64_t>(statement.held()))},
                       {"balance_uy", grams(statement.cash.balance_uy())},
                       {"settlement", nullptr}};
    if (statement.settlement) {
        const auto& settled = *statement.settlement;
        value["settlement"] = {{"own_surrendered_g", grams(settled.own_surrendered_g())},
                               {"purchased_surrendered_g", grams(settled.purchased_surrendered_g())},
                               {"penalised_g", grams(settled.penalised_g())},
                               {"penalty_paid_uy", grams(settled.penalty_paid_uy())},
                               {"penalty_owed_uy", grams(settled.penalty_owed_uy())},
                               {"banked_g", grams(settled.banked_g())},
                               {"expired_g", grams(settled.expired_g())},
                               {"height", settled.height()}};
    }
    return value;
}

void print(const Proven& proven) {
    const auto grams = [](std::int64_t value) { return to_text(Grams(value)); };
    const auto money = [](std::int64_t value) { return to_text(MicroYuan(value)); };
    const auto& statement = proven.statement;
    std::vector<std::vector<std::string>> months;
    for (const auto& month : statement.emissions.months()) {
        months.push_back({std::to_string(month.month()), grams(month.grams()),
                          std::to_string(month.days_measured()),
                          month.late()        ? "late"
                          : month.corrected() ? "corrected"
                                              : "",
                          to_address(*AccountId::from(month.meter()))});
    }
    Rows rows{
        {"account", to_address(proven.account)},
        {"period", std::to_string(proven.period)},
        {"issued", grams(statement.holding.issued_g())},
        {"of which from credits", grams(statement.holding.converted_g())},
        {"by rule", statement.holding.rule().empty()
                        ? "-"
                        : statement.holding.rule() + " " + std::to_string(statement.holding.rule_version())},
        {"because", statement.holding.reason()},
        {"emitted", grams(statement.emissions.emitted_g())},
        {"sold", grams(statement.holding.sold_g())},
        {"bought", grams(statement.holding.purchased_g())},
        {"held", grams(static_cast<std::int64_t>(statement.held()))},
        {"cash", money(statement.cash.balance_uy())}};
    if (statement.settlement) {
        const auto& settled = *statement.settlement;
        rows.insert(rows.end(), {{"own surrendered", grams(settled.own_surrendered_g())},
                                 {"purchased surrendered", grams(settled.purchased_surrendered_g())},
                                 {"penalised", grams(settled.penalised_g())},
                                 {"penalty paid", money(settled.penalty_paid_uy())},
                                 {"penalty owed", money(settled.penalty_owed_uy())},
                                 {"banked", grams(settled.banked_g())},
                                 {"expired", grams(settled.expired_g())}});
    } else {
        rows.emplace_back("settlement", "not yet");
    }
    print_rows(rows);
    if (!months.empty()) print_table({"MONTH", "EMITTED", "DAYS MEASURED", "STATE", "METER"}, months);
    std::cout
        << "proven: every record above is in the state of block " << proven.header->height() << " (root "
        << to_hex(BytesView(proven.header->state_root())) << "),\nwhich a quorum of the " << proven.validators
        << " validators of chain " << to_hex(proven.genesis.chain)
        << " has signed;\nthe months add up, and the settlement is what the period's policy makes of it\n";
}

}  // namespace

void add_account_audit(CLI::App& audit, Session& session) {
    auto options = std::make_shared<AccountAudit>();
    auto* command = audit.add_subcommand(
        "account",
        "prove one account's year: every record with its proof under a header that a quorum has signed,\n"
        "checked here against the genesis document, and added up again by the policy's rules");
    command->add_option("account", options->account, "its address (pcq1...), or its id in hexadecimal")
        ->required();
    command
        ->add_option("--genesis", options->genesis,
                     "the chain's genesis document, from somebody you trust (pcq net init: <dir>/side.json)")
        ->required();
    command->add_option("--period", options->period, "the period; the newest if not given")
        ->type_name("YEAR")
        ->check(year());
    command
        ->add_option("--out", options->file,
                     "write the statement with its proofs, for pcq audit check and pcq-verifier")
        ->type_name("FILE");
    command->add_flag(
        "--movements", options->movements,
        "everything that ever happened to the holding and the cash, block by block; the records commit to "
        "all of it,\nso that a node can leave nothing out");
    explain(*command, "pcq audit account pcq1q... --genesis net/side.json",
            "Ends with 4 if a proof, a certificate or a sum does not hold: then do not believe the node.");
    command->callback([options, &session] {
        const auto proven = prove(session, *options);
        if (!proven) return static_cast<void>(session.ended = fail(proven.error()));
        std::optional<audit::Movements> movements;
        if (options->movements || !options->file.empty()) {
            const auto statement = ask_statement(session, proven->genesis, proven->account, proven->period,
                                                 {proven->header->height(), options->movements});
            if (!statement) return;
            auto checked = check_statement(*statement, proven->genesis, options->file);
            if (!checked) return static_cast<void>(session.ended = fail(checked.error()));
            movements = *std::move(checked);
        }
        if (session.json) {
            auto value = to_json(*proven);
            if (movements) value["movements"] = json_of(*movements);
            return print_json(value);
        }
        print(*proven);
        if (movements) print_movements(*movements);
    });
}

}  // namespace pcq::cli
