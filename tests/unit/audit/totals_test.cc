// The sums of a chain, recomputed from its records and held against the certified header.
#include "src/audit/totals.h"

#include <functional>

#include <gmock/gmock.h>

#include "contracts/chain.h"
#include "contracts/tables.h"
#include "src/base/hex.h"
#include "tests/unit/audit/fixture.h"

namespace pcq::audit {
namespace {

using contracts::Period;
using ledger::encode;
using ledger::StateChanges;
using testing::AllOf;
using testing::HasSubstr;

AccountId person(char letter) {
    return *AccountId::from(Bytes(32, letter));
}

void put_cash(StateChanges& changes, char who, std::int64_t balance_uy) {
    proto::CashRecord record;
    record.set_balance_uy(balance_uy);
    changes[contracts::kCash.key(person(who))] = encode(record);
}

// Two people, the platform and two vintages, and totals that fit.
struct Sums {
    StateChanges changes;
    proto::Totals totals;

    Sums() {
        put_cash(changes, 'a', 70);
        put_cash(changes, 'b', 30);
        totals.set_deposited_uy(150);
        totals.set_withdrawn_uy(50);
        totals.set_cash_held_uy(100);

        proto::HoldingRecord first;  // holds 1000 - 300 - 200 - 50 = 450
        first.set_issued_g(1000);
        first.set_sold_g(300);
        first.set_surrendered_g(200);
        first.set_expired_g(50);
        changes[contracts::kHoldings.key({person('a'), 2013})] = encode(first);
        proto::HoldingRecord second;  // holds 500 + 100 = 600
        second.set_issued_g(500);
        second.set_purchased_g(100);
        changes[contracts::kHoldings.key({person('b'), 2013})] = encode(second);
        proto::BookRecord book;
        book.set_inventory_g(190);
        book.set_expired_g(10);
        changes[contracts::kBooks.key(2013)] = encode(book);
        auto& vintage = *totals.add_vintages();
        vintage.set_vintage(2013);
        vintage.set_issued_g(1500);
        vintage.set_held_g(1050);
        vintage.set_inventory_g(190);
        vintage.set_surrendered_g(200);
        vintage.set_expired_g(60);

        proto::HoldingRecord next;
        next.set_issued_g(7);
        changes[contracts::kHoldings.key({person('a'), 2014})] = encode(next);
        auto& second_vintage = *totals.add_vintages();
        second_vintage.set_vintage(2014);
        second_vintage.set_issued_g(7);
        second_vintage.set_held_g(7);
    }
};

class EmptyPages final : public ledger::PageReader {
public:
    Bytes page(const ledger::PagePath&, std::uint64_t) const override { return {}; }
};

class Totals : public testing::Test {
protected:
    // The verdict on a chain of one block with these sums, after a change of them.
    Result<TotalsReport> verdict(const std::function<void(Sums&)>& change = [](Sums&) {}) {
        Sums sums;
        change(sums);
        const TestFolder folder;
        Writer(folder.path(), proto::CHAIN_KIND_SIDE).add(sums.changes, sums.totals);
        return audit(folder.path());
    }
    void expect_violation(const std::function<void(Sums&)>& change, const std::string& says) {
        const auto report = verdict(change);
        ASSERT_FALSE(report) << says;
        EXPECT_EQ(report.error().code, Code::conservation_violated) << report.error().message;
        EXPECT_THAT(report.error().message, HasSubstr(says));
    }
};

TEST_F(Totals, AreAddedUpFromEveryRecord) {
    const auto report = verdict();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->chain, "audited");
    EXPECT_EQ(report->height, 1u);
    EXPECT_EQ(report->verified.blocks, 2u);
    EXPECT_EQ(report->cash, MicroYuan(100));
    EXPECT_EQ(report->accounts, 2u);
    ASSERT_EQ(report->vintages.size(), 2u);
    const VintageSum& sum = report->vintages.at(2013);
    EXPECT_EQ(sum.issued, Grams(1500));
    EXPECT_EQ(sum.held, Grams(1050));
    EXPECT_EQ(sum.inventory, Grams(190));
    EXPECT_EQ(sum.surrendered, Grams(200));
    EXPECT_EQ(sum.expired, Grams(60));
    EXPECT_EQ(sum.holders, 2u);
    EXPECT_EQ(report->vintages.at(2014).issued, Grams(7));
}

TEST_F(Totals, CountWhatStandsInOrdersAndWhatWasPassedOn) {
    const auto report = verdict([](Sums& sums) {
        proto::CashRecord cash;  // 70 less 20 in an order
        cash.set_balance_uy(50);
        cash.set_escrow_uy(20);
        sums.changes[contracts::kCash.key(person('a'))] = encode(cash);
        proto::HoldingRecord first;  // 450 less 100 in an order and 50 for the heir
        first.set_issued_g(1000);
        first.set_sold_g(300);
        first.set_surrendered_g(200);
        first.set_expired_g(50);
        first.set_escrow_g(100);
        first.set_passed_on_g(50);
        sums.changes[contracts::kHoldings.key({person('a'), 2013})] = encode(first);
        proto::HoldingRecord heir;
        heir.set_passed_on_g(-50);
        sums.changes[contracts::kHoldings.key({person('c'), 2013})] = encode(heir);
        auto& vintage = *sums.totals.mutable_vintages(0);
        vintage.set_held_g(950);
        vintage.set_escrow_g(100);
    });
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->cash, MicroYuan(100));
    EXPECT_EQ(report->vintages.at(2013).held, Grams(950));
    EXPECT_EQ(report->vintages.at(2013).escrow, Grams(100));
    expect_violation([](Sums& sums) { sums.totals.mutable_vintages(0)->set_escrow_g(1); }, "escrow");
}

