// The command line as people and scripts meet it: what each command says, and with which exit code it ends.
#include <csignal>
#include <fstream>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/crypto/key_file.h"
#include "tests/end_to_end/guard.h"
#include "tests/end_to_end/market.h"
#include "tests/end_to_end/terminal.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

enum : int { kDone = 0, kRefused = 1, kUsage = 2, kUnreachable = 3 };

class CommandLine : public testing::Test {
protected:
    static void SetUpTestSuite() {
        network_ = std::make_unique<Network>();
        network_->up();
        market_ = std::make_unique<Market>(*network_, 4);
    }
    static void TearDownTestSuite() {
        market_.reset();
        network_.reset();
    }
    CommandLine() : folder_(make_guarded_folder()) {}
    ~CommandLine() override { std::filesystem::remove_all(folder_); }

    static Network& network() { return *network_; }
    static Market& market() { return *market_; }
    // pcq at the first node.
    static Ended ask(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--node", network().address(0)});
        return pcq(std::move(arguments));
    }
    // What it prints with --json, which must be JSON.
    static Json ask_json(std::vector<std::string> arguments, int code = kDone) {
        arguments.insert(arguments.begin(), "--json");
        const auto ended = ask(std::move(arguments));
        EXPECT_EQ(ended.code, code) << ended.err;
        boost::system::error_code failure;
        auto value = boost::json::parse(ended.out, failure);
        EXPECT_FALSE(failure) << ended.out;
        return value;
    }
    static void expect_error(const Ended& ended, int code, const testing::Matcher<std::string>& says) {
        EXPECT_EQ(ended.code, code) << ended.out << ended.err;
        EXPECT_THAT(ended.err, says);
    }
    std::string file(const std::string& name, const std::string& content = "") {
        const auto path = folder_ / name;
        if (!content.empty()) std::ofstream(path) << content;
        return path.string();
    }
    std::string key_of(const Actor& actor, const std::string& name) {
        const auto path = folder_ / name;
        EXPECT_TRUE(crypto::save_key(path, actor.key(), std::nullopt));
        return path.string();
    }

