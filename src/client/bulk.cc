#include "src/client/bulk.h"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "src/base/base64.h"

namespace pcq::client {
namespace {

namespace json = boost::json;

// One node may be behind another: what was sequenced after what the last one knew is too far ahead for it.
bool worth_another_try(Code code, bool several_nodes) {
    switch (code) {
        case Code::transaction_sequence_outside_window:
            return several_nodes;
        case Code::too_many_requests:
        case Code::mempool_full:
        case Code::mempool_account_full:
        case Code::limit_reached:
        case Code::node_unreachable:
        case Code::node_timed_out:
        case Code::stopped:
            return true;
        default:
            return false;
    }
}

}  // namespace

Bulk::Bulk(const boost::asio::any_io_executor& executor, const std::vector<Endpoint>& endpoints,
           const std::string& chain, const RpcClient::Next& next, const RpcClient::OnResult& on_result,
           const BulkOptions& options)
    : next_(next),
      on_result_(on_result),
      options_(options),
      several_nodes_(endpoints.size() > 1),
      head_(R"(,"method":"submit","params":{"chain":)" + json::serialize(json::string(chain)) +
            R"(,"wait":")" + (options.each.until_commit ? "commit" : "admission") + R"(","timeout_ms":)" +
            std::to_string(options.each.timeout.count()) + R"(,"transaction":")"),
      tail_("\"}}") {
    std::vector<Endpoint> order = endpoints;
    for (std::size_t i = 0; i < options.connections; ++i) {
        workers_.push_back(std::make_unique<Worker>(executor, order));
        if (options.spread) std::rotate(order.begin(), order.begin() + 1, order.end());
    }
}

void Bulk::start() {
    wake_idle();
}

void Bulk::wake_idle() {
    for (auto& worker : workers_) {
        if (!worker->busy) fill(*worker);
    }
}

void Bulk::fill(Worker& worker) {
    while (worker.batch.size() < options_.batch) {
        if (!again_.empty()) {
            worker.batch.push_back(std::move(again_.front()));
            again_.pop_front();
            continue;
        }
        auto transaction = next_();
        if (!transaction) break;
        worker.batch.push_back({next_number_++, 0, *std::move(transaction)});
    }
    if (!worker.batch.empty()) send(worker);
}

void Bulk::send(Worker& worker) {
    std::string body;
    for (std::size_t i = 0; i < worker.batch.size(); ++i) {
        ++worker.batch[i].attempts;
        body += i == 0 ? "[" : ",";
        body += R"({"jsonrpc":"2.0","id":)" + std::to_string(i) + head_ +
                to_base64(worker.batch[i].transaction) + tail_;
    }
    worker.busy = true;
    // The node answers by its own time-out; ours only notices that it is gone.
    constexpr std::chrono::milliseconds kGrace{10'000};
    worker.connection.post(body + "]", options_.each.timeout + kGrace,
                           [this, &worker](const Result<HttpAnswer>& answer) { answered(worker, answer); });
}

void Bulk::answered(Worker& worker, const Result<HttpAnswer>& answer) {
    auto batch = std::move(worker.batch);
    worker.batch.clear();
    const auto results = answer ? batch_answers(*answer, batch.size())
                                : Result<std::vector<Result<json::value>>>(answer.error());
    bool kept = false;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!results) {
            kept |= settle(batch[i], results.error());
        } else if (!(*results)[i]) {
            kept |= settle(batch[i], (*results)[i].error());
        } else {
            kept |= settle(batch[i], submitted_from(*(*results)[i]));
        }
    }
    go_on(worker, kept);
}

bool Bulk::settle(Item& item, Result<Submitted> result) {
    if (!result && worth_another_try(result.error().code, several_nodes_) &&
        item.attempts < options_.attempts) {
        again_.push_back(std::move(item));
        return true;
    }
    on_result_(item.number, std::move(result));
    return false;
}

void Bulk::go_on(Worker& worker, bool after_pause) {
    if (!after_pause) {
        worker.busy = false;
        return wake_idle();
    }
    worker.timer.expires_after(options_.pause);
    worker.timer.async_wait([this, &worker](boost::system::error_code) {
        worker.busy = false;
        wake_idle();
    });
}

}  // namespace pcq::client
