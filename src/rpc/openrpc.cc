// /v1/openrpc.json, made of the table of methods.
#include <boost/json/array.hpp>

#include "src/rpc/methods.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;

json::object schema_of(const Param& param) {
    switch (param.type) {
        case ParamType::number:
            return {{"type", "integer"}, {"minimum", param.min}, {"maximum", param.max}};
        case ParamType::flag:
            return {{"type", "boolean"}};
        case ParamType::bytes:
            return {{"type", "string"}, {"contentEncoding", "base64"}};
        case ParamType::id:
            return {{"type", "string"}, {"pattern", "^[0-9a-fA-F]{64}$"}};
        case ParamType::account:
            return {{"type", "string"},
                    {"pattern", "^([0-9a-fA-F]{64}|pcq1[02-9ac-hj-np-z]{59}|PCQ1[02-9AC-HJ-NP-Z]{59})$"}};
        case ParamType::choice: {
            json::array choices;
            for (const auto choice : param.choices) choices.emplace_back(choice);
            return {{"type", "string"}, {"enum", std::move(choices)}};
        }
        case ParamType::keys:
            return {{"type", "array"},
                    {"items", {{"type", "string"}, {"pattern", "^([0-9a-fA-F]{2})+$"}}},
                    {"minItems", param.min},
                    {"maxItems", param.max}};
        case ParamType::chain:
        case ParamType::other_chain:
        case ParamType::cursor:
            break;
    }
    return {{"type", "string"}};
}

json::object method_json(const Method& method) {
    json::array params;
    for (const auto& param : method.params) {
        params.push_back(json::object{{"name", param.name},
                                      {"description", param.about},
                                      {"required", param.required},
                                      {"schema", schema_of(param)}});
    }
    json::object object{
        {"name", method.name},
        {"summary", method.summary},
        {"paramStructure", "either"},
        {"params", std::move(params)},
        {"result", {{"name", "result"}, {"description", method.result}, {"schema", json::object()}}}};
    if (method.for_operators) object.emplace("x-for-operators", true);
    return object;
}

}  // namespace

json::value openrpc(std::string_view version) {
    json::array list;
    for (const auto& method : methods()) list.push_back(method_json(method));
    return {{"openrpc", "1.2.6"},
            {"info",
             {{"title", "PCQ node"},
              {"version", version},
              {"description",
               "JSON-RPC 2.0 on POST /v1, and on /v1 as a WebSocket. docs/rpc.md describes every result."}}},
            {"methods", std::move(list)}};
}

}  // namespace pcq::rpc
