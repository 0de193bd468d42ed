#include "deploy/demo/scenario.h"

#include <fstream>
#include <sstream>

#include "deploy/demo/outcome.h"
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

Result<cli::Homes> choose_households(const ScenarioOptions& options) {
    auto homes = cli::load_homes(options.data, static_cast<int>(options.year));
    if (!homes) return homes.error();
    if (!homes->year) {
        return Error{Code::bad_argument,
                     options.data.string() + " does not say of which year its households are; give --year"};
    }
    if (options.households > 0 && options.households < homes->all.size())
        homes->all.resize(options.households);
    return homes;
}

}  // namespace

const char* name(Kind kind) {
    return kind == Kind::trade ? "trade" : kind == Kind::no_trade ? "no-trade" : "p2p";
}

Result<> compare_outcomes(const std::vector<std::filesystem::path>& files) {
    std::vector<Outcome> outcomes;
    for (const auto& file : files) {
        auto outcome = load_outcome(file);
        if (!outcome) return outcome.error();
        outcomes.push_back(*std::move(outcome));
    }
    return print_comparison(outcomes);
}

Result<> check_data(const ScenarioOptions& options) {
    const auto homes = choose_households(options);
    return homes ? Result<>() : homes.error();
}

Result<> run_scenario(const ScenarioOptions& given) {
    auto homes = choose_households(given);
    if (!homes) return homes.error();
    ScenarioOptions options = given;
    options.year = static_cast<std::uint32_t>(*homes->year);
    auto main = load_genesis(options.network / "main.json");
    if (!main) return main.error();
    auto side = load_genesis(options.network / "side.json");
    if (!side) return side.error();
    auto client = client::NetworkClient::connect(options.nodes);
    if (!client) return client.error();
    return Run(options, *std::move(homes), *std::move(main), *std::move(side), *std::move(client)).all();
}

}  // namespace pcq::demo
