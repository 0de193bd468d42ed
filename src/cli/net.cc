// pcq net: init, add, up, down, status.
#include <chrono>
#include <iostream>

#include <boost/json/array.hpp>

#include "src/cli/amounts.h"
#include "src/cli/commands.h"
#include "src/cli/network_files.h"
#include "src/cli/network_run.h"

namespace pcq::cli {
namespace {

void print_status(const std::vector<NodeProcess>& nodes, Session& session) {
    boost::json::array list;
    std::vector<std::vector<std::string>> rows;
    for (const auto& node : nodes) {
        const std::string state = node.process == 0 ? "down" : node.ready ? "ready" : "not ready";
        list.push_back({{"name", node.name},
                        {"rpc", node.rpc},
                        {"process", node.process},
                        {"state", state},
                        {"why", node.ready ? "" : node.why},
                        {"heights", node.heights}});
        const bool explained = state == "not ready" && !node.why.empty();
        rows.push_back({node.name, node.rpc, node.process == 0 ? "-" : std::to_string(node.process),
                        node.heights.empty() ? "-" : node.heights,
                        explained ? state + ": " + node.why : state});
        if (state != "ready") session.ended = Exit::refused;
    }
    if (session.json) {
        print_json(list);
    } else {
        print_table({"NODE", "RPC", "PROCESS", "HEIGHTS", "STATE"}, rows);
    }
}

// A line for people, an object for machines.
void print_done(const Session& session, const std::string& folder, const std::string& done) {
    if (session.json) {
        print_json({{"dir", folder}, {"done", true}});
    } else {
        std::cout << done << "\n";
    }
}

// Where to look at the nodes that have been started; nothing where they have no page.
std::string page_line(const std::string& folder, const std::string& only) {
    auto nodes = find_nodes(folder);
    if (!nodes) return "";
    std::erase_if(*nodes, [&](const auto& node) { return !only.empty() && node.name != only; });
    const auto page = page_of(*nodes);
    return page ? "; the web page: " + *page : "";
}

// An option whose text is an amount; the amount goes into the plan.
template <class Read>
void add_amount(CLI::App& command, const char* name, const char* about, const char* type, std::int64_t& into,
                const Read& read) {
    command
        .add_option_function<std::string>(
            name,
            [&into, read](const std::string& text) {
                const auto amount = read(text);
                if (!amount) throw CLI::ValidationError(amount.error().message);
                into = amount->value();
            },
            about)
        ->type_name(type);
}

// What protects people from whoever gets hold of their key.
void add_limits(CLI::App& init, const std::shared_ptr<NetworkPlan>& plan) {
    constexpr std::uint64_t kHourMs = 3'600'000;
    init.add_option_function<std::uint64_t>(
            "--trust-delay", [plan](std::uint64_t hours) { plan->trust_delay_ms = hours * kHourMs; },
            "before a counterparty that a person has named counts; at once if not given")
        ->type_name("HOURS")
        ->check(CLI::Range(0, 24 * 366));
    add_amount(init, "--transfer-day-quota", "that a person may give away in a day; no limit if not given",
               "QUOTA", plan->transfer_day_g, grams_from);
    add_amount(init, "--transfer-day-cash",
               "that a person may pay in a day to accounts they do not trust; no limit if not given", "CNY",
               plan->transfer_day_uy, money_from);
}

void add_add(CLI::App& net, const std::function<void(CLI::App*)>& add_folder,
             const std::shared_ptr<std::string>& folder, Session& session) {
    auto plan = std::make_shared<NodePlan>();
    auto* command = net.add_subcommand(
        "add",
        "write key and configuration of one more node, and name it to the others; its key is NOT encrypted");
    add_folder(command);
    command->add_option("name", plan->name, "of the node")->required();
    command->add_option("--peer-port", plan->peer_port, "above those of the others if not given")
        ->check(CLI::Range(1, 65'535));
    command->add_option("--rpc-port", plan->rpc_port, "above those of the others if not given")
        ->check(CLI::Range(1, 65'535));
    explain(
        *command, "pcq net add fifth --dir net",
        "It follows the chains without a vote. The others take its connections once they have been started "
        "again, one\nafter the other. To validate it needs their votes: pcq key possession, pcq governance "
        "propose --add-validator.");
    command->callback([plan, folder, &session] {
        plan->folder = *folder;
        if (auto added = add_node(*plan); !added) {
            session.ended = fail(added.error());
        } else {
            print_done(session, *folder,
                       "wrote node " + plan->name +
                           "; start the other nodes again, one after the other, and "
                           "then it: pcq net up " +
                           plan->name + " --dir " + *folder);
        }
    });
}

}  // namespace

void add_net_commands(CLI::App& app, Session& session) {
    auto plan = std::make_shared<NetworkPlan>();
    auto folder = std::make_shared<std::string>("pcq-network");
    auto only = std::make_shared<std::string>();
    auto* net = app.add_subcommand("net", "a network of nodes on this machine")->require_subcommand(1);
    explain(*net, "pcq net init --dir net && pcq net up --dir net");
    const auto add_folder = [folder](CLI::App* command) {
        command->add_option("--dir", *folder, "folder of the network")
            ->type_name("FOLDER")
            ->capture_default_str();
    };

    auto* init = net->add_subcommand(
        "init", "write keys, genesis documents and configurations of a new network; keys are NOT encrypted");
    add_folder(init);
    init->add_option("--validators", plan->validators, "names of the nodes, four or more")->expected(4, 100);
    init->add_option("--peer-port", plan->peer_port, "of the first node, the others follow")
        ->check(CLI::Range(1, 65'535))
        ->capture_default_str();
    init->add_option("--rpc-port", plan->rpc_port, "of the first node, the others follow")
        ->check(CLI::Range(1, 65'535))
        ->capture_default_str();
    init->add_option("--registration-fee", plan->registration_fee_uy,
                     "micro-yuan, paid on joining the market")
        ->check(whole_number(0))
        ->capture_default_str();
    add_limits(*init, plan);
    explain(*init, "pcq net init --dir net --rpc-port 8400");
    init->callback([plan, folder, &session] {
        plan->folder = *folder;
        plan->time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
        if (auto written = write_network(*plan); !written) {
            session.ended = fail(written.error());
        } else {
            print_done(session, *folder,
                       "wrote a network of " + std::to_string(plan->validators.size()) + " nodes to " +
                           *folder + "; its keys are not encrypted, so keep the folder to yourself");
        }
    });

    add_add(*net, add_folder, folder, session);

    auto* up = net->add_subcommand("up", "start the nodes that do not run, and wait until each is ready");
    auto* down = net->add_subcommand("down", "stop the nodes");
    auto* status = net->add_subcommand("status", "which nodes run, and are they ready");
    for (auto* command : {up, down, status}) add_folder(command);
    for (auto* command : {up, down}) command->add_option("node", *only, "only this node");
    explain(*up, "pcq net up --dir net");
    explain(*down, "pcq net down platform --dir net");
    explain(*status, "pcq net status --dir net",
            "Ends with 0 when every node is ready, with 1 when one is down or not ready.");
    up->callback([folder, only, &session] {
        const auto started = start_nodes(*folder, *only);
        if (!started) {
            session.ended = fail(started.error());
        } else {
            print_done(session, *folder,
                       (only->empty() ? "every node is ready" : "node " + *only + " is ready") +
                           page_line(*folder, *only));
        }
    });
    down->callback([folder, only, &session] {
        const auto stopped = stop_nodes(*folder, *only);
        if (!stopped) {
            session.ended = fail(stopped.error());
        } else {
            print_done(session, *folder,
                       only->empty() ? "every node is stopped" : "node " + *only + " is stopped");
        }
    });
    status->callback([folder, &session] {
        const auto nodes = find_nodes(*folder);
        if (nodes) {
            print_status(*nodes, session);
        } else {
            session.ended = fail(nodes.error());
        }
    });
}

}  // namespace pcq::cli
