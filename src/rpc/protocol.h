// JSON-RPC 2.0 as text (https://www.jsonrpc.org/specification): what a call is, and how answers read.
//
// Every error has the protocol's number (-32700, -32600, -32601, -32602; -32000 for all of PCQ's own
// reasons) and, as `data`, the stable code and name of src/base/code.h. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "src/base/result.h"

namespace pcq::rpc {

struct CallLimits {
    std::size_t depth_max = 32;   // JSON nesting
    std::size_t batch_max = 500;  // calls in one request
};

struct Call {
    boost::json::value id;     // null, text or number
    bool wants_answer = true;  // false: a notification
    std::string method;
    boost::json::value params;  // object, array, or null when there are none
};

// A request body: one call, or a batch. An entry that is no call is an Error in its place, with the id if it
// had a good one.
struct Request {
    struct Entry {
        boost::json::value id;
        Result<Call> call;
    };
    bool batch = false;
    std::vector<Entry> entries;  // at least one
};

// request_malformed: not JSON. request_invalid: an empty batch. request_too_large: nesting or batch.
Result<Request> parse_request(std::string_view body, const CallLimits& limits);

// The answer to one call, as text.
std::string success_text(const boost::json::value& id, const boost::json::value& result);
std::string error_text(const boost::json::value& id, const Error& error);

// The protocol's number of an error.
int protocol_code(Code code);

// The name nearest to `unknown`, if one is near enough to have been meant.
std::optional<std::string_view> nearest(std::string_view unknown, const std::vector<std::string_view>& names);

}  // namespace pcq::rpc
