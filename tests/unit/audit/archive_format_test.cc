// The archive as a file: what goes in comes out, and whatever is done to the file is found and named.
#include <gmock/gmock.h>
#include <zstd.h>

#include "src/crypto/hash.h"
#include "src/storage/archive_reader.h"
#include "src/storage/archive_writer.h"
#include "tests/unit/audit/archive_fixture.h"
#include "tests/unit/storage/archive_forger.h"

namespace pcq::audit {
namespace {

using storage::ArchiveReader;
using storage::ArchiveWriter;
using storage::Forger;
using testing::HasSubstr;

// Reads all of it.
Code read(const std::filesystem::path& file) {
    const auto content = read_archive(file, {});
    return content ? Code::ok : content.error().code;
}

class ArchiveFormat : public Archives {
protected:
    void expect_damaged(const Forger& forged, const std::string& why) {
        write(path("forged"), forged.bytes());
        const auto content = read_archive(path("forged"), {});
        ASSERT_FALSE(content) << why;
        EXPECT_EQ(content.error().code, Code::archive_damaged);
        EXPECT_THAT(content.error().message, HasSubstr(why));
        EXPECT_THAT(content.error().message, HasSubstr("at byte "));
    }
};

TEST_F(ArchiveFormat, GivesBackEveryBlockByteByByte) {
    const auto from = source(node("node", 5));
    const auto file = exported(from, "archive");
    const auto reader = ArchiveReader::open(file);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ((*reader)->genesis().document, from.genesis.document);
    for (std::uint64_t height = 1; height <= 5; ++height) {
        const auto block = (*reader)->next();
        ASSERT_TRUE(block && *block) << height;
        EXPECT_EQ((*block)->height, height);
        EXPECT_EQ((*block)->certified.SerializeAsString(), from.block(height)->SerializeAsString());
    }
    const auto none = (*reader)->next();
    ASSERT_TRUE(none) << none.error().message;
    EXPECT_FALSE(*none);
    const auto summary = (*reader)->summary();
    EXPECT_EQ(summary.blocks, 5u);
    EXPECT_EQ(summary.transactions, 10u);
    EXPECT_EQ(summary.frames, 1u);
    EXPECT_EQ(summary.file_bytes, std::filesystem::file_size(file));
    EXPECT_LT(summary.first_time_ms, summary.last_time_ms);
}

TEST_F(ArchiveFormat, HasAGoldenHead) {
    const auto from = source(node("node", 1));
    const Bytes bytes = content(exported(from, "archive"));
    EXPECT_EQ(bytes.substr(0, 12), Bytes("PCQARCH\n\0\0\0\1", 12));
    EXPECT_EQ(bytes.substr(12, 32), from.genesis.chain.bytes());
    EXPECT_EQ(bytes.substr(44, 8), Bytes("\0\0\0\0\0\0\0\1", 8));
    EXPECT_EQ(load_u32(BytesView(bytes).substr(52)), from.genesis.document.size());
    const std::size_t head = 56 + from.genesis.document.size();
    EXPECT_EQ(bytes.substr(56, from.genesis.document.size()), from.genesis.document);
    EXPECT_EQ(bytes.substr(head, 32),
              crypto::sha256({Bytes(32, '\0'), BytesView(bytes).substr(0, head)}).bytes());
    EXPECT_EQ(bytes.substr(head + 32, 4), "BLKS");
    EXPECT_EQ(bytes.substr(bytes.size() - 60, 4), "DONE");
}

TEST_F(ArchiveFormat, ShowsEveryByteThatIsChanged) {
    const auto file = exported(source(node("node", 2)), "archive");
    const Bytes whole = content(file);
    ASSERT_EQ(read(file), Code::ok);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        Bytes bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
        write(file, bytes);
        const Code code = read(file);
        const bool is_version = at >= 8 && at < 12;
        ASSERT_EQ(code, is_version ? Code::bad_argument : Code::archive_damaged) << "byte " << at;
    }
}

TEST_F(ArchiveFormat, ShowsEveryPlaceWhereItIsCut) {
    const auto file = exported(source(node("node", 2)), "archive");
    const Bytes whole = content(file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write(file, BytesView(whole).substr(0, size));
        ASSERT_EQ(read(file), Code::archive_damaged) << size << " bytes";
    }
    write(file, whole + "x");
    EXPECT_EQ(read(file), Code::archive_damaged);
    write(file, "");
    EXPECT_EQ(read(file), Code::archive_damaged);
    EXPECT_EQ(read(path("nothing")), Code::io_failed);
}

TEST_F(ArchiveFormat, ShowsFramesThatAreMissingRepeatedOrInAnotherOrder) {
    const auto from = source(node("node", 3));
    const auto whole = [&](const std::vector<std::uint64_t>& heights) {
        Forger forged(from.genesis);
        std::uint64_t last = 0;
        for (const auto height : heights)
            forged.frame(last = height, 1, Forger::listed({*from.block(height)}));
        forged.end(last, heights.size(), 2 * heights.size());
        return forged;
    };
    write(path("good"), whole({1, 2, 3}).bytes());
    EXPECT_EQ(read(path("good")), Code::ok);
    expect_damaged(whole({1, 3}), "the frame from block 2 on");
    expect_damaged(whole({2, 3}), "the frame from block 1 on");
    expect_damaged(whole({1, 1, 2}), "the frame from block 2 on");

    // A frame of another archive, its own sum and all, does not fit behind these.
    const Bytes full = whole({1, 2, 3}).bytes();
    const auto second = full.find("BLKS", full.find("BLKS") + 1);
    const auto third = full.find("BLKS", second + 1);
    write(path("cut"), full.substr(0, second) + full.substr(third));
    EXPECT_EQ(read(path("cut")), Code::archive_damaged);
}

TEST_F(ArchiveFormat, ShowsAnEndThatCountsWrong) {
    const auto from = source(node("node", 2));
    const Bytes two = Forger::listed({*from.block(1), *from.block(2)});
    for (const auto& [last, blocks, transactions] :
         {std::tuple(3, 2, 4), std::tuple(2, 1, 4), std::tuple(2, 2, 3)}) {
        Forger forged(from.genesis);
        forged.frame(1, 2, two);
        forged.end(static_cast<std::uint64_t>(last), static_cast<std::uint64_t>(blocks),
                   static_cast<std::uint64_t>(transactions));
        expect_damaged(forged, "its end counts other blocks");
    }
}

// With sums that hold: somebody has made it so.
TEST_F(ArchiveFormat, RefusesFramesThatLieAboutTheirSize) {
    const auto from = source(node("node", 2));
    const Bytes one = Forger::listed({*from.block(1)});
    const auto frame = [&](std::uint32_t blocks, std::size_t size, const Bytes& packed) {
        Forger forged(from.genesis);
        forged.frame(1, blocks, size, packed);
        return forged;
    };
    const Bytes packed = Forger::packed(one);
    expect_damaged(frame(1, one.size() + 1, packed), "does not unpack");
    expect_damaged(frame(1, one.size() - 1, packed), "does not unpack");
    expect_damaged(frame(1, one.size(), packed + packed), "does not unpack");
    expect_damaged(frame(1, one.size(), packed + "x"), "does not unpack");
    expect_damaged(frame(1, one.size(), "no zstd"), "does not unpack");
    expect_damaged(frame(1, one.size(), ""), "does not unpack");
    expect_damaged(frame(2, one.size(), packed), "fewer blocks");
    expect_damaged(frame(0, one.size(), packed), "numbers that no frame has");
    expect_damaged(frame(0xffffffff, one.size(), packed), "numbers that no frame has");

    // A gigabyte of zeros in 33 kB: not a byte is unpacked, whether it says so or not.
    Bytes bomb(ZSTD_compressBound(std::size_t{64} << 20), '\0');
    const Bytes zeros(std::size_t{64} << 20, '\0');
    bomb.resize(ZSTD_compress(bomb.data(), bomb.size(), zeros.data(), zeros.size(), 1));
    ASSERT_LT(bomb.size(), 100'000u);
    expect_damaged(frame(1, zeros.size(), bomb), "numbers that no frame has");
    expect_damaged(frame(1, storage::kFrameBytesMax, bomb), "does not unpack");
    expect_damaged(frame(1, 0xffffffff, packed), "numbers that no frame has");
}

TEST_F(ArchiveFormat, RefusesBlocksThatAreNotWhatTheyShouldBe) {
    const auto from = source(node("node", 3));
    const auto first = *from.block(1);
    const auto forged = [&](const Bytes& content, std::uint32_t blocks) {
        Forger made(from.genesis);
        made.frame(1, blocks, content);
        return made;
    };
    expect_damaged(forged(Forger::listed({first, *from.block(3)}), 2), "where block 2 should be");
    expect_damaged(forged(Forger::listed({first, first}), 2), "where block 2 should be");
    auto other = first;
    proto::Block block;
    ASSERT_TRUE(block.ParseFromString(first.block()));
    block.mutable_transactions()->RemoveLast();
    other.set_block(block.SerializeAsString());
    expect_damaged(forged(Forger::listed({other}), 1), "other transactions");
    other.set_block("no block");
    expect_damaged(forged(Forger::listed({other}), 1), "no canonical");
    expect_damaged(forged(Forger::listed({first}) + "abc", 1), "another number of blocks or bytes");
    Bytes too_long;
    append_u32(too_long, 0xffffffff);
    expect_damaged(forged(too_long, 1), "another number of blocks or bytes");
    expect_damaged(forged(Forger::listed({first, *from.block(2)}), 1), "another number of blocks or bytes");

    Forger zero(from.genesis, 0);
    expect_damaged(zero, "height 0");
}

// Certificates are not looked at here, so that they can be of any length.
TEST_F(ArchiveFormat, HoldsItsFramesToABoundedSize) {
    const auto from = source(node("node", 5));
    const auto long_block = [&](std::uint64_t height, std::size_t mebibytes) {
        auto block = *from.block(height);
        block.set_certificate(Bytes(mebibytes << 20, 'x'));
        return block;
    };
    const auto writer = ArchiveWriter::open(path("archive"), from.genesis, 1);
    ASSERT_TRUE(writer) << writer.error().message;
    const std::size_t lengths[] = {1, 1, 3, 8};  // the first two share a frame
    for (std::uint64_t height = 1; height <= 4; ++height)
        ASSERT_TRUE((*writer)->add(long_block(height, lengths[height - 1])));
    const auto added = (*writer)->add(long_block(5, 9));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Code::bad_encoding);
    ASSERT_TRUE((*writer)->finish());
    const auto content = read_archive(path("archive"), {});
    ASSERT_TRUE(content) << content.error().message;
    EXPECT_EQ(content->summary.blocks, 4u);
    EXPECT_EQ(content->summary.frames, 3u);
    EXPECT_LT(content->summary.file_bytes, 100'000u);
}

TEST_F(ArchiveFormat, IsWholeOnlyUnderItsName) {
    const auto from = source(node("node", 3));
    {
        const auto writer = ArchiveWriter::open(path("archive"), from.genesis, 1);
        ASSERT_TRUE(writer);
        ASSERT_TRUE((*writer)->add(*from.block(1)));
        EXPECT_FALSE(std::filesystem::exists(path("archive")));
        const auto second = ArchiveWriter::open(path("archive"), from.genesis, 1);
        ASSERT_FALSE(second) << "two write one file";
        EXPECT_EQ(second.error().code, Code::bad_argument);
    }
    exported(from, "archive");
    EXPECT_FALSE(std::filesystem::exists(path("archive.part")));
    const auto again = ArchiveWriter::open(path("archive"), from.genesis, 1);
    ASSERT_FALSE(again);
    EXPECT_THAT(again.error().message, HasSubstr("is there already"));
}

// Wherever a writing was cut: what is made in the end is the same file.
TEST_F(ArchiveFormat, IsTheSameWhereverItsWritingWasCutShort) {
    const auto from = source(node("node", 4));
    const Bytes whole = content(exported(from, "archive"));
    for (std::size_t size = 0; size <= whole.size(); size += 7) {
        write(path("again.part"), BytesView(whole).substr(0, size));
        const auto written = export_archive(from, {path("again"), {}, {}}, {});
        ASSERT_TRUE(written) << size << ": " << written.error().message;
        ASSERT_EQ(content(path("again")), whole) << size;
        std::filesystem::remove(path("again"));
    }
    // Cut short with fewer blocks, because there were fewer then.
    const Bytes three = content(exported(from, "three", 1, 3));
    write(path("more.part"), three);
    EXPECT_EQ(content(exported(from, "more")), whole);
}

TEST_F(ArchiveFormat, IsNotWrittenOverAnythingElse) {
    const auto from = source(node("node", 2));
    write(path("a.part"), "somebody's letter");
    EXPECT_EQ(export_archive(from, {path("a"), {}, {}}, {}).error().code, Code::bad_argument);
    EXPECT_EQ(content(path("a.part")), "somebody's letter");
    const Bytes second = content(exported(from, "second", 2, 2));
    write(path("b.part"), second);
    EXPECT_EQ(export_archive(from, {path("b"), {}, {}}, {}).error().code, Code::bad_argument);
    EXPECT_EQ(content(path("b.part")), second);
}

}  // namespace
}  // namespace pcq::audit
