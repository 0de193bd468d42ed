// A person's year from proven records: read whole, and refused when it does not add up.
#include "src/audit/statement.h"

#include <functional>

#include <gmock/gmock.h>

#include "contracts/tables.h"

namespace pcq::audit {
namespace {

using testing::HasSubstr;

const AccountId kPerson = *AccountId::from(Bytes(32, 'p'));

// Emitted 1500 of 1000 issued, bought 200; a third of the excess of 500 may be offset, at 600'000 micro-yuan
// a kilogram for the rest.
Statement year() {
    Statement statement;
    statement.period.set_period(2013);
    statement.period.mutable_policy()->set_offset_ratio_ppb(300'000'000);
    statement.period.mutable_policy()->set_penalty_uy_per_kg(600'000);
    statement.account.set_number(7);
    statement.holding.set_issued_g(1000);
    statement.holding.set_purchased_g(200);
    statement.holding.set_surrendered_g(1150);
    statement.holding.set_expired_g(50);
    for (const std::int64_t grams : {700, 800}) statement.emissions.add_months()->set_grams(grams);
    statement.emissions.set_emitted_g(1500);
    auto& settled = statement.settlement.emplace();
    settled.set_emitted_g(1500);
    settled.set_issued_g(1000);
    settled.set_expired_g(50);
    settled.set_purchased_g(200);
    settled.set_own_surrendered_g(1000);
    settled.set_purchased_surrendered_g(150);
    settled.set_penalised_g(350);
    settled.set_penalty_paid_uy(200'000);
    settled.set_penalty_owed_uy(10'000);
    return statement;
}

std::vector<std::optional<Bytes>> records(const Statement& statement) {
    return {ledger::encode(statement.period),
            ledger::encode(statement.account),
            ledger::encode(statement.holding),
            ledger::encode(statement.emissions),
            ledger::encode(statement.cash),
            statement.settlement ? std::optional(ledger::encode(*statement.settlement)) : std::nullopt};
}

TEST(Statements, CountWhatIsOnOfferAsNotHeld) {
    Statement statement;
    statement.holding.set_issued_g(1000);
    statement.holding.set_escrow_g(400);
    EXPECT_TRUE(statement.held() == 600);
}

TEST(Statements, AreReadFromTheRecordsOfTheirKeysAndAddUp) {
    const auto statement = Statement::from(records(year()));
    ASSERT_TRUE(statement) << statement.error().message;
    EXPECT_EQ(statement->account.number(), 7u);
    EXPECT_EQ(statement->holding.purchased_g(), 200);
    EXPECT_EQ(statement->settlement->penalised_g(), 350);
    EXPECT_TRUE(statement->held() == 0);
    EXPECT_TRUE(check(*statement));
    EXPECT_EQ(Statement::keys(kPerson, 2013),
              (std::vector<Bytes>{contracts::kPeriods.key(2013), ledger::kAccounts.key(kPerson),
                                  contracts::kHoldings.key({kPerson, 2013}),
                                  contracts::kEmissions.key({kPerson, 2013}), contracts::kCash.key(kPerson),
                                  contracts::kSettlements.key({kPerson, 2013})}));
}

TEST(Statements, OfAPeriodThatIsNotSettledHaveNoSettlement) {
    Statement open = year();
    open.settlement.reset();
    const auto statement = Statement::from(records(open));
    ASSERT_TRUE(statement);
    EXPECT_FALSE(statement->settlement);
    EXPECT_TRUE(check(*statement));
}

TEST(Statements, NeedAPeriodAnAccountAndRecordsThatCanBeRead) {
    for (const std::size_t missing : {0u, 1u}) {
        auto some = records(year());
        some[missing].reset();
        EXPECT_EQ(Statement::from(some).error().code, Code::not_found);
    }
    for (std::size_t broken = 0; broken < 6; ++broken) {
        auto some = records(year());
        some[broken] = Bytes("\xff");
        EXPECT_EQ(Statement::from(some).error().code, Code::bad_encoding) << "record " << broken;
    }
    // Who neither held nor emitted anything has no such records.
    EXPECT_TRUE(check(*Statement::from({ledger::encode(year().period), ledger::encode(year().account),
                                        std::nullopt, std::nullopt, std::nullopt, std::nullopt})));
}

TEST(Statements, ThatDoNotAddUpSayWhichSumDiffers) {
    const std::pair<std::function<void(Statement&)>, const char*> wrongs[] = {
        {[](Statement& s) { s.emissions.mutable_months(0)->set_grams(701); }, "month by month"},
        {[](Statement& s) { s.holding.set_sold_g(1); }, "grams held"},
        {[](Statement& s) { s.cash.set_balance_uy(-1); }, "micro-yuan"},
        {[](Statement& s) { s.cash.set_escrow_uy(-1); }, "micro-yuan on offer"},
        {[](Statement& s) { s.settlement->set_emitted_g(1499); }, "emitted and settled"},
        {[](Statement& s) { s.settlement->set_issued_g(999); }, "issued and settled"},
        {[](Statement& s) { s.settlement->set_sold_g(1); }, "sold and settled"},
        {[](Statement& s) { s.settlement->set_purchased_g(201); }, "purchased and settled"},
        {[](Statement& s) { s.settlement->set_own_surrendered_g(1501); }, "own quota surrendered"},
        // Too little surrendered and the more penalised: the rest is nowhere, or lapsed while it was due.
        {[](Statement& s) {
             s.settlement->set_own_surrendered_g(900);
             s.settlement->set_penalised_g(450);
         },
         "own quota surrendered"},
        {[](Statement& s) {
             s.settlement->set_own_surrendered_g(900);
             s.settlement->set_expired_g(150);
             s.settlement->set_penalised_g(450);
         },
         "own quota surrendered"},
        {[](Statement& s) {
             s.settlement->set_purchased_surrendered_g(151);
             s.settlement->set_expired_g(49);
         },
         "offset with purchases"},
        {[](Statement& s) { s.settlement->set_penalised_g(349); }, "grams penalised"},
        {[](Statement& s) { s.settlement->set_borrowed_g(1); }, "grams borrowed"},
        {[](Statement& s) { s.settlement->set_obligation_next_g(1); }, "next period owes"},
        {[](Statement& s) { s.settlement->set_obligation_g(1); }, "grams penalised"},
        {[](Statement& s) { s.settlement->set_obligation_g(-1); }, "owed beside"},
        {[](Statement& s) { s.settlement->set_clawed_back_g(1); }, "taken back and settled"},
        {[](Statement& s) { s.settlement->set_banked_before_g(1); }, "own quota surrendered"},
        {[](Statement& s) { s.settlement->set_banked_before_g(-1); }, "banked before"},
        {[](Statement& s) { s.settlement->set_banked_g(1); }, "grams banked"},
        {[](Statement& s) { s.settlement->set_expired_g(49); }, "grams expired"},
        {[](Statement& s) {
             s.settlement->set_on_closing(true);
             s.settlement->set_heir(Bytes(32, 'h'));
         },
         "grams banked"},
        {[](Statement& s) { s.settlement->set_penalty_paid_uy(199'999); }, "penalty"},
        {[](Statement& s) { s.period.mutable_policy()->set_penalty_uy_per_kg(1); }, "penalty"},
    };
    for (const auto& [spoil, what] : wrongs) {
        Statement statement = year();
        spoil(statement);
        const auto holds = check(statement);
        ASSERT_FALSE(holds) << what;
        EXPECT_EQ(holds.error().code, Code::conservation_violated);
        EXPECT_THAT(holds.error().message, HasSubstr(what));
    }
}

TEST(Statements, ThatOverflowAreRefusedNotWrapped) {
    Statement statement = year();
    statement.settlement.reset();
    statement.holding.set_issued_g(INT64_MAX);
    statement.holding.set_purchased_g(INT64_MAX);
    EXPECT_EQ(check(statement).error().code, Code::conservation_violated);
    statement = year();
    for (auto& month : *statement.emissions.mutable_months()) month.set_grams(INT64_MAX);
    EXPECT_EQ(check(statement).error().code, Code::conservation_violated);
}

}  // namespace
}  // namespace pcq::audit
