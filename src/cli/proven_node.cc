#include "src/cli/proven_node.h"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "contracts/chain.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/cli/json_difference.h"
#include "src/cli/proven_backend.h"
#include "src/cli/proven_reader.h"
#include "src/client/json_member.h"
#include "src/rpc/json.h"
#include "src/rpc/methods.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kHintsMax = 10'000;                   // keys that a node may name as read
constexpr std::size_t kPageMax = 10'000;                    // transactions of a block
constexpr std::size_t kBodyBytesMax = 256UL * 1024 * 1024;  // of a block's transactions, or its receipts

Error unreadable(const std::string& what) {
    return {Code::answer_malformed, "the node's answer has no usable \"" + what + "\""};
}

Result<std::uint64_t> height_in(const json::value& answer) {
    const auto* height = client::member(answer, "height");
    boost::system::error_code failed;
    const auto number =
        height != nullptr && height->is_number() ? height->to_number<std::uint64_t>(failed) : 0;
    if (height == nullptr || !height->is_number() || failed) return unreadable("height");
    return number;
}

Result<Bytes> bytes_in(const json::value& answer, const std::string& name) {
    const auto* text = client::member(answer, name);
    auto bytes = text != nullptr && text->is_string() ? from_base64(std::string(text->get_string()))
                                                      : Result<Bytes>(Error());
    if (!bytes) return unreadable(name);
    return bytes;
}

Result<std::vector<Bytes>> list_in(const json::value& answer, std::string_view name) {
    const auto* list = client::member(answer, name);
    if (list == nullptr || !list->is_array()) return unreadable(std::string(name));
    std::vector<Bytes> entries;
    for (const auto& entry : list->get_array()) {
        auto bytes =
            entry.is_string() ? from_base64(std::string(entry.get_string())) : Result<Bytes>(Error());
        if (!bytes) return unreadable(std::string(name));
        entries.push_back(*std::move(bytes));
    }
    return entries;
}

// What the node said, if it is what was proven.
Result<json::value> compared(const std::string& method, json::value said, const json::value& proven) {
    // As it would have come over the wire: numbers of one value may be of two kinds.
    const auto ours = json::parse(json::serialize(proven));
    if (const auto found = difference(said, ours, "")) {
        return Error{Code::bad_proof, "the node's answer to \"" + method +
                                          "\" is not what is proven: it says " + found->place + " is " +
                                          found->said + ", the proven is " + found->proven};
    }
    return said;
}

bool takes_proof(const rpc::Method& method) {
    return std::any_of(method.params.begin(), method.params.end(),
                       [](const rpc::Param& param) { return param.name == "proof"; });
}

// What the node answers; what it refuses is said to be its word.
Result<json::value> told(client::RpcClient& client, const std::string& method, const json::object& params) {
    auto answer = client.call(method, params);
    if (!answer) return client::as_its_word(answer.error());
    return answer;
}

// Refusals that follow from the state: they can be held against it.
bool is_about_state(Code code) {
    constexpr std::array kCodes{Code::not_found, Code::action_wrong_chain, Code::bad_argument};
    return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

// What the node says that its answer was read from: to be asked for at once. Whatever else is read is asked
// for as it is, so nothing depends on this.
std::vector<Bytes> keys_read(const json::value& answer) {
    std::vector<Bytes> keys;
    const auto* proof = client::member(answer, "proof");
    const auto* records = proof == nullptr ? nullptr : client::member(*proof, "records");
    if (records == nullptr || !records->is_array()) return keys;
    for (const auto& record : records->get_array()) {
        const auto* key = client::member(record, "key");
        if (key == nullptr || !key->is_string() || keys.size() == kHintsMax) continue;
        if (auto bytes = from_hex(std::string(key->get_string())); bytes && !bytes->empty())
            keys.push_back(*std::move(bytes));
    }
    return keys;
}

// One that has no proof: nothing may look like one that has.
bool is_a_fate(const json::value& answer) {
    constexpr std::array<std::string_view, 4> kStatuses{"unknown", "pending", "rejected", "expired"};
    constexpr std::array<std::string_view, 3> kMembers{"hash", "status", "reason"};
    const auto is_one_of = [](const auto& list, std::string_view text) {
        return std::find(list.begin(), list.end(), text) != list.end();
    };
    const auto* status = client::member(answer, "status");
    return status != nullptr && status->is_string() && is_one_of(kStatuses, status->get_string()) &&
           std::all_of(answer.get_object().begin(), answer.get_object().end(),
                       [&](const auto& entry) { return is_one_of(kMembers, entry.key()); });
}

// What the node's own handler makes of it.
Result<json::value> handled(const rpc::Method& method, const rpc::Backend& backend,
                            const rpc::Directory& directory, const json::object& params) {
    const auto arguments = rpc::Arguments::from(method.params, params, directory);
    if (!arguments) return arguments.error();
    return std::get<rpc::Read>(method.handler)(backend, directory, *arguments);
}

std::vector<rpc::ChainInfo> infos_of(const std::vector<ledger::Genesis>& trusted) {
    std::vector<rpc::ChainInfo> infos;
    for (const auto& genesis : trusted)
        infos.push_back({genesis.chain, genesis.fields.name(), genesis.fields.kind()});
    return infos;
}

}  // namespace

