// Where the rows of chains go: files of comma-separated values, an SQLite file, a PostgreSQL server. Each
// block is taken exactly once: what a sink has of a chain is written together with where it ends.
#pragma once

#include <filesystem>
#include <memory>

#include "src/audit/rows.h"

namespace pcq::audit {

// The last block that a sink has of a chain.
struct Position {
    std::uint64_t height = 0;
    Hash hash;
};

class Sink {
public:
    virtual ~Sink() = default;
    // Nothing: not even block 0. bad_argument: it holds another chain of this name.
    virtual Result<std::optional<Position>> position(const ledger::Genesis& genesis) = 0;
    // The block after the last one. Written for good by flush() at the latest.
    virtual Result<> put(BlockRows rows) = 0;
    virtual Result<> flush() = 0;
    // Every chain has been told to its end.
    virtual Result<> finish() { return {}; }
};

// A folder with one file a table, RFC 4180, the names of the columns first. A new one every time, since files
// know no transactions: bad_argument if there is something in it. State tables are written at the end. It has
// its name from finish() on, and is called FOLDER.part until then: what was cut short is never taken for the
// whole, and the next sink begins it anew.
Result<std::unique_ptr<Sink>> csv_sink(const std::filesystem::path& folder);
// Both below make their tables and views where they are missing, and go on where they end.
Result<std::unique_ptr<Sink>> sqlite_sink(const std::filesystem::path& file);
// `connection`: a libpq connection string or URL; the tables go into the schema "pcq". bad_argument: it is
// none. node_unreachable, from any call: the server is not there, or is not any more; only a new sink knows
// then what it has.
Result<std::unique_ptr<Sink>> postgres_sink(const std::string& connection);

// What makes the tables, and the views over them; the same SQL for both, but that PostgreSQL can replace a
// view that others stand on.
enum class Sql { sqlite, postgres };
std::vector<std::string> schema_sql(Sql kind);
// Counted up with every change of a table, since rows of blocks that are there are not made again.
inline constexpr std::int64_t kTablesVersion = 2;
// What a second writer is told, whose blocks are there already.
inline constexpr const char* kWrittenMeanwhile =
    "blocks that are to be written are there already: another export or sync is writing the same tables; run "
    "it again when that one has ended, and it goes on there";
// How many chains are there, and by which version; and what writes this one down.
inline constexpr const char* kMadeBySql =
    "SELECT (SELECT COUNT(*) FROM synced), COALESCE((SELECT MAX(tables_version) FROM made_by), 0)";
std::string made_by_sql();
// bad_argument: there are chains, and another version has written them.
Result<> check_made_by(std::int64_t chains, std::int64_t version, const std::string& instead);

}  // namespace pcq::audit
