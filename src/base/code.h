// Every reason PCQ can give, with its number. Codes are public: receipts, wallets and dashboards
// know them. A number is never reused and never changes its meaning; new reasons get new numbers.
//
//    0         success          1xxx  encoding, keys, signatures, proofs
//    1 - 99    general          2xxx  transactions and the mempool
//    3xxx      contracts        4xxx  consensus
//    5xxx      storage          6xxx  network
//    7xxx      rpc and client   8xxx  configuration and command line
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pcq {

enum class Code : std::uint32_t {
    ok = 0,

    // General
    internal = 1,       // our own fault; the message says where
    stopped = 2,        // the component has been stopped
    not_found = 3,      // what was asked for does not exist
    bad_argument = 4,   // a value outside its range
    limit_reached = 5,  // a bound of this node; try again later
    amount_overflow = 6,
    io_failed = 7,  // a file or device said no

    // Encoding, keys, signatures, proofs
    bad_hex = 1000,
    bad_address = 1001,  // bech32m text, prefix or checksum
    bad_encoding = 1002,  // bytes that are no canonical message
    bad_public_key = 1010,
    bad_signature = 1011,
    bad_key_file = 1012,
    wrong_passphrase = 1013,
    bad_proof = 1020,
    bad_certificate = 1021,
    bad_header = 1022,

    // Transactions and the mempool
    transaction_too_large = 2000,
    transaction_wrong_chain = 2001,
    transaction_unknown_account = 2002,
    transaction_wrong_keys = 2003,  // not exactly the account's threshold of its keys
    transaction_sequence_used = 2004,
    transaction_sequence_outside_window = 2005,
    transaction_expired = 2006,
    transaction_expiry_too_far = 2007,
    account_not_open = 2008,  // frozen or closed
    transaction_known = 2010,  // already waiting or committed
    mempool_full = 2011,
    mempool_account_full = 2012,

    // Contracts
    action_unknown = 3000,
    action_wrong_chain = 3001,  // an action of the main chain on a side chain or the reverse
    action_malformed = 3002,    // a field is missing or outside its range
    not_authorised = 3003,      // the account lacks the role
    conservation_violated = 3004,
};

// The stable name, as in receipts and documentation; "unknown" for a number nobody has defined.
std::string_view name(Code code);

// The code of a number read from a receipt or an answer of another node.
std::optional<Code> code_from_number(std::uint32_t number);

}  // namespace pcq
