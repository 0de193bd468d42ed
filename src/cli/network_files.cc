#include "src/cli/network_files.h"

#include <algorithm>
#include <fstream>
#include <set>

#include <google/protobuf/util/json_util.h>

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
        {"authority", {proto::ROLE_GOVERNMENT}}};
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

std::string node_config(const NetworkPlan& plan, const std::vector<Named>& nodes, std::size_t self) {
    const auto endpoint = [&](std::uint16_t first, std::size_t index) {
        return "\"" + plan.host + ":" + std::to_string(first + index) + "\"";
    };
    std::string text = "# One node of a PCQ network; docs/operating.md explains every key.\n[node]\n";
    text += "name = \"" + nodes[self].name + "\"\ndata_dir = \"data/" + nodes[self].name +
            "\"\nkey_file = \"nodes/" + nodes[self].name + ".pem\"\n\n";
    text += "[network]\nlisten = " + endpoint(plan.peer_port, self) + "\n\n";
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (i == self) continue;
        text += "[[network.peers]]\nname = \"" + nodes[i].name + "\"\npublic_key = \"" +
                to_hex(nodes[i].key.public_key().data()) + "\"\naddress = " + endpoint(plan.peer_port, i) +
                "\n\n";
    }
    text += "[rpc]\nlisten = " + endpoint(plan.rpc_port, self) + "\n\n";
    text += "[[chains]]\ngenesis = \"" + plan.main_name + ".json\"\n\n[[chains]]\ngenesis = \"" +
            plan.side_name + ".json\"\n";
    return text;
}

// Names become files and lines of configurations.
Result<> check(const NetworkPlan& plan) {
    if (plan.validators.size() < 4)
        return Error{Code::bad_argument, "a network needs at least 4 validators to survive one that fails"};
    std::set<std::string> seen;
    for (const auto& name : plan.validators) {
        const bool good =
            !name.empty() && name.size() <= 32 && name.front() != '-' &&
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
        if (!good) {
            return Error{Code::bad_argument,
                         "\"" + name +
                             "\" is no name for a node: 1 to 32 lower-case letters, digits "
                             "and hyphens, not beginning with a hyphen"};
        }
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

}  // namespace pcq::cli
