// Overlays against plain maps, and tables whose keys keep the order of what they are made of.
#include "src/ledger/overlay.h"

#include <list>
#include <random>

#include <gtest/gtest.h>

#include "proto/pcq/v1/state.pb.h"

#include "src/base/hex.h"
#include "src/ledger/table.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

using Model = std::map<Bytes, Bytes>;

TEST(Overlay, ReadsThroughToItsBaseUntilItWrites) {
    MapState base;
    base.apply({{"a", "1"}, {"b", "2"}});
    Overlay overlay(base);
    EXPECT_EQ(overlay.get("a"), "1");
    overlay.put("a", "one");
    overlay.remove("b");
    overlay.put("c", "");
    EXPECT_EQ(overlay.get("a"), "one");
    EXPECT_EQ(overlay.get("b"), std::nullopt);
    EXPECT_EQ(overlay.get("c"), "") << "empty is there";
    EXPECT_EQ(base.get("b"), "2") << "the base is not touched";
    EXPECT_EQ(overlay.changes(), (StateChanges{{"a", "one"}, {"b", std::nullopt}, {"c", ""}}));
}

TEST(Overlay, KeepsTheLastOfSeveralChanges) {
    const MapState base;
    Overlay overlay(base);
    overlay.put("a", "1");
    overlay.remove("a");
    EXPECT_EQ(overlay.get("a"), std::nullopt);
    overlay.put("a", "2");
    EXPECT_EQ(overlay.get("a"), "2");
    overlay.clear();
    EXPECT_EQ(overlay.get("a"), std::nullopt);
    EXPECT_TRUE(overlay.changes().empty());
}

TEST(Overlay, TakesAKeyOfAnyBytes) {
    const MapState base;
    Overlay overlay(base);
    for (const Bytes& key :
         {Bytes(), Bytes("\0", 1), Bytes("a\0b", 3), Bytes("\xff\xff"), Bytes(5000, 'k')}) {
        overlay.put(key, key + "!");
        EXPECT_EQ(overlay.get(key), key + "!");
    }
    EXPECT_EQ(overlay.get("a"), std::nullopt);
}

using OverlayDeathTest = testing::Test;
TEST(OverlayDeathTest, AbsorbsOnlyWhatStandsOnIt) {
    const MapState base;
    Overlay block(base);
    Overlay stranger(base);
    EXPECT_DEATH(block.absorb(std::move(stranger)), "base_");
}

// Random changes on up to five overlays, of which the topmost is dropped or absorbed at any time, beside the
// same on copies of a map.
TEST(Overlay, AgreesWithCopiesOfAMapHoweverDeep) {
    for (unsigned seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        const auto key = [&] { return Bytes(1, static_cast<char>('a' + random() % 12)); };
        MapState base;
        for (int i = 0; i < 6; ++i) base.apply({{key(), "base"}});
        std::list<Overlay> overlays;
        std::vector<Model> models{{base.records().begin(), base.records().end()}};
        const auto push = [&] {
            overlays.emplace_back(overlays.empty() ? static_cast<const StateReader&>(base) : overlays.back());
            models.push_back(models.back());
        };
        push();
        for (int step = 0; step < 600; ++step) {
            switch (random() % 8) {
                case 0:
                    if (overlays.size() < 5) push();
                    break;
                case 1:
                    if (overlays.size() < 2) break;
                    overlays.pop_back();  // dropped
                    models.pop_back();
                    break;
                case 2:
                    if (overlays.size() < 2) break;
                    std::prev(overlays.end(), 2)->absorb(std::move(overlays.back()));
                    overlays.pop_back();
                    models.erase(models.end() - 2);
                    break;
                case 3: {
                    const Bytes removed = key();
                    overlays.back().remove(removed);
                    models.back().erase(removed);
                    break;
                }
                default: {
                    const Bytes changed = key();
                    const Bytes value = std::to_string(step);
                    overlays.back().put(changed, value);
                    models.back()[changed] = value;
                }
            }
            auto overlay = overlays.begin();
            for (std::size_t depth = 1; depth < models.size(); ++depth, ++overlay) {
                for (char c = 'a'; c < 'a' + 12; ++c) {
                    const auto expected = models[depth].find(Bytes(1, c));
                    ASSERT_EQ(overlay->get(Bytes(1, c)), expected == models[depth].end()
                                                             ? std::nullopt
                                                             : std::optional(expected->second))
                        << "step " << step << ", depth " << depth;
                }
            }
        }
        // What the lowest has gathered turns the base into what it shows.
        base.apply(overlays.front().changes());
        EXPECT_EQ(Model(base.records().begin(), base.records().end()), models[1]);
    }
}

using Numbers = Table<std::tuple<std::uint32_t, std::uint64_t>, proto::Counter>;
constexpr TableId kTableId{0x80};

TEST(Table, HasKeysOfGoldenBytes) {
    const AccountId account = *AccountId::from(Bytes(32, '\xaa'));
    EXPECT_EQ(to_hex(kAccounts.key(account)), "01" + to_hex(account));
    EXPECT_EQ(to_hex(Numbers(kTableId).key({2013, 7})), "80000007dd0000000000000007");
    EXPECT_EQ(
        to_hex(Table<std::tuple<AccountId, std::uint32_t>, proto::Counter>(kTableId).key({account, 2013})),
        "80" + to_hex(account) + "000007dd");
    EXPECT_EQ(to_hex(Table<Only, proto::Counter>(kTableId).key(Only())), "80");
    EXPECT_EQ(to_hex(Table<std::tuple<std::uint32_t, Bytes>, proto::Counter>(kTableId).key({1, "end"})),
              "8000000001656e64");
}

TEST(Table, OrdersItsKeysAsTheirParts) {
    std::mt19937_64 random(1);
    const auto number = [&] { return random() >> (random() % 64); };
    const Numbers table(kTableId);
    for (int i = 0; i < 5000; ++i) {
        const std::tuple<std::uint32_t, std::uint64_t> a{
            static_cast<std::uint32_t>(number() % 3 == 0 ? 1 : number()), number()};
        const std::tuple<std::uint32_t, std::uint64_t> b{
            static_cast<std::uint32_t>(number() % 3 == 0 ? 1 : number()), number()};
        EXPECT_EQ(a < b, table.key(a) < table.key(b));
        EXPECT_EQ(a == b, table.key(a) == table.key(b));
    }
}

TEST(Table, GivesBackWhatWasPut) {
    const MapState base;
    Overlay state(base);
    const Numbers table(kTableId);
    proto::Counter seven;
    seven.set_value(7);
    table.put(state, {1, 2}, seven);
    EXPECT_EQ(table.find(state, {1, 2})->value(), 7u);
    EXPECT_TRUE(table.contains(state, {1, 2}));
    EXPECT_FALSE(table.contains(state, {2, 1}));
    EXPECT_FALSE(table.find(state, {2, 1}));
    EXPECT_EQ(table.find_or_default(state, {2, 1}).value(), 0u);
    // The same key in another table is another record; a record of nothing but defaults is there all the
    // same.
    const Numbers other(TableId{0x81});
    other.put(state, {1, 2}, proto::Counter());
    EXPECT_EQ(other.find(state, {1, 2})->value(), 0u);
    EXPECT_EQ(table.find(state, {1, 2})->value(), 7u);
    table.remove(state, {1, 2});
    EXPECT_FALSE(table.contains(state, {1, 2}));
    EXPECT_TRUE(other.contains(state, {1, 2}));
}

}  // namespace
}  // namespace pcq::ledger
