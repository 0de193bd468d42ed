// A state cut into chunks, each of which proves itself against the root; and what liars make of one.
#include "src/ledger/state_chunk.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/crypto/hash.h"

namespace pcq::ledger {
namespace {

class MemoryPages final : public PageReader {
public:
    Bytes page(const PagePath& path, std::uint64_t version) const override {
        return pages.at({path, version});
    }
    TreeRoot update(const TreeRoot& root, std::uint64_t version, const StateChanges& changes) {
        const auto update = update_tree(*this, root, version, changes);
        for (const auto& [path, page] : update.pages) pages[{path, version}] = page;
        return update.root;
    }

    std::map<std::pair<PagePath, std::uint64_t>, Bytes> pages;
};

StateChanges drawn(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    StateChanges records;
    while (records.size() < count)
        records["key " + std::to_string(random())] = "value " + std::to_string(random());
    return records;
}

StateChanges below(const StateChanges& records, const PagePath& path) {
    StateChanges found;
    for (const auto& [key, value] : records) {
        if (is_below(path, crypto::sha256({key}))) found.emplace(key, value);
    }
    return found;
}

std::vector<PagePath> paths_of(std::size_t depth) {
    std::vector<PagePath> paths{PagePath()};
    for (std::size_t at = 0; at < depth; ++at) {
        std::vector<PagePath> longer;
        for (const auto& path : paths) {
            for (char digit = 0; digit < 16; ++digit) longer.push_back(path + digit);
        }
        paths = std::move(longer);
    }
    return paths;
}

class Chunks : public testing::Test {
protected:
    // Made in two blocks, so that its pages are of two versions.
    void make(std::size_t count, unsigned seed) {
        records_ = drawn(count, seed);
        StateChanges first(records_.begin(), std::next(records_.begin(), static_cast<long>(count / 2)));
        root_ = pages_.update(TreeRoot(), 1, first);
        root_ = pages_.update(root_, 2, records_);
    }
    Result<Subtree> verify(const PagePath& path, const StateChanges& records) const {
        return verify_chunk(root_.hash, path, records, prove_below(pages_, root_, path), kVersion);
    }
    void expect_refused(const PagePath& path, const StateChanges& records, const char* what) const {
        const auto verified = verify(path, records);
        ASSERT_FALSE(verified) << what;
        EXPECT_EQ(verified.error().code, Code::bad_proof) << what;
    }
    // A path with so many records at least.
    PagePath busy_path(std::size_t depth, std::size_t least) const {
        for (const auto& path : paths_of(depth)) {
            if (below(records_, path).size() >= least) return path;
        }
        ADD_FAILURE() << "no path has " << least << " records";
        return PagePath();
    }

