// One node's driver: effects carried out as src/node does, blocks stored, missed blocks fetched.
#include <algorithm>

#include "consensus/evidence.h"
#include "tests/simulation/network.h"

namespace pcq::simulation {
namespace {

constexpr Duration kAskAgain{250};  // for transactions
constexpr std::uint64_t kBlocksAtOnce = 4;
constexpr std::uint64_t kWorkAheadMs = 30;  // longer than the rest of an agreement, now and then
constexpr Duration kLookAgain{2'000};

// Whether this record holds a node to what it says.
bool is_promised(const proto::ConsensusMessage& message, const std::optional<proto::VoteRecord>& record) {
    if (message.has_status()) return true;
    if (!record || record->height() != consensus::height_of(message)) return false;
    const std::uint32_t view = consensus::view_of(message);
    if (message.has_view_change()) return record->view() >= view;
    if (message.has_commit()) {
        return record->prepared().view() == view &&
               record->prepared().block_hash() == message.commit().block_hash();
    }
    return record->view() == view && record->voted() &&
           (message.has_pre_prepare() || record->voted_hash() == message.prepare().block_hash());
}

// Many views in a short time.
consensus::Options options(const Faults& faults) {
    consensus::Options options;
    if (faults.undecided) options.timeout_cap = {2'000};
    return options;
}

}  // namespace

void Network::start(std::uint32_t index, bool fresh) {
    Node& node = *nodes_[index];
    const proto::Header& tip = node.chain.back();
    node.told = node.height();
    const Members::Set& set = members_of(node);
    std::vector<consensus::DecidedView> recent;
    const std::size_t wanted = consensus::recent_headers(set.size());
    const std::size_t oldest = node.chain.size() > wanted ? node.chain.size() - wanted : 1;
    for (std::size_t i = std::max<std::size_t>(oldest, set.from_height); i < node.chain.size(); ++i)
        recent.push_back({node.chain[i].height(), node.chain[i].view()});
    node.replica = std::make_unique<consensus::Replica>(
        options(faults_), set.membership(node.validator),
        [this, validator = node.validator](const Hash& digest) { return sign(validator, digest); },
        consensus::Decided{tip.height(), node.hashes.back(), tip.time_ms(), tip.view()}, std::move(recent));
    // Whoever has blocks is asked for them, in the set or not.
    node.catch_up = std::make_unique<consensus::CatchUp>(
        voters_.size(), node.validator,
        [this, index](std::uint32_t validator) { return !connected_nodes_of(validator, index).empty(); });
    ++node.life;
    node.executed.clear();
    node.ahead.reset();
    node.said.reset();
    if (const auto record = node.disk.open()) {
        node.said.emplace();
        PCQ_INVARIANT(node.said->ParseFromString(*record));
    } else if (fresh || node.is_wiped) {
        // As a driver does: a record that exists has not been lost.
        fresh = true;
        node.said = proto::VoteRecord();
        PCQ_INVARIANT(node.disk.save({}, Disk::Next::good));
        if (!node.first_record) node.first_record = Bytes();
    }
    node.is_wiped = false;
    if (node.said && !node.is_faulty() && !has_gone(node, node.said->height()))
        checker_->promised(node.validator, *node.said);
    if (faults_.recorded) {
        node.recorder.emplace();
        node.recorder->begin(*node.replica);
    }
    const auto effects = node.replica->start(node.said, fresh, clock(index));
    if (node.recorder) node.recorder->started(node.said, fresh, clock(index), *node.replica, effects);
    carry_out(index, effects);
    step_in(index, {0}, consensus::Work{node.work});
}

void Network::step(std::uint32_t index, const consensus::Event& event) {
    Node& node = *nodes_[index];
    ++counts_.steps;
    const auto* advanced = std::get_if<consensus::Advanced>(&event);
    if (node.recorder && advanced != nullptr && advanced->last.height >= node.replica->height())
        node.recorder->begin(*node.replica);
    const auto effects = node.replica->step(event, clock(index));
    if (node.recorder) node.recorder->told(event, clock(index), *node.replica, effects);
    carry_out(index, effects);
    if (node.replica) most_kept_ = std::max(most_kept_, node.replica->stats().kept);
}

void Network::step_in(std::uint32_t index, Duration in, consensus::Event event) {
    on_node(index, in, [this, index, event = std::move(event)] { step(index, event); });
}

void Network::carry_out(std::uint32_t index, const consensus::Effects& effects) {
    Node& node = *nodes_[index];
    const std::optional<proto::VoteRecord> before = effects.persist ? node.said : std::nullopt;
    if (effects.persist && !persist(index, *effects.persist)) return;
    if (!node.is_liar) check_step(index, before, effects);
    for (const auto& message : effects.send) broadcast(index, message);
    for (const auto& [to, message] : effects.reply) {
        for (const std::uint32_t other : nodes_of(members_of(node).validators[to])) {
            if (other != index) deliver(index, other, message);
        }
    }
    for (const auto& evidence : effects.evidence) note_evidence(evidence);
    if (effects.build) build(index, *effects.build);
    for (const auto& execute : effects.execute) gather(index, execute);
    if (effects.decide) {
        // A crash between what is sent and what is decided, a disk without room for the block, or a torn
        // batch: it is there wholly or not at all.
        const bool is_full = !healed_ && faults_.full_disks && by_chance(0.01);
        if (is_full) ++counts_.full_disks;
        const bool crashes = !healed_ && faults_.crashes > 0 && chance() < 0.01;
        if (is_full || crashes) return crash_for(index, {300});
        decide(index, *effects.decide);
        if (!healed_ && faults_.torn_writes && by_chance(0.01)) return crash_for(index, {300});
    }
    for (const auto& hint : effects.look_ahead) look_ahead(index, hint);
    if (effects.fetch) {
        const std::uint32_t from = members_of(node).validators[effects.fetch->from];
        ask_for_blocks(index, node.catch_up->behind(effects.fetch->height, from, clock(index)));
    }
    wake(index, effects.wake_at);
}

// Whatever a node says is on its disk before, its memory is bounded, and it will look again.
void Network::check_step(std::uint32_t index, const std::optional<proto::VoteRecord>& before,
                         const consensus::Effects& effects) {
    const Node& node = *nodes_[index];
    for (const auto& message : effects.send) {
        if (!is_promised(message, before) && !is_promised(message, node.said))
            checker_->fail("validator " + std::to_string(node.validator) + " said what is not on its disk");
        const bool is_repeated = is_promised(message, effects.persist ? before : node.said);
        if (message.has_commit() && !is_repeated &&
            node.executed.count(*Hash::from(message.commit().block_hash())) == 0) {
            checker_->fail("validator " + std::to_string(node.validator) +
                           " committed to what it has not executed");
        }
        if (!message.has_status() && consensus::height_of(message) > node.height() + 1) {
            checker_->fail("validator " + std::to_string(node.validator) +
                           " spoke of a height without the block before it");
        }
    }
    if (effects.wake_at > clock(index) + kLookAgain) checker_->fail("nobody will wake a validator");
    const std::uint64_t n = members_of(node).size();
    const std::uint64_t views = std::min<std::uint64_t>(node.replica->view(), n) + n + 1;
    if (node.replica->stats().kept > views * (2 * n + 3) + 8 * n)
        checker_->fail("validator " + std::to_string(node.validator) + " keeps too much");
}

void Network::note_evidence(const consensus::Evidence& evidence) {
    ++counts_.evidence;
    const std::uint64_t height = consensus::height_of(evidence.second);
    const Members::Set& set = members_->at(height);
    const std::uint32_t accused = set.validators[evidence.second.sender()];
    const bool may_be_guilty = nodes_[accused]->is_faulty() || checker_->may_say_anything(accused, height);
    if (!may_be_guilty) checker_->fail("honest validator " + std::to_string(accused) + " is accused");
    const auto record = consensus::evidence_record(set.voters, evidence, now_);
    if (auto proven = consensus::check_evidence(set.voters.chain, checks_.signature, record); !proven)
        checker_->fail("evidence that convinces nobody: " + proven.error().message);
}

// One timer: a later call replaces it. It runs on true time, whatever the clock does meanwhile.
void Network::wake(std::uint32_t index, Instant at) {
    Node& node = *nodes_[index];
    const std::uint64_t mine = ++node.wakes;
    on_node(index, std::max(Duration{0}, at - clock(index)), [this, index, mine] {
        if (nodes_[index]->wakes == mine) step(index, consensus::Tick{});
    });
}

// As src/node does: on what the replica holds for valid and nobody has decided.
void Network::look_ahead(std::uint32_t index, const consensus::LookAhead& hint) {
    Node& node = *nodes_[index];
    const auto parent = node.executed.find(hint.parent);
    const bool changes_members = &members_->at(node.height() + 1) != &members_->at(node.height() + 2);
    if (!node.pipelines || parent == node.executed.end() || changes_members ||
        !extends_tip(node, parent->second))
        return;
    if (!node.ahead || node.ahead->parent != hint.parent) {
        node.ahead = Node::Ahead{hint.parent, node.ledger->copy(), {}, {}, {}};
        node.ahead->ledger->apply(parent->second);
    }
    Node::Ahead& ahead = *node.ahead;
    if (hint.build) {
        ahead.built = ahead.ledger->build({0, node.validator, clock(index), random_()});
        ahead.built_at = now_ + Duration{1 + static_cast<std::int64_t>(any_below(kWorkAheadMs))};
    }
    if (!hint.execute) return;
    const auto holders = holders_.find(hint.execute->block);
    const bool is_there = holders == holders_.end() || holders->second.count(index) != 0;
    if (is_there && ahead.ledger->accepts(hint.execute->proposal))
        ahead.executed.insert_or_assign(
            hint.execute->block, now_ + Duration{1 + static_cast<std::int64_t>(any_below(kWorkAheadMs))});
}

bool Network::extends_tip(const Node& node, const consensus::Proposal& proposal) const {
    proto::Header header;
    return header.ParseFromString(proposal.header) && header.height() == node.height() + 1;
}

void Network::build(std::uint32_t index, const consensus::Build& build) {
    Node& node = *nodes_[index];
    if (build.height != node.height() + 1) return;
    const bool is_ready =
        build.view == 0 && node.ahead && node.ahead->parent == node.hashes.back() && node.ahead->built;
    consensus::Proposal proposal =
        is_ready ? *std::exchange(node.ahead->built, std::nullopt)
                 : node.ledger->build({build.view, node.validator, clock(index), random_()});
    if (is_ready) ++counts_.built_ahead;
    const bool is_invalid = faults_.byzantine == Behaviour::invalid_blocks ||
                            (faults_.byzantine == Behaviour::anything && chance() < 0.2);
    if (node.is_liar && is_invalid) {
        proto::Header header;
        header.ParseFromString(proposal.header);
        spoil(header);
        proposal.header = header.SerializeAsString();
    }
    const Hash block = consensus::block_hash(voters_.chain, proposal.header);
    node.executed[block] = proposal;
    if (faults_.byzantine == Behaviour::hoarding && !proposal.transactions.empty()) {
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i]->replica) holders_[block].insert(i);  // as after gossip
        }
    }
    const Duration takes = is_ready ? std::max(Duration{0}, node.ahead->built_at - now_) : Duration{2};
    step_in(index, takes, consensus::Built{build.view, std::move(proposal)});
}

