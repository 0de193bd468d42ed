// Liars who show what nobody has given them, and liars who say again what others have said.
//
// A forger hears everything. It answers each change of view with certificates and justifications that are
// false in one respect each, or true and not the ones that it should show; what is true and not the newest is
// no crime, and must do no harm. All liars conspire, as one adversary who has their keys.
#include <algorithm>

#include "src/crypto/hash.h"
#include "tests/simulation/network.h"

namespace pcq::simulation {
namespace {

constexpr std::size_t kHeightsHeard = 4;
constexpr std::size_t kWordsKept = 400;
constexpr Duration kReplayAgain{60};
constexpr int kReplayAtOnce = 2;

// The same keys serve other chains too: what is signed there may be shown here.
const ChainId& other_chain() {
    static const ChainId chain = *ChainId::from(crypto::sha256({"another chain"}).view());
    return chain;
}

void put_block(proto::ViewChange& change, const consensus::Proposal& block) {
    change.set_header(block.header);
    for (const auto& hash : block.transactions) change.add_transactions(hash.bytes());
}

template <class Map>
auto any_of(const Map& map, std::uint64_t random) {
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(random % map.size()));
}

}  // namespace

void Network::overhear(std::uint32_t from, const proto::ConsensusMessage& message) {
    const bool anybody_cares = faults_.byzantine == Behaviour::forging ||
                               faults_.byzantine == Behaviour::replaying ||
                               faults_.byzantine == Behaviour::anything;
    if (!anybody_cares) return;
    if (old_words_.size() < kWordsKept) {
        old_words_.push_back(message);
    } else {
        old_words_[any_below(kWordsKept)] = message;
    }
    if (message.has_status()) return;
    const std::uint64_t height = consensus::height_of(message);
    const std::uint32_t view = consensus::view_of(message);
    Overheard& heard = overheard_[height];
    if (message.has_pre_prepare()) {
        const auto& proposal = message.pre_prepare();
        const Hash block = consensus::block_hash(voters_.chain, proposal.header());
        heard.prepares[view][block][message.sender()] = message.signature();
        auto& known = heard.blocks[block];
        known.header = proposal.header();
        known.transactions.clear();
        for (const auto& hash : proposal.transactions()) known.transactions.push_back(*Hash::from(hash));
    } else if (message.has_view_change()) {
        heard.changes[view][message.sender()] = message;
        for (const std::uint32_t liar : liars()) {
            if (liar == from || nodes_[from]->is_liar || !by_chance(0.5)) continue;
            on_node(liar, {static_cast<std::int64_t>(any_below(40))},
                    [this, liar, height, view] { forge_at(liar, height, view); });
        }
    } else {
        const auto& vote = message.has_prepare() ? message.prepare() : message.commit();
        (message.has_prepare() ? heard.prepares
                               : heard.commits)[view][*Hash::from(vote.block_hash())][message.sender()] =
            message.signature();
    }
    if (overheard_.size() > kHeightsHeard) overheard_.erase(overheard_.begin());
}

void Network::forge(std::uint32_t from, const proto::ConsensusMessage& message) {
    const std::uint64_t height = consensus::height_of(message);
    const std::uint32_t view = consensus::view_of(message);
    if (message.has_view_change() && by_chance(0.7)) return to_all(from, forged_change(from, height, view));
    if (message.has_pre_prepare() && view > 0 && by_chance(0.7)) return forge_proposal(from, height, view);
    if (message.has_status() || by_chance(0.5)) return to_all(from, message);
    if (by_chance(0.6)) to_some(from, message, any_below(members_->at(height).size()));
}

void Network::forge_at(std::uint32_t from, std::uint64_t height, std::uint32_t view) {
    if (faults_.byzantine == Behaviour::replaying || nodes_[from]->replica->height() != height) return;
    to_all(from, forged_change(from, height, view));
    const Members::Set& set = members_->at(height);
    if (place_of(from, set) == (height + view) % set.size()) forge_proposal(from, height, view);
}

