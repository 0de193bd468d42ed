#include "src/client/network_client.h"

#include <chrono>
#include <cstdlib>
#include <thread>

namespace pcq::client {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kCommitTimeout{60'000};
constexpr std::chrono::milliseconds kCallTimeout{90'000};
constexpr std::chrono::milliseconds kAskAgain{50};
constexpr std::chrono::seconds kAwaitMax{60};

Result<Final> final_of(const Result<Submitted>& submitted, SteadyClock::time_point sent) {
    if (!submitted) return submitted.error();
    if (submitted->fate != Fate::committed) {
        return Error{Code::node_timed_out,
                     "the transaction was not committed within a minute; is a quorum of the nodes up?"};
    }
    return Final{submitted->code, submitted->text, submitted->height,
                 std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - sent)};
}

}  // namespace

Result<NetworkClient> NetworkClient::connect(const std::vector<std::string>& nodes, const TlsFiles& tls) {
    std::vector<Endpoint> endpoints;
    for (const auto& node : nodes) {
        const auto endpoint = endpoint_from(node, tls);
        if (!endpoint) return endpoint.error();
        endpoints.push_back(*endpoint);
    }
    if (endpoints.empty()) return Error{Code::bad_argument, "no node is named"};
    return NetworkClient(endpoints);
}

NetworkClient::NetworkClient(const std::vector<Endpoint>& nodes)
    : any_(std::make_unique<RpcClient>(nodes, ClientOptions{kCallTimeout})) {
    for (const auto& node : nodes)
        nodes_.push_back(std::make_unique<RpcClient>(node, ClientOptions{kCallTimeout}));
}

Result<boost::json::value> NetworkClient::call(const std::string& method, const boost::json::object& params) {
    return any_->call(method, params);
}

Result<boost::json::value> NetworkClient::call_node(std::size_t node, const std::string& method,
                                                    const boost::json::object& params) {
    return nodes_[node]->call(method, params);
}

Result<boost::json::value> NetworkClient::query(const std::string& method,
                                                const boost::json::object& params) {
    auto answer = call(method, params);
    if (!answer) return answer;
    return answer->at("value");
}

Result<std::uint64_t> NetworkClient::height(const std::string& chain) {
    auto status = call("status", {{"chain", chain}});
    if (!status) return status.error();
    return static_cast<std::uint64_t>(integer(status->at("height")));
}

Result<boost::json::value> NetworkClient::await(
    const std::string& method, const boost::json::object& params,
    const std::function<bool(const boost::json::value&)>& satisfied, const std::string& what) {
    const auto end = SteadyClock::now() + kAwaitMax;
    while (true) {
        auto answer = query(method, params);
        if (answer && satisfied(*answer)) return answer;
        // What does not exist yet is waited for; a node that cannot be asked is not.
        if (!answer && answer.error().code != Code::not_found) return answer;
        if (SteadyClock::now() > end) return Error{Code::node_timed_out, "waited a minute for " + what};
        std::this_thread::sleep_for(kAskAgain);
    }
}

Result<Final> NetworkClient::submit(const std::string& chain, const ledger::RawTransaction& transaction) {
    const auto sent = SteadyClock::now();
    return final_of(any_->submit(chain, transaction, {.until_commit = true, .timeout = kCommitTimeout}),
                    sent);
}

void NetworkClient::submit_each(const std::string& chain, const RpcClient::Next& next,
                                const std::function<void(std::size_t, Result<Final>)>& done,
                                const Flow& flow) {
    std::vector<SteadyClock::time_point> sent;
    BulkOptions options;
    options.each = {.until_commit = true, .timeout = kCommitTimeout};
    options.connections = std::max<std::size_t>(1, std::min(flow.connections, flow.at_once));
    options.batch = std::max<std::size_t>(1, flow.at_once / options.connections);
    options.spread = flow.spread;
    any_->submit_many(
        chain,
        [&] {
            auto transaction = next();
            if (transaction) sent.push_back(SteadyClock::now());
            return transaction;
        },
        [&](std::size_t number, const Result<Submitted>& result) {
            done(number, final_of(result, sent[number]));
        },
        options);
}

Result<> NetworkClient::submit_all(const std::string& chain,
                                   const std::vector<ledger::RawTransaction>& transactions,
                                   const std::string& what, const Flow& flow) {
    std::size_t given = 0;
    Result<> outcome;
    submit_each(
        chain,
        [&] {
            return outcome && given < transactions.size() ? std::optional(transactions[given++])
                                                          : std::nullopt;
        },
        [&](std::size_t, const Result<Final>& fate) {
            if (outcome) outcome = expect_done(fate, what);
        },
        flow);
    return outcome;
}

Result<> expect_done(const Result<Final>& fate, const std::string& what) {
    if (!fate) return Error{fate.error().code, what + ": " + fate.error().message};
    if (fate->code != Code::ok) return Error{fate->code, what + " was refused: " + fate->text};
    return {};
}

std::int64_t integer(const boost::json::value& value) {
    if (value.is_string()) return std::strtoll(value.as_string().c_str(), nullptr, 10);
    boost::system::error_code failed;
    const auto number = value.to_number<std::int64_t>(failed);
    return failed ? 0 : number;
}

}  // namespace pcq::client
