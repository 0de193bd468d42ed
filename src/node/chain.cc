// The strand's side of a chain: consensus effects carried out, proposals gathered, blocks decided.
#include "src/node/chain.h"

#include <future>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "contracts/governance/validators.h"
#include "src/base/hex.h"

namespace pcq::node {
namespace {

constexpr Duration kAskAfter{40};  // gossip is usually on its way
constexpr Duration kAskAgain{250};

// As the newest state has it; that of genesis if there is none yet.
ledger::ValidatorSet validators_at_tip(const storage::ChainStore& store, const ledger::Genesis& genesis) {
    const auto state = store.has_genesis() ? store.at((*store.tip())->height()) : Error{Code::not_found, ""};
    return state ? contracts::governance::validators(**state) : genesis.validators;
}

}  // namespace

Chain::Chain(ChainServices services, ledger::Genesis genesis,
             std::unique_ptr<const ledger::Dispatch> contracts, std::unique_ptr<storage::ChainStore> store,
             storage::VoteStore::Opened votes, std::unique_ptr<storage::EvidenceStore> evidence,
             std::filesystem::path flights)
    : services_(std::move(services)),
      genesis_(std::move(genesis)),
      contracts_(std::move(contracts)),
      store_(std::move(store)),
      votes_(std::move(votes.store)),
      evidence_(std::move(evidence)),
      said_(std::move(votes.last)),
      never_voted_(votes.was_never_saved),
      members_(members(validators_at_tip(*store_, genesis_))),
      next_validators_(members_->set),
      strand_(boost::asio::make_strand(services_.io)),
      timer_(strand_),
      gather_timer_(strand_),
      mempool_(mempool::Options{}, genesis_.chain),
      ahead_(strand_, *contracts_),
      gossip_(strand_, {[this](std::vector<Bytes> batch) { send_transactions(std::move(batch)); },
                        [this](const Hash& hash) { return mempool_.find(hash); }, [this] { return now(); },
                        [this] { return peers_->stats().connected.load(); }}),
      catch_up_(0, std::nullopt, [this](std::uint32_t peer) { return peers_->is_connected(pinned_[peer]); }),
      snapshots_(strand_, *store_, services_.folder.empty() ? "" : services_.folder / "snapshots",
                 SnapshotServer::Options{}),
      flights_(std::move(flights)) {}

Chain::~Chain() = default;

std::shared_ptr<const Chain::Members> Chain::members(ledger::ValidatorSet set) const {
    consensus::Membership membership{{genesis_.chain, {}}, set.index_of(services_.key.public_key())};
    for (const auto& member : set.members()) membership.voters.keys.push_back(member.key);
    return std::make_shared<const Members>(Members{std::move(set), std::move(membership)});
}

ledger::ValidatorSet Chain::validators() const {
    const std::lock_guard lock(snapshot_mutex_);
    return members_->set;
}

// From the next height on.
void Chain::change_members(const ledger::ValidatorSet& set) {
    auto changed = members(set);
    if (self().has_value() != changed->membership.self.has_value()) {
        spdlog::warn("this node {} one of the validators of chain {}", self() ? "is no more" : "is now",
                     genesis_.fields.name());
    }
    {
        const std::lock_guard lock(snapshot_mutex_);
        members_ = std::move(changed);
    }
    verifying_.clear();
}

void Chain::connect(network::Peers& peers) {
    peers_ = &peers;
    pinned_ = peers.keys();
    catch_up_.renew(static_cast<std::uint32_t>(pinned_.size()), std::nullopt);
    snapshots_.connect(peers);
}

void Chain::start() {
    boost::asio::post(strand_, [this] {
        last_block_ = passed();
        const auto tip = store_->tip();
        const auto state = store_->at((*tip)->height());
        if (!state) return fatal(state.error());
        state_ = *state;
        if (auto known = contracts_->check_version(*state_); !known) return fatal(known.error());
        std::vector<consensus::DecidedView> recent;
        // Turns are those of the present set.
        const std::uint64_t n = consensus::recent_headers(voters().size());
        const std::uint64_t since =
            contracts::governance::validator_set(*state_, contracts::governance::validator_sets(*state_) - 1)
                .from_height();
        for (std::uint64_t height =
                 std::max(since, (*tip)->height() > n ? (*tip)->height() - n + 1 : std::uint64_t{1});
             height <= (*tip)->height(); ++height) {
            const auto header = store_->header(height);
            if (!header) return fatal(header.error());
            recent.push_back({height, (**header)->view()});
        }
        replica_ = std::make_unique<consensus::Replica>(
            consensus::Options{}, members_->membership,
            [this](const Hash& digest) { return services_.key.sign(digest); },
            consensus::Decided{(*tip)->height(), tip->hash(), (*tip)->time_ms(), (*tip)->view()},
            std::move(recent));

        std::optional<proto::VoteRecord> said;
        if (said_) said = ledger::decode<proto::VoteRecord>(*said_);
        if (said && said->height() > (*tip)->height() + 1) {
            spdlog::error(
                "the store of chain {} ends at height {}, but this node has voted at height {}: blocks are "
                "missing from its end, by damage or because an old copy was put back; they are fetched again",
                genesis_.fields.name(), (*tip)->height(), said->height());
        }
        // A validator that has never voted has no record and no blocks. A record that is missing beside
        // blocks, or damaged, is lost.
        const bool fresh = !said && never_voted_ && (*tip)->height() == 0;
        if (!said && !fresh && self()) {
            spdlog::error(
                "the record of votes is missing or damaged: this node watches until it is safe to vote "
                "again: chain={}",
                genesis_.fields.name());
        }
        if (said && said->height() < (*tip)->height() && self()) {
            spdlog::error(
                "the record of votes is an old copy: it ends at height {}, and the store at height {}: this "
                "node watches until it is safe to vote again: chain={}",
                said->height(), (*tip)->height(), genesis_.fields.name());
        }
        if (fresh) {
            if (auto saved = votes_->save(proto::VoteRecord().SerializeAsString()); !saved)
                return fatal(saved.error());
            said = proto::VoteRecord();
        }
        if (said) bodies_.keep(genesis_.chain, *said);
        recorder_.begin(*replica_);
        const Instant at = now();
        const auto effects = replica_->start(said, fresh, at);
        recorder_.started(said, fresh, at, *replica_, effects);
        carry_out(effects);
        update_work();
    });
}

void Chain::stop() {
    std::promise<void> done;
    boost::asio::post(strand_, [this, &done] {
        if (!stopped_) write_flight("stop");
        stopped_ = true;
        timer_.cancel();
        gather_timer_.cancel();
        gossip_.stop();
        stop_snapshots();
        done.set_value();
    });
    done.get_future().wait();
    worker_.join();
    ahead_.stop();
    snapshots_.join();
    if (joiner_) joiner_->join();
}

void Chain::fatal(const Error& error) {
    if (std::exchange(stopped_, true)) return;
    spdlog::critical("chain {} stops: {}", genesis_.fields.name(), error.message);
    write_flight("failure");
    services_.on_fatal(error);
}

std::optional<ledger::VerifiedTransaction> Chain::find(const Hash& hash) const {
    if (const auto kept = bodies_.find(hash)) return kept;
    return mempool_.find(hash);
}

void Chain::step(const consensus::Event& event) {
    if (stopped_ || !replica_) return;
    const auto* advanced = std::get_if<consensus::Advanced>(&event);
    if (advanced != nullptr && advanced->last.height >= replica_->height()) recorder_.begin(*replica_);
    const Instant at = now();
    const std::uint32_t view = replica_->view();
    const auto effects = replica_->step(event, at);
    recorder_.told(event, at, *replica_, effects);
    carry_out(effects);
    if (replica_->view() != view) forget_blocks();
}

// With the views that the replica has forgotten.
void Chain::forget_blocks() {
    const auto is_forgotten = [this](const auto& entry) { return !replica_->keeps(entry.first); };
    std::erase_if(executed_, is_forgotten);
    std::erase_if(gathering_, is_forgotten);
}

void Chain::carry_out(const consensus::Effects& effects) {
    if (effects.persist) {
        const auto held = [this](const Hash& block) {
            const auto at = gathering_.find(block);
            return at == gathering_.end() ? nullptr : &at->second.held;
        };
        const Bytes record = bodies_.encode(*effects.persist, held, storage::VoteStore::kRecordBytesMax);
        const Timed timed(saving_);
        if (auto saved = votes_->save(record); !saved) {
            return fatal(saved.error());  // a vote that may be forgotten must not be sent
        }
    }
    for (const auto& out : effects.send) {
        auto envelope = message();
        envelope.set_consensus(out.SerializeAsString());
        peers_->broadcast(network::Priority::consensus, envelope);
    }
    for (const auto& [to, out] : effects.reply) {
        auto envelope = message();
        envelope.set_consensus(out.SerializeAsString());
        peers_->send(voters().keys[to], network::Priority::consensus, envelope);
    }
    for (const auto& evidence : effects.evidence) keep_evidence(evidence);
    if (effects.build) build(*effects.build);
    for (const auto& request : effects.execute) gather(request);
    if (effects.decide) decide(*effects.decide);
    if (effects.fetch) sync(*effects.fetch);
    for (const auto& hint : effects.look_ahead) look_ahead(hint);
    wake_at(effects.wake_at);
    update_snapshot();
}

void Chain::wake_at(Instant at) {
    if (at == Instant::max()) return;
    timer_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(0, (at - now()).ms)));
    timer_.async_wait(boost::asio::bind_executor(strand_, [this](boost::system::error_code failure) {
        if (failure) return;
        if (replica_ && !stopped_) update_work();  // what has an end may have come to it
        step(consensus::Tick{});
        watch_for_stall();
    }));
}

