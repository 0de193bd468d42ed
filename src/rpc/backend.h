// What the RPC server asks of a node: the chains it hosts, their state at a height, and a way in for
// transactions. src/node implements it; the tests have a fake.
//
// The server calls it from its own threads, several at a time, so every method is thread-safe. Reads are
// synchronous and work on immutable snapshots; they never wait for a chain's strand. submit() answers later,
// from any thread. A ChainId passed in is always one that chains() names: the server has checked it.
// The way back, a block that was committed, is an event: Server::committed() (src/rpc/server.h).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "proto/pcq/v1/block.pb.h"
#include "proto/pcq/v1/consensus.pb.h"
#include "proto/pcq/v1/genesis.pb.h"
#include "proto/pcq/v1/state.pb.h"

#include "src/base/instant.h"
#include "src/crypto/key.h"
#include "src/ledger/transaction.h"

namespace pcq::rpc {

struct ChainInfo {
    ChainId id;
    std::string name;  // of the genesis document; unique in this node
    proto::ChainKind kind = proto::CHAIN_KIND_UNSPECIFIED;
};

struct ValidatorStatus {
    std::string name;
    crypto::PublicKey key;
    bool self = false;
    bool connected = false;  // a peer connection stands; true for self
    // Of the TLS certificate that it showed last, or of the own one; nothing if it was never connected.
    std::optional<Instant> certificate_end{};
};

// A chain as it is now: what `status`, `validators` and /metrics show.
struct ChainStatus {
    std::uint64_t height = 0;        // last block in the store
    std::uint64_t first_height = 0;  // first block in the store: those before are pruned
    Hash block;
    Hash state_root;
    Instant time;            // of that block
    std::uint32_t view = 0;  // of the height in agreement
    bool voting = false;     // this node is a validator and takes part
    bool catching_up = false;
    struct Joining {
        std::uint64_t height = 0;  // of the snapshot; 0: none has been offered yet
        std::uint64_t chunks = 0;  // there, of so many
        std::uint64_t of = 0;
    };
    std::optional<Joining> joining;           // by a snapshot
    std::vector<ValidatorStatus> validators;  // of the height in agreement, in their order
    std::uint64_t mempool_transactions = 0;
    std::uint64_t mempool_bytes = 0;
    // Counted since the process started.
    std::uint64_t committed_transactions = 0;
    std::map<Code, std::uint64_t> failed;   // committed, but refused by a contract; by the receipt's code
    std::map<Code, std::uint64_t> refused;  // at admission
};

enum class FateKind : std::uint8_t {
    unknown,    // this node has never taken it, or has forgotten it
    pending,    // in this node's mempool
    committed,  // final
    rejected,   // refused before any block, by what the chain is now
    expired,    // its last height has passed without it: it never will be
};

struct TransactionFate {
    FateKind kind = FateKind::unknown;
    std::uint64_t height = 0;  // committed: where, and its exact Receipt bytes
    std::uint32_t index = 0;
    Bytes receipt = {};
    std::optional<Error> reason = {};  // rejected: why
};

struct CertifiedHeader {
    Bytes header;       // exact bytes
    Bytes certificate;  // CommitCertificate; empty for the genesis block, which nobody signs
};

struct BlockBody {
    std::vector<Bytes> transactions;  // exact bytes, in order
    std::vector<Bytes> receipts;      // the transactions' in order, then the block's own, if any
};

struct ProvenRecord {
    Bytes key;
    std::optional<Bytes> value;
    Bytes proof;  // encoded StateProof
};

// Records under the state root of `at.header`.
struct ProvenState {
    CertifiedHeader at;
    std::vector<ProvenRecord> records;  // in the order of the keys asked for
};

// A run of a list: from the entry that `first` names on, by its number or what else the list is in order of,
// at most `limit` entries (1 to 1,000).
struct Page {
    std::uint64_t first = 0;
    std::uint32_t limit = 100;
};

// Questions that only the contracts can answer. What each answer's value holds is in docs/rpc.md.
// Amounts in values are decimal strings, records are to_json() of the stored message (src/rpc/json.h).
namespace query {
struct Account {
    AccountId account;
    std::optional<std::uint32_t> period;  // nothing: every period
    Page page;                            // of the periods, by the year
};
struct Periods {
    Page page;  // by the year
};
struct Period {
    std::optional<std::uint32_t> period;  // here and below, nothing: the newest
};
struct Prices {
    std::optional<std::uint32_t> period;
};
struct Fees {
    std::optional<std::uint32_t> period;
};
struct Orders {
    AccountId account;
    std::optional<std::uint32_t> period;
};
struct Book {
    std::optional<std::uint32_t> period;
    Page page;  // by the price
};
struct Welfare {
    std::optional<std::uint32_t> period;
};
struct Epochs {
    std::optional<std::uint32_t> period;
    Page page;
};
struct Settlement {
    AccountId account;
    std::optional<std::uint32_t> period;
};
struct Platform {
    std::optional<std::uint32_t> period;
};
struct Report {
    std::optional<std::uint32_t> period;
    std::optional<ChainId> side_chain;  // main chain only
};
struct Batches {
    std::optional<std::uint32_t> period;
    std::optional<ChainId> side_chain;  // main chain only
    Page page;
};
struct SideChains {
    Page page;
};
struct Anchors {
    ChainId side_chain;
    Page page;  // by the height; the latest is all there is
};
struct Users {
    Page page;  // by number of registration, from 1
};
struct Corrections {
    Page page;
};
struct Emissions {
    AccountId account;
    std::optional<std::uint32_t> period;
    Page page;  // of the readings, in the order of booking, from 0
};
struct Credits {
    AccountId account;
    std::optional<std::uint32_t> period;
};
struct Disputes {
    Page page;
};
struct Methodologies {
    Page page;
};
struct AllocationRules {
    Page page;
};
struct Proposals {
    Page page;
};
struct Parameters {
    Page page;
};
struct Pauses {
    Page page;
};
struct ValidatorSets {
    Page page;
};
struct Debts {
    AccountId account;
    Page page;  // by the period
};
struct Trusted {
    AccountId account;
};
struct Freeze {
    AccountId account;
};
struct Clawbacks {
    Page page;
};
}  // namespace query

using Query = std::variant<query::Account, query::Periods, query::Period, query::Prices, query::Epochs,
                           query::Settlement, query::Platform, query::Report, query::Batches,
                           query::SideChains, query::Anchors, query::Users, query::Corrections,
                           query::Emissions, query::Credits, query::Disputes, query::Methodologies,
                           query::AllocationRules, query::Proposals, query::Parameters, query::Pauses,
                           query::Debts, query::Trusted, query::Freeze, query::Clawbacks, query::Fees,
                           query::Orders, query::Book, query::Welfare, query::ValidatorSets>;

struct Answer {
    boost::json::object value;
    std::uint64_t height = 0;  // of the state that was read
    // The state keys that were read, each once: the server proves them when the client asks for proof.
    std::vector<Bytes> keys;
    std::optional<std::uint64_t> next;  // paged questions: `first` of the next page, if there is one
};

// What a block did and whom it concerns, for those who follow the chain.
struct Activity {
    struct Entry {
        std::optional<std::uint32_t> index;  // of the transaction; nothing: the block's own work
        Hash transaction;
        std::string action;  // its field of the TransactionBody
        std::optional<AccountId> signer;
        std::set<AccountId> concerned;  // whom the transaction or an event of its receipt names
        proto::Receipt receipt;
    };
    struct PeriodChange {
        std::optional<proto::PeriodRecord> before;  // nothing: the block opened it
        proto::PeriodRecord after;
    };
    std::vector<Entry> entries;  // in the order of the receipts
    std::vector<PeriodChange> periods;
};

// Why a chain has no new block; docs/rpc.md has the names.
struct WhyMissing {
    std::string name;  // of a validator that something is awaited from
    std::string cause;
    std::string text;
};
struct WhyCause {
    std::string cause;
    std::string text;
};
struct Why {
    std::string chain;
    std::uint64_t height = 0;  // in agreement
    std::uint32_t view = 0;
    std::string waits_for;
    Instant since;         // of the last progress: a block, or that there came to be something to do
    bool stalled = false;  // there is something to do, and no block for 5 s
    std::string text;      // the answer in a sentence
    std::vector<WhyMissing> missing;
    std::vector<WhyCause> causes;  // likely ones
};

// Two signed messages of one validator that contradict each other.
struct Evidence {
    std::string validator;  // its name in the present set; empty if it has none there
    proto::EvidenceRecord record;
};

// A figure for /metrics beyond those of ChainStatus; the name and labels as Prometheus wants them.
struct Metric {
    std::string name;  // pcq_..., a counter's ends in _total
    std::string help;
    bool counter = false;  // otherwise a gauge
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;
};

class Backend {
public:
    virtual ~Backend() = default;

