// Bech32m (BIP-350, on the grammar of BIP-173): short text that people copy, with a checksum that finds every
// mistake of up to four characters.
//
//   text      prefix "1" symbols checksum; at most 90 characters, all lower or all upper case
//   prefix    1 to 83 characters of ASCII 33 to 126: what the text is for
//   symbols   five bits a character, of "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
//   checksum  six symbols over prefix and symbols, the constant is 0x2bc830a3
//
// Pure; thread-safe. What an account's address is, is said in src/base/address.h.
#pragma once

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq {

struct Bech32m {
    std::string prefix;  // in lower case
    Bytes symbols;       // values 0 to 31, without the checksum
};

// In lower case. The prefix and the symbols are as the grammar says, and the text is not too long.
std::string to_bech32m(const Bech32m& parts);

// Code::bad_address with what is wrong and where.
Result<Bech32m> from_bech32m(std::string_view text);

// Bytes as symbols of five bits, the last one filled up with zeros; and back: Code::bad_address when the
// filling is a whole symbol, or not zero, since two texts would then name one thing.
Bytes to_symbols(BytesView bytes);
Result<Bytes> from_symbols(BytesView symbols);

}  // namespace pcq
