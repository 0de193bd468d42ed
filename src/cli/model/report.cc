// pcq model report: every plot on one page.
#include <fstream>
#include <iostream>

#include "src/cli/model/commands.h"
#include "src/cli/model/figures.h"
#include "src/cli/model/simulate.h"

namespace pcq::cli::model {
namespace {

constexpr const char* kHead = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The model of personal carbon quotas</title>
<style>
:root { color-scheme: light dark; --ink: #1c1f23; --soft: #5b636d; --paper: #ffffff; --line: #d5d9de; --good: #17693a; --bad: #a3341c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --soft: #a3acb6; --paper: #14171a; --line: #343a41; --good: #7ed3a0; --bad: #f0997f; }
}
body { margin: 0 auto; max-width: 82rem; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin: 0 0 .4rem; }
figure { margin: 2rem 0; padding-top: 1.5rem; border-top: 1px solid var(--line); }
figure svg { width: 100%; height: auto; max-height: 90vh; }
figure.single svg { max-width: 40rem; }
.soft { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
nav a { color: inherit; margin-right: 1rem; white-space: nowrap; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
</style>
</head>
<body>
<h1>The model of personal carbon quotas</h1>
<p>The mechanism of &ldquo;Research on Energy Trading Mechanism Based on Individual Level Carbon Quota&rdquo; (Sustainability 2024, 16,
5810), computed in exact fractions from the corrected formulas, beside what the paper prints. The paper gives no parameters; these are
the presets of <code>pcq model</code>. Quantities of the two-sided platform and of the game have no unit (1).</p>
)html";

std::string verdict(const Figure& figure) {
    return figure.as_expected ? "<span class=\"good\">As expected.</span>"
                              : "<span class=\"bad\">Not as expected.</span>";
}

std::string part(const Figure& figure, const std::string& svg) {
    const std::string size = figure.panels.size() == 1 ? " class=\"single\"" : "";
    return "<figure id=\"" + figure.id + "\"" + size + ">\n<h2>" + figure.id + ". " + escaped(figure.title) +
           "</h2>\n<p>Expected: " + escaped(figure.expected) + "<br>\n" + verdict(figure) + " " +
           escaped(figure.found) + "</p>\n" + inline_svg(svg, figure.id) +
           "\n<p class=\"soft\">Parameters: " + escaped(figure.parameters) + ". Also as <a href=\"" +
           figure.id + ".svg\">" + figure.id + ".svg</a>.</p>\n</figure>\n";
}

std::string page(const std::vector<Figure>& figures, const std::vector<std::string>& drawn) {
    std::string text = kHead;
    text += "<nav>";
    for (const auto& figure : figures) text += "<a href=\"#" + figure.id + "\">" + figure.id + "</a>";
    text += "</nav>\n<table><tr><th>plot</th><th>shows</th><th>expected?</th></tr>\n";
    for (const auto& figure : figures) {
        text += "<tr><td>" + figure.id + "</td><td>" + escaped(figure.title) + "</td><td>" + verdict(figure) +
                "</td></tr>\n";
    }
    text += "</table>\n";
    for (std::size_t i = 0; i < figures.size(); ++i) text += part(figures[i], drawn[i]);
    return text + "</body>\n</html>\n";
}

Result<Inputs> preset_inputs(const std::vector<std::string>& keys, const std::string& name) {
    Inputs inputs(keys, name);
    if (auto read = inputs.read_preset_only(); !read) return read.error();
    return inputs;
}

Result<std::vector<Figure>> all_figures(const std::string& households) {
    const auto market = preset_inputs(kMarketKeys, "T1");
    const auto profit = preset_inputs(kPlatformKeys, "T2");
    const auto welfare = preset_inputs(kPlatformKeys, "T3");
    const auto game = preset_inputs(kGameKeys, "T4");
    const auto costly = preset_inputs(kGameKeys, "T4-costly");
    for (const auto* inputs : {&market, &profit, &welfare, &game, &costly}) {
        if (!*inputs) return inputs->error();
    }
    SimulateOptions options;
    options.file = households;
    if (auto read = options.inputs.read_preset_only(); !read) return read.error();
    const auto run = run_households(options);
    if (!run) return run.error();
    return std::vector<Figure>{price_curves(*market),
                               welfare_curves(*market),
                               offset_regions(*market),
                               profit_by_sensitivity(*profit),
                               profit_by_ask(*profit),
                               profit_by_service(*profit),
                               welfare_gains(*welfare),
                               reduction_signs(*welfare),
                               emission_epochs(*market),
                               phase_portraits(*game, *costly),
                               agents_and_closed_form(*market, *profit),
                               fees_by_ask(*profit),
                               household_deciles(run->simulation, households_summary(options, *run))};
}

// Before anything is computed: a folder that cannot be made, or a report that is there already.
Result<> prepare(const std::filesystem::path& folder, bool replace) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed || !std::filesystem::is_directory(folder))
        return Error{Code::io_failed, "cannot make the folder " + folder.string() + ": " + failed.message()};
    if (replace) return {};
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        if (name == "index.html" || (name.starts_with("F") && name.ends_with(".svg"))) {
            return Error{Code::limit_reached,
                         entry.path().string() +
                             " exists already; --replace writes over a report, or name another folder"};
        }
    }
    return {};
}

Result<> report(const std::filesystem::path& folder, bool replace, const std::string& households,
                const Session& session) {
    if (auto ready = prepare(folder, replace); !ready) return ready.error();
    const auto figures = all_figures(households);
    if (!figures) return figures.error();
    std::vector<std::string> drawn;
    for (const auto& figure : *figures) {
        auto svg = draw(figure);
        if (!svg) return svg.error();
        if (auto written = write_new(folder / (figure.id + ".svg"), *svg, replace); !written)
            return written.error();
        drawn.push_back(*std::move(svg));
    }
    if (auto written = write_new(folder / "index.html", page(*figures, drawn), replace); !written)
        return written.error();
    Sheet sheet;
    std::vector<std::vector<Cell>> rows;
    for (const auto& figure : *figures)
        rows.push_back({figure.id, figure.title, Cell(figure.as_expected), figure.found});
    sheet.row("page", "written", Cell((folder / "index.html").string()));
    sheet.table("figures",
                {{"id", "plot"}, {"title", "shows"}, {"as_expected", "as expected"}, {"found", "found"}},
                rows);
    sheet.print(session.json);
    return {};
}

struct ReportOptions {
    std::string folder;
    std::string households;
    bool replace = false;
};

}  // namespace

void add_report(CLI::App& model, Session& session) {
    auto options = std::make_shared<ReportOptions>();
    auto* command = model.add_subcommand(
        "report", "one HTML page with every plot, what is expected of it, and whether it does it");
    command->add_option("--out", options->folder, "folder for index.html and the SVG files")
        ->type_name("DIR")
        ->required();
    command->add_option("--data", options->households, "as for pcq model simulate")->type_name("FILE");
    command->add_flag("--replace", options->replace, "write over a report that is there");
    explain(*command, "pcq model report --out report",
            "Needs gnuplot (Debian package gnuplot-nox). The page asks for nothing from elsewhere.");
    command->callback([options, &session] {
        if (auto done = report(options->folder, options->replace, options->households, session); !done)
            session.ended = fail(done.error());
    });
}

}  // namespace pcq::cli::model
