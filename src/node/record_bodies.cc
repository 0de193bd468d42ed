#include "src/node/record_bodies.h"

#include <algorithm>
#include <set>

namespace pcq::node {
namespace {

constexpr std::size_t kFieldBytes = 8;  // tag and length of one body, at most

}  // namespace

void RecordBodies::enter(std::uint64_t height) {
    if (height == height_) return;
    height_ = height;
    voted_.clear();
    kept_.clear();
}

void RecordBodies::keep(const ChainId& chain, const proto::VoteRecord& said) {
    enter(said.height());
    for (const auto& bytes : said.prepared_bodies()) {
        auto decoded = ledger::DecodedTransaction::from(bytes, chain);
        if (!decoded) continue;
        if (auto verified = ledger::verify_signatures(*std::move(decoded)))
            kept_.emplace((*verified)->hash(), *verified);
    }
}

void RecordBodies::passed(std::uint64_t height) {
    if (height >= height_) enter(height + 1);
}

std::optional<ledger::VerifiedTransaction> RecordBodies::find(const Hash& hash) const {
    const auto at = kept_.find(hash);
    return at == kept_.end() ? std::nullopt : std::optional(at->second);
}

Bytes RecordBodies::encode(proto::VoteRecord record, const Executed& executed, std::size_t bytes_max) {
    enter(record.height());
    if (const auto voted = Hash::from(record.voted_hash()); record.voted() && voted) {
        voted_.erase(std::remove(voted_.begin(), voted_.end(), *voted), voted_.end());
        voted_.push_back(*voted);
    }
    std::vector<Hash> blocks(voted_.rbegin(), voted_.rend());
    if (record.has_prepared()) blocks.insert(blocks.begin(), *Hash::from(record.prepared().block_hash()));

    std::size_t bytes = record.ByteSizeLong();
    const auto add = [&](BytesView body) {
        if (bytes + body.size() + kFieldBytes > bytes_max) return;
        bytes += body.size() + kFieldBytes;
        record.add_prepared_bodies(Bytes(body));
    };
    std::set<Hash> added;
    // After a start, of the block that the certificate is for: nobody has executed it since.
    for (const auto& bytes_of : record.prepared_transactions()) {
        const auto hash = Hash::from(bytes_of);
        const auto at = hash ? kept_.find(*hash) : kept_.end();
        if (at != kept_.end() && added.insert(*hash).second) add(at->second->bytes());
    }
    for (const auto& hash : blocks) {
        const auto at = executed.find(hash);
        proto::Block block;
        if (at == executed.end() || !block.ParseFromString(at->second->block)) continue;
        for (int i = 0; i < block.transactions_size(); ++i) {
            const auto& transactions = at->second->transactions;
            if (added.insert(transactions[static_cast<std::size_t>(i)]).second) add(block.transactions(i));
        }
    }
    for (const auto& [hash, transaction] : kept_) {
        if (added.insert(hash).second) add(transaction->bytes());
    }
    return record.SerializeAsString();
}

}  // namespace pcq::node
