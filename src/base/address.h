// The address of an account: its id as people see and copy it, in tables, in JSON and in documents.
//
//   address  bech32m (src/base/bech32m.h) of prefix "pcq", symbol 0 (the version), 52 symbols (the 32 bytes
//   of
//            the id): 63 characters, "pcq1q..."
//
// An id belongs to a key and not to a chain, so an address is the same on every chain. Keys of the state,
// which only machines read, stay hexadecimal. Pure; thread-safe.
#pragma once

#include "src/base/bytes.h"
#include "src/base/result.h"

namespace pcq {

std::string to_address(const AccountId& account);

// Code::bad_address: no bech32m, another prefix, a version that is not known here, another length.
Result<AccountId> account_from_address(std::string_view text);

// What a person or a program may call an account by: its address, or the 64 hexadecimal digits of its id.
// Code::bad_address, or bad_hex for hexadecimal text of another length.
Result<AccountId> account_from_text(std::string_view text);

}  // namespace pcq
