// pcq audit export and sync: verified chains as files, in SQLite, and streaming into PostgreSQL.
#include <csignal>
#include <ctime>
#include <iostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "src/audit/export.h"
#include "src/base/hex.h"
#include "src/cli/audit_commands.h"
#include "src/cli/audit_sources.h"
#include "src/cli/node_blocks.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct Options {
    AuditSources sources;
    std::string csv;
    std::string sqlite;
    std::string postgres;
    bool follow = false;
};

constexpr timespec kBetweenRounds{1, 0};

// SIGINT and SIGTERM end a sync between two rounds.
class Interrupts {
public:
    Interrupts() {
        sigemptyset(&held_);
        sigaddset(&held_, SIGINT);
        sigaddset(&held_, SIGTERM);
        sigprocmask(SIG_BLOCK, &held_, &before_);
    }
    ~Interrupts() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    // Waits for one, at most so long.
    bool wait(const timespec& most) const { return sigtimedwait(&held_, nullptr, &most) > 0; }

private:
    sigset_t held_{};
    sigset_t before_{};
};

json::object to_json(const audit::ExportReport& report) {
    const auto& verified = report.verified;
    json::object fields{{"chain", verified.genesis.fields.name()},
                        {"chain_id", to_hex(verified.genesis.chain)},
                        {"height", verified.height},
                        {"blocks", report.blocks},
                        {"divergence", nullptr}};
    if (verified.divergence) fields["divergence"] = audit::to_text(*verified.divergence);
    return fields;
}

void print(const audit::ExportReport& report) {
    const auto& verified = report.verified;
    std::cout << verified.genesis.fields.name() << ": " << report.blocks << " blocks, up to height "
              << verified.height << (verified.divergence ? "" : ", verified") << "\n";
    if (verified.divergence)
        std::cout << "IT DOES NOT HOLD: " << audit::to_text(*verified.divergence) << "\n";
}

// One round over all chains; what came is said if there is anything to say.
Result<bool> round(const Options& options, const Session& session, audit::Sink& sink,
                   const std::filesystem::path& work, bool is_first) {
    const auto sources = find_sources(options.sources, session);
    if (!sources) return sources.error();
    bool holds = true;
    for (const auto& source : *sources) {
        const auto report = audit::export_rows(source, verify_options(options.sources, work), sink,
                                               percent_line("executing " + source.genesis.fields.name()));
        if (!report) return report.error();
        holds = holds && !report->verified.divergence;
        if (!is_first && report->blocks == 0 && holds) continue;
        if (session.json) {
            print_json(to_json(*report));
        } else {
            print(*report);
        }
        std::cout << std::flush;
    }
    return holds;
}

void run(Session& session, const Options& options, Result<std::unique_ptr<audit::Sink>> sink) {
    const auto refuse = [&session](const Error& error) { session.ended = fail(error); };
    if (!sink) return refuse(sink.error());
    const auto work = WorkFolder::at(options.sources.work);
    if (!work) return refuse(work.error());
    const std::optional<Interrupts> interrupts =
        options.follow ? std::optional<Interrupts>(std::in_place) : std::nullopt;
    for (bool is_first = true; true; is_first = false) {
        const auto holds = round(options, session, **sink, work->path, is_first);
        if (!holds) return refuse(holds.error());
        if (!*holds) return static_cast<void>(session.ended = Exit::broken);
        if (!interrupts || interrupts->wait(kBetweenRounds)) return;
    }
}

}  // namespace

void add_export_audit(CLI::App& audit, Session& session) {
    auto options = std::make_shared<Options>();
    auto* command = audit.add_subcommand(
        "export", "verify chains and write them as tables: comma-separated files, or an SQLite file");
    add_sources(*command, options->sources);
    auto* csv =
        command->add_option("--csv", options->csv, "a new folder, one file a table")->type_name("DIR");
    command->add_option("--sqlite", options->sqlite, "an SQLite file; one that is there is gone on with")
        ->type_name("FILE")
        ->excludes(csv);
    explain(*command,
            "pcq audit export main.pcqarch side.pcqarch --genesis net/main.json net/side.json --sqlite "
            "year.sqlite",
            "Every block is executed here before its rows are written (as pcq audit verify does); "
            "docs/sql.md has "
            "the tables and views. Ends with 4 if a chain does not hold: what stands before is written.");
    command->callback([options, &session] {
        if (options->csv.empty() == options->sqlite.empty()) {
            session.ended = fail(Error{Code::bad_argument, "name either --csv or --sqlite"});
            return;
        }
        run(session, *options,
            options->csv.empty() ? audit::sqlite_sink(options->sqlite) : audit::csv_sink(options->csv));
    });
}

void add_sync_audit(CLI::App& audit, Session& session) {
    auto options = std::make_shared<Options>();
    auto* command =
        audit.add_subcommand("sync", "verify chains and keep them in PostgreSQL, each block exactly once");
    add_sources(*command, options->sources);
    command
        ->add_option("--postgres", options->postgres,
                     "where: a libpq connection string or URL; the tables are in the schema pcq")
        ->type_name("CONNECTION")
        ->required();
    command->add_flag("--follow", options->follow, "stay, and bring new blocks as they come");
    explain(
        *command,
        "pcq --node 127.0.0.1:8400 audit sync --genesis net/main.json net/side.json --work audit --postgres "
        "postgresql:///carbon --follow",
        "Every block is executed here before its rows are written; where the database ends is written with "
        "them, so that it goes on there whatever is killed. docs/sql.md has the tables and views.");
    command->callback(
        [options, &session] { run(session, *options, audit::postgres_sink(options->postgres)); });
}

}  // namespace pcq::cli
