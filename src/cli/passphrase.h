// Where pcq takes passphrases from: a file that is named, or the terminal, without echo. A program that is
// not at a terminal and names no file is told so; nothing is ever read from standard input by accident.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "src/crypto/key_file.h"

namespace pcq::cli {

// The first line of the file.
Result<std::string> passphrase_from(const std::filesystem::path& file);

// The passphrase of a new key: from the file, or asked for twice.
Result<std::string> new_passphrase(const std::string& passphrase_file);

// Opens a key file; asks for the passphrase when it is encrypted and no file is named.
Result<crypto::SigningKey> open_key(const std::filesystem::path& file, const std::string& passphrase_file);

}  // namespace pcq::cli
