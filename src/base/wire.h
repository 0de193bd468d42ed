// The fields of an encoded protobuf message, one after the other, without decoding it: whoever is sent
// millions of empty ones learns of them before memory is taken for each.
#pragma once

#include <cstdint>
#include <optional>

#include "src/base/bytes.h"

namespace pcq {

struct WireField {
    std::uint64_t number = 0;
    BytesView bytes;  // its content, if it has a length; empty else
};

class WireFields {
public:
    explicit WireFields(BytesView message) : rest_(message) {}

    // Nothing at the end, and where the bytes are no message: broken() tells.
    std::optional<WireField> next();
    bool broken() const { return broken_; }

private:
    std::optional<std::uint64_t> varint();
    std::optional<BytesView> take(std::uint64_t size);

    BytesView rest_;
    bool broken_ = false;
};

// How many there are, `limit` + 1 if there are more, in the message itself; of one that is broken, before it
// breaks.
std::size_t count_fields(BytesView message, std::size_t limit);

}  // namespace pcq
