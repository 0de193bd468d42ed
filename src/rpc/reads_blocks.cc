#include <boost/json/serialize.hpp>

#include "proto/pcq/v1/block.pb.h"

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/list_tree.h"
#include "src/ledger/table.h"
#include "src/ledger/transaction.h"
#include "src/rpc/fields.h"
#include "src/rpc/json.h"
#include "src/rpc/reads.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;

// Of one answer; what does not fit is on the next page.
constexpr std::size_t kPageBytesMax = 4UL * 1024 * 1024;

std::string_view text_of(proto::ChainKind kind) {
    return kind == proto::CHAIN_KIND_MAIN ? "main" : "side";
}

Error damaged(const char* what, std::uint64_t height) {
    return Error{Code::internal, "the stored " + std::string(what) + " of height " + std::to_string(height) +
                                     " is damaged; run `pcq audit` on this node"};
}

// The height that "height" or "hash" names; the newest when neither does.
Result<std::uint64_t> height_of(const Backend& backend, const Arguments& arguments) {
    const ChainId chain = arguments.chain();
    const auto height = arguments.number("height");
    const auto hash = arguments.id<Hash>("hash");
    if (height && hash) return Error{Code::parameter_invalid, "give \"height\" or \"hash\", not both"};
    if (height) return *height;
    if (!hash) return backend.status(chain).height;
    const auto found = backend.height_of(chain, *hash);
    if (!found) return Error{Code::not_found, "no block has the hash " + to_hex(*hash)};
    return *found;
}

Result<json::object> header_json(const ChainId& chain, const CertifiedHeader& certified,
                                 std::uint64_t height) {
    const auto header = ledger::decode<proto::Header>(certified.header);
    if (!header) return damaged("header", height);
    json::object object{{"height", height},
                        {"hash", to_hex(crypto::tagged_hash("header", chain, certified.header))},
                        {"header", to_json(*header)}};
    json::value certificate;
    if (!certified.certificate.empty()) {
        const auto decoded = ledger::decode<proto::CommitCertificate>(certified.certificate);
        if (!decoded) return damaged("certificate", height);
        certificate = to_json(*decoded);
    }
    object.emplace("certificate", std::move(certificate));
    object.emplace("header_bytes", to_base64(certified.header));
    object.emplace("certificate_bytes", to_base64(certified.certificate));
    return object;
}

json::object reason_json(const Error& reason) {
    return {{"code", static_cast<std::uint32_t>(reason.code)},
            {"name", name(reason.code)},
            {"message", reason.message}};
}

proto::Receipt decoded_receipt(const Bytes& bytes) {
    return ledger::decode<proto::Receipt>(bytes).value_or(proto::Receipt());
}

// A committed transaction in words and in its exact bytes.
Result<json::object> transaction_json(const Bytes& bytes, std::uint64_t height) {
    const auto transaction = ledger::decode<proto::Transaction>(bytes);
    const auto body =
        transaction ? ledger::decode<proto::TransactionBody>(transaction->body()) : std::nullopt;
    if (!body) return damaged("transaction", height);
    json::array signatures;
    for (const auto& signature : transaction->signatures()) signatures.push_back(to_json(signature));
    return json::object{{"action", action_name(*body)},
                        {"body", to_json(*body)},
                        {"signatures", std::move(signatures)},
                        {"bytes", to_base64(bytes)}};
}

struct BlockPage {
    std::size_t first = 0;
    std::size_t limit = 0;
    bool full = false;
    bool exact = false;  // bytes alone
};

Result<json::object> transactions_json(const ChainId& chain, const BlockBody& body, std::uint64_t height,
                                       const BlockPage& page) {
    json::array list;
    std::size_t bytes = 0;
    std::size_t at = page.first;
    for (; at < body.transactions.size() && list.size() < page.limit && bytes < kPageBytesMax; ++at) {
        if (page.exact) {
            list.emplace_back(to_base64(body.transactions[at]));
            bytes += list.back().as_string().size();
            continue;
        }
        const std::string hash = to_hex(ledger::transaction_hash(chain, body.transactions[at]));
        if (!page.full) {
            list.emplace_back(hash);
            continue;
        }
        auto entry = transaction_json(body.transactions[at], height);
        if (!entry) return entry.error();
        entry->emplace("hash", hash);
        entry->emplace("index", at);
        if (at < body.receipts.size())
            entry->emplace("receipt", receipt_json(decoded_receipt(body.receipts[at])));
        bytes += 4 * body.transactions[at].size() + 512;  // hexadecimal and base64, about
        list.push_back(*std::move(entry));
    }
    json::object object{{"transaction_count", body.transactions.size()}, {"transactions", std::move(list)}};
    if (at < body.transactions.size()) object.emplace("next", std::to_string(at));
    if (page.full && body.receipts.size() > body.transactions.size()) {
        object.emplace("own_receipt", receipt_json(decoded_receipt(body.receipts.back())));
    }
    return object;
}

