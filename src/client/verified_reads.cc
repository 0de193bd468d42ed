#include "src/client/verified_reads.h"

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/client/json_member.h"
#include "src/crypto/hash.h"
#include "src/ledger/list_tree.h"

namespace pcq::client {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kListMax = 1U << 20U;  // more transactions than any block holds

Error unreadable(std::string_view what) {
    return Error{Code::answer_malformed, "the node's answer has no usable \"" + std::string(what) + "\""};
}

Result<Bytes> bytes_of(const json::value& value, std::string_view name) {
    const auto* text = member(value, name);
    if (text == nullptr || !text->is_string()) return unreadable(name);
    auto bytes = from_base64(text->get_string());
    if (!bytes) return unreadable(name);
    return *std::move(bytes);
}

Result<std::uint64_t> number_of(const json::value& value, std::string_view name) {
    const auto* found = member(value, name);
    boost::system::error_code failed;
    if (found == nullptr || !found->is_number()) return unreadable(name);
    const auto number = found->to_number<std::uint64_t>(failed);
    if (failed || number > kListMax) return unreadable(name);
    return number;
}

Result<std::vector<Hash>> path_of(const json::value& value, std::string_view name) {
    const auto* list = member(value, name);
    if (list == nullptr || !list->is_array()) return unreadable(name);
    std::vector<Hash> hashes;
    for (const auto& entry : list->get_array()) {
        if (!entry.is_string()) return unreadable(name);
        const auto hash = id_from_hex<Hash>(entry.get_string());
        if (!hash) return unreadable(name);
        hashes.push_back(*hash);
    }
    return hashes;
}

Result<ledger::Succession> succession_of(const json::value& entry) {
    ledger::Succession change;
    for (const auto& [name, into] :
         {std::pair("header", &change.header), std::pair("certificate", &change.certificate),
          std::pair("encoded", &change.validators)}) {
        auto bytes = bytes_of(entry, name);
        if (!bytes) return bytes.error();
        *into = *std::move(bytes);
    }
    return change;
}

// One hash at `index` of a list under a root, with the count and path that the node gave. Lists of several
// lengths have the same root and path, each with another index, so the count must be one that can be.
struct Place {
    Hash root;
    Hash hash;
    std::uint64_t index = 0;
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};
Result<> verify_place(const json::value& proof, const Place& place, const std::string& list) {
    const auto count = number_of(proof, list + "_count");
    if (!count) return count.error();
    if (*count < place.least || *count > place.most) {
        return Error{Code::bad_proof, "the node proves a place among " + std::to_string(*count) +
                                          " entries (" + list + "_count); by its header the block has " +
                                          std::to_string(place.least) + " transactions"};
    }
    const auto path = path_of(proof, list + "_path");
    if (!path) return path.error();
    return ledger::verify_range(place.root, *count, place.index, {place.hash}, *path);
}

}  // namespace

VerifiedReader::VerifiedReader(RpcClient& client, std::string chain, ledger::LightClient light_client)
    : client_(client), chain_(std::move(chain)), light_client_(std::move(light_client)) {}

// Whom the node shows as the next validators counts only if those known have named them.
Result<> VerifiedReader::follow() {
    bool more = true;
    while (more) {
        const auto answer =
            client_.call("validator_sets", {{"chain", chain_}, {"cursor", std::to_string(sets_)}});
        if (!answer) return as_its_word(answer.error());
        const auto* value = member(*answer, "value");
        const auto* sets = value == nullptr ? nullptr : member(*value, "validator_sets");
        if (sets == nullptr || !sets->is_array()) return unreadable("validator_sets");
        for (const auto& entry : sets->get_array()) {
            auto change = succession_of(entry);
            if (!change) return change.error();
            if (auto followed = light_client_.follow(*change); !followed) return followed.error();
            ++sets_;
        }
        more = member(*answer, "next") != nullptr && !sets->get_array().empty();
    }
    return {};
}

Result<ledger::Header> VerifiedReader::verify(const Bytes& header, const Bytes& certificate) {
    if (genesis_ && certificate.empty()) {
        auto shown = ledger::Header::from(header, genesis_->chain());
        if (!shown) return shown;
        if (header == genesis_->bytes()) return shown;
        if ((*shown)->height() == 0)
            return Error{Code::bad_header,
                         "header 0 refused: another block 0 follows from the genesis document"};
    }
    auto verified = light_client_.verify(header, certificate);
    if (verified || verified.error().code != Code::validators_unknown) return verified;
    if (auto followed = follow(); !followed) return followed.error();
    return light_client_.verify(header, certificate);
}

