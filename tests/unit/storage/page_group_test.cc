// Tree pages packed into records: every page comes back, nothing else does.
#include "src/storage/page_group.h"

#include <gtest/gtest.h>

namespace pcq::storage {
namespace {

std::map<ledger::PagePath, Bytes> some_pages() {
    std::map<ledger::PagePath, Bytes> pages;
    pages[""] = "root";
    for (char first = 0; first < 3; ++first) {
        pages[Bytes(1, first)] = "one down " + std::to_string(first);
        for (char second = 0; second < 16; second = static_cast<char>(second + 5)) {
            const Bytes path{first, second};
            pages[path] = Bytes(static_cast<std::size_t>(second) * 100, 'p');
            pages[path + Bytes("\x0f\x00", 2)] = "far below " + std::to_string(second);
        }
    }
    return pages;
}

TEST(PageGroups, GiveBackEveryPageFromTheRecordOfItsGroup) {
    const auto pages = some_pages();
    const auto groups = pack_pages(pages);
    for (const auto& [path, page] : pages) {
        const auto group = groups.find(Bytes(group_of(path)));
        ASSERT_NE(group, groups.end());
        EXPECT_EQ(find_page(group->second, path), std::optional<BytesView>(page));
    }
    EXPECT_LT(groups.size(), pages.size() / 2);
}

TEST(PageGroups, FindNoPageThatWasNotPacked) {
    const auto groups = pack_pages(some_pages());
    EXPECT_EQ(find_page(groups.at(""), "\x05"), std::nullopt);
    EXPECT_EQ(find_page(groups.at(Bytes("\0\0", 2)), Bytes("\0\0\x0f", 3)), std::nullopt);
    EXPECT_EQ(find_page("", ""), std::nullopt);
    EXPECT_TRUE(pack_pages({}).empty());
}

TEST(PageGroups, UnpackToThePagesThatWerePacked) {
    const auto pages = some_pages();
    std::map<ledger::PagePath, Bytes> back;
    for (const auto& [group, entries] : pack_pages(pages)) {
        const auto some = unpack_pages(group, entries);
        ASSERT_TRUE(some);
        back.insert(some->begin(), some->end());
    }
    EXPECT_EQ(back, pages);
}

TEST(PageGroups, UnpackOnlyWhatIsInOrderOnceAndInItsGroup) {
    const Bytes root = pack_pages({{"", "root"}}).at("");
    const Bytes below = pack_pages({{"\1", "one down"}}).at("");
    EXPECT_TRUE(unpack_pages("", root + below));
    EXPECT_FALSE(unpack_pages("", below + root));
    EXPECT_FALSE(unpack_pages("", root + root));
    EXPECT_FALSE(unpack_pages("\1", root));  // would be the page of path 1, which is of the group above
    for (std::size_t size = 1; size < root.size(); ++size)
        EXPECT_FALSE(unpack_pages("", BytesView(root).substr(0, size))) << size << " bytes";
}

TEST(PageGroups, RefuseEntriesThatEndInTheMiddle) {
    const auto groups = pack_pages({{"", "root"}, {"\1", "one down"}});
    const Bytes& whole = groups.at("");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        if (size == whole.size() - 14) continue;  // exactly the first entry
        EXPECT_EQ(find_page(BytesView(whole).substr(0, size), ""), std::nullopt) << size << " bytes";
    }
    EXPECT_TRUE(find_page(whole, ""));
}

}  // namespace
}  // namespace pcq::storage
