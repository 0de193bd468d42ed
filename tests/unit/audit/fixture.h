// Stores for the auditor: block 0 by the real contracts, then blocks whose state and totals a test says, with
// real trees, receipts and certificates.
#pragma once

#include <filesystem>

#include <gtest/gtest.h>

#include "src/audit/totals.h"
#include "src/crypto/key.h"
#include "src/ledger/executor.h"

namespace pcq::audit {

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

// An organisation of this name acts with the key of this number.
crypto::SigningKey organisation_key(int number);
inline constexpr int kGovernment = 11;
inline constexpr int kBank = 12;
inline constexpr int kPlatform = 13;

ledger::Genesis genesis_of(proto::ChainKind kind);

// Writes a store block by block; closed when it goes.
class Writer {
public:
    Writer(const std::filesystem::path& path, proto::ChainKind kind);

    // A block of this state and these totals, with two transactions that mean nothing.
    void add(const ledger::StateChanges& changes, const proto::Totals& totals);
    // A block of these transactions, executed by the contracts.
    void add(const std::vector<ledger::VerifiedTransaction>& transactions);
    const ChainId& chain() const { return genesis_.chain; }
    std::uint64_t height() const { return (*store_->tip())->height(); }

private:
    void commit(const std::vector<Bytes>& transactions, const ledger::BlockContext& block,
                ledger::Executed executed);
    ledger::BlockContext next() const;

    ledger::Genesis genesis_;
    std::vector<crypto::SigningKey> validators_;
    std::unique_ptr<const ledger::Dispatch> contracts_;
    std::unique_ptr<storage::ChainStore> store_;
};

// What the auditor says.
Result<TotalsReport> audit(const std::filesystem::path& path);

}  // namespace pcq::audit
