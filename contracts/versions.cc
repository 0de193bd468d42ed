#include "contracts/versions.h"

namespace pcq::contracts {

std::optional<std::uint32_t> next_version(proto::NamedVersions& list, const std::string& id) {
    for (auto& entry : *list.mutable_entries()) {
        if (entry.id() != id) continue;
        entry.set_versions(entry.versions() + 1);
        return entry.versions();
    }
    if (list.entries_size() >= kNamesMax) return std::nullopt;
    auto& entry = *list.add_entries();
    entry.set_id(id);
    entry.set_versions(1);
    return 1;
}

}  // namespace pcq::contracts