TEST_F(Totals, CountEachRecordAsItIsNow) {
    const TestFolder folder;
    {
        Writer writer(folder.path(), proto::CHAIN_KIND_SIDE);
        Sums sums;
        writer.add(sums.changes, sums.totals);
        StateChanges changes;
        put_cash(changes, 'a', 75);
        changes[contracts::kCash.key(person('b'))] = std::nullopt;
        sums.totals.set_deposited_uy(75);
        sums.totals.set_withdrawn_uy(0);
        sums.totals.set_cash_held_uy(75);
        writer.add(changes, sums.totals);
    }
    const auto report = audit(folder.path());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->cash, MicroYuan(75));
    EXPECT_EQ(report->accounts, 1u);
    EXPECT_EQ(report->height, 2u);
}

TEST_F(Totals, NameTheSumThatDiffersAndByWhatMuch) {
    expect_violation([](Sums& sums) { sums.totals.set_cash_held_uy(101); },
                     "cash: the records add up to 100, the certified header says 101");
    expect_violation([](Sums& sums) { sums.totals.set_withdrawn_uy(49); }, "deposited less withdrawn");
    const auto vintage = [](void (proto::VintageTotals::*set)(std::int64_t), std::int64_t value) {
        return [=](Sums& sums) { (sums.totals.mutable_vintages(0)->*set)(value); };
    };
    using V = proto::VintageTotals;
    expect_violation(vintage(&V::set_issued_g, 1501), "vintage 2013, issued");
    expect_violation(vintage(&V::set_held_g, 1049), "vintage 2013, held");
    expect_violation(vintage(&V::set_inventory_g, 0), "vintage 2013, inventory");
    expect_violation(vintage(&V::set_surrendered_g, -200), "vintage 2013, surrendered");
    expect_violation(vintage(&V::set_expired_g, 61), "vintage 2013, expired");
    // Nothing is held in escrow or by another chain in this version.
    expect_violation(vintage(&V::set_escrow_g, 1), "vintage 2013, escrow");
    expect_violation(vintage(&V::set_exported_g, 1), "vintage 2013, exported");
}

// Records that the certified totals pass over are money that nobody vouches for.
TEST_F(Totals, PassOverNoVintage) {
    expect_violation([](Sums& sums) { sums.totals.mutable_vintages()->RemoveLast(); },
                     "vintage 2014, issued: the records add up to 7, the certified header says 0");
    expect_violation(
        [](Sums& sums) {
            auto& more = *sums.totals.add_vintages();
            more.set_vintage(2015);
            more.set_issued_g(5);
        },
        "vintage 2015, issued: the records add up to 0, the certified header says 5");
    expect_violation([](Sums& sums) { *sums.totals.add_vintages() = sums.totals.vintages(1); },
                     "vintage 2014 is named twice or out of order");
}