// Executes once the transactions are there: at once, unless the proposer keeps them. Then from anybody who
// has them.
void Network::gather(std::uint32_t index, const consensus::Execute& execute) {
    Node& node = *nodes_[index];
    if (!extends_tip(node, execute.proposal)) return;  // caught up past it: nothing to answer
    proto::Header header;
    header.ParseFromString(execute.proposal.header);
    checker_->made(execute.block, header.view());
    if (const auto held = holders_.find(execute.block); held != holders_.end()) {
        const bool is_there =
            std::any_of(held->second.begin(), held->second.end(), [this, index](std::uint32_t holder) {
                return holder == index || (is_connected(index, holder) && !nodes_[holder]->is_liar);
            });
        if (!is_there) return on_node(index, kAskAgain, [this, index, execute] { gather(index, execute); });
        held->second.insert(index);
    } else {
        handed_out_.insert(execute.block);
    }
    Duration takes = Duration{1} + up_to(10);
    bool is_ready = node.ahead && node.ahead->parent == node.hashes.back();
    if (is_ready) {
        const auto ahead = node.ahead->executed.extract(execute.block);
        is_ready = !ahead.empty();
        if (is_ready) takes = std::max(Duration{0}, ahead.mapped() - now_);
    }
    if (is_ready) ++counts_.executed_ahead;
    const bool valid = is_ready || node.ledger->accepts(execute.proposal);
    on_node(index, takes, [this, index, execute, valid] {
        if (valid) nodes_[index]->executed[execute.block] = execute.proposal;
        step(index, consensus::Executed{execute.block, valid});
    });
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
    checker_->decided(header.height(), hash, !node.is_faulty());
    const std::uint64_t before = node.chain.back().time_ms();
    if (header.time_ms() <= before) checker_->fail("time stood still");
    const auto latest = static_cast<std::uint64_t>((now_ + kClockAhead).ms);
    if (faults_.clock_jumps == 0 && header.time_ms() > std::max(latest, before + 1))
        checker_->fail("a block is from the future");
    node.ledger->apply(block);
    if (node.ahead && node.ahead->parent != hash) {
        if (node.ahead->built || !node.ahead->executed.empty()) ++counts_.in_vain;
        node.ahead.reset();
    }
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
            const Members::Set& before = members_of(node);
            const std::size_t at = ++node.told;
            const auto& header = node.chain[at];
            consensus::Advanced advanced{{at, node.hashes[at], header.time_ms(), header.view()}};
            node.catch_up->stored(at);
            if (const Members::Set& set = members_of(node); &set != &before)
                advanced.from_here = set.membership(node.validator);
            step(index, advanced);
        }
    });
}

