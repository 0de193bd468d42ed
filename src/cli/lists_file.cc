#include "src/cli/lists_file.h"

#include <charconv>
#include <fstream>
#include <set>

#include "src/base/address.h"

namespace pcq::cli {
namespace {

constexpr std::size_t kLineBytesMax = 4'096;
constexpr std::size_t kReasonBytesMax = 64;  // of a leaf, proto/pcq/v1/allocation.proto

// Line by line, with the place for messages.
class Lines {
public:
    static Result<Lines> open(const std::filesystem::path& file) {
        Lines lines(file);
        if (!lines.stream_) return Error{Code::bad_argument, file.string() + " cannot be read"};
        return lines;
    }

    std::optional<std::string> next() {
        std::string line;
        while (std::getline(stream_, line)) {
            ++number_;
            if (!line.empty() && line.back() == '\r') line.pop_back();
            if (!line.empty()) return line;
        }
        return std::nullopt;
    }
    Error wrong(const std::string& what) const {
        return Error{Code::bad_argument, file_ + ", line " + std::to_string(number_) + ": " + what};
    }

private:
    explicit Lines(const std::filesystem::path& file) : file_(file.string()), stream_(file) {}

    std::string file_;
    std::ifstream stream_;
    int number_ = 0;
};

// At most so many fields; the last holds what is left.
std::vector<std::string> fields_of(const std::string& line, std::size_t most) {
    std::vector<std::string> fields;
    std::size_t from = 0;
    while (fields.size() + 1 < most) {
        const std::size_t comma = line.find(',', from);
        if (comma == std::string::npos) break;
        fields.push_back(line.substr(from, comma - from));
        from = comma + 1;
    }
    fields.push_back(line.substr(from));
    return fields;
}

std::optional<std::int64_t> whole_number(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

// The account that opens a row; each at most once.
Result<AccountId> account_in(const Lines& lines, const std::string& text, std::set<AccountId>& seen) {
    const auto account = account_from_text(text);
    if (!account) return lines.wrong(text + ": " + account.error().message);
    if (!seen.insert(*account).second) return lines.wrong("account " + text + " stands in the list twice");
    return *account;
}

}  // namespace

Result<std::vector<PersonRow>> people_from(const std::filesystem::path& file) {
    auto lines = Lines::open(file);
    if (!lines) return lines.error();
    const auto header = fields_of(lines->next().value_or(""), kLineBytesMax);
    if (header[0] != "account") return lines->wrong("the header must begin with \"account\"");
    std::vector<PersonRow> rows;
    std::set<AccountId> seen;
    while (const auto line = lines->next()) {
        const auto fields = fields_of(*line, kLineBytesMax);
        if (line->size() > kLineBytesMax || fields.size() != header.size()) {
            return lines->wrong("has " + std::to_string(fields.size()) + " fields, the header " +
                                std::to_string(header.size()));
        }
        const auto account = account_in(*lines, fields[0], seen);
        if (!account) return account.error();
        PersonRow row{*account, {}};
        for (std::size_t i = 1; i < fields.size(); ++i) {
            const auto value = whole_number(fields[i]);
            if (!value) return lines->wrong(header[i] + " must be a whole number, is \"" + fields[i] + "\"");
            if (*value != 0) row.attributes[header[i]] = *value;
        }
        rows.push_back(std::move(row));
    }
    if (rows.empty()) return lines->wrong("the list names nobody");
    return rows;
}

Result<std::vector<client::Allotment>> allotments_from(const std::filesystem::path& file) {
    auto lines = Lines::open(file);
    if (!lines) return lines.error();
    if (lines->next().value_or("") != "account,grams,reason")
        return lines->wrong("the header must be \"account,grams,reason\"");
    std::vector<client::Allotment> list;
    std::set<AccountId> seen;
    while (const auto line = lines->next()) {
        const auto fields = fields_of(*line, 3);
        if (fields.size() != 3) return lines->wrong("must be account,grams,reason");
        const auto account = account_in(*lines, fields[0], seen);
        if (!account) return account.error();
        const auto grams = whole_number(fields[1]);
        if (!grams) return lines->wrong("grams must be a whole number, is \"" + fields[1] + "\"");
        if (fields[2].size() > kReasonBytesMax)
            return lines->wrong("the reason has more than " + std::to_string(kReasonBytesMax) + " bytes");
        list.push_back({*account, Grams(*grams), fields[2]});
    }
    if (list.empty()) return lines->wrong("the list names nobody");
    return list;
}

std::string allotment_line(const client::Allotment& allotment) {
    return to_address(allotment.account) + "," + std::to_string(allotment.grams.value()) + "," +
           allotment.reason;
}

}  // namespace pcq::cli
