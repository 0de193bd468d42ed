// Files of exact bytes at exact places: what the vote store and archives share. errno tells why something
// failed.
#pragma once

#include <filesystem>
#include <optional>

#include "src/base/bytes.h"

namespace pcq::storage {

// All of them, or false.
bool write_all(int descriptor, BytesView bytes, std::uint64_t offset);

// Up to `size` bytes, less only where the file ends. Nothing on failure: what cannot be read is no absence.
std::optional<Bytes> read_up_to(int descriptor, std::size_t size, std::uint64_t offset);

// A new name is durable only once its folder is.
bool sync_folder_of(const std::filesystem::path& file);

}  // namespace pcq::storage
