// Keys, signatures, addresses, codes, and the keys of the state.
#include <array>

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include "contracts/tables.h"
#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "tests/unit/client/vectors.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::client {
namespace {

namespace json = boost::json;
using crypto::KeyType;
using crypto::PublicKey;
using ledger::hex;

// What is signed by the vectors below, unless they say something else: H("vector", 32 zero bytes, "data").
const Hash kDigest = crypto::tagged_hash("vector", "data");

json::object keys_of(KeyType type, int number) {
    const auto key = ledger::signing_key(number, type);
    const AccountId account = crypto::account_of(key.public_key());
    json::object entry{{"type", static_cast<int>(type)},
                       {"secret", to_hex(key.secret())},
                       {"public_key", to_hex(key.public_key().data())},
                       {"account", to_hex(account)},
                       {"address", to_address(account)}};
    if (type == KeyType::ed25519) entry["signature"] = to_hex(key.sign(kDigest));
    return entry;
}

// Points of small order, in every encoding; not reduced; off the curve; with a part of small order; good
// ones.
const std::array kEd25519Keys{
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0200000000000000000000000000000000000000000000000000000000000000",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "16a567fe7d4ef5482ab4012c369bf8c5f11e8d0c2559dcda50fde59708f8aee5",  // the same plus (0, -1)
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751",
};
const std::array kP256Keys{
    "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    "0260fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    "0060fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    "020000000000000000000000000000000000000000000000000000000000000000",
    "020000000000000000000000000000000000000000000000000000000000000001",
    "02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    "02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "000000000000000000000000000000000000000000000000000000000000000000",
};

json::object public_key(KeyType type, const char* digits) {
    return {{"type", static_cast<int>(type)},
            {"data", digits},
            {"valid", PublicKey::from(type, hex(digits)).has_value()}};
}

json::object signature(KeyType type, const std::string& key, const Hash& digest, const Bytes& bytes) {
    const auto named = PublicKey::named(type, hex(key));
    return {{"type", static_cast<int>(type)},
            {"public_key", key},
            {"digest", to_hex(digest)},
            {"signature", to_hex(bytes)},
            {"holds", named && crypto::verify(*named, digest, bytes)}};
}

void add_ed25519(json::array& list) {
    const auto add = [&list](const std::string& key, const Hash& digest, const Bytes& bytes) {
        list.push_back(signature(KeyType::ed25519, key, digest, bytes));
    };
    const auto signer = ledger::signing_key(1);
    const std::string key = to_hex(signer.public_key().data());
    const Bytes good = signer.sign(kDigest);
    add(key, kDigest, good);
    add(key, Hash(), good);
    add(key, kDigest, good.substr(0, 63));
    add(key, kDigest, good + '\0');
    add(key, kDigest, Bytes(64, '\0'));
    // S + L.
    Bytes other = good;
    const Bytes order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += static_cast<std::uint8_t>(good[32 + i]);
        carry += static_cast<std::uint8_t>(order[i]);
        other[32 + i] = static_cast<char>(carry & 0xff);
        carry >>= 8;
    }
    add(key, kDigest, other);
    // Holds times eight and not without: tests/unit/crypto/ed25519_test.cc says how it was made.
    add("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", crypto::sha256({"PCQ"}),
        hex("feaf9d07b868cc52786305312c376563c622b0386a10d105e3c1501b28d65f7e"
            "89c36f981e76ecab6a0656e84026ae1216ab8cdc34732264cb2f75121a728d05"));
    // The equation holds, and the key is of small order; and the commitment is, with S = h a.
    add(kEd25519Keys[5], kDigest,
        hex("5866666666666666666666666666666666666666666666666666666666666666"
            "0100000000000000000000000000000000000000000000000000000000000000"));
    add(key, kDigest,
        hex("0100000000000000000000000000000000000000000000000000000000000000"
            "34b3b8c1f339f94a13665ee4460c3817c8ca0b3038ca842d17537e8706b59803"));
    // Keys and commitments of small order, with S = 0.
    for (std::size_t i = 0; i < 8; ++i) {
        add(kEd25519Keys[i], kDigest, hex(kEd25519Keys[0]) + Bytes(32, '\0'));
        add(key, kDigest, hex(kEd25519Keys[i]) + good.substr(32));
    }
}

// RFC 6979, A.2.5, message "test" and "sample": r, s in the lower half; and what lies beside it.
void add_p256(json::array& list) {
    const std::string key = kP256Keys[0];
    const Hash digest = crypto::sha256({"test"});
    const auto add = [&](const std::string& by, const Hash& of, const std::string& digits) {
        list.push_back(signature(KeyType::p256, by, of, hex(digits)));
    };
    const std::string r = "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367";
    const std::string s = "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";
    const std::string n = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    const std::string zero(64, '0');
    add(key, digest, r + s);
    add(key, Hash(), r + s);
    add(kP256Keys[1], digest, r + s);
    for (const auto& part : {zero, n, std::string(64, 'f')}) {
        add(key, digest, r + part);
        add(key, digest, part + s);
    }
    const std::string sample = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
    add(key, crypto::sha256({"sample"}),
        sample + "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");  // the upper half
    add(key, crypto::sha256({"sample"}),
        sample + "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9");
    // The nonce's x is n + 3, and r is 3: tests/unit/crypto/p256_test.cc.
    add("030c4be75cfda2d92bcc2e14d3297b8fa3dc21c3247026fc31c98f5a6b5b296a48", crypto::sha256({"PCQ"}),
        std::string(63, '0') + "3" + std::string(63, '0') + "5");
}

