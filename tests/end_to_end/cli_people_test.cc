// pcq from a person's first key to quota and cash on the chain: requests, registrations, lists of quota,
// claims, deposits and payments, each by the command that README names.
#include <fstream>

#include "src/base/address.h"
#include "tests/end_to_end/command_line.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kCommitment(63, 'a');  // and a digit that makes it a person's own

class People : public CommandLine {
protected:
    static std::string organisation(const std::string& name) {
        return (network().folder() / "keys" / (name + ".pem")).string();
    }
    static std::string address_of(const std::string& key) {
        return std::string(ask_json({"key", "show", key}).at("account").as_string());
    }
    std::string new_key(const std::string& name) const {
        const std::string path = file(name);
        EXPECT_EQ(ask({"key", "new", path, "--plain"}).code, kDone);
        return path;
    }
    static std::string request(const std::string& key, char digit, const std::string& registrar) {
        const auto asked = ask({"account", "request", "--key", key, "--registrar", registrar, "--commitment",
                                kCommitment + digit});
        EXPECT_EQ(asked.code, kDone) << asked.err;
        return asked.out;
    }
    static void expect_done(const Ended& ended, const testing::Matcher<std::string>& says) {
        EXPECT_EQ(ended.code, kDone) << ended.err;
        EXPECT_THAT(ended.out, says);
    }
    static std::int64_t balance(const std::string& account) {
        return integer(ask_json({"account", account}).at("value").at("balance_uy"));
    }
};

TEST_F(People, ComeOntoTheChainByTheirOwnSignature) {
    const std::string platform = address_of(organisation("platform"));
    const std::string ann = new_key("ann.pem");
    const std::string bob = new_key("bob.pem");
    const std::string requests = file("requests", request(ann, '1', platform) + request(bob, '2', platform));

    // Made for the platform, so nobody else can use them.
    expect_error(ask({"account", "register", requests, "--key", organisation("government")}), kRefused,
                 AllOf(HasSubstr("line 1"), HasSubstr("bad_possession")));
    expect_done(ask({"account", "register", requests, "--key", organisation("platform")}),
                HasSubstr("registered    2"));
    expect_done(ask({"account", address_of(ann)}), HasSubstr("open"));
    // A registration that was cut short is repeated.
    const std::string more = file("more", request(new_key("cyd.pem"), '3', platform));
    expect_done(ask({"account", "register", requests, more, "--key", organisation("platform")}),
                AllOf(HasSubstr("registered    1"), HasSubstr("known before  2")));
    expect_error(ask({"account", "register", file("none"), "--key", organisation("platform")}), kUsage,
                 HasSubstr("none cannot be read"));
    expect_error(ask({"account", "register", file("odd", "{}\n"), "--key", organisation("platform")}), kUsage,
                 AllOf(HasSubstr("odd, line 1"), HasSubstr("chain_id")));
    // The commitment is another person's.
    const std::string twin = file("twin", request(new_key("dan.pem"), '3', platform));
    expect_error(ask({"account", "register", twin, "--key", organisation("platform")}), kRefused,
                 HasSubstr("kyc_commitment_used"));
}

