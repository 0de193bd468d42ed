// Goal: tests/data/refusals.txt says exactly which reasons and events each action gives. Method: every
// receipt of every test's block is witnessed; when the whole suite has passed, what was seen must be what the
// file says. PCQ_WRITE_REFUSALS=1 writes it, and tests/contracts_doc.py --write puts it into
// docs/contracts.md. A part of the suite, or another seed, may see less and nothing else.
#include "tests/unit/contracts/witness.h"

#include <cstdlib>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "src/base/code.h"

namespace pcq::contracts::testing {
namespace {

constexpr const char* kFile = "tests/data/refusals.txt";

std::set<std::string>& seen() {
    static std::set<std::string> lines;
    return lines;
}

template <class Message>
std::string name_of_case(const Message& message, const char* oneof) {
    const auto* field = message.GetReflection()->GetOneofFieldDescriptor(
        message, Message::descriptor()->FindOneofByName(oneof));
    return field == nullptr ? "" : field->name();
}

std::set<std::string> known() {
    std::set<std::string> lines;
    std::ifstream in(kFile);
    for (std::string line; std::getline(in, line);) lines.insert(line);
    return lines;
}

class Witnessed final : public ::testing::Environment {
public:
    void TearDown() override {
        const auto& unit = *::testing::UnitTest::GetInstance();
        if (unit.Failed() || std::getenv("PCQ_SEED") != nullptr) return;
        const bool whole = unit.test_to_run_count() == unit.total_test_count();
        if (std::getenv("PCQ_WRITE_REFUSALS") != nullptr && whole) {
            std::ofstream out(kFile, std::ios::trunc);
            for (const auto& line : seen()) out << line << "\n";
            return;
        }
        const auto file = known();
        for (const auto& line : seen())
            EXPECT_EQ(file.count(line), 1U)
                << "not in " << kFile << ", so not in docs/contracts.md: " << line;
        if (!whole) return;
        for (const auto& line : file)
            EXPECT_EQ(seen().count(line), 1U) << "no test saw what " << kFile << " says: " << line;
    }
};

const auto* const kWitnessed = ::testing::AddGlobalTestEnvironment(new Witnessed);

}  // namespace

void witness(const proto::TransactionBody& body, const proto::Receipt& receipt) {
    const std::string action = name_of_case(body, "action");
    if (action.empty()) return;
    const auto code = code_from_number(receipt.code());
    if (!code) return;
    seen().insert(action + (*code == Code::ok ? " done" : " refused " + std::string(name(*code))));
    for (const auto& event : receipt.events())
        seen().insert(action + " event " + name_of_case(event, "event"));
}

}  // namespace pcq::contracts::testing
