// What pcqd says of its configuration: every fault at once, each with its line, its key and what is allowed.
#include "src/node/config.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "src/base/hex.h"
#include "tests/unit/rpc/authority.h"

namespace pcq::node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Bytes key_text(char number) {
    return to_hex(
        crypto::SigningKey::from_secret(crypto::KeyType::ed25519, Bytes(32, number))->public_key().data());
}

class Configuration : public testing::Test {
protected:
    Configuration() {
        std::string name = (std::filesystem::temp_directory_path() / "pcq_config_XXXXXX").string();
        PCQ_INVARIANT(mkdtemp(name.data()) != nullptr);
        folder_ = name;
    }
    ~Configuration() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    static std::string whole() {
        return "[node]\n"                     // line 1
               "name = \"north\"\n"           // 2
               "data_dir = \"data\"\n"        // 3
               "key_file = \"node.pem\"\n"    // 4
               "[network]\n"                  // 5
               "listen = \"0.0.0.0:7001\"\n"  // 6
               "[[network.peers]]\n"          // 7
               "name = \"south\"\n"           // 8
               "public_key = \"" +
               key_text(1) +
               "\"\n"                           // 9
               "address = \"[::1]:7002\"\n"     // 10
               "[rpc]\n"                        // 11
               "listen = \"localhost:8001\"\n"  // 12
               "[[chains]]\n"                   // 13
               "genesis = \"main.json\"\n";     // 14
    }
    // The whole file with one text replaced by another.
    static std::string with(const std::string& from, const std::string& to) {
        std::string text = whole();
        const auto at = text.find(from);
        PCQ_INVARIANT(at != std::string::npos);
        return text.replace(at, from.size(), to);
    }

    std::filesystem::path write(const std::string& name, const std::string& content,
                                std::filesystem::perms mode = std::filesystem::perms(0600)) {
        const auto file = folder_ / name;
        std::ofstream(file) << content;
        std::filesystem::permissions(file, mode);
        return file;
    }
    Result<Config> load(const std::string& content) { return load_config(write("pcqd.toml", content)); }
    std::string refusal(const std::string& content) {
        const auto config = load(content);
        if (config) return "nothing was refused";
        EXPECT_EQ(config.error().code, Code::bad_argument);
        EXPECT_THAT(config.error().message, HasSubstr((folder_ / "pcqd.toml").string()));
        return config.error().message;
    }

    std::filesystem::path folder_;
};

TEST_F(Configuration, GivesDefaultsAndPathsBesideTheFile) {
    const auto config = load(whole());

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->name, "north");
    EXPECT_EQ(config->data_dir, folder_ / "data");
    EXPECT_EQ(config->key_file, folder_ / "node.pem");
    EXPECT_FALSE(config->passphrase_file);
    EXPECT_EQ(config->log_level, "info");
    EXPECT_FALSE(config->log_json);
    EXPECT_EQ(config->verify_threads, 2u);
    EXPECT_EQ(config->verify_store, Config::Verify::recent);
    EXPECT_EQ(config->cache_bytes, 256ULL << 20);
    EXPECT_TRUE(config->pipelining);
    EXPECT_TRUE(config->relay);
    EXPECT_EQ(to_text(config->peer_listen), "0.0.0.0:7001");
    EXPECT_EQ(to_text(config->rpc_listen), "localhost:8001");
    EXPECT_FALSE(config->page);
    ASSERT_EQ(config->peers.size(), 1u);
    EXPECT_EQ(config->peers[0].name, "south");
    EXPECT_EQ(to_hex(config->peers[0].key.data()), key_text(1));
    EXPECT_EQ(config->peers[0].address.host, "::1");
    EXPECT_EQ(to_text(config->peers[0].address), "[::1]:7002");
    ASSERT_EQ(config->chains.size(), 1u);
    EXPECT_EQ(config->chains[0].genesis, folder_ / "main.json");
}

TEST_F(Configuration, TakesTheFolderOfTheWebPageOrNone) {
    EXPECT_EQ(load(with("[rpc]\n", "[rpc]\npage = \"web\"\n"))->page, folder_ / "web");
    EXPECT_EQ(load(with("[rpc]\n", "[rpc]\npage = \"/srv/web\"\n"))->page, "/srv/web");
    EXPECT_EQ(load(with("[rpc]\n", "[rpc]\npage = \"\"\n"))->page, "");
    EXPECT_THAT(refusal(with("[rpc]\n", "[rpc]\npage = 1\n")), HasSubstr("rpc.page must be a string"));
}

