#include "src/client/actions.h"

#include <algorithm>

#include "src/crypto/hash.h"
#include "src/ledger/list_tree.h"

namespace pcq::client {
namespace {

void fill(proto::PublicKey& out, const crypto::PublicKey& key) {
    out.set_type(static_cast<proto::KeyType>(key.type()));
    out.set_data(Bytes(key.data()));
}

Hash leaf(const ChainId& side_chain, std::uint32_t period, const Allotment& allotment) {
    Bytes data;
    append_u32(data, period);
    data.append(allotment.account.view());
    append_u64(data, static_cast<std::uint64_t>(allotment.grams.value()));
    data.append(allotment.reason);
    return crypto::tagged_hash("issuance-leaf", side_chain, data);
}

}  // namespace

Hash possession_digest(const ChainId& chain, const AccountId& registrar, const AccountId& account) {
    Bytes data = registrar.bytes();
    data.append(account.view());
    return crypto::tagged_hash("possession", chain, data);
}

proto::NewUser new_user(const ChainId& chain, const AccountId& registrar, const crypto::SigningKey& key,
                        const Hash& kyc_commitment) {
    proto::NewUser user;
    fill(*user.mutable_key(), key.public_key());
    user.set_possession(key.sign(possession_digest(chain, registrar, crypto::account_of(key.public_key()))));
    user.set_kyc_commitment(kyc_commitment.bytes());
    return user;
}

proto::RotateKeys rotate_keys(const ChainId& chain, const AccountId& account,
                              const std::vector<const crypto::SigningKey*>& keys, std::uint32_t threshold) {
    auto ordered = keys;
    std::sort(ordered.begin(), ordered.end(),
              [](const auto* a, const auto* b) { return a->public_key() < b->public_key(); });
    proto::RotateKeys action;
    action.set_threshold(threshold);
    for (const auto* key : ordered) {
        fill(*action.add_keys(), key->public_key());
        action.add_possessions(key->sign(possession_digest(chain, account, account)));
    }
    return action;
}

Result<IssuancePlan> IssuancePlan::from(const ChainId& side_chain, std::uint32_t period,
                                        std::vector<Allotment> list) {
    IssuancePlan plan;
    plan.side_chain_ = side_chain;
    plan.period_ = period;
    for (const auto& allotment : list) {
        const auto total = checked_add(plan.total_, allotment.grams);
        if (!total) return total.error();
        plan.total_ = *total;
        plan.leaves_.push_back(leaf(side_chain, period, allotment));
    }
    plan.list_ = std::move(list);
    return plan;
}

proto::SetAllocationRule equal_per_head(const std::string& id, Grams grams) {
    proto::SetAllocationRule rule;
    rule.set_id(id);
    rule.set_title("equal per head");
    rule.set_text("Everybody gets the same.");
    rule.set_base_label("head");
    rule.set_base_g(grams.value());
    return rule;
}

proto::IssueBatch IssuancePlan::batch(const RuleVersion& rule) const {
    proto::IssueBatch action;
    action.set_period(period_);
    action.set_side_chain(side_chain_.bytes());
    action.set_merkle_root(ledger::list_root(leaves_).bytes());
    action.set_count(static_cast<std::uint32_t>(list_.size()));
    action.set_total_g(total_.value());
    action.set_rule(rule.id);
    action.set_rule_version(rule.version);
    return action;
}

proto::ClaimIssuance IssuancePlan::claim(std::uint32_t batch, std::size_t first, std::size_t count) const {
    PCQ_INVARIANT(first < list_.size() && count > 0);
    const std::size_t size = std::min(count, list_.size() - first);
    proto::ClaimIssuance action;
    action.set_period(period_);
    action.set_batch(batch);
    action.set_first_leaf(static_cast<std::uint32_t>(first));
    for (std::size_t i = first; i < first + size; ++i) {
        auto& entry = *action.add_leaves();
        entry.set_account(list_[i].account.bytes());
        entry.set_grams(list_[i].grams.value());
        entry.set_reason(list_[i].reason);
    }
    for (const auto& hash : ledger::prove_range(leaves_, {.first = first, .size = size})) {
        action.add_proof(hash.bytes());
    }
    return action;
}

}  // namespace pcq::client