void Chain::gather(const consensus::Execute& request) {
    gossip_.progressed();
    const auto [at, is_new] = gathering_.try_emplace(request.block);
    Gathering& gathering = at->second;
    gathering.asked = 0;
    gathering.ask_at = now() + kAskAfter;
    gathering.execute = request;
    if (is_new) {
        for (const auto& hash : request.proposal.transactions) {
            if (const auto waiting = find(hash)) {
                hold(gathering, *waiting);
            } else {
                gathering.missing.insert(hash);
            }
        }
        execute_if_complete(request.block, gathering);
    }
    if (!gathering.missing.empty()) ask_for_missing();
}

void Chain::hold(Gathering& gathering, const ledger::VerifiedTransaction& transaction) {
    if (gathering.held.emplace(transaction->hash(), transaction).second)
        gathering.bytes += transaction->bytes().size();
}

void Chain::execute_if_complete(const Hash& block, Gathering& gathering) {
    const bool is_too_large =
        gathering.bytes > kBlockBytes || gathering.execute.proposal.transactions.size() > kBlockTransactions;
    if ((!gathering.missing.empty() && !is_too_large) || gathering.started) return;
    gathering.started = true;
    gathering.missing.clear();
    if (is_too_large) return refuse_size(block);
    std::vector<ledger::VerifiedTransaction> transactions;
    for (const auto& hash : gathering.execute.proposal.transactions) {
        if (const auto at = gathering.held.find(hash); at != gathering.held.end())
            transactions.push_back(at->second);
    }
    const std::uint64_t height = replica_->height();
    auto usual = [this, block, height, header = gathering.execute.proposal.header,
                  transactions = std::move(transactions)]() mutable {
        execute(block, height, header, std::move(transactions));
    };
    // What did not hold ahead of its turn is judged again.
    const bool is_taken = ahead_.take_checked(store_->tip()->hash(), block,
                                              [this, block, height, usual](const auto& result) mutable {
                                                  result ? executed(block, height, result) : usual();
                                              });
    if (!is_taken) usual();
}

