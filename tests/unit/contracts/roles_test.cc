// Who may do what: each action that needs a role, by everybody who does not have it.
#include <functional>

#include <gtest/gtest.h>

#include "src/client/actions.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

using Actor = std::pair<const char*, client::Wallet*>;
using Try = std::function<Attempt(client::Wallet&)>;

struct Guarded {
    const char* action;
    std::vector<std::string> allowed;
    Try attempt;
};

template <class Action>
Guarded guarded(TestLedger& on, const char* name, const std::vector<std::string>& allowed, Action action) {
    return {name, allowed, [&on, action](client::Wallet& by) { return on.attempt(by, action); }};
}

template <class Action>
Action about(const client::Wallet& who) {
    Action action;
    action.set_account(who.account().bytes());
    action.set_reason("reason");
    return action;
}

proto::Deposit deposit(const client::Wallet& who) {
    proto::Deposit action;
    action.set_account(who.account().bytes());
    action.set_amount_uy(1);
    action.set_reference("reference");
    return action;
}

proto::Withdraw withdraw() {
    proto::Withdraw action;
    action.set_amount_uy(1);
    action.set_reference("reference");
    return action;
}

proto::ProposeClawback clawback(const client::Wallet& who) {
    auto action = about<proto::ProposeClawback>(who);
    action.set_period(2013);
    action.set_grams(1);
    action.set_legal_reference("law");
    return action;
}

proto::ApproveClawback clawback_approval() {
    proto::ApproveClawback action;
    action.set_clawback(1);
    return action;
}

proto::RejectDispute rejection() {
    proto::RejectDispute action;
    action.set_dispute(1);
    action.set_reason("reason");
    return action;
}

proto::PostService posted_service() {
    proto::PostService action;
    action.set_service_cost_nano(1);
    return action;
}

proto::ApproveCorrection approval() {
    proto::ApproveCorrection action;
    action.set_correction(1);
    return action;
}

void expect_refused_to_others(const std::vector<Guarded>& guards, const std::vector<Actor>& actors) {
    for (const auto& guard : guards) {
        for (const auto& [who, wallet] : actors) {
            if (std::count(guard.allowed.begin(), guard.allowed.end(), who) != 0) continue;
            EXPECT_TRUE(refused(guard.attempt(*wallet), Code::not_authorised))
                << guard.action << " by " << who;
        }
    }
}

TEST(Roles, OfTheSideChainAreAskedForByEveryActionThatHasOne) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    const std::vector<Actor> actors = {{"government", &chain.government}, {"platform", &chain.platform},
                                       {"meter", &chain.meter},           {"bank", &chain.bank},
                                       {"auditor", &chain.auditor},       {"person", &ann},
                                       {"validator", &chain.anyone}};
    auto& side = chain.side;
    expect_refused_to_others(
        {
            guarded(side, "register users", {"platform", "government"},
                    registration(side, chain.platform, "new")),
            guarded(side, "freeze", {"government"}, about<proto::FreezeAccount>(ann)),
            guarded(side, "unfreeze", {"government"}, about<proto::UnfreezeAccount>(ann)),
            guarded(side, "close", {"government"}, about<proto::CloseAccount>(ann)),
            guarded(side, "report emissions", {"meter"}, readings(2013, 1, {{&ann, 1_g}})),
            guarded(side, "propose a correction", {"meter"}, correction(2013, 1, ann, 1_g)),
            guarded(side, "approve a correction", {"government"}, approval()),
            guarded(side, "reject a dispute", {"government"}, rejection()),
            guarded(side, "set a methodology", {"government"}, set_methodology("subway", 1'000)),
            guarded(side, "report what was avoided", {"meter"},
                    avoided(2013, 1, "subway", 1, {{&ann, 1, "monday"}})),
            guarded(side, "propose a claw-back", {"government"}, clawback(ann)),
            guarded(side, "approve a claw-back", {"government"}, clawback_approval()),
            guarded(side, "deposit", {"bank"}, deposit(ann)),
            guarded(side, "withdraw", {"bank"}, withdraw()),
            guarded(side, "post costs", {"platform"}, proto::PostCosts()),
            guarded(side, "post service", {"platform"}, posted_service()),
            guarded(side, "propose a change", {"validator"}, propose_version(2, side.tip()->height() + 500)),
            guarded(side, "vote", {"validator"}, vote(1, true)),
            guarded(side, "pause the market", {"government", "platform"},
                    pause_market(side.tip()->time_ms() + 3'600'000)),
            guarded(side, "resume the market", {"government"}, resume_market()),
            guarded(side, "attest", {"auditor"}, attestation_of(side)),
        },
        actors);
}

TEST(Roles, OfTheMainChainAreAskedForByEveryActionThatHasOne) {
    TestChain chain({.register_side = false});
    auto& main = chain.main;
    proto::IssueBatch batch;
    batch.set_period(2013);
    batch.set_side_chain(chain.side.chain().bytes());
    batch.set_merkle_root(Bytes(32, 'r'));
    batch.set_count(1);
    batch.set_total_g(1);
    batch.set_rule("equal");
    batch.set_rule_version(1);
    expect_refused_to_others(
        {
            guarded(main, "open a period", {}, open_period(2013, 1_g, 1)),
            guarded(main, "issue", {}, batch),
            guarded(main, "issue a reserve", {}, issue_reserve(chain.side, 2013, 1_g)),
            guarded(main, "set an allocation rule", {}, client::equal_per_head("equal", 1_g)),
            guarded(main, "advance", {}, advance_period(2013, 1)),
            guarded(main, "close", {}, close_period(2013)),
            guarded(main, "register a side chain", {}, registration(chain.side)),
            guarded(main, "freeze", {}, about<proto::FreezeAccount>(chain.main_anyone)),
            guarded(main, "unfreeze", {}, about<proto::UnfreezeAccount>(chain.main_anyone)),
        },
        {{"validator", &chain.main_anyone}, {"auditor", &chain.main_auditor}});
    expect_refused_to_others({guarded(main, "attest", {}, attestation_of(main))},
                             {{"validator", &chain.main_anyone}, {"government", &chain.main_government}});
}

TEST(Roles, DoNotTravelToAnotherChain) {
    TestChain chain;
    auto main_only = chain.main.wallet("platform");  // an organisation of the side chain alone
    const auto transaction = main_only.sign(open_period(2013, 1_g, 1), 100);
    const auto decoded = ledger::DecodedTransaction::from(transaction->bytes, chain.side.chain());
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, Code::transaction_wrong_chain);
}

}  // namespace
}  // namespace pcq::contracts::testing
