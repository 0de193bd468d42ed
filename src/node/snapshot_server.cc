#include "src/node/snapshot_server.h"

#include <algorithm>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace pcq::node {
namespace {

constexpr std::int64_t kAnswerLeast = 4 << 10;  // what even an empty one costs

Instant monotonic() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

bool is_path(BytesView path) {
    return path.size() >= storage::kChunkDepthLeast && path.size() <= storage::kChunkDepthMost &&
           std::all_of(path.begin(), path.end(), [](char digit) { return digit >= 0 && digit < 16; });
}

void fill(const storage::SnapshotHead& head, proto::Snapshot& to) {
    for (const auto& change : head.changes) {
        auto& entry = *to.add_changes();
        entry.set_header(change.header);
        entry.set_certificate(change.certificate);
        entry.set_validators(change.validators);
    }
    for (const auto& header : head.lead) to.add_lead(header);
    to.set_block(head.block);
    to.set_receipts(head.receipts);
    to.set_certificate(head.certificate);
    to.set_next_validators(head.next_validators);
}

void read_chunk(const storage::SnapshotSource& source, const ledger::PagePath& path, proto::Chunk& to) {
    const auto chunk = source.chunk(path);
    if (!chunk) {
        const bool is_large = chunk.error().code == Code::limit_reached;
        if (!is_large) spdlog::error("a snapshot cannot be read: {}", chunk.error().message);
        to.set_result(is_large ? proto::CHUNK_RESULT_TOO_LARGE : proto::CHUNK_RESULT_GONE);
        return;
    }
    for (const auto& [key, value] : chunk->records) {
        auto& entry = *to.add_records();
        entry.set_key(key);
        entry.set_value(*value);
    }
    to.set_proof(chunk->proof.encode());
}

}  // namespace

SnapshotServer::SnapshotServer(Strand strand, const storage::ChainStore& store, std::filesystem::path folder,
                               const Options& options)
    : strand_(std::move(strand)),
      store_(store),
      folder_(std::move(folder)),
      options_(options),
      idle_(strand_) {}

void SnapshotServer::stop() {
    stopped_ = true;
    let_go();
}

void SnapshotServer::let_go() {
    idle_.cancel();
    boost::asio::post(thread_, [source = std::exchange(source_, nullptr)] {});
}

proto::PeerMessage SnapshotServer::message() const {
    proto::PeerMessage message;
    message.set_chain_id(store_.tip()->chain().bytes());
    return message;
}

// The height wanted; or the newest that others choose too, or at a young chain the tip. 0: none.
std::uint64_t SnapshotServer::choose(std::uint64_t wanted) const {
    const std::uint64_t tip = (*store_.tip())->height();
    const std::uint64_t base = store_.base();
    if (wanted != 0) return wanted >= base && wanted <= tip ? wanted : 0;
    const std::uint64_t round = tip - tip % kEvery;
    return round > base || (round > 0 && round == base) ? round : tip;
}

// Nothing newer is pruned while it is there, so for a liar's sake it is not kept for ever, whoever reads it.
// And whoever has it from here finds no blocks here to go on with, once they are pruned: who keeps them
// longer gives the snapshot longer as well.
bool SnapshotServer::is_past() const {
    return source_->height() < store_.base() || Clock::now() - *since_ > options_.longest;
}

std::optional<std::uint64_t> SnapshotServer::room() const {
    return store_.options().free_bytes(store_.options().path);
}

// A copy that was given up for want of room would fill the disk again and again.
bool SnapshotServer::has_room() const {
    const auto there = too_little_ ? room() : std::nullopt;
    return !there || *there > *too_little_ + storage::kFreeForCopies;
}

// Whoever else reads it is not let down.
bool SnapshotServer::may_prepare(const crypto::PublicKey& asker) const {
    const auto now = Clock::now();
    if ((since_ && now - *since_ < options_.pause) || !has_room()) return false;
    return !source_ || is_past() || std::none_of(read_.begin(), read_.end(), [&](const auto& read) {
        return read.first != asker && now - read.second < options_.in_use;
    });
}

