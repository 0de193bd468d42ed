// pcq archive: a chain as one file, out of a stopped node's store or a running node, and into a store.
#include "src/audit/archive.h"

#include <algorithm>
#include <iostream>

#include <boost/json/object.hpp>
#include <unistd.h>

#include "src/base/hex.h"
#include "src/cli/commands.h"
#include "src/cli/genesis_file.h"
#include "src/cli/node_blocks.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct ArchiveOptions {
    std::string from;  // folder of a store or a node's data; empty: the running node
    std::string file;
    std::string data;
    std::string genesis;
    std::optional<std::uint64_t> from_height;
    std::optional<std::uint64_t> to_height;
};

void print(const ledger::Genesis& genesis, const storage::ArchiveSummary& summary, const Session& session) {
    if (session.json) {
        print_json({{"chain", genesis.fields.name()},
                    {"chain_id", to_hex(genesis.chain)},
                    {"first_height", summary.first_height},
                    {"last_height", summary.last_height},
                    {"blocks", summary.blocks},
                    {"transactions", summary.transactions},
                    {"first_time_ms", summary.first_time_ms},
                    {"last_time_ms", summary.last_time_ms},
                    {"frames", summary.frames},
                    {"block_bytes", summary.block_bytes},
                    {"file_bytes", summary.file_bytes}});
        return;
    }
    Rows rows{{"chain", genesis.fields.name()}, {"chain id", to_hex(genesis.chain)}};
    if (summary.blocks == 0) {
        rows.emplace_back("blocks", "none");
    } else {
        rows.emplace_back("blocks", std::to_string(summary.blocks) + ", heights " +
                                        std::to_string(summary.first_height) + " to " +
                                        std::to_string(summary.last_height));
        rows.emplace_back("from", time_text(summary.first_time_ms));
        rows.emplace_back("to", time_text(summary.last_time_ms));
    }
    rows.emplace_back("transactions", std::to_string(summary.transactions));
    rows.emplace_back("size", std::to_string(summary.file_bytes) + " bytes in " +
                                  std::to_string(summary.frames) + " frames, " +
                                  std::to_string(summary.block_bytes) + " unpacked");
    print_rows(rows);
}

void export_chain(Session& session, const ArchiveOptions& options) {
    if (!session.needs_no_proof("pcq archive export",
                                "export without, then prove the file with pcq audit verify " + options.file +
                                    " --genesis DOCUMENT"))
        return;
    const auto source = options.from.empty() ? blocks_of_node(session, session.chain)
                                             : audit::blocks_of_store(options.from, session.chain);
    if (!source) return static_cast<void>(session.ended = fail(source.error()));
    const auto written = audit::export_archive(
        *source, {options.file, options.from_height, options.to_height}, percent_line("exporting"));
    if (!written) return static_cast<void>(session.ended = fail(written.error()));
    print(source->genesis, *written, session);
}

void import_chain(Session& session, const ArchiveOptions& options) {
    if (options.genesis.empty() && !session.needs_no_proof("pcq archive import without --genesis",
                                                           "name the chain's document with --genesis"))
        return;
    audit::ImportOptions import{options.data, std::nullopt};
    if (!options.genesis.empty()) {
        auto genesis = genesis_from(options.genesis);
        if (!genesis) return static_cast<void>(session.ended = fail(genesis.error()));
        import.genesis_document = std::move(genesis->document);
    }
    const auto report = audit::import_archive(options.file, import, percent_line("importing"));
    if (!report) return static_cast<void>(session.ended = fail(report.error()));
    if (session.json) {
        print_json({{"chain", report->genesis.fields.name()},
                    {"chain_id", to_hex(report->genesis.chain)},
                    {"store", report->store.string()},
                    {"imported", report->height - report->before},
                    {"height", report->height},
                    {"state_root", to_hex(report->state_root)},
                    {"has_votes", report->has_votes}});
        return;
    }
    print_rows({{"chain", report->genesis.fields.name()},
                {"chain id", to_hex(report->genesis.chain)},
                {"store", report->store.string()},
                {"imported",
                 std::to_string(report->height - report->before) + " blocks, each certified and executed"},
                {"height", std::to_string(report->height)},
                {"state root", to_hex(report->state_root)}});
    if (options.genesis.empty())
        std::cout
            << "the genesis document is the archive's own: compare the chain id with that of your network\n";
    if (!report->has_votes)
        std::cout
            << "a record of votes is in no archive: a validator that starts on this store follows first, and "
               "votes when it has seen two heights decided\n";
}

void show(Session& session, const ArchiveOptions& options) {
    const auto content = audit::read_archive(options.file, percent_line("reading"));
    if (!content) return static_cast<void>(session.ended = fail(content.error()));
    print(content->genesis, content->summary, session);
}

void add_export(CLI::App& archive, Session& session) {
    auto options = std::make_shared<ArchiveOptions>();
    auto* command =
        archive.add_subcommand("export", "write a chain's blocks with their certificates into a file");
    command
        ->add_option("--from", options->from,
                     "folder of a stopped node's data or store; left out: the running node is asked")
        ->type_name("DIR");
    command->add_option("--out", options->file, "the archive; FILE.part until it is whole")
        ->required()
        ->type_name("FILE");
    command->add_option("--from-height", options->from_height, "first block, 1 if left out")
        ->type_name("HEIGHT");
    command->add_option("--to-height", options->to_height, "last block, the newest if left out")
        ->type_name("HEIGHT");
    explain(*command,
            "pcq archive export --from net/data/government --chain side --out side.pcqarch\n"
            "  pcq --node 127.0.0.1:8400 --chain side archive export --out side.pcqarch",
            "Cut short, the same command goes on where it was. The blocks are checked when they are "
            "imported, and by pcq audit verify; with --verify it is refused.");
    command->callback([options, &session] { export_chain(session, *options); });
}

void add_import(CLI::App& archive, Session& session) {
    auto options = std::make_shared<ArchiveOptions>();
    auto* command =
        archive.add_subcommand("import", "make a store of an archive, every block checked and executed");
    command->add_option("file", options->file, "the archive")
        ->required()
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    command->add_option("--data", options->data, "the node's data_dir; the store is DIR/<chain>/store")
        ->required()
        ->type_name("DIR");
    command->add_option("--genesis", options->genesis, "the genesis document of the chain it must be")
        ->type_name("FILE");
    explain(
        *command, "pcq archive import side.pcqarch --data data/platform --genesis side.json",
        "Cut short, the same command goes on where it was; later archives go on where the store ends. Ends "
        "with 4 if the file is damaged or a block does not hold, and names it.");
    command->callback([options, &session] { import_chain(session, *options); });
}

}  // namespace

void add_archive_commands(CLI::App& app, Session& session) {
    auto* archive =
        app.add_subcommand("archive", "a chain as one file: to move it, to keep it")->require_subcommand(1);
    explain(*archive, "pcq archive show side.pcqarch");
    add_export(*archive, session);
    add_import(*archive, session);
    auto options = std::make_shared<ArchiveOptions>();
    auto* command = archive->add_subcommand("show", "read a whole archive and say what is in it");
    command->add_option("file", options->file, "the archive")
        ->required()
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    explain(*command, "pcq archive show side.pcqarch",
            "Ends with 4 and the place if the file is damaged. Certificates are checked by import.");
    command->callback([options, &session] { show(session, *options); });
}

}  // namespace pcq::cli
