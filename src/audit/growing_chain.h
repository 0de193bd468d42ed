// A store that a chain is put into block by block, from its genesis document on: what an import and a replay
// stand on. Blocking; one thread.
#pragma once

#include <filesystem>
#include <memory>

#include "src/ledger/executor.h"
#include "src/storage/chain_store.h"

namespace pcq::audit {

struct GrowingChain {
    std::unique_ptr<const ledger::Dispatch> contracts;
    std::unique_ptr<storage::ChainStore> store;
    ledger::ValidatorSet validators;  // who certifies the next block

    // Opens the store in the folder, or begins it. As ChainStore::open.
    static Result<GrowingChain> open(const std::filesystem::path& folder, const ledger::Genesis& genesis);

    std::uint64_t height() const { return (*store->tip())->height(); }
};

}  // namespace pcq::audit
