#include "src/audit/movements.h"

#include <map>

#include <google/protobuf/descriptor.h>

#include "contracts/movements.h"
#include "contracts/tables.h"
#include "src/ledger/table.h"

namespace pcq::audit {
namespace {

using google::protobuf::FieldDescriptor;

template <class Record>
Result<std::vector<Record>> check(const ChainId& chain, BytesView key, const std::vector<Bytes>& listed,
                                  const std::optional<Bytes>& proven, const std::string& what) {
    const auto wrong = [&what](const std::string& why) { return Error{Code::bad_proof, what + ": " + why}; };
    std::vector<Record> records;
    proto::Movements before;
    for (const auto& bytes : listed) {
        auto record = ledger::decode<Record>(bytes);
        const std::string number = "movement " + std::to_string(records.size() + 1);
        if (!record || ledger::encode(*record) != bytes) return wrong(number + " is no such record");
        const proto::Movements said = record->movements();
        if (said.height() <= before.height()) return wrong(number + " is not after the one before it");
        auto bare = *record;
        bare.clear_movements();
        const Hash due = contracts::movement_link(chain, before, said.height(), key, ledger::encode(bare));
        if (said.count() != before.count() + 1 || said.hash() != due.view())
            return wrong(number +
                         " does not follow from those before it: something was left out, added or changed");
        before = said;
        records.push_back(*std::move(record));
    }
    if (!proven && !listed.empty()) return wrong("movements of a record that is proven to be absent");
    if (proven && (listed.empty() || listed.back() != *proven))
        return wrong("the last movement is not the proven record: something was left out");
    return records;
}

template <class Record>
std::optional<LastMovement> last_movement(BytesView bytes) {
    const auto record = ledger::decode<Record>(bytes);
    if (!record || record->movements().count() == 0) return std::nullopt;
    return LastMovement{record->movements().count(), record->movements().height()};
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

std::optional<LastMovement> last_movement_of_holding(BytesView record) {
    return last_movement<proto::HoldingRecord>(record);
}
std::optional<LastMovement> last_movement_of_cash(BytesView record) {
    return last_movement<proto::CashRecord>(record);
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
