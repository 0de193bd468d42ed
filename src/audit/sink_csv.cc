// Rows as files of comma-separated values (RFC 4180).
#include <fstream>
#include <map>

#include "src/audit/sink.h"

namespace pcq::audit {
namespace {

Error failed(const std::filesystem::path& file) {
    return Error{Code::io_failed, file.string() + " cannot be written"};
}

std::string field(const Cell& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
    const auto* text = std::get_if<std::string>(&cell);
    if (text == nullptr) return "";
    if (text->find_first_of(",\"\r\n") == std::string::npos) return *text;
    std::string quoted = "\"";
    for (const char c : *text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

std::string line(const Row& row) {
    std::string text;
    for (std::size_t at = 0; at < row.size(); ++at) text += (at == 0 ? "" : ",") + field(row[at]);
    return text + "\r\n";
}

class CsvSink final : public Sink {
public:
    static Result<std::unique_ptr<Sink>> make(const std::filesystem::path& named) {
        auto sink = std::make_unique<CsvSink>();
        sink->folder_ = std::filesystem::absolute(named).lexically_normal();
        if (!sink->folder_.has_filename()) sink->folder_ = sink->folder_.parent_path();
        if (std::filesystem::exists(sink->folder_) && !std::filesystem::is_empty(sink->folder_))
            return Error{Code::bad_argument, named.string() + " is there already: name a new folder"};
        sink->part_ = sink->folder_;
        sink->part_ += ".part";
        std::error_code failure;
        std::filesystem::create_directories(sink->part_, failure);
        for (const Table& table : tables()) {
            const auto file = sink->file_of(table);
            std::string names;
            for (const auto& column : table.columns) names += (names.empty() ? "" : ",") + column.name;
            auto& stream = sink->files_.emplace_back(file, std::ios::binary | std::ios::trunc);
            if (!(stream << names << "\r\n")) return failed(file);
        }
        sink->states_.resize(tables().size());
        return std::unique_ptr<Sink>(std::move(sink));
    }

    Result<std::optional<Position>> position(const ledger::Genesis&) override {
        return std::optional<Position>();
    }

    Result<> put(BlockRows rows) override {
        for (auto& row : rows.rows) {
            const Table& table = tables()[row.table];
            if (!table.is_state) {
                files_[row.table] << line(row.row);
                continue;
            }
            const Row key(row.row.begin(), row.row.begin() + static_cast<std::ptrdiff_t>(table.key_columns));
            if (row.removed) {
                states_[row.table].erase(key);
            } else {
                states_[row.table][key] = std::move(row.row);
            }
        }
        return {};
    }

    // The end: what state there is goes behind the headings.
    Result<> flush() override {
        for (std::size_t table = 0; table < files_.size(); ++table) {
            for (const auto& [key, row] : states_[table]) files_[table] << line(row);
            states_[table].clear();
            if (!files_[table].flush()) return failed(file_of(tables()[table]));
        }
        return {};
    }

    Result<> finish() override {
        for (std::size_t table = 0; table < files_.size(); ++table) {
            files_[table].close();
            if (!files_[table]) return failed(file_of(tables()[table]));
        }
        std::error_code failure;
        std::filesystem::rename(part_, folder_, failure);
        if (!failure) return {};
        return Error{Code::io_failed, part_.string() + " is whole, but cannot be called " + folder_.string() +
                                          ": " + failure.message()};
    }

private:
    std::filesystem::path file_of(const Table& table) const {
        return part_ / (std::string(table.name) + ".csv");
    }

    std::filesystem::path folder_;
    std::filesystem::path part_;  // what it is called until it is whole
    std::vector<std::ofstream> files_;
    std::vector<std::map<Row, Row>> states_;
};

}  // namespace

Result<std::unique_ptr<Sink>> csv_sink(const std::filesystem::path& folder) {
    return CsvSink::make(folder);
}

}  // namespace pcq::audit
