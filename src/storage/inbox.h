// What clients have handed in at this node, on disk: transactions that it took, and which it refused. After a
// restart it takes up again what waited, and the fate of each is still told by its hash.
//
//   files  = taken transactions: <number, 10 digits>.taken; refusals: <number, 10 digits>.refused
//   record = length of the body (u32), first 8 bytes of SHA-256 of the body, body
//   body   = order (u64), then in .taken:   height at which it was taken (u64), transaction
//                              in .refused: hash of a transaction, code of the refusal (u32)
//
// Integers are big-endian. The order counts over both kinds: what was written last of a transaction counts. A
// record is written when the call returns, but not synced: it outlives the process, and a power cut may take
// the last ones. What does not hold ends its file. Of each kind the newest two files are kept, so what was
// handed in long ago is forgotten, and no number of refusals makes it forget what it took. May be used from
// any thread.
#pragma once

#include <filesystem>
#include <functional>
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
    struct Limits {  // of a file; then another one is begun
        std::uint64_t bytes = 0;
        std::size_t records = 0;
    };
    struct Options {
        Limits taken{256ULL << 20, 100'000};  // as much as a mempool holds: what waits is in two such files
        Limits refused{16ULL << 20, 65'536};
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

    // Written once: taken again it is known already.
    Result<> take(const Hash& hash, std::uint64_t height, const ledger::RawTransaction& transaction);
    Result<> refuse(const Hash& hash, Code code);
    std::optional<Entry> find(const Hash& hash) const;
    bool has_taken(const Hash& hash) const;  // and not refused since
    // Those that were taken, and not refused since, in that order.
    std::vector<Hash> taken() const;

private:
    class Log;

    Inbox(std::unique_ptr<Log> taken, std::unique_ptr<Log> refused);
    bool is_taken(const Hash& hash) const;

    mutable std::mutex mutex_;
    const std::unique_ptr<Log> taken_;
    const std::unique_ptr<Log> refused_;
    std::uint64_t order_ = 0;  // of the last record
};

}  // namespace pcq::storage
