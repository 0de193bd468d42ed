// Files that operators and governments write: pcqd.toml, methodologies, an allocation rule, lists of people
// and of allotments, households. What is read is within its bounds, names each account once, and reads the
// same when it is written again; a rule gives everybody an amount that a quota may have, or an error.
#include <array>
#include <fstream>
#include <iterator>
#include <set>

#include "contracts/main_chain.h"
#include "src/cli/households.h"
#include "src/cli/lists_file.h"
#include "src/cli/tables_file.h"
#include "src/client/allocation.h"
#include "src/node/config.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/target.h"

namespace pcq::fuzz {
namespace {

void read_config(BytesView text) {
    const MemoryFile file(text);
    const auto config = node::load_config(file.path());
    if (!config) return;
    PCQ_INVARIANT(!config->chains.empty() && config->chains.size() <= 64);
    PCQ_INVARIANT(config->verify_threads >= 1 && config->verify_threads <= 64);
    PCQ_INVARIANT(config->peer_listen.port != 0 && !config->peer_listen.host.empty());
    PCQ_INVARIANT(config->rpc_listen.port != 0 && !config->rpc_listen.host.empty());
    std::set<crypto::PublicKey> keys;
    for (const auto& peer : config->peers) {
        PCQ_INVARIANT(peer.address.port != 0 && keys.insert(peer.key).second);
    }
}

void read_methodologies(BytesView text) {
    const MemoryFile file(text);
    const auto all = cli::methodologies_from(file.path());
    if (!all) return;
    for (const auto& methodology : *all) {
        // As it would be sent: text in it is UTF-8.
        PCQ_INVARIANT(proto::SetMethodology().ParseFromString(methodology.SerializeAsString()));
    }
}

void read_rule(BytesView text) {
    const MemoryFile file(text);
    const auto rule = cli::rule_from(file.path());
    if (!rule) return;
    PCQ_INVARIANT(proto::SetAllocationRule().ParseFromString(rule->SerializeAsString()));
    proto::TransactionBody body;
    *body.mutable_set_allocation_rule() = *rule;
    if (!contracts::MainChain().validate(body)) return;  // no chain would take it
    proto::AllocationRuleRecord record;
    record.set_base_g(rule->base_g());
    record.set_base_label(rule->base_label());
    *record.mutable_rows() = rule->rows();
    client::Attributes attributes;
    for (const auto& row : rule->rows()) attributes[row.attribute()] = row.least();
    const auto given = client::allocate(record, attributes);
    if (given) PCQ_INVARIANT(!given->grams.is_negative() && given->reason.size() <= 64);
}

void read_people(BytesView text) {
    const MemoryFile file(text);
    const auto people = cli::people_from(file.path());
    if (!people) return;
    std::set<AccountId> seen;
    for (const auto& row : *people) {
        PCQ_INVARIANT(seen.insert(row.account).second);
        for (const auto& [name, value] : row.attributes) PCQ_INVARIANT(value > 0);
    }
}

void read_allotments(BytesView text) {
    const MemoryFile file(text);
    const auto list = cli::allotments_from(file.path());
    if (!list) return;
    std::string written = "account,grams,reason\n";
    for (const auto& allotment : *list) written += cli::allotment_line(allotment) + "\n";
    const MemoryFile copy(written);
    const auto again = cli::allotments_from(copy.path());
    PCQ_INVARIANT(again.has_value() && again->size() == list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
        PCQ_INVARIANT(!(*list)[i].grams.is_negative());
        PCQ_INVARIANT(cli::allotment_line((*again)[i]) == cli::allotment_line((*list)[i]));
    }
}

void read_homes(BytesView text) {
    const MemoryFile file(text);
    const auto homes = cli::load_homes(file.path(), 0);  // also compressed
    if (!homes) return;
    PCQ_INVARIANT(!homes->all.empty());
    std::set<std::string> ids;
    for (const auto& home : homes->all) {
        PCQ_INVARIANT(ids.insert(home.id).second);
        PCQ_INVARIANT(home.people >= 1 && !home.emitted.is_negative() && !home.metered().is_negative());
        for (const auto& month : home.months) PCQ_INVARIANT(month.days_measured <= 31);
    }
}

constexpr std::array kReaders{read_config, read_methodologies, read_rule,
                              read_people, read_allotments,    read_homes};

Bytes config_text() {
    return R"([node]
name = "one"
data_dir = "data"
key_file = "key.pem"
log_level = "info"
[network]
listen = "127.0.0.1:7400"
[[network.peers]]
name = "two"
public_key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
address = "[::1]:7401"
[rpc]
listen = "localhost:8400"
[[chains]]
genesis = "main.json"
)";
}

Bytes file_text(const char* name) {
    std::ifstream in(name);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    const auto& read = draw.of(kReaders);
    read(draw.rest());
}

std::vector<Bytes> seeds() {
    const std::string account(64, 'a');
    std::vector<Bytes> found{
        Bytes(1, '\0') + config_text(), Bytes(1, '\3') + "account,child,rural\n" + account + ",2,1\n",
        Bytes(1, '\4') + "account,grams,reason\n" + account + ",2120000,adult 1 + child 0.5 x 2\n",
        Bytes(1, '\5') + "household_id,people,kg_total,year\nA,2,1481.203,2013\nB,1,0.5,2013\n",
        Bytes(1, '\5') + "household_id,period,days_in_month,days_metered,kg_co2e\n"};
    for (int month = 1; month <= 12; ++month) {
        found.back() +=
            "A,2013-" + std::string(month < 10 ? "0" : "") + std::to_string(month) + ",31,31,10.5\n";
    }
    found.push_back(Bytes(1, '\1') + file_text("deploy/methodologies.toml").substr(0, 1500));
    found.push_back(Bytes(1, '\2') + file_text("deploy/allocation.toml"));
    return found;
}

}  // namespace pcq::fuzz
