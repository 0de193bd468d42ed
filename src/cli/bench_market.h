// A market with many people for `pcq bench`, set up through the same public actions as everybody's: a period
// with policy and price, accounts with keys, quota, emissions and cash that have joined it, and a platform
// that holds enough to sell.
//
// An open period of the network is used if it can still issue; otherwise a new one is opened. In either case
// the network keeps what was done.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/client/organisations.h"

namespace pcq::cli {

struct Trader {
    client::Wallet wallet;
    bool sells = false;  // surplus to the platform; the others buy from it
};

struct BenchMarket {
    std::string chain;  // name of the side chain
    std::uint32_t period = 0;
    PricePerKg buy_price;   // P_ph
    PricePerKg sell_price;  // P_c
    Grams trade;            // of one trade: so little that everybody can make thousands
    std::vector<Trader> traders;
};

struct MarketPlan {
    std::size_t traders = 1'000;
    client::Flow flow;
    std::function<void(const std::string&)> progress;
    std::function<bool()> interrupted;  // asked between two steps; Code::stopped
};

Result<BenchMarket> open_bench_market(client::NetworkClient& client, const ledger::Genesis& main,
                                      const ledger::Genesis& side, const std::filesystem::path& keys,
                                      const MarketPlan& plan);

// One trade, signed with the trader's next sequence.
Result<client::Signed> sign_trade(const BenchMarket& market, Trader& trader, Grams grams,
                                  std::uint64_t valid_until);

}  // namespace pcq::cli
