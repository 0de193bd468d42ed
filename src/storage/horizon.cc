#include "src/storage/horizon.h"

#include "src/crypto/hash.h"

namespace pcq::storage {
namespace {

constexpr std::size_t kRemovedMax = 10'000;

}  // namespace

bool Kept::names_validators(std::uint64_t height) const {
    return std::binary_search(changes.begin(), changes.end(), height);
}

bool Kept::has_header(std::uint64_t height) const {
    return height >= first_header() || height == 0 || names_validators(height);
}

Bytes Kept::encode() const {
    Bytes out;
    append_u64(out, base);
    for (const std::uint64_t height : changes) append_u64(out, height);
    out.append(crypto::sha256({out}).view());
    return out;
}

std::optional<Kept> Kept::decode(BytesView bytes) {
    if (bytes.size() < 8 + Hash::kSize || bytes.size() % 8 != 0) return std::nullopt;
    const BytesView covered = bytes.substr(0, bytes.size() - Hash::kSize);
    if (crypto::sha256({covered}).view() != bytes.substr(covered.size())) return std::nullopt;
    Kept kept;
    kept.base = load_u64(covered);
    for (std::size_t at = 8; at < covered.size(); at += 8)
        kept.changes.push_back(load_u64(covered.substr(at)));
    return kept;
}

Kept Horizon::kept() const {
    const std::lock_guard lock(mutex_);
    return announced_;
}

std::uint64_t Horizon::base() const {
    const std::lock_guard lock(mutex_);
    return announced_.base;
}

bool Horizon::has_header(std::uint64_t height) const {
    const std::lock_guard lock(mutex_);
    return announced_.has_header(height);
}

std::optional<Horizon::Pin> Horizon::pin(const std::shared_ptr<Horizon>& horizon, std::uint64_t height) {
    const std::lock_guard lock(horizon->mutex_);
    if (height < horizon->announced_.base) return std::nullopt;
    ++horizon->pinned_[height];
    return Pin(horizon, height);
}

void Horizon::release(std::uint64_t height) {
    const std::lock_guard lock(mutex_);
    const auto at = pinned_.find(height);
    if (--at->second == 0) pinned_.erase(at);
}

void Horizon::announce(Kept kept) {
    const std::lock_guard lock(mutex_);
    announced_ = std::move(kept);
}

void Horizon::settle() {
    const std::lock_guard lock(mutex_);
    settled_ = announced_;
}

Kept Horizon::settled() const {
    const std::lock_guard lock(mutex_);
    return settled_;
}

std::uint64_t Horizon::floor() const {
    const std::lock_guard lock(mutex_);
    return pinned_.empty() ? settled_.base : std::min(settled_.base, pinned_.begin()->first);
}

void Horizon::note_removed(BytesView record) {
    const std::lock_guard lock(mutex_);
    if (removed_.size() < kRemovedMax) removed_.emplace_back(record);
}

std::vector<Bytes> Horizon::take_removed(std::size_t most) {
    const std::lock_guard lock(mutex_);
    const std::size_t rest = removed_.size() - std::min(most, removed_.size());
    std::vector<Bytes> taken(std::make_move_iterator(removed_.begin() + static_cast<std::ptrdiff_t>(rest)),
                             std::make_move_iterator(removed_.end()));
    removed_.resize(rest);
    return taken;
}

}  // namespace pcq::storage
