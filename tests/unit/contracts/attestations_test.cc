// What auditors attest: kept as it is said, the newest of each auditor and chain, and bounded.
#include "contracts/audit/attestations.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::Attestations kept(const TestLedger& on) {
    return audit::attestations(on);
}

// Of a chain that nobody has but this number.
proto::Attest of_chain(int number) {
    proto::Attest action;
    Bytes chain(32, '\0');
    chain[0] = static_cast<char>(number);
    action.set_chain(chain);
    action.set_height(1);
    action.set_block_hash(Bytes(32, 'h'));
    return action;
}

TEST(Attestations, AreKeptAsTheyAreSaidTheNewestOfEachChain) {
    TestChain chain;
    const auto& ann = chain.person("ann");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}});
    const auto of_side = attestation_of(chain.side);
    const auto receipt = chain.side.must(chain.auditor, of_side);
    EXPECT_NE(receipt.text().find("up to height " + std::to_string(of_side.height())), std::string::npos);
    const auto of_main = attestation_of(chain.main);
    chain.side.must(chain.auditor, of_main);

    const auto first = kept(chain.side);
    ASSERT_EQ(first.attestations_size(), 2);
    for (const auto& entry : first.attestations()) {
        const auto& said = entry.chain() == of_side.chain() ? of_side : of_main;
        EXPECT_EQ(entry.chain(), said.chain());
        EXPECT_EQ(entry.auditor(), chain.auditor.account().view());
        EXPECT_EQ(entry.height(), said.height());
        EXPECT_EQ(entry.block_hash(), said.block_hash());
        EXPECT_EQ(entry.totals(), said.totals());
        EXPECT_FALSE(entry.totals().empty());
    }

    const auto newer = attestation_of(chain.side);
    chain.side.must(chain.auditor, newer);
    const auto second = kept(chain.side);
    ASSERT_EQ(second.attestations_size(), 2);
    const auto again = std::find_if(second.attestations().begin(), second.attestations().end(),
                                    [&newer](const auto& entry) { return entry.chain() == newer.chain(); });
    ASSERT_NE(again, second.attestations().end());
    EXPECT_EQ(again->height(), newer.height());
    EXPECT_EQ(again->time_ms(), chain.side.tip()->time_ms());
    EXPECT_EQ(kept(chain.main).attestations_size(), 0);

    chain.main.must(chain.main_auditor, attestation_of(chain.side));
    EXPECT_EQ(kept(chain.main).attestations_size(), 1);
}

TEST(Attestations, GoForward) {
    TestChain chain;
    const auto first = attestation_of(chain.main);
    chain.side.must(chain.auditor, first);
    EXPECT_TRUE(refused(chain.side.attempt(chain.auditor, first), Code::height_outside_range));
    auto older = first;
    older.set_height(first.height() - 1);
    EXPECT_TRUE(refused(chain.side.attempt(chain.auditor, older), Code::height_outside_range));
    auto newer = first;
    newer.set_height(first.height() + 1);  // what another chain has come to is not known here
    chain.side.must(chain.auditor, newer);
}

TEST(Attestations, OfTheChainItselfAreOfBlocksThatAreThere) {
    TestChain chain;
    auto action = attestation_of(chain.side);
    action.set_height(chain.side.tip()->height() + 1);  // the block that would have it
    EXPECT_TRUE(refused(chain.side.attempt(chain.auditor, action), Code::height_outside_range));
    chain.side.must(chain.auditor, action);  // that block is there now
}

TEST(Attestations, StayWhenTheAuditorIsFrozen) {
    TestChain chain;
    chain.side.block({});
    chain.side.must(chain.auditor, attestation_of(chain.side));
    const auto before = kept(chain.side).SerializeAsString();
    proto::FreezeAccount freeze;
    freeze.set_account(chain.auditor.account().bytes());
    freeze.set_reason("reason");
    chain.side.must(chain.government, freeze);
    EXPECT_EQ(kept(chain.side).SerializeAsString(), before);
}

TEST(Attestations, LeaveRoomForOtherAuditors) {
    constexpr int kAuditors = 17;
    constexpr int kChains = 16;
    TestChain chain({.more_meters = 0, .auditors = kAuditors});
    std::vector<client::Wallet> auditors;
    for (int i = 0; i < kAuditors; ++i) auditors.push_back(chain.side.wallet("auditor " + std::to_string(i)));
    std::vector<ledger::VerifiedTransaction> all;
    for (int i = 0; i < kAuditors - 1; ++i) {
        for (int number = 0; number < kChains; ++number)
            all.push_back(chain.side.sign(auditors[static_cast<std::size_t>(i)], of_chain(number)));
        if (i > 0) continue;
        for (const auto& receipt : chain.side.block(std::exchange(all, {}))) EXPECT_EQ(receipt.code(), 0u);
        EXPECT_TRUE(refused(chain.side.attempt(auditors[0], of_chain(kChains)), Code::limit_reached))
            << "one auditor alone does not fill the list";
    }
    for (const auto& receipt : chain.side.block(all)) EXPECT_EQ(receipt.code(), 0u);
    EXPECT_EQ(kept(chain.side).attestations_size(), 256);
    EXPECT_TRUE(refused(chain.side.attempt(auditors.back(), of_chain(0)), Code::limit_reached));

    auto newer = of_chain(3);
    newer.set_height(2);
    chain.side.must(auditors[5], newer);  // what is there already goes on
    EXPECT_EQ(kept(chain.side).attestations_size(), 256);
}

TEST(Attestations, SayWholeThings) {
    TestChain chain;
    const auto malformed = [&chain](void (*change)(proto::Attest&)) {
        auto action = attestation_of(chain.main);
        change(action);
        return refused(chain.side.attempt(chain.auditor, action), Code::action_malformed);
    };
    EXPECT_TRUE(malformed([](proto::Attest& a) { a.set_chain(Bytes(31, 'c')); }));
    EXPECT_TRUE(malformed([](proto::Attest& a) { a.set_height(0); }));
    EXPECT_TRUE(malformed([](proto::Attest& a) { a.clear_block_hash(); }));
    EXPECT_TRUE(malformed([](proto::Attest& a) { a.set_block_hash(Bytes(33, 'h')); }));
    EXPECT_TRUE(malformed([](proto::Attest& a) { a.set_totals("no totals"); }));
    EXPECT_TRUE(malformed([](proto::Attest& a) {
        a.set_totals(Bytes("\x10\x80\x00", 3));  // the number 0, in two bytes
    }));
    EXPECT_TRUE(malformed([](proto::Attest& a) {
        proto::Totals totals;
        totals.set_deposited_uy(2);
        totals.set_cash_held_uy(1);
        a.set_totals(totals.SerializeAsString());
    }));
    EXPECT_TRUE(malformed([](proto::Attest& a) {
        proto::Totals totals;
        totals.add_vintages()->set_issued_g(1);
        a.set_totals(totals.SerializeAsString());
    }));
    EXPECT_TRUE(malformed([](proto::Attest& a) {
        proto::Totals totals;
        while (totals.ByteSizeLong() <= 16'384) totals.add_vintages()->set_vintage(2013);
        a.set_totals(totals.SerializeAsString());
    })) << "more than 16 KiB";
}

}  // namespace
}  // namespace pcq::contracts::testing
