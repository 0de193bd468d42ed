#include "src/node/backend.h"

#include "src/answers/answers.h"
#include "src/base/hex.h"
#include "src/ledger/transaction.h"
#include "src/node/activity.h"
#include "src/node/fate.h"

namespace pcq::node {
namespace {

std::uint64_t tip_height(const Chain& chain) {
    return (*chain.store().tip())->height();
}

Error no_such_block(const Chain& chain, std::uint64_t height) {
    return Error{Code::not_found, "there is no block at height " + std::to_string(height) +
                                      "; the newest is " + std::to_string(tip_height(chain))};
}

}  // namespace

NodeBackend::NodeBackend(const std::vector<std::unique_ptr<Chain>>& chains, const network::Peers& peers,
                         Inboxes& inboxes, const crypto::PublicKey& own)
    : chains_(chains), peers_(peers), inboxes_(inboxes), own_(own) {
    for (const auto& chain : chains) take_ups_[chain->id()] = std::make_unique<TakeUp>(*chain, inboxes);
}

Chain& NodeBackend::chain(const ChainId& id) const {
    for (const auto& chain : chains_) {
        if (chain->id() == id) return *chain;
    }
    invariant_failed("the server asks only for chains that chains() names", __FILE__, __LINE__);
}

std::vector<rpc::ChainInfo> NodeBackend::chains() const {
    std::vector<rpc::ChainInfo> infos;
    for (const auto& chain : chains_)
        infos.push_back({chain->id(), chain->genesis().fields.name(), chain->genesis().fields.kind()});
    return infos;
}

Bytes NodeBackend::genesis(const ChainId& id) const {
    return chain(id).genesis().document;
}

rpc::ChainStatus NodeBackend::status(const ChainId& id) const {
    const Chain& of = chain(id);
    const auto tip = of.store().tip();
    const ChainSnapshot now = of.snapshot();
    rpc::ChainStatus status;
    status.height = (*tip)->height();
    status.first_height = of.store().base();
    status.block = tip->hash();
    status.state_root = tip->state_root();
    status.time = Instant{static_cast<std::int64_t>((*tip)->time_ms())};
    status.view = now.view;
    status.voting = now.voting;
    status.catching_up = now.syncing;
    if (now.joining) status.joining = {now.joining->height, now.joining->chunks, now.joining->of};
    const auto validators = of.validators();
    for (const auto& member : validators.members()) {
        const bool self = member.key == own_;
        const Instant own_end{peers_.stats().certificate_end};
        status.validators.push_back({member.name, member.key, self, self || peers_.is_connected(member.key),
                                     self ? own_end : peers_.certificate_end(member.key)});
    }
    status.mempool_transactions = now.waiting;
    status.mempool_bytes = now.waiting_bytes;
    status.refused = now.mempool.refused;
    const std::lock_guard lock(mutex_);
    if (const auto at = counted_.find(id); at != counted_.end()) {
        status.committed_transactions = at->second.transactions;
        status.failed = at->second.failed;
    }
    return status;
}

std::optional<std::string> NodeBackend::not_ready() const {
    for (const auto& chain : chains_) {
        const std::string name = chain->genesis().fields.name();
        if (chain->snapshot().syncing)
            return "chain " + name + " is catching up, at height " + std::to_string(tip_height(*chain));
        std::uint32_t connected = 0;
        const auto validators = chain->validators();
        for (const auto& member : validators.members())
            connected += member.key == own_ || peers_.is_connected(member.key) ? 1u : 0u;
        const std::uint32_t needed = consensus::quorum(validators.size());
        if (connected < needed) {
            return "chain " + name + " has " + std::to_string(connected) + " of " +
                   std::to_string(validators.size()) + " validators connected, " + std::to_string(needed) +
                   " are needed";
        }
    }
    return std::nullopt;
}

rpc::Backend::EvidencePage NodeBackend::evidence(const ChainId& id, const rpc::Page& page) const {
    const Chain& of = chain(id);
    const auto validators = of.validators();
    EvidencePage found;
    found.all = of.evidence().size();
    for (auto& record : of.evidence().list(page.first, page.limit)) {
        rpc::Evidence piece;
        for (const auto& member : validators.members())
            if (member.key.encoded() == record.accused()) piece.validator = member.name;
        piece.record = std::move(record);
        found.pieces.push_back(std::move(piece));
    }
    return found;
}

rpc::Why NodeBackend::why(const ChainId& id) const {
    return chain(id).why();
}

std::vector<rpc::Metric> NodeBackend::metrics() const {
    std::vector<rpc::Metric> metrics;
    const auto& network = peers_.stats();
    const auto add = [&metrics](const char* name, const char* help, bool counter,
                                std::vector<std::pair<std::string, std::string>> labels,
                                std::uint64_t value) {
        metrics.push_back({name, help, counter, std::move(labels), static_cast<double>(value)});
    };
    add("pcq_peer_bytes_received_total", "Bytes received from peers.", true, {}, network.bytes_in);
    add("pcq_peer_bytes_sent_total", "Bytes sent to peers.", true, {}, network.bytes_out);
    add("pcq_peer_messages_dropped_total", "Messages dropped by a full queue.", true, {}, network.dropped);
    add("pcq_peer_strangers_refused_total", "Handshakes with a key that is not pinned.", true, {},
        network.refused);
    add("pcq_tls_certificate_end_timestamp_seconds", "When this node's TLS certificate ends, since 1970.",
        false, {}, static_cast<std::uint64_t>(network.certificate_end / 1000));
    add("pcq_tls_certificates_renewed_total", "TLS certificates that this node has made for itself.", true,
        {}, network.renewed);
    add("pcq_tls_peer_certificates_outdated_total",
        "Connections of peers whose TLS certificate is not good by this node's clock.", true, {},
        network.outdated);
    for (const auto& chain : chains_) {
        const std::vector<std::pair<std::string, std::string>> labels{
            {"chain", chain->genesis().fields.name()}};
        const auto now = chain->snapshot();
        add("pcq_chain_stalled", "Whether there is something to do, but no new block: GET /why says why.",
            false, labels, chain->why().stalled ? 1 : 0);
        add("pcq_consensus_view_changes_total", "Views left by this replica.", true, labels,
            now.consensus.view_changes);
        add("pcq_evidence_kept", "Pieces of evidence against validators on this node's disk.", false, labels,
            chain->evidence().size());
        add("pcq_consensus_evidence_total", "Validators caught contradicting themselves.", true, labels,
            now.consensus.evidence);
        add("pcq_consensus_ignored_total", "Messages that changed nothing.", true, labels,
            now.consensus.ignored);
        add("pcq_peer_transactions_passed_over_total",
            "Transactions not looked at, of peers that sent too many that are refused.", true, labels,
            now.passed_over);
        const auto tip = chain->store().tip();
        for (const auto& vintage : (*tip)->totals().vintages()) {
            auto of = labels;
            of.emplace_back("vintage", std::to_string(vintage.vintage()));
            const auto grams = [&](const char* kind, std::int64_t value) {
                auto with_kind = of;
                with_kind.emplace_back("kind", kind);
                metrics.push_back({"pcq_quota_grams",
                                   "Quota by where it is; certified with the newest header.", false,
                                   std::move(with_kind), static_cast<double>(value)});
            };
            grams("issued", vintage.issued_g());
            grams("held", vintage.held_g());
            grams("inventory", vintage.inventory_g());
            grams("escrow", vintage.escrow_g());
            grams("surrendered", vintage.surrendered_g());
            grams("expired", vintage.expired_g());
            grams("exported", vintage.exported_g());
        }
        metrics.push_back({"pcq_cash_held_yuan", "Cash of all accounts; certified with the newest header.",
                           false, labels, static_cast<double>((*tip)->totals().cash_held_uy()) / 1e6});
    }
    return metrics;
}

void NodeBackend::submit(const ChainId& id, ledger::RawTransaction transaction,
                         std::function<void(Result<Hash>)> done) {
    Chain& to = chain(id);
    const Hash hash = ledger::transaction_hash(id, transaction);
    // The hash is the idempotency key: sent again, it is answered with the first one's fate.
    if (transaction.size() <= ledger::kTransactionBytesMax) {
        if (to.is_waiting(hash)) {
            inboxes_.take(id, hash, tip_height(to), transaction);
            return inboxes_.then([hash, done = std::move(done)] { done(hash); });
        }
        const auto place = to.store().find_transaction(hash);
        if (place && *place) return done(hash);
    }
    to.submit(std::move(transaction), [this, &to, hash, done = std::move(done)](Result<Hash> result) {
        if (!result && is_refusal_to_remember(result.error().code, to.store().base()))
            inboxes_.refuse(to.id(), hash, result.error().code);
        inboxes_.then([done, result = std::move(result)] { done(result); });
    });
}

rpc::TransactionFate NodeBackend::transaction(const ChainId& id, const Hash& hash) const {
    Chain& of = chain(id);
    // Asked first: it waits no longer only once it is stored, so that no block can take it out of sight.
    const auto taking_up = take_ups_.find(id);
    const bool is_coming = taking_up != take_ups_.end() && taking_up->second->is_coming(hash);
    const bool is_waiting = is_coming || of.is_waiting(hash);
    auto found = fate_of(of.store(), inboxes_.of(id), id, hash);
    if (is_waiting && found.fate.kind != rpc::FateKind::committed) return {.kind = rpc::FateKind::pending};
    if (found.is_new_refusal) inboxes_.refuse(id, hash, found.fate.reason->code);
    return std::move(found.fate);
}

void NodeBackend::take_up_again() {
    for (const auto& [id, taking_up] : take_ups_) taking_up->begin();
}

Result<rpc::CertifiedHeader> NodeBackend::header(const ChainId& id, std::uint64_t height) const {
    const Chain& of = chain(id);
    auto header = of.store().header(height);
    if (!header) return header.error();
    if (!*header) return no_such_block(of, height);
    auto certificate = of.store().certificate(height);
    if (!certificate) return certificate.error();
    return rpc::CertifiedHeader{(*header)->bytes(), certificate->value_or("")};
}

Result<rpc::BlockBody> NodeBackend::body(const ChainId& id, std::uint64_t height) const {
    const Chain& of = chain(id);
    if (height > tip_height(of)) return no_such_block(of, height);
    rpc::BlockBody body;
    const auto block = of.store().block(height);
    const auto receipts = of.store().receipts(height);
    if (!block) return block.error();
    if (!receipts) return receipts.error();
    proto::Block decoded;
    proto::Receipts decoded_receipts;
    if ((*block && !decoded.ParseFromString(**block)) ||
        (*receipts && !decoded_receipts.ParseFromString(**receipts))) {
        return Error{Code::store_damaged, "block " + std::to_string(height) +
                                              " cannot be decoded; run pcq audit totals on the stopped node"};
    }
    body.transactions.assign(decoded.transactions().begin(), decoded.transactions().end());
    body.receipts.assign(decoded_receipts.receipts().begin(), decoded_receipts.receipts().end());
    return body;
}

std::optional<std::uint64_t> NodeBackend::height_of(const ChainId& id, const Hash& block) const {
    const auto found = chain(id).store().find_block(block);
    return found ? *found : std::nullopt;
}

Result<rpc::Activity> NodeBackend::activity(const ChainId& id, std::uint64_t height) const {
    const Chain& of = chain(id);
    PCQ_INVARIANT(height > 0);
    if (height > tip_height(of)) return no_such_block(of, height);
    const auto after = of.store().at(height);
    if (!after) return after.error();
    const auto before = of.store().at(height - 1);
    if (!before) return before.error();
    const auto block = of.store().block(height);
    if (!block) return block.error();
    const auto receipts = of.store().receipts(height);
    if (!receipts) return receipts.error();
    return activity_of(id, height, {block->value_or(""), receipts->value_or(""), **before, **after});
}

Result<rpc::Answer> NodeBackend::query(const ChainId& id, const rpc::Query& question,
                                       std::optional<std::uint64_t> height) const {
    const Chain& of = chain(id);
    const std::uint64_t at = height.value_or(tip_height(of));
    const auto state = of.store().at(at);
    if (!state) return state.error();
    const auto header = of.store().header(at);
    if (!header) return header.error();
    if (!*header) return no_such_block(of, at);
    return answers::answer(**state, id, at, Instant{static_cast<std::int64_t>((**header)->time_ms())},
                           question);
}

Result<rpc::ProvenState> NodeBackend::prove(const ChainId& id, const std::vector<Bytes>& keys,
                                            std::optional<std::uint64_t> height) const {
    const Chain& of = chain(id);
    const std::uint64_t at = height.value_or(tip_height(of));
    const auto state = of.store().at(at);
    if (!state) return state.error();
    auto certified = header(id, at);
    if (!certified) return certified.error();
    rpc::ProvenState proven{*std::move(certified), {}};
    for (const auto& key : keys) {
        proven.records.push_back(
            {key, (*state)->get(key), ledger::prove(**state, (*state)->root(), key).encode()});
    }
    return proven;
}

void NodeBackend::count(const Committed& committed) {
    take_ups_.at(committed.chain)->committed();
    const std::lock_guard lock(mutex_);
    Counted& counted = counted_[committed.chain];
    counted.transactions += committed.block->transactions.size();
    for (std::size_t i = 0; i < committed.block->transactions.size(); ++i) {
        proto::Receipt receipt;
        if (!receipt.ParseFromString(committed.block->executed.receipts[i]) || receipt.code() == 0) continue;
        ++counted.failed[static_cast<Code>(receipt.code())];
    }
}

}  // namespace pcq::node
