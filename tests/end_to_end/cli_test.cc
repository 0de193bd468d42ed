// pcq by itself: help, keys, passphrases, and networks on one machine.
#include <csignal>
#include <fstream>

#include <boost/json/parse.hpp>

#include "src/base/address.h"
#include "tests/end_to_end/command_line.h"
#include "tests/end_to_end/terminal.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(CommandLine, HelpsWithEveryCommand) {
    const std::vector<std::vector<std::string>> commands{{},
                                                         {"key"},
                                                         {"key", "new"},
                                                         {"key", "show"},
                                                         {"net"},
                                                         {"net", "init"},
                                                         {"net", "up"},
                                                         {"net", "down"},
                                                         {"net", "status"},
                                                         {"account"},
                                                         {"quota"},
                                                         {"quota", "rule"},
                                                         {"quota", "rule", "try"},
                                                         {"emissions"},
                                                         {"emissions", "report"},
                                                         {"emissions", "correct"},
                                                         {"emissions", "dispute"},
                                                         {"emissions", "readings"},
                                                         {"credit"},
                                                         {"credit", "load"},
                                                         {"credit", "convert"},
                                                         {"credit", "reserve"},
                                                         {"governance"},
                                                         {"governance", "propose"},
                                                         {"governance", "vote"},
                                                         {"governance", "pause"},
                                                         {"account", "freeze"},
                                                         {"account", "unfreeze"},
                                                         {"account", "close"},
                                                         {"account", "claw-back"},
                                                         {"account", "approve-claw-back"},
                                                         {"account", "claw-backs"},
                                                         {"account", "trust"},
                                                         {"account", "distrust"},
                                                         {"account", "trusted"},
                                                         {"account", "frozen"},
                                                         {"account", "debts"},
                                                         {"account", "repay"},
                                                         {"quota", "transfer"},
                                                         {"account", "request"},
                                                         {"account", "register"},
                                                         {"quota", "rule", "apply"},
                                                         {"quota", "issue"},
                                                         {"quota", "claim"},
                                                         {"cash"},
                                                         {"cash", "deposit"},
                                                         {"cash", "withdraw"},
                                                         {"cash", "pay"},
                                                         {"settlement"},
                                                         {"settlement", "preview"},
                                                         {"settlement", "certificate"},
                                                         {"settlement", "check"},
                                                         {"block"},
                                                         {"tx"},
                                                         {"status"},
                                                         {"market"},
                                                         {"market", "prices"},
                                                         {"market", "join"},
                                                         {"market", "sell"},
                                                         {"market", "buy"},
                                                         {"audit"},
                                                         {"audit", "account"},
                                                         {"audit", "totals"},
                                                         {"bench"}};
    for (auto command : commands) {
        std::string words = "pcq";
        for (const auto& word : command) words += " " + word;
        command.emplace_back("--help");
        const auto ended = pcq(command);
        EXPECT_EQ(ended.code, kDone) << words;
        EXPECT_THAT(ended.out, AllOf(HasSubstr("Usage: " + words), HasSubstr("\nExample:\n  pcq "),
                                     HasSubstr("xit codes")));
    }
    EXPECT_THAT(pcq({"--help"}).out,
                HasSubstr("Exit codes: 0 done, 1 refused or not found, 2 wrong arguments"));
    EXPECT_THAT(pcq({"--version"}).out, HasSubstr("pcq 0."));
    expect_error(pcq({}), kUsage, HasSubstr("subcommand is required"));
    const auto misused = [](const std::vector<std::string>& arguments, const char* says) {
        expect_error(pcq(arguments), kUsage, HasSubstr(says));
    };
    misused({"maket", "sell"}, "pcq: \"maket\" is no command of pcq; pcq --help explains it\n");
    misused({"market", "lend"}, "pcq: \"lend\" is no command of pcq market; pcq market --help explains it\n");
    misused({"market"}, "pcq market --help explains it");
    misused({"market", "sell"}, "required; pcq market sell --help explains it");
    misused({"status", "now"}, "pcq: \"now\" is one argument too many for pcq status");
    misused({"quota", "pcq1q", "--yaer", "2026"}, "pcq: \"--yaer\" is no option of pcq quota");
    misused({"status", "--chain"}, "--chain");
}

