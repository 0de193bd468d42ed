// What the demonstration asks of the network: calls, transactions that it waits for, and conditions that come
// true.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/client/rpc_client.h"

namespace pcq::demo {

// A committed transaction, and how long it took from sending to the word that it is final.
struct Fate {
    std::uint32_t code = 0;
    std::string text;
    std::chrono::milliseconds latency{0};
};

class ChainClient {
public:
    // The RPC addresses ("127.0.0.1:8400") of the network's nodes.
    static Result<ChainClient> connect(const std::vector<std::string>& nodes);

    // One node is asked, another when that one is gone.
    Result<boost::json::value> call(const std::string& method, const boost::json::object& params);
    // A question about state: the `value` of the answer.
    Result<boost::json::value> query(const std::string& method, const boost::json::object& params);
    // Final when it returns.
    Result<Fate> submit(const std::string& chain, const ledger::RawTransaction& transaction);
    // Submits what `next` gives until it gives none, with at most `at_once` on their way, and tells the fate
    // of each by its number, in any order. What next() does may depend on fates told before.
    void submit_each(const std::string& chain, const client::RpcClient::Next& next,
                     const std::function<void(std::size_t number, Result<Fate> fate)>& done,
                     std::size_t at_once);
    // One node by its number, from 0.
    std::size_t nodes() const { return nodes_.size(); }
    Result<boost::json::value> call_node(std::size_t node, const std::string& method,
                                         const boost::json::object& params);
    // Asks a question until its answer satisfies; timed out after a minute, with `what` in the message.
    Result<boost::json::value> await(const std::string& method, const boost::json::object& params,
                                     const std::function<bool(const boost::json::value&)>& satisfied,
                                     const std::string& what);

private:
    explicit ChainClient(const std::vector<client::Endpoint>& nodes);

    std::unique_ptr<client::RpcClient> any_;
    std::vector<std::unique_ptr<client::RpcClient>> nodes_;  // each by itself
};

}  // namespace pcq::demo
