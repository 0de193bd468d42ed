#include "src/rpc/params.h"

#include <algorithm>
#include <charconv>

#include <boost/json/serialize.hpp>

#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/hex.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;

constexpr std::size_t kKeyBytesMax = 1024;

std::string expectation(const Param& param) {
    switch (param.type) {
        case ParamType::chain:
            return "the name or the id (64 hexadecimal digits) of a chain";
        case ParamType::account:
            return "an account: its address (pcq1...) or 64 hexadecimal digits";
        case ParamType::id:
            return "64 hexadecimal digits";
        case ParamType::other_chain:
            return "the id of a chain (64 hexadecimal digits), or the name of one here";
        case ParamType::number:
            return "an integer from " + std::to_string(param.min) + " to " + std::to_string(param.max);
        case ParamType::cursor:
            return "the text that the page before gave as \"next\"";
        case ParamType::flag:
            return "true or false";
        case ParamType::choice: {
            std::string text = "one of";
            for (const auto choice : param.choices) text += " \"" + std::string(choice) + "\"";
            return text;
        }
        case ParamType::bytes:
            return "base64 text";
        case ParamType::keys:
            return "a state key in hexadecimal, or a list of " + std::to_string(param.min) + " to " +
                   std::to_string(param.max) + " of them";
    }
    return {};
}

// What was sent, short enough to be shown.
std::string shown(const json::value& value) {
    constexpr std::size_t kShownMax = 40;
    if (value.is_object()) return "an object";
    if (value.is_array()) return "a list";
    std::string text;
    if (const auto* string = value.if_string()) {
        // Cut before it is quoted, so that a long string costs nothing; broken UTF-8 at the cut is left out.
        std::size_t cut = std::min(string->size(), kShownMax);
        while (cut < string->size() && cut > 0 &&
               (static_cast<unsigned char>((*string)[cut]) & 0xc0U) == 0x80U)
            --cut;
        text = json::serialize(json::string(string->subview(0, cut)));
        if (cut < string->size()) text += "...";
        return text;
    }
    return json::serialize(value);
}

Error wrong(const Param& param, const json::value& value, const std::string& why = {}) {
    return Error{Code::parameter_invalid, "parameter \"" + std::string(param.name) + "\": expected " +
                                              expectation(param) + ", got " + shown(value) +
                                              (why.empty() ? "" : " (" + why + ")")};
}

std::optional<std::uint64_t> unsigned_number(const json::value& value) {
    if (const auto* number = value.if_uint64()) return *number;
    if (const auto* number = value.if_int64()) {
        return *number < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*number));
    }
    const auto* text = value.if_string();
    if (text == nullptr || text->empty()) return std::nullopt;
    std::uint64_t number = 0;
    const char* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return number;
}

Result<std::vector<Bytes>> state_keys(const Param& param, const json::value& value) {
    json::array single;
    const json::array* list = value.if_array();
    if (list == nullptr) {
        single.push_back(value);
        list = &single;
    }
    if (list->size() < param.min || list->size() > param.max) {
        return wrong(param, value, "it has " + std::to_string(list->size()));
    }
    std::vector<Bytes> keys;
    for (const auto& entry : *list) {
        const auto* text = entry.if_string();
        if (text == nullptr) return wrong(param, entry);
        auto key = from_hex(*text);
        if (!key) return wrong(param, entry, key.error().message);
        if (key->empty() || key->size() > kKeyBytesMax) {
            return wrong(param, entry, "a key has 1 to " + std::to_string(kKeyBytesMax) + " bytes");
        }
        keys.push_back(*std::move(key));
    }
    return keys;
}

Result<std::vector<const json::value*>> by_position(std::span<const Param> declared,
                                                    const json::array& list) {
    if (list.size() > declared.size()) {
        return Error{Code::parameter_invalid, "expected at most " + std::to_string(declared.size()) +
                                                  " parameters, got " + std::to_string(list.size())};
    }
    std::vector<const json::value*> sent(declared.size(), nullptr);
    for (std::size_t i = 0; i < list.size(); ++i) sent[i] = &list[i];
    return sent;
}

Result<std::vector<const json::value*>> by_name(std::span<const Param> declared, const json::object& object) {
    std::vector<const json::value*> sent(declared.size(), nullptr);
    for (const auto& member : object) {
        std::size_t at = 0;
        while (at < declared.size() && declared[at].name != std::string_view(member.key())) ++at;
        if (at == declared.size()) {
            std::string message =
                "unknown parameter " + shown(json::string(member.key())) + "; this method takes";
            for (const auto& param : declared) message += " " + std::string(param.name);
            return Error{Code::parameter_invalid, declared.empty() ? message + " none" : message};
        }
        sent[at] = &member.value();
    }
    return sent;
}

}  // namespace