TEST_F(Configuration, TakesEverySettingAndKeepsAbsolutePaths) {
    const auto config =
        load(with("data_dir = \"data\"\n",
                  "data_dir = \"/var/lib/pcq\"\npassphrase_file = \"secret\"\n"
                  "log_level = \"debug\"\nlog_json = true\nverify_threads = 64\n"
                  "verify_store = \"all\"\ncache_mib = 16\npipelining = false\nrelay = false\n"));

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->data_dir, "/var/lib/pcq");
    EXPECT_EQ(config->passphrase_file, folder_ / "secret");
    EXPECT_EQ(config->log_level, "debug");
    EXPECT_TRUE(config->log_json);
    EXPECT_EQ(config->verify_threads, 64u);
    EXPECT_EQ(config->verify_store, Config::Verify::all);
    EXPECT_EQ(config->cache_bytes, 16ULL << 20);
    EXPECT_FALSE(config->pipelining);
    EXPECT_FALSE(config->relay);
}

TEST_F(Configuration, NamesTheLineOfWhatIsNoToml) {
    EXPECT_THAT(refusal(whole() + "name = \n"), HasSubstr("line 15"));
    EXPECT_THAT(refusal("[node\n"), HasSubstr("line 1"));
    EXPECT_THAT(refusal(with("name = \"north\"\n", "name = \"a\"\nname = \"b\"\n")), HasSubstr("line 3"));
}

TEST_F(Configuration, SaysThatTheFileIsNotThere) {
    const auto file = folder_ / "missing.toml";

    const auto config = load_config(file);

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, Code::io_failed);
    EXPECT_THAT(config.error().message, AllOf(HasSubstr(file.string()), Not(HasSubstr("line"))));
}

TEST_F(Configuration, NamesEveryTableAndKeyThatIsMissing) {
    EXPECT_THAT(refusal(""),
                AllOf(HasSubstr("4 faults"), HasSubstr("node is missing"), HasSubstr("network is missing"),
                      HasSubstr("rpc is missing"), HasSubstr("1 to 64 chains")));
    EXPECT_THAT(
        refusal("[node]\n[network]\n[[network.peers]]\n[rpc]\n[[chains]]\n"),
        AllOf(HasSubstr("line 1: node.name is missing"), HasSubstr("node.data_dir is missing"),
              HasSubstr("node.key_file is missing"), HasSubstr("line 2: network.listen is missing"),
              HasSubstr("line 3: network.peers[0].name is missing"),
              HasSubstr("network.peers[0].public_key is missing"),
              HasSubstr("network.peers[0].address is missing"), HasSubstr("line 4: rpc.listen is missing"),
              HasSubstr("line 5: chains[0].genesis is missing")));
}

TEST_F(Configuration, ReportsEachFaultOnceWithItsLine) {
    const std::string message = refusal(
        "[node]\nname = 5\ndata_dir = \"d\"\nkey_file = \"k\"\nlog_level = \"loud\"\nlog_json = \"yes\"\n"
        "verify_threads = 65\nverify_store = \"some\"\ncache_mib = 15\nrelay = 1\n[network]\nlisten = "
        "\"0.0.0.0\"\n[rpc]\nlisten = "
        "8001\n"
        "[[chains]]\ngenesis = \"a.json\"\n");

    EXPECT_THAT(
        message,
        AllOf(HasSubstr("9 faults"), HasSubstr("line 2: node.name must be a string"),
              HasSubstr("line 5: node.log_level must be trace, debug, info, warn or error, is \"loud\""),
              HasSubstr("line 6: node.log_json must be true or false"),
              HasSubstr("line 7: node.verify_threads must be a whole number from 1 to 64, is 65"),
              HasSubstr("line 8: node.verify_store must be nothing, recent or all, is \"some\""),
              HasSubstr("line 9: node.cache_mib must be a whole number from 16 to 1048576, is 15"),
              HasSubstr("line 10: node.relay must be true or false"),
              HasSubstr("line 12: network.listen must be host:port")));
    EXPECT_THAT(message, HasSubstr("line 14: rpc.listen must be a string"));
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 9);
}

