#include "src/node/node.h"

#include <chrono>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>

#include "contracts/chain.h"
#include "contracts/governance/validators.h"
#include "src/base/hex.h"
#include "src/base/system_clock.h"
#include "src/crypto/key_file.h"
#include "src/node/backend.h"
#include "src/node/relayer.h"
#include "src/rpc/limits.h"
#include "src/rpc/server.h"
#include "src/storage/joining_store.h"

namespace pcq::node {
namespace {

Result<Bytes> read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    if (!in || !(content << in.rdbuf())) return Error{Code::io_failed, "cannot read " + file.string()};
    return content.str();
}

Result<crypto::SigningKey> load_node_key(const Config& config) {
    std::optional<std::string> passphrase;
    if (config.passphrase_file) {
        auto text = read_file(*config.passphrase_file);
        if (!text) return text.error();
        passphrase = text->substr(0, text->find_first_of("\r\n"));
    }
    auto key = crypto::load_key(config.key_file, passphrase);
    if (key && key->public_key().type() != crypto::KeyType::ed25519) {
        return Error{Code::bad_key_file, config.key_file.string() + ": a node's key must be Ed25519"};
    }
    return key;
}

// What is checked on start of a chain that has more.
constexpr std::uint64_t kVerifiedBlocks = 1'000;

// All of it, or, if it has many blocks, the newest of them: a start must not take longer with every year.
Result<storage::VerifyReport> verify(const storage::ChainStore& store, const std::string& chain, bool all) {
    const std::uint64_t tip = (*store.tip())->height();
    if (all || tip - store.base() <= kVerifiedBlocks) {
        spdlog::info("checking the store: chain={}", chain);
        return store.verify();
    }
    const std::uint64_t first = tip - kVerifiedBlocks + 1;
    spdlog::info("checking the newest blocks of the store: chain={} from={}", chain, first);
    const auto state = store.at(first - 1);
    if (!state) return state.error();
    return store.verify_from(first, contracts::governance::validators(**state));
}

// The store of one chain, checked, with its genesis block.
Result<std::unique_ptr<storage::ChainStore>> open_store(const Config& config, const ledger::Genesis& genesis,
                                                        const ledger::Dispatch& contracts) {
    const std::string& name = genesis.fields.name();
    storage::Options options;
    options.path = config.data_dir / name / "store";
    options.cache_bytes = config.cache_bytes;
    options.keep_blocks = config.keep_blocks;
    options.on_damage = [name](const Error& error) {
        spdlog::critical("the store of chain {} is damaged: {}", name, error.message);
    };
    auto store = storage::ChainStore::open(std::move(options));
    if (!store) return store.error();
    if ((*store)->has_genesis() && config.verify_store != Config::Verify::nothing) {
        const auto report = verify(**store, name, config.verify_store == Config::Verify::all);
        if (!report) {
            return Error{report.error().code,
                         "the store of chain " + name + " is damaged: " + report.error().message +
                             "; remove its folder to fetch the chain again from the other nodes"};
        }
        spdlog::info("the store is whole: chain={} from={} blocks={} records={} pages={}", name, report->base,
                     report->blocks, report->records, report->pages);
    }
    auto block = ledger::make_genesis(contracts, genesis);
    if (!block) return block.error();
    if (auto written = (*store)->write_genesis(genesis, *block); !written) return written.error();
    return store;
}

// Of the configuration, or beside the program: as it is built, and as it is installed.
Result<rpc::StaticFiles> load_page(const Config& config) {
    if (config.page) {
        if (config.page->empty()) return rpc::StaticFiles();
        return rpc::StaticFiles::load(*config.page);
    }
    std::error_code failed;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
    for (const char* folder : {"../page", "../share/pcq/page"}) {
        const auto page = (program / folder).lexically_normal();
        if (!failed && std::filesystem::exists(page / "index.html", failed))
            return rpc::StaticFiles::load(page);
    }
    spdlog::info("there is no web page: it is not built, and rpc.page names none");
    return rpc::StaticFiles();
}

Result<rpc::Options> rpc_options(const Config& config) {
    rpc::Options options;
    options.version = PCQ_VERSION;
    options.hosts = config.rpc_hosts;
    options.guests.count_loopback = config.rpc_limits_loopback;
    for (const auto& limit : rpc::limits()) {
        const auto given = config.rpc_limits.find(std::string(limit.key));
        if (given != config.rpc_limits.end()) limit.set(options, given->second);
    }
    auto page = load_page(config);
    if (!page) return page.error();
    options.page = *std::move(page);
    return options;
}

class Node {
public:
    explicit Node(const Config& config, crypto::SigningKey key)
        : config_(config),
          key_(std::move(key)),
          verify_(config.verify_threads),
          work_(io_.get_executor()),
          signals_(io_, SIGINT, SIGTERM),
          hang_ups_(io_, SIGHUP) {}

