// What a peer gives as the beginning of a snapshot: the block of its height with the certificate, the headers
// before it, and the changes of validators from the genesis document on. What is believed is what the chain's
// validators have certified, byte by byte.
#include "src/storage/snapshot.h"

#include "proto/pcq/v1/peer.pb.h"

#include "src/storage/horizon.h"
#include "tests/fuzz/target.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::fuzz {
namespace {

constexpr std::uint64_t kChange = 2;
constexpr std::uint64_t kBlocks = 5;

// With new validators from the third block on.
const storage::TestChain& chain() {
    static const storage::TestChain* const made = [] {
        auto* chain = new storage::TestChain;
        for (std::uint64_t height = 1; height <= kBlocks; ++height)
            height == kChange ? chain->add_last_of_set() : chain->add();
        return chain;
    }();
    return *made;
}

Bytes snapshot_at(std::uint64_t height) {
    const auto& at = chain().at(height);
    proto::Snapshot snapshot;
    snapshot.set_height(height);
    snapshot.set_depth(1);
    if (height > kChange) {
        auto& change = *snapshot.add_changes();
        change.set_header(chain().at(kChange).header.bytes());
        change.set_certificate(chain().at(kChange).certificate);
        change.set_validators(chain().at(kChange).executed.next_validators->fields().SerializeAsString());
    }
    for (std::uint64_t before = 1; before < height; ++before)
        snapshot.add_lead(chain().at(before).header.bytes());
    snapshot.set_block(at.block);
    proto::Receipts receipts;
    for (const auto& receipt : at.executed.receipts) receipts.add_receipts(receipt);
    snapshot.set_receipts(receipts.SerializeAsString());
    snapshot.set_certificate(at.certificate);
    if (height == kChange)
        snapshot.set_next_validators(at.executed.next_validators->fields().SerializeAsString());
    return snapshot.SerializeAsString();
}

}  // namespace

void run(BytesView input) {
    proto::Snapshot snapshot;
    if (!snapshot.ParseFromArray(input.data(), static_cast<int>(input.size()))) return;
    storage::SnapshotHead head;
    for (const auto& change : snapshot.changes())
        head.changes.push_back({change.header(), change.certificate(), change.validators()});
    head.lead.assign(snapshot.lead().begin(), snapshot.lead().end());
    head.block = snapshot.block();
    head.receipts = snapshot.receipts();
    head.certificate = snapshot.certificate();
    head.next_validators = snapshot.next_validators();
    const auto verified = storage::verify_head(chain().genesis(), head);
    if (!verified) return;
    const std::uint64_t height = verified->header->height();
    PCQ_INVARIANT(height >= 1 && height <= kBlocks);
    PCQ_INVARIANT(verified->header.hash() == chain().at(height).header.hash());
    PCQ_INVARIANT(head.block == chain().at(height).block);
    PCQ_INVARIANT(verified->lead.size() == height - 1);
    for (std::uint64_t before = 1; before < height; ++before)
        PCQ_INVARIANT(verified->lead[before - 1].hash() == chain().at(before).header.hash());
    PCQ_INVARIANT(verified->changes.size() == (height > kChange ? 1u : 0u));
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> made;
    for (std::uint64_t height = 1; height <= kBlocks; ++height) {
        made.push_back(snapshot_at(height));
        PCQ_INVARIANT(!made.back().empty());
    }
    return made;
}

}  // namespace pcq::fuzz