TEST_F(Configuration, KeepsAllBlocksUnlessItIsToldHowMany) {
    const auto with_storage = [this](const std::string& table) {
        return load(with("[rpc]", "[storage]\n" + table + "\n[rpc]"));
    };
    EXPECT_EQ(load(with("", ""))->keep_blocks, 0u);
    EXPECT_EQ(with_storage("")->keep_blocks, 0u);
    EXPECT_EQ(with_storage("keep_blocks = 0")->keep_blocks, 0u);
    EXPECT_EQ(with_storage("keep_blocks = 1000")->keep_blocks, 1'000u);
    const auto refused = with_storage("keep_blocks = 999\nkeep_block = 1");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message,
                AllOf(HasSubstr("storage.keep_blocks must be 0, which keeps all, or at least 1000, is 999"),
                      HasSubstr("storage.keep_block is no key that pcqd knows; is keep_blocks meant?")));
}

TEST_F(Configuration, SaysWhenASnapshotIsFetched) {
    const auto with_tables = [this](const std::string& tables) {
        return load(with("[rpc]", tables + "\n[rpc]"));
    };
    EXPECT_TRUE(load(with("", ""))->may_join);
    EXPECT_FALSE(load(with("", ""))->snapshot_gap) << "an archive wants the blocks";
    EXPECT_EQ(with_tables("[storage]\nkeep_blocks = 2000")->snapshot_gap, 1'000u);
    EXPECT_EQ(with_tables("[sync]\nsnapshot_gap = 5")->snapshot_gap, 5u);
    EXPECT_FALSE(with_tables("[sync]\nsnapshot_gap = 0")->may_join);
    EXPECT_TRUE(with_tables("[sync]")->may_join);
    EXPECT_FALSE(with_tables("[sync]\nsnapshot_gap = -1"));
}

TEST_F(Configuration, RefusesNumbersThatAreNotWhole) {
    for (const char* value : {"2.0", "\"2\"", "0", "-1", "true"})
        EXPECT_THAT(
            refusal(with("name = \"north\"", "verify_threads = " + std::string(value) + "\nname = \"n\"")),
            HasSubstr("line 2: node.verify_threads must be a whole number from 1 to 64"))
            << value;
}

TEST_F(Configuration, RefusesAddressesWithoutAHostOrAPossiblePort) {
    for (const char* address : {"localhost", ":8001", "localhost:", "localhost:0", "localhost:65536",
                                "localhost:-1", "localhost:80a", "localhost: 80", "localhost:4294967297"}) {
        EXPECT_THAT(refusal(with("localhost:8001", address)),
                    HasSubstr("line 12: rpc.listen must be host:port with a port from 1 to 65535, is \"" +
                              std::string(address) + "\""));
    }
    EXPECT_TRUE(load(with("localhost:8001", "localhost:65535")));
    EXPECT_TRUE(load(with("localhost:8001", "localhost:1")));
}

TEST_F(Configuration, WantsACertificateWhereOthersReachRpc) {
    for (const std::string host : {"localhost", "127.0.0.1", "127.3.0.1", "[::1]"})
        EXPECT_TRUE(load(with("localhost:8001", host + ":8001"))) << host;
    for (const std::string host : {"0.0.0.0", "192.0.2.1", "[::]", "node.example.org"}) {
        EXPECT_THAT(refusal(with("localhost:8001", host + ":8001")),
                    AllOf(HasSubstr("line 11: rpc.certificate is missing"), HasSubstr(host + ":8001")));
    }
    const std::string pair = "8001\"\ncertificate = \"tls/node.crt\"\nkey = \"/etc/node.key\"";
    const auto config = load(with("localhost:8001\"", "192.0.2.1:" + pair));
    ASSERT_TRUE(config) << config.error().message;
    ASSERT_TRUE(config->rpc_tls);
    EXPECT_EQ(config->rpc_tls->certificate, folder_ / "tls/node.crt");
    EXPECT_EQ(config->rpc_tls->key, "/etc/node.key");
    EXPECT_TRUE(load(with("localhost:8001\"", "localhost:" + pair))->rpc_tls) << "on loopback as well";
}

TEST_F(Configuration, WantsBothOfACertificateAndItsKey) {
    EXPECT_THAT(refusal(with("localhost:8001\"", "localhost:8001\"\ncertificate = \"node.crt\"")),
                HasSubstr("rpc.key is missing"));
    EXPECT_THAT(refusal(with("localhost:8001\"", "localhost:8001\"\nkey = \"node.key\"")),
                HasSubstr("rpc.certificate is missing"));
}

TEST_F(Configuration, HasAListenerForOperators) {
    const std::string table =
        "localhost:8001\"\n[rpc.operators]\nlisten = \"192.0.2.1:9001\"\ncertificate = \"node.crt\"\n"
        "key = \"node.key\"\nclients = \"operators.crt\"\n";
    const auto config = load(with("localhost:8001\"", table));
    ASSERT_TRUE(config) << config.error().message;
    ASSERT_TRUE(config->operators);
    EXPECT_EQ(to_text(config->operators->listen), "192.0.2.1:9001");
    EXPECT_EQ(config->operators->tls.certificate, folder_ / "node.crt");
    EXPECT_EQ(config->operators->clients, folder_ / "operators.crt");
    EXPECT_FALSE(load(with("localhost:8001", "localhost:8001"))->operators);
    EXPECT_THAT(
        refusal(with("localhost:8001\"", "localhost:8001\"\n[rpc.operators]\nlisten = \"192.0.2.1:9001\"")),
        AllOf(HasSubstr("rpc.operators.certificate is missing"), HasSubstr("rpc.operators.key is missing"),
              HasSubstr("rpc.operators.clients is missing")));
}

TEST_F(Configuration, MovesBoundsOfRpcWithinTheirOwn) {
    const auto limits = [this](const std::string& lines) {
        return with("localhost:8001\"",
                    "localhost:8001\"\nhosts = [\"node.example.org\"]\n[rpc.limits]\n" + lines);
    };
    const auto config = load(limits("connections = 1000\nrequest_ms = 2500\nloopback = true\n"));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->rpc_limits,
              (std::map<std::string, std::uint64_t>{{"connections", 1000}, {"request_ms", 2500}}));
    EXPECT_TRUE(config->rpc_limits_loopback);
    EXPECT_EQ(config->rpc_hosts, std::vector<std::string>{"node.example.org"});
    EXPECT_THAT(refusal(limits("connections = 5\n")),
                HasSubstr("rpc.limits.connections must be a whole number from 16 to 65536, is 5"));
    EXPECT_THAT(refusal(limits("conections = 500\n")), HasSubstr("is connections meant?"));
    EXPECT_THAT(refusal(with("localhost:8001\"", "localhost:8001\"\nhosts = \"node\"")),
                HasSubstr("rpc.hosts must be a list"));
    EXPECT_THAT(refusal(with("localhost:8001\"", "localhost:8001\"\nhosts = [\"\", 7]")),
                HasSubstr("rpc.hosts must be a list"));
}

