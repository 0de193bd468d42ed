// How far a chain of this node is that begins with a snapshot instead of blocks.
#pragma once

#include "src/base/instant.h"

namespace pcq::node {

struct Joining {
    std::uint64_t height = 0;  // of the snapshot; 0: none has been offered yet
    std::uint64_t chunks = 0;  // there
    std::uint64_t of = 0;
    Duration quiet{0};  // since a chunk that holds has come
};

}  // namespace pcq::node
