#include "src/cli/network_run.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "src/client/rpc_client.h"

extern char** environ;

namespace pcq::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartMax{120};  // a large store is checked on start
constexpr std::chrono::seconds kStopMax{30};
constexpr std::chrono::milliseconds kLookAgain{50};

std::filesystem::path pid_file(const std::filesystem::path& folder, const std::string& name) {
    return folder / "run" / (name + ".pid");
}

// The process of a node, if it is really one of ours that runs.
int running(const std::filesystem::path& folder, const std::string& name) {
    std::ifstream in(pid_file(folder, name));
    int process = 0;
    if (!(in >> process) || process <= 0) return 0;
    while (waitpid(process, nullptr, WNOHANG) > 0) {
    }  // one that we started ourselves and that has ended
    std::ifstream command("/proc/" + std::to_string(process) + "/comm");
    std::string comm;
    return std::getline(command, comm) && comm == "pcqd" ? process : 0;
}

void ask_ready(NodeProcess& node) {
    const auto endpoint = client::endpoint_from(node.rpc);
    if (!endpoint) return;
    client::RpcClient rpc(*endpoint, {std::chrono::milliseconds(2'000)});
    const auto answer = rpc.get("/readyz");
    node.ready = answer && answer->status == 200;
    node.why = answer ? answer->body : answer.error().message;
}

Result<> start_one(const std::filesystem::path& folder, const std::string& name) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "pcqd";
    if (!std::filesystem::exists(program))
        return Error{Code::not_found, "pcqd is not beside pcq, in " + program.parent_path().string()};
    std::filesystem::create_directories(folder / "log");
    std::filesystem::create_directories(folder / "run");
    const std::string log = (folder / "log" / (name + ".log")).string();
    const std::string config = (folder / (name + ".toml")).string();
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
    if (failed != 0) return Error{Code::io_failed, "cannot start " + path + ": " + std::strerror(failed)};
    std::ofstream out(pid_file(folder, name));
    out << process << "\n";
    return {};
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
        if (running(folder, node.name) == 0)
            return Error{Code::stopped, "node " + node.name + " stopped: " + last_line(log) +
                                            "\nthe whole log is " + log.string()};
        std::this_thread::sleep_for(kLookAgain);
    }
    return Error{Code::node_timed_out, "node " + node.name + " is not ready after two minutes: " + node.why};
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
            if (listen) nodes.push_back({entry.path().stem().string(), *listen, 0, false, ""});
        } catch (const toml::parse_error& error) {
            return Error{Code::bad_argument, entry.path().string() + ": " + std::string(error.description())};
        }
    }
    if (nodes.empty())
        return Error{Code::not_found,
                     folder.string() + " holds no node configurations; make a network with pcq net init"};
    std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a.rpc < b.rpc; });
    for (auto& node : nodes) {
        node.process = running(folder, node.name);
        if (node.process != 0) ask_ready(node);
    }
    return nodes;
}

Result<> start_nodes(const std::filesystem::path& folder, const std::string& only) {
    auto nodes = find_nodes(folder);
    if (!nodes) return nodes.error();
    bool found = false;
    for (const auto& node : *nodes) {
        if (!only.empty() && node.name != only) continue;
        found = true;
        if (node.process != 0) continue;
        if (auto started = start_one(folder, node.name); !started) return started.error();
    }
    if (!found) return Error{Code::not_found, "there is no node called " + only + " in " + folder.string()};
    for (const auto& node : *nodes) {
        if (!only.empty() && node.name != only) continue;
        if (auto ready = wait_ready(folder, node); !ready) return ready.error();
    }
    return {};
}

Result<> stop_nodes(const std::filesystem::path& folder, const std::string& only) {
    auto nodes = find_nodes(folder);
    if (!nodes) return nodes.error();
    for (const auto& node : *nodes) {
        if ((only.empty() || node.name == only) && node.process != 0) kill(node.process, SIGTERM);
    }
    const auto end = SteadyClock::now() + kStopMax;
    for (const auto& node : *nodes) {
        if ((!only.empty() && node.name != only) || node.process == 0) continue;
        while (running(folder, node.name) != 0) {
            if (SteadyClock::now() > end) kill(node.process, SIGKILL);
            std::this_thread::sleep_for(kLookAgain);
        }
        std::filesystem::remove(pid_file(folder, node.name));
    }
    return {};
}

}  // namespace pcq::cli
