#include "contracts/pricing/fees.h"

#include <algorithm>

#include "contracts/governance/governance.h"
#include "src/economics/limits.h"
#include "src/economics/settlement.h"

namespace pcq::contracts::pricing {
namespace {

constexpr Range kNano{0, econ::kNanoMax};
constexpr std::int64_t kTradeFeeMax = 1'000'000'000;  // 1,000 CNY

struct Field {
    std::int64_t value;
    Range range;
    const char* name;
};
Result<> validate(std::initializer_list<Field> fields) {
    for (const auto& field : fields) {
        if (auto checked = in_range(field.value, field.range, field.name); !checked) return checked.error();
    }
    return {};
}

econ::Platform platform_of(const proto::PostService& service, const proto::FeeModel& model) {
    return {.service_level = econ::Nano(service.service_level_nano()),
            .sens_d = econ::Nano(service.sens_d_nano()),
            .sens_s = econ::Nano(service.sens_s_nano()),
            .ask_price = econ::Nano(model.ask_price_nano()),
            .cross_d = econ::Nano(model.cross_d_nano()),
            .cross_s = econ::Nano(model.cross_s_nano()),
            .service_cost = econ::Nano(service.service_cost_nano())};
}

// The model's fees and what they cost; the status says why there are none.
econ::Status ask_model(proto::FeeRecord& record) {
    const auto& model = record.model();
    const auto solved = econ::two_sided(
        platform_of(record.service(), model),
        model.maximise_welfare() ? econ::Objective::welfare : econ::Objective::profit,
        model.policy() == proto::FEE_POLICY_NONE ? econ::FeePolicy::none : econ::FeePolicy::cross);
    if (!solved.ok()) return solved.status;
    const MicroYuan unit(model.value_unit_uy());
    const auto charge_d = econ::registration_charge(solved.value.fee_d, unit);
    const auto charge_s = econ::registration_charge(solved.value.fee_s, unit);
    if (!charge_d.ok()) return charge_d.status;
    if (!charge_s.ok()) return charge_s.status;
    record.set_fee_d_nano(solved.value.fee_d.value());
    record.set_fee_s_nano(solved.value.fee_s.value());
    record.set_scale_d_nano(solved.value.scale_d.value());
    record.set_scale_s_nano(solved.value.scale_s.value());
    record.set_charge_d_uy(charge_d.value.value());
    record.set_charge_s_uy(charge_s.value.value());
    return solved.status;
}

void charge(proto::FeeRecord& record, proto::FeeSource source, std::int64_t demand, std::int64_t supply) {
    record.set_source(source);
    record.set_charge_d_uy(demand);
    record.set_charge_s_uy(supply);
}

}  // namespace

Result<> validate(const proto::PostService& action) {
    return validate({{action.service_level_nano(), kNano, "service_level_nano"},
                     {action.sens_d_nano(), kNano, "sens_d_nano"},
                     {action.sens_s_nano(), kNano, "sens_s_nano"},
                     {action.service_cost_nano(), {1, econ::kNanoMax}, "service_cost_nano"},
                     {action.trade_fee_uy(), {0, kTradeFeeMax}, "trade_fee_uy"}});
}

Result<> validate(const proto::FeeModel& model) {
    if (!proto::FeePolicy_IsValid(model.policy())) return malformed("fee_model.policy is none that exists");
    return validate({{model.ask_price_nano(), kNano, "fee_model.ask_price_nano"},
                     {model.cross_d_nano(), kNano, "fee_model.cross_d_nano"},
                     {model.cross_s_nano(), kNano, "fee_model.cross_s_nano"},
                     {model.value_unit_uy(), {1, econ::kValueUnitMax}, "fee_model.value_unit_uy"}});
}

Result<Outcome> post_service(Context& context, const proto::PostService& action) {
    if (auto allowed = require_role(context, proto::ROLE_PLATFORM); !allowed) return allowed.error();
    proto::ServiceRecord record;
    *record.mutable_service() = action;
    kService.put(context.state, Only(), record);
    return Outcome{
        "service posted; registration fees follow for periods that nobody has joined, the fee on "
        "trades from the next epoch",
        {}};
}

std::optional<proto::PostService> service(const StateReader& state) {
    const auto record = kService.find(state, Only());
    return record ? std::optional(record->service()) : std::nullopt;
}

MicroYuan trade_fee(const StateReader& state, const proto::Policy& policy) {
    const auto posted = service(state);
    const std::int64_t fee = posted ? posted->trade_fee_uy() : 0;
    return MicroYuan(policy.has_trade_fee_cap_uy() ? std::min(fee, policy.trade_fee_cap_uy()) : fee);
}

proto::FeeRecord fees(const StateReader& state, const proto::PeriodRecord& period) {
    if (auto fixed = kFees.find(state, period.period())) return *std::move(fixed);
    const auto& policy = period.policy();
    const std::int64_t flat = governance::chain(state).parameters().registration_fee_uy();
    proto::FeeRecord record;
    if (auto posted = service(state)) *record.mutable_service() = *std::move(posted);
    charge(record, proto::FEE_SOURCE_FLAT, flat, flat);
    if (policy.has_fee_model()) {
        *record.mutable_model() = policy.fee_model();
        const auto status = ask_model(record);
        record.set_status(static_cast<std::uint32_t>(status));
        if (!econ::is_error(status)) {
            record.set_source(proto::FEE_SOURCE_MODEL);
        } else if (const auto earlier = kLastFees.find(state, Only())) {
            charge(record, proto::FEE_SOURCE_EARLIER, earlier->charge_d_uy(), earlier->charge_s_uy());
        }
    }
    if (policy.has_fee_cap_d_uy())
        record.set_charge_d_uy(std::min(record.charge_d_uy(), policy.fee_cap_d_uy()));
    if (policy.has_fee_cap_s_uy())
        record.set_charge_s_uy(std::min(record.charge_s_uy(), policy.fee_cap_s_uy()));
    return record;
}

Result<MicroYuan> charge_for_both(const proto::FeeRecord& fees) {
    const MicroYuan demand(fees.charge_d_uy());
    const MicroYuan supply(fees.charge_s_uy());
    if (fees.source() == proto::FEE_SOURCE_FLAT) return std::min(demand, supply);
    return checked_add(demand, supply);
}

proto::FeeRecord fix_fees(const BlockContext& block, Overlay& state, const proto::PeriodRecord& period) {
    if (auto fixed = kFees.find(state, period.period())) return *std::move(fixed);
    auto record = fees(state, period);
    record.set_height(block.height);
    kFees.put(state, period.period(), record);
    // The flat fee is the chain's and counts once for both sides: nothing for a later period to keep.
    if (record.source() != proto::FEE_SOURCE_FLAT) kLastFees.put(state, Only(), record);
    return record;
}

}  // namespace pcq::contracts::pricing
