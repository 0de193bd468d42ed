// The body of an RPC request, from a client that nobody knows. Every answer is JSON within the bound,
// says 2.0, has a result or an error with a stable code and the id of its call; there is one for each call of
// a batch that wants one, and none for a notification.
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "src/base/base64.h"
#include "src/rpc/api.h"
#include "tests/fuzz/target.h"
#include "tests/unit/rpc/fake_backend.h"

namespace pcq::fuzz {
namespace {

namespace json = boost::json;
using namespace rpc;

constexpr ApiOptions kOptions{.calls = {.depth_max = 32, .batch_max = 20},
                              .answer_bytes_max = std::size_t{64} * 1024,
                              .waiting_submits_max = 5};

void check_one(const json::value& answer) {
    const auto& object = answer.as_object();
    PCQ_INVARIANT(object.at("jsonrpc") == "2.0" && object.contains("id"));
    PCQ_INVARIANT(object.contains("result") != object.contains("error"));
    const auto* error = object.if_contains("error");
    if (error == nullptr) return;
    PCQ_INVARIANT(error->at("code").as_int64() < 0);
    const auto number = error->at("data").at("code").to_number<std::uint32_t>();
    PCQ_INVARIANT(code_from_number(number).has_value());
}

void check_answer(BytesView body, const ApiAnswer& answer) {
    const auto request = parse_request(body, kOptions.calls);
    if (answer.body.empty()) {
        PCQ_INVARIANT(request.has_value());
        for (const auto& entry : request->entries) PCQ_INVARIANT(entry.call && !entry.call->wants_answer);
        return;
    }
    // A little more than the bound: the last answer, and refusals of those after it.
    PCQ_INVARIANT(answer.body.size() <= 2 * kOptions.answer_bytes_max + 20 * 512);
    const auto parsed = json::parse(answer.body);
    if (!request || !request->batch) return check_one(parsed);
    std::vector<json::value> ids;
    for (const auto& entry : request->entries) {
        if (!entry.call || entry.call->wants_answer) ids.push_back(entry.id);
    }
    const auto& list = parsed.as_array();
    PCQ_INVARIANT(list.size() == ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        check_one(list[i]);
        // A number with a point may change in its last digit.
        if (!ids[i].is_double()) PCQ_INVARIANT(list[i].at("id") == ids[i]);
    }
}

}  // namespace

void run(BytesView input) {
    FakeBackend backend;
    Answer known;
    known.value["validator_sets"] = json::array();  // what every node gives
    backend.answer = known;
    boost::asio::io_context io;
    Api api(io.get_executor(), backend, kOptions);
    Guests guests({});
    std::optional<ApiAnswer> answer;
    api.handle(
        io.get_executor(), input,
        [&answer](ApiAnswer given) {
            PCQ_INVARIANT(!answer.has_value());  // once
            answer = std::move(given);
        },
        {guests.admit(boost::asio::ip::address_v4::loopback(), Door::everybody), /*is_operator=*/true});
    io.poll();
    if (!answer) {  // a submit waits for its block; the node stops
        api.submissions().stop();
        io.restart();
        io.poll();
    }
    PCQ_INVARIANT(answer.has_value());
    check_answer(input, *answer);
    answer.reset();
    PCQ_INVARIANT(guests.held_bytes() == 0);
}

std::vector<Bytes> seeds() {
    const auto call = [](const std::string& method, const std::string& params) {
        return R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}";
    };
    const std::string account = std::string(64, 'a');
    std::vector<Bytes> found{
        call("chains", "{}"),
        call("submit", R"({"chain":"main","transaction":")" + to_base64("transaction") + R"("})"),
        call("submit", R"({"chain":"main","transaction":"AAAA","wait":"commit","timeout_ms":"5"})"),
        call("account", R"({"chain":"london","account":")" + account + R"(","period":2013,"proof":true})"),
        call("block", R"({"chain":"main","height":0,"detail":"full","limit":1})"),
        call("state", R"({"chain":"main","keys":["00ff","aa"]})"),
        call("header", R"(["main",0])"),
        call("epochs", R"({"chain":"london","cursor":"7","limit":10})"),
        R"([{"jsonrpc":"2.0","method":"status","params":["main"]},{"jsonrpc":"2.0","id":"a","method":"nothing"}])",
        R"({"jsonrpc":"2.0","method":"chains"})"};
    for (const auto& method : methods())
        found.push_back(call(std::string(method.name), R"({"chain":"main"})"));
    return found;
}

}  // namespace pcq::fuzz
