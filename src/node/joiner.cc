#include "src/node/joiner.h"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace pcq::node {
namespace {

constexpr std::chrono::milliseconds kTick{500};
constexpr std::chrono::seconds kAskAgain{3};   // while nobody has what is wanted
constexpr std::chrono::seconds kPatience{15};  // for one chunk
constexpr std::chrono::seconds kGivenUp{30};   // without a provider: the next height offered is taken
constexpr std::size_t kProvidersMost = 8;

storage::SnapshotHead head_of(proto::Snapshot&& snapshot) {
    storage::SnapshotHead head;
    for (auto& change : *snapshot.mutable_changes()) {
        head.changes.push_back({std::move(*change.mutable_header()), std::move(*change.mutable_certificate()),
                                std::move(*change.mutable_validators())});
    }
    for (auto& header : *snapshot.mutable_lead()) head.lead.push_back(std::move(header));
    head.block = std::move(*snapshot.mutable_block());
    head.receipts = std::move(*snapshot.mutable_receipts());
    head.certificate = std::move(*snapshot.mutable_certificate());
    head.next_validators = std::move(*snapshot.mutable_next_validators());
    return head;
}

Result<> add_chunk(storage::JoiningStore& store, proto::Chunk& chunk) {
    ledger::StateChanges records;
    for (auto& entry : *chunk.mutable_records()) {
        if (!records.emplace(std::move(*entry.mutable_key()), std::move(*entry.mutable_value())).second)
            return Error{Code::bad_proof, "a chunk of the state is refused: it has a record twice"};
    }
    const auto proof = ledger::StateProof::decode(chunk.proof());
    if (!proof) return proof.error();
    return store.add(chunk.path(), records, *proof);
}

// The peer's, not this node's.
bool is_lie(const Error& error) {
    return error.code != Code::io_failed && error.code != Code::store_damaged &&
           error.code != Code::disk_full;
}

}  // namespace

Joiner::Joiner(Strand strand, const ledger::Genesis& genesis, ledger::Header genesis_header,
               std::filesystem::path chain_folder, network::Peers& peers, Events events)
    : strand_(std::move(strand)),
      genesis_(genesis),
      genesis_header_(std::move(genesis_header)),
      chain_folder_(std::move(chain_folder)),
      peers_(peers),
      events_(std::move(events)),
      timer_(strand_) {}

proto::PeerMessage Joiner::message() const {
    proto::PeerMessage message;
    message.set_chain_id(genesis_.chain.bytes());
    return message;
}

void Joiner::start(std::uint64_t above) {
    above_ = above;
    heard_ = Clock::now();
    ask_all();
    tick();
}

void Joiner::stop() {
    stopped_ = true;
    timer_.cancel();
    boost::asio::post(thread_, [store = std::exchange(store_, nullptr)] {});
}

void Joiner::ask_all() {
    asked_all_ = Clock::now();
    auto envelope = message();
    envelope.mutable_get_snapshot()->set_height(height_);
    peers_.broadcast(network::Priority::sync, envelope);
}

void Joiner::tick() {
    if (stopped_ || finishing_) return;
    const auto now = Clock::now();
    std::vector<crypto::PublicKey> silent;
    for (const auto& [peer, owed] : owed_) {
        if (now - owed.since > kPatience) silent.push_back(peer);
    }
    for (const auto& peer : silent) pass_over(peer);
    ask_idle();
    if (providers_.empty() && !opening_ && height_ != 0 && now - heard_ > kGivenUp) {
        spdlog::warn("nobody has the snapshot any more: chain={} height={}", genesis_.fields.name(), height_);
        height_ = 0;
        heard_ = now;
    }
    if (providers_.empty() && !opening_ && now - asked_all_ > kAskAgain) ask_all();
    timer_.expires_after(kTick);
    timer_.async_wait(boost::asio::bind_executor(strand_, [this](boost::system::error_code failure) {
        if (!failure) tick();
    }));
}

void Joiner::take_snapshot(network::Delivery delivery) {
    auto& snapshot = *delivery.message.mutable_snapshot();
    if (stopped_ || finishing_ || opening_ || snapshot.height() <= above_) return;
    if (snapshot.depth() < storage::kChunkDepthLeast || snapshot.depth() > storage::kChunkDepthMost)
        return peers_.drop(delivery.from, "offered a snapshot in chunks that cannot be");
    if (height_ == 0)
        return open(delivery.from, head_of(std::move(snapshot)), static_cast<std::size_t>(snapshot.depth()));
    if (snapshot.height() != height_ || providers_.size() >= kProvidersMost) return;
    providers_.insert(delivery.from);
    ask(delivery.from);
}

void Joiner::open(const crypto::PublicKey& from, storage::SnapshotHead head, std::size_t depth) {
    opening_ = true;
    boost::asio::post(
        thread_, [this, from, head = std::move(head), depth, old = std::exchange(store_, nullptr)]() mutable {
            old.reset();
            auto store = storage::JoiningStore::open(storage::JoiningStore::folder(chain_folder_), genesis_,
                                                     genesis_header_, head, depth);
            boost::asio::post(
                strand_, [this, from, head = std::move(head),
                          store = std::make_shared<Result<std::unique_ptr<storage::JoiningStore>>>(std::move(
                              store))]() mutable { opened(from, std::move(head), std::move(*store)); });
        });
}

