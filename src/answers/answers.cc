#include "src/answers/answers.h"

#include <algorithm>
#include <array>
#include <limits>

#include <boost/json/array.hpp>

#include "contracts/bridge/bridge.h"
#include "contracts/cash/cash.h"
#include "contracts/cash/debts.h"
#include "contracts/emissions/emissions.h"
#include "contracts/governance/governance.h"
#include "contracts/market/market.h"
#include "contracts/pricing/pricing.h"
#include "contracts/quota/quota.h"
#include "contracts/registry/registry.h"
#include "contracts/registry/trust.h"
#include "contracts/settlement/clawback.h"
#include "contracts/settlement/report.h"
#include "contracts/settlement/settlement.h"
#include "src/answers/emissions.h"
#include "src/answers/market.h"
#include "src/answers/pages.h"
#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/rpc/json.h"

namespace pcq::answers {
namespace {

namespace json = boost::json;
namespace query = rpc::query;
using contracts::Period;
using rpc::Answer;
using rpc::to_json;

// Remembers which records were read.
class Recorder final : public ledger::StateReader {
public:
    explicit Recorder(const ledger::StateReader& state) : state_(state) {}
    std::optional<Bytes> get(BytesView key) const override {
        if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) keys_.emplace_back(key);
        return state_.get(key);
    }
    std::vector<Bytes> keys() const { return keys_; }

private:
    const ledger::StateReader& state_;
    mutable std::vector<Bytes> keys_;
};

struct Asker {
    const Recorder& state;
    const ChainId& chain;
    Instant time;  // of the block that left this state

    bool is_main() const { return contracts::governance::chain(state).kind() == proto::CHAIN_KIND_MAIN; }

