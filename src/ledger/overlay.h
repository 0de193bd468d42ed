// Changes on top of a state that is not touched: what a transaction writes is dropped or kept as a whole.
//
// Overlays stack: the block's on the committed state, the transaction's on the block's, the next
// block's on this one. Not thread-safe; the base must outlive the overlay.
#pragma once

#include "src/ledger/state.h"

namespace pcq::ledger {

class Overlay final : public StateReader {
public:
    // On another overlay, say so: Overlay(static_cast<const StateReader&>(parent)). Copying one is never
    // meant.
    explicit Overlay(const StateReader& base) : base_(base) {}
    Overlay(const Overlay&) = delete;
    Overlay& operator=(const Overlay&) = delete;

    std::optional<Bytes> get(BytesView key) const override;
    void put(BytesView key, Bytes value);
    void remove(BytesView key);

    const StateChanges& changes() const { return changes_; }
    const StateReader& base() const { return base_; }
    // Applies the changes of an overlay that stands on this one.
    void absorb(Overlay&& child);
    void clear() { changes_.clear(); }

private:
    const StateReader& base_;
    StateChanges changes_;
};

}  // namespace pcq::ledger
