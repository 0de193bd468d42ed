#include "src/ledger/canonical.h"

namespace pcq::ledger {

bool decode_canonical(BytesView bytes, google::protobuf::Message& message) {
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    message.DiscardUnknownFields();
    // The size is computed anyway and settles most forgeries before the bytes are written.
    if (message.ByteSizeLong() != bytes.size()) return false;
    return message.SerializeAsString() == bytes;
}

}  // namespace pcq::ledger
