// Chains to files and back: what is exported from a store that nobody writes, or from whoever gives certified
// blocks; and the store that an archive makes.
//
// Importing believes nothing: each block is checked by certificate, signatures and execution, as by a node
// that catches up, from the genesis document on. Both ways go on where they were cut short. What a validator
// has said is in no archive: a node that starts on an imported store observes before it votes
// (docs/consensus.md, "Persist before you promise"). Progress is told in parts of all.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "src/storage/archive.h"
#include "src/storage/chain_store.h"

namespace pcq::audit {

using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

// A chain whose blocks can be had one by one.
struct BlockSource {
    ledger::Genesis genesis;
    std::uint64_t first_height = 1;  // the lowest whose block is there
    std::uint64_t last_height = 0;
    std::function<Result<proto::CertifiedBlock>(std::uint64_t height)> block;
};

// The store of a stopped node, to be read: a store's folder, or a node's data_dir and the name of one of its
// chains. not_found.
Result<std::shared_ptr<const storage::ChainStore>> open_store(const std::filesystem::path& folder,
                                                              const std::string& chain);
Result<BlockSource> blocks_of(const std::shared_ptr<const storage::ChainStore>& store);
Result<BlockSource> blocks_of_store(const std::filesystem::path& folder, const std::string& chain);

struct ExportOptions {
    std::filesystem::path file;
    std::optional<std::uint64_t> from_height;  // nothing: 1, the first that is no genesis
    std::optional<std::uint64_t> to_height;    // nothing: the last
};
// bad_argument: there are no such heights, or the file is there; height_pruned: the source does not keep
// them. A block that does not follow from the one before is named, and the error is the source's fault.
Result<storage::ArchiveSummary> export_archive(const BlockSource& source, const ExportOptions& options,
                                               const Progress& progress);

struct ArchiveContent {
    ledger::Genesis genesis;
    storage::ArchiveSummary summary;
};
// Reads all of it and says what is in it. archive_damaged with the place. Certificates are not looked at.
Result<ArchiveContent> read_archive(const std::filesystem::path& file, const Progress& progress);

struct ImportOptions {
    std::filesystem::path data_dir;         // the store comes into <data_dir>/<chain>/store
    std::optional<Bytes> genesis_document;  // that of the chain it must be
};
struct ImportReport {
    ledger::Genesis genesis;
    std::filesystem::path store;
    std::uint64_t before = 0;  // height of the store when it began
    std::uint64_t height = 0;
    Hash state_root;
    bool has_votes = false;  // a record of votes lies beside the store
};
// The first bad block is named, with the reason's code; all blocks before it are in the store. bad_argument:
// another chain's archive or store, or blocks are missing between the two.
Result<ImportReport> import_archive(const std::filesystem::path& file, const ImportOptions& options,
                                    const Progress& progress);

}  // namespace pcq::audit
