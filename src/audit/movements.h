// Everything that ever happened to what an account holds, and to its cash: the records as each block left
// them, held against the running hash of the proven one. Nothing can be left out, added or changed.
//
// Pure; thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "proto/pcq/v1/state.pb.h"

#include "src/base/bytes.h"
#include "src/base/result.h"
#include "src/ledger/canonical.h"

namespace pcq::audit {

// As they come from anybody: encoded records, by ascending height.
struct ListedMovements {
    std::vector<Bytes> holding;
    std::vector<Bytes> cash;
};

struct Movements {
    std::vector<proto::HoldingRecord> holding;
    std::vector<proto::CashRecord> cash;
};

// The records of a person's period as they were proven; nothing: proven to be absent.
struct ProvenEnds {
    AccountId account;
    std::uint32_t period = 0;
    std::optional<Bytes> holding;
    std::optional<Bytes> cash;
};

// bad_proof says which movement is not the one that the proven record commits to.
Result<Movements> check_movements(const ChainId& chain, const ProvenEnds& ends,
                                  const ListedMovements& listed);

// The block that changed the record last, and how many have; nothing if the bytes are no such record or name
// none.
struct LastMovement {
    std::uint64_t count = 0;
    std::uint64_t height = 0;
};
std::optional<LastMovement> last_movement_of_holding(BytesView record);
std::optional<LastMovement> last_movement_of_cash(BytesView record);

// By how much each figure changed, in the order of its field.
struct Change {
    std::string what;  // the field's name, with its unit
    std::int64_t by = 0;
};
struct Movement {
    std::uint64_t height = 0;
    std::vector<Change> holding;
    std::vector<Change> cash;
};
// Both lists in one, by block; a figure that went there and back within a block is not in it.
std::vector<Movement> by_block(const Movements& movements);

}  // namespace pcq::audit
