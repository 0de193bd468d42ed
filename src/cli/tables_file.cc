#include "src/cli/tables_file.h"

#include <limits>

#include <toml++/toml.h>

#include "src/cli/amounts.h"

namespace pcq::cli {
namespace {

constexpr std::int64_t kPpbPerMillionth = 1'000;

// Reads one table and keeps the first thing that is wrong with it.
class Entry {
public:
    Entry(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

    std::string text(const char* key) {
        const auto value = table_[key].value<std::string>();
        if (!value) wrong(key, "a text");
        return value.value_or("");
    }
    std::string text_or(const char* key, const std::string& otherwise) {
        return table_.contains(key) ? text(key) : otherwise;
    }
    std::int64_t number(const char* key) {
        const auto value = table_[key].value_exact<std::int64_t>();
        if (!value) wrong(key, "a whole number");
        return value.value_or(0);
    }
    bool flag_or(const char* key, bool otherwise) {
        if (!table_.contains(key)) return otherwise;
        const auto value = table_[key].value_exact<bool>();
        if (!value) wrong(key, "true or false");
        return value.value_or(otherwise);
    }
    // An amount with an optional minus before it, in units of what `parse` gives.
    template <class Parse>
    std::int64_t amount_or_none(const char* key, const Parse& parse) {
        std::string written = text_or(key, "");
        if (written.empty()) return 0;
        const bool negative = written.front() == '-';
        if (negative) written.erase(0, 1);
        const auto value = parse(written);
        if (!value) {
            if (!error_)
                error_ = Error{value.error().code, where_ + ", " + key + ": " + value.error().message};
            return 0;
        }
        return negative ? -value->value() : value->value();
    }
    const std::optional<Error>& error() const { return error_; }

private:
    void wrong(const char* key, const char* expected) {
        if (!error_)
            error_ = Error{Code::bad_argument, where_ + " needs " + key + ", which must be " + expected};
    }

    const toml::table& table_;
    std::string where_;
    std::optional<Error> error_;
};

// A share of the base in millionths; how large a share a chain takes is the contract's to say.
Result<MicroYuan> share_from(std::string_view text) {
    auto share = money_from(text);
    if (share && share->value() > std::numeric_limits<std::int64_t>::max() / kPpbPerMillionth)
        return Error{Code::bad_argument, "\"" + std::string(text) + "\" is too large for a share"};
    return share;
}

Result<toml::table> parse(const std::filesystem::path& file) {
    try {
        return toml::parse_file(file.string());
    } catch (const toml::parse_error& error) {
        return Error{Code::bad_argument, file.string() + ", line " +
                                             std::to_string(error.source().begin.line) + ": " +
                                             std::string(error.description())};
    }
}

// The tables of a list, each with its place for messages; bad_argument unless it is a list of tables.
template <class Each>
Result<> each_table(const toml::table& document, const std::string& file, const char* name,
                    const Each& each) {
    const auto* list = document[name].as_array();
    if (list == nullptr || !list->is_array_of_tables())
        return Error{Code::bad_argument, file + " has no [[" + name + "]]"};
    int number = 0;
    for (const auto& node : *list) {
        Entry entry(*node.as_table(), file + ", [[" + name + "]] " + std::to_string(++number));
        each(entry);
        if (entry.error()) return *entry.error();
    }
    return {};
}

}  // namespace

Result<std::vector<proto::SetMethodology>> methodologies_from(const std::filesystem::path& file) {
    const auto document = parse(file);
    if (!document) return document.error();
    std::vector<proto::SetMethodology> all;
    auto done = each_table(*document, file.string(), "methodology", [&all](Entry& entry) {
        auto& methodology = all.emplace_back();
        methodology.set_id(entry.text("id"));
        methodology.set_title(entry.text("title"));
        methodology.set_unit(entry.text("unit"));
        methodology.set_avoided_mg_per_unit(entry.number("avoided_mg_per_unit"));
        methodology.set_source(entry.text("source"));
        methodology.set_region(entry.text("region"));
        methodology.set_active(entry.flag_or("active", true));
    });
    if (!done) return done.error();
    return all;
}

Result<proto::SetAllocationRule> rule_from(const std::filesystem::path& file) {
    const auto document = parse(file);
    if (!document) return document.error();
    Entry head(*document, file.string());
    proto::SetAllocationRule rule;
    rule.set_id(head.text("id"));
    rule.set_title(head.text("title"));
    rule.set_text(head.text("text"));
    rule.set_base_label(head.text("base_label"));
    rule.set_base_g(head.amount_or_none("base", grams_from));
    if (head.error()) return *head.error();
    if (!document->contains("row")) return rule;
    auto done = each_table(*document, file.string(), "row", [&rule](Entry& entry) {
        auto& row = *rule.add_rows();
        row.set_attribute(entry.text("attribute"));
        row.set_label(entry.text_or("label", row.attribute()));
        row.set_least(entry.number("least"));
        row.set_most(entry.number("most"));
        row.set_share_ppb(kPpbPerMillionth * entry.amount_or_none("share", share_from));
        row.set_grams(entry.amount_or_none("grams", grams_from));
        row.set_each(entry.flag_or("each", false));
    });
    if (!done) return done.error();
    return rule;
}

}  // namespace pcq::cli
