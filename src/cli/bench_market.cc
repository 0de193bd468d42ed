#include "src/cli/bench_market.h"

#include <algorithm>
#include <chrono>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "src/base/hex.h"
#include "src/crypto/hash.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;
using client::integer;

// Of a period that is opened here; grams and micro-yuan.
constexpr std::int64_t kCap = 1'000'000'000'000'000'000;
constexpr std::uint32_t kMonths = 12;
constexpr std::int64_t kOffsetRatio = 500'000'000;
constexpr std::int64_t kEffortCost = 200'000;
constexpr std::int64_t kMarketPrice = 300'000;
constexpr std::int64_t kPenalty = 600'000;

constexpr std::int64_t kQuotaMost = 1'000'000'000;  // of one seller
constexpr std::int64_t kQuotaLeast = 24'000;        // less, and trades of a gram would soon use it up
constexpr std::int64_t kReadingMost = 1'000'000'000'000'000;
constexpr std::int64_t kTradeMost = 100;
constexpr std::int64_t kTradesEach = 10'000;
constexpr std::int64_t kPersonCash = 1'000'000'000'000;
constexpr std::int64_t kPlatformCash = 1'000'000'000'000'000;

class Setup {
public:
    Setup(client::NetworkClient& client, client::Organisations organisations, const ChainId& side_chain,
          const MarketPlan& plan)
        : client_(client), organisations_(std::move(organisations)), side_chain_(side_chain), plan_(plan) {
        market_.chain = organisations_.platform.chain;
    }

    Result<BenchMarket> all() {
        using Step = Result<> (Setup::*)();
        for (const Step step : {&Setup::choose_period, &Setup::make_traders, &Setup::issue, &Setup::fund,
                                &Setup::report_and_price, &Setup::join, &Setup::fill_inventory}) {
            if (plan_.interrupted()) return Error{Code::stopped, "interrupted before the first trade"};
            if (auto done = (this->*step)(); !done) return done.error();
        }
        return std::move(market_);
    }

private:
    std::size_t sellers() const { return offset_ratio_ > 0 ? (plan_.traders + 1) / 2 : plan_.traders; }

