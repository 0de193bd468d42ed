#include "contracts/conservation.h"

#include <map>

#include "contracts/quota/quota.h"
#include "src/base/wide.h"

namespace pcq::contracts {
namespace {

// By how much a block moved one vintage, from the records of accounts and of the platform.
struct Moved {
    Int128 issued = 0;
    Int128 held = 0;
    Int128 inventory = 0;
    Int128 escrow = 0;
    Int128 surrendered = 0;
    Int128 expired = 0;
};

Error violated(const std::string& what) {
    return Error{Code::conservation_violated, what};
}

std::uint8_t table_of(const Bytes& key) {
    return static_cast<std::uint8_t>(key[0]);
}

template <class Record>
Record record_or_default(const std::optional<Bytes>& bytes) {
    if (!bytes) return Record();
    auto record = ledger::decode<Record>(*bytes);
    PCQ_INVARIANT(record.has_value());
    return *std::move(record);
}

// The last four bytes of a key that ends in a period.
Period period_of(const Bytes& key) {
    return load_u32(BytesView(key).substr(key.size() - 4));
}

void add_holding(Moved& moved, const proto::HoldingRecord& record, int sign) {
    moved.issued += static_cast<Int128>(sign) * record.issued_g();
    moved.held += static_cast<Int128>(sign) * quota::held(record).value();
    moved.escrow += static_cast<Int128>(sign) * record.escrow_g();
    moved.surrendered += static_cast<Int128>(sign) * record.surrendered_g();
    moved.expired += static_cast<Int128>(sign) * record.expired_g();
}

void add_book(Moved& moved, const proto::BookRecord& record, int sign) {
    moved.inventory += static_cast<Int128>(sign) * record.inventory_g();
    moved.expired += static_cast<Int128>(sign) * record.expired_g();
}

Int128 owned(const proto::CashRecord& record) {
    return static_cast<Int128>(record.balance_uy()) + record.escrow_uy();
}

Result<> check_vintage(Period vintage, const Moved& moved, const StateReader& before,
                       const StateReader& after) {
    const auto old_totals = quota::vintage_totals(before, vintage);
    const auto new_totals = quota::vintage_totals(after, vintage);
    const auto differs = [](Int128 change, std::int64_t from, std::int64_t to) {
        return change != static_cast<Int128>(to) - from;
    };
    if (differs(moved.issued, old_totals.issued_g(), new_totals.issued_g()) ||
        differs(moved.held, old_totals.held_g(), new_totals.held_g()) ||
        differs(moved.inventory, old_totals.inventory_g(), new_totals.inventory_g()) ||
        differs(moved.escrow, old_totals.escrow_g(), new_totals.escrow_g()) ||
        differs(moved.surrendered, old_totals.surrendered_g(), new_totals.surrendered_g()) ||
        differs(moved.expired, old_totals.expired_g(), new_totals.expired_g())) {
        return violated("vintage " + std::to_string(vintage) +
                        ": the records changed by other amounts than the totals");
    }
    if (new_totals.held_g() < 0 || new_totals.inventory_g() < 0 || new_totals.escrow_g() < 0)
        return violated("vintage " + std::to_string(vintage) + ": a total is negative");
    return {};
}

}  // namespace

Result<> check_holdings(const StateReader& before, const Overlay& after) {
    std::map<Period, Moved> vintages;
    for (const Period vintage : quota::periods(after)) vintages[vintage];
    Int128 cash = 0;
    for (const auto& [key, value] : after.changes()) {
        switch (table_of(key)) {
            case kHoldingsNumber: {
                const auto record = record_or_default<proto::HoldingRecord>(value);
                if (quota::held(record).is_negative() || record.escrow_g() < 0 ||
                    record.sold_g() > record.issued_g() - record.escrow_g())
                    return violated("an account holds less than nothing");
                add_holding(vintages[period_of(key)], record, 1);
                add_holding(vintages[period_of(key)],
                            record_or_default<proto::HoldingRecord>(before.get(key)), -1);
                break;
            }
            case kBooksNumber: {
                const auto record = record_or_default<proto::BookRecord>(value);
                if (record.inventory_g() < 0) return violated("the platform holds less than nothing");
                add_book(vintages[period_of(key)], record, 1);
                add_book(vintages[period_of(key)], record_or_default<proto::BookRecord>(before.get(key)), -1);
                break;
            }
            case kCashNumber: {
                const auto record = record_or_default<proto::CashRecord>(value);
                if (record.balance_uy() < 0 || record.escrow_uy() < 0)
                    return violated("an account has less than no cash");
                cash += owned(record) - owned(record_or_default<proto::CashRecord>(before.get(key)));
                break;
            }
            default:
                break;
        }
    }
    for (const auto& [vintage, moved] : vintages) {
        if (auto checked = check_vintage(vintage, moved, before, after); !checked) return checked.error();
    }
    const Int128 counted = static_cast<Int128>(kCashTotals.find_or_default(after, Only()).held_uy()) -
                           kCashTotals.find_or_default(before, Only()).held_uy();
    if (cash != counted) return violated("balances changed by another amount than the cash total");
    return {};
}

Result<> check_issuance(const StateReader& before, const Overlay& after) {
    std::map<Period, Int128> issued;
    for (const Period vintage : quota::periods(after)) issued[vintage] = 0;
    for (const auto& [key, value] : after.changes()) {
        // Keys: table, side chain, period, and of a batch its number.
        if (table_of(key) == kBatchesNumber) {
            issued[load_u32(BytesView(key).substr(1 + ChainId::kSize))] +=
                static_cast<Int128>(record_or_default<proto::BatchRecord>(value).total_g()) -
                record_or_default<proto::BatchRecord>(before.get(key)).total_g();
        } else if (table_of(key) == kIssuanceNumber) {
            issued[period_of(key)] +=
                static_cast<Int128>(record_or_default<proto::IssuanceRecord>(value).reserve_g()) -
                record_or_default<proto::IssuanceRecord>(before.get(key)).reserve_g();
        }
    }
    for (const auto& [period, change] : issued) {
        const Int128 counted = static_cast<Int128>(quota::vintage_totals(after, period).issued_g()) -
                               quota::vintage_totals(before, period).issued_g();
        if (change != counted) {
            return violated("vintage " + std::to_string(period) +
                            ": batches and reserves changed by another amount than the total");
        }
    }
    return {};
}

}  // namespace pcq::contracts