void Joiner::opened(const crypto::PublicKey& from, storage::SnapshotHead head,
                    Result<std::unique_ptr<storage::JoiningStore>> store) {
    opening_ = false;
    if (stopped_) return;
    if (!store && !is_lie(store.error())) return events_.failed(store.error());
    if (!store) return peers_.drop(from, store.error().message);
    store_ = *std::move(store);
    head_ = std::move(head);
    height_ = store_->header()->height();
    depth_ = store_->depth();
    wanted_.clear();
    owed_.clear();
    providers_ = {from};
    heard_ = Clock::now();
    for (std::uint64_t at = 0; at < storage::chunk_count(depth_); ++at) {
        Path path = storage::chunk_path(depth_, at);
        if (!store_->has(path)) wanted_.push_back(std::move(path));
    }
    progress_ = {height_, storage::chunk_count(depth_) - wanted_.size(), storage::chunk_count(depth_)};
    spdlog::info("joining by a snapshot: chain={} height={} chunks={} there={}", genesis_.fields.name(),
                 height_, progress_.of, progress_.chunks);
    ask_all();  // who else has this height
    ask(from);
    finish_if_whole();
}

// A chunk is larger than is sent: shorter ones, from the beginning.
void Joiner::deepen() {
    if (depth_ >= storage::kChunkDepthMost || opening_) return;
    const auto from = *providers_.begin();
    height_ = 0;
    open(from, head_, depth_ + 1);
}

void Joiner::ask(const crypto::PublicKey& peer) {
    if (wanted_.empty() || opening_ || owed_.count(peer) != 0 || providers_.count(peer) == 0) return;
    auto envelope = message();
    envelope.mutable_get_chunk()->set_height(height_);
    envelope.mutable_get_chunk()->set_path(wanted_.front());
    owed_[peer] = {std::move(wanted_.front()), Clock::now()};
    wanted_.pop_front();
    peers_.send(peer, network::Priority::sync, envelope);
}

void Joiner::ask_idle() {
    for (const auto& peer : std::set<crypto::PublicKey>(providers_)) ask(peer);
}

void Joiner::pass_over(const crypto::PublicKey& peer) {
    if (const auto at = owed_.find(peer); at != owed_.end()) {
        wanted_.push_back(std::move(at->second.path));
        owed_.erase(at);
    }
    providers_.erase(peer);
    ask_idle();
}

void Joiner::disconnected(const crypto::PublicKey& peer) {
    if (!stopped_) pass_over(peer);
}

void Joiner::take_chunk(network::Delivery delivery) {
    auto& chunk = *delivery.message.mutable_chunk();
    const auto at = owed_.find(delivery.from);
    const bool is_owed = at != owed_.end() && chunk.height() == height_ && chunk.path() == at->second.path;
    if (stopped_ || opening_ || !is_owed) return;
    heard_ = Clock::now();
    if (chunk.result() == proto::CHUNK_RESULT_GONE) return pass_over(delivery.from);
    if (chunk.result() == proto::CHUNK_RESULT_TOO_LARGE) return deepen();
    const Path path = at->second.path;
    const crypto::PublicKey from = delivery.from;
    owed_.erase(at);
    ++adding_;
    boost::asio::post(thread_, [this, path, from, store = store_, delivery = std::move(delivery)]() mutable {
        auto result = add_chunk(*store, *delivery.message.mutable_chunk());
        store.reset();
        boost::asio::post(strand_,
                          [this, path, from, result = std::move(result)] { added(from, path, result); });
    });
    ask(from);
}

void Joiner::added(const crypto::PublicKey& from, const Path& path, const Result<>& result) {
    --adding_;
    if (stopped_ || opening_ || path.size() != depth_) return;
    if (!result && !is_lie(result.error())) return events_.failed(result.error());
    if (!result) {
        spdlog::error("a peer sent a chunk that does not hold: chain={} why=\"{}\"", genesis_.fields.name(),
                      result.error().message);
        wanted_.push_back(path);
        pass_over(from);
        peers_.drop(from, result.error().message);
        return;
    }
    ++progress_.chunks;
    if (progress_.chunks % std::max<std::uint64_t>(1, progress_.of / 16) == 0)
        spdlog::info("joining by a snapshot: chain={} height={} chunks={} of={}", genesis_.fields.name(),
                     height_, progress_.chunks, progress_.of);
    finish_if_whole();
}

void Joiner::finish_if_whole() {
    if (finishing_ || opening_ || adding_ != 0 || !wanted_.empty() || !owed_.empty() || !store_) return;
    finishing_ = true;
    boost::asio::post(thread_, [this, store = std::exchange(store_, nullptr)]() mutable {
        auto finished = store->finish();
        store.reset();
        if (finished) finished = storage::JoiningStore::mark_finished(chain_folder_);
        boost::asio::post(strand_, [this, finished = std::move(finished)] {
            if (stopped_) return;
            finished ? events_.finished() : events_.failed(finished.error());
        });
    });
}

}  // namespace pcq::node
