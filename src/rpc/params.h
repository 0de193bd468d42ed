// Parameters of a method: what it declares, and what a caller sent, checked against that.
//
// A call names them (an object) or lists them in the declared order (an array). Everything a handler gets is
// of the declared type and inside its range; what is wrong is told by name, with what is expected
// (Code::parameter_invalid, chain_unknown). Thread-safe.
#pragma once

#include <limits>
#include <span>
#include <string_view>
#include <variant>

#include <boost/json/value.hpp>

#include "src/rpc/backend.h"

namespace pcq::rpc {

enum class ParamType : std::uint8_t {
    chain,        // its name or id; may be left out where the node hosts one chain
    account,      // its address (src/base/address.h) or 64 hexadecimal digits
    id,           // 64 hexadecimal digits
    other_chain,  // the id of any chain, or the name of one hosted here
    number,       // integer, or the same as decimal text
    cursor,       // `next` of the page before
    flag,
    choice,  // one of `choices`
    bytes,   // base64
    keys,    // one state key or a list of them, hexadecimal
};

struct Param {
    std::string_view name;
    ParamType type = ParamType::flag;
    bool required = false;
    std::string_view about;
    std::uint64_t min = 0;  // numbers: allowed range; keys: allowed count
    std::uint64_t max = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::string_view> choices = {};
};

// The chains of this node by the names that callers use.
class Directory {
public:
    explicit Directory(std::vector<ChainInfo> chains) : chains_(std::move(chains)) {}

    const std::vector<ChainInfo>& chains() const { return chains_; }
    // By name or 64 hexadecimal digits; nothing: the only one. chain_unknown names those there are.
    Result<ChainId> find(std::optional<std::string_view> text) const;

private:
    std::vector<ChainInfo> chains_;
};

class Arguments {
public:
    static Result<Arguments> from(std::span<const Param> declared, const boost::json::value& params,
                                  const Directory& directory);

    // What was sent, or nothing; asking for an undeclared name or by the wrong type is our own fault.
    ChainId chain() const;
    std::optional<AccountId> account(std::string_view name) const;
    template <class Identifier>
    std::optional<Identifier> id(std::string_view name) const {
        const auto* bytes = find<Hash>(name);
        return bytes == nullptr ? std::nullopt : Identifier::from(bytes->view());
    }
    std::optional<std::uint64_t> number(std::string_view name) const;
    bool flag(std::string_view name) const;
    std::optional<std::string_view> choice(std::string_view name) const;
    Bytes bytes(std::string_view name) const;
    std::vector<Bytes> keys(std::string_view name) const;

private:
    using Value =
        std::variant<std::monostate, ChainId, Hash, std::uint64_t, bool, std::string, std::vector<Bytes>>;

    static Result<Value> parse(const Param& param, const boost::json::value& value,
                               const Directory& directory);

    template <class T>
    const T* find(std::string_view name) const {
        for (std::size_t i = 0; i < declared_.size(); ++i) {
            if (declared_[i].name == name) return std::get_if<T>(&values_[i]);
        }
        invariant_failed("a handler asks for a parameter that its method declares", __FILE__, __LINE__);
    }

    std::span<const Param> declared_;
    std::vector<Value> values_;  // parallel to declared_
};

}  // namespace pcq::rpc
