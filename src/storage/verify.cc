// Verification of a whole store: everything that is there is read again and recomputed.
#include <array>

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

// Records that must be there.
struct ChainStore::Counted {
    std::uint64_t headers = 0;  // each is in the index, too
    std::uint64_t parts = 0;    // of blocks, beside their headers
    std::uint64_t transactions = 0;
};

namespace {

Error damaged_block(std::uint64_t height, const std::string& what) {
    return Error{Code::store_damaged, "block " + std::to_string(height) + " is damaged: " + what};
}

Error damaged_group(const VersionedEntry& entry) {
    return Error{Code::store_damaged, "a group of tree pages is damaged, that of path " + to_hex(entry.key) +
                                          " and height " + std::to_string(entry.version)};
}

std::optional<std::map<ledger::PagePath, Bytes>> pages_of(const VersionedEntry& entry, BytesView value) {
    return is_marked(value) ? unpack_pages(entry.key, value.substr(1)) : std::nullopt;
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

Result<ledger::Header> ChainStore::verify_header(std::uint64_t height, const ledger::Header* parent) const {
    const auto stored = get(kBlocks, block_key(height, 'h'));
    if (stored && !*stored) return damaged_block(height, "its header is missing");
    auto found = header(height);
    if (!found) return found.error();
    ledger::Header header = **std::move(found);
    if (header->height() != height)
        return damaged_block(height, "its header is of height " + std::to_string(header->height()));
    if (parent != nullptr && header.previous_hash() != parent->hash())
        return damaged_block(height, "its header does not follow the one before");
    const auto indexed = find_block(header.hash());
    if (!indexed) return indexed.error();
    if (!*indexed || **indexed != height)
        return damaged_block(height, "its header's hash is not the indexed one: the header was changed");
    return header;
}

Result<> ChainStore::verify_certificate(const ledger::Header& header,
                                        const ledger::ValidatorSet& validators) const {
    const std::uint64_t height = header->height();
    const auto certificate = get(kBlocks, block_key(height, 'c'));
    if (!certificate) return certificate.error();
    proto::CommitCertificate decoded;
    if (!*certificate || !ledger::decode_canonical(**certificate, decoded))
        return damaged_block(height, "its certificate cannot be decoded");
    if (auto verified = ledger::verify_certificate(header, decoded, validators); !verified)
        return damaged_block(height, verified.error().message);
    if (header.validators_hash() != validators.hash(*chain_))
        return damaged_block(height, "its header names other validators than the header before");
    return {};
}

Result<ledger::Header> ChainStore::verify_block(std::uint64_t height, const ledger::Header* parent,
                                                const ledger::ValidatorSet& validators) const {
    auto found = verify_header(height, parent);
    if (!found) return found.error();
    const ledger::Header& header = *found;
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
    if (height == 0) return header;
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
    if (auto certified = verify_certificate(header, validators); !certified) return certified.error();
    return header;
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

// What of a pruned store lies below its base: the headers that named new validators, each certified by those
// before, and the headers that lead up to the base. Gives the validators and the parent of the block at the
// base.
Result<> ChainStore::verify_below(const Kept& kept, ledger::ValidatorSet& validators,
                                  std::optional<ledger::Header>& parent, Counted& counted) const {
    auto genesis = verify_header(0, nullptr);
    if (!genesis) return genesis.error();
    ++counted.headers;
    const std::uint64_t first = kept.first_header();
    for (const std::uint64_t height : kept.changes) {
        auto header = verify_header(height, nullptr);
        if (!header) return header.error();
        if (auto certified = verify_certificate(*header, validators); !certified) return certified.error();
        auto next = next_validators(*header, validators);
        if (!next) return next.error();
        if (next->hash(*chain_) == validators.hash(*chain_))
            return damaged_block(height, "it is kept for the validators that it names, and names none");
        validators = std::move(*next);
        counted.parts += 2;  // certificate and validators
        if (height < first) ++counted.headers;
    }
    if (first == 1) parent = std::move(*genesis);
    for (std::uint64_t height = first; height < kept.base; ++height) {
        auto header = verify_header(height, parent ? &*parent : nullptr);
        if (!header) return header.error();
        parent = std::move(*header);
        ++counted.headers;
    }
    return {};
}

// Nor do other records stand beside those of the blocks, which have all been read by their keys. Transactions
// of pruned blocks may still be in the index.
Result<> ChainStore::verify_nothing_else(const Kept& kept, const Counted& counted) const {
    const auto meta = entries(kMeta);
    const auto blocks = entries(kBlocks);
    const auto index = entries_of_kept(kept);
    for (const auto* stored : {&meta, &blocks, &index}) {
        if (!*stored) return stored->error();
    }
    const std::array<std::pair<std::uint64_t, std::uint64_t>, 3> all{
        {{*meta, kept.base == 0 ? 5 : 6},
         {*blocks, counted.headers + counted.parts},
         {*index, counted.headers + counted.transactions}}};
    for (const auto& [stored, expected] : all) {
        if (stored != expected)
            return Error{Code::store_damaged, std::to_string(stored) + " records where there should be " +
                                                  std::to_string(expected) + ": some belong to no block"};
    }
    return {};
}

Result<std::uint64_t> ChainStore::entries_of_kept(const Kept& kept) const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db->NewIterator(rocksdb::ReadOptions(), database_->families[kIndex]));
    std::uint64_t count = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        const BytesView key(at->key().data(), at->key().size());
        const BytesView value(at->value().data(), at->value().size());
        const bool is_old = value.size() >= 8 &&
                            (key[0] == 't' ? load_u64(value) < kept.base : !kept.has_header(load_u64(value)));
        count += is_old ? 0u : 1u;
    }
    if (!at->status().ok())
        return Error{Code::store_damaged, "the index cannot be read: " + at->status().ToString()};
    return count;
}

