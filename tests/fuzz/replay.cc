// Goal: what fuzzing has found once stays mended, in every build, and every build meets inputs that nobody
// chose. Method: the target runs its seeds, every file of its corpus, and these again with changes; a broken
// promise ends the process.
//   fuzz_replay_NAME [--changed COUNT FILE] FILE|FOLDER ...
//
// --changed: so many inputs made of those before by a few changes, the same in every run. One that breaks
// something is left in FILE, and `fuzz_replay_NAME FILE` runs it again.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "tests/fuzz/target.h"

namespace {

using pcq::Bytes;
using pcq::BytesView;
namespace fs = std::filesystem;

constexpr std::size_t kBytesMax = 4096;  // as under libFuzzer
constexpr std::size_t kChangesMax = 4;

Bytes content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    if (!in) {
        std::cerr << "cannot be read: " << file << "\n";
        std::exit(2);
    }
    return content.str();
}

std::vector<fs::path> files_of(const fs::path& place) {
    if (!fs::is_directory(place)) return {place};
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(place)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

// Draws from one stream of numbers, so that every run draws the same.
class Changer {
public:
    explicit Changer(const std::vector<Bytes>& known) : known_(known) {}

    Bytes next() {
        Bytes input = known_[below(known_.size())];
        for (std::size_t left = 1 + below(kChangesMax); left > 0; --left) change(input);
        if (input.size() > kBytesMax) input.resize(kBytesMax);
        return input;
    }

private:
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(numbers_() % count); }

    void change(Bytes& input) {
        const std::size_t at = below(input.size() + 1);
        const std::size_t some = std::min(input.size() - at, 1 + below(16));
        const Bytes& other = known_[below(known_.size())];
        const std::size_t from = below(other.size() + 1);
        switch (below(6)) {
            case 0:
                if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
                break;
            case 1:
                if (at < input.size()) input[at] = static_cast<char>(below(256));
                break;
            case 2:
                input.erase(at, some);
                break;
            case 3:
                input.insert(at, input.substr(at, some));
                break;
            case 4:
                input.insert(at, other, from, 1 + below(64));
                break;
            default:
                input.replace(at, Bytes::npos, other, from, Bytes::npos);
        }
    }

    const std::vector<Bytes>& known_;
    std::mt19937_64 numbers_{2013};
};

// What the target is given now, for a process that is about to end.
const Bytes* current = nullptr;
const char* left_in = nullptr;

void leave_input(int signal) {
    const int file = ::open(left_in, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    if (file >= 0 && ::write(file, current->data(), current->size()) >= 0) ::close(file);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run_changed(const std::vector<Bytes>& known, std::size_t count, const char* file) {
    Bytes input;
    current = &input;
    left_in = file;
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) std::signal(signal, leave_input);
    std::cerr << count << " changed ones; what breaks something is left in " << file << std::endl;
    for (Changer changer(known); count > 0; --count) {
        input = changer.next();
        pcq::fuzz::run(input);
    }
}

}  // namespace

int main(int count, char** arguments) {
    std::vector<Bytes> known = pcq::fuzz::seeds();
    for (std::size_t i = 0; i < known.size(); ++i) {
        std::cerr << "seed " << i << std::endl;
        pcq::fuzz::run(known[i]);
    }
    std::size_t changed = 0;
    const char* failure = nullptr;
    for (int i = 1; i < count; ++i) {
        const BytesView word = arguments[i];
        if (word == "--changed") {
            const BytesView number = i + 2 < count ? BytesView(arguments[i + 1]) : BytesView();
            const auto [end, bad] = std::from_chars(number.data(), number.data() + number.size(), changed);
            if (number.empty() || bad != std::errc() || end != number.data() + number.size()) {
                std::cerr << "--changed takes a number and a file\n";
                return 2;
            }
            failure = arguments[i + 2];
            i += 2;
            continue;
        }
        for (const auto& file : files_of(word)) {
            std::cerr << file.string() << std::endl;  // the last one named is the one that failed
            known.push_back(content_of(file));
            pcq::fuzz::run(known.back());
        }
    }
    std::cerr << known.size() << " inputs\n";
    if (known.empty()) return 1;
    if (changed > 0) run_changed(known, changed, failure);
    return 0;
}
