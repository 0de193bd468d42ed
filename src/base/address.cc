#include "src/base/address.h"

#include <algorithm>

#include "src/base/bech32m.h"
#include "src/base/hex.h"

namespace pcq {
namespace {

constexpr std::string_view kPrefix = "pcq";
constexpr char kVersion = 0;

Error bad(const std::string& why) {
    return Error{Code::bad_address,
                 "no address of an account (" + std::string(kPrefix) + "1q... of 63 characters): " + why};
}

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string to_address(const AccountId& account) {
    return to_bech32m({std::string(kPrefix), Bytes(1, kVersion) + to_symbols(account.view())});
}

Result<AccountId> account_from_address(std::string_view text) {
    const auto parts = from_bech32m(text);
    if (!parts) return bad(parts.error().message);
    if (parts->prefix != kPrefix)
        return bad("its prefix is \"" + parts->prefix + "\", expected \"" + std::string(kPrefix) + "\"");
    if (parts->symbols.empty()) return bad("nothing follows the prefix");
    if (parts->symbols[0] != kVersion)
        return bad("its version is " + std::to_string(parts->symbols[0]) + ", this software knows version " +
                   std::to_string(kVersion));
    const auto bytes = from_symbols(BytesView(parts->symbols).substr(1));
    if (!bytes) return bad(bytes.error().message);
    const auto account = AccountId::from(*bytes);
    if (!account) return bad("it holds " + std::to_string(bytes->size()) + " bytes, an id has 32");
    return *account;
}

Result<AccountId> account_from_text(std::string_view text) {
    // No address is all hexadecimal digits: it starts with "p".
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_hex_digit))
        return id_from_hex<AccountId>(text);
    return account_from_address(text);
}

}  // namespace pcq
