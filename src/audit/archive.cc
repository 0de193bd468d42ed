#include "src/audit/archive.h"

#include "src/audit/growing_chain.h"
#include "src/base/hex.h"
#include "src/ledger/checked_block.h"
#include "src/storage/archive_reader.h"
#include "src/storage/archive_writer.h"
#include "src/storage/chain_store.h"

namespace pcq::audit {
namespace {

std::string block_name(std::uint64_t height) {
    return "block " + std::to_string(height);
}

Error about_block(std::uint64_t height, const Error& error) {
    return Error{error.code, block_name(height) + " does not hold: " + error.message};
}

Result<proto::CertifiedBlock> certified_block(const storage::ChainStore& store, std::uint64_t height) {
    auto block = store.block(height);
    if (!block) return block.error();
    auto certificate = store.certificate(height);
    if (!certificate) return certificate.error();
    if (!*block || !*certificate)
        return Error{Code::store_damaged, block_name(height) + " or its certificate is missing in the store"};
    proto::CertifiedBlock certified;
    certified.set_block(**std::move(block));
    certified.set_certificate(**std::move(certificate));
    return certified;
}

// The store that is being made, and what its next block is checked against.
class Import {
public:
    explicit Import(GrowingChain chain) : chain_(std::move(chain)) {}

    std::uint64_t height() const { return chain_.height(); }
    Hash state_root() const { return chain_.store->tip()->state_root(); }

    // The next block; one that is there already must be the same.
    Result<> take(const storage::ArchivedBlock& block) {
        if (block.height <= height()) return compare(block);
        const auto parent = chain_.store->tip();
        const auto state = chain_.store->at((*parent)->height());
        if (!state) return state.error();
        const auto checked = ledger::check_certified(
            {*chain_.contracts, *parent, {**state, **state, (*state)->root()}, chain_.validators},
            block.certified);
        if (!checked) return about_block(block.height, checked.error());
        const auto& good = **checked;
        if (auto stored = chain_.store->commit(
                {good.header, good.block, block.certified.certificate(), good.transactions, good.executed});
            !stored)
            return stored;
        if (good.executed.next_validators) chain_.validators = *good.executed.next_validators;
        return {};
    }

private:
    Result<> compare(const storage::ArchivedBlock& block) const {
        const auto stored = chain_.store->header(block.height);
        if (!stored && stored.error().code == Code::height_pruned) return {};
        if (!stored) return stored.error();
        proto::Block given;
        if (!*stored || !given.ParseFromString(block.certified.block()) ||
            given.header() != (*stored)->bytes())
            return Error{Code::bad_header,
                         block_name(block.height) + " of the archive is another one than that of the store"};
        return {};
    }

