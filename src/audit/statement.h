// One person's year, from records that were proven: what they were issued, emitted, traded and how they were
// settled, and whether that adds up by the policy of the period.
//
// The records come from anywhere (a proven read, a store); keys() says which, in which order. Pure;
// thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "proto/pcq/v1/state.pb.h"

#include "src/audit/movements.h"
#include "src/base/bytes.h"
#include "src/base/result.h"
#include "src/base/wide.h"
#include "src/ledger/certificate.h"

namespace pcq::audit {

struct Statement {
    proto::PeriodRecord period;
    proto::AccountRecord account;
    proto::HoldingRecord holding;
    proto::EmissionRecord emissions;
    proto::CashRecord cash;
    std::optional<proto::SettlementRecord> settlement;  // nothing: not settled yet

    static std::vector<Bytes> keys(const AccountId& account, std::uint32_t period);
    static constexpr std::size_t kHoldingAt = 2;
    static constexpr std::size_t kCashAt = 4;
    // In the order of keys(). not_found: no such period or account; bad_encoding: a record cannot be read.
    static Result<Statement> from(const std::vector<std::optional<Bytes>>& records);

    // Grams: issued + purchased - sold - surrendered - expired - passed on. Whatever the records hold, it
    // fits.
    Int128 held() const;
};

// conservation_violated says which sum does not hold: the months are not what was emitted, more was given
// away than there was, or the settlement is not what the policy makes of these figures (the same arithmetic
// as the contract's). What had been banked from the period before, and what was owed beside the emissions, is
// taken from the settlement itself.
Result<> check(const Statement& statement);
// Of these, whether the settlement is what the policy makes of the figures that it names.
Result<> check_by_policy(const proto::SettlementRecord& settled, const proto::Policy& policy);

// A statement with what proves it, to be shown to anybody (docs/audit.md has the file).
struct ProvenStatement {
    AccountId account;
    std::uint32_t period = 0;
    Bytes header;       // exact bytes
    Bytes certificate;  // of a quorum
    // From the validators of the genesis document to those that certified the header, in order.
    std::vector<ledger::Succession> successions;
    struct Record {
        std::optional<Bytes> value;  // nothing: proven to be absent
        Bytes proof;
    };
    std::vector<Record> records;  // of Statement::keys()
    std::optional<ListedMovements> movements;
};

struct CertifiedStatement {
    ledger::Header header;
    Statement statement;
    std::uint32_t validators = 0;        // of whom a quorum has signed
    std::optional<Movements> movements;  // all that there ever were, if they were listed
};
// bad_header, bad_certificate, bad_proof, validators_unknown, bad_encoding: do not believe it; and the errors
// of Statement::from and check.
Result<CertifiedStatement> check(const ProvenStatement& proven, ledger::LightClient light_client);

// The periods of a chain, ascending, from the record at this key.
Bytes period_list_key();
Result<std::vector<std::uint32_t>> periods(const std::optional<Bytes>& record);

}  // namespace pcq::audit
