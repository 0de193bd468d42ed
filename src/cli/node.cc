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
    const std::string_view waits_for = value.at("waits_for").as_string();
    const bool is_idle = waits_for == "nothing" || waits_for == "others";
    const bool is_alone = is_idle && !value.at("missing").as_array().empty();
    std::cout << (is_stalled ? "STALLED since "
                  : is_alone ? "NO QUORUM; last progress "
                             : "going on; last progress ")
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

std::string word(const boost::json::value& said) {
    return plain_text(said.at("kind")) + " in view " + plain_text(said.at("view"));
}

void evidence(Session& session) {
    boost::json::object params{{"chain", session.chain}, {"limit", 1'000}};
    auto answer = session.ask("evidence", params);
    if (!answer) return;
    auto& pieces = answer->at("evidence").as_array();
    for (auto page = *answer; const auto* next = page.as_object().if_contains("next");) {
        params["cursor"] = *next;
        auto more = session.ask("evidence", params);
        if (!more) return;
        page = *std::move(more);
        const auto& read = page.at("evidence").as_array();
        pieces.insert(pieces.end(), read.begin(), read.end());
    }
    answer->as_object().erase("next");
    if (session.json) return print_json(*answer);
    if (pieces.empty()) {
        std::cout << "this node has seen no validator contradict itself on this chain\n";
        return;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& piece : pieces)
        rows.push_back({plain_text(piece.at("height")), plain_text(piece.at("validator")),
                        plain_text(piece.at("public_key")), time_text(piece.at("seen_ms")),
                        word(piece.at("first")), word(piece.at("second"))});
    print_table({"HEIGHT", "VALIDATOR", "KEY", "SEEN", "SAID", "AND"}, rows);
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
    add_replay_command(*node, session);
    auto* accusations =
        node->add_subcommand("evidence", "validators that the node has seen contradict themselves");
    explain(*accusations, "pcq --chain side node evidence",
            "With --json: the signed messages, for whoever judges.");
    accusations->callback([&session] { evidence(session); });
}

}  // namespace pcq::cli
