// pcqd: a PCQ node. Exit codes: 0 stopped by a signal, 1 could not start or had to stop, 2 wrong arguments or
// configuration.
#include <iostream>

#include <CLI/CLI.hpp>

#include "src/base/log.h"
#include "src/ledger/quiet_decoders.h"
#include "src/node/node.h"

int main(int argc, char** argv) {
    pcq::ledger::quiet_decoders();
    CLI::App app{"pcqd - a node of the PCQ personal carbon quota network", "pcqd"};
    std::string file;
    bool check = false;
    app.add_option("--config", file, "the node's configuration, TOML (docs/operating.md)")
        ->required()
        ->type_name("FILE");
    app.add_flag("--check", check, "read the configuration, say what is wrong with it, and exit");
    app.set_version_flag("--version", std::string("pcqd ") + PCQ_VERSION);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }

    const auto config = pcq::node::load_config(file);
    if (!config) {
        std::cerr << "pcqd: " << config.error().message << "\n";
        return 2;
    }
    if (const auto checked = pcq::node::check_files(*config); !checked) {
        std::cerr << "pcqd: " << checked.error().message << "\n";
        return 2;
    }
    if (check) {
        std::cout << file << " is good: node " << config->name << ", " << config->chains.size() << " chains, "
                  << config->peers.size() << " peers\n";
        return 0;
    }
    pcq::start_logging({config->name, config->log_level, config->log_json});
    const auto ended = pcq::node::run_node(*config);
    if (!ended) {
        pcq::log_fatal(ended.error());
        return 1;
    }
    return 0;
}
