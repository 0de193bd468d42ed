// Every reason for which the contracts refuse, each provoked once, with the state root shown to be that of a
// block in which nothing but the sender's sequence was used. A code without a way to provoke it fails the
// test that counts them.
#include "tests/unit/contracts/refusals.h"

#include <functional>

#include <gtest/gtest.h>

#include "contracts/chain.h"
#include "src/client/actions.h"
#include "src/crypto/hash.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

constexpr std::uint32_t kFirstCode = 3000;
constexpr std::uint32_t kLastCode = 3999;

template <class Action>
Action named(const client::Wallet& who, const std::string& reason) {
    Action action;
    action.set_account(who.account().bytes());
    action.set_reason(reason);
    return action;
}

proto::Deposit deposit_to(const AccountId& account, const std::string& reference) {
    proto::Deposit action;
    action.set_account(account.bytes());
    action.set_amount_uy(1);
    action.set_reference(reference);
    return action;
}

client::IssuancePlan plan_for(const TestChain& chain, const std::vector<client::Allotment>& list) {
    return *client::IssuancePlan::from(chain.side.chain(), 2013, list);
}

// An open market in which Ann can sell 400 g and Bob may buy 200 g; both have joined.
void open_market(TestChain& chain) {
    auto& ann = chain.person("ann");
    auto& bob = chain.person("bob");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}});
    chain.report(2013, 1, {{&ann, 600_g}, {&bob, 1'400_g}});
    chain.advance(2013, 1);
    chain.join(2013, ann);
    chain.join(2013, bob);
    chain.deposit(chain.platform, 1'000'000_uy);
    chain.deposit(bob, 1'000'000_uy);
}

// --- General ---------------------------------------------------------------------------------------------

Attempt action_unknown(TestChain& chain) {
    // No transaction without an action is ever decoded, so the contracts are asked directly.
    const auto on_side = chain.side.contracts().validate(proto::TransactionBody());
    const auto on_main = chain.main.contracts().validate(proto::TransactionBody());
    EXPECT_EQ(on_main.error().code, on_side.error().code);
    return {on_side.error().code, on_side.error().message, true};
}

Attempt action_wrong_chain(TestChain& chain) {
    const auto attempt = chain.main.attempt(chain.main_anyone, join_market(2013, 1_uy));
    EXPECT_TRUE(refused(attempt, Code::action_wrong_chain));
    return chain.side.attempt(chain.government, open_period(2013, 1_g, 1));
}

Attempt action_malformed(TestChain& chain) {
    return chain.side.attempt(chain.anyone, sell_surplus(2013, 0_g));
}

Attempt not_authorised(TestChain& chain) {
    return chain.side.attempt(chain.platform, deposit_to(chain.platform.account(), "mine"));
}

// A contract that gives its government a micro-yuan that nobody deposited.
class Forger final : public ledger::Dispatch {
public:
    explicit Forger(const ledger::Dispatch& honest) : honest_(honest) {}
    Result<> check_version(const ledger::StateReader& before) const override {
        return honest_.check_version(before);
    }
    Result<> validate(const proto::TransactionBody& body) const override { return honest_.validate(body); }
    Result<ledger::Outcome> apply(ledger::Context& context,
                                  const proto::TransactionBody& body) const override {
        return honest_.apply(context, body);
    }
    ledger::Outcome finish_block(const ledger::BlockContext&, ledger::Overlay& state) const override {
        proto::CashRecord record;
        record.set_balance_uy(1);
        kCash.put(state, *AccountId::from(kChain.find(state, Only())->government()), record);
        return {};
    }
    bool has_due_work(const ledger::StateReader& state, Instant time) const override {
        return honest_.has_due_work(state, time);
    }
    proto::Totals totals(const ledger::StateReader& state) const override { return honest_.totals(state); }
    Result<> check(const ledger::StateReader& before, const ledger::Overlay& after) const override {
        return honest_.check(before, after);
    }
    std::optional<ledger::ValidatorSet> changed_validators(const ledger::Overlay& after) const override {
        return honest_.changed_validators(after);
    }
    Result<> write_genesis(const ledger::Genesis& genesis, ledger::Overlay& state) const override {
        return honest_.write_genesis(genesis, state);
    }

private:
    const ledger::Dispatch& honest_;
};

Attempt conservation_violated(TestChain& chain) {
    const auto executed = chain.side.execute_with(Forger(chain.side.contracts()));
    if (executed) return {Code::ok, "the block was made", false};
    return {executed.error().code, executed.error().message, true};  // no block, no change
}

// --- Registry --------------------------------------------------------------------------------------------

Attempt account_exists(TestChain& chain) {
    chain.person("ann");
    return chain.side.attempt(chain.platform, registration(chain.side, chain.platform, "ann"));
}

Attempt account_unknown(TestChain& chain) {
    return chain.side.attempt(chain.bank, deposit_to(chain.side.wallet("nobody").account(), "1"));
}

Attempt account_wrong_status(TestChain& chain) {
    const auto& ann = chain.person("ann");
    return chain.side.attempt(chain.government, named<proto::UnfreezeAccount>(ann, "never frozen"));
}

Attempt account_has_assets(TestChain& chain) {
    const auto& ann = chain.person("ann");
    chain.deposit(ann, 1_uy);
    return chain.side.attempt(chain.government, named<proto::CloseAccount>(ann, "moved away"));
}

Attempt kyc_commitment_used(TestChain& chain) {
    chain.person("ann");
    proto::RegisterUsers action;
    *action.add_users() = client::new_user(chain.side.chain(), chain.platform.account(), key_of("ann again"),
                                           crypto::sha256({"identity of", "ann"}));
    return chain.side.attempt(chain.platform, action);
}

Attempt bad_possession(TestChain& chain) {
    auto action = registration(chain.side, chain.government, "ann");  // signed for another registrar
    return chain.side.attempt(chain.platform, action);
}

Attempt account_not_person(TestChain& chain) {
    return chain.side.attempt(chain.government, named<proto::CloseAccount>(chain.platform, "reason"));
}

// --- Quota -----------------------------------------------------------------------------------------------

Attempt period_unknown(TestChain& chain) {
    return chain.main.attempt(chain.main_government, advance_period(2013, 1));
}

Attempt period_exists(TestChain& chain) {
    chain.open(2013);
    return chain.main.attempt(chain.main_government, open_period(2013, 1_g, 1));
}

Attempt period_wrong_phase(TestChain& chain) {
    chain.open(2013);
    return chain.main.attempt(chain.main_government, close_period(2013));
}

Attempt policy_breaks_conditions(TestChain& chain) {
    auto action = open_period(2013, 1_g, 1);
    action.clear_override_reason();
    return chain.main.attempt(chain.main_government, action);
}

Attempt policy_no_optimum(TestChain& chain) {
    auto rules = policy();
    rules.set_offset_ratio_ppb(0);
    auto action = open_period(2013, 1_g, 1, rules);
    action.set_optimal_offset(true);
    return chain.main.attempt(chain.main_government, action);
}

Attempt issuance_above_cap(TestChain& chain) {
    chain.main.must(chain.main_government, open_period(2013, 1'000_g, 1));
    const auto plan = plan_for(chain, {{chain.person("ann").account(), 1'001_g}});
    return chain.main.attempt(chain.main_government, plan.batch({"equal"}));
}

Attempt side_chain_unknown(TestChain& chain) {
    chain.open(2013);
    auto batch = plan_for(chain, {{chain.person("ann").account(), 1_g}}).batch({"equal"});
    batch.set_side_chain(Bytes(32, 'x'));
    return chain.main.attempt(chain.main_government, batch);
}

Attempt side_chain_exists(TestChain& chain) {
    return chain.main.attempt(chain.main_government, registration(chain.side));
}

Attempt month_out_of_order(TestChain& chain) {
    chain.open(2013, 12);
    return chain.main.attempt(chain.main_government, advance_period(2013, 2));
}

Attempt period_too_early_to_close(TestChain& chain) {
    auto action = open_period(2013, 1_g, 1);
    action.set_earliest_close_ms(chain.main.tip()->time_ms() + 1'000'000);
    chain.main.must(chain.main_government, action);
    chain.main.must(chain.main_government, advance_period(2013, 1));
    return chain.main.attempt(chain.main_government, close_period(2013));
}

Attempt batch_unknown(TestChain& chain) {
    chain.open(2013);
    const auto plan = plan_for(chain, {{chain.person("ann").account(), 1_g}});
    return chain.side.attempt(chain.anyone, plan.claim(0, 0, 1));
}

Attempt claim_out_of_order(TestChain& chain) {
    chain.open(2013);
    const auto& ann = chain.person("ann");
    chain.issue(2013, {{&ann, 1_g}});
    return chain.side.attempt(chain.anyone, plan_for(chain, {{ann.account(), 1_g}}).claim(0, 0, 1));
}

Attempt period_out_of_order(TestChain& chain) {
    chain.open(2013);
    return chain.main.attempt(chain.main_government, open_period(2012, 1_g, 1));
}

Attempt periods_unsettled(TestChain& chain) {
    for (Period year = 2000; year < 2000 + 16; ++year)
        chain.main.must(chain.main_government, open_period(year, 1_g, 1));
    return chain.main.attempt(chain.main_government, open_period(2016, 1_g, 1));
}

Attempt period_too_far(TestChain& chain) {
    return chain.main.attempt(chain.main_government, open_period(2100, 1_g, 1));
}

// --- Cash ----------------------------------------------------------------------------------------------

Attempt cash_insufficient(TestChain& chain) {
    auto& ann = chain.person("ann");
    chain.deposit(ann, 1_uy);
    return chain.side.attempt(ann, transfer(chain.platform, 2_uy));
}

Attempt cash_reference_used(TestChain& chain) {
    const auto action = deposit_to(chain.person("ann").account(), "once");
    chain.side.must(chain.bank, action);
    return chain.side.attempt(chain.bank, action);
}

// --- Market ----------------------------------------------------------------------------------------------

Attempt market_closed(TestChain& chain) {
    chain.open(2013);
    return chain.side.attempt(chain.person("ann"), sell_surplus(2013, 1_g));
}

Attempt market_not_joined(TestChain& chain) {
    open_market(chain);
    return chain.side.attempt(chain.person("cyd"), sell_surplus(2013, 1_g));
}

Attempt market_fee_above_proceeds(TestChain& chain) {
    proto::PostService service;
    service.set_service_cost_nano(1);
    service.set_trade_fee_uy(1'000'000);
    chain.side.must(chain.platform, service);
    open_market(chain);
    return chain.side.attempt(chain.person("ann"), sell_surplus(2013, 1_g));
}

proto::PlaceOrder offer(Grams grams, PricePerKg limit) {
    return place_order(2013, proto::MARKET_SIDE_SUPPLY, grams, limit);
}

Attempt order_unknown(TestChain& chain) {
    return chain.side.attempt(chain.person("ann"), cancel_order(Hash()));
}

Attempt order_outside_band(TestChain& chain) {
    open_market(chain);
    return chain.side.attempt(chain.person("ann"), offer(1_g, 0_uy_per_kg));
}

Attempt order_too_many(TestChain& chain) {
    open_market(chain);
    const PricePerKg limit(kEpochs.find(chain.side, {2013, 1})->buy_price_uy_per_kg());
    for (int i = 0; i < 16; ++i) chain.side.must(chain.person("ann"), offer(1_g, limit));
    return chain.side.attempt(chain.person("ann"), offer(1_g, limit));
}

Attempt order_expiry_invalid(TestChain& chain) {
    open_market(chain);
    auto order = offer(1_g, PricePerKg(kEpochs.find(chain.side, {2013, 1})->buy_price_uy_per_kg()));
    order.set_expires_height(1);
    return chain.side.attempt(chain.person("ann"), order);
}

Attempt order_too_small(TestChain& chain) {
    open_market(chain);
    auto parameters = kChain.find(chain.side, Only())->parameters();
    parameters.set_order_least_g(2);
    chain.decide(chain.side, propose_change(parameters, chain.side.tip()->height() + 20));
    const PricePerKg price(kEpochs.find(chain.side, {2013, 1})->buy_price_uy_per_kg());
    return chain.side.attempt(chain.person("ann"), offer(1_g, price));
}

Attempt market_joined(TestChain& chain) {
    open_market(chain);
    return chain.side.attempt(chain.person("bob"), join_market(2013, 1'000'000_uy));
}

Attempt market_fee_above_limit(TestChain& chain) {
    open_market(chain);
    return chain.side.attempt(chain.person("cyd"), join_market(2013, 999'999_uy));
}

Attempt market_surplus_exceeded(TestChain& chain) {
    open_market(chain);
    return chain.side.attempt(chain.person("ann"), sell_surplus(2013, 401_g));
}

Attempt market_price_below_minimum(TestChain& chain) {
    open_market(chain);
    return chain.side.attempt(chain.person("ann"), sell_surplus(2013, 1_g, 200'000_uy_per_kg));
}

Attempt market_price_above_maximum(TestChain& chain) {
    open_market(chain);
    return chain.side.attempt(chain.person("bob"), buy_quota(2013, 1_g, 1_uy_per_kg));
}

Attempt market_inventory_short(TestChain& chain) {
    open_market(chain);
    return chain.side.attempt(chain.person("bob"), buy_quota(2013, 1_g));
}

Attempt market_offset_exceeded(TestChain& chain) {
    open_market(chain);
    chain.sell(2013, chain.person("ann"), 400_g);
    return chain.side.attempt(chain.person("bob"), buy_quota(2013, 201_g));
}

// --- Bridge ----------------------------------------------------------------------------------------------

proto::SubmitAnchor anchor_of(const TestLedger& ledger) {
    const auto tip = ledger.certified();
    proto::SubmitAnchor action;
    action.set_header(tip.header);
    action.set_certificate(tip.certificate);
    return action;
}

Attempt bridge_unknown_source(TestChain& chain) {
    return chain.main.attempt(chain.main_anyone, anchor_of(chain.main));
}

Attempt bridge_out_of_order(TestChain& chain) {
    chain.main.must(chain.main_government, open_period(2013, 1_g, 1));
    const auto message = chain.messages(chain.main, chain.side);
    chain.side.must(chain.anyone, message);
    return chain.side.attempt(chain.anyone, message);
}

Attempt bridge_wrong_message(TestChain& chain) {
    chain.main.must(chain.main_government, open_period(2013, 1_g, 1));
    auto message = chain.messages(chain.main, chain.side);
    *message.mutable_messages(0) = chain.main.proven(kPeriods.key(2013));
    return chain.side.attempt(chain.anyone, message);
}

Attempt anchor_not_newer(TestChain& chain) {
    chain.main.must(chain.main_anyone, anchor_of(chain.side));
    return chain.main.attempt(chain.main_anyone, anchor_of(chain.side));
}

// The side chain's quorum certifies credits that the main chain never issued.
Attempt anchor_contradicts(TestChain& chain) {
    proto::Header fields = *chain.side.tip();
    auto& vintage = *fields.mutable_totals()->add_vintages();
    vintage.set_vintage(2013);
    vintage.set_issued_g(1);
    vintage.set_held_g(1);
    const auto forged = chain.side.certify(ledger::Header::encode(fields));
    proto::SubmitAnchor action;
    action.set_header(forged.header);
    action.set_certificate(forged.certificate);
    return chain.main.attempt(chain.main_anyone, action);
}

// --- The list --------------------------------------------------------------------------------------------

std::vector<Refusal> all_refusals() {
    std::vector<Refusal> all = {
        REFUSAL(action_unknown),
        REFUSAL(action_wrong_chain),
        REFUSAL(action_malformed),
        REFUSAL(not_authorised),
        REFUSAL(conservation_violated),
        REFUSAL(account_exists),
        REFUSAL(account_unknown),
        REFUSAL(account_wrong_status),
        REFUSAL(account_has_assets),
        REFUSAL(kyc_commitment_used),
        REFUSAL(bad_possession),
        REFUSAL(account_not_person),
        REFUSAL(period_unknown),
        REFUSAL(period_exists),
        REFUSAL(period_wrong_phase),
        REFUSAL(policy_breaks_conditions),
        REFUSAL(policy_no_optimum),
        REFUSAL(issuance_above_cap),
        REFUSAL(side_chain_unknown),
        REFUSAL(side_chain_exists),
        REFUSAL(month_out_of_order),
        REFUSAL(period_too_early_to_close),
        REFUSAL(batch_unknown),
        REFUSAL(claim_out_of_order),
        REFUSAL(period_out_of_order),
        REFUSAL(periods_unsettled),
        REFUSAL(period_too_far),
        REFUSAL(cash_insufficient),
        REFUSAL(cash_reference_used),
        REFUSAL(market_closed),
        REFUSAL(market_not_joined),
        REFUSAL(market_joined),
        REFUSAL(market_fee_above_limit),
        REFUSAL(market_surplus_exceeded),
        REFUSAL(market_price_below_minimum),
        REFUSAL(market_price_above_maximum),
        REFUSAL(market_inventory_short),
        REFUSAL(market_offset_exceeded),
        REFUSAL(market_fee_above_proceeds),
        REFUSAL(order_unknown),
        REFUSAL(order_outside_band),
        REFUSAL(order_too_many),
        REFUSAL(order_expiry_invalid),
        REFUSAL(order_too_small),
        REFUSAL(bridge_unknown_source),
        REFUSAL(bridge_out_of_order),
        REFUSAL(bridge_wrong_message),
        REFUSAL(anchor_not_newer),
        REFUSAL(anchor_contradicts),
    };
    for (auto& refusal : governance_refusals()) all.push_back(std::move(refusal));
    for (auto& refusal : emission_refusals()) all.push_back(std::move(refusal));
    for (auto& refusal : life_refusals()) all.push_back(std::move(refusal));
    return all;
}

const std::vector<Refusal>& refusals() {
    static const std::vector<Refusal> all = all_refusals();
    return all;
}

class Refused : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refused, ChangesNothingButTheSendersSequence) {
    TestChain chain;
    EXPECT_TRUE(refused(GetParam().provoke(chain), GetParam().code));
}

INSTANTIATE_TEST_SUITE_P(ByCode, Refused, ::testing::ValuesIn(refusals()),
                         [](const ::testing::TestParamInfo<Refusal>& entry) {
                             return std::string(name(entry.param.code));
                         });

TEST(Refusals, AreEachProvokedByATest) {
    for (std::uint32_t number = kFirstCode; number <= kLastCode; ++number) {
        const auto code = code_from_number(number);
        if (!code) continue;
        const auto provoked = std::count_if(refusals().begin(), refusals().end(),
                                            [&code](const Refusal& entry) { return entry.code == *code; });
        EXPECT_EQ(provoked, 1) << "no test provokes " << name(*code);
    }
}

}  // namespace
}  // namespace pcq::contracts::testing
