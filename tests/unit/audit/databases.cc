#include "tests/unit/audit/databases.h"

#include <cstdlib>

#include <gtest/gtest.h>
#include <pqxx/pqxx>
#include <sqlite3.h>
#include <unistd.h>

namespace pcq::audit {
namespace {

class Sqlite final : public TestDatabase {
public:
    explicit Sqlite(const std::filesystem::path& folder) : file_(folder / "chains.sqlite") {}

    Result<std::unique_ptr<Sink>> sink() override { return sqlite_sink(file_); }
    std::string place() const override { return file_.string(); }
    Answer query(const std::string& sql) override {
        Answer answer;
        sqlite3* database = nullptr;
        EXPECT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
        const auto row = [](void* into, int columns, char** values, char**) {
            auto& cells = static_cast<Answer*>(into)->emplace_back();
            for (int at = 0; at < columns; ++at) cells.emplace_back(values[at] == nullptr ? "" : values[at]);
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(database, sql.c_str(), row, &answer, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database) << ": " << sql;
        sqlite3_close(database);
        return answer;
    }

private:
    const std::filesystem::path file_;
};

// Where Debian keeps the server's programs: the newest version's.
std::filesystem::path programs() {
    std::filesystem::path found;
    std::error_code ignored;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
        if (std::filesystem::exists(version.path() / "bin" / "initdb"))
            found = std::max(found, version.path() / "bin");
    }
    return found;
}

// One server for all tests of the process.
class Server {
public:
    Server() {
        const auto bin = programs();
        EXPECT_FALSE(bin.empty()) << "there is no PostgreSQL server; deploy/install.sh installs it";
        std::string name = "/tmp/pcq_postgres_XXXXXX";
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        if (geteuid() == 0) {
            user_ = "runuser -u postgres -- ";
            run("chown postgres " + name);
        }
        control_ = bin.string() + "/pg_ctl -s -w -t 300 -D " + name + "/data ";
        EXPECT_EQ(run(user_ + bin.string() + "/initdb -D " + name +
                      "/data -A trust -U pcq -E UTF8 --locale C --no-sync >/dev/null"),
                  0);
        EXPECT_EQ(run(user_ + control_ + "-l " + name + "/log -o \"-c listen_addresses='' -k " + name +
                      " -c fsync=off\" start"),
                  0);
    }
    ~Server() {
        run(user_ + control_ + "-m immediate stop");
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    // A new database.
    std::string connection() {
        const std::string at = "host=" + folder_.string() + " user=pcq dbname=";
        const std::string name = "chains_" + std::to_string(++databases_);
        pqxx::connection connection(at + "postgres");
        pqxx::nontransaction work(connection);
        work.exec0("CREATE DATABASE " + name);
        return at + name;
    }

private:
    // In a folder that everybody may enter.
    static int run(const std::string& command) { return std::system(("cd /tmp && " + command).c_str()); }

    std::filesystem::path folder_;
    std::string user_;
    std::string control_;
    int databases_ = 0;
};

class Postgres final : public TestDatabase {
public:
    explicit Postgres(std::string connection) : connection_(std::move(connection)) {}

    Result<std::unique_ptr<Sink>> sink() override { return postgres_sink(connection_); }
    std::string place() const override { return connection_; }
    Answer query(const std::string& sql) override {
        Answer answer;
        pqxx::connection connection(connection_ + " options='-c search_path=pcq'");
        pqxx::work work(connection);
        for (const auto& row : work.exec(sql)) {
            auto& cells = answer.emplace_back();
            for (const auto& cell : row) cells.emplace_back(cell.is_null() ? "" : cell.c_str());
        }
        work.commit();
        return answer;
    }

private:
    const std::string connection_;
};

}  // namespace

std::string TestDatabase::dump() {
    std::string text;
    for (const Table& table : tables()) {
        std::string keys;
        for (std::size_t at = 0; at < table.key_columns; ++at)
            keys += (at == 0 ? "" : ", ") + table.columns[at].name;
        text += std::string(table.name) + "\n";
        for (const auto& row : query("SELECT * FROM " + std::string(table.name) + " ORDER BY " + keys)) {
            for (const auto& cell : row) text += cell + "|";
            text += "\n";
        }
    }
    return text;
}

std::unique_ptr<TestDatabase> test_sqlite(const std::filesystem::path& folder) {
    return std::make_unique<Sqlite>(folder);
}

std::unique_ptr<TestDatabase> test_postgres() {
    static Server server;
    return std::make_unique<Postgres>(server.connection());
}

}  // namespace pcq::audit
