#include "tests/end_to_end/trading.h"

#include <gtest/gtest.h>

#include "src/base/hex.h"

namespace pcq::e2e {
namespace {

constexpr std::int64_t kGramsMax = 50;  // of one sale: a seller's surplus lasts for the whole test
constexpr std::chrono::milliseconds kTradeTimeout{3'000};
constexpr std::chrono::milliseconds kPause{20};  // before a node that is gone or busy is followed by the next

// What a seller does something about: ask the next node.
bool is_passing(Code code) {
    return code == Code::node_unreachable || code == Code::node_timed_out || code == Code::stopped ||
           code == Code::too_many_requests || code == Code::mempool_full;
}

}  // namespace

Trading::Trading(Market& market, std::size_t sellers) : market_(market), sellers_(sellers) {
    for (std::size_t seller = 0; seller < sellers; ++seller) sold_before_.push_back(sold(seller));
    for (std::size_t seller = 0; seller < sellers; ++seller)
        threads_.emplace_back([this, seller] { sell(seller); });
}

std::int64_t Trading::sold(std::size_t seller) {
    return integer(market_.standing(market_.seller(seller).account()).at("holding").at("sold_g"));
}

bool Trading::await(std::size_t more) {
    const std::size_t target = count_ + more;
    return eventually([&] {
               const std::lock_guard lock(mutex_);
               return count_ >= target || !failure_.empty();
           }) &&
           count_ >= target;
}

std::string Trading::failure() {
    const std::lock_guard lock(mutex_);
    return failure_;
}

void Trading::stop() {
    stopping_ = true;
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
    EXPECT_EQ(failure_, "");
}

void Trading::fail(const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = why;
}

void Trading::sell(std::size_t seller) {
    std::mt19937_64 random(seller);
    while (!stopping_) {
        const auto grams = static_cast<std::int64_t>(1 + random() % kGramsMax);
        const auto transaction =
            market_.sign(market_.seller(seller), market_.side(), market_.sale(grams), height_ + kValidFor);
        auto done = settle(seller, transaction);
        if (!done) return;
        done->grams = grams;
        height_ = done->height;
        const std::lock_guard lock(mutex_);
        acknowledged_.push_back(*std::move(done));
        ++count_;
    }
}

// Not before its fate is known, and for at most a minute.
std::optional<Acknowledged> Trading::settle(std::size_t seller, const ledger::RawTransaction& transaction) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    for (std::size_t node = seller % kNodes; std::chrono::steady_clock::now() < end;
         node = (node + 1) % kNodes) {
        client::RpcClient client(market_.network().rpc(node), {.timeout = kTradeTimeout * 2});
        const auto fate =
            client.submit("side", transaction, {.until_commit = true, .timeout = kTradeTimeout});
        if (!fate && !is_passing(fate.error().code)) {
            fail("a trade was refused: " + fate.error().message);
            return std::nullopt;
        }
        if (!fate) {
            std::this_thread::sleep_for(kPause);
            continue;
        }
        if (fate->fate != client::Fate::committed) continue;
        if (fate->code != Code::ok) {
            fail("a trade did not go well: " + fate->text);
            return std::nullopt;
        }
        return Acknowledged{to_hex(fate->hash), fate->height, fate->index, seller, 0};
    }
    fail("a trade's fate was not known after a minute");
    return std::nullopt;
}

void Trading::expect_all_in(const std::vector<BlockSeen>& blocks) {
    std::map<std::string, int> times;
    for (const auto& block : blocks) {
        for (const auto& hash : block.transactions) ++times[hash];
    }
    for (const auto& [hash, count] : times) EXPECT_EQ(count, 1) << hash;
    auto expected = sold_before_;
    for (const auto& trade : acknowledged_) {
        ASSERT_LE(trade.height, blocks.size()) << trade.hash;
        const auto& block = blocks[trade.height - 1];
        ASSERT_LT(trade.index, block.transactions.size()) << trade.hash;
        EXPECT_EQ(block.transactions[trade.index], trade.hash);
        expected[trade.seller] += trade.grams;
    }
    for (std::size_t seller = 0; seller < sellers_; ++seller)
        EXPECT_EQ(sold(seller), expected[seller]) << "seller " << seller;
}

}  // namespace pcq::e2e
