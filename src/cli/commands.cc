#include "src/cli/commands.h"

#include <charconv>
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
        auto documents = genesis_documents_from(trusted);
        if (!documents) return documents.error();
        proven_ = std::make_unique<ProvenNode>(*client_, *std::move(documents));
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

Result<client::Submitted> Session::submit(const Bytes& transaction, const client::SubmitOptions& options,
                                          std::chrono::milliseconds timeout) {
    const auto at = endpoint();
    if (!at) return at.error();
    auto fate = client::RpcClient(*at, {.timeout = timeout}).submit(chain, transaction, options);
    if (trusted.empty()) return fate;
    if (!fate) return client::as_its_word(fate.error());
    submitted_on_its_word_ |= fate->fate != client::Fate::committed;
    return fate;
}

bool Session::needs_no_proof(const std::string& command, const std::string& instead) {
    if (trusted.empty()) return true;
    ended = fail(Error{Code::bad_argument, command + " proves nothing, so it does not go with --verify (or " +
                                               "PCQ_VERIFY): " + instead});
    return false;
}

void Session::say_what_is_proven() const {
    if (!proven_) return;
    for (const auto& basis : proven_->bases()) {
        std::cerr << "pcq: proven by block " << basis.height << " of " << basis.chain << " ("
                  << time_text(basis.time_ms) << ")";
        if (const auto behind = basis.newest - basis.height; behind > 1)
            std::cerr << ", " << behind << " blocks behind block " << basis.newest
                      << ", the newest proven here";
        if (basis.height == 0) {
            std::cerr << "; block 0 follows from its genesis document\n";
        } else {
            std::cerr << ", signed by a quorum of its " << basis.validators << " validators\n";
        }
    }
    auto unproven = proven_->opinions();
    if (submitted_on_its_word_) unproven.insert("submit");
    for (const auto& method : unproven)
        std::cerr << "pcq: not proven, the node's own word: " << method << "\n";
}

CLI::Validator whole_number(std::uint64_t least) {
    const auto check = [least](const std::string& text) -> std::string {
        std::uint64_t number = 0;
        const char* end = text.data() + text.size();
        const auto [stop, failed] = std::from_chars(text.data(), end, number);
        if (failed == std::errc() && stop == end && number >= least) return "";
        return "\"" + text + "\" is no whole number from " + std::to_string(least) + " on";
    };
    return {check, least == 0 ? "NONNEGATIVE" : "POSITIVE"};
}

CLI::Validator year() {
    const auto check = [](const std::string& text) -> std::string {
        std::uint32_t number = 0;
        const char* end = text.data() + text.size();
        const auto [stop, failed] = std::from_chars(text.data(), end, number);
        if (failed == std::errc() && stop == end && number >= 1 && number <= 9'999) return "";
        return "\"" + text + "\" is no year from 1 to 9999";
    };
    return {check, "YEAR"};
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
