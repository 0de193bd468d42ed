// pcq at a network: the life of a quota, from people who trust each other to certificates of surrender.
#include <filesystem>
#include <fstream>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "src/base/address.h"
#include "tests/end_to_end/command_line.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class LifeOfAQuota : public CommandLine {
protected:
    static std::string organisation(const char* name) {
        return (network().folder() / "keys" / (std::string(name) + ".pem")).string();
    }
    static std::string genesis() { return (network().folder() / "side.json").string(); }
    static std::string address(const Actor& actor) { return to_address(actor.account()); }
    // Run, expected to be done; what it says.
    static std::string done(const std::vector<std::string>& arguments) {
        const auto ended = ask(arguments);
        EXPECT_EQ(ended.code, kDone) << ended.out << ended.err;
        return ended.out;
    }
    static void refused(const std::vector<std::string>& arguments, const char* reason) {
        expect_error(ask(arguments), kRefused, HasSubstr(reason));
    }
    static std::string content_of(const std::string& path) {
        std::ifstream in(path);
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

TEST_F(LifeOfAQuota, IsGivenToWhomOneTrusts) {
    const auto giver = key_of(market().seller(0), "giver.pem");
    const auto from = address(market().seller(0));
    const auto to = address(market().buyer(0));
    const std::vector<std::string> gift{"quota",    "transfer", "--to",  to,
                                        "--amount", "12.5kg",   "--key", giver};
    refused(gift, "not_trusted");
    EXPECT_THAT(done({"account", "trusted", from}), HasSubstr("trusts nobody"));

    EXPECT_THAT(done({"account", "trust", to, "--key", giver}), HasSubstr("is trusted from block time"));
    refused({"account", "trust", to, "--key", giver}, "trusted_already");
    EXPECT_THAT(done({"account", "trusted", from}), AllOf(HasSubstr(to), HasSubstr("TRUSTED FROM")));
    EXPECT_THAT(done(gift), HasSubstr("transferred 12.500 kg of vintage 2026"));
    EXPECT_EQ(market().standing(market().buyer(0).account()).at("holding").at("purchased_g"), "12500");
    EXPECT_EQ(market().standing(market().seller(0).account()).at("holding").at("sold_g"), "12500");

    EXPECT_THAT(done({"account", "distrust", to, "--key", giver}), HasSubstr("is not trusted any more"));
    refused(gift, "not_trusted");
    expect_error(ask({"quota", "transfer", "--to", to, "--amount", "12", "--key", giver}), kUsage,
                 HasSubstr("write it with its unit"));
    expect_error(ask({"quota", "transfer", "--to", "nobody", "--amount", "1g", "--key", giver}), kUsage,
                 HasSubstr("nobody"));
}

// Nobody else does anything on the chain meanwhile. Before the others: the government signs by hand, before
// pcq does for it.
TEST_F(LifeOfAQuota, IsFreeAgainWhenAFreezeEndsOnAnIdleChain) {
    const auto who = market().seller(0).account();
    proto::FreezeAccount freeze;
    freeze.set_account(who.bytes());
    freeze.set_reason("for a second");
    freeze.set_until_ms(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                                       std::chrono::system_clock::now().time_since_epoch())
                                                       .count()) +
                        1'000);
    const auto frozen = market().act(market().government(), market().side(), freeze);
    ASSERT_TRUE(frozen) << frozen.error().message;
    ASSERT_EQ(frozen->code, Code::ok) << frozen->text;
    EXPECT_TRUE(eventually([&] {
        const auto shown = ask_json({"account", "frozen", to_address(who)}).at("value");
        return integer(shown.at("ended_height")) > 0;
    }));
    EXPECT_THAT(LifeOfAQuota::done(
                    {"market", "sell", "--amount", "1g", "--key", key_of(market().seller(0), "thawed.pem")}),
                HasSubstr("sold 0.001 kg"));
}