void SnapshotServer::take_snapshot_request(const network::Delivery& delivery) {
    if (folder_.empty() || stopped_) return;
    auto& allowance =
        asking_.try_emplace(delivery.from, options_.answers_at_once, options_.answers_a_second).first->second;
    if (!allowance.is_left(monotonic())) return;  // whoever lacks one asks again
    const std::uint64_t wanted = delivery.message.get_snapshot().height();
    if (preparing_) {
        waiting_.insert(delivery.from);
        return;
    }
    const std::uint64_t height = choose(wanted);
    const bool is_other =
        !source_ || (wanted == 0 ? height > source_->height() : height != source_->height());
    if (height == 0 || !is_other || !may_prepare(delivery.from)) return answer(delivery.from);
    waiting_.insert(delivery.from);
    prepare(height);
}

void SnapshotServer::prepare(std::uint64_t height) {
    preparing_ = true;
    room_ = room();
    const auto folder = folder_ / std::to_string(++made_);
    boost::asio::post(thread_, [this, height, folder, old = std::exchange(source_, nullptr)]() mutable {
        old.reset();
        auto made = storage::SnapshotSource::make(store_, height, folder, stopped_);
        if (!made) spdlog::warn("a snapshot of height {} cannot be given: {}", height, made.error().message);
        auto source = made ? Result<Source>(*std::move(made)) : made.error();
        boost::asio::post(strand_,
                          [this, source = std::move(source)]() mutable { prepared(std::move(source)); });
    });
}

void SnapshotServer::prepared(Result<Source> made) {
    preparing_ = false;
    if (stopped_) return boost::asio::post(thread_, [made = std::move(made)] {});
    source_ = made ? *std::move(made) : nullptr;
    too_little_.reset();
    if (!made && made.error().code == Code::disk_full) too_little_ = room_;
    since_ = Clock::now();
    read_.clear();
    if (source_) used();
    if (source_)
        spdlog::info("a snapshot is ready: height={} records={} depth={}", source_->height(),
                     source_->records(), source_->depth());
    for (const auto& peer : std::exchange(waiting_, {})) answer(peer);
}

void SnapshotServer::answer(const crypto::PublicKey& peer) {
    auto envelope = message();
    auto& snapshot = *envelope.mutable_snapshot();
    if (source_) {
        snapshot.set_height(source_->height());
        snapshot.set_depth(static_cast<std::uint32_t>(source_->depth()));
        fill(source_->head(), snapshot);
    }
    if (const auto asking = asking_.find(peer); asking != asking_.end())
        asking->second.spend(std::max(kAnswerLeast, static_cast<std::int64_t>(snapshot.ByteSizeLong())));
    peers_->send(peer, network::Priority::sync, envelope);
}

void SnapshotServer::used() {
    idle_.expires_after(options_.kept);
    idle_.async_wait(boost::asio::bind_executor(strand_, [this](boost::system::error_code failure) {
        if (!failure && !stopped_) let_go();
    }));
}

void SnapshotServer::take_chunk_request(const network::Delivery& delivery) {
    if (folder_.empty() || stopped_) return;
    const auto& request = delivery.message.get_chunk();
    if (!is_path(request.path()))
        return peers_->drop(delivery.from, "asked for a chunk by something that is no path");
    auto envelope = message();
    auto& chunk = *envelope.mutable_chunk();
    chunk.set_height(request.height());
    chunk.set_path(request.path());
    if (source_ && is_past()) let_go();
    if (!source_ || source_->height() != request.height()) {
        chunk.set_result(proto::CHUNK_RESULT_GONE);
        return peers_->send(delivery.from, network::Priority::sync, envelope);
    }
    used();
    read_[delivery.from] = Clock::now();
    // Who asks meanwhile gets the first answer.
    if (!reading_.insert(delivery.from).second) return;
    boost::asio::post(
        thread_, [this, from = delivery.from, source = source_, envelope = std::move(envelope)]() mutable {
            read_chunk(*source, envelope.chunk().path(), *envelope.mutable_chunk());
            source.reset();
            boost::asio::post(strand_, [this, from] { reading_.erase(from); });
            peers_->send(from, network::Priority::sync, envelope);
        });
}

}  // namespace pcq::node
