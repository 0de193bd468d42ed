// pcq bench: how many trades a second a network commits, how soon each is final, and what share that is of
// what checking signatures alone would allow on this machine.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <thread>

#include "src/base/base64.h"
#include "src/cli/bench_load.h"
#include "src/cli/bench_network.h"
#include "src/cli/commands.h"
#include "src/cli/network_run.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct BenchOptions {
    std::vector<std::string> nodes;
    std::string folder;
    std::string keys;
    bool fresh = false;
    std::size_t validators = 4;
    std::size_t seconds = 10;
    std::size_t at_once = 1'000;
    std::size_t accounts = 1'000;
};

// Where the trades go, and how to open a market there.
struct Target {
    std::optional<TemporaryNetwork> own;
    std::vector<std::string> nodes;
    std::filesystem::path keys;
    client::TlsFiles tls{};
};

struct BenchChains {
    ledger::Genesis main;
    ledger::Genesis side;
};

struct Bound {
    double verification_us = 0;
    unsigned cores = 0;
    std::size_t validators = 0;
    bool all_here = false;  // every node that was named runs on this machine

    double trades_per_second() const {
        return cores / (static_cast<double>(validators) * verification_us) * 1e6;
    }
};

void say(const std::string& text) {
    std::cerr << "pcq bench: " << text << "\n";
}

// SIGINT and SIGTERM wait to be asked after, so that a network of our own is stopped and removed.
class HeldSignals {
public:
    HeldSignals() {
        sigemptyset(&held_);
        sigaddset(&held_, SIGINT);
        sigaddset(&held_, SIGTERM);
        sigprocmask(SIG_BLOCK, &held_, &before_);
    }
    ~HeldSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    bool arrived() {
        const timespec no_time{};
        seen_ = seen_ || sigtimedwait(&held_, nullptr, &no_time) > 0;
        return seen_;
    }

private:
    sigset_t held_{};
    sigset_t before_{};
    bool seen_ = false;
};

Result<Target> find_target(const BenchOptions& options, const Session& session) {
    Target target;
    if (!options.fresh && !options.folder.empty()) {
        const auto nodes = find_nodes(options.folder);
        if (!nodes) return nodes.error();
        for (const auto& node : *nodes) {
            if (node.process != 0) target.nodes.push_back(node.rpc);
        }
        if (target.nodes.empty()) {
            return Error{
                Code::node_unreachable,
                "no node of " + options.folder + " runs; start them with pcq net up --dir " + options.folder};
        }
        target.keys = std::filesystem::path(options.folder) / "keys";
        if (!options.nodes.empty()) target.nodes = options.nodes;
        if (!options.keys.empty()) target.keys = options.keys;
        return target;
    }
    if (!options.fresh && (!options.nodes.empty() || !options.keys.empty())) {
        if (options.keys.empty()) {
            return Error{Code::bad_argument,
                         "a market can be opened only with the organisations' keys: name their folder with "
                         "--keys (government.pem, platform.pem, meter.pem, bank.pem), or the network's with "
                         "--dir, or leave both out for a network of its own"};
        }
        target.nodes = options.nodes.empty() ? std::vector{session.node} : options.nodes;
        target.tls = session.tls;
        target.keys = options.keys;
        return target;
    }
    say("starting a network of " + std::to_string(options.validators) + " nodes in a temporary folder");
    auto own = TemporaryNetwork::start(options.validators);
    if (!own) return own.error();
    const auto nodes = find_nodes(own->folder());
    if (!nodes) return nodes.error();
    for (const auto& node : *nodes) target.nodes.push_back(node.rpc);
    target.keys = own->folder() / "keys";
    target.own.emplace(*std::move(own));
    return target;
}

Result<ledger::Genesis> ask_genesis(client::NetworkClient& client, const std::string& chain) {
    const auto answer = client.call("genesis", {{"chain", chain}});
    if (!answer) return answer.error();
    auto document = from_base64(std::string(answer->at("document").as_string()));
    if (!document) return document.error();
    return ledger::Genesis::from(*std::move(document));
}

