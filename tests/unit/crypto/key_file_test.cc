// Key files: what is written can be read with the passphrase and by openssl(1), and by nobody without it.
#include "src/crypto/key_file.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/base64.h"
#include "tests/unit/crypto/bytes.h"

namespace pcq::crypto {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

const std::string kPassphrase = "correct horse battery staple";

class KeyFile : public testing::Test {
protected:
    KeyFile() {
        std::string name = (fs::temp_directory_path() / "pcq_keys_XXXXXX").string();
        PCQ_INVARIANT(mkdtemp(name.data()) != nullptr);
        folder_ = name;
    }
    ~KeyFile() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;

    fs::path file(const std::string& name) const { return folder_ / name; }
    static SigningKey key(KeyType type = KeyType::ed25519) {
        return *SigningKey::from_secret(type, Bytes(32, 'S'));
    }
    static Bytes content(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        std::stringstream bytes;
        bytes << in.rdbuf();
        return bytes.str();
    }
    static void write(const fs::path& file, const Bytes& bytes) {
        std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
        fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    }
    // Runs openssl(1); false if it fails.
    static bool openssl(const std::string& arguments) {
        return std::system(("openssl " + arguments + " >/dev/null 2>&1").c_str()) == 0;
    }
    static bool has_openssl() { return openssl("version"); }
    // The DER inside of the PEM.
    static Bytes der(const fs::path& file) {
        std::istringstream lines(content(file));
        std::string base64;
        for (std::string line; std::getline(lines, line);) {
            if (line.rfind("-----", 0) != 0) base64 += line;
        }
        const auto bytes = from_base64(base64);
        EXPECT_TRUE(bytes);
        return bytes ? *bytes : Bytes();
    }

    fs::path folder_;
};

// What no error may tell, in any form that it might slip out in.
void expect_no_secret(const Error& error) {
    const Bytes secret(32, 'S');
    EXPECT_THAT(error.message, Not(HasSubstr("SSSS")));
    EXPECT_THAT(error.message, Not(HasSubstr(to_hex(secret).substr(0, 16))));
    EXPECT_THAT(error.message, Not(HasSubstr(to_base64(secret).substr(0, 16))));
    EXPECT_THAT(error.message, Not(HasSubstr(kPassphrase)));
    EXPECT_THAT(error.message, Not(HasSubstr("horse")));
}

void expect_refused(const Result<SigningKey>& loaded, Code code, const std::string& says) {
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, code) << loaded.error().message;
    EXPECT_THAT(loaded.error().message, HasSubstr(says));
    expect_no_secret(loaded.error());
}

TEST_F(KeyFile, GivesTheSameKeyBack) {
    for (const KeyType type : {KeyType::ed25519, KeyType::p256}) {
        for (const std::optional<std::string>& passphrase :
             {std::optional<std::string>(), std::optional(kPassphrase)}) {
            const auto path = file("key" + std::to_string(static_cast<int>(type)) + (passphrase ? "e" : "p"));
            ASSERT_TRUE(save_key(path, key(type), passphrase));

            const auto loaded = load_key(path, passphrase);

            ASSERT_TRUE(loaded) << loaded.error().message;
            EXPECT_EQ(loaded->public_key(), key(type).public_key());
            EXPECT_EQ(loaded->secret(), BytesView(key(type).secret()));
        }
    }
}

