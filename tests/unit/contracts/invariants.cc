#include "tests/unit/contracts/invariants.h"

#include "contracts/tables.h"
#include "src/base/wide.h"

namespace pcq::contracts::testing {
namespace {

// Sums over the records of one vintage.
struct Sums {
    Int128 issued = 0;
    Int128 batches = 0;  // main chain
    Int128 held = 0;
    Int128 inventory = 0;
    Int128 escrow = 0;
    Int128 surrendered = 0;
    Int128 expired = 0;
    Int128 sold = 0;
    Int128 purchased = 0;
    proto::BookRecord book;
};

struct Recomputed {
    std::map<Period, Sums> vintages;
    std::map<Period, proto::VintageTotals> totals;
    Int128 cash = 0;
    proto::CashTotalsRecord cash_totals;
    std::string broken;

    void expect(bool condition, const std::string& what) {
        if (!condition && broken.empty()) broken = what;
    }
};

template <class Record>
Record decoded(BytesView bytes) {
    auto record = ledger::decode<Record>(bytes);
    PCQ_INVARIANT(record.has_value());
    return *std::move(record);
}

// The number that a key ends in.
Period last_period(BytesView key) {
    return load_u32(key.substr(key.size() - 4));
}

void add_holding(Recomputed& all, Period vintage, const proto::HoldingRecord& record) {
    Sums& sums = all.vintages[vintage];
    const Int128 held = static_cast<Int128>(record.issued_g()) + record.purchased_g() - record.sold_g() -
                        record.surrendered_g() - record.expired_g() - record.escrow_g();
    all.expect(held >= 0 && record.escrow_g() >= 0 && record.issued_g() >= 0 && record.sold_g() >= 0 &&
                   record.purchased_g() >= 0 && record.surrendered_g() >= 0 && record.expired_g() >= 0,
               "a holding is negative");
    sums.held += held;
    sums.escrow += record.escrow_g();
    sums.issued += record.issued_g();
    sums.surrendered += record.surrendered_g();
    sums.expired += record.expired_g();
    sums.sold += record.sold_g();
    sums.purchased += record.purchased_g();
}

void add_book(Recomputed& all, Period vintage, const proto::BookRecord& record) {
    Sums& sums = all.vintages[vintage];
    all.expect(record.inventory_g() >= 0 && record.expired_g() >= 0, "an inventory is negative");
    sums.inventory += record.inventory_g();
    sums.expired += record.expired_g();
    sums.book = record;
}

void add(Recomputed& all, BytesView key, BytesView value) {
    switch (static_cast<std::uint8_t>(key[0])) {
        case kHoldingsNumber:
            return add_holding(all, last_period(key), decoded<proto::HoldingRecord>(value));
        case kBooksNumber:
            return add_book(all, last_period(key), decoded<proto::BookRecord>(value));
        case kBatchesNumber:
            all.vintages[load_u32(key.substr(1 + ChainId::kSize))].batches +=
                decoded<proto::BatchRecord>(value).total_g();
            return;
        case kCashNumber: {
            const auto record = decoded<proto::CashRecord>(value);
            all.expect(record.balance_uy() >= 0 && record.escrow_uy() >= 0, "a balance is negative");
            all.cash += record.balance_uy();
            all.cash += record.escrow_uy();
            return;
        }
        default:
            break;
    }
    if (key == kCashTotals.key(Only())) all.cash_totals = decoded<proto::CashTotalsRecord>(value);
    if (key[0] == kVintageTotals.key(0)[0])
        all.totals[last_period(key)] = decoded<proto::VintageTotals>(value);
}

void check_vintage(Recomputed& all, Period vintage, const Sums& sums, bool is_main) {
    const auto& totals = all.totals[vintage];
    const std::string of = " of vintage " + std::to_string(vintage);
    if (is_main) {
        all.expect(totals.issued_g() == sums.batches && totals.held_g() == sums.batches, "the batches" + of);
        return;
    }
    all.expect(totals.issued_g() == sums.issued, "the issued grams" + of);
    all.expect(totals.held_g() == sums.held, "the held grams" + of);
    all.expect(totals.inventory_g() == sums.inventory, "the inventory" + of);
    all.expect(totals.surrendered_g() == sums.surrendered, "the surrendered grams" + of);
    all.expect(totals.expired_g() == sums.expired, "the expired grams" + of);
    all.expect(totals.escrow_g() == sums.escrow, "the grams in escrow" + of);
    all.expect(totals.exported_g() == 0, "export" + of);
    all.expect(sums.issued == sums.held + sums.inventory + sums.escrow + sums.surrendered + sums.expired,
               "the equation" + of);
    all.expect(sums.book.bought_g() + sums.book.matched_g() == sums.sold &&
                   sums.book.sold_g() + sums.book.matched_g() == sums.purchased,
               "what people sold and bought against the platform's book" + of);
    all.expect(sums.sold == sums.purchased + sums.inventory + sums.book.expired_g(),
               "what became of the grams sold" + of);
}

}  // namespace

std::string broken_invariant(const std::map<Bytes, Bytes, std::less<>>& records,
                             const proto::Header& header) {
    Recomputed all;
    for (const auto& [key, value] : records) add(all, key, value);
    const auto chain = records.find(kChain.key(Only()));
    PCQ_INVARIANT(chain != records.end());
    const bool is_main = decoded<proto::ChainRecord>(chain->second).kind() == proto::CHAIN_KIND_MAIN;
    for (const auto& [vintage, sums] : all.vintages) check_vintage(all, vintage, sums, is_main);

    const auto& cash = all.cash_totals;
    all.expect(cash.held_uy() == all.cash, "cash held against the sum of the balances");
    all.expect(static_cast<Int128>(cash.deposited_uy()) - cash.withdrawn_uy() == all.cash,
               "deposits less withdrawals against the sum of the balances");
    all.expect(header.totals().cash_held_uy() == cash.held_uy() &&
                   header.totals().deposited_uy() == cash.deposited_uy() &&
                   header.totals().withdrawn_uy() == cash.withdrawn_uy(),
               "cash as the header certifies it");
    for (const auto& vintage : header.totals().vintages()) {
        auto expected = all.totals[vintage.vintage()];
        expected.set_vintage(vintage.vintage());
        all.expect(expected.SerializeAsString() == vintage.SerializeAsString(),
                   "vintage " + std::to_string(vintage.vintage()) + " as the header certifies it");
    }
    return all.broken;
}

}  // namespace pcq::contracts::testing
