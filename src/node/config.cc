#include "src/node/config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include <toml++/toml.h>

#include "src/base/hex.h"
#include "src/rpc/endpoint.h"
#include "src/rpc/limits.h"
#include "src/rpc/tls.h"

namespace pcq::node {
namespace {

constexpr std::uint64_t kSnapshotGap = 1'000;
constexpr std::size_t kHostsMax = 64;

// Whether somebody may have meant `known`: the same but for case, or for two letters at most.
bool is_near(const std::string& written, const std::string& known) {
    std::vector<std::size_t> row(known.size() + 1);  // edits from the letters so far to each beginning
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char letter : written) {
        std::size_t diagonal = std::exchange(row[0], row[0] + 1);
        for (std::size_t i = 0; i < known.size(); ++i) {
            const bool same = std::tolower(static_cast<unsigned char>(letter)) ==
                              std::tolower(static_cast<unsigned char>(known[i]));
            const std::size_t edits = std::min({diagonal + (same ? 0 : 1), row[i] + 1, row[i + 1] + 1});
            diagonal = std::exchange(row[i + 1], edits);
        }
    }
    return row.back() <= std::min<std::size_t>(2, known.size() / 3);
}

// Reads one table: remembers which keys it was asked for, and gathers faults instead of stopping.
class Reader {
public:
    Reader(const toml::table& table, std::string where, std::vector<std::string>& faults)
        : table_(table), where_(std::move(where)), faults_(faults) {}

    std::string text(const char* key, std::optional<std::string> otherwise = std::nullopt) {
        known_.insert(key);
        const auto node = table_[key];
        if (!node) {
            if (!otherwise) fault(key, "is missing; a string is needed");
            return otherwise.value_or("");
        }
        if (const auto value = node.value_exact<std::string>()) return *value;
        fault(key, "must be a string");
        return "";
    }

    std::optional<std::string> optional_text(const char* key) {
        known_.insert(key);
        return table_.contains(key) ? std::optional(text(key)) : std::nullopt;
    }

    std::vector<std::string> texts(const char* key, std::size_t most) {
        known_.insert(key);
        std::vector<std::string> list;
        const auto* array = table_[key].as_array();
        const bool all_text = array != nullptr && array->size() <= most &&
                              std::all_of(array->begin(), array->end(), [](const auto& entry) {
                                  return entry.is_string() && !entry.as_string()->get().empty();
                              });
        if (table_.contains(key) && !all_text)
            fault(key, "must be a list of at most " + std::to_string(most) + " strings, none of them empty");
        if (all_text)
            for (const auto& entry : *array) list.push_back(entry.as_string()->get());
        return list;
    }

    bool flag(const char* key, bool otherwise) {
        known_.insert(key);
        const auto node = table_[key];
        if (!node) return otherwise;
        if (const auto value = node.value_exact<bool>()) return *value;
        fault(key, "must be true or false");
        return otherwise;
    }

    std::int64_t number(const char* key, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
        known_.insert(key);
        const auto node = table_[key];
        if (!node) return otherwise;
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < least || *value > most) {
            fault(key, "must be a whole number from " + std::to_string(least) + " to " +
                           std::to_string(most) + (value ? ", is " + std::to_string(*value) : ""));
            return otherwise;
        }
        return *value;
    }

    Endpoint endpoint(const char* key) {
        const std::string written = text(key);
        if (written.empty()) return {};
        const auto colon = written.rfind(':');
        Endpoint endpoint;
        unsigned port = 0;
        if (colon != std::string::npos) {
            endpoint.host = written.substr(0, colon);
            if (endpoint.host.size() > 2 && endpoint.host.front() == '[' && endpoint.host.back() == ']') {
                endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
            }
            const char* end = written.data() + written.size();
            const auto parsed = std::from_chars(written.data() + colon + 1, end, port);
            if (parsed.ec != std::errc() || parsed.ptr != end) port = 0;
        }
        if (endpoint.host.empty() || port == 0 || port > 65535) {
            fault(key, "must be host:port with a port from 1 to 65535, is \"" + written + "\"");
            return {};
        }
        endpoint.port = static_cast<std::uint16_t>(port);
        return endpoint;
    }

    std::optional<Reader> table(const char* key) {
        known_.insert(key);
        if (const auto* inner = table_[key].as_table()) return Reader(*inner, where_ + key + ".", faults_);
        fault(key, "is missing; a table is needed");
        return std::nullopt;
    }