    // The same answer for as long as the process runs.
    virtual std::vector<ChainInfo> chains() const = 0;
    // The exact bytes of the genesis document.
    virtual Bytes genesis(const ChainId& chain) const = 0;
    virtual ChainStatus status(const ChainId& chain) const = 0;
    // Why this node should get no traffic now, for people; nothing when it is ready.
    virtual std::optional<std::string> not_ready() const = 0;
    virtual std::vector<Metric> metrics() const = 0;
    // By height and validator, from page.first on (0 is the first). `all` is how many there are.
    struct EvidencePage {
        std::vector<Evidence> pieces;
        std::size_t all = 0;
    };
    virtual EvidencePage evidence(const ChainId& chain, const Page& page) const = 0;
    // Waits two seconds at most; what does not answer by then is the answer.
    virtual Why why(const ChainId& chain) const = 0;

    // Calls `done` exactly once, from any thread, possibly before it returns: the transaction's hash if the
    // mempool holds it or a block does already, otherwise why not. Never waits; a full queue answers
    // mempool_full at once.
    virtual void submit(const ChainId& chain, ledger::RawTransaction transaction,
                        std::function<void(Result<Hash>)> done) = 0;
    virtual TransactionFate transaction(const ChainId& chain, const Hash& hash) const = 0;

