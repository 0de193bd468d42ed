#include "src/rpc/protocol.h"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace pcq::rpc {
namespace {

namespace json = boost::json;

constexpr std::size_t kIdBytesMax = 256;
constexpr std::size_t kMethodBytesMax = 64;

Error invalid(const std::string& what) {
    return Error{Code::request_invalid, "no JSON-RPC 2.0 request: " + what};
}

bool good_id(const json::value& id) {
    if (const auto* text = id.if_string()) return text->size() <= kIdBytesMax;
    return id.is_null() || id.is_number();
}

Result<Call> parse_call(json::object& object, const json::value& id) {
    const auto* version = object.if_contains("jsonrpc");
    if (version == nullptr || !version->is_string() || version->get_string() != "2.0") {
        return invalid("\"jsonrpc\" must be \"2.0\"");
    }
    const auto* sent_id = object.if_contains("id");
    if (sent_id != nullptr && !good_id(*sent_id)) {
        return invalid("\"id\" must be a number, null, or text of at most " + std::to_string(kIdBytesMax) +
                       " bytes");
    }
    const auto* method = object.if_contains("method");
    if (method == nullptr || !method->is_string() || method->get_string().size() > kMethodBytesMax) {
        return invalid("\"method\" must be the name of a method");
    }
    auto* params = object.if_contains("params");
    if (params != nullptr && !params->is_object() && !params->is_array()) {
        return invalid("\"params\" must be an object (by name) or a list (by position)");
    }
    return Call{id, sent_id != nullptr, std::string(method->get_string()),
                params == nullptr ? json::value() : std::move(*params)};
}

Request::Entry parse_entry(json::value& value) {
    auto* object = value.if_object();
    if (object == nullptr) return {nullptr, invalid("a call is an object")};
    const auto* sent_id = object->if_contains("id");
    json::value id = sent_id != nullptr && good_id(*sent_id) ? *sent_id : json::value();
    auto call = parse_call(*object, id);
    return {std::move(id), std::move(call)};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

Result<Request> parse_request(std::string_view body, const CallLimits& limits) {
    json::parse_options options;
    options.max_depth = limits.depth_max;
    json::error_code failed;
    json::value parsed = json::parse(body, failed, {}, options);
    if (failed == json::error::too_deep) {
        return Error{Code::request_too_large,
                     "the request nests deeper than " + std::to_string(limits.depth_max) + " levels"};
    }
    if (failed) return Error{Code::request_malformed, "the request is not JSON: " + failed.message()};

    Request request;
    auto* batch = parsed.if_array();
    if (batch == nullptr) {
        request.entries.push_back(parse_entry(parsed));
        return request;
    }
    if (batch->empty()) return invalid("the batch is empty");
    if (batch->size() > limits.batch_max) {
        return Error{Code::request_too_large, "the batch has " + std::to_string(batch->size()) +
                                                  " calls; this node takes at most " +
                                                  std::to_string(limits.batch_max)};
    }
    request.batch = true;
    request.entries.reserve(batch->size());
    for (auto& value : *batch) request.entries.push_back(parse_entry(value));
    return request;
}

std::string success_text(const json::value& id, const json::value& result) {
    return R"({"jsonrpc":"2.0","id":)" + json::serialize(id) + R"(,"result":)" + json::serialize(result) +
           "}";
}

std::string error_text(const json::value& id, const Error& error) {
    const json::object object{
        {"code", protocol_code(error.code)},
        {"message", error.message},
        {"data", {{"code", static_cast<std::uint32_t>(error.code)}, {"name", name(error.code)}}}};
    return R"({"jsonrpc":"2.0","id":)" + json::serialize(id) + R"(,"error":)" + json::serialize(object) + "}";
}

int protocol_code(Code code) {
    switch (code) {
        case Code::request_malformed:
            return -32700;
        case Code::request_invalid:
        case Code::request_too_large:
            return -32600;
        case Code::method_unknown:
            return -32601;
        case Code::parameter_invalid:
        case Code::chain_unknown:
            return -32602;
        case Code::internal:
            return -32603;
        default:
            return -32000;
    }
}

std::optional<std::string_view> nearest(std::string_view unknown,
                                        const std::vector<std::string_view>& names) {
    std::optional<std::string_view> best;
    std::size_t best_distance = unknown.size() / 3 + 2;  // beyond this, another word was meant
    for (const auto name : names) {
        const std::size_t distance = edit_distance(unknown, name);
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace pcq::rpc
