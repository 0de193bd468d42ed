// One chain of a node: the replica, the mempool and the store, wired to peers, clock and disk.
//
// The replica and the mempool live on the chain's strand. Building, executing and storing run on the chain's
// worker, one after the other; signatures are checked on the node's pool; readers use the store's immutable
// views from any thread. carry_out() is the only place where an effect of consensus becomes a deed, and a
// vote is on disk before it is sent.
#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "consensus/catch_up.h"
#include "consensus/flight.h"
#include "consensus/replica.h"
#include "src/mempool/mempool.h"
#include "src/network/peers.h"
#include "src/node/ahead.h"
#include "src/node/allowance.h"
#include "src/node/gossip.h"
#include "src/node/intake.h"
#include "src/node/joiner.h"
#include "src/node/passing.h"
#include "src/node/record_bodies.h"
#include "src/node/signature_cache.h"
#include "src/node/snapshot_server.h"
#include "src/node/verify_pool.h"
#include "src/node/verifying.h"
#include "src/node/why.h"
#include "src/storage/evidence_store.h"
#include "src/storage/vote_store.h"

namespace pcq::node {

// What an honest primary builds at most, and anybody votes for. About a thousand trades: such a block is
// executed well inside a view's time-out, and three of them fit the record of votes.
inline constexpr std::size_t kBlockTransactions = 2'000;
inline constexpr std::size_t kBlockBytes = std::size_t{256} * 1024;

// Told after a block is on disk, on the worker: must be quick.
struct Committed {
    ChainId chain;
    std::uint64_t height = 0;
    std::shared_ptr<const ExecutedBlock> block;
};

// A copy of what the strand knows, for status and metrics.
struct ChainSnapshot {
    std::uint32_t view = 0;
    bool voting = false;
    bool syncing = false;
    std::optional<Joining> joining;
    std::uint64_t waiting = 0;
    std::uint64_t waiting_bytes = 0;
    mempool::Stats mempool;
    consensus::Stats consensus;
    std::uint64_t passed_over = 0;  // transactions of peers that sent too many that are refused
};

struct ChainServices {
    boost::asio::io_context& io;
    VerifyPool& verify;
    const Clock& clock;
    const crypto::SigningKey& key;
    bool pipelining;
    std::function<void(const Committed&)> on_committed;
    std::function<void(const Error&)> on_fatal;  // the node must stop
    // Where the chain's folders are; empty: it neither gives nor takes snapshots.
    std::filesystem::path folder = {};
    bool may_join = false;  // by a snapshot, if no peer has the blocks that are missing
    // Or if more than so many are missing.
    std::uint64_t snapshot_gap = std::numeric_limits<std::uint64_t>::max();
    std::function<void()> on_joined = {};  // the node must begin again, on what was fetched
    // A client's transaction that the mempool has taken: before whoever submitted it is told. On the strand.
    std::function<void(const ledger::VerifiedTransaction&)> on_taken = {};
    // What has left the mempool without being in a block: by what the newest block changed, or for this
    // reason. On the strand.
    std::function<void(const std::vector<Hash>&, std::optional<Code>)> on_left = {};
};

class Chain {
public:
    Chain(ChainServices services, ledger::Genesis genesis, std::unique_ptr<const ledger::Dispatch> contracts,
          std::unique_ptr<storage::ChainStore> store, storage::VoteStore::Opened votes,
          std::unique_ptr<storage::EvidenceStore> evidence, std::filesystem::path flights);
    ~Chain();

    // Before start(): where messages go.
    void connect(network::Peers& peers);
    void start();
    void stop();  // waits for the worker

    // From any thread.
    ledger::ValidatorSet validators() const;  // of the height in agreement
    void on_peer(network::Delivery delivery);
    void on_peer_connected(const crypto::PublicKey& peer);
    void on_peer_disconnected(const crypto::PublicKey& peer);
    // Of the same that is being checked already, its outcome.
    void submit(ledger::RawTransaction transaction, std::function<void(Result<Hash>)> done);
    bool is_waiting(const Hash& hash) const;
    ChainSnapshot snapshot() const;
    rpc::Why why() const;  // waits for the strand, two seconds at most

