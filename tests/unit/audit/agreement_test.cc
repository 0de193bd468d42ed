// Two chains held against each other: every lie that one of them tells of the other is named.
#include "src/audit/agreement.h"

#include <gmock/gmock.h>

#include "contracts/tables.h"
#include "src/audit/archive.h"
#include "tests/unit/audit/archive_fixture.h"

namespace pcq::audit {
namespace {

using testing::HasSubstr;

// A side chain of three blocks, and what the main chain says of it. Each is certified; what they say of each
// other a test may falsify.
struct Pair {
    ChainId main = genesis_of(proto::CHAIN_KIND_MAIN).chain;
    ChainId side = genesis_of(proto::CHAIN_KIND_SIDE).chain;
    ledger::StateChanges main_state;
    ledger::StateChanges side_state;
    proto::AnchorRecord anchor;  // of height 1
    proto::BatchRecord batch;
    proto::PeriodReport report;
    proto::ForeignChainRecord side_there;  // as the main chain has it
    proto::ForeignChainRecord main_there;
    Bytes accepted_header;  // of the side chain, in an anchor of the main chain; empty: that of height 1
};

class Agreeing : public Archives {
protected:
    Result<Agreement> verdict(const std::function<void(Pair&)>& change = {}) {
        Pair pair;
        const std::string number = std::to_string(++number_);
        pair.batch.set_total_g(1'000);
        pair.batch.set_count(2);
        pair.report.set_period(2013);
        pair.report.set_people(7);
        pair.side_there.set_received(1);
        pair.side_there.set_sent(1);
        pair.main_there = pair.side_there;
        {
            Writer side(path("side " + number), proto::CHAIN_KIND_SIDE);
            add_blocks(side, 1);
            pair.anchor.set_height(1);
            pair.anchor.set_header_hash(side.hash().bytes());
        }
        fill_anchor(pair, **open_store(path("side " + number), ""));
        if (change) change(pair);
        write(pair, number);
        const auto main = open_store(path("main " + number), "");
        const auto side = open_store(path("side " + number), "");
        EXPECT_TRUE(main && side);
        return check_agreement(**main, **side);
    }
    void expect_disagreement(const std::function<void(Pair&)>& change, const std::string& what) {
        const auto agreement = verdict(change);
        ASSERT_TRUE(agreement) << agreement.error().message;
        ASSERT_TRUE(agreement->disagreement) << what;
        EXPECT_EQ(agreement->disagreement->what, what) << to_text(*agreement->disagreement);
    }

private:
    static void fill_anchor(Pair& pair, const storage::ChainStore& store) {
        const auto header = **store.header(1);
        pair.anchor.set_state_root(header->state_root());
        pair.anchor.set_totals(header->totals().SerializeAsString());
        pair.accepted_header = header.bytes();
    }
    void write(Pair& pair, const std::string& number) {
        using namespace contracts;
        proto::OutboxRecord sent;
        *sent.mutable_period_report() = pair.report;
        pair.side_state.emplace(kOutbox.key({pair.main, 0}), ledger::encode(sent));
        pair.side_state.emplace(kForeignChains.key(pair.main), ledger::encode(pair.main_there));
        pair.side_state.emplace(kPeriodReports.key({pair.side, 2013}), ledger::encode(pair.report));
        proto::BatchRecord claimed = pair.batch;
        claimed.set_claimed(1);
        pair.side_state.emplace(kBatches.key({pair.side, 2013, 0}), ledger::encode(claimed));
        Writer side(path("side " + number), proto::CHAIN_KIND_SIDE);
        side.add(pair.side_state, proto::Totals());

        pair.main_state.emplace(kAnchors.key({pair.side, pair.anchor.height()}), ledger::encode(pair.anchor));
        pair.main_state.emplace(kForeignChains.key(pair.side), ledger::encode(pair.side_there));
        pair.main_state.emplace(kPeriodReports.key({pair.side, 2013}), ledger::encode(pair.report));
        pair.main_state.emplace(kBatches.key({pair.side, 2013, 0}), ledger::encode(pair.batch));
        proto::TransactionBody body;
        body.mutable_submit_anchor()->set_header(pair.accepted_header);
        proto::Transaction anchored;
        anchored.set_body(body.SerializeAsString());
        Writer main(path("main " + number), proto::CHAIN_KIND_MAIN);
        main.add(pair.main_state, proto::Totals(), {anchored.SerializeAsString()});
    }
    int number_ = 0;
};

TEST_F(Agreeing, FindsChainsThatAgree) {
    const auto agreement = verdict();
    ASSERT_TRUE(agreement) << agreement.error().message;
    EXPECT_FALSE(agreement->disagreement) << to_text(*agreement->disagreement);
    EXPECT_EQ(agreement->headers, 1u);
    EXPECT_EQ(agreement->anchors, 1u);
    EXPECT_EQ(agreement->newest_anchor, 1u);
    EXPECT_EQ(agreement->messages, 2u);
    EXPECT_EQ(agreement->batches, 1u);
    EXPECT_EQ(agreement->reports, 1u);
    EXPECT_EQ(agreement->beyond, 0u);
}

TEST_F(Agreeing, NamesWhatOneSaysFalselyOfTheOther) {
    using namespace contracts;
    expect_disagreement([](Pair& pair) { (*pair.anchor.mutable_header_hash())[0] ^= 1; }, "anchor");
    expect_disagreement([](Pair& pair) { (*pair.anchor.mutable_state_root())[0] ^= 1; }, "anchor");
    expect_disagreement([](Pair& pair) { pair.anchor.clear_totals(); }, "anchor");
    expect_disagreement(
        [](Pair& pair) {
            auto other = pair.report;
            other.set_people(8);
            pair.main_state[kPeriodReports.key({pair.side, 2013})] = ledger::encode(other);
        },
        "report");
    expect_disagreement(
        [](Pair& pair) {
            auto other = pair.report;
            other.set_people(8);
            pair.side_state[kPeriodReports.key({pair.side, 2013})] = ledger::encode(other);
        },
        "report");
    expect_disagreement(
        [](Pair& pair) {
            auto other = pair.batch;
            other.set_total_g(1'001);
            pair.side_state[kBatches.key({pair.side, 2013, 0})] = ledger::encode(other);
        },
        "batch");
    expect_disagreement([](Pair& pair) { pair.main_there.set_received(2); }, "message");
    expect_disagreement([](Pair& pair) { pair.side_there.set_received(2); }, "message");
}

// The validators have signed another block of the height for the main chain's eyes.
TEST_F(Agreeing, NamesASecondHistory) {
    expect_disagreement(
        [](Pair& pair) {
            proto::Header other;
            ASSERT_TRUE(other.ParseFromString(pair.accepted_header));
            other.set_time_ms(other.time_ms() + 1);
            pair.accepted_header = other.SerializeAsString();
        },
        "header");
}

TEST_F(Agreeing, CountsWhatIsAboveTheReplay) {
    const auto agreement = verdict([](Pair& pair) { pair.anchor.set_height(9); });
    ASSERT_TRUE(agreement);
    EXPECT_FALSE(agreement->disagreement);
    EXPECT_EQ(agreement->beyond, 1u);
}

TEST_F(Agreeing, IsAskedOfAMainChainAndItsSideChain) {
    { const Writer side(path("side"), proto::CHAIN_KIND_SIDE); }
    const auto store = *open_store(path("side"), "");
    EXPECT_EQ(check_agreement(*store, *store).error().code, Code::bad_argument);
}

}  // namespace
}  // namespace pcq::audit
