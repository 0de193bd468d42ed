// pcq node: what one node says of itself.
#include <iostream>

#include <boost/json/array.hpp>

#include "src/cli/commands.h"

namespace pcq::cli {
namespace {

void why(Session& session) {
    const auto answer = session.ask("why", {{"chain", session.chain}});
    if (!answer) return;
    if (session.json) return print_json(*answer);
    const auto& value = answer->as_object();
    const bool is_stalled = value.at("stalled").as_bool();
    std::cout << (is_stalled ? "STALLED since " : "going on; last progress ")
              << time_text(value.at("since_ms")) << "\n"
              << plain_text(value.at("text")) << "\n";
    std::vector<std::vector<std::string>> rows;
    for (const auto& validator : value.at("missing").as_array())
        rows.push_back({plain_text(validator.at("name")), plain_text(validator.at("cause")),
                        plain_text(validator.at("text"))});
    if (!rows.empty()) print_table({"WAITED FOR", "CAUSE", "AS THIS NODE SEES IT"}, rows);
    for (const auto& cause : value.at("causes").as_array())
        std::cout << "likely: " << plain_text(cause.at("text")) << " (" << plain_text(cause.at("cause"))
                  << ")\n";
}

}  // namespace

void add_node_commands(CLI::App& app, Session& session) {
    auto* node = app.add_subcommand("node", "what one node says of itself");
    node->require_subcommand(1);
    explain(*node, "pcq node why --help");
    auto* command =
        node->add_subcommand("why", "what the node's consensus waits for, from whom, and the likely cause");
    explain(*command, "pcq --node 127.0.0.1:8401 --chain side node why",
            "The node answers from its own state, so ask several: each sees its own part.");
    command->callback([&session] { why(session); });
}

}  // namespace pcq::cli
