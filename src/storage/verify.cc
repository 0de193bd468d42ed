// Verification of a whole store: everything that is there is read again and recomputed.
#include <rocksdb/db.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/certificate.h"
#include "src/ledger/transaction.h"
#include "src/storage/chain_store.h"
#include "src/storage/page_group.h"
#include "src/storage/store_database.h"
#include "src/storage/tree_history.h"
#include "src/storage/versioned_map.h"

namespace pcq::storage {
namespace {

Error damaged_block(std::uint64_t height, const std::string& what) {
    return Error{Code::store_damaged, "block " + std::to_string(height) + " is damaged: " + what};
}

}  // namespace

// The set that certifies the first blocks.
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
    if (header->transaction_count() != hashes.size())
        return damaged_block(height, "its header counts " + std::to_string(header->transaction_count()) +
                                         " transactions, its body has " + std::to_string(hashes.size()));
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
    if (header.validators_hash() != validators.hash(*chain_))
        return damaged_block(height, "its header names other validators than the header before");
    out = header;
    return {};
}

// The set that the header names for the next block: the same, or the one that is stored with it.
Result<ledger::ValidatorSet> ChainStore::next_validators(const ledger::Header& header,
                                                         ledger::ValidatorSet validators) const {
    const std::uint64_t height = header->height();
    auto stored = get(kBlocks, block_key(height, 'v'));
    if (!stored) return stored.error();
    if (header.next_validators_hash() == validators.hash(*chain_)) {
        if (*stored)
            return damaged_block(height, "validators are stored with it that its header does not name");
        return validators;
    }
    proto::ValidatorSet fields;
    if (!*stored || !ledger::decode_canonical(**stored, fields))
        return damaged_block(height, "the validators that its header names are missing");
    auto next = ledger::ValidatorSet::from(fields);
    if (!next || next->hash(*chain_) != header.next_validators_hash())
        return damaged_block(height, "the validators stored with it are not those that its header names");
    return next;
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

// Nor do other records stand beside those of the blocks, which have all been read by their keys.
Result<> ChainStore::verify_nothing_else(std::uint64_t transactions, std::uint64_t sets) const {
    const std::uint64_t blocks = (*tip())->height() + 1;
    const std::map<int, std::uint64_t> expected{{kMeta, 5},
                                                {kBlocks, 4 * blocks - 2 + sets},
                                                {kIndex, blocks + transactions}};  // genesis has no body
    for (const auto& [family, count] : expected) {
        const auto stored = entries(family);
        if (!stored) return stored.error();
        if (*stored != count)
            return Error{Code::store_damaged, std::to_string(*stored) + " records where there should be " +
                                                  std::to_string(count) + ": some belong to no block"};
    }
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

// The pages of every height, and that there are no others.
Result<> ChainStore::verify_trees(TreeHistory& trees) const {
    const std::uint64_t tip_height = (*tip())->height();
    for (std::uint64_t height = 0; height <= tip_height; ++height) {
        const auto header = this->header(height);
        if (!header) return header.error();
        if (auto followed = trees.follow(height, (*header)->state_root()); !followed) return followed.error();
    }
    const auto stored = stored_pages();
    if (!stored) return stored.error();
    if (*stored != trees.pages())
        return Error{Code::store_damaged,
                     std::to_string(*stored - trees.pages()) + " tree pages belong to no height"};
    return {};
}

Result<std::uint64_t> ChainStore::stored_pages() const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db->NewIterator(rocksdb::ReadOptions(), database_->families[kTree]));
    std::uint64_t count = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        const BytesView value(at->value().data(), at->value().size());
        const auto entry = parse_versioned_key({at->key().data(), at->key().size()});
        const auto pages =
            entry && is_marked(value) ? unpack_pages(entry->key, value.substr(1)) : std::nullopt;
        if (!pages)
            return Error{Code::store_damaged, "a group of tree pages is damaged, its key is " +
                                                  to_hex({at->key().data(), at->key().size()})};
        count += pages->size();
    }
    if (!at->status().ok())
        return Error{Code::store_damaged, "the tree cannot be read: " + at->status().ToString()};
    return count;
}

Result<std::uint64_t> ChainStore::entries(int family) const {
    const std::unique_ptr<rocksdb::Iterator> at(database_->db->NewIterator(
        rocksdb::ReadOptions(), database_->families[static_cast<std::size_t>(family)]));
    std::uint64_t count = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next()) ++count;
    if (!at->status().ok())
        return Error{Code::store_damaged, "the store cannot be read: " + at->status().ToString()};
    return count;
}

