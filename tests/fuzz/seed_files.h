// The seeds of a target as files, each named by its hash as libFuzzer does.
#pragma once

#include <filesystem>
#include <fstream>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "tests/fuzz/target.h"

namespace pcq::fuzz {

inline void write_seeds(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    for (const Bytes& seed : seeds()) {
        std::ofstream out(folder / to_hex(crypto::sha256({seed})).substr(0, 40), std::ios::binary);
        out << seed;
        PCQ_INVARIANT(out.good());
    }
}

}  // namespace pcq::fuzz
