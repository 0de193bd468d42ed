#include "src/cli/commands.h"

namespace pcq::cli {

std::optional<boost::json::value> Session::ask(const std::string& method, const boost::json::object& params) {
    const auto endpoint = client::endpoint_from(node);
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

}  // namespace pcq::cli
