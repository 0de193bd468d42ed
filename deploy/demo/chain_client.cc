#include "deploy/demo/chain_client.h"

#include <chrono>
#include <thread>

namespace pcq::demo {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kCommitTimeout{60'000};
constexpr std::chrono::milliseconds kCallTimeout{90'000};
constexpr std::size_t kConnections = 4;
constexpr std::chrono::milliseconds kAskAgain{50};
constexpr std::chrono::seconds kAwaitMax{60};

Result<Fate> fate_of(const Result<client::Submitted>& submitted, SteadyClock::time_point sent) {
    if (!submitted) return submitted.error();
    if (submitted->fate != client::Fate::committed) {
        return Error{Code::node_timed_out,
                     "the transaction was not committed within a minute; is a quorum of the nodes up?"};
    }
    return Fate{static_cast<std::uint32_t>(submitted->code), submitted->text,
                std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - sent)};
}

}  // namespace

Result<ChainClient> ChainClient::connect(const std::vector<std::string>& nodes) {
    std::vector<client::Endpoint> endpoints;
    for (const auto& node : nodes) {
        const auto endpoint = client::endpoint_from(node);
        if (!endpoint) return endpoint.error();
        endpoints.push_back(*endpoint);
    }
    return ChainClient(endpoints);
}

ChainClient::ChainClient(const std::vector<client::Endpoint>& nodes)
    : any_(std::make_unique<client::RpcClient>(nodes, client::ClientOptions{kCallTimeout})) {
    for (const auto& node : nodes)
        nodes_.push_back(std::make_unique<client::RpcClient>(node, client::ClientOptions{kCallTimeout}));
}

Result<boost::json::value> ChainClient::call(const std::string& method, const boost::json::object& params) {
    return any_->call(method, params);
}

Result<boost::json::value> ChainClient::call_node(std::size_t node, const std::string& method,
                                                  const boost::json::object& params) {
    return nodes_[node]->call(method, params);
}

Result<boost::json::value> ChainClient::query(const std::string& method, const boost::json::object& params) {
    auto answer = call(method, params);
    if (!answer) return answer;
    return answer->at("value");
}

Result<Fate> ChainClient::submit(const std::string& chain, const ledger::RawTransaction& transaction) {
    const auto sent = SteadyClock::now();
    return fate_of(any_->submit(chain, transaction, {.until_commit = true, .timeout = kCommitTimeout}), sent);
}

void ChainClient::submit_each(const std::string& chain, const client::RpcClient::Next& next,
                              const std::function<void(std::size_t, Result<Fate>)>& done,
                              std::size_t at_once) {
    std::vector<SteadyClock::time_point> sent;
    client::BulkOptions options;
    options.each = {.until_commit = true, .timeout = kCommitTimeout};
    options.connections = kConnections;
    options.batch = at_once / kConnections;
    any_->submit_many(
        chain,
        [&] {
            auto transaction = next();
            if (transaction) sent.push_back(SteadyClock::now());
            return transaction;
        },
        [&](std::size_t number, const Result<client::Submitted>& result) {
            done(number, fate_of(result, sent[number]));
        },
        options);
}

Result<boost::json::value> ChainClient::await(const std::string& method, const boost::json::object& params,
                                              const std::function<bool(const boost::json::value&)>& satisfied,
                                              const std::string& what) {
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

}  // namespace pcq::demo
