// Which validator a replica that is behind asks for certified blocks, and when another one is asked instead
// (rule 7), as a pure state machine.
//
// One is asked at a time, and only one that is connected: first the one that says it has the blocks, then the
// others in turn, each for as many as it sends at once. One that lies, brings nothing or is silent is passed
// over until all have been, so that a liar costs one patience in a round and never the whole. An answer that
// comes late, over a slow line, is still taken. What is missing when all have been passed over is asked for
// when consensus next says so (Effects::fetch). Not thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <set>

#include "src/base/instant.h"

namespace pcq::consensus {

class CatchUp {
public:
    using IsConnected = std::function<bool(std::uint32_t validator)>;

    static constexpr Duration kPatience{3'000};  // for one answer, of up to 8 MiB

    CatchUp(std::uint32_t validators, std::optional<std::uint32_t> self, IsConnected is_connected)
        : validators_(validators), self_(self), is_connected_(std::move(is_connected)) {}

    // Each of these gives the validator to ask for what follows the last stored block, if one is to be asked.

    // Blocks up to `target` exist, as `from` says.
    std::optional<std::uint32_t> behind(std::uint64_t target, std::uint32_t from, Instant now);
    std::optional<std::uint32_t> disconnected(std::uint32_t validator, Instant now);
    // The answer taken before has been checked and stored as far as it holds.
    struct Checked {
        std::uint64_t before = 0;   // height of this chain when the answer came
        std::uint64_t reached = 0;  // and now
        std::uint64_t tip = 0;      // as the one that answered says
        bool lied = false;          // a block did not hold
    };
    std::optional<std::uint32_t> checked(const Checked& answer, Instant now);

    // An answer has come: whether it was asked for, and is to be checked now.
    bool take(std::uint32_t validator);
    // A block was stored, by the replica's own decision or by an answer.
    void stored(std::uint64_t height);

    // Indices mean other validators now: nobody has been asked. An answer that is being checked still counts.
    void renew(std::uint32_t validators, std::optional<std::uint32_t> self);

    bool is_running() const { return asked_.has_value() || checking_.has_value(); }

private:
    std::optional<std::uint32_t> ask(std::uint32_t first, Instant now);
    bool may_still_answer(Instant now) const;
    void finish();

    std::uint32_t validators_;
    std::optional<std::uint32_t> self_;
    const IsConnected is_connected_;
    std::uint64_t target_ = 0;
    std::optional<std::uint32_t> asked_;  // whose answer is awaited
    Instant asked_at_;
    std::optional<std::uint32_t> checking_;  // whose answer is being checked
    std::set<std::uint32_t> late_;           // asked before, not answered yet
    std::set<std::uint32_t> passed_over_;
};

}  // namespace pcq::consensus
