#include "contracts/main_chain.h"

#include "contracts/audit/attestations.h"
#include "contracts/bridge/bridge.h"
#include "contracts/chain.h"
#include "contracts/conservation.h"
#include "contracts/governance/validators.h"
#include "contracts/governance/votes.h"
#include "contracts/quota/quota.h"
#include "contracts/quota/reserve.h"
#include "contracts/quota/rules.h"
#include "contracts/registry/registry.h"

namespace pcq::contracts {

using Action = proto::TransactionBody;

Result<> MainChain::check_version(const ledger::StateReader& before) const {
    return governance::check_version(before);
}

Result<> MainChain::validate(const Action& body) const {
    switch (body.action_case()) {
        case Action::kRotateKeys:
            return registry::validate(body.rotate_keys());
        case Action::kFreezeAccount:
        case Action::kUnfreezeAccount:
            return {};
        case Action::kOpenPeriod:
            return quota::validate(body.open_period());
        case Action::kIssueBatch:
            return quota::validate(body.issue_batch());
        case Action::kIssueReserve:
            return quota::validate(body.issue_reserve());
        case Action::kSetAllocationRule:
            return quota::validate(body.set_allocation_rule());
        case Action::kAdvancePeriod:
            return quota::validate(body.advance_period());
        case Action::kClosePeriod:
            return quota::validate(body.close_period());
        case Action::kRegisterSideChain:
            return bridge::validate(body.register_side_chain());
        case Action::kDeliverMessages:
            return bridge::validate(body.deliver_messages());
        case Action::kUpdateValidators:
            return bridge::validate(body.update_validators());
        case Action::kSubmitAnchor:
            return bridge::validate(body.submit_anchor());
        case Action::kProposeChange:
            return governance::validate(body.propose_change());
        case Action::kVoteOnChange:
            return {};
        case Action::kAttest:
            return audit::validate(body.attest());

        case Action::kRegisterUsers:
        case Action::kCloseAccount:
        case Action::kAddTrusted:
        case Action::kRemoveTrusted:
        case Action::kProposeClawback:
        case Action::kApproveClawback:
        case Action::kTransferQuota:
        case Action::kClaimIssuance:
        case Action::kReportEmissions:
        case Action::kProposeCorrection:
        case Action::kApproveCorrection:
        case Action::kDisputeReading:
        case Action::kRejectDispute:
        case Action::kSetMethodology:
        case Action::kReportAvoided:
        case Action::kConvertCredits:
        case Action::kDeposit:
        case Action::kWithdraw:
        case Action::kTransferCash:
        case Action::kRepayDebt:
        case Action::kPostCosts:
        case Action::kPostService:
        case Action::kPlaceOrder:
        case Action::kCancelOrder:
        case Action::kJoinMarket:
        case Action::kSellSurplus:
        case Action::kBuyQuota:
        case Action::kPauseMarket:
        case Action::kResumeMarket:
            return wrong_chain("a side chain");
        case Action::ACTION_NOT_SET:
            break;
    }  // no default: an action that nobody handles does not compile
    return Error{Code::action_unknown, "this version knows no such action"};
}

Result<ledger::Outcome> MainChain::apply(ledger::Context& context, const Action& body) const {
    switch (body.action_case()) {
        case Action::kRotateKeys:
            return registry::rotate_keys(context, body.rotate_keys());
        case Action::kFreezeAccount:
            return registry::freeze(context, body.freeze_account());
        case Action::kUnfreezeAccount:
            return registry::unfreeze(context, body.unfreeze_account());
        case Action::kOpenPeriod:
            return quota::open_period(context, body.open_period());
        case Action::kIssueBatch:
            return quota::issue_batch(context, body.issue_batch());
        case Action::kIssueReserve:
            return quota::issue_reserve(context, body.issue_reserve());
        case Action::kSetAllocationRule:
            return quota::set_allocation_rule(context, body.set_allocation_rule());
        case Action::kAdvancePeriod:
            return quota::advance_period(context, body.advance_period());
        case Action::kClosePeriod:
            return quota::close_period(context, body.close_period());
        case Action::kRegisterSideChain:
            return bridge::register_side_chain(context, body.register_side_chain());
        case Action::kDeliverMessages:
            return bridge::deliver(context, body.deliver_messages());
        case Action::kUpdateValidators:
            return bridge::update_validators(context, body.update_validators());
        case Action::kSubmitAnchor:
            return bridge::submit_anchor(context, body.submit_anchor());
        case Action::kProposeChange:
            return governance::propose_change(context, body.propose_change());
        case Action::kVoteOnChange:
            return governance::vote(context, body.vote_on_change());
        case Action::kAttest:
            return audit::attest(context, body.attest());
        default:
            break;  // validate() has refused the rest
    }
    return Error{Code::action_unknown, "this version knows no such action"};
}

ledger::Outcome MainChain::finish_block(const ledger::BlockContext& block, ledger::Overlay& state) const {
    ledger::Outcome done;
    add_events(done, "ended freezes", registry::end_freezes(block, state));
    add_events(done, "decided changes", governance::decide_changes(block, state));
    return done;
}

bool MainChain::has_due_work(const ledger::StateReader& state, Instant time) const {
    return registry::freeze_end_due(state, time);
}

proto::Totals MainChain::totals(const ledger::StateReader& state) const {
    return chain_totals(state);
}

Result<> MainChain::check(const ledger::StateReader& before, const ledger::Overlay& after) const {
    return check_issuance(before, after);
}

std::optional<ledger::ValidatorSet> MainChain::changed_validators(const ledger::Overlay& after) const {
    return governance::changed_validators(after);
}

Result<> MainChain::write_genesis(const ledger::Genesis& genesis, ledger::Overlay& state) const {
    return write_common_genesis(genesis, state);
}

}  // namespace pcq::contracts
