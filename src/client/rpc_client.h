// A node's RPC as C++ calls (docs/rpc.md): one at a time, in batches, or tens of thousands of transactions at
// once.
//
// Everything runs in the calling thread and returns when it is done; one client per thread. What the server
// refuses comes back as an Error with the server's own code and message; node_unreachable, node_timed_out and
// answer_malformed are about the way there.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>

#include "src/client/connection.h"
#include "src/ledger/transaction.h"

namespace pcq::client {

struct ClientOptions {
    std::chrono::milliseconds timeout{30'000};  // per request
};

struct RpcCall {
    std::string method;
    boost::json::object params;
};

enum class Fate : std::uint8_t { unknown, pending, committed };

struct Submitted {
    Hash hash;
    Fate fate = Fate::unknown;
    // Committed: where, and what the contracts said; `code` is ok or the reason why nothing was changed.
    std::uint64_t height = 0;
    std::uint32_t index = 0;
    Code code = Code::ok;
    std::string text;
    boost::json::value receipt;
};

struct SubmitOptions {
    bool until_commit = false;                  // otherwise until admission
    std::chrono::milliseconds timeout{20'000};  // the node answers by then, with the fate as it is
};

// For submit_many(). At most connections x batch transactions are on their way at a time.
struct BulkOptions {
    SubmitOptions each = {};
    std::size_t connections = 4;
    std::size_t batch = 100;              // transactions in one request, at most what the server takes (500)
    std::chrono::milliseconds pause{50};  // before what the node was too busy for is sent again
    std::size_t attempts = 200;           // per transaction, until a busy or silent node is given up
    bool spread = false;                  // each connection begins with another node, not all with the first
};

// A node's refusal, said to be its word: nobody has proven it. What is about the way to the node stays as it
// is.
Error as_its_word(const Error& refusal);

class RpcClient {
public:
    explicit RpcClient(const Endpoint& endpoint, const ClientOptions& options = {});
    // Several nodes of one network: one is asked, and when it cannot be reached or is silent, the next, each
    // at most once a call. At least one.
    explicit RpcClient(std::vector<Endpoint> endpoints, const ClientOptions& options = {});

    Result<boost::json::value> call(const std::string& method, const boost::json::object& params);
    // One request; results in the order of the calls. An Error of the whole when nothing came back.
    Result<std::vector<Result<boost::json::value>>> call_batch(const std::vector<RpcCall>& calls);
    // /healthz, /readyz, /metrics; any HTTP status.
    Result<HttpAnswer> get(const std::string& target);

    Result<Submitted> submit(const std::string& chain, const ledger::RawTransaction& transaction,
                             const SubmitOptions& options = {});
    Result<Submitted> transaction(const std::string& chain, const Hash& hash);

    // Sends every transaction that `next` gives, over several connections, and calls `on_result` once for
    // each, with its number (from 0, in the order of `next`), in any order. `next` is asked only when there
    // is room, so it may sign on the fly, even depending on results. When it gives none it is asked again
    // after each answer; the end is when it gives none and nothing is on its way. What a full node refuses
    // (too_many_requests, mempool_full, mempool_account_full, limit_reached) and what a broken connection
    // swallowed is sent again.
    using Next = std::function<std::optional<ledger::RawTransaction>()>;
    using OnResult = std::function<void(std::size_t number, Result<Submitted>)>;
    void submit_many(const std::string& chain, const Next& next, const OnResult& on_result,
                     const BulkOptions& options = {});

private:
    Result<HttpAnswer> exchange(const std::string* body, const std::string& target);
    Result<HttpAnswer> exchange_once(const std::string* body, const std::string& target);

    const std::vector<Endpoint> endpoints_;
    ClientOptions options_;
    boost::asio::io_context context_{1};
    Connection connection_;
};

// An error object of the protocol as ours; the code is the server's where this version knows it.
Error error_from(const boost::json::value& error);
// A result of `submit` or `transaction`.
Result<Submitted> submitted_from(const boost::json::value& result);

}  // namespace pcq::client
