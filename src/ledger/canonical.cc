#include "src/ledger/canonical.h"

#include "src/base/wire.h"

namespace pcq::ledger {
namespace {

// No honest message so long is of so many fields: a block of 8 MiB has 10,000 transactions.
constexpr std::size_t kLong = 1 << 20;
constexpr std::size_t kFieldsMax = 250'000;

}  // namespace

bool decode_canonical(BytesView bytes, google::protobuf::Message& message) {
    if (bytes.size() > kLong && !has_fields_within(bytes, *message.GetDescriptor(), kFieldsMax)) return false;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    message.DiscardUnknownFields();
    // The size is computed anyway and settles most forgeries before the bytes are written.
    if (message.ByteSizeLong() != bytes.size()) return false;
    return message.SerializeAsString() == bytes;
}

}  // namespace pcq::ledger
