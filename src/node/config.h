// What an operator writes in pcqd.toml, checked: every fault is reported at once, each with its line,
// its key, the value found and what is allowed. docs/operating.md shows a whole file.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/crypto/key.h"

namespace pcq::node {

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
};

std::string to_text(const Endpoint& endpoint);

struct PeerConfig {
    std::string name;
    crypto::PublicKey key;
    Endpoint address;
};

struct ChainConfig {
    std::filesystem::path genesis;  // the document, JSON
};

// Of a listener that an operator has a certificate for; PEM.
struct TlsConfig {
    std::filesystem::path certificate;  // and those between it and the authority's
    std::filesystem::path key;          // not encrypted
};

// Where operators are served, who show certificates of their own.
struct OperatorsConfig {
    Endpoint listen;
    TlsConfig tls;
    std::filesystem::path clients;  // certificates of the authorities that have signed theirs, PEM
};

struct Config {
    std::string name;                                      // for logs and status
    std::filesystem::path data_dir;                        // everything this node keeps
    std::filesystem::path key_file;                        // the node's Ed25519 key
    std::optional<std::filesystem::path> passphrase_file;  // of the key; absent: the key is not encrypted
    std::string log_level = "info";                        // trace, debug, info, warn, error
    bool log_json = false;
    std::uint32_t verify_threads = 2;  // of the signature pool, 1 to 64
    enum class Verify : std::uint8_t { nothing, recent, all };
    Verify verify_store = Verify::recent;      // of every chain's store, on start
    std::uint64_t cache_bytes = 256ULL << 20;  // of each chain's store
    std::uint64_t keep_blocks = 0;             // of each chain, the newest so many; 0: all of them
    bool may_join = true;                      // by a snapshot, where no peer has the blocks that are missing
    std::optional<std::uint64_t> snapshot_gap;  // or where more than so many are missing
    bool pipelining = true;                     // work on the next block while the last is being decided
    bool relay = true;                          // carry messages between the chains hosted here
    Endpoint peer_listen;
    Endpoint rpc_listen;
    std::optional<TlsConfig> rpc_tls;    // always there if rpc_listen is none of loopback
    std::vector<std::string> rpc_hosts;  // names of this node, beside its addresses
    std::optional<OperatorsConfig> operators;
    std::map<std::string, std::uint64_t> rpc_limits;  // those that are given, by rpc::Limit::key
    bool rpc_limits_loopback = false;                 // whether this machine is held to those of an address
    std::optional<std::filesystem::path>
        page;  // the web page's folder; absent: beside the program; empty: none
    std::vector<PeerConfig> peers;
    std::vector<ChainConfig> chains;  // 1 to 64
};

// Fewer blocks would not let a node that was away for a quarter of an hour catch up.
inline constexpr std::uint64_t kKeepBlocksLeast = 1'000;

// Relative paths in the file are relative to the file's folder.
Result<Config> load_config(const std::filesystem::path& file);

// The files that the configuration names: all there, and the key and its passphrase neither open to everybody
// nor changeable by a group. io_failed names every one that is not, with the key that names it; then, whether
// certificates can be read and have these keys.
Result<> check_files(const Config& config);

}  // namespace pcq::node
