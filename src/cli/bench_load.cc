#include "src/cli/bench_load.h"

#include <algorithm>
#include <set>

namespace pcq::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t kValidFor = 1'000;  // blocks

class Load {
public:
    Load(BenchMarket& market, const LoadPlan& plan, std::uint64_t height)
        : market_(market), plan_(plan), height_(height) {}

    LoadFigures run(client::NetworkClient& client) {
        begun_ = SteadyClock::now();
        end_ = begun_ + plan_.duration;
        told_ = begun_;
        client.submit_each(
            market_.chain, [this] { return next(); },
            [this](std::size_t number, const Result<client::Final>& fate) { done(number, fate); },
            plan_.flow);
        figures_.seconds = std::chrono::duration<double>(end_ - begun_).count();
        figures_.blocks = heights_.size();
        std::sort(figures_.latencies.begin(), figures_.latencies.end());
        return std::move(figures_);
    }

private:
    struct Sent {
        std::size_t trader = 0;
        std::uint64_t sequence = 0;
    };

    std::optional<ledger::RawTransaction> next() {
        if (SteadyClock::now() >= end_) return std::nullopt;
        if (plan_.interrupted()) end_ = SteadyClock::now();
        for (std::size_t tried = 0; tried < market_.traders.size(); ++tried) {
            const std::size_t trader = turn_++ % market_.traders.size();
            auto transaction =
                sign_trade(market_, market_.traders[trader], market_.trade, height_ + kValidFor);
            if (!transaction) continue;  // its sequences are all on their way
            sent_.push_back({trader, transaction->sequence});
            return std::move(transaction->bytes);
        }
        return std::nullopt;
    }

    void done(std::size_t number, const Result<client::Final>& fate) {
        Trader& trader = market_.traders[sent_[number].trader];
        if (!fate) {
            trader.wallet.given_up(sent_[number].sequence);
            ++figures_.unanswered;
            if (figures_.first_trouble.empty()) figures_.first_trouble = fate.error().message;
            return;
        }
        trader.wallet.committed(sent_[number].sequence);
        height_ = std::max(height_, fate->height);
        if (fate->code != Code::ok) {
            ++figures_.refused;
            if (figures_.first_trouble.empty()) figures_.first_trouble = fate->text;
            return;
        }
        heights_.insert(fate->height);
        figures_.latencies.push_back(fate->latency);
        if (SteadyClock::now() > end_) {
            ++figures_.late;
            return;
        }
        ++figures_.trades;
        if (trader.sells) ++figures_.sold;
        tell();
    }

    // Once a second.
    void tell() {
        const auto now = SteadyClock::now();
        if (now - told_ < std::chrono::seconds(1)) return;
        const double second = std::chrono::duration<double>(now - told_).count();
        const auto rate =
            static_cast<std::uint64_t>(static_cast<double>(figures_.trades - told_trades_) / second);
        const auto over = std::chrono::duration_cast<std::chrono::seconds>(now - begun_).count();
        plan_.progress("trading for " + std::to_string(over) + " of " +
                       std::to_string(plan_.duration.count()) + " s: " + std::to_string(figures_.trades) +
                       " trades final, " + std::to_string(rate) + " a second just now");
        told_ = now;
        told_trades_ = figures_.trades;
    }

    BenchMarket& market_;
    const LoadPlan& plan_;
    std::uint64_t height_;  // the highest known
    SteadyClock::time_point begun_;
    SteadyClock::time_point end_;
    SteadyClock::time_point told_;
    std::uint64_t told_trades_ = 0;
    std::size_t turn_ = 0;
    std::vector<Sent> sent_;
    std::set<std::uint64_t> heights_;
    LoadFigures figures_;
};

}  // namespace

std::chrono::microseconds LoadFigures::latency(std::size_t percent) const {
    if (latencies.empty()) return {};
    return latencies[std::min(latencies.size() - 1, latencies.size() * percent / 100)];
}

Result<LoadFigures> run_load(client::NetworkClient& client, BenchMarket& market, const LoadPlan& plan) {
    const auto height = client.height(market.chain);
    if (!height) return height.error();
    return Load(market, plan, *height).run(client);
}

}  // namespace pcq::cli
