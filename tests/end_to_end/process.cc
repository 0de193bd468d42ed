#include "tests/end_to_end/process.h"

#include <cstdlib>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/invariant.h"

extern char** environ;

namespace pcq::e2e {
namespace {

// A file without a name, closed with its owner and in every program that is run.
class MemoryFile {
public:
    explicit MemoryFile(const std::string& content = "")
        : descriptor_(memfd_create("pcq-test", MFD_CLOEXEC)) {
        PCQ_INVARIANT(descriptor_ >= 0);
        PCQ_INVARIANT(write(descriptor_, content.data(), content.size()) ==
                      static_cast<ssize_t>(content.size()));
        lseek(descriptor_, 0, SEEK_SET);
    }
    ~MemoryFile() { close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    int descriptor() const { return descriptor_; }
    std::string content() const {
        std::string text(static_cast<std::size_t>(lseek(descriptor_, 0, SEEK_END)), '\0');
        PCQ_INVARIANT(pread(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
        return text;
    }

private:
    int descriptor_;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (auto& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

std::vector<std::string> whole_environment(const std::map<std::string, std::string>& more) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (more.count(text.substr(0, text.find('='))) == 0) all.push_back(text);
    }
    for (const auto& [name, value] : more) all.push_back(name + "=" + value);
    return all;
}

}  // namespace

Ended run(const Command& command) {
    const MemoryFile in(command.input);
    const MemoryFile out;
    const MemoryFile err;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in.descriptor(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out.descriptor(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err.descriptor(), STDERR_FILENO);
    auto arguments = command.arguments;
    auto environment = whole_environment(command.environment);
    pid_t process = 0;
    const int failed = posix_spawn(&process, arguments[0].c_str(), &files, nullptr,
                                   pointers(arguments).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0) return {127, "", arguments[0] + ": " + std::strerror(failed)};
    int status = 0;
    PCQ_INVARIANT(waitpid(process, &status, 0) == process);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, out.content(), err.content()};
}

std::filesystem::path program(const std::string& name) {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

Ended pcq(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("pcq").string());
    return run({std::move(arguments), {}, ""});
}

}  // namespace pcq::e2e
