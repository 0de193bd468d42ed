// The organisations of a network at work for many people: the government's acts on the main chain, and what
// platform, meter and bank do for everybody on a side chain. Whoever sets up a market with more than a
// handful of people (the demonstration, pcq bench) does it through these.
//
// Each call returns when what it submitted is final; an Error names the step, and what the network said.
// Blocking; one thread. Wallets count sequences from what the chain says, so nobody else signs for these
// accounts meanwhile.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "src/client/actions.h"
#include "src/client/network_client.h"
#include "src/client/wallet.h"
#include "src/ledger/block.h"

namespace pcq::client {

// An account that acts on one chain.
struct Organisation {
    std::string chain;  // its name
    Wallet wallet;
};

struct Deposit {
    AccountId account;
    MicroYuan amount;
    Bytes reference;  // the bank's own, unique
};

class Organisations {
public:
    // `keys` holds government.pem, platform.pem, meter.pem and bank.pem, not encrypted, as `pcq net init`
    // writes them; `client` outlives this. Accounts that the chains do not know: transaction_unknown_account.
    static Result<Organisations> open(NetworkClient& client, const ledger::Genesis& main,
                                      const ledger::Genesis& side, const std::filesystem::path& keys);

    // One action of one of them; `what` is for the message when it is refused.
    template <class Action>
    Result<Final> act(Organisation& who, const Action& action, const std::string& what) {
        auto height = valid_until(who.chain);
        if (!height) return height.error();
        auto transaction = who.wallet.sign(action, *height);
        if (!transaction) return transaction.error();
        return submit(who, *transaction, what);
    }

    // The last block that may hold what is signed now.
    Result<std::uint64_t> valid_until(const std::string& chain);

    // Government; does nothing if it is registered already.
    Result<> register_side_chain();
    // Government on the main chain, then the platform on the side chain: one batch of quota, credited by
    // proof. `rule` is how the grams were set; the main chain must have it.
    Result<> issue(const IssuancePlan& plan, const RuleVersion& rule);
    // Platform.
    Result<> register_users(const std::vector<proto::NewUser>& users);
    // Bank.
    Result<> deposit(const std::vector<Deposit>& deposits);
    // Meter. `batch_id` numbers the first of the reports, the others follow.
    struct Month {
        std::uint32_t period = 0;
        std::uint32_t month = 0;
        std::uint64_t batch_id = 0;
    };
    Result<> report(const Month& month, const std::vector<proto::Reading>& readings);

    // Made final so far.
    std::uint64_t transactions() const { return transactions_; }

    Organisation government;  // main chain
    Organisation platform;    // side chain, as are these
    Organisation meter;
    Organisation bank;

private:
    Organisations(NetworkClient& client, ledger::Genesis side, std::vector<Organisation> all);

    Result<Final> submit(Organisation& who, const Signed& transaction, const std::string& what);
    // Signs one transaction for each of `count` items, in order, as the account's sequence window allows.
    using SignOne = std::function<Result<Signed>(Wallet& wallet, std::size_t index, std::uint64_t height)>;
    Result<> act_for_each(Organisation& who, std::size_t count, const SignOne& sign, const std::string& what,
                          const Flow& flow);
    Result<std::uint32_t> await_batch(const proto::IssueBatch& batch);

    NetworkClient* client_;
    ledger::Genesis side_;
    std::uint64_t transactions_ = 0;
};

}  // namespace pcq::client
