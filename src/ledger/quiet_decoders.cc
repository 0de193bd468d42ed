#include "src/ledger/quiet_decoders.h"

#include <google/protobuf/stubs/logging.h>

namespace pcq::ledger {

void quiet_decoders() {
    google::protobuf::SetLogHandler(nullptr);
}

}  // namespace pcq::ledger
