#include "src/audit/attestations.h"

#include "contracts/tables.h"
#include "src/base/hex.h"
#include "src/base/invariant.h"

namespace pcq::audit {

proto::Attest attestation_of(const VerifyReport& report) {
    PCQ_INVARIANT(!report.divergence && report.height > 0);
    proto::Attest action;
    action.set_chain(report.genesis.chain.bytes());
    action.set_height(report.height);
    action.set_block_hash(report.block_hash.bytes());
    action.set_totals(report.totals.certified.SerializeAsString());
    return action;
}

Bytes attestations_key() {
    return contracts::kAttestations.key({});
}

Result<std::vector<proto::Attestation>> attestations(const std::optional<Bytes>& record) {
    if (!record) return std::vector<proto::Attestation>();
    const auto list = ledger::decode<proto::Attestations>(*record);
    if (!list) return Error{Code::bad_encoding, "the record of attestations cannot be read"};
    for (const auto& entry : list->attestations()) {
        if (!ChainId::from(entry.chain()) || !AccountId::from(entry.auditor()) ||
            !Hash::from(entry.block_hash()))
            return Error{Code::bad_encoding, "an attestation names no chain, auditor or block"};
    }
    return std::vector<proto::Attestation>(list->attestations().begin(), list->attestations().end());
}

std::uint64_t attested_height(const std::vector<proto::Attestation>& all, const ChainId& chain,
                              const AccountId& auditor) {
    for (const auto& entry : all) {
        if (entry.chain() == chain.view() && entry.auditor() == auditor.view()) return entry.height();
    }
    return 0;
}

std::optional<std::string> contradiction(const proto::Attestation& attestation,
                                         const ledger::Header& certified) {
    PCQ_INVARIANT(attestation.chain() == certified.chain().view() &&
                  attestation.height() == certified->height());
    if (attestation.block_hash() != certified.hash().view())
        return "it attests block " + to_hex(attestation.block_hash()) + ", certified is block " +
               to_hex(certified.hash());
    if (attestation.totals() != certified->totals().SerializeAsString())
        return "it attests other totals than block " + to_hex(certified.hash()) + " has";
    return std::nullopt;
}

}  // namespace pcq::audit
