// Attestations: an auditor has executed a chain again, this one or another, and says up to which block and
// with which totals. Here they are only kept, each auditor's newest of each chain; whoever reads them holds
// the block hash against the certified header of that height, which commits to the totals.
//
// All of them are one record, so that a proof of it leaves none out. They stay when the auditor's account is
// frozen or closed: they are history.
#pragma once

#include "contracts/check.h"

namespace pcq::contracts::audit {

Result<> validate(const proto::Attest& action);

Result<Outcome> attest(Context& context, const proto::Attest& action);  // auditor

// Ascending by chain and auditor.
proto::Attestations attestations(const StateReader& state);

}  // namespace pcq::contracts::audit
