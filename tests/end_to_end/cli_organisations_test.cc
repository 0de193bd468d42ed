// pcq as the organisations and the people they deal with use it: readings and disputes, credits and their
// conversion, allocation rules, votes and pauses.
#include <fstream>

#include <boost/json/array.hpp>

#include "src/base/address.h"
#include "tests/end_to_end/command_line.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Organisations : public CommandLine {
protected:
    static std::string key(const std::string& name) {
        return (network().folder() / "keys" / (name + ".pem")).string();
    }
    static std::string voter(std::size_t number) {
        return (network().folder() / "nodes" / (Network::names()[number] + ".pem")).string();
    }
    static void expect_done(const Ended& ended, const testing::Matcher<std::string>& says) {
        EXPECT_EQ(ended.code, kDone) << ended.err;
        EXPECT_THAT(ended.out, says);
    }
    // Blocks are made of what people do.
    static void run_to_height(std::int64_t height) {
        while (true) {
            const auto status = network().call(0, "status", {{"chain", "side"}});
            ASSERT_TRUE(status.has_value());
            if (integer(status->at("height")) >= height) return;
            proto::Deposit action;
            action.set_account(market().platform().account().bytes());
            action.set_amount_uy(1);
            action.set_reference("block " + std::to_string(++deposits_));
            const auto done = market().act(market().bank(), market().side(), action);
            ASSERT_TRUE(done) << done.error().message;
            ASSERT_EQ(done->code, Code::ok) << done->text;
        }
    }

private:
    static inline int deposits_ = 0;
};

TEST_F(Organisations, ReportCorrectAndHearWhoDisputesAReading) {
    auto& person = market().buyer(0);
    const std::string address = to_address(person.account());
    const std::string meter = to_address(market().meter().account());

    expect_done(ask({"emissions", "report", "--key", key("meter"), "--account", address, "--month", "2",
                     "--amount", "250kg", "--days", "28"}),
                HasSubstr("readings of month 2"));
    expect_done(ask({"emissions", "readings", address}),
                AllOf(HasSubstr("utility"), HasSubstr("250.000 kg"), HasSubstr(meter)));
    expect_done(ask({"emissions", "dispute", "--key", key_of(person, "me.pem"), "--meter", meter, "--month",
                     "2", "--reason", "I was away"}),
                HasSubstr("dispute 1"));
    expect_done(ask({"emissions", "disputes"}), AllOf(HasSubstr("I was away"), HasSubstr("open")));
    expect_done(ask({"emissions", "correct", "--key", key("meter"), "--account", address, "--month", "2",
                     "--amount", "150kg", "--days", "28", "--reason", "misread"}),
                HasSubstr("correction 1"));
    expect_error(ask({"emissions", "approve", "1", "--key", key("meter")}), kRefused,
                 HasSubstr("not_authorised"));
    expect_done(ask({"emissions", "approve", "1", "--key", key("government")}), HasSubstr("1"));
    expect_done(ask({"emissions", "readings", address}),
                AllOf(HasSubstr("150.000 kg"), HasSubstr("corrected")));
    expect_done(ask({"emissions", "disputes"}), HasSubstr("upheld"));
    expect_error(ask({"emissions", "reject", "1", "--key", key("government"), "--reason", "checked"}),
                 kRefused, HasSubstr("dispute_done"));
    EXPECT_EQ(ask_json({"emissions", "readings", address}).at("value").at("readings").as_array().size(), 2u);
}

TEST_F(Organisations, CreditAvoidedEmissionsAndConvertThem) {
    auto& person = market().seller(0);
    const std::string address = to_address(person.account());
    const auto load = [] {
        return ask({"credit", "load", "--key", key("government"), "--file", "deploy/methodologies.toml"});
    };
    expect_done(load(), HasSubstr("subway_trip_mean"));
    expect_done(ask({"credit", "methodologies"}),
                AllOf(HasSubstr("515500 mg a trip"), HasSubstr("in force"), HasSubstr("Guangzhou")));
    const auto again = load();
    EXPECT_EQ(again.code, kDone) << again.err;
    EXPECT_EQ(again.out, "") << "nothing is new";
    EXPECT_EQ(ask_json({"credit", "methodologies"}).at("methodologies").as_array().size(), 12u);

    const auto report = [&](const std::string& methodology, const std::string& activity) {
        return ask({"credit", "avoided", "--key", key("meter"), "--account", address, "--methodology",
                    methodology, "--units", "20", "--month", "1", "--activity", activity});
    };
    expect_done(report("subway_trip_mean", "card 77 in January"), HasSubstr("10.310 kg"));
    expect_error(report("subway_trip_mean", "card 77 in January"), kRefused, HasSubstr("activity_credited"));
    expect_error(report("teleport", "once"), kRefused, HasSubstr("no methodology teleport"));
    expect_done(ask({"credit", "show", address}), AllOf(HasSubstr("avoided"), HasSubstr("10.310 kg")));

    const auto mine = key_of(person, "me.pem");
    expect_error(ask({"credit", "convert", "--key", mine, "--amount", "10kg"}), kRefused,
                 HasSubstr("reserve_short"));
    expect_error(
        ask({"credit", "reserve", "--key", key("government"), "--side-chain", "nowhere", "--amount", "5kg"}),
        kRefused, HasSubstr("knows no side chain nowhere"));
    expect_done(ask({"credit", "reserve", "--key", key("government"), "--amount", "20kg"}),
                HasSubstr("20.000 kg"));
    ASSERT_TRUE(eventually([&] {
        return ask_json({"credit", "show", address}).at("value").at("reserve").at("issued_g") == "20000";
    })) << "the reserve does not reach the side chain";
    expect_done(ask({"credit", "convert", "--key", mine, "--amount", "10kg"}), HasSubstr("7.000 kg"));
    expect_done(ask({"credit", "show", address}), AllOf(HasSubstr("7.000 kg"), HasSubstr("0.310 kg")));
}

