// The next block, built and executed on one that is not stored: as good as on the stored one, and only there.
#include "src/node/ahead.h"

#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "tests/unit/node/fixture.h"

namespace pcq::node {
namespace {

constexpr Instant kLater = kGenesisTime + Duration{2'000};

class WorkAhead : public Building {
protected:
    ~WorkAhead() override {
        ahead_.stop();
        work_.reset();
        thread_.join();
    }

    void expect(const Ahead::Block& parent) {
        on_strand([&] { ahead_.expect(parent, *store_->at(0), genesis_->validators); });
    }
    void on_strand(const std::function<void()>& act) {
        std::promise<void> done;
        boost::asio::post(strand_, [&] {
            act();
            done.set_value();
        });
        done.get_future().wait();
    }
    // False without one for this parent; else the block, or that it came to nothing.
    std::pair<bool, Ahead::Block> take(const std::function<bool(const Ahead::Done&)>& ask) {
        std::promise<Ahead::Block> promise;
        bool is_promised = false;
        on_strand([&] { is_promised = ask([&](const Ahead::Block& block) { promise.set_value(block); }); });
        return {is_promised, is_promised ? promise.get_future().get() : nullptr};
    }
    std::pair<bool, Ahead::Block> take_built(const Hash& parent) {
        return take([&](const auto& done) { return ahead_.take_built(parent, done); });
    }
    std::pair<bool, Ahead::Block> take_checked(const Hash& parent, const Hash& block) {
        return take([&](const auto& done) { return ahead_.take_checked(parent, block, done); });
    }
    void build(const std::vector<ledger::VerifiedTransaction>& candidates) {
        on_strand([&] { ahead_.build(keys_[2].public_key(), kLater, kLater, candidates); });
    }

    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
    std::thread thread_{[this] { io_.run(); }};
    Ahead::Strand strand_ = boost::asio::make_strand(io_);
    Ahead ahead_{strand_, *contracts_};
};

// A block built ahead holds on the stored parent, byte for byte; and what it leaves behind is the same.
TEST_F(WorkAhead, ABlockBuiltAheadIsTheOneThatWouldBeBuiltInItsTurn) {
    const auto parent = Building::build(vote_for_unknown_contracts());
    expect(parent);
    build({transaction(2), transaction(3)});
    const auto [is_there, block] = take_built(parent->header.hash());
    ASSERT_TRUE(is_there && block);
    EXPECT_EQ(block->header->height(), 2u);
    EXPECT_EQ(block->transactions.size(), 2u);

    store(*parent);
    const auto in_turn =
        build_block(context(), keys_[2].public_key(), 0, kLater, {transaction(2), transaction(3)});
    ASSERT_TRUE(in_turn);
    EXPECT_EQ(in_turn->block->header.bytes(), block->header.bytes());
    EXPECT_EQ(in_turn->block->block, block->block);
    EXPECT_EQ(in_turn->block->executed.changes, block->executed.changes);
    EXPECT_EQ(in_turn->block->executed.tree.pages, block->executed.tree.pages);
    store(*block);
    EXPECT_TRUE(store_->verify());
}

TEST_F(WorkAhead, AProposalExecutedAheadLeavesBehindWhatItWouldInItsTurn) {
    const auto parent = Building::build({transaction(1)});
    expect(parent);
    build({transaction(2)});
    const auto block = take_built(parent->header.hash()).second;
    ASSERT_TRUE(block);
    on_strand([&] { ahead_.check(block->header.hash(), block->header.bytes(), {transaction(2)}); });
    const auto [is_there, checked] = take_checked(parent->header.hash(), block->header.hash());
    ASSERT_TRUE(is_there && checked);
    store(*parent);
    store(*checked);
    EXPECT_TRUE(store_->verify());
}

// A transaction of the parent is used up for what follows.
TEST_F(WorkAhead, StandsOnWhatTheParentHasChanged) {
    const auto parent = Building::build({transaction(1)});
    expect(parent);
    build({transaction(1), transaction(2)});
    const auto block = take_built(parent->header.hash()).second;
    ASSERT_TRUE(block);
    EXPECT_EQ(block->transactions, std::vector{transaction(2)->hash()});
}

TEST_F(WorkAhead, IsWorthNothingOnAnotherParent) {
    const auto parent = Building::build({transaction(1)});
    const auto other = Building::build({transaction(2)});
    expect(parent);
    build({transaction(3)});
    EXPECT_FALSE(take_built(other->header.hash()).first);
    expect(other);
    EXPECT_FALSE(take_built(parent->header.hash()).first) << "forgotten with its parent";
    // What was forgotten may still be worked on: as long as it is, nobody waits behind it.
    do build({transaction(3)});
    while (!take_built(other->header.hash()).first);
    EXPECT_FALSE(take_built(other->header.hash()).first) << "taken once";
}

// Or the state of an old height would be held on to for as long as nothing else is expected.
TEST_F(WorkAhead, LetsGoOfItsFootingWhenTheChainHasPassedIt) {
    const auto parent = Building::build({transaction(1)});
    expect(parent);
    on_strand([&] { ahead_.stored(parent->header); });
    build({transaction(2)});
    EXPECT_TRUE(take_built(parent->header.hash()).second) << "its parent is stored: now it counts";
    build({transaction(3)});
    const auto other = Building::build({transaction(4)});
    on_strand([&] { ahead_.stored(other->header); });
    EXPECT_FALSE(take_built(parent->header.hash()).first) << "another block is at its parent's height";
}

TEST_F(WorkAhead, BuildsNothingWhereThereIsNothingToDoAndVouchesForNothingThatDoesNotHold) {
    const auto parent = Building::build({transaction(1)});
    expect(parent);
    build({});
    on_strand([&] { ahead_.check(Hash(), parent->header.bytes(), {transaction(2)}); });
    on_strand([] {});
    EXPECT_FALSE(take_built(parent->header.hash()).second);
    EXPECT_FALSE(take_checked(parent->header.hash(), Hash()).second);
}

}  // namespace
}  // namespace pcq::node
