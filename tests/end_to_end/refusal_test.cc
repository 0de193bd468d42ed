// What must not happen, tried on a real network through its RPC: each is refused with its own code, by the
// node that is asked or by the contract in the block, and changes nothing.
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "contracts/tables.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "tests/end_to_end/market.h"

namespace pcq::e2e {
namespace {

constexpr std::size_t kPeople = 8;

// What an action of this kind may not change: everything but its sender's sequence.
struct Standing {
    std::string of_seller;
    std::string of_buyer;
    std::string totals;
    friend bool operator==(const Standing&, const Standing&) = default;
};

// One network for all: nothing that is refused gets in the way of the next.
class Refusal : public testing::Test {
protected:
    static void SetUpTestSuite() {
        network_ = std::make_unique<Network>();
        network_->up();
        market_ = std::make_unique<Market>(*network_, kPeople);
    }
    static void TearDownTestSuite() {
        market_.reset();
        network_.reset();
    }

    static Market& market() { return *market_; }
    static Network& network() { return *network_; }
    static const ChainId& main() { return market_->main(); }
    static const ChainId& side() { return market_->side(); }

    static Standing standing() {
        const auto text = [](const Json& value) { return boost::json::serialize(value); };
        return {text(market().standing(market().seller(0).account())),
                text(market().standing(market().buyer(0).account())),
                text(network().call(0, "totals", {{"chain", "side"}})->at("value")) +
                    text(network().call(0, "totals", {{"chain", "main"}})->at("value"))};
    }

    // Refused before it is in any block.
    static void expect_refused(const ChainId& chain, const ledger::RawTransaction& transaction, Code code) {
        const Standing before = standing();
        const auto result = market().submit(chain, transaction);
        ASSERT_FALSE(result) << "was taken";
        EXPECT_EQ(result.error().code, code) << name(result.error().code) << ": " << result.error().message;
        EXPECT_EQ(standing(), before);
    }
    // In a block, with a receipt that says why not; every node has the same one.
    static void expect_failed(const ChainId& chain, const ledger::RawTransaction& transaction, Code code) {
        const Standing before = standing();
        const auto result = market().submit(chain, transaction);
        ASSERT_TRUE(result) << result.error().message;
        ASSERT_EQ(result->fate, client::Fate::committed);
        EXPECT_EQ(result->code, code) << name(result->code) << ": " << result->text;
        EXPECT_NE(result->text, "");
        EXPECT_EQ(standing(), before);
        network().await_caught_up(all_nodes());
        for (const std::size_t node : all_nodes()) {
            const auto there = client::RpcClient(network().rpc(node))
                                   .transaction(chain == main() ? "main" : "side", result->hash);
            ASSERT_TRUE(there) << there.error().message;
            EXPECT_EQ(there->code, code) << Network::names()[node];
        }
    }
    template <class Action>
    static void expect_failed(Actor& actor, const ChainId& chain, const Action& action, Code code) {
        expect_failed(chain, market().sign(actor, chain, action), code);
    }

    // The newest header of a chain with its certificate, as a relayer brings it.
    static std::pair<Bytes, Bytes> certified(const char* chain) {
        const auto answer = network().call(0, "header", {{"chain", chain}});
        return {*from_base64(std::string(answer->at("header_bytes").as_string())),
                *from_base64(std::string(answer->at("certificate_bytes").as_string()))};
    }

