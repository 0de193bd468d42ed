#include "src/rpc/request_id.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>

namespace pcq::rpc {
namespace {

bool is_good(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == ':' ||
           letter == '-';
}

}  // namespace

std::optional<RequestId> given_request_id(std::string_view text) {
    if (text.empty() || text.size() > kRequestIdMax || !std::all_of(text.begin(), text.end(), is_good))
        return std::nullopt;
    return RequestId{std::string(text), /*is_given=*/true};
}

RequestIds::RequestIds() : start_(fmt::format("{:08x}", std::random_device()())) {}

RequestId RequestIds::next() {
    return {fmt::format("{}-{:x}", start_, ++last_), /*is_given=*/false};
}

}  // namespace pcq::rpc
