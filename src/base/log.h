// The log of a program: one line an event, on stderr, as text or as JSON. Doers log; deciders never do. No
// secret is ever logged.
#pragma once

#include <string>

#include "src/base/result.h"

namespace pcq {

struct LogOptions {
    std::string name;            // of the node
    std::string level = "info";  // trace, debug, info, warn, error
    bool json = false;
};

// Once, before the first line.
void start_logging(const LogOptions& options);

// The last line of a program that cannot go on.
void log_fatal(const Error& error);

}  // namespace pcq
