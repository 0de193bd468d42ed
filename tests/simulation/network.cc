// The world: virtual time, the wire between nodes, and what goes wrong with both.
#include "tests/simulation/network.h"

#include <algorithm>

#include "src/crypto/hash.h"
#include "src/ledger/block.h"

namespace pcq::simulation {
namespace {

constexpr Duration kHop{5};
constexpr std::uint64_t kJitterMs = 40;
constexpr std::int64_t kHourMs = 3'600'000;

// Signatures of the mass of runs: a keyed hash that names the signer. Forgery is not what these runs are
// about.
Bytes cheap_sign(const crypto::PublicKey& key, const Hash& digest) {
    const Hash tag = crypto::sha256({key.encoded(), digest.view()});
    return tag.bytes() + tag.bytes();
}
bool cheap_check(const crypto::PublicKey& key, const Hash& digest, BytesView signature) {
    return cheap_sign(key, digest) == signature;
}

}  // namespace

Network::Network(std::uint64_t seed, std::uint32_t validators, const Faults& faults)
    : random_(seed), faults_(faults) {
    for (std::uint32_t i = 0; i < validators; ++i) {
        const Hash secret = crypto::sha256({"validator", std::to_string(i)});
        secrets_.push_back(*crypto::SigningKey::from_secret(crypto::KeyType::ed25519, secret.view()));
    }
    std::sort(secrets_.begin(), secrets_.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    for (const auto& secret : secrets_) voters_.keys.push_back(secret.public_key());
    checks_ = {faults.real_signatures ? crypto::verify : cheap_check, ledger::transactions_root};
    checker_ = std::make_unique<Checker>(voters_, checks_.signature);
    const LedgerSetup setup = faults.real_ledger ? side_chain_ledger(voters_.keys) : toy_ledger(voters_.keys);
    voters_.chain = setup.chain;
    for (std::uint32_t i = 0; i < validators; ++i) {
        auto node = std::make_unique<Node>();
        node->ledger = setup.make();
        proto::Header genesis;
        genesis.ParseFromString(node->ledger->tip());
        node->chain.push_back(genesis);
        node->hashes.push_back(consensus::block_hash(voters_.chain, node->ledger->tip()));
        node->blocks.emplace_back();
        node->certificates.emplace_back();
        node->work = !faults.idle;
        nodes_.push_back(std::move(node));
    }
    while (faults.byzantine != Behaviour::honest && liars().size() < faults.liars)
        nodes_[below(validators)]->is_liar = true;
    checker_->expect_liars(static_cast<std::uint32_t>(liars().size()));
    for (std::uint32_t i = 0; i < validators; ++i) start(i, /*fresh=*/true);
    schedule_faults();
}

Network::~Network() = default;

// Time.

void Network::at(Instant when, Happening happening) {
    queue_.emplace(std::pair(when, order_++), std::move(happening));
}

void Network::happen(Duration in, std::function<void()> act) {
    at(now_ + in, Happening{0, 0, std::move(act)});
}

void Network::on_node(std::uint32_t node, Duration in, std::function<void()> act) {
    at(now_ + in, Happening{node, nodes_[node]->life, std::move(act)});
}

void Network::run_until_height(std::uint64_t height, Duration limit) {
    const Instant end = now_ + limit;
    while (violation().empty() && !queue_.empty() && lowest_height() < height) {
        if (queue_.begin()->first.first > end) break;
        const auto next = queue_.extract(queue_.begin());
        now_ = std::max(now_, next.key().first);
        const Happening& happening = next.mapped();
        const Node& node = *nodes_[happening.node];
        const bool is_meant = happening.life == 0 || (happening.life == node.life && node.replica);
        if (is_meant) happening.act();
    }
    if (violation().empty() && lowest_height() < height) now_ = std::max(now_, end);
}

Instant Network::clock(std::uint32_t node) const {
    return now_ + nodes_[node]->clock;
}

// The wire.

Bytes Network::sign(std::uint32_t index, const Hash& digest) const {
    return faults_.real_signatures ? secrets_[index].sign(digest) : cheap_sign(voters_.keys[index], digest);
}

proto::ConsensusMessage Network::signed_by(std::uint32_t node, proto::ConsensusMessage message) const {
    message.set_sender(node);
    message.set_signature(sign(node, consensus::digest(voters_.chain, message)));
    return message;
}

bool Network::is_connected(std::uint32_t a, std::uint32_t b) const {
    return nodes_[a]->replica && nodes_[b]->replica && cut_.count({a, b}) == 0 && cut_.count({b, a}) == 0;
}

Duration Network::travel() {
    return kHop + up_to(kJitterMs);
}

void Network::broadcast(std::uint32_t from, const proto::ConsensusMessage& message) {
    if (nodes_[from]->is_liar) return lie(from, message);
    checker_->said(from, message);
    to_all(from, message);
}

void Network::to_all(std::uint32_t from, const proto::ConsensusMessage& message, Duration later) {
    for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
        if (to != from) deliver(from, to, message, later);
    }
}

void Network::deliver(std::uint32_t from, std::uint32_t to, const proto::ConsensusMessage& message,
                      Duration later) {
    if (cut_.count({from, to}) != 0) return;
    if (!healed_ && chance() < faults_.loss) return;
    const int copies = !healed_ && chance() < faults_.duplicate ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        Bytes wire = message.SerializeAsString();
        const bool is_corrupt = !healed_ && chance() < faults_.corruption;
        if (is_corrupt) wire[below(wire.size())] ^= static_cast<char>(1 + below(255));
        on_node(to, later + travel(), [this, from, to, wire = std::move(wire), is_corrupt] {
            receive(from, to, wire, is_corrupt || nodes_[from]->is_liar);
        });
    }
}

