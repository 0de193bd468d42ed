// What is read back from a disk that may have torn, decayed or been written by somebody else. The vote store
// gives the newest record whose sum holds, or none, and keeps what is saved after it; the chain store's keys
// and page groups are what their writers write, and nothing else is read as one.
#include <map>

#include "proto/pcq/v1/consensus.pb.h"

#include "src/crypto/hash.h"
#include "src/ledger/canonical.h"
#include "src/ledger/table.h"
#include "src/storage/page_group.h"
#include "src/storage/versioned_map.h"
#include "src/storage/vote_store.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/target.h"

namespace pcq::fuzz {
namespace {

using storage::VoteStore;

Bytes slot(std::uint64_t number, BytesView record) {
    Bytes bytes;
    append_u64(bytes, number);
    append_u32(bytes, static_cast<std::uint32_t>(record.size()));
    bytes.append(record);
    return bytes.append(crypto::sha256({bytes}).view());
}

// Up to four slots, each whole, changed in one byte, or anything.
void open_votes(Draw& draw) {
    Bytes content;
    std::map<std::uint64_t, Bytes> whole;
    for (std::uint64_t place = 0; place < 4; ++place) {
        const std::size_t kind = draw.below(4);
        if (kind == 0) continue;
        const std::uint64_t number = draw.below(8);
        Bytes bytes = slot(number, draw.take(draw.below(64)));
        if (kind == 1) bytes[draw.u32() % bytes.size()] ^= static_cast<char>(1 + draw.below(255));
        if (kind == 2) bytes = draw.chunk();
        if (kind == 3 && number != 0) whole[number] = bytes.substr(12, bytes.size() - 12 - 32);
        content.resize(std::max(content.size(), place * VoteStore::kSlotBytes + bytes.size()));
        content.replace(place * VoteStore::kSlotBytes, bytes.size(), bytes);
    }
    if (content.find_first_not_of('\0') == Bytes::npos)
        return;  // a new file: not in /proc, where no folder is synced
    const MemoryFile file(content);
    const auto opened = VoteStore::open(file.path());
    PCQ_INVARIANT(opened.has_value() && !opened->was_never_saved);
    PCQ_INVARIANT(opened->last.has_value() == !whole.empty());
    // Of two records of one number, which no store writes, either may be read.
    if (opened->last) {
        static_cast<void>(ledger::decode<proto::VoteRecord>(*opened->last));
    }
    const Bytes next = "next " + Bytes(draw.rest().substr(0, 100));
    PCQ_INVARIANT(opened->store->save(next).has_value());
    const auto again = VoteStore::open(file.path());
    PCQ_INVARIANT(again.has_value() && again->last == next);
}

void read_key(BytesView bytes) {
    if (const auto entry = storage::parse_versioned_key(bytes))
        PCQ_INVARIANT(storage::versioned_key(entry->key, entry->version) == bytes);
    const auto own = storage::parse_versioned_key(storage::versioned_key(bytes, bytes.size()));
    PCQ_INVARIANT(own && own->key == bytes && own->version == bytes.size());
    PCQ_INVARIANT(storage::is_marked(storage::present(bytes)));
}

void read_group(Draw& draw) {
    const Bytes group(draw.take(draw.below(2) * 2));
    const BytesView entries = draw.rest();
    const auto pages = storage::unpack_pages(group, entries);
    if (!pages) return;
    for (const auto& [path, page] : *pages) {
        PCQ_INVARIANT(storage::group_of(path) == group);
        PCQ_INVARIANT(storage::find_page(entries, path) == page);
    }
    const auto packed = storage::pack_pages(*pages);
    PCQ_INVARIANT(pages->empty() || (packed.size() == 1 && packed.begin()->second == entries));
}

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    switch (draw.below(3)) {
        case 0:
            return open_votes(draw);
        case 1:
            return read_key(draw.rest());
        default:
            return read_group(draw);
    }
}

std::vector<Bytes> seeds() {
    proto::VoteRecord record;
    record.set_height(7);
    record.set_voted(true);
    record.set_voted_hash(Bytes(32, 'h'));
    const Bytes bytes = record.SerializeAsString();
    Bytes votes(1, '\0');
    for (const char kind : {'\3', '\1', '\2', '\3'}) {
        votes.push_back(kind);
        votes.push_back('\5');
        votes.push_back(static_cast<char>(bytes.size()));
        votes += bytes;
        if (kind == '\2') votes += chunk_of(slot(5, bytes));
    }
    const Bytes with_zeros("k\0\0", 3);
    const auto top = storage::pack_pages({{"", "page"}, {"\1", "another"}});
    const auto deep = storage::pack_pages({{"\1\2\3", "page"}, {"\1\2\4", "another"}});
    return {votes, Bytes(1, '\1') + storage::versioned_key(with_zeros, 9),
            Bytes("\2\0", 2) + top.begin()->second, Bytes("\2\1\1\2", 4) + deep.begin()->second};
}

}  // namespace pcq::fuzz
