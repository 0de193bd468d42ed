#include "src/rpc/methods.h"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>

#include "src/rpc/reads.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kHeightMax = (1ULL << 53) - 1;

Param chain() {
    return {.name = "chain",
            .type = ParamType::chain,
            .about = "Which chain; needed where the node hosts several."};
}
Param account() {
    return {.name = "account",
            .type = ParamType::account,
            .required = true,
            .about = "The account: its address, or its id in hexadecimal."};
}
Param hash(bool required, std::string_view about) {
    return {.name = "hash", .type = ParamType::id, .required = required, .about = about};
}
Param height(std::string_view about = "State after this block; the newest if left out.") {
    return {.name = "height", .type = ParamType::number, .about = about, .max = kHeightMax};
}
Param period() {
    return {.name = "period",
            .type = ParamType::number,
            .about = "Calendar year; the newest period if left out."};
}
Param proof(std::string_view about =
                "Add every record that was read, with its proof, the header and its certificate.") {
    return {.name = "proof", .type = ParamType::flag, .about = about};
}
Param cursor() {
    return {.name = "cursor",
            .type = ParamType::cursor,
            .about = "\"next\" of the page before; the start if left out."};
}
Param limit(std::string_view about = "Entries of a page; 100 if left out.") {
    return {.name = "limit", .type = ParamType::number, .about = about, .min = 1, .max = 1000};
}
Param side_chain(bool required) {
    return {.name = "side_chain",
            .type = ParamType::other_chain,
            .required = required,
            .about = "On the main chain: the side chain that is meant."};
}

// This node, not the chain's contents.
std::vector<Method> node_methods() {
    return {
        {"chains",
         "The chains that this node hosts.",
         {},
         "A list of name, chain_id and kind.",
         &read_chains},
        {"status",
         "How a chain and this node are.",
         {chain()},
         "Height, time, view, mempool, validators, readiness.",
         &read_status},
        {"why",
         "Why the chain has no new block: what this node's consensus waits for, and the likely cause.",
         {chain()},
         "chain, height, view, waits_for, stalled, since_ms, text, missing (name, cause, text) and causes "
         "(cause, "
         "text).",
         &read_why,
         /*for_operators=*/true},
        {"evidence",
         "Validators that have contradicted themselves, with the two messages that prove it.",
         {chain(), cursor(), limit()},
         "count, evidence (validator, public_key, height, seen_ms, first, second, record), next.",
         &read_evidence,
         /*for_operators=*/true},
        {"validators",
         "Who agrees on the next block, 100 at most.",
         {chain()},
         "height, and validators with name, public_key, self, connected and certificate_end_ms.",
         &read_validators},
    };
}

