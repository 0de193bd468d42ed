// The engine of RpcClient::submit_many(): a few connections, each with one batch on its way, a queue of what
// has to be sent again. Single-threaded; the context has run out of work when everything is answered.
#pragma once

#include <deque>
#include <memory>

#include <boost/asio/steady_timer.hpp>

#include "src/client/rpc_client.h"

namespace pcq::client {

// The answers to a batch of `count` calls with the ids 0 to count - 1.
Result<std::vector<Result<boost::json::value>>> batch_answers(const HttpAnswer& answer, std::size_t count);

class Bulk {
public:
    Bulk(const boost::asio::any_io_executor& executor, const std::vector<Endpoint>& endpoints,
         const std::string& chain, const RpcClient::Next& next, const RpcClient::OnResult& on_result,
         const BulkOptions& options);

    void start();

private:
    struct Item {
        std::size_t number = 0;
        std::size_t attempts = 0;
        ledger::RawTransaction transaction;
    };
    struct Worker {
        Worker(const boost::asio::any_io_executor& executor, const std::vector<Endpoint>& endpoints)
            : connection(executor, endpoints), timer(executor) {}

        Connection connection;
        boost::asio::steady_timer timer;
        std::vector<Item> batch;
        bool busy = false;
    };

    void fill(Worker& worker);
    void send(Worker& worker);
    void answered(Worker& worker, const Result<HttpAnswer>& answer);
    // Gives the result on, or keeps the item to be sent again; says whether it was kept.
    bool settle(Item& item, Result<Submitted> result);
    void go_on(Worker& worker, bool after_pause);
    void wake_idle();

    RpcClient::Next next_;
    RpcClient::OnResult on_result_;
    const BulkOptions options_;
    const bool several_nodes_;
    std::string head_;  // of each call: everything before and after its id and transaction
    std::string tail_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::deque<Item> again_;
    std::size_t next_number_ = 0;
};

}  // namespace pcq::client