    const ChainId& id() const { return genesis_.chain; }
    const ledger::Genesis& genesis() const { return genesis_; }
    const ledger::Dispatch& contracts() const { return *contracts_; }
    const storage::ChainStore& store() const { return *store_; }
    const storage::EvidenceStore& evidence() const { return *evidence_; }

private:
    // Who validates the height in agreement.
    struct Members {
        ledger::ValidatorSet set;
        consensus::Membership membership;
    };
    std::shared_ptr<const Members> members(ledger::ValidatorSet set) const;
    const consensus::Voters& voters() const { return members_->membership.voters; }
    std::optional<std::uint32_t> self() const { return members_->membership.self; }
    void change_members(const ledger::ValidatorSet& set);

    // A proposal whose transactions are being gathered, or were, or one of this node's own. What is there is
    // held, whatever the mempool does, for as long as the replica keeps the block.
    struct Gathering {
        consensus::Execute execute;
        std::set<Hash> missing;
        Transactions held;
        std::size_t bytes = 0;  // of what is held
        Instant ask_at;
        std::uint32_t asked = 0;  // how often
        bool started = false;
    };

    std::optional<ledger::VerifiedTransaction> find(const Hash& hash) const;
    void step(const consensus::Event& event);
    void forget_blocks();
    void carry_out(const consensus::Effects& effects);
    void keep_evidence(const consensus::Evidence& evidence);
    void look_ahead(const consensus::LookAhead& hint);
    void build(const consensus::Build& request);
    bool is_proposable(const ExecutedBlock& block) const;
    void refuse_size(const Hash& block);
    void build_now(const consensus::Build& request);
    void built(const consensus::Build& request, const std::shared_ptr<const ExecutedBlock>& block,
               const std::vector<ledger::VerifiedTransaction>& candidates);
    void gather(const consensus::Execute& request);
    static void hold(Gathering& gathering, const ledger::VerifiedTransaction& transaction);
    void execute_if_complete(const Hash& block, Gathering& gathering);
    void execute(const Hash& block, std::uint64_t height, const Bytes& header,
                 std::vector<ledger::VerifiedTransaction> transactions);
    void executed(const Hash& block, std::uint64_t height,
                  const std::shared_ptr<const ExecutedBlock>& result);
    std::uint32_t whom_to_ask(Gathering& gathering) const;
    void ask_for_missing();
    void decide(const consensus::Decision& decision);
    void after_commit(std::shared_ptr<const ExecutedBlock> block);
    void commit_on_worker(const std::shared_ptr<const ExecutedBlock>& block, const Bytes& certificate);

    struct Under {
        std::atomic<std::int64_t> since_ms{0};
        std::atomic<std::int64_t> took_ms{0};
        std::atomic<std::int64_t> ended_ms{0};
        Duration now() const;     // how long it has been under way
        Duration lately() const;  // how long the last took, if it ended just now
    };
    class Timed {
    public:
        explicit Timed(Under& under);
        ~Timed();
        Timed(const Timed&) = delete;
        Timed& operator=(const Timed&) = delete;

    private:
        Under& under_;
        const std::int64_t began_;
    };
    void watch_for_stall();
    void write_flight(const std::string& reason);
    void note_heard(const network::Delivery& delivery);
    void note_status(const crypto::PublicKey& from, const proto::Status& status);
    WhyFacts why_facts() const;
    void take_consensus(network::Delivery delivery);
    void take_transactions(network::Delivery delivery);
    void admit_next();
    void take_block_request(network::Delivery delivery);
    void take_transaction_request(const network::Delivery& delivery);
    void take_blocks(network::Delivery delivery);
    struct Taken {  // an answer with blocks, and how far it has been stored
        network::Delivery delivery;
        std::uint64_t before = 0;  // height when it came
        int next = 0;
        std::optional<Error> lie;
    };
    void take_next_block(const std::shared_ptr<Taken>& taken);
    void blocks_taken(const Taken& taken, std::uint64_t reached);
    using Source = std::optional<crypto::PublicKey>;  // the peer; nothing: a client
    void admit(ledger::RawTransaction bytes, const Source& source, std::function<void(Result<Hash>)> done);
    void admitted(const ledger::VerifiedTransaction& transaction, const Source& source);
    void check_wanted(const Hash& hash, ledger::RawTransaction bytes, const Source& source);
    void finish_check(const Hash& hash, const Result<Hash>& result);
    void left(const std::vector<Hash>& hashes, std::optional<Code> why);
    void forged(const Source& source, const Error& error);
    bool is_wanted(const Hash& hash) const;
    bool is_committed(const Hash& hash) const;
    void fetched(const ledger::VerifiedTransaction& transaction);
    void send_transactions(std::vector<Bytes> transactions);

