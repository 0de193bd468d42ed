// A wallet: the keys of one account on one chain, and the transactions they sign.
//
// Sequences. The chain takes any sequence that is unused and within 256 of the highest used one, in any
// order. A wallet therefore has at most 256 transactions on their way and never waits for a particular one.
// It counts upwards from what the chain last showed; two wallets for one account collide
// (transaction_sequence_used) and must learn() again.
//
// No input or output. Not thread-safe.
#pragma once

#include <set>
#include <vector>

#include "proto/pcq/v1/state.pb.h"
#include "proto/pcq/v1/transaction.pb.h"

#include "src/crypto/key.h"
#include "src/ledger/transaction.h"

namespace pcq::client {

// Puts an action into its place in a body; one for each action of pcq.v1.TransactionBody.
void set_action(proto::TransactionBody& body, const proto::RegisterUsers& action);
void set_action(proto::TransactionBody& body, const proto::RotateKeys& action);
void set_action(proto::TransactionBody& body, const proto::FreezeAccount& action);
void set_action(proto::TransactionBody& body, const proto::UnfreezeAccount& action);
void set_action(proto::TransactionBody& body, const proto::CloseAccount& action);
void set_action(proto::TransactionBody& body, const proto::OpenPeriod& action);
void set_action(proto::TransactionBody& body, const proto::IssueBatch& action);
void set_action(proto::TransactionBody& body, const proto::AdvancePeriod& action);
void set_action(proto::TransactionBody& body, const proto::ClosePeriod& action);
void set_action(proto::TransactionBody& body, const proto::ClaimIssuance& action);
void set_action(proto::TransactionBody& body, const proto::ReportEmissions& action);
void set_action(proto::TransactionBody& body, const proto::ProposeCorrection& action);
void set_action(proto::TransactionBody& body, const proto::ApproveCorrection& action);
void set_action(proto::TransactionBody& body, const proto::DisputeReading& action);
void set_action(proto::TransactionBody& body, const proto::RejectDispute& action);
void set_action(proto::TransactionBody& body, const proto::SetMethodology& action);
void set_action(proto::TransactionBody& body, const proto::ReportAvoided& action);
void set_action(proto::TransactionBody& body, const proto::ConvertCredits& action);
void set_action(proto::TransactionBody& body, const proto::IssueReserve& action);
void set_action(proto::TransactionBody& body, const proto::SetAllocationRule& action);
void set_action(proto::TransactionBody& body, const proto::ProposeChange& action);
void set_action(proto::TransactionBody& body, const proto::VoteOnChange& action);
void set_action(proto::TransactionBody& body, const proto::PauseMarket& action);
void set_action(proto::TransactionBody& body, const proto::ResumeMarket& action);
void set_action(proto::TransactionBody& body, const proto::Deposit& action);
void set_action(proto::TransactionBody& body, const proto::Withdraw& action);
void set_action(proto::TransactionBody& body, const proto::TransferCash& action);
void set_action(proto::TransactionBody& body, const proto::AddTrusted& action);
void set_action(proto::TransactionBody& body, const proto::RemoveTrusted& action);
void set_action(proto::TransactionBody& body, const proto::ProposeClawback& action);
void set_action(proto::TransactionBody& body, const proto::ApproveClawback& action);
void set_action(proto::TransactionBody& body, const proto::TransferQuota& action);
void set_action(proto::TransactionBody& body, const proto::RepayDebt& action);
void set_action(proto::TransactionBody& body, const proto::PostCosts& action);
void set_action(proto::TransactionBody& body, const proto::JoinMarket& action);
void set_action(proto::TransactionBody& body, const proto::SellSurplus& action);
void set_action(proto::TransactionBody& body, const proto::BuyQuota& action);
void set_action(proto::TransactionBody& body, const proto::PlaceOrder& action);
void set_action(proto::TransactionBody& body, const proto::CancelOrder& action);
void set_action(proto::TransactionBody& body, const proto::PostService& action);
void set_action(proto::TransactionBody& body, const proto::RegisterSideChain& action);
void set_action(proto::TransactionBody& body, const proto::DeliverMessages& action);
void set_action(proto::TransactionBody& body, const proto::SubmitAnchor& action);
void set_action(proto::TransactionBody& body, const proto::UpdateValidators& action);
void set_action(proto::TransactionBody& body, const proto::Attest& action);

struct Signed {
    ledger::RawTransaction bytes;
    Hash hash;
    std::uint64_t sequence = 0;
};

class Wallet {
public:
    // The account that this key opens.
    Wallet(const ChainId& chain, crypto::SigningKey key);
    // An account with several keys; the wallet has as many as the account's threshold asks for.
    Wallet(const ChainId& chain, const AccountId& account, std::vector<crypto::SigningKey> keys);

    const ChainId& chain() const { return chain_; }
    const AccountId& account() const { return account_; }

    // What the chain says it has used.
    void learn(const proto::AccountRecord& record);
    // A transaction of ours was committed, or never will be (expired, refused at admission): makes room.
    void committed(std::uint64_t sequence);
    void given_up(std::uint64_t sequence);

    // An action (src/client/actions.h) signed with the next sequence. `valid_until_height` is the last block
    // that may hold it. sequences_used_up: 256 are on their way; wait until the oldest is committed or given
    // up.
    template <class Action>
    Result<Signed> sign(const Action& action, std::uint64_t valid_until_height) {
        proto::TransactionBody body;
        set_action(body, action);
        return sign_body(std::move(body), valid_until_height);
    }

private:
    Result<Signed> sign_body(proto::TransactionBody body, std::uint64_t valid_until_height);

    ChainId chain_;
    AccountId account_;
    std::vector<crypto::SigningKey> keys_;
    std::uint64_t known_top_ = 0;   // the highest sequence that we know the chain has used
    std::uint64_t last_ = 0;        // the last one given out
    std::set<std::uint64_t> open_;  // given out, and neither committed nor given up
};

}  // namespace pcq::client
