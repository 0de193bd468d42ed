// pcq audit verify: chains executed again from their genesis documents, out of archives, a stopped node's
// stores or a running node, and held against each other; and attested, if an auditor's key is named.
#include <algorithm>
#include <iostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "src/audit/agreement.h"
#include "src/base/hex.h"
#include "src/cli/attesting.h"
#include "src/cli/audit_commands.h"
#include "src/cli/audit_sources.h"
#include "src/cli/node_blocks.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct VerifyCommand {
    AuditSources sources;
    ActingOptions attest;  // no key: nothing is attested
};

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value to_json(const audit::Divergence& divergence) {
    json::object fields{{"code", static_cast<unsigned>(divergence.code)},
                        {"name", name(divergence.code)},
                        {"height", divergence.height},
                        {"transaction", nullptr},
                        {"transaction_hash", nullptr},
                        {"what", divergence.what},
                        {"record", text_or_null(divergence.record)},
                        {"expected", text_or_null(divergence.expected)},
                        {"found", text_or_null(divergence.found)},
                        {"reason", text_or_null(divergence.reason)}};
    if (divergence.transaction) fields["transaction"] = *divergence.transaction;
    if (divergence.transaction_hash) fields["transaction_hash"] = to_hex(*divergence.transaction_hash);
    return fields;
}

double rate(std::uint64_t count, double seconds) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

json::value to_json(const audit::VerifyReport& report) {
    return json::object{
        {"chain", report.genesis.fields.name()},
        {"chain_id", to_hex(report.genesis.chain)},
        {"before", report.before},
        {"height", report.height},
        {"block_hash", to_hex(report.block_hash)},
        {"state_root", to_hex(report.state_root)},
        {"blocks", report.counts.blocks},
        {"transactions", report.counts.transactions},
        {"refused", report.counts.refused},
        {"trades", report.counts.trades},
        {"signatures", report.counts.signatures},
        {"seconds", report.seconds},
        {"blocks_per_second", rate(report.counts.blocks, report.seconds)},
        {"transactions_per_second", rate(report.counts.transactions, report.seconds)},
        {"trades_per_second", rate(report.counts.trades, report.seconds)},
        {"vintages", report.totals.vintages.size()},
        {"cash_uy", std::to_string(report.totals.cash.value())},
        {"settlements", report.settlements},
        {"divergence", report.divergence ? to_json(*report.divergence) : json::value(nullptr)}};
}

json::value to_json(const audit::Agreement& agreement) {
    json::object fields{{"main", agreement.main},
                        {"side", agreement.side},
                        {"headers", agreement.headers},
                        {"anchors", agreement.anchors},
                        {"newest_anchor", agreement.newest_anchor},
                        {"messages", agreement.messages},
                        {"batches", agreement.batches},
                        {"reports", agreement.reports},
                        {"beyond", agreement.beyond},
                        {"disagreement", nullptr}};
    if (const auto& found = agreement.disagreement)
        fields["disagreement"] = json::object{
            {"what", found->what}, {"at", found->at}, {"expected", found->expected}, {"found", found->found}};
    return fields;
}

void print(const audit::VerifyReport& report) {
    const auto per_second = [&report](std::uint64_t count) {
        return std::to_string(static_cast<std::uint64_t>(rate(count, report.seconds))) + " a second";
    };
    std::string replayed = "no block: there is none after " + std::to_string(report.before);
    if (report.counts.blocks > 0)
        replayed = std::to_string(report.counts.blocks) + " blocks, heights " +
                   std::to_string(report.before + 1) + " to " + std::to_string(report.height) +
                   (report.seconds > 0 ? ", " + per_second(report.counts.blocks) : "");
    Rows rows{{"chain", report.genesis.fields.name()},
              {"chain id", to_hex(report.genesis.chain)},
              {"replayed", replayed},
              {"transactions", std::to_string(report.counts.transactions) + " (" +
                                   std::to_string(report.counts.refused) + " refused, " +
                                   std::to_string(report.counts.trades) + " trades), " +
                                   per_second(report.counts.transactions)},
              {"signatures", std::to_string(report.counts.signatures)},
              {"block", to_hex(report.block_hash)},
              {"state root", to_hex(report.state_root)}};
    if (report.divergence) {
        rows.emplace_back("DIVERGES", audit::to_text(*report.divergence));
    } else {
        rows.emplace_back("recomputed", std::to_string(report.totals.vintages.size()) + " vintages and " +
                                            to_text(report.totals.cash) + " in " +
                                            std::to_string(report.totals.accounts) + " accounts, " +
                                            std::to_string(report.settlements) + " settlements");
    }
    print_rows(rows);
    std::cout << "\n";
}

void print(const audit::Agreement& agreement) {
    if (agreement.disagreement) {
        std::cout << agreement.main << " and " << agreement.side
                  << " DISAGREE: " << audit::to_text(*agreement.disagreement) << "\n";
        return;
    }
    std::cout << agreement.main << " and " << agreement.side << " agree: " << agreement.headers
              << " headers that each took from the other, " << agreement.anchors << " anchors (the newest at "
              << agreement.newest_anchor << "), " << agreement.messages << " messages, " << agreement.batches
              << " batches, " << agreement.reports << " period reports\n";
}