Result<ledger::Header> VerifiedReader::certified(const json::value& answer,
                                                 std::optional<std::uint64_t> height) {
    const auto header_bytes = bytes_of(answer, "header");
    if (!header_bytes) return header_bytes.error();
    const auto certificate = bytes_of(answer, "certificate");
    if (!certificate) return certificate.error();
    auto header = verify(*header_bytes, *certificate);
    if (!header) return header.error();

    const std::uint64_t shown = (*header)->height();
    if (height && shown != *height) {
        return Error{Code::bad_header, "asked for height " + std::to_string(*height) + ", the node shows " +
                                           std::to_string(shown)};
    }
    if (!height && shown < newest_) {
        return Error{Code::answer_stale, "the node shows height " + std::to_string(shown) +
                                             " as its newest, but " + std::to_string(newest_) +
                                             " has been seen; ask another node"};
    }
    newest_ = std::max(newest_, shown);
    return header;
}

Result<VerifiedRecords> VerifiedReader::read(const std::vector<Bytes>& keys,
                                             std::optional<std::uint64_t> height) {
    json::array wanted;
    for (const auto& key : keys) wanted.emplace_back(to_hex(key));
    json::object params{{"chain", chain_}, {"keys", std::move(wanted)}};
    if (height) params.emplace("height", *height);
    const auto answer = client_.call("state", params);
    if (!answer) return as_its_word(answer.error());

    auto header = certified(*answer, height);
    if (!header) return header.error();
    const auto* records = member(*answer, "records");
    if (records == nullptr || !records->is_array() || records->get_array().size() != keys.size()) {
        return unreadable("records");
    }
    VerifiedRecords verified{*header, {}};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const json::value& record = records->get_array()[i];
        const auto proof = bytes_of(record, "proof");
        if (!proof) return proof.error();
        std::optional<Bytes> value;
        if (const auto* shown = member(record, "value"); shown == nullptr || !shown->is_null()) {
            auto bytes = bytes_of(record, "value");
            if (!bytes) return bytes.error();
            value = *std::move(bytes);
        }
        // Against the key that was asked for, not the one that the node repeats.
        const auto proven = ledger::LightClient::verify_record(
            *header, keys[i], value ? std::optional<BytesView>(*value) : std::nullopt, *proof);
        if (!proven) return proven.error();
        verified.values.push_back(std::move(value));
    }
    return verified;
}

Result<ledger::Header> VerifiedReader::header(std::optional<std::uint64_t> height) {
    json::object params{{"chain", chain_}};
    if (height) params.emplace("height", *height);
    const auto answer = client_.call("totals", params);
    if (!answer) return as_its_word(answer.error());
    return certified(*answer, height);
}

Result<VerifiedTransaction> VerifiedReader::transaction(const Hash& hash) {
    const auto answer =
        client_.call("transaction", {{"chain", chain_}, {"hash", to_hex(hash)}, {"proof", true}});
    if (!answer) return as_its_word(answer.error());
    const auto* proof = member(*answer, "proof");
    if (proof == nullptr) {
        return Error{Code::not_found, "the node has no committed transaction " + to_hex(hash)};
    }
    const auto header_bytes = bytes_of(*proof, "header");
    if (!header_bytes) return header_bytes.error();
    const auto certificate = bytes_of(*proof, "certificate");
    if (!certificate) return certificate.error();
    const auto header = verify(*header_bytes, *certificate);
    if (!header) return header.error();
    const auto index = number_of(*proof, "index");
    if (!index) return index.error();
    const auto receipt_bytes = bytes_of(*proof, "receipt");
    if (!receipt_bytes) return receipt_bytes.error();

    const std::uint64_t all = (*header)->transaction_count();
    const Place in_transactions{header->transactions_root(), hash, *index, all, all};
    if (auto placed = verify_place(*proof, in_transactions, "transaction"); !placed) return placed.error();
    const Hash receipt_hash = crypto::tagged_hash("receipt", light_client_.chain(), *receipt_bytes);
    // One for each transaction, and one of the block's own work if there was any.
    const Place in_receipts{header->receipts_root(), receipt_hash, *index, all, all + 1};
    if (auto placed = verify_place(*proof, in_receipts, "receipt"); !placed) return placed.error();

    auto receipt = ledger::decode<proto::Receipt>(*receipt_bytes);
    if (!receipt || receipt->transaction() != hash.view()) {
        return Error{Code::bad_proof, "the proven receipt is of another transaction"};
    }
    newest_ = std::max(newest_, (*header)->height());
    return VerifiedTransaction{*header, static_cast<std::uint32_t>(*index), *std::move(receipt)};
}

}  // namespace pcq::client