TEST_F(KeyFile, IsEncryptedUnderScryptAndHoldsNoSecret) {
    ASSERT_TRUE(save_key(file("key"), key(), kPassphrase));
    EXPECT_THAT(content(file("key")), testing::StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    const Bytes bytes = der(file("key"));
    EXPECT_THAT(bytes, HasSubstr(hex("06092b06010401da47040b")));  // scrypt, RFC 7914
    EXPECT_THAT(bytes, HasSubstr(hex("02024000020108020105")));
    EXPECT_THAT(bytes, HasSubstr(hex("060960864801650304012a")));  // AES-256-CBC
    EXPECT_THAT(bytes, Not(HasSubstr("SSSS")));
    EXPECT_THAT(content(file("key")), Not(HasSubstr(kPassphrase)));
}

TEST_F(KeyFile, IsAnotherOneEachTime) {
    ASSERT_TRUE(save_key(file("one"), key(), kPassphrase));
    ASSERT_TRUE(save_key(file("two"), key(), kPassphrase));
    EXPECT_NE(content(file("one")), content(file("two")));  // salt and initial vector
}

TEST_F(KeyFile, OpensWithNoOtherPassphrase) {
    ASSERT_TRUE(save_key(file("key"), key(), kPassphrase));
    expect_refused(load_key(file("key"), std::nullopt), Code::wrong_passphrase, "a passphrase is needed");
    for (const std::string& wrong : {std::string(), kPassphrase + "r", Bytes(5000, 'x')})
        expect_refused(load_key(file("key"), wrong), Code::wrong_passphrase, file("key").string());
}

TEST_F(KeyFile, KeepsPassphrasesOfEveryKindOfByte) {
    const std::string passphrase(
        "Stra\xc3\x9f"
        "e\0\xff\n",
        10);
    ASSERT_TRUE(save_key(file("key"), key(), passphrase));
    EXPECT_TRUE(load_key(file("key"), passphrase));
    expect_refused(load_key(file("key"), passphrase.substr(0, 8)), Code::wrong_passphrase,
                   "does not open it");
}

// What could not be read again is not written.
TEST_F(KeyFile, TakesNoPassphraseThatItCouldNotReadBack) {
    const std::string longest(1000, 'x');
    ASSERT_TRUE(save_key(file("longest"), key(), longest));
    EXPECT_TRUE(load_key(file("longest"), longest));
    for (const std::string& passphrase : {std::string(), std::string(1001, 'x'), std::string(5000, 'x')}) {
        const auto saved = save_key(file("refused"), key(), passphrase);
        ASSERT_FALSE(saved) << passphrase.size();
        EXPECT_EQ(saved.error().code, Code::bad_argument);
        EXPECT_THAT(saved.error().message, HasSubstr("1 to 1000 bytes"));
        EXPECT_FALSE(fs::exists(file("refused")));
    }
}

TEST_F(KeyFile, IsNeverOverwritten) {
    write(file("key"), "somebody's only key");
    for (const std::optional<std::string>& passphrase :
         {std::optional<std::string>(), std::optional(kPassphrase)}) {
        const auto saved = save_key(file("key"), key(), passphrase);
        ASSERT_FALSE(saved);
        EXPECT_EQ(saved.error().code, Code::bad_key_file);
        EXPECT_THAT(saved.error().message, HasSubstr("never overwritten"));
        expect_no_secret(saved.error());
    }
    EXPECT_EQ(content(file("key")), "somebody's only key");
}

TEST_F(KeyFile, IsNotWrittenThroughALink) {
    fs::create_symlink(file("elsewhere"), file("key"));
    EXPECT_FALSE(save_key(file("key"), key(), std::nullopt));
    EXPECT_FALSE(fs::exists(file("elsewhere")));
}

TEST_F(KeyFile, IsNotWrittenWhereThereIsNoFolder) {
    const auto saved = save_key(file("missing") / "key", key(), std::nullopt);
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().code, Code::bad_key_file);
    EXPECT_THAT(saved.error().message, HasSubstr("missing"));
    expect_no_secret(saved.error());
}

