// Everything that ever happened to what an account holds, and to its cash: the records as each block left
// them, held against the running hash of the proven one. Nothing can be left out, added or changed.
//
// Pure; thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "proto/pcq/v1/state.pb.h"

#include "src/base/bytes.h"
#include "src/base/result.h"
#include "src/ledger/canonical.h"

namespace pcq::audit {

// A statement lists at most so many of each. Records are small (a test has the largest that there can be), so
// that these fit a file (src/audit/proof_file.h).
inline constexpr std::uint64_t kMovementsMax = 10'000;
inline constexpr std::size_t kMovementBytesMax = 320;

// As they come from anybody: encoded records, by ascending height.
struct ListedMovements {
    std::vector<Bytes> holding;
    std::vector<Bytes> cash;
};

struct Movements {
    std::vector<proto::HoldingRecord> holding;
    std::vector<proto::CashRecord> cash;
};

// The records of a person's period as they were proven; nothing: proven to be absent.
struct ProvenEnds {
    AccountId account;
    std::uint32_t period = 0;
    std::optional<Bytes> holding;
    std::optional<Bytes> cash;
};

// bad_proof says which movement is not the one that the proven record commits to.
Result<Movements> check_movements(const ChainId& chain, const ProvenEnds& ends,
                                  const ListedMovements& listed);

// One of the two lists as a node shows it, from the proven record back to the first. Each record is held
// against the one after it as it comes, so that nobody makes us keep more than was there.
class MovementsBack {
public:
    enum class Of : std::uint8_t { holding, cash };
    MovementsBack(const ChainId& chain, Bytes key, Of of) : chain_(chain), key_(std::move(key)), of_(of) {}

    // The first is the proven one. bad_proof: it is not the one before the last; limit_reached: there are
    // more than a statement lists.
    Result<> take(Bytes record);
    // The height whose state has the one before; nothing: there is none.
    std::optional<std::uint64_t> next_height() const;
    // By ascending height.
    std::vector<Bytes> all() const { return {newest_first_.rbegin(), newest_first_.rend()}; }

private:
    Result<> hold_against(const proto::Movements& before) const;

    ChainId chain_;
    Bytes key_;
    Of of_;
    std::vector<Bytes> newest_first_;
    proto::Movements last_;  // of the record that was taken last
    Bytes last_bare_;        // it without them
};

// By how much each figure changed, in the order of its field.
struct Change {
    std::string what;  // the field's name, with its unit
    std::int64_t by = 0;
};
struct Movement {
    std::uint64_t height = 0;
    std::vector<Change> holding;
    std::vector<Change> cash;
};
// Both lists in one, by block; a figure that went there and back within a block is not in it.
std::vector<Movement> by_block(const Movements& movements);

}  // namespace pcq::audit
