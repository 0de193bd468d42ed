#include "contracts/audit/attestations.h"

#include <algorithm>
#include <tuple>

#include "src/base/hex.h"
#include "src/ledger/totals.h"

namespace pcq::contracts::audit {
namespace {

constexpr std::size_t kTotalsBytesMax = std::size_t{16} * 1024;
constexpr int kEntriesMax = 256;
constexpr int kChainsMax = 16;  // of one auditor, who could else fill the list with chains that nobody has

bool comes_before(const proto::Attestation& a, const proto::Attestation& b) {
    return std::tie(a.chain(), a.auditor()) < std::tie(b.chain(), b.auditor());
}

// A chain says of itself what it knows to be executed: no block that is still to come.
Result<> check_height(const Context& context, const proto::Attest& action) {
    if (action.chain() != context.block.chain.view() || action.height() < context.block.height) return {};
    return Error{Code::height_outside_range, "height " + std::to_string(action.height()) +
                                                 " of this chain is not there yet: at most " +
                                                 std::to_string(context.block.height - 1) + " in this block"};
}

Result<> check_room(const proto::Attestations& record, const Bytes& auditor) {
    const auto own =
        std::count_if(record.attestations().begin(), record.attestations().end(),
                      [&auditor](const proto::Attestation& entry) { return entry.auditor() == auditor; });
    if (own >= kChainsMax)
        return Error{Code::limit_reached, "an auditor attests at most 16 chains on this one"};
    if (record.attestations_size() >= kEntriesMax)
        return Error{Code::limit_reached, "a chain keeps at most 256 attestations"};
    return {};
}

}  // namespace

Result<> validate(const proto::Attest& action) {
    if (auto chain = chain_id(action.chain(), "chain"); !chain) return chain.error();
    if (action.height() == 0) return malformed("height must be above 0: block 0 has no transactions");
    if (action.block_hash().size() != Hash::kSize)
        return malformed("block_hash must have 32 bytes, has " + std::to_string(action.block_hash().size()));
    if (action.totals().size() > kTotalsBytesMax)
        return malformed("totals must have at most 16384 bytes, have " +
                         std::to_string(action.totals().size()));
    proto::Totals totals;
    if (!ledger::decode_canonical(action.totals(), totals))
        return malformed("totals must be the canonical encoding of Totals");
    if (auto equal = ledger::check_equations(totals); !equal)
        return malformed("the totals contradict themselves: " + equal.error().message);
    return {};
}

Result<Outcome> attest(Context& context, const proto::Attest& action) {
    if (auto allowed = require_role(context, proto::ROLE_AUDITOR); !allowed) return allowed.error();
    if (auto there = check_height(context, action); !there) return there.error();
    proto::Attestation attestation;
    attestation.set_chain(action.chain());
    attestation.set_auditor(context.account.bytes());
    attestation.set_height(action.height());
    attestation.set_block_hash(action.block_hash());
    attestation.set_totals(action.totals());
    attestation.set_time_ms(static_cast<std::uint64_t>(context.block.time.ms));

    auto record = attestations(context.state);
    auto& entries = *record.mutable_attestations();
    const auto place = std::lower_bound(entries.begin(), entries.end(), attestation, comes_before);
    if (place != entries.end() && !comes_before(attestation, *place)) {
        if (action.height() <= place->height()) {
            return Error{Code::height_outside_range, "this auditor has attested the chain up to height " +
                                                         std::to_string(place->height()) +
                                                         " before; attestations go forward"};
        }
        *place = std::move(attestation);
    } else {
        if (auto room = check_room(record, attestation.auditor()); !room) return room.error();
        *entries.Add() = std::move(attestation);
        std::sort(entries.begin(), entries.end(), comes_before);
    }
    kAttestations.put(context.state, Only(), record);
    return Outcome{"attested chain " + to_hex(action.chain()) + " up to height " +
                       std::to_string(action.height()) + ", block " + to_hex(action.block_hash()),
                   {}};
}

proto::Attestations attestations(const StateReader& state) {
    return kAttestations.find_or_default(state, Only());
}

}  // namespace pcq::contracts::audit
