// pcq archive: a chain as one file, out of a stopped node's store or a running node, and into a store.
#include "src/audit/archive.h"

#include <algorithm>
#include <iostream>

#include <boost/json/object.hpp>
#include <unistd.h>

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/cli/commands.h"
#include "src/cli/genesis_file.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::uint32_t kTransactionsAtOnce = 10'000;

struct ArchiveOptions {
    std::string from;  // folder of a store or a node's data; empty: the running node
    std::string file;
    std::string data;
    std::string genesis;
    std::optional<std::uint64_t> from_height;
    std::optional<std::uint64_t> to_height;
};

// One line that counts up, for people who watch.
audit::Progress progress(const std::string& what) {
    if (isatty(STDERR_FILENO) == 0) return {};
    return [what, shown = std::uint64_t{101}](std::uint64_t done, std::uint64_t all) mutable {
        const std::uint64_t percent =
            all == 0
                ? 100
                : static_cast<std::uint64_t>(100.0 * static_cast<double>(done) / static_cast<double>(all));
        if (percent == shown) return;
        shown = percent;
        std::cerr << "\r" << what << " " << percent << " %" << (done == all ? "\n" : "") << std::flush;
    };
}

Error malformed(const std::string& what) {
    return Error{Code::answer_malformed, "the node's answer is not a block as docs/rpc.md has it: " + what};
}

Result<Bytes> bytes_of(const json::value* text, const char* what) {
    if (text == nullptr || !text->is_string()) return malformed(std::string(what) + " is missing");
    auto bytes = from_base64(text->as_string());
    if (!bytes) return malformed(std::string(what) + " is no base64");
    return bytes;
}

// A block in its exact bytes, page by page.
Result<proto::CertifiedBlock> ask_block(client::RpcClient& node, const std::string& chain,
                                        std::uint64_t height) {
    proto::Block block;
    proto::CertifiedBlock certified;
    std::string cursor = "0";
    while (!cursor.empty()) {
        const auto answer = node.call("block", {{"chain", chain},
                                                {"height", height},
                                                {"detail", "bytes"},
                                                {"limit", kTransactionsAtOnce},
                                                {"cursor", cursor}});
        if (!answer) return answer.error();
        const auto* page = answer->if_object();
        const auto* list = page == nullptr ? nullptr : page->if_contains("transactions");
        if (list == nullptr || !list->is_array()) return malformed("transactions are missing");
        for (const auto& text : list->as_array()) {
            auto bytes = bytes_of(&text, "a transaction");
            if (!bytes) return bytes.error();
            block.add_transactions(*std::move(bytes));
        }
        auto header = bytes_of(page->if_contains("header_bytes"), "header_bytes");
        auto certificate = bytes_of(page->if_contains("certificate_bytes"), "certificate_bytes");
        if (!header) return header.error();
        if (!certificate) return certificate.error();
        block.set_header(*std::move(header));
        certified.set_certificate(*std::move(certificate));
        const auto* next = page->if_contains("next");
        const bool goes_on = next != nullptr && next->is_string() && !list->as_array().empty();
        cursor = goes_on ? std::string(next->as_string()) : "";
        if (block.ByteSizeLong() > storage::kCertifiedBytesMax) return malformed("it is too long");
    }
    certified.set_block(block.SerializeAsString());
    return certified;
}

Result<audit::BlockSource> blocks_of_node(const Session& session) {
    const auto endpoint = client::endpoint_from(session.node);
    if (!endpoint) return endpoint.error();
    const auto node = std::make_shared<client::RpcClient>(*endpoint);
    const auto told = node->call("genesis", {{"chain", session.chain}});
    if (!told) return told.error();
    if (!told->is_object()) return malformed("genesis is no object");
    auto document = bytes_of(told->as_object().if_contains("document"), "document");
    if (!document) return document.error();
    auto genesis = ledger::Genesis::from(*std::move(document));
    if (!genesis) return genesis.error();
    const auto status = node->call("status", {{"chain", session.chain}});
    if (!status) return status.error();
    const auto number = [&status](const char* field) { return status->at(field).to_number<std::uint64_t>(); };
    return audit::BlockSource{
        *std::move(genesis), std::max<std::uint64_t>(number("first_height"), 1), number("height"),
        [node, chain = session.chain](std::uint64_t height) { return ask_block(*node, chain, height); }};
}

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
    const auto source =
        options.from.empty() ? blocks_of_node(session) : audit::blocks_of_store(options.from, session.chain);
    if (!source) return static_cast<void>(session.ended = fail(source.error()));
    const auto written = audit::export_archive(
        *source, {options.file, options.from_height, options.to_height}, progress("exporting"));
    if (!written) return static_cast<void>(session.ended = fail(written.error()));
    print(source->genesis, *written, session);
}

void import_chain(Session& session, const ArchiveOptions& options) {
    audit::ImportOptions import{options.data, std::nullopt};
    if (!options.genesis.empty()) {
        auto genesis = genesis_from(options.genesis);
        if (!genesis) return static_cast<void>(session.ended = fail(genesis.error()));
        import.genesis_document = std::move(genesis->document);
    }
    const auto report = audit::import_archive(options.file, import, progress("importing"));
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
    const auto content = audit::read_archive(options.file, progress("reading"));
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
    explain(
        *command,
        "pcq archive export --from net/data/government --chain side --out side.pcqarch\n"
        "  pcq --node 127.0.0.1:8400 --chain side archive export --out side.pcqarch",
        "Cut short, the same command goes on where it was. The blocks are checked when they are imported.");
    command->callback([options, &session] { export_chain(session, *options); });
}

void add_import(CLI::App& archive, Session& session) {
    auto options = std::make_shared<ArchiveOptions>();
    auto* command =
        archive.add_subcommand("import", "make a store of an archive, every block checked and executed");
    command->add_option("file", options->file, "the archive")->required()->type_name("FILE");
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
    command->add_option("file", options->file, "the archive")->required()->type_name("FILE");
    explain(*command, "pcq archive show side.pcqarch",
            "Ends with 4 and the place if the file is damaged. Certificates are checked by import.");
    command->callback([options, &session] { show(session, *options); });
}

}  // namespace pcq::cli
