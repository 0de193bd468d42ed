#include "src/audit/statement.h"

#include <algorithm>
#include <limits>

#include "contracts/settlement/assess.h"
#include "contracts/tables.h"
#include "src/base/wide.h"

namespace pcq::audit {
namespace {

// The default of a record that is not there.
template <class Record>
Result<Record> read(const std::optional<Bytes>& bytes) {
    if (!bytes) return Record();
    auto record = ledger::decode<Record>(*bytes);
    if (!record)
        return Error{Code::bad_encoding, "a record is no " + std::string(Record::descriptor()->name())};
    return *std::move(record);
}

// As the largest or least number that fits, where it does not.
std::string text(Int128 value) {
    using Limits = std::numeric_limits<std::int64_t>;
    return std::to_string(static_cast<std::int64_t>(std::clamp<Int128>(value, Limits::min(), Limits::max())));
}

Error differs(const std::string& what, Int128 stated, Int128 computed) {
    return Error{Code::conservation_violated,
                 what + ": the records say " + text(stated) + ", the rules give " + text(computed)};
}

struct Figure {
    const char* what;
    std::int64_t stated;
    std::int64_t expected;
};
Result<> same(const std::vector<Figure>& figures) {
    for (const auto& [what, stated, expected] : figures) {
        if (stated != expected) return differs(what, stated, expected);
    }
    return {};
}

// What the settlement started from is what the other records say was there.
Result<> check_position(const Statement& statement) {
    const auto& settled = *statement.settlement;
    const auto& holding = statement.holding;
    if (auto checked =
            same({{"grams emitted and settled", settled.emitted_g(), statement.emissions.emitted_g()},
                  {"grams issued and settled", settled.issued_g(), holding.issued_g()},
                  {"grams sold and settled", settled.sold_g(), holding.sold_g()},
                  {"grams purchased and settled", settled.purchased_g(), holding.purchased_g()}});
        !checked)
        return checked.error();
    if (settled.clawed_back_g() < 0 || settled.clawed_back_g() > holding.clawed_back_g())
        return differs("grams taken back and settled", settled.clawed_back_g(), holding.clawed_back_g());
    return {};
}

}  // namespace

Result<> check_by_policy(const proto::SettlementRecord& settled, const proto::Policy& policy) {
    if (settled.obligation_g() < 0) return differs("grams owed beside", settled.obligation_g(), 0);
    if (settled.banked_before_g() < 0) return differs("grams banked before", settled.banked_before_g(), 0);
    const auto due = contracts::settlement::assess(policy, contracts::settlement::position_of(settled));
    if (auto checked = same(
            {{"own quota surrendered, grams", settled.own_surrendered_g(), due.own_surrendered.value()},
             {"excess offset with purchases, grams", settled.purchased_surrendered_g(),
              due.purchased_surrendered.value()},
             {"grams borrowed", settled.borrowed_g(), due.borrowed.value()},
             {"grams that the next period owes", settled.obligation_next_g(), due.obligation_next.value()},
             {"grams penalised", settled.penalised_g(), due.penalised.value()},
             {"grams banked", settled.banked_g(), due.kept.value()},
             {"grams expired", settled.expired_g(), due.expired.value() + due.banked_expired.value()}});
        !checked)
        return checked.error();
    const Int128 penalty = static_cast<Int128>(settled.penalty_paid_uy()) + settled.penalty_owed_uy();
    if (penalty != due.penalty.value())
        return differs("penalty paid and owed, micro-yuan", penalty, due.penalty.value());
    return {};
}

std::vector<Bytes> Statement::keys(const AccountId& account, std::uint32_t period) {
    using namespace contracts;
    return {kPeriods.key(period),
            ledger::kAccounts.key(account),
            kHoldings.key({account, period}),
            kEmissions.key({account, period}),
            kCash.key(account),
            kSettlements.key({account, period})};
}

Result<Statement> Statement::from(const std::vector<std::optional<Bytes>>& records) {
    PCQ_INVARIANT(records.size() == 6);
    if (!records[0]) return Error{Code::not_found, "the chain has no such period"};
    if (!records[1])
        return Error{Code::not_found, "the account does not exist on this chain, which is proven"};
    Statement statement;
    const auto take = [](auto& into, const std::optional<Bytes>& bytes) -> Result<> {
        auto record = read<std::remove_reference_t<decltype(into)>>(bytes);
        if (!record) return record.error();
        into = *std::move(record);
        return {};
    };
    if (auto done = take(statement.period, records[0]); !done) return done.error();
    if (auto done = take(statement.account, records[1]); !done) return done.error();
    if (auto done = take(statement.holding, records[2]); !done) return done.error();
    if (auto done = take(statement.emissions, records[3]); !done) return done.error();
    if (auto done = take(statement.cash, records[4]); !done) return done.error();
    if (records[5]) {
        if (auto done = take(statement.settlement.emplace(), records[5]); !done) return done.error();
    }
    return statement;
}

Int128 Statement::held() const {
    return static_cast<Int128>(holding.issued_g()) + holding.purchased_g() - holding.sold_g() -
           holding.surrendered_g() - holding.expired_g() - holding.passed_on_g() - holding.escrow_g();
}

Result<> check(const Statement& statement) {
    Int128 months = 0;
    for (const auto& month : statement.emissions.months()) months += month.grams();
    if (months != statement.emissions.emitted_g())
        return differs("grams emitted, month by month", statement.emissions.emitted_g(), months);
    const Int128 held = statement.held();
    if (held < 0 || held > std::numeric_limits<std::int64_t>::max()) return differs("grams held", held, 0);
    const auto& cash = statement.cash;
    if (cash.balance_uy() < 0) return differs("micro-yuan", cash.balance_uy(), 0);
    if (cash.escrow_uy() < 0) return differs("micro-yuan on offer", cash.escrow_uy(), 0);
    if (!statement.settlement) return {};
    if (auto checked = check_position(statement); !checked) return checked.error();
    return check_by_policy(*statement.settlement, statement.period.policy());
}

Result<CertifiedStatement> check(const ProvenStatement& proven, ledger::LightClient light_client) {
    for (const auto& change : proven.successions) {
        if (auto followed = light_client.follow(change); !followed) return followed.error();
    }
    auto header = light_client.verify(proven.header, proven.certificate);
    if (!header) return header.error();
    const auto keys = Statement::keys(proven.account, proven.period);
    if (proven.records.size() != keys.size())
        return Error{Code::bad_proof, "it has " + std::to_string(proven.records.size()) + " records, not " +
                                          std::to_string(keys.size())};
    std::vector<std::optional<Bytes>> values;
    for (std::size_t at = 0; at < keys.size(); ++at) {
        const auto& record = proven.records[at];
        const auto value = record.value ? std::optional<BytesView>(*record.value) : std::nullopt;
        if (auto shown = ledger::LightClient::verify_record(*header, keys[at], value, record.proof); !shown)
            return shown.error();
        values.push_back(record.value);
    }
    auto statement = Statement::from(values);
    if (!statement) return statement.error();
    if (auto holds = check(*statement); !holds) return holds.error();
    CertifiedStatement certified{
        *std::move(header), *std::move(statement), light_client.validators().size(), {}};
    if (proven.movements) {
        auto all = check_movements(
            light_client.chain(),
            {proven.account, proven.period, values[Statement::kHoldingAt], values[Statement::kCashAt]},
            *proven.movements);
        if (!all) return all.error();
        certified.movements = *std::move(all);
    }
    return certified;
}

Bytes period_list_key() {
    return contracts::kPeriodList.key({});
}

Result<std::vector<std::uint32_t>> periods(const std::optional<Bytes>& record) {
    const auto list = read<proto::PeriodList>(record);
    if (!list) return list.error();
    return std::vector<std::uint32_t>(list->periods().begin(), list->periods().end());
}

}  // namespace pcq::audit
