#include "deploy/demo/report.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include <boost/json/object.hpp>

#include "src/base/address.h"
#include "src/base/amount.h"
#include "src/base/hex.h"

namespace pcq::demo {
namespace {

namespace json = boost::json;

using client::integer;

void line(const char* label, const std::string& value, const char* note = "") {
    std::printf("  %-26s %22s%s%s\n", label, value.c_str(), *note == '\0' ? "" : "  ", note);
}
std::string grams(const json::value& value) {
    return to_text(Grams(integer(value)));
}
std::string money(const json::value& value) {
    return to_text(MicroYuan(integer(value)));
}

std::chrono::milliseconds percentile(std::vector<std::chrono::microseconds> values, std::size_t percent) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const auto at = std::min(values.size() - 1, values.size() * percent / 100);
    return std::chrono::duration_cast<std::chrono::milliseconds>(values[at]);
}

// issued = held + inventory + escrow + surrendered + expired + exported, from the certified totals.
bool balances(const json::value& vintage) {
    std::int64_t sum = 0;
    for (const char* part : {"held_g", "inventory_g", "escrow_g", "surrendered_g", "expired_g", "exported_g"})
        sum += integer(vintage.at(part));
    return sum == integer(vintage.at("issued_g"));
}

struct Checked {
    bool good = true;
    void expect(bool condition, const char* what) {
        std::printf("  %-54s  %s\n", what, condition ? "holds" : "BROKEN");
        good = good && condition;
    }
};

Result<json::value> vintage_of(client::NetworkClient& client, const std::string& chain, std::uint32_t year) {
    auto period = client.query("period", {{"chain", chain}, {"period", year}});
    if (!period) return period.error();
    return period->at("totals");
}

void print_period(const json::value& report, const json::value& platform, const Figures& figures) {
    line("issued", grams(report.at("issued_g")));
    line("emitted", grams(report.at("emitted_g")));
    line("surplus", to_text(figures.surplus), "of those who emitted less than their quota");
    line("excess", to_text(figures.excess), "of those who emitted more");
    line("sold by people", grams(report.at("sold_g")));
    line("bought by people", grams(report.at("bought_g")));
    line("own quota surrendered", grams(report.at("own_surrendered_g")));
    line("offset with purchases", grams(report.at("purchased_surrendered_g")));
    line("penalised", grams(report.at("penalised_g")));
    line("penalties paid", money(report.at("penalty_paid_uy")));
    line("penalties owed", money(report.at("penalty_owed_uy")), "what the households' cash did not cover");
    line("banked", grams(report.at("banked_g")));
    line("expired", grams(report.at("expired_g")));
    line("P_ph, last epoch", to_text(PricePerKg(integer(report.at("buy_price_uy_per_kg")))));
    line("P_c, last epoch", to_text(PricePerKg(integer(report.at("sell_price_uy_per_kg")))));
    line("platform profit", money(platform.at("profit_uy")), "received + fees - paid - cost");
    line("platform inventory", grams(platform.at("inventory_g")));
}

// The same height on every node, so that a block more on one of them is no difference. A node that is down is
// named, and no difference either.
Result<bool> same_roots(client::NetworkClient& client, const std::string& chain) {
    std::int64_t height = INT64_MAX;
    for (std::size_t node = 0; node < client.nodes(); ++node) {
        if (auto status = client.call_node(node, "status", {{"chain", chain}}))
            height = std::min(height, integer(status->at("height")));
    }
    std::set<std::string> roots;
    for (std::size_t node = 0; node < client.nodes(); ++node) {
        auto header = client.call_node(node, "header", {{"chain", chain}, {"height", height}});
        if (!header && header.error().code == Code::node_unreachable) {
            std::printf("  %-5s                node %zu  does not answer; pcq net up starts it again\n",
                        chain.c_str(), node + 1);
            continue;
        }
        if (!header) return header.error();
        const std::string root(header->at("header").at("state_root").as_string());
        std::printf("  %-5s height %-6lld node %zu  %s\n", chain.c_str(), static_cast<long long>(height),
                    node + 1, root.c_str());
        roots.insert(root);
    }
    return roots.size() == 1;
}

}  // namespace

Result<> print_report(client::NetworkClient& client, const ScenarioOptions& options,
                      const ledger::Genesis& main, const ledger::Genesis& side, const Figures& figures) {
    const std::string& side_name = side.fields.name();
    const std::string& main_name = main.fields.name();
    auto report = client.query(
        "report", {{"chain", main_name}, {"period", options.year}, {"side_chain", to_hex(side.chain)}});
    if (!report) return report.error();
    auto platform = client.query("platform", {{"chain", side_name}, {"period", options.year}});
    if (!platform) return platform.error();
    auto on_side = vintage_of(client, side_name, options.year);
    if (!on_side) return on_side.error();
    auto on_main = vintage_of(client, main_name, options.year);
    if (!on_main) return on_main.error();
    auto totals = client.query("totals", {{"chain", side_name}});
    if (!totals) return totals.error();

    std::printf("\nPeriod %u, as the main chain has it\n", options.year);
    print_period(*report, *platform, figures);

    std::printf("\nChecks\n");
    Checked checked;
    checked.expect(balances(*on_side), "quota conservation, side chain");
    checked.expect(balances(*on_main), "quota conservation, main chain");
    checked.expect(integer(on_side->at("issued_g")) == integer(on_main->at("issued_g")),
                   "issued on the main chain = credited on the side chain");
    checked.expect(integer(report->at("issued_g")) == integer(on_side->at("issued_g")),
                   "statements add up to what was issued");
    const auto& cash = *totals;
    checked.expect(integer(cash.at("deposited_uy")) - integer(cash.at("withdrawn_uy")) ==
                       integer(cash.at("cash_held_uy")),
                   "cash conservation");
    checked.expect(integer(report->at("emitted_g")) == integer(report->at("own_surrendered_g")) +
                                                           integer(report->at("purchased_surrendered_g")) +
                                                           integer(report->at("penalised_g")),
                   "every gram emitted is surrendered for, or penalised");

    std::printf("\nState roots\n");
    for (const auto& chain : {main_name, side_name}) {
        auto same = same_roots(client, chain);
        if (!same) return same.error();
        checked.expect(*same, "the same on every node that is up");
    }

    auto side_status = client.call("status", {{"chain", side_name}});
    auto main_status = client.call("status", {{"chain", main_name}});
    if (!side_status || !main_status) return Error{Code::node_unreachable, "no node answers any more"};
    std::printf("\nThe run\n");
    line("blocks, main and side", std::to_string(integer(main_status->at("height"))) + " and " +
                                      std::to_string(integer(side_status->at("height"))));
    line("transactions", std::to_string(figures.transactions));
    line("trades", std::to_string(figures.trades));
    line("trades a second", std::to_string(static_cast<long>(figures.trades_per_second())),
         "while trading, four nodes on this machine");
    line("time to finality, median", std::to_string(percentile(figures.latencies, 50).count()) + " ms",
         "of a trade among many, from sending to final");
    line("time to finality, 99 %", std::to_string(percentile(figures.latencies, 99).count()) + " ms");
    line("first trade after start",
         std::to_string((figures.first_trade_ms - figures.started_ms) / 1000) + " s");
    line("whole period", std::to_string((figures.finished_ms - figures.started_ms) / 1000) + " s");
    std::printf("\nA household to look at: %s\n", to_address(figures.example).c_str());
    if (!checked.good) return Error{Code::conservation_violated, "the figures above do not add up"};
    return {};
}

}  // namespace pcq::demo
