// Rows in PostgreSQL, by COPY. A transaction holds a number of blocks and where they end: it is there whole
// or not at all, whatever happens to either side. State rows are copied beside, then take the places of those
// with their keys.
#include <array>
#include <map>
#include <utility>

#include <libpq-fe.h>
#include <pqxx/pqxx>

#include "src/audit/sink.h"
#include "src/base/hex.h"

namespace pcq::audit {
namespace {

constexpr std::size_t kRowsAtOnce = 50'000;
constexpr std::size_t kColumnsMax = 20;

Error said(Code code, std::string what) {
    while (!what.empty() && what.back() == '\n') what.pop_back();
    return Error{code, "PostgreSQL: " + what};
}

// What a libpqxx call says by throwing. A server that goes says so in the answer to whatever was asked of it,
// and may go between a commit and its answer: what is there then is asked by the next connection.
template <class Call>
Result<> guarded(const std::unique_ptr<pqxx::connection>& connection, const Call& call) {
    try {
        call();
        return {};
    } catch (const pqxx::broken_connection& error) {
        return said(Code::node_unreachable, error.what());
    } catch (const pqxx::in_doubt_error& error) {
        return said(Code::node_unreachable, error.what());
    } catch (const pqxx::unique_violation&) {
        return said(Code::io_failed, kWrittenMeanwhile);
    } catch (const std::exception& error) {
        const bool is_gone = connection != nullptr && !connection->is_open();
        return said(is_gone ? Code::node_unreachable : Code::io_failed, error.what());
    }
}

Result<> check_connection(const std::string& connection) {
    char* fault = nullptr;
    PQconninfoOption* options = PQconninfoParse(connection.c_str(), &fault);
    if (options == nullptr) {
        Error error =
            said(Code::bad_argument,
                 "\"" + connection + "\" is no connection string: " + (fault ? fault : "no memory"));
        PQfreemem(fault);
        return error;
    }
    PQconninfoFree(options);
    return {};
}

const char* null_or(const Cell& cell, std::string& text) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        text = std::to_string(*number);
    } else if (const auto* value = std::get_if<std::string>(&cell)) {
        text = *value;
    } else {
        return nullptr;
    }
    return text.c_str();
}

// The stream's width is part of its type.
template <std::size_t Width>
void copy_wide(pqxx::stream_to& stream, const Row& row) {
    std::array<std::string, Width> texts;
    std::array<const char*, Width> cells;
    for (std::size_t at = 0; at < Width; ++at) cells[at] = null_or(row[at], texts[at]);
    stream << cells;
}

template <std::size_t... Width>
void copy_row(pqxx::stream_to& stream, const Row& row, std::index_sequence<Width...>) {
    (void)((row.size() == Width + 1 && (copy_wide<Width + 1>(stream, row), true)) || ...);
}

class PostgresSink final : public Sink {
public:
    static Result<std::unique_ptr<Sink>> make(const std::string& connection) {
        if (auto valid = check_connection(connection); !valid) return valid.error();
        auto sink = std::make_unique<PostgresSink>();
        Result<> same;
        auto done = guarded(sink->connection_, [&] {
            sink->connection_ = std::make_unique<pqxx::connection>(connection);
            sink->connection_->set_variable("client_min_messages", "warning");
            pqxx::work work(*sink->connection_);
            // Two that begin at once would both find no schema; who waits here finds the other's.
            work.exec1("SELECT pg_advisory_xact_lock(hashtext('pcq schema'))");
            work.exec0("CREATE SCHEMA IF NOT EXISTS pcq");
            work.exec0("SET LOCAL search_path TO pcq");
            for (const auto& sql : schema_sql(Sql::postgres)) work.exec0(sql);
            const auto made_by = work.exec1(kMadeBySql);
            same = check_made_by(made_by[0].as<std::int64_t>(), made_by[1].as<std::int64_t>(),
                                 "name another database, or drop the schema pcq");
            if (!same) return;
            work.exec0(made_by_sql());
            work.commit();
        });
        if (!done) return done.error();
        if (!same) return same.error();
        return std::unique_ptr<Sink>(std::move(sink));
    }

