#include "src/client/organisations.h"

#include <algorithm>

#include <boost/json/object.hpp>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/crypto/key_file.h"

namespace pcq::client {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kValidFor = 2'000;      // blocks
constexpr Flow kOneAccount{.at_once = 200};     // inside its sequence window
constexpr std::size_t kUsersPerAction = 100;    // their proofs are checked when the block is executed,
constexpr Flow kRegistrations{.at_once = 4};    // so that a block of too many outlasts consensus' patience
constexpr std::size_t kLeavesPerClaim = 1'000;  // all that the contract takes
constexpr std::size_t kReadingsPerReport = 1'000;

std::size_t parts(std::size_t whole, std::size_t part) {
    return (whole + part - 1) / part;
}

// The wallet of a role, told what its account has signed before.
Result<Organisation> open_one(NetworkClient& client, const ledger::Genesis& chain,
                              const std::filesystem::path& keys, const std::string& role) {
    auto key = crypto::load_key(keys / (role + ".pem"), std::nullopt);
    if (!key) return key.error();
    Wallet wallet(chain.chain, *std::move(key));
    const auto account =
        client.query("account", {{"chain", chain.fields.name()}, {"account", to_address(wallet.account())}});
    if (!account) {
        if (account.error().code != Code::not_found) return account.error();
        return Error{Code::transaction_unknown_account,
                     "the key of the " + role + " in " + keys.string() + " opens no account on chain " +
                         chain.fields.name() + "; it is another network's"};
    }
    proto::AccountRecord record;
    record.set_sequence_top(static_cast<std::uint64_t>(integer(account->at("record").at("sequence_top"))));
    wallet.learn(record);
    return Organisation{chain.fields.name(), std::move(wallet)};
}

}  // namespace

Organisations::Organisations(NetworkClient& client, ledger::Genesis side, std::vector<Organisation> all)
    : government(std::move(all[0])),
      platform(std::move(all[1])),
      meter(std::move(all[2])),
      bank(std::move(all[3])),
      client_(&client),
      side_(std::move(side)) {}

Result<Organisations> Organisations::open(NetworkClient& client, const ledger::Genesis& main,
                                          const ledger::Genesis& side, const std::filesystem::path& keys) {
    std::vector<Organisation> all;
    for (const char* role : {"government", "platform", "meter", "bank"}) {
        auto one = open_one(client, all.empty() ? main : side, keys, role);
        if (!one) return one.error();
        all.push_back(*std::move(one));
    }
    return Organisations(client, side, std::move(all));
}

Result<std::uint64_t> Organisations::valid_until(const std::string& chain) {
    const auto height = client_->height(chain);
    if (!height) return height.error();
    return *height + kValidFor;
}

Result<Final> Organisations::submit(Organisation& who, const Signed& transaction, const std::string& what) {
    auto fate = client_->submit(who.chain, transaction.bytes);
    if (auto done = expect_done(fate, what); !done) return done.error();
    who.wallet.committed(transaction.sequence);
    ++transactions_;
    return fate;
}

Result<> Organisations::act_for_each(Organisation& who, std::size_t count, const SignOne& sign,
                                     const std::string& what, const Flow& flow) {
    const auto height = valid_until(who.chain);
    if (!height) return height.error();
    std::vector<std::uint64_t> sequences;
    Result<> outcome;
    const auto next = [&]() -> std::optional<ledger::RawTransaction> {
        if (!outcome || sequences.size() == count) return std::nullopt;
        auto transaction = sign(who.wallet, sequences.size(), *height);
        if (!transaction) {
            if (transaction.error().code != Code::sequences_used_up) outcome = transaction.error();
            return std::nullopt;  // until an older one is final
        }
        sequences.push_back(transaction->sequence);
        return std::move(transaction->bytes);
    };
    client_->submit_each(
        who.chain, next,
        [&](std::size_t number, const Result<Final>& fate) {
            who.wallet.committed(sequences[number]);
            const auto done = expect_done(fate, what);
            if (done) ++transactions_;
            if (outcome) outcome = done;
        },
        flow);
    return outcome;
}

