#include "src/cli/model/households.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include <zlib.h>

namespace pcq::cli::model {
namespace {

constexpr std::size_t kFileBytesMax = 1ULL << 30;
constexpr std::size_t kIdBytesMax = 64;
constexpr std::int64_t kPeopleMax = 100;
constexpr std::int64_t kGramsOfAHomeMax = 1'000'000'000'000;  // 1,000,000 t a year is no household
constexpr std::size_t kDecimalsMax = 9;                       // read; grams are the third

using Cells = std::vector<std::string>;

Error fault(const std::string& name, std::size_t line, const std::string& what) {
    return Error{Code::bad_argument, name + ", line " + std::to_string(line) + ": " + what};
}

// Commas inside double quotes belong to a cell, two quotes in a row are one. Nothing if a quote stays open.
std::optional<Cells> split(std::string_view line) {
    Cells cells(1);
    bool inside = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') {
            if (inside && i + 1 < line.size() && line[i + 1] == '"') {
                cells.back() += line[++i];
            } else {
                inside = !inside;
            }
        } else if (line[i] == ',' && !inside) {
            cells.emplace_back();
        } else {
            cells.back() += line[i];
        }
    }
    if (inside) return std::nullopt;
    return cells;
}

std::optional<std::int64_t> whole(std::string_view text, std::int64_t least, std::int64_t most) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
        return std::nullopt;
    if (value < least || value > most) return std::nullopt;
    return value;
}