// The side chain that was asked for, and the main chain beside it.
Result<BenchChains> find_chains(client::NetworkClient& client, const std::string& wanted) {
    auto side = ask_genesis(client, wanted);
    if (!side) return side.error();
    if (side->fields.kind() != proto::CHAIN_KIND_SIDE)
        return Error{Code::bad_argument, "chain " + wanted + " is a main chain; people trade on side chains"};
    const auto chains = client.call("chains", {});
    if (!chains) return chains.error();
    for (const auto& entry : chains->as_array()) {
        if (entry.at("kind").as_string() != "main") continue;
        auto main = ask_genesis(client, std::string(entry.at("name").as_string()));
        if (!main) return main.error();
        if (main->chain.view() == side->fields.main_chain_id())
            return BenchChains{*std::move(main), *std::move(side)};
    }
    return Error{Code::chain_unknown, "the node does not host the main chain of " + wanted +
                                          ", on which periods are opened; name one that hosts both"};
}

// The time of one check of an Ed25519 signature, as nodes make it: the least of several rounds, since a round
// that is disturbed can only be longer.
Result<double> verification_us() {
    constexpr int kRounds = 10;
    constexpr int kChecks = 200;
    const auto key = crypto::SigningKey::generate(crypto::KeyType::ed25519);
    if (!key) return key.error();
    const Hash digest;
    const Bytes signature = key->sign(digest);
    double least = 0;
    for (int round = 0; round < kRounds; ++round) {
        const auto begun = std::chrono::steady_clock::now();
        for (int i = 0; i < kChecks; ++i) {
            if (!crypto::verify(key->public_key(), digest, signature))
                return Error{Code::internal, "a signature that was just made does not hold"};
        }
        const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begun;
        const double each = took.count() / kChecks;
        least = round == 0 ? each : std::min(least, each);
    }
    return least;
}

bool is_here(const std::string& node) {
    const auto endpoint = client::endpoint_from(node);
    return endpoint &&
           (endpoint->host == "localhost" || endpoint->host == "::1" || endpoint->host.rfind("127.", 0) == 0);
}

Result<Bound> measure_bound(client::NetworkClient& client, const std::string& chain, const Target& target) {
    const auto validators = client.call("validators", {{"chain", chain}});
    if (!validators) return validators.error();
    const auto each = verification_us();
    if (!each) return each.error();
    return Bound{.verification_us = *each,
                 .cores = std::max(1u, std::thread::hardware_concurrency()),
                 .validators = validators->at("validators").as_array().size(),
                 .all_here = std::all_of(target.nodes.begin(), target.nodes.end(), is_here)};
}

std::string decimals(double value, int places) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", places, value);
    return text;
}