class ProvenNode::Chain {
public:
    Chain(client::RpcClient& client, const ledger::Genesis& genesis)
        : id(genesis.chain),
          name(genesis.fields.name()),
          kind(genesis.fields.kind() == proto::CHAIN_KIND_MAIN ? "main" : "side"),
          reader(proven_reader(client, genesis)) {}

    // The header that an answer shows as base64, and its certificate.
    Result<Proven> header_in(const json::value& answer, const std::string& suffix,
                             std::optional<std::uint64_t> height) {
        const auto bytes = bytes_in(answer, "header" + suffix);
        if (!bytes) return bytes.error();
        const auto certificate = bytes_in(answer, "certificate" + suffix);
        if (!certificate) return certificate.error();
        auto header = reader.certified(
            {{"header", to_base64(*bytes)}, {"certificate", to_base64(*certificate)}}, height);
        if (!header) return header.error();
        return note({*std::move(header), *certificate});
    }
    // The block whose state an answer, or a refusal, is about.
    Result<Proven> state_of(const Result<json::value>& said, const json::object& params) {
        std::optional<std::uint64_t> height;
        if (params.contains("height")) {
            const auto wanted = height_in(params);
            if (!wanted) return wanted.error();
            height = *wanted;
        }
        if (said) {
            const auto* proof = client::member(*said, "proof");
            return proof == nullptr ? Result<Proven>(unreadable("proof")) : header_in(*proof, "", height);
        }
        auto header = reader.header(height);
        if (!header) return header.error();
        return note({*std::move(header), {}});
    }
    // All of a block, or its roots do not come out.
    Result<rpc::BlockBody> body_of(client::RpcClient& client, const ledger::Header& header) const {
        const std::uint64_t height = header->height();
        const std::size_t count = header->transaction_count();
        auto transactions = pages_of(client, {"bytes", "transactions", count}, height);
        if (!transactions) return transactions.error();
        auto receipts = pages_of(client, {"receipts", "receipts", count + 1}, height);
        if (!receipts) return receipts.error();
        std::vector<Hash> hashes;
        for (const auto& bytes : *transactions) hashes.push_back(ledger::transaction_hash(id, bytes));
        const std::string block = "block " + std::to_string(height) + " has";
        if (hashes.size() != header->transaction_count() ||
            ledger::transactions_root(hashes) != header.transactions_root())
            return Error{Code::bad_proof, "the node shows other transactions than " + block};
        if (ledger::receipts_root(id, *receipts) != header.receipts_root())
            return Error{Code::bad_proof, "the node shows other receipts than " + block};
        return rpc::BlockBody{*std::move(transactions), *std::move(receipts)};
    }
    Proven note(Proven proven) {
        const auto& header = *proven.header;
        if (!basis) basis = {name, header.height(), header.time_ms(), header.height(), 0};
        if (header.height() < basis->height) {
            basis->height = header.height();
            basis->time_ms = header.time_ms();
        }
        basis->newest = std::max(basis->newest, header.height());
        basis->validators = reader.validators().size();
        return proven;
    }

