// What an auditor attests of a replay, and how it is held against a certified header.
#include "src/audit/attestations.h"

#include <gmock/gmock.h>

#include "src/base/hex.h"
#include "tests/unit/audit/archive_fixture.h"

namespace pcq::audit {
namespace {

using testing::HasSubstr;

// As the contract keeps it.
proto::Attestation kept(const proto::Attest& action, const AccountId& auditor) {
    proto::Attestation attestation;
    attestation.set_chain(action.chain());
    attestation.set_auditor(auditor.bytes());
    attestation.set_height(action.height());
    attestation.set_block_hash(action.block_hash());
    attestation.set_totals(action.totals());
    return attestation;
}

AccountId auditor(char number) {
    return *AccountId::from(Bytes(32, number));
}

class Attesting : public Archives {
protected:
    VerifyReport replayed(std::uint64_t height) const {
        const auto source = replay_of_store(path("old"), "audited");
        EXPECT_TRUE(source) << (source ? "" : source.error().message);
        auto report = verify_chain(*source, {path("work"), 1, height}, {});
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        return *std::move(report);
    }
    static ledger::Header tip(const VerifyReport& report) {
        const auto store = open_store(report.store, "");
        EXPECT_TRUE(store);
        return *(*store)->tip();
    }
};

TEST_F(Attesting, SaysWhatWasReplayedAndAgreesWithTheCertifiedHeader) {
    node("old", 4);
    for (const std::uint64_t height : {2u, 4u}) {
        const auto report = replayed(height);
        const auto action = attestation_of(report);
        EXPECT_EQ(action.chain(), report.genesis.chain.view());
        EXPECT_EQ(action.height(), height);
        EXPECT_FALSE(action.totals().empty());
        EXPECT_EQ(contradiction(kept(action, auditor('a')), tip(report)), std::nullopt);
    }
}

TEST_F(Attesting, IsContradictedByAnotherBlockAndByOtherTotals) {
    node("old", 3);
    const auto report = replayed(3);
    const auto header = tip(report);
    auto other_block = kept(attestation_of(report), auditor('a'));
    other_block.set_block_hash(Bytes(32, 'x'));
    EXPECT_THAT(contradiction(other_block, header).value_or(""), HasSubstr(to_hex(header.hash())));
    auto other_totals = kept(attestation_of(report), auditor('a'));
    other_totals.clear_totals();
    EXPECT_THAT(contradiction(other_totals, header).value_or(""), HasSubstr("other totals"));
}

TEST(ListOfAttestations, IsReadWholeOrNotAtAll) {
    EXPECT_TRUE(attestations(std::nullopt)->empty());
    const ChainId chain = *ChainId::from(Bytes(32, 'c'));
    proto::Attest action;
    action.set_chain(chain.bytes());
    action.set_height(7);
    action.set_block_hash(Bytes(32, 'h'));
    proto::Attestations record;
    *record.add_attestations() = kept(action, auditor('a'));
    action.set_height(9);
    *record.add_attestations() = kept(action, auditor('b'));

    const auto read = attestations(record.SerializeAsString());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->size(), 2u);
    EXPECT_EQ(attested_height(*read, chain, auditor('a')), 7u);
    EXPECT_EQ(attested_height(*read, chain, auditor('b')), 9u);
    EXPECT_EQ(attested_height(*read, chain, auditor('c')), 0u);
    EXPECT_EQ(attested_height(*read, *ChainId::from(Bytes(32, 'd')), auditor('a')), 0u);

    record.mutable_attestations(1)->set_block_hash("short");
    EXPECT_EQ(attestations(record.SerializeAsString()).error().code, Code::bad_encoding);
    EXPECT_EQ(attestations(Bytes("\xff")).error().code, Code::bad_encoding);
}

}  // namespace
}  // namespace pcq::audit