    Result<std::optional<Position>> position(const ledger::Genesis& genesis) override {
        std::optional<Position> found;
        std::optional<Error> other;
        auto done = guarded(connection_, [&] {
            pqxx::work work(*connection_);
            const auto rows = work.exec_params(
                "SELECT chain_id, height, hash FROM pcq.synced WHERE chain = $1", genesis.fields.name());
            if (rows.empty()) return;
            if (rows[0][0].as<std::string>() != to_hex(genesis.chain)) {
                other = Error{Code::bad_argument,
                              "the database holds another chain that is called " + genesis.fields.name()};
                return;
            }
            const auto hash = id_from_hex<Hash>(rows[0][2].as<std::string>());
            found = Position{rows[0][1].as<std::uint64_t>(), hash.has_value() ? *hash : Hash()};
        });
        if (!done) return done.error();
        if (other) return *other;
        return found;
    }

    Result<> put(BlockRows rows) override {
        for (auto& row : rows.rows) {
            const Table& table = tables()[row.table];
            ++pending_;
            if (!table.is_state) {
                logs_[row.table].push_back(std::move(row.row));
                continue;
            }
            Row key(row.row.begin(), row.row.begin() + static_cast<std::ptrdiff_t>(table.key_columns));
            states_[row.table][std::move(key)] = {std::move(row.row), row.removed};
        }
        ++pending_;
        rows.rows.clear();
        ends_[rows.chain] = std::move(rows);
        return pending_ >= kRowsAtOnce ? flush() : Result<>();
    }

    Result<> flush() override {
        if (pending_ == 0) return {};
        auto done = guarded(connection_, [this] {
            pqxx::work work(*connection_);
            work.exec0("SET LOCAL search_path TO pcq");
            for (const auto& [table, rows] : logs_) copy(work, tables()[table].name, rows);
            for (const auto& [table, rows] : states_) merge(work, tables()[table], rows);
            for (const auto& [chain, end] : ends_)
                work.exec_params(
                    "INSERT INTO synced VALUES ($1, $2, $3, $4) ON CONFLICT (chain) DO UPDATE "
                    "SET height = EXCLUDED.height, hash = EXCLUDED.hash",
                    chain, to_hex(end.chain_id), static_cast<std::int64_t>(end.height), to_hex(end.hash));
            work.commit();
        });
        if (!done) return done;
        logs_.clear();
        states_.clear();
        ends_.clear();
        pending_ = 0;
        return {};
    }

private:
    struct Newest {
        Row row;
        bool removed = false;
    };

    static void copy(pqxx::work& work, const std::string& table, const std::vector<Row>& rows) {
        pqxx::stream_to stream(work, table);
        for (const Row& row : rows) copy_row(stream, row, std::make_index_sequence<kColumnsMax>());
        stream.complete();
    }

    static void merge(pqxx::work& work, const Table& table, const std::map<Row, Newest>& rows) {
        const std::string name = table.name;
        const std::string beside = "newest_" + name;
        std::string keys;
        for (std::size_t at = 0; at < table.key_columns; ++at) {
            const std::string column = table.columns[at].name;
            keys += (at == 0 ? "" : " AND ") + ("t." + column) + " = n." + column;
        }
        work.exec0("CREATE TEMP TABLE " + beside + " (LIKE " + name + ") ON COMMIT DROP");
        std::vector<Row> all;
        std::vector<Row> kept;
        for (const auto& [key, newest] : rows) {
            all.push_back(newest.row);
            if (!newest.removed) kept.push_back(newest.row);
        }
        copy(work, beside, all);
        work.exec0("DELETE FROM " + name + " t USING " + beside + " n WHERE " + keys);
        copy(work, name, kept);
    }

    std::unique_ptr<pqxx::connection> connection_;
    std::map<std::size_t, std::vector<Row>> logs_;
    std::map<std::size_t, std::map<Row, Newest>> states_;
    std::map<std::string, BlockRows> ends_;  // the last block of each chain, without its rows
    std::size_t pending_ = 0;
};

}  // namespace

Result<std::unique_ptr<Sink>> postgres_sink(const std::string& connection) {
    return PostgresSink::make(connection);
}

}  // namespace pcq::audit
