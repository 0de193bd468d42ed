// What a fuzz target is: a function that takes any bytes and ends the process when what it promises does not
// hold, and a few inputs to begin with, made from the real types.
//
// Each target is one file of this folder and one program: with clang under libFuzzer (libfuzzer.cc),
// otherwise a test that runs the seeds and the corpus once more (replay.cc). A broken promise is
// PCQ_INVARIANT.
#pragma once

#include <vector>

#include "src/base/bytes.h"
#include "src/base/invariant.h"

namespace pcq::fuzz {

// Defined by the target.
void run(BytesView input);
std::vector<Bytes> seeds();

}  // namespace pcq::fuzz