    void sync(const consensus::Fetch& target);
    void note_claim(const crypto::PublicKey& from, std::uint64_t height);
    void fetch(std::uint64_t target, const crypto::PublicKey& from);
    std::optional<std::uint32_t> index_of(const crypto::PublicKey& peer) const;
    bool is_said_by_enough(const std::function<bool(const crypto::PublicKey&)>& says_so) const;
    std::uint64_t claimed_by(const crypto::PublicKey& peer) const;
    bool is_behind() const;
    void join_if_nobody_has_blocks();
    void join();
    void joined(std::uint64_t height);
    void stop_snapshots();
    void request_blocks(std::optional<std::uint32_t> peer);
    Instant due_by(std::uint64_t parent_time_ms) const;
    void update_work();
    void update_snapshot();
    void wake_at(Instant at);
    void fatal(const Error& error);
    mempool::Judge judge() const;
    // On the worker.
    BuildContext build_context() const { return {*contracts_, *store_, next_validators_}; }
    proto::PeerMessage message() const;
    Instant now() const { return services_.clock.now(); }
    Instant passed() const { return passing_.read(now()); }  // on the strand

    ChainServices services_;
    const ledger::Genesis genesis_;
    const std::unique_ptr<const ledger::Dispatch> contracts_;
    const std::unique_ptr<storage::ChainStore> store_;
    const std::unique_ptr<storage::VoteStore> votes_;
    const std::unique_ptr<storage::EvidenceStore> evidence_;
    const std::optional<Bytes> said_;
    const bool never_voted_;
    network::Peers* peers_ = nullptr;

    std::shared_ptr<const Members> members_;  // the strand's; never empty
    ledger::ValidatorSet next_validators_;    // the worker's: of the block after the last stored one
    boost::asio::strand<boost::asio::io_context::executor_type> strand_;
    boost::asio::thread_pool worker_{1};
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer gather_timer_;
    std::unique_ptr<consensus::Replica> replica_;
    mempool::Mempool mempool_;
    std::shared_ptr<const storage::StateView> state_;                // after the tip, for admission
    std::map<Hash, std::shared_ptr<const ExecutedBlock>> executed_;  // of the height in agreement
    std::map<Hash, Gathering> gathering_;
    Ahead ahead_;
    RecordBodies bodies_;
    Verifying verifying_;
    SignatureCache signatures_;
    std::set<Hash> checking_;  // transactions that a proposal waits for
    // Those who wait for a transaction's signatures to be checked.
    std::map<Hash, std::vector<std::function<void(Result<Hash>)>>> offered_;
    std::map<crypto::PublicKey, Allowance> requests_;  // of each peer, for transactions
    std::map<crypto::PublicKey, Allowance> statuses_;  // of each peer, since they cost no signature
    std::set<crypto::PublicKey> reading_;              // peers for whom blocks are being read
    Intake intake_;
    std::uint64_t passed_over_ = 0;  // transactions that came in there
    std::uint64_t unverified_ = 0;   // consensus messages dropped before their signature was looked at
    Gossip gossip_;
    bool work_ = false;
    bool stopped_ = false;

    std::vector<crypto::PublicKey> pinned_;  // all peers, ascending
    consensus::CatchUp catch_up_;            // an index is one of pinned_
    // Since there was a block: peers without the next one, and when each was first asked for it.
    std::set<crypto::PublicKey> pruned_;
    std::map<crypto::PublicKey, Instant> asked_since_;  // by passed()
    SnapshotServer snapshots_;
    std::unique_ptr<Joiner> joiner_;

    mutable Passing passing_;

    // For why(), by passed(). Of the peers what this chain has seen of them; of the work the moment, on a
    // clock that only goes forward, at which what is under way began (0: nothing is), and how long the last
    // took.
    std::map<crypto::PublicKey, SeenValidator> seen_;
    consensus::FlightRecorder recorder_;
    const std::filesystem::path flights_;
    bool stall_written_ = false;  // since the last block
    struct Refused {              // a proposal
        std::uint64_t height = 0;
        std::uint32_t view = 0;
        std::string why;
    };
    std::optional<Refused> refused_;  // the last one
    Instant last_block_;
    Under saving_, storing_, executing_;

    mutable std::mutex snapshot_mutex_;
    ChainSnapshot snapshot_;
    std::set<Hash> waiting_;  // hashes in the mempool, for readers
};

}  // namespace pcq::node