// A block that holds, of this view, or of view 1 as if it were proposed again.
std::optional<Network::Block> Network::own_block(std::uint32_t from, std::uint32_t view, bool again) {
    Node& node = *nodes_[from];
    if (view == 0 || node.replica->height() != node.height() + 1) return std::nullopt;
    const std::uint32_t first = again ? 1 : view;
    const Members::Set& set = members_->at(node.replica->height());
    const std::uint32_t proposer = set.validators[(node.replica->height() + first) % set.size()];
    const auto made = std::pair(node.replica->height(), first);
    auto known = own_blocks_.find(made);
    if (known == own_blocks_.end()) {
        Block block{node.ledger->build({first, proposer, clock(from), others_random_()}), {}};
        block.hash = consensus::block_hash(voters_.chain, block.proposal.header);
        known = own_blocks_.emplace(made, std::move(block)).first;
    }
    return known->second;
}

// For this place, each signature as true as it can be had.
proto::PreparedCertificate Network::forged_certificate(std::uint32_t from, std::uint64_t height,
                                                       std::uint32_t view, const Hash& block) {
    const Members::Set& set = members_->at(height);
    const std::uint32_t n = set.size();
    const std::uint32_t quorum = (n + (n - 1) / 3) / 2 + 1;
    const std::uint64_t how = any_below(5);
    proto::PreparedCertificate certificate;
    certificate.set_height(height);
    certificate.set_view(view);
    certificate.set_block_hash(block.bytes());
    const Overheard& heard = overheard_[height];
    const auto digest = [&](const ChainId& chain) {
        return consensus::vote_digest(chain, proto::VOTE_KIND_PREPARE, height, view, block);
    };
    const auto truly = [&](std::uint32_t place, bool other_views) -> std::optional<Bytes> {
        const std::uint32_t validator = set.validators[place];
        if (nodes_[validator]->is_liar) return sign(validator, digest(voters_.chain));
        for (const auto& [at, blocks] : heard.prepares) {
            const auto signatures = blocks.find(block);
            if ((at != view && !other_views) || signatures == blocks.end()) continue;
            const auto found = signatures->second.find(place);
            if (found != signatures->second.end()) return found->second;
        }
        return std::nullopt;
    };
    const auto add = [&certificate](std::uint32_t place, const Bytes& signature) {
        auto& entry = *certificate.add_signatures();
        entry.set_validator(place);
        entry.set_signature(signature);
    };
    for (std::uint32_t place = 0; place < n; ++place) {
        if (const auto signature = truly(place, /*other_views=*/how == 2)) {
            add(place, *signature);
        } else if (how == 3) {
            add(place, sign(set.validators[place], digest(other_chain())));
        } else if (how == 4) {
            add(place, sign(nodes_[from]->validator, digest(voters_.chain)));
        }
    }
    // Too few, or enough by counting some twice.
    while (how == 1 && !certificate.signatures().empty() &&
           certificate.signatures_size() < static_cast<int>(quorum))
        certificate.add_signatures()->CopyFrom(certificate.signatures(0));
    std::stable_sort(certificate.mutable_signatures()->begin(), certificate.mutable_signatures()->end(),
                     [](const auto& a, const auto& b) { return a.validator() < b.validator(); });
    return certificate;
}

// A true one that is not the highest, or that nobody else has.
std::optional<proto::ViewChange> Network::true_certificate(std::uint64_t height, std::uint32_t below_view) {
    const Members::Set& set = members_->at(height);
    const std::size_t n = set.size();
    std::vector<proto::ViewChange> found;
    Overheard& heard = overheard_[height];
    for (const auto& [view, blocks] : heard.prepares) {
        for (const auto& [block, given] : blocks) {
            const auto known = heard.blocks.find(block);
            if (view >= below_view || known == heard.blocks.end()) continue;
            Signatures signatures = given;
            for (const std::uint32_t liar : liars()) {
                const auto place = place_of(liar, set);
                if (!place) continue;
                signatures[*place] = sign(
                    liar,
                    consensus::vote_digest(voters_.chain, proto::VOTE_KIND_PREPARE, height, view, block));
            }
            if (2 * signatures.size() <= n + (n - 1) / 3) continue;
            proto::ViewChange change;
            auto& certificate = *change.mutable_prepared();
            certificate.set_height(height);
            certificate.set_view(view);
            certificate.set_block_hash(block.bytes());
            for (const auto& [place, signature] : signatures) {
                auto& entry = *certificate.add_signatures();
                entry.set_validator(place);
                entry.set_signature(signature);
            }
            put_block(change, known->second);
            found.push_back(std::move(change));
        }
    }
    if (found.empty()) return std::nullopt;
    return found[any_below(found.size())];
}

