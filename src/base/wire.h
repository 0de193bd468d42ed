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

inline constexpr int kWireDepthMax = 100;  // as protobuf's own decoder
inline constexpr std::uint64_t kWireNumberMax = (1ULL << 29) - 1;

// Takes the fields of a message of this type, a google::protobuf::Descriptor, and of those in it from `left`.
template <class Type>
bool take_fields(BytesView message, const Type& type, std::size_t& left, int depth) {
    if (depth > kWireDepthMax) return false;
    WireFields fields(message);
    while (const auto field = fields.next()) {
        if (left-- == 0 || field->number > kWireNumberMax) return false;
        const auto* known = type.FindFieldByNumber(static_cast<int>(field->number));
        const Type* within = known == nullptr ? nullptr : known->message_type();
        if (within != nullptr && !take_fields(field->bytes, *within, left, depth + 1)) return false;
    }
    return !fields.broken();
}

// Whether a message of this type, with the messages in it, has at most so many fields: each takes memory of
// its own once it is decoded, however short it is. False too where the bytes are no message of proto3
// (groups, which protobuf's own decoder passes over) or messages stand in each other deeper than that decoder
// goes.
template <class Type>
bool has_fields_within(BytesView message, const Type& type, std::size_t most) {
    return take_fields(message, type, most, 1);
}

}  // namespace pcq
