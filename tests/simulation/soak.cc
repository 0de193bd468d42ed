// Runs scenarios of the simulator over ever new seeds, until the time or the seeds are up.
//
//   simulation_soak [--scenario NAME|all] [--from SEED] [--step N] [--seeds N] [--minutes M]
//                   [--failures FILE] [--keep-going] [--quiet] | --list
//
// The last lines say in numbers what was done to the networks and how many seeds a second were run. Exit code
// 0: nothing failed; 1: a run failed, or consensus itself stopped the process (an invariant), and the
// scenario and seed were printed and added to the file; 2: wrong arguments.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "tests/simulation/scenario.h"

namespace pcq::simulation {
namespace {

struct Arguments {
    std::string scenario = "all";
    std::uint64_t from = 1;
    std::uint64_t step = 1;
    std::uint64_t seeds = 0;  // of each scenario; 0: no end
    double minutes = 0;       // 0: no end
    std::string failures;
    bool keep_going = false;
    bool quiet = false;
    bool list = false;
};

std::optional<Arguments> parse(const std::vector<std::string>& words) {
    Arguments found;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "--list" || word == "--quiet" || word == "--keep-going") {
            (word == "--list" ? found.list : word == "--quiet" ? found.quiet : found.keep_going) = true;
            continue;
        }
        if (++i == words.size()) return std::nullopt;
        const char* value = words[i].c_str();
        if (word == "--scenario") {
            found.scenario = value;
        } else if (word == "--failures") {
            found.failures = value;
        } else if (word == "--from") {
            found.from = std::strtoull(value, nullptr, 10);
        } else if (word == "--step") {
            found.step = std::strtoull(value, nullptr, 10);
        } else if (word == "--seeds") {
            found.seeds = std::strtoull(value, nullptr, 10);
        } else if (word == "--minutes") {
            found.minutes = std::strtod(value, nullptr);
        } else {
            return std::nullopt;
        }
    }
    if (found.from == 0 || found.step == 0) return std::nullopt;
    return found;
}

// What is running, for the handler of SIGABRT: an invariant of the code under test stops the process.
char running[200] = "";
int failures_file = -1;

void put(int descriptor, const char* text) {
    if (descriptor < 0 || write(descriptor, text, std::strlen(text)) < 0) return;
}

void on_abort(int) {
    put(failures_file, running);
    put(STDOUT_FILENO, "FAILED ");
    put(STDOUT_FILENO, running);
    put(STDOUT_FILENO, "  consensus stopped the process\n");
    _exit(1);
}

struct Total {
    std::uint64_t seeds = 0;
    std::uint64_t failed = 0;
    std::int64_t virtual_ms = 0;
    Counts counts;
};

// What can be added up, by the words of docs/reliability.md.
struct Row {
    const char* name;
    std::uint64_t Counts::*count;
};
constexpr Row kRows[] = {
    {"steps checked", &Counts::steps},
    {"blocks decided", &Counts::heights},
    {"view changes", &Counts::view_changes},
    {"blocks built ahead of their turn", &Counts::built_ahead},
    {"proposals executed ahead of their turn", &Counts::executed_ahead},
    {"work ahead that came to nothing", &Counts::in_vain},
    {"recorded events replayed", &Counts::replayed_events},
    {"messages sent", &Counts::messages},
    {"messages lost", &Counts::lost},
    {"messages duplicated", &Counts::duplicated},
    {"messages corrupted", &Counts::corrupted},
    {"partitions", &Counts::partitions},
    {"clock jumps", &Counts::clock_jumps},
    {"crashes survived", &Counts::crashes},
    {"power cuts of all nodes", &Counts::power_cuts},
    {"unsynced writes torn", &Counts::torn},
    {"unsynced writes lost", &Counts::unsynced},
    {"unsynced writes kept", &Counts::kept},
    {"full disks", &Counts::full_disks},
    {"bits flipped in vote files", &Counts::flipped_bits},
    {"ends cut off block stores", &Counts::lost_blocks},
    {"vote records lost", &Counts::lost_records},
    {"vote records replaced by old ones", &Counts::old_records},
    {"disks wiped", &Counts::wiped_disks},
    {"pairs of twins", &Counts::twins},
    {"backups restored into twins", &Counts::backups},
    {"messages of liars", &Counts::lies},
    {"forged certificates and justifications", &Counts::forged},
    {"replays", &Counts::replayed},
    {"pieces of evidence", &Counts::evidence},
    {"decided blocks lost", &Counts::missing},
};

