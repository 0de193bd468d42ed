#include "tests/simulation/network.h"

#include <algorithm>

#include "proto/pcq/v1/block.pb.h"

#include "src/crypto/hash.h"
#include "src/ledger/block.h"

namespace pcq::simulation {
namespace {

constexpr Duration kHop{5};
constexpr int kJitterMs = 40;

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

struct Network::Node {
    // What survives a crash.
    std::vector<proto::Header> chain;  // decided headers, genesis first
    std::vector<Hash> hashes;
    std::vector<consensus::Proposal> blocks;
    std::vector<Bytes> certificates;
    std::unique_ptr<Ledger> ledger;
    std::optional<proto::VoteRecord> said;

    std::unique_ptr<consensus::Replica> replica;  // nothing while crashed
    std::uint64_t life = 1;                       // 0 stands for faults in the queue
    Instant tick_at = Instant::max();
    bool byzantine = false;
    bool work = true;

    std::uint64_t height() const { return chain.back().height(); }
};

Bytes Network::sign(std::uint32_t index, const Hash& digest) const {
    return faults_.real_signatures ? secrets_[index].sign(digest) : cheap_sign(voters_.keys[index], digest);
}

bool Network::extends_tip(const Node& node, const consensus::Proposal& proposal) const {
    proto::Header header;
    return header.ParseFromString(proposal.header) && header.height() == node.height() + 1;
}

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
        node->byzantine = i == 0 && faults.byzantine != Behaviour::honest;
        nodes_.push_back(std::move(node));
    }
    for (std::uint32_t i = 0; i < validators; ++i) start(i, /*fresh=*/true);
    schedule_faults();
}

Network::~Network() = default;

void Network::start(std::uint32_t index, bool fresh) {
    Node& node = *nodes_[index];
    const proto::Header& tip = node.chain.back();
    std::vector<consensus::DecidedView> recent;
    const std::size_t wanted = consensus::recent_headers(voters_.size());
    const std::size_t first = node.chain.size() > wanted ? node.chain.size() - wanted : 1;
    for (std::size_t i = first; i < node.chain.size(); ++i)
        recent.push_back({node.chain[i].height(), node.chain[i].view()});
    node.replica = std::make_unique<consensus::Replica>(
        consensus::Options{}, voters_, index,
        [this, index](const Hash& digest) { return sign(index, digest); },
        consensus::Decided{tip.height(), node.hashes.back(), tip.time_ms(), tip.view()}, std::move(recent));
    ++node.life;
    node.tick_at = Instant::max();
    if (fresh) node.said = proto::VoteRecord();  // as a driver does: a record that exists has not been lost
    carry_out(index, node.replica->start(node.said, fresh, now_));
    schedule(index, {0}, consensus::Work{node.work});
}

void Network::schedule(std::uint32_t node, Duration in, consensus::Event event) {
    queue_.push(Happening{now_ + in, order_++, node, nodes_[node]->life, std::move(event), std::nullopt});
}

// Faults are events of their own, told apart by a life of zero.
void Network::schedule_faults() {
    for (int i = 0; i < faults_.crashes + faults_.partitions; ++i) {
        const auto node = static_cast<std::uint32_t>(below(nodes_.size()));
        const bool crash = i < faults_.crashes;
        queue_.push(Happening{now_ + Duration{static_cast<std::int64_t>(below(8000))}, order_++, node, 0,
                              consensus::Work{crash}, std::nullopt});
    }
}