    Result<> run() {
        for (const auto& entry : config_.chains) {
            if (auto opened = open_chain(entry); !opened) return opened.error();
        }
        peers_ = std::make_unique<network::Peers>(io_, network_options(), key_, pinned_peers(), handlers());
        for (const auto& chain : chains_) chain->connect(*peers_);
        backend_ = std::make_unique<NodeBackend>(chains_, *peers_, inboxes_, key_.public_key());
        const auto options = rpc_options(config_);
        if (!options) return options.error();
        rpc_ = std::make_unique<rpc::Server>(*backend_, *options);
        if (config_.relay) relayer_ = std::make_unique<Relayer>(io_, clock_, key_, chains_);
        if (auto served = serve(); !served) return served.error();
        return failure_ ? Result<>(*failure_) : Result<>();
    }

    // Whether it has stopped to begin again, on a snapshot that was fetched.
    bool has_joined() const { return joined_ && !failure_; }

private:
    Result<> open_chain(const ChainConfig& entry) {
        auto document = read_file(entry.genesis);
        if (!document) return document.error();
        auto genesis = ledger::Genesis::from(*std::move(document));
        if (!genesis)
            return Error{genesis.error().code, entry.genesis.string() + ": " + genesis.error().message};
        for (const auto& chain : chains_) {
            if (chain->genesis().fields.name() == genesis->fields.name()) {
                return Error{Code::bad_argument, "two chains are called \"" + genesis->fields.name() +
                                                     "\"; names must differ on one node"};
            }
        }
        const auto folder = config_.data_dir / genesis->fields.name();
        if (auto installed = storage::JoiningStore::install(folder); !installed) return installed.error();
        std::error_code ignored;
        std::filesystem::remove_all(folder / "snapshots", ignored);  // of a node that was killed
        auto contracts = contracts::contracts_of(genesis->fields.kind());
        auto store = open_store(config_, *genesis, *contracts);
        if (!store) return store.error();
        auto votes = storage::VoteStore::open(folder / "votes");
        if (!votes) return votes.error();
        auto evidence = storage::EvidenceStore::open(folder / "evidence");
        if (!evidence) return evidence.error();
        for (const auto& file : (*evidence)->damaged())
            spdlog::error("evidence that is damaged is left out: file={}", file.string());
        const ChainId id = genesis->chain;
        if (auto inbox = inboxes_.open(id, folder / "inbox"); !inbox) return inbox.error();
        const ChainServices services{io_,
                                     verify_,
                                     clock_,
                                     key_,
                                     config_.pipelining,
                                     [this](const Committed& committed) { on_committed(committed); },
                                     [this](const Error& error) { on_fatal(error); },
                                     folder,
                                     config_.may_join,
                                     config_.snapshot_gap.value_or(std::numeric_limits<std::uint64_t>::max()),
                                     [this] { on_joined(); },
                                     [this, id](const auto& transaction) { on_taken(id, transaction); },
                                     [this, id](const auto& hashes, auto why) { on_left(id, hashes, why); }};
        chains_.push_back(std::make_unique<Chain>(services, *std::move(genesis), std::move(contracts),
                                                  *std::move(store), *std::move(votes), *std::move(evidence),
                                                  folder / "flight"));
        const auto& opened = *chains_.back();
        spdlog::info("chain opened: name={} id={} height={}", opened.genesis().fields.name(),
                     to_hex(opened.id()), (*opened.store().tip())->height());
        return {};
    }

    network::Options network_options() const {
        network::Options options;
        options.listen_host = config_.peer_listen.host;
        options.listen_port = config_.peer_listen.port;
        return options;
    }

    // Validators of the hosted chains, at the addresses of the configuration; and whoever else the
    // configuration names.
    std::vector<network::PeerAddress> pinned_peers() const {
        std::vector<network::PeerAddress> pinned;
        for (const auto& peer : config_.peers)
            pinned.push_back({peer.key, peer.name, peer.address.host, peer.address.port});
        for (const auto& chain : chains_) {
            const auto validators = chain->validators();
            for (const auto& member : validators.members()) {
                const bool known = member.key == key_.public_key() ||
                                   std::any_of(pinned.begin(), pinned.end(),
                                               [&](const auto& peer) { return peer.key == member.key; });
                if (!known)
                    spdlog::warn("validator {} of chain {} has no address under [[network.peers]]",
                                 member.name, chain->genesis().fields.name());
            }
        }
        return pinned;
    }

    network::Peers::Handlers handlers() {
        return {[this](network::Delivery delivery) {
                    const auto id = ChainId::from(delivery.message.chain_id());
                    for (const auto& chain : chains_) {
                        if (id && chain->id() == *id) return chain->on_peer(std::move(delivery));
                    }
                    if (id && delivery.message.has_get_snapshot()) offer_nothing(delivery.from, *id);
                },
                [this](const crypto::PublicKey& peer) {
                    for (const auto& chain : chains_) chain->on_peer_connected(peer);
                },
                [this](const crypto::PublicKey& peer) {
                    for (const auto& chain : chains_) chain->on_peer_disconnected(peer);
                }};
    }

    // A node that joins another chain would wait for the word of all its peers.
    void offer_nothing(const crypto::PublicKey& to, const ChainId& chain) {
        proto::PeerMessage none;
        none.set_chain_id(chain.bytes());
        none.mutable_snapshot();
        peers_->send(to, network::Priority::sync, none);
    }