    const ChainId id;
    const std::string name;
    const std::string kind;  // as RPC writes it
    client::VerifiedReader reader;
    std::optional<Basis> basis;

private:
    struct List {
        const char* detail;
        const char* name;
        std::size_t most;  // entries that there can be
    };
    Result<std::vector<Bytes>> pages_of(client::RpcClient& client, const List& list,
                                        std::uint64_t height) const {
        std::vector<Bytes> all;
        json::object page{
            {"chain", to_hex(id)}, {"height", height}, {"detail", list.detail}, {"limit", kPageMax}};
        bool more = true;
        std::size_t bytes = 0;
        while (more && all.size() <= list.most && bytes <= kBodyBytesMax) {
            const auto answer = told(client, "block", page);
            if (!answer) return answer.error();
            auto entries = list_in(*answer, list.name);
            if (!entries) return entries.error();
            for (auto& entry : *entries) {
                bytes += entry.size();
                all.push_back(std::move(entry));
            }
            const auto* next = client::member(*answer, "next");
            more = next != nullptr && !entries->empty();
            if (more) page["cursor"] = *next;
        }
        return all;
    }
};

ProvenNode::ProvenNode(client::RpcClient& client, std::vector<ledger::Genesis> trusted)
    : client_(client), directory_(infos_of(trusted)) {
    for (const auto& genesis : trusted)
        chains_.emplace(genesis.chain, std::make_unique<Chain>(client, genesis));
}

ProvenNode::~ProvenNode() = default;

std::vector<ProvenNode::Basis> ProvenNode::bases() const {
    std::vector<Basis> bases;
    for (const auto& [id, chain] : chains_) {
        if (chain->basis) bases.push_back(*chain->basis);
    }
    return bases;
}

Result<ProvenNode::Chain*> ProvenNode::chain_of(const json::object& params) {
    const auto* named = params.if_contains("chain");
    if (named != nullptr && !named->is_string())
        return Error{Code::parameter_invalid, "\"chain\" is the name or the id of a chain"};
    const auto id = directory_.find(named == nullptr ? std::nullopt
                                                     : std::optional<std::string_view>(named->get_string()));
    if (!id)
        return Error{Code::chain_unknown, "none of the genesis documents given is of the chain " +
                                              (named == nullptr ? "that is meant: name it" : shown(*named))};
    return chains_.at(*id).get();
}

// By its id: a node of another network, whose chain has the same name, says then that it has no such chain.
json::object ProvenNode::by_id(const json::object& named) {
    auto params = named;
    if (!params.contains("chain")) return params;
    if (const auto chain = chain_of(params)) params["chain"] = to_hex((*chain)->id);
    return params;
}

ProvenNode::Answer ProvenNode::ask(const std::string& method, const json::object& named) {
    const auto at = rpc::find_method(method);
    const auto params = by_id(named);
    try {
        if (!at || !std::holds_alternative<rpc::Read>(rpc::methods()[*at].handler))
            return opinion(method, params);
        if (method == "transaction") return by_receipt(*at, params);
        if (method == "header" || method == "block" || method == "totals") return by_header(*at, params);
        if (method == "state") return by_records(params);
        if (method == "status") return checked_status(params);
        if (method == "validators") return checked_validators(params);
        if (takes_proof(rpc::methods()[*at])) return by_state(*at, params);
        return opinion(method, params);
    } catch (const Unproven& unproven) {
        return unproven.error;
    }
}

std::set<std::string> ProvenNode::opinions() const {
    std::set<std::string> methods;
    for (const auto& [method, params] : opinions_) methods.insert(method);
    return methods;
}

ProvenNode::Answer ProvenNode::opinion(const std::string& method, const json::object& params) {
    auto said = told(client_, method, params);
    if (said) opinions_.insert({method, json::serialize(params)});
    return said;
}

