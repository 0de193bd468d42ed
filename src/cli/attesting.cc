#include "src/cli/attesting.h"

#include "src/audit/attestations.h"
#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/ledger/account.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

// A record of the newest state.
Result<std::optional<Bytes>> value_of(const json::value& record) {
    const auto* object = record.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains("value");
    if (value != nullptr && value->is_null()) return std::optional<Bytes>();
    auto bytes = value != nullptr && value->is_string() ? from_base64(value->get_string())
                                                        : Result<Bytes>(Error{Code::bad_encoding, ""});
    if (!bytes) return Error{Code::answer_malformed, "the node's answer has no usable \"value\""};
    return std::optional<Bytes>(*std::move(bytes));
}

Result<std::optional<Bytes>> state(Session& session, const Bytes& key) {
    const auto answer =
        session.answer("state", {{"chain", session.chain}, {"keys", json::array{json::string(to_hex(key))}}});
    if (!answer) return answer.error();
    const auto* object = answer->if_object();
    const auto* records = object == nullptr ? nullptr : object->if_contains("records");
    if (records == nullptr || !records->is_array() || records->get_array().size() != 1)
        return Error{Code::answer_malformed, "the node's answer has no usable \"records\""};
    return value_of(records->get_array().front());
}

Result<> require_auditor(Session& session, const AccountId& account) {
    const auto value = state(session, ledger::kAccounts.key(account));
    if (!value) return value.error();
    const auto record = *value ? ledger::decode<proto::AccountRecord>(**value) : std::nullopt;
    if (record && ledger::has_role(*record, proto::ROLE_AUDITOR)) return {};
    return Error{Code::not_authorised,
                 "account " + to_address(account) + " is no auditor of chain " + session.chain +
                     ", so nobody would heed what it attests; its genesis document names who is"};
}

}  // namespace

std::optional<Attesting> Attesting::open(Session& session, const ActingOptions& options) {
    auto wallet = open_wallet(session, options);
    if (!wallet) return std::nullopt;
    if (auto allowed = require_auditor(session, wallet->account()); !allowed) {
        session.ended = fail(allowed.error());
        return std::nullopt;
    }
    return Attesting(options, *std::move(wallet));
}

std::vector<Attested> Attesting::attest(Session& session, const std::vector<audit::VerifyReport>& reports) {
    std::vector<Attested> done;
    const auto record = state(session, audit::attestations_key());
    const auto known = record ? audit::attestations(*record) : record.error();
    if (!known) {
        session.ended = fail(known.error());
        return done;
    }
    if (!learn_sequences(session, wallet_)) return done;
    for (const auto& report : reports) {
        const auto before = audit::attested_height(*known, report.genesis.chain, wallet_.account());
        if (report.height <= before) {  // of block 0 there is nothing to attest
            done.push_back({report.genesis.fields.name(), before, false});
            continue;
        }
        const auto action = audit::attestation_of(report);
        const bool is_final =
            act_once(session, options_, wallet_,
                     [&action](client::Wallet& by, std::uint64_t until) { return by.sign(action, until); });
        if (!is_final) return done;
        done.push_back({report.genesis.fields.name(), report.height, true});
    }
    return done;
}

}  // namespace pcq::cli