std::string ms_text(std::chrono::microseconds value) {
    return decimals(static_cast<double>(value.count()) / 1'000, 1) + " ms";
}

double ms(std::chrono::microseconds value) {
    return static_cast<double>(value.count()) / 1'000;
}

void print_figures(const BenchOptions& options, const LoadFigures& load, const Bound& bound,
                   bool json_wanted) {
    const double share = load.trades_per_second() / bound.trades_per_second();
    if (json_wanted) {
        return print_json(
            {{"trades_per_second", load.trades_per_second()},
             {"seconds", load.seconds},
             {"trades", load.trades},
             {"sold", load.sold},
             {"bought", load.trades - load.sold},
             {"late", load.late},
             {"refused", load.refused},
             {"unanswered", load.unanswered},
             {"latency_ms",
              {{"p50", ms(load.latency(50))}, {"p99", ms(load.latency(99))}, {"max", ms(load.latency(100))}}},
             {"blocks", load.blocks},
             {"trades_per_block", load.trades_per_block()},
             {"at_once", options.at_once},
             {"accounts", options.accounts},
             {"nodes", bound.validators},
             {"cores", bound.cores},
             {"verification_us", bound.verification_us},
             {"bound_trades_per_second", bound.trades_per_second()},
             {"share_of_bound", bound.all_here ? json::value(share) : json::value(nullptr)}});
    }
    print_rows(
        {{"committed trades a second", decimals(load.trades_per_second(), 0)},
         {"time to finality, median",
          ms_text(load.latency(50)) + ", from sending to the word that it is final"},
         {"time to finality, 99 %", ms_text(load.latency(99))},
         {"trades", std::to_string(load.trades) + " in " + decimals(load.seconds, 1) +
                        " s: " + std::to_string(load.sold) + " sold, " +
                        std::to_string(load.trades - load.sold) + " bought"},
         {"refused, unanswered", std::to_string(load.refused) + ", " + std::to_string(load.unanswered)},
         {"blocks",
          std::to_string(load.blocks) + ", " + decimals(load.trades_per_block(), 0) + " trades each"},
         {"in flight",
          std::to_string(options.at_once) + ", from " + std::to_string(options.accounts) + " accounts"},
         {"one signature check", decimals(bound.verification_us, 1) + " us"},
         {"bound by signature checks", decimals(bound.trades_per_second(), 0) +
                                           " trades a second: " + std::to_string(bound.cores) + " cores / (" +
                                           std::to_string(bound.validators) + " nodes x one check)"},
         {"share of that bound",
          bound.all_here ? decimals(share * 100, 1) + " %" : "- (nodes run on other machines)"}});
}

Result<LoadFigures> measure(const BenchOptions& options, const Target& target, const std::string& wanted,
                            HeldSignals& signals, Bound& bound) {
    auto client = client::NetworkClient::connect(target.nodes, target.tls);
    if (!client) return client.error();
    const auto chains = find_chains(*client, wanted);
    if (!chains) return chains.error();
    // Many small requests, each answered when its part is final, keep the time of one trade apart from that
    // of all the others.
    const client::Flow flow{.at_once = options.at_once,
                            .connections = std::clamp<std::size_t>(options.at_once / 25, 1, 64),
                            .spread = true};
    const auto interrupted = [&signals] { return signals.arrived(); };
    auto market = open_bench_market(
        *client, chains->main, chains->side, target.keys,
        {.traders = options.accounts, .flow = flow, .progress = say, .interrupted = interrupted});
    if (!market) return market.error();
    const auto before = measure_bound(*client, market->chain, target);
    if (!before) return before.error();
    bound = *before;
    return run_load(*client, *market,
                    {.duration = std::chrono::seconds(options.seconds),
                     .flow = flow,
                     .progress = say,
                     .interrupted = interrupted});
}

void bench(Session& session, const BenchOptions& options) {
    if (!session.needs_no_proof(
            "pcq bench",
            "measure without, it believes its nodes; pcq --verify status proves their newest block"))
        return;
    HeldSignals signals;
    const auto target = find_target(options, session);
    if (!target) {
        session.ended = fail(target.error());
        return;
    }
    Bound bound;
    const auto load = measure(options, *target, session.chain, signals, bound);
    if (!load) {
        session.ended = fail(load.error());
        return;
    }
    print_figures(options, *load, bound, session.json);
    if (!load->first_trouble.empty()) say("the first trade that did not go well: " + load->first_trouble);
    if (load->trades == 0) session.ended = fail(Error{Code::node_timed_out, "no trade was final in time"});
}

}  // namespace

void add_bench_command(CLI::App& app, Session& session) {
    auto options = std::make_shared<BenchOptions>();
    auto* command = app.add_subcommand(
        "bench",
        "measure trades a second and time to finality, on a network of its own unless another is named");
    command->add_option("--dir", options->folder, "network on this machine, made by pcq net init and up")
        ->type_name("FOLDER");
    command->add_option("--node", options->nodes, "RPC addresses of a network's nodes; needs --keys or --dir")
        ->type_name("HOST:PORT");
    command->add_option("--keys", options->keys, "folder with the keys of the network's organisations")
        ->type_name("FOLDER");
    command->add_flag("--fresh", options->fresh,
                      "make, start and remove a network of its own; what happens if none is named");
    command->add_option("--validators", options->validators, "nodes of a network of its own")
        ->check(CLI::Range(4, 16))
        ->capture_default_str();
    command->add_option("--seconds", options->seconds, "how long to trade")
        ->check(CLI::Range(1, 3'600))
        ->capture_default_str();
    command->add_option("--at-once", options->at_once, "trades that are on their way at a time")
        ->check(CLI::Range(1, 20'000))
        ->capture_default_str();
    command->add_option("--accounts", options->accounts, "people who trade")
        ->check(CLI::Range(2, 100'000))
        ->capture_default_str();
    explain(*command, "pcq bench --seconds 5 --accounts 200",
            "The network keeps the people and the period that a measurement adds, so name no network that is "
            "in use for\nanything else. Half of the people sell surplus to the platform, half buy from it.");
    command->callback([options, &app, &session] {
        if (options->nodes.empty() && app.get_option("--node")->count() > 0) options->nodes = {session.node};
        bench(session, *options);
    });
}

}  // namespace pcq::cli