ProvenNode::Answer ProvenNode::by_state(std::size_t method, const json::object& params) {
    const rpc::Method& asked = rpc::methods()[method];
    const std::string name(asked.name);
    const auto chain = chain_of(params);
    if (!chain) return chain.error();
    auto with_proof = params;
    with_proof["proof"] = true;
    auto said = client_.call(name, with_proof);
    if (!said && !is_about_state(said.error().code)) return client::as_its_word(said.error());
    auto proven = (*chain)->state_of(said, params);
    if (!proven) return proven.error();

    const ProvenState state((*chain)->reader, proven->header->height());
    proven->state = &state;
    if (said) state.fetch(keys_read(*said));
    auto again = params;
    again["height"] = proven->header->height();
    auto ours = handled(asked, ProvenBackend(*proven), directory_, again);
    if (!said) {
        if (!ours && ours.error().code == said.error().code) return ours;
        return Error{Code::bad_proof, "the node refuses \"" + name + "\" (" + said.error().message +
                                          "), but the proven records have an answer"};
    }
    if (!ours) {
        const bool is_too_new = ours.error().code == Code::contracts_version_unknown;
        return Error{is_too_new ? ours.error().code : Code::bad_proof,
                     "the node answers \"" + name +
                         "\", but from the proven records there is no answer: " + ours.error().message};
    }
    said->as_object().erase("proof");
    return compared(name, *std::move(said), *ours);
}

ProvenNode::Answer ProvenNode::by_records(const json::object& params) {
    const auto chain = chain_of(params);
    if (!chain) return chain.error();
    auto said = told(client_, "state", params);
    if (!said) return said;
    const auto arguments =
        rpc::Arguments::from(rpc::methods()[*rpc::find_method("state")].params, params, directory_);
    if (!arguments) return arguments.error();
    const auto keys = arguments->keys("keys");
    const auto header = (*chain)->header_in(*said, "", arguments->number("height"));
    if (!header) return header.error();
    const auto* records = client::member(*said, "records");
    if (records == nullptr || !records->is_array() || records->get_array().size() != keys.size())
        return unreadable("records");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& record = records->get_array()[i];
        const auto* value = client::member(record, "value");
        const bool is_absent = value != nullptr && value->is_null();
        const auto bytes = is_absent ? Result<Bytes>(Bytes()) : bytes_in(record, "value");
        if (!bytes) return bytes.error();
        const auto proof = bytes_in(record, "proof");
        if (!proof) return proof.error();
        auto holds = ledger::LightClient::verify_record(
            header->header, keys[i], is_absent ? std::nullopt : std::optional<BytesView>(*bytes), *proof);
        if (!holds) return holds.error();
    }
    return said;
}

ProvenNode::Answer ProvenNode::by_header(std::size_t method, const json::object& params) {
    const rpc::Method& asked = rpc::methods()[method];
    const std::string name(asked.name);
    const auto chain = chain_of(params);
    if (!chain) return chain.error();
    auto said = told(client_, name, params);
    if (!said) return said;
    const auto height = height_in(*said);
    if (!height) return height.error();
    const bool is_newest = !params.contains("height") && !params.contains("hash");
    auto proven = (*chain)->header_in(*said, name == "totals" ? "" : "_bytes",
                                      is_newest ? std::nullopt : std::optional(*height));
    if (!proven) return proven.error();
    if (proven->header->height() != *height)
        return Error{Code::bad_header, "the node shows another block than the one that it names"};
    if (const auto* hash = params.if_contains("hash");
        hash != nullptr && *hash != json::value(to_hex(proven->header.hash())))
        return Error{Code::bad_header, "the node shows another block than the one of the hash asked for"};
    if (const auto* wanted = params.if_contains("height");
        wanted != nullptr && *wanted != json::value(*height))
        return Error{Code::bad_header,
                     "the node shows block " + std::to_string(*height) + " and not the one asked for"};

    rpc::BlockBody body;
    if (name == "block") {
        auto all = (*chain)->body_of(client_, proven->header);
        if (!all) return all.error();
        body = *std::move(all);
    }
    proven->body = &body;
    auto again = params;
    again.erase("hash");
    again["height"] = *height;
    const auto ours = handled(asked, ProvenBackend(*proven), directory_, again);
    if (!ours) return ours.error();
    return compared(name, *std::move(said), *ours);
}

