#include "src/ledger/overlay.h"

#include <utility>

namespace pcq::ledger {

std::optional<Bytes> Overlay::get(BytesView key) const {
    const auto changed = changes_.find(key);
    if (changed != changes_.end()) return changed->second;
    return base_.get(key);
}

void Overlay::put(BytesView key, Bytes value) {
    const auto at = changes_.find(key);
    if (at != changes_.end()) {
        at->second = std::move(value);
    } else {
        changes_.emplace(Bytes(key), std::move(value));
    }
}

void Overlay::remove(BytesView key) {
    const auto at = changes_.find(key);
    if (at != changes_.end()) {
        at->second.reset();
    } else {
        changes_.emplace(Bytes(key), std::nullopt);
    }
}

void Overlay::absorb(Overlay&& child) {
    PCQ_INVARIANT(&child.base_ == this);
    // Nodes move over without copying; what both changed, the child saw last.
    while (!child.changes_.empty()) {
        auto node = child.changes_.extract(child.changes_.begin());
        auto inserted = changes_.insert(std::move(node));
        if (!inserted.inserted) inserted.position->second = std::move(inserted.node.mapped());
    }
}

}  // namespace pcq::ledger
