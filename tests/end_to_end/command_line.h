// The command line as people and scripts meet it: pcq against a network with a market in full swing, what it
// says, and with which exit code it ends. One network for all tests of a program; each test has a folder.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/market.h"

namespace pcq::e2e {

enum : int { kDone = 0, kRefused = 1, kUsage = 2, kUnreachable = 3, kBroken = 4 };

class CommandLine : public testing::Test {
protected:
    static void SetUpTestSuite();
    static void TearDownTestSuite();
    CommandLine();
    ~CommandLine() override;

    static Network& network() { return *network_; }
    static Market& market() { return *market_; }
    // pcq at the first node.
    static Ended ask(std::vector<std::string> arguments);
    // What it prints with --json, which must be JSON, and how it must end.
    static Json ask_json(std::vector<std::string> arguments, int code = kDone);
    static void expect_error(const Ended& ended, int code, const testing::Matcher<std::string>& says);

    // The path of a file of this test, which holds the content if there is any.
    std::string file(const std::string& name, const std::string& content = "") const;
    std::string key_of(const Actor& actor, const std::string& name) const;
    const std::filesystem::path& folder() const { return folder_; }

private:
    static std::unique_ptr<Network> network_;
    static std::unique_ptr<Market> market_;
    std::filesystem::path folder_;
};

}  // namespace pcq::e2e
