// The commands of pcq, one function per family: each adds its subcommands to the program and says through
// `ended` how it went.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "src/cli/output.h"
#include "src/cli/proven_node.h"
#include "src/client/rpc_client.h"

namespace pcq::cli {

// What every command shares.
struct Session {
    std::string node = "127.0.0.1:8400";
    client::TlsFiles tls;
    std::string chain = "side";
    bool json = false;
    std::vector<std::string>
        trusted;  // genesis documents: answers count as far as they are proven from these
    Exit ended = Exit::done;

    // Of `node`, or of another node of the same network.
    Result<client::Endpoint> endpoint() const { return endpoint(node); }
    Result<client::Endpoint> endpoint(const std::string& of) const;
    // One question; prints the Error and sets `ended` when there is no answer.
    std::optional<boost::json::value> ask(const std::string& method, const boost::json::object& params);
    // The same, but the Error is the caller's to tell.
    Result<boost::json::value> answer(const std::string& method, const boost::json::object& params);
    // One transaction. With documents, what the node says of it is its word, until its receipt is proven.
    Result<client::Submitted> submit(const Bytes& transaction, const client::SubmitOptions& options,
                                     std::chrono::milliseconds timeout);
    // False, said, and `ended` set if answers are to be proven, which the command that is called so does not
    // do. `instead`: what to do.
    bool needs_no_proof(const std::string& command, const std::string& instead);
    // To stderr: what the answers were proven by, and what was not proven. Nothing if nothing is to be
    // proven.
    void say_what_is_proven() const;

private:
    std::unique_ptr<client::RpcClient> client_;
    std::unique_ptr<ProvenNode> proven_;  // asks through client_
    bool submitted_on_its_word_ = false;
};

// Checks of an argument that it is a whole number of this or more; the option's type says how large it may
// be.
CLI::Validator whole_number(std::uint64_t least);
// A period: a calendar year, from 1 to 9999.
CLI::Validator year();

// Ends a command's --help with what else there is to know and an example to copy.
void explain(CLI::App& command, const std::string& example, const std::string& more = "");

// Says on stderr what is wrong with the arguments, and which --help explains them.
Exit misused(const CLI::App& app, const CLI::ParseError& error);

void add_key_commands(CLI::App& app, Session& session);
void add_net_commands(CLI::App& app, Session& session);
void add_read_commands(CLI::App& app, Session& session);
void add_node_commands(CLI::App& app, Session& session);
void add_replay_command(CLI::App& node, Session& session);  // below `pcq node`
void add_market_commands(CLI::App& app, Session& session);
void add_emission_commands(CLI::App& emissions, Session& session);         // below `pcq emissions`
void add_rule_commands(CLI::App& app, CLI::App& quota, Session& session);  // below `pcq quota`
void add_credit_commands(CLI::App& app, Session& session);
void add_governance_commands(CLI::App& app, Session& session);
void add_period_commands(CLI::App& app, Session& session);
void add_posting_commands(CLI::App& market, Session& session);              // below `pcq market`
void add_order_commands(CLI::App& market, Session& session);                // below `pcq market`
void add_account_commands(CLI::App& account, Session& session);             // below `pcq account`
void add_people_commands(CLI::App& account, Session& session);              // below `pcq account`
void add_issue_commands(CLI::App& app, CLI::App& quota, Session& session);  // below `pcq quota`
void add_cash_commands(CLI::App& app, Session& session);
void add_quota_transfer(CLI::App& quota, Session& session);            // below `pcq quota`
void add_settlement_commands(CLI::App& settlement, Session& session);  // below `pcq settlement`
void add_audit_commands(CLI::App& app, Session& session);
void add_account_audit(CLI::App& audit, Session& session);  // below `pcq audit`
void add_archive_commands(CLI::App& app, Session& session);
void add_bench_command(CLI::App& app, Session& session);
void add_model_commands(CLI::App& app, Session& session);

}  // namespace pcq::cli
