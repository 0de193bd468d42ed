#include "src/rpc/counters.h"

#include <algorithm>
#include <map>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace pcq::rpc {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<std::pair<std::string, std::string>>;

// Families in the order in which they first appear, each once, as the format demands.
class Families {
public:
    ClientMetric& add(MetricType type, const std::string& name, const std::string& help,
                      const Labels& labels) {
        const auto [at, is_new] = index_.emplace(name, families_.size());
        if (is_new) families_.push_back({name, help, type, {}});
        auto& metric = families_[at->second].metric.emplace_back();
        for (const auto& [key, value] : labels) metric.label.push_back({key, value});
        return metric;
    }
    void gauge(const std::string& name, const std::string& help, const Labels& labels, double value) {
        add(MetricType::Gauge, name, help, labels).gauge.value = value;
    }
    void counter(const std::string& name, const std::string& help, const Labels& labels, double value) {
        add(MetricType::Counter, name, help, labels).counter.value = value;
    }
    std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
    std::vector<MetricFamily> families_;
    std::map<std::string, std::size_t> index_;
};

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

void add_chain(Families& families, const ChainInfo& chain, const ChainStatus& status) {
    const Labels labels{{"chain", chain.name}};
    families.gauge("pcq_chain_height", "Height of the last block in the store.", labels,
                   number(status.height));
    families.gauge("pcq_chain_first_height",
                   "Height of the first block in the store: those before are pruned.", labels,
                   number(status.first_height));
    families.gauge("pcq_chain_view", "View of the height in agreement.", labels, status.view);
    families.gauge("pcq_chain_block_timestamp_seconds", "Time of the last block, since 1970.", labels,
                   static_cast<double>(status.time.ms) / 1000.0);
    families.gauge("pcq_chain_voting", "Whether this node takes part in consensus.", labels,
                   status.voting ? 1 : 0);
    families.gauge("pcq_chain_catching_up", "Whether this node is behind its peers.", labels,
                   status.catching_up ? 1 : 0);
    families.gauge("pcq_chain_validators", "Size of the validator set.", labels,
                   number(status.validators.size()));
    families.gauge(
        "pcq_chain_validators_connected", "Validators connected to this node, itself included.", labels,
        static_cast<double>(std::count_if(status.validators.begin(), status.validators.end(),
                                          [](const auto& validator) { return validator.connected; })));
    families.gauge("pcq_mempool_transactions", "Transactions that wait.", labels,
                   number(status.mempool_transactions));
    families.gauge("pcq_mempool_bytes", "Their bytes.", labels, number(status.mempool_bytes));
    families.counter("pcq_transactions_committed_total",
                     "Transactions committed, those that failed included.", labels,
                     number(status.committed_transactions));
    for (const auto& [code, count] : status.failed) {
        families.counter("pcq_transactions_failed_total", "Transactions committed that a contract refused.",
                         {{"chain", chain.name}, {"code", std::string(name(code))}}, number(count));
    }
    for (const auto& [code, count] : status.refused) {
        families.counter("pcq_transactions_refused_total", "Transactions refused at admission.",
                         {{"chain", chain.name}, {"code", std::string(name(code))}}, number(count));
    }
}

}  // namespace

Counters::Counters(const std::vector<std::string_view>& methods) {
    for (const auto method : methods) methods_.emplace_back().name = method;
    methods_.emplace_back().name = "unknown";
}

void Counters::count_call(std::size_t method, bool failed, std::chrono::steady_clock::duration took) {
    auto& counted = methods_[method];
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    const double seconds = static_cast<double>(microseconds) / 1e6;
    const auto bucket = std::lower_bound(kSeconds.begin(), kSeconds.end(), seconds) - kSeconds.begin();
    ++counted.took[static_cast<std::size_t>(bucket)];
    counted.microseconds += static_cast<std::uint64_t>(microseconds);
    if (failed) ++counted.failed;
}

void Counters::count_response(unsigned http_status) {
    const auto at = std::find(kStatuses.begin(), kStatuses.end(), http_status) - kStatuses.begin();
    ++responses_[static_cast<std::size_t>(at)];
}

std::string Counters::text(const Backend& backend, const Now& now) const {
    Families families;
    for (const auto& chain : backend.chains()) add_chain(families, chain, backend.status(chain.id));

    for (const auto& method : methods_) {
        const Labels labels{{"method", method.name}};
        auto& histogram = families
                              .add(MetricType::Histogram, "pcq_rpc_request_duration_seconds",
                                   "Time from a call's arrival to its answer.", labels)
                              .histogram;
        for (std::size_t i = 0; i < kSeconds.size(); ++i) {
            histogram.sample_count += method.took[i];
            histogram.bucket.push_back({histogram.sample_count, kSeconds[i]});
        }
        histogram.sample_count += method.took.back();
        histogram.sample_sum = number(method.microseconds) / 1e6;
    }
    for (const auto& method : methods_) {
        families.counter("pcq_rpc_requests_failed_total", "Calls answered with an error.",
                         {{"method", method.name}}, number(method.failed));
    }
    for (std::size_t i = 0; i < responses_.size(); ++i) {
        const std::string status = i < kStatuses.size() ? std::to_string(kStatuses[i]) : "other";
        families.counter("pcq_rpc_responses_total", "HTTP responses.", {{"status", status}},
                         number(responses_[i]));
    }
    families.gauge("pcq_rpc_connections", "Open connections, WebSockets included.", {}, number(connections_));
    families.gauge("pcq_rpc_websockets", "Open WebSockets.", {}, number(sockets_));
    families.counter("pcq_rpc_notifications_total", "Notifications sent to subscribers.", {},
                     number(notifications_));
    families.counter("pcq_rpc_slow_readers_total",
                     "WebSockets closed because a message was not taken in time.", {}, number(slow_readers_));
    families.counter("pcq_rpc_connections_refused_total", "Connections above a bound.", {},
                     number(refused_connections_));
    families.counter("pcq_rpc_requests_refused_total", "Requests of addresses that had used up their calls.",
                     {}, number(refused_calls_));
    families.gauge("pcq_rpc_held_bytes", "Bytes of requests and answers that are on their way.", {},
                   number(now.held_bytes));
    families.gauge("pcq_rpc_submits_waiting", "Submitted transactions whose client waits.", {},
                   number(now.waiting_submits));

    families.counter("pcq_rpc_tls_handshakes_failed_total", "Connections that did not come through TLS.", {},
                     number(failed_handshakes_));
    for (const auto& [listener, end] :
         {std::pair("everybody", now.certificate_end), {"operators", now.operators_certificate_end}}) {
        if (!end) continue;
        families.gauge("pcq_rpc_tls_certificate_end_timestamp_seconds",
                       "When the TLS certificate of RPC ends, since 1970.", {{"listener", listener}},
                       static_cast<double>(end->ms) / 1000.0);
    }

    for (const auto& metric : backend.metrics()) {
        if (metric.counter) {
            families.counter(metric.name, metric.help, metric.labels, metric.value);
        } else {
            families.gauge(metric.name, metric.help, metric.labels, metric.value);
        }
    }
    return families.text();
}

}  // namespace pcq::rpc
