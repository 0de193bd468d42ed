// The world: virtual time, the wire between nodes, and what goes wrong with both.
#include "tests/simulation/network.h"

#include <algorithm>

#include "src/crypto/hash.h"
#include "src/ledger/block.h"

namespace pcq::simulation {
namespace {

constexpr Duration kHop{5};
constexpr std::uint64_t kJitterMs = 40;

// Signatures of the mass of runs: no secret, but no liar writes what it cannot sign.
Bytes cheap_sign(const crypto::PublicKey& key, const Hash& digest) {
    Bytes signature = digest.bytes();
    signature += key.data();
    return signature;
}
bool cheap_check(const crypto::PublicKey& key, const Hash& digest, BytesView signature) {
    return signature.substr(0, Hash::kSize) == digest.view() && signature.substr(Hash::kSize) == key.data();
}

// In the order of the validators. The same for every seed, so made once.
const std::vector<crypto::SigningKey>& secrets_of(std::uint32_t validators) {
    static std::map<std::uint32_t, std::vector<crypto::SigningKey>> known;
    auto& secrets = known[validators];
    if (!secrets.empty()) return secrets;
    for (std::uint32_t i = 0; i < validators; ++i) {
        const Hash secret = crypto::sha256({"validator", std::to_string(i)});
        secrets.push_back(*crypto::SigningKey::from_secret(crypto::KeyType::ed25519, secret.view()));
    }
    std::sort(secrets.begin(), secrets.end(),
              [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    return secrets;
}

const LedgerSetup& real_ledger(const std::vector<crypto::PublicKey>& validators) {
    static std::map<std::size_t, LedgerSetup> known;
    const auto at = known.find(validators.size());
    if (at != known.end()) return at->second;
    return known.emplace(validators.size(), side_chain_ledger(validators)).first->second;
}

}  // namespace

Network::Network(std::uint64_t seed, std::uint32_t validators, const Faults& faults)
    : random_(seed),
      others_random_(~seed),
      faults_(faults),
      secrets_(secrets_of(validators + Members::newcomers(faults.changes))) {
    for (const auto& secret : secrets_) voters_.keys.push_back(secret.public_key());
    checks_ = {faults.real_signatures ? crypto::verify : cheap_check, ledger::transactions_root};
    const LedgerSetup setup = faults.real_ledger ? real_ledger(voters_.keys) : toy_ledger(voters_.keys);
    voters_.chain = setup.chain;
    members_ = std::make_unique<Members>(voters_, validators, faults.changes);
    checker_ = std::make_unique<Checker>(*members_, checks_.signature);
    make_ledger_ = setup.make;
    for (std::uint32_t i = 0; i < voters_.size() + faults.twins; ++i) {
        auto node = std::make_unique<Node>();
        node->validator = i;
        node->ledger = make_ledger_();
        proto::Header genesis;
        genesis.ParseFromString(node->ledger->tip());
        node->chain.push_back(genesis);
        node->hashes.push_back(consensus::block_hash(voters_.chain, node->ledger->tip()));
        node->blocks.emplace_back();
        node->certificates.emplace_back();
        node->work = !faults.idle;
        node->pipelines = faults.pipelining == Pipelining::everybody ||
                          (faults.pipelining == Pipelining::some && i % 2 == 0);
        nodes_.push_back(std::move(node));
    }
    while (faults.byzantine != Behaviour::honest && liars().size() < faults.liars)
        nodes_[below(voters_.size())]->is_liar = true;
    choose_victims();
    for (const auto& node : nodes_) {
        if (node->is_faulty()) checker_->expect_lies_of(node->validator);
    }
    for (std::uint32_t i = 0; i < voters_.size(); ++i) start(i, /*fresh=*/true);
    join_twins();
    schedule_faults();
    if (faults.one_away) isolate(nodes_[0]->is_faulty() ? 1 : 0);
}

Network::~Network() = default;

// Time.

void Network::at(Instant when, Happening happening) {
    happening.when = when;
    happening.order = order_++;
    queue_.push_back(std::move(happening));
    std::push_heap(queue_.begin(), queue_.end(), is_later);
}

bool Network::is_later(const Happening& a, const Happening& b) {
    return std::pair(a.when, a.order) > std::pair(b.when, b.order);
}

void Network::happen(Duration in, std::function<void()> act) {
    at(now_ + in, Happening{0, 0, std::move(act), {}, 0});
}

void Network::on_node(std::uint32_t node, Duration in, std::function<void()> act) {
    at(now_ + in, Happening{node, nodes_[node]->life, std::move(act), {}, 0});
}

void Network::run_until_height(std::uint64_t height, Duration limit) {
    const Instant end = now_ + limit;
    while (violation().empty() && !queue_.empty() && lowest_height() < height) {
        if (queue_.front().when > end) break;
        std::pop_heap(queue_.begin(), queue_.end(), is_later);
        const Happening happening = std::move(queue_.back());
        queue_.pop_back();
        now_ = std::max(now_, happening.when);
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

Bytes Network::sign(std::uint32_t validator, const Hash& digest) const {
    return faults_.real_signatures ? secrets_[validator].sign(digest)
                                   : cheap_sign(voters_.keys[validator], digest);
}

// As whoever it is at that height; who has gone, as somebody else.
proto::ConsensusMessage Network::signed_by(std::uint32_t node, proto::ConsensusMessage message) const {
    const Members::Set& set =
        message.has_status() ? members_of(*nodes_[node]) : members_->at(consensus::height_of(message));
    message.set_sender(place_of(node, set).value_or(nodes_[node]->validator % set.size()));
    message.set_signature(sign(nodes_[node]->validator, consensus::digest(voters_.chain, message)));
    return message;
}

bool Network::is_connected(std::uint32_t a, std::uint32_t b) const {
    return nodes_[a]->replica && nodes_[b]->replica && cut_.count({a, b}) == 0 && cut_.count({b, a}) == 0;
}

// Two if it is a twin.
std::vector<std::uint32_t> Network::nodes_of(std::uint32_t validator) const {
    std::vector<std::uint32_t> found{validator};
    for (std::uint32_t i = voters_.size(); i < nodes_.size(); ++i) {
        if (nodes_[i]->validator == validator) found.push_back(i);
    }
    return found;
}

std::vector<std::uint32_t> Network::connected_nodes_of(std::uint32_t validator, std::uint32_t from) const {
    auto found = nodes_of(validator);
    found.erase(std::remove_if(found.begin(), found.end(),
                               [this, from](std::uint32_t node) { return !is_connected(from, node); }),
                found.end());
    return found;
}

Duration Network::travel() {
    const Duration usual = kHop + up_to(kJitterMs);
    return faults_.delay_ms == 0 ? usual : usual + up_to(faults_.delay_ms);
}

void Network::broadcast(std::uint32_t from, const proto::ConsensusMessage& message) {
    overhear(from, message);
    if (nodes_[from]->is_liar) return lie(from, message);
    const Node& node = *nodes_[from];
    if (!node.is_twin && !has_gone(node, consensus::height_of(message))) checker_->said(from, message);
    to_all(from, message);
}

void Network::to_all(std::uint32_t from, const proto::ConsensusMessage& message, Duration later) {
    if (is_starved(message)) return;
    const auto packet = std::make_shared<Packet>(Packet{message.SerializeAsString(), {}});
    for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
        if (to != from) send(from, to, packet, later);
    }
}

bool Network::is_starved(const proto::ConsensusMessage& message) const {
    if (healed_ || !faults_.undecided) return false;
    const std::uint32_t view = consensus::view_of(message);
    return (message.has_commit() && message.sender() != view % voters_.size()) ||
           (message.has_prepare() && view % 3 != 2);
}

void Network::deliver(std::uint32_t from, std::uint32_t to, const proto::ConsensusMessage& message,
                      Duration later) {
    if (is_starved(message)) return;
    send(from, to, std::make_shared<Packet>(Packet{message.SerializeAsString(), {}}), later);
}

void Network::send(std::uint32_t from, std::uint32_t to, const std::shared_ptr<Packet>& packet,
                   Duration later) {
    ++counts_.messages;
    if (nodes_[from]->is_liar) ++counts_.lies;
    const bool is_lost = cut_.count({from, to}) != 0 || (!healed_ && chance() < faults_.loss);
    if (is_lost) {
        ++counts_.lost;
        return;
    }
    const int copies = !healed_ && chance() < faults_.duplicate ? 2 : 1;
    counts_.duplicated += static_cast<std::uint64_t>(copies - 1);
    for (int i = 0; i < copies; ++i) {
        auto arriving = packet;
        const bool is_corrupt = !healed_ && chance() < faults_.corruption;
        if (is_corrupt) {
            ++counts_.corrupted;
            arriving = std::make_shared<Packet>(Packet{packet->wire, {}});
            arriving->wire[below(arriving->wire.size())] ^= static_cast<char>(1 + below(255));
        }
        on_node(to, later + travel(), [this, from, to, arriving = std::move(arriving), is_corrupt] {
            receive(from, to, *arriving, is_corrupt);
        });
    }
}

// As a driver does: what would be refused anyway is not verified; whoever sends a Status is known by the
// connection; and what does not hold under the set of this height is wrong at this height only.
void Network::receive(std::uint32_t from, std::uint32_t to, Packet& packet, bool is_corrupt) {
    const Node& node = *nodes_[to];
    const bool may_be_wrong = is_corrupt || nodes_[from]->is_liar;
    const Members::Set& set = members_of(node);
    const auto found = packet.heard.find(&set);
    Heard& heard =
        found != packet.heard.end()
            ? found->second
            : packet.heard.emplace(&set, Heard{consensus::decode(packet.wire, set.size()), {}}).first->second;
    const auto refuse = [&](const Error& error) {
        proto::ConsensusMessage message;
        message.ParseFromString(packet.wire);
        const std::uint64_t height = consensus::height_of(message);
        const bool is_of_another_set = has_gone(*nodes_[from], height) || has_gone(node, height);
        if (may_be_wrong || height != node.replica->height() || is_of_another_set) return;
        checker_->fail("validator " + std::to_string(from) + " said: " + error.message);
    };
    if (!heard.decoded) return refuse(heard.decoded.error());
    if (heard.decoded->has_status()) {
        if (is_corrupt) return;
        const auto sender = set.index_of(nodes_[from]->validator);
        if (!sender) return note_claim(from, to, heard.decoded->status().height());
        return step(to, consensus::Received{consensus::attested(*heard.decoded, *sender)});
    }
    if (node.replica->refusal(*heard.decoded)) return;
    if (!heard.verified) heard.verified = consensus::verify(set.voters, checks_, *heard.decoded);
    if (!*heard.verified) return refuse(heard.verified->error());
    step(to, consensus::Received{**heard.verified});
}

// One who has gone, or is yet to come, may have what the others lack.
void Network::note_claim(std::uint32_t from, std::uint32_t to, std::uint64_t height) {
    const Node& node = *nodes_[to];
    if (height <= node.replica->height()) return;
    ask_for_blocks(to, node.catch_up->behind(node.replica->height(), nodes_[from]->validator, clock(to)));
}

// Who validates, as this node has it: at the height that it takes part in, unless it does not want to know.
const Members::Set& Network::members_of(const Node& node) const {
    std::uint64_t height = node.told + 1;
    while (faults_.stubborn && has_gone(node, height)) --height;
    return members_->at(height);
}

std::optional<std::uint32_t> Network::place_of(std::uint32_t node, const Members::Set& set) const {
    return set.index_of(nodes_[node]->validator);
}

// It was a validator once, and is none at this height.
bool Network::has_gone(const Node& node, std::uint64_t height) const {
    bool was = false;
    for (std::uint64_t at = 1; at < height && at <= Members::kHeights[2]; ++at)
        was = was || members_->at(at).index_of(node.validator);
    return was && !members_->at(height).index_of(node.validator);
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
        if (node->is_faulty() || (faults_.stubborn && has_gone(*node, node->told + 1))) continue;
        lowest = std::min(lowest, node->height());
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
    std::map<std::uint64_t, Hash> blocks;
    for (const auto& node : nodes_) {
        const Hash root = node->ledger->state_root();
        if (!roots.emplace(node->height(), root).second && roots[node->height()] != root)
            return checker_->fail("two states at height " + std::to_string(node->height()));
        if (node->height() > 0 && root.view() != node->chain.back().state_root()) {
            return checker_->fail("the records at height " + std::to_string(node->height()) +
                                  " have another root");
        }
        for (const auto& header : node->chain) {
            const auto& totals = header.totals();
            if (totals.deposited_uy() - totals.withdrawn_uy() != totals.cash_held_uy())
                return checker_->fail("cash is not conserved at height " + std::to_string(header.height()));
        }
        cash_uy_ = std::max(cash_uy_, node->chain.back().totals().cash_held_uy());
        for (std::size_t i = 1; i < node->chain.size() && !node->is_faulty(); ++i)
            blocks.emplace(node->chain[i].height(), node->hashes[i]);
    }
    for (const auto& [height, block] : checker_->decisions()) {
        const auto kept = blocks.find(height);
        if (kept != blocks.end() && kept->second == block) continue;
        ++counts_.missing;
        checker_->fail("the block decided at height " + std::to_string(height) + " is gone");
    }
}

void Network::check_recordings() {
    for (const auto& node : nodes_) {
        if (!node->replica || !node->recorder) continue;
        const auto flight = consensus::decode_flight(consensus::encode_flight(node->recorder->recording()));
        if (!flight) return checker_->fail("a recording cannot be read: " + flight.error().message);
        counts_.replayed_events += static_cast<std::uint64_t>(flight->events_size());
        const auto result = consensus::replay(*flight, [this](const consensus::Replayed& step) {
            if (!step.is_same)
                checker_->fail("replayed otherwise: " + step.event.ShortDebugString() + " now " +
                               step.effects.ShortDebugString());
        });
        if (!result) checker_->fail("a recording cannot be replayed: " + result.error().message);
    }
}

std::uint64_t Network::view_changes() const {
    std::uint64_t sum = 0;
    for (const auto& node : nodes_)
        sum += node->replica && !node->is_liar ? node->replica->stats().view_changes : 0;
    return sum;
}

Counts Network::counts() const {
    Counts counts = counts_;
    counts.view_changes = view_changes();
    counts.heights = checker_->decisions().size();
    return counts;
}

std::string Network::describe() const {
    std::string text;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        const auto& replica = nodes_[i]->replica;
        text += "\n  " + std::to_string(i) + (nodes_[i]->is_liar ? " (liar)" : "") +
                (nodes_[i]->is_twin ? " (twin)" : "") + ": stored " + std::to_string(nodes_[i]->height());
        if (!replica) continue;
        text += ", at height " + std::to_string(replica->height()) + ", view " +
                std::to_string(replica->view()) + ", primary " + std::to_string(replica->primary_now()) +
                (replica->votes() ? "" : ", watching");
    }
    return text;
}

}  // namespace pcq::simulation