    Result<> serve() {
        if (auto listening = peers_->start(); !listening) return listening.error();
        if (auto admitted = admit_operators(); !admitted) return admitted.error();
        std::optional<rpc::TlsFiles> tls;
        if (config_.rpc_tls) tls.emplace(config_.rpc_tls->certificate, config_.rpc_tls->key);
        auto endpoint = rpc_->start({config_.rpc_listen.host, config_.rpc_listen.port}, tls);
        if (!endpoint) return endpoint.error();
        for (const auto& chain : chains_) chain->start();
        backend_->take_up_again();
        if (relayer_) relayer_->start();
        spdlog::info("ready: node={} key={} peers={} rpc={}://{}:{}/v1", config_.name,
                     to_hex(key_.public_key().data()), to_text(config_.peer_listen), tls ? "https" : "http",
                     endpoint->host, endpoint->port);
        signals_.async_wait([this](boost::system::error_code failure, int signal) {
            if (failure) return;
            spdlog::info("stopping: signal={}", signal);
            begin_stop();
        });
        await_hang_up();
        std::thread second([this] { io_.run(); });
        {
            std::unique_lock lock(stop_mutex_);
            stop_asked_.wait(lock, [this] { return stopping_; });
        }
        stop();
        work_.reset();
        signals_.cancel();
        hang_ups_.cancel();
        io_.stop();
        second.join();
        return {};
    }

    Result<> admit_operators() {
        if (!config_.operators) return {};
        const auto& [listen, tls, clients] = *config_.operators;
        auto endpoint =
            rpc_->admit_operators({listen.host, listen.port}, {tls.certificate, tls.key, clients});
        if (!endpoint) return endpoint.error();
        spdlog::info("operators are served: rpc=https://{}:{}/v1", endpoint->host, endpoint->port);
        return {};
    }

    // Whoever replaces a certificate may say so; the files are looked at anyway.
    void await_hang_up() {
        hang_ups_.async_wait([this](boost::system::error_code failure, int) {
            if (failure) return;
            spdlog::info("SIGHUP: reading the TLS certificates again");
            rpc_->reload();
            await_hang_up();
        });
    }

    void stop() {
        rpc_->stop();
        if (relayer_) relayer_->stop();
        peers_->stop();
        for (const auto& chain : chains_) chain->stop();
        inboxes_.stop();
    }

    void begin_stop() {
        {
            const std::lock_guard lock(stop_mutex_);
            stopping_ = true;
        }
        stop_asked_.notify_all();
    }

    void on_fatal(const Error& error) {
        {
            const std::lock_guard lock(stop_mutex_);
            if (!failure_) failure_ = error;
        }
        begin_stop();
    }

    void on_joined() {
        {
            const std::lock_guard lock(stop_mutex_);
            joined_ = true;
        }
        begin_stop();
    }

    void on_taken(const ChainId& chain, const ledger::VerifiedTransaction& transaction) {
        for (const auto& each : chains_) {
            if (each->id() != chain) continue;
            inboxes_.take(chain, transaction->hash(), (*each->store().tip())->height(), transaction->bytes());
        }
    }

    void on_left(const ChainId& chain, const std::vector<Hash>& hashes, std::optional<Code> why) {
        // Without a reason the chain says why, to whoever asks.
        for (const auto& hash : hashes)
            if (why) inboxes_.refuse(chain, hash, *why);
        inboxes_.then([this, chain, hashes] { rpc_->left(chain, hashes); });
    }

    void on_committed(const Committed& committed) {
        backend_->count(committed);
        auto notice = std::make_shared<rpc::CommittedBlock>();
        notice->chain = committed.chain;
        notice->height = committed.height;
        notice->transactions = committed.block->transactions;
        notice->receipts = committed.block->executed.receipts;
        rpc_->committed(std::move(notice));
        if (relayer_) relayer_->look();
    }

    const Config& config_;
    const SystemClock clock_;
    const crypto::SigningKey key_;
    boost::asio::io_context io_;
    Inboxes inboxes_;
    std::vector<std::unique_ptr<Chain>> chains_;
    std::unique_ptr<network::Peers> peers_;
    std::unique_ptr<NodeBackend> backend_;
    std::unique_ptr<rpc::Server> rpc_;
    std::unique_ptr<Relayer> relayer_;
    VerifyPool verify_;  // ends before what its work refers to
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::signal_set signals_;
    boost::asio::signal_set hang_ups_;
    std::mutex stop_mutex_;
    std::condition_variable stop_asked_;
    bool stopping_ = false;
    std::optional<Error> failure_;
    bool joined_ = false;
};

}  // namespace

Result<> run_node(const Config& config) {
    while (true) {
        auto key = load_node_key(config);
        if (!key) return key.error();
        Node node(config, *std::move(key));
        const auto ran = node.run();
        if (!ran || !node.has_joined()) return ran;
        spdlog::info("a snapshot has been fetched: beginning again with it");
    }
}

}  // namespace pcq::node
