// A rehearsal of a person's settlement, and a certificate of one, from records that were proven.
//
// Neither believes a node: a rehearsal reads proven records alone and applies the contract's own arithmetic
// to them; a certificate carries its proof and is checked against the genesis document, without any node.
// Pure; thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "proto/pcq/v1/state.pb.h"

#include "src/base/instant.h"
#include "src/ledger/certificate.h"
#include "src/ledger/state.h"

namespace pcq::audit {

// Records of one height by their keys, in their order; nothing: proven to be absent.
using ReadRecords = std::function<Result<std::vector<std::optional<Bytes>>>(const std::vector<Bytes>& keys)>;

// What settling the account would give at this block time. `read` is asked a few times, for what the
// arithmetic turns out to need. Errors of `read`; period_unknown; period_wrong_phase: settled already.
Result<proto::SettlementRecord> rehearse(const ReadRecords& read, const AccountId& account,
                                         std::uint32_t period, Instant now);

// That the account was settled for the period as the record says: what was surrendered, and what was not.
struct SettlementCertificate {
    AccountId account;
    std::uint32_t period = 0;
    Bytes header;       // exact bytes
    Bytes certificate;  // of a quorum
    // From the validators of the genesis document to those that certified the header, in order.
    std::vector<ledger::Succession> successions;
    struct Proven {
        Bytes value;
        Bytes proof;
    };
    Proven period_record;
    Proven settlement_record;

    // Of the period's record, then the settlement's.
    static std::vector<Bytes> keys(const AccountId& account, std::uint32_t period);
};

struct CertifiedSettlement {
    ledger::Header header;
    proto::PeriodRecord period;
    proto::SettlementRecord settlement;
    std::uint32_t validators = 0;  // of whom a quorum has signed
};
// bad_header, bad_certificate, bad_proof, validators_unknown: do not believe it. conservation_violated: the
// settlement is not what the period's policy makes of its figures.
Result<CertifiedSettlement> check(const SettlementCertificate& certificate, ledger::LightClient light_client);

}  // namespace pcq::audit