    std::filesystem::path folder_;

private:
    static std::unique_ptr<Network> network_;
    static std::unique_ptr<Market> market_;
};
std::unique_ptr<Network> CommandLine::network_;
std::unique_ptr<Market> CommandLine::market_;

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
                                                         {"emissions"},
                                                         {"settlement"},
                                                         {"block"},
                                                         {"tx"},
                                                         {"status"},
                                                         {"market"},
                                                         {"market", "prices"},
                                                         {"market", "join"},
                                                         {"market", "sell"},
                                                         {"market", "buy"},
                                                         {"audit"},
                                                         {"audit", "totals"}};
    for (auto command : commands) {
        const std::string name = command.empty() ? "pcq" : command.back();
        command.emplace_back("--help");
        const auto ended = pcq(command);
        EXPECT_EQ(ended.code, kDone) << name;
        EXPECT_THAT(ended.out, AllOf(HasSubstr("Usage:"), HasSubstr(name)));
    }
    EXPECT_THAT(pcq({"--help"}).out, HasSubstr("Exit codes: 0 done, 1 refused or not found"));
    EXPECT_THAT(pcq({"--version"}).out, HasSubstr("pcq 0."));
    expect_error(pcq({}), kUsage, HasSubstr("subcommand is required"));
    expect_error(pcq({"maket", "sell"}), kUsage, HasSubstr("maket"));
    expect_error(pcq({"market", "sell"}), kUsage, HasSubstr("required"));
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
        expect_error(pcq({"key", "new", key, "--plain"}), kRefused, HasSubstr("never overwritten"));
        expect_error(pcq({"key", "show", key, "--passphrase-file", file("wrong", "wrong\n")}), kRefused,
                     HasSubstr("wrong_passphrase"));
        expect_error(pcq({"key", "show", key}), kRefused,
                     AllOf(HasSubstr(key), HasSubstr("no terminal to ask at: give --passphrase-file")));
    }
    expect_error(pcq({"key", "new", file("a.pem")}), kUsage,
                 AllOf(HasSubstr("--passphrase-file"), HasSubstr("--plain")));
    expect_error(pcq({"key", "new", file("a.pem"), "--plain", "--passphrase-file", passphrase}), kUsage,
                 HasSubstr("--plain"));
    expect_error(pcq({"key", "new", file("a.pem"), "--type", "rsa"}), kUsage, HasSubstr("rsa"));
    expect_error(pcq({"key", "new", file("a.pem"), "--passphrase-file", file("empty", "\n")}), kUsage,
                 HasSubstr("no passphrase in its first line"));
    expect_error(pcq({"key", "new", file("a.pem"), "--passphrase-file", file("missing")}), kRefused,
                 HasSubstr("does it exist"));
    EXPECT_FALSE(std::filesystem::exists(file("a.pem")));
    expect_error(pcq({"key", "show", file("missing.pem")}), kRefused, HasSubstr("missing.pem"));
    const auto garbage = file("garbage.pem", "-----BEGIN NOTHING-----\n");
    std::filesystem::permissions(garbage, std::filesystem::perms::owner_all);
    expect_error(pcq({"key", "show", garbage}), kRefused, HasSubstr("garbage.pem"));
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
    EXPECT_EQ(run_at_terminal(show, {{"passphrase of " + key + ": ", "stable\n"}}).code, kRefused);
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

    expect_error(pcq({"net", "up", "mars", "--dir", dir}), kRefused, HasSubstr("no node called mars"));
    expect_error(pcq({"net", "down", "mars", "--dir", dir}), kRefused, HasSubstr("no node called mars"));
    for (const char* command : {"up", "down", "status"})
        expect_error(pcq({"net", command, "--dir", file("nothing")}), kRefused, HasSubstr("pcq net init"));
}

TEST_F(CommandLine, MakesNetworksThatCanBe) {
    const auto made = pcq({"net", "init", "--dir", file("net"), "--validators", "a", "b", "c", "d", "e"});
    EXPECT_EQ(made.code, kDone) << made.err;
    EXPECT_THAT(made.out, HasSubstr("5 nodes"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "net" / "e.toml"));
    const auto status = pcq({"--json", "net", "status", "--dir", file("net")});
    EXPECT_EQ(status.code, kRefused) << "none of them runs";
    EXPECT_EQ(boost::json::parse(status.out).as_array().size(), 5u);
    expect_error(pcq({"net", "init", "--dir", file("net")}), kUsage, HasSubstr("exists already"));
    EXPECT_EQ(ask_json({"net", "init", "--dir", file("other")}).at("done"), true);

    const auto refused = [&](std::vector<std::string> options, const char* says) {
        options.insert(options.begin(), {"net", "init", "--dir", file("none")});
        expect_error(pcq(options), kUsage, HasSubstr(says));
        EXPECT_FALSE(std::filesystem::exists(file("none")));
    };
    refused({"--validators", "a", "b", "c"}, "validators");
    refused({"--validators", "a", "b", "c", "c"}, "two nodes are called c");
    refused({"--validators", "a", "b", "c", "../d"}, "is no name for a node");
    refused({"--peer-port", "65534"}, "do not suffice");
    refused({"--rpc-port", "70000"}, "70000");
    refused({"--peer-port", "8398"}, "overlap");
    refused({"--registration-fee", "free"}, "free");
}

