// For main(): what is wrong with what somebody sent is told by errors, and not by lines that protobuf writes
// to stderr, past the log, as often as one likes.
#pragma once

namespace pcq::ledger {

void quiet_decoders();

}  // namespace pcq::ledger
