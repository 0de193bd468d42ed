#include "contracts/governance/governance.h"

#include "contracts/governance/votes.h"
#include "contracts/registry/trust.h"
#include "src/economics/limits.h"

namespace pcq::contracts::governance {
namespace {

constexpr std::uint32_t kSweepMax = 1'000;       // a person settled is 150 bytes in the block's own receipt
constexpr std::int64_t kFeeMax = 1'000'000'000;  // 1,000 CNY
constexpr std::uint32_t kAnchorIntervalMax = 100'000;
constexpr std::uint64_t kPauseMax = 90ull * 86'400'000;

Bytes first_with(const ledger::Genesis& genesis, proto::Role role) {
    for (const auto& organisation : genesis.fields.organisations()) {
        for (const int held : organisation.roles()) {
            if (held != role) continue;
            const auto& key = organisation.keys(0);
            const auto checked = crypto::PublicKey::from(key.type(), key.data());
            PCQ_INVARIANT(checked.has_value());  // Genesis::from checked every key
            return crypto::account_of(*checked).bytes();
        }
    }
    return {};
}

}  // namespace

Result<> check_parameters(proto::ChainKind kind, const proto::Parameters& parameters) {
    if (parameters.pause_max_ms() > kPauseMax) {
        return malformed("parameters.pauseMaxMs must be at most 7776000000 (90 days), is " +
                         std::to_string(parameters.pause_max_ms()));
    }
    if (kind != proto::CHAIN_KIND_SIDE) return {};
    if (parameters.settlement_per_block() == 0 || parameters.settlement_per_block() > kSweepMax) {
        return malformed("parameters.settlementPerBlock must be 1 to 1000, is " +
                         std::to_string(parameters.settlement_per_block()));
    }
    if (auto fee = in_range(parameters.registration_fee_uy(), {0, kFeeMax}, "parameters.registrationFeeUy");
        !fee)
        return fee.error();
    if (auto least = in_range(parameters.order_least_g(), {0, econ::kGramsMax}, "parameters.orderLeastG");
        !least)
        return least.error();
    if (parameters.anchor_interval() == 0 || parameters.anchor_interval() > kAnchorIntervalMax) {
        return malformed("parameters.anchorInterval must be 1 to 100000, is " +
                         std::to_string(parameters.anchor_interval()));
    }
    return registry::check_parameters(parameters);
}

Result<> write_genesis(const ledger::Genesis& genesis, Overlay& state) {
    proto::ChainRecord record;
    record.set_kind(genesis.fields.kind());
    *record.mutable_parameters() = genesis.fields.parameters();
    record.set_government(first_with(genesis, proto::ROLE_GOVERNMENT));
    record.set_platform(first_with(genesis, proto::ROLE_PLATFORM));
    record.set_main_chain_id(genesis.fields.main_chain_id());
    if (record.government().empty())
        return malformed("the genesis document names no organisation with the role government");
    if (genesis.fields.kind() == proto::CHAIN_KIND_SIDE) {
        if (record.platform().empty())
            return malformed("a side chain's genesis document must name a platform");
    }
    if (auto checked = check_parameters(record.kind(), record.parameters()); !checked) return checked.error();
    kChain.put(state, Only(), record);
    remember_first(record.parameters(), state);
    return {};
}

proto::ChainRecord chain(const StateReader& state) {
    auto record = kChain.find(state, Only());
    PCQ_INVARIANT(record.has_value());
    return *std::move(record);
}

AccountId government(const StateReader& state) {
    return *AccountId::from(chain(state).government());
}
AccountId platform(const StateReader& state) {
    return *AccountId::from(chain(state).platform());
}

}  // namespace pcq::contracts::governance