TEST_F(Configuration, RefusesPeersWithoutAKey) {
    EXPECT_THAT(refusal(with(key_text(1), "xyz")),
                HasSubstr("line 9: network.peers[0].public_key must be 64 hexadecimal digits"));
    EXPECT_THAT(refusal(with(key_text(1), "abcd")),
                HasSubstr("line 9: network.peers[0].public_key is no Ed25519 key"));
    EXPECT_THAT(refusal(with(key_text(1), std::string(64, '0'))),
                HasSubstr("line 9: network.peers[0].public_key is no Ed25519 key"));
}

TEST_F(Configuration, RefusesTheSamePeerTwice) {
    EXPECT_THAT(refusal(with("[rpc]", "[[network.peers]]\nname = \"west\"\npublic_key = \"" + key_text(1) +
                                          "\"\naddress = \"h:1\"\n[rpc]")),
                HasSubstr("line 13: network.peers[1].public_key is that of network.peers[0] already"));
}

TEST_F(Configuration, NamesKeysItDoesNotKnowAndTheOneThatWasMeant) {
    EXPECT_THAT(refusal(with("name = \"north\"", "name = \"north\"\nverify_thread = 3")),
                HasSubstr("line 3: node.verify_thread is no key that pcqd knows; is verify_threads meant?"));
    EXPECT_THAT(refusal(with("[rpc]", "[RPC]\n[rpc]")),
                HasSubstr("line 11: RPC is no key that pcqd knows; is rpc meant?"));
    EXPECT_THAT(refusal(with("name = \"south\"", "name = \"south\"\nweight = 1")),
                HasSubstr("line 9: network.peers[0].weight is no key that pcqd knows"));
    EXPECT_THAT(refusal(with("name = \"south\"", "name = \"south\"\nweight = 1")), Not(HasSubstr("meant?")))
        << "nothing is near";
}