void Network::handle(const Happening& happening) {
    Node& node = *nodes_[happening.node];
    if (happening.life == 0) {  // a fault, or its end
        if (healed_) return;
        const bool is_crash = std::get<consensus::Work>(happening.event).waiting;
        if (is_crash && node.replica) {
            crash(happening.node, faults_.forget_votes && !forgotten_);
            queue_.push(Happening{now_ + Duration{static_cast<std::int64_t>(50 + below(3000))}, order_++,
                                  happening.node, 0, happening.event, std::nullopt});
        } else if (is_crash) {
            start(happening.node, /*fresh=*/false);
        } else if (cut_.empty()) {
            std::vector<bool> left(nodes_.size());
            for (std::size_t i = 0; i < left.size(); ++i) left[i] = chance() < 0.5;
            const bool one_way = chance() < 0.3;
            for (std::uint32_t a = 0; a < nodes_.size(); ++a) {
                for (std::uint32_t b = 0; b < nodes_.size(); ++b) {
                    if (left[a] != left[b] && (!one_way || left[a])) cut_.insert({a, b});
                }
            }
            queue_.push(Happening{now_ + Duration{static_cast<std::int64_t>(200 + below(5000))}, order_++,
                                  happening.node, 0, happening.event, std::nullopt});
        } else {
            cut_.clear();
        }
        return;
    }
    if (!node.replica || happening.life != node.life) return;
    if (happening.wire) {
        auto message = consensus::decode(*happening.wire, voters_.size());
        if (!message)
            return fail("an honest network carries a malformed message: " + message.error().message);
        auto verified = consensus::verify(voters_, checks_, *std::move(message));
        if (!verified) return fail("an honest network carries a forged message: " + verified.error().message);
        carry_out(happening.node, node.replica->step(consensus::Received{*verified}, now_));
        return;
    }
    if (std::holds_alternative<consensus::Tick>(happening.event) && node.tick_at > now_)
        return;  // superseded
    carry_out(happening.node, node.replica->step(happening.event, now_));
}

void Network::carry_out(std::uint32_t index, const consensus::Effects& effects) {
    Node& node = *nodes_[index];
    if (effects.persist) node.said = *effects.persist;
    // A crash between what is synced and what is sent: the record stays, the messages are lost.
    if (!healed_ && faults_.crashes > 0 && effects.persist && chance() < 0.002) {
        crash(index, false);
        queue_.push(Happening{now_ + Duration{300}, order_++, index, 0, consensus::Work{true}, std::nullopt});
        return;
    }
    for (const auto& message : effects.send) broadcast(index, message);
    for (const auto& [to, message] : effects.reply) deliver(index, to, message);
    evidence_ += effects.evidence.size();
    if (effects.build) build(index, *effects.build);
    for (const auto& execute : effects.execute) {
        if (!extends_tip(node, execute.proposal))
            continue;  // the node has caught up past it: nothing to answer
        schedule(index, {1 + static_cast<std::int64_t>(below(10))},
                 consensus::Executed{execute.block, node.ledger->accepts(execute.proposal)});
    }
    if (effects.decide) decide(index, *effects.decide);
    if (effects.fetch) catch_up(index, effects.fetch->height);
    if (effects.wake_at != Instant::max() && node.replica) {
        node.tick_at = effects.wake_at;
        schedule(index, std::max(Duration{0}, effects.wake_at - now_), consensus::Tick{});
    }
}

void Network::broadcast(std::uint32_t from, const proto::ConsensusMessage& message) {
    if (nodes_[from]->byzantine) {
        if (faults_.byzantine == Behaviour::silent && message.has_pre_prepare()) return;
        if (faults_.byzantine == Behaviour::equivocating && message.has_pre_prepare())
            return equivocate(from, message);
    } else {
        check_signed(from, message);
    }
    for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
        if (to != from) deliver(from, to, message);
    }
}

// A second block for the same place, to the other half of the network.
void Network::equivocate(std::uint32_t from, const proto::ConsensusMessage& message) {
    proto::ConsensusMessage other = message;
    proto::Header header;
    header.ParseFromString(message.pre_prepare().header());
    header.set_time_ms(header.time_ms() + 1);
    other.mutable_pre_prepare()->set_header(header.SerializeAsString());
    other.set_signature(sign(from, consensus::digest(voters_.chain, other)));
    for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
        if (to == from) continue;
        deliver(from, to, to % 2 == 0 ? message : other);
        if (to + 1 == nodes_.size())
            deliver(from, to, to % 2 == 0 ? other : message);  // one of them sees both
    }
}

