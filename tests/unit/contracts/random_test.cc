// Goal: whatever people, organisations and thieves send in whatever order, over two periods that overlap,
// quota and cash are conserved after every block, nothing is negative, nobody sells what is needed, both
// chains agree, and both periods are settled in the end. Method: one seed decides every action, valid or not;
// every block's state is summed up anew (invariants.h), and a refused action must leave the state root of the
// one before. PCQ_SEED=n replays one seed.
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "src/crypto/hash.h"
#include "tests/unit/contracts/fixture.h"
#include "tests/unit/contracts/random_emissions.h"
#include "tests/unit/contracts/random_governance.h"
#include "tests/unit/contracts/random_life.h"
#include "tests/unit/contracts/random_market.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

constexpr std::uint64_t kSeeds = 12;
constexpr int kSteps = 1'500;
constexpr int kAttestations = 40;
constexpr Period kYears[] = {2013, 2014};

class World {
public:
    explicit World(std::uint64_t seed)
        : random_(seed), chain_({.settlement_per_block = 1 + static_cast<std::uint32_t>(below(4))}) {
        for (int i = 0; i < 9; ++i) people_.push_back(chain_.side.wallet("person " + std::to_string(i)));
        for (std::size_t i = 0; i < 5; ++i) join_chain(i);
        act(chain_.platform, costs());
        open(kYears[0]);
        issue(chain_.main_government, kYears[0]);
    }

    void step() {
        act_at_random();
        EXPECT_EQ(kCashTotals.find_or_default(chain_.side, Only()).held_uy(), booked_);
    }

    // Everything that is still open is brought to its end, and both chains tell the same story.
    void finish() {
        for (const Period period : kYears) {
            if (!kPeriods.contains(chain_.main, period)) open(period);
        }
        for (const Period period : kYears) end(period);
        for (const Period period : kYears) expect_settled(period);
        for (int i = 0; i < kAttestations; ++i) attest_at_random(*this);
    }

    // The period is closed and settled on both chains.
    void end(Period period) {
        for (auto record = *kPeriods.find(chain_.main, period); record.months_advanced() < record.months();
             record = *kPeriods.find(chain_.main, period))
            chain_.main.must(chain_.main_government, advance_period(period, record.months_advanced() + 1));
        if (kPeriods.find(chain_.main, period)->phase() == proto::PERIOD_PHASE_TRUE_UP)
            chain_.main.must(chain_.main_government, close_period(period));
        chain_.relay();
        chain_.side.finish_work();
        chain_.relay();
    }

    // How often each code was the answer.
    const std::map<Code, int>& fates() const { return fates_; }
    // How often each action did what it says.
    const std::map<std::string, int>& done() const { return done_; }
    proto::BookRecord book(Period period) const { return kBooks.find_or_default(chain_.side, period); }

    // For the parts of a run that have files of their own (random_*.h).
    std::int64_t below(std::int64_t bound) {
        return std::uniform_int_distribution<std::int64_t>(0, bound - 1)(random_);
    }
    bool chance(std::int64_t one_in) { return below(one_in) == 0; }
    Period year() { return kYears[below(2)]; }
    client::Wallet& person() { return people_[static_cast<std::size_t>(below(registered_))]; }
    client::Wallet& anybody() {
        client::Wallet* all[] = {&person(),    &chain_.government, &chain_.platform,
                                 &chain_.bank, &chain_.meter,      &chain_.anyone};
        return *all[below(6)];
    }
    client::Wallet& meter() { return chance(3) ? chain_.transport : chain_.meter; }