void Network::ask_for_blocks(std::uint32_t index, std::optional<std::uint32_t> whom) {
    if (!whom) return;
    const auto candidates = connected_nodes_of(*whom, index);
    if (candidates.empty() || (!healed_ && chance() < faults_.loss)) return;
    const std::uint32_t asked =
        candidates.size() == 1 ? candidates[0] : candidates[any_below(candidates.size())];
    const std::uint64_t from_height = nodes_[index]->height() + 1;
    on_node(asked, travel(), [this, index, asked, from_height, life = nodes_[index]->life] {
        const Answer answer = answer_for_blocks(asked, from_height);
        const bool is_there = nodes_[index]->replica && nodes_[index]->life == life;
        if (answer.tip == 0 || cut_.count({asked, index}) != 0 || !is_there) return;
        on_node(index, travel(), [this, index, asked, answer] { take_blocks(index, asked, answer); });
    });
}

Network::Answer Network::answer_for_blocks(std::uint32_t index, std::uint64_t from_height) {
    const Node& node = *nodes_[index];
    if (node.is_liar && faults_.byzantine == Behaviour::secretive) return {};
    Answer answer{from_height, std::max<std::uint64_t>(1, node.height()), {}};
    for (std::uint64_t at = from_height; at <= node.height() && answer.blocks.size() < kBlocksAtOnce; ++at)
        answer.blocks.emplace_back(node.blocks[at], node.certificates[at]);
    if (node.is_liar && faults_.false_blocks) falsify(answer);
    return answer;
}

