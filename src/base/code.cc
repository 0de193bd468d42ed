#include "src/base/code.h"

namespace pcq {

std::string_view name(Code code) {
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
    }
    return "unknown";
}

std::optional<Code> code_from_number(std::uint32_t number) {
    const auto code = static_cast<Code>(number);
    if (name(code) == "unknown") return std::nullopt;
    return code;
}

}  // namespace pcq
