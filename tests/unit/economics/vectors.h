// The golden vectors of the economics specification, and the functions of the model under the names they have
// there.
//
// Inputs and outputs are text on both sides: exact ones as "a/b" in lowest terms, fixed ones as integers,
// flags as "true" and "false", the i-th of a list with "[i]" behind its name.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "src/base/amount.h"
#include "src/economics/exact/rational.h"
#include "src/economics/objective.h"
#include "src/economics/status.h"

namespace pcq::econ {

using Outputs = std::map<std::string, std::string>;

struct Answer {
    Status status;
    Outputs out;
};

// What `read` makes of the value, or the error alone.
template <class T, class Read>
Answer answer(const Solved<T>& solved, Read read) {
    return Answer{solved.status, solved.ok() ? read(solved.value) : Outputs{}};
}

inline std::string text(bool flag) {
    return flag ? "true" : "false";
}
inline std::string text(const exact::Rational& value) {
    return exact::to_text(value);
}
template <class Unit>
std::string text(Amount<Unit> value) {
    return std::to_string(value.value());
}

// The inputs of one vector by name; what is missing there is missing here (it throws).
class Inputs {
public:
    explicit Inputs(const boost::json::object& in) : in_(in) {}

    exact::Rational exact(const char* key) const;
    std::vector<exact::Rational> exact_list(const char* key) const;
    bool has(const char* key) const { return in_.contains(key); }
    std::int64_t number(const char* key) const;
    std::vector<std::int64_t> list(const char* key) const;
    template <class T>
    T as(const char* key) const {
        return T(number(key));
    }
    Objective objective() const;
    FeePolicy policy() const;

private:
    const boost::json::object& in_;
};

using Functions = std::map<std::string, std::function<Answer(const Inputs&)>>;
Functions exact_functions();    // all of the specification but the printed ones
Functions printed_functions();  // those
Functions fixed_functions();    // with integers of their own; the others are the floor of the exact result

}  // namespace pcq::econ
