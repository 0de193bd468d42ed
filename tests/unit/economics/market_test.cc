// The market model against golden vectors that were computed with exact rationals, bit for bit.
#include "src/economics/market.h"

#include <fstream>
#include <map>
#include <sstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace pcq::econ {
namespace {

using namespace literals;
namespace json = boost::json;

// The inputs of one vector by name.
class Inputs {
public:
    explicit Inputs(const json::object& in) : in_(in) {}
    std::int64_t number(const char* key) const { return std::stoll(std::string(in_.at(key).as_string())); }
    PricePerKg price(const char* key) const { return PricePerKg(number(key)); }
    Grams grams(const char* key) const { return Grams(number(key)); }
    Ratio ratio(const char* key) const { return Ratio(number(key)); }
    Costs costs() const { return Costs{price("op_cost"), price("chain_cost")}; }
    Solved<Grams> supply_max() const {
        return econ::supply_max(number("population"), grams("avg_reduction"));
    }

private:
    const json::object& in_;
};

using Outputs = std::map<std::string, std::int64_t>;

struct Answer {
    Status status;
    Outputs out;
};

template <class T, class Read>
Answer answer(const Solved<T>& solved, Read read) {
    return Answer{solved.status, solved.ok() ? read(solved.value) : Outputs{}};
}

// Runs `then` with D W, or ends with the error of its own range checks after those of the prices.
template <class Then>
Answer with_supply(const Inputs& in, Then then) {
    const auto most = in.supply_max();
    if (most.ok()) return then(most.value);
    const Answer earlier = then(1_g);  // errors of the other inputs come first
    return is_error(earlier.status) && earlier.status != Status::no_margin ? earlier
                                                                           : Answer{most.status, {}};
}

Answer run(const std::string& fn, const Inputs& in) {
    if (fn == "seller_utility") {
        return answer(seller_utility({in.price("buy_price"), in.price("effort_cost"), in.ratio("perception"),
                                      in.grams("reduction"), in.ratio("sell_prob")}),
                      [](MicroYuan utility) {
                          return Outputs{{"utility", utility.value()}};
                      });
    }
    if (fn == "sell_share") {
        return answer(sell_share(in.price("buy_price"), in.price("effort_cost")), [](Ratio share) {
            return Outputs{{"share", share.value()}};
        });
    }
    if (fn == "supply") {
        return with_supply(in, [&in](Grams most) {
            return answer(supply(in.price("buy_price"), in.price("effort_cost"), most), [](Grams offered) {
                return Outputs{{"supply", offered.value()}};
            });
        });
    }
    if (fn == "platform_profit") {
        return with_supply(in, [&in](Grams most) {
            return answer(platform_profit({in.price("buy_price"), in.price("sell_price"),
                                           in.price("effort_cost"), in.costs(), most}),
                          [](MicroYuan profit) {
                              return Outputs{{"profit", profit.value()}};
                          });
        });
    }
    if (fn == "best_buy_price") {
        return with_supply(in, [&in](Grams most) {
            return answer(best_buy_price(in.price("sell_price"), in.price("effort_cost"), in.costs(), most),
                          [](const BestPrice& best) {
                              return Outputs{{"buy_price", best.buy_price.value()},
                                             {"supply", best.supply.value()},
                                             {"profit", best.profit.value()}};
                          });
        });
    }
    if (fn == "market_prices") {
        return with_supply(in, [&in](Grams most) {
            const MarketIn market{in.grams("quota_cap"),    in.ratio("offset_ratio"),
                                  in.price("effort_cost"),  in.costs(),
                                  in.price("market_price"), most};
            return answer(market_prices(market), [most](const MarketPrices& prices) {
                return Outputs{{"demand", prices.demand.value()},
                               {"supply_max", most.value()},
                               {"buy_price", prices.buy_price.value()},
                               {"sell_price", prices.sell_price.value()},
                               {"share", prices.share.value()},
                               {"supply", prices.supply.value()},
                               {"traded", prices.traded.value()},
                               {"unmet", prices.unmet.value()},
                               {"profit", prices.profit.value()},
                               {"seller_surplus", prices.seller_surplus.value()}};
            });
        });
    }
    EXPECT_EQ(fn, "settle_trade");
    return answer(
        settle_trade(in.grams("quantity"), in.price("buy_price"), in.price("sell_price"), in.costs()),
        [](const Trade& trade) {
            return Outputs{{"buyer_pays", trade.buyer_pays.value()},
                           {"seller_gets", trade.seller_gets.value()},
                           {"platform_gets", trade.platform_gets.value()},
                           {"cost_part", trade.cost_part.value()},
                           {"margin_part", trade.margin_part.value()}};
        });
}

TEST(MarketModel, ReproducesEveryGoldenVectorBitForBit) {
    std::ifstream file("tests/data/economics_vectors.json");
    ASSERT_TRUE(file) << "run from the repository's root";
    std::stringstream text;
    text << file.rdbuf();
    const json::value document = json::parse(text.str());

    std::size_t compared = 0;
    for (const auto& entry : document.at("cases").as_array()) {
        SCOPED_TRACE(std::string(entry.at("id").as_string()));
        const Answer got = run(std::string(entry.at("fn").as_string()), Inputs(entry.at("in").as_object()));
        EXPECT_EQ(name(got.status), std::string_view(entry.at("status").as_string()));
        Outputs expected;
        for (const auto& [key, value] : entry.at("out").as_object())
            expected[key] = std::stoll(std::string(value.as_string()));
        EXPECT_EQ(got.out, expected);
        ++compared;
    }
    EXPECT_GE(compared, 50u);
}

TEST(MarketModel, TheMarginalSellerSells) {
    EXPECT_TRUE(sells(500'000'000_ppb, 200'000_uy_per_kg, 100'000_uy_per_kg));
    EXPECT_FALSE(sells(500'000'001_ppb, 200'000_uy_per_kg, 100'000_uy_per_kg));
}

TEST(SettleTrade, SplittingATradeNeverHelpsAUser) {
    const Costs costs{10'001_uy_per_kg, 5'003_uy_per_kg};
    const auto whole = settle_trade(1000_g, 20'003_uy_per_kg, 55'011_uy_per_kg, costs);
    MicroYuan paid = 0_uy;
    MicroYuan got = 0_uy;
    for (const Grams part : {1_g, 332_g, 667_g}) {
        const auto piece = settle_trade(part, 20'003_uy_per_kg, 55'011_uy_per_kg, costs);
        ASSERT_TRUE(piece.ok());
        EXPECT_EQ(piece.value.buyer_pays.value(),
                  piece.value.seller_gets.value() + piece.value.platform_gets.value());
        paid = *checked_add(paid, piece.value.buyer_pays);
        got = *checked_add(got, piece.value.seller_gets);
    }
    EXPECT_GE(paid, whole.value.buyer_pays);
    EXPECT_LE(got, whole.value.seller_gets);
}

}  // namespace
}  // namespace pcq::econ
