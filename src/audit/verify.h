// A whole chain verified without trusting whoever keeps it: executed again from the genesis document
// (replay.h), and then every sum and every settlement of the state that comes out recomputed from the
// records alone.
//
// The working folder holds what was replayed, <folder>/<chain>/store, so that it goes on where it was cut
// short. Progress is told in blocks done of all.
#pragma once

#include <filesystem>
#include <functional>

#include "src/audit/archive.h"
#include "src/audit/replay.h"
#include "src/audit/totals.h"

namespace pcq::audit {

struct VerifyOptions {
    std::filesystem::path folder;
    unsigned threads = 2;                    // that check signatures; 1 or more
    std::optional<std::uint64_t> to_height;  // nothing: the last of the source
    // Told of each block that holds, before it is in the folder; its Error ends the run. May be empty.
    OnBlock on_block = {};
};

struct VerifyReport {
    ledger::Genesis genesis;
    std::filesystem::path store;
    std::uint64_t before = 0;  // height of the working folder when it began
    std::uint64_t height = 0;  // of the last block that holds
    Hash state_root;
    ReplayCounts counts;  // of this run
    double seconds = 0;   // of replaying
    std::optional<Divergence> divergence;
    // Of the state after the last block, if nothing diverges.
    TotalsReport totals;
    std::uint64_t settlements = 0;  // each held against the policy of its period
    Hash block_hash = {};           // of the last block that holds
};

// An Error says that it could not be verified, not that it is wrong: the source cannot be read, blocks are
// missing between the folder and the source (height_pruned), the folder is another chain's (bad_argument).
Result<VerifyReport> verify_chain(const ReplaySource& source, const VerifyOptions& options,
                                  const Progress& progress);

// An archive, read once for its sums before anything is executed. archive_damaged.
Result<ReplaySource> replay_of_archive(const std::filesystem::path& file, const Progress& progress);
// A stopped node's store; it can name records and receipts that differ. As blocks_of_store.
Result<ReplaySource> replay_of_store(const std::filesystem::path& folder, const std::string& chain);
// The names of the chains whose stores lie in a node's data folder, in order.
std::vector<std::string> chains_in(const std::filesystem::path& folder);

}  // namespace pcq::audit