// As a driver does: what would be refused anyway is not verified.
void Network::receive(std::uint32_t from, std::uint32_t to, const Bytes& wire, bool may_be_wrong) {
    auto message = consensus::decode(wire, voters_.size());
    if (!message) {
        if (!may_be_wrong)
            checker_->fail("validator " + std::to_string(from) + " said: " + message.error().message);
        return;
    }
    if (nodes_[to]->replica->refusal(*message)) return;
    auto verified = consensus::verify(voters_, checks_, *std::move(message));
    if (verified) return step(to, consensus::Received{*verified});
    if (!may_be_wrong)
        checker_->fail("validator " + std::to_string(from) + " said: " + verified.error().message);
}

// Faults.

void Network::schedule_faults() {
    for (int i = 0; i < faults_.crashes; ++i)
        happen(up_to(8'000), [this, node = static_cast<std::uint32_t>(below(nodes_.size())),
                              down = Duration{50} + up_to(3'000)] {
            if (!healed_) crash_for(node, down);
        });
    for (int i = 0; i < faults_.partitions; ++i) happen(up_to(8'000), [this] { split_or_join(); });
    for (int i = 0; i < faults_.clock_jumps; ++i) happen(up_to(8'000), [this] { jump_clock(); });
    for (const std::uint32_t liar : liars()) {
        if (faults_.byzantine == Behaviour::flooding) happen({10}, [this, liar] { flood(liar); });
    }
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
    node.replica.reset();
    node.catch_up.reset();
    if (damaged_ || (!faults_.forget_votes && !faults_.roll_back_votes)) return;
    damaged_ = true;
    node.said = faults_.roll_back_votes ? node.old_copy : std::nullopt;
}

void Network::split_or_join() {
    if (healed_) return;
    if (!cut_.empty()) return cut_.clear();
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
        if (!nodes_[i]->replica) start(i, /*fresh=*/false);
    }
}

void Network::set_work(bool work) {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i]->work = work;
        if (nodes_[i]->replica) step_in(i, {0}, consensus::Work{work});
    }
}

// What there is to see.

std::vector<std::uint32_t> Network::liars() const {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i]->is_liar) found.push_back(i);
    }
    return found;
}

std::uint64_t Network::lowest_height() const {
    std::uint64_t lowest = UINT64_MAX;
    for (const auto& node : nodes_) {
        if (!node->is_liar) lowest = std::min(lowest, node->height());
    }
    return lowest;
}

std::uint64_t Network::highest_height() const {
    std::uint64_t highest = 0;
    for (const auto& node : nodes_) highest = std::max(highest, node->height());
    return highest;
}

void Network::check_states() {
    std::map<std::uint64_t, Hash> roots;
    for (const auto& node : nodes_) {
        const Hash root = node->ledger->state_root();
        if (!roots.emplace(node->height(), root).second && roots[node->height()] != root)
            return checker_->fail("two states at height " + std::to_string(node->height()));
        if (node->height() > 0 && root.view() != node->chain.back().state_root())
            return checker_->fail("the records at height " + std::to_string(node->height()) +
                                  " have another root");
        for (const auto& header : node->chain) {
            const auto& totals = header.totals();
            if (totals.deposited_uy() - totals.withdrawn_uy() != totals.cash_held_uy())
                return checker_->fail("cash is not conserved at height " + std::to_string(header.height()));
        }
        cash_uy_ = std::max(cash_uy_, node->chain.back().totals().cash_held_uy());
    }
}

std::uint64_t Network::view_changes() const {
    std::uint64_t sum = 0;
    for (const auto& node : nodes_)
        sum += node->replica && !node->is_liar ? node->replica->stats().view_changes : 0;
    return sum;
}

std::string Network::describe() const {
    std::string text;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        const auto& replica = nodes_[i]->replica;
        text += "\n  " + std::to_string(i) + (nodes_[i]->is_liar ? " (liar)" : "") + ": stored " +
                std::to_string(nodes_[i]->height());
        if (!replica) continue;
        text += ", at height " + std::to_string(replica->height()) + ", view " +
                std::to_string(replica->view()) + ", primary " + std::to_string(replica->primary_now()) +
                (replica->votes() ? "" : ", watching");
    }
    return text;
}

}  // namespace pcq::simulation