    static constexpr std::uint64_t kVersion = 9;
    StateChanges records_;
    MemoryPages pages_;
    TreeRoot root_;
};

// Goal: chunks of any depth, of states of any size, prove themselves and make the very tree again.
TEST_F(Chunks, OfEveryPathMakeTheTreeAgain) {
    for (const std::size_t count : {1u, 2u, 3u, 17u, 100u, 900u}) {
        for (const std::size_t depth : {1u, 2u}) {
            SCOPED_TRACE(std::to_string(count) + " records, depth " + std::to_string(depth));
            make(count, static_cast<unsigned>(count + depth));
            std::map<PagePath, TreeSlot> slots;
            std::map<PagePath, Bytes> pages;
            for (const auto& path : paths_of(depth)) {
                auto subtree = verify(path, below(records_, path));
                ASSERT_TRUE(subtree) << subtree.error().message;
                slots[path] = subtree->slot;
                pages.merge(subtree->pages);
            }
            auto top = join_subtrees(kVersion, std::move(slots));
            pages.merge(top.pages);

            EXPECT_EQ(top.root.hash, root_.hash);
            const MemoryPages none;
            EXPECT_EQ(pages, update_tree(none, TreeRoot(), kVersion, records_).pages)
                << "as if all had been written in one block";
        }
    }
}

TEST_F(Chunks, OfAnEmptyStateAreEmpty) {
    for (const auto& path : paths_of(1)) {
        EXPECT_TRUE(verify(path, {}));
        expect_refused(path, below(drawn(100, 1), path), "records of nothing");
    }
    EXPECT_TRUE(join_subtrees(kVersion, {{PagePath(1, '\0'), TreeSlot()}}).root.hash.is_zero());
}

TEST_F(Chunks, AreRefusedWithARecordMissingChangedOrTooMany) {
    for (const std::size_t count : {2u, 40u, 600u}) {
        make(count, static_cast<unsigned>(count));
        for (const auto& path : paths_of(count > 500 ? 2 : 1)) {
            const auto whole = below(records_, path);
            if (!whole.empty()) {
                auto missing = whole;
                missing.erase(missing.begin());
                expect_refused(path, missing, "one is missing");
                auto changed = whole;
                *changed.rbegin()->second += "!";
                expect_refused(path, changed, "a value is changed");
                auto renamed = whole;
                renamed.erase(renamed.begin());
                renamed.merge(below(drawn(count + 400, 99), path));
                expect_refused(path, renamed, "others in its place");
                expect_refused(path, {}, "none");
            }
            auto more = whole;
            more.merge(below(drawn(600, 77), path));
            if (more.size() > whole.size()) {
                expect_refused(path, more, "one too many");
            }
            auto foreign = whole;
            foreign.insert(*below(drawn(3'000, 5), path == paths_of(path.size())[0]
                                                       ? paths_of(path.size())[1]
                                                       : paths_of(path.size())[0])
                                .begin());
            expect_refused(path, foreign, "one of another path");
        }
    }
}

TEST_F(Chunks, AreRefusedWithAProofOfAnotherPathRootOrHeight) {
    make(600, 3);
    const PagePath path = busy_path(1, 2);
    const auto records = below(records_, path);
    const auto proof = prove_below(pages_, root_, path);
    const TreeRoot later = pages_.update(root_, 3, {{records_.begin()->first, "of a later height"}});

    for (const auto& other : paths_of(1)) {
        if (other == path) continue;
        EXPECT_FALSE(verify_chunk(root_.hash, path, records, prove_below(pages_, root_, other), kVersion));
        EXPECT_FALSE(verify_chunk(root_.hash, other, records, proof, kVersion));
    }
    EXPECT_FALSE(verify_chunk(later.hash, path, records, proof, kVersion));
    EXPECT_FALSE(verify_chunk(root_.hash, path + '\3', below(records_, path + '\3'), proof, kVersion));
    for (std::size_t at = 0; at < proof.siblings.size(); ++at) {
        auto cut = proof;
        cut.siblings.resize(at);
        EXPECT_FALSE(verify_chunk(root_.hash, path, records, cut, kVersion)) << at;
        auto other = proof;
        other.siblings[at] = crypto::sha256({"another"});
        EXPECT_FALSE(verify_chunk(root_.hash, path, records, other, kVersion)) << at;
    }
    auto longer = proof;
    longer.siblings.push_back(Hash());
    EXPECT_FALSE(verify_chunk(root_.hash, path, records, longer, kVersion));
}

// Nothing is shown to be empty that is not: neither by a tree's own inner hash passed off as a leaf, nor by a
// leaf from elsewhere.
TEST_F(Chunks, AreNotShownToBeEmptyByWhatStandsElsewhere) {
    make(200, 8);
    for (const auto& path : paths_of(2)) {
        if (below(records_, path).empty()) continue;
        for (const auto& [key, value] : records_) {
            StateProof proof;
            const auto leaf = prove(pages_, root_, key);
            proof.other_leaf = std::pair(crypto::sha256({key}), crypto::sha256({*value}));
            for (std::size_t depth = 0; depth <= std::min<std::size_t>(8, leaf.siblings.size()); ++depth) {
                proof.siblings.assign(leaf.siblings.begin(),
                                      leaf.siblings.begin() + static_cast<long>(depth));
                ASSERT_FALSE(verify_chunk(root_.hash, path, {}, proof, kVersion));
            }
        }
    }
}

}  // namespace
}  // namespace pcq::ledger
