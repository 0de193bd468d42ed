// A real network: four pcqd processes on loopback, made and started by `pcq net`, each hosting the main chain
// and the side chain; killed, stopped and started again as a test wants.
//
// Its ports are free ones outside of the range from which the system draws the ports of outgoing
// connections, so that a node finds its own again. Its folder and processes end with the test (guard.h).
// Waiting is for a fact, asked of the nodes again and again, never for a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include <boost/json/value.hpp>

#include "src/client/rpc_client.h"
#include "src/ledger/block.h"
#include "tests/end_to_end/process.h"

namespace pcq::e2e {

using Json = boost::json::value;

inline constexpr std::size_t kNodes = 4;
inline constexpr std::chrono::seconds kPatience{60};  // for anything that must happen

// Asks until the answer is yes, or for `limit`.
bool eventually(const std::function<bool()>& is_so, std::chrono::seconds limit = kPatience);

// Ten ports from `first` on that nobody listens on, and that no other test takes while this lives.
class Ports {
public:
    Ports();
    ~Ports();
    Ports(const Ports&) = delete;
    Ports& operator=(const Ports&) = delete;
    std::uint16_t first() const { return first_; }

private:
    std::uint16_t first_ = 0;
    int reservation_ = -1;
};

// One block as a node has it.
struct BlockSeen {
    std::string hash;
    std::string receipts_root;
    std::string state_root;
    std::vector<std::string> transactions;
    friend bool operator==(const BlockSeen&, const BlockSeen&) = default;
};

class Network {
public:
    Network();  // written by pcq net init; nothing runs yet
    // A network that somebody else has started and will stop: its folder, and where its nodes answer.
    Network(std::filesystem::path folder, std::vector<client::Endpoint> nodes);
    ~Network();  // nothing runs any more of what was made here
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    static const std::vector<std::string>& names();
    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path store(std::size_t node, const std::string& chain) const;
    std::uint16_t peer_port(std::size_t node) const;
    client::Endpoint rpc(std::size_t node) const;
    std::string address(std::size_t node) const { return client::to_text(rpc(node)); }
    const ledger::Genesis& main() const { return *main_; }
    const ledger::Genesis& side() const { return *side_; }

    // Through pcq net; each fails the test when pcq says no.
    void up();
    void up(std::size_t node);
    void down();
    void down(std::size_t node);
    // SIGKILL; returns when the process is gone.
    void kill_node(std::size_t node);
    // 0: does not run.
    int process(std::size_t node) const;

    // Questions to one node. Absent: no answer.
    std::optional<Json> call(std::size_t node, const std::string& method, const boost::json::object& params);
    std::optional<std::uint64_t> height(std::size_t node, const std::string& chain);
    // The sum over all of the metric's series of this chain, or without a chain.
    std::optional<double> metric(std::size_t node, const std::string& name, const std::string& chain = "");
    // Blocks 1 to `top`.
    std::vector<BlockSeen> blocks(std::size_t node, const std::string& chain, std::uint64_t top);
    std::string log(std::size_t node) const;

    // Every one of these nodes has at least the height of the highest, at the moment of asking.
    void await_caught_up(const std::vector<std::size_t>& nodes);
    // Equal blocks, receipts and states at every height that all of them have, of both chains; given back:
    // the side chain's.
    std::vector<BlockSeen> expect_equal_chains(const std::vector<std::size_t>& nodes);

private:
    void pcq_net(std::vector<std::string> arguments);

    void open();  // documents and clients

    std::optional<Ports> ports_;  // of a network made here
    std::filesystem::path folder_;
    std::vector<client::Endpoint> rpc_;
    std::optional<ledger::Genesis> main_;
    std::optional<ledger::Genesis> side_;
    std::vector<std::unique_ptr<client::RpcClient>> clients_;
};

// 0, 1, 2, 3.
const std::vector<std::size_t>& all_nodes();

// An amount or a number, as RPC writes them.
std::int64_t integer(const Json& value);

}  // namespace pcq::e2e
