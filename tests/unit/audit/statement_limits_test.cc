// How much a statement may list, and that a node which is asked for it cannot make us keep more.
#include <cstring>
#include <limits>

#include "tests/unit/audit/statement_files.h"

namespace pcq::audit {
namespace {

// From the last to the first, as a node is asked for them: each counts as soon as it is there.
TEST_F(StatementFiles, TakeNoMovementThatDoesNotLeadToTheNextOne) {
    const auto all = movements_of(story());
    const Bytes key = contracts::kHoldings.key({kPerson, 2013});
    const auto back = [&key] { return MovementsBack(side().chain, key, MovementsBack::Of::holding); };
    auto whole = back();
    EXPECT_TRUE(whole.take(all.holding[2]));
    EXPECT_EQ(whole.next_height(), 2u);
    EXPECT_TRUE(whole.take(all.holding[1]));
    EXPECT_EQ(whole.next_height(), 1u);
    EXPECT_TRUE(whole.take(all.holding[0]));
    EXPECT_EQ(whole.next_height(), std::nullopt);
    EXPECT_EQ(whole.all(), all.holding);

    const auto refused = [&](const Bytes& second) {
        auto some = back();
        EXPECT_TRUE(some.take(all.holding[2]));
        const auto taken = some.take(second);
        ASSERT_FALSE(taken);
        EXPECT_EQ(taken.error().code, Code::bad_proof);
    };
    refused(all.holding[0]);
    refused(all.holding[2]);
    refused(Bytes());
    refused(Bytes(kMovementBytesMax + 1, 'x'));
    proto::HoldingRecord other;
    ASSERT_TRUE(other.ParseFromString(all.holding[1]));
    auto more = other;
    more.mutable_movements()->set_hash(Bytes(32, 'h'));
    refused(ledger::encode(more));
    more = other;
    more.set_reason(std::string(kMovementBytesMax, 'r'));
    refused(ledger::encode(more));
    // Another record with the right link is found by the next one.
    more = other;
    more.set_issued_g(1);
    auto some = back();
    EXPECT_TRUE(some.take(all.holding[2]));
    EXPECT_TRUE(some.take(ledger::encode(more)));
    EXPECT_FALSE(some.take(all.holding[0]));
    // More than a statement lists.
    other.mutable_movements()->set_count(kMovementsMax + 1);
    const auto many = back().take(ledger::encode(other));
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().code, Code::limit_reached);
}

// However much there is in each of them.
TEST(StatementLimits, AsManyMovementsAsItListsFitAFile) {
    const auto largest = [](auto record) {
        const auto& type = *record.GetDescriptor();
        for (int at = 0; at < type.field_count(); ++at) {
            using Field = google::protobuf::FieldDescriptor;
            const auto* field = type.field(at);
            if (field->cpp_type() == Field::CPPTYPE_INT64)
                record.GetReflection()->SetInt64(&record, field, std::numeric_limits<std::int64_t>::min());
            if (field->cpp_type() == Field::CPPTYPE_UINT32)
                record.GetReflection()->SetUInt32(&record, field, std::numeric_limits<std::uint32_t>::max());
            if (field->cpp_type() == Field::CPPTYPE_STRING)  // identifiers and reasons have at most 64
                record.GetReflection()->SetString(&record, field, std::string(64, 'x'));
        }
        record.mutable_movements()->set_count(std::numeric_limits<std::uint64_t>::max());
        record.mutable_movements()->set_height(std::numeric_limits<std::uint64_t>::max());
        record.mutable_movements()->set_hash(Bytes(32, 'h'));
        return ledger::encode(record);
    };
    const Bytes holding = largest(proto::HoldingRecord());
    const Bytes cash = largest(proto::CashRecord());
    EXPECT_LE(holding.size(), kMovementBytesMax);
    EXPECT_LE(cash.size(), kMovementBytesMax);
    const std::size_t both = to_base64(holding).size() + to_base64(cash).size() + 2 * std::strlen("\"\",");
    // 2 MiB are left for everything else: six proofs of at most 256 hashes, and changes of validators.
    EXPECT_LE(kMovementsMax * both, kProofFileMax - (2U << 20U));
}

}  // namespace
}  // namespace pcq::audit
