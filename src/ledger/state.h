// State as the inner rings see it: a map from byte keys to byte values at one height.
//
// A key is a table number (one byte) and the table's own key bytes; src/ledger/table.h types both.
// There is no iteration: whatever a contract must walk through, it keeps an index of, so that every
// step it takes can be proven.
#pragma once

#include <map>
#include <optional>

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq::ledger {

// State after one block. Implementations are immutable: the same key gives the same value for as long as
// the reader lives. A failing disk is the implementation's to handle (it stops the chain); it never reads as
// absence.
class StateReader {
public:
    virtual ~StateReader() = default;
    virtual std::optional<Bytes> get(BytesView key) const = 0;
};

// What a block changes: ascending by key; nothing means that the key is removed.
using StateChanges = std::map<Bytes, std::optional<Bytes>, std::less<>>;

}  // namespace pcq::ledger