proto::ConsensusMessage Network::forged_change(std::uint32_t from, std::uint64_t height, std::uint32_t view) {
    ++counts_.forged;
    proto::ConsensusMessage message;
    auto& change = *message.mutable_view_change();
    if (by_chance(0.35)) {
        if (auto found = true_certificate(height, view)) change = *std::move(found);
    } else if (by_chance(0.8)) {
        std::optional<Block> block = own_block(from, view, /*again=*/true);
        const auto& heard = overheard_[height].blocks;
        if (!heard.empty() && by_chance(0.5)) {
            const auto known = any_of(heard, others_random_());
            block = Block{known->second, known->first};
        }
        if (block) {
            *change.mutable_prepared() = forged_certificate(
                from, height, static_cast<std::uint32_t>(any_below(std::max(view, 1u))), block->hash);
            put_block(change, block->proposal);
        }
    }
    change.set_height(height);
    change.set_view(view);
    return signed_by(from, message);
}

// What may be proposed in this view, as if so many had wanted it so.
std::vector<proto::ConsensusMessage> Network::forged_justification(std::uint32_t from, std::uint64_t height,
                                                                   std::uint32_t view) {
    const std::uint64_t how = any_below(8);
    const Members::Set& set = members_->at(height);
    const std::size_t quorum = (set.size() + (set.size() - 1) / 3) / 2 + 1;
    const auto own_place = place_of(from, set);
    std::map<std::uint32_t, proto::ConsensusMessage> changes;
    for (const auto& [sender, message] : overheard_[height].changes[view]) {
        if (sender != own_place) changes[sender] = consensus::without_block(message);
    }
    proto::ConsensusMessage plain;
    plain.mutable_view_change()->set_height(height);
    plain.mutable_view_change()->set_view(view);
    const auto others = [&](const std::function<void(std::uint32_t)>& act) {
        for (std::uint32_t place = 0; place < set.size(); ++place) {
            if (place != own_place) act(place);
        }
    };
    switch (how) {
        case 0:  // true ones, and of those the first quorum that shows nothing, if there is one
            for (auto at = changes.begin(); at != changes.end() && changes.size() >= quorum;)
                at = at->second.view_change().has_prepared() ? changes.erase(at) : std::next(at);
            break;
        case 1:  // their certificates taken out
            for (auto& [sender, message] : changes) message.mutable_view_change()->clear_prepared();
            break;
        case 2:  // too few
            while (changes.size() + 1 >= quorum) changes.erase(changes.begin());
            break;
        case 3:  // signed for another chain
            others([&](std::uint32_t place) {
                changes[place] = plain;
                changes[place].set_sender(place);
                changes[place].set_signature(
                    sign(set.validators[place], consensus::digest(other_chain(), plain)));
            });
            break;
        case 4:  // in others' names
            others([&](std::uint32_t place) {
                changes[place] = signed_by(from, plain);
                changes[place].set_sender(place);
            });
            break;
        case 5:  // said of another view or height
            for (const auto& old : old_words_) {
                if (!old.has_view_change() || old.view_change().has_prepared()) continue;
                auto& change = changes[old.sender()];
                change = old;
                change.mutable_view_change()->set_height(height);
                change.mutable_view_change()->set_view(view);
            }
            break;
        default:
            break;
    }
    std::vector<proto::ConsensusMessage> shown;
    shown.push_back(how <= 5 ? signed_by(from, plain)
                             : consensus::without_block(forged_change(from, height, view)));
    for (const auto& [sender, message] : changes) {
        if (sender != own_place) shown.push_back(message);
    }
    // One voice counted as many.
    while (how == 2 && by_chance(0.5) && shown.size() < quorum)
        shown.push_back(proto::ConsensusMessage(shown.front()));
    return shown;
}

