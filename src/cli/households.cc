#include "src/cli/households.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include <zlib.h>

#include "src/base/wide.h"

namespace pcq::cli {
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

// Well-formed UTF-8 (Unicode 15, table 3-7) without control characters.
bool is_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
        const unsigned lead = byte(i);
        if (lead < 0x80) {
            if (lead < 0x20 || lead == 0x7f) return false;
            ++i;
            continue;
        }
        const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        if (lead < 0xc2 || lead > 0xf4 || i + more >= text.size()) return false;
        // Too long a form, a surrogate, above the last code point.
        const unsigned second = byte(i + 1);
        if (second < (lead == 0xe0 ? 0xa0u : lead == 0xf0 ? 0x90u : 0x80u)) return false;
        if (second > (lead == 0xed ? 0x9fu : lead == 0xf4 ? 0x8fu : 0xbfu)) return false;
        for (std::size_t k = 2; k <= more; ++k) {
            if ((byte(i + k) & 0xc0) != 0x80) return false;
        }
        i += more + 1;
    }
    return true;
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
        if (!is_text(at("household_id")))
            return fault(name, line, "household_id must be UTF-8 text without control characters");
        return {};
    }
};

constexpr std::array<std::int64_t, kMonths> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}
std::int64_t days_of(int year) {
    return is_leap(year) ? 366 : 365;
}

// A whole year's emissions in equal daily parts, to the gram.
std::array<MonthReading, kMonths> spread(Grams emitted, int year) {
    std::array<MonthReading, kMonths> months{};
    std::int64_t days = 0;
    std::int64_t given = 0;
    for (std::size_t i = 0; i < kMonths; ++i) {
        const std::int64_t of_month = kDays[i] + (i == 1 && is_leap(year) ? 1 : 0);
        days += of_month;
        const std::int64_t by_now = emitted.value() * days / days_of(year);
        months[i] = {Grams(by_now - given), static_cast<std::uint32_t>(of_month)};
        given = by_now;
    }
    return months;
}

std::optional<std::int64_t> year_in(std::string_view text) {
    return whole(text, 1900, 2999);
}

// A row a household.
class Yearly {
public:
    Result<> take(const Reader& row) {
        const auto people = whole(row.at("people"), 1, kPeopleMax);
        if (!people) return row.expected("people", "a whole number from 1 to 100");
        const auto emitted = grams(row.at("kg_total"));
        if (!emitted) return row.expected("kg_total", "kilograms from 0 to 1000000000 in decimals");
        if (row.has("year")) {
            const auto year = year_in(row.at("year"));
            if (!year) return row.expected("year", "a calendar year");
            if (homes_.year && *homes_.year != *year)
                return row.expected("year", std::to_string(*homes_.year) + " as in the rows before");
            homes_.year = static_cast<int>(*year);
        }
        if (!ids_.insert(row.at("household_id")).second)
            return fault(row.name, row.line, "household " + row.at("household_id") + " is there already");
        homes_.all.push_back({row.at("household_id"), *people, Grams(*emitted), {}});
        return {};
    }

    Result<Homes> all(const std::string& name, int wanted) {
        if (wanted != 0 && homes_.year && *homes_.year != wanted) {
            return Error{Code::bad_argument, name + ": its households are of " +
                                                 std::to_string(*homes_.year) + ", not of " +
                                                 std::to_string(wanted)};
        }
        if (wanted != 0) homes_.year = wanted;
        homes_.knows_people = true;
        for (auto& home : homes_.all) home.months = spread(home.emitted, homes_.year.value_or(1999));
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
        const auto year = shaped ? year_in(period.substr(0, 4)) : std::nullopt;
        const auto month = shaped ? whole(period.substr(5), 1, kMonths) : std::nullopt;
        if (!year || !month) return row.expected("period", "a month, YYYY-MM");
        const auto days = whole(row.at("days_in_month"), 28, 31);
        if (!days) return row.expected("days_in_month", "28 to 31");
        const auto metered = whole(row.at("days_metered"), 0, *days);
        if (!metered) return row.expected("days_metered", "0 to days_in_month");
        const auto emitted = grams(row.at("kg_co2e"));
        if (!emitted) return row.expected("kg_co2e", "kilograms from 0 to 1000000000 in decimals");
        const auto& id = row.at("household_id");
        const auto [seen, first] = seen_.emplace(id + " " + period, row.line);
        if (!first)
            return fault(row.name, row.line, "repeats the month of line " + std::to_string(seen->second));
        const auto [place, is_new] = places_.emplace(id, homes_.size());
        if (is_new) homes_.push_back({id, {}});
        auto& months = homes_[place->second].years[static_cast<int>(*year)];
        months[static_cast<std::size_t>(*month - 1)] = {Grams(*emitted),
                                                        static_cast<std::uint32_t>(*metered)};
        return {};
    }

    Result<Homes> all(const std::string& name, int wanted) {
        const int year = wanted != 0 ? wanted : best_year();
        Homes homes;
        homes.year = year;
        for (const auto& home : homes_) {
            const auto found = home.years.find(year);
            const std::int64_t metered = found == home.years.end() ? 0 : days_metered(found->second);
            if (metered < kCompleteDays) {
                ++homes.incomplete;
                continue;
            }
            Home complete{home.id, 1, Grams(), found->second};
            complete.emitted = Grams(static_cast<std::int64_t>(
                static_cast<Int128>(complete.metered().value()) * days_of(year) / metered));
            if (complete.emitted.value() > kGramsOfAHomeMax) {
                return Error{Code::bad_argument, name + ": household " + home.id + " emitted " +
                                                     to_text(complete.emitted) +
                                                     " in a year, which is no household"};
            }
            homes.all.push_back(std::move(complete));
        }
        if (!homes.all.empty()) return homes;
        return Error{Code::bad_argument, name + ": no household has " + std::to_string(kCompleteDays) +
                                             " metered days in " + std::to_string(year) + " (" +
                                             std::to_string(homes.incomplete) + " with fewer)"};
    }

private:
    using Months = std::array<MonthReading, kMonths>;
    struct Metered {
        std::string id;
        std::map<int, Months> years;
    };

    static std::int64_t days_metered(const Months& months) {
        std::int64_t days = 0;
        for (const auto& month : months) days += month.days_measured;
        return days;
    }
    int best_year() const {
        std::map<int, std::size_t> complete;
        for (const auto& home : homes_) {
            for (const auto& [year, months] : home.years)
                complete[year] += days_metered(months) >= kCompleteDays ? 1U : 0U;
        }
        const auto best = std::max_element(complete.begin(), complete.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        return best == complete.end() ? 0 : best->first;
    }

    std::vector<Metered> homes_;
    std::map<std::string, std::size_t> places_;
    std::map<std::string, std::size_t> seen_;  // household and month: its line
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
        if (line.empty() && text.empty()) break;
        ++reader.line;
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
        return Error{Code::bad_argument,
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

Grams Home::metered() const {
    std::int64_t sum = 0;  // twelve months of at most kGramsOfAHomeMax
    for (const auto& month : months) sum += month.emitted.value();
    return Grams(sum);
}

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

}  // namespace pcq::cli
