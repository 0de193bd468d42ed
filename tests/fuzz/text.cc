// Text that people and programs write for bytes, accounts and amounts. What is read names one thing and,
// written again, reads the same; hexadecimal, base64 and bech32m have one spelling, but for case.
#include <algorithm>

#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/bech32m.h"
#include "src/base/hex.h"
#include "src/cli/amounts.h"
#include "src/cli/model/quantity.h"
#include "tests/fuzz/target.h"

namespace pcq::fuzz {
namespace {

Bytes lower(BytesView text) {
    Bytes out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

void read_bytes(BytesView text) {
    if (const auto bytes = from_hex(text)) PCQ_INVARIANT(to_hex(*bytes) == lower(text));
    if (const auto bytes = from_base64(text)) PCQ_INVARIANT(to_base64(*bytes) == text);
    if (const auto parts = from_bech32m(text)) {
        PCQ_INVARIANT(to_bech32m(*parts) == lower(text));
        if (const auto bytes = from_symbols(parts->symbols))
            PCQ_INVARIANT(to_symbols(*bytes) == parts->symbols);
    }
    if (const auto account = account_from_address(text)) PCQ_INVARIANT(to_address(*account) == lower(text));
    if (const auto account = account_from_text(text)) {
        PCQ_INVARIANT(to_address(*account) == lower(text) || to_hex(*account) == lower(text));
    }
}

void write_bytes(BytesView bytes) {
    PCQ_INVARIANT(from_hex(to_hex(bytes)).value() == bytes);
    PCQ_INVARIANT(from_base64(to_base64(bytes)).value() == bytes);
    PCQ_INVARIANT(from_symbols(to_symbols(bytes)).value() == bytes);
    if (const auto account = AccountId::from(bytes)) {
        PCQ_INVARIANT(account_from_text(to_address(*account)).value() == *account);
    }
}

// "12.340000 CNY" without its unit.
std::string number_of(const std::string& text) {
    return text.substr(0, text.find(' '));
}

void read_amounts(BytesView text) {
    if (const auto grams = cli::grams_from(text)) {
        PCQ_INVARIANT(grams->is_positive());
        PCQ_INVARIANT(cli::grams_from(to_text(*grams)).value() == *grams);
    }
    if (const auto money = cli::money_from(text)) {
        PCQ_INVARIANT(!money->is_negative());
        PCQ_INVARIANT(cli::money_from(number_of(to_text(*money))).value() == *money);
    }
    if (const auto price = cli::price_from(text)) {
        PCQ_INVARIANT(!price->is_negative());
        PCQ_INVARIANT(cli::price_from(number_of(to_text(*price))).value() == *price);
    }
}

// Exact: a fraction written out reads as itself, and what is shown is a number again.
void read_quantities(BytesView text) {
    using cli::model::Unit;
    for (const Unit unit : {Unit::one, Unit::kg, Unit::kg_per_person, Unit::people, Unit::cny_per_kg,
                            Unit::kg2_per_cny, Unit::cny}) {
        const auto value = cli::model::quantity_from(text, unit);
        if (!value) continue;
        PCQ_INVARIANT(!cli::model::text_of(*value, unit).empty());
        const std::string fraction = econ::exact::to_text(*value);
        if (fraction.size() <= 200) PCQ_INVARIANT(econ::exact::parse(fraction) == *value);
        const std::string decimal = cli::model::decimal_text(*value);
        if (decimal.size() <= 200) PCQ_INVARIANT(econ::exact::parse(decimal).has_value());
    }
}

}  // namespace

void run(BytesView input) {
    if (input.size() > 2000) return;
    read_bytes(input);
    write_bytes(input);
    read_amounts(input);
    read_quantities(input);
}

std::vector<Bytes> seeds() {
    const AccountId account = *AccountId::from(Bytes(32, 'a'));
    return {to_hex(account),
            "00FF",
            to_base64("any bytes"),
            to_address(account),
            to_bech32m({"pcq", "\1\2"}),
            "1500g",
            "1.5 kg",
            "0.2t",
            "12.5",
            "0.055",
            "200 CNY/t",
            "7/10",
            "70 %",
            "2e11 kg",
            "1e-60"};
}

}  // namespace pcq::fuzz
