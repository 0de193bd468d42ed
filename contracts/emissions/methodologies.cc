// Methodologies: how much an activity avoids, by which source. Each change is the next version.
#include "contracts/emissions/credits.h"
#include "contracts/versions.h"

namespace pcq::contracts::emissions {
namespace {

constexpr std::size_t kTextBytesMax = 128;
constexpr std::size_t kUnitBytesMax = 32;
constexpr std::size_t kRegionBytesMax = 64;
constexpr std::size_t kSourceBytesMax = 512;
constexpr std::int64_t kMilligramsMax = 1'000'000'000'000;  // a thousand tonnes a unit

}  // namespace

Result<> validate(const proto::SetMethodology& action) {
    if (auto id = identifier(action.id(), "id"); !id) return id.error();
    if (auto title = text_length(action.title(), kTextBytesMax, "title"); !title) return title.error();
    if (auto unit = text_length(action.unit(), kUnitBytesMax, "unit"); !unit) return unit.error();
    if (auto region = text_length(action.region(), kRegionBytesMax, "region"); !region) return region.error();
    if (auto source = text_length(action.source(), kSourceBytesMax, "source"); !source) return source.error();
    return in_range(action.avoided_mg_per_unit(), {1, kMilligramsMax}, "avoided_mg_per_unit");
}

Result<Outcome> set_methodology(Context& context, const proto::SetMethodology& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    auto list = kMethodologyList.find_or_default(context.state, Only());
    const auto next = next_version(list, action.id());
    if (!next) {
        return Error{Code::methodologies_too_many, "there are " + std::to_string(kNamesMax) +
                                                       " methodologies; give one of them a new version"};
    }
    const std::uint32_t version = *next;
    kMethodologyList.put(context.state, Only(), list);

    proto::MethodologyRecord record;
    record.set_title(action.title());
    record.set_unit(action.unit());
    record.set_avoided_mg_per_unit(action.avoided_mg_per_unit());
    record.set_source(action.source());
    record.set_region(action.region());
    record.set_active(action.active());
    record.set_height(context.block.height);
    kMethodologies.put(context.state, {version, action.id()}, record);
    return Outcome{"version " + std::to_string(version) + " of methodology " + action.id() +
                       (action.active() ? " is in force" : " ends it"),
                   {}};
}

std::optional<proto::MethodologyRecord> methodology(const StateReader& state, const std::string& id,
                                                    std::uint32_t version) {
    return kMethodologies.find(state, {version, id});
}

}  // namespace pcq::contracts::emissions
