#include "src/cli/passphrase.h"

#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace pcq::cli {
namespace {

constexpr std::size_t kPassphraseBytesMax = 1000;
constexpr char kInterrupt = '\3';

Error cancelled() {
    return Error{Code::bad_argument, "no passphrase was given"};
}

// One line from the terminal, which shows nothing of it. Signals wait until the terminal is as it was.
Result<std::string> ask(const std::string& question) {
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0 || !isatty(STDIN_FILENO)) {
        if (terminal >= 0) close(terminal);
        return Error{
            Code::wrong_passphrase,
            "a passphrase is needed, and there is no terminal to ask at: give --passphrase-file FILE"};
    }
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    termios shown{};
    tcgetattr(terminal, &shown);
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    hidden.c_lflag |= ICANON;
    hidden.c_cc[VEOL] = kInterrupt;  // Ctrl-C ends the line
    tcsetattr(terminal, TCSAFLUSH, &hidden);
    const auto say = [terminal](const std::string& text) {
        return write(terminal, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    };
    std::string line;
    bool good = say(question);
    for (char c = 0; good && c != '\n';) {
        good = read(terminal, &c, 1) == 1 && c != kInterrupt && line.size() < kPassphraseBytesMax;
        if (good && c != '\n') line.push_back(c);
    }
    say("\n");
    tcsetattr(terminal, TCSAFLUSH, &shown);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    close(terminal);
    if (!good || line.empty()) return cancelled();
    return line;
}

}  // namespace

Result<std::string> passphrase_from(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) {
        return Error{Code::bad_argument,
                     "cannot read " + file.string() + ": does it exist, and may you read it?"};
    }
    std::string line;
    std::getline(in, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty())
        return Error{Code::bad_argument, file.string() + " holds no passphrase in its first line"};
    return line;
}

Result<std::string> new_passphrase(const std::string& passphrase_file) {
    if (!passphrase_file.empty()) return passphrase_from(passphrase_file);
    if (!isatty(STDIN_FILENO)) {
        return Error{Code::bad_argument,
                     "give --passphrase-file FILE to encrypt the key, or --plain to leave it unencrypted"};
    }
    auto first = ask("passphrase of the new key: ");
    if (!first) return first;
    const auto second = ask("once more: ");
    if (!second) return second.error();
    if (*first != *second)
        return Error{Code::bad_argument, "the two passphrases differ; nothing was written"};
    return first;
}

Result<crypto::SigningKey> open_key(const std::filesystem::path& file, const std::string& passphrase_file) {
    if (!passphrase_file.empty()) {
        const auto passphrase = passphrase_from(passphrase_file);
        if (!passphrase) return passphrase.error();
        return crypto::load_key(file, *passphrase);
    }
    auto key = crypto::load_key(file, std::nullopt);
    if (key || key.error().code != Code::wrong_passphrase) return key;
    const auto passphrase = ask("passphrase of " + file.string() + ": ");
    if (!passphrase) return Error{passphrase.error().code, file.string() + ": " + passphrase.error().message};
    return crypto::load_key(file, *passphrase);
}

}  // namespace pcq::cli
