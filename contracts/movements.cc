#include "contracts/movements.h"

#include "src/crypto/hash.h"

namespace pcq::contracts {
namespace {

template <class Record>
void link(const BlockContext& block, Overlay& state, const Bytes& key) {
    const auto now = state.get(key);
    if (!now || state.base().get(key) == now) return;
    auto record = ledger::decode<Record>(*now);
    PCQ_INVARIANT(record.has_value());
    // As the last block left them: nothing else writes them.
    const proto::Movements before = record->movements();
    record->clear_movements();
    const Hash hash = movement_link(block.chain, before, block.height, key, ledger::encode(*record));
    auto& movements = *record->mutable_movements();
    movements.set_count(before.count() + 1);
    movements.set_height(block.height);
    movements.set_hash(hash.bytes());
    state.put(key, ledger::encode(*record));
}

template <class Record>
void link_all(const BlockContext& block, Overlay& state, std::uint8_t table) {
    std::vector<Bytes> keys;
    const auto& changes = state.changes();
    for (auto at = changes.lower_bound(Bytes(1, static_cast<char>(table)));
         at != changes.end() && static_cast<std::uint8_t>(at->first[0]) == table; ++at)
        keys.push_back(at->first);
    for (const auto& key : keys) link<Record>(block, state, key);
}

}  // namespace

Hash movement_link(const ChainId& chain, const proto::Movements& before, std::uint64_t height, BytesView key,
                   BytesView record) {
    Bytes data = before.hash().empty() ? Hash().bytes() : before.hash();
    append_u64(data, before.count() + 1);
    append_u64(data, height);
    data.append(key).append(record);
    return crypto::tagged_hash("movement", chain, data);
}

void link_movements(const BlockContext& block, Overlay& state) {
    link_all<proto::HoldingRecord>(block, state, kHoldingsNumber);
    link_all<proto::CashRecord>(block, state, kCashNumber);
}

}  // namespace pcq::contracts
