// What auditors have attested on a chain (contracts/audit/attestations.h): how an attestation is made of a
// replay, and how one is held against the certified header of its block. Pure.
#pragma once

#include "proto/pcq/v1/state.pb.h"
#include "proto/pcq/v1/transaction.pb.h"

#include "src/audit/verify.h"

namespace pcq::audit {

// Of a chain of which everything held, at least block 1.
proto::Attest attestation_of(const VerifyReport& report);

// The record that has all of them, and what it says; bad_encoding. Nothing there: nobody has attested yet.
Bytes attestations_key();
Result<std::vector<proto::Attestation>> attestations(const std::optional<Bytes>& record);

// How far this auditor has attested a chain; 0: not at all.
std::uint64_t attested_height(const std::vector<proto::Attestation>& all, const ChainId& chain,
                              const AccountId& auditor);

// What differs from the certified header of the attestation's chain and height; nothing: they agree.
std::optional<std::string> contradiction(const proto::Attestation& attestation,
                                         const ledger::Header& certified);

}  // namespace pcq::audit
