#include "contracts/side_chain.h"

#include "contracts/audit/attestations.h"
#include "contracts/balances.h"
#include "contracts/bridge/bridge.h"
#include "contracts/cash/cash.h"
#include "contracts/cash/debts.h"
#include "contracts/chain.h"
#include "contracts/conservation.h"
#include "contracts/emissions/credits.h"
#include "contracts/emissions/emissions.h"
#include "contracts/governance/pause.h"
#include "contracts/governance/validators.h"
#include "contracts/governance/votes.h"
#include "contracts/market/auction.h"
#include "contracts/market/market.h"
#include "contracts/market/orders.h"
#include "contracts/movements.h"
#include "contracts/pricing/fees.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/registry/trust.h"
#include "contracts/settlement/clawback.h"
#include "contracts/settlement/settlement.h"

namespace pcq::contracts {

using Action = proto::TransactionBody;

Result<> SideChain::check_version(const ledger::StateReader& before) const {
    return governance::check_version(before);
}

Result<> SideChain::validate(const Action& body) const {
    switch (body.action_case()) {
        case Action::kRegisterUsers:
            return registry::validate(body.register_users());
        case Action::kRotateKeys:
            return registry::validate(body.rotate_keys());
        case Action::kFreezeAccount:
        case Action::kUnfreezeAccount:
        case Action::kCloseAccount:
        case Action::kApproveCorrection:
            return {};
        case Action::kAddTrusted:
            return registry::validate(body.add_trusted());
        case Action::kRemoveTrusted:
            return registry::validate(body.remove_trusted());
        case Action::kProposeClawback:
            return clawback::validate(body.propose_clawback());
        case Action::kApproveClawback:
            return {};
        case Action::kTransferQuota:
            return quota::validate(body.transfer_quota());
        case Action::kClaimIssuance:
            return quota::validate(body.claim_issuance());
        case Action::kReportEmissions:
            return emissions::validate(body.report_emissions());
        case Action::kProposeCorrection:
            return emissions::validate(body.propose_correction());
        case Action::kDisputeReading:
            return emissions::validate(body.dispute_reading());
        case Action::kRejectDispute:
            return emissions::validate(body.reject_dispute());
        case Action::kSetMethodology:
            return emissions::validate(body.set_methodology());
        case Action::kReportAvoided:
            return emissions::validate(body.report_avoided());
        case Action::kConvertCredits:
            return emissions::validate(body.convert_credits());
        case Action::kDeposit:
            return cash::validate(body.deposit());
        case Action::kWithdraw:
            return cash::validate(body.withdraw());
        case Action::kTransferCash:
            return cash::validate(body.transfer_cash());
        case Action::kRepayDebt:
            return debts::validate(body.repay_debt());
        case Action::kPostCosts:
            return pricing::validate(body.post_costs());
        case Action::kPostService:
            return pricing::validate(body.post_service());
        case Action::kJoinMarket:
            return market::validate(body.join_market());
        case Action::kSellSurplus:
            return market::validate(body.sell_surplus());
        case Action::kBuyQuota:
            return market::validate(body.buy_quota());
        case Action::kPlaceOrder:
            return market::validate(body.place_order());
        case Action::kCancelOrder:
            return market::validate(body.cancel_order());
        case Action::kDeliverMessages:
            return bridge::validate(body.deliver_messages());
        case Action::kUpdateValidators:
            return bridge::validate(body.update_validators());
        case Action::kProposeChange:
            return governance::validate(body.propose_change());
        case Action::kVoteOnChange:
            return {};
        case Action::kPauseMarket:
            return governance::validate(body.pause_market());
        case Action::kResumeMarket:
            return governance::validate(body.resume_market());
        case Action::kAttest:
            return audit::validate(body.attest());

        case Action::kOpenPeriod:
        case Action::kIssueBatch:
        case Action::kIssueReserve:
        case Action::kSetAllocationRule:
        case Action::kAdvancePeriod:
        case Action::kClosePeriod:
        case Action::kRegisterSideChain:
        case Action::kSubmitAnchor:
            return wrong_chain("the main chain");
        case Action::ACTION_NOT_SET:
            break;
    }  // no default: an action that nobody handles does not compile
    return Error{Code::action_unknown, "this version knows no such action"};
}

namespace {

Result<ledger::Outcome> act(ledger::Context& context, const Action& body) {
    switch (body.action_case()) {
        case Action::kRegisterUsers:
            return registry::register_users(context, body.register_users());
        case Action::kRotateKeys:
            return registry::rotate_keys(context, body.rotate_keys());
        case Action::kFreezeAccount:
            return registry::freeze(context, body.freeze_account());
        case Action::kUnfreezeAccount:
            return registry::unfreeze(context, body.unfreeze_account());
        case Action::kCloseAccount:
            return registry::close(context, body.close_account());
        case Action::kAddTrusted:
            return registry::add_trusted(context, body.add_trusted());
        case Action::kRemoveTrusted:
            return registry::remove_trusted(context, body.remove_trusted());
        case Action::kProposeClawback:
            return clawback::propose(context, body.propose_clawback());
        case Action::kApproveClawback:
            return clawback::approve(context, body.approve_clawback());
        case Action::kTransferQuota:
            return quota::transfer(context, body.transfer_quota());
        case Action::kClaimIssuance:
            return quota::claim_issuance(context, body.claim_issuance());
        case Action::kReportEmissions:
            return emissions::report(context, body.report_emissions());
        case Action::kProposeCorrection:
            return emissions::propose_correction(context, body.propose_correction());
        case Action::kApproveCorrection:
            return emissions::approve_correction(context, body.approve_correction());
        case Action::kDisputeReading:
            return emissions::dispute(context, body.dispute_reading());
        case Action::kRejectDispute:
            return emissions::reject_dispute(context, body.reject_dispute());
        case Action::kSetMethodology:
            return emissions::set_methodology(context, body.set_methodology());
        case Action::kReportAvoided:
            return emissions::report_avoided(context, body.report_avoided());
        case Action::kConvertCredits:
            return emissions::convert_credits(context, body.convert_credits());
        case Action::kDeposit:
            return cash::deposit(context, body.deposit());
        case Action::kWithdraw:
            return cash::withdraw(context, body.withdraw());
        case Action::kTransferCash:
            return cash::transfer(context, body.transfer_cash());
        case Action::kRepayDebt:
            return debts::repay(context, body.repay_debt());
        case Action::kPostCosts:
            return pricing::post_costs(context, body.post_costs());
        case Action::kPostService:
            return pricing::post_service(context, body.post_service());
        case Action::kJoinMarket:
            return market::join(context, body.join_market());
        case Action::kSellSurplus:
            return market::sell_surplus(context, body.sell_surplus());
        case Action::kBuyQuota:
            return market::buy_quota(context, body.buy_quota());
        case Action::kPlaceOrder:
            return market::place_order(context, body.place_order());
        case Action::kCancelOrder:
            return market::cancel_order(context, body.cancel_order());
        case Action::kDeliverMessages:
            return bridge::deliver(context, body.deliver_messages());
        case Action::kUpdateValidators:
            return bridge::update_validators(context, body.update_validators());
        case Action::kProposeChange:
            return governance::propose_change(context, body.propose_change());
        case Action::kVoteOnChange:
            return governance::vote(context, body.vote_on_change());
        case Action::kPauseMarket:
            return governance::pause_market(context, body.pause_market());
        case Action::kResumeMarket:
            return governance::resume_market(context, body.resume_market());
        case Action::kAttest:
            return audit::attest(context, body.attest());
        default:
            break;  // validate() has refused the rest
    }
    return Error{Code::action_unknown, "this version knows no such action"};
}

}  // namespace

Result<ledger::Outcome> SideChain::apply(ledger::Context& context, const Action& body) const {
    auto outcome = act(context, body);
    if (outcome) outcome->balances = new_balances(context.account, context.state);
    return outcome;
}

ledger::Outcome SideChain::finish_block(const ledger::BlockContext& block, ledger::Overlay& state) const {
    ledger::Outcome done;
    add_events(done, "ended freezes", registry::end_freezes(block, state));
    add_events(done, "", market::finish_block(block, state));
    auto swept = settlement::sweep(block, state);
    add_events(done, swept.text, std::move(swept.events));
    add_events(done, "decided changes", governance::decide_changes(block, state));
    link_movements(block, state);
    return done;
}

bool SideChain::has_due_work(const ledger::StateReader& state, Instant time) const {
    return settlement::sweep_due(state) || market::auction_due(state, time) ||
           registry::freeze_end_due(state, time);
}

proto::Totals SideChain::totals(const ledger::StateReader& state) const {
    return chain_totals(state);
}

Result<> SideChain::check(const ledger::StateReader& before, const ledger::Overlay& after) const {
    if (auto checked = check_holdings(before, after); !checked) return checked.error();
    return check_credits(before, after);
}

std::optional<ledger::ValidatorSet> SideChain::changed_validators(const ledger::Overlay& after) const {
    return governance::changed_validators(after);
}

Result<> SideChain::write_genesis(const ledger::Genesis& genesis, ledger::Overlay& state) const {
    return write_common_genesis(genesis, state);
}

}  // namespace pcq::contracts