Result<> ChainStore::for_each_record(const std::function<void(BytesView key, BytesView value)>& visit) const {
    const auto state = at((*tip())->height());
    if (!state) return state.error();
    return for_each_record(**state, [&](BytesView key, BytesView value) {
        visit(key, value);
        return true;
    });
}

Result<> ChainStore::for_each_record(const StateView& state,
                                     const std::function<bool(BytesView key, BytesView value)>& visit) const {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db->NewIterator(options, database_->families[kState]));
    std::optional<Bytes> seen;
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        const auto entry = parse_versioned_key({at->key().data(), at->key().size()});
        if (!entry)
            return Error{Code::store_damaged,
                         "a state key is damaged: " + to_hex({at->key().data(), at->key().size()})};
        if (seen == entry->key || entry->version > state.height()) continue;  // an older version, or a later
        seen = entry->key;
        const BytesView value(at->value().data(), at->value().size());
        if (!is_marked(value))
            return Error{Code::store_damaged, "the state record " + to_hex(entry->key) + " is damaged"};
        if (value != removed() && !visit(entry->key, value.substr(1))) return {};
    }
    if (!at->status().ok())
        return Error{Code::store_damaged, "the state cannot be read: " + at->status().ToString()};
    return {};
}

// The pages of every height, and that there are no others but older ones than the base needs.
Result<> ChainStore::verify_trees(TreeHistory& trees) const {
    const std::uint64_t tip_height = (*tip())->height();
    const auto first = at(base());
    if (!first) return first.error();
    if (auto begun = trees.begin((*first)->root()); !begun) return begun.error();
    const std::uint64_t at_base = trees.pages();
    if (auto verified = verify_left_behind(trees); !verified) return verified.error();
    for (std::uint64_t height = base() + 1; height <= tip_height; ++height) {
        const auto header = this->header(height);
        if (!header) return header.error();
        if (auto followed = trees.follow(height, (*header)->state_root()); !followed) return followed.error();
    }
    const auto above = pages_above(base());
    if (!above) return above.error();
    if (*above != trees.pages() - at_base)
        return Error{Code::store_damaged,
                     std::to_string(*above - (trees.pages() - at_base)) + " tree pages belong to no height"};
    return {};
}

// What lies below the base, and is no part of its tree, is older than that.
Result<> ChainStore::verify_left_behind(const TreeHistory& trees) const {
    return each_group([&](const VersionedEntry& entry, BytesView value) -> Result<> {
        if (entry.version > base()) return {};
        const auto unpacked = pages_of(entry, value);
        if (!unpacked) return damaged_group(entry);
        for (const auto& [path, page] : *unpacked) {
            const auto newest = trees.newest_version(path);
            const bool is_older = base() > 0 && (!newest || *newest > entry.version);
            if (newest != entry.version && !is_older)
                return Error{Code::store_damaged, "tree page " + to_hex(path) + " of version " +
                                                      std::to_string(entry.version) +
                                                      " belongs to no height"};
        }
        return {};
    });
}

