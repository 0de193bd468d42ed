// The vectors for clients in other languages are what this code makes of them now. PCQ_WRITE_VECTORS=1 writes
// them anew; src/web/client/test reads them.
#include "tests/unit/client/vectors.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "src/base/hex.h"
#include "src/crypto/key_file.h"

namespace pcq::client {
namespace {

namespace json = boost::json;

const std::string kFolder = "tests/data/vectors/";

// An entry a line, so that a change is seen where it is.
std::string text_of(const json::object& vectors) {
    std::ostringstream text;
    const char* before = "{\n";
    for (const auto& [name, value] : vectors) {
        text << before << json::serialize(json::value(name)) << ": ";
        before = ",\n";
        const auto* list = value.if_array();
        if (list == nullptr) {
            text << json::serialize(value);
            continue;
        }
        text << "[\n";
        for (std::size_t i = 0; i < list->size(); ++i)
            text << "  " << json::serialize((*list)[i]) << (i + 1 < list->size() ? ",\n" : "\n");
        text << "]";
    }
    text << "\n}\n";
    return text.str();
}

void expect_as_written(const std::string& name, const json::object& vectors) {
    const std::string file = kFolder + name + ".json";
    if (std::getenv("PCQ_WRITE_VECTORS") != nullptr) std::ofstream(file, std::ios::trunc) << text_of(vectors);
    std::ifstream in(file);
    ASSERT_TRUE(in) << file << ": run from the repository's root";
    std::ostringstream written;
    written << in.rdbuf();
    EXPECT_TRUE(written.str() == text_of(vectors))
        << file << " is not what this code makes: other clients would disagree with it";
}

TEST(Vectors, OfKeysAndSignatures) {
    expect_as_written("keys", key_vectors());
}
TEST(Vectors, OfCodes) {
    expect_as_written("codes", code_vectors());
}
TEST(Vectors, OfTables) {
    expect_as_written("tables", table_vectors());
}
TEST(Vectors, OfTransactions) {
    expect_as_written("transactions", transaction_vectors());
}
TEST(Vectors, OfHeadersAndCertificates) {
    expect_as_written("chain", chain_vectors());
}
TEST(Vectors, OfGenesisBlocks) {
    expect_as_written("genesis", genesis_vectors());
}
TEST(Vectors, OfStateProofs) {
    expect_as_written("state_proofs", state_proof_vectors());
}
TEST(Vectors, OfLists) {
    expect_as_written("lists", list_vectors());
}

// Two written by pcq key, two by the JavaScript client; each opens the other's.
TEST(Vectors, OfKeyFiles) {
    for (const std::string name : {"pcq_ed25519", "pcq_p256", "js_ed25519", "js_p256"}) {
        const auto key = crypto::load_key(kFolder + name + ".pem", "correct horse");
        ASSERT_TRUE(key) << name << ": " << key.error().message;
        std::ifstream in(kFolder + name + ".pub");
        std::string expected;
        in >> expected;
        EXPECT_EQ(to_hex(key->public_key().encoded()), expected) << name;
    }
    EXPECT_FALSE(crypto::load_key(kFolder + "js_ed25519.pem", "wrong horse"));
}

}  // namespace
}  // namespace pcq::client
