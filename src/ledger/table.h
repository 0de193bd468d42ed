// Typed tables: Table<Key, Record> gives one contract module its records under one table number.
//
//   const Table<AccountId, proto::Holding> kHoldings{TableId::holdings};
//   if (auto holding = kHoldings.find(state, account)) ...
//   kHoldings.put(overlay, account, record);
//
// Key bytes on the wire: table number (one byte), then the key's ordered encoding (numbers big-endian,
// identifiers as they are, byte strings only as the last part). Records are protobuf messages encoded
// deterministically: fields ascending, defaults left out, no maps, no floats (a test checks the descriptors).
#pragma once

#include <optional>
#include <tuple>
#include <utility>

#include "src/ledger/overlay.h"

namespace pcq::ledger {

// One number per table, for ever. Tables of the ledger itself are below 16.
enum class TableId : std::uint8_t {
    accounts = 1,  // AccountId -> AccountRecord                      ledger
    // 16.. registry, 32.. quota, 48.. emissions, 64.. cash, 80.. pricing, 96.. market, 112.. settlement,
    // 128.. bridge, 144.. governance: each module lists its own in contracts/tables.h
};

inline void append_key(Bytes& out, std::uint32_t part) {
    append_u32(out, part);
}
inline void append_key(Bytes& out, std::uint64_t part) {
    append_u64(out, part);
}
inline void append_key(Bytes& out, BytesView part) {
    out.append(part);
}
template <class Tag>
void append_key(Bytes& out, const Id<Tag>& part) {
    out.append(part.view());
}
template <class... Parts>
void append_key(Bytes& out, const std::tuple<Parts...>& key) {
    std::apply([&out](const auto&... part) { (append_key(out, part), ...); }, key);
}

// The deterministic encoding described above; shared by everything that is stored or hashed.
template <class Message>
Bytes encode(const Message& message) {
    return message.SerializeAsString();
}

// Nothing if the bytes are no such message; a record that was written by encode() always decodes.
template <class Message>
std::optional<Message> decode(BytesView bytes) {
    Message message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
    return message;
}

template <class Key, class Record>
class Table {
public:
    explicit constexpr Table(TableId id) : id_(id) {}

    Bytes key(const Key& key) const {
        Bytes bytes(1, static_cast<char>(id_));
        append_key(bytes, key);
        return bytes;
    }

    std::optional<Record> find(const StateReader& state, const Key& at) const {
        const auto bytes = state.get(key(at));
        if (!bytes) return std::nullopt;
        auto record = decode<Record>(*bytes);
        PCQ_INVARIANT(record.has_value());  // only put() writes here
        return record;
    }
    // A record whose absence means its default.
    Record find_or_default(const StateReader& state, const Key& at) const {
        auto record = find(state, at);
        return record ? *std::move(record) : Record();
    }
    bool contains(const StateReader& state, const Key& at) const { return state.get(key(at)).has_value(); }
    void put(Overlay& state, const Key& at, const Record& record) const {
        state.put(key(at), encode(record));
    }
    void remove(Overlay& state, const Key& at) const { state.remove(key(at)); }

private:
    TableId id_;
};

// For tables of exactly one record.
struct Only {};
inline void append_key(Bytes&, Only) {}

}  // namespace pcq::ledger
