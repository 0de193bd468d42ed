#include "src/audit/replay.h"

#include <algorithm>
#include <span>

#include "proto/pcq/v1/block.pb.h"

#include "src/base/hex.h"

namespace pcq::audit {
namespace {

Divergence differs(std::uint64_t height, std::string what, std::string expected, std::string found,
                   Code code = Code::state_differs) {
    Divergence divergence;
    divergence.code = code;
    divergence.height = height;
    divergence.what = std::move(what);
    divergence.expected = std::move(expected);
    divergence.found = std::move(found);
    return divergence;
}

std::string shown(const proto::Totals& totals) {
    return "{" + totals.ShortDebugString() + "}";
}

std::string shown(const std::optional<Bytes>& value) {
    return value ? to_hex(*value) : "no record";
}

std::string receipt_text(const Bytes& bytes) {
    const auto receipt = ledger::decode<proto::Receipt>(bytes);
    return receipt ? "{" + receipt->ShortDebugString() + "}" : to_hex(bytes);
}

// What a header says that execution must give, in the order in which a reader would compare it.
struct Part {
    const char* what;
    std::string expected;
    std::string found;
};

std::vector<Part> parts(const proto::Header& own, const proto::Header& given) {
    const auto hex = [](const std::string& bytes) { return to_hex(bytes); };
    return {
        {"receipts root", hex(own.receipts_root()), hex(given.receipts_root())},
        {"state root", hex(own.state_root()), hex(given.state_root())},
        {"totals", shown(own.totals()), shown(given.totals())},
        {"next validators", hex(own.next_validators_hash()), hex(given.next_validators_hash())},
        {"version", std::to_string(own.version()), std::to_string(given.version())},
    };
}

}  // namespace

Result<Replay> Replay::open(const std::filesystem::path& folder, const ReplaySource& source,
                            OnBlock on_block) {
    auto chain = GrowingChain::open(folder, source.genesis);
    if (!chain) return chain.error();
    return Replay(*std::move(chain), source, std::move(on_block));
}

// Everything about the header that needs no execution.
std::optional<Divergence> Replay::check_header(const CheckedBlock& block) const {
    const ledger::Header& header = *block.header;
    const auto parent = chain_.store->tip();
    const std::uint64_t height = (*parent)->height() + 1;
    if (header->height() != height)
        return differs(height, "height", std::to_string(height), std::to_string(header->height()),
                       Code::bad_header);
    if (header->previous_hash() != parent->hash().view())
        return differs(height, "previous hash", to_hex(parent->hash()), to_hex(header->previous_hash()),
                       Code::bad_header);
    const Hash validators = chain_.validators.hash(header.chain());
    if (header.validators_hash() != validators)
        return differs(height, "validators", to_hex(validators), to_hex(header->validators_hash()),
                       Code::bad_header);
    if (block.certified_by != validators) {
        const ledger::LightClient client(header.chain(), chain_.validators);
        if (auto verified = client.verify(header.bytes(), block.certified.certificate()); !verified) {
            auto found =
                differs(height, "certificate",
                        std::to_string(ledger::quorum(chain_.validators.size())) + " valid signatures of " +
                            std::to_string(chain_.validators.size()) + " validators",
                        "one that does not hold", verified.error().code);
            found.reason = verified.error().message;
            return found;
        }
    }
    if (header->time_ms() <= (*parent)->time_ms())
        return differs(height, "time", "more than " + std::to_string((*parent)->time_ms()),
                       std::to_string(header->time_ms()), Code::bad_header);
    const auto proposer = crypto::PublicKey::from_encoded(header->proposer());
    if (!proposer || !chain_.validators.index_of(*proposer))
        return differs(height, "proposer", "a validator", to_hex(header->proposer()), Code::bad_header);
    return std::nullopt;
}

Result<std::optional<Divergence>> Replay::take(const CheckedBlock& block) {
    if (!block.header) return block.fault;
    if (auto wrong = check_header(block)) return wrong;
    if (block.fault) return block.fault;
    const ledger::Header& header = *block.header;
    if (header->transaction_count() != block.hashes.size())
        return std::optional(differs(block.height, "transaction count", std::to_string(block.hashes.size()),
                                     std::to_string(header->transaction_count()), Code::bad_header));
    if (const Hash root = ledger::transactions_root(block.hashes); root != header.transactions_root())
        return std::optional(differs(block.height, "transactions root", to_hex(root),
                                     to_hex(header->transactions_root()), Code::bad_header));

    const auto parent = chain_.store->tip();
    const auto state = chain_.store->at((*parent)->height());
    if (!state) return state.error();
    const ledger::ParentState before{**state, **state, (*state)->root()};
    const ledger::BlockContext context{header.chain(), block.height,
                                       Instant{static_cast<std::int64_t>(header->time_ms())}};
    const auto executed = ledger::execute(*chain_.contracts, before, context, block.transactions);
    if (!executed) return why_not(block, before, context, executed.error());
    const auto proposer = crypto::PublicKey::from_encoded(header->proposer());
    const auto own = ledger::make_header(context, {*parent, header->view(), *proposer, chain_.validators},
                                         *executed, block.transactions.size());
    if (own.hash() != header.hash()) return compare(block, own, *executed);

    if (on_block_) {
        if (auto told = on_block_(block, *executed); !told) return told.error();
    }
    if (auto stored = chain_.store->commit(
            {header, block.certified.block(), block.certified.certificate(), block.hashes, *executed});
        !stored)
        return stored.error();
    if (executed->next_validators) chain_.validators = *executed->next_validators;
    count(block, *executed);
    return std::optional<Divergence>();
}

// Which of the transactions must not be there: the first with which the block cannot be executed.
Result<std::optional<Divergence>> Replay::why_not(const CheckedBlock& block,
                                                  const ledger::ParentState& parent,
                                                  const ledger::BlockContext& context,
                                                  const Error& error) const {
    if (error.code == Code::contracts_version_unknown) return error;
    const auto fails = [&](std::size_t count) -> std::optional<Error> {
        const auto begin = block.transactions.begin();
        const auto done = ledger::execute(*chain_.contracts, parent, context,
                                          {begin, begin + static_cast<std::ptrdiff_t>(count)});
        return done ? std::nullopt : std::optional(done.error());
    };
    auto found =
        differs(block.height, "execution", "a block that can be executed", "one that cannot", error.code);
    found.reason = error.message;
    if (auto own = fails(0)) {
        found.what = "the block's own work";
        found.reason = own->message;
        return std::optional(found);
    }
    std::size_t good = 0;
    std::size_t bad = block.transactions.size();
    while (bad - good > 1) {
        const std::size_t middle = good + (bad - good) / 2;
        (fails(middle) ? bad : good) = middle;
    }
    found.transaction = static_cast<std::uint32_t>(bad - 1);
    found.transaction_hash = block.hashes[bad - 1];
    if (auto why = fails(bad)) {
        found.code = why->code;
        found.reason = why->message;
    }
    return std::optional(found);
}

Result<std::optional<Divergence>> Replay::compare(const CheckedBlock& block, const ledger::Header& own,
                                                  const ledger::Executed& executed) const {
    for (const auto& [what, expected, found] : parts(*own, **block.header)) {
        if (expected == found) continue;
        auto difference = differs(block.height, what, expected, found);
        if (difference.what == "receipts root") name_receipt(difference, block, executed);
        if (difference.what == "state root") name_record(difference, executed);
        return std::optional(difference);
    }
    return std::optional(differs(block.height, "header", to_hex(own.bytes()), to_hex(block.header->bytes())));
}

// A quorum has certified receipts that this program does not get: where they come from may know them.
void Replay::name_receipt(Divergence& found, const CheckedBlock& block,
                          const ledger::Executed& executed) const {
    if (!source_.receipts) return;
    const auto theirs = source_.receipts(block.height);
    if (!theirs) return;
    found.reason = "receipts root: expected " + found.expected + ", found " + found.found;
    for (std::size_t at = 0; at < block.hashes.size(); ++at) {
        if (at < theirs->size() && (*theirs)[at] == executed.receipts[at]) continue;
        found.what = "receipt";
        found.expected = receipt_text(executed.receipts[at]);
        found.found = at < theirs->size() ? receipt_text((*theirs)[at]) : "none";
        found.transaction = static_cast<std::uint32_t>(at);
        found.transaction_hash = block.hashes[at];
        return;
    }
    const std::size_t own = block.hashes.size();
    found.what = "receipt of the block's own work";
    found.expected = own < executed.receipts.size() ? receipt_text(executed.receipts[own]) : "none";
    found.found = own < theirs->size() ? receipt_text((*theirs)[own]) : "another, or none";
}

void Replay::name_record(Divergence& found, const ledger::Executed& executed) const {
    if (!source_.records) return;
    std::vector<Bytes> keys;
    for (const auto& [key, value] : executed.changes) keys.push_back(key);
    const auto theirs = source_.records(found.height, keys);
    if (!theirs || theirs->size() != keys.size()) return;
    for (std::size_t at = 0; at < keys.size(); ++at) {
        const auto& own = executed.changes.at(keys[at]);
        if (own == (*theirs)[at]) continue;
        found.reason = "state root: expected " + found.expected + ", found " + found.found;
        found.what = "record";
        found.record = to_hex(keys[at]);
        found.expected = shown(own);
        found.found = shown((*theirs)[at]);
        return;
    }
    found.reason =
        "every record that this block should change is as it should be there: another one has been "
        "changed beside them";
}

Result<std::optional<Divergence>> Replay::compare_tip() const {
    const std::uint64_t height = std::min((*chain_.store->tip())->height(), source_.last_height);
    if (height == 0 || height < source_.first_height) return std::optional<Divergence>();
    const auto own = chain_.store->header(height);
    if (!own) return own.error();
    if (!*own) return Error{Code::store_damaged, "the folder has no block " + std::to_string(height)};
    const auto theirs = source_.block(height);
    if (!theirs) return theirs.error();
    proto::Block block;
    const bool is_read = block.ParseFromString(theirs->block());
    if (is_read && block.header() == (*own)->bytes()) return std::optional<Divergence>();
    return std::optional(
        differs(height, "block", to_hex((*own)->bytes()), to_hex(block.header()), Code::bad_header));
}

void Replay::count(const CheckedBlock& block, const ledger::Executed& executed) {
    proto::CommitCertificate certificate;
    if (certificate.ParseFromString(block.certified.certificate()))
        counts_.signatures += static_cast<std::uint64_t>(certificate.signatures_size());
    counts_.signatures += block.signatures;
    counts_.blocks += 1;
    counts_.transactions += block.transactions.size();
    for (const auto& bytes : executed.receipts) {
        const auto receipt = ledger::decode<proto::Receipt>(bytes);
        if (!receipt) continue;
        if (receipt->code() != 0) ++counts_.refused;
        for (const auto& event : receipt->events()) {
            if (event.has_traded() || event.has_order_filled()) ++counts_.trades;
        }
    }
}

}  // namespace pcq::audit
