#include "src/audit/totals.h"

#include <limits>
#include <set>

#include "proto/pcq/v1/consensus.pb.h"

#include "contracts/chain.h"
#include "contracts/tables.h"
#include "src/base/hex.h"
#include "src/base/wide.h"
#include "src/storage/vote_store.h"

namespace pcq::audit {
namespace {

Error violated(const std::string& what) {
    return Error{Code::conservation_violated, what};
}

// Sums of any number of 64-bit amounts are exact here.
struct Exact {
    Int128 issued = 0;
    Int128 held = 0;
    Int128 surrendered = 0;
    Int128 expired = 0;
    Int128 inventory = 0;
    Int128 escrow = 0;
    std::uint64_t holders = 0;
};

// Key bytes: the number of the table, then its parts.
constexpr std::uint8_t kPeriodsNumber = 32;
constexpr std::uint8_t kVintageTotalsNumber = 34;
constexpr std::size_t kPeriodBytes = 4;
constexpr std::size_t kCashKeyBytes = 1 + AccountId::kSize;
constexpr std::size_t kHoldingKeyBytes = 1 + AccountId::kSize + kPeriodBytes;
constexpr std::size_t kBookKeyBytes = 1 + kPeriodBytes;
constexpr std::size_t kIssuanceKeyBytes = 1 + ChainId::kSize + kPeriodBytes;
constexpr std::size_t kBatchKeyBytes = 1 + ChainId::kSize + kPeriodBytes + 4;

// The sums over all records that carry value.
class Counting {
public:
    explicit Counting(bool is_main) : is_main_(is_main) {}

    // False if the record is of such a table and not as the contracts write it.
    bool count(BytesView key, BytesView value) {
        if (key.empty()) return true;
        const auto table = static_cast<std::uint8_t>(key[0]);
        if (table == contracts::kCashNumber) return count_cash(key, value);
        if (table == contracts::kHoldingsNumber) return count_holding(key, value);
        if (table == contracts::kBooksNumber) return count_book(key, value);
        if (table == contracts::kBatchesNumber && is_main_) return count_batch(key, value);
        if (table == contracts::kIssuanceNumber && is_main_) return count_reserve(key, value);
        if (table == kPeriodsNumber) return note_period(key, value);
        if (table == kVintageTotalsNumber) return note_totals(key, value);
        return true;
    }

    // What headers have to say of the vintages: theirs, and of those that they name no more the contracts'
    // record.
    std::map<std::uint32_t, proto::VintageTotals> completed(
        std::map<std::uint32_t, proto::VintageTotals> certified) const {
        for (const std::uint32_t vintage : settled_) {
            if (vintage == *settled_.rbegin() || certified.count(vintage) != 0) continue;
            const auto kept = kept_.find(vintage);
            if (kept != kept_.end()) certified[vintage] = kept->second;
        }
        return certified;
    }

    Result<> report(TotalsReport& report) const {
        report.accounts = accounts_;
        bool fits = fit(cash_, report.cash);
        for (const auto& [vintage, exact] : vintages_) {
            VintageSum& sum = report.vintages[vintage];
            sum.holders = exact.holders;
            fits = fits && fit(exact.issued, sum.issued) && fit(exact.held, sum.held) &&
                   fit(exact.surrendered, sum.surrendered) && fit(exact.expired, sum.expired) &&
                   fit(exact.inventory, sum.inventory) && fit(exact.escrow, sum.escrow);
        }
        if (!fits) return Error{Code::amount_overflow, "the records add up to more than 64 bits hold"};
        return {};
    }

private:
    template <class Unit>
    static bool fit(Int128 exact, Amount<Unit>& amount) {
        using Limits = std::numeric_limits<std::int64_t>;
        amount = Amount<Unit>(static_cast<std::int64_t>(exact));
        return exact >= Limits::min() && exact <= Limits::max();
    }

    bool count_cash(BytesView key, BytesView value) {
        proto::CashRecord record;
        if (key.size() != kCashKeyBytes || !ledger::decode_canonical(value, record)) return false;
        cash_ += record.balance_uy();
        cash_ += record.escrow_uy();
        ++accounts_;
        return true;
    }

