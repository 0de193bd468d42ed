// A chain on its way from one store to another: what arrives is what was there, and nothing that does not
// hold.
#include <gmock/gmock.h>

#include "src/audit/totals.h"
#include "src/storage/archive_reader.h"
#include "src/storage/archive_writer.h"
#include "tests/unit/audit/archive_fixture.h"

namespace pcq::audit {
namespace {

using testing::HasSubstr;

class Moving : public Archives {
protected:
    Result<ImportReport> import(const std::filesystem::path& file, const std::string& data,
                                std::optional<Bytes> document = {}) const {
        return import_archive(file, {path(data), std::move(document)}, {});
    }
    // What the auditor says of the store; every byte is verified.
    std::pair<std::uint64_t, Hash> audited(const std::string& data) const {
        const auto report = audit_totals(path(data) / "audited" / "store", [](auto, auto) {});
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        return report ? std::pair(report->height, report->state_root) : std::pair<std::uint64_t, Hash>();
    }
    // An archive of the first blocks of a source, some of them changed.
    std::filesystem::path changed(
        const BlockSource& from, std::uint64_t blocks,
        const std::function<void(std::uint64_t, proto::CertifiedBlock&)>& change) const {
        static int number = 0;
        const auto file = path("changed " + std::to_string(++number));
        const auto writer = storage::ArchiveWriter::open(file, from.genesis, 1);
        EXPECT_TRUE(writer);
        for (std::uint64_t height = 1; height <= blocks; ++height) {
            auto block = *from.block(height);
            change(height, block);
            EXPECT_TRUE((*writer)->add(block));
        }
        EXPECT_TRUE((*writer)->finish());
        return file;
    }
};

TEST_F(Moving, GivesAStoreThatIsTheSame) {
    node("old", 6);
    const auto from = source(path("old"));
    const auto file = exported(from, "archive");
    const auto report = import(file, "new", from.genesis.document);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->before, 0u);
    EXPECT_EQ(report->height, 6u);
    EXPECT_FALSE(report->has_votes);
    EXPECT_EQ(report->store, path("new") / "audited" / "store");
    EXPECT_EQ(audited("new"), audited("old"));
    EXPECT_EQ(report->state_root, audited("old").second);
    // And out of it comes the same archive.
    EXPECT_EQ(content(exported(source(path("new")), "again")), content(file));
    EXPECT_FALSE(std::filesystem::exists(path("new") / "audited" / "votes"));
}

TEST_F(Moving, IsGoneOnWithWhereItWasCutShort) {
    node("old", 6);
    const auto from = source(path("old"));
    const auto file = exported(from, "archive");
    ASSERT_TRUE(import(exported(from, "half", 1, 3), "new"));
    const auto report = import(file, "new");
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->before, 3u);
    EXPECT_EQ(report->height, 6u);
    const auto nothing = import(file, "new");
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->before, 6u);
    EXPECT_EQ(audited("new"), audited("old"));
}

TEST_F(Moving, TakesOnePartAfterTheOther) {
    node("old", 6);
    const auto from = source(path("old"));
    const auto first = exported(from, "first", 1, 2);
    const auto second = exported(from, "second", 3, 6);
    const auto early = import(second, "new");
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, Code::bad_argument);
    EXPECT_THAT(early.error().message, HasSubstr("begins with block 3, the store ends with block 0"));
    ASSERT_TRUE(import(first, "new"));
    ASSERT_TRUE(import(second, "new"));
    EXPECT_EQ(audited("new"), audited("old"));
}

TEST_F(Moving, KeepsTheBlocksBeforeADamagedPlace) {
    node("old", 4);
    const auto from = source(path("old"));
    const auto file = exported(from, "archive");
    Bytes bytes = content(file);
    bytes.resize(bytes.size() - 10);
    write(path("cut"), bytes);
    const auto report = import(path("cut"), "new");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::archive_damaged);
    EXPECT_THAT(report.error().message, HasSubstr("the store has all blocks up to 4"));
    EXPECT_EQ(audited("new"), audited("old"));
}

