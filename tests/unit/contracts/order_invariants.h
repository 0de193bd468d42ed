// What must hold of orders after every block, summed up from the records alone.
#pragma once

#include <map>
#include <string>

#include "src/base/bytes.h"

namespace pcq::contracts::testing {

// Every order's escrow, list, queue and price level agree. What is broken, or nothing.
std::string broken_order_invariant(const std::map<Bytes, Bytes, std::less<>>& records);

}  // namespace pcq::contracts::testing
