#include "src/storage/versioned_map.h"

#include <memory>

namespace pcq::storage {
namespace {

constexpr std::size_t kSuffixBytes = 10;  // terminator and version

Bytes escaped_prefix(BytesView key) {
    Bytes out;
    out.reserve(key.size() + kSuffixBytes);
    for (const char c : key) {
        out.push_back(c);
        if (c == '\0') out.push_back('\xff');
    }
    out.append("\x00\x01", 2);
    return out;
}

}  // namespace

Bytes versioned_key(BytesView key, std::uint64_t version) {
    Bytes out = escaped_prefix(key);
    append_u64(out, ~version);
    return out;
}

std::optional<VersionedEntry> parse_versioned_key(BytesView bytes) {
    VersionedEntry entry;
    std::size_t i = 0;
    for (; i < bytes.size(); ++i) {
        if (bytes[i] != '\0') {
            entry.key.push_back(bytes[i]);
        } else if (i + 1 < bytes.size() && bytes[i + 1] == '\xff') {
            entry.key.push_back('\0');
            ++i;
        } else {
            break;
        }
    }
    if (bytes.size() - i != kSuffixBytes || bytes[i + 1] != '\1') return std::nullopt;
    entry.version = ~load_u64(bytes.substr(i + 2));
    return entry;
}

Bytes present(BytesView value) {
    Bytes out(1, '\1');
    out.append(value);
    return out;
}

Bytes removed() {
    return Bytes(1, '\0');
}

bool is_marked(BytesView value) {
    return value == removed() || (!value.empty() && value[0] == '\1');
}

Result<std::optional<Bytes>> read_at(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, BytesView key,
                                     std::uint64_t height) {
    const Bytes from = versioned_key(key, height);
    const BytesView prefix = BytesView(from).substr(0, from.size() - 8);
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options, family));
    at->Seek(rocksdb::Slice(from.data(), from.size()));
    if (!at->Valid()) {
        if (!at->status().ok())
            return Error{Code::io_failed, "the store cannot be read: " + at->status().ToString()};
        return std::optional<Bytes>();
    }
    if (!at->key().starts_with(rocksdb::Slice(prefix.data(), prefix.size()))) return std::optional<Bytes>();
    const BytesView value(at->value().data(), at->value().size());
    if (!is_marked(value)) {
        return Error{Code::store_damaged, "a stored value has no marker: the store is damaged"};
    }
    if (value[0] == '\0') return std::optional<Bytes>();
    return std::optional<Bytes>(Bytes(value.substr(1)));
}

}  // namespace pcq::storage
