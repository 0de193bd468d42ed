// How a chain catches up: blocks given and taken, and a snapshot where nobody has them any more.
#include <algorithm>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "consensus/quorum.h"
#include "src/node/chain.h"

namespace pcq::node {
namespace {

constexpr std::uint32_t kSyncBlocks = 50;
constexpr std::size_t kSyncBytes = 8 * 1024 * 1024;
constexpr std::size_t kReadingCost = 50;   // as many signatures take about as long
constexpr Duration kUselessAfter{60'000};  // asked for so long, and no block has come from anybody

// The block is what a quorum certified; it is this node that cannot follow.
bool is_own_fault(const Error& error) {
    return error.code == Code::state_differs || error.code == Code::contracts_version_unknown;
}

}  // namespace

// One at a time for each peer: a request of a few bytes makes megabytes to read. Who asks meanwhile gets the
// first answer.
void Chain::take_block_request(network::Delivery delivery) {
    if (!reading_.insert(delivery.from).second) return;
    const auto from = delivery.from;
    auto read = [this, delivery = std::move(delivery)] {
        const auto& request = delivery.message.get_blocks();
        auto answer = message();
        auto& blocks = *answer.mutable_blocks();
        blocks.set_from_height(request.from_height());
        const std::uint64_t tip = (*store_->tip())->height();
        blocks.set_tip_height(tip);
        blocks.set_first_height(store_->base());
        std::size_t bytes = 0;
        const std::uint64_t count = std::min(request.count(), kSyncBlocks);
        for (std::uint64_t height = std::max<std::uint64_t>(1, request.from_height());
             height < request.from_height() + count && height <= tip && bytes < kSyncBytes; ++height) {
            auto block = store_->block(height);
            auto certificate = store_->certificate(height);
            if (!block || !certificate || !*block || !*certificate)
                break;  // pruned; or the store says why when it is verified
            bytes += (*block)->size();
            auto& entry = *blocks.add_blocks();
            entry.set_block(**std::move(block));
            entry.set_certificate(**std::move(certificate));
        }
        boost::asio::post(strand_, [this, from = delivery.from] { reading_.erase(from); });
        peers_->send(delivery.from, network::Priority::sync, answer);
    };
    services_.verify.post(VerifyPool::Urgency::transaction, from, kReadingCost, std::move(read));
}

void Chain::sync(const consensus::Fetch& target) {
    fetch(target.height, voters().keys[target.from]);
}

// Whoever is no validator by the set that is known here may be one by now, or keep what they have not: its
// word is worth one request, as any lonely claim is, and as seldom.
void Chain::note_claim(const crypto::PublicKey& from, std::uint64_t height) {
    if (height <= replica_->height()) return;
    auto& seen = seen_[from];
    if (seen.asked_after && passed() - *seen.asked_after < consensus::Options{}.resend) return;
    seen.asked_after = passed();
    fetch(replica_->height(), from);
}

// Anybody pinned is asked: the validators that are known here may long have gone.
void Chain::fetch(std::uint64_t target, const crypto::PublicKey& from) {
    if (joiner_) return;
    const std::uint64_t tip = (*store_->tip())->height();
    if (services_.may_join && target > tip && target - tip > services_.snapshot_gap) return join();
    const bool was_running = catch_up_.is_running();
    request_blocks(catch_up_.behind(target, index_of(from).value_or(0), now()));
    if (!was_running && catch_up_.is_running()) {
        spdlog::info("catching up: chain={} from={} to={}", genesis_.fields.name(), replica_->height(),
                     target);
    }
    update_snapshot();
}

std::optional<std::uint32_t> Chain::index_of(const crypto::PublicKey& peer) const {
    const auto at = std::lower_bound(pinned_.begin(), pinned_.end(), peer);
    if (at == pinned_.end() || *at != peer) return std::nullopt;
    return static_cast<std::uint32_t>(at - pinned_.begin());
}

void Chain::request_blocks(std::optional<std::uint32_t> peer) {
    if (!peer || joiner_ || stopped_) return;
    asked_since_.try_emplace(pinned_[*peer], passed());
    auto envelope = message();
    envelope.mutable_get_blocks()->set_from_height((*store_->tip())->height() + 1);
    envelope.mutable_get_blocks()->set_count(kSyncBlocks);
    peers_->send(pinned_[*peer], network::Priority::sync, envelope);
}

// Checks and stores on the worker, one after the other; the first lie ends it and the next peer is asked.
void Chain::take_blocks(network::Delivery delivery) {
    const auto from = index_of(delivery.from);
    if (!from || !catch_up_.take(*from)) return;
    const std::uint64_t before = (*store_->tip())->height();
    take_next_block(std::make_shared<Taken>(Taken{std::move(delivery), before, 0, std::nullopt}));
}

// One at a time, since the record of votes must have the height of a block before the block is stored.
void Chain::take_next_block(const std::shared_ptr<Taken>& taken) {
    step(consensus::Fetched{});
    if (stopped_) return;
    boost::asio::post(worker_, [this, taken] {
        const auto& answer = taken->delivery.message.blocks();
        const auto next_height = [&] {
            return answer.from_height() + static_cast<std::uint64_t>(taken->next);
        };
        const int first = taken->next;
        while (taken->next < answer.blocks_size() && next_height() <= (*store_->tip())->height())
            ++taken->next;
        if (taken->next < answer.blocks_size()) {
            // What is here already may have come since the record was written.
            if (taken->next != first)
                return boost::asio::post(strand_, [this, taken] { take_next_block(taken); });
            const auto& certified = answer.blocks(taken->next++);
            auto checked = check_certified(build_context(), certified);
            if (checked) {
                commit_on_worker(*checked, certified.certificate());
                return boost::asio::post(strand_, [this, taken] { take_next_block(taken); });
            }
            taken->lie = checked.error();
        }
        const std::uint64_t reached = (*store_->tip())->height();
        boost::asio::post(strand_, [this, taken, reached] { blocks_taken(*taken, reached); });
    });
}

void Chain::blocks_taken(const Taken& taken, std::uint64_t reached) {
    if (stopped_) return;
    if (taken.lie && is_own_fault(*taken.lie)) return fatal(*taken.lie);
    const auto& from = taken.delivery.from;
    if (taken.lie) {
        spdlog::error("a peer sent a block that does not hold: chain={} why=\"{}\"", genesis_.fields.name(),
                      taken.lie->message);
        peers_->drop(from, taken.lie->message);
    }
    const auto& answer = taken.delivery.message.blocks();
    if (reached > taken.before) {
        pruned_.clear();
        asked_since_.clear();
    }
    if (answer.first_height() > reached + 1) {
        spdlog::info("a peer does not keep the blocks that are missing here: chain={} needed={} first={}",
                     genesis_.fields.name(), reached + 1, answer.first_height());
        pruned_.insert(from);
        join_if_nobody_has_blocks();
    }
    const std::uint64_t tip = answer.tip_height();
    request_blocks(catch_up_.checked({taken.before, reached, tip, taken.lie.has_value()}, now()));
    // What it brought holds, so it may have what it says beyond.
    const bool has_more = reached > taken.before && tip > reached && !taken.lie;
    if (has_more && !catch_up_.is_running()) fetch(reached + 1, from);
    update_snapshot();
}

// One at least of those who say so is honest.
bool Chain::is_said_by_enough(const std::function<bool(const crypto::PublicKey&)>& says_so) const {
    const auto& keys = voters().keys;
    const auto validators = std::count_if(keys.begin(), keys.end(), says_so);
    const auto peers = std::count_if(pinned_.begin(), pinned_.end(), says_so);
    const auto all = std::max(voters().size(), static_cast<std::uint32_t>(pinned_.size()) + 1);
    return validators > consensus::faults(voters().size()) || peers > consensus::faults(all);
}

// The height that a connected peer says it is at work on.
std::uint64_t Chain::claimed_by(const crypto::PublicKey& peer) const {
    const auto seen = seen_.find(peer);
    return seen == seen_.end() || !peers_->is_connected(peer) ? 0 : seen->second.height;
}

// Not because one peer says that there is more than there is. By one block everybody is behind now and then;
// by more only who lacks them, also while nobody is left to be asked.
bool Chain::is_behind() const {
    const std::uint64_t height = replica_->height() + (catch_up_.is_running() ? 0 : 1);
    return joiner_ || is_said_by_enough([&](const auto& key) { return claimed_by(key) > height; });
}

// When nobody who could be asked has the next block, none of them ever will. A liar who is alone with this
// node, as others are away, would have it give up its blocks. And who says nothing, or brings nothing, for
// long enough has nothing.
void Chain::join_if_nobody_has_blocks() {
    const auto says_so = [this](const auto& key) { return pruned_.count(key) != 0; };
    if (!is_said_by_enough(says_so)) return;
    const bool has_somebody = std::any_of(pinned_.begin(), pinned_.end(), [&](const auto& key) {
        const auto asked = asked_since_.find(key);
        const bool is_useless = asked != asked_since_.end() && passed() - asked->second > kUselessAfter;
        return peers_->is_connected(key) && !says_so(key) && !is_useless;
    });
    if (has_somebody || joiner_) return;
    if (services_.may_join) return join();
    spdlog::error(
        "nobody keeps the blocks that are missing here: chain={} needed={}; connect an archive node",
        genesis_.fields.name(), (*store_->tip())->height() + 1);
}

void Chain::join() {
    spdlog::warn("fetching a snapshot instead of blocks: chain={} height={}", genesis_.fields.name(),
                 (*store_->tip())->height());
    joiner_ = std::make_unique<Joiner>(strand_, genesis_, *store_, services_.folder, *peers_,
                                       Joiner::Events{[this](std::uint64_t height) { joined(height); },
                                                      [this](const Error& error) { fatal(error); }},
                                       Joiner::Options{});
    joiner_->start();
    update_snapshot();
}

// A record of votes that was whole stays so, and nothing is said any more that it does not have: the node
// votes again at once. A stop before the folder is marked leaves it above the chain, where it is no harm.
void Chain::joined(std::uint64_t height) {
    if (stopped_) return;
    if (const auto record = replica_->record_after(height)) {
        if (auto saved = votes_->save(record->SerializeAsString()); !saved) return fatal(saved.error());
    }
    if (auto marked = storage::JoiningStore::mark_finished(services_.folder); !marked)
        return fatal(marked.error());
    write_flight("joined");
    stopped_ = true;
    services_.on_joined();
}

void Chain::stop_snapshots() {
    snapshots_.stop();
    if (joiner_) joiner_->stop();
}

}  // namespace pcq::node