TEST_F(CommandLine, OfANodeHelpsAndNamesWhatIsWrong) {
    const auto pcqd = [](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), program("pcqd").string());
        return run({std::move(arguments), {}, ""});
    };
    EXPECT_THAT(pcqd({"--help"}).out, HasSubstr("--config"));
    EXPECT_THAT(pcqd({"--version"}).out, HasSubstr("pcqd 0."));
    expect_error(pcqd({}), kUsage, HasSubstr("--config is required"));
    expect_error(pcqd({"--config", file("missing.toml")}), kUsage, HasSubstr("missing.toml"));
    expect_error(pcqd({"--config", file("bad.toml", "[node]\nname = 7\n")}), kUsage,
                 AllOf(HasSubstr("bad.toml"), HasSubstr("line 2"), HasSubstr("name")));
    const auto config = (network().folder() / "platform.toml").string();
    const auto checked = pcqd({"--config", config, "--check"});
    EXPECT_EQ(checked.code, kDone) << checked.err;
    EXPECT_THAT(checked.out, HasSubstr("is good"));
    // It runs already: a second one must not touch its store.
    expect_error(pcqd({"--config", config}), kRefused, HasSubstr("is another process running on it?"));
}

TEST_F(CommandLine, MakesAndShowsKeys) {
    const auto passphrase = file("passphrase", "correct horse\n");
    for (const char* type : {"ed25519", "p256"}) {
        const auto key = file(std::string(type) + ".pem");
        const auto made = ask_json({"key", "new", key, "--type", type, "--passphrase-file", passphrase});
        EXPECT_EQ(made.at("type"), type);
        EXPECT_TRUE(account_from_address(std::string(made.at("account").as_string())));
        EXPECT_EQ(ask_json({"key", "show", key, "--passphrase-file", passphrase}), made);
        EXPECT_THAT(pcq({"key", "show", key, "--passphrase-file", passphrase}).out,
                    HasSubstr(std::string(made.at("account").as_string())));
        expect_error(pcq({"key", "new", key, "--plain"}), kUsage, HasSubstr("never overwritten"));
        expect_error(pcq({"key", "show", key, "--passphrase-file", file("wrong", "wrong\n")}), kUsage,
                     HasSubstr("wrong_passphrase"));
        expect_error(pcq({"key", "show", key}), kUsage,
                     AllOf(HasSubstr(key), HasSubstr("no terminal to ask at: give --passphrase-file")));
    }
    expect_error(pcq({"key", "new", file("a.pem")}), kUsage,
                 AllOf(HasSubstr("--passphrase-file"), HasSubstr("--plain")));
    expect_error(pcq({"key", "new", file("a.pem"), "--plain", "--passphrase-file", passphrase}), kUsage,
                 HasSubstr("--plain"));
    expect_error(pcq({"key", "new", file("a.pem"), "--type", "rsa"}), kUsage, HasSubstr("rsa"));
    expect_error(pcq({"key", "new", file("a.pem"), "--passphrase-file", file("empty", "\n")}), kUsage,
                 HasSubstr("no passphrase in its first line"));
    expect_error(pcq({"key", "new", file("a.pem"), "--passphrase-file", file("missing")}), kUsage,
                 HasSubstr("does it exist"));
    EXPECT_FALSE(std::filesystem::exists(file("a.pem")));
    expect_error(pcq({"key", "show", file("missing.pem")}), kUsage, HasSubstr("missing.pem"));
    const auto garbage = file("garbage.pem", "-----BEGIN NOTHING-----\n");
    std::filesystem::permissions(garbage, std::filesystem::perms::owner_all);
    expect_error(pcq({"key", "show", garbage}), kUsage, HasSubstr("garbage.pem"));
    const auto plain = ask_json({"key", "new", file("plain.pem"), "--plain"});
    EXPECT_EQ(ask_json({"key", "show", file("plain.pem")}), plain);
}

