#include "consensus/catch_up.h"

#include <algorithm>
#include <utility>

#include "src/base/invariant.h"

namespace pcq::consensus {

std::optional<std::uint32_t> CatchUp::behind(std::uint64_t target, std::uint32_t from, Instant now) {
    target_ = is_running() ? std::max(target_, target) : target;
    if (checking_) return std::nullopt;
    if (asked_) {
        if (is_connected_(*asked_) && may_still_answer(now)) return std::nullopt;
        passed_over_.insert(*asked_);
        late_.insert(*asked_);
        from = *asked_ + 1;
    }
    if (const auto whom = ask(from, now)) return whom;
    passed_over_.clear();  // all had their turn: once more
    return ask(from, now);
}

std::optional<std::uint32_t> CatchUp::disconnected(std::uint32_t validator, Instant now) {
    late_.erase(validator);
    if (checking_ || asked_ != validator) return std::nullopt;
    return ask(validator + 1, now);
}

std::optional<std::uint32_t> CatchUp::checked(const Checked& answer, Instant now) {
    PCQ_INVARIANT(checking_.has_value());
    const std::uint32_t from = *std::exchange(checking_, std::nullopt);
    if (answer.reached >= target_) {
        finish();
        return std::nullopt;
    }
    if (answer.lied || answer.reached == answer.before || answer.reached >= answer.tip)
        passed_over_.insert(from);
    if (asked_ && may_still_answer(now)) return std::nullopt;  // this answer was a late one
    return ask(from + 1, now);
}

bool CatchUp::take(std::uint32_t validator) {
    if (checking_) return false;
    if (asked_ == validator) {
        asked_.reset();
    } else if (late_.erase(validator) == 0) {
        return false;
    }
    checking_ = validator;
    return true;
}

void CatchUp::stored(std::uint64_t height) {
    if (is_running() && !checking_ && height >= target_) finish();
}

void CatchUp::renew(std::uint32_t validators, std::optional<std::uint32_t> self) {
    validators_ = validators;
    self_ = self;
    finish();
}

// From the first one on, whoever is connected and not passed over.
std::optional<std::uint32_t> CatchUp::ask(std::uint32_t first, Instant now) {
    asked_.reset();
    for (std::uint32_t i = 0; i < validators_ && !asked_; ++i) {
        const std::uint32_t validator = (first + i) % validators_;
        if (validator == self_ || passed_over_.count(validator) != 0 || !is_connected_(validator)) continue;
        asked_ = validator;
        asked_at_ = now;
        late_.erase(validator);
    }
    return asked_;
}

// Not for ever when the clock has been set back.
bool CatchUp::may_still_answer(Instant now) const {
    return now >= asked_at_ && now - asked_at_ < kPatience;
}

void CatchUp::finish() {
    asked_.reset();
    late_.clear();
    passed_over_.clear();
}

}  // namespace pcq::consensus
