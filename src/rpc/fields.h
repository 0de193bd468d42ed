// What the descriptors of proto/pcq/v1 tell of a message: which of its fields name accounts, and whom.
// Thread-safe.
#pragma once

#include <set>
#include <string>

#include <google/protobuf/descriptor.h>

#include "proto/pcq/v1/transaction.pb.h"

#include "src/base/bytes.h"
#include "src/ledger/canonical.h"

namespace pcq::rpc {

// Whether a field holds the id of an account.
bool names_account(const google::protobuf::FieldDescriptor& field);

// Adds every account that a field of the message names, however deep.
void collect_accounts(const google::protobuf::Message& message, std::set<AccountId>& found);

// The name of its field, as "sell_surplus"; "none" where there is no action.
std::string action_name(const proto::TransactionBody& body);

}  // namespace pcq::rpc