    // Message number `index` from the main chain to the side chain with its true proof.
    static proto::DeliverMessages delivery(std::uint64_t index) {
        const Bytes key = contracts::kOutbox.key({side(), index});
        const auto answer = network().call(0, "state", {{"chain", "main"}, {"keys", to_hex(key)}});
        const auto& record = answer->at("records").at(0);
        const auto bytes = [](const Json& value) { return *from_base64(std::string(value.as_string())); };
        proto::DeliverMessages action;
        action.set_header(bytes(answer->at("header")));
        action.set_certificate(bytes(answer->at("certificate")));
        auto& message = *action.add_messages();
        message.set_key(key);
        message.set_value(bytes(record.at("value")));
        message.set_proof(bytes(record.at("proof")));
        return action;
    }

private:
    static std::unique_ptr<Network> network_;
    static std::unique_ptr<Market> market_;
};
std::unique_ptr<Network> Refusal::network_;
std::unique_ptr<Market> Refusal::market_;

TEST_F(Refusal, OfATransactionThatWasTamperedWith) {
    const auto honest = market().sign(market().seller(0), side(), market().sale(100));
    proto::Transaction envelope;
    ASSERT_TRUE(envelope.ParseFromString(honest));
    proto::TransactionBody body;
    ASSERT_TRUE(body.ParseFromString(envelope.body()));
    body.mutable_sell_surplus()->set_grams(101);
    envelope.set_body(body.SerializeAsString());
    expect_refused(side(), envelope.SerializeAsString(), Code::bad_signature);

    ASSERT_TRUE(envelope.ParseFromString(honest));
    (*envelope.mutable_signatures(0)->mutable_signature())[5] ^= 0x10;
    expect_refused(side(), envelope.SerializeAsString(), Code::bad_signature);

    expect_refused(side(), honest + '\0', Code::bad_encoding);
    expect_refused(side(), honest.substr(0, honest.size() - 1), Code::bad_encoding);

    const auto done = market().submit(side(), honest);
    ASSERT_TRUE(done) << "nothing of that stands in the way of the honest one: " << done.error().message;
    EXPECT_EQ(done->code, Code::ok);
}

TEST_F(Refusal, OfASignatureByAnotherKeyOrByTooMany) {
    Actor thief = Actor::fresh();
    auto body = market().seller(0).body(side(), kValidFor);
    client::set_action(body, market().sale(100));
    expect_refused(side(), thief.sign(body), Code::transaction_wrong_keys);
    expect_refused(side(), ledger::sign_transaction(body, {&market().seller(0).key(), &thief.key()}),
                   Code::transaction_wrong_keys);
    auto nobody = thief.body(side(), kValidFor);
    client::set_action(nobody, market().sale(100));
    expect_refused(side(), thief.sign(nobody), Code::transaction_unknown_account);
}

TEST_F(Refusal, OfAReplay) {
    auto body = market().seller(0).body(side(), kValidFor);
    client::set_action(body, market().sale(100));
    const auto transaction = market().seller(0).sign(body);
    const auto first = market().submit(side(), transaction);
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_EQ(first->code, Code::ok) << first->text;
    const Standing after_first = standing();

    // The very same bytes: told what became of them the first time, by every node, and nothing happens again.
    for (const std::size_t node : all_nodes()) {
        const auto again =
            client::RpcClient(network().rpc(node)).submit("side", transaction, {.until_commit = true});
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->height, first->height);
        EXPECT_EQ(again->index, first->index);
    }
    EXPECT_EQ(standing(), after_first);

