#include "src/cli/acting.h"

#include <iostream>

#include <boost/json/array.hpp>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/cli/passphrase.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kValidFor = 100;   // blocks
constexpr std::chrono::seconds kGrace{5};  // for the way there and back, beyond what the node may wait

// What it signs, to be final within a while from now.
std::optional<client::Signed> signed_now(Session& session, client::Wallet& wallet, const SignAction& sign) {
    const auto status = session.ask("status", {{"chain", session.chain}});
    if (!status) return std::nullopt;
    auto made = sign(wallet, status->at("height").to_number<std::uint64_t>() + kValidFor);
    if (made) return *std::move(made);
    session.ended = fail(made.error());
    return std::nullopt;
}

void print(Session& session, const client::Submitted& fate) {
    if (session.json) {
        json::object object{{"hash", to_hex(fate.hash)},
                            {"status", fate.fate == client::Fate::committed ? "committed" : "pending"}};
        if (fate.fate == client::Fate::committed) {
            object["height"] = fate.height;
            object["receipt"] = fate.receipt;
        }
        print_json(object);
        if (fate.code != Code::ok) session.ended = Exit::refused;
    } else if (fate.code != Code::ok) {
        session.ended = fail(Error{fate.code, fate.text});
    } else if (fate.fate == client::Fate::committed) {
        Rows rows{{"done", fate.text}};
        for (auto& row : balance_rows(fate.receipt)) rows.push_back(std::move(row));
        rows.emplace_back("height", std::to_string(fate.height));
        rows.emplace_back("transaction", to_hex(fate.hash));
        print_rows(rows);
    } else {
        print_rows({{"sent", "not final yet; pcq tx " + to_hex(fate.hash) + " --wait tells when it is"}});
    }
}

// The same again, with proof that it is in a block and what came of it.
std::optional<client::Submitted> proven_fate(Session& session, const Hash& hash) {
    const auto answer = session.ask("transaction", {{"chain", session.chain}, {"hash", to_hex(hash)}});
    if (!answer) return std::nullopt;
    auto fate = client::submitted_from(*answer);
    if (fate && fate->fate == client::Fate::committed) return *std::move(fate);
    session.ended = fail(fate ? Error{Code::bad_proof, "the node said that transaction " + to_hex(hash) +
                                                           " is final, and does not prove it"}
                              : fate.error());
    return std::nullopt;
}

// Whether the node has this very transaction already. A second one like the first has its sequence too while
// the first is not final, and would be done once.
bool is_waiting(Session& session, const Hash& hash) {
    const auto known = session.answer("transaction", {{"chain", session.chain}, {"hash", to_hex(hash)}});
    const auto* fate = known ? known->if_object() : nullptr;
    const auto* status = fate == nullptr ? nullptr : fate->if_contains("status");
    return status != nullptr && *status == json::value("pending");
}

// What became of it; nothing, and the session's exit code, unless the node has it and, where that is to be
// waited for, it is final.
std::optional<client::Submitted> submit(Session& session, const ActingOptions& options,
                                        const client::Signed& transaction) {
    const std::chrono::seconds wait(options.wait_s);
    const std::string hash = to_hex(transaction.hash);
    if (options.no_wait && is_waiting(session, transaction.hash)) {
        session.ended =
            fail(Error{Code::transaction_known,
                       "the same was sent before and is not final yet: it counts once, and nothing "
                       "was sent now; pcq tx " +
                           hash + " --wait tells when it is final, and then it may be done again"});
        return std::nullopt;
    }
    auto fate =
        session.submit(transaction.bytes, {.until_commit = !options.no_wait, .timeout = wait}, wait + kGrace);
    if (!fate) {
        // It may have arrived: whoever tries again with another sequence could do the same thing twice.
        // A node that is not believed may have passed on what it says it refuses.
        const bool lost = exit_of(fate.error().code) == Exit::unreachable || !session.trusted.empty();
        std::string next;
        if (fate.error().code == Code::transaction_sequence_used)
            next =
                "; another transaction of this account is on its way: wait until pcq tx HASH says that it is "
                "final, then give this command again";
        if (lost) next += "; it may be on its way: pcq tx " + hash + " tells whether it is";
        session.ended = fail(Error{fate.error().code, fate.error().message + next});
        if (!session.trusted.empty() && session.ended == Exit::refused) session.ended = Exit::unreachable;
        return std::nullopt;
    }
    if (fate->hash != transaction.hash) {
        session.ended =
            fail(Error{Code::bad_proof, "the node answers for another transaction than " + hash +
                                            ", which may be on its way: pcq tx " + hash + " tells"});
        return std::nullopt;
    }
    if (fate->fate == client::Fate::committed && !session.trusted.empty())
        return proven_fate(session, transaction.hash);
    if (fate->fate == client::Fate::committed || options.no_wait) return *std::move(fate);
    session.ended = fail(Error{Code::node_timed_out, "transaction " + hash + " is not final after " +
                                                         std::to_string(options.wait_s) + " s; pcq tx " +
                                                         hash + " --wait tells when it is"});
    return std::nullopt;
}

}  // namespace

