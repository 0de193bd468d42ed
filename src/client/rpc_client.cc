#include "src/client/rpc_client.h"

#include <algorithm>
#include <array>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/client/bulk.h"
#include "src/client/json_member.h"

namespace pcq::client {
namespace {

namespace json = boost::json;

Error malformed(const std::string& what) {
    return Error{Code::answer_malformed, "the node's answer is no JSON-RPC 2.0: " + what};
}

std::optional<std::uint64_t> unsigned_member(const json::value& value, std::string_view name) {
    const auto* found = member(value, name);
    if (found == nullptr || !found->is_number()) return std::nullopt;
    boost::system::error_code failed;
    const auto number = found->to_number<std::uint64_t>(failed);
    return failed ? std::nullopt : std::optional(number);
}

std::string text_member(const json::value& value, std::string_view name) {
    const auto* found = member(value, name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

// The member "code", if this version knows the number.
std::optional<Code> code_member(const json::value& value) {
    const std::uint64_t number = unsigned_member(value, "code").value_or(UINT64_MAX);
    if (number > UINT32_MAX) return std::nullopt;
    return code_from_number(static_cast<std::uint32_t>(number));
}

// About the way to the node and back, and what came of it.
bool is_of_clients(Code code) {
    constexpr std::array kCodes{Code::node_unreachable, Code::node_timed_out, Code::answer_malformed,
                                Code::answer_stale, Code::sequences_used_up};
    return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

Result<json::value> result_of(const json::value& answer) {
    if (const auto* error = member(answer, "error")) return error_from(*error);
    const auto* result = member(answer, "result");
    if (result == nullptr) return malformed("neither result nor error");
    return *result;
}

json::object call_json(const std::string& method, const json::object& params, std::uint64_t id) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}};
}

}  // namespace

Error error_from(const json::value& error) {
    const auto* data = member(error, "data");
    const auto code = code_member(data == nullptr ? json::value() : *data);
    std::string message = text_member(error, "message");
    if (!code || *code == Code::ok) {
        return Error{Code::answer_malformed,
                     "the node refused without a code that this program knows: " + message};
    }
    // A node's own words must not pass for this program's.
    if (is_of_clients(*code))
        return malformed("it refuses with a code that only clients give, and says: " + message);
    return Error{*code, std::move(message)};
}

Error as_its_word(const Error& refusal) {
    if (is_of_clients(refusal.code)) return refusal;
    return Error{refusal.code, "the node says, and has not proven: " + refusal.message};
}

Result<Submitted> submitted_from(const json::value& result) {
    const auto hash = id_from_hex<Hash>(text_member(result, "hash"));
    if (!hash) return malformed("a transaction's fate without its hash");
    Submitted submitted;
    submitted.hash = *hash;
    const std::string status = text_member(result, "status");
    if (status == "unknown") return submitted;
    if (status == "pending") {
        submitted.fate = Fate::pending;
        return submitted;
    }
    if (status == "rejected") {
        const auto* reason = member(result, "reason");
        const auto code = code_member(reason == nullptr ? json::value() : *reason);
        if (!code || *code == Code::ok) return malformed("a transaction that is rejected without a reason");
        return Error{*code, text_member(*reason, "message")};
    }
    if (status == "expired")
        return Error{Code::transaction_expired,
                     "transaction " + to_hex(*hash) + " has expired: its last height has passed without it"};
    const auto height = unsigned_member(result, "height");
    const auto index = unsigned_member(result, "index");
    const auto* receipt = member(result, "receipt");
    if (status != "committed" || !height || !index || *index > UINT32_MAX || receipt == nullptr) {
        return malformed("a transaction's fate that makes no sense");
    }
    submitted.fate = Fate::committed;
    submitted.height = *height;
    submitted.index = static_cast<std::uint32_t>(*index);
    // A code of a later version is still a refusal.
    submitted.code = code_member(*receipt).value_or(Code::internal);
    submitted.text = text_member(*receipt, "text");
    submitted.receipt = *receipt;
    return submitted;
}

RpcClient::RpcClient(const Endpoint& endpoint, const ClientOptions& options)
    : RpcClient(std::vector<Endpoint>{endpoint}, options) {}

RpcClient::RpcClient(std::vector<Endpoint> endpoints, const ClientOptions& options)
    : endpoints_(std::move(endpoints)), options_(options), connection_(context_.get_executor(), endpoints_) {}

Result<HttpAnswer> RpcClient::exchange(const std::string* body, const std::string& target) {
    auto answer = exchange_once(body, target);
    for (std::size_t tried = 1; !answer && tried < endpoints_.size(); ++tried) {
        answer = exchange_once(body, target);
    }
    return answer;
}

Result<HttpAnswer> RpcClient::exchange_once(const std::string* body, const std::string& target) {
    Result<HttpAnswer> result = Error{Code::internal, "no answer"};
    const auto done = [&result](Result<HttpAnswer> answer) { result = std::move(answer); };
    if (body != nullptr) {
        connection_.post(*body, options_.timeout, done);
    } else {
        connection_.get(target, options_.timeout, done);
    }
    context_.restart();
    context_.run();
    return result;
}

Result<HttpAnswer> RpcClient::get(const std::string& target) {
    return exchange(nullptr, target);
}

Result<json::value> RpcClient::call(const std::string& method, const json::object& params) {
    const std::string body = json::serialize(call_json(method, params, 1));
    const auto answer = exchange(&body, {});
    if (!answer) return answer.error();
    boost::system::error_code failed;
    const json::value parsed = json::parse(answer->body, failed);
    if (failed) return malformed("HTTP " + std::to_string(answer->status) + ", " + failed.message());
    if (member(parsed, "jsonrpc") == nullptr) {
        return malformed("HTTP " + std::to_string(answer->status) + ": " + text_member(parsed, "error"));
    }
    return result_of(parsed);
}

Result<std::vector<Result<json::value>>> RpcClient::call_batch(const std::vector<RpcCall>& calls) {
    json::array batch;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        batch.push_back(call_json(calls[i].method, calls[i].params, i));
    }
    const std::string body = json::serialize(batch);
    const auto answer = exchange(&body, {});
    if (!answer) return answer.error();
    return batch_answers(*answer, calls.size());
}

