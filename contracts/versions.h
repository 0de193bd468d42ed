// Lists of things that have a name and versions: methodologies, allocation rules. Pure.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts {

inline constexpr int kNamesMax = 256;  // the list of them is one record

// Counts one more version of what has this name, which joins the list if it is new. Nothing if the list is
// full.
std::optional<std::uint32_t> next_version(proto::NamedVersions& list, const std::string& id);

}  // namespace pcq::contracts