// A process that has ended but that nobody has asked for, as in a container without an init, and a number
// that is another program's now.
TEST_F(CommandLine, KnowsANodeThatRunsFromWhatOnlyLooksSo) {
    const std::string dir = file("net");
    ASSERT_EQ(pcq({"net", "init", "--dir", dir}).code, kDone);
    std::filesystem::create_directories(folder_ / "net" / "run");
    const int other = network().process(0);
    std::ofstream(folder_ / "net" / "run" / "government.pid") << other << "\n";
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

// One person's way with nothing but pcq, once the platform has registered the key and the government and the
// bank have done their part.
TEST_F(CommandLine, IsEnoughForAPersonToJoinSellAndFollowWhatBecomesOfIt) {
    const auto key = file("me.pem");
    const auto passphrase = file("passphrase", "my own\n");
    const auto made = ask_json({"key", "new", key, "--passphrase-file", passphrase});
    const std::string address(made.at("account").as_string());
    expect_error(ask({"account", address}), kRefused, HasSubstr("not_found"));
    expect_error(ask({"market", "join", "--key", key, "--passphrase-file", passphrase}), kRefused,
                 HasSubstr("not_found"));

    auto loaded = crypto::load_key(key, "my own");
    ASSERT_TRUE(loaded);
    proto::RegisterUsers registration;
    *registration.add_users() = client::new_user(market().side(), market().platform().account(), *loaded,
                                                 crypto::sha256({"my file"}));
    ASSERT_EQ(market().act(market().platform(), market().side(), registration)->code, Code::ok);
    proto::Deposit deposit;
    deposit.set_account(account_from_address(address)->bytes());
    deposit.set_amount_uy(10'000'000);
    deposit.set_reference("my wages");
    ASSERT_EQ(market().act(market().bank(), market().side(), deposit)->code, Code::ok);

    EXPECT_THAT(ask({"account", address}).out,
                AllOf(HasSubstr(address), HasSubstr("open"), HasSubstr("10.000000 CNY")));
    EXPECT_THAT(ask({"quota", address}).out, AllOf(HasSubstr("2026"), HasSubstr("0.000 kg")));
    EXPECT_THAT(ask({"market", "prices"}).out,
                AllOf(HasSubstr("open"), HasSubstr("CNY/kg"), HasSubstr("0.100000 CNY")));
    const auto joined = ask({"market", "join", "--key", key, "--passphrase-file", passphrase});
    EXPECT_EQ(joined.code, kDone) << joined.err;
    EXPECT_THAT(joined.out, HasSubstr("joined the market of period 2026 for 0.100000 CNY"));
    EXPECT_THAT(ask({"account", address}).out, HasSubstr("9.900000 CNY"));
    expect_error(ask({"market", "join", "--key", key, "--passphrase-file", passphrase}), kRefused,
                 HasSubstr("market_joined, 3502"));
    expect_error(ask({"market", "sell", "--key", key, "--passphrase-file", passphrase, "--amount", "1kg"}),
                 kRefused, HasSubstr("market_surplus_exceeded, 3504"));
}

TEST_F(CommandLine, SellsAndBuysInKilogramsAndShowsIt) {
    const auto seller = key_of(market().seller(0), "seller.pem");
    const auto buyer = key_of(market().buyer(0), "buyer.pem");
    const std::string seller_address = to_address(market().seller(0).account());
    const std::string buyer_address = to_address(market().buyer(0).account());

    const auto sold = ask({"market", "sell", "--key", seller, "--amount", "12.5kg"});
    EXPECT_EQ(sold.code, kDone) << sold.err;
    EXPECT_THAT(sold.out, AllOf(HasSubstr("sold 12.500 kg at "), HasSubstr("height")));
    const auto again = ask_json({"market", "sell", "--key", seller, "--amount", "0.001t"});
    EXPECT_EQ(again.at("receipt").at("name"), "ok");
    const auto bought = ask_json({"market", "buy", "--key", buyer, "--amount", "1500g"});
    EXPECT_EQ(bought.at("status"), "committed");

    EXPECT_THAT(ask({"quota", seller_address}).out,
                AllOf(HasSubstr("SOLD"), HasSubstr("13.500 kg"), HasSubstr("786.500 kg")));
    EXPECT_THAT(ask({"quota", buyer_address, "--period", "2026"}).out, HasSubstr("1.500 kg"));
    EXPECT_THAT(ask({"emissions", seller_address}).out, AllOf(HasSubstr("EMITTED"), HasSubstr("200.000 kg")));
    expect_error(ask({"settlement", seller_address}), kRefused, HasSubstr("not_found"));
    EXPECT_EQ(ask_json({"quota", seller_address}).at("value").at("account").as_string(), seller_address);
    EXPECT_TRUE(ask_json({"emissions", seller_address}).at("value").at("periods").is_array());
    EXPECT_TRUE(ask_json({"market", "prices"}).at("value").at("open").as_bool());

    // What became of it, on any node.
    const std::string hash(bought.at("hash").as_string());
    for (const std::size_t node : all_nodes()) {
        const auto fate = pcq({"--node", network().address(node), "tx", hash, "--wait"});
        EXPECT_EQ(fate.code, kDone) << fate.err;
        EXPECT_THAT(fate.out, AllOf(HasSubstr("committed"), HasSubstr("bought 1.500 kg")));
    }
    const std::string height = std::to_string(integer(bought.at("height")));
    EXPECT_THAT(ask({"block", height}).out, AllOf(HasSubstr("buy_quota"), HasSubstr(hash)));
    EXPECT_EQ(ask_json({"block", height}).at("transactions").at(0).at("hash").as_string(), hash);
    EXPECT_EQ(ask({"block"}).code, kDone);
    EXPECT_THAT(ask({"status"}).out, HasSubstr("state_root"));
    EXPECT_EQ(ask_json({"status"}).at("name"), "side");
    EXPECT_EQ(ask_json({"--chain", "main", "status"}).at("name"), "main");
    EXPECT_EQ(ask_json({"account", seller_address}).at("value").at("record").at("status"), "open");

    const auto sent = ask_json({"market", "sell", "--key", seller, "--amount", "1g", "--no-wait"});
    EXPECT_EQ(ask_json({"tx", std::string(sent.at("hash").as_string()), "--wait"}).at("receipt").at("name"),
              "ok");
}

TEST_F(CommandLine, RefusesTradesThatAreNotMeant) {
    const auto seller = key_of(market().seller(1), "seller.pem");
    const auto sell = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"market", "sell", "--key", seller});
        return ask(more);
    };
    expect_error(sell({"--amount", "9999kg"}), kRefused, HasSubstr("market_surplus_exceeded, 3504"));
    EXPECT_EQ(ask_json({"market", "sell", "--key", seller, "--amount", "9999kg"}, kRefused)
                  .at("receipt")
                  .at("name"),
              "market_surplus_exceeded");
    expect_error(sell({"--amount", "1kg", "--price-min", "9"}), kRefused,
                 HasSubstr("market_price_below_minimum"));
    expect_error(ask({"market", "buy", "--key", seller, "--amount", "1kg", "--price-max", "0"}), kRefused,
                 HasSubstr("market_price_above_maximum"));
    expect_error(sell({"--amount", "1kg", "--period", "1999"}), kRefused, HasSubstr("1999"));
    for (const char* amount : {"12", "1.5", "many", "-1kg", "0kg", "0.0001kg", "1.5g", "1,5kg", "1e3g",
                               ".5kg", "5.kg", "99999999999999999999kg", "kg", ""})
        expect_error(sell({std::string("--amount=") + amount}), kUsage, Not(HasSubstr("terminate")));
    expect_error(sell({"--amount", "12"}), kUsage, HasSubstr("write it with its unit"));
    expect_error(sell({"--amount", "1kg", "--price-min", "cheap"}), kUsage,
                 HasSubstr("CNY per kilogram, as 0.055"));
    expect_error(sell({"--amount", "1kg", "--period", "soon"}), kUsage, HasSubstr("soon"));
    expect_error(ask({"market", "sell", "--key", file("missing.pem"), "--amount", "1kg"}), kRefused,
                 HasSubstr("missing.pem"));
    expect_error(ask({"market", "join", "--key", seller, "--fee-max", "0.01"}), kRefused,
                 HasSubstr("market_joined"));
}

