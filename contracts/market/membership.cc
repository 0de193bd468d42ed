// Who takes part in a period's market, what joining costs, and what a member may trade.
#include <algorithm>
#include <limits>

#include "contracts/cash/cash.h"
#include "contracts/governance/governance.h"
#include "contracts/governance/pause.h"
#include "contracts/market/market.h"
#include "contracts/market/orders.h"
#include "contracts/pricing/fees.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/settlement/settlement.h"
#include "src/base/wide.h"

namespace pcq::contracts::market {
namespace {

const char* verb(proto::MarketSide side) {
    return side == proto::MARKET_SIDE_DEMAND ? "buy" : "sell";
}

struct Sides {
    bool buys = false;
    bool sells = false;

    const char* verbs() const { return buys && sells ? "buy and sell" : buys ? "buy" : "sell"; }
    proto::MarketSide side() const {
        if (buys && sells) return proto::MARKET_SIDE_UNSPECIFIED;
        return buys ? proto::MARKET_SIDE_DEMAND : proto::MARKET_SIDE_SUPPLY;
    }
};

// Those that are asked for and not joined yet.
Sides new_sides(const proto::MemberRecord& member, proto::MarketSide asked) {
    return {asked != proto::MARKET_SIDE_SUPPLY && !member.buys(),
            asked != proto::MARKET_SIDE_DEMAND && !member.sells()};
}

// The flat fee is for the market as a whole; each side of the model has its own.
Result<MicroYuan> fee_of(const proto::FeeRecord& fees, const proto::MemberRecord& member,
                         const Sides& joining) {
    if (fees.source() == proto::FEE_SOURCE_FLAT && (member.buys() || member.sells())) return MicroYuan();
    if ((joining.buys && joining.sells) || fees.source() == proto::FEE_SOURCE_FLAT)
        return pricing::charge_for_both(fees);
    return MicroYuan(joining.buys ? fees.charge_d_uy() : fees.charge_s_uy());
}

// What a frozen account owns stays where it is, the platform's too.
Result<> require_platform(const StateReader& state) {
    const auto platform = ledger::kAccounts.find(state, governance::platform(state));
    if (platform->status() == proto::ACCOUNT_STATUS_OPEN) return {};
    return Error{
        Code::market_closed,
        "the platform's account is frozen; meanwhile nothing is traded, and it pays nobody for joining"};
}

// A negative fee is paid by the platform.
Result<> pay_fee(Overlay& state, const AccountId& account, MicroYuan fee) {
    const AccountId platform = governance::platform(state);
    if (!fee.is_negative()) return cash::pay(state, {account, platform, fee});
    if (auto open = require_platform(state); !open) return open.error();
    auto paid = cash::pay(state, {platform, account, MicroYuan(-fee.value())});
    if (!paid)
        return Error{paid.error().code, "the platform cannot pay the subsidy: " + paid.error().message};
    return {};
}

}  // namespace

Result<> validate(const proto::JoinMarket& action) {
    if (!proto::MarketSide_IsValid(action.side())) return malformed("side must be demand, supply or neither");
    return in_range(action.fee_max_uy(), {0, std::numeric_limits<std::int64_t>::max()}, "fee_max_uy");
}

Result<Outcome> join(Context& context, const proto::JoinMarket& action) {
    if (auto person = registry::require_person(context.state, context.account); !person)
        return person.error();
    if (auto running = governance::require_market(context.state, context.block.time); !running)
        return running.error();
    const auto period = quota::require_period(context.state, action.period());
    if (!period) return period.error();
    if (period->phase() != proto::PERIOD_PHASE_OPEN && period->phase() != proto::PERIOD_PHASE_TRUE_UP) {
        return Error{Code::period_wrong_phase, "period " + std::to_string(action.period()) + " is closed"};
    }
    auto member = kMembers.find_or_default(context.state, {context.account, action.period()});
    const Sides joining = new_sides(member, action.side());
    if (!joining.buys && !joining.sells) {
        return Error{Code::market_joined,
                     "the account has joined this side of the market of this period already"};
    }
    const auto due = fee_of(pricing::fix_fees(context.block, context.state, *period), member, joining);
    if (!due) return due.error();
    const MicroYuan fee = *due;
    if (fee > MicroYuan(action.fee_max_uy())) {
        return Error{Code::market_fee_above_limit, "the registration fee is " + to_text(fee) +
                                                       ", the limit given is " +
                                                       to_text(MicroYuan(action.fee_max_uy()))};
    }
    if (auto paid = pay_fee(context.state, context.account, fee); !paid) return paid.error();
    auto record = book(context.state, action.period());
    const auto fees_in_all = checked_add(MicroYuan(record.fees_uy()), fee);
    if (!fees_in_all) return fees_in_all.error();

    member.set_fee_uy(member.fee_uy() + fee.value());
    member.set_buys(member.buys() || joining.buys);
    member.set_sells(member.sells() || joining.sells);
    kMembers.put(context.state, {context.account, action.period()}, member);
    record.set_fees_uy(fees_in_all->value());
    kBooks.put(context.state, action.period(), record);
    pricing::count(context.state, action.period(), {.fees = fee});
    proto::Event event;
    auto& joined = *event.mutable_joined_market();
    joined.set_period(action.period());
    joined.set_account(context.account.bytes());
    joined.set_side(joining.side());
    joined.set_fee_uy(fee.value());
    return Outcome{"joined the market of period " + std::to_string(action.period()) + " to " +
                       joining.verbs() + " for " + to_text(fee),
                   {event}};
}

Result<> require_member(const StateReader& state, const AccountId& account, Period period,
                        proto::MarketSide side) {
    const auto member = kMembers.find_or_default(state, {account, period});
    if (side == proto::MARKET_SIDE_DEMAND ? member.buys() : member.sells()) return {};
    return Error{Code::market_not_joined, "the account has not joined the market of period " +
                                              std::to_string(period) + " to " + verb(side) + "; join first"};
}

Result<pricing::Price> open_price(const StateReader& state, Period period, Instant time) {
    if (auto running = governance::require_market(state, time); !running) return running.error();
    if (auto open = require_platform(state); !open) return open.error();
    return pricing::price(state, period);
}

Allowance allowance(const StateReader& state, const AccountId& account, Period period) {
    const auto record = *quota::period(state, period);
    const auto holding = quota::holding(state, account, period);
    const Grams needed = settlement::needed(state, account, period);
    const auto orders = kOrderLists.find_or_default(state, {account, period});
    const std::int64_t surplus = pricing::standing(holding, record, needed).surplus.value();
    const std::int64_t wanted = may_buy(holding, record, needed).value();
    return {Grams(std::max<std::int64_t>(0, surplus - orders.selling_g())),
            Grams(std::max<std::int64_t>(0, wanted - orders.buying_g()))};
}

Grams may_buy(const proto::HoldingRecord& holding, const proto::PeriodRecord& period, Grams emitted) {
    const Int128 excess = pricing::standing(holding, period, emitted).excess.value();
    const auto offset = static_cast<std::int64_t>(excess * period.policy().offset_ratio_ppb() / kRatioOne);
    return Grams(std::max<std::int64_t>(0, offset - holding.purchased_g()));
}

}  // namespace pcq::contracts::market
