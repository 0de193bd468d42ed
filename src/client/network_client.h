// A whole network as one asks it: calls that any node answers, transactions that are final when they return,
// and conditions that come true.
//
// Everything runs in the calling thread; one NetworkClient per thread. Errors as in rpc_client.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/client/rpc_client.h"

namespace pcq::client {

// A transaction that is in a block for good: what the contracts said, where it is, and how long it took from
// sending to the word that it is final.
struct Final {
    Code code = Code::ok;
    std::string text;
    std::uint64_t height = 0;
    std::chrono::microseconds latency{0};
};

// How many transactions are on their way at a time, and over how many connections: each carries an equal part
// of them in one request and asks again when all of the part are final.
struct Flow {
    std::size_t at_once = 1'000;
    std::size_t connections = 4;
    bool spread = false;  // over all nodes; otherwise the first node gets all of it while it answers
};

class NetworkClient {
public:
    // The RPC addresses of the network's nodes, at least one, and the files for those in TLS, as
    // endpoint_from() takes them.
    static Result<NetworkClient> connect(const std::vector<std::string>& nodes, const TlsFiles& tls = {});

    // One node is asked, another when that one is gone.
    Result<boost::json::value> call(const std::string& method, const boost::json::object& params);
    // A question about state: the `value` of the answer.
    Result<boost::json::value> query(const std::string& method, const boost::json::object& params);
    // The height of the newest block.
    Result<std::uint64_t> height(const std::string& chain);
    // Asks a question until its answer satisfies; node_timed_out after a minute, with `what` in the message.
    Result<boost::json::value> await(const std::string& method, const boost::json::object& params,
                                     const std::function<bool(const boost::json::value&)>& satisfied,
                                     const std::string& what);

    // Final when it returns.
    Result<Final> submit(const std::string& chain, const ledger::RawTransaction& transaction);
    // Submits what `next` gives until it gives none and nothing is on its way, and tells the fate of each by
    // its number, in any order. What next() does may depend on fates told before.
    void submit_each(const std::string& chain, const RpcClient::Next& next,
                     const std::function<void(std::size_t number, Result<Final> fate)>& done,
                     const Flow& flow);
    // All of them, none refused; otherwise the first refusal, with `what` in the message.
    Result<> submit_all(const std::string& chain, const std::vector<ledger::RawTransaction>& transactions,
                        const std::string& what, const Flow& flow);

    // One node by its number, from 0.
    std::size_t nodes() const { return nodes_.size(); }
    Result<boost::json::value> call_node(std::size_t node, const std::string& method,
                                         const boost::json::object& params);

private:
    explicit NetworkClient(const std::vector<Endpoint>& nodes);

    std::unique_ptr<RpcClient> any_;
    std::vector<std::unique_ptr<RpcClient>> nodes_;  // each by itself
};

// What became of a transaction that had to go well: an Error if it did not, with `what` in the message.
Result<> expect_done(const Result<Final>& fate, const std::string& what);

// A number as the RPC writes it: a JSON number, or decimal text for amounts; 0 for anything else.
std::int64_t integer(const boost::json::value& value);

}  // namespace pcq::client