void add(Total& total, const Outcome& outcome) {
    ++total.seeds;
    total.virtual_ms += outcome.lasted.ms;
    for (const Row& row : kRows) total.counts.*row.count += outcome.counts.*row.count;
}

void report(const Total& total, double seconds) {
    std::printf("%-40s %llu\n", "seeds", static_cast<unsigned long long>(total.seeds));
    std::printf("%-40s %.1f\n", "virtual hours", static_cast<double>(total.virtual_ms) / 3'600'000);
    for (const Row& row : kRows)
        std::printf("%-40s %llu\n", row.name, static_cast<unsigned long long>(total.counts.*row.count));
    std::printf("%-40s %llu\n", "failed seeds", static_cast<unsigned long long>(total.failed));
    // Of one core, however busy the machine is.
    const double core_seconds = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
    std::printf("%-40s %.0f\n", "seconds", seconds);
    std::printf("%-40s %.0f\n", "seeds per second of one core",
                static_cast<double>(total.seeds) / std::max(core_seconds, 0.001));
}

void run_one(const Scenario& scenario, std::uint64_t seed, Total& total) {
    std::snprintf(running, sizeof(running), "%s %llu\n", scenario.name,
                  static_cast<unsigned long long>(seed));
    const Outcome outcome = run(scenario, seed);
    add(total, outcome);
    if (outcome.failure.empty()) return;
    ++total.failed;
    put(failures_file, running);
    std::printf("FAILED %s %llu  %s\n", scenario.name, static_cast<unsigned long long>(seed),
                outcome.failure.c_str());
    std::fflush(stdout);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Each scenario in turn, so that a short time has seen them all.
int soak(const Arguments& arguments, const std::vector<Scenario>& chosen) {
    const auto start = std::chrono::steady_clock::now();
    double told = 0;
    Total total;
    for (std::uint64_t i = 0; arguments.seeds == 0 || i < arguments.seeds; ++i) {
        for (const Scenario& scenario : chosen) {
            const double elapsed = seconds_since(start);
            if (arguments.minutes > 0 && elapsed >= arguments.minutes * 60) {
                report(total, elapsed);
                return total.failed == 0 ? 0 : 1;
            }
            if (!arguments.quiet && elapsed - told >= 10) {
                told = elapsed;
                std::printf("%.0f s: %llu seeds, %llu failed\n", elapsed,
                            static_cast<unsigned long long>(total.seeds),
                            static_cast<unsigned long long>(total.failed));
                std::fflush(stdout);
            }
            run_one(scenario, arguments.from + i * arguments.step, total);
            if (total.failed != 0 && !arguments.keep_going) return 1;
        }
    }
    report(total, seconds_since(start));
    return total.failed == 0 ? 0 : 1;
}

int main_with(const std::vector<std::string>& words) {
    const auto arguments = parse(words);
    std::vector<Scenario> chosen;
    for (const Scenario& scenario : scenarios()) {
        if (arguments && (arguments->scenario == "all" || arguments->scenario == scenario.name))
            chosen.push_back(scenario);
    }
    if (!arguments || chosen.empty()) {
        std::fputs(
            "usage: simulation_soak [--scenario NAME|all] [--from SEED] [--step N] [--seeds N] "
            "[--minutes M] [--failures FILE] [--keep-going] [--quiet] | --list\n",
            stderr);
        return 2;
    }
    if (arguments->list) {
        for (const Scenario& scenario : chosen) std::puts(scenario.name);
        return 0;
    }
    if (!arguments->failures.empty())
        failures_file = open(arguments->failures.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    std::signal(SIGABRT, on_abort);
    return soak(*arguments, chosen);
}

}  // namespace
}  // namespace pcq::simulation

int main(int argc, char** argv) {
    return pcq::simulation::main_with(std::vector<std::string>(argv + 1, argv + argc));
}
