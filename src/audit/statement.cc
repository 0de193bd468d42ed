#include "src/audit/statement.h"

#include <algorithm>
#include <limits>

#include "contracts/settlement/settlement.h"
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

Result<> check_settlement(const Statement& statement) {
    const auto& settled = *statement.settlement;
    if (settled.emitted_g() != statement.emissions.emitted_g())
        return differs("grams emitted and settled", settled.emitted_g(), statement.emissions.emitted_g());
    const auto& holding = statement.holding;
    if (settled.issued_g() != holding.issued_g())
        return differs("grams issued and settled", settled.issued_g(), holding.issued_g());
    if (settled.sold_g() != holding.sold_g())
        return differs("grams sold and settled", settled.sold_g(), holding.sold_g());
    if (settled.purchased_g() != holding.purchased_g())
        return differs("grams purchased and settled", settled.purchased_g(), holding.purchased_g());
    // Where everything went that was there says how much that was; what is above this vintage was banked.
    const Int128 own = static_cast<Int128>(settled.own_surrendered_g()) + settled.purchased_surrendered_g() +
                       settled.banked_g() + settled.expired_g() - settled.purchased_g();
    const Int128 least = static_cast<Int128>(holding.issued_g()) - holding.sold_g();
    if (own < least || own > std::numeric_limits<std::int64_t>::max())
        return differs("grams of own quota accounted for", own, least);
    const auto due =
        contracts::settlement::assess(statement.period.policy(), Grams(settled.emitted_g()),
                                      Grams(static_cast<std::int64_t>(own)), Grams(settled.purchased_g()));
    if (settled.own_surrendered_g() != due.own_surrendered.value())
        return differs("own quota surrendered, grams", settled.own_surrendered_g(),
                       due.own_surrendered.value());
    if (settled.purchased_surrendered_g() != due.purchased_surrendered.value())
        return differs("excess offset with purchases, grams", settled.purchased_surrendered_g(),
                       due.purchased_surrendered.value());
    if (settled.penalised_g() != due.penalised.value())
        return differs("grams penalised", settled.penalised_g(), due.penalised.value());
    const Int128 penalty = static_cast<Int128>(settled.penalty_paid_uy()) + settled.penalty_owed_uy();
    if (penalty != due.penalty.value())
        return differs("penalty paid and owed, micro-yuan", penalty, due.penalty.value());
    return {};
}

}  // namespace

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
           holding.surrendered_g() - holding.expired_g();
}

Result<> check(const Statement& statement) {
    Int128 months = 0;
    for (const auto& month : statement.emissions.months()) months += month.grams();
    if (months != statement.emissions.emitted_g())
        return differs("grams emitted, month by month", statement.emissions.emitted_g(), months);
    const Int128 held = statement.held();
    if (held < 0 || held > std::numeric_limits<std::int64_t>::max()) return differs("grams held", held, 0);
    if (statement.settlement) return check_settlement(statement);
    return {};
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
