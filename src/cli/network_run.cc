#include "src/cli/network_run.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <system_error>
#include <thread>

#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "src/client/rpc_client.h"

namespace pcq::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartMax{120};  // a large store is checked on start
constexpr std::chrono::seconds kStopMax{30};
constexpr std::chrono::milliseconds kLookAgain{50};

std::filesystem::path pid_file(const std::filesystem::path& folder, const std::string& name) {
    return folder / "run" / (name + ".pid");
}

// As it stands on the command line of the node, wherever it was started from.
std::filesystem::path config_file(const std::filesystem::path& folder, const std::string& name) {
    std::error_code ignored;
    return std::filesystem::weakly_canonical(folder, ignored) / (name + ".toml");
}

// The process of a node, if it is really this one: the number may be another program's by now. One that has
// ended keeps its number until its parent asks how, which in a container may be never, but no command line.
int running(const std::filesystem::path& folder, const std::string& name) {
    std::ifstream in(pid_file(folder, name));
    int process = 0;
    if (!(in >> process) || process <= 0) return 0;
    while (waitpid(process, nullptr, WNOHANG) > 0) {
    }  // one that we started ourselves
    std::ifstream proc("/proc/" + std::to_string(process) + "/cmdline", std::ios::binary);
    const std::string command{std::istreambuf_iterator<char>(proc), {}};  // each word ends with a zero byte
    const std::string word = '\0' + config_file(folder, name).string() + '\0';
    return command.find(word) == std::string::npos ? 0 : process;
}

// Of a process of this machine, which is known by its configuration: whatever certificate it shows.
Result<client::Endpoint> endpoint_of(const NodeProcess& node) {
    auto endpoint = client::endpoint_from(node.rpc);
    if (endpoint && endpoint->tls)
        endpoint->tls = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
    return endpoint;
}

