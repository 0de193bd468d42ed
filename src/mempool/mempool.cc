#include "src/mempool/mempool.h"

#include "src/base/address.h"
#include "src/base/hex.h"

namespace pcq::mempool {

Mempool::Mempool(const Options& options, const ChainId& chain) : options_(options), chain_(chain) {}

Error Mempool::refuse(Error error) {
    ++stats_.refused[error.code];
    return error;
}

Result<> Mempool::check_known(const Hash& hash) const {
    if (by_hash_.count(hash) != 0)
        return Error{Code::transaction_known, "transaction " + to_hex(hash) + " is waiting already"};
    if (verifying_.count(hash) != 0)
        return Error{Code::transaction_known, "transaction " + to_hex(hash) + " is being checked already"};
    return {};
}

Result<> Mempool::check_room(const AccountId& account, std::size_t bytes) const {
    if (waiting_.size() >= options_.transactions_max || bytes_ + bytes > options_.bytes_max ||
        verifying_.size() >= options_.verifying_max) {
        return Error{Code::mempool_full,
                     "this node holds " + std::to_string(waiting_.size()) +
                         " waiting transactions and takes no more now; try again after the next block"};
    }
    const auto of_account = per_account_.find(account);
    if (of_account != per_account_.end() && of_account->second >= options_.account_max) {
        return Error{Code::mempool_account_full,
                     "the account has " + std::to_string(of_account->second) +
                         " transactions waiting, which is all it may have; wait for them"};
    }
    return {};
}

Result<> Mempool::check_state(const ledger::DecodedTransaction& transaction, const Judge& judge) const {
    const auto waiting = by_sequence_.find({transaction.account(), transaction.sequence()});
    if (waiting != by_sequence_.end() && waiting->second != transaction.hash()) {
        return Error{Code::transaction_sequence_used, "sequence " + std::to_string(transaction.sequence()) +
                                                          " is taken by waiting transaction " +
                                                          to_hex(waiting->second) +
                                                          "; when that is final, sign with the next"};
    }
    const auto account = ledger::kAccounts.find(judge.state, transaction.account());
    if (!account)
        return Error{Code::transaction_unknown_account,
                     "account " + to_address(transaction.account()) + " does not exist on this chain"};
    return ledger::check_authority(*account, transaction, judge.next_height);
}

Result<ledger::DecodedTransaction> Mempool::offer(ledger::RawTransaction bytes, const Judge& judge) {
    // Peers repeat themselves: what is known is not decoded again.
    if (auto known = check_known(ledger::transaction_hash(chain_, bytes)); !known)
        return refuse(known.error());
    auto decoded = ledger::DecodedTransaction::from(std::move(bytes), chain_);
    if (!decoded) return refuse(decoded.error());
    if (auto room = check_room(decoded->account(), decoded->bytes().size()); !room)
        return refuse(room.error());
    if (auto valid = judge.contracts.validate(decoded->body()); !valid) return refuse(valid.error());
    if (auto good = check_state(*decoded, judge); !good) return refuse(good.error());
    verifying_.insert(decoded->hash());
    return decoded;
}

Result<Hash> Mempool::verified(const ledger::VerifiedTransaction& transaction, const Judge& judge) {
    const Hash hash = transaction->hash();
    verifying_.erase(hash);
    if (by_hash_.count(hash) != 0) return hash;
    if (auto room = check_room(transaction->account(), transaction->bytes().size()); !room)
        return refuse(room.error());
    if (auto good = check_state(*transaction, judge); !good) return refuse(good.error());
    by_hash_.emplace(hash, waiting_.insert(waiting_.end(), transaction));
    by_sequence_.emplace(std::pair(transaction->account(), transaction->sequence()), hash);
    by_expiry_.emplace(transaction->valid_until_height(), hash);
    ++per_account_[transaction->account()];
    bytes_ += transaction->bytes().size();
    ++stats_.admitted;
    return hash;
}

void Mempool::failed(const Hash& hash, Code code) {
    verifying_.erase(hash);
    ++stats_.refused[code];
}

void Mempool::drop(const Hash& hash, Code code) {
    const auto at = by_hash_.find(hash);
    if (at == by_hash_.end()) return;
    remove(at->second);
    ++stats_.refused[code];
}

std::optional<ledger::VerifiedTransaction> Mempool::find(const Hash& hash) const {
    const auto at = by_hash_.find(hash);
    if (at == by_hash_.end()) return std::nullopt;
    return *at->second;
}

std::vector<ledger::VerifiedTransaction> Mempool::take(const Limits& limits,
                                                       const std::vector<Hash>& without) const {
    const std::set<Hash> excluded(without.begin(), without.end());
    std::vector<ledger::VerifiedTransaction> taken;
    std::size_t bytes = 0;
    for (const auto& transaction : waiting_) {
        if (excluded.count(transaction->hash()) != 0) continue;
        bytes += transaction->bytes().size();
        if (taken.size() >= limits.count || bytes > limits.bytes) break;
        taken.push_back(transaction);
    }
    return taken;
}

void Mempool::remove(Waiting::iterator at) {
    const ledger::DecodedTransaction& transaction = **at;
    bytes_ -= transaction.bytes().size();
    by_sequence_.erase({transaction.account(), transaction.sequence()});
    by_expiry_.erase({transaction.valid_until_height(), transaction.hash()});
    const auto of_account = per_account_.find(transaction.account());
    if (--of_account->second == 0) per_account_.erase(of_account);
    by_hash_.erase(transaction.hash());
    waiting_.erase(at);
}

std::vector<Hash> Mempool::committed(const std::vector<Hash>& hashes, const ledger::StateChanges& changes,
                                     const Judge& judge) {
    for (const auto& hash : hashes) {
        if (const auto at = by_hash_.find(hash); at != by_hash_.end()) remove(at->second);
    }
    std::vector<Hash> removed;
    while (!by_expiry_.empty() && by_expiry_.begin()->first < judge.next_height) {
        ++stats_.expired;
        removed.push_back(by_expiry_.begin()->second);
        remove(by_hash_.at(by_expiry_.begin()->second));
    }
    const Bytes table(1, static_cast<char>(ledger::TableId::accounts));
    for (auto at = changes.lower_bound(table); at != changes.end() && at->first[0] == table[0]; ++at) {
        if (const auto account = AccountId::from(BytesView(at->first).substr(1)))
            remove_invalid(*account, judge, removed);
    }
    return removed;
}

void Mempool::remove_invalid(const AccountId& account, const Judge& judge, std::vector<Hash>& removed) {
    if (per_account_.count(account) == 0) return;
    const auto record = ledger::kAccounts.find(judge.state, account);
    auto at = by_sequence_.lower_bound({account, 0});
    while (at != by_sequence_.end() && at->first.first == account) {
        const auto next = std::next(at);
        const auto waiting = by_hash_.at(at->second);
        if (!record || !ledger::check_authority(*record, **waiting, judge.next_height)) {
            removed.push_back((*waiting)->hash());
            remove(waiting);
        }
        at = next;
    }
}

}  // namespace pcq::mempool
