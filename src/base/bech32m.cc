#include "src/base/bech32m.h"

#include <algorithm>
#include <array>

namespace pcq {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::uint32_t kConstant = 0x2bc830a3;
constexpr std::size_t kChecksumSymbols = 6;
constexpr std::size_t kTextMax = 90;
constexpr std::size_t kPrefixMax = 83;

Error bad_text(const std::string& what) {
    return Error{Code::bad_address, what};
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_printable(char c) {
    return c >= 33 && c <= 126;
}

// The remainder of a polynomial over GF(32), one symbol after the other: six symbols in 30 bits.
class Checksum {
public:
    void add(std::uint32_t symbol) {
        // x^6 modulo the generator, times 1, 2, 4, 8 and 16.
        static constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa,
                                                                 0x3d4233dd, 0x2a1462b3};
        const std::uint32_t top = remainder_ >> 25;
        remainder_ = ((remainder_ & 0x1ffffff) << 5) ^ symbol;
        for (std::size_t bit = 0; bit < kGenerator.size(); ++bit) {
            if (((top >> bit) & 1) != 0) remainder_ ^= kGenerator[bit];
        }
    }
    void add_prefix(std::string_view prefix) {
        for (const char c : prefix) add(static_cast<unsigned char>(c) >> 5);
        add(0);
        for (const char c : prefix) add(static_cast<unsigned char>(c) & 31);
    }
    void add_symbols(BytesView symbols) {
        for (const char symbol : symbols) add(static_cast<unsigned char>(symbol));
    }
    std::uint32_t remainder() const { return remainder_; }

private:
    std::uint32_t remainder_ = 1;
};

Result<> check_characters(std::string_view text) {
    if (text.size() > kTextMax)
        return bad_text("it has " + std::to_string(text.size()) + " characters, the most is " +
                        std::to_string(kTextMax));
    bool any_lower = false;
    bool any_upper = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_printable(text[i]))
            return bad_text("character " + std::to_string(i + 1) + " is a space, not printable or not ASCII");
        any_lower = any_lower || (text[i] >= 'a' && text[i] <= 'z');
        any_upper = any_upper || (text[i] >= 'A' && text[i] <= 'Z');
    }
    if (any_lower && any_upper) return bad_text("it mixes upper and lower case");
    return {};
}

}  // namespace

std::string to_bech32m(const Bech32m& parts) {
    PCQ_INVARIANT(!parts.prefix.empty() && parts.prefix.size() <= kPrefixMax);
    PCQ_INVARIANT(std::all_of(parts.prefix.begin(), parts.prefix.end(),
                              [](char c) { return is_printable(c) && c == lower(c); }));
    PCQ_INVARIANT(parts.prefix.size() + 1 + parts.symbols.size() + kChecksumSymbols <= kTextMax);
    Checksum checksum;
    checksum.add_prefix(parts.prefix);
    std::string text = parts.prefix + "1";
    for (const char symbol : parts.symbols) {
        const auto value = static_cast<unsigned char>(symbol);
        PCQ_INVARIANT(value < kAlphabet.size());
        text.push_back(kAlphabet[value]);
    }
    checksum.add_symbols(parts.symbols);
    for (std::size_t i = 0; i < kChecksumSymbols; ++i) checksum.add(0);
    const std::uint32_t appended = checksum.remainder() ^ kConstant;
    for (std::size_t i = 0; i < kChecksumSymbols; ++i)
        text.push_back(kAlphabet[(appended >> (5 * (kChecksumSymbols - 1 - i))) & 31]);
    return text;
}

Result<Bech32m> from_bech32m(std::string_view text) {
    if (auto checked = check_characters(text); !checked) return checked.error();
    const std::size_t separator = text.rfind('1');
    if (separator == std::string_view::npos) return bad_text("there is no \"1\" after the prefix");
    if (separator == 0) return bad_text("the prefix before the \"1\" is missing");
    if (text.size() - separator - 1 < kChecksumSymbols)
        return bad_text("it is too short: six characters of checksum follow the prefix and the \"1\"");

    Bech32m parts;
    for (const char c : text.substr(0, separator)) parts.prefix.push_back(lower(c));
    for (std::size_t i = separator + 1; i < text.size(); ++i) {
        const std::size_t value = kAlphabet.find(lower(text[i]));
        if (value == std::string_view::npos)
            return bad_text("character " + std::to_string(i + 1) + ", \"" + text[i] +
                            "\", cannot follow the prefix");
        parts.symbols.push_back(static_cast<char>(value));
    }
    Checksum checksum;
    checksum.add_prefix(parts.prefix);
    checksum.add_symbols(parts.symbols);
    if (checksum.remainder() != kConstant)
        return bad_text("its checksum is wrong: a character was changed, left out or added");
    parts.symbols.resize(parts.symbols.size() - kChecksumSymbols);
    return parts;
}

Bytes to_symbols(BytesView bytes) {
    Bytes symbols;
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        held = ((held << 8) | static_cast<unsigned char>(c)) & 0xfff;  // at most 4 + 8 bits are waiting
        for (bits += 8; bits >= 5; bits -= 5) symbols.push_back(static_cast<char>((held >> (bits - 5)) & 31));
    }
    if (bits > 0) symbols.push_back(static_cast<char>((held << (5 - bits)) & 31));
    return symbols;
}

Result<Bytes> from_symbols(BytesView symbols) {
    Bytes bytes;
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : symbols) {
        PCQ_INVARIANT(static_cast<unsigned char>(c) < kAlphabet.size());
        held = ((held << 5) | static_cast<unsigned char>(c)) & 0xfff;  // at most 7 + 5 bits are waiting
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<char>((held >> bits) & 0xff));
        }
    }
    if (bits >= 5) return bad_text("it is a character too long or too short for whole bytes");
    if ((held & ((1U << bits) - 1)) != 0)
        return bad_text("the bits that fill up its last character are not zero");
    return bytes;
}

}  // namespace pcq
