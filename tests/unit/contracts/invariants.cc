#include "tests/unit/contracts/invariants.h"

#include <algorithm>
#include <limits>
#include <set>

#include "contracts/tables.h"
#include "src/base/wide.h"
#include "src/crypto/hash.h"

namespace pcq::contracts::testing {
namespace {

// Sums over the records of one vintage.
struct Sums {
    Int128 issued = 0;
    Int128 batches = 0;           // main chain, with the reserve
    Int128 converted = 0;         // from credits, by the holdings
    Int128 credit_quota = 0;      // the same, by the credits
    proto::CreditRecord credits;  // their sums fit in every test
    proto::CreditTotalsRecord credit_totals;
    proto::ReserveRecord reserve;
    Int128 held = 0;
    Int128 inventory = 0;
    Int128 escrow = 0;
    Int128 surrendered = 0;
    Int128 expired = 0;
    Int128 sold = 0;
    Int128 purchased = 0;
    Int128 passed_on = 0;
    proto::BookRecord book;
};

// What people were settled for, summed up, against the period's report.
struct Settled {
    std::uint64_t people = 0;
    Int128 emitted = 0;
    Int128 obligation = 0;
    Int128 own_surrendered = 0;
    Int128 purchased_surrendered = 0;
    Int128 borrowed = 0;
    Int128 penalised = 0;
    Int128 paid = 0;
    Int128 owed = 0;
    Int128 banked = 0;
    Int128 expired = 0;
};

struct Recomputed {
    std::map<Period, Sums> vintages;
    std::map<Period, proto::VintageTotals> totals;
    Int128 cash = 0;
    std::map<Period, Settled> settled;
    std::map<Period, proto::PeriodReport> reports;
    std::map<Bytes, std::set<Period>> open_debts;  // by account, from the debts
    std::map<Bytes, std::set<Period>> listed;      // by account, from the lists
    proto::CashTotalsRecord cash_totals;
    std::string broken;

