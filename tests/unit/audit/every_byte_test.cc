// Every byte of a small stored chain is changed, one at a time and behind the store's back: the auditor finds
// each and names the thing. RocksDB's own checksums do not help here, the records are rewritten properly.
#include <gmock/gmock.h>

#include "contracts/tables.h"
#include "src/base/hex.h"
#include "src/storage/versioned_map.h"
#include "tests/unit/audit/fixture.h"
#include "tests/unit/storage/raw_store.h"

namespace pcq::audit {
namespace {

using storage::RawStore;
using testing::AnyOf;
using testing::HasSubstr;
using Described = testing::Matcher<std::string>;

class EveryByte : public testing::Test {
protected:
    // Genesis and two blocks of which the second changes, adds and removes what the first wrote.
    EveryByte() {
        Writer writer(folder_.path(), proto::CHAIN_KIND_MAIN);
        proto::CashRecord cash;
        cash.set_balance_uy(300);
        proto::HoldingRecord holding;
        holding.set_issued_g(77);
        const Bytes cash_key = contracts::kCash.key(*AccountId::from(Bytes(32, 'a')));
        const Bytes holding_key = contracts::kHoldings.key({*AccountId::from(Bytes(32, 'a')), 2013});
        proto::Totals totals;
        totals.set_deposited_uy(300);
        totals.set_cash_held_uy(300);
        auto& vintage = *totals.add_vintages();
        vintage.set_vintage(2013);
        vintage.set_issued_g(77);
        vintage.set_held_g(77);
        writer.add({{cash_key, ledger::encode(cash)}, {holding_key, ledger::encode(holding)}}, totals);

        cash.set_balance_uy(200);
        totals.set_withdrawn_uy(100);
        totals.set_cash_held_uy(200);
        totals.clear_vintages();
        writer.add({{cash_key, ledger::encode(cash)}, {holding_key, std::nullopt}}, totals);
    }

    void expect_every_byte_found(std::size_t family,
                                 const std::function<Described(const Bytes& key)>& described) {
        RawStore raw(folder_.path());
        std::size_t changed = 0;
        for (const auto& [key, value] : raw.records(family)) {
            SCOPED_TRACE("record " + to_hex(key) + " of family " + std::to_string(family));
            for (std::size_t at = 0; at < value.size(); ++at) {
                Bytes other = value;
                other[at] = static_cast<char>(other[at] ^ (1 << (at % 8)));
                raw.put(family, key, other);
                const auto report = audit(folder_.path());
                EXPECT_FALSE(report) << "byte " << at;
                if (report) continue;
                EXPECT_EQ(report.error().code, Code::store_damaged)
                    << "byte " << at << ": " << report.error().message;
                EXPECT_THAT(report.error().message, described(key)) << "byte " << at;
                ++changed;
            }
            raw.put(family, key, value);
        }
        RecordProperty("bytes", static_cast<int>(changed));
        EXPECT_GT(changed, 50u);
        const auto whole = audit(folder_.path());
        EXPECT_TRUE(whole) << whole.error().message;
    }

    const TestFolder folder_;
};

TEST_F(EveryByte, OfTheStoresOwnRecordsIsFound) {
    const std::map<Bytes, Described> names{
        {"format", HasSubstr("has a format")},
        {"chain", AnyOf(HasSubstr("header"), HasSubstr("chain"))},
        {"tip", AnyOf(HasSubstr("tip"), HasSubstr("state root"))},
        {"root", AnyOf(HasSubstr("state root"), HasSubstr("tree page"))},
        {"genesis", HasSubstr("genesis document")},
    };
    expect_every_byte_found(storage::kMeta, [&](const Bytes& key) { return names.at(key); });
}

TEST_F(EveryByte, OfEveryBlockReceiptAndCertificateIsFound) {
    expect_every_byte_found(storage::kBlockRecords, [](const Bytes& key) -> Described {
        const std::string height = std::to_string(load_u64(key));
        return AnyOf(HasSubstr("block " + height + " is damaged"), HasSubstr("height " + height));
    });
}

TEST_F(EveryByte, OfTheIndexIsFound) {
    expect_every_byte_found(storage::kIndex, [](const Bytes&) -> Described {
        return AnyOf(HasSubstr("is not indexed"), HasSubstr("is not the indexed one"));
    });
}

TEST_F(EveryByte, OfEveryVersionOfEveryRecordIsFound) {
    expect_every_byte_found(storage::kState, [](const Bytes& key) -> Described {
        const auto entry = storage::parse_versioned_key(key);
        return HasSubstr("the state record with key " + to_hex(entry->key) + " of height " +
                         std::to_string(entry->version));
    });
}

TEST_F(EveryByte, OfEveryVersionOfEveryTreePageIsFound) {
    expect_every_byte_found(storage::kTree, [](const Bytes& key) -> Described {
        const auto entry = storage::parse_versioned_key(key);
        // A group holds the pages of one height; each is found by itself, or the group that cannot be read.
        return AnyOf(HasSubstr(" of version " + std::to_string(entry->version)),
                     HasSubstr("a group of tree pages"));
    });
}

}  // namespace
}  // namespace pcq::audit