TEST_F(CommandLine, AsksForAPassphraseAtATerminalWithoutShowingIt) {
    const auto key = file("asked.pem");
    const std::vector<std::string> create{program("pcq").string(), "key", "new", key};
    const auto made =
        run_at_terminal(create, {{"passphrase of the new key: ", "staple\n"}, {"once more: ", "staple\n"}});
    EXPECT_EQ(made.code, kDone) << made.out;
    EXPECT_THAT(made.out, AllOf(HasSubstr("pcq1q"), Not(HasSubstr("staple"))));

    const std::vector<std::string> show{program("pcq").string(), "key", "show", key};
    const auto shown = run_at_terminal(show, {{"passphrase of " + key + ": ", "staple\n"}});
    EXPECT_EQ(shown.code, kDone) << shown.out;
    EXPECT_THAT(shown.out, HasSubstr("pcq1q"));
    EXPECT_EQ(run_at_terminal(show, {{"passphrase of " + key + ": ", "stable\n"}}).code, kUsage);
    EXPECT_EQ(run_at_terminal(show, {{"passphrase of " + key + ": ", "\3"}}).code, kUsage) << "Ctrl-C";

    const auto differing =
        run_at_terminal({program("pcq").string(), "key", "new", file("differing.pem")},
                        {{"passphrase of the new key: ", "staple\n"}, {"once more: ", "stable\n"}});
    EXPECT_EQ(differing.code, kUsage);
    EXPECT_THAT(differing.out, HasSubstr("the two passphrases differ"));
    EXPECT_FALSE(std::filesystem::exists(file("differing.pem")));
}

TEST_F(CommandLine, TellsOfANetwork) {
    const std::string dir = network().folder().string();
    const auto status = pcq({"net", "status", "--dir", dir});
    EXPECT_EQ(status.code, kDone) << status.err;
    for (const auto& name : Network::names()) EXPECT_THAT(status.out, HasSubstr(name));
    EXPECT_THAT(status.out, AllOf(HasSubstr("ready"), HasSubstr("side ")));
    const auto list = ask_json({"net", "status", "--dir", dir});
    ASSERT_EQ(list.as_array().size(), kNodes);
    EXPECT_EQ(list.at(0).at("state"), "ready");
    EXPECT_EQ(ask_json({"net", "up", "--dir", dir}).at("done"), true) << "nothing to do is done";
    EXPECT_THAT(pcq({"net", "up", "platform", "--dir", dir}).out, HasSubstr("node platform is ready"));

    expect_error(pcq({"net", "up", "mars", "--dir", dir}), kRefused, HasSubstr("no node called mars"));
    expect_error(pcq({"net", "down", "mars", "--dir", dir}), kRefused, HasSubstr("no node called mars"));
    for (const char* command : {"up", "down", "status"})
        expect_error(pcq({"net", command, "--dir", file("nothing")}), kRefused, HasSubstr("pcq net init"));
}

TEST_F(CommandLine, MakesNetworksThatCanBe) {
    const auto made = pcq({"net", "init", "--dir", file("net"), "--validators", "a", "b", "c", "d", "e"});
    EXPECT_EQ(made.code, kDone) << made.err;
    EXPECT_THAT(made.out, HasSubstr("5 nodes"));
    EXPECT_TRUE(std::filesystem::exists(folder() / "net" / "e.toml"));
    const auto status = pcq({"--json", "net", "status", "--dir", file("net")});
    EXPECT_EQ(status.code, kRefused) << "none of them runs";
    EXPECT_EQ(boost::json::parse(status.out).as_array().size(), 5u);
    expect_error(pcq({"net", "init", "--dir", file("net")}), kUsage, HasSubstr("exists already"));
    EXPECT_EQ(ask_json({"net", "init", "--dir", file("other"), "--trust-delay", "24", "--transfer-day-quota",
                        "1.5t", "--transfer-day-cash", "250"})
                  .at("done"),
              true);
    std::ifstream document(folder() / "other" / "side.json");
    const auto parameters = boost::json::parse(document).at("parameters");
    EXPECT_EQ(parameters.at("trustDelayMs"), "86400000");
    EXPECT_EQ(parameters.at("transferDayG"), "1500000");
    EXPECT_EQ(parameters.at("transferDayUy"), "250000000");

    const auto refused = [&](std::vector<std::string> options, const char* says) {
        options.insert(options.begin(), {"net", "init", "--dir", file("none")});
        expect_error(pcq(options), kUsage, HasSubstr(says));
        EXPECT_FALSE(std::filesystem::exists(file("none")));
    };
    refused({"--validators", "a", "b", "c"}, "validators");
    refused({"--validators", "a", "b", "c", "c"}, "two nodes are called c");
    refused({"--validators", "a", "b", "c", "../d"}, "is no name for a node");
    refused({"--peer-port", "65534"}, "do not suffice");
    refused({"--rpc-port", "70000"}, "70000 not in range 1 to 65535");
    refused({"--peer-port", "p2p"}, "p2p not in range 1 to 65535");
    refused({"--peer-port", "8398"}, "overlap");
    refused({"--registration-fee", "free"}, "free");
    refused({"--trust-delay", "100000"}, "--trust-delay");
    refused({"--transfer-day-quota", "12"}, "write it with its unit");
    refused({"--transfer-day-cash", "much"}, "much");
}

