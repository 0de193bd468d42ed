// What a program cannot tell from the real thing: a terminal at which somebody types, a server that is no
// node.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "tests/end_to_end/process.h"

namespace pcq::e2e {

// What is typed once the program has said something.
struct Typed {
    std::string after;
    std::string keys;
};

// Runs it at a terminal of its own; all that the terminal showed is in `out`.
Ended run_at_terminal(const std::vector<std::string>& arguments, const std::vector<Typed>& typed);

// Gives every connection the same answer once it has heard something.
class ForeignServer {
public:
    explicit ForeignServer(std::string answer);
    ~ForeignServer();
    ForeignServer(const ForeignServer&) = delete;
    ForeignServer& operator=(const ForeignServer&) = delete;
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    void serve();

    const std::string answer_;
    int listening_ = -1;
    int port_ = 0;
    std::thread thread_;
};

}  // namespace pcq::e2e