    std::optional<Reader> optional_table(const char* key) {
        known_.insert(key);
        return table_.contains(key) ? table(key) : std::nullopt;
    }

    std::vector<Reader> tables(const char* key) {
        known_.insert(key);
        std::vector<Reader> readers;
        const auto node = table_[key];
        if (!node) return readers;
        const auto* array = node.as_array();
        if (array == nullptr) {
            fault(key, "must be a list of tables, written [[" + where_ + key + "]]");
            return readers;
        }
        for (std::size_t i = 0; i < array->size(); ++i) {
            if (const auto* inner = (*array)[i].as_table()) {
                readers.emplace_back(*inner, where_ + key + "[" + std::to_string(i) + "].", faults_);
            } else {
                fault(key, "entry " + std::to_string(i) + " must be a table");
            }
        }
        return readers;
    }

    // A misspelt key would otherwise silently leave a default in force.
    void refuse_unknown() {
        for (const auto& [key, value] : table_) {
            const std::string written(key.str());
            if (known_.count(written) != 0) continue;
            const auto near = std::find_if(known_.begin(), known_.end(),
                                           [&](const auto& known) { return is_near(written, known); });
            fault(written,
                  "is no key that pcqd knows" + (near == known_.end() ? "" : "; is " + *near + " meant?"));
        }
    }

    // With the line of the key, or that of its table where the key is missing.
    void fault(const std::string& key, const std::string& what) {
        const auto* found = table_.get(key);
        const auto line = (found == nullptr ? table_.source() : found->source()).begin.line;
        faults_.push_back((line == 0 ? "" : "line " + std::to_string(line) + ": ") + where_ + key + " " +
                          what);
    }
    std::string name_of(const char* key) const { return where_ + key; }

private:
    const toml::table& table_;
    std::string where_;
    std::vector<std::string>& faults_;
    std::set<std::string> known_;
};

void read_node(Reader reader, const std::filesystem::path& folder, Config& config) {
    config.name = reader.text("name");
    config.data_dir = folder / reader.text("data_dir");
    config.key_file = folder / reader.text("key_file");
    const std::string passphrase_file = reader.text("passphrase_file", "");
    if (!passphrase_file.empty()) config.passphrase_file = folder / passphrase_file;
    config.log_level = reader.text("log_level", config.log_level);
    static constexpr std::array kLevels{"trace", "debug", "info", "warn", "error"};
    if (std::find(kLevels.begin(), kLevels.end(), config.log_level) == kLevels.end()) {
        reader.fault("log_level",
                     "must be trace, debug, info, warn or error, is \"" + config.log_level + "\"");
    }
    config.log_json = reader.flag("log_json", config.log_json);
    config.verify_threads =
        static_cast<std::uint32_t>(reader.number("verify_threads", config.verify_threads, 1, 64));
    const std::string verify = reader.text("verify_store", "recent");
    if (verify != "nothing" && verify != "recent" && verify != "all")
        reader.fault("verify_store", "must be nothing, recent or all, is \"" + verify + "\"");
    config.verify_store = verify == "all"       ? Config::Verify::all
                          : verify == "nothing" ? Config::Verify::nothing
                                                : Config::Verify::recent;
    config.cache_bytes =
        static_cast<std::uint64_t>(reader.number("cache_mib", 256, 16, 1 << 20)) * (std::uint64_t{1} << 20);
    config.pipelining = reader.flag("pipelining", config.pipelining);
    config.relay = reader.flag("relay", config.relay);
    reader.refuse_unknown();
}

void read_storage(Reader reader, Config& config) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    const std::int64_t keep = reader.number("keep_blocks", 0, 0, kMost);
    if (keep != 0 && keep < static_cast<std::int64_t>(kKeepBlocksLeast))
        reader.fault("keep_blocks", "must be 0, which keeps all, or at least " +
                                        std::to_string(kKeepBlocksLeast) + ", is " + std::to_string(keep));
    config.keep_blocks = static_cast<std::uint64_t>(keep);
    reader.refuse_unknown();
}