void Chain::execute(const Hash& block, std::uint64_t height, const Bytes& header,
                    std::vector<ledger::VerifiedTransaction> transactions) {
    boost::asio::post(worker_, [this, block, height, header, transactions = std::move(transactions)] {
        if ((*store_->tip())->height() + 1 != height) return;
        const Timed timed(executing_);
        auto checked = check_block(build_context(), header, transactions);
        boost::asio::post(strand_, [this, block, height, checked = std::move(checked)] {
            if (!checked) {
                spdlog::warn("refused a proposal: chain={} why=\"{}\"", genesis_.fields.name(),
                             checked.error().message);
                if (replica_->height() == height)
                    refused_ = Refused{height, replica_->view(), checked.error().message};
            }
            executed(block, height, checked ? *checked : nullptr);
        });
    });
}

void Chain::executed(const Hash& block, std::uint64_t height,
                     const std::shared_ptr<const ExecutedBlock>& result) {
    if (stopped_ || replica_->height() != height || !replica_->keeps(block)) return;
    if (result) executed_[block] = result;
    step(consensus::Executed{block, result != nullptr});
}

// Whom to ask for what a proposal lacks: every other time its proposer, which may keep it for itself, and the
// others in turn, of whom some may have it.
std::uint32_t Chain::whom_to_ask(Gathering& gathering) const {
    const std::uint32_t times = gathering.asked++;
    const std::uint32_t step = times % 2 == 0 ? 0 : 1 + times / 2;
    const std::uint32_t whom = (gathering.execute.from + step) % voters().size();
    return self() == whom ? (whom + 1) % voters().size() : whom;
}

// Asks for what gossip has not brought until it is there.
void Chain::ask_for_missing() {
    Instant next = Instant::max();
    for (auto& [block, gathering] : gathering_) {
        if (gathering.missing.empty()) continue;
        const Duration until = gathering.ask_at - now();
        if (until <= Duration{} || until > kAskAgain) {  // or the clock has been set back
            auto envelope = message();
            for (const auto& hash : gathering.missing)
                envelope.mutable_get_transactions()->add_hashes(hash.bytes());
            peers_->send(voters().keys[whom_to_ask(gathering)], network::Priority::consensus, envelope);
            gathering.ask_at = now() + kAskAgain;
        }
        next = std::min(next, gathering.ask_at);
    }
    if (next == Instant::max() || stopped_) return;
    gather_timer_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(1, (next - now()).ms)));
    gather_timer_.async_wait(boost::asio::bind_executor(strand_, [this](boost::system::error_code failure) {
        if (!failure) ask_for_missing();
    }));
}

