// The table of bounds: each is kept where it works, and docs/rpc.md tells the truth about it.
#include "src/rpc/limits.h"

#include <fstream>
#include <map>
#include <regex>

#include <gtest/gtest.h>

#include "src/rpc/server.h"

namespace pcq::rpc {
namespace {

std::uint64_t number(std::string text) {
    std::erase(text, ',');
    return std::stoull(text);
}

TEST(LimitsTest, AreEachSetWhereTheyAreRead) {
    for (const auto& limit : limits()) {
        SCOPED_TRACE(limit.key);
        const Options standard;
        EXPECT_LE(limit.least, limit.of(standard));
        EXPECT_GE(limit.most, limit.of(standard));
        for (const std::uint64_t value : {limit.least, limit.most}) {
            Options options;
            limit.set(options, value);
            EXPECT_EQ(limit.of(options), value);
            for (const auto& other : limits())
                EXPECT_TRUE(other.key == limit.key || other.of(options) == other.of(standard)) << other.key;
        }
    }
}

TEST(LimitsTest, OfAMessageAreThoseOfARequest) {
    std::map<std::string_view, const Limit*> named;
    for (const auto& limit : limits()) named[limit.key] = &limit;
    Options options;
    named.at("body_bytes")->set(options, 1'000'000);
    named.at("request_ms")->set(options, 777);
    named.at("answer_ms")->set(options, 1'777);
    named.at("in_flight")->set(options, 5);
    EXPECT_EQ(options.websocket.message_bytes_max, 1'000'000U);
    EXPECT_EQ(options.websocket.message_timeout, std::chrono::milliseconds(777));
    EXPECT_EQ(options.websocket.write_timeout, std::chrono::milliseconds(1'777));
    EXPECT_EQ(options.websocket.in_flight_max, 5U);
}

// A row a bound: | `key` | default | least | most | what |.
TEST(LimitsTest, AreDocumented) {
    std::ifstream page("docs/rpc.md");
    ASSERT_TRUE(page) << "run from the repository's root";
    const std::regex row(R"(\| `(\w+)` \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| .+ \|)");
    std::map<std::string, std::array<std::uint64_t, 3>> documented;
    std::string line;
    while (std::getline(page, line)) {
        std::smatch found;
        if (std::regex_match(line, found, row))
            documented[found[1]] = {number(found[2]), number(found[3]), number(found[4])};
    }
    for (const auto& limit : limits()) {
        const auto at = documented.find(std::string(limit.key));
        if (at == documented.end()) {
            ADD_FAILURE() << limit.key << " is not in docs/rpc.md";
            continue;
        }
        const std::array<std::uint64_t, 3> expected{limit.of(Options()), limit.least, limit.most};
        EXPECT_EQ(at->second, expected) << limit.key;
        documented.erase(at);
    }
    for (const auto& [key, row_of] : documented) ADD_FAILURE() << key << " is no bound any more";
}

}  // namespace
}  // namespace pcq::rpc
