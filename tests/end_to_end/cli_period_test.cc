// pcq at a network: a period as the government opens it, month after month to its end, and what the platform
// posts.
#include "tests/end_to_end/command_line.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Periods : public CommandLine {
protected:
    static std::string organisation(const char* name) {
        return (network().folder() / "keys" / (std::string(name) + ".pem")).string();
    }
    static std::string done(std::vector<std::string> arguments, const char* by = nullptr) {
        if (by != nullptr) arguments.insert(arguments.end(), {"--key", organisation(by)});
        const auto ended = ask(arguments);
        EXPECT_EQ(ended.code, kDone) << ended.out << ended.err;
        return ended.out;
    }
    static void refused(std::vector<std::string> arguments, const char* by, const char* reason) {
        arguments.insert(arguments.end(), {"--key", organisation(by)});
        expect_error(ask(arguments), kRefused, HasSubstr(reason));
    }
    static Json side_period(const char* period) {
        return ask_json({"period", "show", "--period", period}).at("value");
    }
};

TEST_F(Periods, AreShownWithTheirPolicyAndWhyTheyOpenedInSpiteOfProposition2) {
    EXPECT_THAT(done({"period", "show", "--period", "2026"}),
                AllOf(HasSubstr("open"), HasSubstr("1 of 12"), HasSubstr("48000.000 kg"),
                      HasSubstr("0.300000000"), HasSubstr("ten people are no estimate")));
    EXPECT_THAT(done({"period", "list"}), AllOf(HasSubstr("MONTHS OVER"), HasSubstr("2026")));
    expect_error(ask({"period", "show", "--period", "1999"}), kRefused, HasSubstr("1999"));
}

TEST_F(Periods, AreOpenedFromAFile) {
    const std::string ready = "deploy/period.toml";
    refused({"period", "open", ready}, "platform", "not_authorised");
    EXPECT_THAT(done({"period", "open", ready}, "government"), HasSubstr("opened period 2027"));

    const auto opened = ask_json({"--chain", "main", "period", "show"}).at("value");
    EXPECT_EQ(opened.at("period"), 2027);
    EXPECT_EQ(opened.at("cap_g"), "500000000000");
    EXPECT_EQ(opened.at("opening").at("estimates").at("people"), "1000000");
    EXPECT_TRUE(opened.at("opening").at("optimal_offset").as_bool());
    EXPECT_EQ(opened.at("policy").at("offset_ratio_ppb"),
              opened.at("opening").at("optimal_offset_ratio_ppb"));
    EXPECT_EQ(opened.at("policy").at("trade_fee_cap_uy"), "10000");
    EXPECT_THAT(done({"--chain", "main", "period", "show"}),
                AllOf(HasSubstr("2027"), HasSubstr("P k < 2 N"), Not(HasSubstr("does not hold")),
                      Not(HasSubstr("because"))));
    EXPECT_TRUE(eventually([] { return ask({"period", "show", "--period", "2027"}).code == kDone; }));
    refused({"period", "open", ready}, "government", "period_exists");
}

TEST_F(Periods, AreNotOpenedFromAFileThatSaysSomethingElse) {
    const auto open = [this](const std::string& content) {
        return ask({"period", "open", file("period.toml", content), "--key", organisation("government")});
    };
    expect_error(open("period = 2028\ncolour = 3\n"), kUsage,
                 AllOf(HasSubstr("period.toml"), HasSubstr("colour")));
    expect_error(open("period = \"soon\"\n"), kUsage, HasSubstr("period.toml"));
    expect_error(open("period = 2028\n[policy\n"), kUsage,
                 AllOf(HasSubstr("period.toml"), HasSubstr("line 2")));
    expect_error(open("period = 2028\nmonths = 13\ncap_g = 1\n"), kRefused, HasSubstr("months"));
    expect_error(ask({"period", "open", file("none.toml"), "--key", organisation("government")}), kUsage,
                 HasSubstr("none.toml"));
    expect_error(open("period = 2028\nmonths = 1\ncap_g = 1000\n[policy]\nmarket_price_uy_per_kg = 300000\n"
                      "effort_cost_uy_per_kg = 50000\noffset_ratio_ppb = 300000000\n[estimates]\n"
                      "excess_g = 1000\npeople = 1\nreduction_g = 1\nabatement_ease = 1000\n"),
                 kRefused, HasSubstr("policy_"));
}

TEST_F(Periods, FollowWhatThePlatformPosts) {
    refused({"market", "costs", "--op", "0.01", "--blockchain", "0.005"}, "government", "not_authorised");
    done({"market", "costs", "--op", "0.02", "--blockchain", "0.004"}, "platform");
    const auto service =
        file("service.toml", "service_level_nano = 500_000_000\nservice_cost_nano = 1_000_000_000\n");
    done({"market", "service", service}, "platform");
    expect_error(
        ask({"market", "costs", "--op", "cheap", "--blockchain", "1", "--key", organisation("platform")}),
        kUsage, HasSubstr("cheap"));
    expect_error(ask({"market", "service", file("bad.toml", "q = 1\n"), "--key", organisation("platform")}),
                 kUsage, AllOf(HasSubstr("bad.toml"), HasSubstr("q")));
}

// The costs posted above count from the next epoch on.
TEST_F(Periods, RunToTheirEndAndTellWhatTheyBrought) {
    refused({"period", "close", "--period", "2026"}, "government", "period_wrong_phase");
    refused({"period", "advance", "--period", "2026", "--month", "12"}, "government", "month_out_of_order");
    for (int month = 2; month <= 12; ++month)
        EXPECT_THAT(done({"period", "advance", "--period", "2026"}, "government"),
                    HasSubstr("month " + std::to_string(month)));
    EXPECT_TRUE(eventually([] { return side_period("2026").at("months_advanced") == 12; }));
    // Nobody lacks quota in the end, so that the platform pays nothing for it.
    ASSERT_TRUE(eventually([] {
        const auto value = ask_json({"market", "prices", "--period", "2026"}).at("value");
        return value.at("open").as_bool() && value.at("buy_price_uy_per_kg") == "0";
    }));
    std::vector<std::string> sell{"market",   "sell", "--period", "2026",
                                  "--amount", "1kg",  "--key",    key_of(market().seller(0), "seller.pem")};
    expect_error(ask(sell), kRefused, AllOf(HasSubstr("give 1.000 kg away"), HasSubstr("--price-min 0")));
    sell.insert(sell.end(), {"--price-min", "0"});
    EXPECT_THAT(done(sell), HasSubstr("sold 1.000 kg"));
    EXPECT_THAT(done({"period", "close", "--period", "2026"}, "government"), HasSubstr("closed period 2026"));

    ASSERT_TRUE(eventually([] { return side_period("2026").at("phase") == "settled"; }));
    EXPECT_THAT(done({"period", "show", "--period", "2026"}),
                AllOf(HasSubstr("platform's profit"), HasSubstr("total welfare (11)")));
}

}  // namespace
}  // namespace pcq::e2e
