// Commands that sign: the options they share, and what becomes of what they sent.
//
// A command gives the action; this opens the key, asks the chain for the account's sequence, signs, submits,
// waits until it is final unless told not to, and prints the receipt. What cannot be done sets the session's
// exit code and says why on stderr.
#pragma once

#include <functional>
#include <string>

#include "src/cli/commands.h"
#include "src/client/wallet.h"

namespace pcq::cli {

struct ActingOptions {
    std::string key;
    std::string passphrase_file;
    bool no_wait = false;
    std::int64_t wait_s = 30;
};

// --key, --passphrase-file, --no-wait and --timeout, and an example in --help.
void add_acting(CLI::App& command, ActingOptions& options, const std::string& example);

// A wallet for the account of the key, as the chain has it now. Nothing, and the session's exit code, if
// there is none.
std::optional<client::Wallet> open_wallet(Session& session, const ActingOptions& options);
// What another program has used of the account's sequences since.
bool learn_sequences(Session& session, client::Wallet& wallet);

// Several actions, each signed when the one before is final, by a key that is opened once. Says how far it
// has come on stderr, and ends with the first that is not done. `sign` is asked for those from 0 on.
using SignOne = std::function<Result<client::Signed>(client::Wallet& wallet, std::size_t index,
                                                     std::uint64_t until_height)>;
bool act_in_turn(Session& session, const ActingOptions& options, std::size_t count, const SignOne& sign,
                 const std::string& what);

using SignAction = std::function<Result<client::Signed>(client::Wallet& wallet, std::uint64_t until_height)>;
// One action by a wallet that is open, done when this returns true. Prints nothing but what went wrong.
bool act_once(Session& session, const ActingOptions& options, client::Wallet& wallet, const SignAction& sign);

void sign_and_submit(Session& session, const ActingOptions& options, const SignAction& sign);

template <class Action>
void act(Session& session, const ActingOptions& options, const Action& action) {
    sign_and_submit(session, options, [&action](client::Wallet& wallet, std::uint64_t until_height) {
        return wallet.sign(action, until_height);
    });
}

// The newest period of the chain if `period` is 0. Nothing, and the session's exit code, if there is none.
std::optional<std::uint32_t> period_or_newest(Session& session, std::uint32_t period);

// The answer to a question for a list that comes in pages, with the whole list in it: the pages after the
// first are asked for at the first one's height, so that they fit together. An answer of a chain that has no
// such list stays as it is. Nothing, and the session's exit code, if a page has no answer.
std::optional<boost::json::value> ask_all(Session& session, const std::string& method,
                                          boost::json::object params, const std::string& list);

// Every entry of a list that comes in pages, until the last. Prints the whole list instead when JSON is
// wanted; false: that was done, or there is no answer, and nothing is left to print.
bool each_page(Session& session, const std::string& method, const std::string& list,
               const std::function<void(const boost::json::value&)>& each);

// The government's main chain, unless --chain was given.
void prefer_main(const CLI::App& app, Session& session);

}  // namespace pcq::cli