json::object address(const std::string& text) {
    const auto account = account_from_text(text);
    if (account) return {{"text", text}, {"account", to_hex(*account)}};
    return {{"text", text},
            {"code", static_cast<std::uint32_t>(account.error().code)},
            {"message", account.error().message}};
}

json::array addresses() {
    const AccountId account = crypto::account_of(ledger::signing_key(1).public_key());
    const std::string good = to_address(account);
    std::string upper = good;
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    std::string changed = good;
    changed[20] = changed[20] == 'q' ? 'p' : 'q';
    json::array list;
    for (const auto& text :
         {good, upper, to_hex(account), changed, good.substr(0, 62), good + "q",
          upper.substr(0, 9) + good.substr(9), std::string(), std::string("pcq"), std::string("1qqqqqqq"),
          std::string("pcq1qqq"), good.substr(1), good.substr(0, 30) + " " + good.substr(31),
          good.substr(0, 30) + "b" + good.substr(31), std::string(91, 'q'), to_hex(account).substr(2),
          // Another prefix, another version, no id: BIP-350's own examples.
          std::string("a1lqfn3a"), std::string("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx"),
          std::string("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0")})
        list.push_back(address(text));
    return list;
}

}  // namespace

json::object key_vectors() {
    json::array keys;
    json::array public_keys;
    json::array signatures;
    for (const int number : {1, 2, 3}) {
        keys.push_back(keys_of(KeyType::ed25519, number));
        keys.push_back(keys_of(KeyType::p256, number));
    }
    for (const char* key : kEd25519Keys) public_keys.push_back(public_key(KeyType::ed25519, key));
    for (const char* key : kP256Keys) public_keys.push_back(public_key(KeyType::p256, key));
    add_ed25519(signatures);
    add_p256(signatures);
    return {{"digest", to_hex(kDigest)},
            {"keys", std::move(keys)},
            {"public_keys", std::move(public_keys)},
            {"signatures", std::move(signatures)},
            {"addresses", addresses()}};
}

json::object code_vectors() {
    json::object codes;
    for (std::uint32_t number = 0; number < 10'000; ++number) {
        if (const auto code = code_from_number(number)) codes[name(*code)] = number;
    }
    return {{"codes", std::move(codes)}};
}

json::object table_vectors() {
    using namespace contracts;
    const AccountId account = *AccountId::from(Bytes(32, '\x11'));
    const ChainId chain = *ChainId::from(account.bytes());
    const Hash hash = *Hash::from(account.bytes());
    constexpr Period kPeriod = 2027;
    constexpr std::uint32_t kNumber = 3;
    constexpr std::uint64_t kLarge = 5'000'000'000;
    const VersionOf version{kNumber, "name"};
    const AccountPeriod account_period{account, kPeriod};
    json::object keys;
    const auto add = [&keys](const char* name, const Bytes& key) { keys[name] = to_hex(key); };
    add("accounts", ledger::kAccounts.key(account));
    add("registry", kRegistry.key({}));
    add("accountByNumber", kAccountByNumber.key(kLarge));
    add("freezes", kFreezes.key(account));
    add("trusted", kTrusted.key(account));
    add("days", kDays.key(account));
    add("periods", kPeriods.key(kPeriod));
    add("periodList", kPeriodList.key({}));
    add("vintageTotals", kVintageTotals.key(kPeriod));
    add("batches", kBatches.key({chain, kPeriod, kNumber}));
    add("holdings", kHoldings.key(account_period));
    add("waiting", kWaiting.key(account_period));
    add("reserves", kReserves.key(kPeriod));
    add("allocationRules", kAllocationRules.key(version));
    add("emissions", kEmissions.key(account_period));
    add("corrections", kCorrections.key(kLarge));
    add("disputes", kDisputes.key(kLarge));
    add("methodologies", kMethodologies.key(version));
    add("credits", kCredits.key(account_period));
    add("creditTotals", kCreditTotals.key(kPeriod));
    add("cash", kCash.key(account));
    add("cashTotals", kCashTotals.key({}));
    add("debts", kDebts.key(account_period));
    add("liabilities", kLiabilities.key(account));
    add("costs", kCosts.key({}));
    add("epochs", kEpochs.key({kPeriod, kNumber}));
    add("service", kService.key({}));
    add("fees", kFees.key(kPeriod));
    add("members", kMembers.key(account_period));
    add("books", kBooks.key(kPeriod));
    add("orders", kOrders.key(hash));
    add("orderLists", kOrderLists.key(account_period));
    add("orderBooks", kOrderBooks.key(kPeriod));
    add("settlements", kSettlements.key(account_period));
    add("periodReports", kPeriodReports.key({chain, kPeriod}));
    add("periodSums", kPeriodSums.key(kPeriod));
    add("obligations", kObligations.key(account));
    add("clawbacks", kClawbacks.key(kLarge));
    add("foreignChains", kForeignChains.key(chain));
    add("anchors", kAnchors.key({chain, kLarge}));
    add("latestAnchor", kLatestAnchor.key(chain));
    add("chain", kChain.key({}));
    add("voters", kVoters.key({}));
    add("proposals", kProposals.key(kLarge));
    add("proposalCount", kProposalCount.key({}));
    add("parameterHistory", kParameterHistory.key(kNumber));
    add("parameterCount", kParameterCount.key({}));
    add("pauses", kPauses.key(kLarge));
    add("pauseCount", kPauseCount.key({}));
    add("validatorSets", kValidatorSets.key(kNumber));
    add("validatorSetCount", kValidatorSetCount.key({}));
    add("attestations", kAttestations.key({}));
    return {{"id", to_hex(account)}, {"period", kPeriod}, {"number", kNumber},
            {"large", kLarge},       {"name", "name"},    {"keys", std::move(keys)}};
}

}  // namespace pcq::client