TEST_F(Moving, NamesTheFirstBlockThatDoesNotHold) {
    node("old", 5);
    const auto from = source(path("old"));
    const auto weak = changed(from, 5, [](std::uint64_t height, auto& block) {
        if (height < 3) return;
        proto::CommitCertificate certificate;
        ASSERT_TRUE(certificate.ParseFromString(block.certificate()));
        certificate.mutable_signatures(0)->mutable_signature()->back() ^= 1;
        block.set_certificate(certificate.SerializeAsString());
    });
    const auto report = import(weak, "new");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::bad_certificate);
    EXPECT_THAT(report.error().message, HasSubstr("block 3 does not hold"));
    EXPECT_EQ(audited("new").first, 2u);
    // With the true archive it goes on.
    ASSERT_TRUE(import(exported(from, "archive"), "new"));
    EXPECT_EQ(audited("new"), audited("old"));
}

// Certified by a quorum, and the contracts would never make them: transactions that mean nothing.
TEST_F(Moving, RefusesWhatIsCertifiedAndCannotBeExecuted) {
    {
        Writer writer(path("old") / "audited" / "store", proto::CHAIN_KIND_SIDE);
        add_blocks(writer, 2);
        writer.add({}, {});
    }
    const auto report = import(exported(source(path("old")), "archive"), "new");
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message, HasSubstr("block 3 does not hold"));
    EXPECT_EQ(audited("new").first, 2u);
}

TEST_F(Moving, NeverMixesTwoChains) {
    node("old", 2);
    const auto from = source(path("old"));
    const auto file = exported(from, "archive");
    const auto main = genesis_of(proto::CHAIN_KIND_MAIN);  // of the same name
    const auto wrong = import(file, "new", main.document);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Code::bad_argument);
    EXPECT_FALSE(std::filesystem::exists(path("new"))) << "nothing was made";

    { const Writer other(path("other") / "audited" / "store", proto::CHAIN_KIND_MAIN); }
    const auto over = import(file, "other");
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code, Code::bad_argument);
    EXPECT_EQ(source(path("other")).genesis.chain, main.chain);
}

TEST_F(Moving, SaysSoWhenTheStoreHasAnotherBlockThanTheArchive) {
    node("old", 3);
    {
        Writer writer(path("fork") / "audited" / "store", proto::CHAIN_KIND_SIDE);
        add_blocks(writer, 1);
        writer.add({deposit(writer.chain(), 77)});
    }
    const auto report = import(exported(source(path("old")), "archive"), "fork");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::bad_header);
    EXPECT_THAT(report.error().message, HasSubstr("block 2 of the archive is another one"));
    EXPECT_EQ(audited("fork").first, 2u);
}

TEST_F(Moving, FindsTheStoreOfANodeOrSaysThatThereIsNone) {
    node("old", 1);
    EXPECT_EQ(source(path("old") / "audited" / "store").last_height, 1u);
    EXPECT_EQ(blocks_of_store(path("old"), "other").error().code, Code::not_found);
    EXPECT_EQ(blocks_of_store(path("nowhere"), "audited").error().code, Code::not_found);
}

TEST_F(Moving, ExportsNoBlocksThatAreNotThere) {
    node("old", 3);
    const auto from = source(path("old"));
    for (const auto& [first, last] : {std::pair(0, 3), {2, 1}, {1, 4}, {4, 4}}) {
        const auto written = export_archive(
            from, {path("archive"), static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last)}, {});
        ASSERT_FALSE(written) << first << " to " << last;
        EXPECT_EQ(written.error().code, Code::bad_argument);
    }
    auto pruned = from;
    pruned.first_height = 2;
    EXPECT_EQ(export_archive(pruned, {path("archive"), {}, {}}, {}).error().code, Code::height_pruned);
    EXPECT_FALSE(std::filesystem::exists(path("archive.part")));
}

TEST_F(Moving, DoesNotArchiveWhatASourceTellsWrong) {
    node("old", 3);
    auto lying = source(path("old"));
    const auto honest = lying.block;
    lying.block = [honest](std::uint64_t height) { return honest(height == 2 ? 3 : height); };
    const auto written = export_archive(lying, {path("archive"), {}, {}}, {});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::bad_header);
    EXPECT_THAT(written.error().message, HasSubstr("where block 2 should be"));
    EXPECT_FALSE(std::filesystem::exists(path("archive")));
}

}  // namespace
}  // namespace pcq::audit
