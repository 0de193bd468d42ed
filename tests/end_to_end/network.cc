#include "tests/end_to_end/network.h"

#include <array>
#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/end_to_end/guard.h"

namespace pcq::e2e {
namespace {

constexpr std::uint16_t kPortsFirst = 20'000;
constexpr std::uint16_t kPortsLast = 32'000;
constexpr std::uint16_t kPortsEach = 10;
constexpr std::chrono::milliseconds kAskAgain{20};
constexpr std::size_t kBlocksAtOnce = 100;
constexpr std::size_t kLogLinesShown = 12;

// A socket that has this port of loopback, or -1.
int bind_port(int type, std::uint16_t port) {
    const int descriptor = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int yes = 1;
    if (type == SOCK_STREAM) setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
    close(descriptor);
    return -1;
}

bool are_free(std::uint16_t first) {
    for (std::uint16_t port = first; port < first + kPortsEach; ++port) {
        const int descriptor = bind_port(SOCK_STREAM, port);
        if (descriptor < 0) return false;
        close(descriptor);
    }
    return true;
}

ledger::Genesis read_genesis(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    auto genesis = ledger::Genesis::from(content.str());
    EXPECT_TRUE(genesis) << file << ": " << (genesis ? "" : genesis.error().message);
    return *std::move(genesis);
}

BlockSeen seen(const Json& block) {
    BlockSeen seen;
    const auto& header = block.at("header");
    seen.hash = block.at("hash").as_string();
    seen.receipts_root = header.at("receipts_root").as_string();
    seen.state_root = header.at("state_root").as_string();
    for (const auto& hash : block.at("transactions").as_array())
        seen.transactions.emplace_back(hash.as_string());
    return seen;
}

std::string last_lines(const std::string& text, std::size_t count) {
    std::size_t at = text.size();
    for (std::size_t i = 0; i <= count && at != std::string::npos && at > 0; ++i)
        at = text.rfind('\n', at - 1);
    return at == std::string::npos ? text : text.substr(at);
}

}  // namespace

bool eventually(const std::function<bool()>& is_so, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(kAskAgain);
    }
    return true;
}

// The same number over UDP is the reservation: the system takes it back whatever becomes of the test.
Ports::Ports() {
    constexpr std::uint16_t kBlocks = (kPortsLast - kPortsFirst) / kPortsEach;
    bool is_free = false;
    for (int tried = 0; tried < kBlocks && !is_free; ++tried) {
        first_ = static_cast<std::uint16_t>(kPortsFirst + (getpid() + tried) % kBlocks * kPortsEach);
        reservation_ = bind_port(SOCK_DGRAM, first_);
        is_free = reservation_ >= 0 && are_free(first_);
        if (reservation_ >= 0 && !is_free) close(reservation_);
    }
    PCQ_INVARIANT(is_free);
}

Ports::~Ports() {
    close(reservation_);
}

const std::vector<std::string>& Network::names() {
    static const std::vector<std::string> names{"government", "platform", "low-carbon", "high-carbon"};
    return names;
}

const std::vector<std::size_t>& all_nodes() {
    static const std::vector<std::size_t> nodes{0, 1, 2, 3};
    return nodes;
}

std::int64_t integer(const Json& value) {
    return value.is_string() ? std::stoll(std::string(value.as_string())) : value.to_number<std::int64_t>();
}

Network::Network() : ports_(std::in_place), folder_(make_guarded_folder() / "network") {
    for (const std::size_t node : all_nodes())
        rpc_.push_back({"127.0.0.1", static_cast<std::uint16_t>(ports_->first() + kNodes + node)});
    const auto made = pcq({"net", "init", "--dir", folder_.string(), "--peer-port",
                           std::to_string(peer_port(0)), "--rpc-port", std::to_string(rpc(0).port)});
    EXPECT_EQ(made.code, 0) << made.err;
    open();
}

Network::Network(std::filesystem::path folder, std::vector<client::Endpoint> nodes)
    : folder_(std::move(folder)), rpc_(std::move(nodes)) {
    open();
}

void Network::open() {
    main_ = read_genesis(folder_ / "main.json");
    side_ = read_genesis(folder_ / "side.json");
    for (const auto& node : rpc_) {
        clients_.push_back(std::make_unique<client::RpcClient>(
            node, client::ClientOptions{.timeout = std::chrono::seconds(10)}));
    }
}

Network::~Network() {
    if (!ports_) return;
    if (testing::Test::HasFailure()) {
        for (const std::size_t node : all_nodes())
            std::cerr << "the last words of " << names()[node] << ":"
                      << last_lines(log(node), kLogLinesShown);
    }
    for (const std::size_t node : all_nodes()) {
        if (process(node) != 0) kill_node(node);
    }
    std::filesystem::remove_all(folder_.parent_path());
}

std::filesystem::path Network::store(std::size_t node, const std::string& chain) const {
    return folder_ / "data" / names()[node] / chain / "store";
}

