#include "contracts/registry/registry.h"

#include <algorithm>

#include "contracts/quota/quota.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"

namespace pcq::contracts::registry {
namespace {

constexpr int kUsersPerAction = 500;
constexpr int kPersonKeysMax = 4;  // a rotation costs each node two verifications a key, and people are many

Result<crypto::PublicKey> public_key(const proto::PublicKey& fields) {
    return crypto::PublicKey::from(fields.type(), fields.data());
}

void set_key(proto::AccountRecord& record, const crypto::PublicKey& key) {
    auto& entry = *record.add_keys();
    entry.set_type(static_cast<proto::KeyType>(key.type()));
    entry.set_data(Bytes(key.data()));
}

Result<> register_one(Context& context, const proto::NewUser& user, std::uint64_t number) {
    const auto key = public_key(user.key());
    if (!key) return key.error();
    const AccountId account = crypto::account_of(*key);
    if (ledger::kAccounts.contains(context.state, account)) {
        return Error{Code::account_exists, "account " + to_hex(account) + " is registered already"};
    }
    const Hash commitment = *Hash::from(user.kyc_commitment());
    if (kKycCommitments.contains(context.state, commitment)) {
        return Error{Code::kyc_commitment_used,
                     "the KYC commitment of account " + to_hex(account) + " belongs to another account"};
    }
    const Hash digest = possession_digest(context.block.chain, context.account, account);
    if (!crypto::verify(*key, digest, user.possession())) {
        return Error{Code::bad_possession,
                     "the proof of possession for account " + to_hex(account) + " does not hold"};
    }
    proto::AccountRecord record;
    set_key(record, *key);
    record.set_threshold(1);
    record.set_number(number);
    record.set_kyc_commitment(user.kyc_commitment());
    ledger::kAccounts.put(context.state, account, record);

    proto::AccountRef reference;
    reference.set_account(account.bytes());
    kAccountByNumber.put(context.state, number, reference);
    kKycCommitments.put(context.state, commitment, reference);
    quota::credit_waiting(context.state, account);
    return {};
}

Error not_live(const AccountId& account) {
    return Error{Code::account_unknown,
                 "account " + to_hex(account) + " does not exist on this chain or is closed"};
}

Error not_person(const AccountId& account) {
    return Error{Code::account_not_person,
                 "account " + to_hex(account) + " is an organisation's; this is for people"};
}

}  // namespace

Hash possession_digest(const ChainId& chain, const AccountId& registrar, const AccountId& account) {
    Bytes data = registrar.bytes();
    data.append(account.view());
    return crypto::tagged_hash("possession", chain, data);
}

Result<> write_genesis(const ledger::Genesis& genesis, Overlay& state) {
    for (const auto& organisation : genesis.fields.organisations()) {
        proto::AccountRecord record;
        *record.mutable_keys() = organisation.keys();
        record.set_threshold(organisation.threshold());
        *record.mutable_roles() = organisation.roles();
        record.set_meter_kind(organisation.meter_kind());
        const auto first = public_key(organisation.keys(0));
        PCQ_INVARIANT(first.has_value());
        const AccountId account = crypto::account_of(*first);
        if (ledger::kAccounts.contains(state, account)) {
            return Error{Code::account_exists,
                         "organisation \"" + organisation.name() + "\" has the first key of another one"};
        }
        ledger::kAccounts.put(state, account, record);
    }
    kRegistry.put(state, Only(), proto::RegistryRecord());
    return {};
}

void open_validator(Overlay& state, const crypto::PublicKey& key) {
    const AccountId account = crypto::account_of(key);
    if (ledger::kAccounts.contains(state, account)) return;
    proto::AccountRecord record;
    set_key(record, key);
    record.set_threshold(1);
    ledger::kAccounts.put(state, account, record);
}

Result<> validate(const proto::RegisterUsers& action) {
    if (action.users_size() < 1 || action.users_size() > kUsersPerAction) {
        return malformed("users must be 1 to 500, are " + std::to_string(action.users_size()));
    }
    for (const auto& user : action.users()) {
        if (user.kyc_commitment().size() != Hash::kSize)
            return malformed("kyc_commitment must have 32 bytes");
        if (user.possession().size() != crypto::kSignatureBytes)
            return malformed("possession must be a signature of 64 bytes");
    }
    return {};
}

Result<Outcome> register_users(Context& context, const proto::RegisterUsers& action) {
    if (!ledger::has_role(context.record, proto::ROLE_GOVERNMENT)) {
        if (auto allowed = require_role(context, proto::ROLE_PLATFORM); !allowed) return allowed.error();
    }
    proto::RegistryRecord registry = kRegistry.find_or_default(context.state, Only());
    const std::uint64_t first = registry.users() + 1;
    for (const auto& user : action.users()) {
        registry.set_users(registry.users() + 1);
        if (auto done = register_one(context, user, registry.users()); !done) return done.error();
    }
    kRegistry.put(context.state, Only(), registry);

    proto::Event event;
    event.mutable_users_registered()->set_first_number(first);
    event.mutable_users_registered()->set_count(static_cast<std::uint32_t>(action.users_size()));
    return Outcome{"registered " + std::to_string(action.users_size()) + " people, numbers from " +
                       std::to_string(first),
                   {event}};
}

Result<> validate(const proto::RotateKeys& action) {
    const auto count = static_cast<std::uint32_t>(action.keys_size());
    if (count < 1 || count > ledger::kSignaturesMax)
        return malformed("keys must be 1 to 16, are " + std::to_string(count));
    if (action.threshold() < 1 || action.threshold() > count) {
        return malformed("threshold must be 1 to the number of keys, is " +
                         std::to_string(action.threshold()));
    }
    if (action.possessions_size() != action.keys_size())
        return malformed("each key needs its proof of possession");
    return {};
}

Result<Outcome> rotate_keys(Context& context, const proto::RotateKeys& action) {
    proto::AccountRecord record = *ledger::kAccounts.find(context.state, context.account);
    if (record.number() != 0 && action.keys_size() > kPersonKeysMax)
        return malformed("a person's account has at most 4 keys, not " + std::to_string(action.keys_size()));
    record.clear_keys();
    const Hash digest = possession_digest(context.block.chain, context.account, context.account);
    std::optional<crypto::PublicKey> previous;
    for (int i = 0; i < action.keys_size(); ++i) {
        auto key = public_key(action.keys(i));
        if (!key) return key.error();
        if (previous && !(*previous < *key)) return malformed("keys must be in ascending order, each once");
        if (!crypto::verify(*key, digest, action.possessions(i))) {
            return Error{Code::bad_possession,
                         "the proof of possession of key " + std::to_string(i) + " does not hold"};
        }
        set_key(record, *key);
        previous = *std::move(key);
    }
    record.set_threshold(action.threshold());
    ledger::kAccounts.put(context.state, context.account, record);
    return Outcome{"the account now signs with " + std::to_string(action.threshold()) + " of " +
                       std::to_string(action.keys_size()) + " keys",
                   {}};
}

std::uint64_t users(const StateReader& state) {
    return kRegistry.find_or_default(state, Only()).users();
}

AccountId person(const StateReader& state, std::uint64_t number) {
    const auto reference = kAccountByNumber.find(state, number);
    PCQ_INVARIANT(reference.has_value());
    return *AccountId::from(reference->account());
}

Result<> require_live(const StateReader& state, const AccountId& account) {
    const auto record = ledger::kAccounts.find(state, account);
    if (!record || record->status() == proto::ACCOUNT_STATUS_CLOSED) return not_live(account);
    return {};
}

Result<> require_person(const StateReader& state, const AccountId& account) {
    const auto record = ledger::kAccounts.find(state, account);
    if (!record || record->status() == proto::ACCOUNT_STATUS_CLOSED) return not_live(account);
    if (record->number() == 0) return not_person(account);
    return {};
}

Result<> require_second(const Context& context, const AccountId& first, const std::string& what) {
    if (context.account == first) {
        return Error{Code::not_authorised,
                     "the account that " + what + " cannot approve it: two must have seen it"};
    }
    const auto keys = ledger::kAccounts.find_or_default(context.state, first).keys();
    for (const auto& key : context.record.keys()) {
        const bool shared = std::any_of(keys.begin(), keys.end(), [&key](const proto::PublicKey& other) {
            return other.type() == key.type() && other.data() == key.data();
        });
        if (shared) {
            return Error{
                Code::not_authorised,
                "the account that " + what + " has a key in common with this one: two must have seen it"};
        }
    }
    return {};
}

}  // namespace pcq::contracts::registry
