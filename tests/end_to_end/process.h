// Programs run by the tests: what they were asked, what they said, how they ended.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace pcq::e2e {

// How a program ended: its exit code, or 128 and the signal's number; and all that it wrote.
struct Ended {
    int code = 0;
    std::string out;
    std::string err;
};

struct Command {
    std::vector<std::string> arguments;              // the first one is the program's path
    std::map<std::string, std::string> environment;  // beside this process's own
    std::string input;                               // standard input, whole
};

// Runs it to its end.
Ended run(const Command& command);

// pcq, pcqd, pcq-demo: built beside this test.
std::filesystem::path program(const std::string& name);

// `pcq` with these arguments.
Ended pcq(std::vector<std::string> arguments);

}  // namespace pcq::e2e
