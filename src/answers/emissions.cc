#include "src/answers/emissions.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "contracts/emissions/credits.h"
#include "contracts/emissions/emissions.h"
#include "contracts/governance/governance.h"
#include "contracts/governance/validators.h"
#include "contracts/quota/reserve.h"
#include "contracts/tables.h"
#include "src/answers/pages.h"
#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/rpc/json.h"

namespace pcq::answers {
namespace {

namespace json = boost::json;
using contracts::Only;
using rpc::to_json;

// A page of a table whose records are numbered from `begin` on; each gets its number under `name`.
template <class Key, class Record>
json::array numbered(const ledger::StateReader& state, const ledger::Table<Key, Record>& table,
                     const rpc::Page& page, std::uint64_t begin, std::uint64_t end, const char* name,
                     rpc::Answer& answer) {
    return page_of(page, begin, end, answer, [&](std::uint64_t number) {
        json::object value = to_json(*table.find(state, static_cast<Key>(number)));
        value[name] = number;
        return value;
    });
}

// A page of every version of everything that is named, in the order of names, oldest version first.
template <class Record>
json::array versions(const ledger::StateReader& state, const proto::NamedVersions& list,
                     const ledger::Table<contracts::VersionOf, Record>& table, const rpc::Page& page,
                     rpc::Answer& answer) {
    json::array entries;
    std::uint64_t skipped = 0;
    for (const auto& entry : list.entries()) {
        std::uint64_t version = 1;
        if (skipped < page.first) version += std::min<std::uint64_t>(entry.versions(), page.first - skipped);
        skipped += version - 1;
        for (; version <= entry.versions(); ++version) {
            if (entries.size() == page.limit) {
                answer.next = page.first + page.limit;
                return entries;
            }
            json::object value =
                to_json(*table.find(state, {static_cast<std::uint32_t>(version), entry.id()}));
            value["id"] = entry.id();
            value["version"] = version;
            value["latest"] = version == entry.versions();
            entries.push_back(std::move(value));
        }
    }
    return entries;
}

json::value meter_kind(const ledger::StateReader& state, const Bytes& meter) {
    const auto record = ledger::kAccounts.find(state, *AccountId::from(meter));
    proto::AccountRecord kind;
    if (record) kind.set_meter_kind(record->meter_kind());
    return to_json(kind).at("meter_kind");
}

}  // namespace

json::object emissions_value(const ledger::StateReader& state, const AccountId& account, std::uint32_t period,
                             const rpc::Page& page, rpc::Answer& answer) {
    const auto record = contracts::emissions::emissions(state, account, period);
    json::object value{{"account", to_address(account)}, {"period", period}};
    value["emitted_g"] = to_json(Grams(record.emitted_g()));
    json::array disputes;  // of the page's readings
    const auto& months = record.months();
    value["readings"] =
        page_of(page, 0, static_cast<std::uint64_t>(months.size()), answer, [&](std::uint64_t number) {
            const auto& month = months[static_cast<int>(number)];
            for (const std::uint64_t one : month.disputes()) {
                json::object dispute = to_json(*contracts::kDisputes.find(state, one));
                dispute["dispute"] = one;
                disputes.push_back(std::move(dispute));
            }
            json::object reading = to_json(month);
            reading["meter_kind"] = meter_kind(state, month.meter());
            return reading;
        });
    value["disputes"] = std::move(disputes);
    return value;
}

json::object disputes_value(const ledger::StateReader& state, const rpc::Page& page, rpc::Answer& answer) {
    const auto count = contracts::kDisputeCount.find_or_default(state, Only()).value();
    return {{"disputes", numbered(state, contracts::kDisputes, page, 1, count + 1, "dispute", answer)}};
}

json::object credits_value(const ledger::StateReader& state, const AccountId& account, std::uint32_t period) {
    const auto record = contracts::emissions::credits(state, account, period);
    const auto reserve = contracts::quota::reserve(state, period);
    json::object value{{"account", to_address(account)}, {"period", period}};
    value["record"] = to_json(record);
    value["left_g"] = to_json(contracts::emissions::left(record));
    value["reserve"] = to_json(reserve);
    value["totals"] = to_json(contracts::kCreditTotals.find_or_default(state, period));
    return value;
}

json::object methodologies_value(const ledger::StateReader& state, const rpc::Page& page,
                                 rpc::Answer& answer) {
    const auto list = contracts::kMethodologyList.find_or_default(state, Only());
    return {{"methodologies", versions(state, list, contracts::kMethodologies, page, answer)}};
}

json::object pauses_value(const ledger::StateReader& state, const rpc::Page& page, rpc::Answer& answer) {
    const auto count = contracts::kPauseCount.find_or_default(state, Only()).value();
    return {{"pauses", numbered(state, contracts::kPauses, page, 1, count + 1, "pause", answer)}};
}

json::object rules_value(const ledger::StateReader& state, const rpc::Page& page, rpc::Answer& answer) {
    const auto list = contracts::kAllocationRuleList.find_or_default(state, Only());
    return {{"allocation_rules", versions(state, list, contracts::kAllocationRules, page, answer)}};
}

json::object proposals_value(const ledger::StateReader& state, const rpc::Page& page, rpc::Answer& answer) {
    const auto count = contracts::kProposalCount.find_or_default(state, Only()).value();
    json::object value{
        {"proposals", numbered(state, contracts::kProposals, page, 1, count + 1, "proposal", answer)}};
    value["voters"] = to_json(contracts::kVoters.find_or_default(state, Only())).at("accounts");
    return value;
}

json::object validator_sets_value(const ledger::StateReader& state, const rpc::Page& page,
                                  rpc::Answer& answer) {
    const std::uint64_t count = contracts::governance::validator_sets(state);
    auto sets = page_of(page, 0, count, answer, [&](std::uint64_t number) {
        const auto record = contracts::governance::validator_set(state, static_cast<std::uint32_t>(number));
        const auto set = ledger::ValidatorSet::from(record.validators());
        PCQ_INVARIANT(set.has_value());  // nothing else is written
        json::array validators;
        for (const auto& member : set->members())
            validators.push_back({{"name", member.name}, {"public_key", to_hex(member.key.encoded())}});
        return json::object{{"set", number},
                            {"from_height", record.from_height()},
                            {"proposal", to_json(record.proposal())},
                            {"validators", std::move(validators)},
                            {"encoded", to_base64(ledger::encode(record.validators()))}};
    });
    return {{"validator_sets", std::move(sets)}};
}

json::object parameters_value(const ledger::StateReader& state, const rpc::Page& page, rpc::Answer& answer) {
    const auto count = contracts::kParameterCount.find_or_default(state, Only()).value();
    json::object value{{"in_force", to_json(contracts::governance::chain(state).parameters())}};
    value["history"] = numbered(state, contracts::kParameterHistory, page, 0, count, "index", answer);
    return value;
}

}  // namespace pcq::answers
