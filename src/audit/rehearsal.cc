#include "src/audit/rehearsal.h"

#include "contracts/settlement/settlement.h"
#include "contracts/tables.h"
#include "src/audit/statement.h"

namespace pcq::audit {
namespace {

constexpr int kRoundsMax = 10;  // periods, then the period and its neighbour, then what they lead to

// The state as far as it has been read; notes what is asked for beyond that.
class ReadSoFar final : public ledger::StateReader {
public:
    std::optional<Bytes> get(BytesView key) const override {
        const auto known = records_.find(Bytes(key));
        if (known != records_.end()) return known->second;
        missing_.emplace_back(key);
        return std::nullopt;
    }
    // Whether something was missing, and is there now.
    Result<bool> fetch(const ReadRecords& read) {
        if (missing_.empty()) return false;
        const auto values = read(missing_);
        if (!values) return values.error();
        PCQ_INVARIANT(values->size() == missing_.size());
        for (std::size_t i = 0; i < missing_.size(); ++i) records_[missing_[i]] = (*values)[i];
        missing_.clear();
        return true;
    }

private:
    std::map<Bytes, std::optional<Bytes>> records_;
    mutable std::vector<Bytes> missing_;
};

}  // namespace

Result<proto::SettlementRecord> rehearse(const ReadRecords& read, const AccountId& account,
                                         std::uint32_t period, Instant now) {
    ReadSoFar state;
    for (int round = 0; round < kRoundsMax; ++round) {
        auto record = contracts::settlement::rehearse(state, account, period, now);
        const auto more = state.fetch(read);
        if (!more) return more.error();
        if (!*more) return record;
    }
    return Error{Code::answer_malformed, "the records lead to ever more records"};
}

std::vector<Bytes> SettlementCertificate::keys(const AccountId& account, std::uint32_t period) {
    return {contracts::kPeriods.key(period), contracts::kSettlements.key({account, period})};
}

Result<CertifiedSettlement> check(const SettlementCertificate& certificate,
                                  ledger::LightClient light_client) {
    for (const auto& change : certificate.successions) {
        if (auto followed = light_client.follow(change); !followed) return followed.error();
    }
    auto header = light_client.verify(certificate.header, certificate.certificate);
    if (!header) return header.error();
    const auto keys = SettlementCertificate::keys(certificate.account, certificate.period);
    const SettlementCertificate::Proven* proven[] = {&certificate.period_record,
                                                     &certificate.settlement_record};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (auto shown =
                ledger::LightClient::verify_record(*header, keys[i], proven[i]->value, proven[i]->proof);
            !shown)
            return shown.error();
    }
    auto period = ledger::decode<proto::PeriodRecord>(certificate.period_record.value);
    auto settlement = ledger::decode<proto::SettlementRecord>(certificate.settlement_record.value);
    if (!period || !settlement) return Error{Code::bad_encoding, "a proven record is of another kind"};
    if (auto holds = check_by_policy(*settlement, period->policy()); !holds) return holds.error();
    return CertifiedSettlement{*std::move(header), *std::move(period), *std::move(settlement),
                               light_client.validators().size()};
}

}  // namespace pcq::audit
