// Below pcq quota: a list of allotments becomes a batch of the main chain (issue) and everybody's quota on
// the side chain (claim).
#include <chrono>
#include <iostream>
#include <thread>

#include <boost/json/array.hpp>

#include "src/base/hex.h"
#include "src/cli/acting.h"
#include "src/cli/lists_file.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kLeavesPerClaim = 1'000;  // all that the contract takes
constexpr std::chrono::milliseconds kAskAgain{100};

struct IssueOptions {
    ActingOptions acting;
    std::string list;
    std::string side = "side";
    std::string rule;
    std::uint32_t version = 0;  // 0: the newest
    std::uint32_t period = 0;
};

// Prints the Error itself.
std::optional<client::IssuancePlan> plan_for(Session& session, const ChainId& side,
                                             const IssueOptions& options) {
    auto list = allotments_from(options.list);
    auto plan = list ? client::IssuancePlan::from(side, options.period, *std::move(list)) : list.error();
    if (plan) return *std::move(plan);
    session.ended = fail(plan.error());
    return std::nullopt;
}

// The side chain that the main chain knows by this name or id.
std::optional<ChainId> side_chain(Session& session, const std::string& name) {
    const auto answer = ask_all(session, "side_chains", {{"chain", session.chain}}, "side_chains");
    if (!answer) return std::nullopt;
    for (const auto& entry : answer->at("value").at("side_chains").as_array()) {
        const std::string id(entry.at("chain_id").as_string());
        if (id == name || plain_text(entry.at("record").at("name")) == name) return *id_from_hex<ChainId>(id);
    }
    session.ended = fail(Error{Code::side_chain_unknown, "the main chain has no side chain \"" + name +
                                                             "\"; pcq governance register makes it known"});
    return std::nullopt;
}