    bool count_holding(BytesView key, BytesView value) {
        proto::HoldingRecord record;
        if (key.size() != kHoldingKeyBytes || !ledger::decode_canonical(value, record)) return false;
        Exact& sum = vintages_[load_u32(key.substr(kHoldingKeyBytes - kPeriodBytes))];
        sum.issued += record.issued_g();
        sum.surrendered += record.surrendered_g();
        sum.expired += record.expired_g();
        sum.escrow += record.escrow_g();
        sum.held += static_cast<Int128>(record.issued_g()) + record.purchased_g() - record.sold_g() -
                    record.surrendered_g() - record.expired_g() - record.passed_on_g() - record.escrow_g();
        ++sum.holders;
        return true;
    }

    bool count_book(BytesView key, BytesView value) {
        proto::BookRecord record;
        if (key.size() != kBookKeyBytes || !ledger::decode_canonical(value, record)) return false;
        Exact& sum = vintages_[load_u32(key.substr(1))];
        sum.inventory += record.inventory_g();
        sum.expired += record.expired_g();
        return true;
    }

    bool count_batch(BytesView key, BytesView value) {
        proto::BatchRecord record;
        if (key.size() != kBatchKeyBytes || !ledger::decode_canonical(value, record)) return false;
        Exact& sum = vintages_[load_u32(key.substr(1 + ChainId::kSize))];
        sum.issued += record.total_g();
        sum.held += record.total_g();
        return true;
    }

    // Of what is issued to a side chain, the batches are counted by themselves.
    bool count_reserve(BytesView key, BytesView value) {
        proto::IssuanceRecord record;
        if (key.size() != kIssuanceKeyBytes || !ledger::decode_canonical(value, record)) return false;
        Exact& sum = vintages_[load_u32(key.substr(1 + ChainId::kSize))];
        sum.issued += record.reserve_g();
        sum.held += record.reserve_g();
        return true;
    }

    bool note_period(BytesView key, BytesView value) {
        proto::PeriodRecord record;
        if (key.size() != 1 + kPeriodBytes || !ledger::decode_canonical(value, record)) return false;
        if (record.phase() == proto::PERIOD_PHASE_SETTLED) settled_.insert(load_u32(key.substr(1)));
        return true;
    }

    bool note_totals(BytesView key, BytesView value) {
        proto::VintageTotals record;
        if (key.size() != 1 + kPeriodBytes || !ledger::decode_canonical(value, record)) return false;
        kept_[load_u32(key.substr(1))] = record;
        return true;
    }

