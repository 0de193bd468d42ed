// A target under libFuzzer. With --seeds=FOLDER it only writes its seeds there.
#include <cstdlib>

#include <google/protobuf/stubs/logging.h>

#include "tests/fuzz/seed_files.h"

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    google::protobuf::SetLogHandler(nullptr);
    const std::string_view first = *count > 1 ? (*arguments)[1] : "";
    constexpr std::string_view kSeeds = "--seeds=";
    if (first.substr(0, kSeeds.size()) != kSeeds) return 0;
    pcq::fuzz::write_seeds(first.substr(kSeeds.size()));
    std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    pcq::fuzz::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
