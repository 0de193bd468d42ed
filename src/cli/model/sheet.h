// What a command of `pcq model` has to say, said once and shown twice: as tables for people, as JSON for
// machines, where every number has its exact fraction, a decimal of 18 digits and its unit.
#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "src/cli/model/parameters.h"

namespace pcq::cli::model {

struct Cell {
    std::string text;
    boost::json::value json;

    Cell(std::string text_, boost::json::value json_) : text(std::move(text_)), json(std::move(json_)) {}
    Cell(const char* text_) : text(text_), json(text_) {}                  // NOLINT: a cell is its text
    Cell(const std::string& text_) : text(text_), json(text_) {}           // NOLINT
    Cell(std::size_t count) : text(std::to_string(count)), json(count) {}  // NOLINT
    Cell(bool yes) : text(yes ? "yes" : "no"), json(yes) {}                // NOLINT
    Cell(const Rational& value, Unit unit = Unit::one);                    // NOLINT
};

// In words the decimal alone, for long tables; in JSON the same as ever.
Cell decimal_cell(const Rational& value, Unit unit = Unit::one);

class Sheet {
public:
    void parameters(const Inputs& inputs);
    // What follows belongs to it.
    void section(const std::string& key, const std::string& title);
    void row(const std::string& key, const std::string& label, const Cell& cell);
    struct Column {
        std::string key;
        std::string title;
    };
    void table(const std::string& key, const std::vector<Column>& columns,
               const std::vector<std::vector<Cell>>& rows);
    void note(const std::string& text);

    void print(bool json) const;
    const boost::json::object& json() const { return json_; }

private:
    struct Table {
        std::vector<std::string> header;
        std::vector<std::vector<std::string>> rows;
    };
    struct Section {
        std::string title;
        std::vector<std::pair<std::string, std::string>> rows;
        std::vector<Table> tables;
        std::vector<std::string> notes;
    };
    boost::json::object& inside();

    std::vector<Section> sections_;
    std::string key_;
    boost::json::object json_;
};

}  // namespace pcq::cli::model
