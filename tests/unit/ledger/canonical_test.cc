// One message, one byte string: every liberty that protobuf takes when it reads is refused.
#include "src/ledger/canonical.h"

#include <functional>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "proto/pcq/v1/block.pb.h"
#include "proto/pcq/v1/consensus.pb.h"
#include "proto/pcq/v1/genesis.pb.h"
#include "proto/pcq/v1/state.pb.h"
#include "proto/pcq/v1/transaction.pb.h"

#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

// The wire format by hand.
Bytes varint(std::uint64_t value) {
    Bytes out;
    while (value >= 0x80) {
        out.push_back(static_cast<char>((value & 0x7f) | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
    return out;
}
Bytes number(unsigned field, std::uint64_t value) {
    return varint(field << 3) + varint(value);
}
Bytes bytes(unsigned field, const Bytes& value) {
    return varint(field << 3 | 2) + varint(value.size()) + value;
}

// A body of every kind of field that transactions have: bytes, numbers, a message, a repeated message.
proto::TransactionBody report() {
    proto::TransactionBody body;
    body.set_chain_id(Bytes(32, 'c'));
    body.set_account(Bytes(32, 'a'));
    body.set_sequence(300);
    body.set_valid_until_height(1000);
    auto& action = *body.mutable_report_emissions();
    action.set_period(2013);
    action.set_month(12);
    auto& reading = *action.add_readings();
    reading.set_account(Bytes(32, 'r'));
    reading.set_grams(77);
    reading.set_estimated(true);
    return body;
}

const Bytes kHead = bytes(1, Bytes(32, 'c')) + bytes(2, Bytes(32, 'a'));
const Bytes kReading = bytes(1, Bytes(32, 'r')) + number(2, 77) + number(4, 1);
const Bytes kAction = number(1, 2013) + number(2, 12) + bytes(3, kReading);
const unsigned kActionField = proto::TransactionBody::kReportEmissionsFieldNumber;

bool is_body(const Bytes& encoded) {
    proto::TransactionBody body;
    return decode_canonical(encoded, body);
}

TEST(Canonical, IsWhatTheEncoderWrites) {
    const Bytes by_hand = kHead + number(3, 300) + number(4, 1000) + bytes(kActionField, kAction);
    EXPECT_EQ(by_hand, report().SerializeAsString());
    proto::TransactionBody decoded;
    ASSERT_TRUE(decode_canonical(by_hand, decoded));
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(decoded, report()));
    EXPECT_TRUE(is_body(""));
}

TEST(Canonical, HoldsNoUnknownField) {
    const Bytes good = report().SerializeAsString();
    const Bytes unknown[] = {number(999, 1),
                             number(999, 0),
                             bytes(999, "extra"),
                             varint(999 << 3 | 5) + "four",                 // fixed32
                             varint(999 << 3 | 1) + "eight888",             // fixed64
                             varint(999 << 3 | 3) + varint(999 << 3 | 4)};  // a group
    for (const Bytes& field : unknown) {
        EXPECT_FALSE(is_body(good + field));
        EXPECT_FALSE(is_body(field + good));
        EXPECT_FALSE(is_body(kHead + bytes(kActionField, kAction + field)));
        EXPECT_FALSE(is_body(kHead + bytes(kActionField, number(1, 2013) + bytes(3, kReading + field))));
    }
    EXPECT_FALSE(is_body(kHead + varint(3 << 3 | 2) + varint(1) + "x"));  // a known number, another wire type
}

TEST(Canonical, LeavesDefaultsOut) {
    EXPECT_FALSE(is_body(kHead + number(3, 0)));
    EXPECT_FALSE(is_body(bytes(1, "")));
    EXPECT_FALSE(is_body(kHead + bytes(kActionField, number(1, 2013) + bytes(3, kReading + number(3, 0)))));
    // A message that is there and empty is not a default: presence says something.
    EXPECT_TRUE(is_body(kHead + bytes(kActionField, "")));
    EXPECT_TRUE(is_body(kHead + bytes(kActionField, bytes(3, ""))));
}

TEST(Canonical, HasItsFieldsInAscendingOrder) {
    EXPECT_TRUE(is_body(number(3, 300) + number(4, 1000)));
    EXPECT_FALSE(is_body(number(4, 1000) + number(3, 300)));
    EXPECT_FALSE(is_body(bytes(kActionField, kAction) + kHead));
    EXPECT_FALSE(is_body(bytes(kActionField, number(2, 12) + number(1, 2013))));
}

TEST(Canonical, SaysEveryThingOnce) {
    EXPECT_FALSE(is_body(number(3, 300) + number(3, 300)));
    EXPECT_FALSE(is_body(number(3, 299) + number(3, 300)));  // the last one would count
    EXPECT_FALSE(is_body(bytes(1, "a") + bytes(1, "b")));
    // A message in two parts would be merged, and of two actions the last would count.
    EXPECT_FALSE(is_body(bytes(kActionField, number(1, 2013)) + bytes(kActionField, number(2, 12))));
    EXPECT_FALSE(is_body(bytes(proto::TransactionBody::kDepositFieldNumber, number(2, 5)) +
                         bytes(proto::TransactionBody::kTransferCashFieldNumber, number(2, 5))));
    EXPECT_FALSE(
        is_body(bytes(kActionField, kAction) + bytes(proto::TransactionBody::kDepositFieldNumber, "")));
}

TEST(Canonical, WritesNumbersInAsFewBytesAsTheyNeed) {
    const Bytes sequence = hex("18");
    EXPECT_TRUE(is_body(sequence + hex("7f")));
    EXPECT_FALSE(is_body(sequence + hex("ff00")));
    EXPECT_FALSE(is_body(sequence + hex("81808080808080808000")));
    EXPECT_FALSE(is_body(sequence + hex("ffffffffffffffffffff01")));  // eleven bytes
    EXPECT_FALSE(is_body(hex("9800") + hex("7f")));                   // the tag of field 3 in two bytes
    EXPECT_FALSE(is_body(hex("0a8100") + "x"));                       // the length 1 in two bytes
}

TEST(Canonical, HasNoBitsThatANumberDoesNotKeep) {
    const auto action = [](const Bytes& inside) { return bytes(kActionField, inside); };
    EXPECT_TRUE(is_body(action(number(2, 12))));
    EXPECT_FALSE(is_body(action(number(2, (1ULL << 32) + 12))));             // a uint32 keeps 32 bits
    EXPECT_FALSE(is_body(action(bytes(3, number(4, 2)))));                   // a bool is one
    EXPECT_FALSE(is_body(action(bytes(3, hex("2080808080808080808001")))));  // in every way
    EXPECT_TRUE(
        is_body(action(bytes(3, number(2, static_cast<std::uint64_t>(-77))))));  // ten bytes, as it must
    EXPECT_FALSE(is_body(action(bytes(3, hex("10b3ffffffffffffffff03")))));      // bits above the 64th
    proto::PublicKey key;
    EXPECT_TRUE(decode_canonical(number(1, 257), key));  // enums are open; who asks for a key refuses this
    EXPECT_EQ(static_cast<int>(key.type()), 257);
    EXPECT_FALSE(decode_canonical(number(1, (1ULL << 32) + 1), key));
}

TEST(Canonical, PacksRepeatedNumbersIntoOneFieldWhole) {
    proto::PeriodList list;
    EXPECT_TRUE(decode_canonical(bytes(1, varint(2013) + varint(2014)), list));
    EXPECT_EQ(list.periods_size(), 2);
    EXPECT_FALSE(decode_canonical(number(1, 2013) + number(1, 2014), list));
    EXPECT_FALSE(decode_canonical(bytes(1, varint(2013)) + bytes(1, varint(2014)), list));
    EXPECT_FALSE(decode_canonical(bytes(1, varint(2013)) + number(1, 2014), list));
    EXPECT_FALSE(decode_canonical(bytes(1, ""), list));
    EXPECT_FALSE(decode_canonical(bytes(1, hex("8000")), list));
    proto::AccountRecord record;
    EXPECT_TRUE(decode_canonical(bytes(4, varint(1) + varint(2)), record));
    EXPECT_FALSE(decode_canonical(number(4, 1) + number(4, 2), record));
}

TEST(Canonical, HasNothingThatIsNoMessage) {
    const Bytes good = report().SerializeAsString();
    for (const Bytes& tail :
         {Bytes(1, '\0'), hex("0000"), hex("04"), hex("0c"), hex("07"), hex("ff"), hex("0a05")}) {
        EXPECT_FALSE(is_body(good + tail));
        EXPECT_FALSE(is_body(tail));
    }
    EXPECT_FALSE(is_body(hex("0affffffff0f")));  // a length of 4 GiB
    EXPECT_FALSE(is_body(hex("0affffffffffffffffff01")));
    proto::FreezeAccount freeze;
    EXPECT_FALSE(decode_canonical(bytes(2, "\xff\xfe"), freeze));  // text that is no UTF-8
    EXPECT_FALSE(decode_canonical(bytes(2, "\xc0\xaf"), freeze));
    EXPECT_FALSE(decode_canonical(bytes(2, "\xed\xa0\x80"), freeze));
}

// Whatever is done to the bytes, they are refused or say something else.
TEST(Canonical, NeverReadsOneMessageFromTwoByteStrings) {
    const proto::TransactionBody original = report();
    const Bytes good = original.SerializeAsString();
    int accepted = 0;
    const auto look = [&](const Bytes& changed) {
        proto::TransactionBody body;
        if (changed == good || !decode_canonical(changed, body)) return;
        ++accepted;
        EXPECT_FALSE(google::protobuf::util::MessageDifferencer::Equals(body, original));
    };
    for (std::size_t at = 0; at <= good.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            look(Bytes(good).insert(at, 1, static_cast<char>(value)));
            if (at == good.size()) continue;
            Bytes changed = good;
            changed[at] = static_cast<char>(value);
            look(changed);
        }
        if (at < good.size()) look(Bytes(good).erase(at, 1));
        look(good.substr(0, at) + good.substr(at / 2));
    }
    EXPECT_GT(accepted, 1000);
}

// 256 KiB of the smallest pieces, as deep or as many as they come, are read and refused without trouble.
TEST(Canonical, ReadsTheWorstOfATransactionsSize) {
    const auto repeated = [](const Bytes& piece) {
        Bytes out;
        while (out.size() + piece.size() <= 200'000) out += piece;
        return out;
    };
    EXPECT_TRUE(is_body(bytes(kActionField, repeated(bytes(3, "")))));
    EXPECT_FALSE(is_body(repeated(number(3, 1))));
    EXPECT_FALSE(is_body(repeated(number(999, 1))));
    EXPECT_FALSE(is_body(repeated(varint(999 << 3 | 3))));  // groups inside groups
    proto::ConsensusMessage message;
    Bytes nested;
    for (int depth = 0; depth < 1000; ++depth) nested = bytes(3, bytes(5, nested));
    EXPECT_FALSE(decode_canonical(nested, message));
}

// Maps have no order and floats no single form of a number: neither may come into a message.
TEST(Canonical, IsPossibleBecauseNoMessageHasMapsOrFloats) {
    std::set<const google::protobuf::Descriptor*> seen;
    const std::function<void(const google::protobuf::Descriptor*)> look = [&](const auto* type) {
        if (!seen.insert(type).second) return;
        EXPECT_EQ(type->file()->syntax(), google::protobuf::FileDescriptor::SYNTAX_PROTO3);
        for (int i = 0; i < type->field_count(); ++i) {
            const auto* field = type->field(i);
            EXPECT_FALSE(field->is_map()) << field->full_name();
            EXPECT_NE(field->cpp_type(), google::protobuf::FieldDescriptor::CPPTYPE_FLOAT)
                << field->full_name();
            EXPECT_NE(field->cpp_type(), google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE)
                << field->full_name();
            if (field->message_type() != nullptr) look(field->message_type());
        }
    };
    for (const auto* file :
         {proto::Transaction::descriptor()->file(), proto::Header::descriptor()->file(),
          proto::AccountRecord::descriptor()->file(), proto::Genesis::descriptor()->file(),
          proto::ConsensusMessage::descriptor()->file(), proto::ReportEmissions::descriptor()->file(),
          proto::ProposeChange::descriptor()->file(), proto::AllocationRow::descriptor()->file(),
          proto::FreezeRecord::descriptor()->file()}) {
        for (int i = 0; i < file->message_type_count(); ++i) look(file->message_type(i));
    }
    EXPECT_GT(seen.size(), 150u);
}

}  // namespace
}  // namespace pcq::ledger