Result<> Organisations::register_side_chain() {
    constexpr std::size_t kPage = 1'000;
    for (std::size_t number = 0, read = kPage; read == kPage; number += read) {
        const auto known = client_->query(
            "side_chains",
            {{"chain", government.chain}, {"limit", kPage}, {"cursor", std::to_string(number)}});
        if (!known) return known.error();
        const auto& chains = known->at("side_chains").as_array();
        for (const auto& entry : chains) {
            if (entry.at("chain_id").as_string() == to_hex(side_.chain)) return {};
        }
        read = chains.size();
    }
    proto::RegisterSideChain registration;
    registration.set_chain_id(side_.chain.bytes());
    registration.set_name(side_.fields.name());
    *registration.mutable_validators() = side_.fields.validators();
    auto done = act(government, registration, "registering the side chain");
    return done ? Result<>() : done.error();
}

Result<> Organisations::register_users(const std::vector<proto::NewUser>& users) {
    return act_for_each(
        platform, parts(users.size(), kUsersPerAction),
        [&users](Wallet& wallet, std::size_t index, std::uint64_t height) {
            proto::RegisterUsers action;
            const std::size_t end = std::min(users.size(), (index + 1) * kUsersPerAction);
            for (std::size_t i = index * kUsersPerAction; i < end; ++i) *action.add_users() = users[i];
            return wallet.sign(action, height);
        },
        "registering people", kRegistrations);
}

// The number of a batch that has just been issued, once the side chain has heard of it.
Result<std::uint32_t> Organisations::await_batch(const proto::IssueBatch& batch) {
    std::uint64_t number = 0;
    json::object question{{"chain", government.chain},
                          {"period", batch.period()},
                          {"side_chain", to_hex(side_.chain)},
                          {"limit", 1'000}};
    for (bool found = false; !found;) {
        question["cursor"] = std::to_string(number);
        const auto page = client_->query("batches", question);
        if (!page) return page.error();
        const auto& batches = page->at("batches").as_array();
        for (const auto& entry : batches) {
            number = static_cast<std::uint64_t>(integer(entry.at("batch")));
            found = entry.at("merkle_root").as_string() == to_hex(batch.merkle_root());
            if (found) break;
        }
        if (!found && batches.size() < 1'000)
            return Error{Code::internal, "the main chain does not list the batch that it has issued"};
        if (!found) ++number;
    }
    const auto arrived = client_->await(
        "batches",
        {{"chain", platform.chain}, {"period", batch.period()}, {"cursor", std::to_string(number)}},
        [](const json::value& answer) { return !answer.at("batches").as_array().empty(); },
        "the batch to reach the side chain");
    if (!arrived) return arrived.error();
    return static_cast<std::uint32_t>(number);
}

Result<> Organisations::issue(const IssuancePlan& plan, const RuleVersion& rule) {
    const proto::IssueBatch batch = plan.batch(rule);
    if (auto done = act(government, batch, "issuing quota"); !done) return done.error();
    const auto number = await_batch(batch);
    if (!number) return number.error();
    // Leaves are claimed in their order, so one claim waits for the one before.
    for (std::size_t first = 0; first < plan.size(); first += kLeavesPerClaim) {
        const auto claim = plan.claim(*number, first, kLeavesPerClaim);
        if (auto done = act(platform, claim, "claiming quota"); !done) return done.error();
    }
    return {};
}

Result<> Organisations::deposit(const std::vector<Deposit>& deposits) {
    return act_for_each(
        bank, deposits.size(),
        [&deposits](Wallet& wallet, std::size_t index, std::uint64_t height) {
            proto::Deposit action;
            action.set_account(deposits[index].account.bytes());
            action.set_amount_uy(deposits[index].amount.value());
            action.set_reference(deposits[index].reference);
            return wallet.sign(action, height);
        },
        "depositing cash", kOneAccount);
}

Result<> Organisations::report(const Month& month, const std::vector<proto::Reading>& readings) {
    return act_for_each(
        meter, parts(readings.size(), kReadingsPerReport),
        [&](Wallet& wallet, std::size_t index, std::uint64_t height) {
            proto::ReportEmissions action;
            action.set_period(month.period);
            action.set_month(month.month);
            action.set_batch_id(month.batch_id + index);
            const std::size_t end = std::min(readings.size(), (index + 1) * kReadingsPerReport);
            for (std::size_t i = index * kReadingsPerReport; i < end; ++i)
                *action.add_readings() = readings[i];
            return wallet.sign(action, height);
        },
        "reporting emissions", kOneAccount);
}

}  // namespace pcq::client