TEST_F(KeyFile, IsWholeOrNotThereAndLeavesNothingElse) {
    ASSERT_TRUE(save_key(file("key"), key(), std::nullopt));
    EXPECT_FALSE(save_key(file("key"), key(), std::nullopt));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(KeyFile, IsItsOwnersAloneWhateverTheMask) {
    const auto before = umask(0);
    const auto saved = save_key(file("key"), key(), kPassphrase);
    umask(before);
    ASSERT_TRUE(saved);
    EXPECT_EQ(fs::status(file("key")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

// A key that lies open may have been copied; say so before it signs anything.
TEST_F(KeyFile, IsRefusedWhenItIsOpenToOthersAndNotEncrypted) {
    ASSERT_TRUE(save_key(file("plain"), key(), std::nullopt));
    ASSERT_TRUE(save_key(file("encrypted"), key(), kPassphrase));
    for (const auto extra : {fs::perms::others_read, fs::perms::others_write, fs::perms::group_write}) {
        for (const char* name : {"plain", "encrypted"})
            fs::permissions(file(name), fs::perms::owner_read | fs::perms::owner_write | extra);
        expect_refused(load_key(file("plain"), std::nullopt), Code::bad_key_file, "chmod 600");
        EXPECT_TRUE(load_key(file("encrypted"), kPassphrase));
    }
    fs::permissions(file("plain"), fs::perms::owner_read | fs::perms::group_read);
    EXPECT_TRUE(load_key(file("plain"), std::nullopt)) << "a service's group may read its key";
}

TEST_F(KeyFile, ThatIsCutShortIsRefusedAtEveryLength) {
    ASSERT_TRUE(save_key(file("plain"), key(), std::nullopt));
    const Bytes whole = content(file("plain"));
    // Without the last line break it is whole still.
    for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
        write(file("cut"), whole.substr(0, length));
        expect_refused(load_key(file("cut"), std::nullopt), Code::bad_key_file, file("cut").string());
    }
    ASSERT_TRUE(save_key(file("encrypted"), key(), kPassphrase));
    const Bytes encrypted = content(file("encrypted"));
    for (std::size_t length = 0; length + 1 < encrypted.size(); length += 7) {
        write(file("cut"), encrypted.substr(0, length));
        expect_refused(load_key(file("cut"), kPassphrase), Code::bad_key_file, file("cut").string());
    }
}

TEST_F(KeyFile, ThatIsDamagedIsRefused) {
    ASSERT_TRUE(save_key(file("key"), key(), kPassphrase));
    const Bytes whole = content(file("key"));
    const std::size_t body = whole.find('\n') + 1;
    for (std::size_t at = body; at + 30 < whole.size(); at += 61) {
        if (whole[at] == '\n') continue;
        Bytes damaged = whole;
        damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
        write(file("damaged"), damaged);
        const auto loaded = load_key(file("damaged"), kPassphrase);
        // The padding of CBC lets about one damaged key in 256 through as another key; none as this one.
        if (loaded) {
            EXPECT_NE(loaded->public_key(), key().public_key());
        } else {
            EXPECT_TRUE(loaded.error().code == Code::wrong_passphrase ||
                        loaded.error().code == Code::bad_key_file);
            expect_no_secret(loaded.error());
        }
    }
}

TEST_F(KeyFile, ThatIsNoneIsRefusedWithTheReason) {
    expect_refused(load_key(file("absent"), std::nullopt), Code::bad_key_file, "cannot be read");
    expect_refused(load_key(folder_, std::nullopt), Code::bad_key_file, "cannot be read");
    write(file("empty"), "");
    expect_refused(load_key(file("empty"), std::nullopt), Code::bad_key_file, "no PEM");
    write(file("text"), "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS");
    expect_refused(load_key(file("text"), std::nullopt), Code::bad_key_file, "no PEM");
    write(file("large"), Bytes(64 * 1024 + 1, 'x'));
    expect_refused(load_key(file("large"), std::nullopt), Code::bad_key_file, "too large");
    write(file("other"), "-----BEGIN CERTIFICATE-----\nU1NTUw==\n-----END CERTIFICATE-----\n");
    expect_refused(load_key(file("other"), std::nullopt), Code::bad_key_file, "no private key");
}

TEST_F(KeyFile, IsReadByOpenSslWithThePassphrase) {
    if (!has_openssl()) GTEST_SKIP() << "openssl(1) is not installed";
    for (const KeyType type : {KeyType::ed25519, KeyType::p256}) {
        const auto path = file("key" + std::to_string(static_cast<int>(type)));
        ASSERT_TRUE(save_key(path, key(type), kPassphrase));
        const std::string in = "pkey -in " + path.string() + " -passin 'pass:";
        EXPECT_FALSE(openssl(in + "wrong' -noout"));
        ASSERT_TRUE(openssl(in + kPassphrase + "' -outform DER -pubout" +
                            (type == KeyType::p256 ? " -ec_conv_form compressed" : "") + " -out " +
                            file("public").string()));
        // A public key in DER ends with the key itself.
        EXPECT_THAT(content(file("public")), testing::EndsWith(Bytes(key(type).public_key().data())));
    }
}

TEST_F(KeyFile, MadeByOpenSslIsRead) {
    if (!has_openssl()) GTEST_SKIP() << "openssl(1) is not installed";
    const auto path = file("key");
    const std::string out = " -out " + path.string();
    const auto private_mode = [&] { fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write); };
    ASSERT_TRUE(openssl("genpkey -algorithm ed25519 -aes-256-cbc -pass 'pass:" + kPassphrase + "'" + out));
    private_mode();
    EXPECT_TRUE(load_key(path, kPassphrase));
    for (const char* algorithm :
         {"genpkey -algorithm ed25519", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
          "ecparam -name prime256v1 -genkey -noout"}) {
        ASSERT_TRUE(openssl(algorithm + out));
        private_mode();
        const auto loaded = load_key(path, std::nullopt);
        EXPECT_TRUE(loaded) << algorithm << ": " << loaded.error().message;
    }
    for (const char* algorithm : {"genpkey -algorithm X25519", "genpkey -algorithm ed448",
                                  "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
                                  "ecparam -name secp256k1 -genkey -noout"}) {
        ASSERT_TRUE(openssl(algorithm + out));
        private_mode();
        const auto loaded = load_key(path, std::nullopt);
        ASSERT_FALSE(loaded) << algorithm;
        EXPECT_EQ(loaded.error().code, Code::bad_key_file);
        EXPECT_THAT(loaded.error().message, HasSubstr("neither an Ed25519 nor a P-256"));
    }
}

}  // namespace
}  // namespace pcq::crypto
