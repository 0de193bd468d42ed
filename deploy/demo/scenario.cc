#include "deploy/demo/scenario.h"

#include <fstream>
#include <sstream>

#include "deploy/demo/run.h"

namespace pcq::demo {
namespace {

Result<ledger::Genesis> load_genesis(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    if (!in || !(content << in.rdbuf()))
        return Error{Code::io_failed,
                     "cannot read " + file.string() + "; was the network set up with pcq net init?"};
    return ledger::Genesis::from(content.str());
}

Result<Households> choose_households(const ScenarioOptions& options) {
    auto households = load_households(options.data, options.year);
    if (!households) return households.error();
    if (options.households > 0 && options.households < households->homes.size()) {
        households->homes.erase(households->homes.begin() + static_cast<std::ptrdiff_t>(options.households),
                                households->homes.end());
    }
    return households;
}

}  // namespace

Result<> check_data(const ScenarioOptions& options) {
    const auto households = choose_households(options);
    return households ? Result<>() : households.error();
}

Result<> run_scenario(const ScenarioOptions& options) {
    auto households = choose_households(options);
    if (!households) return households.error();
    auto main = load_genesis(options.network / "main.json");
    if (!main) return main.error();
    auto side = load_genesis(options.network / "side.json");
    if (!side) return side.error();
    auto client = client::NetworkClient::connect(options.nodes);
    if (!client) return client.error();
    return Run(options, *std::move(households), *std::move(main), *std::move(side), *std::move(client)).all();
}

}  // namespace pcq::demo
