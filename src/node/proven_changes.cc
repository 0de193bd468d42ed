#include "src/node/proven_changes.h"

#include "contracts/tables.h"

namespace pcq::node {
namespace {

using contracts::kValidatorSetCount;
using contracts::kValidatorSets;

// A quorum that has sold its keys may have put anything there.
template <class Record>
Result<Record> read(const ProvenRecords& records, const Bytes& key) {
    const auto bytes = records(key);
    if (!bytes) return bytes.error();
    if (!*bytes) return Record();
    auto record = ledger::decode<Record>(**bytes);
    if (!record) return Error{Code::bad_header, "a snapshot is refused: its records of validators are none"};
    return *std::move(record);
}

// The block after this one is the first that the set certifies.
bool is_of(const proto::ValidatorSetRecord& record, const ledger::Header& names_it) {
    const auto set = ledger::ValidatorSet::from(record.validators());
    return record.from_height() == names_it->height() + 1 && set &&
           set->hash(names_it.chain()) == names_it.next_validators_hash();
}

}  // namespace

Result<> check_changes(const ProvenRecords& records, const storage::VerifiedHead& head) {
    std::vector<const ledger::Header*> shown;
    for (const auto& change : head.changes) shown.push_back(&change);
    if (head.header.next_validators_hash() != head.header.validators_hash()) shown.push_back(&head.header);
    const auto count = read<proto::Counter>(records, kValidatorSetCount.key(ledger::Only()));
    if (!count) return count.error();
    if (count->value() == 0) return {};  // the contracts begin every chain of theirs with one
    const Error others{Code::bad_header, "a snapshot is refused: its head shows " +
                                             std::to_string(shown.size()) +
                                             " changes of validators, its state knows others, of " +
                                             std::to_string(count->value()) + " sets"};
    if (count->value() != shown.size() + 1) return others;
    for (std::uint32_t number = 1; number <= shown.size(); ++number) {
        const auto record = read<proto::ValidatorSetRecord>(records, kValidatorSets.key(number));
        if (!record) return record.error();
        if (!is_of(*record, *shown[number - 1])) return others;
    }
    return {};
}

}  // namespace pcq::node
