// One node's driver: effects carried out as src/node does, blocks stored, missed blocks fetched.
#include <algorithm>

#include "tests/simulation/network.h"

namespace pcq::simulation {
namespace {

constexpr Duration kAskAgain{250};  // for transactions
constexpr std::uint64_t kBlocksAtOnce = 4;

}  // namespace

void Network::start(std::uint32_t index, bool fresh) {
    Node& node = *nodes_[index];
    const proto::Header& tip = node.chain.back();
    std::vector<consensus::DecidedView> recent;
    const std::size_t wanted = consensus::recent_headers(voters_.size());
    for (std::size_t i = node.chain.size() > wanted ? node.chain.size() - wanted : 1; i < node.chain.size();
         ++i)
        recent.push_back({node.chain[i].height(), node.chain[i].view()});
    node.replica = std::make_unique<consensus::Replica>(
        consensus::Options{}, voters_, index,
        [this, index](const Hash& digest) { return sign(index, digest); },
        consensus::Decided{tip.height(), node.hashes.back(), tip.time_ms(), tip.view()}, std::move(recent));
    node.catch_up = std::make_unique<consensus::CatchUp>(
        voters_.size(), index,
        [this, index](std::uint32_t validator) { return is_connected(index, validator); });
    ++node.life;
    node.told = node.height();
    if (fresh) node.said = proto::VoteRecord();  // as a driver does: a record that exists has not been lost
    carry_out(index, node.replica->start(node.said, fresh, clock(index)));
    step_in(index, {0}, consensus::Work{node.work});
}

void Network::step(std::uint32_t index, const consensus::Event& event) {
    Node& node = *nodes_[index];
    carry_out(index, node.replica->step(event, clock(index)));
    if (node.replica) most_kept_ = std::max(most_kept_, node.replica->stats().kept);
}

void Network::step_in(std::uint32_t index, Duration in, consensus::Event event) {
    on_node(index, in, [this, index, event = std::move(event)] { step(index, event); });
}

void Network::carry_out(std::uint32_t index, const consensus::Effects& effects) {
    Node& node = *nodes_[index];
    const bool may_crash = !healed_ && faults_.crashes > 0;
    if (effects.persist) {
        // The disk is full: nothing is kept and nothing said.
        if (may_crash && chance() < 0.001) return crash_for(index, {300});
        const bool is_old = node.said && node.said->height() + 2 < effects.persist->height();
        if (is_old || !node.old_copy) node.old_copy = node.said;
        node.said = *effects.persist;
        // A crash between what is synced and what is sent: the record stays, the messages are lost.
        if (may_crash && chance() < 0.002) return crash_for(index, {300});
    }
    for (const auto& message : effects.send) broadcast(index, message);
    for (const auto& [to, message] : effects.reply) deliver(index, to, message);
    for (const auto& evidence : effects.evidence) {
        ++evidence_;
        const std::uint32_t accused = evidence.second.sender();
        if (!nodes_[accused]->is_liar)
            checker_->fail("honest validator " + std::to_string(accused) + " is accused");
        if (!consensus::verify(voters_, checks_, evidence.first) ||
            !consensus::verify(voters_, checks_, evidence.second))
            checker_->fail("evidence that convinces nobody");
    }
    if (effects.build) build(index, *effects.build);
    for (const auto& execute : effects.execute) gather(index, execute);
    // A crash between what is sent and what is decided.
    if (may_crash && effects.decide && chance() < 0.01) return crash_for(index, {300});
    if (effects.decide) decide(index, *effects.decide);
    if (effects.fetch) {
        ask_for_blocks(index,
                       node.catch_up->behind(effects.fetch->height, effects.fetch->from, clock(index)));
    }
    wake(index, effects.wake_at);
}

// One timer: a later call replaces it. It runs on true time, whatever the clock does meanwhile.
void Network::wake(std::uint32_t index, Instant at) {
    Node& node = *nodes_[index];
    const std::uint64_t mine = ++node.wakes;
    on_node(index, std::max(Duration{0}, at - clock(index)), [this, index, mine] {
        if (nodes_[index]->wakes == mine) step(index, consensus::Tick{});
    });
}

bool Network::extends_tip(const Node& node, const consensus::Proposal& proposal) const {
    proto::Header header;
    return header.ParseFromString(proposal.header) && header.height() == node.height() + 1;
}

void Network::build(std::uint32_t index, const consensus::Build& build) {
    Node& node = *nodes_[index];
    if (build.height != node.height() + 1) return;
    consensus::Proposal proposal = node.ledger->build({build.view, index, clock(index), random_()});
    const bool is_invalid = faults_.byzantine == Behaviour::invalid_blocks ||
                            (faults_.byzantine == Behaviour::anything && chance() < 0.2);
    if (node.is_liar && is_invalid) {
        proto::Header header;
        header.ParseFromString(proposal.header);
        spoil(header);
        proposal.header = header.SerializeAsString();
    }
    step_in(index, {2}, consensus::Built{build.view, std::move(proposal)});
}

// Executes once the transactions are there: at once, unless the proposer keeps them. Then from anybody who
// has them.
void Network::gather(std::uint32_t index, const consensus::Execute& execute) {
    Node& node = *nodes_[index];
    if (!extends_tip(node, execute.proposal)) return;  // caught up past it: nothing to answer
    if (const auto held = holders_.find(execute.block); held != holders_.end()) {
        const bool is_there =
            std::any_of(held->second.begin(), held->second.end(), [this, index](std::uint32_t holder) {
                return holder == index || (is_connected(index, holder) && !nodes_[holder]->is_liar);
            });
        if (!is_there) return on_node(index, kAskAgain, [this, index, execute] { gather(index, execute); });
        held->second.insert(index);
    }
    step_in(index, Duration{1} + up_to(10),
            consensus::Executed{execute.block, node.ledger->accepts(execute.proposal)});
}

void Network::decide(std::uint32_t index, const consensus::Decision& decision) {
    Node& node = *nodes_[index];
    if (!extends_tip(node, decision.proposal)) return;  // it came by catching up in the meantime
    if (consensus::block_hash(voters_.chain, decision.proposal.header) != decision.block)
        return checker_->fail("a block was decided under another one's hash");
    if (!store(index, decision.proposal, decision.certificate))
        return checker_->fail("an invalid block or certificate was decided");
    advance_in(index, {1});
}

// False if it is not certified or does not hold on the tip. An honest node's word is checked against the
// others'.
bool Network::store(std::uint32_t index, const consensus::Proposal& block, const Bytes& certificate) {
    Node& node = *nodes_[index];
    proto::Header header;
    if (!header.ParseFromString(block.header) || header.height() != node.height() + 1) return false;
    const Hash hash = consensus::block_hash(voters_.chain, block.header);
    if (!checker_->is_certified(header.height(), hash, certificate) || !node.ledger->accepts(block))
        return false;
    checker_->decided(header.height(), hash);
    if (header.time_ms() <= node.chain.back().time_ms()) checker_->fail("time stood still");
    node.ledger->apply(block);
    node.chain.push_back(header);
    node.hashes.push_back(hash);
    node.blocks.push_back(block);
    node.certificates.push_back(certificate);
    return true;
}

// Tells the replica of every stored block, in order.
void Network::advance_in(std::uint32_t index, Duration in) {
    on_node(index, in, [this, index] {
        Node& node = *nodes_[index];
        while (node.replica && node.told < node.height()) {
            const std::size_t at = ++node.told;
            const auto& header = node.chain[at];
            node.catch_up->stored(at);
            step(index, consensus::Advanced{{at, node.hashes[at], header.time_ms(), header.view()}});
        }
    });
}

void Network::ask_for_blocks(std::uint32_t index, std::optional<std::uint32_t> whom) {
    if (!whom || !is_connected(index, *whom) || (!healed_ && chance() < faults_.loss)) return;
    const std::uint64_t from_height = nodes_[index]->height() + 1;
    on_node(*whom, travel(), [this, index, whom, from_height] {
        const Answer answer = answer_for_blocks(*whom, from_height);
        if (answer.tip == 0 || cut_.count({*whom, index}) != 0 || !nodes_[index]->replica) return;
        on_node(index, travel(), [this, index, whom, answer] { take_blocks(index, *whom, answer); });
    });
}

Network::Answer Network::answer_for_blocks(std::uint32_t index, std::uint64_t from_height) {
    const Node& node = *nodes_[index];
    Answer answer{from_height, std::max<std::uint64_t>(1, node.height()), {}};
    for (std::uint64_t at = from_height; at <= node.height() && answer.blocks.size() < kBlocksAtOnce; ++at)
        answer.blocks.emplace_back(node.blocks[at], node.certificates[at]);
    if (node.is_liar && faults_.false_blocks) falsify(answer);
    return answer;
}

void Network::take_blocks(std::uint32_t index, std::uint32_t from, const Answer& answer) {
    Node& node = *nodes_[index];
    if (!node.catch_up->take(from)) return;
    const std::uint64_t before = node.height();
    bool lied = false;
    std::uint64_t height = answer.from_height;
    for (const auto& [block, certificate] : answer.blocks) {
        if (height++ <= node.height()) continue;
        lied = !store(index, block, certificate);
        if (lied) break;
    }
    if (lied && !nodes_[from]->is_liar) checker_->fail("an honest validator's blocks do not hold");
    advance_in(index, {5});
    on_node(index, {5},
            [this, index, checked = consensus::CatchUp::Checked{before, node.height(), answer.tip, lied}] {
                ask_for_blocks(index, nodes_[index]->catch_up->checked(checked, clock(index)));
            });
}

}  // namespace pcq::simulation
