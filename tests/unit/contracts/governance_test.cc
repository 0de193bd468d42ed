// What a genesis document may say, and what of it the contracts keep.
#include <limits>

#include <gtest/gtest.h>

#include "contracts/chain.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

proto::ValidatorSet validators() {
    return validator_set(validator_keys("side", 4));
}

proto::Genesis good_side() {
    return side_genesis(validators(), ChainId(), validators());
}

Code refusal(const proto::Genesis& fields) {
    const auto block = ledger::make_genesis(*contracts_of(fields.kind()), genesis_of(fields));
    return block ? Code::ok : block.error().code;
}

TEST(Governance, KeepsWhatTheGenesisDocumentFixed) {
    const TestChain chain;
    const auto record = *kChain.find(chain.side, Only());
    EXPECT_EQ(record.kind(), proto::CHAIN_KIND_SIDE);
    EXPECT_EQ(record.government(), chain.government.account().bytes());
    EXPECT_EQ(record.platform(), chain.platform.account().bytes());
    EXPECT_EQ(record.main_chain_id(), chain.main.chain().bytes());
    EXPECT_EQ(record.parameters().settlement_per_block(), 100u);
    const auto main = *kForeignChains.find(chain.side, chain.main.chain());
    EXPECT_EQ(main.validators().SerializeAsString(),
              validator_set(chain.main.validators()).SerializeAsString());
    EXPECT_EQ(kChain.find(chain.main, Only())->kind(), proto::CHAIN_KIND_MAIN);
}

TEST(Governance, StartsNoChainWithoutItsOrganisations) {
    EXPECT_EQ(refusal(good_side()), Code::ok);
    auto fields = good_side();
    fields.mutable_organisations()->DeleteSubrange(0, 1);
    fields.mutable_organisations()->RemoveLast();  // the second one
    EXPECT_EQ(refusal(fields), Code::action_malformed) << "no government";
    fields = good_side();
    fields.mutable_organisations()->DeleteSubrange(1, 1);
    EXPECT_EQ(refusal(fields), Code::action_malformed) << "no platform";
    fields = good_side();
    *fields.mutable_organisations(1)->mutable_keys() = fields.organisations(0).keys();
    EXPECT_EQ(refusal(fields), Code::account_exists) << "two organisations with one key";
}

TEST(Governance, StartsNoChainWithParametersOutsideTheirRange) {
    const auto with = [](auto change) {
        auto fields = good_side();
        change(*fields.mutable_parameters());
        return refusal(fields);
    };
    EXPECT_EQ(with([](proto::Parameters& p) { p.set_settlement_per_block(0); }), Code::action_malformed);
    EXPECT_EQ(with([](proto::Parameters& p) { p.set_settlement_per_block(1'001); }), Code::action_malformed);
    EXPECT_EQ(with([](proto::Parameters& p) { p.set_settlement_per_block(1'000); }), Code::ok);
    EXPECT_EQ(with([](proto::Parameters& p) { p.set_registration_fee_uy(-1); }), Code::action_malformed);
    EXPECT_EQ(with([](proto::Parameters& p) { p.set_registration_fee_uy(1'000'000'001); }),
              Code::action_malformed);
    EXPECT_EQ(with([](proto::Parameters& p) { p.set_anchor_interval(0); }), Code::action_malformed);
}

TEST(Governance, BoundsTheReceiptOfASweep) {
    proto::Receipt receipt;
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    for (int i = 0; i < 1'000; ++i) {
        auto& settled = *receipt.add_events()->mutable_settled();
        settled.set_period(9999);
        settled.set_account(Bytes(32, 'a'));
        settled.set_emitted_g(kMost);
        settled.set_own_surrendered_g(kMost);
        settled.set_purchased_surrendered_g(kMost);
        settled.set_penalised_g(kMost);
        settled.set_penalty_paid_uy(kMost);
        settled.set_penalty_owed_uy(kMost);
        settled.set_banked_g(kMost);
        settled.set_expired_g(kMost);
    }
    EXPECT_LT(receipt.ByteSizeLong(), ledger::kTransactionBytesMax)
        << "no larger than a transaction's may be";
}

}  // namespace
}  // namespace pcq::contracts::testing