TEST_F(Organisations, SetAllocationRulesAndTryThemOnAPerson) {
    const auto rehearse = [](std::vector<std::string> with) {
        std::vector<std::string> words{"quota", "rule", "try", "--file", "deploy/allocation.toml"};
        for (const auto& word : with) words.insert(words.end(), {"--with", word});
        return ask(words);
    };
    expect_done(rehearse({"child=2"}), AllOf(HasSubstr("2000.000 kg"), HasSubstr("adult 1 + child 0.5 x 2")));
    expect_done(rehearse({"rural"}), HasSubstr("adult 1 + rural 120000 g"));
    expect_error(rehearse({"child=two"}), kUsage, HasSubstr("\"child=two\" is no NAME=NUMBER"));
    expect_done(ask({"quota", "rule", "set", "--key", key("government"), "--file", "deploy/allocation.toml"}),
                HasSubstr("version 1 of allocation rule situations"));
    expect_done(ask({"quota", "rule", "list"}),
                AllOf(HasSubstr("situations"), HasSubstr("by life situation"), HasSubstr("equal")));
    expect_error(ask({"quota", "rule", "set", "--key", key("platform"), "--file", "deploy/allocation.toml"}),
                 kRefused, HasSubstr("not_authorised"));
    expect_error(
        ask({"quota", "rule", "set", "--key", key("government"), "--file", file("r.toml", "id = 5")}), kUsage,
        HasSubstr("needs id"));
}

TEST_F(Organisations, ChangeParametersByVoteAtTheAnnouncedHeight) {
    expect_error(ask({"governance", "propose", "--key", voter(0), "--reason", "cheaper"}), kUsage,
                 HasSubstr("nothing is to change"));
    expect_error(ask({"governance", "propose", "--key", voter(0), "--set", "fee=1", "--reason", "cheaper"}),
                 kUsage, HasSubstr("there are settlement_per_block, registration_fee_uy"));
    for (const char* value : {"cheap", "0.5", "99999999999999999999"}) {
        const std::string set = std::string("registration_fee_uy=") + value;
        expect_error(ask({"governance", "propose", "--key", voter(0), "--set", set, "--reason", "cheaper"}),
                     kUsage, HasSubstr("\"" + set + "\": the value is no whole number"));
    }
    for (const char* number : {"first", "0", "99999999999999999999"})
        expect_error(ask({"governance", "vote", number, "--key", voter(0)}), kUsage,
                     HasSubstr("no whole number from 1 on"));
    expect_error(ask({"governance", "propose", "--key", key("meter"), "--set", "registration_fee_uy=1",
                      "--reason", "cheaper"}),
                 kRefused, HasSubstr("not_authorised"));
    const auto proposed = ask_json({"governance", "propose", "--key", voter(0), "--set",
                                    "registration_fee_uy=70000", "--in", "14", "--reason", "cheaper"});
    EXPECT_EQ(proposed.at("receipt").at("name"), "ok");
    expect_done(ask({"governance", "vote", "1", "--key", voter(1)}), HasSubstr("approved proposal 1"));
    expect_done(ask({"governance", "proposals"}), AllOf(HasSubstr("open"), HasSubstr("2 of 2 cast")));
    expect_done(ask({"governance", "vote", "1", "--key", voter(2)}), HasSubstr("which is accepted now"));
    expect_error(ask({"governance", "vote", "1", "--key", voter(2)}), kRefused, HasSubstr("vote_repeated"));
    const auto height =
        integer(ask_json({"governance", "proposals"}).at("proposals").at(0).at("activate_height"));
    run_to_height(height - 1);
    expect_done(ask({"governance", "proposals"}), HasSubstr("in_force"));
    expect_done(ask({"governance", "parameters"}),
                AllOf(HasSubstr("100000"), HasSubstr("70000"), HasSubstr(std::to_string(height))));
    // Fixed for the period since its first person joined; the new fee is the next period's.
    expect_done(ask({"market", "prices"}), HasSubstr("0.100000 CNY"));
}

