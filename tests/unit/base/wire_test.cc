#include "src/base/wire.h"

#include <google/protobuf/struct.pb.h>
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

using google::protobuf::ListValue;  // of values, which may be lists

bool is_within(BytesView message, std::size_t most) {
    return has_fields_within(message, *ListValue::descriptor(), most);
}

TEST(HasFieldsWithin, CountsThoseOfTheMessagesInIt) {
    ListValue list;
    for (int i = 0; i < 3; ++i) list.add_values()->set_bool_value(true);
    const Bytes three = list.SerializeAsString();
    EXPECT_TRUE(is_within(three, 6));
    EXPECT_FALSE(is_within(three, 5));
    EXPECT_TRUE(is_within("", 0));
    EXPECT_TRUE(is_within(Bytes(2, '\x78'), 1)) << "a field that nobody knows";
    EXPECT_FALSE(is_within(Bytes(4, '\x78'), 1));
}

TEST(HasFieldsWithin, IsFalseWhereTheDecoderReadsOnAndThisDoesNot) {
    const Bytes empty_values = "\x0a\x00\x0a\x00"s;
    const Bytes group = "\x7b\x7c"s + empty_values;
    ListValue read;
    ASSERT_TRUE(read.ParseFromString(group));
    ASSERT_EQ(read.values_size(), 2);
    EXPECT_TRUE(is_within(empty_values, 2));
    EXPECT_FALSE(is_within(group, 1'000));
    EXPECT_FALSE(is_within(empty_values + '\x0a', 1'000)) << "cut off";
}

// So many lists in each other, each a value of the one around it.
Bytes nested(int lists) {
    const auto field = [](char tag, const Bytes& content) {
        Bytes bytes(1, tag);
        std::size_t size = content.size();
        for (; size >= 0x80; size >>= 7) bytes += static_cast<char>((size & 0x7f) | 0x80);
        return bytes + static_cast<char>(size) + content;
    };
    Bytes list;
    for (int i = 1; i < lists; ++i) list = field('\x0a', field('\x32', list));
    return list;
}

TEST(HasFieldsWithin, GoesNoDeeperThanTheDecoder) {
    EXPECT_TRUE(is_within(nested(50), 98));
    EXPECT_TRUE(ListValue().ParseFromString(nested(50)));
    EXPECT_FALSE(is_within(nested(52), 1'000));
    EXPECT_FALSE(ListValue().ParseFromString(nested(52)));
    EXPECT_FALSE(is_within(nested(20'000), 1'000'000)) << "and the stack holds";
}

}  // namespace
}  // namespace pcq
