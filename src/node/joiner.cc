#include "src/node/joiner.h"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "src/base/system_clock.h"
#include "src/node/config.h"
#include "src/node/proven_changes.h"

namespace pcq::node {
namespace {

constexpr std::size_t kProvidersMost = 8;
constexpr std::chrono::hours kWholeInMost{24};

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
    if (static_cast<std::size_t>(chunk.records_size()) > storage::kChunkRecordsMax)
        return Error{Code::bad_proof, "a chunk of the state is refused: it has more records than are sent"};
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

Joiner::Joiner(Strand strand, const ledger::Genesis& genesis, const storage::ChainStore& store,
               std::filesystem::path chain_folder, network::Peers& peers, Events events,
               const Options& options)
    : strand_(std::move(strand)),
      genesis_(genesis),
      own_(store),
      chain_folder_(std::move(chain_folder)),
      peers_(peers),
      events_(std::move(events)),
      options_(options),
      timer_(strand_),
      since_(options.since.value_or(system_clock().now())),
      leap_(kKeepBlocksLeast),
      whole_in_(options.whole_in) {}

proto::PeerMessage Joiner::message() const {
    proto::PeerMessage message;
    message.set_chain_id(genesis_.chain.bytes());
    return message;
}

void Joiner::start() {
    above_ = (*own_.tip())->height();
    offers_.begin(above_);
    if (above_ != 0) learn_own();
    began_ = round_since_ = Clock::now();
    tick();
}

// What this node has followed itself is not to be unlearnt from others.
void Joiner::learn_own() {
    boost::asio::post(thread_, [this] {
        auto head = own_.snapshot_head(above_);
        auto own = head ? storage::verify_head(genesis_, *head) : head.error();
        boost::asio::post(strand_, [this, own = std::move(own)]() mutable {
            if (own) return offers_.know(*std::move(own));
            spdlog::warn("what is offered cannot be held against the own chain: chain={} why=\"{}\"",
                         genesis_.fields.name(), own.error().message);
        });
    });
}

void Joiner::stop() {
    stopped_ = true;
    timer_.cancel();
    boost::asio::post(thread_, [store = std::exchange(store_, nullptr)] {});
}

Joining Joiner::progress() const {
    Joining progress = progress_;
    if (height_ != 0)
        progress.quiet = {std::chrono::floor<std::chrono::milliseconds>(Clock::now() - heard_).count()};
    return progress;
}

void Joiner::fail(const Error& error) {
    stopped_ = true;
    timer_.cancel();
    events_.failed(error);
}

bool Joiner::have_all(const std::set<Peer>& answered) const {
    for (const auto& peer : peers_.keys()) {
        if (peers_.is_connected(peer) && answered.count(peer) == 0) return false;
    }
    return checking_ == 0;
}

void Joiner::ask_all() {
    const auto now = Clock::now();
    auto envelope = message();
    envelope.mutable_get_snapshot()->set_height(height_);
    for (const auto& peer : peers_.keys()) {
        const auto asked = asked_.find(peer);
        const bool is_due = asked == asked_.end() || now - asked->second > options_.ask_again;
        if (!is_due || answered_.count(peer) != 0 || !peers_.is_connected(peer)) continue;
        asked_[peer] = now;
        peers_.send(peer, network::Priority::sync, envelope);
    }
}

void Joiner::tick() {
    if (stopped_ || finishing_) return;
    timer_.expires_after(options_.tick);
    timer_.async_wait(boost::asio::bind_executor(strand_, [this](boost::system::error_code failure) {
        if (!failure) tick();
    }));
    if (opening_) return;
    const auto now = Clock::now();
    std::set<Peer> silent;
    for (const auto& [peer, owed] : owed_) {
        if (now - owed.since > options_.patience) silent.insert(peer);
    }
    pass_over(silent);
    look_at_pace();
    look_for_others();
    ask_all();
    ask_idle();
    if (!larger_.empty()) leave_if_nobody_is_left();
    choose();
    finish_if_whole();
}

// Where nobody gives what is wanted, all are asked again and again, and in the end those too who were passed
// over.
void Joiner::look_for_others() {
    const auto now = Clock::now();
    if (opening_ || (height_ == 0 ? offers_.best().has_value() : !providers_.empty() || is_whole())) return;
    if (height_ != 0 && now - heard_ > options_.given_up) {
        pass_over({*first_});
        if (height_ != 0 && !opening_) begin_round("nobody gives it any more");
    } else if (height_ == 0 && now - round_since_ > options_.forgiven) {
        passed_over_.clear();
        whole_in_ = std::min<std::chrono::milliseconds>(2 * whole_in_, kWholeInMost);
        begin_round("nobody offers one");
    } else if (now - asked_anew_ > options_.ask_again) {
        asked_anew_ = now;
        answered_.clear();
    }
}

// A peer that gives just enough not to be passed over would hold a node for weeks.
void Joiner::look_at_pace() {
    const auto now = Clock::now();
    if (height_ == 0 || opening_ || is_whole() || now - paced_ < options_.pace) return;
    const auto least = progress_.of * static_cast<std::uint64_t>(options_.pace.count()) /
                       static_cast<std::uint64_t>(whole_in_.count());
    const bool is_slow = progress_.chunks - std::exchange(paced_at_, progress_.chunks) < least;
    paced_ = now;
    auto those = providers_;
    those.insert(*first_);
    auto but = passed_over_;
    but.insert(those.begin(), those.end());
    if (!is_slow || !offers_.has_other(height_, but)) return;
    pass_over(those);
    if (height_ != 0 && !opening_) begin_round("it comes too slowly, and others offer another");
}

void Joiner::begin_round(const std::string& why) {
    spdlog::warn("a snapshot is looked for anew: chain={} height={} why=\"{}\"", genesis_.fields.name(),
                 height_, why);
    boost::asio::post(thread_, [store = std::exchange(store_, nullptr)] {});
    offers_.let_go();
    height_ = 0;
    head_.reset();
    first_.reset();
    progress_ = {};
    whole_since_.reset();
    wanted_.clear();
    owed_.clear();
    providers_.clear();
    without_.clear();
    larger_.clear();
    answered_.clear();
    asked_.clear();
    round_since_ = Clock::now();
    ask_all();
}

void Joiner::take_snapshot(network::Delivery delivery) {
    auto& snapshot = *delivery.message.mutable_snapshot();
    const Peer from = delivery.from;
    if (stopped_ || finishing_ || asked_.erase(from) == 0) return;
    answered_.insert(from);
    spoken_.insert(from);
    if (snapshot.height() == 0) return choose();
    if (snapshot.depth() < storage::kChunkDepthLeast || snapshot.depth() > storage::kChunkDepthMost)
        return peers_.drop(from, "offered a snapshot in chunks that cannot be");
    const bool is_begun = head_ && snapshot.height() == height_ && snapshot.block() == head_->block &&
                          static_cast<std::size_t>(snapshot.changes_size()) == head_->changes.size();
    if (is_begun) return provide(from);
    check(from, static_cast<std::size_t>(snapshot.depth()), head_of(std::move(snapshot)));
}

void Joiner::check(const Peer& from, std::size_t depth, storage::SnapshotHead head) {
    ++checking_;
    boost::asio::post(thread_, [this, from, depth, head = std::move(head)]() mutable {
        auto verified = storage::verify_head(genesis_, head);
        auto kept = std::make_shared<const storage::SnapshotHead>(std::move(head));
        boost::asio::post(
            strand_, [this, from, depth, kept = std::move(kept), verified = std::move(verified)]() mutable {
                --checking_;
                if (stopped_ || finishing_) return;
                if (verified) return offered(from, {std::move(kept), *std::move(verified), depth});
                passed_over_.insert(from);
                peers_.drop(from, verified.error().message);
                choose();
            });
    });
}

void Joiner::offered(const Peer& from, Offers::Offer offer) {
    const std::uint64_t height = offer.height();
    offer.depth = std::min(offer.depth, storage::deepest_chunk(height));
    if (passed_over_.count(from) != 0) offer.head.reset();
    offers_.hear(from, std::move(offer));
    if (!settle()) return;
    // Of one height there is one block, or settling would have said so.
    if (height == height_ && height != 0 && passed_over_.count(from) == 0) provide(from);
    choose();
    finish_if_whole();
}

// False if nothing can go on.
bool Joiner::settle() {
    const auto settled = offers_.settle();
    if (!settled) {
        fail(settled.error());
        return false;
    }
    std::set<Peer> gone(settled->gone.begin(), settled->gone.end());
    if (settled->taken_has_gone) {
        gone.insert(providers_.begin(), providers_.end());
        gone.insert(*first_);
    }
    for (const auto& peer : gone) {
        spdlog::error(
            "a peer offers a snapshot that validators have certified who had gone by then: chain={}",
            genesis_.fields.name());
        peers_.drop(peer, "offered a snapshot of validators that had gone");
    }
    pass_over(gone);
    if (settled->taken_has_gone && height_ != 0 && !opening_)
        begin_round("the validators that certified it had gone");
    return true;
}

// At first the highest that is offered; later only one that is so much higher that those who keep the fewest
// blocks have nothing any more that follows this one.
//
// What is there of this one is lost then, so a peer that offers a true head whenever the chain has grown by
// so much could have this node begin anew for ever. It ends, since nobody can make up a head: of those that
// are no newer than this node's joining there is a highest, and each step goes up; and to a newer one each
// step must be twice the last, so the chain must grow for twice as long before the next. Steps among the old
// ones do not count there: else a liar who is heard first would lead it up by those until the step to the
// newest is too large.
void Joiner::choose() {
    if (stopped_ || finishing_ || opening_) return;
    const auto best = offers_.best();
    if (!best) return;
    const bool is_gathered = have_all(answered_) || Clock::now() - round_since_ > options_.gather;
    const bool is_newer = Instant{static_cast<std::int64_t>(best->offer.verified.header->time_ms())} > since_;
    const bool is_old =
        height_ != 0 && best->offer.height() > height_ + (is_newer ? leap_ : kKeepBlocksLeast);
    if (height_ == 0 ? !is_gathered : !is_old) return;
    if (is_old) {
        if (is_newer) leap_ *= 2;
        spdlog::warn("a much newer snapshot is taken instead: chain={} height={}", genesis_.fields.name(),
                     height_);
    }
    offers_.take(best->offer);
    larger_.clear();
    open(best->from, best->offer.head, best->offer.depth);
}

void Joiner::open(const Peer& from, std::shared_ptr<const storage::SnapshotHead> head, std::size_t depth) {
    opening_ = true;
    first_ = from;
    boost::asio::post(
        thread_, [this, head = std::move(head), depth, old = std::exchange(store_, nullptr)]() mutable {
            old.reset();
            const auto genesis = own_.header(0);
            auto store =
                genesis ? storage::JoiningStore::open(storage::JoiningStore::folder(chain_folder_), genesis_,
                                                      **genesis, *head, depth, own_.options().free_bytes)
                        : genesis.error();
            boost::asio::post(strand_, [this, head = std::move(head), store = std::move(store)]() mutable {
                opened(std::move(head), std::move(store));
            });
        });
}

void Joiner::opened(std::shared_ptr<const storage::SnapshotHead> head,
                    Result<std::unique_ptr<storage::JoiningStore>> store) {
    opening_ = false;
    if (stopped_) return;
    if (!store) return fail(store.error());  // the head holds, so it is no peer's fault
    store_ = *std::move(store);
    head_ = std::move(head);
    height_ = store_->header()->height();
    depth_ = store_->depth();
    wanted_.clear();
    owed_.clear();
    without_.clear();
    whole_since_.reset();
    providers_ = std::exchange(larger_, {});
    if (passed_over_.count(*first_) == 0) providers_.insert(*first_);
    heard_ = paced_ = Clock::now();
    for (std::uint64_t at = 0; at < storage::chunk_count(depth_); ++at) {
        Path path = storage::chunk_path(depth_, at);
        if (!store_->has(path)) wanted_.push_back(std::move(path));
    }
    progress_ = {height_, storage::chunk_count(depth_) - wanted_.size(), storage::chunk_count(depth_)};
    paced_at_ = progress_.chunks;
    spdlog::info("joining by a snapshot: chain={} height={} chunks={} there={}", genesis_.fields.name(),
                 height_, progress_.of, progress_.chunks);
    if (!settle()) return;
    answered_ = providers_;
    asked_.clear();
    ask_all();  // who else has this height
    ask_idle();
    finish_if_whole();
}

void Joiner::provide(const Peer& peer) {
    if (opening_ || passed_over_.count(peer) != 0 || larger_.count(peer) != 0) return;
    if (providers_.size() >= kProvidersMost) return;
    providers_.insert(peer);
    ask(peer);
}

void Joiner::ask(const Peer& peer) {
    if (wanted_.empty() || opening_ || owed_.count(peer) != 0 || providers_.count(peer) == 0) return;
    auto envelope = message();
    envelope.mutable_get_chunk()->set_height(height_);
    envelope.mutable_get_chunk()->set_path(wanted_.front());
    owed_[peer] = {std::move(wanted_.front()), Clock::now()};
    wanted_.pop_front();
    peers_.send(peer, network::Priority::sync, envelope);
}

void Joiner::ask_idle() {
    for (const auto& peer : std::set<Peer>(providers_)) ask(peer);
}

void Joiner::stand_down(const Peer& peer) {
    if (const auto at = owed_.find(peer); at != owed_.end()) {
        wanted_.push_back(std::move(at->second.path));
        owed_.erase(at);
    }
    providers_.erase(peer);
    ask_idle();
}

void Joiner::pass_over(const std::set<Peer>& peers) {
    for (const auto& peer : peers) {
        passed_over_.insert(peer);
        offers_.pass_over(peer);
        larger_.erase(peer);
        stand_down(peer);
    }
    if (!peers.empty()) leave_if_nobody_is_left();
}

// A chunk is larger than is sent: shorter ones, from the beginning; but one peer's word for that is not
// enough while another brings them, or has not said yet whether it does.
void Joiner::leave_if_nobody_is_left() {
    if (height_ == 0 || opening_ || !providers_.empty() || is_whole()) return;
    const bool is_gathered = have_all(answered_) || Clock::now() - heard_ > options_.gather;
    if (!larger_.empty() && !is_gathered) return;
    if (!larger_.empty() && depth_ < storage::deepest_chunk(height_))
        return open(*larger_.begin(), head_, depth_ + 1);
    for (const auto& peer : larger_) {
        passed_over_.insert(peer);
        offers_.pass_over(peer);
    }
    begin_round("nobody is left who gives it");
}

void Joiner::disconnected(const Peer& peer) {
    if (stopped_) return;
    asked_.erase(peer);
    answered_.erase(peer);
    stand_down(peer);
}

void Joiner::take_chunk(network::Delivery delivery) {
    auto& chunk = *delivery.message.mutable_chunk();
    const Peer from = delivery.from;
    const auto at = owed_.find(from);
    const bool is_owed = at != owed_.end() && chunk.height() == height_ && chunk.path() == at->second.path;
    if (stopped_ || opening_ || !is_owed) return;
    if (chunk.result() == proto::CHUNK_RESULT_GONE) {
        if (!without_.insert(from).second) return pass_over({from});
        answered_.erase(from);  // it may have begun again, and prepare it once more
        return stand_down(from);
    }
    if (chunk.result() == proto::CHUNK_RESULT_TOO_LARGE) {
        larger_.insert(from);
        stand_down(from);
        return leave_if_nobody_is_left();
    }
    const Path path = at->second.path;
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

// What was left meanwhile is of no use; the thread has done it before anything newer is opened.
void Joiner::added(const Peer& from, const Path& path, const Result<>& result) {
    --adding_;
    if (stopped_ || opening_ || !store_) return;
    if (!result && !is_lie(result.error())) return fail(result.error());
    if (!result) {
        spdlog::error("a peer sent a chunk that does not hold: chain={} why=\"{}\"", genesis_.fields.name(),
                      result.error().message);
        wanted_.push_back(path);
        peers_.drop(from, result.error().message);
        return pass_over({from});
    }
    heard_ = Clock::now();
    ++progress_.chunks;
    if (progress_.chunks % std::max<std::uint64_t>(1, progress_.of / 16) == 0)
        spdlog::info("joining by a snapshot: chain={} height={} chunks={} of={}", genesis_.fields.name(),
                     height_, progress_.chunks, progress_.of);
    finish_if_whole();
}

bool Joiner::is_whole() const {
    return store_ && adding_ == 0 && wanted_.empty() && owed_.empty();
}

// Whoever is connected may know that its validators have gone.
void Joiner::finish_if_whole() {
    if (stopped_ || finishing_ || opening_ || !is_whole()) return;
    if (!whole_since_) whole_since_ = Clock::now();
    const auto now = Clock::now();
    const bool is_heard = have_all(spoken_) && now - began_ > options_.gather;
    if (!is_heard && now - *whole_since_ < options_.hearing) return;
    finishing_ = true;
    timer_.cancel();
    boost::asio::post(thread_, [this, height = height_, store = std::exchange(store_, nullptr)]() mutable {
        auto done = check_changes([&store](BytesView key) { return store->record(key); }, store->verified());
        if (done) done = store->finish();
        store.reset();
        boost::asio::post(strand_, [this, height, done = std::move(done)] { finished(height, done); });
    });
}

void Joiner::finished(std::uint64_t height, const Result<>& result) {
    if (stopped_) return;
    if (result) return events_.whole(height);
    if (!is_lie(result.error())) return fail(result.error());
    finishing_ = false;
    const Peer from = *first_;
    peers_.drop(from, result.error().message);
    pass_over({from});
    if (height_ != 0) begin_round(result.error().message);
    tick();
}

}  // namespace pcq::node
