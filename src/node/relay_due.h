// What a chain has still to be told of another one, from the states of both. Pure; for the relayer.
#pragma once

#include <optional>

#include "proto/pcq/v1/state.pb.h"

#include "src/ledger/canonical.h"
#include "src/ledger/state.h"

namespace pcq::node {

// The first set of validators of `from`, by its number, that the other chain has not followed to; `known` is
// what that one knows. Nothing: it knows the newest.
std::optional<std::uint32_t> unknown_validators(const ledger::StateReader& from,
                                                const proto::ForeignChainRecord& known);

// From this height of the side chain on it is to be anchored again, by the interval that is in force there.
struct AnchorDue {
    std::uint64_t height = 0;
    std::uint64_t number = 0;  // the how-manieth multiple of the interval it is
};
AnchorDue next_anchor(const ledger::StateReader& side, const std::optional<proto::AnchorRecord>& latest);

}  // namespace pcq::node
