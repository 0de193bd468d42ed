#include "tests/fuzz/message_drawer.h"

#include <google/protobuf/descriptor.h>

namespace pcq::fuzz {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

constexpr int kDepthMax = 5;
constexpr std::size_t kRepeatedMax = 4;

}  // namespace

void MessageDrawer::fill(Message& message, int depth) {
    const auto& descriptor = *message.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
        const FieldDescriptor& field = *descriptor.field(i);
        if (field.real_containing_oneof() != nullptr) continue;
        if (field.is_repeated()) {
            const std::size_t count = draw_.below(kRepeatedMax);
            for (std::size_t n = 0; n < count; ++n) set(message, field, depth);
        } else if (!field.has_presence() || draw_.below(2) == 0) {
            set(message, field, depth);
        }
    }
    for (int i = 0; i < descriptor.real_oneof_decl_count(); ++i) {
        const auto& choice = *descriptor.oneof_decl(i);
        const auto which = draw_.below(static_cast<std::size_t>(choice.field_count()));
        set(message, *choice.field(static_cast<int>(which)), depth);
    }
}

std::uint64_t MessageDrawer::number(const FieldDescriptor& field) {
    const BytesView name = field.name();
    const bool is_period = name == "period" || name == "vintage";
    if (is_period && !draw_.one_in(8)) return draw_.of(words_.numbers);
    if (name == "month" && !draw_.one_in(8)) return 1 + draw_.below(3);
    return draw_.one_in(6) ? draw_.of(words_.numbers) : draw_.number();
}

Bytes MessageDrawer::bytes(const FieldDescriptor& field) {
    if (field.type() == FieldDescriptor::TYPE_STRING) return draw_.of(words_.texts);
    const std::size_t kind = draw_.below(8);
    if (kind < 5) return draw_.of(words_.accounts);
    if (kind < 7) return draw_.of(words_.hashes);
    return Bytes(draw_.take(draw_.below(80)));
}

void MessageDrawer::set(Message& message, const FieldDescriptor& field, int depth) {
    const auto& reflection = *message.GetReflection();
    const auto put = [&](auto add, auto assign, auto value) {
        field.is_repeated() ? (reflection.*add)(&message, &field, value)
                            : (reflection.*assign)(&message, &field, value);
    };
    using Reflection = google::protobuf::Reflection;
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            return put(&Reflection::AddInt32, &Reflection::SetInt32,
                       static_cast<std::int32_t>(number(field)));
        case FieldDescriptor::CPPTYPE_INT64:
            return put(&Reflection::AddInt64, &Reflection::SetInt64,
                       static_cast<std::int64_t>(number(field)));
        case FieldDescriptor::CPPTYPE_UINT32:
            return put(&Reflection::AddUInt32, &Reflection::SetUInt32,
                       static_cast<std::uint32_t>(number(field)));
        case FieldDescriptor::CPPTYPE_UINT64:
            return put(&Reflection::AddUInt64, &Reflection::SetUInt64, number(field));
        case FieldDescriptor::CPPTYPE_BOOL:
            return put(&Reflection::AddBool, &Reflection::SetBool, draw_.below(2) == 1);
        case FieldDescriptor::CPPTYPE_ENUM: {
            const bool is_known = !draw_.one_in(16);
            const int count = field.enum_type()->value_count();
            const int value =
                is_known ? field.enum_type()
                               ->value(static_cast<int>(draw_.below(static_cast<std::size_t>(count))))
                               ->number()
                         : draw_.byte();
            return put(&Reflection::AddEnumValue, &Reflection::SetEnumValue, value);
        }
        case FieldDescriptor::CPPTYPE_STRING:
            field.is_repeated() ? reflection.AddString(&message, &field, bytes(field))
                                : reflection.SetString(&message, &field, bytes(field));
            return;
        case FieldDescriptor::CPPTYPE_MESSAGE:
            if (depth < kDepthMax) {
                fill(field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                         : *reflection.MutableMessage(&message, &field),
                     depth + 1);
            }
            return;
        case FieldDescriptor::CPPTYPE_FLOAT:
        case FieldDescriptor::CPPTYPE_DOUBLE:
            break;
    }
    invariant_failed("pcq.v1 has no floating point", __FILE__, __LINE__);
}

}  // namespace pcq::fuzz
