// Reads that trust no node: a record counts only with its proof under the state root of a header that a
// quorum of the validators has signed, a transaction only with its path under that header's roots.
//
// What the node says beside that is ignored; that it refuses is said to be its word. A lie is bad_header,
// bad_certificate or bad_proof; an answer that is older than one seen before is answer_stale; what cannot be
// read is answer_malformed. The validators are those of the chain's genesis document and, set by set, those
// that they have named since: where a header is certified by others than those known, the node is asked for
// the changes, and each is proven by the set before it. What remains to be trusted is that no quorum of a set
// that has gone signs blocks beside the chain. As the client it uses: one per thread.
#pragma once

#include "src/client/rpc_client.h"
#include "src/ledger/certificate.h"
#include "src/ledger/table.h"

namespace pcq::client {

struct VerifiedRecords {
    ledger::Header header;                     // the state is that after this block
    std::vector<std::optional<Bytes>> values;  // in the order of the keys; nothing: proven to be absent
};

struct VerifiedTransaction {
    ledger::Header header;  // of its block
    std::uint32_t index = 0;
    proto::Receipt receipt;
};

class VerifiedReader {
public:
    // The client outlives the reader. `chain` is how the node calls it; the light client says which one it
    // is.
    VerifiedReader(RpcClient& client, std::string chain, ledger::LightClient light_client);

    // Nobody signs the genesis block: who has the contracts can make its header from the document.
    void believe(ledger::Header genesis) { genesis_ = std::move(genesis); }

    // State after the block at `height`; nothing: the newest that the node has.
    Result<VerifiedRecords> read(const std::vector<Bytes>& keys,
                                 std::optional<std::uint64_t> height = std::nullopt);
    Result<ledger::Header> header(std::optional<std::uint64_t> height = std::nullopt);
    // not_found if the node does not have it committed, which is the one thing that is not proven.
    Result<VerifiedTransaction> transaction(const Hash& hash);

    // One record of a typed table, or its proven absence.
    template <class Key, class Record>
    Result<std::optional<Record>> record(const ledger::Table<Key, Record>& table, const Key& key,
                                         std::optional<std::uint64_t> height = std::nullopt) {
        const auto read_back = read({table.key(key)}, height);
        if (!read_back) return read_back.error();
        if (!read_back->values.front()) return std::optional<Record>();
        auto decoded = ledger::decode<Record>(*read_back->values.front());
        if (!decoded) return Error{Code::bad_encoding, "the proven record is of another kind than asked for"};
        return decoded;
    }

    // Of an answer that has "header" and "certificate" in base64. Asked for a height: bad_header if it is
    // another; for the newest: answer_stale.
    Result<ledger::Header> certified(const boost::json::value& answer, std::optional<std::uint64_t> height);

    // The newest set that was followed to.
    const ledger::ValidatorSet& validators() const { return light_client_.validators(); }
    // The highest height that was verified.
    std::uint64_t height() const { return newest_; }

private:
    Result<ledger::Header> verify(const Bytes& header, const Bytes& certificate);
    Result<> follow();

    RpcClient& client_;
    std::string chain_;
    ledger::LightClient light_client_;
    std::uint64_t sets_ = 1;  // of validators that are known; the genesis document's is the first
    std::uint64_t newest_ = 0;
    std::optional<ledger::Header> genesis_;
};

}  // namespace pcq::client
