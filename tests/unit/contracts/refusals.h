// How each refusal of a module is provoked; refusals_test.cc runs them all.
#pragma once

#include <functional>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {

struct Refusal {
    Code code;
    std::function<Attempt(TestChain&)> provoke;
};

#define REFUSAL(code)    \
    Refusal {            \
        Code::code, code \
    }

}  // namespace pcq::contracts::testing
