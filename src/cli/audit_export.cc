// pcq audit export and sync: verified chains as files, in SQLite, and streaming into PostgreSQL.
#include <algorithm>
#include <csignal>
#include <ctime>
#include <functional>
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

struct ExportOptions {
    AuditSources sources;
    std::string csv;
    std::string sqlite;
    std::string postgres;
    bool follow = false;
};

constexpr std::time_t kBetweenRounds_s = 1;
constexpr std::time_t kBetweenTriesMost_s = 60;

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
    bool wait(std::time_t most_s) const {
        const timespec most{most_s, 0};
        return sigtimedwait(&held_, nullptr, &most) > 0;
    }

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

using MakeSink = std::function<Result<std::unique_ptr<audit::Sink>>()>;

// What is written where, round by round: every chain up to its newest block.
class Sync {
public:
    Sync(const ExportOptions& options, const Session& session, std::filesystem::path work, MakeSink make_sink)
        : options_(options), session_(session), work_(std::move(work)), make_sink_(std::move(make_sink)) {}

    // Both ends have answered once: what fails from then on may come back.
    bool has_begun() const { return begun_; }

    // Whether all chains hold; what came is said if there is anything to say. After an Error the tables are
    // opened anew, and asked what they have.
    Result<bool> round() {
        auto holds = all_chains();
        if (holds) {
            is_first_ = false;
        } else {
            sink_.reset();
        }
        return holds;
    }

private:
    Result<bool> all_chains() {
        if (!sink_) {
            auto sink = make_sink_();
            if (!sink) return sink.error();
            sink_ = *std::move(sink);
        }
        const auto sources = find_sources(options_.sources, session_);
        if (!sources) return sources.error();
        begun_ = true;
        bool holds = true;
        for (const auto& source : *sources) {
            const auto report = audit::export_rows(source, verify_options(options_.sources, work_), *sink_,
                                                   percent_line("executing " + source.genesis.fields.name()));
            if (!report) return report.error();
            holds = holds && !report->verified.divergence;
            if (!is_first_ && report->blocks == 0 && holds) continue;
            if (session_.json) {
                print_json(to_json(*report));
            } else {
                print(*report);
            }
            std::cout << std::flush;
        }
        if (auto done = sink_->finish(); !done) return done.error();
        return holds;
    }

    const ExportOptions& options_;
    const Session& session_;
    const std::filesystem::path work_;
    const MakeSink make_sink_;
    std::unique_ptr<audit::Sink> sink_;
    bool begun_ = false;
    bool is_first_ = true;
};

// A node that has fallen behind the tables catches up.
bool may_come_back(const Error& error) {
    return error.code == Code::answer_stale || error.code == Code::node_unreachable ||
           error.code == Code::node_timed_out || error.code == Code::too_many_requests;
}

void run(Session& session, const ExportOptions& options, MakeSink make_sink) {
    const auto refuse = [&session](const Error& error) { session.ended = fail(error); };
    const auto work = WorkFolder::at(options.sources.work);
    if (!work) return refuse(work.error());
    const std::optional<Interrupts> interrupts =
        options.follow ? std::optional<Interrupts>(std::in_place) : std::nullopt;
    Sync sync(options, session, work->path, std::move(make_sink));
    for (std::time_t pause_s = 0; true;) {
        const auto holds = sync.round();
        if (holds && !*holds) return static_cast<void>(session.ended = Exit::broken);
        if (!holds) {
            if (!interrupts || !sync.has_begun() || !may_come_back(holds.error()))
                return refuse(holds.error());
            pause_s = pause_s == 0 ? kBetweenRounds_s : std::min(2 * pause_s, kBetweenTriesMost_s);
            fail(holds.error());
            std::cerr << "pcq: trying again in " << pause_s << " s, from where the tables end\n";
        } else if (pause_s != 0) {
            std::cerr << "pcq: goes on\n";
            pause_s = 0;
        }
        if (!interrupts || interrupts->wait(pause_s == 0 ? kBetweenRounds_s : pause_s)) return;
    }
}

}  // namespace

void add_export_audit(CLI::App& audit, Session& session) {
    auto options = std::make_shared<ExportOptions>();
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
        run(session, *options, [&options = *options] {
            return options.csv.empty() ? audit::sqlite_sink(options.sqlite) : audit::csv_sink(options.csv);
        });
    });
}

void add_sync_audit(CLI::App& audit, Session& session) {
    auto options = std::make_shared<ExportOptions>();
    auto* command =
        audit.add_subcommand("sync", "verify chains and keep them in PostgreSQL, each block exactly once");
    add_sources(*command, options->sources);
    command
        ->add_option("--postgres", options->postgres,
                     "where: a libpq connection string or URL; the tables are in the schema pcq")
        ->type_name("CONNECTION")
        ->required();
    command->add_flag(
        "--follow", options->follow,
        "stay, and bring new blocks as they come; a node or a database that goes away is waited for");
    explain(
        *command,
        "pcq --node 127.0.0.1:8400 audit sync --genesis net/main.json net/side.json --work audit --postgres "
        "postgresql:///carbon --follow",
        "Every block is executed here before its rows are written; where the database ends is written with "
        "them, so that it goes on there whatever is killed. docs/sql.md has the tables and views.");
    command->callback([options, &session] {
        run(session, *options, [&options = *options] { return audit::postgres_sink(options.postgres); });
    });
}

}  // namespace pcq::cli
