// pcq key: new, show and possession.
#include <iostream>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/cli/commands.h"
#include "src/cli/genesis_file.h"
#include "src/cli/passphrase.h"
#include "src/cli/validators.h"

namespace pcq::cli {
namespace {

struct KeyOptions {
    std::string file;
    std::string type = "ed25519";
    std::string passphrase_file;
    bool plain = false;
    std::string name;
    std::string proposer;
    std::string genesis;
};

void show(const crypto::PublicKey& key, const Session& session) {
    const std::string type = key.type() == crypto::KeyType::ed25519 ? "ed25519" : "p256";
    const AccountId account = crypto::account_of(key);
    if (session.json) {
        print_json({{"type", type},
                    {"public_key", to_hex(key.data())},
                    {"account", to_address(account)},
                    {"account_id", to_hex(account)}});
    } else {
        print_rows({{"type", type},
                    {"public key", to_hex(key.data())},
                    {"account", to_address(account)},
                    {"account id", to_hex(account)}});
    }
}

Result<> make(const KeyOptions& options, const Session& session) {
    if (std::filesystem::exists(options.file))  // before anybody thinks of a passphrase
        return Error{Code::bad_key_file, options.file + " exists already; a key is never overwritten"};
    std::optional<std::string> passphrase;
    if (!options.plain) {
        auto given = new_passphrase(options.passphrase_file);
        if (!given) return given.error();
        passphrase = *std::move(given);
    }
    auto key = crypto::SigningKey::generate(options.type == "p256" ? crypto::KeyType::p256
                                                                   : crypto::KeyType::ed25519);
    if (!key) return key.error();
    if (auto saved = crypto::save_key(options.file, *key, passphrase); !saved) return saved.error();
    show(key->public_key(), session);
    return {};
}

Result<> prove(const KeyOptions& options, const Session& session) {
    const auto proposer = account_from_text(options.proposer);
    if (!proposer) return Error{proposer.error().code, options.proposer + ": " + proposer.error().message};
    const auto genesis = genesis_from(options.genesis);
    if (!genesis) return genesis.error();
    const auto key = open_key(options.file, options.passphrase_file);
    if (!key) return key.error();
    const auto proof = possession(*key, options.name, genesis->chain, *proposer);
    if (!proof) return proof.error();
    if (session.json) {
        print_json({{"validator", *proof}});
    } else {
        std::cout << *proof << "\n";
    }
    return {};
}

void add_possession(CLI::App& key, const std::shared_ptr<KeyOptions>& options, Session& session) {
    auto* command = key.add_subcommand(
        "possession", "prove to a proposer that somebody holds the key of a validator that is to be added");
    command->add_option("file", options->file, "the node's key file")->required();
    command->add_option("--name", options->name, "what the validator is to be called, at most 64 bytes")
        ->required();
    command
        ->add_option("--proposer", options->proposer,
                     "account of the validator that is to propose it (pcq key show of its node's key)")
        ->required();
    command
        ->add_option("--genesis", options->genesis,
                     "the chain's genesis document: each chain has its own proof")
        ->type_name("FILE")
        ->required();
    command->add_option("--passphrase-file", options->passphrase_file,
                        "its first line opens the key; asked for if it is not given and needed");
    explain(
        *command, "pcq key possession nodes/fifth.pem --name fifth --proposer pcq1q... --genesis side.json",
        "Asks no node. The line goes to the proposer, for pcq governance propose --add-validator; it is no "
        "secret.");
    command->callback([options, &session] {
        if (auto proven = prove(*options, session); !proven) session.ended = fail(proven.error());
    });
}

}  // namespace

void add_key_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<KeyOptions>();
    auto* key = app.add_subcommand("key", "keys and the accounts they open")->require_subcommand(1);
    explain(*key, "pcq key new me.pem");
    auto* create = key->add_subcommand(
        "new", "make a key file (PKCS#8, scrypt); asks for a passphrase unless one of the options is given");
    create->add_option("file", options->file, "where to write it; never overwritten")->required();
    create->add_option("--type", options->type, "ed25519 or p256")
        ->check(CLI::IsMember({"ed25519", "p256"}))
        ->capture_default_str();
    auto* passphrase = create->add_option("--passphrase-file", options->passphrase_file,
                                          "the first line of this file encrypts the key");
    create->add_flag("--plain", options->plain, "do not encrypt it")->excludes(passphrase);
    explain(*create, "pcq key new me.pem",
            "Whoever has the file and the passphrase can do what the account may; a lost one cannot be made "
            "again.");
    create->callback([options, &session] {
        if (auto made = make(*options, session); !made) session.ended = fail(made.error());
    });
    auto* look = key->add_subcommand("show", "public key and account of a key file");
    look->add_option("file", options->file, "the key file")->required();
    look->add_option("--passphrase-file", options->passphrase_file,
                     "its first line opens the key; asked for if it is not given and needed");
    explain(*look, "pcq key show me.pem");
    look->callback([options, &session] {
        const auto loaded = open_key(options->file, options->passphrase_file);
        if (loaded) {
            show(loaded->public_key(), session);
        } else {
            session.ended = fail(loaded.error());
        }
    });
    add_possession(*key, options, session);
}

}  // namespace pcq::cli
