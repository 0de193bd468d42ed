// What a request is called in answers and logs: as its client calls it (the header X-Request-Id), or as the
// node does where the client gives no name that is good.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pcq::rpc {

inline constexpr const char* kRequestIdField = "X-Request-Id";
inline constexpr std::size_t kRequestIdMax = 64;

struct RequestId {
    std::string text;       // letters, digits and ._:- alone, so it can break no line of a log
    bool is_given = false;  // by the client, who wants to find it again
};

// Nothing if it is empty, too long, or has anything else in it.
std::optional<RequestId> given_request_id(std::string_view text);

// Names of the node's own: other ones after every start. Thread-safe.
class RequestIds {
public:
    RequestIds();
    RequestId next();

private:
    std::string start_;
    std::atomic<std::uint64_t> last_ = 0;
};

}  // namespace pcq::rpc
