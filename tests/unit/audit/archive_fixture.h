// Chains to be archived: stores of blocks that the real contracts have executed, and files to be spoiled.
#pragma once

#include <fstream>
#include <sstream>

#include "src/audit/archive.h"
#include "tests/unit/audit/fixture.h"

namespace pcq::audit {

inline Bytes content(const std::filesystem::path& file) {
    std::ostringstream bytes;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    return bytes.str();
}

inline void write(const std::filesystem::path& file, BytesView bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

// The bank pays in: valid wherever its sequence is new.
inline ledger::VerifiedTransaction deposit(const ChainId& chain, std::uint64_t sequence) {
    const auto bank = organisation_key(kBank);
    proto::TransactionBody body;
    body.set_chain_id(chain.bytes());
    body.set_account(crypto::account_of(bank.public_key()).bytes());
    body.set_sequence(sequence);
    body.set_valid_until_height(1'000);
    auto& paid = *body.mutable_deposit();
    paid.set_account(crypto::account_of(organisation_key(kGovernment).public_key()).bytes());
    paid.set_amount_uy(100);
    paid.set_reference("reference " + std::to_string(sequence));
    auto decoded = ledger::DecodedTransaction::from(ledger::sign_transaction(body, {&bank}), chain);
    PCQ_INVARIANT(decoded.has_value());
    return *ledger::verify_signatures(*std::move(decoded));
}

// So many more blocks of the side chain, each with two deposits.
inline void add_blocks(Writer& writer, std::uint64_t blocks) {
    for (std::uint64_t added = 0; added < blocks; ++added) {
        const std::uint64_t sequence = 2 * writer.height() + 1;
        writer.add({deposit(writer.chain(), sequence), deposit(writer.chain(), sequence + 1)});
    }
}

class Archives : public testing::Test {
protected:
    std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

    // A node's data with a store of so many blocks.
    std::filesystem::path node(const std::string& name, std::uint64_t blocks) const {
        Writer writer(path(name) / "audited" / "store", proto::CHAIN_KIND_SIDE);
        add_blocks(writer, blocks);
        return path(name);
    }
    BlockSource source(const std::filesystem::path& data) const {
        auto blocks = blocks_of_store(data, "audited");
        EXPECT_TRUE(blocks) << (blocks ? "" : blocks.error().message);
        return *std::move(blocks);
    }
    std::filesystem::path exported(const BlockSource& from, const std::string& name,
                                   std::optional<std::uint64_t> first = {},
                                   std::optional<std::uint64_t> last = {}) const {
        const auto written = export_archive(from, {path(name), first, last}, {});
        EXPECT_TRUE(written) << (written ? "" : written.error().message);
        return path(name);
    }

private:
    TestFolder folder_;
};

}  // namespace pcq::audit
