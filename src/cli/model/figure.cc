#include "src/cli/model/figure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pcq::cli::model {
namespace {

// Legible on white and on black.
const std::array<const char*, 8> kPalette = {"#2f86d0", "#dd6b20", "#2f9e5c", "#9b59d0",
                                             "#d0396b", "#8d8d1c", "#16a0a8", "#8a7360"};
constexpr const char* kInk = "#000001";  // replaced by the text colour of the page
constexpr unsigned kPanelWidth = 640;
constexpr unsigned kPanelHeight = 420;

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') out += '\\';
        // A line would end the command, and gnuplot runs what stands between back quotes.
        out += letter == '\n' ? ' ' : letter == '`' ? '\'' : letter;
    }
    return out + "\"";
}

std::string range_text(const Range& range) {
    std::ostringstream out;
    out << "[" << range.low << ":" << range.high << "]";
    return out.str();
}

std::string style_of(const Curve& curve, std::size_t order) {
    const std::size_t colour = curve.colour < 0 ? order : static_cast<std::size_t>(curve.colour);
    const std::string ink = std::string(" lc rgb \"") + kPalette.at(colour % kPalette.size()) + "\"";
    switch (curve.stroke) {
        case Stroke::line:
            return "with lines lw 2" + ink;
        case Stroke::dashed:
            return "with lines lw 2 dt (8,5)" + ink;
        case Stroke::dots:
            return "with points pt 7 ps 0.25" + ink;
        case Stroke::points:
            return "with points pt 7 ps 0.7" + ink;
    }
    return "";
}

void write_panel(std::ostream& out, const Panel& panel, std::size_t number) {
    std::ostringstream plot;
    bool has_key = false;
    for (std::size_t i = 0; i < panel.curves.size(); ++i) {
        const auto& curve = panel.curves[i];
        const std::string name = "$data" + std::to_string(number) + "_" + std::to_string(i);
        out << name << " << EOD\n";
        for (const auto& [x, y] : curve.points) {
            if (std::isfinite(x) && std::isfinite(y)) {
                out << x << " " << y << "\n";
            } else {
                out << "\n";
            }
        }
        out << "EOD\n";
        plot << (i == 0 ? "plot " : ", ") << name << " using 1:2 axes x1" << (curve.right ? "y2 " : "y1 ")
             << style_of(curve, i) << (curve.title.empty() ? " notitle" : " title " + quoted(curve.title));
        has_key = has_key || !curve.title.empty();
    }
    out << "set title " << quoted(panel.title) << "\nset xlabel " << quoted(panel.x_label) << "\nset ylabel "
        << quoted(panel.y_label) << "\n";
    out << (panel.log_x ? "set logscale x\n" : "unset logscale x\n")
        << (panel.log_y ? "set logscale y\n" : "unset logscale y\n");
    out << "set xrange " << (panel.x_range ? range_text(*panel.x_range) : "[*:*]") << "\n";
    out << "set yrange " << (panel.y_range ? range_text(*panel.y_range) : "[*:*]") << "\n";
    if (panel.y2_label.empty()) {
        out << "unset y2label\nunset y2tics\nset ytics mirror\n";
    } else {
        out << "set y2label " << quoted(panel.y2_label) << "\nset y2tics\nset ytics nomirror\nset y2range "
            << (panel.y2_range ? range_text(*panel.y2_range) : "[*:*]") << "\n";
    }
    out << (has_key ? "set key " + panel.key + "\n" : "unset key\n") << plot.str() << "\n";
}

// A file without a name, for what a child reads or writes.
class Memory {
public:
    Memory() : file_(memfd_create("pcq-model", MFD_CLOEXEC)) {}
    ~Memory() {
        if (file_ >= 0) close(file_);
    }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    int file() const { return file_; }
    bool put(const std::string& text) const {
        std::size_t done = 0;
        while (done < text.size()) {
            const auto written = write(file_, text.data() + done, text.size() - done);
            if (written <= 0) return false;
            done += static_cast<std::size_t>(written);
        }
        return lseek(file_, 0, SEEK_SET) == 0;
    }
    std::string get() const {
        std::string text;
        std::array<char, 1 << 16> buffer{};
        lseek(file_, 0, SEEK_SET);
        for (ssize_t got = read(file_, buffer.data(), buffer.size()); got > 0;
             got = read(file_, buffer.data(), buffer.size())) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return text;
    }

private:
    int file_ = -1;
};

Error plotter_missing(int error) {
    return Error{
        Code::plotter_missing,
        "cannot start gnuplot (" + std::generic_category().message(error) +
            "): plots need it; install the Debian package gnuplot-nox (apt-get install gnuplot-nox)"};
}