    // The same sequence in another guise.
    body.set_valid_until_height(kValidFor - 1);
    expect_refused(side(), market().seller(0).sign(body), Code::transaction_sequence_used);
}

TEST_F(Refusal, OfAReplayOnTheOtherChain) {
    // An organisation has an account on both chains, and this action is one of both.
    Actor& meter = market().meter();
    const auto rotation = client::rotate_keys(side(), meter.account(), {&meter.key()}, 1);
    const auto on_side = market().sign(meter, side(), rotation);
    const auto done = market().submit(side(), on_side);
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(done->code, Code::ok) << done->text;

    expect_refused(main(), on_side, Code::transaction_wrong_chain);

    // With the other chain's name written into it, under the same signature.
    proto::Transaction envelope;
    ASSERT_TRUE(envelope.ParseFromString(on_side));
    proto::TransactionBody body;
    ASSERT_TRUE(body.ParseFromString(envelope.body()));
    body.set_chain_id(main().bytes());
    envelope.set_body(body.SerializeAsString());
    expect_refused(main(), envelope.SerializeAsString(), Code::bad_signature);

    // And the proof of possession of one chain is none on the other.
    expect_failed(meter, main(), rotation, Code::bad_possession);

    proto::PostCosts costs;
    expect_refused(main(), market().sign(market().platform(), main(), costs), Code::action_wrong_chain);
}

TEST_F(Refusal, OfASequenceOrAnExpiryOutOfBounds) {
    auto& seller = market().seller(1);
    auto body = seller.body(side(), kValidFor);
    client::set_action(body, market().sale(1));
    body.set_sequence(100'000);
    expect_refused(side(), seller.sign(body), Code::transaction_sequence_outside_window);
    body.set_sequence(200);
    body.set_valid_until_height(1);
    expect_refused(side(), seller.sign(body), Code::transaction_expired);
    body.set_valid_until_height(1'000'000);
    expect_refused(side(), seller.sign(body), Code::transaction_expiry_too_far);
}

TEST_F(Refusal, OfASaleAboveTheSurplus) {
    auto& seller = market().seller(2);
    expect_failed(seller, side(), market().sale(kSurplus + 1), Code::market_surplus_exceeded);
    const auto all = market().act(seller, side(), market().sale(kSurplus));
    ASSERT_TRUE(all);
    EXPECT_EQ(all->code, Code::ok) << all->text;
    expect_failed(seller, side(), market().sale(1), Code::market_surplus_exceeded);
    expect_failed(market().buyer(0), side(), market().sale(1), Code::market_surplus_exceeded);
}

TEST_F(Refusal, OfTradesOutsideOfTheLimitsGiven) {
    auto sale = market().sale(1);
    sale.set_price_min_uy_per_kg(market().buy_price() + 1);
    expect_failed(market().seller(0), side(), sale, Code::market_price_below_minimum);
    auto purchase = market().purchase(1);
    purchase.set_price_max_uy_per_kg(market().sell_price() - 1);
    expect_failed(market().buyer(0), side(), purchase, Code::market_price_above_maximum);
    expect_failed(market().buyer(0), side(), market().purchase(kMonthlyQuota), Code::market_offset_exceeded);
    expect_failed(market().seller(0), side(), market().purchase(1), Code::market_offset_exceeded);
    auto other = market().sale(1);
    other.set_period(kPeriod + 1);
    expect_failed(market().seller(0), side(), other, Code::period_unknown);
    proto::JoinMarket join;
    join.set_period(kPeriod);
    join.set_fee_max_uy(kFee);
    expect_failed(market().seller(0), side(), join, Code::market_joined);
}

TEST_F(Refusal, OfIssuanceAboveTheCap) {
    proto::IssueBatch batch = market().issuance().batch({"equal"});
    batch.set_total_g(kCapLeft + 1);
    expect_failed(market().government(), main(), batch, Code::issuance_above_cap);
}

TEST_F(Refusal, OfAClaimWithAForgedProof) {
    // What was issued is claimed already; so a second period, with a batch that nobody has claimed.
    constexpr std::uint32_t kOther = kPeriod + 1;
    const auto plan = client::IssuancePlan::from(side(), kOther,
                                                 {{market().seller(0).account(), Grams(1'000)},
                                                  {market().seller(1).account(), Grams(2'000)},
                                                  {market().seller(2).account(), Grams(3'000)}});
    ASSERT_TRUE(plan);
    proto::OpenPeriod open;
    open.set_period(kOther);
    open.set_cap_g(6'000);
    open.set_months(1);
    open.mutable_policy()->set_effort_cost_uy_per_kg(1);
    open.set_override_reason("three people are no estimate");
    for (const auto& done : {market().act(market().government(), main(), open),
                             market().act(market().government(), main(), plan->batch({"equal"}))}) {
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_EQ(done->code, Code::ok) << done->text;
    }
    ASSERT_TRUE(eventually([&] {
        const auto answer = network().call(0, "batches", {{"chain", "side"}, {"period", kOther}});
        return answer && !answer->at("value").at("batches").as_array().empty();
    }));

    Actor& anyone = market().seller(3);
    const proto::ClaimIssuance honest = plan->claim(0, 0, 2);
    proto::ClaimIssuance forged = honest;
    forged.mutable_leaves(0)->set_grams(1'001);
    expect_failed(anyone, side(), forged, Code::bad_proof);
    forged = honest;
    forged.mutable_leaves(0)->set_account(anyone.account().bytes());
    expect_failed(anyone, side(), forged, Code::bad_proof);
    forged = honest;
    (*forged.mutable_proof(0))[0] ^= 1;
    expect_failed(anyone, side(), forged, Code::bad_proof);
    forged = honest;
    forged.clear_proof();
    expect_failed(anyone, side(), forged, Code::bad_proof);
    forged = honest;
    forged.set_batch(1);
    expect_failed(anyone, side(), forged, Code::batch_unknown);
    expect_failed(anyone, side(), plan->claim(0, 1, 2), Code::claim_out_of_order);

    const auto done = market().act(anyone, side(), honest);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->code, Code::ok) << done->text;
    expect_failed(anyone, side(), honest, Code::claim_out_of_order);
}

// Goal: nobody but a quorum of the main chain's validators can make the side chain believe anything.
// Method: a message that the main chain did send, with its true proof; then each part of it forged.
TEST_F(Refusal, OfAMessageWithAForgedCertificate) {
    Actor& anyone = market().seller(3);
    const proto::DeliverMessages honest = delivery(0);
    expect_failed(anyone, side(), honest, Code::bridge_out_of_order);  // it was taken long ago

    proto::CommitCertificate certificate;
    ASSERT_TRUE(certificate.ParseFromString(honest.certificate()));
    proto::DeliverMessages forged = honest;
    const auto with = [&forged](const proto::CommitCertificate& changed) {
        forged.set_certificate(changed.SerializeAsString());
        return forged;
    };
    auto changed = certificate;
    (*changed.mutable_signatures(0)->mutable_signature())[0] ^= 1;
    expect_failed(anyone, side(), with(changed), Code::bad_certificate);
    changed = certificate;
    changed.mutable_signatures()->DeleteSubrange(0, certificate.signatures_size() - 2);
    expect_failed(anyone, side(), with(changed), Code::bad_certificate);
    changed = certificate;
    *changed.mutable_signatures(1) = certificate.signatures(0);
    expect_failed(anyone, side(), with(changed), Code::bad_certificate);
    changed = certificate;
    changed.set_view(certificate.view() + 1);
    expect_failed(anyone, side(), with(changed), Code::bad_certificate);

    forged = honest;
    forged.set_certificate("");
    expect_failed(anyone, side(), forged, Code::bad_certificate);

    // Another state, in which the main chain has sent something else, under the signatures of the true one.
    proto::Header header;
    ASSERT_TRUE(header.ParseFromString(honest.header()));
    (*header.mutable_state_root())[0] ^= 1;
    forged = honest;
    forged.set_header(header.SerializeAsString());
    expect_failed(anyone, side(), forged, Code::bad_certificate);
    (*header.mutable_validators_hash())[0] ^= 1;
    forged.set_header(header.SerializeAsString());
    expect_failed(anyone, side(), forged, Code::validators_unknown);
}

TEST_F(Refusal, OfAMessageThatWasNeverSent) {
    Actor& anyone = market().seller(3);
    std::uint64_t next = 0;
    const auto sent = [](std::uint64_t index) {
        const auto answer = network().call(
            0, "state", {{"chain", "main"}, {"keys", to_hex(contracts::kOutbox.key({side(), index}))}});
        return !answer->at("records").at(0).at("value").is_null();
    };
    while (sent(next)) ++next;
    ASSERT_GT(next, 0u);

    // The true header, the true proof of the last message, and more quota in it.
    proto::DeliverMessages forged = delivery(next - 1);
    auto& message = *forged.mutable_messages(0);
    message.set_key(contracts::kOutbox.key({side(), next}));
    proto::OutboxRecord record;
    record.mutable_batch_issued()->set_period(kPeriod);
    record.mutable_batch_issued()->set_batch(1);
    record.mutable_batch_issued()->mutable_record()->set_count(1);
    record.mutable_batch_issued()->mutable_record()->set_total_g(1'000'000);
    record.mutable_batch_issued()->mutable_record()->set_merkle_root(Hash().bytes());
    message.set_value(record.SerializeAsString());
    expect_failed(anyone, side(), forged, Code::bad_proof);

    // A certified state of the wrong chain: its own.
    proto::DeliverMessages own = forged;
    const auto [header, certificate] = certified("side");
    own.set_header(header);
    own.set_certificate(certificate);
    expect_failed(anyone, side(), own, Code::bridge_unknown_source);
}

TEST_F(Refusal, OfAnAnchorThatIsForgedOrNoNewer) {
    Actor& anyone = market().bank();
    const auto [header, certificate] = certified("side");
    proto::SubmitAnchor anchor;
    anchor.set_header(header);
    proto::CommitCertificate forged;
    ASSERT_TRUE(forged.ParseFromString(certificate));
    (*forged.mutable_signatures(2)->mutable_signature())[63] ^= 1;
    anchor.set_certificate(forged.SerializeAsString());
    expect_failed(anyone, main(), anchor, Code::bad_certificate);

    anchor.set_certificate(certificate);
    const auto done = market().act(anyone, main(), anchor);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->code, Code::ok) << done->text;
    expect_failed(anyone, main(), anchor, Code::anchor_not_newer);
}

TEST_F(Refusal, OfWhatTheOrganisationsMayNotDoTwice) {
    proto::OpenPeriod open;
    open.set_period(kPeriod);
    open.set_cap_g(1);
    open.set_months(12);
    open.mutable_policy()->set_effort_cost_uy_per_kg(1);
    expect_failed(market().government(), main(), open, Code::period_exists);
    proto::AdvancePeriod advance;
    advance.set_period(kPeriod);
    advance.set_month(1);
    expect_failed(market().government(), main(), advance, Code::month_out_of_order);
    proto::ClosePeriod close;
    close.set_period(kPeriod);
    expect_failed(market().government(), main(), close, Code::period_wrong_phase);
    expect_failed(market().meter(), side(), market().readings(1), Code::reading_repeated);
    expect_failed(market().meter(), side(), market().readings(3), Code::reading_outside_period);
    proto::Deposit deposit;
    deposit.set_account(market().platform().account().bytes());
    deposit.set_amount_uy(1);
    deposit.set_reference("platform");  // booked when the market opened
    expect_failed(market().bank(), side(), deposit, Code::cash_reference_used);
    proto::RegisterUsers registration;
    *registration.add_users() = client::new_user(side(), market().platform().account(),
                                                 market().seller(0).key(), crypto::sha256({"again"}));
    expect_failed(market().platform(), side(), registration, Code::account_exists);
    proto::TransferCash transfer;
    transfer.set_to(market().seller(1).account().bytes());
    transfer.set_amount_uy(INT64_MAX);
    expect_failed(market().seller(0), side(), transfer, Code::cash_insufficient);
}

TEST_F(Refusal, OfEverythingThatAFrozenAccountSigns) {
    Actor& person = market().seller(3);
    proto::FreezeAccount freeze;
    freeze.set_account(person.account().bytes());
    freeze.set_reason("under investigation");
    ASSERT_EQ(market().act(market().government(), side(), freeze)->code, Code::ok);
    const auto sale = market().sign(person, side(), market().sale(1));
    expect_refused(side(), sale, Code::account_not_open);

    proto::UnfreezeAccount unfreeze;
    unfreeze.set_account(person.account().bytes());
    unfreeze.set_reason("cleared");
    ASSERT_EQ(market().act(market().government(), side(), unfreeze)->code, Code::ok);
    const auto done = market().submit(side(), sale);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->code, Code::ok) << done->text;
}

TEST_F(Refusal, OfActionsWithoutTheRole) {
    Actor& person = market().seller(3);
    proto::Deposit deposit;
    deposit.set_account(person.account().bytes());
    deposit.set_amount_uy(1'000'000);
    deposit.set_reference("counterfeit");
    expect_failed(person, side(), deposit, Code::not_authorised);
    expect_failed(market().platform(), side(), deposit, Code::not_authorised);
    expect_failed(person, side(), market().readings(2), Code::not_authorised);
    proto::PostCosts costs;
    costs.set_op_cost_uy_per_kg(1);
    expect_failed(person, side(), costs, Code::not_authorised);
    proto::FreezeAccount freeze;
    freeze.set_account(market().seller(0).account().bytes());
    freeze.set_reason("envy");
    expect_failed(person, side(), freeze, Code::not_authorised);
    proto::RegisterUsers registration;
    *registration.add_users() = client::new_user(side(), person.account(), Actor::fresh().key(),
                                                 crypto::sha256({"a second account"}));
    expect_failed(person, side(), registration, Code::not_authorised);
    proto::OpenPeriod open;
    open.set_period(2030);
    open.set_cap_g(1);
    open.set_months(1);
    open.mutable_policy()->set_effort_cost_uy_per_kg(1);
    expect_failed(market().platform(), main(), open, Code::not_authorised);
    proto::ClosePeriod close;
    close.set_period(kPeriod);
    expect_failed(market().meter(), main(), close, Code::not_authorised);
}

}  // namespace
}  // namespace pcq::e2e