void ask_ready(NodeProcess& node) {
    const auto endpoint = endpoint_of(node);
    if (!endpoint) return;
    client::RpcClient rpc(*endpoint, {std::chrono::milliseconds(2'000)});
    const auto answer = rpc.get("/readyz");
    node.ready = answer && answer->status == 200;
    node.why = answer ? answer->body : answer.error().message;
    while (!node.why.empty() && node.why.back() == '\n') node.why.pop_back();
}

void ask_heights(NodeProcess& node) {
    const auto endpoint = endpoint_of(node);
    if (!endpoint) return;
    client::RpcClient rpc(*endpoint, {std::chrono::milliseconds(2'000)});
    const auto chains = rpc.call("chains", {});
    if (!chains || !chains->is_array()) return;
    for (const auto& chain : chains->as_array()) {
        const auto status = rpc.call("status", {{"chain", chain.at("name")}});
        if (!status) continue;
        node.heights += (node.heights.empty() ? "" : ", ") + std::string(chain.at("name").as_string()) + " " +
                        std::to_string(status->at("height").to_number<std::uint64_t>());
    }
}

// Whoever answers there would be taken for the node, and the node cannot listen.
Result<> expect_silence(const NodeProcess& node) {
    const auto endpoint = endpoint_of(node);
    if (!endpoint) return endpoint.error();
    const auto answer = client::RpcClient(*endpoint, {std::chrono::milliseconds(2'000)}).get("/healthz");
    if (!answer && answer.error().code == Code::node_unreachable) return {};
    return Error{Code::listen_refused,
                 "something listens at " + node.rpc + " already, where node " + node.name +
                     " should: another network? Stop it, or change rpc.listen in " + node.name + ".toml"};
}

Result<pid_t> start_one(const std::filesystem::path& folder, const std::string& name) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "pcqd";
    if (!std::filesystem::exists(program))
        return Error{Code::not_found, "pcqd is not beside pcq, in " + program.parent_path().string()};
    std::filesystem::create_directories(folder / "log");
    std::filesystem::create_directories(folder / "run");
    const std::string log = (folder / "log" / (name + ".log")).string();
    const std::string config = config_file(folder, name).string();
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);  // nothing of its parent's, such as a lock, lives on
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // In a session of its own it outlives this terminal.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    sigset_t nothing;
    sigemptyset(&nothing);  // whatever this process holds back, the node hears its signals
    posix_spawnattr_setsigmask(&attributes, &nothing);
    std::string path = program.string();
    std::string option = "--config";
    std::string value = config;
    char* arguments[] = {path.data(), option.data(), value.data(), nullptr};
    pid_t process = 0;
    const int failed = posix_spawn(&process, path.c_str(), &files, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
        return Error{Code::io_failed,
                     "cannot start " + path + ": " + std::generic_category().message(failed)};
    }
    std::ofstream out(pid_file(folder, name));
    out << process << "\n";
    return process;
}

// A process that we started has no command line yet for a moment, so its parent's word counts first.
bool has_ended(const std::filesystem::path& folder, const NodeProcess& node) {
    const pid_t ended = waitpid(node.process, nullptr, WNOHANG);
    return ended == 0 ? false : ended == node.process || running(folder, node.name) == 0;
}

std::string last_line(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::string last;
    while (std::getline(in, line)) last = line;
    return last;
}

// Ready, or an Error that shows the log's last words.
Result<> wait_ready(const std::filesystem::path& folder, NodeProcess node) {
    const auto end = SteadyClock::now() + kStartMax;
    const auto log = folder / "log" / (node.name + ".log");
    while (SteadyClock::now() < end) {
        ask_ready(node);
        if (node.ready) return {};
        if (has_ended(folder, node)) {
            return Error{Code::stopped, "node " + node.name + " stopped: " + last_line(log) +
                                            "\nthe whole log is " + log.string()};
        }
        std::this_thread::sleep_for(kLookAgain);
    }
    return Error{Code::node_timed_out, "node " + node.name + " is not ready after two minutes: " + node.why};
}

// By port, as numbers: 9999 stands before 10000.
std::pair<unsigned, std::string> order(const NodeProcess& node) {
    const auto endpoint = client::endpoint_from(node.rpc);
    return {endpoint ? endpoint->port : 0u, node.name};
}

Error no_such_node(const std::filesystem::path& folder, const std::string& name) {
    return Error{Code::not_found, "there is no node called " + name + " in " + folder.string()};
}

}  // namespace

Result<std::vector<NodeProcess>> find_nodes(const std::filesystem::path& folder) {
    std::vector<NodeProcess> nodes;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
        if (entry.path().extension() != ".toml") continue;
        try {
            const auto document = toml::parse_file(entry.path().string());
            const auto listen = document["rpc"]["listen"].value<std::string>();
            const std::string scheme = document["rpc"]["certificate"] ? "https://" : "";
            if (listen) nodes.push_back({entry.path().stem().string(), scheme + *listen, 0, false, "", ""});
        } catch (const toml::parse_error& error) {
            return Error{Code::bad_argument, entry.path().string() + ": " + std::string(error.description())};
        }
    }
    if (nodes.empty()) {
        return Error{Code::not_found,
                     folder.string() + " holds no node configurations; make a network with pcq net init"};
    }
    std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return order(a) < order(b); });
    for (auto& node : nodes) {
        node.process = running(folder, node.name);
        if (node.process == 0) continue;
        ask_ready(node);
        ask_heights(node);
    }
    return nodes;
}

std::optional<std::string> page_of(const std::vector<NodeProcess>& nodes) {
    for (const auto& node : nodes) {
        const auto endpoint = endpoint_of(node);
        if (node.process == 0 || !endpoint) continue;
        const auto answer = client::RpcClient(*endpoint, {std::chrono::milliseconds(2'000)}).get("/");
        if (answer && answer->status == 200) return (endpoint->tls ? "" : "http://") + node.rpc + "/";
    }
    return std::nullopt;
}

Result<> start_nodes(const std::filesystem::path& folder, const std::string& only) {
    auto nodes = find_nodes(folder);
    if (!nodes) return nodes.error();
    std::erase_if(*nodes, [&](const auto& node) { return !only.empty() && node.name != only; });
    if (nodes->empty()) return no_such_node(folder, only);
    for (const auto& node : *nodes) {
        if (node.process != 0) continue;
        if (auto silent = expect_silence(node); !silent) return silent.error();
    }
    for (auto& node : *nodes) {
        if (node.process != 0) continue;
        const auto started = start_one(folder, node.name);
        if (!started) return started.error();
        node.process = *started;
    }
    for (const auto& node : *nodes) {
        if (auto ready = wait_ready(folder, node); !ready) return ready.error();
    }
    return {};
}

Result<> stop_nodes(const std::filesystem::path& folder, const std::string& only) {
    auto nodes = find_nodes(folder);
    if (!nodes) return nodes.error();
    std::erase_if(*nodes, [&](const auto& node) { return !only.empty() && node.name != only; });
    if (nodes->empty()) return no_such_node(folder, only);
    for (const auto& node : *nodes) {
        if (node.process != 0) kill(node.process, SIGTERM);
    }
    auto end = SteadyClock::now() + kStopMax;
    for (const auto& node : *nodes) {
        for (bool killed = false; running(folder, node.name) != 0;) {
            if (SteadyClock::now() > end) {
                if (killed) {
                    return Error{Code::node_timed_out,
                                 "node " + node.name + " does not end, not even killed"};
                }
                killed = kill(node.process, SIGKILL) == 0;
                end = SteadyClock::now() + kStopMax;
            }
            std::this_thread::sleep_for(kLookAgain);
        }
        std::filesystem::remove(pid_file(folder, node.name));
    }
    return {};
}

}  // namespace pcq::cli