ProvenNode::Answer ProvenNode::by_receipt(std::size_t method, const json::object& params) {
    const rpc::Method& asked = rpc::methods()[method];
    const auto chain = chain_of(params);
    if (!chain) return chain.error();
    auto said = opinion("transaction", params);
    if (!said) return said;
    const auto* status = client::member(*said, "status");
    if (status == nullptr || *status != json::value("committed")) {
        if (!is_a_fate(*said)) return unreadable("status");
        return said;
    }
    const auto arguments = rpc::Arguments::from(asked.params, params, directory_);
    if (!arguments) return arguments.error();
    const auto done = (*chain)->reader.transaction(*arguments->id<Hash>("hash"));
    if (!done) return done.error();
    const rpc::TransactionFate fate{.kind = rpc::FateKind::committed,
                                    .height = done->header->height(),
                                    .index = done->index,
                                    .receipt = ledger::encode(done->receipt)};
    auto proven = (*chain)->note({done->header, {}});
    proven.fate = &fate;
    auto again = params;
    again.erase("proof");
    const auto ours = handled(asked, ProvenBackend(proven), directory_, again);
    if (!ours) return ours.error();
    said->as_object().erase("proof");
    auto same = compared("transaction", *std::move(said), *ours);
    if (same) opinions_.erase({"transaction", json::serialize(params)});
    return same;
}

// Of what a node says of itself, its newest block can be proven.
ProvenNode::Answer ProvenNode::checked_status(const json::object& params) {
    const auto chain = chain_of(params);
    if (!chain) return chain.error();
    auto said = opinion("status", params);
    if (!said) return said;
    const auto height = height_in(*said);
    if (!height) return height.error();
    // It is the newest that the node has, so none of those seen may be newer.
    if (*height < (*chain)->reader.height())
        return Error{Code::answer_stale, "the node says that its newest block is " + std::to_string(*height) +
                                             ", but " + std::to_string((*chain)->reader.height()) +
                                             " has been seen; ask another node"};
    const auto header = told(client_, "header", {{"chain", to_hex((*chain)->id)}, {"height", *height}});
    if (!header) return header;
    const auto proven = (*chain)->header_in(*header, "_bytes", *height);
    if (!proven) return proven.error();
    auto ours = *said;
    ours.as_object()["chain_id"] = to_hex((*chain)->id);
    ours.as_object()["name"] = (*chain)->name;
    ours.as_object()["kind"] = (*chain)->kind;
    ours.as_object()["hash"] = to_hex(proven->header.hash());
    ours.as_object()["state_root"] = to_hex(proven->header.state_root());
    ours.as_object()["time_ms"] = proven->header->time_ms();
    return compared("status", *std::move(said), ours);
}

// Whom they know by which name and key follows from the genesis document; who is connected, nobody can prove.
ProvenNode::Answer ProvenNode::checked_validators(const json::object& params) {
    const auto chain = chain_of(params);
    if (!chain) return chain.error();
    const auto newest = (*chain)->reader.header();  // follows to the set of that block
    if (!newest) return newest.error();
    (*chain)->note({*newest, {}});
    auto said = opinion("validators", params);
    if (!said) return said;
    const auto* list = client::member(*said, "validators");
    if (list == nullptr || !list->is_array()) return unreadable("validators");
    const auto& known = (*chain)->reader.validators();
    const auto hash = known.hash((*chain)->id);
    if (hash != newest->next_validators_hash())
        return Error{Code::validators_unknown, "the validators are changing; ask again in a moment"};
    json::array proven;
    for (const auto& entry : known.members())
        proven.push_back(json::object{{"name", entry.name}, {"public_key", to_hex(entry.key.encoded())}});
    json::array shown_ones;
    for (const auto& entry : list->get_array()) {
        const auto* name = client::member(entry, "name");
        const auto* key = client::member(entry, "public_key");
        shown_ones.push_back(json::object{{"name", name == nullptr ? json::value() : *name},
                                          {"public_key", key == nullptr ? json::value() : *key}});
    }
    auto same = compared("validators", {{"validators", shown_ones}}, {{"validators", proven}});
    if (!same) return same;
    return said;
}

}  // namespace pcq::cli
