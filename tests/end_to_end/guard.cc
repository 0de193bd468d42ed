#include "tests/end_to_end/guard.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/invariant.h"

namespace pcq::e2e {
namespace {

// Runs in the process beside the test, with nothing of the test but the pipe.
[[noreturn]] void guard(int pipe) {
    setsid();
    const int nothing = open("/dev/null", O_RDWR);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing, standard);
    std::string told;
    std::array<char, 4096> buffer{};
    while (true) {
        const ssize_t got = read(pipe, buffer.data(), buffer.size());
        if (got <= 0) break;
        told.append(buffer.data(), static_cast<std::size_t>(got));
    }
    std::istringstream lines(told);
    for (std::string folder; std::getline(lines, folder);) {
        if (!std::filesystem::exists(folder)) continue;
        kill_all_of(folder);
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    _exit(0);
}

// The end of the pipe that says which folders there are; it closes with this process.
int start_guard() {
    std::array<int, 2> ends{};
    PCQ_INVARIANT(pipe2(ends.data(), O_CLOEXEC) == 0);
    const pid_t between = fork();
    PCQ_INVARIANT(between >= 0);
    if (between == 0) {
        close(ends[1]);
        if (fork() != 0) _exit(0);  // the guard is nobody's child: who kills the test's children misses it
        guard(ends[0]);
    }
    close(ends[0]);
    waitpid(between, nullptr, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return ends[1];
}

}  // namespace

std::filesystem::path make_guarded_folder() {
    static const int pipe = start_guard();
    std::string name = (std::filesystem::temp_directory_path() / "pcq-end-to-end-XXXXXX").string();
    PCQ_INVARIANT(mkdtemp(name.data()) != nullptr);
    const std::string line = name + "\n";
    PCQ_INVARIANT(write(pipe, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    return name;
}

int kill_all_of(const std::filesystem::path& folder) {
    int killed = 0;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
        const int process = std::atoi(entry.path().filename().c_str());
        if (process <= 1 || process == getpid()) continue;
        std::ifstream in(entry.path() / "cmdline", std::ios::binary);
        std::ostringstream command;
        command << in.rdbuf();
        if (command.str().find(folder.string() + "/") == std::string::npos) continue;
        if (kill(process, SIGKILL) == 0) ++killed;
    }
    return killed;
}

}  // namespace pcq::e2e
