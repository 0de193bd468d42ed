#include "src/audit/movements.h"

#include <map>

#include <google/protobuf/descriptor.h>

#include "contracts/movements.h"
#include "contracts/tables.h"
#include "src/base/hex.h"
#include "src/ledger/table.h"

namespace pcq::audit {
namespace {

using google::protobuf::FieldDescriptor;

// Fields that this program does not know would stand in no link, where they are the movements' own.
template <class Record>
std::optional<Record> canonical(BytesView bytes) {
    Record record;
    if (!ledger::decode_canonical(bytes, record)) return std::nullopt;
    return record;
}

template <class Record>
Result<std::vector<Record>> check(const ChainId& chain, BytesView key, const std::vector<Bytes>& listed,
                                  const std::optional<Bytes>& proven, const std::string& what) {
    const auto wrong = [&what](const std::string& why) { return Error{Code::bad_proof, what + ": " + why}; };
    std::vector<Record> records;
    proto::Movements before;
    for (const auto& bytes : listed) {
        const auto record = canonical<Record>(bytes);
        const std::string number = "movement " + std::to_string(records.size() + 1);
        if (!record) return wrong(number + " is no such record");
        const proto::Movements said = record->movements();
        if (said.height() <= before.height()) return wrong(number + " is not after the one before it");
        auto bare = *record;
        bare.clear_movements();
        const Hash due = contracts::movement_link(chain, before, said.height(), key, ledger::encode(bare));
        if (said.count() != before.count() + 1 || said.hash() != due.view())
            return wrong(number +
                         " does not follow from those before it: something was left out, added or changed");
        before = said;
        records.push_back(*record);
    }
    if (!proven && !listed.empty()) return wrong("movements of a record that is proven to be absent");
    if (proven && (listed.empty() || listed.back() != *proven))
        return wrong("the last movement is not the proven record: something was left out");
    return records;
}

// What a record says of its movements, and the record without.
struct Parts {
    proto::Movements said;
    Bytes bare;
};
template <class Record>
std::optional<Parts> parts_of(BytesView bytes) {
    auto record = bytes.size() > kMovementBytesMax ? std::nullopt : canonical<Record>(bytes);
    if (!record || record->movements().count() == 0 || record->movements().height() == 0) return std::nullopt;
    Parts parts{record->movements(), {}};
    record->clear_movements();
    parts.bare = ledger::encode(*record);
    return parts;
}

std::int64_t figure(const google::protobuf::Message& record, const FieldDescriptor& field) {
    return record.GetReflection()->GetInt64(record, &field);
}

// What differs between one record and the next.
template <class Record>
std::vector<Change> changes(const Record& before, const Record& after) {
    std::vector<Change> found;
    const auto& type = *Record::descriptor();
    for (int at = 0; at < type.field_count(); ++at) {
        const auto& field = *type.field(at);
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_INT64) continue;
        // Two figures of a record that a quorum has certified; nothing is ever near the limits.
        const auto by = static_cast<std::int64_t>(static_cast<std::uint64_t>(figure(after, field)) -
                                                  static_cast<std::uint64_t>(figure(before, field)));
        if (by != 0) found.push_back({field.name(), by});
    }
    return found;
}

}  // namespace

Result<Movements> check_movements(const ChainId& chain, const ProvenEnds& ends,
                                  const ListedMovements& listed) {
    auto holding = check<proto::HoldingRecord>(chain, contracts::kHoldings.key({ends.account, ends.period}),
                                               listed.holding, ends.holding, "the holding");
    if (!holding) return holding.error();
    auto cash = check<proto::CashRecord>(chain, contracts::kCash.key(ends.account), listed.cash, ends.cash,
                                         "the cash");
    if (!cash) return cash.error();
    return Movements{*std::move(holding), *std::move(cash)};
}

// Whether these are the movements that the record taken last says it follows.
Result<> MovementsBack::hold_against(const proto::Movements& before) const {
    const Hash due = contracts::movement_link(chain_, before, last_.height(), key_, last_bare_);
    if (before.count() + 1 == last_.count() && before.height() < last_.height() && due.view() == last_.hash())
        return {};
    return Error{Code::bad_proof, "movement " + std::to_string(last_.count()) + " of " + to_hex(key_) +
                                      " does not follow from the one before it: something was left out, "
                                      "added or changed"};
}

Result<> MovementsBack::take(Bytes record) {
    const auto parts =
        of_ == Of::holding ? parts_of<proto::HoldingRecord>(record) : parts_of<proto::CashRecord>(record);
    if (!parts)
        return Error{Code::bad_proof, "what stands at " + to_hex(key_) + " is no record with its movements"};
    if (newest_first_.empty() && parts->said.count() > kMovementsMax)
        return Error{Code::limit_reached, "there are " + std::to_string(parts->said.count()) +
                                              " movements, a statement lists at most " +
                                              std::to_string(kMovementsMax)};
    if (!newest_first_.empty()) {
        if (auto follows = hold_against(parts->said); !follows) return follows;
    }
    newest_first_.push_back(std::move(record));
    last_ = parts->said;
    last_bare_ = parts->bare;
    if (last_.count() == 1) return hold_against(proto::Movements());
    return {};
}

std::optional<std::uint64_t> MovementsBack::next_height() const {
    if (last_.count() <= 1) return std::nullopt;
    return last_.height() - 1;
}

std::vector<Movement> by_block(const Movements& movements) {
    std::map<std::uint64_t, Movement> blocks;
    proto::HoldingRecord held;
    for (const auto& record : movements.holding) {
        blocks[record.movements().height()].holding = changes(held, record);
        held = record;
    }
    proto::CashRecord had;
    for (const auto& record : movements.cash) {
        blocks[record.movements().height()].cash = changes(had, record);
        had = record;
    }
    std::vector<Movement> all;
    for (auto& [height, movement] : blocks) {
        movement.height = height;
        all.push_back(std::move(movement));
    }
    return all;
}

}  // namespace pcq::audit
