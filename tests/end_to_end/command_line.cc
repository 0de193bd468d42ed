#include "tests/end_to_end/command_line.h"

#include <fstream>

#include <boost/json/parse.hpp>

#include "src/crypto/key_file.h"
#include "tests/end_to_end/guard.h"

namespace pcq::e2e {

std::unique_ptr<Network> CommandLine::network_;
std::unique_ptr<Market> CommandLine::market_;

void CommandLine::SetUpTestSuite() {
    network_ = std::make_unique<Network>();
    network_->up();
    market_ = std::make_unique<Market>(*network_, 4);
}

void CommandLine::TearDownTestSuite() {
    market_.reset();
    network_.reset();
}

CommandLine::CommandLine() : folder_(make_guarded_folder()) {}

CommandLine::~CommandLine() {
    kill_all_of(folder_);
    std::error_code ignored;  // what cannot be removed yet goes with the test's process
    std::filesystem::remove_all(folder_, ignored);
}

Ended CommandLine::ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--node", network().address(0)});
    return pcq(std::move(arguments));
}

Json CommandLine::ask_json(std::vector<std::string> arguments, int code) {
    arguments.insert(arguments.begin(), "--json");
    const auto ended = ask(std::move(arguments));
    EXPECT_EQ(ended.code, code) << ended.err;
    boost::system::error_code failure;
    auto value = boost::json::parse(ended.out, failure);
    EXPECT_FALSE(failure) << ended.out;
    return value;
}

void CommandLine::expect_error(const Ended& ended, int code, const testing::Matcher<std::string>& says) {
    EXPECT_EQ(ended.code, code) << ended.out << ended.err;
    EXPECT_THAT(ended.err, says);
}

std::string CommandLine::file(const std::string& name, const std::string& content) const {
    const auto path = folder_ / name;
    if (!content.empty()) std::ofstream(path) << content;
    return path.string();
}

std::string CommandLine::key_of(const Actor& actor, const std::string& name) const {
    const auto path = folder_ / name;
    EXPECT_TRUE(crypto::save_key(path, actor.key(), std::nullopt));
    return path.string();
}

}  // namespace pcq::e2e