void Network::take_blocks(std::uint32_t index, std::uint32_t from, const Answer& answer) {
    Node& node = *nodes_[index];
    if (!node.catch_up->take(nodes_[from]->validator)) return;
    take_next_block(index, std::make_shared<Taken>(Taken{from, answer, node.height(), 0}));
}

// One at a time, as src/node does.
void Network::take_next_block(std::uint32_t index, const std::shared_ptr<Taken>& taken) {
    Node& node = *nodes_[index];
    step(index, consensus::Fetched{});
    if (!node.replica) return;
    bool lied = false;
    while (taken->next < taken->answer.blocks.size() && !lied) {
        const auto& [block, certificate] = taken->answer.blocks[taken->next];
        if (taken->answer.from_height + taken->next++ <= node.height()) continue;
        lied = !store(index, block, certificate);
        if (lied) break;
        advance_in(index, {1});
        return on_node(index, {1}, [this, index, taken] { take_next_block(index, taken); });
    }
    if (lied && !nodes_[taken->from]->is_liar) checker_->fail("an honest validator's blocks do not hold");
    const consensus::CatchUp::Checked checked{taken->before, node.height(), taken->answer.tip, lied};
    ask_for_blocks(index, node.catch_up->checked(checked, clock(index)));
}

}  // namespace pcq::simulation
