// That a validator has contradicted itself, in a form that convinces whoever was not there.
//
// Two messages of one validator that no honest one can both have signed, however often it crashed
// (docs/consensus.md, "Evidence"). What their signatures do not cover is left out. Pure.
#pragma once

#include "consensus/replica.h"

namespace pcq::consensus {

// `voters` are those of the height that the messages are of.
proto::EvidenceRecord evidence_record(const Voters& voters, const Evidence& evidence, Instant seen);

// Whether these two are signed by the accused key and contradict each other. consensus_malformed,
// consensus_bad_signature; bad_proof if an honest validator may have said both.
Result<> check_evidence(const ChainId& chain, const CheckSignature& check,
                        const proto::EvidenceRecord& record);

}  // namespace pcq::consensus