TEST_F(CommandLine, NamesWhatItCannotFindOrUnderstand) {
    const std::string good = to_address(market().seller(1).account());
    std::string mistyped = good;
    mistyped[20] = mistyped[20] == 'q' ? 'p' : 'q';
    for (const char* command : {"account", "quota", "emissions", "settlement"}) {
        expect_error(ask({command, mistyped}), kUsage, HasSubstr("checksum"));
        expect_error(ask({command, "nonsense"}), kUsage, HasSubstr("account"));
        expect_error(ask({command, to_address(Actor::fresh().account())}), kRefused, HasSubstr("not_found"));
        expect_error(pcq({"--node", "127.0.0.1:1", command, good}), kUnreachable,
                     AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("node_unreachable")));
        expect_error(ask({"--chain", "mars", command, good}), kUsage,
                     AllOf(HasSubstr("mars"), HasSubstr("side")));
        expect_error(ask({command, good, "--period", "last"}), kUsage, HasSubstr("last"));
    }
    expect_error(pcq({"--node", "nowhere", "status"}), kUsage, HasSubstr("127.0.0.1:"));
    expect_error(ask({"--chain", "main", "settlement", good}), kRefused, HasSubstr("action_wrong_chain"));
    expect_error(ask({"block", "ten"}), kUsage, HasSubstr("ten"));
    expect_error(ask({"block", "-1"}), kUsage, HasSubstr("-1"));
    expect_error(ask({"block", "99999999"}), kRefused, HasSubstr("the newest is"));
    expect_error(ask({"tx", "abc"}), kUsage, HasSubstr("hash"));
    const std::string nothing(64, '0');
    expect_error(ask({"tx", nothing}), kRefused, HasSubstr("knows no transaction"));
    expect_error(ask({"tx", nothing, "--wait", "--timeout", "0"}), kUnreachable, HasSubstr("not final"));
    const auto elsewhere =
        run({{program("pcq").string(), "status"}, {{"PCQ_NODE", network().address(2)}}, ""});
    EXPECT_EQ(elsewhere.code, kDone) << "the node may come from the environment: " << elsewhere.err;
}

