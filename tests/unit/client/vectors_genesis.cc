// Genesis documents, and the header of block 0 that each of them makes.
#include <algorithm>

#include <boost/json/array.hpp>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "contracts/chain.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/executor.h"
#include "tests/unit/client/vectors.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::client {
namespace {

namespace json = boost::json;
using ledger::signing_key;

proto::ValidatorSet validators(std::vector<char> seeds) {
    std::vector<crypto::PublicKey> keys;
    for (const char seed : seeds) keys.push_back(signing_key(seed).public_key());
    std::sort(keys.begin(), keys.end());
    proto::ValidatorSet set;
    for (const auto& key : keys) {
        auto& validator = *set.add_validators();
        ledger::fill(*validator.mutable_public_key(), key);
        validator.set_name("validator " + std::to_string(set.validators_size()));
    }
    return set;
}

proto::Organisation& add(proto::Genesis& genesis, const char* name, std::vector<proto::Role> roles,
                         const crypto::SigningKey& key) {
    auto& organisation = *genesis.add_organisations();
    organisation.set_name(name);
    for (const auto role : roles) organisation.add_roles(role);
    ledger::fill(*organisation.add_keys(), key.public_key());
    organisation.set_threshold(1);
    return organisation;
}

proto::Genesis main_chain() {
    proto::Genesis genesis;
    genesis.set_format(1);
    genesis.set_name("main");
    genesis.set_kind(proto::CHAIN_KIND_MAIN);
    genesis.set_time_ms(1'700'000'000'000);
    *genesis.mutable_validators() = validators({1, 2, 3, 4});
    add(genesis, "government", {proto::ROLE_GOVERNMENT}, signing_key(9, crypto::KeyType::p256));
    return genesis;
}

// Everything that a document can say: a validator that is an organisation too, two keys, a meter's kind.
proto::Genesis side_chain() {
    proto::Genesis genesis = main_chain();
    genesis.set_name("side");
    genesis.set_kind(proto::CHAIN_KIND_SIDE);
    add(genesis, "platform", {proto::ROLE_PLATFORM, proto::ROLE_BANK}, signing_key(1));
    add(genesis, "second government", {proto::ROLE_GOVERNMENT, proto::ROLE_AUDITOR}, signing_key(10));
    add(genesis, "meter", {proto::ROLE_METER}, signing_key(11)).set_meter_kind(proto::METER_KIND_TRANSPORT);
    auto keys = std::vector{signing_key(12).public_key(), signing_key(13).public_key()};
    std::sort(keys.begin(), keys.end());
    auto& two = *genesis.add_organisations();
    two.set_name("two of two");
    for (const auto& key : keys) ledger::fill(*two.add_keys(), key);
    two.set_threshold(2);
    auto& parameters = *genesis.mutable_parameters();
    parameters.set_settlement_per_block(100);
    parameters.set_anchor_interval(50);
    parameters.set_registration_fee_uy(10'000);
    genesis.set_main_chain_id(crypto::sha256({"main chain"}).bytes());
    *genesis.mutable_main_validators() = validators({5, 6, 7, 8});
    return genesis;
}

}  // namespace

json::object genesis_vectors() {
    json::array list;
    for (const auto& fields : {main_chain(), side_chain()}) {
        std::string document;
        EXPECT_TRUE(google::protobuf::util::MessageToJsonString(fields, &document).ok());
        const auto genesis = ledger::Genesis::from(document);
        if (!genesis) throw std::runtime_error(genesis.error().message);
        const auto block = ledger::make_genesis(*contracts::contracts_of(fields.kind()), *genesis);
        if (!block) throw std::runtime_error(block.error().message);
        list.push_back({{"document", document}, {"header", to_hex(block->header.bytes())}});
    }
    return {{"genesis", std::move(list)}};
}

}  // namespace pcq::client
