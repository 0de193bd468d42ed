#include "src/storage/page_group.h"

namespace pcq::storage {
namespace {

constexpr std::size_t kGroupDepth = 2;

// Takes so many bytes from the front; nothing if there are fewer.
std::optional<BytesView> take(BytesView& from, std::size_t count) {
    if (from.size() < count) return std::nullopt;
    const BytesView taken = from.substr(0, count);
    from.remove_prefix(count);
    return taken;
}

struct Entry {
    BytesView rest;  // of the page's path
    BytesView page;
};
std::optional<Entry> take_entry(BytesView& from) {
    const auto rest_size = take(from, 1);
    const auto rest = rest_size ? take(from, static_cast<std::uint8_t>((*rest_size)[0])) : std::nullopt;
    const auto page_size = rest ? take(from, 4) : std::nullopt;
    const auto page = page_size ? take(from, load_u32(*page_size)) : std::nullopt;
    if (!page) return std::nullopt;
    return Entry{*rest, *page};
}

}  // namespace

BytesView group_of(const ledger::PagePath& path) {
    return BytesView(path).substr(0, path.size() < kGroupDepth ? 0 : kGroupDepth);
}

std::map<Bytes, Bytes> pack_pages(const std::map<ledger::PagePath, Bytes>& pages) {
    std::map<Bytes, Bytes> groups;
    for (const auto& [path, page] : pages) {
        const BytesView group = group_of(path);
        const BytesView rest = BytesView(path).substr(group.size());
        Bytes& entries = groups[Bytes(group)];
        entries.push_back(static_cast<char>(rest.size()));
        entries.append(rest);
        append_u32(entries, static_cast<std::uint32_t>(page.size()));
        entries.append(page);
    }
    return groups;
}

std::optional<BytesView> find_page(BytesView entries, const ledger::PagePath& path) {
    const BytesView wanted = BytesView(path).substr(group_of(path).size());
    std::optional<BytesView> found;
    while (!entries.empty()) {
        const auto entry = take_entry(entries);
        if (!entry) return std::nullopt;
        if (entry->rest == wanted) found = entry->page;
    }
    return found;
}

std::optional<std::map<ledger::PagePath, Bytes>> unpack_pages(BytesView group, BytesView entries) {
    std::map<ledger::PagePath, Bytes> pages;
    while (!entries.empty()) {
        const auto entry = take_entry(entries);
        if (!entry) return std::nullopt;
        const ledger::PagePath path = Bytes(group) + Bytes(entry->rest);
        if (group_of(path) != group || (!pages.empty() && path <= pages.rbegin()->first)) return std::nullopt;
        pages.emplace_hint(pages.end(), path, entry->page);
    }
    return pages;
}

}  // namespace pcq::storage
