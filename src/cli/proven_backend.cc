#include "src/cli/proven_backend.h"

#include <span>

#include "contracts/governance/votes.h"
#include "src/answers/answers.h"

namespace pcq::cli {
namespace {

constexpr std::size_t kKeysAtOnce = 256;  // that a node takes in one request

[[noreturn]] void not_asked() {
    invariant_failed("handlers of proven methods ask for what was proven", __FILE__, __LINE__);
}

}  // namespace

std::optional<Bytes> ProvenState::get(BytesView key) const {
    auto found = records_.find(key);
    if (found == records_.end()) {
        fetch({Bytes(key)});
        found = records_.find(key);
    }
    return found->second;
}

void ProvenState::fetch(const std::vector<Bytes>& keys) const {
    for (std::size_t from = 0; from < keys.size(); from += kKeysAtOnce) {
        const auto part = std::span(keys).subspan(from, std::min(kKeysAtOnce, keys.size() - from));
        auto read = reader_.read({part.begin(), part.end()}, height_);
        if (!read) throw Unproven{read.error()};
        for (std::size_t i = 0; i < part.size(); ++i)
            records_.insert_or_assign(part[i], std::move(read->values[i]));
    }
}

Result<rpc::CertifiedHeader> ProvenBackend::header(const ChainId&, std::uint64_t height) const {
    PCQ_INVARIANT(height == proven_.header->height());
    return rpc::CertifiedHeader{proven_.header.bytes(), proven_.certificate};
}

Result<rpc::BlockBody> ProvenBackend::body(const ChainId&, std::uint64_t) const {
    PCQ_INVARIANT(proven_.body != nullptr);
    return *proven_.body;
}

rpc::TransactionFate ProvenBackend::transaction(const ChainId&, const Hash&) const {
    PCQ_INVARIANT(proven_.fate != nullptr);
    return *proven_.fate;
}

Result<rpc::Answer> ProvenBackend::query(const ChainId& chain, const rpc::Query& question,
                                         std::optional<std::uint64_t> height) const {
    PCQ_INVARIANT(proven_.state != nullptr && height == proven_.header->height());
    // A state of contracts that this program does not know must not be read.
    if (auto known = contracts::governance::check_version(*proven_.state); !known) return known.error();
    const Instant time{static_cast<std::int64_t>(proven_.header->time_ms())};
    return answers::answer(*proven_.state, chain, *height, time, question);
}

std::vector<rpc::ChainInfo> ProvenBackend::chains() const {
    not_asked();
}
Bytes ProvenBackend::genesis(const ChainId&) const {
    not_asked();
}
rpc::ChainStatus ProvenBackend::status(const ChainId&) const {
    not_asked();
}
std::optional<std::string> ProvenBackend::not_ready() const {
    not_asked();
}
std::vector<rpc::Metric> ProvenBackend::metrics() const {
    not_asked();
}
rpc::Backend::EvidencePage ProvenBackend::evidence(const ChainId&, const rpc::Page&) const {
    not_asked();
}
rpc::Why ProvenBackend::why(const ChainId&) const {
    not_asked();
}
void ProvenBackend::submit(const ChainId&, ledger::RawTransaction, std::function<void(Result<Hash>)>) {
    not_asked();
}
std::optional<std::uint64_t> ProvenBackend::height_of(const ChainId&, const Hash&) const {
    not_asked();
}
Result<rpc::Activity> ProvenBackend::activity(const ChainId&, std::uint64_t) const {
    not_asked();
}
Result<rpc::ProvenState> ProvenBackend::prove(const ChainId&, const std::vector<Bytes>&,
                                              std::optional<std::uint64_t>) const {
    not_asked();
}

}  // namespace pcq::cli
