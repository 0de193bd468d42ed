// From the body of a request to the body of its answer, whatever carries it: HTTP or a WebSocket.
//
// The calls of a batch run one after the other on the caller's executor and make room for other connections
// in between; submits among them wait for their transactions side by side. The answer keeps their order.
// Calls whose answers would not fit are refused with request_too_large, and with too_many_requests while
// their connection or the node holds as many bytes as it may, or their address has used up its calls.
#pragma once

#include <functional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "src/rpc/counters.h"
#include "src/rpc/guests.h"
#include "src/rpc/methods.h"
#include "src/rpc/protocol.h"
#include "src/rpc/request_id.h"
#include "src/rpc/subscriptions.h"

namespace pcq::rpc {

struct ApiOptions {
    CallLimits calls;
    std::size_t answer_bytes_max = 16UL * 1024 * 1024;  // of one request, all calls together
    std::size_t waiting_submits_max = 20'000;
};

struct ApiAnswer {
    std::string body;                                // empty: nothing but notifications
    Code code = Code::ok;                            // why a request that is no batch failed
    std::vector<Subscriptions::Number> opened = {};  // to begin when the body is on its way
    Held held = {};                                  // while the body is there
};

// Who calls, as far as calls differ by it.
struct Caller {
    std::shared_ptr<Guest> guest;
    bool is_operator = false;  // may call the methods that are for operators
    // Of its connection; null: one that cannot be told anything later.
    std::shared_ptr<Subscriptions> subscriptions = nullptr;
    RequestId request{};  // for the log
};

class Api {
public:
    Api(const boost::asio::any_io_executor& executor, Backend& backend, const ApiOptions& options);

    // `done` is called once, on `executor`, possibly before this returns. Called on `executor`, which owns
    // the caller's subscriptions.
    void handle(boost::asio::any_io_executor executor, std::string_view body,
                std::function<void(ApiAnswer)> done, Caller caller);

    const Backend& backend() const { return backend_; }
    Submissions& submissions() { return submissions_; }
    Feed& feed() { return feed_; }
    std::shared_ptr<Subscriptions> make_subscriptions(std::size_t max) {
        return std::make_shared<Subscriptions>(backend_, feed_, max);
    }
    Counters& counters() { return counters_; }

private:
    class Run;
    using Done = std::function<void(Result<boost::json::value>)>;

    void call(const Call& call, Run& run, Done done);

    Backend& backend_;
    const ApiOptions options_;
    const Directory directory_;
    Counters counters_;
    Submissions submissions_;
    Feed feed_;
};

}  // namespace pcq::rpc