// Of a period that is settled, as a later one is, headers say nothing any more; the records stay.
TEST_F(Totals, HoldSettledVintagesAgainstTheRecordThatTheContractsKeep) {
    const auto settled = [](Sums& sums) {
        for (const Period period : {2013u, 2014u}) {
            proto::PeriodRecord record;
            record.set_period(period);
            record.set_phase(proto::PERIOD_PHASE_SETTLED);
            sums.changes[contracts::kPeriods.key(period)] = encode(record);
        }
        sums.changes[contracts::kVintageTotals.key(2013)] = encode(sums.totals.vintages(0));
        sums.totals.mutable_vintages()->DeleteSubrange(0, 1);
    };
    const auto report = verdict(settled);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->vintages.at(2013).issued, Grams(1500));
    expect_violation(
        [&](Sums& sums) {
            settled(sums);
            auto kept =
                *ledger::decode<proto::VintageTotals>(*sums.changes.at(contracts::kVintageTotals.key(2013)));
            kept.set_expired_g(61);
            sums.changes[contracts::kVintageTotals.key(2013)] = encode(kept);
        },
        "vintage 2013, expired");
    expect_violation(
        [&](Sums& sums) {
            settled(sums);
            sums.changes.erase(contracts::kPeriods.key(2014));
        },
        "vintage 2013, issued");
}

// Each sum fits, and the parts are not the whole.
TEST_F(Totals, HoldTheEquationOfEachVintage) {
    expect_violation(
        [](Sums& sums) {
            proto::HoldingRecord record;
            record.set_issued_g(7);
            record.set_purchased_g(5);
            sums.changes[contracts::kHoldings.key({person('a'), 2014})] = encode(record);
            sums.totals.mutable_vintages(1)->set_held_g(12);
        },
        "vintage 2014: what is held, surrendered and expired is not what was issued");
}

// A quorum that certifies nonsense does not make the sums come round.
TEST_F(Totals, DoNotWrap) {
    const auto overflow = [](const StateChanges& more) {
        return [more](Sums& sums) {
            for (const auto& [key, value] : more) sums.changes[key] = value;
        };
    };
    StateChanges cash;
    put_cash(cash, 'a', INT64_MAX);
    put_cash(cash, 'b', 1);
    auto report = verdict(overflow(cash));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::amount_overflow);
    StateChanges holdings;
    proto::HoldingRecord record;
    record.set_issued_g(INT64_MAX);
    record.set_purchased_g(INT64_MAX);
    holdings[contracts::kHoldings.key({person('a'), 2014})] = encode(record);
    report = verdict(overflow(holdings));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::amount_overflow);
}

TEST_F(Totals, NeedRecordsThatCanBeRead) {
    const Bytes keys[] = {contracts::kCash.key(person('x')), contracts::kHoldings.key({person('x'), 2013}),
                          contracts::kBooks.key(2016)};
    for (const Bytes& key : keys) {
        for (const auto& [at, value] :
             StateChanges{{key, Bytes("\xff")}, {key.substr(0, 3), Bytes()}, {key + '\0', Bytes()}}) {
            const auto report = verdict([&at = at, &value = value](Sums& sums) { sums.changes[at] = value; });
            ASSERT_FALSE(report) << to_hex(at);
            EXPECT_EQ(report.error().code, Code::conservation_violated);
            EXPECT_THAT(report.error().message, AllOf(HasSubstr(to_hex(at)), HasSubstr("cannot be read")));
        }
    }
    EXPECT_TRUE(verdict([](Sums& sums) { sums.changes[Bytes()] = "a key without a table"; }));
}

TEST_F(Totals, OfTheMainChainAreThoseOfItsBatches) {
    const ChainId side = *ChainId::from(Bytes(32, 's'));
    const ChainId other = *ChainId::from(Bytes(32, 'o'));
    StateChanges changes;
    std::int64_t grams = 1;
    for (const auto& [chain, period, batch] : {std::tuple(side, 2013u, 0u), std::tuple(side, 2013u, 1u),
                                               std::tuple(other, 2013u, 0u), std::tuple(side, 2014u, 0u)}) {
        proto::BatchRecord record;
        record.set_total_g(grams);
        changes[contracts::kBatches.key({chain, period, batch})] = encode(record);
        grams *= 10;
    }
    proto::Totals totals;
    for (const auto& [period, issued] : {std::pair(2013u, 111), std::pair(2014u, 1000)}) {
        auto& vintage = *totals.add_vintages();
        vintage.set_vintage(period);
        vintage.set_issued_g(issued);
        vintage.set_held_g(issued);
    }
    const TestFolder folder;
    Writer(folder.path(), proto::CHAIN_KIND_MAIN).add(changes, totals);
    const auto report = audit(folder.path());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->vintages.at(2013).issued, Grams(111));
    EXPECT_EQ(report->vintages.at(2014).held, Grams(1000));

    // The same records of a side chain are claims to be made, and hold nothing yet.
    const TestFolder elsewhere;
    Writer(elsewhere.path(), proto::CHAIN_KIND_SIDE).add(changes, proto::Totals());
    EXPECT_TRUE(audit(elsewhere.path()));
}

