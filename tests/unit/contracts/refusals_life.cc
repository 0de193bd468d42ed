// How the refusals around a quota's life are provoked.
#include "src/client/actions.h"
#include "src/crypto/hash.h"
#include "tests/unit/contracts/refusals.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

proto::RepayDebt repay(MicroYuan amount) {
    proto::RepayDebt action;
    action.set_period(2013);
    action.set_amount_uy(amount.value());
    return action;
}

proto::TransferCash transfer(const client::Wallet& to, MicroYuan amount) {
    proto::TransferCash action;
    action.set_to(to.account().bytes());
    action.set_amount_uy(amount.value());
    return action;
}

proto::AddTrusted trust(const client::Wallet& who) {
    proto::AddTrusted action;
    action.set_account(who.account().bytes());
    return action;
}

Attempt freezes_full(TestChain& chain) {
    proto::FreezeAccount action;
    action.set_reason("reason");
    action.set_until_ms(chain.side.tip()->time_ms() + 10'000'000'000);
    for (int done = 0; done < 1'000;) {
        proto::RegisterUsers people;
        std::vector<ledger::VerifiedTransaction> freezes;
        for (; people.users_size() < 250; ++done) {
            const std::string name = "person " + std::to_string(done);
            *people.add_users() = client::new_user(chain.side.chain(), chain.platform.account(), key_of(name),
                                                   crypto::sha256({"identity of", name}));
            action.set_account(chain.side.wallet(name).account().bytes());
            freezes.push_back(chain.side.sign(chain.government, action));
        }
        chain.side.must(chain.platform, people);
        chain.side.block(freezes);
    }
    action.set_account(chain.person("ann").account().bytes());
    return chain.side.attempt(chain.government, action);
}

Attempt trusted_full(TestChain& chain) {
    auto& ann = chain.person("ann");
    for (int i = 0; i < 32; ++i) chain.side.must(ann, trust(chain.person(std::to_string(i))));
    return chain.side.attempt(ann, trust(chain.person("bob")));
}

Attempt trusted_already(TestChain& chain) {
    auto& ann = chain.person("ann");
    chain.side.must(ann, trust(chain.platform));
    return chain.side.attempt(ann, trust(chain.platform));
}

Attempt not_trusted(TestChain& chain) {
    proto::RemoveTrusted action;
    action.set_account(chain.platform.account().bytes());
    return chain.side.attempt(chain.person("ann"), action);
}

Attempt day_limit_exceeded(TestChain&) {
    static TestChain limited({.transfer_day_uy = 1});
    auto& ann = limited.person("ann");
    limited.deposit(ann, 2_uy);
    return limited.side.attempt(ann, transfer(limited.platform, 2_uy));
}

proto::ApproveClawback clawback_approval(std::uint64_t number) {
    proto::ApproveClawback action;
    action.set_clawback(number);
    return action;
}

Attempt clawback_unknown(TestChain& chain) {
    return chain.side.attempt(chain.government, clawback_approval(1));
}

Attempt clawback_done(TestChain& chain) {
    chain.open(2013);
    proto::ProposeClawback action;
    action.set_account(chain.person("ann").account().bytes());
    action.set_reason("reason");
    action.set_period(2013);
    action.set_amount_uy(1);
    action.set_legal_reference("law");
    chain.side.must(chain.government, action);
    chain.side.must(chain.authority, clawback_approval(1));
    return chain.side.attempt(chain.authority, clawback_approval(1));
}

Attempt period_in_grace(TestChain& chain) {
    auto rules = policy();
    rules.set_grace_ms(86'400'000);
    chain.open(2013, 1, rules);  // its deadline is the beginning of time
    return chain.side.attempt(chain.meter, readings(2013, 1, {{&chain.person("ann"), 1_g}}));
}

// Ann's cash did not cover 300,001 micro-yuan of penalty.
client::Wallet& debtor(TestChain& chain) {
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.report(2013, 1, {{&ann, 1'000_g}});
    chain.advance(2013, 1);
    chain.settle(2013);
    return ann;
}

Attempt debt_unknown(TestChain& chain) {
    return chain.side.attempt(chain.person("ann"), repay(1_uy));
}

Attempt debt_exceeded(TestChain& chain) {
    return chain.side.attempt(debtor(chain), repay(300'002_uy));
}

Attempt debt_overdue(TestChain& chain) {
    auto& ann = debtor(chain);
    chain.deposit(ann, 300'001_uy);
    return chain.side.attempt(ann, transfer(chain.platform, 1_uy));
}

Attempt settlement_final(TestChain& chain) {
    auto& ann = debtor(chain);
    chain.side.must(chain.meter, correction(2013, 1, ann, 1_g));
    chain.open(2014);
    chain.advance(2014, 1);
    chain.settle(2014);
    proto::ApproveCorrection approval;
    approval.set_correction(1);
    return chain.side.attempt(chain.government, approval);
}

}  // namespace

std::vector<Refusal> life_refusals() {
    return {
        REFUSAL(freezes_full),  REFUSAL(trusted_full),       REFUSAL(trusted_already),
        REFUSAL(not_trusted),   REFUSAL(day_limit_exceeded), REFUSAL(clawback_unknown),
        REFUSAL(clawback_done), REFUSAL(period_in_grace),    REFUSAL(debt_unknown),
        REFUSAL(debt_exceeded), REFUSAL(debt_overdue),       REFUSAL(settlement_final),
    };
}

}  // namespace pcq::contracts::testing