Result<std::vector<Result<json::value>>> batch_answers(const HttpAnswer& answer, std::size_t count) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(answer.body, failed);
    if (failed) return malformed("HTTP " + std::to_string(answer.status) + ", " + failed.message());
    const auto* list = parsed.if_array();
    if (list == nullptr) {
        // The batch as a whole was refused.
        const auto* error = member(parsed, "error");
        if (error != nullptr && error->is_object()) return error_from(*error);
        return malformed("HTTP " + std::to_string(answer.status) + ": " + text_member(parsed, "error"));
    }
    std::vector<Result<json::value>> results(count,
                                             Result<json::value>(malformed("a call was not answered")));
    for (const auto& entry : *list) {
        const auto id = unsigned_member(entry, "id");
        if (!id || *id >= count) return malformed("an answer to a call that was not made");
        results[*id] = result_of(entry);
    }
    return results;
}

Result<Submitted> RpcClient::submit(const std::string& chain, const ledger::RawTransaction& transaction,
                                    const SubmitOptions& options) {
    const auto result = call("submit", {{"chain", chain},
                                        {"transaction", to_base64(transaction)},
                                        {"wait", options.until_commit ? "commit" : "admission"},
                                        {"timeout_ms", options.timeout.count()}});
    if (!result) return result.error();
    return submitted_from(*result);
}

Result<Submitted> RpcClient::transaction(const std::string& chain, const Hash& hash) {
    const auto result = call("transaction", {{"chain", chain}, {"hash", to_hex(hash)}});
    if (!result) return result.error();
    return submitted_from(*result);
}

void RpcClient::submit_many(const std::string& chain, const Next& next, const OnResult& on_result,
                            const BulkOptions& options) {
    context_.restart();
    Bulk bulk(context_.get_executor(), endpoints_, chain, next, on_result, options);
    bulk.start();
    context_.run();
}

}  // namespace pcq::client
