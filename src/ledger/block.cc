#include "src/ledger/block.h"

#include <algorithm>

#include <google/protobuf/util/json_util.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/canonical.h"
#include "src/ledger/list_tree.h"

namespace pcq::ledger {
namespace {

constexpr std::uint32_t kHeaderVersion = 1;
constexpr int kValidatorsMin = 4;
constexpr int kValidatorsMax = 100;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kGenesisBytesMax = 1024 * 1024;

Error bad_header(const std::string& what) {
    return Error{Code::bad_header, "header refused: " + what};
}
Error bad_genesis(const std::string& what) {
    return Error{Code::bad_encoding, "genesis document refused: " + what};
}

Hash known_hash(const Bytes& bytes) {
    const auto hash = Hash::from(bytes);
    PCQ_INVARIANT(hash.has_value());  // from() and our own builder leave no other size
    return *hash;
}

Result<> check_keys(const proto::Organisation& organisation) {
    const std::string who = "organisation \"" + organisation.name() + "\"";
    if (organisation.name().empty() || organisation.name().size() > kNameBytesMax) {
        return bad_genesis("an organisation needs a name of 1 to 64 bytes");
    }
    const auto count = static_cast<std::uint32_t>(organisation.keys_size());
    if (count == 0 || count > kSignaturesMax)
        return bad_genesis(who + " has " + std::to_string(count) + " keys, 1 to 16 are allowed");
    if (organisation.threshold() == 0 || organisation.threshold() > count) {
        return bad_genesis(who + " has the threshold " + std::to_string(organisation.threshold()) + " with " +
                           std::to_string(count) + " keys");
    }
    std::optional<crypto::PublicKey> previous;
    for (const auto& entry : organisation.keys()) {
        auto key = crypto::PublicKey::from(entry.type(), entry.data());
        if (!key) return bad_genesis(who + ": " + key.error().message);
        if (previous && !(*previous < *key))
            return bad_genesis(who + " does not list its keys in ascending order");
        previous = *std::move(key);
    }
    return {};
}

Result<> check_fields(const proto::Genesis& fields) {
    if (fields.format() != 1)
        return bad_genesis("format is " + std::to_string(fields.format()) + ", this version knows 1");
    const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (fields.name().empty() || fields.name().size() > kNameBytesMax ||
        !std::all_of(fields.name().begin(), fields.name().end(), good)) {
        return bad_genesis("name must be 1 to 64 characters of a-z, 0-9 and -");
    }
    if (fields.kind() != proto::CHAIN_KIND_MAIN && fields.kind() != proto::CHAIN_KIND_SIDE) {
        return bad_genesis("kind must be CHAIN_KIND_MAIN or CHAIN_KIND_SIDE");
    }
    for (const auto& organisation : fields.organisations()) {
        if (auto checked = check_keys(organisation); !checked) return checked.error();
    }
    if (fields.kind() == proto::CHAIN_KIND_MAIN) {
        if (!fields.main_chain_id().empty() || fields.has_main_validators()) {
            return bad_genesis("a main chain names no other main chain");
        }
        return {};
    }
    if (!ChainId::from(fields.main_chain_id())) return bad_genesis("mainChainId must be 32 bytes in base64");
    if (auto set = ValidatorSet::from(fields.main_validators()); !set)
        return bad_genesis("mainValidators: " + set.error().message);
    return {};
}

}  // namespace

Result<Header> Header::from(Bytes bytes, const ChainId& chain) {
    if (bytes.size() > kHeaderBytesMax)
        return bad_header("it has " + std::to_string(bytes.size()) + " bytes, at most 8192 are allowed");
    Header header;
    if (!decode_canonical(bytes, header.fields_))
        return bad_header("its bytes are no canonical pcq.v1.Header");
    const proto::Header& fields = header.fields_;
    if (fields.version() != kHeaderVersion)
        return bad_header("version " + std::to_string(fields.version()) + " is unknown");
    if (fields.chain_id() != chain.view())
        return bad_header("it is of chain " + to_hex(fields.chain_id()) + ", expected " + to_hex(chain));
    for (const Bytes* hash :
         {&fields.previous_hash(), &fields.transactions_root(), &fields.receipts_root(), &fields.state_root(),
          &fields.validators_hash(), &fields.next_validators_hash()}) {
        if (hash->size() != Hash::kSize)
            return bad_header("a hash in it has " + std::to_string(hash->size()) + " bytes, expected 32");
    }
    header.hash_ = crypto::tagged_hash("header", chain, bytes);
    header.bytes_ = std::move(bytes);
    return header;
}

Header Header::encode(const proto::Header& fields) {
    const auto chain = ChainId::from(fields.chain_id());
    PCQ_INVARIANT(chain.has_value());
    Header header;
    header.fields_ = fields;
    header.bytes_ = fields.SerializeAsString();
    header.hash_ = crypto::tagged_hash("header", *chain, header.bytes_);
    return header;
}

ChainId Header::chain() const {
    const auto chain = ChainId::from(fields_.chain_id());
    PCQ_INVARIANT(chain.has_value());
    return *chain;
}

Hash Header::previous_hash() const {
    return known_hash(fields_.previous_hash());
}
Hash Header::state_root() const {
    return known_hash(fields_.state_root());
}
Hash Header::transactions_root() const {
    return known_hash(fields_.transactions_root());
}
Hash Header::receipts_root() const {
    return known_hash(fields_.receipts_root());
}
Hash Header::validators_hash() const {
    return known_hash(fields_.validators_hash());
}
Hash Header::next_validators_hash() const {
    return known_hash(fields_.next_validators_hash());
}

Result<ValidatorSet> ValidatorSet::from(const proto::ValidatorSet& fields) {
    if (fields.validators_size() < kValidatorsMin || fields.validators_size() > kValidatorsMax) {
        return Error{Code::bad_encoding,
                     "a validator set has 4 to 100 members, got " + std::to_string(fields.validators_size())};
    }
    auto members = std::make_shared<std::vector<Member>>();
    for (const auto& entry : fields.validators()) {
        if (entry.public_key().type() != proto::KEY_TYPE_ED25519) {
            return Error{Code::bad_encoding, "validator \"" + entry.name() + "\" must have an Ed25519 key"};
        }
        if (entry.name().empty() || entry.name().size() > kNameBytesMax) {
            return Error{Code::bad_encoding, "a validator needs a name of 1 to 64 bytes"};
        }
        auto key = crypto::PublicKey::from(crypto::KeyType::ed25519, entry.public_key().data());
        if (!key)
            return Error{Code::bad_encoding, "validator \"" + entry.name() + "\": " + key.error().message};
        if (!members->empty() && !(members->back().key < *key)) {
            return Error{Code::bad_encoding,
                         "validator \"" + entry.name() + "\" is out of order: sort by key, each key once"};
        }
        members->push_back(Member{*std::move(key), entry.name()});
    }
    ValidatorSet set;
    set.members_ = std::move(members);
    set.fields_ = fields;
    return set;
}

std::optional<std::uint32_t> ValidatorSet::index_of(const crypto::PublicKey& key) const {
    const auto at = std::lower_bound(
        members_->begin(), members_->end(), key,
        [](const Member& member, const crypto::PublicKey& wanted) { return member.key < wanted; });
    if (at == members_->end() || at->key != key) return std::nullopt;
    return static_cast<std::uint32_t>(at - members_->begin());
}

Hash ValidatorSet::hash(const ChainId& chain) const {
    return crypto::tagged_hash("validators", chain, fields_.SerializeAsString());
}

Hash transactions_root(const std::vector<Hash>& transaction_hashes) {
    return list_root(transaction_hashes);
}

Hash receipts_root(const ChainId& chain, const std::vector<Bytes>& receipts) {
    std::vector<Hash> hashes;
    hashes.reserve(receipts.size());
    for (const auto& receipt : receipts) hashes.push_back(crypto::tagged_hash("receipt", chain, receipt));
    return list_root(hashes);
}

Result<Genesis> Genesis::from(Bytes document) {
    if (document.size() > kGenesisBytesMax) return bad_genesis("it is larger than 1 MiB");
    proto::Genesis fields;
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = false;
    const auto parsed = google::protobuf::util::JsonStringToMessage(document, &fields, options);
    if (!parsed.ok()) return bad_genesis(std::string(parsed.message()));
    if (auto checked = check_fields(fields); !checked) return checked.error();
    auto validators = ValidatorSet::from(fields.validators());
    if (!validators) return bad_genesis("validators: " + validators.error().message);

    const auto chain = ChainId::from(crypto::tagged_hash("genesis", document).view());
    PCQ_INVARIANT(chain.has_value());
    return Genesis{*chain, std::move(document), std::move(fields), *std::move(validators)};
}

}  // namespace pcq::ledger
