// Whether the head of a snapshot shows all changes of validators that its chain has made.
//
// A set that comes back certifies what is above the change that brought it back, so a head may leave out
// those between and hold by itself. But the state has a record of every set, and is proven.
#pragma once

#include <functional>

#include "src/storage/snapshot.h"

namespace pcq::node {

// Of the state of the head's height.
using ProvenRecords = std::function<Result<std::optional<Bytes>>(BytesView key)>;
// bad_header: it does not.
Result<> check_changes(const ProvenRecords& records, const storage::VerifiedHead& head);

}  // namespace pcq::node
