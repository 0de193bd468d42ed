// An archive made by hand, part by part, with sums that hold whatever the parts say.
#pragma once

#include <zstd.h>

#include "src/crypto/hash.h"
#include "src/storage/archive.h"

namespace pcq::storage {

class Forger {
public:
    explicit Forger(const ledger::Genesis& genesis, std::uint64_t first_height = 1) {
        Bytes head(kArchiveMagic);
        append_u32(head, kArchiveVersion);
        head.append(genesis.chain.view());
        append_u64(head, first_height);
        append_u32(head, static_cast<std::uint32_t>(genesis.document.size()));
        seal(head.append(genesis.document));
    }
    void seal(Bytes part) {
        sum_ = crypto::sha256({sum_.view(), part});
        bytes_.append(part).append(sum_.view());
    }
    void frame(std::uint64_t height, std::uint32_t blocks, std::size_t size, BytesView packed) {
        Bytes part(kFrameMark);
        append_u64(part, height);
        append_u32(part, blocks);
        append_u32(part, static_cast<std::uint32_t>(size));
        append_u32(part, static_cast<std::uint32_t>(packed.size()));
        seal(part.append(packed));
    }
    void frame(std::uint64_t height, std::uint32_t blocks, const Bytes& content) {
        frame(height, blocks, content.size(), packed(content));
    }
    void end(std::uint64_t last, std::uint64_t blocks, std::uint64_t transactions) {
        Bytes part(kEndMark);
        append_u64(part, last);
        append_u64(part, blocks);
        append_u64(part, transactions);
        seal(std::move(part));
    }
    static Bytes packed(const Bytes& content) {
        Bytes out(ZSTD_compressBound(content.size()), '\0');
        out.resize(ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 1));
        return out;
    }
    static Bytes listed(const std::vector<proto::CertifiedBlock>& blocks) {
        Bytes out;
        for (const auto& block : blocks) {
            append_u32(out, static_cast<std::uint32_t>(block.ByteSizeLong()));
            block.AppendToString(&out);
        }
        return out;
    }
    const Bytes& bytes() const { return bytes_; }

private:
    Hash sum_;
    Bytes bytes_;
};

}  // namespace pcq::storage
