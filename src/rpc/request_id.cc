#include "src/rpc/request_id.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

namespace pcq::rpc {
namespace {

bool is_good(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == ':' ||
           letter == '-';
}

std::string hexadecimal(std::uint64_t number) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
    return {digits.data(), end};
}

}  // namespace

std::optional<RequestId> given_request_id(std::string_view text) {
    if (text.empty() || text.size() > kRequestIdMax || !std::all_of(text.begin(), text.end(), is_good))
        return std::nullopt;
    return RequestId{std::string(text), /*is_given=*/true};
}

RequestIds::RequestIds() : start_(hexadecimal(std::random_device()())) {}

RequestId RequestIds::next() {
    return {start_ + "-" + hexadecimal(++last_), /*is_given=*/false};
}

}  // namespace pcq::rpc