void Network::deliver(std::uint32_t from, std::uint32_t to, const proto::ConsensusMessage& message) {
    if (cut_.count({from, to}) != 0) return;
    if (!healed_ && chance() < faults_.loss) return;
    const int copies = !healed_ && chance() < faults_.duplicate ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        const Duration delay = kHop + Duration{static_cast<std::int64_t>(below(kJitterMs))};
        queue_.push(Happening{now_ + delay, order_++, to, nodes_[to]->life, consensus::Tick{},
                              message.SerializeAsString()});
    }
}

void Network::crash(std::uint32_t index, bool forget) {
    nodes_[index]->replica.reset();
    if (forget) {
        nodes_[index]->said.reset();
        forgotten_ = true;
    }
}

void Network::build(std::uint32_t index, const consensus::Build& build) {
    Node& node = *nodes_[index];
    if (build.height != node.height() + 1) return;
    consensus::Proposal proposal = node.ledger->build({build.view, index, now_, random_()});
    if (node.byzantine && faults_.byzantine == Behaviour::invalid_blocks) {
        proto::Header header;
        header.ParseFromString(proposal.header);
        header.set_state_root(crypto::sha256({"wrong"}).bytes());
        proposal.header = header.SerializeAsString();
    }
    schedule(index, {2}, consensus::Built{build.view, std::move(proposal)});
}

void Network::decide(std::uint32_t index, const consensus::Decision& decision) {
    Node& node = *nodes_[index];
    proto::Header header;
    header.ParseFromString(decision.proposal.header);
    if (header.height() <= node.height()) return;  // it came by catching up in the meantime
    const auto [first, is_new] = decided_.emplace(header.height(), decision.block);
    if (!node.byzantine && first->second != decision.block)
        return fail("two blocks were decided at height " + std::to_string(header.height()));
    if (!node.ledger->accepts(decision.proposal)) return fail("an invalid block was decided");
    if (is_new) ++decisions_;
    node.ledger->apply(decision.proposal);
    node.chain.push_back(header);
    node.hashes.push_back(decision.block);
    node.blocks.push_back(decision.proposal);
    node.certificates.push_back(decision.certificate);
    schedule(index, {1},
             consensus::Advanced{{header.height(), decision.block, header.time_ms(), header.view()}});
}

// Blocks with their certificates from whoever can be reached and has them.
void Network::catch_up(std::uint32_t index, std::uint64_t height) {
    Node& node = *nodes_[index];
    const Node* source = nullptr;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        const bool reachable =
            nodes_[i]->replica && cut_.count({i, index}) == 0 && cut_.count({index, i}) == 0;
        if (i != index && reachable && nodes_[i]->height() > node.height()) source = nodes_[i].get();
    }
    if (source == nullptr || height <= node.height()) return;
    while (node.height() < std::min(height, source->height())) {
        const std::size_t at = node.chain.size();
        proto::CommitCertificate certificate;
        certificate.ParseFromString(source->certificates[at]);
        std::set<std::uint32_t> signers;
        const Hash digest =
            consensus::vote_digest(voters_.chain, proto::VOTE_KIND_COMMIT, certificate.height(),
                                   certificate.view(), source->hashes[at]);
        for (const auto& entry : certificate.signatures()) {
            if (checks_.signature(voters_.keys[entry.validator()], digest, entry.signature()))
                signers.insert(entry.validator());
        }
        if (signers.size() < consensus::quorum(voters_.size()))
            return fail("a decided block has no certificate");
        if (!node.ledger->accepts(source->blocks[at])) return fail("a certified block is not valid");
        node.ledger->apply(source->blocks[at]);
        node.chain.push_back(source->chain[at]);
        node.hashes.push_back(source->hashes[at]);
        node.blocks.push_back(source->blocks[at]);
        node.certificates.push_back(source->certificates[at]);
        const auto& tip = node.chain.back();
        schedule(index, {5},
                 consensus::Advanced{{tip.height(), node.hashes.back(), tip.time_ms(), tip.view()}});
    }
}