    GrowingChain chain_;
};

// Whether this archive may be imported there at all. Changes nothing.
Result<> check_chain(const ledger::Genesis& genesis, const ImportOptions& options) {
    if (!options.genesis_document) return {};
    const auto wanted = ledger::Genesis::from(*options.genesis_document);
    if (!wanted) return wanted.error();
    if (wanted->chain == genesis.chain) return {};
    return Error{Code::bad_argument, "the archive is of chain " + genesis.fields.name() + ", " +
                                         to_hex(genesis.chain) + "; the genesis document is of " +
                                         wanted->fields.name() + ", " + to_hex(wanted->chain)};
}

}  // namespace

Result<std::shared_ptr<const storage::ChainStore>> open_store(const std::filesystem::path& folder,
                                                              const std::string& chain) {
    const auto is_store = [](const std::filesystem::path& path) {
        return std::filesystem::exists(path / "CURRENT");
    };
    const auto below = folder / chain / "store";
    if (!is_store(folder) && !is_store(below))
        return Error{Code::not_found,
                     "there is no store in " + folder.string() + " and none of chain " + chain + " below it"};
    storage::Options options;
    options.path = is_store(folder) ? folder : below;
    options.read_only = true;
    auto opened = storage::ChainStore::open(std::move(options));
    if (!opened) return opened.error();
    return std::shared_ptr<const storage::ChainStore>(*std::move(opened));
}

Result<BlockSource> blocks_of(const std::shared_ptr<const storage::ChainStore>& store) {
    auto document = store->genesis_document();
    if (!document) return document.error();
    auto genesis = ledger::Genesis::from(*std::move(document));
    if (!genesis) return genesis.error();
    return BlockSource{*std::move(genesis), std::max<std::uint64_t>(store->base(), 1),
                       (*store->tip())->height(),
                       [store](std::uint64_t height) { return certified_block(*store, height); }};
}

Result<BlockSource> blocks_of_store(const std::filesystem::path& folder, const std::string& chain) {
    const auto store = open_store(folder, chain);
    if (!store) return store.error();
    return blocks_of(*store);
}

Result<storage::ArchiveSummary> export_archive(const BlockSource& source, const ExportOptions& options,
                                               const Progress& progress) {
    const std::uint64_t from = options.from_height.value_or(1);
    const std::uint64_t to = options.to_height.value_or(source.last_height);
    if (source.last_height == 0)
        return Error{Code::bad_argument,
                     "the chain has no block after block 0 yet, and that follows from its genesis document"};
    if (from == 0 || from > to || to > source.last_height)
        return Error{Code::bad_argument, "there are no blocks from " + std::to_string(from) + " to " +
                                             std::to_string(to) + "; the chain has blocks 1 to " +
                                             std::to_string(source.last_height)};
    if (from < source.first_height)
        return Error{Code::height_pruned, block_name(from) + " is not kept there; the first is " +
                                              block_name(source.first_height) +
                                              ": take another node, or begin with that block"};
    auto writer = storage::ArchiveWriter::open(options.file, source.genesis, from);
    if (!writer) return writer.error();
    if ((*writer)->next_height() > to + 1)
        return Error{Code::bad_argument, options.file.string() + ".part has more blocks than are wanted, " +
                                             std::to_string((*writer)->next_height() - from) +
                                             "; remove it or choose another name"};
    for (std::uint64_t height = (*writer)->next_height(); height <= to; ++height) {
        const auto block = source.block(height);
        if (!block) return block.error();
        if (auto added = (*writer)->add(*block); !added) return added.error();
        if (progress) progress(height - from + 1, to - from + 1);
    }
    return (*writer)->finish();
}

Result<ArchiveContent> read_archive(const std::filesystem::path& file, const Progress& progress) {
    const auto reader = storage::ArchiveReader::open(file);
    if (!reader) return reader.error();
    while (true) {
        const auto block = (*reader)->next();
        if (!block) return block.error();
        if (!*block) break;
        if (progress) progress((*reader)->offset(), (*reader)->file_bytes());
    }
    return ArchiveContent{(*reader)->genesis(), (*reader)->summary()};
}

Result<ImportReport> import_archive(const std::filesystem::path& file, const ImportOptions& options,
                                    const Progress& progress) {
    const auto reader = storage::ArchiveReader::open(file);
    if (!reader) return reader.error();
    const ledger::Genesis& genesis = (*reader)->genesis();
    if (auto right = check_chain(genesis, options); !right) return right.error();
    const auto folder = options.data_dir / genesis.fields.name();
    auto chain = GrowingChain::open(folder / "store", genesis);
    if (!chain) return chain.error();
    Import import(*std::move(chain));
    ImportReport report{genesis, folder / "store", import.height(), 0, {}, false};
    const std::uint64_t first = (*reader)->summary().first_height;
    if (first > import.height() + 1)
        return Error{Code::bad_argument, "the archive begins with " + block_name(first) +
                                             ", the store ends with " + block_name(import.height()) +
                                             "; import what is between them first"};
    while (true) {
        const auto block = (*reader)->next();
        if (!block)
            return Error{block.error().code, block.error().message + " (the store has all blocks up to " +
                                                 std::to_string(import.height()) + ")"};
        if (!*block) break;
        if (auto taken = import.take(**block); !taken) return taken.error();
        if (progress) progress((*reader)->offset(), (*reader)->file_bytes());
    }
    report.height = import.height();
    report.state_root = import.state_root();
    report.has_votes = std::filesystem::exists(folder / "votes");
    return report;
}

}  // namespace pcq::audit
