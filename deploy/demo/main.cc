// pcq-demo: runs one period on real households against a network that is up (deploy/demo.sh starts one).
// Exit codes: 0 everything held, 1 a step failed or a check broke, 2 wrong arguments or data.
#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>

#include "deploy/demo/scenario.h"

int main(int argc, char** argv) {
    CLI::App app{"pcq-demo - a period of personal carbon quotas on real households", "pcq-demo"};
    pcq::demo::ScenarioOptions options;
    std::vector<std::string> outcomes;
    auto* compare =
        app.add_option("--compare", outcomes, "set the outcomes that runs left (outcome.json) side by side")
            ->type_name("FILE");
    std::string kind = "trade";
    app.add_option("--scenario", kind, "trade with the platform, trade with nobody, or with each other")
        ->check(CLI::IsMember({"trade", "no-trade", "p2p"}))
        ->capture_default_str();
    auto* network = app.add_option("--network", options.network, "folder of the network (pcq net init)")
                        ->type_name("FOLDER");
    auto* data = app.add_option("--data", options.data,
                                "households, CSV or CSV.gz (deploy/demo/data/README.md has the columns)")
                     ->type_name("FILE");
    auto* nodes = app.add_option("--node", options.nodes, "RPC address of a node; repeat for each")
                      ->type_name("HOST:PORT");
    app.add_option("--households", options.households, "only the first so many; 0: all")->type_name("N");
    app.add_option("--year", options.year,
                   "the year of the data to use; the one with the most complete households if not given")
        ->type_name("YEAR");
    app.add_option("--seed", options.seed, "of the households' perceptions theta")
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--cap", options.cap_percent, "quota issued, in percent of what the households emitted")
        ->check(CLI::Range(1, 200))
        ->capture_default_str();
    app.add_option("--started", options.started_ms, "when the network was started, milliseconds since 1970")
        ->type_name("MS");
    bool check_only = false;
    app.add_flag("--check", check_only, "read the data, name what is wrong with it, and stop");
    try {
        app.parse(argc, argv);
        for (const auto* needed : {network, data, nodes}) {
            if (compare->count() == 0 && needed->count() == 0) throw CLI::RequiredError(needed->get_name());
        }
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }

    using pcq::demo::Kind;
    options.kind = kind == "trade" ? Kind::trade : kind == "p2p" ? Kind::p2p : Kind::no_trade;
    const auto done = !outcomes.empty() ? pcq::demo::compare_outcomes({outcomes.begin(), outcomes.end()})
                      : check_only      ? pcq::demo::check_data(options)
                                        : pcq::demo::run_scenario(options);
    if (done) return 0;
    std::fflush(stdout);
    std::cerr << "pcq-demo: " << done.error().message << "\n";
    return done.error().code == pcq::Code::bad_argument || done.error().code == pcq::Code::io_failed ? 2 : 1;
}