TEST_F(LifeOfAQuota, IsHeldUpByAFreezeThatSaysWhyAndUntilWhen) {
    const auto key = key_of(market().seller(1), "frozen.pem");
    const auto who = address(market().seller(1));
    const auto government = organisation("government");
    refused({"account", "frozen", who}, "not_found");
    refused({"account", "freeze", who, "--reason", "no right", "--key", key}, "not_authorised");

    EXPECT_THAT(
        done({"account", "freeze", who, "--days", "30", "--reason", "inquiry 12", "--key", government}),
        AllOf(HasSubstr("froze account"), HasSubstr("until block time")));

    EXPECT_THAT(done({"account", "frozen", who}),
                AllOf(HasSubstr("inquiry 12"), HasSubstr("it lasts"), Not(HasSubstr("no end"))));
    const auto freeze = ask_json({"account", "frozen", who}).at("value");
    const auto status = ask_json({"status"});
    const auto ahead = integer(freeze.at("until_ms")) - integer(status.at("time_ms"));
    EXPECT_GT(ahead, 29LL * 86'400'000);
    EXPECT_LE(ahead, 30LL * 86'400'000);
    refused({"market", "sell", "--amount", "1g", "--key", key}, "account_not_open");
    EXPECT_THAT(done({"account", "unfreeze", who, "--reason", "inquiry closed", "--key", government}),
                HasSubstr("unfroze account"));
    EXPECT_THAT(done({"account", "frozen", who}), AllOf(HasSubstr("inquiry 12"), Not(HasSubstr("it lasts"))));
    EXPECT_THAT(done({"market", "sell", "--amount", "1g", "--key", key}), HasSubstr("sold 0.001 kg"));
}

// All the cash is taken, so the rest is a debt, of which a part is repaid.
TEST_F(LifeOfAQuota, IsTakenBackByTwoAccountsAndLeavesADebtToRepay) {
    const auto owner = key_of(market().buyer(1), "owner.pem");
    const auto who = address(market().buyer(1));
    const auto balance = integer(market().standing(market().buyer(1).account()).at("balance_uy"));
    EXPECT_THAT(done({"account", "debts", who}), HasSubstr("0.000000 CNY"));
    EXPECT_THAT(done({"account", "claw-back", who, "--quota", "100kg", "--money", "10000", "--law",
                      "judgement 12/2026", "--reason", "issued twice", "--key", organisation("government")}),
                HasSubstr("proposed claw-back 1;"));
    refused({"account", "approve-claw-back", "1", "--key", organisation("government")}, "not_authorised");
    refused({"account", "approve-claw-back", "2", "--key", organisation("authority")}, "clawback_unknown");

    done({"account", "approve-claw-back", "1", "--key", organisation("authority")});

    EXPECT_THAT(
        done({"account", "claw-backs"}),
        AllOf(HasSubstr("judgement 12/2026"), HasSubstr("100.000 kg"), HasSubstr("10000.000000 CNY")));
    const auto debts = ask_json({"account", "debts", who}).at("value").at("debts").at(0);
    const std::int64_t owed = 10'000'000'000 - balance;
    EXPECT_EQ(integer(debts.at("open_uy")), owed);
    EXPECT_EQ(integer(debts.at("record").at("clawed_back_uy")), owed);
    refused({"account", "repay", "--period", "2026", "--money", "1", "--key", owner}, "cash_insufficient");
    proto::Deposit deposit;
    deposit.set_account(market().buyer(1).account().bytes());
    deposit.set_amount_uy(20'000'000);
    deposit.set_reference("wages to repay with");
    ASSERT_EQ(market().act(market().bank(), market().side(), deposit)->code, Code::ok);
    EXPECT_THAT(done({"account", "repay", "--period", "2026", "--money", "12.5", "--key", owner}),
                HasSubstr("for period 2026"));
    EXPECT_THAT(done({"account", "debts", who}), AllOf(HasSubstr("12.500000 CNY"), HasSubstr("2026")));
    EXPECT_EQ(integer(ask_json({"account", "debts", who}).at("value").at("debts").at(0).at("open_uy")),
              owed - 12'500'000);
}

