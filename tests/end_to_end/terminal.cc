#include "tests/end_to_end/terminal.h"

#include <array>
#include <csignal>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/invariant.h"

namespace pcq::e2e {
namespace {

constexpr int kSilenceMaxMs = 30'000;

// What the program says next, or nothing when it has ended.
bool hear(int terminal, std::string& heard) {
    pollfd one{terminal, POLLIN, 0};
    if (poll(&one, 1, kSilenceMaxMs) <= 0) return false;
    std::array<char, 4096> buffer{};
    const ssize_t got = read(terminal, buffer.data(), buffer.size());
    if (got <= 0) return false;  // EIO when the program has closed its side
    heard.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
}

}  // namespace

Ended run_at_terminal(const std::vector<std::string>& arguments, const std::vector<Typed>& typed) {
    auto texts = arguments;
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    int terminal = -1;
    const pid_t process = forkpty(&terminal, nullptr, nullptr, nullptr);
    PCQ_INVARIANT(process >= 0);
    if (process == 0) {
        execv(pointers[0], pointers.data());
        _exit(127);
    }
    std::string heard;
    std::size_t from = 0;
    for (const auto& [after, keys] : typed) {
        while (heard.find(after, from) == std::string::npos) {
            if (hear(terminal, heard)) continue;
            ADD_FAILURE() << "never asked \"" << after << "\": " << heard;
            kill(process, SIGKILL);
            break;
        }
        from = heard.size();
        EXPECT_EQ(write(terminal, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    }
    while (hear(terminal, heard)) {
    }
    close(terminal);
    int status = 0;
    PCQ_INVARIANT(waitpid(process, &status, 0) == process);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), heard, ""};
}

ForeignServer::ForeignServer(std::string answer)
    : answer_(std::move(answer)), listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    PCQ_INVARIANT(bind(listening_, generic, size) == 0 && listen(listening_, 16) == 0);
    PCQ_INVARIANT(getsockname(listening_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

ForeignServer::~ForeignServer() {
    shutdown(listening_, SHUT_RDWR);
    thread_.join();
    close(listening_);
}

void ForeignServer::serve() {
    while (true) {
        const int client = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        std::array<char, 4096> buffer{};
        if (recv(client, buffer.data(), buffer.size(), 0) > 0)
            send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
        close(client);
    }
}

}  // namespace pcq::e2e
