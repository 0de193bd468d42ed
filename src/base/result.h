// How PCQ says "this did not work": a value or an Error, never both, never ignored.
//
// For failures that a caller can act on: bytes from a peer, a user's action, a full disk. A
// broken promise of our own code is no Error; it stops the process (src/base/invariant.h).
// A Code is public: receipts, wallets and dashboards know it, and its number is never reused.
#pragma once

#include <string>
#include <utility>

#include <boost/system/result.hpp>

#include "src/base/code.h"
#include "src/base/invariant.h"

namespace pcq {

struct Error {
    Error() = default;
    Error(Code code_, std::string message_) : code(code_), message(std::move(message_)) {}

    Code code = Code::internal;
    std::string message;  // what was wrong, with which input, what to do next; never a secret

    friend bool operator==(const Error&, const Error&) = default;
};

// Found by argument-dependent lookup when somebody takes the value of an Error without asking.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
    invariant_failed(error.message.c_str(), "Result::value", 0);
}

template <class T = void>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
public:
    using boost::system::result<T, Error>::result;
};

}  // namespace pcq
