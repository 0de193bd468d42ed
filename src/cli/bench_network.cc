#include "src/cli/bench_network.h"

#include <chrono>
#include <cstdlib>
#include <random>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "src/cli/network_files.h"
#include "src/cli/network_run.h"

namespace pcq::cli {
namespace {

using boost::asio::ip::tcp;

// Below the ports that the kernel hands out by itself.
constexpr std::uint16_t kFirstPort = 20'000;
constexpr std::uint16_t kLastPort = 32'000;
constexpr int kTries = 100;

bool are_free(std::uint16_t first, std::size_t count) {
    boost::asio::io_context io;
    for (std::size_t i = 0; i < count; ++i) {
        boost::system::error_code failed;
        tcp::acceptor acceptor(io);
        const tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(),
                                     static_cast<std::uint16_t>(first + i));
        acceptor.open(endpoint.protocol(), failed);
        if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
        if (!failed) acceptor.bind(endpoint, failed);
        if (failed) return false;
    }
    return true;
}

// The first of `count` free ports in a row.
Result<std::uint16_t> free_ports(std::size_t count) {
    std::random_device random;
    std::uniform_int_distribution<int> anywhere(kFirstPort, kLastPort - static_cast<int>(count));
    for (int tried = 0; tried < kTries; ++tried) {
        const auto first = static_cast<std::uint16_t>(anywhere(random));
        if (are_free(first, count)) return first;
    }
    return Error{Code::listen_refused, "found no " + std::to_string(count) +
                                           " free ports in a row on 127.0.0.1 between " +
                                           std::to_string(kFirstPort) + " and " + std::to_string(kLastPort)};
}

Result<std::filesystem::path> temporary_folder() {
    std::error_code failed;
    std::string name = (std::filesystem::temp_directory_path(failed) / "pcq-bench-XXXXXX").string();
    if (failed || mkdtemp(name.data()) == nullptr)
        return Error{Code::io_failed, "cannot make a temporary folder; set TMPDIR to one that is writable"};
    return std::filesystem::path(name);
}

}  // namespace

Result<TemporaryNetwork> TemporaryNetwork::start(std::size_t validators) {
    const auto first = free_ports(2 * validators);
    if (!first) return first.error();
    auto folder = temporary_folder();
    if (!folder) return folder.error();
    TemporaryNetwork network(*std::move(folder));
    NetworkPlan plan;
    plan.folder = network.folder_ / "network";
    plan.peer_port = *first;
    plan.rpc_port = static_cast<std::uint16_t>(*first + validators);
    plan.validators.clear();
    for (std::size_t i = 1; i <= validators; ++i) plan.validators.push_back("node-" + std::to_string(i));
    plan.time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
    if (auto written = write_network(plan); !written) return written.error();
    if (auto started = start_nodes(plan.folder, ""); !started) return started.error();
    return network;
}

TemporaryNetwork::~TemporaryNetwork() {
    if (folder_.empty()) return;
    const auto stopped = stop_nodes(folder_ / "network", "");
    std::error_code ignored;
    if (stopped) std::filesystem::remove_all(folder_, ignored);
}

}  // namespace pcq::cli
