#include "tests/unit/rpc/metrics_check.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <unistd.h>

namespace pcq::rpc {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Parts of names that are no base units, or say what the type says.
const std::set<std::string>& bad_words() {
    static const std::set<std::string> words{
        "ms",      "us",    "ns",   "milliseconds", "microseconds", "minutes",   "hours",
        "days",    "kb",    "mb",   "kib",          "mib",          "kilobytes", "megabytes",
        "micro",   "milli", "kilo", "percent",      "gauge",        "counter",   "histogram",
        "summary", "uy",    "ppb",  "kilograms"};
    return words;
}

void check_name(const std::string& name, const std::string& type, std::vector<std::string>& faults) {
    if (!std::regex_match(name, std::regex("pcq(_[a-z][a-z0-9]*)+")))
        faults.push_back(name + ": a name is pcq_lower_case");
    if (type == "counter" && !ends_with(name, "_total"))
        faults.push_back(name + ": a counter ends in _total");
    if (type != "counter" && ends_with(name, "_total"))
        faults.push_back(name + ": only a counter ends in _total");
    for (const char* end : {"_count", "_sum", "_bucket"})
        if (ends_with(name, end)) faults.push_back(name + ": ends like a part of a histogram");
    std::istringstream words(name);
    for (std::string word; std::getline(words, word, '_');)
        if (bad_words().count(word) != 0)
            faults.push_back(name + ": \"" + word + "\" is no base unit, or says the type");
}

// The family of a series: its name without what a histogram adds.
std::string family_of(std::string name, const std::map<std::string, std::string>& types) {
    for (const std::string end : {"_bucket", "_sum", "_count"}) {
        if (!ends_with(name, end)) continue;
        const auto family = types.find(name.substr(0, name.size() - end.size()));
        if (family != types.end() && family->second == "histogram") return family->first;
    }
    return name;
}

}  // namespace

std::vector<std::string> metric_faults(const std::string& page) {
    static const std::regex series(
        R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-z_]+="([^"\\\n]|\\.)*",?)*\})? (\S+))re");
    std::vector<std::string> faults;
    std::map<std::string, std::string> helps;
    std::map<std::string, std::string> types;
    std::set<std::string> seen;
    std::string family;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("# HELP ", 0) == 0) {
            const auto end = line.find(' ', 7);
            family = line.substr(7, end - 7);
            if (!helps.emplace(family, end == std::string::npos ? "" : line.substr(end + 1)).second)
                faults.push_back(family + ": is announced twice");
            if (helps[family].size() < 5) faults.push_back(family + ": has no help");
        } else if (line.rfind("# TYPE ", 0) == 0) {
            const auto end = line.find(' ', 7);
            const std::string name = line.substr(7, end - 7);
            if (name != family) faults.push_back(name + ": its type does not follow its help");
            types[name] = line.substr(end + 1);
            check_name(name, types[name], faults);
        } else if (std::smatch parts; std::regex_match(line, parts, series)) {
            if (family_of(parts[1], types) != family)
                faults.push_back(line + ": is not below its own family");
            if (!seen.insert(parts[1].str() + parts[2].str()).second)
                faults.push_back(line + ": is there twice");
            char* end = nullptr;
            const std::string value = parts[5];
            std::strtod(value.c_str(), &end);
            if (*end != '\0') faults.push_back(line + ": has no number");
        } else {
            faults.push_back("no line of the format: " + line);
        }
    }
    if (seen.empty()) faults.push_back("there is nothing on the page");
    return faults;
}

std::string promtool_says(const std::string& page) {
    if (std::system("command -v promtool > /dev/null 2>&1") != 0) return "";
    std::string file = (std::filesystem::temp_directory_path() / "pcq_metrics_XXXXXX").string();
    const int made = mkstemp(file.data());
    if (made < 0) return "no file can be made";
    close(made);
    std::ofstream(file) << page;
    std::string says;
    std::FILE* tool = popen(("promtool check metrics < " + file + " 2>&1").c_str(), "r");
    char line[512];
    while (tool != nullptr && std::fgets(line, sizeof line, tool) != nullptr) says += line;
    const int code = tool == nullptr ? -1 : pclose(tool);
    std::filesystem::remove(file);
    return code == 0 && says.empty() ? "" : "promtool: " + says;
}

}  // namespace pcq::rpc
