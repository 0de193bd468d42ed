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

void add_auditors(proto::Genesis& fields, const TestOptions& options) {
    for (int i = 0; i < options.auditors; ++i)
        add_organisation(fields, "auditor " + std::to_string(i), proto::ROLE_AUDITOR);
}

proto::Genesis main_genesis_of(const TestOptions& options) {
    auto fields = main_genesis(validator_set(validator_keys("main", options.main_validators)));
    add_auditors(fields, options);
    return fields;
}

proto::Genesis side_genesis_of(const TestOptions& options, const TestLedger& main) {
    auto fields = side_genesis(validator_set(validator_keys("side", options.side_validators)), main.chain(),
                               validator_set(main.validators()));
    fields.mutable_parameters()->set_settlement_per_block(options.settlement_per_block);
    fields.mutable_parameters()->set_registration_fee_uy(options.registration_fee_uy);
    for (int i = 0; i < options.more_meters; ++i) {
        add_organisation(fields, "transport " + std::to_string(i), proto::ROLE_METER);
        fields.mutable_organisations()->rbegin()->set_meter_kind(proto::METER_KIND_TRANSPORT);
    }
    add_auditors(fields, options);
    fields.mutable_parameters()->set_trust_delay_ms(options.trust_delay_ms);
    fields.mutable_parameters()->set_transfer_day_g(options.transfer_day_g);
    fields.mutable_parameters()->set_transfer_day_uy(options.transfer_day_uy);
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
      main_auditor(main.wallet("auditor 0")),
      government(side.wallet("government")),
      authority(side.wallet("authority")),
      platform(side.wallet("platform")),
      meter(side.wallet("meter")),
      transport(side.wallet("transport 0")),
      bank(side.wallet("bank")),
      auditor(side.wallet("auditor 0")),
      anyone(validator_wallet(side, "side")) {
    if (options.register_side) main.must(main_government, registration(side));
    main.must(main_government, client::equal_per_head("equal", 1'000_g));
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
    main.must(main_government, plan->batch({"equal"}));
    relay();
    for (std::size_t first = 0; first < plan->size(); first += 1000)
        side.must(anyone, plan->claim(issued.batches(), first, 1000));
}

void TestChain::report(Period period, std::uint32_t month, const std::vector<Share>& shares) {
    side.must(meter, readings(period, month, shares));
}

proto::Receipt TestChain::correct(Period period, std::uint32_t month, const client::Wallet& who, Grams grams,
                                  client::Wallet* by) {
    const auto proposed = side.must(by == nullptr ? meter : *by, correction(period, month, who, grams));
    proto::ApproveCorrection approval;
    if (proposed.events_size() > 0)
        approval.set_correction(proposed.events(0).correction_proposed().correction());
    return side.must(government, approval);
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

client::Wallet& TestChain::voter(const TestLedger& ledger, int number) {
    if (number == 0) return &ledger == &main ? main_anyone : anyone;
    const std::string of = &ledger == &main ? "main" : "side";
    const std::string name = of + " validator " + std::to_string(number);
    return voters_.try_emplace(name, client::Wallet(ledger.chain(), key_of(name))).first->second;
}

void TestChain::decide(TestLedger& ledger, const proto::ProposeChange& change) {
    const auto number = kProposalCount.find_or_default(ledger, Only()).value() + 1;
    ledger.must(voter(ledger, 0), change);
    for (int i = 1; i < static_cast<int>(ledger.quorum()); ++i)
        ledger.must(voter(ledger, i), vote(number, true));
    while (ledger.tip()->height() + 1 < change.activate_height()) ledger.block({});
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
    for (const auto& [from_height, action] : from.successions()) {
        if (from_height > kForeignChains.find(to, from.chain())->validators_from()) to.must(carrier, action);
    }
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

proto::TransferCash transfer(const client::Wallet& to, MicroYuan amount) {
    proto::TransferCash action;
    action.set_to(to.account().bytes());
    action.set_amount_uy(amount.value());
    return action;
}

proto::CloseAccount close(const client::Wallet& who, const client::Wallet* heir) {
    proto::CloseAccount action;
    action.set_account(who.account().bytes());
    if (heir != nullptr) action.set_heir(heir->account().bytes());
    action.set_reason("died");
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

proto::SetMethodology set_methodology(const std::string& id, std::int64_t avoided_mg, bool active) {
    proto::SetMethodology action;
    action.set_id(id);
    action.set_title("something instead of a car");
    action.set_unit("trip");
    action.set_avoided_mg_per_unit(avoided_mg);
    action.set_source("the city's own study");
    action.set_region("here");
    action.set_active(active);
    return action;
}

proto::ReportAvoided avoided(Period period, std::uint32_t month, const std::string& methodology,
                             std::uint32_t version, const std::vector<Activity>& activities) {
    proto::ReportAvoided action;
    action.set_period(period);
    action.set_month(month);
    action.set_methodology(methodology);
    action.set_version(version);
    for (const auto& activity : activities) {
        auto& entry = *action.add_entries();
        entry.set_account(activity.who->account().bytes());
        entry.set_units(activity.units);
        entry.set_activity(crypto::sha256({activity.name}).bytes());
    }
    return action;
}

proto::ConvertCredits convert_credits(Period period, Grams grams) {
    proto::ConvertCredits action;
    action.set_period(period);
    action.set_grams(grams.value());
    return action;
}

proto::IssueReserve issue_reserve(const TestLedger& side, Period period, Grams grams) {
    proto::IssueReserve action;
    action.set_period(period);
    action.set_side_chain(side.chain().bytes());
    action.set_grams(grams.value());
    return action;
}

proto::ProposeChange propose_change(const proto::Parameters& parameters, std::uint64_t height) {
    proto::ProposeChange action;
    *action.mutable_change()->mutable_parameters() = parameters;
    action.set_activate_height(height);
    action.set_reason("better");
    return action;
}

proto::ProposeChange propose_version(std::uint32_t contracts, std::uint64_t height) {
    proto::ProposeChange action;
    action.mutable_change()->set_contracts_version(contracts);
    action.set_activate_height(height);
    action.set_reason("newer");
    return action;
}

proto::VoteOnChange vote(std::uint64_t proposal, bool approve) {
    proto::VoteOnChange action;
    action.set_proposal(proposal);
    action.set_approve(approve);
    return action;
}

proto::PauseMarket pause_market(std::uint64_t until_ms) {
    proto::PauseMarket action;
    action.set_reason("smoke");
    action.set_until_ms(until_ms);
    return action;
}

proto::ResumeMarket resume_market() {
    proto::ResumeMarket action;
    action.set_reason("no fire");
    return action;
}

proto::Attest attestation_of(const TestLedger& audited) {
    proto::Attest action;
    action.set_chain(audited.chain().bytes());
    action.set_height(audited.tip()->height());
    action.set_block_hash(audited.tip().hash().bytes());
    action.set_totals(audited.tip()->totals().SerializeAsString());
    return action;
}

proto::DisputeReading dispute_reading(const client::Wallet& meter, Period period, std::uint32_t month) {
    proto::DisputeReading action;
    action.set_period(period);
    action.set_month(month);
    action.set_meter(meter.account().bytes());
    action.set_reason("that was not me");
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