    // A block of this alone. Frozen people sign nothing.
    template <class Action>
    void act(client::Wallet& by, const Action& action) {
        last_ = Code::internal;
        if (ledger::kAccounts.find(chain_.side, by.account())->status() != proto::ACCOUNT_STATUS_OPEN) return;
        act_on(chain_.side, by, action);
    }
    template <class Action>
    void act_on(TestLedger& ledger, client::Wallet& by, const Action& action) {
        if (ledger.has_work() || a_freeze_ends(ledger) || decides_next(ledger) || orders_expire(ledger)) {
            last_ = *code_from_number(ledger.run(by, action).code());
        } else {
            const auto attempt = ledger.attempt(by, action);
            last_ = attempt.code;
            EXPECT_TRUE(attempt.code == Code::ok || attempt.only_sequence_changed) << name(attempt.code);
        }
        EXPECT_NE(last_, Code::internal);
        ++fates_[last_];
        if (last_ == Code::ok) ++done_[Action::descriptor()->name()];
    }

    // What is sold or on offer is not what the reported emissions need.
    void expect_kept_what_is_needed(const client::Wallet& who, Period period) const {
        const auto record = chain_.period(period);
        const auto holding = chain_.holding(who, period);
        const auto emitted = kEmissions.find_or_default(chain_.side, {who.account(), period}).emitted_g();
        const auto claimed = holding.issued_g() - holding.converted_g();
        EXPECT_LE(holding.sold_g() + holding.escrow_g() + holding.clawed_back_g() + emitted,
                  claimed * record.months_advanced() / record.months() + holding.converted_g())
            << "sold or offered what the reported emissions need";
    }

private:
    std::mt19937_64 random_;

public:
    TestChain chain_;
    Code last_ = Code::ok;
    std::vector<std::pair<client::Wallet*, const client::Wallet*>> friends_;  // who trusts whom

private:
    void act_at_random() {
        switch (below(31)) {
            case 0:
                return government_acts();
            case 1:
            case 2:
                return relay_some();
            case 3:
            case 4:
                return claim();
            case 5:
            case 6:
                return report_at_random(*this);
            case 7:
                return correct_at_random(*this);
            case 8:
            case 9:
                return move_money();
            case 10:
                return act(person(), join_market(year(), MicroYuan(below(4'000'000))));
            case 11:
            case 12:
            case 13:
                return sell();
            case 14:
            case 15:
                return act(chance(8) ? anybody() : person(), buy_quota(year(), Grams(1 + below(3'000))));
            case 16:
            case 17:
                return administer();
            case 18:
                return steal();
            case 19:
                return anchor();
            case 20:
            case 21:
            case 22:
                return live_at_random(*this);
            case 23:
            case 24:
            case 25:
                return bargain_at_random(*this);
            case 26:
            case 27:
                return credit_at_random(*this);
            case 28:
            case 29:
                return govern_at_random(*this);
            default:
                return idle();
        }
    }

    static proto::PostCosts costs() {
        proto::PostCosts action;
        action.set_op_cost_uy_per_kg(10'001);
        action.set_chain_cost_uy_per_kg(777);
        return action;
    }
    static proto::Policy rules(Period period) {
        auto rules = policy();
        rules.set_offset_ratio_ppb(333'333'333);
        rules.set_banking_ratio_ppb(500'000'001);
        rules.set_penalty_uy_per_kg(20'000'001);  // so that cash does not always cover it
        rules.set_borrowing_ratio_ppb(50'000'003);
        rules.set_borrowing_interest_ppb(100'000'007);
        rules.set_instalments(7);
        rules.set_instalment_ms(3'001);
        rules.set_credit_rate_ppb(700'000'001);
        rules.set_credit_cap_ppb(200'000'000);
        if (period == 2014) {  // fees of the model, one side paid by the other
            auto& model = *rules.mutable_fee_model();
            model.set_ask_price_nano(1'000'000'000);
            model.set_cross_d_nano(100'000'000);
            model.set_cross_s_nano(500'000'000);
            model.set_value_unit_uy(500'001);
        }
        rules.set_trade_fee_cap_uy(200);
        rules.set_price_change_ppb(400'000'000);
        return rules;
    }

    void open(Period period) {
        act_on(chain_.main, chain_.main_government,
               open_period(period, 1'000'000_g, period == 2013 ? 3 : 2, rules(period)));
    }

    void join_chain(std::size_t index) {
        act(chain_.platform, registration(chain_.side, chain_.platform, "person " + std::to_string(index)));
        if (last_ == Code::ok) ++registered_;
    }

    void government_acts() {
        const Period period = kPeriods.contains(chain_.main, kYears[0]) ? year() : kYears[0];
        auto& by = chance(10) ? chain_.main_anyone : chain_.main_government;
        const auto known = kPeriods.find(chain_.main, period);
        switch (known ? below(6) : 0) {
            case 0:
                return open(period);
            case 1:
            case 2:
            case 3:
                return issue(by, period);
            case 4:
                return act_on(chain_.main, by,
                              advance_period(period, known->months_advanced() + (chance(5) ? 2 : 1)));
            default:
                return act_on(chain_.main, by, close_period(period));
        }
    }

    void issue(client::Wallet& by, Period period) {
        std::vector<client::Allotment> list;
        for (const auto& who : people_) list.push_back({who.account(), Grams(below(40'000))});
        list.insert(list.begin() + below(9), {chain_.platform.account(), 1'000_g});
        const auto plan = *client::IssuancePlan::from(chain_.side.chain(), period, list);
        act_on(chain_.main, by, plan.batch({"equal"}));
        if (last_ == Code::ok) plans_[period].push_back(plan);
    }

    void relay_some() {
        const bool down = chance(2);
        auto& from = down ? chain_.main : chain_.side;
        auto& to = down ? chain_.side : chain_.main;
        auto& carrier = down ? chain_.anyone : chain_.main_anyone;
        auto action = chain_.messages(from, to, static_cast<std::size_t>(1 + below(4)));
        if (action.messages_size() == 0) return;
        if (chance(4)) {
            auto proof = action.messages(0).proof();
            proof[static_cast<std::size_t>(below(static_cast<std::int64_t>(proof.size())))] ^= 1;
            action.mutable_messages(0)->set_proof(proof);
            act_on(to, carrier, action);
            EXPECT_NE(last_, Code::ok) << "a proof with a flipped bit";
            return;
        }
        act_on(to, carrier, action);
        EXPECT_EQ(last_, Code::ok) << "a true message must be taken";
    }

    void claim() {
        const Period period = year();
        if (plans_[period].empty()) return;
        const auto batch =
            static_cast<std::uint32_t>(below(static_cast<std::int64_t>(plans_[period].size())));
        const auto& plan = plans_[period][batch];
        const auto record = kBatches.find(chain_.side, {chain_.side.chain(), period, batch});
        auto first = static_cast<std::size_t>(record ? record->claimed() : 0);
        if (chance(5)) first = static_cast<std::size_t>(below(static_cast<std::int64_t>(plan.size())));
        if (first >= plan.size()) return;
        auto action = plan.claim(batch, first, static_cast<std::size_t>(1 + below(6)));
        const bool forged = chance(6);
        if (forged) action.mutable_leaves(0)->set_grams(action.leaves(0).grams() + 1);
        act(anybody(), action);
        EXPECT_FALSE(forged && last_ == Code::ok);
    }

    void move_money() {
        const std::int64_t amount = 1 + below(6'000'000);
        auto& to = chance(3) ? chain_.platform : person();
        auto& by = chance(8) ? anybody() : chain_.bank;
        const std::string reference = std::to_string(below(1'000));
        if (chance(2)) {
            proto::Deposit action;
            action.set_account(to.account().bytes());
            action.set_amount_uy(amount);
            action.set_reference(reference);
            act(by, action);
            if (last_ == Code::ok) booked_ += amount;
        } else if (chance(3)) {
            proto::Withdraw action;
            action.set_amount_uy(amount);
            action.set_reference(reference);
            act(by, action);
            if (last_ == Code::ok) booked_ -= amount;
        } else if (chance(2)) {
            repay_at_random(*this);
        } else {
            proto::TransferCash action;
            action.set_to((chance(2) ? chain_.bank : to).account().bytes());
            action.set_amount_uy(amount);
            act(person(), action);
        }
    }

    void sell() {
        const Period period = year();
        auto& who = chance(8) ? anybody() : person();
        act(who, sell_surplus(period, Grams(1 + below(8'000))));
        if (last_ != Code::ok) return;
        expect_kept_what_is_needed(who, period);
    }

    void administer() {
        const Bytes account = anybody().account().bytes();
        auto& by = chance(6) ? anybody() : chain_.government;
        if (chance(4) && registered_ < 9) return join_chain(static_cast<std::size_t>(registered_));
        if (chance(2)) {
            proto::UnfreezeAccount action;
            action.set_account(account);
            action.set_reason("random");
            return act(by, action);
        }
        if (chance(2)) {
            proto::CloseAccount action;
            action.set_account(account);
            action.set_reason("random");
            if (!chance(4)) action.set_heir((chance(8) ? anybody() : person()).account().bytes());
            if (closed_ >= 3) return;  // somebody has to stay
            act(by, action);
            if (last_ == Code::ok) ++closed_;
            return;
        }
        if (!chance(6)) return;
        proto::FreezeAccount action;
        if (chance(2))
            action.set_until_ms(chain_.side.tip()->time_ms() + static_cast<std::uint64_t>(below(90'000)));
        // Only people: a frozen meter would end the run's interest.
        action.set_account(person().account().bytes());
        action.set_reason("random");
        act(by, action);
    }

    // Each of these must fail, whatever the state.
    void steal() {
        auto& thief = person();
        if (chance(3)) {
            proto::Withdraw action;
            action.set_amount_uy(1);
            action.set_reference("theft");
            act(thief, action);
        } else if (chance(2)) {
            auto action = chain_.messages(chain_.main, chain_.side);
            action.set_certificate(chain_.main.certified_by({0, 1}).certificate);
            if (action.messages_size() == 0) return;
            act(thief, action);
        } else {
            act(thief, open_period(2013, 1'000_g, 1, rules(2013)));
        }
        EXPECT_NE(last_, Code::ok);
    }

    void anchor() {
        // The main chain is told first who certified this block; not of those who certify from the next on.
        for (const auto& [from_height, action] : chain_.side.successions()) {
            const auto known = kForeignChains.find(chain_.main, chain_.side.chain())->validators_from();
            if (from_height > known && from_height <= chain_.side.tip()->height())
                act_on(chain_.main, chain_.main_anyone, action);
        }
        if (kForeignChains.find(chain_.main, chain_.side.chain())->validators_from() >
            chain_.side.tip()->height())
            return;  // it knows those of the next block already, who have certified nothing
        const auto tip = chain_.side.certified();
        proto::SubmitAnchor action;
        action.set_header(tip.header);
        action.set_certificate(tip.certificate);
        act_on(chain_.main, chain_.main_anyone, action);
        const auto latest = kLatestAnchor.find(chain_.main, chain_.side.chain());
        ASSERT_TRUE(latest);
        EXPECT_EQ(latest->height(), chain_.side.tip()->height());
        EXPECT_EQ(latest->totals(), chain_.side.tip()->totals().SerializeAsString());
        for (const auto& vintage : chain_.side.tip()->totals().vintages()) {
            EXPECT_LE(
                vintage.issued_g(),
                kIssuance.find_or_default(chain_.main, {chain_.side.chain(), vintage.vintage()}).issued_g());
        }
    }

    void idle() {
        for (std::int64_t i = 0; i < 1 + below(4); ++i) chain_.side.block({});
    }

    void expect_settled(Period period) const {
        EXPECT_EQ(chain_.period(period).phase(), proto::PERIOD_PHASE_SETTLED);
        EXPECT_EQ(kPeriods.find(chain_.main, period)->phase(), proto::PERIOD_PHASE_SETTLED);
        const auto own = *kPeriodReports.find(chain_.side, {chain_.side.chain(), period});
        EXPECT_EQ(kPeriodReports.find(chain_.main, {chain_.side.chain(), period})->SerializeAsString(),
                  own.SerializeAsString());
        EXPECT_EQ(
            own.emitted_g() + own.obligation_g(),
            own.own_surrendered_g() + own.purchased_surrendered_g() + own.borrowed_g() + own.penalised_g());
        EXPECT_EQ(own.issued_g(), kVintageTotals.find_or_default(chain_.side, period).issued_g());
    }

    std::vector<client::Wallet> people_;
    std::int64_t registered_ = 0;
    std::map<Period, std::vector<client::IssuancePlan>> plans_;
    std::int64_t booked_ = 0;
    int closed_ = 0;
    std::map<Code, int> fates_;
    std::map<std::string, int> done_;
};

TEST(Contracts, ConserveQuotaAndCashUnderRandomActions) {
    const char* given = std::getenv("PCQ_SEED");
    const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
    const std::uint64_t last = given != nullptr ? first : kSeeds;
    std::map<Code, int> fates;
    std::map<std::string, int> done;
    std::uint64_t trades = 0;
    std::int64_t matched_g = 0;
    std::uint64_t changes = 0;      // of parameters
    std::uint64_t sets = 0;         // of validators, beside the first
    std::uint64_t conversions = 0;  // periods in which credits were converted
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        SCOPED_TRACE("PCQ_SEED=" + std::to_string(seed));
        World world(seed);
        for (int i = 0; i < kSteps && !HasFailure(); ++i) {
            if (i == kSteps * 2 / 3) world.end(kYears[0]);  // the rest meets a year that is settled
            world.step();
        }
        world.finish();
        if (HasFailure()) return;
        for (const auto& [code, times] : world.fates()) fates[code] += times;
        for (const auto& [action, times] : world.done()) done[action] += times;
        changes += kParameterCount.find(world.chain_.side, Only())->value() - 1;
        sets += kValidatorSetCount.find(world.chain_.side, Only())->value() - 1;
        for (const Period period : kYears) {
            trades += world.book(period).trades();
            conversions += kReserves.find_or_default(world.chain_.side, period).converted_g() > 0 ? 1u : 0u;
            matched_g += world.book(period).matched_g();
        }
    }
    if (given != nullptr) return;
    EXPECT_GE(changes, kSeeds) << "runs in which nothing is decided by vote";
    EXPECT_GE(sets, kSeeds / 2) << "runs in which the validators stay the same";
    EXPECT_GE(conversions, kSeeds) << "runs in which nobody converts credits";
    EXPECT_GE(trades, kSeeds) << "runs that do nothing show nothing";
    EXPECT_GE(matched_g, std::int64_t{200} * kSeeds) << "grams between people";
    EXPECT_GE(fates.size(), 35u) << "different answers";
    for (const char* action :
         {"RegisterUsers",     "FreezeAccount",     "UnfreezeAccount", "CloseAccount",   "AddTrusted",
          "RemoveTrusted",     "ProposeClawback",   "ApproveClawback", "OpenPeriod",     "IssueBatch",
          "AdvancePeriod",     "ClosePeriod",       "ClaimIssuance",   "TransferQuota",  "ReportEmissions",
          "ProposeCorrection", "ApproveCorrection", "Deposit",         "Withdraw",       "TransferCash",
          "RepayDebt",         "JoinMarket",        "SellSurplus",     "BuyQuota",       "DeliverMessages",
          "UpdateValidators",  "SubmitAnchor",      "PostService",     "PlaceOrder",     "CancelOrder",
          "IssueReserve",      "DisputeReading",    "RejectDispute",   "SetMethodology", "ReportAvoided",
          "ConvertCredits",    "ProposeChange",     "VoteOnChange",    "PauseMarket",    "ResumeMarket"})
        EXPECT_GE(done[action], 1) << action << " was never done; " << ::testing::PrintToString(done);
    EXPECT_GE(done["Attest"], 1);
}

}  // namespace
}  // namespace pcq::contracts::testing