    Result<> choose_period() {
        if (auto done = organisations_.register_side_chain(); !done) return done.error();
        const auto known =
            client_.query("periods", {{"chain", organisations_.government.chain}, {"limit", 1'000}});
        if (!known) return known.error();
        std::int64_t newest = 0;
        for (const auto& period : known->at("periods").as_array()) {
            newest = std::max(newest, integer(period.at("period")));
            const std::int64_t left =
                integer(period.at("cap_g")) - integer(period.at("totals").at("issued_g"));
            const auto least = kQuotaLeast * static_cast<std::int64_t>(plan_.traders);
            if (period.at("phase").as_string() == "open" && left >= least) return use_period(period, left);
        }
        return open_period(newest);
    }

    Result<> use_period(const json::value& period, std::int64_t left) {
        market_.period = static_cast<std::uint32_t>(integer(period.at("period")));
        months_ = static_cast<std::uint32_t>(integer(period.at("months")));
        months_over_ = static_cast<std::uint32_t>(integer(period.at("months_advanced")));
        left_ = left;
        plan_.progress("period " + std::to_string(market_.period) +
                       " is open already, its quota not all issued");
        offset_ratio_ = integer(period.at("policy").at("offset_ratio_ppb"));
        return {};
    }

    Result<> open_period(std::int64_t newest) {
        const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
        const int year = static_cast<int>(std::chrono::year_month_day(today).year());
        market_.period = static_cast<std::uint32_t>(newest == 0 ? year : newest + 1);
        left_ = kCap;
        proto::OpenPeriod open;
        open.set_period(market_.period);
        open.set_cap_g(kCap);
        open.set_months(kMonths);
        open.mutable_policy()->set_offset_ratio_ppb(kOffsetRatio);
        open.mutable_policy()->set_effort_cost_uy_per_kg(kEffortCost);
        open.mutable_policy()->set_market_price_uy_per_kg(kMarketPrice);
        open.mutable_policy()->set_penalty_uy_per_kg(kPenalty);
        open.set_override_reason("a measurement, whose people are no estimate of anything");
        auto done = organisations_.act(organisations_.government, open, "opening a period");
        if (!done) return done.error();
        plan_.progress("opened period " + std::to_string(market_.period));
        return {};
    }

    // Sellers and buyers in turn.
    Result<> make_traders() {
        std::vector<proto::NewUser> users;
        for (std::size_t i = 0; i < plan_.traders; ++i) {
            auto key = crypto::SigningKey::generate(crypto::KeyType::ed25519);
            if (!key) return key.error();
            const AccountId account = crypto::account_of(key->public_key());
            users.push_back(client::new_user(side_chain_, organisations_.platform.wallet.account(), *key,
                                             crypto::sha256({"bench", account.view()})));
            market_.traders.push_back({client::Wallet(side_chain_, *std::move(key)),
                                       /*sells=*/offset_ratio_ == 0 || i % 2 == 0});
        }
        auto done = organisations_.register_users(users);
        if (done) plan_.progress("registered " + std::to_string(users.size()) + " people, each with a key");
        return done;
    }

    Result<> issue() {
        const auto count = static_cast<std::int64_t>(sellers());
        quota_ = std::min(kQuotaMost, left_ / count);
        std::vector<client::Allotment> list;
        for (const auto& trader : market_.traders) {
            if (trader.sells) list.push_back({trader.wallet.account(), Grams(quota_)});
        }
        const auto plan = client::IssuancePlan::from(side_chain_, market_.period, std::move(list));
        if (!plan) return plan.error();
        const auto rule = client::equal_per_head("bench", Grams(quota_));
        if (auto set = organisations_.act(organisations_.government, rule, "setting the allocation rule");
            !set)
            return set.error();
        auto done = organisations_.issue(*plan, {rule.id()});
        if (done) plan_.progress("issued " + to_text(Grams(quota_)) + " to each of " + std::to_string(count));
        return done;
    }

    Result<> fund() {
        std::vector<client::Deposit> deposits;
        for (const auto& trader : market_.traders) {
            const AccountId& account = trader.wallet.account();
            deposits.push_back({account, MicroYuan(kPersonCash), account.bytes()});
        }
        // A fresh account's id makes a reference that was never used.
        const AccountId& first = market_.traders.front().wallet.account();
        deposits.push_back({organisations_.platform.wallet.account(), MicroYuan(kPlatformCash),
                            crypto::sha256({"platform", first.view()}).bytes()});
        auto done = organisations_.deposit(deposits);
        if (done) plan_.progress("paid cash in to everybody's account");
        return done;
    }

    // Half of what has accrued is sold at once, so that the buyers find something; the rest is for trades.
    std::int64_t accrued() const { return quota_ * months_over_ / months_; }

    Result<> report_and_price() {
        const auto before = client_.await(
            "prices", {{"chain", market_.chain}, {"period", market_.period}},
            [](const json::value&) { return true; }, "the period to reach the side chain");
        if (!before) return before.error();
        const bool ends_month = months_over_ == 0 || !before->at("open").as_bool();
        const std::uint32_t running = months_over_ + 1;
        if (ends_month) ++months_over_;

        // Buyers have emitted so much that the policy lets them offset half of what sellers have accrued.
        std::vector<proto::Reading> readings;
        for (const auto& trader : market_.traders) {
            if (trader.sells) continue;
            auto& reading = readings.emplace_back();
            reading.set_account(trader.wallet.account().bytes());
            reading.set_grams(std::min(kReadingMost, accrued() / 2 * (kRatioOne / offset_ratio_)));
            reading.set_days_measured(28);
        }
        const auto reported =
            organisations_.report({.period = market_.period, .month = running, .batch_id = 1}, readings);
        if (!reported) return reported.error();
        if (!ends_month) return take_prices(*before);

        proto::AdvancePeriod advance;
        advance.set_period(market_.period);
        advance.set_month(running);
        if (auto done = organisations_.act(organisations_.government, advance, "ending a month"); !done)
            return done.error();
        const std::int64_t epoch = integer(before->at("epoch"));
        const auto after = client_.await(
            "prices", {{"chain", market_.chain}, {"period", market_.period}},
            [epoch](const json::value& answer) {
                return integer(answer.at("epoch")) > epoch && !answer.at("inputs_and_outcome").is_null();
            },
            "a price after the month's end");
        if (!after) return after.error();
        if (!after->at("open").as_bool()) {
            return Error{Code::market_closed,
                         "the contracts found no price for period " + std::to_string(market_.period) +
                             ", so nobody can trade; pcq market prices --json shows what went in"};
        }
        return take_prices(*after);
    }

    Result<> take_prices(const json::value& prices) {
        market_.buy_price = PricePerKg(integer(prices.at("buy_price_uy_per_kg")));
        market_.sell_price = PricePerKg(integer(prices.at("sell_price_uy_per_kg")));
        fee_ = integer(prices.at("registration_fee_uy"));
        market_.trade = Grams(std::clamp<std::int64_t>(accrued() / 2 / kTradesEach, 1, kTradeMost));
        plan_.progress("the platform buys at " + to_text(market_.buy_price) + " and sells at " +
                       to_text(market_.sell_price));
        return {};
    }

    template <class Sign>
    Result<> everybody(bool only_sellers, const std::string& what, const Sign& sign) {
        const auto height = organisations_.valid_until(market_.chain);
        if (!height) return height.error();
        std::vector<ledger::RawTransaction> transactions;
        for (auto& trader : market_.traders) {
            if (only_sellers && !trader.sells) continue;
            auto transaction = sign(trader, *height);
            if (!transaction) return transaction.error();
            trader.wallet.committed(transaction->sequence);  // or an Error ends it all
            transactions.push_back(std::move(transaction->bytes));
        }
        return client_.submit_all(market_.chain, transactions, what, plan_.flow);
    }

    Result<> join() {
        auto done = everybody(false, "joining the market", [this](Trader& trader, std::uint64_t height) {
            proto::JoinMarket action;
            action.set_period(market_.period);
            action.set_fee_max_uy(fee_);
            return trader.wallet.sign(action, height);
        });
        if (done) plan_.progress("everybody has joined the market");
        return done;
    }

    Result<> fill_inventory() {
        if (offset_ratio_ == 0) return {};
        auto done =
            everybody(true, "selling the platform's stock", [this](Trader& trader, std::uint64_t height) {
                return sign_trade(market_, trader, Grams(std::max<std::int64_t>(1, accrued() / 2)), height);
            });
        if (done) plan_.progress("the platform has something to sell");
        return done;
    }

    client::NetworkClient& client_;
    client::Organisations organisations_;
    const ChainId side_chain_;
    const MarketPlan& plan_;
    BenchMarket market_;
    std::int64_t offset_ratio_ = kOffsetRatio;
    std::uint32_t months_ = kMonths;
    std::uint32_t months_over_ = 0;
    std::int64_t left_ = 0;   // of the cap
    std::int64_t quota_ = 0;  // of a seller
    std::int64_t fee_ = 0;
};

}  // namespace

Result<BenchMarket> open_bench_market(client::NetworkClient& client, const ledger::Genesis& main,
                                      const ledger::Genesis& side, const std::filesystem::path& keys,
                                      const MarketPlan& plan) {
    auto organisations = client::Organisations::open(client, main, side, keys);
    if (!organisations) return organisations.error();
    return Setup(client, *std::move(organisations), side.chain, plan).all();
}

// The limits leave room for a price that moves in a period that is not ours.
Result<client::Signed> sign_trade(const BenchMarket& market, Trader& trader, Grams grams,
                                  std::uint64_t valid_until) {
    if (trader.sells) {
        proto::SellSurplus action;
        action.set_period(market.period);
        action.set_grams(grams.value());
        action.set_price_min_uy_per_kg(market.buy_price.value() / 2);
        return trader.wallet.sign(action, valid_until);
    }
    proto::BuyQuota action;
    action.set_period(market.period);
    action.set_grams(grams.value());
    action.set_price_max_uy_per_kg(market.sell_price.value() * 2);
    return trader.wallet.sign(action, valid_until);
}

}  // namespace pcq::cli