// An archive wants the blocks, if anybody has them.
void read_sync(std::optional<Reader> reader, Config& config) {
    if (config.keep_blocks != 0) config.snapshot_gap = kSnapshotGap;
    if (!reader) return;
    const std::int64_t gap = reader->number(
        "snapshot_gap", config.snapshot_gap ? static_cast<std::int64_t>(*config.snapshot_gap) : -1, 0,
        std::numeric_limits<std::int64_t>::max());
    config.may_join = gap != 0;
    if (gap > 0) config.snapshot_gap = static_cast<std::uint64_t>(gap);
    reader->refuse_unknown();
}

void read_peers(Reader& network, Config& config) {
    std::map<crypto::PublicKey, std::string> seen;
    for (auto& entry : network.tables("peers")) {
        const std::string name = entry.text("name");
        const std::string key_text = entry.text("public_key");
        const Endpoint address = entry.endpoint("address");
        entry.refuse_unknown();
        const auto bytes = from_hex(key_text);
        if (!bytes) {
            entry.fault("public_key",
                        "must be 64 hexadecimal digits of an Ed25519 key: " + bytes.error().message);
            continue;
        }
        auto key = crypto::PublicKey::from(crypto::KeyType::ed25519, *bytes);
        if (!key) {
            entry.fault("public_key", "is no Ed25519 key: " + key.error().message);
            continue;
        }
        const auto [first, is_new] = seen.emplace(*key, entry.name_of(""));
        if (!is_new) {
            entry.fault("public_key",
                        "is that of " + first->second.substr(0, first->second.size() - 1) + " already");
        }
        config.peers.push_back(PeerConfig{name, *std::move(key), address});
    }
}

void read_limits(Reader reader, Config& config) {
    for (const auto& limit : rpc::limits()) {
        const std::string key(limit.key);
        constexpr std::int64_t kLeftOut = -1;
        const std::int64_t value =
            reader.number(key.c_str(), kLeftOut, static_cast<std::int64_t>(limit.least),
                          static_cast<std::int64_t>(limit.most));
        if (value != kLeftOut) config.rpc_limits.emplace(key, static_cast<std::uint64_t>(value));
    }
    config.rpc_limits_loopback = reader.flag("loopback", config.rpc_limits_loopback);
    reader.refuse_unknown();
}

void read_operators(Reader reader, const std::filesystem::path& folder, Config& config) {
    OperatorsConfig operators;
    operators.listen = reader.endpoint("listen");
    operators.tls = {folder / reader.text("certificate"), folder / reader.text("key")};
    operators.clients = folder / reader.text("clients");
    config.operators = operators;
    reader.refuse_unknown();
}

// Who is not on this machine gets TLS or nothing.
void read_rpc(Reader reader, const std::filesystem::path& folder, Config& config) {
    config.rpc_listen = reader.endpoint("listen");
    if (const auto page = reader.optional_text("page"); page)
        config.page = page->empty() ? std::filesystem::path() : folder / *page;
    const std::string certificate = reader.text("certificate", "");
    const std::string key = reader.text("key", "");
    if (!certificate.empty() && !key.empty()) config.rpc_tls = {folder / certificate, folder / key};
    if (certificate.empty() != key.empty()) {
        reader.fault(certificate.empty() ? "certificate" : "key",
                     "is missing; TLS needs a certificate and its key, both files in PEM");
    } else if (!config.rpc_tls && !config.rpc_listen.host.empty() &&
               !rpc::is_loopback(config.rpc_listen.host)) {
        reader.fault("certificate", "is missing; it and a key are needed to listen for RPC on " +
                                        to_text(config.rpc_listen) +
                                        ", because only 127.0.0.1 and ::1 are served without TLS");
    }
    config.rpc_hosts = reader.texts("hosts", kHostsMax);
    if (auto limits = reader.optional_table("limits")) read_limits(*std::move(limits), config);
    if (auto operators = reader.optional_table("operators"))
        read_operators(*std::move(operators), folder, config);
    reader.refuse_unknown();
}

Error all_faults(const std::filesystem::path& file, const std::vector<std::string>& faults) {
    std::string message = file.string() + " has " + std::to_string(faults.size()) +
                          (faults.size() == 1 ? " fault:" : " faults:");
    for (const auto& fault : faults) message += "\n  " + fault;
    return Error{Code::bad_argument, message};
}

