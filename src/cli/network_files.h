// The files of a network: keys, genesis documents and node configurations, as `pcq net init` and `pcq net
// add` write them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace pcq::cli {

struct NetworkPlan {
    std::filesystem::path folder;
    std::vector<std::string> validators{"government", "platform", "low-carbon", "high-carbon"};
    std::string host = "127.0.0.1";
    std::uint16_t peer_port = 7400;  // of the first node; the others follow
    std::uint16_t rpc_port = 8400;
    std::string main_name = "main";
    std::string side_name = "side";
    std::int64_t registration_fee_uy = 100'000;
    std::uint64_t trust_delay_ms = 0;  // before a counterparty counts
    std::int64_t transfer_day_g = 0;   // that a person may transfer in a day; 0: no limit
    std::int64_t transfer_day_uy = 0;  // and pay to whom one does not trust
    std::uint32_t settlement_per_block = 1'000;
    std::uint32_t anchor_interval = 20;
    std::int64_t time_ms = 0;  // of the genesis blocks
};

// Refuses a folder that is there already. Keys of organisations (keys/<role>.pem) and of nodes are not
// encrypted: this is for a network on one machine, and the text on the screen says so.
Result<> write_network(const NetworkPlan& plan);

struct NodePlan {
    std::filesystem::path folder;  // of a network
    std::string name;
    std::uint16_t peer_port = 0;  // 0: above those of the other nodes
    std::uint16_t rpc_port = 0;
};

// Key and configuration of one more node, which follows the chains of the others without a vote; and its line
// in the others' configurations, which they read when they start again. Refuses a name or a port that is
// taken. The key is not encrypted.
Result<> add_node(const NodePlan& plan);

}  // namespace pcq::cli
