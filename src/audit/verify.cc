#include "src/audit/verify.h"

#include <algorithm>
#include <chrono>

#include "contracts/tables.h"
#include "src/audit/statement.h"
#include "src/base/hex.h"
#include "src/storage/archive_reader.h"

namespace pcq::audit {
namespace {

Divergence at_the_end(std::uint64_t height, std::string what, const Error& error) {
    Divergence found;
    found.code = error.code;
    found.height = height;
    found.what = std::move(what);
    found.reason = error.message;
    return found;
}

// Every settlement is what the policy of its period makes of the figures that it names.
Result<std::optional<Divergence>> check_settlements(const storage::ChainStore& store, std::uint64_t& count) {
    constexpr std::uint8_t kNumber = 112;
    constexpr std::size_t kKeyBytes = 1 + AccountId::kSize + 4;
    const std::uint64_t height = (*store.tip())->height();
    const auto state = store.at(height);
    if (!state) return state.error();
    std::map<std::uint32_t, proto::PeriodRecord> periods;
    std::optional<Divergence> found;
    auto read = store.for_each_record(**state, [&](BytesView key, BytesView value) {
        if (key.empty() || static_cast<std::uint8_t>(key[0]) != kNumber) return true;
        const auto record = ledger::decode<proto::SettlementRecord>(value);
        Result<> holds = Error{Code::bad_encoding, "the record cannot be read"};
        if (record && key.size() == kKeyBytes) {
            const std::uint32_t period = load_u32(key.substr(kKeyBytes - 4));
            if (periods.count(period) == 0)
                periods[period] = contracts::kPeriods.find_or_default(**state, period);
            holds = check_by_policy(*record, periods[period].policy());
        }
        ++count;
        if (holds) return true;
        found = at_the_end(height, "settlement", holds.error());
        found->record = to_hex(key);
        return false;
    });
    if (!read) return read.error();
    return found;
}

// Archives are read forwards.
class ArchiveBlocks {
public:
    explicit ArchiveBlocks(std::filesystem::path file) : file_(std::move(file)) {}

    Result<proto::CertifiedBlock> block(std::uint64_t height) {
        if (!reader_ || height <= last_) {
            auto opened = storage::ArchiveReader::open(file_);
            if (!opened) return opened.error();
            reader_ = *std::move(opened);
        }
        while (true) {
            auto next = reader_->next();
            if (!next) return next.error();
            if (!*next) return Error{Code::not_found, "the archive has no block " + std::to_string(height)};
            last_ = (*next)->height;
            if (last_ == height) return std::move((*next)->certified);
        }
    }

private:
    const std::filesystem::path file_;
    std::unique_ptr<storage::ArchiveReader> reader_;
    std::uint64_t last_ = 0;
};

// The blocks between what is in the folder and the last that is wanted.
Result<> replay(Replay& replay, const ReplaySource& source, std::uint64_t last, unsigned threads,
                const Progress& progress, std::optional<Divergence>& divergence) {
    BlockFeed feed(source, replay.height() + 1, last, replay.validators(), threads);
    while (true) {
        const auto block = feed.next();
        if (!block) return block.error();
        if (!*block) return {};
        auto taken = replay.take(**block);
        if (!taken) return taken.error();
        divergence = *std::move(taken);
        if (divergence) return {};
        if (progress) progress(replay.height(), last);
    }
}

// The first difference is named with what the source knows, once nobody reads blocks from it any more.
Result<std::optional<Divergence>> recompute(const Replay& replay, VerifyReport& report) {
    auto totals = count_totals(replay.store());
    if (!totals && totals.error().code == Code::conservation_violated)
        return std::optional(at_the_end(report.height, "conservation", totals.error()));
    if (!totals) return totals.error();
    report.totals = *std::move(totals);
    return check_settlements(replay.store(), report.settlements);
}

}  // namespace

Result<VerifyReport> verify_chain(const ReplaySource& source, const VerifyOptions& options,
                                  const Progress& progress) {
    VerifyReport report{
        source.genesis, options.folder / source.genesis.fields.name() / "store", 0, 0, {}, {}, 0, {}, {}, 0};
    auto opened = Replay::open(report.store, source, options.on_block);
    if (!opened) return opened.error();
    report.before = opened->height();
    const std::uint64_t last = options.to_height.value_or(source.last_height);
    if (last > source.last_height)
        return Error{Code::bad_argument, "there is no block " + std::to_string(last) +
                                             "; the last is block " + std::to_string(source.last_height)};
    if (source.first_height > report.before + 1)
        return Error{Code::height_pruned, "the blocks begin with " + std::to_string(source.first_height) +
                                              " and the working folder ends with " +
                                              std::to_string(report.before) +
                                              ": take a node or an archive that has what is between them"};
    auto divergence = opened->compare_tip();
    if (!divergence) return divergence.error();
    report.divergence = *std::move(divergence);
    const auto began = std::chrono::steady_clock::now();
    if (!report.divergence && last > report.before) {
        auto done = replay(*opened, source, last, std::max(options.threads, 1U), progress, report.divergence);
        if (!done) return done.error();
    }
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    report.height = opened->height();
    report.block_hash = opened->store().tip()->hash();
    report.state_root = opened->store().tip()->state_root();
    report.counts = opened->counts();
    if (report.divergence) return report;
    auto recomputed = recompute(*opened, report);
    if (!recomputed) return recomputed.error();
    report.divergence = *std::move(recomputed);
    return report;
}

Result<ReplaySource> replay_of_archive(const std::filesystem::path& file, const Progress& progress) {
    auto content = read_archive(file, progress);
    if (!content) return content.error();
    const auto blocks = std::make_shared<ArchiveBlocks>(file);
    return ReplaySource{std::move(content->genesis),
                        content->summary.first_height,
                        content->summary.last_height,
                        [blocks](std::uint64_t height) { return blocks->block(height); },
                        {},
                        {}};
}

Result<ReplaySource> replay_of_store(const std::filesystem::path& folder, const std::string& chain) {
    auto opened = open_store(folder, chain);
    if (!opened) return opened.error();
    const std::shared_ptr<const storage::ChainStore> store = *std::move(opened);
    auto blocks = blocks_of(store);
    if (!blocks) return blocks.error();
    const auto receipts = [store](std::uint64_t height) -> Result<std::vector<Bytes>> {
        const auto bytes = store->receipts(height);
        if (!bytes) return bytes.error();
        proto::Receipts list;
        if (!*bytes || !list.ParseFromString(**bytes))
            return Error{Code::store_damaged, "the receipts cannot be read"};
        return std::vector<Bytes>(list.receipts().begin(), list.receipts().end());
    };
    const auto records = [store](
                             std::uint64_t height,
                             const std::vector<Bytes>& keys) -> Result<std::vector<std::optional<Bytes>>> {
        const auto state = store->at(height);
        if (!state) return state.error();
        std::vector<std::optional<Bytes>> values;
        for (const auto& key : keys) values.push_back((*state)->get(key));
        return values;
    };
    return ReplaySource{std::move(blocks->genesis),
                        blocks->first_height,
                        blocks->last_height,
                        std::move(blocks->block),
                        receipts,
                        records};
}

std::vector<std::string> chains_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
        if (std::filesystem::exists(entry.path() / "store" / "CURRENT"))
            names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace pcq::audit
