#include "src/cli/network_files.h"

#include <algorithm>
#include <fstream>
#include <set>

#include <google/protobuf/util/json_util.h>
#include <toml++/toml.h>

#include "src/base/hex.h"
#include "src/crypto/key_file.h"
#include "src/ledger/block.h"

namespace pcq::cli {
namespace {

struct Named {
    std::string name;
    crypto::SigningKey key;
};

struct OrganisationPlan {
    const char* name;
    std::vector<proto::Role> roles;
    proto::MeterKind meter_kind = proto::METER_KIND_UNSPECIFIED;
};

const std::vector<OrganisationPlan>& organisations() {
    static const std::vector<OrganisationPlan> plans{
        {"government", {proto::ROLE_GOVERNMENT}},
        {"platform", {proto::ROLE_PLATFORM}},
        {"meter", {proto::ROLE_METER}, proto::METER_KIND_UTILITY},
        {"bank", {proto::ROLE_BANK}},
        {"authority", {proto::ROLE_GOVERNMENT}},
        {"auditor", {proto::ROLE_AUDITOR}}};
    return plans;
}

Result<> write_file(const std::filesystem::path& file, const std::string& content) {
    std::ofstream out(file, std::ios::binary);
    out << content;
    out.close();
    if (!out) return Error{Code::io_failed, "cannot write " + file.string()};
    return {};
}

void set_key(proto::PublicKey& fields, const crypto::PublicKey& key) {
    fields.set_type(static_cast<proto::KeyType>(key.type()));
    fields.set_data(Bytes(key.data()));
}

Result<std::vector<Named>> make_keys(const std::filesystem::path& folder,
                                     const std::vector<std::string>& names) {
    std::vector<Named> keys;
    for (const auto& name : names) {
        auto key = crypto::SigningKey::generate(crypto::KeyType::ed25519);
        if (!key) return key.error();
        std::filesystem::create_directories(folder);
        if (auto saved = crypto::save_key(folder / (name + ".pem"), *key, std::nullopt); !saved)
            return saved.error();
        keys.push_back({name, *std::move(key)});
    }
    return keys;
}

proto::ValidatorSet validator_set(const std::vector<Named>& nodes) {
    std::vector<const Named*> ordered;
    for (const auto& node : nodes) ordered.push_back(&node);
    std::sort(ordered.begin(), ordered.end(),
              [](const auto* a, const auto* b) { return a->key.public_key() < b->key.public_key(); });
    proto::ValidatorSet set;
    for (const auto* node : ordered) {
        auto& member = *set.add_validators();
        set_key(*member.mutable_public_key(), node->key.public_key());
        member.set_name(node->name);
    }
    return set;
}

proto::Genesis common(const NetworkPlan& plan, const std::string& name, proto::ChainKind kind,
                      const std::vector<Named>& nodes, const std::vector<Named>& holders) {
    proto::Genesis genesis;
    genesis.set_format(1);
    genesis.set_name(name);
    genesis.set_kind(kind);
    genesis.set_time_ms(static_cast<std::uint64_t>(plan.time_ms));
    *genesis.mutable_validators() = validator_set(nodes);
    for (std::size_t i = 0; i < holders.size(); ++i) {
        auto& organisation = *genesis.add_organisations();
        organisation.set_name(holders[i].name);
        for (const auto role : organisations()[i].roles) organisation.add_roles(role);
        organisation.set_meter_kind(organisations()[i].meter_kind);
        set_key(*organisation.add_keys(), holders[i].key.public_key());
        organisation.set_threshold(1);
    }
    return genesis;
}

Result<ledger::Genesis> write_genesis(const std::filesystem::path& file, const proto::Genesis& fields) {
    std::string document;
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = true;
    if (!google::protobuf::util::MessageToJsonString(fields, &document, options).ok())
        return Error{Code::internal, "the genesis document cannot be written as JSON"};
    if (auto written = write_file(file, document); !written) return written.error();
    return ledger::Genesis::from(std::move(document));
}

// A node as the others' configurations name it.
struct PeerText {
    std::string name;
    std::string public_key;  // hexadecimal
    std::string address;     // host:port
    friend bool operator<(const PeerText& a, const PeerText& b) { return a.public_key < b.public_key; }
};

std::string peer_text(const PeerText& peer) {
    return "[[network.peers]]\nname = \"" + peer.name + "\"\npublic_key = \"" + peer.public_key +
           "\"\naddress = \"" + peer.address + "\"\n";
}

struct NodeText {
    std::string name;
    std::string listen;  // for peers, and below for RPC: host:port
    std::string rpc;
    std::vector<PeerText> peers;
    std::vector<std::string> genesis;  // files of the chains' documents
};

std::string node_config(const NodeText& node) {
    std::string text = "# One node of a PCQ network; docs/operating.md explains every key.\n[node]\n";
    text += "name = \"" + node.name + "\"\ndata_dir = \"data/" + node.name + "\"\nkey_file = \"nodes/" +
            node.name + ".pem\"\n\n";
    text += "[network]\nlisten = \"" + node.listen + "\"\n\n";
    for (const auto& peer : node.peers) text += peer_text(peer) + "\n";
    text += "[rpc]\nlisten = \"" + node.rpc + "\"\n";
    for (const auto& document : node.genesis) text += "\n[[chains]]\ngenesis = \"" + document + "\"\n";
    return text;
}

std::string node_config(const NetworkPlan& plan, const std::vector<Named>& nodes, std::size_t self) {
    const auto endpoint = [&](std::uint16_t first, std::size_t index) {
        return plan.host + ":" + std::to_string(first + index);
    };
    NodeText node{nodes[self].name,
                  endpoint(plan.peer_port, self),
                  endpoint(plan.rpc_port, self),
                  {},
                  {plan.main_name + ".json", plan.side_name + ".json"}};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (i == self) continue;
        node.peers.push_back(
            {nodes[i].name, to_hex(nodes[i].key.public_key().data()), endpoint(plan.peer_port, i)});
    }
    return node_config(node);
}

// Names become files and lines of configurations.
Result<> check_name(const std::string& name) {
    const bool good = !name.empty() && name.size() <= 32 && name.front() != '-' &&
                      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (good) return {};
    return Error{Code::bad_argument, "\"" + name +
                                         "\" is no name for a node: 1 to 32 lower-case letters, digits "
                                         "and hyphens, not beginning with a hyphen"};
}

Result<> check(const NetworkPlan& plan) {
    if (plan.validators.size() < 4)
        return Error{Code::bad_argument, "a network needs at least 4 validators to survive one that fails"};
    std::set<std::string> seen;
    for (const auto& name : plan.validators) {
        if (auto good = check_name(name); !good) return good.error();
        if (!seen.insert(name).second) return Error{Code::bad_argument, "two nodes are called " + name};
    }
    const std::size_t count = plan.validators.size();
    for (const std::size_t first : {plan.peer_port, plan.rpc_port}) {
        if (first == 0 || first + count > 65'536) {
            return Error{Code::bad_argument, "ports from " + std::to_string(first) +
                                                 " on do not suffice for " + std::to_string(count) +
                                                 " nodes; they end at 65535"};
        }
    }
    if (plan.peer_port < plan.rpc_port + count && plan.rpc_port < plan.peer_port + count) {
        return Error{Code::bad_argument, "the nodes' ports for peers, from " +
                                             std::to_string(plan.peer_port) + " on, and for RPC, from " +
                                             std::to_string(plan.rpc_port) + " on, overlap"};
    }
    return {};
}

// What the configurations of a network's nodes say of each other.
struct Known {
    std::vector<std::filesystem::path> files;
    std::set<PeerText> nodes;
    std::set<std::string> addresses;  // taken
    std::string host;
    std::vector<std::string> genesis;  // of the first node's chains
};

void read_config(const toml::table& document, Known& known) {
    for (const char* part : {"network", "rpc"}) {
        if (const auto listen = document[part]["listen"].value<std::string>())
            known.addresses.insert(*listen);
    }
    if (const auto* peers = document["network"]["peers"].as_array()) {
        for (const auto& peer : *peers) {
            const auto* entry = peer.as_table();
            if (entry == nullptr) continue;
            known.nodes.insert({(*entry)["name"].value_or(std::string()),
                                (*entry)["public_key"].value_or(std::string()),
                                (*entry)["address"].value_or(std::string())});
        }
    }
    if (!known.genesis.empty()) return;
    if (const auto* chains = document["chains"].as_array()) {
        for (const auto& chain : *chains) {
            if (const auto* entry = chain.as_table())
                known.genesis.push_back((*entry)["genesis"].value_or(std::string()));
        }
    }
}

Result<Known> read_configs(const std::filesystem::path& folder) {
    Known known;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
        if (entry.path().extension() == ".toml") known.files.push_back(entry.path());
    }
    std::sort(known.files.begin(), known.files.end());
    for (const auto& file : known.files) {
        try {
            read_config(toml::parse_file(file.string()), known);
        } catch (const toml::parse_error& error) {
            return Error{Code::bad_argument, file.string() + ": " + std::string(error.description())};
        }
    }
    if (known.files.size() < 2 || known.addresses.empty()) {
        return Error{Code::not_found,
                     folder.string() + " holds no network of nodes; make one with pcq net init"};
    }
    known.host = known.addresses.begin()->substr(0, known.addresses.begin()->rfind(':'));
    return known;
}

