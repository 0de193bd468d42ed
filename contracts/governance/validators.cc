#include "contracts/governance/validators.h"

#include <algorithm>

#include "contracts/registry/registry.h"

namespace pcq::contracts::governance {
namespace {

constexpr int kChangedMax = 33;
constexpr std::uint32_t kSetLeast = 4;
constexpr std::uint32_t kSetMost = 100;

using Entries = std::vector<proto::Validator>;

Result<crypto::PublicKey> key_of(const proto::PublicKey& fields) {
    auto key = crypto::PublicKey::from(fields.type(), fields.data());
    if (!key) return malformed("a validator's key: " + key.error().message);
    if (key->type() != crypto::KeyType::ed25519) return malformed("a validator's key must be an Ed25519 key");
    return key;
}

Entries::const_iterator find(const Entries& entries, const proto::PublicKey& key) {
    return std::find_if(entries.begin(), entries.end(), [&key](const proto::Validator& entry) {
        return entry.public_key().data() == key.data();
    });
}

Error impossible(const std::string& why) {
    return Error{Code::validators_impossible, "the set of validators cannot be changed so: " + why};
}

// How many of `before` are not in `after`, or the other way round, whichever are more.
std::size_t distance(const Entries& before, const Entries& after) {
    const auto missing = [](const Entries& from, const Entries& in) {
        return static_cast<std::size_t>(std::count_if(from.begin(), from.end(), [&in](const auto& entry) {
            return find(in, entry.public_key()) == in.end();
        }));
    };
    return std::max(missing(before, after), missing(after, before));
}

Result<ledger::ValidatorSet> changed(const Entries& now, const proto::ValidatorChange& change) {
    Entries entries = now;
    for (const auto& removed : change.remove()) {
        const auto at = find(entries, removed);
        if (at == entries.end()) return impossible("a key that is to be removed is not in it");
        entries.erase(at);
    }
    for (const auto& added : change.add()) {
        if (find(entries, added.public_key()) != entries.end())
            return impossible("the key of \"" + added.name() + "\" is in it already");
        proto::Validator entry;
        *entry.mutable_public_key() = added.public_key();
        entry.set_name(added.name());
        entries.push_back(std::move(entry));
    }
    if (entries.size() < kSetLeast || entries.size() > kSetMost)
        return impossible("it would have " + std::to_string(entries.size()) +
                          " validators, 4 to 100 are needed");
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return *key_of(a.public_key()) < *key_of(b.public_key()); });
    proto::ValidatorSet fields;
    for (auto& entry : entries) *fields.add_validators() = std::move(entry);
    auto set = ledger::ValidatorSet::from(fields);
    if (!set) return impossible(set.error().message);
    return set;
}

Entries entries_of(const proto::ValidatorSetRecord& record) {
    return {record.validators().validators().begin(), record.validators().validators().end()};
}

Result<> few_enough(const Entries& before, const ledger::ValidatorSet& after) {
    const std::size_t most = (before.size() - 1) / 3;
    const std::size_t replaced =
        distance(before, {after.fields().validators().begin(), after.fields().validators().end()});
    if (replaced <= most) return {};
    return impossible(std::to_string(replaced) + " of " + std::to_string(before.size()) +
                      " validators would change at one height, at most " + std::to_string(most) + " may");
}

void put_voters(const ledger::ValidatorSet& set, Overlay& state) {
    proto::VoterSet voters;
    for (const auto& member : set.members()) {
        registry::open_validator(state, member.key);
        voters.add_accounts(crypto::account_of(member.key).bytes());
    }
    kVoters.put(state, Only(), voters);
}

}  // namespace

Result<> validate(const proto::ValidatorChange& change) {
    if (change.add_size() > kChangedMax || change.remove_size() > kChangedMax)
        return malformed("a change adds at most 33 validators and removes at most 33");
    if (change.add_size() + change.remove_size() == 0)
        return malformed("a change of validators adds or removes one");
    for (const auto& added : change.add()) {
        if (auto key = key_of(added.public_key()); !key) return key.error();
        if (auto name = text_length(added.name(), 64, "a validator's name"); !name) return name.error();
        if (added.possession().size() != crypto::kSignatureBytes)
            return malformed("possession must be a signature of 64 bytes");
    }
    for (const auto& removed : change.remove()) {
        if (auto key = key_of(removed); !key) return key.error();
    }
    return {};
}

void write_validators(const ledger::ValidatorSet& validators, Overlay& state) {
    proto::ValidatorSetRecord record;
    record.set_from_height(1);
    *record.mutable_validators() = validators.fields();
    kValidatorSets.put(state, 0, record);
    proto::Counter count;
    count.set_value(1);
    kValidatorSetCount.put(state, Only(), count);
    put_voters(validators, state);
}

Result<> check_validators(const Context& context, const proto::ValidatorChange& change) {
    for (const auto& added : change.add()) {
        const auto key = key_of(added.public_key());
        if (!key) return key.error();
        const Hash digest =
            registry::possession_digest(context.block.chain, context.account, crypto::account_of(*key));
        if (!crypto::verify(*key, digest, added.possession())) {
            return Error{Code::bad_possession, "the proof of possession of validator \"" + added.name() +
                                                   "\" does not hold; it must be made for the proposer"};
        }
    }
    const auto now = entries_of(validator_set(context.state, validator_sets(context.state) - 1));
    const auto set = changed(now, change);
    if (!set) return set.error();
    return few_enough(now, *set);
}

bool change_validators(Overlay& state, const proto::ValidatorChange& change, const FromHeight& from) {
    std::uint32_t number = validator_sets(state);
    const auto newest = validator_set(state, number - 1);
    auto before = entries_of(newest);
    const auto set = changed(before, change);
    // Another change of the same height has come first: both together must be few enough.
    const bool again = newest.from_height() == from.height;
    if (again) before = entries_of(validator_set(state, --number - 1));
    if (!set || !few_enough(before, *set)) return false;
    put_voters(*set, state);
    proto::ValidatorSetRecord record;
    record.set_from_height(from.height);
    *record.mutable_validators() = set->fields();
    record.set_proposal(from.proposal);
    proto::Counter count;
    if (ledger::encode(set->fields()) == ledger::encode(validator_set(state, number - 1).validators())) {
        kValidatorSets.remove(state, number);  // as before: the one takes back what the other has done
        count.set_value(number);
    } else {
        kValidatorSets.put(state, number, record);
        count.set_value(number + 1u);
    }
    kValidatorSetCount.put(state, Only(), count);
    return true;
}

ledger::ValidatorSet validators(const StateReader& state) {
    auto set = ledger::ValidatorSet::from(validator_set(state, validator_sets(state) - 1).validators());
    PCQ_INVARIANT(set.has_value());  // nothing else is written
    return *std::move(set);
}

std::optional<ledger::ValidatorSet> changed_validators(const Overlay& after) {
    if (after.changes().count(kValidatorSets.key(validator_sets(after) - 1)) == 0) return std::nullopt;
    return validators(after);
}

std::uint32_t validator_sets(const StateReader& state) {
    return static_cast<std::uint32_t>(kValidatorSetCount.find_or_default(state, Only()).value());
}

proto::ValidatorSetRecord validator_set(const StateReader& state, std::uint32_t number) {
    auto record = kValidatorSets.find(state, number);
    PCQ_INVARIANT(record.has_value());
    return *std::move(record);
}

}  // namespace pcq::contracts::governance
