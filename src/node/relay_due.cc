#include "src/node/relay_due.h"

#include "contracts/governance/governance.h"
#include "contracts/governance/validators.h"

namespace pcq::node {

namespace governance = contracts::governance;

std::optional<std::uint32_t> unknown_validators(const ledger::StateReader& from,
                                                const proto::ForeignChainRecord& known) {
    const std::uint32_t sets = governance::validator_sets(from);
    std::uint32_t number = sets;
    // The genesis documents tell of the first.
    while (number > 1 && governance::validator_set(from, number - 1).from_height() > known.validators_from())
        --number;
    return number < sets ? std::optional(number) : std::nullopt;
}

AnchorDue next_anchor(const ledger::StateReader& side, const std::optional<proto::AnchorRecord>& latest) {
    const std::uint64_t interval = governance::chain(side).parameters().anchor_interval();
    const std::uint64_t number = (latest ? latest->height() : 0) / interval + 1;
    return {number * interval, number};
}

}  // namespace pcq::node
