// Tree pages packed into few database records: a put costs more than the page it holds.
//
//   group  = the pages that a block wrote below one path of two nibbles; those above it (at most 17) are
//            the group of the empty path
//   record = versioned key of the group's path and the block's height (versioned_map.h) -> present(entries)
//   entry  = u8 length of the rest of the path, rest of the path, u32 length of the page, page
//
// A page is found by its path and version alone, since all pages of a record have the record's version.
// Pure.
#pragma once

#include <map>
#include <optional>

#include "src/ledger/merkle.h"

namespace pcq::storage {

// The path of the group that a page belongs to.
BytesView group_of(const ledger::PagePath& path);

// Entries by group, for all pages that a block wrote.
std::map<Bytes, Bytes> pack_pages(const std::map<ledger::PagePath, Bytes>& pages);

// The page in the entries of its group; nothing if it is not there, or the entries cannot be read.
std::optional<BytesView> find_page(BytesView entries, const ledger::PagePath& path);

// All pages of a group, with their whole paths; nothing unless the entries are what pack_pages() writes:
// ascending by path, each once.
std::optional<std::map<ledger::PagePath, Bytes>> unpack_pages(BytesView group, BytesView entries);

}  // namespace pcq::storage
