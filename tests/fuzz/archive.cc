// An archive that somebody hands over: any bytes, or a head and parts of any content whose sums hold, so that
// what stands behind the sums is met too. What is given out are blocks in ascending order that stand one on
// another; the end is reached only where the file ends; and an archive that does not hold stays so.
#include "src/ledger/canonical.h"
#include "src/storage/archive_reader.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/target.h"
#include "tests/unit/storage/archive_forger.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::fuzz {
namespace {

using storage::Forger;

constexpr std::uint64_t kBlocks = 4;

struct Truth {
    storage::TestChain chain;
    std::vector<proto::CertifiedBlock> blocks;
};

const Truth& truth() {
    static const Truth* const made = [] {
        auto* truth = new Truth;
        for (std::uint64_t height = 1; height <= kBlocks; ++height) {
            const auto& block = truth->chain.add();
            auto& certified = truth->blocks.emplace_back();
            certified.set_block(block.block);
            certified.set_certificate(block.certificate);
        }
        return truth;
    }();
    return *made;
}

// Whether it was read to its end.
bool read(BytesView bytes) {
    const MemoryFile file(bytes);
    const auto opened = storage::ArchiveReader::open(file.path());
    if (!opened) {
        const Code code = opened.error().code;
        PCQ_INVARIANT(code == Code::archive_damaged || code == Code::bad_argument);
        return false;
    }
    auto& reader = **opened;
    std::uint64_t height = reader.summary().first_height;
    std::uint64_t unpacked = 0;
    std::optional<Hash> last;
    while (true) {
        const auto block = reader.next();
        if (!block) {
            PCQ_INVARIANT(block.error().code == Code::archive_damaged);
            const auto again = reader.next();
            PCQ_INVARIANT(!again && again.error() == block.error());
            return false;
        }
        if (!*block) break;
        PCQ_INVARIANT((*block)->height == height++);
        unpacked += (*block)->certified.ByteSizeLong();
        proto::Block fields;
        PCQ_INVARIANT(ledger::decode_canonical((*block)->certified.block(), fields));
        const auto header = ledger::Header::from(fields.header(), reader.genesis().chain);
        PCQ_INVARIANT(header && (*header)->height() + 1 == height);
        PCQ_INVARIANT(!last || header->previous_hash() == *last);
        last = header->hash();
    }
    const auto summary = reader.summary();
    PCQ_INVARIANT(reader.offset() == bytes.size() && summary.file_bytes == bytes.size());
    PCQ_INVARIANT(summary.last_height + 1 == height && summary.block_bytes == unpacked);
    PCQ_INVARIANT(summary.blocks == height - summary.first_height);
    PCQ_INVARIANT(unpacked <= summary.frames * storage::kFrameBytesMax);
    return true;
}

// True blocks, and others.
Bytes blocks(Draw& draw, std::uint64_t& next, std::uint32_t& count) {
    std::vector<proto::CertifiedBlock> list;
    for (std::size_t left = draw.below(4); left > 0; --left) {
        proto::CertifiedBlock block = truth().blocks[(next + kBlocks - 1) % kBlocks];
        switch (draw.below(8)) {
            case 0:
                block = truth().blocks[draw.below(kBlocks)];
                break;
            case 1:
                block.set_certificate(Bytes(draw.chunk()));
                break;
            case 2:
                block.set_block(Bytes(draw.chunk()));
                break;
            default:
                break;
        }
        ++next;
        list.push_back(std::move(block));
    }
    count = static_cast<std::uint32_t>(list.size());
    return Forger::listed(list);
}

void add_part(Draw& draw, Forger& forged, std::uint64_t& next) {
    const std::uint64_t first = next;
    std::uint32_t count = 0;
    switch (draw.below(8)) {
        case 0:
            return forged.seal(Bytes(draw.chunk()));
        case 1:
            return forged.frame(draw.number(), draw.u32(), draw.u32(), draw.chunk());
        case 2:
            return forged.end(draw.number(), draw.number(), draw.number());
        case 3:
            return forged.end(next - 1, next - 1, 2 * (next - 1));
        case 4: {
            const Bytes content = blocks(draw, next, count) + Bytes(draw.chunk());
            return forged.frame(first, count, content);
        }
        case 5: {
            const Bytes content = blocks(draw, next, count);
            return forged.frame(first, count + draw.byte(), content.size() + draw.byte(),
                                Forger::packed(content) + Bytes(draw.chunk()));
        }
        default: {
            const Bytes content = blocks(draw, next, count);
            return forged.frame(first, count, content);
        }
    }
}

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    if (draw.one_in(4)) return static_cast<void>(read(draw.rest()));
    Forger forged(truth().chain.genesis(), draw.one_in(16) ? draw.number() : 1);
    std::uint64_t next = 1;
    for (int parts = 0; parts < 16 && !draw.is_used_up(); ++parts) add_part(draw, forged, next);
    static_cast<void>(read(forged.bytes()));
}

std::vector<Bytes> seeds() {
    Forger whole(truth().chain.genesis());
    whole.frame(1, 2, Forger::listed({truth().blocks[0], truth().blocks[1]}));
    whole.frame(3, 1, Forger::listed({truth().blocks[2]}));
    std::uint64_t transactions = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        proto::Block block;
        PCQ_INVARIANT(block.ParseFromString(truth().blocks[i].block()));
        transactions += static_cast<std::uint64_t>(block.transactions_size());
    }
    whole.end(3, 3, transactions);
    PCQ_INVARIANT(read(whole.bytes()));
    // Two frames of true blocks and an end; one of a block too many; a frame of which nothing is true.
    return {Bytes(1, '\3') + whole.bytes(), Bytes("\0\0\6\2\7\7\6\1\7\3", 10), Bytes("\0\0\4\1\7\0\1x\3", 9),
            Bytes("\0\0\1\0\5\0\0\0\1\0\0\0\1\0\1x", 16)};
}

}  // namespace pcq::fuzz
