// What a block's receipts and records become in the tables, row by row.
#include "src/audit/rows.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "contracts/chain.h"
#include "contracts/tables.h"
#include "src/base/address.h"
#include "tests/unit/audit/fixture.h"

namespace pcq::audit {
namespace {

// The rows of block 0 with these events in a receipt, and a holding that it left.
class OneBlock : public testing::Test {
protected:
    AccountId who(char name) const { return *AccountId::from(Bytes(AccountId::kSize, name)); }
    proto::Event& event() { return *receipt_.add_events(); }
    void holding(const AccountId& account, const proto::HoldingRecord& record) {
        block_.executed.changes[contracts::kHoldings.key({account, 2026})] = ledger::encode(record);
    }
    // Of one table, without chain and height.
    std::vector<Row> rows(const std::string& table) {
        auto& receipts = block_.executed.receipts;
        receipts.assign(1, ledger::encode(receipt_));
        std::vector<Row> found;
        for (auto& row : rows_of_genesis(genesis_, block_).rows) {
            if (tables()[row.table].name != table) continue;
            EXPECT_EQ(row.row.size(), tables()[row.table].columns.size()) << table;
            found.emplace_back(row.row.begin() + 2, row.row.end());
        }
        return found;
    }
    Cell time() const { return static_cast<std::int64_t>(block_.header->time_ms()); }

    const ledger::Genesis genesis_ = genesis_of(proto::CHAIN_KIND_SIDE);
    ledger::GenesisBlock block_ =
        *ledger::make_genesis(*contracts::contracts_of(proto::CHAIN_KIND_SIDE), genesis_);
    proto::Receipt receipt_;
};

Cell number(std::int64_t value) {
    return value;
}

TEST_F(OneBlock, TellsWhoJoinedAndForWhichFee) {
    auto& joined = *event().mutable_joined_market();
    joined.set_period(2026);
    joined.set_account(who('a').bytes());
    joined.set_side(proto::MARKET_SIDE_SUPPLY);
    joined.set_fee_uy(-40);
    EXPECT_EQ(rows("joinings"), (std::vector<Row>{{number(0), number(0), number(2026), to_address(who('a')),
                                                   "sell", number(-40), time()}}));
}

TEST_F(OneBlock, TellsWhyAnOrderEndedAndWhatCameBack) {
    auto& ended = *event().mutable_order_ended();
    ended.set_order(Bytes(32, '\x01'));
    ended.set_account(who('a').bytes());
    ended.set_reason(proto::ORDER_END_STANDING);
    ended.set_returned_g(5);
    ended.set_returned_uy(6);
    std::string id;
    for (int byte = 0; byte < 32; ++byte) id += "01";
    EXPECT_EQ(rows("orders"), (std::vector<Row>{{number(0), number(0), "standing", id, to_address(who('a')),
                                                 Cell(), Cell(), number(5), Cell(), number(6), time()}}));
}

TEST_F(OneBlock, TellsWhatPassedBetweenAPersonAndTheGovernment) {
    auto& paid = *event().mutable_debt_paid();
    paid.set_period(2026);
    paid.set_account(who('a').bytes());
    paid.set_amount_uy(7);
    auto& refunded = *event().mutable_refunded();
    refunded.set_account(who('b').bytes());
    refunded.set_amount_uy(8);
    auto& taken = *event().mutable_clawed_back();
    taken.set_account(who('c').bytes());
    taken.set_taken_g(9);
    taken.set_taken_uy(10);
    EXPECT_EQ(rows("dues"), (std::vector<Row>{{number(0), number(0), "debt paid", number(2026),
                                               to_address(who('a')), Cell(), number(-7), time()},
                                              {number(0), number(1), "refunded", Cell(), to_address(who('b')),
                                               Cell(), number(8), time()},
                                              {number(0), number(2), "clawed back", Cell(),
                                               to_address(who('c')), number(9), number(-10), time()}}));
}

TEST_F(OneBlock, TellsOfQuotaThatWentToAnHeirAndOfTheHoldingItLeft) {
    auto& moved = *event().mutable_transferred();
    moved.set_period(2026);
    moved.set_from(who('a').bytes());
    moved.set_to(who('b').bytes());
    moved.set_grams(600);
    EXPECT_EQ(rows("transfers"),
              (std::vector<Row>{{number(0), number(0), "quota", number(2026), to_address(who('a')),
                                 to_address(who('b')), number(600), time()}}));
    proto::HoldingRecord left;
    left.set_issued_g(1'000);
    left.set_surrendered_g(400);
    left.set_passed_on_g(600);
    holding(who('a'), left);
    EXPECT_EQ(rows("holding_changes"),
              (std::vector<Row>{{to_address(who('a')), number(2026), number(1'000), number(0), number(0),
                                 number(400), number(0), number(0), number(600), number(0), number(0),
                                 number(0)}}));
}

}  // namespace
}  // namespace pcq::audit
