#include "src/cli/commands.h"

#include <iostream>

#include "src/cli/genesis_file.h"

namespace pcq::cli {

Result<client::Endpoint> Session::endpoint(const std::string& of) const {
    return client::endpoint_from(of, tls);
}

Result<boost::json::value> Session::answer(const std::string& method, const boost::json::object& params) {
    if (!client_) {
        const auto at = endpoint();
        if (!at) return at.error();
        client_ = std::make_unique<client::RpcClient>(*at);
    }
    if (trusted.empty()) return client_->call(method, params);
    if (!proven_) {
        std::vector<ledger::Genesis> documents;
        for (const auto& file : trusted) {
            auto genesis = genesis_from(file);
            if (!genesis) return genesis.error();
            documents.push_back(*std::move(genesis));
        }
        proven_ = std::make_unique<ProvenNode>(*client_, std::move(documents));
    }
    return proven_->ask(method, params);
}

std::optional<boost::json::value> Session::ask(const std::string& method, const boost::json::object& params) {
    auto answered = answer(method, params);
    if (!answered) {
        ended = fail(answered.error());
        return std::nullopt;
    }
    return *std::move(answered);
}

void Session::say_what_is_proven() const {
    if (!proven_) return;
    for (const auto& basis : proven_->bases()) {
        std::cerr << "pcq: proven by block " << basis.height << " of " << basis.chain << " ("
                  << time_text(basis.time_ms) << "), signed by a quorum of its " << basis.validators
                  << " validators\n";
    }
    for (const auto& method : proven_->opinions())
        std::cerr << "pcq: not proven, the node's own word: " << method << "\n";
}

void explain(CLI::App& command, const std::string& example, const std::string& more) {
    command.footer((more.empty() ? "" : more + "\n\n") + "Example:\n  " + example +
                   "\n\npcq --help has the options of every command (--node, --chain, --json) and the exit "
                   "codes.");
}

Exit misused(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App* command = &app;
    std::string words = app.get_name();
    while (!command->get_subcommands().empty()) {
        command = command->get_subcommands().front();
        words += " " + command->get_name();
    }
    std::string what = error.what();
    if (const auto left = app.remaining(/*recurse=*/true); !left.empty()) {
        const bool has_commands = !command->get_subcommands([](const CLI::App*) { return true; }).empty();
        what = "\"" + left.front() + "\" is ";
        if (left.front().rfind('-', 0) == 0) {
            what += "no option of " + words;
        } else if (has_commands) {
            what += "no command of " + words;
        } else {
            what += "one argument too many for " + words;
        }
    }
    std::cerr << "pcq: " << what << "; " << words << " --help explains it\n";
    return Exit::usage;
}

}  // namespace pcq::cli