    void expect(bool condition, const std::string& what) {
        if (!condition && broken.empty()) broken = what;
    }
};

// The number that a key ends in.
Period last_period(BytesView key) {
    return load_u32(key.substr(key.size() - 4));
}

void add_holding(Recomputed& all, Period vintage, const proto::HoldingRecord& record) {
    Sums& sums = all.vintages[vintage];
    const Int128 held = static_cast<Int128>(record.issued_g()) + record.purchased_g() - record.sold_g() -
                        record.surrendered_g() - record.expired_g() - record.passed_on_g() -
                        record.escrow_g();
    all.expect(held >= 0 && record.escrow_g() >= 0 && record.issued_g() >= 0 && record.sold_g() >= 0 &&
                   record.purchased_g() >= 0 && record.surrendered_g() >= 0 &&
                   record.expired_g() >= record.clawed_back_g() && record.clawed_back_g() >= 0,
               "a holding is negative");
    sums.held += held;
    sums.escrow += record.escrow_g();
    sums.issued += record.issued_g();
    sums.surrendered += record.surrendered_g();
    sums.expired += record.expired_g();
    sums.sold += record.sold_g();
    sums.purchased += record.purchased_g();
    sums.passed_on += record.passed_on_g();
    all.expect(record.converted_g() >= 0 && record.converted_g() <= record.issued_g(),
               "more was converted than issued");
    sums.converted += record.converted_g();
}

void add_credits(Recomputed& all, Period period, const proto::CreditRecord& record) {
    Sums& sums = all.vintages[period];
    all.expect(record.minted_g() - record.converted_g() - record.expired_g() >= 0 &&
                   record.converted_g() >= 0 && record.expired_g() >= 0 && record.quota_g() >= 0,
               "credits are negative");
    sums.credits.set_minted_g(sums.credits.minted_g() + record.minted_g());
    sums.credits.set_converted_g(sums.credits.converted_g() + record.converted_g());
    sums.credits.set_expired_g(sums.credits.expired_g() + record.expired_g());
    sums.credit_quota += record.quota_g();
}

// Credits of a period against their totals, and what they were converted into against the reserve.
void check_credits(Recomputed& all, const Sums& sums, const std::string& of) {
    all.expect(sums.credit_totals.minted_g() == sums.credits.minted_g() &&
                   sums.credit_totals.converted_g() == sums.credits.converted_g() &&
                   sums.credit_totals.expired_g() == sums.credits.expired_g(),
               "the credits" + of);
    all.expect(sums.converted == sums.credit_quota && sums.converted == sums.reserve.converted_g() &&
                   sums.reserve.converted_g() <= sums.reserve.issued_g(),
               "what the reserve gave" + of);
}

void add_book(Recomputed& all, Period vintage, const proto::BookRecord& record) {
    Sums& sums = all.vintages[vintage];
    all.expect(record.inventory_g() >= 0 && record.expired_g() >= 0, "an inventory is negative");
    sums.inventory += record.inventory_g();
    sums.expired += record.expired_g();
    sums.book = record;
}

void add_settlement(Recomputed& all, Period period, const proto::SettlementRecord& record) {
    Settled& sums = all.settled[period];
    ++sums.people;
    sums.emitted += record.emitted_g();
    sums.obligation += record.obligation_g();
    sums.own_surrendered += record.own_surrendered_g();
    sums.purchased_surrendered += record.purchased_surrendered_g();
    sums.borrowed += record.borrowed_g();
    sums.penalised += record.penalised_g();
    sums.paid += record.penalty_paid_uy();
    sums.owed += record.penalty_owed_uy();
    sums.banked += record.banked_g();
    sums.expired += record.expired_g();
    all.expect(record.own_surrendered_g() >= 0 && record.penalised_g() >= 0 && record.borrowed_g() >= 0 &&
                   record.penalty_paid_uy() >= 0 && record.penalty_owed_uy() >= 0 && record.banked_g() >= 0 &&
                   record.expired_g() >= 0,
               "a settlement is negative");
}

void add_debt(Recomputed& all, const Bytes& account, Period period, const proto::DebtRecord& debt) {
    const Int128 open = static_cast<Int128>(debt.owed_uy()) + debt.clawed_back_uy() - debt.paid_uy();
    all.expect(debt.owed_uy() >= 0 && debt.clawed_back_uy() >= 0 && debt.paid_uy() >= 0 && open >= 0,
               "a debt is negative");
    if (open > 0) all.open_debts[account].insert(period);
}

void add_liabilities(Recomputed& all, const Bytes& account, const proto::LiabilityRecord& record) {
    all.expect(record.refund_owed_uy() >= 0, "a refund is negative");
    for (const Period period : record.periods()) all.listed[account].insert(period);
}

// The records of what people owe; whether it was one.
bool add_owed(Recomputed& all, BytesView key, BytesView value) {
    const auto is = [&key](const auto& example) { return key[0] == example[0]; };
    if (is(kSettlements.key({AccountId(), 0}))) {
        add_settlement(all, last_period(key), decoded<proto::SettlementRecord>(value));
    } else if (is(kDebts.key({AccountId(), 0}))) {
        add_debt(all, Bytes(key.substr(1, AccountId::kSize)), last_period(key),
                 decoded<proto::DebtRecord>(value));
    } else if (is(kLiabilities.key(AccountId()))) {
        add_liabilities(all, Bytes(key.substr(1)), decoded<proto::LiabilityRecord>(value));
    } else if (is(kObligations.key(AccountId()))) {
        all.expect(decoded<proto::ObligationRecord>(value).grams() > 0, "an obligation of nothing");
    } else if (is(kPeriodReports.key({ChainId(), 0}))) {
        all.reports[last_period(key)] = decoded<proto::PeriodReport>(value);
    } else {
        return false;
    }
    return true;
}

void check_report(Recomputed& all, Period period, const Settled& sums) {
    const auto& report = all.reports[period];
    const auto capped = [](Int128 sum) {
        constexpr Int128 kMost = std::numeric_limits<std::int64_t>::max();
        return static_cast<std::int64_t>(std::min(sum, kMost));
    };
    all.expect(report.people() == sums.people && report.emitted_g() == capped(sums.emitted) &&
                   report.obligation_g() == capped(sums.obligation) &&
                   report.own_surrendered_g() == sums.own_surrendered &&
                   report.purchased_surrendered_g() == sums.purchased_surrendered &&
                   report.borrowed_g() == sums.borrowed && report.penalised_g() == capped(sums.penalised) &&
                   report.penalty_paid_uy() == sums.paid && report.penalty_owed_uy() == capped(sums.owed) &&
                   report.banked_g() == sums.banked && report.expired_g() == sums.expired,
               "the report of period " + std::to_string(period) + " against what people were settled for");
}

// Each auditor once for each chain, in order, within the bounds.
void check_attestations(Recomputed& all, const proto::Attestations& record) {
    std::map<Bytes, int> of_auditor;
    std::pair<Bytes, Bytes> previous;
    for (const auto& entry : record.attestations()) {
        const std::pair place(entry.chain(), entry.auditor());
        all.expect(previous < place, "the order of attestations");
        all.expect(entry.height() > 0 && entry.block_hash().size() == Hash::kSize,
                   "an attestation of no block");
        all.expect(++of_auditor[entry.auditor()] <= 16, "an auditor attests too many chains");
        previous = place;
    }
    all.expect(record.attestations_size() <= 256, "too many attestations");
}

void add(Recomputed& all, BytesView key, BytesView value) {
    if (add_owed(all, key, value)) return;
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
    if (key[0] == kIssuance.key({})[0]) {
        all.vintages[last_period(key)].batches += decoded<proto::IssuanceRecord>(value).reserve_g();
    } else if (key[0] == kCredits.key({})[0]) {
        add_credits(all, last_period(key), decoded<proto::CreditRecord>(value));
    } else if (key[0] == kCreditTotals.key(0)[0]) {
        all.vintages[last_period(key)].credit_totals = decoded<proto::CreditTotalsRecord>(value);
    } else if (key[0] == kReserves.key(0)[0]) {
        all.vintages[last_period(key)].reserve = decoded<proto::ReserveRecord>(value);
    }
    if (key == kAttestations.key(Only())) check_attestations(all, decoded<proto::Attestations>(value));
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
    check_credits(all, sums, of);
    all.expect(totals.issued_g() == sums.issued, "the issued grams" + of);
    all.expect(totals.held_g() == sums.held, "the held grams" + of);
    all.expect(totals.inventory_g() == sums.inventory, "the inventory" + of);
    all.expect(totals.surrendered_g() == sums.surrendered, "the surrendered grams" + of);
    all.expect(totals.expired_g() == sums.expired, "the expired grams" + of);
    all.expect(totals.escrow_g() == sums.escrow, "the grams in escrow" + of);
    all.expect(totals.exported_g() == 0, "export" + of);
    all.expect(sums.issued == sums.held + sums.inventory + sums.escrow + sums.surrendered + sums.expired,
               "the equation" + of);
    all.expect(sums.book.bought_g() + sums.book.matched_g() <= sums.sold &&
                   sums.book.sold_g() + sums.book.matched_g() <= sums.purchased,
               "what people sold and bought against the platform's book" + of);
    all.expect(sums.sold + sums.passed_on == sums.purchased + sums.inventory + sums.book.expired_g(),
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

    if (!is_main) {
        for (const auto& [period, sums] : all.settled) check_report(all, period, sums);
        all.expect(all.open_debts == all.listed, "the list of open debts");
    }

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

namespace {

template <class Record>
std::string broken_link(const Bytes& key, const std::optional<Bytes>& old_bytes, const Bytes& new_bytes,
                        const proto::Header& header) {
    const auto before = old_bytes ? decoded<Record>(*old_bytes) : Record();
    auto after = decoded<Record>(new_bytes);
    const auto said = after.movements();
    after.clear_movements();
    auto old = before;
    old.clear_movements();
    if (old_bytes && old.SerializeAsString() == after.SerializeAsString())
        return old_bytes == new_bytes ? "" : "a link for nothing";
    Bytes data = before.movements().hash().empty() ? Bytes(32, '\0') : before.movements().hash();
    for (const std::uint64_t number : {before.movements().count() + 1, std::uint64_t{header.height()}}) {
        for (int shift = 56; shift >= 0; shift -= 8) data.push_back(static_cast<char>(number >> shift));
    }
    data += key + after.SerializeAsString();
    const Hash due = crypto::tagged_hash("movement", *ChainId::from(header.chain_id()), data);
    if (said.count() != before.movements().count() + 1) return "a link was not counted";
    if (said.height() != header.height()) return "a link is of another block";
    return said.hash() == due.view() ? "" : "a link is another hash";
}

}  // namespace

std::string broken_movement(const std::map<Bytes, Bytes, std::less<>>& before,
                            const ledger::StateChanges& changes, const proto::Header& header) {
    for (const auto& [key, value] : changes) {
        if (!value) continue;
        const auto old = before.find(key);
        const auto old_bytes = old == before.end() ? std::nullopt : std::optional(old->second);
        std::string broken;
        if (static_cast<std::uint8_t>(key[0]) == kHoldingsNumber)
            broken = broken_link<proto::HoldingRecord>(key, old_bytes, *value, header);
        if (static_cast<std::uint8_t>(key[0]) == kCashNumber)
            broken = broken_link<proto::CashRecord>(key, old_bytes, *value, header);
        if (!broken.empty()) return broken;
    }
    return "";
}

}  // namespace pcq::contracts::testing
