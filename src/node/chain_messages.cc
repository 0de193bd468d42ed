// What comes in to a chain: messages of peers, transactions of clients.
#include <algorithm>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "src/base/hex.h"
#include "src/node/chain.h"

namespace pcq::node {
namespace {

constexpr int kRequestedMax = Intake::kCountMax;
// An honest validator says where it is every two seconds, every half second when it is stuck, and to a
// straggler as often.
constexpr std::int64_t kStatusesAtOnce = 60;
constexpr std::int64_t kStatusesASecond = 20;
// Of the strand's time, in microseconds, roughly: what requests for transactions of one peer may take at
// once, and those of all peers each second.
constexpr std::int64_t kRequestsAtOnce = 200'000;
constexpr std::int64_t kRequestsASecond = 500'000;
constexpr std::int64_t kRequestCost = 100;  // and one for each hash, and for each KiB that is handed out

}  // namespace

void Chain::on_peer(network::Delivery delivery) {
    boost::asio::post(strand_, [this, delivery = std::move(delivery)]() mutable {
        if (stopped_ || !replica_) return;
        note_heard(delivery);
        using Message = proto::PeerMessage;
        switch (delivery.message.content_case()) {
            case Message::kConsensus:
                return take_consensus(std::move(delivery));
            case Message::kTransactions:
                return take_transactions(std::move(delivery));
            case Message::kGetTransactions:
                return take_transaction_request(delivery);
            case Message::kGetBlocks:
                return take_block_request(std::move(delivery));
            case Message::kBlocks:
                return take_blocks(std::move(delivery));
            case Message::kGetSnapshot:
                return snapshots_.take_snapshot_request(delivery);
            case Message::kGetChunk:
                return snapshots_.take_chunk_request(delivery);
            case Message::kSnapshot:
                if (joiner_) joiner_->take_snapshot(std::move(delivery));
                return;
            case Message::kChunk:
                if (joiner_) joiner_->take_chunk(std::move(delivery));
                return update_snapshot();
            case Message::CONTENT_NOT_SET:
                break;
        }
        peers_->drop(delivery.from, "a message without content that this version knows");
    });
}

void Chain::on_peer_connected(const crypto::PublicKey& peer) {
    boost::asio::post(strand_, [this, peer] {
        seen_[peer].changed = passed();
        step(consensus::Tick{});
    });
}

void Chain::on_peer_disconnected(const crypto::PublicKey& peer) {
    boost::asio::post(strand_, [this, peer] {
        seen_[peer].changed = passed();
        const auto from = index_of(peer);
        if (joiner_) joiner_->disconnected(peer);
        if (!stopped_ && from) request_blocks(catch_up_.disconnected(*from, now()));
    });
}

// A Status speaks of a height whose validators may be others than those known here: its sender is known by
// the connection. Votes are checked against the set of the height in agreement; what does not hold under it
// is a crime only at that height.
void Chain::take_consensus(network::Delivery delivery) {
    auto decoded = consensus::parse(delivery.message.consensus());
    if (!decoded) return peers_->drop(delivery.from, decoded.error().message);
    if (const auto shape = consensus::check_shape(*decoded, voters().size()); !shape) {
        const bool is_here = consensus::height_of(*decoded) == replica_->height();
        if (is_here) return peers_->drop(delivery.from, shape.error().message);
        ++unverified_;
        return;
    }
    if (decoded->has_status()) {
        auto& allowance =
            statuses_.try_emplace(delivery.from, kStatusesAtOnce, kStatusesASecond).first->second;
        if (!allowance.is_left(passed())) {
            ++unverified_;
            return;
        }
        allowance.spend(1);
        note_status(delivery.from, decoded->status());
        const auto sender = members_->set.index_of(delivery.from);
        if (!sender) return note_claim(delivery.from, decoded->status().height());
        return step(consensus::Received{consensus::attested(*std::move(decoded), *sender)});
    }
    // What this replica would ignore anyway is not worth a signature check, and nobody gets more of them than
    // it needs: what is dropped here is said again.
    const auto share = Verifying::share_of(*decoded);
    if (replica_->refusal(*decoded) || !verifying_.begin(delivery.from, share, voters().size(), passed())) {
        ++unverified_;
        return;
    }
    const bool is_here = consensus::height_of(*decoded) == replica_->height();
    auto check = [this, decoded = *std::move(decoded), guard = std::move(delivery.guard),
                  from = delivery.from, members = members_, is_here, share]() mutable {
        const auto holds = [this](const auto& key, const Hash& digest, BytesView signature) {
            return signatures_.holds(key, digest, signature);
        };
        auto verified = consensus::verify(members->membership.voters, {holds, ledger::transactions_root},
                                          std::move(decoded));
        boost::asio::post(strand_, [this, verified = std::move(verified), guard = std::move(guard),
                                    from = std::move(from), members = std::move(members), is_here, share] {
            // Their indices are of another set than the replica's now; it is said again.
            if (members != members_) return;
            verifying_.end(from, share);
            if (verified) return step(consensus::Received{*verified});
            if (is_here) return peers_->drop(from, verified.error().message);
            verifying_.failed(from, share);
            ++unverified_;
        });
    };
    services_.verify.post(VerifyPool::Urgency::consensus, delivery.from, share.signatures, std::move(check));
}

void Chain::take_transactions(network::Delivery delivery) {
    const auto from = delivery.from;
    const bool is_running = !intake_.is_empty();
    if (!intake_.add(std::move(delivery)))
        return peers_->drop(from, "sent more transactions at once than a message may have");
    if (!is_running && !intake_.is_empty()) admit_next();
}

// A few, and then whatever else waits for the strand.
void Chain::admit_next() {
    if (stopped_ || intake_.is_empty()) return;
    auto arrived = intake_.next(now());
    for (auto& bytes : arrived.transactions) {
        if (arrived.is_passed_over) {
            ++passed_over_;
            if (gathering_.empty()) continue;
            const Hash hash = ledger::transaction_hash(genesis_.chain, bytes);
            if (is_wanted(hash)) check_wanted(hash, std::move(bytes), arrived.from);
            continue;
        }
        admit(std::move(bytes), arrived.from,
              [this, from = arrived.from, guard = arrived.guard](const Result<Hash>& result) {
                  if (!result) intake_.refused(from, result.error().code);
              });
    }
    if (!intake_.is_empty()) boost::asio::post(strand_, [this] { admit_next(); });
}

void Chain::submit(ledger::RawTransaction transaction, std::function<void(Result<Hash>)> done) {
    boost::asio::post(strand_,
                      [this, transaction = std::move(transaction), done = std::move(done)]() mutable {
                          if (stopped_ || !replica_)
                              return done(Error{Code::stopped, "this chain has stopped on this node"});
                          const Hash hash = ledger::transaction_hash(genesis_.chain, transaction);
                          auto answer = [this, hash, done = std::move(done)](const Result<Hash>& result) {
                              // It may have come from a peer, or in a block, while it was on its way or being
                              // checked.
                              const auto waiting = result ? std::nullopt : mempool_.find(hash);
                              if (waiting && services_.on_taken) services_.on_taken(*waiting);
                              const bool is_here = waiting || (!result && is_committed(hash));
                              done(is_here ? Result<Hash>(hash) : result);
                          };
                          // Nobody is told that it is taken before it is.
                          if (const auto offered = offered_.find(hash); offered != offered_.end())
                              return offered->second.push_back(std::move(answer));
                          admit(std::move(transaction), {}, std::move(answer));
                      });
}

bool Chain::is_committed(const Hash& hash) const {
    const auto place = store_->find_transaction(hash);
    return place && *place;
}

bool Chain::is_wanted(const Hash& hash) const {
    return std::any_of(gathering_.begin(), gathering_.end(),
                       [&hash](const auto& entry) { return entry.second.missing.count(hash) != 0; });
}

// A transaction that a proposal waits for is checked even where the mempool has no room for it, or is busy
// with it behind many others. Once at a time, however often it comes.
void Chain::check_wanted(const Hash& hash, ledger::RawTransaction bytes, const Source& source) {
    if (checking_.count(hash) != 0) return;
    auto decoded = ledger::DecodedTransaction::from(std::move(bytes), genesis_.chain);
    if (!decoded) return;
    checking_.insert(hash);
    auto check = [this, hash, source, decoded = *std::move(decoded)]() mutable {
        auto verified = ledger::verify_signatures(std::move(decoded));
        boost::asio::post(strand_, [this, hash, source, verified = std::move(verified)] {
            checking_.erase(hash);
            verified ? fetched(*verified) : forged(source, verified.error());
        });
    };
    services_.verify.post(VerifyPool::Urgency::consensus, source, 1, std::move(check));
}

// Nobody honest passes on what he has not checked.
void Chain::forged(const Source& source, const Error& error) {
    if (source) peers_->drop(*source, error.message);
}

// From clients and peers alike.
void Chain::admit(ledger::RawTransaction bytes, const Source& source,
                  std::function<void(Result<Hash>)> done) {
    std::optional<std::pair<Hash, ledger::RawTransaction>> wanted;
    if (!gathering_.empty()) {
        const Hash hash = ledger::transaction_hash(genesis_.chain, bytes);
        if (is_wanted(hash)) wanted.emplace(hash, bytes);
    }
    auto offered = mempool_.offer(std::move(bytes), judge());
    if (!offered) {
        if (wanted) check_wanted(wanted->first, std::move(wanted->second), source);
        return done(offered.error());
    }
    offered_[offered->hash()].push_back(std::move(done));
    services_.verify.post(
        VerifyPool::Urgency::transaction, source, 1, [this, source, decoded = *std::move(offered)]() mutable {
            const Hash hash = decoded.hash();
            auto verified = ledger::verify_signatures(std::move(decoded));
            boost::asio::post(strand_, [this, source, hash, verified = std::move(verified)] {
                if (verified) return admitted(*verified, source);
                mempool_.failed(hash, verified.error().code);
                forged(source, verified.error());
                finish_check(hash, verified.error());
            });
        });
}

void Chain::admitted(const ledger::VerifiedTransaction& transaction, const Source& source) {
    const auto result = mempool_.verified(transaction, judge());
    fetched(transaction);
    if (result) {
        {
            const std::lock_guard lock(snapshot_mutex_);
            waiting_.insert(transaction->hash());
        }
        gossip_.admitted(transaction, /*from_client=*/!source);
        const bool is_handed_in = !source || offered_[transaction->hash()].size() > 1;
        if (is_handed_in && services_.on_taken) services_.on_taken(transaction);
    }
    update_work();
    finish_check(transaction->hash(), result);
}

void Chain::finish_check(const Hash& hash, const Result<Hash>& result) {
    const auto waiting = offered_.extract(hash);
    if (waiting.empty()) return;
    for (const auto& done : waiting.mapped()) done(result);
}

void Chain::left(const std::vector<Hash>& hashes, std::optional<Code> why) {
    {
        const std::lock_guard lock(snapshot_mutex_);
        for (const auto& hash : hashes) waiting_.erase(hash);
    }
    if (!hashes.empty() && services_.on_left) services_.on_left(hashes, why);
}

void Chain::send_transactions(std::vector<Bytes> transactions) {
    auto envelope = message();
    for (auto& bytes : transactions) envelope.mutable_transactions()->add_transactions(std::move(bytes));
    peers_->broadcast(network::Priority::gossip, envelope);
}

void Chain::take_transaction_request(const network::Delivery& delivery) {
    const auto& request = delivery.message.get_transactions();
    if (request.hashes_size() > kRequestedMax)
        return peers_->drop(delivery.from, "asked for too many transactions");
    const auto peers = static_cast<std::int64_t>(voters().size());
    auto& allowance =
        requests_.try_emplace(delivery.from, kRequestsAtOnce, kRequestsASecond / peers).first->second;
    if (!allowance.is_left(now())) return;  // whoever lacks something asks again, and another one
    auto answer = message();
    std::size_t waiting = 0;
    std::size_t total = 0;
    const auto flush = [&] {
        if (waiting > 0) peers_->send(delivery.from, network::Priority::consensus, answer);
        answer.mutable_transactions()->clear_transactions();
        waiting = 0;
    };
    const auto add = [&](const Bytes& transaction) {
        answer.mutable_transactions()->add_transactions(transaction);
        total += transaction.size();
        waiting += transaction.size();
        if (waiting + ledger::kTransactionBytesMax > Intake::kBytesMax) flush();
    };
    std::set<Hash> named;
    for (const auto& bytes : request.hashes()) {
        const auto hash = Hash::from(bytes);
        if (!hash) return peers_->drop(delivery.from, "asked for a transaction by something that is no hash");
        if (!named.insert(*hash).second) continue;
        if (total > ledger::kBlockBytesMax) break;  // no block needs more; the rest is asked for again
        if (const auto found = find(*hash)) {
            add((*found)->bytes());
            continue;
        }
        // A block proposed by this node may hold what has left its mempool since.
        for (const auto& [block, gathering] : gathering_) {
            const auto at = gathering.held.find(*hash);
            if (at == gathering.held.end()) continue;
            add(at->second->bytes());
            break;
        }
    }
    flush();
    allowance.spend(kRequestCost + request.hashes_size() + static_cast<std::int64_t>(total / 1024));
}

}  // namespace pcq::node
