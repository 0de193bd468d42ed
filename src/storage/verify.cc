// Verification of a whole store: everything that is there is read again and recomputed.
#include <set>

#include <rocksdb/db.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/certificate.h"
#include "src/ledger/transaction.h"
#include "src/ledger/tree_page.h"
#include "src/storage/chain_store.h"
#include "src/storage/store_database.h"
#include "src/storage/versioned_map.h"

namespace pcq::storage {
namespace {

Error damaged_block(std::uint64_t height, const std::string& what) {
    return Error{Code::store_damaged, "block " + std::to_string(height) + " is damaged: " + what};
}

// The leaves of the newest tree, by key hash, gathered while every page's hash is checked.
class TreeWalk {
public:
    using ReadPage = std::function<Result<Bytes>(const ledger::PagePath& path, std::uint64_t version)>;
    TreeWalk(ReadPage read, VerifyReport& report) : read_(std::move(read)), report_(report) {}

    Result<> walk(ledger::PagePath& path, const Hash& expected, std::uint64_t version) {
        const auto bytes = read_(path, version);
        if (!bytes) return bytes.error();
        const auto page = ledger::TreePage::decode(*bytes);
        const std::string name = "tree page " + to_hex(path) + " of version " + std::to_string(version);
        if (!page) return Error{Code::store_damaged, name + " cannot be decoded"};
        if (page->hash() != expected)
            return Error{Code::store_damaged, name + " has another hash than the page above it says"};
        ++report_.pages;
        for (std::size_t slot = 0; slot < ledger::kPageSlots; ++slot) {
            if (const auto* leaf = std::get_if<ledger::TreeLeaf>(&page->slots[slot])) {
                leaves_.emplace(leaf->key_hash, leaf->value_hash);
            } else if (const auto* child = std::get_if<ledger::TreeChild>(&page->slots[slot])) {
                path.push_back(static_cast<char>(slot));
                if (auto walked = walk(path, child->hash, child->version); !walked) return walked.error();
                path.pop_back();
            }
        }
        return {};
    }

    std::map<Hash, Hash>& leaves() { return leaves_; }

private:
    ReadPage read_;
    VerifyReport& report_;
    std::map<Hash, Hash> leaves_;
};

}  // namespace

// The set that certifies is the one of genesis until membership changes at run time.
Result<ledger::ValidatorSet> ChainStore::verify_genesis_document() const {
    auto document = genesis_document();
    if (!document && document.error().code != Code::not_found) return document.error();
    auto genesis = document ? ledger::Genesis::from(*std::move(document)) : document.error();
    if (!genesis || genesis->chain != *chain_)
        return Error{Code::store_damaged, "the stored genesis document is damaged or missing"};
    return std::move(genesis->validators);
}

Result<> ChainStore::verify_block(std::uint64_t height, const ledger::Header* parent,
                                  const ledger::ValidatorSet& validators,
                                  std::optional<ledger::Header>& out) const {
    auto found = header(height);
    if (!found) return found.error();
    if (!*found) return damaged_block(height, "its header is missing");
    const ledger::Header& header = **found;
    if (header->height() != height)
        return damaged_block(height, "its header is of height " + std::to_string(header->height()));
    if (parent != nullptr && header.previous_hash() != parent->hash())
        return damaged_block(height, "its header does not follow the one before");
    const auto indexed = find_block(header.hash());
    if (!indexed) return indexed.error();
    if (!*indexed || **indexed != height)
        return damaged_block(height, "its header's hash is not the indexed one: the header was changed");

    auto stored_receipts = receipts(height);
    if (!stored_receipts) return stored_receipts.error();
    proto::Receipts receipts;
    if (!*stored_receipts || !receipts.ParseFromString(**stored_receipts))
        return damaged_block(height, "its receipts cannot be decoded");
    if (ledger::receipts_root(*chain_, {receipts.receipts().begin(), receipts.receipts().end()}) !=
        header.receipts_root()) {
        return damaged_block(height, "its receipts do not match the header's receipts root");
    }
    if (receipts.SerializeAsString() != **stored_receipts)
        return damaged_block(height, "its receipts hold bytes that do not belong there");
    if (parent == nullptr) {
        out = header;
        return {};
    }
    auto stored_block = block(height);
    if (!stored_block) return stored_block.error();
    proto::Block body;
    if (!*stored_block || !body.ParseFromString(**stored_block))
        return damaged_block(height, "its body cannot be decoded");
    if (body.header() != header.bytes()) return damaged_block(height, "its body holds another header");
    std::vector<Hash> hashes;
    for (const auto& transaction : body.transactions())
        hashes.push_back(ledger::transaction_hash(*chain_, transaction));
    if (ledger::transactions_root(hashes) != header.transactions_root())
        return damaged_block(height, "its transactions do not match the header's root");
    if (body.SerializeAsString() != **stored_block)
        return damaged_block(height, "its body holds bytes that do not belong there");
    for (std::uint32_t i = 0; i < hashes.size(); ++i) {
        const auto place = find_transaction(hashes[i]);
        if (!place) return place.error();
        if (!*place || (*place)->height != height || (*place)->index != i)
            return damaged_block(height, "transaction " + std::to_string(i) + " is not indexed");
    }
    auto certificate = this->certificate(height);
    if (!certificate) return certificate.error();
    proto::CommitCertificate decoded;
    if (!*certificate || !ledger::decode_canonical(**certificate, decoded))
        return damaged_block(height, "its certificate cannot be decoded");
    if (auto verified = ledger::verify_certificate(header, decoded, validators); !verified) {
        return damaged_block(height, verified.error().message);
    }
    out = header;
    return {};
}

// A block is written with the tip that names it.
Result<> ChainStore::verify_nothing_above(std::uint64_t height) const {
    Bytes next;
    append_u64(next, height + 1);
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db->NewIterator(rocksdb::ReadOptions(), database_->families[kBlocks]));
    at->Seek(next);
    if (!at->status().ok())
        return Error{Code::store_damaged, "the blocks cannot be read: " + at->status().ToString()};
    if (at->Valid())
        return Error{Code::store_damaged,
                     "there are records of blocks above the tip, height " + std::to_string(height)};
    return {};
}

