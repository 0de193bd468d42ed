// A promise of our own code that is checked in every build.
//
// Broken input is never an invariant: that is an Error (src/base/result.h). When an invariant
// fails, memory can no longer be trusted: the process stops, restarts and recovers from disk.
#pragma once

namespace pcq {

[[noreturn]] void invariant_failed(const char* condition, const char* file, int line);

}  // namespace pcq

#define PCQ_INVARIANT(condition) \
    ((condition) ? static_cast<void>(0) : ::pcq::invariant_failed(#condition, __FILE__, __LINE__))