Result<std::string> run_gnuplot(const std::string& script) {
    const Memory in;
    const Memory out;
    const Memory err;
    if (in.file() < 0 || out.file() < 0 || err.file() < 0 || !in.put(script))
        return Error{Code::io_failed, "no memory for a plot"};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in.file(), 0);
    posix_spawn_file_actions_adddup2(&files, out.file(), 1);
    posix_spawn_file_actions_adddup2(&files, err.file(), 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    std::string name = "gnuplot";
    std::string no_startup_file = "-d";
    char* arguments[] = {name.data(), no_startup_file.data(), nullptr};
    pid_t process = 0;
    const int failed = posix_spawnp(&process, name.c_str(), &files, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0) return plotter_missing(failed);
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    auto svg = out.get();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || svg.find("</svg>") == std::string::npos)
        return Error{Code::io_failed, "gnuplot made no plot: " + err.get()};
    return svg;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

// Text between two marks, the marks included.
void replace_between(std::string& text, const std::string& begin, const std::string& end,
                     const std::string& by) {
    const auto from = text.find(begin);
    if (from == std::string::npos) return;
    const auto to = text.find(end, from);
    if (to != std::string::npos) text.replace(from, to + end.size() - from, by);
}

}  // namespace

std::string gnuplot_script(const Figure& figure) {
    const auto count = std::max<std::size_t>(1, figure.panels.size());
    const std::size_t columns = std::max(1U, figure.columns);
    const std::size_t rows = (count + columns - 1) / columns;
    std::ostringstream out;
    out.precision(10);
    out << "set encoding utf8\nset terminal svg noenhanced size " << kPanelWidth * columns << ","
        << kPanelHeight * rows << " dynamic font \"sans-serif,13\" name " << quoted(figure.id) << "\n";
    out << "set border lc rgb \"" << kInk << "\"\nset tics textcolor rgb \"" << kInk << "\"\n"
        << "set grid lc rgb \"#999999\" lw 0.4\nset key textcolor rgb \"" << kInk
        << "\" samplen 2 spacing 1.15\n";
    for (const auto* label : {"title", "xlabel", "ylabel", "y2label"})
        out << "set " << label << " textcolor rgb \"" << kInk << "\"\n";
    out << "set format x \"%.4g\"\nset format y \"%.4g\"\nset format y2 \"%.4g\"\n";
    if (count > 1) out << "set multiplot layout " << rows << "," << columns << "\n";
    for (std::size_t i = 0; i < figure.panels.size(); ++i) write_panel(out, figure.panels[i], i);
    if (count > 1) out << "unset multiplot\n";
    return out.str();
}

Result<std::string> draw(const Figure& figure) {
    auto svg = run_gnuplot(gnuplot_script(figure));
    if (!svg) return svg.error();
    std::string axes;
    for (const auto& panel : figure.panels) {
        axes += panel.title + ": " + panel.x_label + " against " + panel.y_label +
                (panel.y2_label.empty() ? "" : " and " + panel.y2_label) + ". ";
    }
    replace_between(*svg, "<title>", "</title>",
                    "<title>" + escaped(figure.id + " " + figure.title) + "</title>");
    replace_between(*svg, "<desc>", "</desc>", "<desc>" + escaped(axes) + "</desc>");
    replace_all(*svg, kInk, "currentColor");
    replace_all(*svg, "rgb(  0,   0,   1)", "currentColor");
    replace_all(*svg, "rgb(0,0,1)", "currentColor");
    const auto at = svg->find("<svg");
    svg->insert(at + 4, " style=\"color:#000;background:#fff\"");
    return svg;
}

std::string escaped(const std::string& text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '&') {
            out += "&amp;";
        } else if (letter == '<') {
            out += "&lt;";
        } else if (letter == '>') {
            out += "&gt;";
        } else {
            out += letter;
        }
    }
    return out;
}

std::string inline_svg(const std::string& svg, const std::string& id) {
    auto text = svg.substr(svg.find("<svg"));
    replace_all(text, " style=\"color:#000;background:#fff\"", "");
    // Ids are the whole page's.
    for (const auto* name : {"gpDot", "gpPt", "gnuplot_canvas"}) replace_all(text, name, id + name);
    return text;
}

Result<> write_new(const std::filesystem::path& file, const std::string& content, bool replace) {
    std::error_code ignored;
    if (!replace && std::filesystem::exists(file, ignored)) {
        return Error{Code::limit_reached,
                     file.string() + " exists already and is not replaced; name another"};
    }
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << content;
    out.close();
    if (!out) {
        return Error{Code::io_failed,
                     "cannot write " + file.string() + ": does its folder exist, and may you write?"};
    }
    return {};
}

Result<> draw_to(const Figure& figure, const std::filesystem::path& file) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        return Error{Code::limit_reached,
                     file.string() + " exists already and is not replaced; name another"};
    }
    const auto svg = draw(figure);
    if (!svg) return svg.error();
    return write_new(file, *svg, /*replace=*/false);
}

}  // namespace pcq::cli::model
