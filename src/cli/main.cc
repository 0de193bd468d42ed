// pcq: the tool of governments, platforms, people, operators and regulators.
#include <filesystem>
#include <iostream>

#include "src/cli/commands.h"
#include "src/ledger/quiet_decoders.h"

int main(int argc, char** argv) {
    pcq::ledger::quiet_decoders();
    CLI::App app{"pcq - personal carbon quotas from the command line", "pcq"};
    pcq::cli::Session session;
    app.add_option("--node", session.node, "RPC address of the node to ask")
        ->type_name("[https://]HOST:PORT")
        ->capture_default_str()
        ->envname("PCQ_NODE");
    app.add_option("--ca", session.tls.authorities,
                   "certificates, one of which must have signed that of an https:// node; those that this "
                   "machine trusts if left out")
        ->type_name("FILE")
        ->envname("PCQ_CA");
    app.add_option("--certificate", session.tls.certificate, "what to show where only operators are let in")
        ->type_name("FILE")
        ->envname("PCQ_CERTIFICATE");
    app.add_option("--certificate-key", session.tls.key, "its key")
        ->type_name("FILE")
        ->envname("PCQ_CERTIFICATE_KEY");
    app.add_option("--chain", session.chain, "name or id of the chain")
        ->type_name("CHAIN")
        ->capture_default_str();
    app.add_option(
           "--verify", session.trusted,
           "genesis document of the chain, once for each chain: believe nothing that the node does not "
           "prove; ends with 4 if it lies")
        ->type_name("FILE")
        ->expected(1)
        ->take_all()
        ->envname("PCQ_VERIFY");
    app.add_flag("--json", session.json, "print JSON for machines instead of tables for people");
    app.set_version_flag("--version", std::string("pcq ") + PCQ_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(
        "Example:\n  pcq net init --dir net && pcq net up --dir net && pcq status\n\n"
        "Errors go to standard error, as text with a name and a number that docs/codes.md explains.\n"
        "Exit codes: 0 done, 1 refused or not found, 2 wrong arguments or a file that is none, 3 no node "
        "could "
        "be asked, 4 a proof or a sum does not hold.");

    pcq::cli::add_key_commands(app, session);
    pcq::cli::add_net_commands(app, session);
    pcq::cli::add_read_commands(app, session);
    pcq::cli::add_node_commands(app, session);
    pcq::cli::add_market_commands(app, session);
    pcq::cli::add_cash_commands(app, session);
    pcq::cli::add_credit_commands(app, session);
    pcq::cli::add_governance_commands(app, session);
    pcq::cli::add_period_commands(app, session);
    pcq::cli::add_audit_commands(app, session);
    pcq::cli::add_archive_commands(app, session);
    pcq::cli::add_bench_command(app, session);
    pcq::cli::add_model_commands(app, session);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return static_cast<int>(error.get_exit_code() == 0 ? pcq::cli::Exit(app.exit(error))
                                                           : pcq::cli::misused(app, error));
    } catch (const std::filesystem::filesystem_error& error) {
        session.ended = pcq::cli::fail(
            pcq::Error{pcq::Code::io_failed, error.path1().string() + ": " + error.code().message()});
    } catch (const std::exception& error) {
        // Values are taken out of answers as docs/rpc.md says they are there.
        session.ended = pcq::cli::fail(
            pcq::Error{pcq::Code::answer_malformed,
                       "what " + session.node + " answers is not what a node of PCQ says: " + error.what()});
    }
    // Of what cannot be told nothing is proven.
    if (session.ended == pcq::cli::Exit::done || session.ended == pcq::cli::Exit::refused)
        session.say_what_is_proven();
    if (!std::cout.flush() && session.ended == pcq::cli::Exit::done) {
        session.ended = pcq::cli::fail(
            pcq::Error{pcq::Code::io_failed, "not everything could be written to standard output"});
    }
    return static_cast<int>(session.ended);
}