Result<std::uint64_t> ChainStore::pages_above(std::uint64_t height) const {
    std::uint64_t count = 0;
    auto counted = each_group([&](const VersionedEntry& entry, BytesView value) -> Result<> {
        if (entry.version <= height) return {};
        const auto unpacked = pages_of(entry, value);
        if (!unpacked) return damaged_group(entry);
        count += unpacked->size();
        return {};
    });
    if (!counted) return counted.error();
    return count;
}

Result<> ChainStore::each_group(
    const std::function<Result<>(const VersionedEntry& entry, BytesView value)>& visit) const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db->NewIterator(rocksdb::ReadOptions(), database_->families[kTree]));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        const BytesView value(at->value().data(), at->value().size());
        const auto entry = parse_versioned_key({at->key().data(), at->key().size()});
        if (!entry)
            return Error{Code::store_damaged, "a group of tree pages is damaged, its key is " +
                                                  to_hex({at->key().data(), at->key().size()})};
        if (auto visited = visit(*entry, value); !visited) return visited.error();
    }
    if (!at->status().ok())
        return Error{Code::store_damaged, "the tree cannot be read: " + at->status().ToString()};
    return {};
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
    const auto first = this->at(base());
    if (!first) return first.error();
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db->NewIterator(rocksdb::ReadOptions(), database_->families[kState]));
    std::optional<Bytes>
        at_base;  // the key whose version at the base has been seen: older ones are left behind
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
        if (entry->version <= base() && at_base == entry->key) continue;
        if (entry->version <= base()) at_base = entry->key;
        // Versions come newest first. The oldest one of a key is a change if it says anything.
        if (newer_key != entry->key) changes += newer != removed() ? 1u : 0u;
        if (newer_key == entry->key) changes += newer != value ? 1u : 0u;
        newer_key = entry->key;
        newer = value;
        const auto view = entry->version <= base() ? *first : this->at(entry->version);
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
    const Kept kept = horizon_->kept();
    report.base = kept.base;
    const std::uint64_t parts = tip_height - kept.base + 2;
    auto validators = verify_genesis_document();
    if (!validators) return validators.error();
    if (auto verified = verify_nothing_above(tip_height); !verified) return verified.error();
    std::optional<ledger::Header> parent;
    Counted counted;
    if (kept.base > 0) {
        if (auto verified = verify_below(kept, *validators, parent, counted); !verified)
            return verified.error();
    }
    for (std::uint64_t height = kept.base; height <= tip_height; ++height) {
        auto header = verify_block(height, parent ? &*parent : nullptr, *validators);
        if (!header) return header.error();
        parent = std::move(*header);
        auto next = next_validators(*parent, *validators);
        if (!next) return next.error();
        counted.parts += next->hash(*chain_) != validators->hash(*chain_) ? 1u : 0u;
        validators = std::move(next);
        ++counted.headers;
        counted.parts += height == 0 ? 1u : 3u;  // genesis has receipts, and neither body nor certificate
        counted.transactions += (*parent)->transaction_count();
        ++report.blocks;
        if (progress) progress(report.blocks, parts);
    }
    if (auto verified = verify_nothing_else(kept, counted); !verified) return verified.error();
    if (auto verified = verify_state(report); !verified) return verified.error();
    if (progress) progress(parts, parts);
    return report;
}

Result<VerifyReport> ChainStore::verify_from(std::uint64_t first, ledger::ValidatorSet validators) const {
    PCQ_INVARIANT(first > base());
    VerifyReport report;
    report.base = first;
    const std::uint64_t tip_height = (*tip())->height();
    if (auto verified = verify_nothing_above(tip_height); !verified) return verified.error();
    auto parent = verify_header(first - 1, nullptr);
    if (!parent) return parent.error();
    for (std::uint64_t height = first; height <= tip_height; ++height) {
        auto header = verify_block(height, &*parent, validators);
        if (!header) return header.error();
        auto next = next_validators(*header, std::move(validators));
        if (!next) return next.error();
        validators = *std::move(next);
        parent = std::move(header);
        ++report.blocks;
    }
    return report;
}

}  // namespace pcq::storage