// Money by the real contracts.
TEST_F(Totals, OfWhatTheContractsDidAreRight) {
    const TestFolder folder;
    {
        Writer writer(folder.path(), proto::CHAIN_KIND_SIDE);
        const auto bank = organisation_key(kBank);
        const auto government = crypto::account_of(organisation_key(kGovernment).public_key());
        for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
            proto::TransactionBody body;
            body.set_chain_id(writer.chain().bytes());
            body.set_account(crypto::account_of(bank.public_key()).bytes());
            body.set_sequence(sequence);
            body.set_valid_until_height(100);
            auto& deposit = *body.mutable_deposit();
            deposit.set_account(government.bytes());
            deposit.set_amount_uy(static_cast<std::int64_t>(100 * sequence));
            deposit.set_reference("reference " + std::to_string(sequence));
            auto decoded =
                ledger::DecodedTransaction::from(ledger::sign_transaction(body, {&bank}), writer.chain());
            ASSERT_TRUE(decoded) << decoded.error().message;
            writer.add({*ledger::verify_signatures(*std::move(decoded))});
        }
    }
    const auto report = audit(folder.path());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->cash, MicroYuan(600));
    EXPECT_EQ(report->certified.deposited_uy(), 600);
    EXPECT_EQ(report->height, 3u);
}

// Money that is there from the beginning, in a block 0 that nobody has certified.
TEST_F(Totals, StandOnTheBlockThatTheGenesisDocumentGives) {
    const TestFolder folder;
    {
        const auto genesis = genesis_of(proto::CHAIN_KIND_MAIN);
        const auto contracts = contracts::contracts_of(proto::CHAIN_KIND_MAIN);
        auto block = *ledger::make_genesis(*contracts, genesis);
        put_cash(block.executed.changes, 'a', 1'000'000);
        const EmptyPages nothing;
        block.executed.tree = ledger::update_tree(nothing, ledger::TreeRoot(), 0, block.executed.changes);
        proto::Header fields = *block.header;
        fields.set_state_root(block.executed.tree.root.hash.bytes());
        fields.mutable_totals()->set_cash_held_uy(1'000'000);
        fields.mutable_totals()->set_deposited_uy(1'000'000);
        storage::Options options;
        options.path = folder.path();
        const auto store = *storage::ChainStore::open(std::move(options));
        ASSERT_TRUE(store->write_genesis(genesis, {ledger::Header::encode(fields), block.executed}));
    }
    const auto report = audit(folder.path());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::store_damaged);
    EXPECT_THAT(report.error().message, HasSubstr("not what the genesis document gives"));
}

TEST_F(Totals, NeedAStoreWithAChain) {
    const TestFolder folder;
    const auto nothing = audit(folder.path());
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, Code::not_found);
    EXPECT_FALSE(audit(folder.path() / "missing"));
    {
        storage::Options options;
        options.path = folder.path() / "empty";
        ASSERT_TRUE(storage::ChainStore::open(std::move(options)));
    }
    const auto empty = audit(folder.path() / "empty");
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, Code::not_found);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "missing")) << "an auditor writes nothing";
}

TEST_F(Totals, TellHowFarTheyAre) {
    const TestFolder folder;
    {
        Writer writer(folder.path(), proto::CHAIN_KIND_SIDE);
        for (int block = 0; block < 3; ++block) writer.add({}, proto::Totals());
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
    ASSERT_TRUE(audit_totals(folder.path(),
                             [&](std::uint64_t done, std::uint64_t all) { told.emplace_back(done, all); }));
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back().first, told.back().second);
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
}

}  // namespace
}  // namespace pcq::audit