// The account that is closed is settled at once: as it was rehearsed, and anybody can prove it.
TEST_F(LifeOfAQuota, EndsWithAnHeirAndACertificateOfSurrender) {
    const auto who = address(market().seller(1));
    const auto heir = market().buyer(0).account();
    const auto cash = integer(market().standing(heir).at("balance_uy")) +
                      integer(market().standing(market().seller(1).account()).at("balance_uy"));
    const std::vector<std::string> preview{"settlement", "preview", who, "--genesis", genesis()};
    EXPECT_THAT(done(preview), AllOf(HasSubstr("a rehearsal: nothing has changed"), HasSubstr("200.000 kg")));
    EXPECT_EQ(ask_json(preview).at("own_surrendered_g"), "200000");
    const auto paper = file("surrendered.json");
    refused({"settlement", "certificate", who, "--out", paper}, "not_found");
    refused({"settlement", who}, "not_found");

    EXPECT_THAT(done({"account", "close", who, "--heir", to_address(heir), "--reason", "died", "--key",
                      organisation("government")}),
                HasSubstr("closed account"));

    EXPECT_EQ(integer(market().standing(heir).at("balance_uy")), cash);
    EXPECT_THAT(done({"account", who}), HasSubstr("closed"));
    EXPECT_THAT(done({"settlement", who}), HasSubstr("own surrendered"));
    refused(preview, "period_wrong_phase");
    EXPECT_THAT(done({"settlement", "certificate", who, "--period", "2026", "--out", paper}),
                HasSubstr("wrote " + paper));
    const auto statement = file("statement.json");
    EXPECT_THAT(done({"audit", "account", who, "--genesis", genesis(), "--movements", "--out", statement}),
                AllOf(HasSubstr("proven"), HasSubstr("complete"), HasSubstr("sold +0.001 kg")));
    const std::vector<std::string> check{"settlement", "check", paper, "--genesis", genesis()};
    const auto offline = [](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--node", "127.0.0.1:1"});
        return pcq(arguments);
    };
    const auto proven = offline(check);
    EXPECT_EQ(proven.code, kDone) << proven.err;
    EXPECT_THAT(proven.out, AllOf(HasSubstr(who), HasSubstr("200.000 kg"), HasSubstr("a quorum of the 4")));

    // Somebody else's name on it, a broken file, and another network's genesis document.
    auto content = content_of(paper);
    content.replace(content.find(who), who.size(), to_address(heir));
    const auto forged = file("forged.json", content);
    expect_error(offline({"settlement", "check", forged, "--genesis", genesis()}), kBroken,
                 HasSubstr("bad_proof"));
    expect_error(offline({"settlement", "check", file("bad.json", "{}"), "--genesis", genesis()}), kUsage,
                 HasSubstr("is no certificate of surrender"));
    ASSERT_EQ(pcq({"net", "init", "--dir", file("other")}).code, kDone);
    expect_error(offline({"settlement", "check", paper, "--genesis", file("other/side.json")}), kUsage,
                 HasSubstr("chain_unknown"));
    expect_error(offline({"settlement", "check", file("none.json"), "--genesis", genesis()}), kUsage,
                 HasSubstr("cannot read"));

    // The statement and the certificate together, and by the other program; of several files the worst
    // counts.
    const auto audit = [&](const std::vector<std::string>& files) {
        std::vector<std::string> arguments{"audit", "check"};
        arguments.insert(arguments.end(), files.begin(), files.end());
        arguments.insert(arguments.end(), {"--genesis", genesis()});
        return arguments;
    };
    const auto both = offline(audit({statement, paper}));
    EXPECT_EQ(both.code, kDone) << both.err;
    EXPECT_THAT(both.out, AllOf(HasSubstr(statement), HasSubstr(paper), HasSubstr("held"),
                                HasSubstr("complete"), HasSubstr("a quorum of the 4")));
    EXPECT_EQ(
        run({{program("pcq-verifier").string(), "--genesis", genesis(), statement, paper}, {}, ""}).code, 0);
    auto forged_statement = content_of(statement);
    forged_statement.replace(forged_statement.find(who), who.size(), to_address(heir));
    const auto other = file("other.json", forged_statement);
    const auto mixed = offline(audit({paper, other, statement}));
    expect_error(mixed, kBroken, AllOf(HasSubstr(other), HasSubstr("bad_proof")));
    EXPECT_THAT(mixed.out, HasSubstr(statement));
    auto as_json = audit({paper, other});
    as_json.insert(as_json.begin(), "--json");
    const auto report = boost::json::parse(offline(as_json).out);
    EXPECT_EQ(report.at("holds"), false);
    EXPECT_EQ(report.at("files").at(0).at("own_surrendered_g"), "200000");
    EXPECT_EQ(report.at("files").at(1).at("error").at("name"), "bad_proof");
    expect_error(offline({"audit", "check", statement, "--genesis", file("other/side.json")}), kUsage,
                 HasSubstr("none of the genesis documents given is its"));
    expect_error(offline(audit({file("none.json")})), kUsage, HasSubstr("cannot read"));
    expect_error(offline(audit({file("bad.json", "{}")})), kUsage, HasSubstr("it is no statement"));
    // A movement less, and it is no statement.
    auto shorter = boost::json::parse(content_of(statement));
    auto& listed = shorter.at("movements").at("cash").as_array();
    ASSERT_GE(listed.size(), 2u);
    listed.erase(listed.begin());
    expect_error(offline(audit({file("shorter.json", boost::json::serialize(shorter))})), kBroken,
                 HasSubstr("something was left out"));
    // Nothing is written that would not be believed.
    EXPECT_EQ(
        ask({"audit", "account", who, "--genesis", file("other/side.json"), "--out", file("no.json")}).code ==
            kDone,
        false);
    EXPECT_FALSE(std::filesystem::exists(file("no.json")));
}

}  // namespace
}  // namespace pcq::e2e