Result<> ChainStore::for_each_record(const std::function<void(BytesView key, BytesView value)>& visit) const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db->NewIterator(rocksdb::ReadOptions(), database_->families[kState]));
    std::optional<Bytes> seen;
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        const auto entry = parse_versioned_key({at->key().data(), at->key().size()});
        if (!entry)
            return Error{Code::store_damaged,
                         "a state key is damaged: " + to_hex({at->key().data(), at->key().size()})};
        if (seen == entry->key) continue;  // an older version
        seen = entry->key;
        const BytesView value(at->value().data(), at->value().size());
        if (!is_marked(value))
            return Error{Code::store_damaged, "the state record " + to_hex(entry->key) + " is damaged"};
        if (value != removed()) visit(entry->key, value.substr(1));
    }
    if (!at->status().ok())
        return Error{Code::store_damaged, "the state cannot be read: " + at->status().ToString()};
    return {};
}

Result<> ChainStore::verify_state(VerifyReport& report) const {
    const auto view = at((*tip())->height());
    if (!view) return view.error();
    TreeWalk tree([this](const auto& path, std::uint64_t version) { return tree_page(path, version); },
                  report);
    ledger::PagePath path;
    if (!(*view)->root().hash.is_zero()) {
        if (auto walked = tree.walk(path, (*view)->root().hash, (*view)->root().version); !walked)
            return walked.error();
    }
    std::optional<Error> first;
    auto read = for_each_record([&](BytesView key, BytesView value) {
        ++report.records;
        const auto leaf = tree.leaves().find(crypto::sha256({key}));
        const bool good = leaf != tree.leaves().end() && leaf->second == crypto::sha256({value});
        if (!good && !first) {
            first = Error{Code::store_damaged,
                          "the state record with key " + to_hex(key) +
                              (leaf == tree.leaves().end()
                                   ? " is not in the state tree"
                                   : " was changed: its hash is not the one in the state tree")};
        }
        if (leaf != tree.leaves().end()) tree.leaves().erase(leaf);
    });
    if (!read) return read.error();
    if (first) return *first;
    if (!tree.leaves().empty()) {
        return Error{Code::store_damaged,
                     std::to_string(tree.leaves().size()) +
                         " records of the state tree are missing from the store, the first with key hash " +
                         to_hex(tree.leaves().begin()->first)};
    }
    return {};
}

Result<VerifyReport> ChainStore::verify(
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) const {
    VerifyReport report;
    if (!has_genesis()) return report;
    const std::uint64_t tip_height = (*tip())->height();
    const auto validators = verify_genesis_document();
    if (!validators) return validators.error();
    if (auto verified = verify_nothing_above(tip_height); !verified) return verified.error();
    std::optional<ledger::Header> parent;
    for (std::uint64_t height = 0; height <= tip_height; ++height) {
        std::optional<ledger::Header> header;
        if (auto verified = verify_block(height, parent ? &*parent : nullptr, *validators, header); !verified)
            return verified.error();
        parent = std::move(header);
        ++report.blocks;
        if (progress) progress(height + 1, tip_height + 2);
    }
    if (auto verified = verify_state(report); !verified) return verified.error();
    if (progress) progress(tip_height + 2, tip_height + 2);
    return report;
}

}  // namespace pcq::storage