TEST_F(CommandLine, ListsNodesByTheirPortsAsNumbers) {
    ASSERT_EQ(pcq({"net", "init", "--dir", file("net"), "--rpc-port", "9998"}).code, kDone);
    const auto nodes = ask_json({"net", "status", "--dir", file("net")}, kRefused);
    std::vector<std::string> names;
    for (const auto& node : nodes.as_array()) names.emplace_back(node.at("name").as_string());
    EXPECT_EQ(names, Network::names()) << "9998, 9999, 10000, 10001";
}

// What is ready at the address is another network's node: it must not be taken for this one.
TEST_F(CommandLine, DoesNotTakeAnotherNetworksNodeForItsOwn) {
    const std::string dir = file("net");
    ASSERT_EQ(pcq({"net", "init", "--dir", dir, "--peer-port", "7400", "--rpc-port",
                   std::to_string(network().rpc(0).port)})
                  .code,
              kDone);

    const auto up = pcq({"net", "up", "--dir", dir});

    expect_error(
        up, kRefused,
        AllOf(HasSubstr("something listens at " + network().address(0)), HasSubstr("node government"),
              HasSubstr("government.toml"), HasSubstr("listen_refused")));
    EXPECT_EQ(pcq({"net", "status", "--dir", dir}).out.find("ready"), std::string::npos);
}

TEST_F(CommandLine, SaysWhyANodeDoesNotStart) {
    const Ports free;
    const auto net = [&](const char* name) {
        std::string dir = file(name);
        EXPECT_EQ(pcq({"net", "init", "--dir", dir, "--peer-port", std::to_string(network().peer_port(0)),
                       "--rpc-port", std::to_string(free.first())})
                      .code,
                  kDone);
        return dir;
    };
    const auto taken = net("taken");
    expect_error(
        pcq({"net", "up", "--dir", taken}), kRefused,
        AllOf(HasSubstr("node government stopped"), HasSubstr("in use"), HasSubstr("government.log")));
    EXPECT_EQ(pcq({"net", "down", "--dir", taken}).code, kDone);

    const auto broken = net("broken");
    std::ofstream(folder() / "broken" / "platform.toml", std::ios::app) << "[node]\n";
    expect_error(pcq({"net", "up", "--dir", broken}), kUsage,
                 AllOf(HasSubstr("platform.toml"), HasSubstr("node")));

    const auto blocked = net("blocked");
    file("blocked/log", "a file where a folder should be\n");
    expect_error(pcq({"net", "up", "--dir", blocked}), kRefused,
                 AllOf(HasSubstr("blocked/log"), HasSubstr("io_failed")));
}

TEST_F(CommandLine, DoesNotCallDoneWhatNobodyCouldRead) {
    const auto lost =
        run({{"/bin/sh", "-c",
              program("pcq").string() + " --node " + network().address(0) + " status >/dev/full"},
             {},
             ""});
    expect_error(lost, kRefused, HasSubstr("could be written to standard output"));
}

// A process that has ended but that nobody has asked for, as in a container without an init, and a number
// that is another program's now.
TEST_F(CommandLine, KnowsANodeThatRunsFromWhatOnlyLooksSo) {
    const std::string dir = file("net");
    ASSERT_EQ(pcq({"net", "init", "--dir", dir}).code, kDone);
    std::filesystem::create_directories(folder() / "net" / "run");
    const int other = network().process(0);
    std::ofstream(folder() / "net" / "run" / "government.pid") << other << "\n";
    EXPECT_THAT(pcq({"net", "status", "--dir", dir}).out, Not(HasSubstr(std::to_string(other))));
    EXPECT_EQ(pcq({"net", "down", "--dir", dir}).code, kDone);
    EXPECT_EQ(network().process(0), other) << "it was somebody else's node";

    // The same node, killed, and not waited for by its parent, which is this test.
    const int victim = network().process(3);
    ASSERT_EQ(kill(victim, SIGKILL), 0);
    ASSERT_TRUE(eventually([&] {
        return pcq({"net", "status", "--dir", network().folder().string()}).out.find("down") !=
               std::string::npos;
    }));
    network().up(3);
    EXPECT_NE(network().process(3), victim);
    network().await_caught_up(all_nodes());
}

}  // namespace
}  // namespace pcq::e2e
