#include "src/node/record_bodies.h"

#include <utility>

namespace pcq::node {
namespace {

constexpr std::size_t kFieldBytes = 8;  // tag and length of one body, at most

}  // namespace

void RecordBodies::enter(std::uint64_t height) {
    if (height == height_) return;
    *this = RecordBodies();
    height_ = height;
}

void RecordBodies::keep(const ChainId& chain, const proto::VoteRecord& said) {
    enter(said.height());
    for (auto at = said.prepared_bodies().rbegin(); at != said.prepared_bodies().rend(); ++at) {
        auto decoded = ledger::DecodedTransaction::from(*at, chain);
        if (!decoded) continue;
        if (auto verified = ledger::verify_signatures(*std::move(decoded))) bring_forward(*verified);
    }
}

void RecordBodies::passed(std::uint64_t height) {
    if (height >= height_) enter(height + 1);
}

std::optional<ledger::VerifiedTransaction> RecordBodies::find(const Hash& hash) const {
    const auto at = at_.find(hash);
    return at == at_.end() ? std::nullopt : std::optional(*at->second);
}

void RecordBodies::bring_forward(const ledger::VerifiedTransaction& transaction) {
    if (const auto at = at_.find(transaction->hash()); at != at_.end()) {
        order_.splice(order_.begin(), order_, at->second);
    } else {
        order_.push_front(transaction);
        at_.emplace(transaction->hash(), order_.begin());
    }
}

void RecordBodies::bring_forward(const std::optional<Hash>& block, const Held& held) {
    const Transactions* transactions = block ? held(*block) : nullptr;
    if (transactions == nullptr) return;
    for (const auto& [hash, transaction] : *transactions) bring_forward(transaction);
}

Bytes RecordBodies::encode(proto::VoteRecord record, const Held& held, std::size_t bytes_max) {
    enter(record.height());
    const auto voted = record.voted() ? Hash::from(record.voted_hash()) : std::nullopt;
    const auto prepared = record.has_prepared() ? Hash::from(record.prepared().block_hash()) : std::nullopt;
    const bool is_new_vote = voted != std::exchange(voted_, voted);
    const bool is_new_certificate = prepared != std::exchange(prepared_, prepared);
    if (is_new_vote) bring_forward(voted, held);
    if ((is_new_vote || is_new_certificate) && prepared != voted) {
        // After a start nobody has executed it since.
        for (const auto& bytes : record.prepared_transactions()) {
            const auto hash = Hash::from(bytes);
            if (const auto kept = hash ? find(*hash) : std::nullopt) bring_forward(*kept);
        }
        bring_forward(prepared, held);
    }
    std::size_t in_record = record.ByteSizeLong();
    std::size_t at_hand = 0;
    for (auto at = order_.begin(); at != order_.end();) {
        const Bytes& body = (*at)->bytes();
        if (in_record + body.size() + kFieldBytes <= bytes_max) {
            in_record += body.size() + kFieldBytes;
            record.add_prepared_bodies(body);
        }
        at_hand += body.size();
        if (at_hand > kAtHandBytes) {
            at_.erase((*at)->hash());
            at = order_.erase(at);
        } else {
            ++at;
        }
    }
    return record.SerializeAsString();
}

}  // namespace pcq::node
