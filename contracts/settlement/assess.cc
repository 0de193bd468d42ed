#include "contracts/settlement/assess.h"

#include <algorithm>
#include <limits>

#include "contracts/check.h"
#include "src/base/wide.h"
#include "src/economics/rounding.h"

namespace pcq::contracts::settlement {
namespace {

Grams share(Grams whole, std::int64_t ratio_ppb) {
    return Grams(static_cast<std::int64_t>(static_cast<Int128>(whole.value()) * ratio_ppb / kRatioOne));
}

Grams less(Grams a, Grams b) {
    return Grams(a.value() - b.value());
}

// Up to the largest number: only emissions that no meter measures come near it.
Grams plus(Grams a, Grams b) {
    return Grams(capped_sum(a.value(), b.value()));
}

Grams with_interest(Grams borrowed, std::int64_t interest_ppb) {
    const Int128 owed = econ::ceil_div(
        static_cast<Int128>(borrowed.value()) * (static_cast<Int128>(kRatioOne) + interest_ppb), kRatioOne);
    return Grams(econ::to_int64(owed).value_or(std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

MicroYuan penalty_on(Grams penalised, std::int64_t penalty_uy_per_kg) {
    const Int128 penalty = econ::ceil_div(static_cast<Int128>(penalised.value()) * penalty_uy_per_kg, 1000);
    // A penalty beyond all money there could be is still owed; it is written down as the largest amount.
    return MicroYuan(econ::to_int64(penalty).value_or(std::numeric_limits<std::int64_t>::max()));
}

Assessment assess(const proto::Policy& policy, const Position& position) {
    Assessment due;
    const Grams needed = plus(position.emitted, position.obligation);
    due.own_surrendered = std::min(needed, plus(position.banked, position.own));
    due.from_banked = std::min(position.banked, due.own_surrendered);
    const Grams excess = less(needed, due.own_surrendered);
    due.purchased_surrendered = std::min(position.purchased, share(excess, policy.offset_ratio_ppb()));
    const Grams open = less(excess, due.purchased_surrendered);
    if (!position.closing)
        due.borrowed = std::min(open, share(position.issued, policy.borrowing_ratio_ppb()));
    due.obligation_next = with_interest(due.borrowed, policy.borrowing_interest_ppb());
    due.penalised = less(open, due.borrowed);
    due.penalty = penalty_on(due.penalised, policy.penalty_uy_per_kg());

    const Grams surrendered = plus(less(due.own_surrendered, due.from_banked), due.purchased_surrendered);
    const Grams unused = less(plus(position.own, position.purchased), surrendered);
    const std::int64_t kept_ratio_ppb =
        position.closing ? (position.heir ? kRatioOne : 0) : policy.banking_ratio_ppb();
    due.kept = share(unused, kept_ratio_ppb);
    due.expired = less(unused, due.kept);
    due.banked_expired = position.closing && position.heir ? Grams() : less(position.banked, due.from_banked);
    return due;
}

Parts parts(const proto::HoldingRecord& holding) {
    const Int128 own = static_cast<Int128>(holding.issued_g()) - holding.sold_g() -
                       (holding.clawed_back_g() - holding.clawed_back_inherited_g());
    const Int128 all = own + holding.purchased_g();
    return {Grams(static_cast<std::int64_t>(std::max<Int128>(0, own))),
            Grams(static_cast<std::int64_t>(
                std::clamp<Int128>(all, 0, static_cast<Int128>(holding.purchased_g()))))};
}

proto::SettlementRecord record_of(const Position& position, const Assessment& due) {
    proto::SettlementRecord record;
    record.set_emitted_g(position.emitted.value());
    record.set_obligation_g(position.obligation.value());
    record.set_banked_before_g(position.banked.value());
    record.set_own_surrendered_g(due.own_surrendered.value());
    record.set_purchased_surrendered_g(due.purchased_surrendered.value());
    record.set_borrowed_g(due.borrowed.value());
    record.set_obligation_next_g(due.obligation_next.value());
    record.set_penalised_g(due.penalised.value());
    record.set_banked_g(due.kept.value());
    record.set_expired_g(due.expired.value() + due.banked_expired.value());
    record.set_on_closing(position.closing);
    return record;
}

Position position_of(const proto::SettlementRecord& record) {
    proto::HoldingRecord holding;
    holding.set_issued_g(record.issued_g());
    holding.set_sold_g(record.sold_g());
    holding.set_purchased_g(record.purchased_g());
    holding.set_clawed_back_g(record.clawed_back_g());
    const auto [own, purchased] = parts(holding);
    return {Grams(record.emitted_g()),
            Grams(record.obligation_g()),
            Grams(record.issued_g()),
            Grams(record.banked_before_g()),
            own,
            purchased,
            record.on_closing(),
            !record.heir().empty()};
}

}  // namespace pcq::contracts::settlement
