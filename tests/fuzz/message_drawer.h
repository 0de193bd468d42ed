// Draws any message of pcq.v1 field by field, by reflection, so that a new action is fuzzed the day it
// exists. Fields that name something known (an account, a chain, an order, a period) mostly do.
#pragma once

#include <vector>

#include <google/protobuf/message.h>

#include "src/base/invariant.h"
#include "tests/fuzz/draw.h"

namespace pcq::fuzz {

struct Vocabulary {
    std::vector<Bytes> accounts;  // 32 bytes each
    std::vector<Bytes> hashes;    // chains, orders, activities
    std::vector<std::uint64_t> numbers;
    std::vector<std::string> texts;
};

class MessageDrawer {
public:
    MessageDrawer(Draw& draw, const Vocabulary& words) : draw_(draw), words_(words) {}

    // Fields of `message`; of a oneof one member.
    void fill(google::protobuf::Message& message, int depth = 0);

private:
    void set(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, int depth);
    std::uint64_t number(const google::protobuf::FieldDescriptor& field);
    Bytes bytes(const google::protobuf::FieldDescriptor& field);

    Draw& draw_;
    const Vocabulary& words_;
};

}  // namespace pcq::fuzz
