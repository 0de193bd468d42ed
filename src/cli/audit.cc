// pcq audit totals: a stopped node's store, every byte and every sum. (The others: audit_*.cc.)
#include <algorithm>
#include <iostream>

#include <boost/json/array.hpp>
#include <unistd.h>

#include "src/audit/totals.h"
#include "src/base/hex.h"
#include "src/cli/audit_commands.h"

namespace pcq::cli {
namespace {

void print(const audit::TotalsReport& report, const Session& session) {
    if (session.json) {
        boost::json::array vintages;
        for (const auto& [vintage, sum] : report.vintages) {
            vintages.push_back({{"vintage", vintage},
                                {"issued_g", std::to_string(sum.issued.value())},
                                {"held_g", std::to_string(sum.held.value())},
                                {"inventory_g", std::to_string(sum.inventory.value())},
                                {"escrow_g", std::to_string(sum.escrow.value())},
                                {"surrendered_g", std::to_string(sum.surrendered.value())},
                                {"expired_g", std::to_string(sum.expired.value())},
                                {"holders", sum.holders}});
        }
        print_json({{"chain", report.chain},
                    {"height", report.height},
                    {"state_root", to_hex(report.state_root)},
                    {"blocks", report.verified.blocks},
                    {"records", report.verified.records},
                    {"pages", report.verified.pages},
                    {"cash_uy", std::to_string(report.cash.value())},
                    {"vintages", vintages}});
        return;
    }
    print_rows({{"chain", report.chain},
                {"height", std::to_string(report.height)},
                {"state root", to_hex(report.state_root)},
                {"verified", std::to_string(report.verified.blocks) + " blocks, " +
                                 std::to_string(report.verified.records) + " records, " +
                                 std::to_string(report.verified.pages) + " tree pages"},
                {"cash", to_text(report.cash) + " in " + std::to_string(report.accounts) +
                             " accounts, as certified"}});
    std::vector<std::vector<std::string>> rows;
    for (const auto& [vintage, sum] : report.vintages) {
        rows.push_back({std::to_string(vintage), to_text(sum.issued), to_text(sum.held),
                        to_text(sum.inventory), to_text(sum.escrow), to_text(sum.surrendered),
                        to_text(sum.expired)});
    }
    if (!rows.empty())
        print_table({"VINTAGE", "ISSUED", "HELD", "INVENTORY", "ON OFFER", "SURRENDERED", "EXPIRED"}, rows);
    std::cout << "every sum is the certified one\n";
}

}  // namespace

void add_audit_commands(CLI::App& app, Session& session) {
    auto stores = std::make_shared<std::vector<std::string>>();
    auto* audit = app.add_subcommand("audit", "check a chain without trusting a node")->require_subcommand(1);
    explain(*audit, "pcq audit account pcq1q... --genesis net/side.json");
    add_account_audit(*audit, session);
    add_check_audit(*audit, session);
    add_verify_audit(*audit, session);
    add_attestations_audit(*audit, session);
    add_export_audit(*audit, session);
    add_sync_audit(*audit, session);
    auto* totals = audit->add_subcommand(
        "totals", "verify a stopped node's store and recompute all totals from its records");
    totals->add_option("store", *stores, "store folders: <data_dir>/<chain>/store")->required();
    explain(
        *totals, "pcq audit totals net/data/government/side/store net/data/government/main/store",
        "With --json one object a line for every store. Ends with 4 if a byte or a sum is not the certified "
        "one.");
    totals->callback([stores, &session] {
        for (const auto& store : *stores) {
            const bool terminal = isatty(STDERR_FILENO) != 0;
            const auto report = audit::audit_totals(store, [terminal](std::uint64_t done, std::uint64_t all) {
                if (terminal && (done % 100 == 0 || done == all))
                    std::cerr << "\rverifying " << done << " of " << all << (done == all ? "\n" : "");
            });
            if (report) {
                print(*report, session);
            } else {
                // The worst of several.
                session.ended = std::max(
                    session.ended, fail(Error{report.error().code, store + ": " + report.error().message}));
            }
        }
    });
}

}  // namespace pcq::cli
