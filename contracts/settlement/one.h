// One person's settlement, for the walk over everybody and for an account that is closed. Inside settlement.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::settlement {

// The account ends: what is left goes to the heir, or expires.
struct Rest {
    std::optional<AccountId> heir;
};

struct Settling {
    const BlockContext& block;
    const proto::PeriodRecord& period;
    std::optional<Period> before;  // of which quota was banked
    std::optional<Rest> closing = std::nullopt;
};

// The period right before this one, if it is settled. Only its vintage can still be held: it was banked, and
// is gone after this settlement.
std::optional<Period> settled_before(const StateReader& state, Period period);
// The same for an account that ends now: what it has banked already counts while others still wait for
// theirs.
std::optional<Period> banked_before(const StateReader& state, const AccountId& account, Period period);

// The account is not settled for the period; older debts have been collected. Writes the record and counts it
// in the report.
proto::SettlementRecord settle(const Settling& settling, Overlay& state, const AccountId& account);

proto::Event settled_event(const AccountId& account, Period period, const proto::SettlementRecord& record);

}  // namespace pcq::contracts::settlement
