// A chain in a store, of which snapshots are offered.
#pragma once

#include "src/base/invariant.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::node {

// After `last_of_set` other validators make it; 0: those of genesis stay for ever, though they have gone in
// another branch.
struct Branch {
    Branch(std::uint64_t blocks, std::uint64_t last_of_set) {
        storage::write_store(folder.path(), chain, 0);
        store = storage::open_store(folder.path());
        for (std::uint64_t height = 1; height <= blocks; ++height) {
            const auto& block = height == last_of_set ? chain.add_last_of_set() : chain.add();
            PCQ_INVARIANT(store->commit(block.write()));
        }
    }

    storage::TestFolder folder;
    storage::TestChain chain;
    std::unique_ptr<storage::ChainStore> store;
};

}  // namespace pcq::node
