// Stores for the auditor: block 0 by the real contracts, then blocks whose state and totals a test says, with
// real trees, receipts and certificates.
#pragma once

#include <filesystem>
#include <functional>

#include <gtest/gtest.h>

#include "proto/pcq/v1/block.pb.h"

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

    // A block of this state and these totals, with two transactions that mean nothing, or these.
    void add(const ledger::StateChanges& changes, const proto::Totals& totals,
             std::vector<Bytes> transactions = {});
    // A block of these transactions, executed by the contracts.
    void add(const std::vector<ledger::VerifiedTransaction>& transactions);
    // A block that a quorum certifies and that lies: it lists transactions, of which some were executed, and
    // what came out was changed.
    void add_false(const std::vector<ledger::VerifiedTransaction>& executed_ones,
                   const std::vector<ledger::VerifiedTransaction>& listed,
                   const std::function<void(ledger::Executed&)>& falsify = {});
    const ChainId& chain() const { return genesis_.chain; }
    Hash hash() const { return store_->tip()->hash(); }
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

// A certificate of these bytes of a header by a quorum of the fixture's validators.
proto::CommitCertificate certify(const Bytes& header);

// What the auditor says.
Result<TotalsReport> audit(const std::filesystem::path& path);

}  // namespace pcq::audit
