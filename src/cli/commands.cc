#include "src/cli/commands.h"

#include <iostream>

namespace pcq::cli {

Result<client::Endpoint> Session::endpoint(const std::string& of) const {
    return client::endpoint_from(of, tls);
}

std::optional<boost::json::value> Session::ask(const std::string& method, const boost::json::object& params) {
    const auto endpoint = this->endpoint();
    if (!endpoint) {
        ended = fail(endpoint.error());
        return std::nullopt;
    }
    auto answer = client::RpcClient(*endpoint).call(method, params);
    if (!answer) {
        ended = fail(answer.error());
        return std::nullopt;
    }
    return *std::move(answer);
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