// The first free one above those of the others, or the one that was asked for.
Result<std::string> address(Known& known, std::uint16_t wanted) {
    const auto at = [&known](unsigned port) { return known.host + ":" + std::to_string(port); };
    unsigned port = wanted;
    if (wanted == 0) {
        for (const auto& taken : known.addresses)
            port = std::max(port, static_cast<unsigned>(std::atoi(taken.c_str() + taken.rfind(':') + 1)));
        ++port;
    }
    if (port > 65'535)
        return Error{Code::bad_argument, "there is no port left above those of the other nodes; name one"};
    if (!known.addresses.insert(at(port)).second)
        return Error{Code::bad_argument, "another node of the network listens at " + at(port)};
    return at(port);
}

}  // namespace

Result<> write_network(const NetworkPlan& plan) {
    if (auto good = check(plan); !good) return good.error();
    if (std::filesystem::exists(plan.folder)) {
        return Error{
            Code::bad_argument,
            plan.folder.string() + " exists already; name another folder, or remove it and all its keys"};
    }
    std::error_code failure;
    std::filesystem::create_directories(plan.folder, failure);
    if (failure)
        return Error{Code::io_failed, "cannot create " + plan.folder.string() + ": " + failure.message()};

    const auto nodes = make_keys(plan.folder / "nodes", plan.validators);
    if (!nodes) return nodes.error();
    std::vector<std::string> holder_names;
    for (const auto& organisation : organisations()) holder_names.emplace_back(organisation.name);
    const auto holders = make_keys(plan.folder / "keys", holder_names);
    if (!holders) return holders.error();

    const auto main = write_genesis(plan.folder / (plan.main_name + ".json"),
                                    common(plan, plan.main_name, proto::CHAIN_KIND_MAIN, *nodes, *holders));
    if (!main) return main.error();
    proto::Genesis side = common(plan, plan.side_name, proto::CHAIN_KIND_SIDE, *nodes, *holders);
    side.set_main_chain_id(main->chain.bytes());
    *side.mutable_main_validators() = main->fields.validators();
    side.mutable_parameters()->set_registration_fee_uy(plan.registration_fee_uy);
    side.mutable_parameters()->set_settlement_per_block(plan.settlement_per_block);
    side.mutable_parameters()->set_anchor_interval(plan.anchor_interval);
    side.mutable_parameters()->set_trust_delay_ms(plan.trust_delay_ms);
    side.mutable_parameters()->set_transfer_day_g(plan.transfer_day_g);
    side.mutable_parameters()->set_transfer_day_uy(plan.transfer_day_uy);
    if (auto written = write_genesis(plan.folder / (plan.side_name + ".json"), side); !written)
        return written.error();
    for (std::size_t i = 0; i < nodes->size(); ++i) {
        if (auto written =
                write_file(plan.folder / ((*nodes)[i].name + ".toml"), node_config(plan, *nodes, i));
            !written)
            return written.error();
    }
    return {};
}

