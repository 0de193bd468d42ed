// The conservation of a whole chain, recomputed from every record of a store and held against the certified
// header.
//
// For the store of a node that is stopped. First everything stored is verified (blocks, receipts,
// certificates, index, every version of state and tree), block 0 made again from the genesis document, and
// the record of votes beside the store, if it is there, asked whether the newest blocks are missing; then the
// balances and holdings of all accounts are added up, exactly. Every vintage counts that either side names;
// one that headers name no more, since its period and a later one are settled, is held against the contracts'
// own record of it. Progress is told in parts of all.
#pragma once

#include <filesystem>
#include <functional>
#include <map>

#include "proto/pcq/v1/block.pb.h"

#include "src/base/amount.h"
#include "src/base/result.h"
#include "src/storage/chain_store.h"

namespace pcq::audit {

struct VintageSum {
    Grams issued;
    Grams held;
    Grams surrendered;
    Grams expired;
    Grams inventory;
    Grams escrow;  // on offer in orders
    std::uint64_t holders = 0;
};

struct TotalsReport {
    std::string chain;
    std::uint64_t height = 0;
    Hash state_root;
    storage::VerifyReport verified;
    proto::Totals certified;                       // of the newest header
    std::map<std::uint32_t, VintageSum> vintages;  // recomputed
    MicroYuan cash;                                // recomputed
    std::uint64_t accounts = 0;                    // with cash
};

// store_damaged names the damaged thing; conservation_violated says which sum differs and by how much, or
// which certified record cannot be read; amount_overflow: the records add up to more than 64 bits. not_found:
// no store.
Result<TotalsReport> audit_totals(const std::filesystem::path& store,
                                  const std::function<void(std::uint64_t, std::uint64_t)>& progress);

// The sums of the newest state of an open store alone: what is stored is not verified. The same errors.
Result<TotalsReport> count_totals(const storage::ChainStore& store);

}  // namespace pcq::audit
