// Starts, looks at and stops the nodes of a network on this machine: `pcq net up`, `status`, `down`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace pcq::cli {

struct NodeProcess {
    std::string name;
    std::string rpc;  // [https://]host:port
    int process = 0;  // 0: not running
    bool ready = false;
    std::string why;      // not ready
    std::string heights;  // of its chains, "main 12, side 130"
};

// Every node of the folder, by its *.toml, in order of its RPC port.
Result<std::vector<NodeProcess>> find_nodes(const std::filesystem::path& folder);
// Where the first of them that runs shows its web page, "http://127.0.0.1:8400/"; nothing: none has one.
std::optional<std::string> page_of(const std::vector<NodeProcess>& nodes);
// Starts those that do not run and waits until each is ready; logs go to <folder>/log. `only` starts one by
// its name.
Result<> start_nodes(const std::filesystem::path& folder, const std::string& only);
// Asks them to stop and waits; kills what does not stop within half a minute.
Result<> stop_nodes(const std::filesystem::path& folder, const std::string& only);

}  // namespace pcq::cli
