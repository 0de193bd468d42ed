#include "src/rpc/fields.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pcq::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::array<std::string_view, 18> kAccountFields{
    "account",  "accounts",    "answered_by", "approved_by", "auditor", "buyer",
    "by",       "from",        "frozen_by",   "government",  "heir",    "meter",
    "platform", "proposed_by", "resumed_by",  "seller",      "to",      "voter"};

}  // namespace

bool names_account(const FieldDescriptor& field) {
    return field.type() == FieldDescriptor::TYPE_BYTES &&
           std::find(kAccountFields.begin(), kAccountFields.end(), field.name()) != kAccountFields.end();
}

void collect_accounts(const Message& message, std::set<AccountId>& found) {
    const auto& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const auto* field : fields) {
        const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
        for (int i = 0; i < size; ++i) {
            if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
                collect_accounts(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                      : reflection.GetMessage(message, field),
                                 found);
            } else if (names_account(*field)) {
                const auto account =
                    AccountId::from(field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                                         : reflection.GetString(message, field));
                if (account) found.insert(*account);
            }
        }
    }
}

std::string action_name(const proto::TransactionBody& body) {
    const auto* action = body.GetDescriptor()->FindFieldByNumber(static_cast<int>(body.action_case()));
    return action == nullptr ? "none" : action->name();
}

}  // namespace pcq::rpc
