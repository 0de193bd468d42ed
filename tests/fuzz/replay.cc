// Goal: what fuzzing has found once stays mended, in every build. Method: the target runs its seeds and every
// file of its corpus; a broken promise ends the process.
//   fuzz_replay_NAME FILE|FOLDER ...
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/fuzz/target.h"

namespace {

namespace fs = std::filesystem;

void run_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    if (!in) {
        std::cerr << "cannot be read: " << file << "\n";
        std::exit(2);
    }
    std::cerr << file.string() << std::endl;  // the last one named is the one that failed
    pcq::fuzz::run(content.str());
}

std::vector<fs::path> files_of(const fs::path& place) {
    if (!fs::is_directory(place)) return {place};
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(place)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

int main(int count, char** arguments) {
    std::size_t inputs = 0;
    for (const auto& seed : pcq::fuzz::seeds()) {
        std::cerr << "seed " << inputs++ << std::endl;
        pcq::fuzz::run(seed);
    }
    for (int i = 1; i < count; ++i) {
        for (const auto& file : files_of(arguments[i])) {
            run_file(file);
            ++inputs;
        }
    }
    std::cerr << inputs << " inputs\n";
    return inputs == 0 ? 1 : 0;
}
