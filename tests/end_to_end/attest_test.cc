// An auditor executes a real network's chains again and signs how far they held; everybody sees who has
// checked, and an attestation that is not so.
#include <boost/json/serialize.hpp>

#include "src/base/hex.h"
#include "tests/end_to_end/command_line.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Attest : public CommandLine {
protected:
    static std::string document(const std::string& chain) {
        return (network().folder() / (chain + ".json")).string();
    }
    static std::string organisation(const std::string& name) {
        return (network().folder() / "keys" / (name + ".pem")).string();
    }
    std::vector<std::string> verify(const std::string& key, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments{"audit",      "verify",         "--work",
                                           file("work"), "--attest",       key,
                                           "--genesis",  document("main"), document("side")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    static Json list(int code, const std::vector<std::string>& chains = {"side", "main"}) {
        std::vector<std::string> arguments{"audit", "attestations", "--genesis"};
        for (const auto& chain : chains) arguments.push_back(document(chain));
        return ask_json(arguments, code);
    }
    // The one of this chain.
    static Json of(const Json& listed, const ledger::Genesis& genesis) {
        for (const auto& one : listed.at("attestations").as_array()) {
            if (one.at("chain_id").as_string() == to_hex(genesis.chain)) return one;
        }
        ADD_FAILURE() << genesis.fields.name() << " is not in " << listed;
        return listed.at("attestations").as_array().at(0);
    }
    static std::string chain_id_of(const Json& attestation) {
        return std::string(attestation.at("chain_id").as_string());
    }
    static Json block(const std::string& chain, const Json& height) {
        return *network().call(0, "block", {{"chain", chain}, {"height", height}, {"detail", "full"}});
    }
    // As nobody but this test would: by hand, with a sequence beyond those that pcq has used. The height that
    // it came into.
    static std::uint64_t attest_by_hand(std::uint64_t sequence, const ledger::Genesis& genesis,
                                        std::uint64_t height) {
        proto::Attest action;
        action.set_chain(genesis.chain.bytes());
        action.set_height(height);
        action.set_block_hash(Bytes(32, 'x'));
        auto auditor = Actor::from_file(organisation("auditor"));
        auto body = auditor.body(market().side(), kValidFor);
        body.set_sequence(sequence);
        client::set_action(body, action);
        const auto fate = market().submit(market().side(), auditor.sign(body));
        EXPECT_TRUE(fate) << fate.error().message;
        if (!fate) return 0;
        EXPECT_EQ(fate->code, Code::ok) << fate->text;
        return fate->height;
    }
};

TEST_F(Attest, IsForAuditorsAndSaysWhichChainIsMeant) {
    const auto refused = ask(verify(organisation("platform")));
    expect_error(refused, kRefused, AllOf(HasSubstr("no auditor"), HasSubstr("not_authorised")));
    EXPECT_THAT(refused.out, Not(HasSubstr("replayed"))) << "before anything is executed";
    expect_error(ask({"audit", "verify", "--attest", organisation("auditor")}), kUsage,
                 HasSubstr("--genesis"));
    const auto listed = list(kDone);
    EXPECT_TRUE(listed.at("attestations").as_array().empty());
    EXPECT_THAT(ask({"audit", "attestations", "--genesis", document("side")}).out,
                HasSubstr("nobody has attested anything yet"));
    expect_error(ask({"audit", "attestations", "--genesis", document("main")}), kUsage,
                 HasSubstr("no genesis document given is that of chain side"));
}

TEST_F(Attest, ShowsWhoHasCheckedHowFarAndWhetherItIsSo) {
    const auto done = ask(verify(organisation("auditor")));
    EXPECT_EQ(done.code, kDone) << done.err;
    EXPECT_THAT(done.out, AllOf(HasSubstr("everything holds"), HasSubstr("attested main up to height"),
                                HasSubstr("attested side up to height")));

    auto listed = list(kDone);
    EXPECT_EQ(listed.at("holds"), true);
    ASSERT_EQ(listed.at("attestations").as_array().size(), 2u) << listed;
    for (const auto* genesis : {&network().main(), &network().side()}) {
        const auto one = of(listed, *genesis);
        const auto certified = block(genesis->fields.name(), one.at("height"));
        EXPECT_EQ(one.at("verdict"), "agrees");
        EXPECT_EQ(one.at("auditor_name"), "auditor");
        EXPECT_EQ(one.at("block_hash"), certified.at("hash"));
        EXPECT_EQ(integer(one.at("totals").at("cash_held_uy")),
                  integer(certified.at("header").at("totals").at("cash_held_uy")));
        EXPECT_LE(integer(one.at("height")), integer(one.at("newest")));
    }
    const auto shown = ask({"audit", "attestations", "--genesis", document("side"), document("main")});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("agrees"), HasSubstr("auditor"), Not(HasSubstr("DISAGREES"))));
    const auto without = list(kDone, {"side"});
    EXPECT_EQ(of(without, network().main()).at("verdict"), "not checked");

    // The next run brings what is new: of the side chain at least this, of the main chain maybe nothing.
    const auto again = ask_json(verify(organisation("auditor")));
    ASSERT_EQ(again.at("attested").as_array().size(), 2u) << again;
    for (const auto& one : again.at("attested").as_array()) {
        const auto& genesis = one.at("chain") == "side" ? network().side() : network().main();
        EXPECT_EQ(one.at("new").as_bool(),
                  integer(one.at("height")) > integer(of(listed, genesis).at("height")));
    }
    EXPECT_GT(integer(of(list(kDone), network().side()).at("height")),
              integer(of(listed, network().side()).at("height")));
}

TEST_F(Attest, IsNotBelievedForBeingSigned) {
    const auto side = network().height(0, "side");
    const auto main = network().height(0, "main");
    ASSERT_TRUE(side && main);
    attest_by_hand(200, network().main(), *main + 1'000);
    auto listed = list(kRefused);
    EXPECT_EQ(of(listed, network().main()).at("verdict"), "not checked") << "no such block";

    const auto height = attest_by_hand(201, network().side(), *side + 1);
    listed = list(kBroken);
    EXPECT_EQ(listed.at("holds"), false);
    const auto one = of(listed, network().side());
    EXPECT_EQ(one.at("verdict"), "disagrees");
    EXPECT_THAT(std::string(one.at("why").as_string()),
                HasSubstr(std::string(block("side", one.at("height")).at("hash").as_string())));
    EXPECT_THAT(ask({"audit", "attestations", "--genesis", document("side"), document("main")}).out,
                AllOf(HasSubstr("DISAGREES"), HasSubstr("IT DOES NOT AGREE")));

    // What a node tells of its block.
    const auto told = boost::json::serialize(block("side", height));
    EXPECT_THAT(told, AllOf(HasSubstr("\"attest\""), HasSubstr("attested chain " + chain_id_of(one))));
}

}  // namespace
}  // namespace pcq::e2e
