// Databases for tests: an SQLite file, and a PostgreSQL server of this test alone, in a folder of its own, by
// a user that is not root, answering on a socket in that folder; stopped and removed with the object.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/audit/sink.h"

namespace pcq::audit {

using Answer = std::vector<std::vector<std::string>>;  // "" for null

class TestDatabase {
public:
    virtual ~TestDatabase() = default;
    virtual Result<std::unique_ptr<Sink>> sink() = 0;
    virtual std::string place() const = 0;  // file or connection
    virtual Answer query(const std::string& sql) = 0;
    // Everything in all tables, in order.
    std::string dump();
};

std::unique_ptr<TestDatabase> test_sqlite(const std::filesystem::path& folder);
// Fails the test where there is no PostgreSQL (deploy/install.sh installs it).
std::unique_ptr<TestDatabase> test_postgres();

}  // namespace pcq::audit
