#include "src/storage/snapshot.h"

#include <algorithm>

#include "src/ledger/block.h"
#include "src/ledger/canonical.h"
#include "src/ledger/transaction.h"
#include "src/storage/horizon.h"

namespace pcq::storage {
namespace {

Error refused(Code code, const std::string& what) {
    return Error{code, "a snapshot is refused: " + what};
}

Result<ledger::LightClient> follow(const ledger::Genesis& genesis, const SnapshotHead& head,
                                   std::vector<ledger::Header>& changes) {
    ledger::LightClient client(genesis.chain, genesis.validators);
    for (const auto& change : head.changes) {
        auto header = ledger::Header::from(change.header, genesis.chain);
        if (!header) return header.error();
        if (auto followed = client.follow(change); !followed) return followed.error();
        changes.push_back(*std::move(header));
    }
    return client;
}

// Each is the parent of the next; the last, of the block.
Result<std::vector<ledger::Header>> link(const ledger::Genesis& genesis, const SnapshotHead& head,
                                         const ledger::Header& header) {
    const std::uint64_t height = header->height();
    Kept kept;
    kept.base = height;
    const std::uint64_t first = kept.first_header();
    if (head.lead.size() != height - first)
        return refused(Code::bad_header, "not all headers that lead up to its height are there");
    std::vector<ledger::Header> lead;
    for (const auto& bytes : head.lead) {
        auto above = ledger::Header::from(bytes, genesis.chain);
        if (!above) return above.error();
        const bool follows = (*above)->height() == first + lead.size() &&
                             (lead.empty() || above->previous_hash() == lead.back().hash());
        if (!follows)
            return refused(Code::bad_header, "the headers that lead up to its height are not linked");
        lead.push_back(*std::move(above));
    }
    if (!lead.empty() && header.previous_hash() != lead.back().hash())
        return refused(Code::bad_header, "its block does not follow the headers before it");
    return lead;
}

Result<> check_next(const ledger::Genesis& genesis, const ledger::Header& header, const Bytes& validators) {
    const bool changes = header.next_validators_hash() != header.validators_hash();
    if (!changes && validators.empty()) return {};
    proto::ValidatorSet fields;
    if (!changes || !ledger::decode_canonical(validators, fields))
        return refused(Code::bad_header, "the validators with it are not those that its header names");
    const auto next = ledger::ValidatorSet::from(fields);
    if (!next || next->hash(genesis.chain) != header.next_validators_hash())
        return refused(Code::bad_header, "the validators with it are not those that its header names");
    return {};
}

}  // namespace

std::size_t chunk_depth(std::uint64_t state_bytes) {
    std::size_t depth = kChunkDepthLeast;
    while (depth < kChunkDepthMost && state_bytes / chunk_count(depth) >= kChunkBytes) ++depth;
    return depth;
}

std::size_t deepest_chunk(std::uint64_t height) {
    return height > kYoungHeight ? kChunkDepthMost : 2;
}

std::uint64_t chunk_count(std::size_t depth) {
    return std::uint64_t{1} << 4 * depth;
}

ledger::PagePath chunk_path(std::size_t depth, std::uint64_t number) {
    ledger::PagePath path(depth, '\0');
    for (std::size_t at = depth; at-- > 0; number /= 16) path[at] = static_cast<char>(number % 16);
    return path;
}

Result<VerifiedHead> verify_head(const ledger::Genesis& genesis, const SnapshotHead& head) {
    std::vector<ledger::Header> changes;
    const auto client = follow(genesis, head, changes);
    if (!client) return client.error();
    proto::Block block;
    proto::Receipts receipts;
    if (!ledger::decode_canonical(head.block, block) || !ledger::decode_canonical(head.receipts, receipts))
        return refused(Code::bad_encoding, "its block or receipts cannot be decoded");
    auto header = client->verify(block.header(), head.certificate);
    if (!header) return header.error();
    // A change at its own height, or above, is not below it.
    if ((*header)->height() == 0 || (!changes.empty() && changes.back()->height() >= (*header)->height()))
        return refused(Code::bad_header, "it is of a height that has nothing below");
    std::vector<Hash> hashes;
    for (const auto& transaction : block.transactions())
        hashes.push_back(ledger::transaction_hash(genesis.chain, transaction));
    if (hashes.size() != (*header)->transaction_count() ||
        ledger::transactions_root(hashes) != header->transactions_root())
        return refused(Code::bad_header, "its transactions are not those of its header");
    if (ledger::receipts_root(genesis.chain, {receipts.receipts().begin(), receipts.receipts().end()}) !=
        header->receipts_root())
        return refused(Code::bad_header, "its receipts are not those of its header");
    if (auto named = check_next(genesis, *header, head.next_validators); !named) return named.error();
    auto lead = link(genesis, head, *header);
    if (!lead) return lead.error();
    return VerifiedHead{*std::move(header), *std::move(lead), std::move(changes), std::move(hashes)};
}

// Of one whose validators are followed less far, its header is none above the change that it does not know;
// and where both have headers, they are the same.
Standing compare(const VerifiedHead& first, const VerifiedHead& second) {
    if (first.changes.size() > second.changes.size()) {
        const Standing turned = compare(second, first);
        if (turned == Standing::first_has_gone) return Standing::second_has_gone;
        return turned;
    }
    const std::size_t shared = first.changes.size();
    for (std::size_t i = 0; i < shared; ++i) {
        if (first.changes[i].hash() != second.changes[i].hash()) return Standing::contradict;
    }
    if (second.changes.size() > shared && first.header->height() > second.changes[shared]->height())
        return Standing::first_has_gone;
    const bool is_lower = first.header->height() <= second.header->height();
    const ledger::Header& below = is_lower ? first.header : second.header;
    const VerifiedHead& above = is_lower ? second : first;
    const auto differs = [&below](const ledger::Header& header) {
        return header->height() == below->height() && header.hash() != below.hash();
    };
    const bool contradict = differs(above.header) ||
                            std::any_of(above.lead.begin(), above.lead.end(), differs) ||
                            std::any_of(above.changes.begin(), above.changes.end(), differs);
    return contradict ? Standing::contradict : Standing::together;
}

}  // namespace pcq::storage
