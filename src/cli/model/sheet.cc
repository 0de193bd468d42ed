#include "src/cli/model/sheet.h"

#include <iostream>

#include <boost/json/array.hpp>

#include "src/cli/output.h"

namespace pcq::cli::model {
namespace {

constexpr unsigned kSheetDigits = 18;

boost::json::value json_of(const Rational& value, Unit unit) {
    boost::json::object object{{"exact", econ::exact::to_text(value)},
                               {"decimal", econ::exact::to_decimal(value, kSheetDigits)}};
    if (unit != Unit::one) object["unit"] = name(unit);
    return object;
}

}  // namespace

Cell::Cell(const Rational& value, Unit unit) : text(text_of(value, unit)), json(json_of(value, unit)) {}

Cell decimal_cell(const Rational& value, Unit unit) {
    Cell cell(value, unit);
    cell.text = decimal_text(value) + (unit == Unit::one ? "" : " " + std::string(name(unit)));
    return cell;
}

boost::json::object& Sheet::inside() {
    if (key_.empty()) return json_;
    auto& value = json_[key_];
    if (!value.is_object()) value = boost::json::object{};
    return value.as_object();
}

void Sheet::parameters(const Inputs& inputs) {
    section("parameters", "Parameters");
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : inputs.used()) {
        rows.push_back({one.what->key, one.what->symbol, full_text(one.value),
                        one.what->unit == Unit::one ? "" : name(one.what->unit), one.from});
        auto value = json_of(one.value, one.what->unit);
        value.as_object()["from"] = one.from;
        inside()[one.what->key] = value;
    }
    sections_.back().tables.push_back({{"parameter", "symbol", "value", "unit", "from"}, rows});
}

void Sheet::section(const std::string& key, const std::string& title) {
    key_ = key;
    sections_.push_back({title, {}, {}, {}});
}

void Sheet::row(const std::string& key, const std::string& label, const Cell& cell) {
    if (sections_.empty()) sections_.emplace_back();
    sections_.back().rows.emplace_back(label, cell.text);
    inside()[key] = cell.json;
}

void Sheet::table(const std::string& key, const std::vector<Column>& columns,
                  const std::vector<std::vector<Cell>>& rows) {
    if (sections_.empty()) sections_.emplace_back();
    Table shown;
    for (const auto& column : columns) shown.header.push_back(column.title);
    boost::json::array list;
    for (const auto& row : rows) {
        std::vector<std::string> texts;
        boost::json::object object;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            texts.push_back(row.at(i).text);
            object[columns[i].key] = row.at(i).json;
        }
        shown.rows.push_back(std::move(texts));
        list.push_back(std::move(object));
    }
    sections_.back().tables.push_back(std::move(shown));
    inside()[key] = std::move(list);
}

void Sheet::note(const std::string& text) {
    if (sections_.empty()) sections_.emplace_back();
    sections_.back().notes.push_back(text);
    auto& notes = inside()["notes"];
    if (!notes.is_array()) notes = boost::json::array{};
    notes.as_array().push_back(boost::json::string(text));
}

void Sheet::print(bool json) const {
    if (json) return print_json(json_);
    bool first = true;
    for (const auto& section : sections_) {
        if (!first) std::cout << "\n";
        first = false;
        if (!section.title.empty()) std::cout << section.title << "\n\n";
        print_rows(section.rows);
        for (const auto& table : section.tables) print_table(table.header, table.rows);
        if (!section.notes.empty() && !(section.rows.empty() && section.tables.empty())) std::cout << "\n";
        for (const auto& note : section.notes) std::cout << note << "\n";
    }
}

}  // namespace pcq::cli::model
