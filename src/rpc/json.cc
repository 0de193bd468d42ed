#include "src/rpc/json.h"

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/rpc/fields.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::uint64_t kExactMax = (1ULL << 53) - 1;  // every integer up to here is a double

// PERIOD_PHASE_TRUE_UP of enum PeriodPhase reads "true_up".
std::string enum_text(const EnumValueDescriptor& value) {
    std::string prefix;
    for (const char c : value.type()->name()) {
        if (c >= 'A' && c <= 'Z' && !prefix.empty()) prefix.push_back('_');
        prefix.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
    prefix.push_back('_');
    std::string text = value.name();
    if (text.rfind(prefix, 0) == 0) text.erase(0, prefix.size());
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string bytes_text(const FieldDescriptor& field, const std::string& bytes) {
    if (names_account(field)) {
        // What people sign may name an account by other than 32 bytes: shown as it is.
        if (const auto account = AccountId::from(bytes)) return to_address(*account);
    }
    return to_hex(bytes);
}

// One element: of a repeated field at `index`, or a singular field when index is negative.
json::value element(const Message& message, const FieldDescriptor& field, int index) {
    const auto& reflection = *message.GetReflection();
    const bool many = index >= 0;
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            return many ? reflection.GetRepeatedInt32(message, &field, index)
                        : reflection.GetInt32(message, &field);
        case FieldDescriptor::CPPTYPE_INT64:
            return json::string(std::to_string(many ? reflection.GetRepeatedInt64(message, &field, index)
                                                    : reflection.GetInt64(message, &field)));
        case FieldDescriptor::CPPTYPE_UINT32:
            return many ? reflection.GetRepeatedUInt32(message, &field, index)
                        : reflection.GetUInt32(message, &field);
        case FieldDescriptor::CPPTYPE_UINT64:
            return to_json(many ? reflection.GetRepeatedUInt64(message, &field, index)
                                : reflection.GetUInt64(message, &field));
        case FieldDescriptor::CPPTYPE_BOOL:
            return many ? reflection.GetRepeatedBool(message, &field, index)
                        : reflection.GetBool(message, &field);
        case FieldDescriptor::CPPTYPE_ENUM:
            return json::string(enum_text(many ? *reflection.GetRepeatedEnum(message, &field, index)
                                               : *reflection.GetEnum(message, &field)));
        case FieldDescriptor::CPPTYPE_STRING: {
            const std::string text = many ? reflection.GetRepeatedString(message, &field, index)
                                          : reflection.GetString(message, &field);
            return json::string(field.type() == FieldDescriptor::TYPE_BYTES ? bytes_text(field, text) : text);
        }
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return to_json(many ? reflection.GetRepeatedMessage(message, &field, index)
                                : reflection.GetMessage(message, &field));
        case FieldDescriptor::CPPTYPE_FLOAT:
        case FieldDescriptor::CPPTYPE_DOUBLE:
            break;
    }
    invariant_failed("pcq.v1 has no floating point", __FILE__, __LINE__);
}

}  // namespace

json::value to_json(std::uint64_t number) {
    if (number > kExactMax) return json::string(std::to_string(number));
    return number;
}

json::object to_json(const Message& message) {
    const auto& descriptor = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    json::object object;
    for (int i = 0; i < descriptor.field_count(); ++i) {
        const FieldDescriptor& field = *descriptor.field(i);
        if (field.is_repeated()) {
            json::array list;
            const int size = reflection.FieldSize(message, &field);
            list.reserve(static_cast<std::size_t>(size));
            for (int at = 0; at < size; ++at) list.push_back(element(message, field, at));
            object.emplace(field.name(), std::move(list));
        } else if (field.has_presence() && !reflection.HasField(message, &field)) {
            if (field.containing_oneof() == nullptr) object.emplace(field.name(), nullptr);
        } else {
            object.emplace(field.name(), element(message, field, -1));
        }
    }
    return object;
}

}  // namespace pcq::rpc
