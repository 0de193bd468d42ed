// Every field and enum value that bytes on disk and signatures depend on keeps its number and type for ever:
// tests/data/wire_fields.txt lists them. New ones may come, and are listed there with PCQ_WRITE_FIELDS=1.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "proto/pcq/v1/block.pb.h"
#include "proto/pcq/v1/consensus.pb.h"
#include "proto/pcq/v1/genesis.pb.h"
#include "proto/pcq/v1/state.pb.h"
#include "proto/pcq/v1/transaction.pb.h"

namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FileDescriptor;

constexpr const char* kFile = "tests/data/wire_fields.txt";

void list(const EnumDescriptor& type, std::set<std::string>& lines) {
    for (int i = 0; i < type.value_count(); ++i)
        lines.insert(type.full_name() + " " + std::to_string(type.value(i)->number()) + " " +
                     type.value(i)->name());
}

// Message, number, type, name; the name is in the JSON of genesis documents.
void list(const Descriptor& type, std::set<std::string>& lines) {
    for (int i = 0; i < type.field_count(); ++i) {
        const auto* field = type.field(i);
        std::string line = type.full_name() + " " + std::to_string(field->number()) + " ";
        if (field->is_repeated()) line += field->is_packed() ? "packed " : "repeated ";
        if (field->containing_oneof() != nullptr) line += "oneof ";
        if (field->message_type() != nullptr) {
            line += field->message_type()->full_name();
        } else {
            line += field->enum_type() != nullptr ? field->enum_type()->full_name() : field->type_name();
        }
        lines.insert(line + " " + field->name());
    }
    for (int i = 0; i < type.enum_type_count(); ++i) list(*type.enum_type(i), lines);
    for (int i = 0; i < type.nested_type_count(); ++i) list(*type.nested_type(i), lines);
}

std::set<std::string> fields() {
    namespace proto = pcq::v1;
    std::set<std::string> lines;
    for (const FileDescriptor* file :
         {proto::Transaction::descriptor()->file(), proto::Header::descriptor()->file(),
          proto::AccountRecord::descriptor()->file(), proto::Genesis::descriptor()->file(),
          proto::ConsensusMessage::descriptor()->file(), proto::ReportEmissions::descriptor()->file(),
          proto::ProposeChange::descriptor()->file(), proto::AllocationRow::descriptor()->file(),
          proto::FreezeRecord::descriptor()->file(), proto::PublicKey::descriptor()->file()}) {
        for (int i = 0; i < file->message_type_count(); ++i) list(*file->message_type(i), lines);
        for (int i = 0; i < file->enum_type_count(); ++i) list(*file->enum_type(i), lines);
    }
    return lines;
}

TEST(Wire, KeepsEveryFieldThatEverWas) {
    const auto now = fields();
    if (std::getenv("PCQ_WRITE_FIELDS") != nullptr) {
        std::ofstream out(kFile, std::ios::trunc);
        for (const auto& line : now) out << line << '\n';
    }
    std::ifstream file(kFile);
    ASSERT_TRUE(file) << "run from the repository's root";
    std::size_t count = 0;
    for (std::string line; std::getline(file, line); ++count) {
        EXPECT_EQ(now.count(line), 1u)
            << "\"" << line
            << "\" is gone or another: bytes that were written with it mean something "
               "else now";
    }
    EXPECT_GT(count, 250u);
}

}  // namespace
