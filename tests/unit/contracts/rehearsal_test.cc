// A rehearsal gives what settlement then gives, and a certificate of surrender proves what it says.
#include "src/audit/rehearsal.h"

#include <gtest/gtest.h>

#include "contracts/governance/validators.h"
#include "src/audit/statement.h"
#include "src/client/actions.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// How often a node would have been asked.
struct Reads {
    const TestLedger& ledger;
    int rounds = 0;

    audit::ReadRecords read() {
        return [this](const std::vector<Bytes>& keys) -> Result<std::vector<std::optional<Bytes>>> {
            ++rounds;
            std::vector<std::optional<Bytes>> values;
            for (const auto& key : keys) values.push_back(ledger.get(key));
            return values;
        };
    }
};

proto::Policy lending() {
    auto rules = policy();
    rules.set_borrowing_ratio_ppb(100'000'000);
    rules.set_borrowing_interest_ppb(50'000'000);
    rules.set_instalments(4);
    return rules;
}

// Two years with a debt, something banked, something borrowed and something claimed back.
struct Years {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& bob = chain.person("bob");
    client::Wallet& cyd = chain.person("cyd");

    Years() {
        chain.open(2013, 1, lending());
        chain.issue(2013, {{&ann, 1'000_g}, {&bob, 1'000_g}});
        chain.report(2013, 1, {{&ann, 1'300_g}, {&bob, 500_g}});
        chain.deposit(ann, 10'000_uy);
        chain.advance(2013, 1);
        chain.settle(2013);
        chain.open(2014, 1, lending());
        chain.issue(2014, {{&ann, 1'000_g}, {&bob, 1'000_g}, {&cyd, 700_g}});
        chain.report(2014, 1, {{&ann, 1'400_g}, {&bob, 900_g}, {&cyd, 100_g}});
        chain.deposit(ann, 70'000_uy);
        chain.advance(2014, 1);
    }
};

TEST(Rehearsals, GiveWhatSettlementThenGives) {
    Years years;
    std::map<const client::Wallet*, proto::SettlementRecord> rehearsed;
    const auto root = years.chain.side.tip()->state_root();
    for (const auto* who : {&years.ann, &years.bob}) {
        Reads reads{years.chain.side};
        const auto record = audit::rehearse(reads.read(), who->account(), 2014,
                                            {static_cast<std::int64_t>(years.chain.side.tip()->time_ms())});
        ASSERT_TRUE(record) << record.error().message;
        EXPECT_LE(reads.rounds, 5);
        rehearsed[who] = *record;
    }
    EXPECT_EQ(years.chain.side.tip()->state_root(), root);
    // Ann owes 105 g of 2013 and 60,001 micro-yuan less what was there; of Bob's 500 g left a quarter was
    // banked.
    EXPECT_EQ(rehearsed[&years.ann].obligation_g(), 105);
    EXPECT_EQ(rehearsed[&years.ann].borrowed_g(), 100);
    EXPECT_EQ(rehearsed[&years.bob].banked_before_g(), 125);

    years.chain.settle(2014);
    for (const auto* who : {&years.ann, &years.bob}) {
        auto real = *kSettlements.find(years.chain.side, {who->account(), 2014});
        real.clear_height();
        auto wanted = rehearsed[who];
        EXPECT_GT(real.settled_ms(), wanted.settled_ms());
        real.clear_settled_ms();
        wanted.clear_settled_ms();
        EXPECT_EQ(real.DebugString(), wanted.DebugString());
    }
}

TEST(Rehearsals, AreOfPeriodsThatAreNotSettled) {
    Years years;
    const auto fails = [&years](Period period) {
        Reads reads{years.chain.side};
        return audit::rehearse(reads.read(), years.ann.account(), period, {}).error().code;
    };
    EXPECT_EQ(fails(2013), Code::period_wrong_phase);
    EXPECT_EQ(fails(2020), Code::period_unknown);
    const auto nothing = [](const std::vector<Bytes>&) -> Result<std::vector<std::optional<Bytes>>> {
        return Error{Code::bad_proof, "a lie"};
    };
    EXPECT_EQ(audit::rehearse(nothing, years.ann.account(), 2014, {}).error().code, Code::bad_proof);
}

audit::SettlementCertificate certificate_of(const TestChain& chain, const AccountId& account, Period period) {
    const auto tip = chain.side.certified();
    const auto keys = audit::SettlementCertificate::keys(account, period);
    const auto part = [&chain](const Bytes& key) {
        const auto proven = chain.side.proven(key);
        return audit::SettlementCertificate::Proven{proven.value(), proven.proof()};
    };
    return {account, period, tip.header, tip.certificate, {}, part(keys[0]), part(keys[1])};
}

ledger::LightClient light_client(const TestChain& chain) {
    return ledger::LightClient(chain.side.chain(),
                               *ledger::ValidatorSet::from(validator_set(chain.side.validators())));
}

TEST(Certificates, OfSurrenderAreProvenWithoutANode) {
    Years years;
    const auto certificate = certificate_of(years.chain, years.ann.account(), 2013);
    const auto checked = audit::check(certificate, light_client(years.chain));
    ASSERT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(checked->settlement.own_surrendered_g(), 1'000);
    EXPECT_EQ(checked->settlement.borrowed_g(), 100);
    EXPECT_EQ(checked->header->height(), years.chain.side.tip()->height());
}

TEST(Certificates, OfSurrenderFollowTheValidatorsFromTheGenesisDocument) {
    Years years;
    auto& side = years.chain.side;
    const auto client = light_client(years.chain);
    const auto fresh = key_of("fresh");
    side.know("fresh");
    proto::ProposeChange change;
    auto& added = *change.mutable_change()->mutable_validators()->add_add();
    fill(*added.mutable_public_key(), fresh.public_key());
    added.set_name("fresh");
    added.set_possession(fresh.sign(client::possession_digest(
        side.chain(), years.chain.voter(side, 0).account(), crypto::account_of(fresh.public_key()))));
    change.set_activate_height(side.tip()->height() + 20);
    change.set_reason("as agreed");
    years.chain.decide(side, change);
    const auto last = side.certified();
    const ledger::Succession succession{last.header, last.certificate,
                                        ledger::encode(governance::validators(side).fields())};
    side.block({});

    auto certificate = certificate_of(years.chain, years.ann.account(), 2013);
    EXPECT_EQ(audit::check(certificate, client).error().code, Code::validators_unknown);
    certificate.successions = {succession, succession};
    EXPECT_EQ(audit::check(certificate, client).error().code, Code::bad_header) << "each once";
    certificate.successions = {succession};
    certificate.successions.front().validators = "x";
    EXPECT_EQ(audit::check(certificate, client).error().code, Code::bad_encoding);
    certificate.successions = {succession};

    const auto checked = audit::check(certificate, client);

    ASSERT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(checked->validators, 6u);
}

TEST(Certificates, ThatLieAreRefused) {
    Years years;
    const auto client = light_client(years.chain);
    const auto good = certificate_of(years.chain, years.ann.account(), 2013);
    const auto fails = [&](const auto& spoil) {
        auto certificate = good;
        spoil(certificate);
        const auto checked = audit::check(certificate, client);
        return checked ? Code::ok : checked.error().code;
    };
    auto altered = *ledger::decode<proto::SettlementRecord>(good.settlement_record.value);
    altered.set_own_surrendered_g(999);
    EXPECT_EQ(fails([&](auto& c) { c.settlement_record.value = ledger::encode(altered); }), Code::bad_proof);
    EXPECT_EQ(fails([&](auto& c) { c.account = years.bob.account(); }), Code::bad_proof);
    EXPECT_EQ(fails([&](auto& c) { c.period = 2014; }), Code::bad_proof);
    EXPECT_EQ(fails([&](auto& c) { std::swap(c.period_record, c.settlement_record); }), Code::bad_proof);
    EXPECT_EQ(fails([&](auto& c) {
                  c.certificate = years.chain.side.certified_by({0, 1, 2}).certificate;
              }),
              Code::bad_certificate);
    EXPECT_EQ(fails([&](auto& c) { c.header[c.header.size() - 1] ^= 1; }), Code::bad_certificate);
    EXPECT_EQ(audit::check(good, ledger::LightClient(years.chain.main.chain(),
                                                     *ledger::ValidatorSet::from(
                                                         validator_set(years.chain.main.validators()))))
                  .error()
                  .code,
              Code::bad_header);
}

// Every statement of a chain with borrowing, claw-backs and an inheritance adds up for the auditor, too.
TEST(Statements, OfEverythingThatCanHappenToAQuotaAddUp) {
    Years years;
    auto& chain = years.chain;
    proto::ProposeClawback action;
    action.set_account(years.bob.account().bytes());
    action.set_period(2014);
    action.set_grams(150);
    action.set_legal_reference("law");
    action.set_reason("reason");
    chain.side.must(chain.government, action);
    proto::ApproveClawback approval;
    approval.set_clawback(1);
    chain.side.must(chain.authority, approval);
    proto::CloseAccount close;
    close.set_account(years.cyd.account().bytes());
    close.set_reason("died");
    close.set_heir(years.ann.account().bytes());
    chain.side.must(chain.government, close);
    chain.settle(2014);
    chain.correct(2014, 1, years.bob, 950_g);

    for (const Period period : {2013u, 2014u}) {
        for (const auto* who : {&years.ann, &years.bob, &years.cyd}) {
            std::vector<std::optional<Bytes>> records;
            for (const auto& key : audit::Statement::keys(who->account(), period))
                records.push_back(chain.side.get(key));
            const auto statement = audit::Statement::from(records);
            ASSERT_TRUE(statement);
            const auto holds = audit::check(*statement);
            EXPECT_TRUE(holds) << period << ": " << holds.error().message;
        }
    }
}

}  // namespace
}  // namespace pcq::contracts::testing