// Kilograms from 0 as grams; what is below a gram is cut off.
std::optional<std::int64_t> grams(std::string_view text) {
    const auto point = std::min(text.find('.'), text.size());
    std::string decimals(text.substr(std::min(point + 1, text.size())));
    if ((point < text.size() && decimals.empty()) || decimals.size() > kDecimalsMax) return std::nullopt;
    if (!std::all_of(decimals.begin(), decimals.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    decimals.resize(3, '0');
    const auto kilograms = whole(text.substr(0, point), 0, kGramsOfAHomeMax / 1'000);
    const auto below = whole(decimals, 0, 999);
    if (!kilograms || !below) return std::nullopt;
    return *kilograms * 1'000 + *below;
}

struct Reader {
    const std::string& name;
    std::map<std::string, std::size_t> columns;
    std::size_t line = 1;
    Cells cells;

    bool has(const std::string& column) const { return columns.count(column) != 0; }
    const std::string& at(const std::string& column) const { return cells[columns.at(column)]; }
    Error expected(const std::string& column, const std::string& what) const {
        return fault(name, line, column + " must be " + what + "; it is \"" + at(column) + "\"");
    }

    Result<> next(std::string_view text) {
        auto found = split(text);
        if (!found) return fault(name, line, "a double quote stays open");
        if (found->size() != columns.size()) {
            return fault(name, line,
                         "has " + std::to_string(found->size()) + " cells, expected " +
                             std::to_string(columns.size()) + " as the first line names them");
        }
        cells = *std::move(found);
        if (at("household_id").empty() || at("household_id").size() > kIdBytesMax)
            return expected("household_id", "1 to 64 characters");
        return {};
    }
};

struct Year {
    std::int64_t grams = 0;
    int metered = 0;
};

int days_of(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 366 : 365;
}

// A row a household.
class Yearly {
public:
    Result<> take(const Reader& row) {
        const auto people = whole(row.at("people"), 1, kPeopleMax);
        if (!people) return row.expected("people", "a whole number from 1 to 100");
        const auto emitted = grams(row.at("kg_total"));
        if (!emitted) return row.expected("kg_total", "kilograms from 0 to 1000000000 in decimals");
        if (!ids_.insert(row.at("household_id")).second)
            return fault(row.name, row.line, "household " + row.at("household_id") + " is there already");
        homes_.all.push_back({row.at("household_id"), *people, Grams(*emitted)});
        return {};
    }
    Result<Homes> all(const std::string&, int) {
        homes_.knows_people = true;
        return std::move(homes_);
    }

private:
    Homes homes_;
    std::set<std::string> ids_;
};

// A row a household and month.
class Monthly {
public:
    Result<> take(const Reader& row) {
        const auto& period = row.at("period");
        const bool shaped = period.size() == 7 && period[4] == '-';
        const auto year = shaped ? whole(period.substr(0, 4), 1900, 2999) : std::nullopt;
        const auto month = shaped ? whole(period.substr(5), 1, 12) : std::nullopt;
        if (!year || !month) return row.expected("period", "a month, YYYY-MM");
        const auto days = whole(row.at("days_in_month"), 28, 31);
        if (!days) return row.expected("days_in_month", "28 to 31");
        const auto metered = whole(row.at("days_metered"), 0, *days);
        if (!metered) return row.expected("days_metered", "0 to days_in_month");
        const auto emitted = grams(row.at("kg_co2e"));
        if (!emitted) return row.expected("kg_co2e", "kilograms from 0 to 1000000000 in decimals");
        const auto& id = row.at("household_id");
        if (!seen_.insert(id + " " + period).second)
            return fault(row.name, row.line, "household " + id + " has month " + period + " already");
        auto& sum = years_[id][static_cast<int>(*year)];
        sum.grams += *emitted;
        if (sum.grams > kGramsOfAHomeMax)
            return fault(row.name, row.line, "more than a household can emit in a year");
        sum.metered += static_cast<int>(*metered);
        return {};
    }

    Result<Homes> all(const std::string& name, int wanted) {
        std::map<int, std::size_t> complete;
        for (const auto& [id, years] : years_) {
            for (const auto& [year, sum] : years) complete[year] += sum.metered >= kCompleteDays ? 1 : 0;
        }
        const auto best = std::max_element(complete.begin(), complete.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        const int year = wanted != 0 || best == complete.end() ? wanted : best->first;
        Homes homes;
        homes.year = year;
        for (const auto& [id, years] : years_) {
            const auto found = years.find(year);
            if (found == years.end() || found->second.metered < kCompleteDays) {
                ++homes.incomplete;
            } else {
                const auto scaled = found->second.grams * days_of(year) / found->second.metered;
                homes.all.push_back({id, 1, Grams(scaled)});
            }
        }
        if (!homes.all.empty()) return homes;
        return Error{Code::bad_argument,
                     name + ": no household has 360 metered days in " + std::to_string(year)};
    }

private:
    std::map<std::string, std::map<int, Year>> years_;
    std::set<std::string> seen_;
};

std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

template <class Shape>
Result<Homes> read_rows(Reader& reader, std::string_view text, int year) {
    Shape shape;
    while (!text.empty()) {
        const auto line = take_line(text);
        ++reader.line;
        if (line.empty() && text.empty()) break;
        if (auto split_up = reader.next(line); !split_up) return split_up.error();
        if (auto taken = shape.take(reader); !taken) return taken.error();
    }
    if (reader.line == 1) return fault(reader.name, 1, "no household follows the names of the columns");
    return shape.all(reader.name, year);
}

// gzread passes plain files through as they are.
Result<std::string> read_file(const std::filesystem::path& file) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"), gzclose);
    if (!in) {
        return Error{Code::io_failed,
                     "cannot open " + file.string() + ": does it exist, and may you read it?"};
    }
    std::string content;
    std::array<char, 1 << 16> buffer{};
    while (true) {
        const int got = gzread(in.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
        int status = Z_OK;
        if (got <= 0) gzerror(in.get(), &status);  // only here says zlib that a file ends in its middle
        if (got < 0 || status != Z_OK)
            return Error{Code::io_failed, "cannot read " + file.string() + ": it is damaged, or cut short"};
        if (got == 0) return content;
        content.append(buffer.data(), static_cast<std::size_t>(got));
        if (content.size() > kFileBytesMax) {
            return Error{Code::bad_argument,
                         file.string() + " is larger than 1 GiB, which is no list of households"};
        }
    }
}

}  // namespace

Result<Homes> homes_from(const std::string& text, const std::string& name, int year) {
    std::string_view rest = text;
    if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // the mark of UTF-8
    const auto header = split(take_line(rest));
    Reader reader{name, {}, 1, {}};
    if (header) {
        for (std::size_t i = 0; i < header->size(); ++i) {
            if (!reader.columns.emplace((*header)[i], i).second)
                return fault(name, 1, "column " + (*header)[i] + " is there twice");
        }
    }
    const auto has_all = [&reader](std::initializer_list<const char*> names) {
        return std::all_of(names.begin(), names.end(), [&](const char* one) { return reader.has(one); });
    };
    if (has_all({"household_id", "period", "days_in_month", "days_metered", "kg_co2e"}))
        return read_rows<Monthly>(reader, rest, year);
    if (has_all({"household_id", "people", "kg_total"})) return read_rows<Yearly>(reader, rest, year);
    return fault(
        name, 1,
        "expected the names of the columns: household_id, people, kg_total for a row a household, or "
        "household_id, period, days_in_month, days_metered, kg_co2e for a row a household and month");
}

Result<Homes> load_homes(const std::filesystem::path& file, int year) {
    const auto text = read_file(file);
    if (!text) return text.error();
    return homes_from(*text, file.string(), year);
}

std::filesystem::path own_homes() {
    constexpr const char* kName = "us_homes_2015.csv.gz";
    std::error_code failed;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
    auto installed = program.parent_path().parent_path() / "share" / "pcq" / kName;
    if (!failed && std::filesystem::exists(installed, failed)) return installed;
    return std::filesystem::path(PCQ_MODEL_DATA) / kName;
}

}  // namespace pcq::cli::model
