#include "src/node/why.h"

#include <algorithm>

#include "consensus/quorum.h"
#include "src/base/hex.h"

namespace pcq::node {
namespace {

using consensus::Awaits;

constexpr Duration kStandsStill{5'000};
constexpr Duration kSilent{6'000};      // three times as long as a replica lets pass without a Status
constexpr Duration kChunkOwed{15'000};  // for as long a joining node waits for a chunk that it has asked for
constexpr Duration kSlowDisk{500};      // for a write that usually takes a few milliseconds
constexpr Duration kSlowBlock{2'000};   // for an execution
constexpr Duration kClockAhead{2'000};

std::string seconds(Duration duration) {
    const std::int64_t tenths = std::max<std::int64_t>(0, duration.ms) / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string ago(const std::optional<Instant>& then, Instant now) {
    return then ? "for " + seconds(now - *then) : "since this node started";
}

std::string short_hash(const std::optional<Hash>& hash) {
    return hash ? to_hex(hash->view()).substr(0, 12) : "?";
}

// Nobody to reckon with now. Who has just been connected has had no time to speak.
bool is_away(const SeenValidator& validator, Instant now) {
    if (validator.self || !validator.connected) return !validator.self;
    const auto sign = std::max(validator.heard, validator.changed);
    return !sign || now - *sign > kSilent;
}

bool has_quorum(const WhyFacts& facts) {
    const auto here = std::count_if(facts.validators.begin(), facts.validators.end(),
                                    [&](const auto& validator) { return !is_away(validator, facts.now); });
    return here >= consensus::quorum(static_cast<std::uint32_t>(facts.validators.size()));
}

// Up to which height there are blocks, as one more than may lie says, and since when.
struct Claimed {
    std::uint64_t target = 0;
    Instant since;
};
std::optional<Claimed> claimed(const WhyFacts& facts) {
    std::vector<std::uint64_t> heights;
    std::vector<Instant> since;
    for (const auto& validator : facts.validators) {
        if (validator.self || is_away(validator, facts.now) || validator.height <= facts.waiting.height)
            continue;
        heights.push_back(validator.height);
        since.push_back(validator.ahead.value_or(facts.now));
    }
    const std::size_t honest = consensus::faults(static_cast<std::uint32_t>(facts.validators.size()));
    if (heights.size() <= honest) return std::nullopt;
    std::sort(heights.rbegin(), heights.rend());
    std::sort(since.begin(), since.end());
    return Claimed{heights[honest] - 1, since[honest]};
}

// What is likely the matter with a validator that something is awaited from.
rpc::WhyMissing look_at(const SeenValidator& validator, const WhyFacts& facts) {
    rpc::WhyMissing found{validator.name, "not_voting", ""};
    if (validator.self) {
        found.cause = "this_node";
        found.text = "this node itself";
    } else if (!validator.connected) {
        found.cause = "unreachable";
        found.text = "not connected " + ago(validator.changed, facts.now);
    } else if (!validator.heard || facts.now - *validator.heard > kSilent) {
        found.cause = "silent";
        found.text = "connected, but not heard " + ago(validator.heard, facts.now) +
                     ": its process is stopped or hangs, or the line loses everything";
    } else if (validator.pruned && facts.waiting.what == Awaits::blocks) {
        found.cause = "pruned";
        found.text = "does not keep block " + std::to_string(facts.waiting.height) + " any more";
    } else if (validator.height != 0 && validator.height < facts.waiting.height) {
        found.cause = "behind";
        found.text = "at height " + std::to_string(validator.height) + ", catching up";
    } else if (validator.height == facts.waiting.height && validator.view != facts.waiting.view) {
        found.cause = "other_view";
        found.text = "in view " + std::to_string(validator.view);
        if (validator.view < facts.waiting.view)
            found.text +=
                ", and asks for no later one: it knows of nothing to do yet, or watches without its "
                "record of votes";
    } else if (validator.height > facts.waiting.height) {
        found.cause = "ahead";
        found.text = "says that it is at height " + std::to_string(validator.height) +
                     " already; its blocks are asked for";
    } else {
        found.text =
            "there, but has not voted: it watches without its record of votes, executes otherwise, or is "
            "slow";
    }
    return found;
}

std::string list(const std::vector<rpc::WhyMissing>& missing) {
    std::string text;
    for (const auto& validator : missing) text += (text.empty() ? "" : ", ") + validator.name;
    return text.empty() ? "nobody" : text;
}

const char* name_of(Awaits what) {
    switch (what) {
        case Awaits::nothing:
            return "nothing";
        case Awaits::others:
            return "others";
        case Awaits::blocks:
            return "blocks";
        case Awaits::watch:
            return "watch";
        case Awaits::chain:
            return "chain";
        case Awaits::view_changes:
            return "view_changes";
        case Awaits::proposal:
            return "proposal";
        case Awaits::own_proposal:
            return "own_proposal";
        case Awaits::execution:
            return "execution";
        case Awaits::prepares:
            return "prepares";
        case Awaits::commits:
            return "commits";
        case Awaits::storage:
            return "storage";
    }
    return "unknown";
}

std::string sentence(const WhyFacts& facts, const rpc::Why& why) {
    const auto& waiting = facts.waiting;
    const std::string place =
        "height " + std::to_string(waiting.height) + ", view " + std::to_string(waiting.view);
    const std::string primary =
        waiting.primary < facts.validators.size() ? facts.validators[waiting.primary].name : "?";
    const std::string block = "block " + short_hash(waiting.block);
    const std::string there =
        std::to_string(waiting.heard.size()) + " of " + std::to_string(facts.validators.size()) + " are here";
    const std::string alone =
        why.missing.empty() ? "" : ", for which no quorum is here; missing: " + list(why.missing);
    switch (waiting.what) {
        case Awaits::nothing:
            return "there is nothing to do; the next is " + place + alone;
        case Awaits::others:
            return "this node has no vote; it follows, and waits for " + place + alone;
        case Awaits::blocks:
            return "it is behind: waits for blocks up to height " + std::to_string(waiting.target) +
                   " from others";
        case Awaits::watch:
            return "its record of votes was lost: it does not vote before " +
                   std::to_string(waiting.heights) + " more heights are decided before its eyes; at " + place;
        case Awaits::chain:
            return "its record of votes is of a height above the chain it has: it says nothing until the "
                   "chain "
                   "is there; at " +
                   place;
        case Awaits::view_changes:
            return place + ": waits for view changes of a quorum, " + there +
                   "; missing: " + list(why.missing);
        case Awaits::proposal:
            return place + ": waits for the proposal of " + primary;
        case Awaits::own_proposal:
            return place + ": this node is the primary and makes its proposal";
        case Awaits::execution:
            return place + ": " + block + " of " + primary +
                   (facts.missing_transactions > 0
                        ? " lacks " + std::to_string(facts.missing_transactions) + " transactions here"
                        : " is being executed");
        case Awaits::prepares:
            return place + ": waits for prepares of a quorum for " + block + ", " + there +
                   "; missing: " + list(why.missing);
        case Awaits::commits:
            return place + ": waits for commits of a quorum for " + block + ", " + there +
                   "; missing: " + list(why.missing);
        case Awaits::storage:
            return place + ": " + block + " is decided and being stored";
    }
    return place;
}

std::vector<rpc::WhyCause> causes_of(const WhyFacts& facts, const rpc::Why& why) {
    std::vector<rpc::WhyCause> causes;
    const auto& waiting = facts.waiting;
    if (facts.writing > kSlowDisk)
        causes.push_back({"disk_slow", "a write of this node takes " + seconds(facts.writing) +
                                           ": its disk is slow or hangs"});
    if (waiting.early > Duration{0})
        causes.push_back(
            {"clock_off", "a proposal was refused because its time is " + seconds(waiting.early) +
                              " ahead of this node's clock: this clock or its proposer's is wrong"});
    if (facts.last_block_time > facts.now + kClockAhead)
        causes.push_back(
            {"clock_off",
             "the last block is " + seconds(facts.last_block_time - facts.now) +
                 " ahead of this node's clock, though a quorum has accepted its time: this clock is behind"});
    if (facts.refused)
        causes.push_back({"execution_differs", "this node refused a proposal: " + *facts.refused});
    if (facts.missing_transactions > 0)
        causes.push_back({"transactions_missing", "nobody that is connected has handed out " +
                                                      std::to_string(facts.missing_transactions) +
                                                      " transactions of the proposal yet"});
    if (facts.executing > kSlowBlock)
        causes.push_back({"execution_slow", "a block is being executed for " + seconds(facts.executing)});
    for (const auto& missing : why.missing) {
        if (missing.cause != "this_node" && missing.cause != "not_voting")
            causes.push_back({missing.cause, missing.name + ": " + missing.text});
    }
    return causes;
}

void name_who_is_away(rpc::Why& why, const WhyFacts& facts) {
    for (const auto& validator : facts.validators) {
        const bool has_no_block = validator.pruned && facts.waiting.what == Awaits::blocks;
        if (is_away(validator, facts.now) || has_no_block) why.missing.push_back(look_at(validator, facts));
    }
}

rpc::Why explain_joining(rpc::Why why, const WhyFacts& facts, const Joining& joining) {
    why.waits_for = "snapshot";
    const bool is_whole = joining.height != 0 && joining.chunks == joining.of;
    why.since = joining.height == 0 ? facts.last_block : facts.now + joining.quiet * -1;
    why.stalled = !is_whole && facts.now - why.since > (joining.height == 0 ? kStandsStill : kChunkOwed);
    if (joining.height == 0) {
        why.text =
            "it fetches a snapshot, since the next block is kept by nobody or too many are missing; nobody "
            "has offered one yet";
    } else {
        why.text = "it fetches the snapshot of height " + std::to_string(joining.height) + ": " +
                   std::to_string(joining.chunks) + " of " + std::to_string(joining.of) + " chunks are here";
        if (why.stalled) why.text += "; none has come for " + seconds(joining.quiet);
    }
    if (joining.height == 0 || why.stalled) {
        name_who_is_away(why, facts);
        why.causes = causes_of(facts, why);
    }
    return why;
}

}  // namespace

rpc::Why explain(const WhyFacts& seen) {
    WhyFacts facts = seen;
    auto& waiting = facts.waiting;
    rpc::Why why;
    why.chain = facts.chain;
    why.height = waiting.height;
    why.view = waiting.view;
    if (facts.joining) return explain_joining(std::move(why), facts, *facts.joining);
    // The replica forgets a claim when it has asked after it, until it is made again.
    const auto behind = waiting.what == Awaits::storage ? std::nullopt : claimed(facts);
    if (behind) {
        waiting.what = Awaits::blocks;
        waiting.target = std::max(waiting.target, behind->target);
        waiting.missing.clear();
    }
    why.waits_for = name_of(waiting.what);
    why.since = waiting.since ? std::max(*waiting.since, facts.last_block) : facts.last_block;
    if (waiting.what == Awaits::blocks) why.since = std::max(why.since, behind ? behind->since : facts.now);
    const bool is_idle = waiting.what == Awaits::nothing || waiting.what == Awaits::others;
    why.stalled = !is_idle && facts.now - why.since > kStandsStill;
    auto missing = waiting.missing;
    if (waiting.what == Awaits::proposal) missing = {waiting.primary};
    for (const std::uint32_t index : missing) {
        if (index < facts.validators.size()) why.missing.push_back(look_at(facts.validators[index], facts));
    }
    // Who is needed for a quorum and cannot be asked, when it is not votes that are counted.
    if (missing.empty() && (!is_idle || !has_quorum(facts))) name_who_is_away(why, facts);
    why.text = sentence(facts, why);
    why.causes = causes_of(facts, why);
    return why;
}

}  // namespace pcq::node
