// Every bound of RPC that an operator may move: its key under [rpc.limits] of pcqd.toml, what it may be, and
// where it is kept. docs/rpc.md lists them, and a test holds it to this table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pcq::rpc {

struct Options;

struct Limit {
    std::string_view key;  // with the unit last
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    std::uint64_t (*of)(const Options&) = nullptr;
    void (*set)(Options&, std::uint64_t) = nullptr;
};

std::span<const Limit> limits();

}  // namespace pcq::rpc