// Every side chain with the main chain it belongs to, where both were replayed.
Result<std::vector<audit::Agreement>> agreements(const std::vector<audit::VerifyReport>& reports) {
    std::vector<audit::Agreement> found;
    for (const auto& main : reports) {
        for (const auto& side : reports) {
            if (side.genesis.fields.main_chain_id() != main.genesis.chain.view()) continue;
            const auto first = audit::open_store(main.store, "");
            if (!first) return first.error();
            const auto second = audit::open_store(side.store, "");
            if (!second) return second.error();
            auto agreement = audit::check_agreement(**first, **second);
            if (!agreement) return agreement.error();
            found.push_back(*std::move(agreement));
        }
    }
    return found;
}

// What was verified, and what of it holds.
struct Verified {
    std::vector<audit::VerifyReport> reports;
    std::vector<audit::Agreement> agreed;

    bool holds() const {
        return std::all_of(reports.begin(), reports.end(),
                           [](const audit::VerifyReport& report) { return !report.divergence; }) &&
               std::all_of(agreed.begin(), agreed.end(),
                           [](const audit::Agreement& agreement) { return !agreement.disagreement; });
    }
};

void print(const Verified& verified) {
    for (const auto& report : verified.reports) print(report);
    for (const auto& agreement : verified.agreed) print(agreement);
    std::cout << (verified.holds() ? "everything holds\n" : "IT DOES NOT HOLD\n");
}

void print(const std::vector<Attested>& attested, const Session& session) {
    for (const auto& one : attested) {
        if (one.height == 0) {
            std::cout << "nothing to attest of " << one.chain
                      << ": it has no block after block 0, which follows from its genesis document\n";
            continue;
        }
        std::cout << (one.is_new ? "attested " : "nothing new to attest of ") << one.chain
                  << (one.is_new ? " up to height " : ": attested up to height ") << one.height
                  << (one.is_new ? ", on chain " + session.chain : "") << "\n";
    }
}

json::object to_json(const Verified& verified, const std::vector<Attested>& attested) {
    json::array chains;
    json::array pairs;
    json::array signed_ones;
    for (const auto& report : verified.reports) chains.push_back(to_json(report));
    for (const auto& agreement : verified.agreed) pairs.push_back(to_json(agreement));
    for (const auto& one : attested)
        signed_ones.push_back({{"chain", one.chain}, {"height", one.height}, {"new", one.is_new}});
    return {{"holds", verified.holds()},
            {"chains", std::move(chains)},
            {"agreements", std::move(pairs)},
            {"attested", std::move(signed_ones)}};
}

Result<Verified> replay(const AuditSources& options, const Session& session) {
    const auto sources = find_sources(options, session);
    if (!sources) return sources.error();
    const auto work = WorkFolder::at(options.work);
    if (!work) return work.error();
    const auto how = verify_options(options, work->path);
    Verified verified;
    for (const auto& source : *sources) {
        auto report =
            audit::verify_chain(source, how, percent_line("replaying " + source.genesis.fields.name()));
        if (!report) return report.error();
        verified.reports.push_back(*std::move(report));
    }
    if (!verified.holds()) return verified;
    auto found = agreements(verified.reports);
    if (!found) return found.error();
    verified.agreed = *std::move(found);
    return verified;
}

void verify(Session& session, const VerifyCommand& options) {
    std::optional<Attesting> attesting;
    if (!options.attest.key.empty()) {
        // What the node says of earlier attestations, and of what becomes of these, is not believed either.
        if (session.trusted.empty()) session.trusted = options.sources.documents;
        attesting = Attesting::open(session, options.attest);
        if (!attesting) return;
    }
    const auto verified = replay(options.sources, session);
    if (!verified) return static_cast<void>(session.ended = fail(verified.error()));
    session.ended = verified->holds() ? Exit::done : Exit::broken;
    if (!session.json) print(*verified);
    std::vector<Attested> attested;
    if (attesting && verified->holds()) attested = attesting->attest(session, verified->reports);
    if (session.json) return print_json(to_json(*verified, attested));
    print(attested, session);
    if (attesting && !verified->holds()) std::cout << "nothing was attested\n";
    if (options.sources.documents.empty())
        std::cout << "the genesis documents are those of the source: compare the chain ids with those of "
                     "your network, or name your documents with --genesis\n";
}

}  // namespace

void add_verify_audit(CLI::App& audit, Session& session) {
    auto options = std::make_shared<VerifyCommand>();
    auto* command = audit.add_subcommand(
        "verify", "execute chains again from their genesis documents and compare everything");
    add_sources(*command, options->sources);
    auto* attest = command
                       ->add_option("--attest", options->attest.key,
                                    "key file of an auditor: if everything holds, sign how far each chain "
                                    "was verified, and submit\nthat to --chain through --node; everybody "
                                    "sees it with pcq audit attestations")
                       ->type_name("KEYFILE")
                       ->needs(command->get_option("--genesis"));
    command
        ->add_option("--passphrase-file", options->attest.passphrase_file,
                     "its first line opens the key; asked for if it is not given and needed")
        ->type_name("FILE")
        ->needs(attest);
    explain(*command,
            "pcq audit verify main.pcqarch side.pcqarch --genesis net/main.json net/side.json --work audit",
            "Every signature and certificate is checked, every transaction executed, every root and total "
            "compared; then all sums and settlements are recomputed from the records, and the main chain is "
            "held against its side chains. The first thing that does not hold is named: its height, its "
            "transaction, what was expected and what was found. With --work the next run goes on where this "
            "one ended. Ends with 4 if anything does not hold, with 1 or 3 if it could not be verified or "
            "attested.");
    command->callback([options, &session] { verify(session, *options); });
}

}  // namespace pcq::cli
