// The contracts of the main chain: periods, policy, issuance, side chains, anchors, reports. No person has a
// record here.
#pragma once

#include "src/ledger/executor.h"

namespace pcq::contracts {

class MainChain final : public ledger::Dispatch {
public:
    Result<> check_version(const ledger::StateReader& before) const override;
    Result<> validate(const proto::TransactionBody& body) const override;
    Result<ledger::Outcome> apply(ledger::Context& context,
                                  const proto::TransactionBody& body) const override;
    ledger::Outcome finish_block(const ledger::BlockContext& block, ledger::Overlay& state) const override;
    bool has_due_work(const ledger::StateReader& state, Instant time) const override;
    proto::Totals totals(const ledger::StateReader& state) const override;
    Result<> check(const ledger::StateReader& before, const ledger::Overlay& after) const override;
    std::optional<ledger::ValidatorSet> changed_validators(const ledger::Overlay& after) const override;
    Result<> write_genesis(const ledger::Genesis& genesis, ledger::Overlay& state) const override;
};

}  // namespace pcq::contracts
