#include "src/storage/archive.h"

#include "src/base/hex.h"
#include "src/ledger/canonical.h"
#include "src/ledger/transaction.h"

namespace pcq::storage {

BlockRun::BlockRun(const ChainId& chain, std::uint64_t first_height) : chain_(chain) {
    PCQ_INVARIANT(first_height > 0);
    summary_.first_height = first_height;
    summary_.last_height = first_height - 1;
}

Result<> BlockRun::add(const proto::CertifiedBlock& certified) {
    const std::string name = "block " + std::to_string(next_height());
    proto::Block block;
    const std::size_t size = certified.ByteSizeLong();
    if (size > kCertifiedBytesMax || !ledger::decode_canonical(certified.block(), block))
        return Error{Code::bad_encoding, name + " is too long or no canonical pcq.v1.Block"};
    const auto header = ledger::Header::from(block.header(), chain_);
    if (!header) return Error{header.error().code, name + ": " + header.error().message};
    if ((*header)->height() != next_height())
        return Error{Code::bad_header, "where " + name + " should be there is one of height " +
                                           std::to_string((*header)->height())};
    if (last_ && header->previous_hash() != *last_)
        return Error{Code::bad_header, name + " does not stand on the block before it"};
    std::vector<Hash> hashes;
    hashes.reserve(static_cast<std::size_t>(block.transactions_size()));
    for (const auto& bytes : block.transactions()) hashes.push_back(ledger::transaction_hash(chain_, bytes));
    if (hashes.size() != (*header)->transaction_count() ||
        ledger::transactions_root(hashes) != header->transactions_root())
        return Error{Code::bad_header, name + " has other transactions than its header says"};

    last_ = header->hash();
    if (summary_.blocks == 0) summary_.first_time_ms = (*header)->time_ms();
    summary_.last_time_ms = (*header)->time_ms();
    summary_.last_height = (*header)->height();
    summary_.blocks += 1;
    summary_.transactions += hashes.size();
    summary_.block_bytes += size;
    return {};
}

}  // namespace pcq::storage
