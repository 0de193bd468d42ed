// Which validator is asked for the blocks that this chain has missed, and when another one is asked instead.
//
// One is asked at a time, and only one that is connected: first the one that says it has the blocks, then the
// others in turn. It is given up when its connection ends, when it does not answer in time, and when its
// answer brings nothing: a request that has been answered is never waited for. What is still missing then is
// asked for when consensus next says so (Effects::fetch). Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "src/base/instant.h"

namespace pcq::node {

class CatchUp {
public:
    using IsConnected = std::function<bool(std::uint32_t validator)>;

    static constexpr Duration kPatience{3'000};  // for one answer, of up to 8 MiB

    CatchUp(std::uint32_t validators, std::optional<std::uint32_t> self, IsConnected is_connected)
        : validators_(validators), self_(self), is_connected_(std::move(is_connected)) {}

    // Each of these gives the validator to ask for blocks now, if one is to be asked.

    // Blocks up to `target` exist, as `from` says.
    std::optional<std::uint32_t> behind(std::uint64_t target, std::uint32_t from, Instant now);
    std::optional<std::uint32_t> disconnected(std::uint32_t validator, Instant now);
    // Its answer, taken before, has been checked and stored as far as it holds.
    struct Checked {
        std::uint64_t before = 0;   // height of this chain when the answer came
        std::uint64_t reached = 0;  // and now
        std::uint64_t tip = 0;      // as the one that was asked says
        bool lied = false;          // a block did not hold
    };
    std::optional<std::uint32_t> checked(const Checked& answer, Instant now);

    // An answer has come: whether it is the one that is awaited, and is to be checked.
    bool take(std::uint32_t validator);

    bool is_running() const { return asked_.has_value(); }

private:
    std::optional<std::uint32_t> ask(std::uint32_t first, Instant now);

    const std::uint32_t validators_;
    const std::optional<std::uint32_t> self_;
    const IsConnected is_connected_;
    std::uint64_t target_ = 0;
    std::optional<std::uint32_t> asked_;  // an answer of this one is awaited, or being checked
    bool checking_ = false;
    Instant asked_at_;
};

}  // namespace pcq::node