void Network::forge_proposal(std::uint32_t from, std::uint64_t height, std::uint32_t view) {
    const auto justification = forged_justification(from, height, view);
    std::optional<Block> block = own_block(from, view, /*again=*/by_chance(0.5));
    Overheard& heard = overheard_[height];
    if (!heard.blocks.empty() && by_chance(0.4)) {  // one that was proposed before, maybe a certified one
        const auto known = any_of(heard.blocks, others_random_());
        block = Block{known->second, known->first};
    }
    if (!block) return;
    ++counts_.forged;
    proto::ConsensusMessage message;
    auto& proposal = *message.mutable_pre_prepare();
    proposal.set_height(height);
    proposal.set_view(view);
    proposal.set_header(block->proposal.header);
    for (const auto& hash : block->proposal.transactions) proposal.add_transactions(hash.bytes());
    for (const auto& change : justification) *proposal.add_justification() = change;
    to_all(from, signed_by(from, message));
    vote_for(from, height, view, block->hash);
}

void Network::vote_for(std::uint32_t from, std::uint64_t height, std::uint32_t view, const Hash& block) {
    for (const bool is_prepare : {true, false}) {
        proto::ConsensusMessage message;
        auto& vote = is_prepare ? *message.mutable_prepare() : *message.mutable_commit();
        vote.set_height(height);
        vote.set_view(view);
        vote.set_block_hash(block.bytes());
        to_all(from, signed_by(from, message), {20});
    }
}

// Words of others once more, as they were or as if they had been said elsewhere.
void Network::replay(std::uint32_t from) {
    on_replay_again(from);
    if (!nodes_[from]->replica || old_words_.empty()) return;
    for (int i = 0; i < kReplayAtOnce; ++i) {
        const auto& word = old_words_[any_below(old_words_.size())];
        ++counts_.replayed;
        to_all(from, by_chance(0.4) ? word : renamed(from, word));
    }
}

void Network::on_replay_again(std::uint32_t from) {
    happen(kReplayAgain, [this, from] { replay(from); });
}

// The signature stays, or is one for another chain.
proto::ConsensusMessage Network::renamed(std::uint32_t from, proto::ConsensusMessage message) {
    const std::uint64_t height = nodes_[from]->replica->height();
    const std::uint32_t view = nodes_[from]->replica->view();
    switch (any_below(5)) {
        case 0:  // another height or view
            if (message.has_view_change()) {
                message.mutable_view_change()->set_height(height);
                message.mutable_view_change()->set_view(view + 1 + static_cast<std::uint32_t>(any_below(2)));
            } else if (message.has_prepare() || message.has_commit()) {
                auto& vote = message.has_prepare() ? *message.mutable_prepare() : *message.mutable_commit();
                vote.set_view(by_chance(0.5) ? view : vote.view() + 1);
            } else if (message.has_status()) {
                message.mutable_status()->set_height(height + any_below(20));
            }
            break;
        case 1:  // another kind
            if (message.has_prepare()) {
                *message.mutable_commit() = proto::Vote(message.prepare());
            } else if (message.has_commit()) {
                *message.mutable_prepare() = proto::Vote(message.commit());
            } else if (message.has_pre_prepare()) {
                const auto proposal = message.pre_prepare();
                auto& vote = *message.mutable_commit();
                vote.set_height(proposal.height());
                vote.set_view(proposal.view());
                vote.set_block_hash(consensus::block_hash(voters_.chain, proposal.header()).bytes());
            }
            break;
        case 2:  // another sender
            message.set_sender(static_cast<std::uint32_t>(any_below(members_->at(height).size())));
            break;
        default: {  // another chain: somebody's vote for a block of ours
            const Members::Set& set = members_->at(height);
            const auto sender = static_cast<std::uint32_t>(any_below(set.size()));
            const auto block = own_block(from, 1, /*again=*/true);
            message.Clear();
            message.set_sender(sender);
            auto& vote = by_chance(0.5) ? *message.mutable_prepare() : *message.mutable_commit();
            vote.set_height(height);
            vote.set_view(view);
            vote.set_block_hash(block ? block->hash.bytes() : crypto::sha256({"a block"}).bytes());
            message.set_signature(sign(set.validators[sender], consensus::digest(other_chain(), message)));
        }
    }
    return message;
}

}  // namespace pcq::simulation
