// Key files. What is read as a key is one: written to a file and read again it is the same key, and it signs
// what its public key verifies. An encrypted file opens with its passphrase alone, so here, where no
// passphrase is known, never. (Deriving a key from a passphrase takes 0.2 s and is left to the unit tests.)
#include "src/crypto/key_file.h"

#include <fstream>
#include <iterator>

#include "src/crypto/hash.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/target.h"
#include "tests/unit/storage/fixture.h"

namespace pcq::fuzz {
namespace {

Bytes content_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Bytes written(const crypto::SigningKey& key, const std::optional<std::string>& passphrase = std::nullopt) {
    const storage::TestFolder folder;
    const auto file = folder.path() / "key";
    PCQ_INVARIANT(crypto::save_key(file, key, passphrase).has_value());
    return content_of(file);
}

void read_file(BytesView content) {
    const MemoryFile file(content);
    const auto key = crypto::load_key(file.path(), std::nullopt);
    if (!key) return;
    const Hash digest = crypto::sha256({content});
    PCQ_INVARIANT(crypto::verify(key->public_key(), digest, key->sign(digest)));
    const MemoryFile copy(written(*key));
    PCQ_INVARIANT(crypto::load_key(copy.path(), std::nullopt)->public_key() == key->public_key());
}

void read_public_key(BytesView encoded) {
    const auto key = crypto::PublicKey::from_encoded(encoded);
    if (!key) return;
    PCQ_INVARIANT(key->encoded() == encoded);
    PCQ_INVARIANT(crypto::PublicKey::from(key->type(), key->data()) == *key);
    // Nobody signed this.
    PCQ_INVARIANT(!crypto::verify(*key, crypto::sha256({encoded}), Bytes(64, '\1')));
}

// A signature that was changed does not hold.
void check_signature(Draw& draw) {
    const auto type = draw.below(2) == 0 ? crypto::KeyType::ed25519 : crypto::KeyType::p256;
    const auto key = crypto::SigningKey::from_secret(type, Bytes(32, '\1'));
    const Hash digest = crypto::sha256({"a message"});
    const Bytes good = key->sign(digest);
    PCQ_INVARIANT(crypto::verify(key->public_key(), digest, good));
    Bytes bad = good;
    for (int i = 0; i < 4; ++i) bad[draw.below(64)] ^= static_cast<char>(draw.byte());
    bad.append(draw.take(draw.below(3)));
    PCQ_INVARIANT(crypto::verify(key->public_key(), digest, bad) == (bad == good));
}

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    switch (draw.below(3)) {
        case 0:
            return read_file(draw.rest());
        case 1:
            return read_public_key(draw.rest());
        default:
            return check_signature(draw);
    }
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> found;
    for (const auto type : {crypto::KeyType::ed25519, crypto::KeyType::p256}) {
        const auto key = crypto::SigningKey::from_secret(type, Bytes(32, '\1'));
        found.push_back(Bytes(1, '\0') + written(*key));
        found.push_back(Bytes(1, '\1') + key->public_key().encoded());
        found.push_back(Bytes(1, '\2') + Bytes(1, static_cast<char>(type)) + "\5\5\6\6\7\7\1\1");
    }
    found.push_back(
        Bytes(1, '\0') +
        written(*crypto::SigningKey::from_secret(crypto::KeyType::ed25519, Bytes(32, '\1')), "a passphrase"));
    return found;
}

}  // namespace pcq::fuzz