    Result<Period> period(std::optional<Period> asked) const {
        const auto known = contracts::quota::periods(state);
        if (known.empty()) return Error{Code::not_found, "no period has been opened on this chain yet"};
        if (!asked) return known.back();
        if (std::find(known.begin(), known.end(), *asked) == known.end()) {
            return Error{Code::not_found,
                         "period " + std::to_string(*asked) + " does not exist on this chain"};
        }
        return *asked;
    }
    Result<> side() const {
        return is_main() ? Result<>(Error{Code::action_wrong_chain,
                                          "the main chain keeps no such thing; ask a side chain"})
                         : Result<>();
    }
    Result<ChainId> side_chain(const std::optional<ChainId>& asked) const {
        if (!is_main()) return chain;
        if (asked) return *asked;
        if (contracts::bridge::side_chains(state) == 1) return contracts::bridge::side_chain(state, 0);
        return Error{Code::bad_argument, "name the side_chain: the main chain has several or none"};
    }
};

json::object person_in_period(const Asker& ask, const AccountId& account, Period period) {
    const auto record = *contracts::quota::period(ask.state, period);
    const auto holding = contracts::quota::holding(ask.state, account, period);
    const Grams emitted = contracts::emissions::emitted(ask.state, account, period);
    const Grams needed = contracts::settlement::needed(ask.state, account, period);
    const auto now = contracts::pricing::standing(holding, record, needed);
    json::object value{{"period", period}};
    value["holding"] = to_json(holding);
    value["held_g"] = to_json(contracts::quota::held(holding));
    value["accrued_g"] = to_json(contracts::quota::accrued(holding, record));
    value["emitted_g"] = to_json(emitted);
    value["obligation_g"] = to_json(contracts::settlement::obligation(ask.state, account, period));
    const auto most = may_trade(ask.state, account, period, ask.time);
    value["surplus_g"] = to_json(most.sell);
    value["excess_g"] = to_json(now.excess);
    value["may_buy_g"] = to_json(most.buy);
    value["joined_market"] = contracts::kMembers.contains(ask.state, {account, period});
    return value;
}

Result<json::object> ask(const Asker& ask, const query::Account& question, Answer& answer) {
    const auto record = ledger::kAccounts.find(ask.state, question.account);
    if (!record)
        return Error{Code::not_found,
                     "account " + to_address(question.account) + " does not exist on this chain"};
    json::object value{{"account", to_address(question.account)}};
    value["record"] = to_json(*record);
    if (ask.is_main()) return value;
    value["balance_uy"] = to_json(contracts::cash::balance(ask.state, question.account));
    std::vector<Period> wanted = contracts::quota::periods(ask.state);
    if (question.period) {
        const auto period = ask.period(question.period);
        if (!period) return period.error();
        wanted = {*period};
    }
    value["periods"] = page_by_key(question.page, wanted, answer, [&](Period period) {
        return person_in_period(ask, question.account, period);
    });
    return value;
}

json::object period_value(const Asker& ask, Period period) {
    json::object value = to_json(*contracts::quota::period(ask.state, period));
    value["totals"] = to_json(contracts::quota::vintage_totals(ask.state, period));
    return value;
}

Result<json::object> ask(const Asker& ask, const query::Periods& question, Answer& answer) {
    auto periods = page_by_key(question.page, contracts::quota::periods(ask.state), answer,
                               [&](Period period) { return period_value(ask, period); });
    return json::object{{"periods", std::move(periods)}};
}

Result<json::object> ask(const Asker& ask, const query::Period& question, Answer&) {
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    return period_value(ask, *period);
}

Result<json::object> ask(const Asker& ask, const query::Prices& question, Answer&) {
    if (auto side = ask.side(); !side) return side.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    const auto record = *contracts::quota::period(ask.state, *period);
    json::object value{{"period", *period},
                       {"epoch", record.epoch()},
                       {"open", contracts::market::open_price(ask.state, *period, ask.time).has_value()}};
    const auto epoch = contracts::pricing::epoch(ask.state, *period, record.epoch());
    value["inputs_and_outcome"] = epoch ? json::value(to_json(*epoch)) : json::value(nullptr);
    value["buy_price_uy_per_kg"] =
        epoch ? to_json(PricePerKg(epoch->buy_price_uy_per_kg())) : json::value(nullptr);
    value["sell_price_uy_per_kg"] =
        epoch ? to_json(PricePerKg(epoch->sell_price_uy_per_kg())) : json::value(nullptr);
    value["registration_fee_uy"] = joining_value(ask.state, *period);
    return value;
}

Result<json::object> ask(const Asker& ask, const query::Fees& question, Answer&) {
    if (auto side = ask.side(); !side) return side.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    return fees_value(ask.state, *period);
}

Result<json::object> ask(const Asker& ask, const query::Book& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    return book_value(ask.state, *period, ask.time, question.page, answer);
}

Result<json::object> ask(const Asker& ask, const query::Welfare& question, Answer&) {
    if (auto side = ask.side(); !side) return side.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    return welfare_value(ask.state, ask.chain, *period);
}

Result<json::object> ask(const Asker& ask, const query::Epochs& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    const std::uint32_t last = contracts::quota::period(ask.state, *period)->epoch();
    auto epochs = page_of(question.page, 1, std::uint64_t{last} + 1, answer, [&](std::uint64_t number) {
        json::object value{{"epoch", number}};
        const auto record = contracts::pricing::epoch(ask.state, *period, static_cast<std::uint32_t>(number));
        value["record"] =
            record ? json::value(to_json(*record)) : json::value(nullptr);  // null: begun, not priced yet
        return value;
    });
    return json::object{{"period", *period}, {"epochs", std::move(epochs)}};
}

Result<json::object> ask(const Asker& ask, const query::Settlement& question, Answer&) {
    if (auto side = ask.side(); !side) return side.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    const auto record = contracts::settlement::settlement(ask.state, question.account, *period);
    if (!record) {
        return Error{Code::not_found, "account " + to_address(question.account) +
                                          " has not been settled for period " + std::to_string(*period)};
    }
    json::object value = to_json(*record);
    value["period"] = *period;
    value["account"] = to_address(question.account);
    return value;
}

Result<json::object> ask(const Asker& ask, const query::Platform& question, Answer&) {
    if (auto side = ask.side(); !side) return side.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    const auto book = contracts::market::book(ask.state, *period);
    const AccountId platform = contracts::governance::platform(ask.state);
    json::object value = to_json(book);
    value["period"] = *period;
    value["account"] = to_address(platform);
    value["balance_uy"] = to_json(contracts::cash::balance(ask.state, platform));
    value["profit_uy"] =
        to_json(MicroYuan(book.received_uy() + book.fees_uy() - book.paid_uy() - book.cost_uy()));
    return value;
}

Result<json::object> ask(const Asker& ask, const query::Report& question, Answer&) {
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    const auto chain = ask.side_chain(question.side_chain);
    if (!chain) return chain.error();
    const auto report = contracts::settlement::report(ask.state, *chain, *period);
    if (!report)
        return Error{Code::not_found, "there is no report of period " + std::to_string(*period) + " yet"};
    return to_json(*report);
}

Result<json::object> ask(const Asker& ask, const query::Batches& question, Answer& answer) {
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    const auto chain = ask.side_chain(question.side_chain);
    if (!chain) return chain.error();
    // How many there are is told by the first that there is not.
    const auto batch = [&](std::uint64_t number) {
        return number > std::numeric_limits<std::uint32_t>::max()
                   ? std::nullopt
                   : contracts::kBatches.find(ask.state,
                                              {*chain, *period, static_cast<std::uint32_t>(number)});
    };
    json::array batches;
    std::uint64_t number = question.page.first;
    auto record = batch(number);
    for (; record && batches.size() < question.page.limit; record = batch(++number)) {
        json::object value = to_json(*record);
        value["batch"] = number;
        batches.push_back(std::move(value));
    }
    if (record) answer.next = number;
    return json::object{{"period", *period}, {"batches", std::move(batches)}};
}

json::object foreign_value(const Asker& ask, const ChainId& chain) {
    json::object value{{"chain_id", to_hex(chain)}};
    const auto record = contracts::bridge::foreign_chain(ask.state, chain);
    if (record) value["record"] = to_json(*record);
    const auto anchor = contracts::kLatestAnchor.find(ask.state, chain);
    value["latest_anchor"] = anchor ? json::value(to_json(*anchor)) : json::value(nullptr);
    return value;
}

Result<json::object> ask(const Asker& ask, const query::SideChains& question, Answer& answer) {
    if (!ask.is_main())
        return Error{Code::action_wrong_chain, "side chains are registered on the main chain"};
    const std::uint64_t count = contracts::bridge::side_chains(ask.state);
    auto chains = page_of(question.page, 0, count, answer, [&](std::uint64_t number) {
        return foreign_value(ask,
                             contracts::bridge::side_chain(ask.state, static_cast<std::uint32_t>(number)));
    });
    return json::object{{"side_chains", std::move(chains)}};
}

// Of the anchors before it nothing in the state says at which heights they are.
Result<json::object> ask(const Asker& ask, const query::Anchors& question, Answer& answer) {
    if (!ask.is_main()) return Error{Code::action_wrong_chain, "anchors are kept on the main chain"};
    const auto latest = contracts::kLatestAnchor.find(ask.state, question.side_chain);
    if (!latest)
        return Error{Code::not_found, "side chain " + to_hex(question.side_chain) + " has no anchor yet"};
    auto anchors = page_by_key(
        question.page, std::array{*latest}, answer,
        [](const proto::AnchorRecord& anchor) { return to_json(anchor); }, &proto::AnchorRecord::height);
    return json::object{{"side_chain", to_hex(question.side_chain)}, {"anchors", std::move(anchors)}};
}

Result<json::object> ask(const Asker& ask, const query::Users& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    const std::uint64_t count = contracts::registry::users(ask.state);
    auto users = page_of(question.page, 1, count + 1, answer, [&](std::uint64_t number) {
        return json::object{{"number", number},
                            {"account", to_address(contracts::registry::person(ask.state, number))}};
    });
    return json::object{{"count", count}, {"users", std::move(users)}};
}

Result<json::object> ask(const Asker& ask, const query::Corrections& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    const std::uint64_t count =
        contracts::kCorrectionCount.find_or_default(ask.state, contracts::Only()).value();
    auto corrections = page_of(question.page, 1, count + 1, answer, [&](std::uint64_t number) {
        json::object value = to_json(*contracts::kCorrections.find(ask.state, number));
        value["correction"] = number;
        return value;
    });
    return json::object{{"corrections", std::move(corrections)}};
}

Result<json::object> ask(const Asker& ask, const query::Emissions& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    return emissions_value(ask.state, question.account, *period, question.page, answer);
}

Result<json::object> ask(const Asker& ask, const query::Credits& question, Answer&) {
    if (auto side = ask.side(); !side) return side.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    return credits_value(ask.state, question.account, *period);
}

Result<json::object> ask(const Asker& ask, const query::Disputes& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    return disputes_value(ask.state, question.page, answer);
}

Result<json::object> ask(const Asker& ask, const query::Methodologies& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    return methodologies_value(ask.state, question.page, answer);
}

Result<json::object> ask(const Asker& ask, const query::Pauses& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    return pauses_value(ask.state, question.page, answer);
}

Result<json::object> ask(const Asker& ask, const query::AllocationRules& question, Answer& answer) {
    if (!ask.is_main()) return Error{Code::action_wrong_chain, "allocation rules are kept on the main chain"};
    return rules_value(ask.state, question.page, answer);
}

Result<json::object> ask(const Asker& ask, const query::Proposals& question, Answer& answer) {
    return proposals_value(ask.state, question.page, answer);
}

Result<json::object> ask(const Asker& ask, const query::Parameters& question, Answer& answer) {
    return parameters_value(ask.state, question.page, answer);
}

Result<json::object> ask(const Asker& ask, const query::ValidatorSets& question, Answer& answer) {
    return validator_sets_value(ask.state, question.page, answer);
}

Result<> known_account(const Asker& ask, const AccountId& account) {
    if (ledger::kAccounts.contains(ask.state, account)) return {};
    return Error{Code::not_found, "account " + to_address(account) + " does not exist on this chain"};
}

Result<json::object> ask(const Asker& ask, const query::Orders& question, Answer&) {
    if (auto side = ask.side(); !side) return side.error();
    if (auto known = known_account(ask, question.account); !known) return known.error();
    const auto period = ask.period(question.period);
    if (!period) return period.error();
    return orders_value(ask.state, question.account, *period, ask.time);
}

Result<json::object> ask(const Asker& ask, const query::Debts& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    if (auto known = known_account(ask, question.account); !known) return known.error();
    const auto all = contracts::debts::liabilities(ask.state, question.account);
    auto debts = page_by_key(question.page, all.periods(), answer, [&](Period period) {
        const auto record = *contracts::debts::debt(ask.state, question.account, period);
        return json::object{{"period", period},
                            {"open_uy", to_json(contracts::debts::open(record))},
                            {"record", to_json(record)}};
    });
    const auto obligation = contracts::kObligations.find_or_default(ask.state, question.account);
    return json::object{{"account", to_address(question.account)},
                        {"debts", std::move(debts)},
                        {"refund_owed_uy", to_json(MicroYuan(all.refund_owed_uy()))},
                        {"obligation_g", to_json(Grams(obligation.grams()))}};
}

Result<json::object> ask(const Asker& ask, const query::Trusted& question, Answer&) {
    if (auto side = ask.side(); !side) return side.error();
    if (auto known = known_account(ask, question.account); !known) return known.error();
    json::object value = to_json(contracts::registry::trusted(ask.state, question.account));
    value["account"] = to_address(question.account);
    const auto day = contracts::kDays.find(ask.state, question.account);
    value["day"] = day ? json::value(to_json(*day)) : json::value(nullptr);
    const auto limits = contracts::governance::chain(ask.state).parameters();
    value["transfer_day_g"] = to_json(Grams(limits.transfer_day_g()));
    value["transfer_day_uy"] = to_json(MicroYuan(limits.transfer_day_uy()));
    value["trust_delay_ms"] = limits.trust_delay_ms();
    return value;
}

Result<json::object> ask(const Asker& ask, const query::Freeze& question, Answer&) {
    if (auto known = known_account(ask, question.account); !known) return known.error();
    const auto record = contracts::kFreezes.find(ask.state, question.account);
    if (!record)
        return Error{Code::not_found, "account " + to_address(question.account) + " has never been frozen"};
    json::object value = to_json(*record);
    value["account"] = to_address(question.account);
    return value;
}

Result<json::object> ask(const Asker& ask, const query::Clawbacks& question, Answer& answer) {
    if (auto side = ask.side(); !side) return side.error();
    auto clawbacks = page_of(
        question.page, 1, contracts::clawback::count(ask.state) + 1, answer, [&](std::uint64_t number) {
            json::object value = to_json(*contracts::clawback::clawback(ask.state, number));
            value["clawback"] = number;
            return value;
        });
    return json::object{{"clawbacks", std::move(clawbacks)}};
}

}  // namespace

Result<Answer> answer(const ledger::StateReader& state, const ChainId& chain, std::uint64_t height,
                      Instant time, const rpc::Query& question) {
    const Recorder recorder(state);
    Answer answer;
    answer.height = height;
    auto value = std::visit(
        [&](const auto& asked) {
            return ask(Asker{recorder, chain, time}, asked, answer);
        },
        question);
    if (!value) return value.error();
    answer.value = *std::move(value);
    answer.keys = recorder.keys();
    return answer;
}

}  // namespace pcq::answers