void Chain::fetched(const ledger::VerifiedTransaction& transaction) {
    for (auto& [block, gathering] : gathering_) {
        if (gathering.missing.erase(transaction->hash()) == 0) continue;
        hold(gathering, transaction);
        execute_if_complete(block, gathering);
    }
}

void Chain::decide(const consensus::Decision& decision) {
    const auto at = executed_.find(decision.block);
    PCQ_INVARIANT(at != executed_.end());  // consensus decides only what it was told is valid
    boost::asio::post(worker_, [this, block = at->second, certificate = decision.certificate] {
        commit_on_worker(block, certificate);
    });
}

// On the worker. A block that came by another way in the meantime is not stored twice. The strand is told
// first: whoever hears of the block and sends the next transaction must not be judged by the state before.
void Chain::commit_on_worker(const std::shared_ptr<const ExecutedBlock>& block, const Bytes& certificate) {
    const bool is_next = block->header->height() == (*store_->tip())->height() + 1;
    if (is_next) {
        const Timed timed(storing_);
        auto stored =
            store_->commit({block->header, block->block, certificate, block->transactions, block->executed});
        if (!stored) return boost::asio::post(strand_, [this, error = stored.error()] { fatal(error); });
        if (const auto& next = block->executed.next_validators) next_validators_ = *next;
    }
    boost::asio::post(strand_, [this, block] { after_commit(block); });
    if (is_next) services_.on_committed({genesis_.chain, block->header->height(), block});
}

void Chain::after_commit(std::shared_ptr<const ExecutedBlock> block) {
    if (stopped_) return;
    const auto tip = store_->tip();
    const auto state = store_->at((*tip)->height());
    if (!state) return fatal(state.error());
    state_ = *state;
    const auto dropped = mempool_.committed(block->transactions, block->executed.changes, judge());
    gossip_.progressed();
    {
        const std::lock_guard lock(snapshot_mutex_);
        for (const auto& hash : block->transactions) waiting_.erase(hash);
    }
    left(dropped, std::nullopt);
    if (auto known = contracts_->check_version(*state_); !known) return fatal(known.error());
    update_work();  // before the next height begins, whose primary would else build a block of nothing
    // Each block by itself, even where the store is ahead of the strand: turns depend on every header.
    const auto& header = block->header;
    if (header->height() + 1 > replica_->height()) {
        executed_.clear();
        gathering_.clear();
        ahead_.stored(header);
        stall_written_ = false;
        last_block_ = passed();
        bodies_.passed(header->height());
    }
    catch_up_.stored(header->height());
    consensus::Advanced advanced{{header->height(), header.hash(), header->time_ms(), header->view()}};
    // Only once: the strand may have heard of this height before.
    if (block->executed.next_validators && header->height() + 1 > replica_->height()) {
        change_members(*block->executed.next_validators);
        advanced.from_here = members_->membership;
    }
    step(advanced);
}

// Only what is due by any clock that is right: others wait for a block in vain else.
Instant Chain::due_by(std::uint64_t parent_time_ms) const {
    const Instant parent{static_cast<std::int64_t>(parent_time_ms)};
    return std::max(parent, Instant{now().ms - consensus::Options{}.clock_ahead.ms});
}

void Chain::update_work() {
    const bool work =
        !mempool_.empty() || contracts_->has_due_work(*state_, due_by((*store_->tip())->time_ms()));
    if (work == work_) return;
    work_ = work;
    step(consensus::Work{work});
}

void Chain::update_snapshot() {
    const std::lock_guard lock(snapshot_mutex_);
    snapshot_.view = replica_->view();
    snapshot_.voting = replica_->votes();
    snapshot_.syncing = is_behind();
    if (joiner_) snapshot_.joining = joiner_->progress();
    snapshot_.waiting = mempool_.size();
    snapshot_.waiting_bytes = mempool_.bytes();
    snapshot_.mempool = mempool_.stats();
    snapshot_.consensus = replica_->stats();
    snapshot_.consensus.ignored += unverified_;
    snapshot_.passed_over = passed_over_;
}

ChainSnapshot Chain::snapshot() const {
    const std::lock_guard lock(snapshot_mutex_);
    return snapshot_;
}

bool Chain::is_waiting(const Hash& hash) const {
    const std::lock_guard lock(snapshot_mutex_);
    return waiting_.count(hash) != 0;
}

mempool::Judge Chain::judge() const {
    return {*contracts_, *state_, state_->height() + 1};
}

proto::PeerMessage Chain::message() const {
    proto::PeerMessage message;
    message.set_chain_id(genesis_.chain.bytes());
    return message;
}

}  // namespace pcq::node
