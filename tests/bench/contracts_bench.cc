// One handler of the contracts at a time: checking an action's fields and applying it to a state in memory,
// beside one signature check. Every action of the protocol has a line here.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include <benchmark/benchmark.h>

#include "contracts/chain.h"
#include "contracts/governance/validators.h"
#include "contracts/registry/registry.h"
#include "src/client/actions.h"
#include "src/crypto/hash.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

constexpr Period kYear = 2013;
constexpr int kPeople = 40;
constexpr std::int64_t kMonthly = 1'000'000;  // of quota, to each

// A town in the middle of a year, with a market, orders, proposals, a debtor and something unclaimed.
class BusyTown {
public:
    BusyTown() : chain_({.registration_fee_uy = 1'000}) {
        for (int i = 0; i < kPeople; ++i) chain_.person(name(i));
        post();
        auto rules = policy();
        rules.set_instalments(12);
        rules.set_instalment_ms(1);
        rules.set_credit_rate_ppb(500'000'000);
        rules.set_credit_cap_ppb(100'000'000);
        chain_.open(kYear - 1, 1, rules);
        chain_.report(kYear - 1, 1, {{&person(2), Grams(kMonthly)}});
        chain_.advance(kYear - 1, 1);
        chain_.settle(kYear - 1);  // person 2 owes a penalty
        chain_.open(kYear, 2, rules);
        issue();
        market();
    }

    TestChain& chain() { return chain_; }
    client::Wallet& person(int number) { return chain_.person(name(number)); }
    const Hash& order() const { return order_; }
    const client::IssuancePlan& unclaimed() const { return *unclaimed_; }

private:
    static std::string name(int number) { return "person " + std::to_string(number); }

    void post() {
        proto::PostCosts costs;
        costs.set_op_cost_uy_per_kg(10'000);
        costs.set_chain_cost_uy_per_kg(5'000);
        chain_.side.must(chain_.platform, costs);
        proto::PostService service;
        service.set_service_level_nano(1'000'000'000);
        service.set_service_cost_nano(1);
        chain_.side.must(chain_.platform, service);
        chain_.deposit(chain_.platform, MicroYuan(1'000'000'000));
    }

    void issue() {
        std::vector<Share> shares;
        for (int i = 0; i < kPeople; ++i) shares.push_back({&person(i), Grams(2 * kMonthly)});
        chain_.issue(kYear, shares);
        unclaimed_ = *client::IssuancePlan::from(
            chain_.side.chain(), kYear, {{person(0).account(), 1'000_g}, {person(1).account(), 1'000_g}});
        chain_.main.must(chain_.main_government, unclaimed_->batch({"equal"}));
        chain_.relay();
    }

    // Even numbers spare 300 kg, odd ones lack as much.
    void market() {
        std::vector<Share> readings;
        for (int i = 0; i < kPeople; ++i)
            readings.push_back({&person(i), Grams(kMonthly + (i % 2 == 0 ? -300'000 : 300'000))});
        chain_.report(kYear, 1, readings);
        chain_.advance(kYear, 1);
        for (int i = 0; i < kPeople; ++i) {
            if (i != 2) chain_.deposit(person(i), 100'000'000_uy);
            chain_.join(kYear, person(i));
        }
        for (int i = 4; i < kPeople; i += 2) chain_.sell(kYear, person(i), 50'000_g);
        const auto price = *kEpochs.find(chain_.side, {kYear, 1});
        const PricePerKg low(price.buy_price_uy_per_kg());
        const PricePerKg high(price.sell_price_uy_per_kg());
        for (int i = 4; i < kPeople; ++i) {
            const bool sells = i % 2 == 0;
            const auto receipt = chain_.side.must(
                person(i), place_order(kYear, sells ? proto::MARKET_SIDE_SUPPLY : proto::MARKET_SIDE_DEMAND,
                                       10'000_g, sells ? high : low));
            if (i == 6) order_ = *Hash::from(receipt.transaction());
        }
    }

    TestChain chain_;
    Hash order_;
    std::optional<client::IssuancePlan> unclaimed_;
};

struct Case {
    std::string name;
    const TestLedger* on = nullptr;
    ledger::VerifiedTransaction transaction;
};

class Cases {
public:
    Cases() {
        people();
        organisations();
        credits();
        government();
        votes();
        bridge();
    }
    const std::vector<Case>& all() const { return cases_; }

private:
    template <class Action>
    void add(TestLedger& on, client::Wallet& by, const Action& action) {
        auto transaction = on.sign(by, action);
        const auto* oneof = proto::TransactionBody::descriptor()->FindOneofByName("action");
        const auto* field =
            transaction->body().GetReflection()->GetOneofFieldDescriptor(transaction->body(), oneof);
        cases_.push_back({field->name(), &on, std::move(transaction)});
    }

    void people();
    void organisations();
    void credits();
    void government();
    void votes();
    void bridge();

    BusyTown town_;
    TestChain& chain_ = town_.chain();
    TestLedger& side_ = chain_.side;
    TestLedger& main_ = chain_.main;
    std::vector<Case> cases_;
};

void Cases::people() {
    add(side_, town_.person(0), sell_surplus(kYear, 1'000_g));
    add(side_, town_.person(1), buy_quota(kYear, 1'000_g));
    const auto epoch = *kEpochs.find(side_, {kYear, 1});
    add(side_, town_.person(0),
        place_order(kYear, proto::MARKET_SIDE_SUPPLY, 1'000_g, PricePerKg(epoch.sell_price_uy_per_kg())));
    add(side_, town_.person(6), cancel_order(town_.order()));
    auto& late = chain_.person("late");
    chain_.deposit(late, 1'000'000_uy);
    add(side_, late, join_market(kYear, 1'000'000_uy));

    proto::AddTrusted trust;
    trust.set_account(town_.person(1).account().bytes());
    add(side_, town_.person(3), trust);
    side_.must(town_.person(0), trust);
    proto::RemoveTrusted distrust;
    distrust.set_account(trust.account());
    add(side_, town_.person(0), distrust);
    proto::TransferQuota give;
    give.set_period(kYear);
    give.set_to(trust.account());
    give.set_grams(1'000);
    add(side_, town_.person(0), give);
    proto::TransferCash pay;
    pay.set_to(trust.account());
    pay.set_amount_uy(1'000);
    add(side_, town_.person(0), pay);
    proto::RepayDebt repay;
    repay.set_period(kYear - 1);
    repay.set_amount_uy(1);
    chain_.deposit(town_.person(2), 10_uy);
    add(side_, town_.person(2), repay);
    proto::RotateKeys rotate;
    const auto key = *crypto::SigningKey::generate(crypto::KeyType::ed25519);
    auto& entry = *rotate.add_keys();
    entry.set_type(static_cast<proto::KeyType>(key.public_key().type()));
    entry.set_data(Bytes(key.public_key().data()));
    rotate.set_threshold(1);
    const AccountId self = town_.person(0).account();
    rotate.add_possessions(key.sign(registry::possession_digest(side_.chain(), self, self)));
    add(side_, town_.person(0), rotate);
    add(side_, chain_.anyone, town_.unclaimed().claim(1, 0, 1));
}

void Cases::organisations() {
    add(side_, chain_.platform, registration(side_, chain_.platform, "newcomer"));
    proto::PostCosts costs;
    costs.set_op_cost_uy_per_kg(1);
    add(side_, chain_.platform, costs);
    proto::PostService service;
    service.set_service_cost_nano(1);
    add(side_, chain_.platform, service);
    add(side_, chain_.meter, readings(kYear, 2, {{&town_.person(0), 1'000_g}}));
    side_.must(chain_.meter, correction(kYear, 1, town_.person(1), 1'000_g));
    add(side_, chain_.meter, correction(kYear, 1, town_.person(0), 1'000_g));
    proto::Deposit deposit;
    deposit.set_account(town_.person(0).account().bytes());
    deposit.set_amount_uy(1);
    deposit.set_reference("benchmark");
    add(side_, chain_.bank, deposit);
    deposit.set_account(chain_.bank.account().bytes());
    deposit.set_reference("to be paid out");
    side_.must(chain_.bank, deposit);
    proto::Withdraw withdraw;
    withdraw.set_amount_uy(1);
    withdraw.set_reference("benchmark");
    add(side_, chain_.bank, withdraw);
    side_.must(chain_.auditor, attestation_of(main_));
    add(side_, chain_.auditor, attestation_of(side_));
}

void Cases::credits() {
    add(side_, chain_.government, set_methodology("metro", 1));
    side_.must(chain_.government, set_methodology("subway", 515'500));
    side_.must(chain_.transport, avoided(kYear, 2, "subway", 1, {{&town_.person(0), 100, "monday"}}));
    add(side_, chain_.transport, avoided(kYear, 2, "subway", 1, {{&town_.person(0), 1, "tuesday"}}));
    add(main_, chain_.main_government, issue_reserve(side_, kYear, 1'000'000_g));
    main_.must(chain_.main_government, issue_reserve(side_, kYear, 1'000'000_g));
    chain_.relay();
    add(side_, town_.person(0), convert_credits(kYear, 1'000_g));
    add(main_, chain_.main_government, client::equal_per_head("newer", 1'000_g));
}

void Cases::government() {
    proto::ApproveCorrection approve;
    approve.set_correction(1);
    add(side_, chain_.government, approve);
    add(side_, town_.person(1), dispute_reading(chain_.meter, kYear, 1));
    side_.must(town_.person(0), dispute_reading(chain_.meter, kYear, 1));
    proto::RejectDispute reject;
    reject.set_dispute(1);
    reject.set_reason("benchmark");
    add(side_, chain_.government, reject);
    proto::ProposeClawback claw;
    claw.set_account(town_.person(0).account().bytes());
    claw.set_period(kYear);
    claw.set_grams(1'000);
    claw.set_legal_reference("law");
    claw.set_reason("benchmark");
    add(side_, chain_.government, claw);
    side_.must(chain_.government, claw);
    proto::ApproveClawback clawed;
    clawed.set_clawback(1);
    add(side_, chain_.authority, clawed);
    proto::FreezeAccount freeze;
    freeze.set_account(town_.person(8).account().bytes());
    freeze.set_reason("benchmark");
    add(side_, chain_.government, freeze);
    freeze.set_account(town_.person(10).account().bytes());
    side_.must(chain_.government, freeze);
    proto::UnfreezeAccount unfreeze;
    unfreeze.set_account(freeze.account());
    unfreeze.set_reason("benchmark");
    add(side_, chain_.government, unfreeze);
    proto::CloseAccount close;
    close.set_account(town_.person(12).account().bytes());
    close.set_heir(town_.person(14).account().bytes());
    close.set_reason("benchmark");
    add(side_, chain_.government, close);

    add(main_, chain_.main_government, open_period(kYear + 1, 1'000'000_g, 12));
    add(main_, chain_.main_government, town_.unclaimed().batch({"equal"}));
    add(main_, chain_.main_government, advance_period(kYear, 2));
}

void Cases::votes() {
    const auto change =
        propose_change(kChain.find(side_, Only())->parameters(), side_.tip()->height() + 1'000);
    add(side_, chain_.voter(side_, 0), change);
    side_.must(chain_.voter(side_, 0), change);
    add(side_, chain_.voter(side_, 1), vote(1, true));
    add(side_, chain_.platform, pause_market(side_.tip()->time_ms() + 1'000'000));
    static TestChain paused;
    paused.side.must(paused.government, pause_market(paused.side.tip()->time_ms() + 1'000'000));
    add(paused.side, paused.government, resume_market());
}

// The last two months' worth: closing needs the year to be over.
void Cases::bridge() {
    static TestChain other({.register_side = false});
    add(other.main, other.main_government, registration(other.side));
    static TestChain ended;
    ended.open(kYear);
    ended.main.must(ended.main_government, advance_period(kYear, 1));
    add(ended.main, ended.main_government, close_period(kYear));
    add(ended.side, ended.anyone, ended.messages(ended.main, ended.side, 1));
    proto::SubmitAnchor anchor;
    const auto tip = ended.side.certified();
    anchor.set_header(tip.header);
    anchor.set_certificate(tip.certificate);
    add(ended.main, ended.main_anyone, anchor);

    static TestChain renewed;
    renewed.side.know("fresh");
    const auto fresh = key_of("fresh");
    proto::ProposeChange change;
    auto& added = *change.mutable_change()->mutable_validators()->add_add();
    fill(*added.mutable_public_key(), fresh.public_key());
    added.set_name("fresh");
    added.set_possession(fresh.sign(registry::possession_digest(
        renewed.side.chain(), renewed.anyone.account(), crypto::account_of(fresh.public_key()))));
    change.set_activate_height(renewed.side.tip()->height() + 20);
    change.set_reason("benchmark");
    renewed.decide(renewed.side, change);
    proto::UpdateValidators update;
    const auto last = renewed.side.certified();
    update.set_header(last.header);
    update.set_certificate(last.certificate);
    *update.mutable_validators() = governance::validators(renewed.side).fields();
    add(renewed.main, renewed.main_anyone, update);
}

void apply(benchmark::State& state, const Case& one) {
    const auto& contracts = one.on->contracts();
    const auto& body = one.transaction->body();
    const ledger::BlockContext block{one.on->chain(), one.on->tip()->height() + 1,
                                     Instant{static_cast<std::int64_t>(one.on->tip()->time_ms()) + 1}};
    const auto record = *ledger::kAccounts.find(*one.on, one.transaction->account());
    for (auto _ : state) {
        ledger::Overlay overlay(*one.on);
        ledger::Context context{block, one.transaction->account(), record, one.transaction->hash(), overlay};
        const auto valid = contracts.validate(body);
        if (!valid) return state.SkipWithError(valid.error().message.c_str());
        const auto done = contracts.apply(context, body);
        if (!done) return state.SkipWithError(done.error().message.c_str());
    }
}

void verify_signature(benchmark::State& state) {
    const auto key = *crypto::SigningKey::generate(crypto::KeyType::ed25519);
    const Hash digest = crypto::sha256({"something signed"});
    const Bytes signature = key.sign(digest);
    for (auto _ : state) {
        if (!crypto::verify(key.public_key(), digest, signature)) return state.SkipWithError("does not hold");
    }
}

// An action without a case ends the program: this page would keep silent about it.
bool registered() {
    static const Cases cases;
    std::set<std::string> missing;
    const auto* oneof = proto::TransactionBody::descriptor()->FindOneofByName("action");
    for (int i = 0; i < oneof->field_count(); ++i) missing.insert(oneof->field(i)->name());
    benchmark::RegisterBenchmark("verify_signature", verify_signature)->Unit(benchmark::kMicrosecond);
    for (const auto& one : cases.all()) {
        missing.erase(one.name);
        benchmark::RegisterBenchmark(one.name.c_str(), [&one](benchmark::State& state) {
            apply(state, one);
        })->Unit(benchmark::kMicrosecond);
    }
    for (const auto& name : missing) std::fprintf(stderr, "no benchmark of the action %s\n", name.c_str());
    // What the fixture expected and did not find, too.
    if (!missing.empty() || ::testing::UnitTest::GetInstance()->Failed()) std::exit(1);
    return true;
}

const bool kRegistered = registered();

}  // namespace
}  // namespace pcq::contracts::testing
