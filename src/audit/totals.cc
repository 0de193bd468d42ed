#include "src/audit/totals.h"

#include "proto/pcq/v1/consensus.pb.h"

#include "contracts/quota/quota.h"
#include "contracts/tables.h"
#include "src/storage/vote_store.h"

namespace pcq::audit {
namespace {

Error differs(const std::string& what, std::int64_t counted, std::int64_t certified) {
    return Error{Code::conservation_violated, what + ": the records add up to " + std::to_string(counted) +
                                                  ", the certified header says " + std::to_string(certified)};
}

void add(Grams& sum, std::int64_t grams) {
    sum = Grams(sum.value() + grams);
}

// One record into the sums, if it is of a kind that carries value.
void count(TotalsReport& report, bool is_main, BytesView key, BytesView value) {
    const auto table = static_cast<std::uint8_t>(key[0]);
    if (table == contracts::kCashNumber) {
        const auto record = ledger::decode<proto::CashRecord>(value).value_or(proto::CashRecord());
        report.cash = MicroYuan(report.cash.value() + record.balance_uy());
        ++report.accounts;
    } else if (table == contracts::kHoldingsNumber) {
        const auto record = ledger::decode<proto::HoldingRecord>(value).value_or(proto::HoldingRecord());
        VintageSum& sum = report.vintages[load_u32(key.substr(key.size() - 4))];
        add(sum.issued, record.issued_g());
        add(sum.held, contracts::quota::held(record).value());
        add(sum.surrendered, record.surrendered_g());
        add(sum.expired, record.expired_g());
        ++sum.holders;
    } else if (table == contracts::kBooksNumber) {
        const auto record = ledger::decode<proto::BookRecord>(value).value_or(proto::BookRecord());
        VintageSum& sum = report.vintages[load_u32(key.substr(key.size() - 4))];
        add(sum.inventory, record.inventory_g());
        add(sum.expired, record.expired_g());
    } else if (is_main && table == contracts::kBatchesNumber) {
        const auto record = ledger::decode<proto::BatchRecord>(value).value_or(proto::BatchRecord());
        VintageSum& sum = report.vintages[load_u32(key.substr(1 + ChainId::kSize))];
        add(sum.issued, record.total_g());
        add(sum.held, record.total_g());
    }
}

Result<> compare(const TotalsReport& report) {
    for (const auto& vintage : report.certified.vintages()) {
        const auto at = report.vintages.find(vintage.vintage());
        const VintageSum sum = at == report.vintages.end() ? VintageSum() : at->second;
        const std::string name = "vintage " + std::to_string(vintage.vintage());
        if (sum.issued.value() != vintage.issued_g())
            return differs(name + ", issued", sum.issued.value(), vintage.issued_g());
        if (sum.held.value() != vintage.held_g())
            return differs(name + ", held", sum.held.value(), vintage.held_g());
        if (sum.inventory.value() != vintage.inventory_g())
            return differs(name + ", inventory", sum.inventory.value(), vintage.inventory_g());
        if (sum.surrendered.value() != vintage.surrendered_g())
            return differs(name + ", surrendered", sum.surrendered.value(), vintage.surrendered_g());
        if (sum.expired.value() != vintage.expired_g())
            return differs(name + ", expired", sum.expired.value(), vintage.expired_g());
    }
    if (report.cash.value() != report.certified.cash_held_uy())
        return differs("cash", report.cash.value(), report.certified.cash_held_uy());
    const std::int64_t net = report.certified.deposited_uy() - report.certified.withdrawn_uy();
    if (report.cash.value() != net) return differs("cash deposited less withdrawn", report.cash.value(), net);
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

    TotalsReport report;
    auto verified = (*store)->verify(progress);
    if (!verified) return verified.error();
    report.verified = *verified;
    report.chain = genesis->fields.name();
    const auto tip = (*store)->tip();
    report.height = (*tip)->height();
    report.state_root = tip->state_root();
    report.certified = (*tip)->totals();
    if (auto all = compare_with_votes(path.parent_path() / "votes", report.height); !all) return all.error();
    const bool is_main = genesis->fields.kind() == proto::CHAIN_KIND_MAIN;
    auto read = (*store)->for_each_record(
        [&](BytesView key, BytesView value) { count(report, is_main, key, value); });
    if (!read) return read.error();
    if (auto equal = compare(report); !equal) return equal.error();
    return report;
}

}  // namespace pcq::audit
