#include "contracts/governance/pause.h"

#include "contracts/governance/governance.h"
#include "contracts/quota/quota.h"
#include "src/base/instant_text.h"

namespace pcq::contracts::governance {
namespace {

constexpr std::uint64_t kPauseDefaultMs = 7ull * 86'400'000;  // where the parameters name no bound

std::uint64_t ms(Instant time) {
    return static_cast<std::uint64_t>(time.ms);
}

std::uint64_t longest(const StateReader& state) {
    const std::uint64_t most = chain(state).parameters().pause_max_ms();
    return most == 0 ? kPauseDefaultMs : most;
}

// The platform alone could else pause again and again: what it has stopped runs as long as it stood still
// before the platform may stop it anew.
Result<> require_gap(const StateReader& state, Instant now) {
    const std::uint64_t last = kPauseCount.find_or_default(state, Only()).value();
    if (last == 0) return {};
    const auto pause = *kPauses.find(state, last);
    const std::uint64_t end = pause.resumed_ms() != 0 ? pause.resumed_ms() : pause.until_ms();
    const std::uint64_t free = end + (end - pause.from_ms());
    if (ms(now) >= free) return {};
    return Error{Code::pause_too_soon,
                 "the market runs as long as the last pause has lasted, until block time " + utc_text(free) +
                     "; before that only the government pauses it again"};
}

// Who lacks quota buys it in the last days: there the government alone stops the market, as it alone decides
// when the period is closed.
Result<> require_before_deadlines(const StateReader& state, std::uint64_t until_ms) {
    for (const Period period : quota::unsettled(state)) {
        const auto record = *quota::period(state, period);
        const std::uint64_t deadline = record.earliest_close_ms();
        if (!quota::is_running(record) || deadline == 0 || until_ms <= deadline) continue;
        return Error{Code::pause_outside_range, "the pause would go on after block time " +
                                                    utc_text(deadline) + ", the deadline of period " +
                                                    std::to_string(period) +
                                                    "; so late only the government pauses the market"};
    }
    return {};
}

}  // namespace

Result<> validate(const proto::PauseMarket& action) {
    return text_length(action.reason(), kReasonBytesMax, "reason");
}

Result<> validate(const proto::ResumeMarket& action) {
    return text_length(action.reason(), kReasonBytesMax, "reason");
}

Result<Outcome> pause_market(Context& context, const proto::PauseMarket& action) {
    const bool is_government = ledger::has_role(context.record, proto::ROLE_GOVERNMENT);
    if (!is_government) {
        if (auto allowed = require_role(context, proto::ROLE_PLATFORM); !allowed) return allowed.error();
    }
    if (auto running = require_market(context.state, context.block.time); !running) return running.error();
    if (!is_government) {
        if (auto rested = require_gap(context.state, context.block.time); !rested) return rested.error();
    }
    const std::uint64_t now = ms(context.block.time);
    const std::uint64_t most = now + longest(context.state);
    if (action.until_ms() <= now || action.until_ms() > most) {
        return Error{Code::pause_outside_range,
                     "until_ms must be above " + std::to_string(now) + ", the block's time, and at most " +
                         std::to_string(most) + ", is " + std::to_string(action.until_ms())};
    }
    if (!is_government) {
        if (auto early = require_before_deadlines(context.state, action.until_ms()); !early)
            return early.error();
    }
    auto count = kPauseCount.find_or_default(context.state, Only());
    count.set_value(count.value() + 1);
    kPauseCount.put(context.state, Only(), count);
    proto::PauseRecord record;
    record.set_by(context.account.bytes());
    record.set_reason(action.reason());
    record.set_from_ms(now);
    record.set_until_ms(action.until_ms());
    kPauses.put(context.state, count.value(), record);
    return Outcome{"paused the market until " + utc_text(action.until_ms()), {}};
}

Result<Outcome> resume_market(Context& context, const proto::ResumeMarket& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    auto pause = market_paused(context.state, context.block.time);
    if (!pause) return Error{Code::market_not_paused, "the market runs"};
    pause->set_resumed_by(context.account.bytes());
    pause->set_resume_reason(action.reason());
    pause->set_resumed_ms(ms(context.block.time));
    kPauses.put(context.state, kPauseCount.find_or_default(context.state, Only()).value(), *pause);
    return Outcome{"the market runs again", {}};
}

std::optional<proto::PauseRecord> market_paused(const StateReader& state, Instant now) {
    const std::uint64_t last = kPauseCount.find_or_default(state, Only()).value();
    if (last == 0) return std::nullopt;
    auto pause = kPauses.find(state, last);
    PCQ_INVARIANT(pause.has_value());
    if (pause->resumed_ms() != 0 || ms(now) >= pause->until_ms()) return std::nullopt;
    return pause;
}

Result<> require_market(const StateReader& state, Instant now) {
    const auto pause = market_paused(state, now);
    if (!pause) return {};
    return Error{Code::market_paused, "the market is paused until block time " + utc_text(pause->until_ms()) +
                                          ": " + pause->reason()};
}

}  // namespace pcq::contracts::governance
