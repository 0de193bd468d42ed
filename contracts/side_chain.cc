#include "contracts/side_chain.h"

#include <iterator>

#include "contracts/bridge/bridge.h"
#include "contracts/cash/cash.h"
#include "contracts/chain.h"
#include "contracts/conservation.h"
#include "contracts/emissions/emissions.h"
#include "contracts/market/auction.h"
#include "contracts/market/market.h"
#include "contracts/market/orders.h"
#include "contracts/pricing/fees.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/settlement/settlement.h"

namespace pcq::contracts {

using Action = proto::TransactionBody;

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
        case Action::kClaimIssuance:
            return quota::validate(body.claim_issuance());
        case Action::kReportEmissions:
            return emissions::validate(body.report_emissions());
        case Action::kProposeCorrection:
            return emissions::validate(body.propose_correction());
        case Action::kDeposit:
            return cash::validate(body.deposit());
        case Action::kWithdraw:
            return cash::validate(body.withdraw());
        case Action::kTransferCash:
            return cash::validate(body.transfer_cash());
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

        case Action::kOpenPeriod:
        case Action::kIssueBatch:
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

Result<ledger::Outcome> SideChain::apply(ledger::Context& context, const Action& body) const {
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
        case Action::kClaimIssuance:
            return quota::claim_issuance(context, body.claim_issuance());
        case Action::kReportEmissions:
            return emissions::report(context, body.report_emissions());
        case Action::kProposeCorrection:
            return emissions::propose_correction(context, body.propose_correction());
        case Action::kApproveCorrection:
            return emissions::approve_correction(context, body.approve_correction());
        case Action::kDeposit:
            return cash::deposit(context, body.deposit());
        case Action::kWithdraw:
            return cash::withdraw(context, body.withdraw());
        case Action::kTransferCash:
            return cash::transfer(context, body.transfer_cash());
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
        default:
            break;  // validate() has refused the rest
    }
    return Error{Code::action_unknown, "this version knows no such action"};
}

ledger::Outcome SideChain::finish_block(const ledger::BlockContext& block, ledger::Overlay& state) const {
    auto events = market::finish_block(block, state);
    auto outcome = settlement::sweep(block, state);
    outcome.events.insert(outcome.events.begin(), std::make_move_iterator(events.begin()),
                          std::make_move_iterator(events.end()));
    return outcome;
}

bool SideChain::has_due_work(const ledger::StateReader& state) const {
    return settlement::sweep_due(state) || market::auction_due(state);
}

proto::Totals SideChain::totals(const ledger::StateReader& state) const {
    return chain_totals(state);
}

Result<> SideChain::check(const ledger::StateReader& before, const ledger::Overlay& after) const {
    return check_holdings(before, after);
}

Result<> SideChain::write_genesis(const ledger::Genesis& genesis, ledger::Overlay& state) const {
    return write_common_genesis(genesis, state);
}

}  // namespace pcq::contracts
