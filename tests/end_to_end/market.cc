#include "tests/end_to_end/market.h"

#include <gtest/gtest.h>

#include "src/base/address.h"
#include "src/crypto/hash.h"
#include "src/crypto/key_file.h"

namespace pcq::e2e {
namespace {

constexpr std::int64_t kPersonCash = 5'000'000'000;
constexpr std::int64_t kPlatformCash = 2'000'000'000'000;
constexpr std::chrono::milliseconds kCommitTimeout{60'000};

}  // namespace

Actor::Actor(crypto::SigningKey key)
    : key_(std::move(key)), account_(crypto::account_of(key_.public_key())) {}

Actor Actor::fresh() {
    return Actor(*crypto::SigningKey::generate(crypto::KeyType::ed25519));
}

Actor Actor::from_file(const std::filesystem::path& file) {
    auto key = crypto::load_key(file, std::nullopt);
    EXPECT_TRUE(key) << (key ? "" : key.error().message);
    return Actor(*std::move(key));
}

proto::TransactionBody Actor::body(const ChainId& chain, std::uint64_t valid_until) {
    proto::TransactionBody body;
    body.set_chain_id(chain.bytes());
    body.set_account(account_.bytes());
    body.set_sequence(++sequences_[chain]);
    body.set_valid_until_height(valid_until);
    return body;
}

ledger::RawTransaction Actor::sign(const proto::TransactionBody& body) const {
    return ledger::sign_transaction(body, {&key_});
}

Market::Market(Network& network, std::size_t people)
    : network_(network),
      client_(std::make_unique<client::RpcClient>(
          network.rpc(0), client::ClientOptions{.timeout = kCommitTimeout + std::chrono::seconds(10)})),
      government_(Actor::from_file(network.folder() / "keys" / "government.pem")),
      platform_(Actor::from_file(network.folder() / "keys" / "platform.pem")),
      meter_(Actor::from_file(network.folder() / "keys" / "meter.pem")),
      bank_(Actor::from_file(network.folder() / "keys" / "bank.pem")) {
    for (std::size_t i = 0; i < people; ++i) people_.push_back(Actor::fresh());
    open_period();
    issue();
    fund();
    price();
}

Result<client::Submitted> Market::submit(const ChainId& chain, const ledger::RawTransaction& transaction) {
    const auto& name = chain == main() ? network_.main().fields.name() : network_.side().fields.name();
    return client_->submit(name, transaction, {.until_commit = true, .timeout = kCommitTimeout});
}

template <class Action>
void Market::must(Actor& actor, const ChainId& chain, const Action& action, const char* what) {
    const auto done = act(actor, chain, action);
    ASSERT_TRUE(done) << what << ": " << done.error().message;
    ASSERT_EQ(done->fate, client::Fate::committed) << what;
    ASSERT_EQ(done->code, Code::ok) << what << ": " << done->text;
}

void Market::open_period() {
    proto::RegisterSideChain registration;
    registration.set_chain_id(side().bytes());
    registration.set_name("side");
    *registration.mutable_validators() = network_.side().fields.validators();
    must(government_, main(), registration, "registering the side chain");

    proto::OpenPeriod open;
    open.set_period(kPeriod);
    open.set_cap_g(kYearlyQuota * static_cast<std::int64_t>(people_.size()) + kCapLeft);
    open.set_months(12);
    open.mutable_policy()->set_offset_ratio_ppb(300'000'000);
    open.mutable_policy()->set_banking_ratio_ppb(500'000'000);
    open.mutable_policy()->set_effort_cost_uy_per_kg(200'000);
    open.mutable_policy()->set_market_price_uy_per_kg(300'000);
    open.mutable_policy()->set_penalty_uy_per_kg(600'000);
    open.mutable_policy()->set_credit_rate_ppb(700'000'000);
    open.mutable_policy()->set_credit_cap_ppb(200'000'000);
    open.set_override_reason("ten people are no estimate");
    must(government_, main(), open, "opening the period");

    proto::PostCosts costs;
    costs.set_op_cost_uy_per_kg(10'000);
    costs.set_chain_cost_uy_per_kg(5'000);
    must(platform_, side(), costs, "posting costs");

    proto::RegisterUsers registered;
    for (const auto& person : people_) {
        *registered.add_users() = client::new_user(side(), platform_.account(), person.key(),
                                                   crypto::sha256({"end to end", person.account().view()}));
    }
    must(platform_, side(), registered, "registering people");
}

void Market::issue() {
    std::vector<client::Allotment> list;
    for (const auto& person : people_) list.push_back({person.account(), Grams(kYearlyQuota)});
    auto plan = client::IssuancePlan::from(side(), kPeriod, std::move(list));
    ASSERT_TRUE(plan);
    plan_ = *std::move(plan);
    must(government_, main(), client::equal_per_head("equal", Grams(kYearlyQuota)), "setting the rule");
    must(government_, main(), plan_->batch({"equal"}), "issuing");
    ASSERT_TRUE(eventually([&] {
        const auto answer = network_.call(0, "batches", {{"chain", "side"}, {"period", kPeriod}});
        return answer && !answer->at("value").at("batches").as_array().empty();
    })) << "the batch does not reach the side chain";
    must(platform_, side(), plan_->claim(0, 0, people_.size()), "claiming");
}

void Market::fund() {
    const auto deposit = [this](const AccountId& account, std::int64_t amount, const std::string& reference) {
        proto::Deposit action;
        action.set_account(account.bytes());
        action.set_amount_uy(amount);
        action.set_reference(reference);
        return sign(bank_, side(), action);
    };
    std::vector<ledger::RawTransaction> batch{deposit(platform_.account(), kPlatformCash, "platform")};
    for (std::size_t i = 0; i < people_.size(); ++i)
        batch.push_back(deposit(people_[i].account(), kPersonCash, "person " + std::to_string(i)));
    proto::JoinMarket join;
    join.set_period(kPeriod);
    join.set_fee_max_uy(kFee);
    const auto send_all = [this](const std::vector<ledger::RawTransaction>& transactions) {
        std::size_t next = 0;
        client_->submit_many(
            "side",
            [&] { return next < transactions.size() ? std::optional(transactions[next++]) : std::nullopt; },
            [](std::size_t, const Result<client::Submitted>& result) {
                ASSERT_TRUE(result) << result.error().message;
                ASSERT_EQ(result->code, Code::ok) << result->text;
            },
            {.each = {.until_commit = true, .timeout = kCommitTimeout}});
    };
    send_all(batch);
    batch.clear();
    for (auto& person : people_) batch.push_back(sign(person, side(), join));
    send_all(batch);
}

proto::ReportEmissions Market::readings(std::uint32_t month) const {
    proto::ReportEmissions report;
    report.set_period(kPeriod);
    report.set_month(month);
    report.set_batch_id(month);
    for (std::size_t i = 0; i < people_.size(); ++i) {
        auto& reading = *report.add_readings();
        reading.set_account(people_[i].account().bytes());
        reading.set_grams(i % 2 == 0 ? kLowEmission : kHighEmission);
        reading.set_days_measured(28);
    }
    return report;
}

void Market::price() {
    must(meter_, side(), readings(1), "reporting emissions");
    proto::AdvancePeriod advance;
    advance.set_period(kPeriod);
    advance.set_month(1);
    must(government_, main(), advance, "ending the month");
    ASSERT_TRUE(eventually([&] {
        const auto answer = network_.call(0, "prices", {{"chain", "side"}, {"period", kPeriod}});
        if (!answer || !answer->at("value").at("open").as_bool()) return false;
        buy_price_ = integer(answer->at("value").at("buy_price_uy_per_kg"));
        sell_price_ = integer(answer->at("value").at("sell_price_uy_per_kg"));
        return true;
    })) << "there is no price";
}

proto::SellSurplus Market::sale(std::int64_t grams) const {
    proto::SellSurplus action;
    action.set_period(kPeriod);
    action.set_grams(grams);
    action.set_price_min_uy_per_kg(buy_price_);
    return action;
}

proto::BuyQuota Market::purchase(std::int64_t grams) const {
    proto::BuyQuota action;
    action.set_period(kPeriod);
    action.set_grams(grams);
    action.set_price_max_uy_per_kg(sell_price_);
    return action;
}

Json Market::standing(const AccountId& account, std::size_t node) {
    const auto answer = network_.call(
        node, "account", {{"chain", "side"}, {"account", to_address(account)}, {"period", kPeriod}});
    if (!answer) {
        ADD_FAILURE() << "no answer about " << to_address(account);
        return {};
    }
    auto standing = answer->at("value").at("periods").at(0).as_object();
    standing["balance_uy"] = answer->at("value").at("balance_uy");
    return standing;
}

}  // namespace pcq::e2e
