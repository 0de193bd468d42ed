// The one table of RPC methods: what each takes, what it gives, and who answers it. The server dispatches by
// it, /v1/openrpc.json is written from it, docs/rpc.md describes it for people. Names are for ever.
#pragma once

#include <chrono>
#include <span>
#include <string_view>
#include <variant>

#include <boost/json/value.hpp>

#include "src/rpc/feed.h"
#include "src/rpc/params.h"
#include "src/rpc/submissions.h"

namespace pcq::rpc {

// Answers from what the backend has now.
using Read = Result<boost::json::value> (*)(const Backend&, const Directory&, const Arguments&);
// Becomes a Submission, answered later; submitted_json() is its result.
struct Submit {};
// About the connection itself: only over a WebSocket.
struct Subscribe {};
struct Unsubscribe {};

struct Method {
    std::string_view name;
    std::string_view summary;
    std::vector<Param> params;
    std::string_view result;  // what it holds, in words
    std::variant<Read, Submit, Subscribe, Unsubscribe> handler;
    bool for_operators = false;  // tells of this node what is nobody else's business
};

std::span<const Method> methods();
// The place of a method in the table.
std::optional<std::size_t> find_method(std::string_view name);

inline constexpr std::uint64_t kSubmitTimeoutDefaultMs = 10'000;
inline constexpr std::uint64_t kSubmitTimeoutMaxMs = 120'000;

Submission submission_of(const Arguments& arguments);
boost::json::value submitted_json(const Submitted& submitted);
// parameter_invalid: the topic needs an account that is not given, or none.
Result<Interest> interest_of(const Arguments& arguments);

// https://open-rpc.org, 1.2.6.
boost::json::value openrpc(std::string_view version);

}  // namespace pcq::rpc
