// What clients have handed in at this node, on disk: transactions that it took, and which it refused. After a
// restart it takes up again what waited, and the fate of each is still told by its hash.
//
//   file   = records                                             <number, 10 digits>.inbox
//   record = length of the body (u32), first 8 bytes of SHA-256 of the body, body
//   body   = 'T', height at which it was taken (u64), transaction
//          | 'R', hash of a transaction, code of the refusal (u32)
//
// Integers are big-endian. A record is written when the call returns, but not synced: it outlives the
// process, and a power cut may take the last ones. What does not hold ends its file. The newest two files are
// kept, so what was handed in long ago is forgotten. May be used from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "src/base/code.h"
#include "src/base/result.h"
#include "src/ledger/transaction.h"

namespace pcq::storage {

class Inbox {
public:
    struct Options {
        std::uint64_t file_bytes = 16ULL << 20;  // then another one is begun
        std::size_t file_records = 65'536;
    };
    struct Entry {
        Code refused = Code::ok;   // ok: it was taken
        std::uint64_t height = 0;  // of the chain when it was taken
        ledger::RawTransaction transaction = {};
    };

    // Creates the folder when there is none.
    static Result<std::unique_ptr<Inbox>> open(const std::filesystem::path& folder, const ChainId& chain,
                                               const Options& options);
    ~Inbox();
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    // What was written last of a transaction counts. Written once: taken again it is known already.
    Result<> take(const Hash& hash, std::uint64_t height, const ledger::RawTransaction& transaction);
    Result<> refuse(const Hash& hash, Code code);
    std::optional<Entry> find(const Hash& hash) const;
    // Those that were taken, in that order.
    std::vector<Hash> taken() const;

private:
    struct File {
        std::uint64_t number = 0;
        int descriptor = -1;
        std::uint64_t bytes = 0;
        std::size_t records = 0;
    };
    struct Place {
        std::uint64_t file = 0;
        std::uint64_t at = 0;
        std::uint32_t length = 0;  // of the body
        Code refused = Code::ok;
    };

    Inbox(std::filesystem::path folder, const ChainId& chain, const Options& options)
        : folder_(std::move(folder)), chain_(chain), options_(options) {}
    std::filesystem::path path_of(std::uint64_t number) const;
    Result<> read(std::uint64_t number);
    Result<> begin(std::uint64_t number);
    void forget_oldest();
    Result<> append(const Hash& hash, const Bytes& body, Code refused);

    const std::filesystem::path folder_;
    const ChainId chain_;
    const Options options_;
    mutable std::mutex mutex_;
    std::vector<File> files_;  // ascending; the last is written to
    std::unordered_map<Hash, Place, IdHasher> places_;
};

}  // namespace pcq::storage