TEST_F(CommandLine, SaysSoWhenWhatAnswersIsNoNode) {
    const ForeignServer server(
        "HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}} ");
    const ForeignServer other("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    const std::string good = to_address(market().seller(1).account());
    for (const auto& address : {server.address(), other.address()}) {
        for (const std::vector<std::string>& command : {std::vector<std::string>{"account", good},
                                                        {"quota", good},
                                                        {"settlement", good},
                                                        {"block"},
                                                        {"tx", std::string(64, '0')},
                                                        {"market", "prices"}}) {
            auto arguments = command;
            arguments.insert(arguments.begin(), {"--node", address});
            expect_error(pcq(arguments), kUnreachable, HasSubstr("answer_malformed"));
        }
    }
}

TEST_F(CommandLine, AuditsStoppedStores) {
    const auto running = network().store(2, "side");
    network().await_caught_up(all_nodes());
    network().down(2);
    const auto audited = pcq({"audit", "totals", running.string(), network().store(2, "main").string()});
    EXPECT_EQ(audited.code, kDone) << audited.err;
    EXPECT_THAT(audited.out,
                AllOf(HasSubstr("every sum is the certified one"), HasSubstr("2026"), HasSubstr("kg")));
    EXPECT_EQ(ask_json({"audit", "totals", running.string()}).at("chain"), "side");
    expect_error(pcq({"audit", "totals", file("nothing")}), kRefused, HasSubstr("holds no chain store"));
    network().up(2);
}

}  // namespace
}  // namespace pcq::e2e