std::uint16_t Network::peer_port(std::size_t node) const {
    return static_cast<std::uint16_t>(ports_.value().first() + node);
}

client::Endpoint Network::rpc(std::size_t node) const {
    return rpc_.at(node);
}

void Network::pcq_net(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "net");
    arguments.insert(arguments.end(), {"--dir", folder_.string()});
    const auto ended = pcq(arguments);
    EXPECT_EQ(ended.code, 0) << "pcq net " << arguments[1] << ": " << ended.err;
}

void Network::up() {
    pcq_net({"up"});
}
void Network::up(std::size_t node) {
    pcq_net({"up", names()[node]});
}
void Network::down() {
    pcq_net({"down"});
}
void Network::down(std::size_t node) {
    pcq_net({"down", names()[node]});
}

int Network::process(std::size_t node) const {
    std::ifstream in(folder_ / "run" / (names()[node] + ".pid"));
    int process = 0;
    if (!(in >> process)) return 0;
    while (waitpid(process, nullptr, WNOHANG) > 0) {
    }
    return kill(process, 0) == 0 ? process : 0;
}

void Network::kill_node(std::size_t node) {
    const int running = process(node);
    ASSERT_NE(running, 0) << names()[node] << " does not run";
    ASSERT_EQ(kill(running, SIGKILL), 0);
    ASSERT_TRUE(eventually([&] { return process(node) == 0; })) << names()[node] << " does not go";
}

std::optional<Json> Network::call(std::size_t node, const std::string& method,
                                  const boost::json::object& params) {
    auto answer = clients_[node]->call(method, params);
    if (!answer) return std::nullopt;
    return *std::move(answer);
}

std::optional<std::uint64_t> Network::height(std::size_t node, const std::string& chain) {
    const auto status = call(node, "status", {{"chain", chain}});
    if (!status) return std::nullopt;
    return static_cast<std::uint64_t>(integer(status->at("height")));
}

std::optional<double> Network::metric(std::size_t node, const std::string& name, const std::string& chain) {
    const auto answer = clients_[node]->get("/metrics");
    if (!answer || answer->status != 200) return std::nullopt;
    std::istringstream lines(answer->body);
    std::optional<double> sum;
    for (std::string line; std::getline(lines, line);) {
        const std::string series = line.substr(0, line.rfind(' '));
        if (series.substr(0, series.find('{')) != name) continue;
        if (!chain.empty() && series.find("chain=\"" + chain + "\"") == std::string::npos) continue;
        sum = sum.value_or(0) + std::stod(line.substr(series.size()));
    }
    return sum;
}

std::vector<BlockSeen> Network::blocks(std::size_t node, const std::string& chain, std::uint64_t top) {
    std::vector<BlockSeen> blocks;
    while (blocks.size() < top) {
        std::vector<client::RpcCall> calls;
        for (std::uint64_t height = blocks.size() + 1; height <= top && calls.size() < kBlocksAtOnce;
             ++height)
            calls.push_back({"block", {{"chain", chain}, {"height", height}, {"limit", 10'000}}});
        const auto answers = clients_[node]->call_batch(calls);
        if (!answers) {
            ADD_FAILURE() << answers.error().message;
            return blocks;
        }
        for (const auto& answer : *answers) {
            if (!answer) {
                ADD_FAILURE() << answer.error().message;
                return blocks;
            }
            blocks.push_back(seen(*answer));
        }
    }
    return blocks;
}

std::string Network::log(std::size_t node) const {
    std::ifstream in(folder_ / "log" / (names()[node] + ".log"));
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
}

void Network::await_caught_up(const std::vector<std::size_t>& nodes) {
    for (const char* chain : {"main", "side"}) {
        std::uint64_t target = 0;
        for (const std::size_t node : nodes) target = std::max(target, height(node, chain).value_or(0));
        for (const std::size_t node : nodes) {
            EXPECT_TRUE(eventually([&] { return height(node, chain) >= target; }))
                << names()[node] << " does not reach height " << target << " of chain " << chain;
        }
    }
}

std::vector<BlockSeen> Network::expect_equal_chains(const std::vector<std::size_t>& nodes) {
    std::vector<BlockSeen> of_side;
    for (const char* chain : {"main", "side"}) {
        std::uint64_t top = UINT64_MAX;
        for (const std::size_t node : nodes) top = std::min(top, height(node, chain).value_or(0));
        EXPECT_GT(top, 0u) << chain;
        const auto expected = blocks(nodes.front(), chain, top);
        for (const std::size_t node : nodes) {
            const auto found = blocks(node, chain, top);
            for (std::size_t i = 0; i < std::min(expected.size(), found.size()); ++i) {
                if (found[i] == expected[i]) continue;
                ADD_FAILURE() << names()[node] << " has another block " << i + 1 << " of chain " << chain;
                break;
            }
        }
        of_side = expected;
    }
    return of_side;
}

}  // namespace pcq::e2e
