#include "src/cli/audit_sources.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "src/base/hex.h"
#include "src/cli/genesis_file.h"
#include "src/cli/node_blocks.h"

namespace pcq::cli {
namespace {

// A file is an archive; a folder a node's data, or one store; nothing: every chain of the running node.
Result<std::vector<audit::ReplaySource>> every_source(const AuditSources& options, const Session& session) {
    std::vector<audit::ReplaySource> found;
    const auto add = [&found](Result<audit::ReplaySource> source) -> Result<> {
        if (!source) return source.error();
        found.push_back(*std::move(source));
        return {};
    };
    for (const auto& source : options.sources) {
        if (!std::filesystem::is_directory(source)) {
            if (auto added = add(audit::replay_of_archive(source, percent_line("reading " + source))); !added)
                return added.error();
            continue;
        }
        const auto chains = audit::chains_in(source);
        if (chains.empty()) {
            if (auto added = add(audit::replay_of_store(source, session.chain)); !added) return added.error();
        }
        for (const auto& chain : chains) {
            if (auto added = add(audit::replay_of_store(source, chain)); !added) return added.error();
        }
    }
    if (!options.sources.empty()) return found;
    const auto chains = chains_of_node(session);
    if (!chains) return chains.error();
    for (const auto& chain : *chains) {
        if (auto added = add(replay_of_node(session, chain)); !added) return added.error();
    }
    return found;
}

// The genesis documents that were named are those of the chains, or the answer is about another chain.
Result<> check_documents(const AuditSources& options, const Session& session,
                         const std::vector<audit::ReplaySource>& sources) {
    const auto& documents = options.documents.empty() ? session.trusted : options.documents;
    if (documents.empty()) return {};
    std::vector<ChainId> known;
    for (const auto& file : documents) {
        const auto genesis = genesis_from(file);
        if (!genesis) return genesis.error();
        known.push_back(genesis->chain);
    }
    for (const auto& source : sources) {
        if (std::find(known.begin(), known.end(), source.genesis.chain) == known.end())
            return Error{Code::bad_argument, "chain " + source.genesis.fields.name() + " is " +
                                                 to_hex(source.genesis.chain) +
                                                 ": none of the genesis documents given is its"};
    }
    return {};
}

}  // namespace

Result<std::vector<audit::ReplaySource>> find_sources(const AuditSources& options, const Session& session) {
    auto sources = every_source(options, session);
    if (!sources) return sources;
    if (auto known = check_documents(options, session, *sources); !known) return known.error();
    return sources;
}

audit::VerifyOptions verify_options(const AuditSources& options, const std::filesystem::path& work) {
    audit::VerifyOptions how;
    how.folder = work;
    how.threads = options.threads != 0 ? options.threads : std::max(std::thread::hardware_concurrency(), 1U);
    how.to_height = options.to_height;
    return how;
}

void add_sources(CLI::App& command, AuditSources& options) {
    command
        .add_option("sources", options.sources,
                    "archives, or folders of a stopped node's data; left out: the running node")
        ->type_name("FILE|DIR")
        ->check(CLI::ExistingPath);
    command.add_option("--genesis", options.documents, "the genesis documents that the chains must have")
        ->type_name("FILE");
    command
        .add_option("--work", options.work,
                    "folder for the replay, to go on there later; left out: a temporary one")
        ->type_name("DIR");
    command.add_option("--threads", options.threads, "that check signatures; one for each core if left out")
        ->check(CLI::Range(1, 256));
    command.add_option("--to-height", options.to_height, "last block; the newest if left out")
        ->type_name("HEIGHT");
}

}  // namespace pcq::cli
