#include "src/ledger/account.h"

#include <algorithm>

namespace pcq::ledger {
namespace {

constexpr std::size_t kWindowBytes = kSequenceWindow / 8;

bool is_used(const Bytes& window, std::uint64_t distance_from_top) {
    if (window.size() != kWindowBytes) return false;
    const auto byte = static_cast<unsigned char>(window[distance_from_top / 8]);
    return ((byte >> (distance_from_top % 8)) & 1) != 0;
}

void mark(Bytes& window, std::uint64_t distance_from_top) {
    auto byte = static_cast<unsigned char>(window[distance_from_top / 8]);
    byte = static_cast<unsigned char>(byte | (1u << (distance_from_top % 8)));
    window[distance_from_top / 8] = static_cast<char>(byte);
}

// Every mark moves away from the top by `distance`; what leaves the window is forgotten, as RFC 4303 does.
Bytes shifted(const Bytes& window, std::uint64_t distance) {
    Bytes moved(kWindowBytes, '\0');
    for (std::uint64_t i = 0; i + distance < kSequenceWindow; ++i) {
        if (is_used(window, i)) mark(moved, i + distance);
    }
    return moved;
}

// A freeze is the government's act alone, so it must not silence those who vote with it.
bool signs_while_frozen(const proto::TransactionBody& body) {
    return body.has_propose_change() || body.has_vote_on_change();
}

}  // namespace

Result<> check_sequence(const proto::AccountRecord& account, std::uint64_t sequence) {
    const std::uint64_t top = account.sequence_top();
    const std::uint64_t least = top < kSequenceWindow ? 1 : top - kSequenceWindow + 1;
    const std::uint64_t most = top + kSequenceWindow;
    if (sequence < least || sequence > most) {
        return Error{Code::transaction_sequence_outside_window,
                     "sequence " + std::to_string(sequence) + " is outside the account's window of " +
                         std::to_string(least) + " to " + std::to_string(most) +
                         "; take an unused number from it"};
    }
    if (sequence <= top && is_used(account.sequence_used(), top - sequence)) {
        return Error{Code::transaction_sequence_used, "sequence " + std::to_string(sequence) +
                                                          " has been used; the highest so far is " +
                                                          std::to_string(top)};
    }
    return {};
}

void use_sequence(proto::AccountRecord& account, std::uint64_t sequence) {
    const std::uint64_t top = account.sequence_top();
    if (sequence > top) {
        account.set_sequence_used(shifted(account.sequence_used(), sequence - top));
        account.set_sequence_top(sequence);
        mark(*account.mutable_sequence_used(), 0);
    } else {
        if (account.sequence_used().size() != kWindowBytes)
            account.set_sequence_used(Bytes(kWindowBytes, '\0'));
        mark(*account.mutable_sequence_used(), top - sequence);
    }
}

Result<> check_authority(const proto::AccountRecord& account, const DecodedTransaction& transaction,
                         std::uint64_t height) {
    const bool frozen = account.status() == proto::ACCOUNT_STATUS_FROZEN;
    if (account.status() != proto::ACCOUNT_STATUS_OPEN &&
        !(frozen && signs_while_frozen(transaction.body()))) {
        return Error{Code::account_not_open,
                     frozen ? "the account is frozen and signs nothing but votes until the government "
                              "unfreezes it"
                            : "the account is closed for good"};
    }
    if (transaction.signatures().size() != account.threshold()) {
        return Error{Code::transaction_wrong_keys, "the account needs exactly " +
                                                       std::to_string(account.threshold()) +
                                                       " signatures, the transaction has " +
                                                       std::to_string(transaction.signatures().size())};
    }
    for (const auto& entry : transaction.signatures()) {
        const bool known =
            std::any_of(account.keys().begin(), account.keys().end(), [&entry](const proto::PublicKey& key) {
                return static_cast<std::int32_t>(key.type()) == static_cast<std::int32_t>(entry.key.type()) &&
                       key.data() == entry.key.data();
            });
        if (!known)
            return Error{Code::transaction_wrong_keys, "a signature is by a key that is not the account's"};
    }
    if (transaction.valid_until_height() < height) {
        return Error{Code::transaction_expired, "the transaction was valid until height " +
                                                    std::to_string(transaction.valid_until_height()) +
                                                    ", the next block is " + std::to_string(height)};
    }
    if (transaction.valid_until_height() > height + kExpiryHeightsMax) {
        return Error{Code::transaction_expiry_too_far,
                     "valid_until_height " + std::to_string(transaction.valid_until_height()) +
                         " is more than " + std::to_string(kExpiryHeightsMax) +
                         " blocks after the next block " + std::to_string(height)};
    }
    return check_sequence(account, transaction.sequence());
}

bool has_role(const proto::AccountRecord& account, proto::Role role) {
    return std::find(account.roles().begin(), account.roles().end(), static_cast<int>(role)) !=
           account.roles().end();
}

}  // namespace pcq::ledger
