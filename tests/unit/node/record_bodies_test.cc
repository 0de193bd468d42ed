// What goes to disk with a vote: enough to go on when all have lost power, and no more than there is room
// for.
#include "src/node/record_bodies.h"

#include "tests/unit/node/fixture.h"

namespace pcq::node {
namespace {

class Bodies : public Building {
protected:
    static constexpr std::size_t kRoom = 100'000;

    // A vote at height 1 for a block of this one transaction, 30 kB long.
    std::shared_ptr<const ExecutedBlock> vote(std::uint64_t sequence) {
        const auto one = transaction(sequence, 30'000);
        const auto block = Building::build({one});
        held_[block->header.hash()] = {{one->hash(), one}};
        record_.set_height(1);
        record_.set_voted(true);
        record_.set_voted_hash(block->header.hash().bytes());
        return block;
    }
    void prepare(const ExecutedBlock& block) {
        record_.mutable_prepared()->set_block_hash(block.header.hash().bytes());
        record_.clear_prepared_transactions();
        for (const auto& hash : block.transactions) record_.add_prepared_transactions(hash.bytes());
    }
    proto::VoteRecord encoded() {
        proto::VoteRecord record;
        const auto held = [this](const Hash& block) {
            const auto at = held_.find(block);
            return at == held_.end() ? nullptr : &at->second;
        };
        EXPECT_TRUE(record.ParseFromString(bodies_.encode(record_, held, kRoom)));
        EXPECT_LE(record.ByteSizeLong(), kRoom);
        return record;
    }
    // As after a start with what is on disk.
    void restart(const proto::VoteRecord& said) {
        bodies_ = RecordBodies();
        held_.clear();
        bodies_.keep(genesis_->chain, said);
    }
    bool has(const proto::VoteRecord& record, std::uint64_t sequence) const {
        const auto& bodies = record.prepared_bodies();
        return std::find(bodies.begin(), bodies.end(), transaction(sequence, 30'000)->bytes()) !=
               bodies.end();
    }

    RecordBodies bodies_;
    std::map<Hash, Transactions> held_;
    proto::VoteRecord record_;
};

TEST_F(Bodies, OfEveryBlockVotedForAtAHeightAreKeptOverTwoRestartsAndAViewChange) {
    vote(1);
    static_cast<void>(encoded());
    vote(2);
    auto record = encoded();
    EXPECT_TRUE(has(record, 1) && has(record, 2));
    restart(record);
    record_.set_voted(false);  // it has changed the view
    record_.clear_voted_hash();
    record = encoded();
    restart(record);
    record = encoded();
    EXPECT_TRUE(has(record, 1) && has(record, 2));
    EXPECT_TRUE(bodies_.find(transaction(1, 30'000)->hash()));
}

TEST_F(Bodies, OfTheCertifiedBlockComeFirstThenTheLatest) {
    const auto certified = vote(1);
    prepare(*certified);
    static_cast<void>(encoded());
    for (std::uint64_t sequence = 2; sequence <= 4; ++sequence) {
        vote(sequence);
        static_cast<void>(encoded());
    }
    auto record = encoded();
    EXPECT_TRUE(has(record, 1) && has(record, 4) && has(record, 3));
    EXPECT_FALSE(has(record, 2)) << "there is room for three";
    restart(record);
    for (std::uint64_t sequence = 5; sequence <= 7; ++sequence) {
        vote(sequence);
        record = encoded();
    }
    EXPECT_TRUE(has(record, 1)) << "nobody has executed it since the start";
    EXPECT_TRUE(has(record, 7));
}

// A certificate that a liar holds may bind everybody to a block of a view that is long forgotten.
TEST_F(Bodies, AreAtHandWhateverElseIsForgottenButNotWithoutEnd) {
    constexpr std::size_t kBytes = 150'000;
    constexpr std::uint64_t kFit = RecordBodies::kAtHandBytes / (kBytes + 500);
    std::vector<Hash> brought;
    record_.set_height(1);
    record_.set_voted(true);
    const auto vote_for_another = [&] {
        const auto one = transaction(brought.size() + 1, kBytes);
        brought.push_back(one->hash());
        record_.set_voted_hash(one->hash().bytes());  // as good as a block's
        held_ = {{one->hash(), {{one->hash(), one}}}};
        static_cast<void>(encoded());
    };
    while (brought.size() < kFit) vote_for_another();
    EXPECT_TRUE(bodies_.find(brought.front())) << "far beyond what the record has room for";
    for (int i = 0; i < 3; ++i) vote_for_another();
    EXPECT_FALSE(bodies_.find(brought.front()));
    EXPECT_TRUE(bodies_.find(brought.back()));
}

TEST_F(Bodies, GoWithTheirHeight) {
    vote(1);
    const auto record = encoded();
    restart(record);
    bodies_.passed(0);
    EXPECT_TRUE(bodies_.find(transaction(1, 30'000)->hash()));
    bodies_.passed(1);
    EXPECT_FALSE(bodies_.find(transaction(1, 30'000)->hash()));
}

}  // namespace
}  // namespace pcq::node