void add_acting(CLI::App& command, ActingOptions& options, const std::string& example) {
    command.add_option("--key", options.key, "key file of the account")->type_name("FILE")->required();
    command
        .add_option("--passphrase-file", options.passphrase_file,
                    "its first line opens the key; asked for if it is not given and needed")
        ->type_name("FILE");
    command.add_flag("--no-wait", options.no_wait, "return when the node has it, not when it is final");
    command.add_option("--timeout", options.wait_s, "how long to wait until it is final")
        ->type_name("SECONDS")
        ->check(CLI::Range(1, 120))
        ->capture_default_str();
    explain(command, example,
            "Signed here; the key never leaves this machine. Ends with 0 when it is final, with 1 when it is "
            "refused\n(docs/codes.md has the reasons), with 3 when nothing is known of it yet: it may still "
            "become final, and\npcq tx tells.");
}

bool learn_sequences(Session& session, client::Wallet& wallet) {
    const auto known =
        session.ask("account", {{"chain", session.chain}, {"account", to_address(wallet.account())}});
    if (!known) return false;
    proto::AccountRecord record;
    record.set_sequence_top(known->at("value").at("record").at("sequence_top").to_number<std::uint64_t>());
    wallet.learn(record);
    return true;
}

std::optional<client::Wallet> open_wallet(Session& session, const ActingOptions& options) {
    auto key = open_key(options.key, options.passphrase_file);
    if (!key) {
        session.ended = fail(key.error());
        return std::nullopt;
    }
    const auto status = session.ask("status", {{"chain", session.chain}});
    if (!status) return std::nullopt;
    const auto chain = id_from_hex<ChainId>(std::string(status->at("chain_id").as_string()));
    if (!chain) throw std::runtime_error(chain.error().message);
    client::Wallet wallet(*chain, *std::move(key));
    if (!learn_sequences(session, wallet)) return std::nullopt;
    return wallet;
}

bool act_once(Session& session, const ActingOptions& options, client::Wallet& wallet,
              const SignAction& sign) {
    const auto transaction = signed_now(session, wallet, sign);
    if (!transaction) return false;
    const auto fate = submit(session, options, *transaction);
    if (!fate) return false;
    if (fate->code != Code::ok) {
        session.ended = fail(Error{fate->code, fate->text});
        return false;
    }
    wallet.committed(transaction->sequence);
    return true;
}

void sign_and_submit(Session& session, const ActingOptions& options, const SignAction& sign) {
    auto wallet = open_wallet(session, options);
    if (!wallet) return;
    const auto transaction = signed_now(session, *wallet, sign);
    if (!transaction) return;
    if (const auto fate = submit(session, options, *transaction)) print(session, *fate);
}

bool act_in_turn(Session& session, const ActingOptions& options, std::size_t count, const SignOne& sign,
                 const std::string& what) {
    auto wallet = open_wallet(session, options);
    if (!wallet) return false;
    for (std::size_t index = 0; index < count; ++index) {
        const bool done = act_once(session, options, *wallet, [&](client::Wallet& by, std::uint64_t until) {
            return sign(by, index, until);
        });
        if (!done) return false;
        if (count > 1) std::cerr << what << ": " << index + 1 << " of " << count << " transactions\n";
    }
    return true;
}

std::optional<std::uint32_t> period_or_newest(Session& session, std::uint32_t period) {
    if (period != 0) return period;
    const auto newest = session.ask("period", {{"chain", session.chain}});
    if (!newest) return std::nullopt;
    return newest->at("value").at("period").to_number<std::uint32_t>();
}

std::optional<json::value> ask_all(Session& session, const std::string& method, json::object params,
                                   const std::string& list) {
    constexpr int kPage = 1'000;
    params["limit"] = kPage;
    auto whole = session.ask(method, params);
    if (!whole) return std::nullopt;
    auto& answer = whole->as_object();
    if (!answer.at("value").as_object().contains(list)) return whole;
    auto& entries = answer.at("value").at(list).as_array();
    json::value page = answer;  // the last one that was asked for
    params["height"] = answer.at("height");
    while (const auto* next = page.as_object().if_contains("next")) {
        params["cursor"] = *next;
        auto more = session.ask(method, params);
        if (!more) return std::nullopt;
        page = *std::move(more);
        const auto& read = page.at("value").at(list).as_array();
        const auto* after = page.as_object().if_contains("next");
        if (after != nullptr && (read.empty() || *after == params.at("cursor"))) {
            session.ended = fail(Error{Code::answer_malformed,
                                       "the pages of \"" + method + "\" at " + session.node +
                                           " never end: the one after " + plain_text(params.at("cursor")) +
                                           " leads nowhere; ask another node (--node)"});
            return std::nullopt;
        }
        entries.insert(entries.end(), read.begin(), read.end());
    }
    answer.erase("next");
    return whole;
}

bool each_page(Session& session, const std::string& method, const std::string& list,
               const std::function<void(const json::value&)>& each) {
    auto answer = ask_all(session, method, {{"chain", session.chain}}, list);
    if (!answer) return false;
    auto& all = answer->at("value").at(list).as_array();
    if (session.json) {
        print_json(json::object{{list, std::move(all)}});
        return false;
    }
    for (const auto& entry : all) each(entry);
    return true;
}

void prefer_main(const CLI::App& app, Session& session) {
    if (app.get_option("--chain")->count() == 0) session.chain = "main";
}

}  // namespace pcq::cli
