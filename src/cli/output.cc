#include "src/cli/output.h"

#include <algorithm>
#include <iostream>

#include <boost/json/serialize.hpp>

#include "src/base/amount.h"
#include "src/base/instant_text.h"

namespace pcq::cli {
namespace {

std::optional<std::int64_t> integer(const boost::json::value& value) {
    if (value.is_string()) return std::strtoll(value.as_string().c_str(), nullptr, 10);
    if (value.is_int64()) return value.as_int64();
    if (value.is_uint64()) return static_cast<std::int64_t>(value.as_uint64());
    return std::nullopt;
}

// A node, or whoever signed what it shows, could write over the terminal.
std::string printable(const std::string& text, bool lines = false) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string shown;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        const bool is_control = byte < 0x20 || byte == 0x7f || (byte == 0xc2 && next >= 0x80 && next < 0xa0);
        if (!is_control || (lines && byte == '\n')) {
            shown.push_back(text[i]);
            continue;
        }
        shown += "\\x";
        shown.push_back(kDigits[byte >> 4U]);
        shown.push_back(kDigits[byte & 15U]);
    }
    return shown;
}

template <class Quantity>
std::string text_of(const boost::json::value& value) {
    const auto number = integer(value);
    return number ? to_text(Quantity(*number)) : "-";
}

}  // namespace

Exit exit_of(Code code) {
    switch (code) {
        case Code::node_unreachable:
        case Code::node_timed_out:
        case Code::answer_malformed:
            return Exit::unreachable;
        case Code::bad_argument:
        case Code::bad_address:
        case Code::bad_hex:
        case Code::bad_key_file:
        case Code::bad_public_key:
        case Code::wrong_passphrase:
        case Code::parameter_invalid:
        case Code::chain_unknown:
            return Exit::usage;
        case Code::bad_proof:
        case Code::bad_certificate:
        case Code::bad_header:
        case Code::validators_unknown:
        case Code::store_damaged:
        case Code::conservation_violated:
        case Code::state_differs:
        case Code::archive_damaged:
            return Exit::broken;
        default:
            return Exit::refused;
    }
}

Exit fail(const Error& error) {
    std::cerr << "pcq: " << printable(error.message, /*lines=*/true) << " (" << name(error.code) << ", "
              << static_cast<unsigned>(error.code) << ")\n";
    return exit_of(error.code);
}

void print_rows(const Rows& rows) {
    std::size_t width = 0;
    for (const auto& [label, value] : rows) width = std::max(width, label.size());
    for (const auto& [label, value] : rows)
        std::cout << label << std::string(width - label.size() + 2, ' ') << printable(value) << "\n";
}

void print_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& cells) {
    auto rows = cells;
    for (auto& row : rows) {
        for (auto& cell : row) cell = printable(cell);
    }
    std::vector<std::size_t> widths;
    widths.reserve(header.size());
    for (const auto& cell : header) widths.push_back(cell.size());
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    const auto print = [&widths](const std::vector<std::string>& row) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::cout << row[i]
                      << (i + 1 < row.size() ? std::string(widths[i] - row[i].size() + 2, ' ') : "\n");
        }
    };
    print(header);
    for (const auto& row : rows) print(row);
}

void print_json(const boost::json::value& value) {
    std::cout << boost::json::serialize(value) << "\n";
}

std::string grams_text(const boost::json::value& value) {
    return text_of<Grams>(value);
}
std::string money_text(const boost::json::value& value) {
    return text_of<MicroYuan>(value);
}
std::string price_text(const boost::json::value& value) {
    return text_of<PricePerKg>(value);
}
std::string time_text(const boost::json::value& value) {
    const auto ms = integer(value);
    if (!ms || *ms < 0) return "-";
    return utc_text(static_cast<std::uint64_t>(*ms));
}
std::string plain_text(const boost::json::value& value) {
    if (value.is_null()) return "-";
    return value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value);
}

Rows balance_rows(const boost::json::value& receipt) {
    const auto* balances = receipt.is_object() ? receipt.as_object().if_contains("balances") : nullptr;
    if (balances == nullptr || !balances->is_object()) return {};
    const auto with_escrow = [](std::string has, const std::string& escrow, const std::string& nothing) {
        return escrow == nothing ? has : has + " and " + escrow + " in open orders";
    };
    Rows rows;
    if (const auto& cash = balances->at("cash"); cash.is_object())
        rows.emplace_back("cash", with_escrow(money_text(cash.at("balance_uy")),
                                              money_text(cash.at("escrow_uy")), to_text(MicroYuan())));
    for (const auto& holding : balances->at("holdings").as_array())
        rows.emplace_back("held of " + plain_text(holding.at("vintage")),
                          with_escrow(grams_text(holding.at("held_g")), grams_text(holding.at("escrow_g")),
                                      to_text(Grams())));
    return rows;
}

}  // namespace pcq::cli
