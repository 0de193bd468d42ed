// Below pcq account: how a person comes onto a chain. The person signs a request with the key that will open
// the account; the registrar (the platform or the government) collects requests and registers them.
#include <fstream>
#include <iostream>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/cli/acting.h"
#include "src/cli/passphrase.h"
#include "src/client/actions.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kPerTransaction = 100;  // each costs every node a check of a signature
constexpr std::size_t kLineBytesMax = 4'096;

struct PeopleOptions {
    ActingOptions acting;
    std::string registrar;
    std::string commitment;
    std::vector<std::string> files;
};

struct Request {
    proto::NewUser user;
    AccountId account;
};

void ask(Session& session, const PeopleOptions& options) {
    const auto refuse = [&session](const Error& error) { session.ended = fail(error); };
    const auto registrar = account_from_text(options.registrar);
    if (!registrar)
        return refuse({registrar.error().code, options.registrar + ": " + registrar.error().message});
    const auto commitment = id_from_hex<Hash>(options.commitment);
    if (!commitment) return refuse({commitment.error().code, "--commitment: " + commitment.error().message});
    const auto key = open_key(options.acting.key, options.acting.passphrase_file);
    if (!key) return refuse(key.error());
    const auto status = session.ask("status", {{"chain", session.chain}});
    if (!status) return;
    const auto chain = id_from_hex<ChainId>(std::string(status->at("chain_id").as_string()));
    if (!chain) return refuse(chain.error());
    const auto user = client::new_user(*chain, *registrar, *key, *commitment);
    std::cout << json::serialize(json::object{{"chain_id", to_hex(*chain)},
                                              {"registrar", to_address(*registrar)},
                                              {"account", to_address(crypto::account_of(key->public_key()))},
                                              {"key_type", static_cast<int>(user.key().type())},
                                              {"public_key", to_hex(user.key().data())},
                                              {"possession", to_hex(user.possession())},
                                              {"kyc_commitment", to_hex(user.kyc_commitment())}})
              << "\n";
}

Result<Bytes> bytes_in(const json::object& fields, const char* name) {
    const auto* value = fields.if_contains(name);
    if (value == nullptr || !value->is_string())
        return Error{Code::bad_argument, "has no " + std::string(name)};
    auto bytes = from_hex(std::string(value->as_string()));
    if (!bytes) return Error{Code::bad_argument, std::string(name) + ": " + bytes.error().message};
    return bytes;
}

// One line of a file of requests, for this chain and registrar, and signed by the key that it names.
Result<Request> request_from(const std::string& line, const ChainId& chain, const AccountId& registrar) {
    boost::system::error_code broken;
    const auto parsed = line.size() > kLineBytesMax ? json::value() : json::parse(line, broken);
    if (broken || !parsed.is_object())
        return Error{Code::bad_argument, "is no request as pcq account request prints it"};
    const auto& fields = parsed.as_object();
    const auto made_for = bytes_in(fields, "chain_id");
    if (!made_for) return made_for.error();
    if (*made_for != chain.view())
        return Error{Code::bad_argument, "is for chain " + to_hex(*made_for) + ", not for " + to_hex(chain)};
    const auto key_data = bytes_in(fields, "public_key");
    if (!key_data) return key_data.error();
    const auto possession = bytes_in(fields, "possession");
    if (!possession) return possession.error();
    const auto commitment = bytes_in(fields, "kyc_commitment");
    if (!commitment) return commitment.error();
    const auto* type = fields.if_contains("key_type");
    const auto key = crypto::PublicKey::from(
        type != nullptr && type->is_int64() ? static_cast<std::int32_t>(type->as_int64()) : 0, *key_data);
    if (!key) return key.error();
    const AccountId account = crypto::account_of(*key);
    if (!crypto::verify(*key, client::possession_digest(chain, registrar, account), *possession)) {
        return Error{Code::bad_possession, "is not signed by the key that it names for registrar " +
                                               to_address(registrar) + "; it may be meant for another one"};
    }
    Request request{{}, account};
    request.user.mutable_key()->set_type(static_cast<proto::KeyType>(key->type()));
    request.user.mutable_key()->set_data(*key_data);
    request.user.set_possession(*possession);
    request.user.set_kyc_commitment(*commitment);
    return request;
}