    // not_found if the chain has no such block (the message names the newest), height_pruned if this node
    // does not keep it any more (the message says which it keeps).
    virtual Result<CertifiedHeader> header(const ChainId& chain, std::uint64_t height) const = 0;
    virtual Result<BlockBody> body(const ChainId& chain, std::uint64_t height) const = 0;
    virtual std::optional<std::uint64_t> height_of(const ChainId& chain, const Hash& block) const = 0;
    // Of a block above 0, whose parent's state is kept as well. Errors as above.
    virtual Result<Activity> activity(const ChainId& chain, std::uint64_t height) const = 0;

    // State after the block at `height` (nothing: the newest). Errors as above; not_found also when what is
    // asked for does not exist; action_wrong_chain if this kind of chain has no such thing.
    virtual Result<Answer> query(const ChainId& chain, const Query& question,
                                 std::optional<std::uint64_t> height) const = 0;
    virtual Result<ProvenState> prove(const ChainId& chain, const std::vector<Bytes>& keys,
                                      std::optional<std::uint64_t> height) const = 0;
};

// A block that is in the store: readable through the backend, and final.
struct CommittedBlock {
    ChainId chain;
    std::uint64_t height = 0;
    std::vector<Hash> transactions;
    std::vector<Bytes> receipts;  // at least as many as transactions, in their order
};

}  // namespace pcq::rpc
