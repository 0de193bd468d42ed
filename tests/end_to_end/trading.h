// Load: people who sell to the platform, one small sale after the other, each acknowledged before the next.
//
// Every seller talks to one node, and to the next when that one is gone or too busy, with the very same
// transaction until its fate is known. What was acknowledged is remembered, and held against the chain at the
// end.
#pragma once

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "tests/end_to_end/market.h"

namespace pcq::e2e {

struct Acknowledged {
    std::string hash;
    std::uint64_t height = 0;
    std::uint32_t index = 0;
    std::size_t seller = 0;
    std::int64_t grams = 0;
};

class Trading {
public:
    // One thread for each of `sellers`, from the market's first on, until stop().
    Trading(Market& market, std::size_t sellers);
    ~Trading() { stop(); }
    Trading(const Trading&) = delete;
    Trading& operator=(const Trading&) = delete;

    std::size_t count() const { return count_; }
    // Whether so many more trades were acknowledged.
    bool await(std::size_t more);
    // Why a seller has given up, if one has.
    std::string failure();
    // Returns when the last trade that was sent is final.
    void stop();

    // After stop(): every acknowledged trade is in these blocks exactly once, where it was said to be, and
    // the sellers have sold what they were told, no more and no less.
    void expect_all_in(const std::vector<BlockSeen>& blocks);

private:
    std::int64_t sold(std::size_t seller);  // in grams, as the chain says
    void sell(std::size_t seller);
    std::optional<Acknowledged> settle(std::size_t seller, const ledger::RawTransaction& transaction);
    void fail(const std::string& why);

    Market& market_;
    const std::size_t sellers_;
    std::vector<std::int64_t> sold_before_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> count_{0};
    std::atomic<std::uint64_t> height_{
        0};  // of a trade acknowledged lately: a long test outlives what it signs
    std::mutex mutex_;
    std::vector<Acknowledged> acknowledged_;
    std::string failure_;  // the first
    std::vector<std::thread> threads_;
};

}  // namespace pcq::e2e
