// How messages read in JSON; docs/rpc.md tells clients the same.
//
//   int64 (amounts)            decimal string: no reader loses a gram to a double
//   other numbers              number; a uint64 above 2^53 - 1 is a decimal string
//   bytes                      hexadecimal; those that name an account its address (src/base/address.h)
//   enum                       its name in lower case without the prefix: "open", "true_up"
//   message, absent / oneof    null / only the member that is set
//
// Field names are those of proto/pcq/v1. Thread-safe.
#pragma once

#include <boost/json/object.hpp>
#include <google/protobuf/message.h>

#include "src/base/amount.h"
#include "src/base/bytes.h"

namespace pcq::rpc {

boost::json::object to_json(const google::protobuf::Message& message);

// Amounts and 64-bit counters by the same rule.
template <class Unit>
boost::json::value to_json(Amount<Unit> amount) {
    return boost::json::string(std::to_string(amount.value()));
}
boost::json::value to_json(std::uint64_t number);

}  // namespace pcq::rpc