std::optional<std::uint32_t> newest_version(Session& session, const std::string& rule) {
    std::uint32_t newest = 0;
    json::object params{{"chain", session.chain}, {"limit", 1'000}};
    for (bool more = true; more;) {
        const auto answer = session.ask("allocation_rules", params);
        if (!answer) return std::nullopt;
        for (const auto& entry : answer->at("value").at("allocation_rules").as_array()) {
            if (plain_text(entry.at("id")) == rule)
                newest = std::max(newest, entry.at("version").to_number<std::uint32_t>());
        }
        const auto* next = answer->as_object().if_contains("next");
        more = next != nullptr;
        if (more) params["cursor"] = *next;
    }
    if (newest != 0) return newest;
    session.ended = fail(Error{Code::rule_unknown, "the main chain has no allocation rule \"" + rule +
                                                       "\"; pcq quota rule list has them"});
    return std::nullopt;
}

void issue(Session& session, const IssueOptions& options) {
    const auto side = side_chain(session, options.side);
    if (!side) return;
    const auto plan = plan_for(session, *side, options);
    if (!plan) return;
    const auto version = options.version != 0 ? options.version : newest_version(session, options.rule);
    if (!version) return;
    act(session, options.acting, plan->batch({options.rule, *version}));
}

struct Arrived {
    std::uint32_t number = 0;
    std::size_t claimed = 0;
};

// The batch of this root that is not claimed to its end, or the last that is. Nothing: there is none, or an
// Error was printed.
std::optional<Arrived> find_batch(Session& session, const IssueOptions& options, const std::string& root) {
    std::optional<Arrived> found;
    json::object params{{"chain", session.chain}, {"period", options.period}, {"limit", 1'000}};
    for (bool more = true; more;) {
        const auto answer = session.ask("batches", params);
        if (!answer) return std::nullopt;
        for (const auto& entry : answer->at("value").at("batches").as_array()) {
            if (plain_text(entry.at("merkle_root")) != root) continue;
            found = {entry.at("batch").to_number<std::uint32_t>(),
                     entry.at("claimed").to_number<std::size_t>()};
            if (found->claimed < entry.at("count").to_number<std::size_t>()) return found;
        }
        const auto* next = answer->as_object().if_contains("next");
        more = next != nullptr;
        if (more) params["cursor"] = *next;
    }
    return found;
}

// It comes from the main chain a few blocks after it was issued.
std::optional<Arrived> await_batch(Session& session, const IssueOptions& options, const std::string& root) {
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::seconds(options.acting.no_wait ? 0 : options.acting.wait_s);
    for (bool is_first = true; true; is_first = false) {
        const auto found = find_batch(session, options, root);
        if (found || session.ended != Exit::done) return found;
        if (std::chrono::steady_clock::now() >= end) break;
        if (is_first)
            std::cerr << "pcq: the batch has not come from the main chain yet; waiting for it, at most "
                      << options.acting.wait_s << " s\n";
        std::this_thread::sleep_for(kAskAgain);
    }
    session.ended = fail(Error{
        Code::batch_unknown,
        "no batch of period " + std::to_string(options.period) + " on this chain commits to " + options.list +
            "; it is of another list or period, or has not come from the main chain yet"});
    return std::nullopt;
}

void claim(Session& session, const IssueOptions& options) {
    const auto status = session.ask("status", {{"chain", session.chain}});
    if (!status) return;
    const auto chain = id_from_hex<ChainId>(std::string(status->at("chain_id").as_string()));
    if (!chain) throw std::runtime_error(chain.error().message);
    const auto plan = plan_for(session, *chain, options);
    if (!plan) return;
    const auto batch = await_batch(session, options, to_hex(plan->batch({}).merkle_root()));
    if (!batch) return;
    const std::size_t left = plan->size() - batch->claimed;
    const auto sign = [&](client::Wallet& wallet, std::size_t index, std::uint64_t until_height) {
        const std::size_t first = batch->claimed + index * kLeavesPerClaim;
        return wallet.sign(plan->claim(batch->number, first, kLeavesPerClaim), until_height);
    };
    if (!act_in_turn(session, options.acting, (left + kLeavesPerClaim - 1) / kLeavesPerClaim, sign,
                     "claiming"))
        return;
    if (session.json)
        return print_json({{"batch", batch->number}, {"claimed", left}, {"claimed_before", batch->claimed}});
    print_rows({{"batch", std::to_string(batch->number)},
                {"claimed", std::to_string(left)},
                {"claimed before", std::to_string(batch->claimed)}});
}

void add_list(CLI::App& command, IssueOptions& options) {
    command
        .add_option("list", options.list,
                    "account,grams,reason in each line after that header; pcq quota rule apply makes one")
        ->type_name("FILE")
        ->required();
    command.add_option("--period", options.period, "the vintage")
        ->type_name("YEAR")
        ->check(year())
        ->required();
}

}  // namespace

void add_issue_commands(CLI::App& app, CLI::App& quota, Session& session) {
    auto options = std::make_shared<IssueOptions>();
    auto* command = quota.add_subcommand(
        "issue", "government, main chain: commit to a list of quota by person, under the period's cap");
    add_list(*command, *options);
    command->add_option("--rule", options->rule, "id of the allocation rule by which the grams were set")
        ->type_name("ID")
        ->required();
    command->add_option("--rule-version", options->version, "its version; the newest if not given")
        ->check(whole_number(1));
    command->add_option("--side", options->side, "name or id of the side chain where the people are")
        ->type_name("CHAIN")
        ->capture_default_str();
    add_acting(*command, options->acting,
               "pcq quota issue list.csv --period 2026 --rule equal --key keys/government.pem");
    command->callback([options, &app, &session] {
        prefer_main(app, session);
        issue(session, *options);
    });
    command = quota.add_subcommand(
        "claim",
        "anyone, side chain: credit what a batch commits to, by the same list; goes on where it stopped");
    add_list(*command, *options);
    add_acting(*command, options->acting, "pcq quota claim list.csv --period 2026 --key keys/platform.pem");
    command->callback([options, &session] { claim(session, *options); });
}

}  // namespace pcq::cli