TEST_F(People, GetQuotaByAListThatAnybodyCanClaim) {
    const std::string platform = address_of(organisation("platform"));
    const std::string eve = new_key("eve.pem");
    ASSERT_EQ(ask({"account", "register", file("eve", request(eve, '5', platform)), "--key",
                   organisation("platform")})
                  .code,
              kDone);
    const std::string rule = file("rule.toml",
                                  "id = \"few\"\ntitle = \"t\"\ntext = \"x\"\nbase_label = \"adult\"\n"
                                  "base = \"10kg\"\n[[row]]\nattribute = \"child\"\nleast = 1\nmost = 9\n"
                                  "share = \"0.5\"\neach = true\n");
    expect_done(ask({"quota", "rule", "set", "--key", organisation("government"), "--file", rule}),
                HasSubstr("version 1"));
    const std::string people = file("people.csv", "account,child\n" + address_of(eve) + ",2\n" +
                                                      address_of(new_key("unborn.pem")) + ",0\n");
    const auto list = ask({"quota", "rule", "apply", "--file", rule, "--people", people});
    expect_done(list, HasSubstr(address_of(eve) + ",20000,adult 1 + child 0.5 x 2\n"));
    expect_error(ask({"quota", "rule", "apply", "--file", rule, "--people",
                      file("typo.csv", "account,chlid\n" + address_of(eve) + ",2\n")}),
                 kUsage,
                 AllOf(HasSubstr("typo.csv"), HasSubstr("no attribute \"chlid\""), HasSubstr("child")));
    const std::string allotments = file("list.csv", list.out);
    const auto issue = [&](const std::string& name, const char* by) {
        return ask({"quota", "issue", name, "--period", "2026", "--rule", "few", "--key", organisation(by)});
    };
    const auto claim = [&](const std::string& name, const std::string& wait = "30") {
        return ask({"quota", "claim", name, "--period", "2026", "--timeout", wait, "--key",
                    organisation("platform")});
    };
    expect_error(claim(allotments, "1"), kRefused, HasSubstr("batch_unknown"));
    expect_error(issue(allotments, "platform"), kRefused, HasSubstr("not_authorised"));
    expect_done(issue(allotments, "government"), HasSubstr("issued 30.000 kg to 2 accounts"));
    expect_done(claim(allotments), AllOf(HasSubstr("claimed         2"), HasSubstr("claimed before  0")));
    expect_done(ask({"quota", address_of(eve)}), HasSubstr("20.000 kg"));
    expect_done(claim(allotments), AllOf(HasSubstr("claimed         0"), HasSubstr("claimed before  2")));

    expect_error(claim(file("other.csv", "account,grams,reason\n" + address_of(eve) + ",1,\n"), "1"),
                 kRefused, HasSubstr("batch_unknown"));
    expect_error(issue(file("head.csv", "who,what\n"), "government"), kUsage, HasSubstr("head.csv, line 1"));
    expect_error(issue(file("twice.csv", list.out + list.out.substr(list.out.find('\n') + 1)), "government"),
                 kUsage, HasSubstr("twice"));
    expect_error(ask({"quota", "issue", allotments, "--period", "2026", "--rule", "none", "--key",
                      organisation("government")}),
                 kRefused, HasSubstr("rule_unknown"));
    expect_error(ask({"quota", "issue", allotments, "--period", "2026", "--rule", "few", "--side", "moon",
                      "--key", organisation("government")}),
                 kRefused, HasSubstr("side_chain_unknown"));
}

TEST_F(People, HaveMoneyPaidInAndOutAndPayEachOther) {
    auto& person = market().buyer(1);
    auto& other = market().seller(1);
    const std::string bank = address_of(organisation("bank"));
    const std::string mine = key_of(person, "me.pem");
    const std::string address = to_address(person.account());
    const std::int64_t before = balance(address);

    const std::vector<std::string> deposit{"cash",        "deposit", address, "--money",           "12.5",
                                           "--reference", "one",     "--key", organisation("bank")};
    expect_done(ask(deposit), HasSubstr("deposited 12.500000 CNY"));
    expect_error(ask(deposit), kRefused, HasSubstr("cash_reference_used"));
    EXPECT_EQ(balance(address), before + 12'500'000);
    expect_done(ask({"cash", "pay", to_address(other.account()), "--money", "0.5", "--key", mine}),
                HasSubstr("transferred 0.500000 CNY"));
    const std::vector<std::string> withdraw{"cash",        "withdraw", "--money", "2",
                                            "--reference", "two",      "--key",   organisation("bank")};
    expect_error(ask(withdraw), kRefused, HasSubstr("cash_insufficient"));
    expect_done(ask({"cash", "pay", bank, "--money", "2", "--key", mine}), HasSubstr("2.000000 CNY"));
    expect_done(ask(withdraw), HasSubstr("withdrew 2.000000 CNY"));
    EXPECT_EQ(balance(address), before + 10'000'000);
    expect_error(ask({"cash", "pay", bank, "--money", "a lot", "--key", mine}), kUsage, HasSubstr("a lot"));
    expect_error(ask({"cash", "withdraw", "--money", "1", "--reference", "three", "--key", mine}), kRefused,
                 HasSubstr("not_authorised"));
}

}  // namespace
}  // namespace pcq::e2e
