// What goes wrong with nodes: crashes, power cuts, clocks, partitions, disks, and keys on two machines.
#include <algorithm>

#include "tests/simulation/network.h"

namespace pcq::simulation {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::size_t kOldRecords = 16;

}  // namespace

void Network::schedule_faults() {
    for (int i = 0; i < faults_.crashes; ++i) {
        happen(up_to(8'000), [this, node = static_cast<std::uint32_t>(below(nodes_.size())),
                              down = Duration{50} + up_to(3'000)] {
            if (!healed_) crash_for(node, down);
        });
    }
    for (int i = 0; i < faults_.partitions; ++i) happen(up_to(8'000), [this] { split_or_join(); });
    for (int i = 0; i < faults_.clock_jumps; ++i) happen(up_to(8'000), [this] { jump_clock(); });
    for (const std::uint32_t liar : liars()) {
        if (faults_.byzantine == Behaviour::flooding) happen({10}, [this, liar] { flood(liar); });
        if (faults_.byzantine == Behaviour::replaying || faults_.byzantine == Behaviour::anything)
            happen({10}, [this, liar] { replay(liar); });
    }
    for (int i = 0; i < faults_.power_cuts; ++i)
        happen({static_cast<std::int64_t>(any_below(8'000))}, [this] { cut_power(); });
}

// Who is hit more than once in the same way, so that it must not be everybody.
void Network::choose_victims() {
    std::vector<std::uint32_t> left;
    for (std::uint32_t i = 0; i < voters_.size(); ++i) {
        if (!nodes_[i]->is_liar) left.push_back(i);
    }
    std::shuffle(left.begin(), left.end(), others_random_);
    const auto next = [&left] {
        PCQ_INVARIANT(!left.empty());
        const std::uint32_t chosen = left.back();
        left.pop_back();
        return chosen;
    };
    for (std::uint32_t i = 0; i < faults_.twins; ++i) {
        const std::uint32_t validator = next();
        nodes_[validator]->is_twin = nodes_[voters_.size() + i]->is_twin = true;
        nodes_[voters_.size() + i]->validator = validator;
    }
    for (std::uint32_t i = 0; i < faults_.amnesiacs; ++i) nodes_[next()]->is_amnesiac = true;
    for (std::uint32_t i = 0; i < faults_.rotting; ++i) nodes_[next()]->is_rotting = true;
}

// Both from the first day, or the second from a backup, while the first goes on.
void Network::join_twins() {
    for (std::uint32_t i = voters_.size(); i < nodes_.size(); ++i) {
        ++counts_.twins;
        if (by_chance(0.5)) {
            start(i, /*fresh=*/true);
            continue;
        }
        happen({static_cast<std::int64_t>(any_below(6'000))}, [this, i] {
            if (nodes_[i]->life != 1) return;
            copy_disk(nodes_[i]->validator, i);
            start(i, /*fresh=*/false);
        });
    }
}

void Network::copy_disk(std::uint32_t from, std::uint32_t to) {
    const Node& original = *nodes_[from];
    Node& copy = *nodes_[to];
    copy.chain = original.chain;
    copy.hashes = original.hashes;
    copy.blocks = original.blocks;
    copy.certificates = original.certificates;
    cut_chain(copy, 0);
    if (original.said) copy.disk.put_back(original.said->SerializeAsString());
    ++counts_.backups;
}

// The last blocks of a store are gone, and with them the state.
void Network::cut_chain(Node& node, std::size_t heights) {
    const std::size_t left = node.chain.size() - std::min(heights, node.chain.size() - 1);
    node.chain.resize(left);
    node.hashes.resize(left);
    node.blocks.resize(left);
    node.certificates.resize(left);
    node.ledger = make_ledger_();
    for (std::size_t i = 1; i < left; ++i) node.ledger->apply(node.blocks[i]);
}

// Everything at once, some of it in the middle of a write.
void Network::cut_power() {
    if (healed_) return;
    ++counts_.power_cuts;
    for (auto& node : nodes_) node->loses_power = true;
    happen({static_cast<std::int64_t>(any_below(60))}, [this] {
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            nodes_[i]->loses_power = false;
            if (!healed_) crash_for(i, {50 + static_cast<std::int64_t>(any_below(1'500))});
        }
    });
}

void Network::crash_for(std::uint32_t index, Duration down) {
    if (!nodes_[index]->replica) return;
    crash(index);
    happen(down, [this, index] {
        if (!nodes_[index]->replica) start(index, /*fresh=*/false);
    });
}

void Network::crash(std::uint32_t index) {
    Node& node = *nodes_[index];
    ++counts_.crashes;
    node.replica.reset();
    node.catch_up.reset();
    lose_unsynced(node);
    lose_transactions(index);
    if (node.is_amnesiac) lose_memory(node);
    if (node.is_rotting) decay(node);
    if (node.is_twin && !node.old_records.empty() && by_chance(0.5)) {
        // An old copy of everything, as from a backup: nobody can tell.
        const Bytes record = node.old_records[any_below(node.old_records.size())];
        proto::VoteRecord said;
        said.ParseFromString(record);
        if (said.height() > 0 && said.height() <= node.height() + 1) {
            cut_chain(node, node.height() + 1 - said.height());
            node.disk.put_back(record);
            ++counts_.backups;
        }
    }
    if (damaged_) return;
    if (faults_.roll_back_votes && node.first_record) damaged_ = put_back_record(node, *node.first_record);
    if (!faults_.forget_votes) return;
    damaged_ = true;
    node.disk.wipe();
    ++counts_.lost_records;
}

// Not a record of the height that was in agreement when the node stopped, or of the one before: with the
// chain beside it nobody can tell that it is old, and the node is a twin (docs/consensus.md).
bool Network::put_back_record(Node& node, const Bytes& record) {
    proto::VoteRecord said;
    said.ParseFromString(record);
    if (said.height() >= node.height()) return false;
    node.disk.put_back(record);
    ++counts_.old_records;
    return true;
}

void Network::lose_unsynced(Node& node) {
    switch (node.disk.crash(others_random_)) {
        case Disk::Unsynced::none:
            return;
        case Disk::Unsynced::lost:
            ++counts_.unsynced;
            return;
        case Disk::Unsynced::torn:
            ++counts_.torn;
            return;
        case Disk::Unsynced::kept:
            ++counts_.kept;
            return;
    }
}

// A mempool is empty after a start. What the record of votes is bound to is kept with it (src/node/chain.cc).
void Network::lose_transactions(std::uint32_t index) {
    if (faults_.byzantine != Behaviour::hoarding) return;
    const Node& node = *nodes_[index];
    for (auto& [block, holders] : holders_) {
        const bool is_kept = node.bound.count(block.bytes()) != 0;
        if (!is_kept && !node.is_liar) holders.erase(index);
    }
}

void Network::lose_memory(Node& node) {
    const std::uint64_t what = any_below(4);
    if (what == 0) {
        node.disk.wipe();
        ++counts_.lost_records;
    } else if (what == 1 && may_wipe(node)) {
        cut_chain(node, node.height());
        node.disk.wipe();
        node.is_wiped = true;
        checker_->wiped(node.validator);
        ++counts_.wiped_disks;
    } else if (what <= 2 && !node.old_records.empty()) {
        put_back_record(node, node.old_records[any_below(node.old_records.size())]);
    }
}

// A disk that is empty on the first day is not taken for a new one later.
bool Network::may_wipe(const Node& node) const {
    if (node.height() == 0) return false;
    const Instant first{static_cast<std::int64_t>(node.chain[1].time_ms())};
    return first + kClockAhead < now_ + node.clock;
}

void Network::decay(Node& node) {
    if (by_chance(0.5)) {
        node.disk.flip_a_bit(others_random_);
        ++counts_.flipped_bits;
    } else if (node.height() > 0) {
        cut_chain(node, 1 + any_below(3));
        ++counts_.lost_blocks;
    }
}

// What is said next must be on disk. False if it is not, and the node stops.
bool Network::persist(std::uint32_t index, const proto::VoteRecord& record) {
    Node& node = *nodes_[index];
    const bool may_crash = !healed_ && faults_.crashes > 0;
    Disk::Next next = Disk::Next::good;
    if (may_crash && chance() < 0.001) next = Disk::Next::full;
    if (!healed_ && faults_.full_disks && by_chance(0.004)) next = Disk::Next::full;
    if (!healed_ && faults_.torn_writes && by_chance(0.01)) next = Disk::Next::power_cut;
    if (!healed_ && node.loses_power) next = Disk::Next::power_cut;
    const Bytes bytes = record.SerializeAsString();
    if (!node.disk.save(bytes, next)) {
        if (next == Disk::Next::full) ++counts_.full_disks;
        crash_for(index, {300});
        return false;
    }
    if (!node.said || node.said->height() != record.height()) node.bound.clear();
    if (record.voted()) node.bound.insert(record.voted_hash());
    node.said = record;
    if (!node.is_faulty() && !has_gone(node, record.height())) checker_->promised(node.validator, record);
    if (!node.first_record) node.first_record = bytes;
    if ((node.is_amnesiac || node.is_twin) && by_chance(0.3)) {
        if (node.old_records.size() >= kOldRecords) node.old_records.erase(node.old_records.begin());
        node.old_records.emplace_back(bytes);
    }
    // A crash between what is synced and what is sent: the record stays, the messages are lost.
    const bool crashes =
        (may_crash && chance() < 0.002) || (!healed_ && faults_.torn_writes && by_chance(0.004));
    if (crashes) crash_for(index, {300});
    return !crashes;
}

void Network::split_or_join() {
    if (healed_) return;
    if (!cut_.empty()) return cut_.clear();
    ++counts_.partitions;
    std::vector<bool> left(nodes_.size());
    for (std::size_t i = 0; i < left.size(); ++i) left[i] = chance() < 0.5;
    const bool is_one_way = chance() < 0.3;
    for (std::uint32_t a = 0; a < nodes_.size(); ++a) {
        for (std::uint32_t b = 0; b < nodes_.size(); ++b) {
            if (left[a] != left[b] && (!is_one_way || left[a])) cut_.insert({a, b});
        }
    }
    happen(Duration{200} + up_to(5'000), [this] { split_or_join(); });
}

void Network::isolate(std::uint32_t node) {
    for (std::uint32_t other = 0; other < nodes_.size(); ++other) {
        cut_.insert({node, other});
        cut_.insert({other, node});
    }
}

// Of no more than one validator apart, since it counts as faulty meanwhile; or of all together, as when one
// machine or one time server serves all.
void Network::jump_clock() {
    if (healed_) return;
    ++counts_.clock_jumps;
    const Duration by{static_cast<std::int64_t>(below(2 * kHourMs)) - kHourMs};
    if (chance() < 0.3) {
        for (auto& node : nodes_) node->clock = node->clock + by;
        return;
    }
    if (!wrong_clock_) wrong_clock_ = static_cast<std::uint32_t>(below(nodes_.size()));
    nodes_[*wrong_clock_]->clock = by;
}

void Network::heal() {
    healed_ = true;
    cut_.clear();
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i]->clock = {0};
        nodes_[i]->loses_power = false;
        if (nodes_[i]->replica) continue;
        if (nodes_[i]->life == 1) copy_disk(nodes_[i]->validator, i);
        start(i, /*fresh=*/false);
    }
}

void Network::set_work(bool work) {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i]->work = work;
        if (nodes_[i]->replica) step_in(i, {0}, consensus::Work{work});
    }
}

}  // namespace pcq::simulation
