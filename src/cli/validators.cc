#include "src/cli/validators.h"

#include <boost/json/array.hpp>

#include "src/base/hex.h"
#include "src/cli/acting.h"
#include "src/client/actions.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kKeyDigits = 64;

Error unreadable(const std::string& text, const std::string& why) {
    return Error{Code::bad_argument,
                 "\"" + text + "\" is no NAME:KEY:POSSESSION as pcq key possession prints it: " + why};
}

Result<> check_name(const std::string& name) {
    if (!name.empty() && name.size() <= kNameBytesMax && name.find(':') == std::string::npos) return {};
    return Error{Code::bad_argument, "a validator's name has 1 to 64 bytes and no colon"};
}

void fill(proto::PublicKey& fields, const crypto::PublicKey& key) {
    fields.set_type(static_cast<proto::KeyType>(key.type()));
    fields.set_data(Bytes(key.data()));
}

Result<crypto::PublicKey> key_from(const std::string& digits) {
    auto bytes = from_hex(digits);
    if (!bytes) return bytes.error();
    return crypto::PublicKey::from(crypto::KeyType::ed25519, *bytes);
}

// RPC shows a key with its type in front.
Result<crypto::PublicKey> key_of(const json::value& validator) {
    const auto bytes = from_hex(validator.at("public_key").as_string());
    if (!bytes) return bytes.error();
    return crypto::PublicKey::from_encoded(*bytes);
}

Result<crypto::PublicKey> removed_key(const json::array& validators, const std::string& text) {
    std::vector<crypto::PublicKey> found;
    std::string known;
    for (const auto& validator : validators) {
        auto key = key_of(validator);
        if (!key) return key.error();
        const std::string name(validator.at("name").as_string());
        known += (known.empty() ? "" : ", ") + name;
        if (name == text || to_hex(key->data()) == text) found.push_back(*std::move(key));
    }
    if (found.size() == 1) return std::move(found.front());
    if (found.empty())
        return Error{Code::bad_argument, "nobody called \"" + text + "\" validates; those are " + known};
    return Error{Code::bad_argument, "several validators are called \"" + text + "\"; give the public key (" +
                                         std::to_string(kKeyDigits) + " hexadecimal digits)"};
}

std::string names_of(const json::value& entry) {
    std::string names;
    for (const auto& validator : entry.at("validators").as_array())
        names += (names.empty() ? "" : ", ") + plain_text(validator.at("name"));
    return names;
}

}  // namespace

Result<std::string> possession(const crypto::SigningKey& key, const std::string& name, const ChainId& chain,
                               const AccountId& proposer) {
    if (auto good = check_name(name); !good) return good.error();
    if (key.public_key().type() != crypto::KeyType::ed25519)
        return Error{Code::bad_argument, "a validator's key is an Ed25519 key"};
    const Hash digest = client::possession_digest(chain, proposer, crypto::account_of(key.public_key()));
    return name + ":" + to_hex(key.public_key().data()) + ":" + to_hex(key.sign(digest));
}

Result<proto::NewValidator> new_validator(const std::string& text) {
    const std::size_t first = text.find(':');
    const std::size_t second = first == std::string::npos ? first : text.find(':', first + 1);
    if (second == std::string::npos) return unreadable(text, "it has no two colons");
    const std::string name = text.substr(0, first);
    if (auto good = check_name(name); !good) return good.error();
    const auto key = key_from(text.substr(first + 1, second - first - 1));
    if (!key) return unreadable(text, "the key: " + key.error().message);
    auto signature = from_hex(text.substr(second + 1));
    if (!signature || signature->size() != crypto::kSignatureBytes)
        return unreadable(text, "the possession must be 128 hexadecimal digits");
    proto::NewValidator added;
    fill(*added.mutable_public_key(), *key);
    added.set_name(name);
    added.set_possession(*std::move(signature));
    return added;
}

std::optional<proto::ValidatorChange> validator_change(Session& session, const std::vector<std::string>& add,
                                                       const std::vector<std::string>& remove) {
    proto::ValidatorChange change;
    for (const auto& text : add) {
        auto added = new_validator(text);
        if (!added) {
            session.ended = fail(added.error());
            return std::nullopt;
        }
        *change.add_add() = *std::move(added);
    }
    if (remove.empty()) return change;
    const auto answer = session.ask("validators", {{"chain", session.chain}});
    if (!answer) return std::nullopt;
    for (const auto& text : remove) {
        const auto key = removed_key(answer->at("validators").as_array(), text);
        if (!key) {
            session.ended = fail(key.error());
            return std::nullopt;
        }
        fill(*change.add_remove(), *key);
    }
    return change;
}

std::string change_text(const json::object& change) {
    std::string text;
    const auto say = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    for (const auto& added : change.at("add").as_array()) say("add " + plain_text(added.at("name")));
    for (const auto& removed : change.at("remove").as_array())
        say("remove " + plain_text(removed.at("data")));
    return text;
}

void add_validator_list(CLI::App& governance, Session& session) {
    auto* command =
        governance.add_subcommand("validators", "who has certified the chain, and from which height");
    explain(*command, "pcq governance validators");
    command->callback([&session] {
        std::vector<std::vector<std::string>> rows;
        const bool done = each_page(session, "validator_sets", "validator_sets", [&rows](const auto& entry) {
            const std::string proposal = plain_text(entry.at("proposal"));
            rows.push_back({plain_text(entry.at("from_height")), proposal == "0" ? "genesis" : proposal,
                            std::to_string(entry.at("validators").as_array().size()), names_of(entry)});
        });
        if (done) print_table({"FROM HEIGHT", "PROPOSAL", "COUNT", "VALIDATORS"}, rows);
    });
}

}  // namespace pcq::cli
