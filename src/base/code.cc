#include "src/base/code.h"

namespace pcq {

std::string_view name(Code code) {
    // A table: one line a code.
    // clang-format off
    switch (code) {
        case Code::ok: return "ok";
        case Code::internal: return "internal";
        case Code::stopped: return "stopped";
        case Code::not_found: return "not_found";
        case Code::bad_argument: return "bad_argument";
        case Code::limit_reached: return "limit_reached";
        case Code::amount_overflow: return "amount_overflow";
        case Code::io_failed: return "io_failed";

        case Code::bad_hex: return "bad_hex";
        case Code::bad_address: return "bad_address";
        case Code::bad_encoding: return "bad_encoding";
        case Code::bad_public_key: return "bad_public_key";
        case Code::bad_signature: return "bad_signature";
        case Code::bad_key_file: return "bad_key_file";
        case Code::wrong_passphrase: return "wrong_passphrase";
        case Code::bad_proof: return "bad_proof";
        case Code::bad_certificate: return "bad_certificate";
        case Code::bad_header: return "bad_header";
        case Code::validators_unknown: return "validators_unknown";

        case Code::transaction_too_large: return "transaction_too_large";
        case Code::transaction_wrong_chain: return "transaction_wrong_chain";
        case Code::transaction_unknown_account: return "transaction_unknown_account";
        case Code::transaction_wrong_keys: return "transaction_wrong_keys";
        case Code::transaction_sequence_used: return "transaction_sequence_used";
        case Code::transaction_sequence_outside_window: return "transaction_sequence_outside_window";
        case Code::transaction_expired: return "transaction_expired";
        case Code::transaction_expiry_too_far: return "transaction_expiry_too_far";
        case Code::account_not_open: return "account_not_open";
        case Code::transaction_known: return "transaction_known";
        case Code::mempool_full: return "mempool_full";
        case Code::mempool_account_full: return "mempool_account_full";

        case Code::action_unknown: return "action_unknown";
        case Code::action_wrong_chain: return "action_wrong_chain";
        case Code::action_malformed: return "action_malformed";
        case Code::not_authorised: return "not_authorised";
        case Code::conservation_violated: return "conservation_violated";

        case Code::account_exists: return "account_exists";
        case Code::account_unknown: return "account_unknown";
        case Code::account_wrong_status: return "account_wrong_status";
        case Code::account_has_assets: return "account_has_assets";
        case Code::kyc_commitment_used: return "kyc_commitment_used";
        case Code::bad_possession: return "bad_possession";
        case Code::account_not_person: return "account_not_person";
        case Code::freezes_full: return "freezes_full";
        case Code::trusted_full: return "trusted_full";
        case Code::trusted_already: return "trusted_already";
        case Code::not_trusted: return "not_trusted";
        case Code::day_limit_exceeded: return "day_limit_exceeded";
        case Code::clawback_unknown: return "clawback_unknown";
        case Code::clawback_done: return "clawback_done";

        case Code::period_unknown: return "period_unknown";
        case Code::period_exists: return "period_exists";
        case Code::period_wrong_phase: return "period_wrong_phase";
        case Code::issuance_above_cap: return "issuance_above_cap";
        case Code::side_chain_unknown: return "side_chain_unknown";
        case Code::side_chain_exists: return "side_chain_exists";
        case Code::month_out_of_order: return "month_out_of_order";
        case Code::period_too_early_to_close: return "period_too_early_to_close";
        case Code::batch_unknown: return "batch_unknown";
        case Code::claim_out_of_order: return "claim_out_of_order";
        case Code::period_out_of_order: return "period_out_of_order";
        case Code::periods_unsettled: return "periods_unsettled";
        case Code::policy_breaks_conditions: return "policy_breaks_conditions";
        case Code::policy_no_optimum: return "policy_no_optimum";
        case Code::rule_unknown: return "rule_unknown";
        case Code::rules_too_many: return "rules_too_many";
        case Code::period_too_far: return "period_too_far";

        case Code::period_in_grace: return "period_in_grace";

        case Code::reading_repeated: return "reading_repeated";
        case Code::reading_outside_period: return "reading_outside_period";
        case Code::correction_unknown: return "correction_unknown";
        case Code::correction_done: return "correction_done";
        case Code::reading_late: return "reading_late";
        case Code::reading_unknown: return "reading_unknown";
        case Code::meters_too_many: return "meters_too_many";
        case Code::dispute_unknown: return "dispute_unknown";
        case Code::dispute_open: return "dispute_open";
        case Code::disputes_used_up: return "disputes_used_up";
        case Code::dispute_done: return "dispute_done";
        case Code::methodology_unknown: return "methodology_unknown";
        case Code::methodology_not_in_force: return "methodology_not_in_force";
        case Code::methodologies_too_many: return "methodologies_too_many";
        case Code::activity_credited: return "activity_credited";
        case Code::credits_short: return "credits_short";
        case Code::credit_worthless: return "credit_worthless";
        case Code::credit_cap_exceeded: return "credit_cap_exceeded";
        case Code::reserve_short: return "reserve_short";

        case Code::cash_insufficient: return "cash_insufficient";
        case Code::cash_reference_used: return "cash_reference_used";
        case Code::debt_unknown: return "debt_unknown";
        case Code::debt_exceeded: return "debt_exceeded";
        case Code::debt_overdue: return "debt_overdue";

        case Code::market_closed: return "market_closed";
        case Code::market_not_joined: return "market_not_joined";
        case Code::market_joined: return "market_joined";
        case Code::market_fee_above_limit: return "market_fee_above_limit";
        case Code::market_surplus_exceeded: return "market_surplus_exceeded";
        case Code::market_price_below_minimum: return "market_price_below_minimum";
        case Code::market_price_above_maximum: return "market_price_above_maximum";
        case Code::market_inventory_short: return "market_inventory_short";
        case Code::market_offset_exceeded: return "market_offset_exceeded";
        case Code::market_fee_above_proceeds: return "market_fee_above_proceeds";
        case Code::order_unknown: return "order_unknown";
        case Code::order_outside_band: return "order_outside_band";
        case Code::order_too_many: return "order_too_many";
        case Code::order_expiry_invalid: return "order_expiry_invalid";
        case Code::order_too_small: return "order_too_small";

        case Code::settlement_final: return "settlement_final";

        case Code::bridge_unknown_source: return "bridge_unknown_source";
        case Code::bridge_out_of_order: return "bridge_out_of_order";
        case Code::bridge_wrong_message: return "bridge_wrong_message";
        case Code::anchor_not_newer: return "anchor_not_newer";
        case Code::anchor_contradicts: return "anchor_contradicts";

        case Code::market_paused: return "market_paused";
        case Code::market_not_paused: return "market_not_paused";
        case Code::pause_outside_range: return "pause_outside_range";
        case Code::proposal_unknown: return "proposal_unknown";
        case Code::proposal_closed: return "proposal_closed";
        case Code::vote_repeated: return "vote_repeated";
        case Code::proposals_too_many: return "proposals_too_many";
        case Code::height_outside_range: return "height_outside_range";
        case Code::version_not_newer: return "version_not_newer";
        case Code::contracts_version_unknown: return "contracts_version_unknown";
        case Code::pause_too_soon: return "pause_too_soon";
        case Code::validators_impossible: return "validators_impossible";

        case Code::consensus_malformed: return "consensus_malformed";
        case Code::consensus_unknown_sender: return "consensus_unknown_sender";
        case Code::consensus_bad_signature: return "consensus_bad_signature";
        case Code::consensus_other_height: return "consensus_other_height";
        case Code::consensus_other_view: return "consensus_other_view";
        case Code::consensus_repeated_vote: return "consensus_repeated_vote";
        case Code::consensus_not_primary: return "consensus_not_primary";
        case Code::consensus_not_justified: return "consensus_not_justified";
        case Code::consensus_bad_proposal: return "consensus_bad_proposal";
        case Code::consensus_equivocation: return "consensus_equivocation";
        case Code::consensus_observing: return "consensus_observing";

        case Code::request_malformed: return "request_malformed";
        case Code::request_invalid: return "request_invalid";
        case Code::method_unknown: return "method_unknown";
        case Code::parameter_invalid: return "parameter_invalid";
        case Code::chain_unknown: return "chain_unknown";
        case Code::request_too_large: return "request_too_large";
        case Code::too_many_requests: return "too_many_requests";
        case Code::request_timed_out: return "request_timed_out";
        case Code::listen_refused: return "listen_refused";
        case Code::node_unreachable: return "node_unreachable";
        case Code::node_timed_out: return "node_timed_out";
        case Code::answer_malformed: return "answer_malformed";
        case Code::answer_stale: return "answer_stale";
        case Code::sequences_used_up: return "sequences_used_up";
        case Code::model_infeasible: return "model_infeasible";
        case Code::plotter_missing: return "plotter_missing";

        case Code::store_damaged: return "store_damaged";
        case Code::state_differs: return "state_differs";
        case Code::disk_full: return "disk_full";
        case Code::height_pruned: return "height_pruned";
        case Code::archive_damaged: return "archive_damaged";
        case Code::peer_unreachable: return "peer_unreachable";
        case Code::peer_refused: return "peer_refused";
        case Code::peer_misbehaved: return "peer_misbehaved";
    }
    // clang-format on
    return "unknown";
}

std::optional<Code> code_from_number(std::uint32_t number) {
    const auto code = static_cast<Code>(number);
    if (name(code) == "unknown") return std::nullopt;
    return code;
}

}  // namespace pcq
