#include "src/base/wire.h"

#include <gtest/gtest.h>

namespace pcq {
namespace {

using namespace std::string_literals;

// 1: varint 300; 2: "abc"; 3: fixed64; 4: fixed32; 5: empty.
const Bytes kMessage =
    "\x08\xac\x02\x12\x03"s
    "abc\x19"s
    "12345678\x25"s
    "1234\x2a\x00"s;

TEST(WireFields, ComeInOrderWithTheirContent) {
    WireFields fields(kMessage);
    std::vector<std::pair<std::uint64_t, Bytes>> found;
    while (const auto field = fields.next()) found.emplace_back(field->number, Bytes(field->bytes));
    EXPECT_FALSE(fields.broken());
    EXPECT_EQ(found,
              (std::vector<std::pair<std::uint64_t, Bytes>>{{1, ""}, {2, "abc"}, {3, ""}, {4, ""}, {5, ""}}));
}

TEST(WireFields, EndWhereTheMessageIsCutOffOrIsNone) {
    for (std::size_t size = 0; size < kMessage.size(); ++size) {
        const Bytes cut = kMessage.substr(0, size);
        WireFields fields(cut);
        std::size_t bytes = 0;
        while (const auto field = fields.next()) bytes += field->bytes.size();
        EXPECT_LE(bytes, size);
    }
    for (const Bytes& none : {"\x0b"s, "\x0c"s, "\x0e\x01"s, "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s,
                              Bytes(11, '\xff')}) {
        WireFields fields(none);
        EXPECT_FALSE(fields.next());
        EXPECT_TRUE(fields.broken());
        EXPECT_FALSE(fields.next());
    }
}

TEST(WireFields, AreCountedUpToALimit) {
    EXPECT_EQ(count_fields(kMessage, 10), 5u);
    EXPECT_EQ(count_fields(kMessage, 5), 5u);
    EXPECT_EQ(count_fields(kMessage, 4), 5u);
    EXPECT_EQ(count_fields(kMessage, 3), 4u) << "one more than the limit: that is enough to know";
    EXPECT_EQ(count_fields("", 3), 0u);
}

}  // namespace
}  // namespace pcq
