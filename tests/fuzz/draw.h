// Reads choices off an input, front to back, so that bytes become a story. Used up, every choice is the first
// one: a shorter input is a shorter story.
#pragma once

#include <algorithm>

#include "src/base/bytes.h"

namespace pcq::fuzz {

class Draw {
public:
    explicit Draw(BytesView input) : input_(input) {}

    bool is_used_up() const { return input_.empty(); }
    std::uint8_t byte() {
        const BytesView one = take(1);
        return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
    }
    // `count` is 1 to 256.
    std::size_t below(std::size_t count) { return byte() % count; }
    // Once in so many times.
    bool one_in(std::size_t times) { return below(times) == times - 1; }
    std::uint32_t u32() {
        Bytes bytes(take(4));
        bytes.resize(4);
        return load_u32(bytes);
    }
    // Mostly small, at times next to a power of two, at times anything.
    std::uint64_t number() {
        const std::size_t kind = below(4);
        if (kind == 0) return byte();
        if (kind == 1) return u32() % 1'000'000;
        if (kind == 2) return (std::uint64_t{1} << below(64)) + below(3) - 1;
        return (std::uint64_t{u32()} << 32) | u32();
    }
    template <class List>
    const auto& of(const List& list) {
        return list[below(list.size())];
    }
    // As many bytes as the first two say, or all that are left.
    BytesView chunk() {
        const std::size_t high = byte();
        return take(high * 256 + byte());
    }
    BytesView take(std::size_t count) {
        const BytesView taken = input_.substr(0, std::min(count, input_.size()));
        input_.remove_prefix(taken.size());
        return taken;
    }
    BytesView rest() { return take(input_.size()); }

private:
    BytesView input_;
};

// What chunk() reads.
inline Bytes chunk_of(BytesView bytes) {
    Bytes out;
    out.push_back(static_cast<char>(bytes.size() >> 8));
    out.push_back(static_cast<char>(bytes.size() & 0xff));
    return out.append(bytes);
}

}  // namespace pcq::fuzz
