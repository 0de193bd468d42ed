#include "src/cli/node_blocks.h"

#include <algorithm>
#include <iostream>

#include <unistd.h>

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/client/rpc_client.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::uint32_t kTransactionsAtOnce = 10'000;
constexpr std::size_t kKeysAtOnce = 256;

Error malformed(const std::string& what) {
    return Error{Code::answer_malformed, "the node's answer is not a block as docs/rpc.md has it: " + what};
}

Result<Bytes> bytes_of(const json::value* text, const char* what) {
    if (text == nullptr || !text->is_string()) return malformed(std::string(what) + " is missing");
    auto bytes = from_base64(text->as_string());
    if (!bytes) return malformed(std::string(what) + " is no base64");
    return bytes;
}

// A block in its exact bytes, page by page.
Result<proto::CertifiedBlock> ask_block(client::RpcClient& node, const std::string& chain,
                                        std::uint64_t height) {
    proto::Block block;
    proto::CertifiedBlock certified;
    std::string cursor = "0";
    while (!cursor.empty()) {
        const auto answer = node.call("block", {{"chain", chain},
                                                {"height", height},
                                                {"detail", "bytes"},
                                                {"limit", kTransactionsAtOnce},
                                                {"cursor", cursor}});
        if (!answer) return answer.error();
        const auto* page = answer->if_object();
        const auto* list = page == nullptr ? nullptr : page->if_contains("transactions");
        if (list == nullptr || !list->is_array()) return malformed("transactions are missing");
        for (const auto& text : list->as_array()) {
            auto bytes = bytes_of(&text, "a transaction");
            if (!bytes) return bytes.error();
            block.add_transactions(*std::move(bytes));
        }
        auto header = bytes_of(page->if_contains("header_bytes"), "header_bytes");
        auto certificate = bytes_of(page->if_contains("certificate_bytes"), "certificate_bytes");
        if (!header) return header.error();
        if (!certificate) return certificate.error();
        block.set_header(*std::move(header));
        certified.set_certificate(*std::move(certificate));
        const auto* next = page->if_contains("next");
        const bool goes_on = next != nullptr && next->is_string() && !list->as_array().empty();
        cursor = goes_on ? std::string(next->as_string()) : "";
        if (block.ByteSizeLong() > storage::kCertifiedBytesMax) return malformed("it is too long");
    }
    certified.set_block(block.SerializeAsString());
    return certified;
}

}  // namespace

Result<audit::BlockSource> blocks_of_node(const Session& session, const std::string& chain) {
    const auto endpoint = session.endpoint();
    if (!endpoint) return endpoint.error();
    const auto node = std::make_shared<client::RpcClient>(*endpoint);
    const auto told = node->call("genesis", {{"chain", chain}});
    if (!told) return told.error();
    if (!told->is_object()) return malformed("genesis is no object");
    auto document = bytes_of(told->as_object().if_contains("document"), "document");
    if (!document) return document.error();
    auto genesis = ledger::Genesis::from(*std::move(document));
    if (!genesis) return genesis.error();
    const auto status = node->call("status", {{"chain", chain}});
    if (!status) return status.error();
    const auto number = [&status](const char* field) { return status->at(field).to_number<std::uint64_t>(); };
    return audit::BlockSource{
        *std::move(genesis), std::max<std::uint64_t>(number("first_height"), 1), number("height"),
        [node, chain](std::uint64_t height) { return ask_block(*node, chain, height); }};
}

Result<std::vector<std::string>> chains_of_node(const Session& session) {
    const auto endpoint = session.endpoint();
    if (!endpoint) return endpoint.error();
    const auto answer = client::RpcClient(*endpoint).call("chains", {});
    if (!answer) return answer.error();
    std::vector<std::string> names;
    for (const auto& chain : answer->as_array()) names.emplace_back(chain.at("name").as_string());
    return names;
}

namespace {

// Exact bytes of the receipts of a block's transactions. That of its own work is not handed out so.
Result<std::vector<Bytes>> ask_receipts(client::RpcClient& node, const std::string& chain,
                                        std::uint64_t height) {
    std::vector<Bytes> receipts;
    json::value cursor = "0";
    while (cursor.is_string()) {
        const auto page = node.call("block", {{"chain", chain},
                                              {"height", height},
                                              {"detail", "hashes"},
                                              {"limit", kTransactionsAtOnce},
                                              {"cursor", cursor}});
        if (!page) return page.error();
        for (const auto& hash : page->at("transactions").as_array()) {
            const auto fate = node.call("transaction", {{"chain", chain}, {"hash", hash}, {"proof", true}});
            if (!fate) return fate.error();
            auto receipt = bytes_of(fate->at("proof").as_object().if_contains("receipt"), "a receipt");
            if (!receipt) return receipt.error();
            receipts.push_back(*std::move(receipt));
        }
        const auto* next = page->as_object().if_contains("next");
        cursor = next == nullptr ? json::value() : *next;
    }
    return receipts;
}

Result<std::vector<std::optional<Bytes>>> ask_records(client::RpcClient& node, const std::string& chain,
                                                      std::uint64_t height, const std::vector<Bytes>& keys) {
    std::vector<std::optional<Bytes>> values;
    for (std::size_t first = 0; first < keys.size(); first += kKeysAtOnce) {
        json::array wanted;
        for (std::size_t at = first; at < std::min(keys.size(), first + kKeysAtOnce); ++at)
            wanted.emplace_back(to_hex(keys[at]));
        const auto answer =
            node.call("state", {{"chain", chain}, {"height", height}, {"keys", std::move(wanted)}});
        if (!answer) return answer.error();
        for (const auto& record : answer->at("records").as_array()) {
            const auto& value = record.at("value");
            if (value.is_null()) {
                values.emplace_back();
                continue;
            }
            auto bytes = bytes_of(&value, "a record");
            if (!bytes) return bytes.error();
            values.emplace_back(*std::move(bytes));
        }
    }
    return values;
}

}  // namespace

Result<audit::ReplaySource> replay_of_node(const Session& session, const std::string& chain) {
    auto blocks = blocks_of_node(session, chain);
    if (!blocks) return blocks.error();
    const auto node = std::make_shared<client::RpcClient>(*session.endpoint());
    return audit::ReplaySource{
        std::move(blocks->genesis),
        blocks->first_height,
        blocks->last_height,
        std::move(blocks->block),
        [node, chain](std::uint64_t height) { return ask_receipts(*node, chain, height); },
        [node, chain](std::uint64_t height, const std::vector<Bytes>& keys) {
            return ask_records(*node, chain, height, keys);
        }};
}

audit::Progress percent_line(const std::string& what) {
    if (isatty(STDERR_FILENO) == 0) return {};
    return [what, shown = std::uint64_t{101}](std::uint64_t done, std::uint64_t all) mutable {
        const std::uint64_t percent =
            all == 0
                ? 100
                : static_cast<std::uint64_t>(100.0 * static_cast<double>(done) / static_cast<double>(all));
        if (percent == shown) return;
        shown = percent;
        std::cerr << "\r" << what << " " << percent << " %" << (done == all ? "\n" : "") << std::flush;
    };
}

}  // namespace pcq::cli