Result<std::vector<Request>> requests_from(const std::vector<std::string>& files, const ChainId& chain,
                                           const AccountId& registrar) {
    std::vector<Request> all;
    for (const auto& file : files) {
        std::ifstream stream(file);
        if (!stream) return Error{Code::bad_argument, file + " cannot be read"};
        std::string line;
        for (int number = 1; std::getline(stream, line); ++number) {
            if (line.empty()) continue;
            auto request = request_from(line, chain, registrar);
            if (!request) {
                return Error{request.error().code,
                             file + ", line " + std::to_string(number) + " " + request.error().message};
            }
            all.push_back(*std::move(request));
        }
    }
    return all;
}

// Those whose account the chain does not have yet, so that a registration that was cut short can be repeated.
std::optional<std::vector<proto::NewUser>> not_registered(Session& session, std::vector<Request> requests) {
    std::vector<proto::NewUser> users;
    for (auto& request : requests) {
        const auto known =
            session.answer("account", {{"chain", session.chain}, {"account", to_address(request.account)}});
        if (known) continue;
        if (known.error().code != Code::not_found) {
            session.ended = fail(known.error());
            return std::nullopt;
        }
        users.push_back(std::move(request.user));
    }
    return users;
}

void enrol(Session& session, const PeopleOptions& options) {
    const auto key = open_key(options.acting.key, options.acting.passphrase_file);
    if (!key) {
        session.ended = fail(key.error());
        return;
    }
    const auto status = session.ask("status", {{"chain", session.chain}});
    if (!status) return;
    const auto chain = id_from_hex<ChainId>(std::string(status->at("chain_id").as_string()));
    auto requests =
        chain ? requests_from(options.files, *chain, crypto::account_of(key->public_key())) : chain.error();
    if (!requests) {
        session.ended = fail(requests.error());
        return;
    }
    const std::size_t asked = requests->size();
    const auto users = not_registered(session, *std::move(requests));
    if (!users) return;
    const std::size_t transactions = (users->size() + kPerTransaction - 1) / kPerTransaction;
    const auto sign = [&users](client::Wallet& wallet, std::size_t index, std::uint64_t until_height) {
        proto::RegisterUsers action;
        const std::size_t end = std::min(users->size(), (index + 1) * kPerTransaction);
        for (std::size_t i = index * kPerTransaction; i < end; ++i) *action.add_users() = (*users)[i];
        return wallet.sign(action, until_height);
    };
    if (!act_in_turn(session, options.acting, transactions, sign, "registering people")) return;
    if (session.json) return print_json({{"registered", users->size()}, {"known", asked - users->size()}});
    print_rows({{"registered", std::to_string(users->size())},
                {"known before", std::to_string(asked - users->size())}});
}

}  // namespace

void add_people_commands(CLI::App& account, Session& session) {
    auto options = std::make_shared<PeopleOptions>();
    auto* command = account.add_subcommand(
        "request", "ask for an account: signed here by its key, printed as a line for the registrar");
    command->add_option("--registrar", options->registrar, "who will register it, the platform as a rule")
        ->type_name("ACCOUNT")
        ->required();
    command
        ->add_option("--commitment", options->commitment,
                     "salted hash of the identity file, which stays off chain; 64 hexadecimal digits")
        ->type_name("HASH")
        ->required();
    command->add_option("--key", options->acting.key, "key file of the person")
        ->type_name("FILE")
        ->required();
    command
        ->add_option("--passphrase-file", options->acting.passphrase_file,
                     "its first line opens the key; asked for if it is not given and needed")
        ->type_name("FILE");
    explain(
        *command,
        "pcq account request --key me.pem --registrar pcq1q... --commitment $(cat salt id.pdf | sha256sum | "
        "cut -c1-64) >> requests",
        "Nothing is sent. The salt and the file are kept by whoever has to show some day who the person is.");
    command->callback([options, &session] { ask(session, *options); });

    command = account.add_subcommand(
        "register", "platform or government: register people by their requests, a hundred in a transaction");
    command->add_option("requests", options->files, "files with a request a line")
        ->type_name("FILE...")
        ->required();
    add_acting(*command, options->acting, "pcq account register requests --key keys/platform.pem");
    command->callback([options, &session] { enrol(session, *options); });
}

}  // namespace pcq::cli
