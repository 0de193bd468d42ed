// Plots of `pcq model`, as values, and how gnuplot makes SVG of them.
//
// gnuplot runs as a child process without a shell; the data go with its commands through its standard input.
// Without gnuplot the Error is plotter_missing and says which package to install. Used by one thread.
#pragma once

#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/result.h"

namespace pcq::cli::model {

using Points = std::vector<std::pair<double, double>>;
inline constexpr double kNoPoint = std::numeric_limits<double>::quiet_NaN();  // interrupts a line

enum class Stroke { line, dashed, dots, points };

struct Curve {
    std::string title;  // empty: not in the key
    Points points;      // a point that is no number interrupts the line
    Stroke stroke = Stroke::line;
    int colour = -1;     // of the palette; -1: by order
    bool right = false;  // on the second y axis
};

struct Range {
    double low = 0;
    double high = 0;
};

struct Panel {
    std::string title;
    std::string x_label;  // with its unit
    std::string y_label;
    std::string y2_label;  // empty: no second y axis
    std::vector<Curve> curves;
    std::optional<Range> x_range;
    std::optional<Range> y_range;
    std::optional<Range> y2_range;
    bool log_x = false;
    bool log_y = false;
    std::string key = "outside bottom center horizontal maxcols 3";  // beside the curves, not on them
};

struct Figure {
    std::string id;  // "F1"
    std::string title;
    std::string parameters;
    std::string expected;
    bool as_expected = false;  // whether the computed curves do it
    std::string found;         // what they do
    std::vector<Panel> panels;
    unsigned columns = 1;
};

// The commands for gnuplot, data and all.
std::string gnuplot_script(const Figure& figure);
// A whole SVG document with the figure's title and axes in words, black on white; as it stands in a page the
// colour of its text is the page's.
Result<std::string> draw(const Figure& figure);
std::string inline_svg(const std::string& svg, const std::string& id);

// Never replaces a file unless it may.
Result<> write_new(const std::filesystem::path& file, const std::string& content, bool replace);
Result<> draw_to(const Figure& figure, const std::filesystem::path& file);

// As text of XML: &, < and > by name.
std::string escaped(const std::string& text);

}  // namespace pcq::cli::model
