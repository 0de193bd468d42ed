// Conservation of credits: what records of accounts changed by against the totals, and what was converted
// against the reserve.
#include <map>

#include "contracts/conservation.h"
#include "contracts/emissions/credits.h"
#include "contracts/quota/reserve.h"
#include "src/base/wide.h"

namespace pcq::contracts {
namespace {

struct Moved {
    Int128 minted = 0;
    Int128 converted = 0;
    Int128 expired = 0;
    Int128 quota = 0;     // got for credits, by the credits' own records
    Int128 holdings = 0;  // the same, by the holdings
};

Error violated(Period period, const std::string& what) {
    return Error{Code::conservation_violated, "credits of period " + std::to_string(period) + ": " + what};
}

template <class Record>
Record record_or_default(const std::optional<Bytes>& bytes) {
    if (!bytes) return Record();
    auto record = ledger::decode<Record>(*bytes);
    PCQ_INVARIANT(record.has_value());
    return *std::move(record);
}

void add(Moved& moved, const proto::CreditRecord& record, int sign) {
    moved.minted += static_cast<Int128>(sign) * record.minted_g();
    moved.converted += static_cast<Int128>(sign) * record.converted_g();
    moved.expired += static_cast<Int128>(sign) * record.expired_g();
    moved.quota += static_cast<Int128>(sign) * record.quota_g();
}

Result<> check_period(Period period, const Moved& moved, const StateReader& before,
                      const StateReader& after) {
    const auto old_totals = kCreditTotals.find_or_default(before, period);
    const auto new_totals = kCreditTotals.find_or_default(after, period);
    const auto differs = [](Int128 change, std::int64_t from, std::int64_t to) {
        return change != static_cast<Int128>(to) - from;
    };
    if (differs(moved.minted, old_totals.minted_g(), new_totals.minted_g()) ||
        differs(moved.converted, old_totals.converted_g(), new_totals.converted_g()) ||
        differs(moved.expired, old_totals.expired_g(), new_totals.expired_g())) {
        return violated(period, "the records changed by other amounts than the totals");
    }
    const auto old_reserve = quota::reserve(before, period);
    const auto new_reserve = quota::reserve(after, period);
    if (moved.quota != moved.holdings ||
        differs(moved.quota, old_reserve.converted_g(), new_reserve.converted_g()))
        return violated(period, "the quota got for them is not what the reserve gave");
    if (new_reserve.converted_g() > new_reserve.issued_g())
        return violated(period, "the reserve gave more than there was");
    return {};
}

}  // namespace

Result<> check_credits(const StateReader& before, const Overlay& after) {
    std::map<Period, Moved> periods;
    for (const auto& [key, value] : after.changes()) {
        const auto table = static_cast<std::uint8_t>(key[0]);
        if (table != kCreditsNumber && table != kHoldingsNumber && table != kReservesNumber &&
            table != kCreditTotalsNumber)
            continue;
        const Period period = load_u32(BytesView(key).substr(key.size() - 4));
        Moved& moved = periods[period];
        if (table == kCreditsNumber) {
            const auto record = record_or_default<proto::CreditRecord>(value);
            if (emissions::left(record).is_negative())
                return violated(period, "an account has less than none");
            add(moved, record, 1);
            add(moved, record_or_default<proto::CreditRecord>(before.get(key)), -1);
        } else if (table == kHoldingsNumber) {
            moved.holdings += record_or_default<proto::HoldingRecord>(value).converted_g();
            moved.holdings -= record_or_default<proto::HoldingRecord>(before.get(key)).converted_g();
        }
    }
    for (const auto& [period, moved] : periods) {
        if (auto checked = check_period(period, moved, before, after); !checked) return checked.error();
    }
    return {};
}

}  // namespace pcq::contracts
