#include "src/node/catch_up.h"

#include <algorithm>

namespace pcq::node {

std::optional<std::uint32_t> CatchUp::behind(std::uint64_t target, std::uint32_t from, Instant now) {
    target_ = asked_ ? std::max(target_, target) : target;
    if (checking_) return std::nullopt;
    if (!asked_) return ask(from, now);
    if (is_connected_(*asked_) && now - asked_at_ < kPatience) return std::nullopt;
    return ask(*asked_ + 1, now);
}

std::optional<std::uint32_t> CatchUp::disconnected(std::uint32_t validator, Instant now) {
    if (checking_ || asked_ != validator) return std::nullopt;
    return ask(validator + 1, now);
}

std::optional<std::uint32_t> CatchUp::checked(const Checked& answer, Instant now) {
    checking_ = false;
    const std::uint32_t from = *asked_;
    asked_.reset();
    if (answer.lied || answer.reached == answer.before || answer.reached >= target_ ||
        answer.reached >= answer.tip) {
        return std::nullopt;
    }
    return ask(from, now);
}

bool CatchUp::take(std::uint32_t validator) {
    if (checking_ || asked_ != validator) return false;
    checking_ = true;
    return true;
}

// From the first one on, whoever is connected.
std::optional<std::uint32_t> CatchUp::ask(std::uint32_t first, Instant now) {
    asked_.reset();
    for (std::uint32_t i = 0; i < validators_; ++i) {
        const std::uint32_t validator = (first + i) % validators_;
        if (validator == self_ || !is_connected_(validator)) continue;
        asked_ = validator;
        asked_at_ = now;
        break;
    }
    return asked_;
}

}  // namespace pcq::node
