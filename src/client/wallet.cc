#include "src/client/wallet.h"

#include <algorithm>

#include "src/crypto/hash.h"
#include "src/ledger/account.h"

namespace pcq::client {
namespace {

std::vector<crypto::SigningKey> only(crypto::SigningKey key) {
    std::vector<crypto::SigningKey> keys;
    keys.push_back(std::move(key));
    return keys;
}

}  // namespace

Wallet::Wallet(const ChainId& chain, crypto::SigningKey key)
    : chain_(chain), account_(crypto::account_of(key.public_key())), keys_(only(std::move(key))) {}

Wallet::Wallet(const ChainId& chain, const AccountId& account, std::vector<crypto::SigningKey> keys)
    : chain_(chain), account_(account), keys_(std::move(keys)) {}

void Wallet::learn(const proto::AccountRecord& record) {
    known_top_ = std::max(known_top_, record.sequence_top());
    last_ = std::max(last_, known_top_);
}

void Wallet::committed(std::uint64_t sequence) {
    open_.erase(sequence);
    known_top_ = std::max(known_top_, sequence);
    last_ = std::max(last_, known_top_);
}

void Wallet::given_up(std::uint64_t sequence) {
    open_.erase(sequence);
}

Result<Signed> Wallet::sign_body(proto::TransactionBody body, std::uint64_t valid_until_height) {
    // Beyond the first bound the chain refuses it; beyond the second it could commit before an older one and
    // push that out of the window.
    const std::uint64_t next = last_ + 1;
    const std::uint64_t oldest = open_.empty() ? next : *open_.begin();
    if (next > known_top_ + ledger::kSequenceWindow || next >= oldest + ledger::kSequenceWindow) {
        return Error{Code::sequences_used_up,
                     "the account's sequences from " + std::to_string(std::min(oldest, known_top_ + 1)) +
                         " to " + std::to_string(last_) +
                         " are given out; wait until the oldest transaction is committed"};
    }
    body.set_chain_id(chain_.bytes());
    body.set_account(account_.bytes());
    body.set_sequence(next);
    body.set_valid_until_height(valid_until_height);
    std::vector<const crypto::SigningKey*> signers;
    for (const auto& key : keys_) signers.push_back(&key);
    Signed made{ledger::sign_transaction(body, signers), Hash(), next};
    made.hash = ledger::transaction_hash(chain_, made.bytes);
    last_ = next;
    open_.insert(next);
    return made;
}

void set_action(proto::TransactionBody& body, const proto::RegisterUsers& action) {
    *body.mutable_register_users() = action;
}

void set_action(proto::TransactionBody& body, const proto::RotateKeys& action) {
    *body.mutable_rotate_keys() = action;
}

void set_action(proto::TransactionBody& body, const proto::FreezeAccount& action) {
    *body.mutable_freeze_account() = action;
}

void set_action(proto::TransactionBody& body, const proto::UnfreezeAccount& action) {
    *body.mutable_unfreeze_account() = action;
}

void set_action(proto::TransactionBody& body, const proto::CloseAccount& action) {
    *body.mutable_close_account() = action;
}

void set_action(proto::TransactionBody& body, const proto::OpenPeriod& action) {
    *body.mutable_open_period() = action;
}

void set_action(proto::TransactionBody& body, const proto::IssueBatch& action) {
    *body.mutable_issue_batch() = action;
}

void set_action(proto::TransactionBody& body, const proto::AdvancePeriod& action) {
    *body.mutable_advance_period() = action;
}

void set_action(proto::TransactionBody& body, const proto::ClosePeriod& action) {
    *body.mutable_close_period() = action;
}

void set_action(proto::TransactionBody& body, const proto::ClaimIssuance& action) {
    *body.mutable_claim_issuance() = action;
}

void set_action(proto::TransactionBody& body, const proto::ReportEmissions& action) {
    *body.mutable_report_emissions() = action;
}

void set_action(proto::TransactionBody& body, const proto::ProposeCorrection& action) {
    *body.mutable_propose_correction() = action;
}

void set_action(proto::TransactionBody& body, const proto::ApproveCorrection& action) {
    *body.mutable_approve_correction() = action;
}
void set_action(proto::TransactionBody& body, const proto::DisputeReading& action) {
    *body.mutable_dispute_reading() = action;
}
void set_action(proto::TransactionBody& body, const proto::RejectDispute& action) {
    *body.mutable_reject_dispute() = action;
}
void set_action(proto::TransactionBody& body, const proto::SetMethodology& action) {
    *body.mutable_set_methodology() = action;
}
void set_action(proto::TransactionBody& body, const proto::ReportAvoided& action) {
    *body.mutable_report_avoided() = action;
}
void set_action(proto::TransactionBody& body, const proto::ConvertCredits& action) {
    *body.mutable_convert_credits() = action;
}
void set_action(proto::TransactionBody& body, const proto::IssueReserve& action) {
    *body.mutable_issue_reserve() = action;
}
void set_action(proto::TransactionBody& body, const proto::SetAllocationRule& action) {
    *body.mutable_set_allocation_rule() = action;
}
void set_action(proto::TransactionBody& body, const proto::ProposeChange& action) {
    *body.mutable_propose_change() = action;
}
void set_action(proto::TransactionBody& body, const proto::VoteOnChange& action) {
    *body.mutable_vote_on_change() = action;
}
void set_action(proto::TransactionBody& body, const proto::PauseMarket& action) {
    *body.mutable_pause_market() = action;
}
void set_action(proto::TransactionBody& body, const proto::ResumeMarket& action) {
    *body.mutable_resume_market() = action;
}

void set_action(proto::TransactionBody& body, const proto::Deposit& action) {
    *body.mutable_deposit() = action;
}

void set_action(proto::TransactionBody& body, const proto::Withdraw& action) {
    *body.mutable_withdraw() = action;
}

void set_action(proto::TransactionBody& body, const proto::TransferCash& action) {
    *body.mutable_transfer_cash() = action;
}

void set_action(proto::TransactionBody& body, const proto::AddTrusted& action) {
    *body.mutable_add_trusted() = action;
}

void set_action(proto::TransactionBody& body, const proto::RemoveTrusted& action) {
    *body.mutable_remove_trusted() = action;
}

void set_action(proto::TransactionBody& body, const proto::ProposeClawback& action) {
    *body.mutable_propose_clawback() = action;
}

void set_action(proto::TransactionBody& body, const proto::ApproveClawback& action) {
    *body.mutable_approve_clawback() = action;
}

void set_action(proto::TransactionBody& body, const proto::TransferQuota& action) {
    *body.mutable_transfer_quota() = action;
}

void set_action(proto::TransactionBody& body, const proto::RepayDebt& action) {
    *body.mutable_repay_debt() = action;
}

void set_action(proto::TransactionBody& body, const proto::PostCosts& action) {
    *body.mutable_post_costs() = action;
}

void set_action(proto::TransactionBody& body, const proto::JoinMarket& action) {
    *body.mutable_join_market() = action;
}

void set_action(proto::TransactionBody& body, const proto::SellSurplus& action) {
    *body.mutable_sell_surplus() = action;
}

void set_action(proto::TransactionBody& body, const proto::BuyQuota& action) {
    *body.mutable_buy_quota() = action;
}

void set_action(proto::TransactionBody& body, const proto::PlaceOrder& action) {
    *body.mutable_place_order() = action;
}
void set_action(proto::TransactionBody& body, const proto::CancelOrder& action) {
    *body.mutable_cancel_order() = action;
}
void set_action(proto::TransactionBody& body, const proto::PostService& action) {
    *body.mutable_post_service() = action;
}
void set_action(proto::TransactionBody& body, const proto::RegisterSideChain& action) {
    *body.mutable_register_side_chain() = action;
}

void set_action(proto::TransactionBody& body, const proto::DeliverMessages& action) {
    *body.mutable_deliver_messages() = action;
}

void set_action(proto::TransactionBody& body, const proto::UpdateValidators& action) {
    *body.mutable_update_validators() = action;
}
void set_action(proto::TransactionBody& body, const proto::Attest& action) {
    *body.mutable_attest() = action;
}
void set_action(proto::TransactionBody& body, const proto::SubmitAnchor& action) {
    *body.mutable_submit_anchor() = action;
}

}  // namespace pcq::client
