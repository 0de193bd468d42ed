// Where RPC listens.
#pragma once

#include <cstdint>
#include <string>

namespace pcq::rpc {

struct Endpoint {
    std::string host = "127.0.0.1";  // an address, or "localhost"
    std::uint16_t port = 0;          // 0: any free one
};

// Whether this is an address of the own machine that nobody else can reach.
bool is_loopback(const std::string& host);

}  // namespace pcq::rpc