// Exact bytes: the transactions' in order, then the block's own, if there is one.
json::object receipts_json(const BlockBody& body, const BlockPage& page) {
    json::array list;
    std::size_t bytes = 0;
    std::size_t at = page.first;
    for (; at < body.receipts.size() && list.size() < page.limit && bytes < kPageBytesMax; ++at) {
        list.emplace_back(to_base64(body.receipts[at]));
        bytes += list.back().as_string().size();
    }
    json::object object{{"receipt_count", body.receipts.size()}, {"receipts", std::move(list)}};
    if (at < body.receipts.size()) object.emplace("next", std::to_string(at));
    return object;
}

json::array hashes_json(const std::vector<Hash>& hashes) {
    json::array list;
    for (const auto& hash : hashes) list.emplace_back(to_hex(hash));
    return list;
}

// What proves that the transaction and its receipt are in the block: to be checked with verify_range() of
// src/ledger/list_tree.h against the header's roots.
Result<json::object> inclusion_json(const Backend& backend, const ChainId& chain,
                                    const TransactionFate& fate) {
    const auto certified = backend.header(chain, fate.height);
    if (!certified) return certified.error();
    const auto body = backend.body(chain, fate.height);
    if (!body) return body.error();
    if (fate.index >= body->transactions.size() || fate.index >= body->receipts.size()) {
        return damaged("block", fate.height);
    }
    std::vector<Hash> transactions;
    for (const auto& bytes : body->transactions) {
        transactions.push_back(ledger::transaction_hash(chain, bytes));
    }
    std::vector<Hash> receipts;
    for (const auto& bytes : body->receipts) receipts.push_back(crypto::tagged_hash("receipt", chain, bytes));
    return json::object{
        {"header", to_base64(certified->header)},
        {"certificate", to_base64(certified->certificate)},
        {"index", fate.index},
        {"transaction_count", transactions.size()},
        {"transaction_path", hashes_json(ledger::prove_range(transactions, {.first = fate.index}))},
        {"receipt_count", receipts.size()},
        {"receipt_path", hashes_json(ledger::prove_range(receipts, {.first = fate.index}))},
        {"receipt", to_base64(body->receipts[fate.index])}};
}

}  // namespace

json::object receipt_json(const proto::Receipt& receipt) {
    json::object object = to_json(receipt);
    const auto code = code_from_number(receipt.code());
    object.emplace("name", code ? name(*code) : "unknown");
    return object;
}

json::object fate_json(const Hash& hash, const TransactionFate& fate) {
    json::object object{{"hash", to_hex(hash)}};
    switch (fate.kind) {
        case FateKind::unknown:
            object.emplace("status", "unknown");
            break;
        case FateKind::pending:
            object.emplace("status", "pending");
            break;
        case FateKind::committed:
            object.emplace("status", "committed");
            object.emplace("height", fate.height);
            object.emplace("index", fate.index);
            object.emplace("receipt", receipt_json(decoded_receipt(fate.receipt)));
            break;
        case FateKind::rejected:
            object.emplace("status", "rejected");
            object.emplace("reason", reason_json(*fate.reason));
            break;
        case FateKind::expired:
            object.emplace("status", "expired");
            break;
    }
    return object;
}

JsonResult read_chains(const Backend&, const Directory& directory, const Arguments&) {
    json::array list;
    for (const auto& chain : directory.chains()) {
        list.push_back(json::object{
            {"name", chain.name}, {"chain_id", to_hex(chain.id)}, {"kind", text_of(chain.kind)}});
    }
    return json::value(std::move(list));
}

JsonResult read_genesis(const Backend& backend, const Directory&, const Arguments& arguments) {
    const ChainId chain = arguments.chain();
    return json::value{{"chain_id", to_hex(chain)}, {"document", to_base64(backend.genesis(chain))}};
}

