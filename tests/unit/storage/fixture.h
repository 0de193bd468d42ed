// A chain made in memory block by block, with real trees, roots and certificates, for stores to hold; and a
// folder that goes away with its test.
#pragma once

#include <filesystem>
#include <map>

#include "src/crypto/key.h"
#include "src/ledger/block.h"
#include "src/ledger/executor.h"
#include "src/storage/chain_store.h"

namespace pcq::storage {

class TestFolder {
public:
    TestFolder();
    ~TestFolder();
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

struct TestBlock {
    ledger::Header header;
    Bytes block;
    Bytes certificate;
    std::vector<Hash> transactions;
    ledger::Executed executed;

    BlockWrite write() const { return {header, block, certificate, transactions, executed}; }
};

using TestState = std::map<Bytes, Bytes>;

// Block h sets "counter" and "home h" (with zero bytes in its key), and removes "home h-3".
class TestChain {
public:
    explicit TestChain(const std::string& name = "test");

    const ledger::Genesis& genesis() const { return *genesis_; }
    const ledger::GenesisBlock& genesis_block() const { return *genesis_block_; }
    // The block after the last one made; the blocks of equal chains are equal.
    const TestBlock& add();
    // The same with changes of the test's own.
    const TestBlock& add(ledger::StateChanges changes);
    // A block as add() makes it, and it is the last one of these validators: a fresh key takes the place of
    // the first. If they do not go, they make the next block all the same.
    const TestBlock& add_last_of_set(bool they_go = true);
    const TestBlock& at(std::uint64_t height) const { return blocks_.at(height - 1); }
    const TestState& state(std::uint64_t height) const { return states_.at(height); }

    Bytes certify(const ledger::Header& header) const;  // by a quorum of who makes the next block

    static Bytes home(std::uint64_t height);

private:
    class Pages final : public ledger::PageReader {
    public:
        Bytes page(const ledger::PagePath& path, std::uint64_t version) const override {
            return pages_.at({path, version});
        }
        void add(std::uint64_t version, const ledger::TreeUpdate& update) {
            for (const auto& [path, bytes] : update.pages) pages_[{path, version}] = bytes;
        }

    private:
        std::map<std::pair<ledger::PagePath, std::uint64_t>, Bytes> pages_;
    };

    ledger::Executed execute(std::uint64_t height, std::vector<Bytes> receipts, ledger::StateChanges changes);
    ledger::StateChanges usual_changes() const;
    const TestBlock& add(std::optional<ledger::ValidatorSet> next, ledger::StateChanges changes);

    std::vector<crypto::SigningKey> keys_;  // of the validators of the next block
    std::optional<ledger::ValidatorSet> validators_;
    std::optional<ledger::Genesis> genesis_;
    std::optional<ledger::GenesisBlock> genesis_block_;
    Pages pages_;
    std::vector<TestBlock> blocks_;
    std::vector<TestState> states_;
};

std::unique_ptr<ChainStore> open_store(Options options);
std::unique_ptr<ChainStore> open_store(const std::filesystem::path& path, bool read_only = false);
// A store of the chain's genesis and its first `blocks` blocks, closed again.
void write_store(const std::filesystem::path& path, TestChain& chain, std::uint64_t blocks);
// Every key of the state at `height` as the view reads it, among those that the chain ever had.
TestState read_state(const ChainStore& store, const TestChain& chain, std::uint64_t height);

}  // namespace pcq::storage
