// Whom a block concerns, of real contracts: those who sign, those who are named, and those who are only
// meant.
#include "src/node/activity.h"

#include "tests/unit/contracts/fixture.h"

namespace pcq::node {
namespace {

using namespace pcq::literals;
using contracts::testing::Records;
using contracts::testing::TestChain;

class Before final : public ledger::StateReader {
public:
    explicit Before(Records records) : records_(std::move(records)) {}
    std::optional<Bytes> get(BytesView key) const override {
        const auto found = records_.find(key);
        return found == records_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    const Records records_;
};

class Activity : public testing::Test {
protected:
    // The next block of the side chain, of this alone.
    template <class Action>
    rpc::Activity after(client::Wallet& by, const Action& action) {
        const Before before(chain.side.records());
        const auto transaction = chain.side.sign(by, action);
        proto::Block block;
        block.add_transactions(transaction->bytes());
        proto::Receipts receipts;
        for (const auto& receipt : chain.side.block({transaction}))
            receipts.add_receipts(receipt.SerializeAsString());
        auto activity =
            activity_of(chain.side.chain(), chain.side.tip()->height(),
                        {block.SerializeAsString(), receipts.SerializeAsString(), before, chain.side});
        EXPECT_TRUE(activity) << activity.error().message;
        EXPECT_EQ(activity->entries[0].transaction, transaction->hash());
        EXPECT_EQ(activity->entries[0].signer, by.account());
        EXPECT_TRUE(activity->entries[0].concerned.contains(by.account()));
        return *activity;
    }
    bool concerns(const rpc::Activity& activity, const client::Wallet& who) const {
        return activity.entries[0].concerned.contains(who.account());
    }

    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");
};

TEST_F(Activity, ConcernsWhoSignsAndWhoIsNamed) {
    chain.open(2013);
    const auto read =
        after(chain.meter, contracts::testing::readings(2013, 1, {{&ann, 700_g}, {&bob, 900_g}}));
    EXPECT_EQ(read.entries[0].action, "report_emissions");
    EXPECT_TRUE(concerns(read, ann) && concerns(read, bob));
    EXPECT_FALSE(concerns(read, chain.bank));
    EXPECT_TRUE(read.periods.empty());
}

TEST_F(Activity, ConcernsWhoIsRegisteredByTheirKey) {
    auto action = contracts::testing::registration(chain.side, chain.platform, "cat");
    const auto registered = after(chain.platform, action);
    EXPECT_TRUE(concerns(registered, chain.side.wallet("cat")));
    EXPECT_FALSE(concerns(registered, ann));
}

TEST_F(Activity, ConcernsWhomACorrectionIsAboutThoughItNamesANumber) {
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 700_g}});
    proto::ProposeCorrection proposal;
    proposal.set_period(2013);
    proposal.set_month(1);
    proposal.set_account(ann.account().bytes());
    proposal.set_grams(600);
    proposal.set_reason("misread");
    EXPECT_TRUE(concerns(after(chain.meter, proposal), ann));
    proto::ApproveCorrection approval;
    approval.set_correction(1);
    const auto approved = after(chain.government, approval);
    EXPECT_EQ(approved.entries[0].receipt.code(), 0U) << approved.entries[0].receipt.text();
    EXPECT_TRUE(concerns(approved, ann));
    EXPECT_FALSE(concerns(approved, bob));
}

TEST_F(Activity, TellsHowAPeriodChanged) {
    chain.open(2013);
    EXPECT_EQ(chain.period(2013).months_advanced(), 0U);
    const Before before(chain.side.records());
    chain.advance(2013, 1);
    const auto activity =
        activity_of(chain.side.chain(), chain.side.tip()->height(), {"", "", before, chain.side});
    ASSERT_TRUE(activity);
    ASSERT_EQ(activity->periods.size(), 1U);
    EXPECT_EQ(activity->periods[0].before->months_advanced(), 0U);
    EXPECT_EQ(activity->periods[0].after.months_advanced(), 1U);

    const Before nothing({});
    const auto opened =
        activity_of(chain.side.chain(), chain.side.tip()->height(), {"", "", nothing, chain.side});
    ASSERT_EQ(opened->periods.size(), 1U);
    EXPECT_FALSE(opened->periods[0].before.has_value());
}

TEST_F(Activity, OfWhatCannotBeDecodedIsDamage) {
    for (const auto& [block, receipts] : {std::pair<Bytes, Bytes>("\xff", ""), {"", "\xff"}}) {
        const auto activity = activity_of(chain.side.chain(), 1, {block, receipts, chain.side, chain.side});
        ASSERT_FALSE(activity);
        EXPECT_EQ(activity.error().code, Code::store_damaged);
    }
    proto::Block block;
    block.add_transactions("no receipt");
    EXPECT_FALSE(activity_of(chain.side.chain(), 1, {block.SerializeAsString(), "", chain.side, chain.side}));
}

}  // namespace
}  // namespace pcq::node