// No honest validator ever says two things for one place, however often it crashes.
void Network::check_signed(std::uint32_t index, const proto::ConsensusMessage& message) {
    if (message.has_status()) return;
    // A pre-prepare is its sender's prepare.
    const int kind = message.has_commit() ? 2 : message.has_view_change() ? 3 : 1;
    Bytes content;
    if (message.has_pre_prepare())
        content = consensus::block_hash(voters_.chain, message.pre_prepare().header()).bytes();
    if (message.has_prepare()) content = message.prepare().block_hash();
    if (message.has_commit()) content = message.commit().block_hash();
    if (message.has_view_change())
        content = consensus::view_change_content(voters_.chain, message.view_change()).bytes();
    const auto [at, is_new] = signed_.emplace(
        std::tuple(index, kind, consensus::height_of(message), consensus::view_of(message)), content);
    if (!is_new && at->second != content) {
        fail("validator " + std::to_string(index) + " contradicted itself at height " +
             std::to_string(consensus::height_of(message)) + ", view " +
             std::to_string(consensus::view_of(message)));
    }
    if (message.has_view_change() || kind == 3) return;
    // Nothing of a view that it has left.
    for (auto later =
             signed_.upper_bound({index, 3, consensus::height_of(message), consensus::view_of(message)});
         later != signed_.end() && std::get<0>(later->first) == index && std::get<1>(later->first) == 3 &&
         std::get<2>(later->first) == consensus::height_of(message);
         ++later) {
        return fail("validator " + std::to_string(index) + " voted in a view that it had left");
    }
}

void Network::run_until_height(std::uint64_t height, Duration limit) {
    const Instant end = now_ + limit;
    while (violation_.empty() && !queue_.empty() && lowest_height() < height) {
        const Happening happening = queue_.top();
        if (happening.at > end) break;
        queue_.pop();
        now_ = std::max(now_, happening.at);
        handle(happening);
    }
    if (violation_.empty() && lowest_height() < height) now_ = std::max(now_, end);
}

void Network::heal() {
    healed_ = true;
    cut_.clear();
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        if (!nodes_[i]->replica) start(i, /*fresh=*/false);
    }
}

void Network::set_work(bool work) {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i]->work = work;
        if (nodes_[i]->replica) schedule(i, {0}, consensus::Work{work});
    }
}

std::uint64_t Network::lowest_height() const {
    std::uint64_t lowest = UINT64_MAX;
    for (const auto& node : nodes_) {
        if (!node->byzantine) lowest = std::min(lowest, node->height());
    }
    return lowest;
}

void Network::check_states() {
    std::map<std::uint64_t, Hash> roots;
    for (const auto& node : nodes_) {
        const Hash root = node->ledger->state_root();
        if (!roots.emplace(node->height(), root).second && roots[node->height()] != root)
            return fail("two states at height " + std::to_string(node->height()));
        if (node->height() > 0 && root.view() != node->chain.back().state_root())
            return fail("the records at height " + std::to_string(node->height()) + " have another root");
        for (const auto& header : node->chain) {
            const auto& totals = header.totals();
            if (totals.deposited_uy() - totals.withdrawn_uy() != totals.cash_held_uy())
                return fail("cash is not conserved at height " + std::to_string(header.height()));
        }
        cash_uy_ = std::max(cash_uy_, node->chain.back().totals().cash_held_uy());
    }
}

std::uint64_t Network::view_changes() const {
    std::uint64_t sum = 0;
    for (const auto& node : nodes_) sum += node->replica ? node->replica->stats().view_changes : 0;
    return sum;
}

std::string Network::describe() const {
    std::string text;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        const auto& replica = nodes_[i]->replica;
        text += "\n  " + std::to_string(i) + ": stored " + std::to_string(nodes_[i]->height());
        if (!replica) continue;
        text += ", at height " + std::to_string(replica->height()) + ", view " +
                std::to_string(replica->view()) + ", primary " + std::to_string(replica->primary_now()) +
                (replica->votes() ? "" : ", watching");
    }
    return text;
}

void Network::fail(const std::string& what) {
    if (violation_.empty()) violation_ = what;
}

}  // namespace pcq::simulation
