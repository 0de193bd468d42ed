// Which reasons and events each action was seen to give while the contracts' tests ran; the reference of the
// contracts (docs/contracts.md) is made of them.
#pragma once

#include "proto/pcq/v1/block.pb.h"
#include "proto/pcq/v1/transaction.pb.h"

#include "src/ledger/canonical.h"

namespace pcq::contracts::testing {

void witness(const proto::TransactionBody& body, const proto::Receipt& receipt);

}  // namespace pcq::contracts::testing
