// pcq bench: a short measurement on a network of its own, and what it must not be asked.
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/guard.h"
#include "tests/end_to_end/network.h"
#include "tests/end_to_end/terminal.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

// pcq bench with temporary folders in `folder`.
Ended bench(const std::filesystem::path& folder, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {program("pcq").string(), "bench"});
    return run({std::move(arguments), {{"TMPDIR", folder.string()}}, ""});
}

std::vector<std::string> entries(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names.push_back(entry.path().filename());
    return names;
}

TEST(Bench, MeasuresANetworkOfItsOwnAndLeavesNothingOfIt) {
    const auto folder = make_guarded_folder();

    const auto ended = bench(folder, {"--seconds", "1", "--accounts", "20", "--at-once", "20", "--json"});

    ASSERT_EQ(ended.code, 0) << ended.err;
    const auto figures = boost::json::parse(ended.out);
    EXPECT_GT(integer(figures.at("trades")), 0);
    EXPECT_EQ(integer(figures.at("sold")) + integer(figures.at("bought")), integer(figures.at("trades")));
    EXPECT_EQ(integer(figures.at("refused")), 0) << ended.err;
    EXPECT_EQ(integer(figures.at("unanswered")), 0) << ended.err;
    EXPECT_EQ(integer(figures.at("nodes")), 4);
    EXPECT_GT(integer(figures.at("blocks")), 0);
    EXPECT_THAT(entries(folder), IsEmpty());
    EXPECT_EQ(kill_all_of(folder), 0) << "a node outlived its network";
    std::filesystem::remove_all(folder);
}

TEST(Bench, StopsItsNetworkAndShowsWhatItHasWhenItIsInterrupted) {
    const auto folder = make_guarded_folder();
    const std::vector<std::string> arguments{"/usr/bin/env",
                                             "TMPDIR=" + folder.string(),
                                             program("pcq").string(),
                                             "bench",
                                             "--seconds",
                                             "3600",
                                             "--accounts",
                                             "10",
                                             "--at-once",
                                             "10"};

    const auto ended = run_at_terminal(arguments, {{"trading for 1 of 3600 s", "\3"}});

    EXPECT_EQ(ended.code, 0) << ended.out;
    EXPECT_THAT(ended.out, HasSubstr("committed trades a second"));
    EXPECT_THAT(entries(folder), IsEmpty());
    EXPECT_EQ(kill_all_of(folder), 0) << "a node outlived its network";
    std::filesystem::remove_all(folder);
}

TEST(Bench, MeasuresANetworkThatIsNamedAndShowsATable) {
    Network network;
    network.up();
    const auto ended = bench(network.folder(), {"--dir", network.folder().string(), "--seconds", "1",
                                                "--accounts", "10", "--at-once", "10"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, AllOf(HasSubstr("committed trades a second"),
                                 HasSubstr("time to finality, median"), HasSubstr("share of that bound")));
    const auto refused = [&](const std::vector<std::string>& arguments, int code, const char* says) {
        const auto no = bench(network.folder(), arguments);
        EXPECT_EQ(no.code, code) << no.out << no.err;
        EXPECT_THAT(no.err, HasSubstr(says));
    };
    refused({"--dir", network.folder().string(), "--chain", "main"}, 2, "people trade on side chains");
    refused({"--node", network.address(0)}, 2, "--keys");
    refused({"--node", network.address(0), "--keys", (network.folder() / "nothing").string()}, 2,
            "government.pem");
    network.down();
    refused({"--dir", network.folder().string()}, 3, "pcq net up --dir");
    refused({"--dir", (network.folder() / "nothing").string()}, 1, "pcq net init");
    refused({"--seconds", "0"}, 2, "seconds");
    refused({"--validators", "3"}, 2, "validators");
    refused({"--accounts", "one"}, 2, "accounts");
}

}  // namespace
}  // namespace pcq::e2e