Result<ChainId> Directory::find(std::optional<std::string_view> text) const {
    if (!text && chains_.size() == 1) return chains_.front().id;
    const auto id = text ? id_from_hex<ChainId>(*text) : Result<ChainId>(Error());
    std::string names;
    for (const auto& chain : chains_) {
        if (text && (chain.name == *text || (id && chain.id == *id))) return chain.id;
        names += (names.empty() ? "" : ", ") + chain.name;
    }
    if (!text) {
        return Error{Code::parameter_invalid, "parameter \"chain\" is missing; this node hosts " + names};
    }
    return Error{Code::chain_unknown, "parameter \"chain\": this node does not host " +
                                          shown(json::string(*text)) + "; it hosts " + names};
}

Result<Arguments::Value> Arguments::parse(const Param& param, const json::value& value,
                                          const Directory& directory) {
    const auto* text = value.if_string();
    switch (param.type) {
        case ParamType::chain: {
            if (text == nullptr) return wrong(param, value);
            const auto chain = directory.find(std::string_view(*text));
            if (!chain) return chain.error();
            return Value(*chain);
        }
        case ParamType::account: {
            if (text == nullptr) return wrong(param, value);
            const auto account = account_from_text(*text);
            if (!account) return wrong(param, value, account.error().message);
            return Value(*Hash::from(account->view()));
        }
        case ParamType::id:
        case ParamType::other_chain: {
            if (text == nullptr) return wrong(param, value);
            if (param.type == ParamType::other_chain) {
                const auto hosted = directory.find(std::string_view(*text));
                if (hosted) return Value(*Hash::from(hosted->view()));
            }
            const auto id = id_from_hex<Hash>(*text);
            if (!id) return wrong(param, value, id.error().message);
            return Value(*id);
        }
        case ParamType::number:
        case ParamType::cursor: {
            const auto number = unsigned_number(value);
            const std::uint64_t max =
                param.type == ParamType::cursor ? std::numeric_limits<std::uint64_t>::max() : param.max;
            if (!number || *number < param.min || *number > max) return wrong(param, value);
            return Value(*number);
        }
        case ParamType::flag: {
            if (!value.is_bool()) return wrong(param, value);
            return Value(value.get_bool());
        }
        case ParamType::choice: {
            const auto found = text == nullptr ? param.choices.end()
                                               : std::find(param.choices.begin(), param.choices.end(),
                                                           std::string_view(*text));
            if (found == param.choices.end()) return wrong(param, value);
            return Value(std::string(*found));
        }
        case ParamType::bytes: {
            if (text == nullptr) return wrong(param, value);
            auto bytes = from_base64(*text);
            if (!bytes) return wrong(param, value, bytes.error().message);
            return Value(*std::move(bytes));
        }
        case ParamType::keys: {
            auto keys = state_keys(param, value);
            if (!keys) return keys.error();
            return Value(*std::move(keys));
        }
    }
    return Value();
}

Result<Arguments> Arguments::from(std::span<const Param> declared, const json::value& params,
                                  const Directory& directory) {
    auto sent = params.is_null() ? Result<std::vector<const json::value*>>(
                                       std::vector<const json::value*>(declared.size(), nullptr))
                : params.is_object() ? by_name(declared, params.get_object())
                                     : by_position(declared, params.get_array());
    if (!sent) return sent.error();

    Arguments arguments;
    arguments.declared_ = declared;
    for (std::size_t i = 0; i < declared.size(); ++i) {
        const Param& param = declared[i];
        const json::value* value = (*sent)[i];
        if (value != nullptr && !value->is_null()) {
            auto parsed = parse(param, *value, directory);
            if (!parsed) return parsed.error();
            arguments.values_.push_back(*std::move(parsed));
        } else if (param.type == ParamType::chain) {
            const auto only = directory.find(std::nullopt);
            if (!only) return only.error();
            arguments.values_.emplace_back(*only);
        } else if (param.required) {
            return Error{Code::parameter_invalid, "parameter \"" + std::string(param.name) +
                                                      "\" is missing; expected " + expectation(param)};
        } else {
            arguments.values_.emplace_back();
        }
    }
    return arguments;
}

ChainId Arguments::chain() const {
    const auto* chain = find<ChainId>("chain");
    PCQ_INVARIANT(chain != nullptr);
    return *chain;
}

std::optional<AccountId> Arguments::account(std::string_view name) const {
    return id<AccountId>(name);
}

std::optional<std::uint64_t> Arguments::number(std::string_view name) const {
    const auto* number = find<std::uint64_t>(name);
    return number == nullptr ? std::nullopt : std::optional(*number);
}

bool Arguments::flag(std::string_view name) const {
    const auto* flag = find<bool>(name);
    return flag != nullptr && *flag;
}

std::optional<std::string_view> Arguments::choice(std::string_view name) const {
    const auto* choice = find<std::string>(name);
    return choice == nullptr ? std::nullopt : std::optional<std::string_view>(*choice);
}

Bytes Arguments::bytes(std::string_view name) const {
    const auto* bytes = find<std::string>(name);
    return bytes == nullptr ? Bytes() : *bytes;
}

std::vector<Bytes> Arguments::keys(std::string_view name) const {
    const auto* keys = find<std::vector<Bytes>>(name);
    return keys == nullptr ? std::vector<Bytes>() : *keys;
}

}  // namespace pcq::rpc