// The files that a configuration names, each once, with the keys that name it.
class FileChecks {
public:
    void add(const std::string& key, const std::filesystem::path& file, bool is_secret) {
        auto [at, is_new] = files_.try_emplace(file, Named{key, is_secret});
        if (is_new) return;
        at->second.keys += " and " + key;
        at->second.is_secret |= is_secret;
    }
    void add(const std::string& table, const TlsConfig& tls) {
        add(table + "certificate", tls.certificate, /*is_secret=*/false);
        add(table + "key", tls.key, /*is_secret=*/true);
    }
    // A line for each that is not as it must be.
    std::string faults() const {
        std::string lines;
        for (const auto& [file, named] : files_) {
            if (const auto fault = fault_of(file, named.is_secret); !fault.empty())
                lines += "\n  " + named.keys + ": " + file.string() + fault;
        }
        return lines;
    }

private:
    struct Named {
        std::string keys;
        bool is_secret;
    };
    static std::string fault_of(const std::filesystem::path& file, bool is_secret) {
        using std::filesystem::perms;
        std::error_code failure;
        const auto status = std::filesystem::status(file, failure);
        if (failure) return ": " + failure.message();
        if (!std::filesystem::is_regular_file(status)) return " is no file";
        if (!is_secret || (status.permissions() & (perms::group_write | perms::others_all)) == perms::none)
            return "";
        return " is secret, but others may read or change it: chmod 600 " + file.string();
    }

    std::map<std::filesystem::path, Named> files_;
};

// What a listener would say of them when it starts.
std::string tls_fault(const std::string& table, const rpc::TlsFiles& files) {
    const auto loaded = rpc::ServerTls(files).load();
    return loaded ? "" : "\n  " + table + ": " + loaded.error().message;
}

}  // namespace

std::string to_text(const Endpoint& endpoint) {
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Result<Config> load_config(const std::filesystem::path& file) {
    toml::table document;
    try {
        document = toml::parse_file(file.string());
    } catch (const toml::parse_error& error) {
        // A file that cannot be opened has no lines.
        if (error.source().begin.line == 0)
            return Error{Code::io_failed, file.string() + ": " + std::string(error.description())};
        return Error{Code::bad_argument, file.string() + ", line " +
                                             std::to_string(error.source().begin.line) + ": " +
                                             std::string(error.description())};
    }

    const std::filesystem::path folder = file.parent_path();
    std::vector<std::string> faults;
    Config config;
    Reader top(document, "", faults);
    if (auto node = top.table("node")) read_node(*std::move(node), folder, config);
    if (auto storage = top.optional_table("storage")) read_storage(*std::move(storage), config);
    read_sync(top.optional_table("sync"), config);
    if (auto network = top.table("network")) {
        config.peer_listen = network->endpoint("listen");
        read_peers(*network, config);
        network->refuse_unknown();
    }
    if (auto rpc = top.table("rpc")) read_rpc(*std::move(rpc), folder, config);
    for (auto& chain : top.tables("chains")) {
        config.chains.push_back(ChainConfig{folder / chain.text("genesis")});
        chain.refuse_unknown();
    }
    if (config.chains.empty() || config.chains.size() > 64) {
        top.fault("chains", "must name 1 to 64 chains, each [[chains]] with genesis = \"file\"");
    }
    top.refuse_unknown();
    if (!faults.empty()) return all_faults(file, faults);
    return config;
}

Result<> check_files(const Config& config) {
    FileChecks files;
    files.add("node.key_file", config.key_file, /*is_secret=*/true);
    if (config.passphrase_file)
        files.add("node.passphrase_file", *config.passphrase_file, /*is_secret=*/true);
    if (config.rpc_tls) files.add("rpc.", *config.rpc_tls);
    if (config.operators) {
        files.add("rpc.operators.", config.operators->tls);
        files.add("rpc.operators.clients", config.operators->clients, /*is_secret=*/false);
    }
    for (std::size_t i = 0; i < config.chains.size(); ++i)
        files.add("chains[" + std::to_string(i) + "].genesis", config.chains[i].genesis,
                  /*is_secret=*/false);
    std::string faults = files.faults();
    if (faults.empty()) {
        if (const auto& tls = config.rpc_tls) faults += tls_fault("rpc", {tls->certificate, tls->key});
        if (const auto& operators = config.operators)
            faults += tls_fault("rpc.operators",
                                {operators->tls.certificate, operators->tls.key, operators->clients});
    }
    if (faults.empty()) return {};
    return Error{Code::io_failed, "the node's files are not as they must be:" + faults};
}

}  // namespace pcq::node
