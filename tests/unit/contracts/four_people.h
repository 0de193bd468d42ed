// An open market of four: Ann and Ada have 500,000 g to spare each, Bob and Ben lack 400,000 g each, of which
// they may offset half. P_ph 0.08, P_c 0.175 CNY/kg, a tick of 0.000372.
#pragma once

#include "src/crypto/hash.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {

struct FourPeople {
    TestChain chain;
    client::Wallet& ann = chain.person("ann");
    client::Wallet& ada = chain.person("ada");
    client::Wallet& bob = chain.person("bob");
    client::Wallet& ben = chain.person("ben");

    explicit FourPeople(std::int64_t service_level_nano = 1'000'000'000, std::int64_t trade_fee_uy = 1'000,
                        std::uint32_t months = 1, const proto::Policy& rules = policy()) {
        proto::PostCosts costs;
        costs.set_op_cost_uy_per_kg(10'000);
        costs.set_chain_cost_uy_per_kg(5'000);
        chain.side.must(chain.platform, costs);
        proto::PostService service;
        service.set_service_level_nano(service_level_nano);
        service.set_service_cost_nano(1);
        service.set_trade_fee_uy(trade_fee_uy);
        chain.side.must(chain.platform, service);
        open(months, rules);
        const Grams quota(1'200'000 * static_cast<std::int64_t>(months));
        chain.issue(2013, {{&ann, quota}, {&ada, quota}, {&bob, quota}, {&ben, quota}});
        report(1);
        for (auto* who : {&ann, &ada, &bob, &ben}) {
            chain.join(2013, *who);
            chain.deposit(*who, MicroYuan(100'000'000));
        }
        chain.advance(2013, 1);
    }

    static proto::Policy with_grace(std::uint64_t grace_ms) {
        auto rules = policy();
        rules.set_grace_ms(grace_ms);
        return rules;
    }

    // With a time of grace the deadline is a day after the opening.
    void open(std::uint32_t months, const proto::Policy& rules) {
        auto action = open_period(2013, Grams(1'000'000'000), months, rules);
        if (rules.grace_ms() != 0) action.set_earliest_close_ms(chain.main.tip()->time_ms() + 86'400'000);
        chain.main.must(chain.main_government, action);
        chain.relay();
    }

    void report(std::uint32_t month) {
        chain.report(2013, month,
                     {{&ann, Grams(700'000)},
                      {&ada, Grams(700'000)},
                      {&bob, Grams(1'600'000)},
                      {&ben, Grams(1'600'000)}});
    }

    static proto::PlaceOrder buy(std::int64_t grams, std::int64_t limit) {
        return place_order(2013, proto::MARKET_SIDE_DEMAND, Grams(grams), PricePerKg(limit));
    }
    static proto::PlaceOrder sell(std::int64_t grams, std::int64_t limit) {
        return place_order(2013, proto::MARKET_SIDE_SUPPLY, Grams(grams), PricePerKg(limit));
    }
    // Placed in a block of its own, whose auction it takes part in; the order's number.
    Hash place(client::Wallet& who, const proto::PlaceOrder& order) {
        return *Hash::from(chain.side.must(who, order).transaction());
    }

    std::optional<proto::OrderRecord> order(const Hash& id) const { return kOrders.find(chain.side, id); }
    proto::HoldingRecord holding(const client::Wallet& who) const { return chain.holding(who, 2013); }
    proto::CashRecord cash(const client::Wallet& who) const {
        return kCash.find_or_default(chain.side, who.account());
    }
    proto::EpochRecord epoch() const { return *kEpochs.find(chain.side, {2013, chain.period(2013).epoch()}); }
    proto::BookRecord book() const { return kBooks.find_or_default(chain.side, 2013); }
    proto::VintageTotals totals() const { return *kVintageTotals.find(chain.side, 2013); }
};

}  // namespace pcq::contracts::testing
