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
    bad_address = 1001,   // bech32m text, prefix or checksum
    bad_encoding = 1002,  // bytes that are no canonical message
    bad_public_key = 1010,
    bad_signature = 1011,
    bad_key_file = 1012,
    wrong_passphrase = 1013,
    bad_proof = 1020,
    bad_certificate = 1021,
    bad_header = 1022,
    validators_unknown = 1023,  // a header of a set that was not followed to

    // Transactions and the mempool
    transaction_too_large = 2000,
    transaction_wrong_chain = 2001,
    transaction_unknown_account = 2002,
    transaction_wrong_keys = 2003,  // not exactly the account's threshold of its keys
    transaction_sequence_used = 2004,
    transaction_sequence_outside_window = 2005,
    transaction_expired = 2006,
    transaction_expiry_too_far = 2007,
    account_not_open = 2008,   // frozen or closed
    transaction_known = 2010,  // already waiting or committed
    mempool_full = 2011,
    mempool_account_full = 2012,

    // Contracts
    action_unknown = 3000,
    action_wrong_chain = 3001,  // an action of the main chain on a side chain or the reverse
    action_malformed = 3002,    // a field is missing or outside its range
    not_authorised = 3003,      // the account lacks the role
    conservation_violated = 3004,

    // Registry
    account_exists = 3010,
    account_unknown = 3011,       // the account that the action names
    account_wrong_status = 3012,  // frozen, open or closed already
    account_has_assets = 3013,    // only an empty account closes
    kyc_commitment_used = 3014,   // one person, one account
    bad_possession = 3015,        // the key's owner did not sign
    account_not_person = 3016,    // only people have emissions, trade, and close their accounts
    freezes_full = 3017,          // too many freezes with an end
    trusted_full = 3018,          // at most 32 counterparties
    trusted_already = 3019,       // a counterparty already
    not_trusted = 3020,           // no counterparty, or not yet
    day_limit_exceeded = 3021,    // more than may leave in a day
    clawback_unknown = 3022,      // no such claw-back
    clawback_done = 3023,         // approved already

    // Quota
    period_unknown = 3100,
    period_exists = 3101,
    period_wrong_phase = 3102,
    // 3103 and 3104 were policy_missing and policy_fixed, from when a policy was an act of its own.
    issuance_above_cap = 3105,
    side_chain_unknown = 3106,
    side_chain_exists = 3107,
    month_out_of_order = 3108,
    period_too_early_to_close = 3109,
    batch_unknown = 3110,
    claim_out_of_order = 3111,        // each leaf once, in order
    period_out_of_order = 3112,       // opened or closed before one that precedes it
    periods_unsettled = 3113,         // too many to open another one
    policy_breaks_conditions = 3114,  // of Proposition 2, on the government's own estimates
    policy_no_optimum = 3115,         // delta cannot be left to the contract
    rule_unknown = 3120,              // no such allocation rule and version
    rules_too_many = 3121,
    period_too_far = 3122,  // a year, or a deadline, that nobody can mean

    period_in_grace = 3130,  // the deadline has passed, the period is not closed yet

    // Emissions
    reading_repeated = 3200,  // one reading per account and month
    reading_outside_period = 3201,
    correction_unknown = 3202,
    correction_done = 3203,  // approved already
    reading_late = 3204,     // an older month than the one before the running one
    reading_unknown = 3205,
    meters_too_many = 3206,  // that report on one person
    dispute_unknown = 3207,
    dispute_open = 3208,      // one at a time
    disputes_used_up = 3209,  // three a reading, ever
    dispute_done = 3210,      // answered already
    methodology_unknown = 3211,
    methodology_not_in_force = 3212,  // an older version, or one that is not active
    methodologies_too_many = 3213,
    activity_credited = 3214,  // before, by whatever meter
    credits_short = 3215,
    credit_worthless = 3216,     // it rounds to nothing
    credit_cap_exceeded = 3217,  // more than the policy lets credits add
    reserve_short = 3218,

    // Cash
    cash_insufficient = 3300,
    cash_reference_used = 3301,  // the bank's reference was booked before
    debt_unknown = 3302,         // nothing is owed for the period
    debt_exceeded = 3303,        // more than is owed
    debt_overdue = 3304,         // cash that an overdue debt holds back

    // Market
    market_closed = 3500,  // no price: between epochs, before the first, or after the period
    market_not_joined = 3501,
    market_joined = 3502,  // already
    market_fee_above_limit = 3503,
    market_surplus_exceeded = 3504,
    market_price_below_minimum = 3505,
    market_price_above_maximum = 3506,
    market_inventory_short = 3507,
    market_offset_exceeded = 3508,  // more than delta of the excess could never count
    market_fee_above_proceeds = 3509,
    order_unknown = 3510,         // filled, ended, or another account's
    order_outside_band = 3511,    // below P_ph or above P_c
    order_too_many = 3512,        // of one account and period
    order_expiry_invalid = 3513,  // past, too far, or too many with that block
    order_too_small = 3514,

    // Settlement
    settlement_final = 3600,  // too late for a correction

    // Bridge
    bridge_unknown_source = 3700,
    bridge_out_of_order = 3701,   // a message skipped, or taken before
    bridge_wrong_message = 3702,  // not for this chain, or of a kind it does not take
    anchor_not_newer = 3703,
    anchor_contradicts = 3704,  // the side chain claims what the main chain never issued

    // Governance
    market_paused = 3800,
    market_not_paused = 3801,
    pause_outside_range = 3802,  // ended already, or longer than a pause may last
    proposal_unknown = 3803,
    proposal_closed = 3804,  // decided at its height
    vote_repeated = 3805,
    proposals_too_many = 3806,
    height_outside_range = 3807,       // a change is announced, neither too late nor too early
    version_not_newer = 3808,          // contracts go forward
    contracts_version_unknown = 3809,  // the program is older than what the chain has voted for
    pause_too_soon = 3810,             // the platform's, right after another pause
    validators_impossible = 3811,      // a change of the set of validators that cannot be made

    // Consensus: why a message changed nothing
    consensus_malformed = 4000,
    consensus_unknown_sender = 4001,
    consensus_bad_signature = 4002,
    consensus_other_height = 4003,   // long decided, or too far ahead
    consensus_other_view = 4004,     // below ours, or too far ahead
    consensus_repeated_vote = 4005,  // the first vote of a sender counts
    consensus_not_primary = 4006,
    consensus_not_justified = 4007,  // the view changes shown do not allow this proposal
    consensus_bad_proposal = 4008,   // a header that this height cannot have
    consensus_equivocation = 4009,   // two votes for one place; kept as evidence
    consensus_observing = 4010,      // this replica does not vote

    // RPC and client
    request_malformed = 7000,  // no JSON
    request_invalid = 7001,    // JSON, but no JSON-RPC 2.0 request
    method_unknown = 7002,
    parameter_invalid = 7003,  // missing, unknown, or outside its range
    chain_unknown = 7004,      // this node hosts no such chain
    request_too_large = 7005,  // header, body, nesting, batch or answer above a limit of this node
    too_many_requests = 7006,  // a bound of this node; try again later
    request_timed_out = 7007,  // it did not arrive in time
    listen_refused = 7008,     // the address cannot be listened on
    node_unreachable = 7100,   // client: no connection
    node_timed_out = 7101,     // client: no answer in time
    answer_malformed = 7102,   // client: the node did not speak the protocol
    answer_stale = 7103,       // client: older than what was verified before
    sequences_used_up = 7104,  // client: too many transactions of the account wait to commit

    // Configuration and command line
    model_infeasible = 8000,  // no market or platform has these parameters; the message names the condition
    plotter_missing = 8001,   // gnuplot cannot be started; the message names the package

    // Storage
    store_damaged = 5000,    // stored bytes are not what was written; the message names them
    state_differs = 5001,    // a quorum has certified other results than this node computes
    disk_full = 5002,        // too little space is left to go on safely
    height_pruned = 5003,    // older than what this node keeps
    archive_damaged = 5004,  // an archive, snapshot or recording that is not what was written

    // Network
    peer_unreachable = 6000,
    peer_refused = 6001,     // a key that is not pinned
    peer_misbehaved = 6002,  // broke the protocol; dropped
};

// The stable name, as in receipts and documentation; "unknown" for a number nobody has defined.
std::string_view name(Code code);

// The code of a number read from a receipt or an answer of another node.
std::optional<Code> code_from_number(std::uint32_t number);

}  // namespace pcq