    const bool is_main_;
    std::map<std::uint32_t, Exact> vintages_;
    std::set<std::uint32_t> settled_;                     // periods
    std::map<std::uint32_t, proto::VintageTotals> kept_;  // by the contracts
    Int128 cash_ = 0;
    std::uint64_t accounts_ = 0;
};

Result<> equal(const std::string& what, std::int64_t counted, std::int64_t certified) {
    if (counted == certified) return {};
    return violated(what + ": the records add up to " + std::to_string(counted) +
                    ", the certified header says " + std::to_string(certified));
}

// One vintage; what only one side knows is nothing on the other.
Result<> compare(std::uint32_t vintage, const VintageSum& sum, const proto::VintageTotals& certified) {
    const std::string name = "vintage " + std::to_string(vintage);
    struct Part {
        const char* name;
        std::int64_t counted;
        std::int64_t certified;
    };
    const Part parts[] = {
        {", issued", sum.issued.value(), certified.issued_g()},
        {", held", sum.held.value(), certified.held_g()},
        {", inventory", sum.inventory.value(), certified.inventory_g()},
        {", escrow", sum.escrow.value(), certified.escrow_g()},
        {", surrendered", sum.surrendered.value(), certified.surrendered_g()},
        {", expired", sum.expired.value(), certified.expired_g()},
        {", exported", 0, certified.exported_g()},
    };
    Int128 accounted = -static_cast<Int128>(sum.issued.value());
    for (const Part& part : parts) {
        if (auto same = equal(name + part.name, part.counted, part.certified); !same) return same.error();
        accounted += &part == &parts[0] ? 0 : part.counted;
    }
    if (accounted != 0)
        return violated(name + ": what is held, surrendered and expired is not what was issued");
    return {};
}

Result<> compare(const TotalsReport& report, const Counting& counting) {
    std::map<std::uint32_t, proto::VintageTotals> certified;
    for (const auto& vintage : report.certified.vintages()) {
        if (!certified.empty() && certified.rbegin()->first >= vintage.vintage())
            return violated("vintage " + std::to_string(vintage.vintage()) +
                            " is named twice or out of order in the certified header");
        certified[vintage.vintage()] = vintage;
    }
    certified = counting.completed(std::move(certified));
    std::set<std::uint32_t> vintages;
    for (const auto& [vintage, sum] : report.vintages) vintages.insert(vintage);
    for (const auto& [vintage, totals] : certified) vintages.insert(vintage);
    for (const std::uint32_t vintage : vintages) {
        const auto at = report.vintages.find(vintage);
        const VintageSum sum = at == report.vintages.end() ? VintageSum() : at->second;
        if (auto same = compare(vintage, sum, certified[vintage]); !same) return same.error();
    }
    if (auto same = equal("cash", report.cash.value(), report.certified.cash_held_uy()); !same)
        return same.error();
    const Int128 net = static_cast<Int128>(report.certified.deposited_uy()) - report.certified.withdrawn_uy();
    if (net != report.cash.value())
        return violated("cash: the records add up to " + std::to_string(report.cash.value()) +
                        ", which is not what was deposited less withdrawn");
    return {};
}

// Block 0 is certified by nobody; the genesis document says what it is.
Result<> check_genesis_block(const storage::ChainStore& store, const ledger::Genesis& genesis) {
    const auto contracts = contracts::contracts_of(genesis.fields.kind());
    const auto made = ledger::make_genesis(*contracts, genesis);
    if (!made) return made.error();
    const auto stored = store.header(0);
    if (!stored) return stored.error();
    if (!*stored || (*stored)->hash() != made->header.hash())
        return Error{Code::store_damaged, "block 0 is damaged: it is not what the genesis document gives"};
    return {};
}

// A node votes at a height when it has the block below on disk. If it has not any more, its last blocks are
// gone: a damaged length near the end of a log looks like a write that was never finished.
Result<> compare_with_votes(const std::filesystem::path& votes, std::uint64_t tip) {
    if (!std::filesystem::exists(votes)) return {};  // an observer's, or a copy of the store alone
    const auto opened = storage::VoteStore::open(votes);
    if (!opened) return opened.error();
    if (!opened->last) return {};
    const auto voted = ledger::decode<proto::VoteRecord>(*opened->last).value_or(proto::VoteRecord());
    if (voted.height() <= tip + 1) return {};
    return Error{Code::store_damaged,
                 "the chain ends at height " + std::to_string(tip) + ", but this node has voted at height " +
                     std::to_string(voted.height()) + ": blocks are missing from its end"};
}

}  // namespace

Result<TotalsReport> count_totals(const storage::ChainStore& store) {
    auto document = store.genesis_document();
    if (!document) return document.error();
    const auto genesis = ledger::Genesis::from(*std::move(document));
    if (!genesis) return genesis.error();
    TotalsReport report;
    report.chain = genesis->fields.name();
    const auto tip = store.tip();
    report.height = (*tip)->height();
    report.state_root = tip->state_root();
    report.certified = (*tip)->totals();
    Counting counting(genesis->fields.kind() == proto::CHAIN_KIND_MAIN);
    std::optional<Bytes> unreadable;
    auto read = store.for_each_record([&](BytesView key, BytesView value) {
        if (!counting.count(key, value) && !unreadable) unreadable = Bytes(key);
    });
    if (!read) return read.error();
    if (unreadable)
        return violated("the record with key " + to_hex(*unreadable) +
                        " is in the certified state, but cannot be read");
    if (auto counted = counting.report(report); !counted) return counted.error();
    if (auto same = compare(report, counting); !same) return same.error();
    return report;
}

Result<TotalsReport> audit_totals(const std::filesystem::path& path,
                                  const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    if (!std::filesystem::exists(path / "CURRENT"))
        return Error{Code::not_found, path.string() + " holds no chain store"};
    storage::Options options;
    options.path = path;
    options.read_only = true;
    auto store = storage::ChainStore::open(std::move(options));
    if (!store) return store.error();
    if (!(*store)->has_genesis())
        return Error{Code::not_found, path.string() + " holds a store without a chain"};
    auto document = (*store)->genesis_document();
    if (!document) return document.error();
    const auto genesis = ledger::Genesis::from(*std::move(document));
    if (!genesis)
        return Error{Code::store_damaged,
                     "the stored genesis document is damaged: " + genesis.error().message};

    auto verified = (*store)->verify(progress);
    if (!verified) return verified.error();
    if (auto checked = check_genesis_block(**store, *genesis); !checked) return checked.error();
    const std::uint64_t height = (*(*store)->tip())->height();
    if (auto all = compare_with_votes(path.parent_path() / "votes", height); !all) return all.error();
    auto counted = count_totals(**store);
    if (!counted) return counted.error();
    counted->verified = *verified;
    return counted;
}

}  // namespace pcq::audit