// What comes of a good proposal is in membership_test.cc.
TEST_F(Organisations, NameValidatorsSoThatNobodyElseIsMeant) {
    const auto propose = [](const char* option, const std::string& whom) {
        return ask({"governance", "propose", "--key", voter(0), option, whom, "--reason", "as agreed"});
    };
    expect_error(propose("--add-validator", "fifth"), kUsage, HasSubstr("no NAME:KEY:POSSESSION"));
    expect_error(propose("--add-validator", "fifth:0123:4567"), kUsage, HasSubstr("the key"));
    expect_error(propose("--remove-validator", "fifth"), kUsage,
                 AllOf(HasSubstr("nobody called \"fifth\""), HasSubstr("low-carbon")));
    expect_error(propose("--remove-validator", "platform"), kRefused,
                 AllOf(HasSubstr("validators_impossible"), HasSubstr("4 to 100")));
    expect_error(ask({"governance", "propose", "--key", voter(0), "--remove-validator", "platform", "--set",
                      "pause_max_ms=1", "--reason", "both"}),
                 kUsage, HasSubstr("--set"));

    const std::string side = (network().folder() / "side.json").string();
    const std::string proposer = to_address(market().government().account());
    const auto prove = [&](const std::string& key, const std::string& name, const std::string& by) {
        return ask({"key", "possession", key, "--name", name, "--proposer", by, "--genesis", side});
    };
    ask({"key", "new", file("phone.pem"), "--type", "p256", "--plain"});
    expect_error(prove(file("phone.pem"), "phone", proposer), kUsage, HasSubstr("Ed25519"));
    expect_error(prove(voter(1), "a:b", proposer), kUsage, HasSubstr("no colon"));
    expect_error(prove(voter(1), "again", "pcq1"), kUsage, HasSubstr("pcq1"));
    // Made for another proposer than the one who uses it.
    ask({"key", "new", file("fifth.pem"), "--plain"});
    auto line = prove(file("fifth.pem"), "fifth", proposer).out;
    line.pop_back();
    expect_error(propose("--add-validator", line), kRefused, HasSubstr("bad_possession"));

    expect_done(ask({"governance", "validators"}), AllOf(HasSubstr("genesis"), HasSubstr("high-carbon")));
    const auto add = [](const std::string& name) {
        return ask({"net", "add", name, "--dir", network().folder().string()});
    };
    expect_error(add("platform"), kUsage, HasSubstr("called platform already"));
    expect_error(add("Fifth"), kUsage, HasSubstr("no name for a node"));
    expect_error(ask({"net", "add", "fifth", "--dir", network().folder().string(), "--rpc-port",
                      std::to_string(network().rpc(1).port)}),
                 kUsage, HasSubstr("listens at"));
    expect_error(ask({"net", "add", "fifth", "--dir", folder().string()}), kRefused,
                 HasSubstr("no network of nodes"));
}

TEST_F(Organisations, RegisterASideChainByItsGenesisDocument) {
    const std::string known = (network().folder() / "side.json").string();
    const auto by = [](const std::string& document, const char* who) {
        return ask({"governance", "register", document, "--key", key(who)});
    };
    expect_error(by(known, "government"), kRefused, HasSubstr("side_chain_exists"));
    std::ifstream in(known);
    const std::string document{std::istreambuf_iterator<char>(in), {}};
    const std::string other = file("other.json", document + "\n");  // other bytes, another chain
    expect_error(by(other, "platform"), kRefused, HasSubstr("not_authorised"));
    expect_done(by(other, "government"), HasSubstr("registered side chain side"));
    EXPECT_EQ(ask_json({"--chain", "main", "status"}).at("name"), "main");
    EXPECT_EQ(network()
                  .call(0, "side_chains", {{"chain", "main"}})
                  ->at("value")
                  .at("side_chains")
                  .as_array()
                  .size(),
              2u);
    expect_error(by((network().folder() / "main.json").string(), "government"), kUsage,
                 HasSubstr("of a main chain"));
    expect_error(by(file("none.json"), "government"), kUsage, HasSubstr("none.json"));
}

TEST_F(Organisations, PauseTheMarketAndLetItRunAgain) {
    const auto seller = key_of(market().seller(1), "seller.pem");
    const auto sell = [&] { return ask({"market", "sell", "--key", seller, "--amount", "1kg"}); };
    expect_done(ask({"governance", "pause", "--key", key("platform"), "--hours", "1.5", "--reason", "smoke"}),
                HasSubstr("paused the market"));
    expect_error(sell(), kRefused, AllOf(HasSubstr("market_paused, 3800"), HasSubstr("smoke")));
    expect_done(ask({"governance", "pauses"}), HasSubstr("smoke"));
    expect_error(ask({"governance", "resume", "--key", key("platform"), "--reason", "clear"}), kRefused,
                 HasSubstr("not_authorised"));
    expect_done(ask({"governance", "resume", "--key", key("government"), "--reason", "clear"}),
                HasSubstr("the market runs again"));
    expect_done(sell(), HasSubstr("sold 1.000 kg"));
    expect_done(ask({"governance", "pauses"}), AllOf(HasSubstr("smoke"), HasSubstr("clear")));
}

}  // namespace
}  // namespace pcq::e2e
