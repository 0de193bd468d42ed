// Rows in an SQLite file. A transaction holds some thousand blocks and where they end.
#include <sqlite3.h>

#include "src/audit/sink.h"
#include "src/base/hex.h"

namespace pcq::audit {
namespace {

constexpr int kRowsPerCommit = 100'000;
constexpr int kOthersMost_ms = 60'000;  // until another's transaction is over
constexpr int kAgain_ms = 10;

struct Closer {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Closer>;
using Statement = std::unique_ptr<sqlite3_stmt, Closer>;

class SqliteSink final : public Sink {
public:
    static Result<std::unique_ptr<Sink>> make(const std::filesystem::path& file) {
        auto sink = std::make_unique<SqliteSink>();
        sqlite3* raw = nullptr;
        const int opened = sqlite3_open(file.c_str(), &raw);
        sink->database_.reset(raw);
        sink->file_ = file;
        if (opened != SQLITE_OK) return sink->failed();
        sqlite3_busy_timeout(raw, kOthersMost_ms);
        if (auto done = sink->let_others_read(); !done) return done.error();
        if (auto done = sink->run("BEGIN IMMEDIATE"); !done) return done.error();
        for (const auto& sql : schema_sql(Sql::sqlite)) {
            if (auto done = sink->run(sql); !done) return done.error();
        }
        if (auto same = sink->check_made_by(); !same) return same.error();
        if (auto done = sink->run(made_by_sql()); !done) return done.error();
        if (auto done = sink->run("COMMIT"); !done) return done.error();
        if (auto done = sink->prepare(); !done) return done.error();
        return std::unique_ptr<Sink>(std::move(sink));
    }

    Result<std::optional<Position>> position(const ledger::Genesis& genesis) override {
        auto statement = statement_of("SELECT chain_id, height, hash FROM synced WHERE chain = ?");
        if (!statement) return statement.error();
        const Cell name = genesis.fields.name();  // bound without a copy
        bind(statement->get(), 1, name);
        const int step = sqlite3_step(statement->get());
        if (step == SQLITE_DONE) return std::optional<Position>();
        if (step != SQLITE_ROW) return failed();
        if (text_at(statement->get(), 0) != to_hex(genesis.chain))
            return Error{Code::bad_argument,
                         file_.string() + " holds another chain that is called " + genesis.fields.name()};
        const auto hash = id_from_hex<Hash>(text_at(statement->get(), 2));
        if (!hash) return hash.error();
        return std::optional(
            Position{static_cast<std::uint64_t>(sqlite3_column_int64(statement->get(), 1)), *hash});
    }

    Result<> put(BlockRows rows) override {
        if (pending_ == 0) {
            if (auto begun = run("BEGIN IMMEDIATE"); !begun) return begun;
        }
        for (const auto& row : rows.rows) {
            const Table& table = tables()[row.table];
            auto* statement = (row.removed ? deletes_ : inserts_)[row.table].get();
            const std::size_t cells = row.removed ? table.key_columns : row.row.size();
            for (std::size_t at = 0; at < cells; ++at) bind(statement, static_cast<int>(at + 1), row.row[at]);
            if (auto done = run_once(statement); !done) return done;
        }
        const Row mark{rows.chain, to_hex(rows.chain_id), static_cast<std::int64_t>(rows.height),
                       to_hex(rows.hash)};
        for (std::size_t at = 0; at < mark.size(); ++at)
            bind(mark_.get(), static_cast<int>(at + 1), mark[at]);
        if (auto done = run_once(mark_.get()); !done) return done;
        pending_ += static_cast<int>(rows.rows.size()) + 1;
        return pending_ >= kRowsPerCommit ? flush() : Result<>();
    }

    Result<> flush() override {
        if (pending_ == 0) return {};
        pending_ = 0;
        return run("COMMIT");
    }

private:
    // With a write-ahead log. Where two change to it at once SQLite does not wait as it does elsewhere, since
    // each would wait for the other: both are told, and one of them comes first the next time.
    Result<> let_others_read() {
        for (int waited_ms = 0;; waited_ms += kAgain_ms) {
            auto done = run("PRAGMA journal_mode = WAL");
            if (done || sqlite3_errcode(database_.get()) != SQLITE_BUSY || waited_ms >= kOthersMost_ms)
                return done;
            sqlite3_sleep(kAgain_ms);
        }
    }
    Error failed() const {
        if (sqlite3_errcode(database_.get()) == SQLITE_CONSTRAINT)
            return Error{Code::io_failed, file_.string() + ": " + kWrittenMeanwhile};
        return Error{Code::io_failed, file_.string() + ": " + sqlite3_errmsg(database_.get())};
    }
    Result<> run(const std::string& sql) {
        if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
            return failed();
        return {};
    }
    Result<Statement> statement_of(const std::string& sql) {
        sqlite3_stmt* raw = nullptr;
        if (sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) return failed();
        return Statement(raw);
    }
    static std::string text_at(sqlite3_stmt* statement, int column) {
        const auto* text = sqlite3_column_text(statement, column);
        return text == nullptr ? "" : reinterpret_cast<const char*>(text);
    }
    // The cell outlives the step.
    static void bind(sqlite3_stmt* statement, int at, const Cell& cell) {
        if (const auto* number = std::get_if<std::int64_t>(&cell)) {
            sqlite3_bind_int64(statement, at, *number);
        } else if (const auto* text = std::get_if<std::string>(&cell)) {
            sqlite3_bind_text(statement, at, text->data(), static_cast<int>(text->size()), nullptr);
        } else {
            sqlite3_bind_null(statement, at);
        }
    }
    Result<> run_once(sqlite3_stmt* statement) {
        const int step = sqlite3_step(statement);
        sqlite3_reset(statement);
        if (step != SQLITE_DONE) return failed();
        return {};
    }
    Result<> check_made_by() {
        auto statement = statement_of(kMadeBySql);
        if (!statement) return statement.error();
        if (sqlite3_step(statement->get()) != SQLITE_ROW) return failed();
        return audit::check_made_by(sqlite3_column_int64(statement->get(), 0),
                                    sqlite3_column_int64(statement->get(), 1), "name a new file");
    }
    Result<> prepare() {
        for (const Table& table : tables()) {
            std::string marks;
            std::string keys;
            for (std::size_t at = 0; at < table.columns.size(); ++at) {
                marks += at == 0 ? "?" : ", ?";
                if (at < table.key_columns)
                    keys += (at == 0 ? "" : " AND ") + table.columns[at].name + " = ?";
            }
            const char* how = table.is_state ? "INSERT OR REPLACE INTO " : "INSERT INTO ";
            auto insert = statement_of(how + std::string(table.name) + " VALUES (" + marks + ")");
            if (!insert) return insert.error();
            inserts_.push_back(*std::move(insert));
            auto remove = statement_of("DELETE FROM " + std::string(table.name) + " WHERE " + keys);
            if (!remove) return remove.error();
            deletes_.push_back(*std::move(remove));
        }
        auto mark = statement_of("INSERT OR REPLACE INTO synced VALUES (?, ?, ?, ?)");
        if (!mark) return mark.error();
        mark_ = *std::move(mark);
        return {};
    }

    std::filesystem::path file_;
    Database database_;
    std::vector<Statement> inserts_;
    std::vector<Statement> deletes_;
    Statement mark_;
    int pending_ = 0;
};

}  // namespace

Result<std::unique_ptr<Sink>> sqlite_sink(const std::filesystem::path& file) {
    return SqliteSink::make(file);
}

}  // namespace pcq::audit
