#include "contracts/quota/rules.h"

#include "contracts/versions.h"
#include "src/economics/market.h"

namespace pcq::contracts::quota {
namespace {

constexpr std::size_t kTitleBytesMax = 128;
constexpr std::size_t kTextBytesMax = 1024;
constexpr std::size_t kLabelBytesMax = 24;
constexpr int kRowsMax = 64;
constexpr Range kValues{0, 1'000'000};
constexpr Range kShares{-10 * kRatioOne, 10 * kRatioOne};
constexpr Range kRowGrams{-econ::kGramsMax, econ::kGramsMax};

Result<> validate(const proto::AllocationRow& row) {
    if (auto name = identifier(row.attribute(), "a row's attribute"); !name) return name.error();
    if (auto label = text_length(row.label(), kLabelBytesMax, "a row's label"); !label) return label.error();
    if (auto least = in_range(row.least(), kValues, "a row's least"); !least) return least.error();
    if (auto most = in_range(row.most(), {row.least(), kValues.most}, "a row's most"); !most)
        return most.error();
    if (auto share = in_range(row.share_ppb(), kShares, "a row's share_ppb"); !share) return share.error();
    if (auto grams = in_range(row.grams(), kRowGrams, "a row's grams"); !grams) return grams.error();
    if ((row.share_ppb() < 0 && row.grams() > 0) || (row.share_ppb() > 0 && row.grams() < 0))
        return malformed("a row either adds or takes");
    return {};
}

}  // namespace

Result<> validate(const proto::SetAllocationRule& action) {
    if (auto id = identifier(action.id(), "id"); !id) return id.error();
    if (auto title = text_length(action.title(), kTitleBytesMax, "title"); !title) return title.error();
    if (auto text = text_length(action.text(), kTextBytesMax, "text"); !text) return text.error();
    if (auto label = text_length(action.base_label(), kLabelBytesMax, "base_label"); !label)
        return label.error();
    if (auto base = in_range(action.base_g(), {0, econ::kGramsMax}, "base_g"); !base) return base.error();
    if (auto rows = in_range(action.rows_size(), {0, kRowsMax}, "the number of rows"); !rows)
        return rows.error();
    for (const auto& row : action.rows()) {
        if (auto checked = validate(row); !checked) return checked.error();
    }
    return {};
}

Result<Outcome> set_allocation_rule(Context& context, const proto::SetAllocationRule& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    auto list = kAllocationRuleList.find_or_default(context.state, Only());
    const auto version = next_version(list, action.id());
    if (!version) {
        return Error{Code::rules_too_many, "there are " + std::to_string(kNamesMax) +
                                               " allocation rules; give one of them a new version"};
    }
    kAllocationRuleList.put(context.state, Only(), list);
    proto::AllocationRuleRecord record;
    record.set_title(action.title());
    record.set_text(action.text());
    record.set_base_label(action.base_label());
    record.set_base_g(action.base_g());
    *record.mutable_rows() = action.rows();
    record.set_height(context.block.height);
    kAllocationRules.put(context.state, {*version, action.id()}, record);
    return Outcome{"version " + std::to_string(*version) + " of allocation rule " + action.id(), {}};
}

std::optional<proto::AllocationRuleRecord> allocation_rule(const StateReader& state, const std::string& id,
                                                           std::uint32_t version) {
    return kAllocationRules.find(state, {version, id});
}

}  // namespace pcq::contracts::quota