TEST_F(Configuration, RefusesTablesThatAreNone) {
    EXPECT_THAT(refusal("node = 1\nnetwork = []\nrpc = \"x\"\nchains = \"main.json\"\n"),
                AllOf(HasSubstr("line 1: node"), HasSubstr("line 2: network"), HasSubstr("line 3: rpc"),
                      HasSubstr("line 4: chains must be a list of tables, written [[chains]]")));
    EXPECT_THAT(refusal(with("[[chains]]\ngenesis = \"main.json\"", "")), HasSubstr("1 to 64 chains"));
    std::string many = whole();
    for (int i = 0; i < 64; ++i) many += "[[chains]]\ngenesis = \"x.json\"\n";
    EXPECT_THAT(refusal(many), HasSubstr("1 to 64 chains"));
}

class Files : public Configuration {
protected:
    Config config() {
        auto config =
            load(with("data_dir = \"data\"\n", "data_dir = \"data\"\npassphrase_file = \"secret\"\n"));
        PCQ_INVARIANT(config.has_value());
        return *std::move(config);
    }
    void write_all() {
        write("node.pem", "key");
        write("secret", "passphrase");
        write("main.json", "{}", std::filesystem::perms(0644));
    }
};

TEST_F(Files, AreAllThereAndSecretsAreNobodyElses) {
    write_all();
    const auto checked = check_files(config());
    EXPECT_TRUE(checked) << checked.error().message;
}

TEST_F(Files, ThatAreMissingAreAllNamed) {
    const auto checked = check_files(config());

    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Code::io_failed);
    for (const auto& [key, name] :
         {std::pair("node.key_file", "node.pem"), std::pair("node.passphrase_file", "secret"),
          std::pair("chains[0].genesis", "main.json")})
        EXPECT_THAT(checked.error().message,
                    HasSubstr("\n  " + std::string(key) + ": " + (folder_ / name).string() + ":"));
}

TEST_F(Files, OfTlsGoTogether) {
    write_all();
    const rpc::Authority authority;
    const auto good = authority.issue("good");
    auto named = config();
    named.rpc_tls = {good.certificate, good.key};
    named.operators.emplace().tls = {good.certificate, good.key};
    named.operators->clients = authority.file();
    const auto checked = check_files(named);
    EXPECT_TRUE(checked) << checked.error().message;

    named.operators->tls.key = authority.issue("other").key;
    EXPECT_THAT(check_files(named).error().message,
                AllOf(HasSubstr("\n  rpc.operators: "),
                      HasSubstr("or not that of " + good.certificate.string()), Not(HasSubstr("rpc: "))));
    named.rpc_tls->key = named.operators->tls.key = authority.folder() / "none";
    EXPECT_THAT(check_files(named).error().message,
                HasSubstr("\n  rpc.key and rpc.operators.key: " + (authority.folder() / "none").string()));
}

TEST_F(Files, ThatAreSecretMayNotBeOpenToOthers) {
    for (const char* name : {"node.pem", "secret"}) {
        for (const int mode : {0604, 0602, 0620, 0666}) {
            write_all();
            std::filesystem::permissions(folder_ / name, std::filesystem::perms(mode));
            const auto checked = check_files(config());
            ASSERT_FALSE(checked) << name << " " << mode;
            EXPECT_THAT(checked.error().message,
                        AllOf(HasSubstr((folder_ / name).string()), HasSubstr("chmod 600")));
        }
    }
    write_all();
    std::filesystem::permissions(folder_ / "node.pem", std::filesystem::perms(0640));
    EXPECT_TRUE(check_files(config())) << "a group may read it where the operator says so";
}

TEST_F(Files, ThatAreFoldersAreNoFiles) {
    write_all();
    std::filesystem::remove(folder_ / "main.json");
    std::filesystem::create_directory(folder_ / "main.json");

    const auto checked = check_files(config());

    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().message, AllOf(HasSubstr("main.json"), HasSubstr("is no file")));
}

}  // namespace
}  // namespace pcq::node