JsonResult read_status(const Backend& backend, const Directory& directory, const Arguments& arguments) {
    const ChainId chain = arguments.chain();
    const ChainStatus status = backend.status(chain);
    json::object object{{"chain_id", to_hex(chain)}};
    for (const auto& info : directory.chains()) {
        if (info.id != chain) continue;
        object.emplace("name", info.name);
        object.emplace("kind", text_of(info.kind));
    }
    std::size_t connected = 0;
    for (const auto& validator : status.validators) connected += validator.connected ? 1 : 0;
    const auto not_ready = backend.not_ready();
    object.emplace("height", status.height);
    object.emplace("first_height", status.first_height);
    object.emplace("hash", to_hex(status.block));
    object.emplace("state_root", to_hex(status.state_root));
    object.emplace("time_ms", status.time.ms);
    object.emplace("view", status.view);
    object.emplace("voting", status.voting);
    object.emplace("catching_up", status.catching_up);
    json::value joining;
    if (const auto& at = status.joining)
        joining = {{"height", at->height}, {"chunks", at->chunks}, {"of", at->of}};
    object.emplace("joining", std::move(joining));
    object.emplace("validators", status.validators.size());
    object.emplace("validators_connected", connected);
    object.emplace("mempool_transactions", status.mempool_transactions);
    object.emplace("mempool_bytes", status.mempool_bytes);
    object.emplace("committed_transactions", status.committed_transactions);
    object.emplace("ready", !not_ready.has_value());
    object.emplace("not_ready", not_ready ? json::value(*not_ready) : json::value());
    return json::value(std::move(object));
}

JsonResult read_validators(const Backend& backend, const Directory&, const Arguments& arguments) {
    const ChainStatus status = backend.status(arguments.chain());
    json::array list;
    for (const auto& validator : status.validators) {
        list.push_back(json::object{
            {"name", validator.name},
            {"public_key", to_hex(validator.key.encoded())},
            {"self", validator.self},
            {"connected", validator.connected},
            {"certificate_end_ms",
             validator.certificate_end ? json::value(validator.certificate_end->ms) : json::value(nullptr)}});
    }
    return json::value{{"height", status.height + 1}, {"validators", std::move(list)}};
}

JsonResult read_header(const Backend& backend, const Directory&, const Arguments& arguments) {
    const auto height = height_of(backend, arguments);
    if (!height) return height.error();
    const auto certified = backend.header(arguments.chain(), *height);
    if (!certified) return certified.error();
    auto object = header_json(arguments.chain(), *certified, *height);
    if (!object) return object.error();
    return json::value(*std::move(object));
}

JsonResult read_block(const Backend& backend, const Directory&, const Arguments& arguments) {
    const auto height = height_of(backend, arguments);
    if (!height) return height.error();
    const ChainId chain = arguments.chain();
    const auto certified = backend.header(chain, *height);
    if (!certified) return certified.error();
    auto object = header_json(chain, *certified, *height);
    if (!object) return object.error();
    const auto body = backend.body(chain, *height);
    if (!body) return body.error();
    const BlockPage page{.first = arguments.number("cursor").value_or(0),
                         .limit = arguments.number("limit").value_or(1000),
                         .full = arguments.choice("detail") == "full",
                         .exact = arguments.choice("detail") == "bytes"};
    auto list = arguments.choice("detail") == "receipts" ? Result<json::object>(receipts_json(*body, page))
                                                         : transactions_json(chain, *body, *height, page);
    if (!list) return list.error();
    for (auto& member : *list) object->emplace(member.key(), std::move(member.value()));
    return json::value(*std::move(object));
}

JsonResult read_transaction(const Backend& backend, const Directory&, const Arguments& arguments) {
    const ChainId chain = arguments.chain();
    const Hash hash = *arguments.id<Hash>("hash");
    const TransactionFate fate = backend.transaction(chain, hash);
    json::object object = fate_json(hash, fate);
    if (fate.kind != FateKind::committed || !arguments.flag("proof")) return json::value(std::move(object));
    auto proof = inclusion_json(backend, chain, fate);
    if (!proof) return proof.error();
    object.emplace("proof", *std::move(proof));
    return json::value(std::move(object));
}

}  // namespace pcq::rpc
