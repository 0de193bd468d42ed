#include "deploy/demo/households.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string_view>

#include <zlib.h>

namespace pcq::demo {
namespace {

constexpr std::string_view kHeader = "household_id,period,days_in_month,days_metered,kwh,kg_co2e";
constexpr std::size_t kColumns = 6;
constexpr std::size_t kFileBytesMax = 1ULL << 30;
constexpr std::size_t kIdBytesMax = 64;
constexpr std::int64_t kMonthWattHoursMax = 1'000'000'000;
constexpr std::int64_t kMonthGramsMax = 1'000'000'000;  // 1,000 t in a month is no household

struct Row {
    std::string id;
    std::uint32_t year = 0;
    std::uint32_t month = 0;
    MonthReading reading;
};

Error fault(const std::string& name, std::size_t line, const std::string& what) {
    return Error{Code::bad_argument, name + ", line " + std::to_string(line) + ": " + what};
}

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> cells;
    std::size_t start = 0;
    while (true) {
        const std::size_t comma = line.find(',', start);
        cells.push_back(line.substr(start, comma - start));
        if (comma == std::string_view::npos) return cells;
        start = comma + 1;
    }
}

std::optional<std::uint32_t> whole_number(std::string_view text) {
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
        return std::nullopt;
    return value;
}

// A number from 0 with up to three decimals, in thousandths: kilograms are exactly grams. No floating point
// on the way.
std::optional<std::int64_t> thousandths(std::string_view text) {
    const std::size_t point = text.find('.');
    const std::string_view decimals = point == std::string_view::npos ? "" : text.substr(point + 1);
    if (decimals.size() > 3 || (point != std::string_view::npos && decimals.empty())) return std::nullopt;
    std::string digits(text.substr(0, point));
    if (digits.empty() || digits.size() > 9) return std::nullopt;
    digits.append(decimals).append(3 - decimals.size(), '0');
    std::int64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || digits[0] == '-')
        return std::nullopt;
    return value;
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

Result<Row> parse_row(std::string_view text, const std::string& name, std::size_t line) {
    const auto cells = split(text);
    if (cells.size() != kColumns) {
        return fault(name, line,
                     "has " + std::to_string(cells.size()) + " columns, expected 6: " + std::string(kHeader));
    }
    Row row;
    row.id = std::string(cells[0]);
    if (row.id.empty() || row.id.size() > kIdBytesMax) {
        return fault(name, line,
                     "household_id must have 1 to 64 characters, has " + std::to_string(row.id.size()));
    }
    if (!is_text(row.id))
        return fault(name, line, "household_id must be UTF-8 text without control characters");
    const auto year =
        cells[1].size() == 7 && cells[1][4] == '-' ? whole_number(cells[1].substr(0, 4)) : std::nullopt;
    const auto month = year ? whole_number(cells[1].substr(5)) : std::nullopt;
    if (!month || *month < 1 || *month > kMonths) {
        return fault(name, line, "period must be YYYY-MM, is \"" + std::string(cells[1]) + "\"");
    }
    const auto days = whole_number(cells[2]);
    const auto metered = whole_number(cells[3]);
    if (!days || *days < 28 || *days > 31) {
        return fault(name, line, "days_in_month must be 28 to 31, is \"" + std::string(cells[2]) + "\"");
    }
    if (!metered || *metered > *days) {
        return fault(name, line,
                     "days_metered must be 0 to days_in_month, is \"" + std::string(cells[3]) + "\"");
    }
    const auto consumed = thousandths(cells[4]);
    if (!consumed || *consumed > kMonthWattHoursMax) {
        return fault(name, line,
                     "kwh must be a number from 0 to 1000000 with at most three decimals, is \"" +
                         std::string(cells[4]) + "\"");
    }
    const auto emitted = thousandths(cells[5]);
    if (!emitted || *emitted > kMonthGramsMax) {
        return fault(name, line,
                     "kg_co2e must be a number from 0 to 1000000 with at most three decimals, is \"" +
                         std::string(cells[5]) + "\"");
    }
    row.year = *year;
    row.month = *month;
    row.reading = MonthReading{Grams(*emitted), *metered};
    return row;
}

// gzread passes plain files through as they are.
Result<std::string> read_file(const std::filesystem::path& file) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"), gzclose);
    if (!in)
        return Error{Code::io_failed,
                     "cannot open " + file.string() + ": does it exist, and may you read it?"};
    std::string content;
    std::array<char, 1 << 16> buffer{};
    while (true) {
        const int got = gzread(in.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
        if (got < 0)
            return Error{Code::io_failed, "cannot read " + file.string() + ": damaged compression or disk"};
        if (got == 0) {
            // zlib says only here that a compressed file ends in its middle.
            int status = Z_OK;
            gzerror(in.get(), &status);
            if (status == Z_OK) return content;
            return Error{Code::io_failed, file.string() + " is cut short: copy it again"};
        }
        content.append(buffer.data(), static_cast<std::size_t>(got));
        if (content.size() > kFileBytesMax) {
            return Error{Code::bad_argument,
                         file.string() + " is larger than 1 GiB, which is no list of households"};
        }
    }
}

}  // namespace

Grams Household::emitted() const {
    std::int64_t sum = 0;  // twelve months of at most kMonthGramsMax cannot overflow
    for (const auto& month : months) sum += month.emitted.value();
    return Grams(sum);
}

std::uint32_t Household::days_measured() const {
    std::uint32_t days = 0;
    for (const auto& month : months) days += month.days_measured;
    return days;
}

Result<Households> read_households(std::istream& in, const std::string& name, std::uint32_t year) {
    std::string text;
    if (!std::getline(in, text)) return fault(name, 1, "the file is empty");
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text != kHeader) {
        return fault(name, 1,
                     "the first line must name the columns " + std::string(kHeader) + "; it is \"" +
                         text.substr(0, 120) + "\"");
    }

    Households households;
    households.year = year;
    std::map<std::string, std::size_t> position;
    std::map<std::pair<std::size_t, std::uint32_t>, std::size_t> seen;  // (home, month) -> line
    for (std::size_t line = 2; std::getline(in, text); ++line) {
        if (!text.empty() && text.back() == '\r') text.pop_back();
        if (text.empty()) continue;
        auto row = parse_row(text, name, line);
        if (!row) return row.error();
        if (row->year != year) continue;
        const auto [home, is_new] = position.emplace(row->id, households.homes.size());
        if (is_new) households.homes.push_back(Household{row->id, {}});
        const auto [earlier, first] = seen.emplace(std::pair(home->second, row->month), line);
        if (!first) {
            return fault(name, line, "repeats the month of line " + std::to_string(earlier->second));
        }
        households.homes[home->second].months[row->month - 1] = row->reading;
    }
    const std::size_t met = households.homes.size();
    std::erase_if(households.homes,
                  [](const Household& home) { return home.days_measured() < kCompleteDays; });
    households.incomplete = met - households.homes.size();
    if (households.homes.empty()) {
        return Error{Code::bad_argument, name + " has no household with " + std::to_string(kCompleteDays) +
                                             " or more metered days in " + std::to_string(year) + " (" +
                                             std::to_string(met) + " with fewer)"};
    }
    return households;
}

Result<Households> load_households(const std::filesystem::path& file, std::uint32_t year) {
    auto content = read_file(file);
    if (!content) return content.error();
    std::istringstream in(*std::move(content));
    return read_households(in, file.string(), year);
}

}  // namespace pcq::demo
