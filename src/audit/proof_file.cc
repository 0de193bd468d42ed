#include "src/audit/proof_file.h"

#include <limits>

#include <boost/json/parse.hpp>

#include "proto/pcq/v1/block.pb.h"

#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/hex.h"

namespace pcq::audit {
namespace {

namespace json = boost::json;

Error malformed(const std::string& what) {
    return Error{Code::bad_encoding, what};
}

const json::value* member(const json::value& value, const char* name) {
    const auto* object = value.if_object();
    return object == nullptr ? nullptr : object->if_contains(name);
}

Result<std::string> text_at(const json::value& value, const char* name) {
    const auto* found = member(value, name);
    if (found == nullptr || !found->is_string()) return malformed("\"" + std::string(name) + "\" is missing");
    return std::string(found->as_string());
}

Result<> take(Bytes& into, const json::value& value, const char* name) {
    const auto text = text_at(value, name);
    if (!text) return text.error();
    auto bytes = from_base64(*text);
    if (!bytes) return malformed("\"" + std::string(name) + "\": " + bytes.error().message);
    into = *std::move(bytes);
    return {};
}

Result<const json::array*> list_at(const json::value& value, const char* name) {
    const auto* found = member(value, name);
    if (found == nullptr || !found->is_array()) return malformed("\"" + std::string(name) + "\" is no list");
    return &found->get_array();
}

Result<> take_list(std::vector<Bytes>& into, const json::value& value, const char* name) {
    const auto list = list_at(value, name);
    if (!list) return list.error();
    for (const auto& entry : **list) {
        auto bytes = entry.is_string() ? from_base64(std::string(entry.get_string()))
                                       : Result<Bytes>(malformed("it is no text"));
        if (!bytes) return malformed("\"" + std::string(name) + "\": " + bytes.error().message);
        into.push_back(*std::move(bytes));
    }
    return {};
}

// What both kinds begin with. A file without "validator_sets" is of a chain whose validators have not
// changed.
template <class Proof>
Result<> take_head(Proof& into, const json::value& value) {
    const auto address = text_at(value, "account");
    if (!address) return address.error();
    const auto account = account_from_text(*address);
    if (!account) return malformed("\"account\": " + account.error().message);
    into.account = *account;
    const auto* period = member(value, "period");
    if (period == nullptr || !period->is_int64() || period->as_int64() < 0 ||
        period->as_int64() > std::numeric_limits<std::uint32_t>::max())
        return malformed("\"period\" is no year");
    into.period = static_cast<std::uint32_t>(period->as_int64());
    if (auto done = take(into.header, value, "header"); !done) return done.error();
    if (auto done = take(into.certificate, value, "certificate"); !done) return done.error();
    if (member(value, "validator_sets") == nullptr) return {};
    const auto changes = list_at(value, "validator_sets");
    if (!changes) return changes.error();
    for (const auto& entry : **changes) {
        auto& change = into.successions.emplace_back();
        if (auto done = take(change.header, entry, "header"); !done) return done.error();
        if (auto done = take(change.certificate, entry, "certificate"); !done) return done.error();
        if (auto done = take(change.validators, entry, "encoded"); !done) return done.error();
    }
    return {};
}

Result<ProvenStatement> statement_from(const json::value& value) {
    ProvenStatement statement;
    if (auto done = take_head(statement, value); !done) return done.error();
    const auto records = list_at(value, "records");
    if (!records) return records.error();
    for (const auto& entry : **records) {
        auto& record = statement.records.emplace_back();
        const auto* there = member(entry, "value");
        if (there == nullptr) return malformed("\"value\" is missing");
        if (!there->is_null()) {
            if (auto done = take(record.value.emplace(), entry, "value"); !done) return done.error();
        }
        if (auto done = take(record.proof, entry, "proof"); !done) return done.error();
    }
    if (const auto* movements = member(value, "movements"); movements != nullptr) {
        auto& listed = statement.movements.emplace();
        for (const auto& [name, into] :
             {std::pair("holding", &listed.holding), std::pair("cash", &listed.cash)}) {
            if (auto done = take_list(*into, *movements, name); !done) return done.error();
        }
    }
    return statement;
}

Result<SettlementCertificate> certificate_from(const json::value& value) {
    SettlementCertificate certificate;
    if (auto done = take_head(certificate, value); !done) return done.error();
    for (const auto& [name, into] : {std::pair("period_record", &certificate.period_record),
                                     std::pair("settlement_record", &certificate.settlement_record)}) {
        const auto* entry = member(value, name);
        if (entry == nullptr) return malformed("\"" + std::string(name) + "\" is missing");
        if (auto done = take(into->value, *entry, "value"); !done) return done.error();
        if (auto done = take(into->proof, *entry, "proof"); !done) return done.error();
    }
    return certificate;
}

// The file says it, or its header does.
Result<ChainId> chain_of(const json::value& value, const Bytes& header) {
    if (member(value, "chain_id") != nullptr) {
        const auto text = text_at(value, "chain_id");
        if (!text) return text.error();
        auto chain = id_from_hex<ChainId>(*text);
        if (!chain) return malformed("\"chain_id\": " + chain.error().message);
        return chain;
    }
    proto::Header fields;
    const auto chain =
        fields.ParseFromString(header) ? ChainId::from(fields.chain_id()) : std::optional<ChainId>();
    if (!chain) return malformed("\"header\" is none");
    return *chain;
}

template <class Proof>
Result<ProofFile> whole(const json::value& value, Result<Proof> proof) {
    if (!proof) return proof.error();
    const auto chain = chain_of(value, proof->header);
    if (!chain) return chain.error();
    return ProofFile{*chain, *std::move(proof)};
}

}  // namespace

Result<ProofFile> proof_from(std::string_view text) {
    if (text.size() > kProofFileMax) return Error{Code::bad_argument, "it has more than 8 MiB"};
    boost::system::error_code failure;
    const auto value = json::parse(text, failure);
    const auto says = [text](const char* name) { return text.find(name) != std::string_view::npos; };
    if (failure && (says(kStatementFormat) || says(kCertificateFormat)))
        return malformed("it is no JSON: " + failure.message());
    const auto* format = failure ? nullptr : member(value, "format");
    if (format != nullptr && *format == kStatementFormat) return whole(value, statement_from(value));
    if (format != nullptr && *format == kCertificateFormat) return whole(value, certificate_from(value));
    return Error{Code::bad_argument,
                 std::string("its format is neither ") + kStatementFormat + " nor " + kCertificateFormat};
}

}  // namespace pcq::audit