std::vector<Method> chain_methods() {
    return {
        {"submit",
         "Sends a signed transaction. Sent again it gets the first one's fate.",
         {chain(),
          {.name = "transaction",
           .type = ParamType::bytes,
           .required = true,
           .about = "A pcq.v1.Transaction."},
          {.name = "wait",
           .type = ParamType::choice,
           .about = "When to answer; \"admission\" if left out.",
           .choices = {"admission", "commit"}},
          {.name = "timeout_ms",
           .type = ParamType::number,
           .about = "Answer by then in any case; 10,000 if left out.",
           .min = 1,
           .max = kSubmitTimeoutMaxMs}},
         "hash and status (as transaction); once committed height, index, receipt; reason if rejected.",
         Submit{}},
        {"transaction",
         "The fate of a transaction, by its hash.",
         {chain(), hash(true, "Of the transaction."),
          proof("Add what proves it and its receipt to be in the block.")},
         "hash and status (pending, committed, rejected, expired, unknown); once committed height, index, "
         "receipt, and proof if asked; reason if rejected.",
         &read_transaction},
        {"genesis",
         "The document that a chain started from.",
         {chain()},
         "chain_id and document (base64).",
         &read_genesis},
        {"header",
         "A block's header and its certificate.",
         {chain(), height("Of the block; the newest if left out."),
          hash(false, "Of the block, instead of height.")},
         "height, hash, header, certificate, header_bytes, certificate_bytes.",
         &read_header},
        {"block",
         "A block: header, certificate and a page of its transactions.",
         {chain(),
          height("Of the block; the newest if left out."),
          hash(false, "Of the block, instead of height."),
          {.name = "detail",
           .type = ParamType::choice,
           .about = "Transactions as hashes (default), in full, or in exact bytes; receipts in exact bytes.",
           .choices = {"hashes", "full", "bytes", "receipts"}},
          cursor(),
          {.name = "limit",
           .type = ParamType::number,
           .about = "Transactions of a page; 1,000 if left out.",
           .min = 1,
           .max = 10'000}},
         "As header, transaction_count, transactions (or receipts), next, and in full own_receipt.",
         &read_block},
        {"totals",
         "The conservation equation, as certified in a header.",
         {chain(), height()},
         "height, time_ms, value (a pcq.v1.Totals), header, certificate.",
         &read_totals},
        {"state",
         "Records by their raw keys, always with proof.",
         {chain(),
          {.name = "keys",
           .type = ParamType::keys,
           .required = true,
           .about = "State keys.",
           .min = 1,
           .max = 256},
          height()},
         "height, header, certificate, and records with key, value (null: absent) and proof.",
         &read_state},
        {"account",
         "Keys, cash, and quota by period of an account.",
         {chain(), account(), period(), height(), proof(), cursor(), limit()},
         "height, value (of which value.periods comes in pages), next; see docs/rpc.md.",
         &read_account},
        {"periods",
         "All periods of a chain, the oldest first.",
         {chain(), height(), proof(), cursor(), limit()},
         "height, value.periods, next.",
         &read_periods},
        {"period",
         "One period: phase, cap, policy, totals.",
         {chain(), period(), height(), proof()},
         "height and value.",
         &read_period},
        {"prices",
         "P_ph and P_c now, fees and costs.",
         {chain(), period(), height(), proof()},
         "height and value.",
         &read_prices},
        {"epochs",
         "How each price of a period came about.",
         {chain(), period(), cursor(), limit(), height(), proof()},
         "height, value.epochs, next.",
         &read_epochs},
        {"settlement",
         "A person's statement of a period.",
         {chain(), account(), period(), height(), proof()},
         "height and value.",
         &read_settlement},
        {"platform",
         "The platform's books of a period.",
         {chain(), period(), height(), proof()},
         "height and value.",
         &read_platform},
        {"report",
         "The sums of a settled period over all people.",
         {chain(), period(), side_chain(false), height(), proof()},
         "height and value.",
         &read_report},
        {"batches",
         "Issuance batches of a period.",
         {chain(), period(), side_chain(false), cursor(), limit(), height(), proof()},
         "height, value.batches, next.",
         &read_batches},
        {"side_chains",
         "On the main chain: the side chains and what passed between.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.side_chains, next.",
         &read_side_chains},
        {"anchors",
         "On the main chain: the latest checkpoint of a side chain, a list of one.",
         {chain(), side_chain(true), cursor(), limit(), height(), proof()},
         "height, value.anchors, next.",
         &read_anchors},
        {"users",
         "Accounts in the order of registration.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.users, next.",
         &read_users},
        {"corrections",
         "Proposed and approved corrections of readings.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.corrections, next.",
         &read_corrections},
    };
}

std::vector<Method> make_methods() {
    auto methods = chain_methods();
    auto of_node = node_methods();
    // After those of transactions: of two names that are equally near to a mistyped one, the first is
    // suggested.
    methods.insert(methods.begin() + 2, of_node.begin(), of_node.end());
    return methods;
}

// Emissions, what is credited for avoiding them, and what the organisations decide.
std::vector<Method> organisation_methods() {
    return {
        {"emissions",
         "A person's readings of a period by meter, 96 at most, and their disputes.",
         {chain(), account(), period(), height(), proof(), cursor(), limit()},
         "height, value.readings, value.disputes (of these readings), next.",
         &read_emissions},
        {"disputes",
         "Disputes of readings and their answers.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.disputes, next.",
         &read_disputes},
        {"credits",
         "A person's credits of avoided emissions of a period, and the reserve.",
         {chain(), account(), period(), height(), proof()},
         "height and value.",
         &read_credits},
        {"methodologies",
         "By what avoided emissions are credited: every version.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.methodologies, next.",
         &read_methodologies},
        {"allocation_rules",
         "On the main chain: how quotas are set, every version.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.allocation_rules, next.",
         &read_allocation_rules},
        {"proposals",
         "Changes that organisations proposed, and their votes.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.proposals, value.voters, next.",
         &read_proposals},
        {"parameters",
         "Parameters in force, and every value that was, with the height from which it held.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.in_force, value.history, next.",
         &read_parameters},
        {"validator_sets",
         "Every set of validators, with the certified header that names it.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.validator_sets, next.",
         &read_validator_sets},
        {"pauses",
         "Pauses of the market: who, why, until when.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.pauses, next.",
         &read_pauses},
    };
}

// What may happen to a quota and its owner beyond trade.
std::vector<Method> life_methods() {
    return {
        {"debts",
         "What a person owes the government, the oldest period first, and what it owes the person.",
         {chain(), account(), height(), proof(), cursor(), limit()},
         "height, value (of which value.debts comes in pages), next.",
         &read_debts},
        {"trusted",
         "A person's counterparties, 32 at most, and what left the account on its last day of transfers.",
         {chain(), account(), height(), proof()},
         "height and value.",
         &read_trusted},
        {"freeze",
         "The last freeze of an account.",
         {chain(), account(), height(), proof()},
         "height and value.",
         &read_freeze},
        {"clawbacks",
         "Proposed and approved claw-backs.",
         {chain(), cursor(), limit(), height(), proof()},
         "height, value.clawbacks, next.",
         &read_clawbacks},
    };
}

// Trade between people, what it costs to take part, and what a period brought.
std::vector<Method> market_methods() {
    return {
        {"fees",
         "Registration fees of a period and how they came about; the fee on trades.",
         {chain(), period(), height(), proof()},
         "height and value.",
         &read_fees},
        {"orders",
         "An account's open orders of a period, 16 at most, and what it may still trade.",
         {chain(), account(), period(), height(), proof()},
         "height and value.",
         &read_orders},
        {"book",
         "The order book of a period by ascending price, 257 levels at most.",
         {chain(), period(), height(), proof(), cursor(),
          limit("Levels of a page; 1,000, which is all of them, if left out.")},
         "height, value.levels, next.",
         &read_book},
        {"welfare",
         "Welfare (9) and (11) of a settled period as they came about.",
         {chain(), period(), height(), proof()},
         "height and value.",
         &read_welfare},
    };
}

// In the order of Topic.
constexpr std::array<std::string_view, 5> kTopics{"blocks", "account", "trades", "prices", "periods"};

// Over a WebSocket alone.
std::vector<Method> connection_methods() {
    return {
        {"subscribe",
         "Over a WebSocket: tells of every block that has news of a topic, from a height on, by the "
         "notification \"notification\".",
         {chain(),
          {.name = "topic",
           .type = ParamType::choice,
           .required = true,
           .about = "What to be told of.",
           .choices = {kTopics.begin(), kTopics.end()}},
          {.name = "account",
           .type = ParamType::account,
           .about = "Of the topic account: its address, or its id in hexadecimal."},
          {.name = "from_height",
           .type = ParamType::number,
           .about = "The first block to be told of; the next one if left out.",
           .min = 1,
           .max = kHeightMax}},
         "subscription (a number of this connection), from_height and height (of the chain now).",
         Subscribe{}},
        {"unsubscribe",
         "Over a WebSocket: ends a subscription of this connection.",
         {{.name = "subscription",
           .type = ParamType::number,
           .required = true,
           .about = "Its number.",
           .max = kHeightMax}},
         "subscription.",
         Unsubscribe{}},
    };
}

std::vector<Method> all_methods() {
    auto all = make_methods();
    for (auto& method : organisation_methods()) all.push_back(std::move(method));
    for (auto& method : market_methods()) all.push_back(std::move(method));
    for (auto& method : life_methods()) all.push_back(std::move(method));
    for (auto& method : connection_methods()) all.push_back(std::move(method));
    return all;
}

}  // namespace

std::span<const Method> methods() {
    static const std::vector<Method> kMethods = all_methods();
    return kMethods;
}

std::optional<std::size_t> find_method(std::string_view name) {
    const auto table = methods();
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].name == name) return i;
    }
    return std::nullopt;
}

Submission submission_of(const Arguments& arguments) {
    return {.chain = arguments.chain(),
            .transaction = arguments.bytes("transaction"),
            .until_commit = arguments.choice("wait") == "commit",
            .timeout =
                std::chrono::milliseconds(arguments.number("timeout_ms").value_or(kSubmitTimeoutDefaultMs))};
}

json::value submitted_json(const Submitted& submitted) {
    return fate_json(submitted.hash, submitted.fate);
}

Result<Interest> interest_of(const Arguments& arguments) {
    const auto topic = std::find(kTopics.begin(), kTopics.end(), arguments.choice("topic"));
    const Interest interest{arguments.chain(), static_cast<Topic>(topic - kTopics.begin()),
                            arguments.account("account")};
    const bool is_of_account = interest.topic == Topic::account;
    if (is_of_account && !interest.account)
        return Error{Code::parameter_invalid, "\"account\" is missing: the topic account is about one"};
    if (!is_of_account && interest.account)
        return Error{Code::parameter_invalid, "\"account\" goes with the topic account, and with no other"};
    return interest;
}

}  // namespace pcq::rpc