// Every version of every record against the tree of its height. How often a record changed, over all.
Result<std::uint64_t> ChainStore::verify_records(const TreeHistory& trees) const {
    const std::uint64_t tip_height = (*tip())->height();
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db->NewIterator(rocksdb::ReadOptions(), database_->families[kState]));
    std::uint64_t changes = 0;
    std::optional<Bytes> newer_key;
    Bytes newer = removed();
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        const auto entry = parse_versioned_key({at->key().data(), at->key().size()});
        if (!entry)
            return Error{Code::store_damaged,
                         "a state key is damaged: " + to_hex({at->key().data(), at->key().size()})};
        const BytesView value(at->value().data(), at->value().size());
        const std::string name = "the state record with key " + to_hex(entry->key) + " of height " +
                                 std::to_string(entry->version);
        if (!is_marked(value)) return Error{Code::store_damaged, name + " is damaged"};
        if (entry->version > tip_height) return Error{Code::store_damaged, name + " is above the tip"};
        // Versions come newest first. The oldest one of a key is a change if it says anything.
        if (newer_key != entry->key) changes += newer != removed() ? 1u : 0u;
        if (newer_key == entry->key) changes += newer != value ? 1u : 0u;
        newer_key = entry->key;
        newer = value;
        const auto view = this->at(entry->version);
        if (!view) return view.error();
        const auto found = trees.find((*view)->root(), crypto::sha256({entry->key}));
        if (!found) return found.error();
        const auto expected =
            value == removed() ? std::nullopt : std::optional(crypto::sha256({value.substr(1)}));
        if (*found != expected)
            return Error{Code::store_damaged, name + (*found ? " was changed: its hash is not the one in the "
                                                               "state tree"
                                                             : " is not in the state tree")};
    }
    if (!at->status().ok())
        return Error{Code::store_damaged, "the state cannot be read: " + at->status().ToString()};
    return changes + (newer != removed() ? 1u : 0u);
}

// That no record of the newest tree is missing.
Result<> ChainStore::verify_newest(const TreeHistory& trees, VerifyReport& report) const {
    auto leaves = trees.newest_leaves();
    if (!leaves) return leaves.error();
    std::optional<Error> first;
    auto read = for_each_record([&](BytesView key, BytesView value) {
        ++report.records;
        const auto leaf = leaves->find(crypto::sha256({key}));
        if (leaf != leaves->end() && leaf->second == crypto::sha256({value})) {
            leaves->erase(leaf);
        } else if (!first) {
            first = Error{Code::store_damaged, "the state record with key " + to_hex(key) +
                                                   " is not as in the newest state tree: its last change is "
                                                   "missing"};
        }
    });
    if (!read) return read.error();
    if (first) return *first;
    if (!leaves->empty()) {
        return Error{Code::store_damaged,
                     std::to_string(leaves->size()) +
                         " records of the state tree are missing from the store, the first with key hash " +
                         to_hex(leaves->begin()->first)};
    }
    return {};
}

Result<> ChainStore::verify_state(VerifyReport& report) const {
    TreeHistory trees([this](const auto& path, std::uint64_t version) { return tree_page(path, version); });
    if (auto verified = verify_trees(trees); !verified) return verified.error();
    report.pages = trees.newest_pages();
    const auto changes = verify_records(trees);
    if (!changes) return changes.error();
    if (auto verified = verify_newest(trees, report); !verified) return verified.error();
    if (*changes != trees.changes()) {
        return Error{Code::store_damaged, "the state's history is not whole: its records have changed " +
                                              std::to_string(*changes) + " times, its trees " +
                                              std::to_string(trees.changes()) + " times"};
    }
    return {};
}

Result<VerifyReport> ChainStore::verify(
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) const {
    VerifyReport report;
    if (!has_genesis()) return report;
    const std::uint64_t tip_height = (*tip())->height();
    auto validators = verify_genesis_document();
    if (!validators) return validators.error();
    if (auto verified = verify_nothing_above(tip_height); !verified) return verified.error();
    std::optional<ledger::Header> parent;
    std::uint64_t transactions = 0;
    std::uint64_t sets = 0;  // of validators, that blocks have changed to
    for (std::uint64_t height = 0; height <= tip_height; ++height) {
        std::optional<ledger::Header> header;
        if (auto verified = verify_block(height, parent ? &*parent : nullptr, *validators, header); !verified)
            return verified.error();
        parent = std::move(header);
        auto next = next_validators(*parent, *validators);
        if (!next) return next.error();
        if (next->hash(*chain_) != validators->hash(*chain_)) ++sets;
        validators = std::move(next);
        transactions += (*parent)->transaction_count();
        ++report.blocks;
        if (progress) progress(height + 1, tip_height + 2);
    }
    if (auto verified = verify_nothing_else(transactions, sets); !verified) return verified.error();
    if (auto verified = verify_state(report); !verified) return verified.error();
    if (progress) progress(tip_height + 2, tip_height + 2);
    return report;
}

}  // namespace pcq::storage
