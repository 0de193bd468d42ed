// A network a second after pcq net up: nobody has acted, and block 0, which nobody signs, is all there is.
// And what pcq and pcq-verifier say to words that they cannot read, for which no network need do anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/network.h"
#include "tests/end_to_end/process.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Fresh : public testing::Test {
protected:
    static void SetUpTestSuite() {
        network_ = std::make_unique<Network>();
        network_->up();
    }
    static void TearDownTestSuite() { network_.reset(); }

    static std::string path(const std::string& name) { return (network_->folder() / name).string(); }
    static Ended ask(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--node", network_->address(0)});
        return pcq(std::move(arguments));
    }
    static Ended verifier(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), program("pcq-verifier").string());
        return run({std::move(arguments), {}, ""});
    }
    static void expect(const Ended& ended, int code, const testing::Matcher<std::string>& says) {
        EXPECT_EQ(ended.code, code) << ended.out << ended.err;
        EXPECT_THAT(ended.out + ended.err, says);
    }

    static std::unique_ptr<Network> network_;
};
std::unique_ptr<Network> Fresh::network_;

TEST_F(Fresh, IsProvenFromItsGenesisDocumentAlone) {
    const std::string account(64, '0');
    for (const std::string chain : {"main", "side"}) {
        const auto document = path(chain + ".json");
        expect(ask({"--chain", chain, "--verify", document, "block"}), 0,
               AllOf(HasSubstr("proven by block 0"), HasSubstr("block 0 follows from its genesis document"),
                     Not(HasSubstr("signed by"))));
        expect(
            ask({"--chain", chain, "audit", "attestations", "--genesis", document}), 0,
            AllOf(HasSubstr("nobody has attested anything yet"),
                  HasSubstr("in the state of block 0 of chain " + chain + ", which follows from its genesis"),
                  Not(HasSubstr("quorum"))));
    }
    expect(ask({"audit", "account", account, "--genesis", path("side.json")}), 1,
           HasSubstr("no period has been opened on this chain yet"));
    expect(ask({"settlement", "preview", account, "--genesis", path("side.json")}), 1,
           HasSubstr("no period has been opened on this chain yet"));
}

TEST_F(Fresh, HasNothingToAttest) {
    expect(ask({"audit", "verify", "--genesis", path("main.json"), path("side.json"), "--attest",
                path("keys/auditor.pem")}),
           0,
           AllOf(HasSubstr("nothing to attest of main: it has no block after block 0"),
                 HasSubstr("no block: there is none after 0"), Not(HasSubstr("1 to 0")),
                 Not(HasSubstr("attested up to"))));
}

TEST_F(Fresh, NumbersThatAreNoneAreNamed) {
    expect(ask({"block", "abc"}), 2, HasSubstr("\"abc\" is no whole number from 0 on"));
    expect(ask({"block", "-1"}), 2, Not(HasSubstr("000000")));
    for (const char* period : {"abc", "0", "2027.5", "99999999999", "99999999999999999999"})
        expect(ask({"quota", std::string(64, '0'), "--period", period}), 2,
               AllOf(HasSubstr("--period"),
                     HasSubstr("\"" + std::string(period) + "\" is no year from 1 to 9999")));
    expect(ask({"market", "cancel", "1", "--key", path("keys/platform.pem")}), 2,
           AllOf(HasSubstr("\"1\" names no order"), HasSubstr("64 hexadecimal digits")));
}

TEST_F(Fresh, AVerifierSaysWhatIsWrongWithItsWords) {
    const auto helped = verifier({"--help"});
    EXPECT_EQ(helped.code, 0);
    EXPECT_THAT(helped.out, HasSubstr("--genesis FILE"));
    expect(verifier({}), 2, HasSubstr("no archive and no statement is named"));
    expect(verifier({"--foo", "x"}), 2, HasSubstr("there is no option --foo"));
    expect(verifier({"x", "--genesis"}), 2, HasSubstr("--genesis stands without its file"));
    expect(verifier({"--genesis", path("nowhere"), "x"}), 1, HasSubstr("nowhere cannot be read"));
    expect(verifier({"--genesis", path("keys/platform.pem"), "x"}), 1, HasSubstr("platform.pem: "));
    expect(verifier({"--genesis", path("side.json"), path("main.json")}), 1,
           HasSubstr("main.json: it is neither a statement nor a certificate"));
}

TEST_F(Fresh, HasNothingToExport) {
    expect(ask({"archive", "export", "--out", path("side.pcqarch")}), 2,
           AllOf(HasSubstr("no block after block 0"), Not(HasSubstr("1 to 0"))));
}

}  // namespace
}  // namespace pcq::e2e
