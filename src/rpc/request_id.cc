#include "src/rpc/request_id.h"

#include <algorithm>
#include <random>

#include "src/base/hex.h"

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

RequestIds::RequestIds() {
    std::random_device random;
    Bytes bytes;
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(random() & 0xff));
    start_ = to_hex(bytes);
}

RequestId RequestIds::next() {
    return {start_ + "-" + std::to_string(++last_), /*is_given=*/false};
}

}  // namespace pcq::rpc
