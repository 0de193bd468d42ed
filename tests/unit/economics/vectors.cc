#include "tests/unit/economics/vectors.h"

#include <stdexcept>

namespace pcq::econ {
namespace {

std::string words(const boost::json::value& value) {
    return std::string(value.as_string());
}

exact::Rational parsed(const std::string& text) {
    const auto value = exact::parse(text);
    if (!value) throw std::invalid_argument("no number: " + text);
    return *value;
}

}  // namespace

exact::Rational Inputs::exact(const char* key) const {
    return parsed(words(in_.at(key)));
}

std::vector<exact::Rational> Inputs::exact_list(const char* key) const {
    std::vector<exact::Rational> values;
    for (const auto& value : in_.at(key).as_array()) values.push_back(parsed(words(value)));
    return values;
}

std::int64_t Inputs::number(const char* key) const {
    return std::stoll(words(in_.at(key)));
}

std::vector<std::int64_t> Inputs::list(const char* key) const {
    std::vector<std::int64_t> values;
    for (const auto& value : in_.at(key).as_array()) values.push_back(std::stoll(words(value)));
    return values;
}

Objective Inputs::objective() const {
    const std::int64_t m = number("objective");
    if (m != 1 && m != 2) throw std::invalid_argument("no objective: " + std::to_string(m));
    return m == 1 ? Objective::welfare : Objective::profit;
}

FeePolicy Inputs::policy() const {
    const std::string policy = words(in_.at("policy"));
    if (policy == "cross") return FeePolicy::cross;
    if (policy == "none") return FeePolicy::none;
    if (policy == "free") return FeePolicy::free;
    throw std::invalid_argument("no policy: " + policy);
}

}  // namespace pcq::econ
