#include "tests/unit/contracts/fixture.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "src/crypto/hash.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

constexpr Grams kAmpleCap(1'000'000'000'000);

proto::Genesis main_genesis_of(const TestOptions& options) {
    return main_genesis(validator_set(validator_keys("main", options.main_validators)));
}

proto::Genesis side_genesis_of(const TestOptions& options, const TestLedger& main) {
    auto fields = side_genesis(validator_set(validator_keys("side", options.side_validators)), main.chain(),
                               validator_set(main.validators()));
    fields.mutable_parameters()->set_settlement_per_block(options.settlement_per_block);
    fields.mutable_parameters()->set_registration_fee_uy(options.registration_fee_uy);
    if (options.government_is_meter) fields.mutable_organisations(0)->add_roles(proto::ROLE_METER);
    return fields;
}

client::Wallet validator_wallet(const TestLedger& ledger, const std::string& of) {
    return client::Wallet(ledger.chain(), key_of(of + " validator 0"));
}

}  // namespace

proto::Policy policy() {
    proto::Policy policy;
    policy.set_offset_ratio_ppb(500'000'000);
    policy.set_effort_cost_uy_per_kg(200'000);
    policy.set_penalty_uy_per_kg(300'001);
    policy.set_banking_ratio_ppb(250'000'000);
    return policy;
}

TestChain::TestChain(const TestOptions& options)
    : main(main_genesis_of(options), "main", options.main_validators),
      side(side_genesis_of(options, main), "side", options.side_validators),
      main_government(main.wallet("government")),
      main_anyone(validator_wallet(main, "main")),
      government(side.wallet("government")),
      platform(side.wallet("platform")),
      meter(side.wallet("meter")),
      bank(side.wallet("bank")),
      anyone(validator_wallet(side, "side")) {
    if (options.register_side) main.must(main_government, registration(side));
}

client::Wallet& TestChain::person(const std::string& name) {
    const auto known = people_.find(name);
    if (known != people_.end()) return known->second;
    side.must(platform, registration(side, platform, name));
    return people_.emplace(name, side.wallet(name)).first->second;
}

void TestChain::deposit(const client::Wallet& to, MicroYuan amount) {
    proto::Deposit action;
    action.set_account(to.account().bytes());
    action.set_amount_uy(amount.value());
    action.set_reference("reference " + std::to_string(++references_));
    side.must(bank, action);
}

void TestChain::open(Period period, std::uint32_t months, const proto::Policy& policy) {
    main.must(main_government, open_period(period, kAmpleCap, months, policy));
    relay();
}

void TestChain::issue(Period period, const std::vector<Share>& shares) {
    std::vector<client::Allotment> list;
    list.reserve(shares.size());
    for (const auto& share : shares) list.push_back({share.who->account(), share.grams});
    const auto plan = client::IssuancePlan::from(side.chain(), period, std::move(list));
    const auto issued = kIssuance.find_or_default(main, {side.chain(), period});
    main.must(main_government, plan->batch("equal per head"));
    relay();
    for (std::size_t first = 0; first < plan->size(); first += 1000)
        side.must(anyone, plan->claim(issued.batches(), first, 1000));
}

void TestChain::report(Period period, std::uint32_t month, const std::vector<Share>& shares) {
    side.must(meter, readings(period, month, shares));
}

void TestChain::advance(Period period, std::uint32_t month) {
    main.must(main_government, advance_period(period, month));
    relay();
    side.finish_work();
}

void TestChain::settle(Period period) {
    main.must(main_government, close_period(period));
    relay();
    side.finish_work();
    relay();
}

void TestChain::join(Period period, client::Wallet& who) {
    const MicroYuan fee(kChain.find(side, Only())->parameters().registration_fee_uy());
    if (fee.is_positive()) deposit(who, fee);
    side.must(who, join_market(period, fee));
}

proto::Receipt TestChain::sell(Period period, client::Wallet& who, Grams grams) {
    return side.must(who, sell_surplus(period, grams));
}

proto::Receipt TestChain::buy(Period period, client::Wallet& who, Grams grams) {
    return side.must(who, buy_quota(period, grams));
}

proto::DeliverMessages TestChain::messages(const TestLedger& from, const TestLedger& to,
                                           std::size_t count) const {
    const auto sent = kForeignChains.find(from, to.chain());
    const auto received = kForeignChains.find(to, from.chain());
    proto::DeliverMessages action;
    const Certified tip = from.certified();
    action.set_header(tip.header);
    action.set_certificate(tip.certificate);
    if (!sent || !received) return action;
    const std::uint64_t end = std::min<std::uint64_t>(sent->sent(), received->received() + count);
    for (std::uint64_t index = received->received(); index < end; ++index)
        *action.add_messages() = from.proven(kOutbox.key({to.chain(), index}));
    return action;
}

void TestChain::relay(const TestLedger& from, TestLedger& to, client::Wallet& carrier) {
    for (auto action = messages(from, to); action.messages_size() > 0; action = messages(from, to)) {
        if (to.run(carrier, action).code() != 0) {
            ADD_FAILURE() << "a message was not taken";
            return;
        }
    }
}

void TestChain::relay() {
    relay(main, side, anyone);
    relay(side, main, main_anyone);
}

proto::HoldingRecord TestChain::holding(const client::Wallet& who, Period vintage) const {
    return kHoldings.find_or_default(side, {who.account(), vintage});
}

MicroYuan TestChain::balance(const client::Wallet& who) const {
    return MicroYuan(kCash.find_or_default(side, who.account()).balance_uy());
}

proto::RegisterSideChain registration(const TestLedger& side) {
    proto::RegisterSideChain action;
    action.set_chain_id(side.chain().bytes());
    action.set_name("side");
    *action.mutable_validators() = validator_set(side.validators());
    return action;
}

proto::RegisterUsers registration(const TestLedger& side, const client::Wallet& registrar,
                                  const std::string& name) {
    proto::RegisterUsers action;
    *action.add_users() = client::new_user(side.chain(), registrar.account(), key_of(name),
                                           crypto::sha256({"identity of", name}));
    return action;
}

proto::OpenPeriod open_period(Period period, Grams cap, std::uint32_t months, const proto::Policy& policy) {
    proto::OpenPeriod action;
    action.set_period(period);
    action.set_cap_g(cap.value());
    action.set_months(months);
    *action.mutable_policy() = policy;
    action.set_override_reason("a test");
    return action;
}

proto::AdvancePeriod advance_period(Period period, std::uint32_t month) {
    proto::AdvancePeriod action;
    action.set_period(period);
    action.set_month(month);
    return action;
}

proto::ClosePeriod close_period(Period period) {
    proto::ClosePeriod action;
    action.set_period(period);
    return action;
}

proto::ReportEmissions readings(Period period, std::uint32_t month, const std::vector<Share>& shares) {
    proto::ReportEmissions action;
    action.set_period(period);
    action.set_month(month);
    for (const auto& share : shares) {
        auto& reading = *action.add_readings();
        reading.set_account(share.who->account().bytes());
        reading.set_grams(share.grams.value());
        reading.set_days_measured(30);
    }
    return action;
}

proto::ProposeCorrection correction(Period period, std::uint32_t month, const client::Wallet& who,
                                    Grams grams) {
    proto::ProposeCorrection action;
    action.set_period(period);
    action.set_month(month);
    action.set_account(who.account().bytes());
    action.set_grams(grams.value());
    action.set_reason("reason");
    return action;
}

proto::JoinMarket join_market(Period period, MicroYuan fee_max, proto::MarketSide side) {
    proto::JoinMarket action;
    action.set_side(side);
    action.set_period(period);
    action.set_fee_max_uy(fee_max.value());
    return action;
}

proto::SellSurplus sell_surplus(Period period, Grams grams, PricePerKg least) {
    proto::SellSurplus action;
    action.set_period(period);
    action.set_grams(grams.value());
    action.set_price_min_uy_per_kg(least.value());
    return action;
}

proto::BuyQuota buy_quota(Period period, Grams grams, PricePerKg most) {
    proto::BuyQuota action;
    action.set_period(period);
    action.set_grams(grams.value());
    action.set_price_max_uy_per_kg(most.value());
    return action;
}

proto::PlaceOrder place_order(Period period, proto::MarketSide side, Grams grams, PricePerKg limit) {
    proto::PlaceOrder action;
    action.set_period(period);
    action.set_side(side);
    action.set_grams(grams.value());
    action.set_limit_uy_per_kg(limit.value());
    return action;
}

proto::CancelOrder cancel_order(const Hash& order) {
    proto::CancelOrder action;
    action.set_order(order.bytes());
    return action;
}

}  // namespace pcq::contracts::testing