Result<> add_node(const NodePlan& plan) {
    if (auto good = check_name(plan.name); !good) return good.error();
    auto known = read_configs(plan.folder);
    if (!known) return known.error();
    const auto file = plan.folder / (plan.name + ".toml");
    if (std::filesystem::exists(file) ||
        std::filesystem::exists(plan.folder / "nodes" / (plan.name + ".pem")))
        return Error{Code::bad_argument, "there is a node called " + plan.name + " already"};
    const auto listen = address(*known, plan.peer_port);
    if (!listen) return listen.error();
    const auto rpc = address(*known, plan.rpc_port);
    if (!rpc) return rpc.error();

    const auto keys = make_keys(plan.folder / "nodes", {plan.name});
    if (!keys) return keys.error();
    const NodeText node{plan.name, *listen, *rpc, {known->nodes.begin(), known->nodes.end()}, known->genesis};
    if (auto written = write_file(file, node_config(node)); !written) return written.error();
    const PeerText self{plan.name, to_hex(keys->front().key.public_key().data()), *listen};
    for (const auto& other : known->files) {
        std::ofstream out(other, std::ios::binary | std::ios::app);
        out << "\n" << peer_text(self);
        out.close();
        if (!out) return Error{Code::io_failed, "cannot write " + other.string()};
    }
    return {};
}

}  // namespace pcq::cli
