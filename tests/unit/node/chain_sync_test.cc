// A chain that is behind, and peers of which some are no validators, lie, or say nothing.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/node/chain_fixture.h"
#include "tests/unit/node/voice.h"

namespace pcq::node {
namespace {

class ChainBehind : public ChainOfANode {
protected:
    // Beside the fixture's other validator: pinned, and no validators.
    Voice& outsider(Voice::Answer answer = {}) {
        const auto& self = keys_[0].public_key();
        int number = 150 + static_cast<int>(outsiders_.size()) * 10;
        auto key = numbered(number);
        while (key.public_key() < self) key = numbered(++number);
        outsiders_.push_back(std::make_unique<Voice>(key, self, genesis_->chain, std::move(answer)));
        further_.push_back(outsiders_.back()->address());
        return *outsiders_.back();
    }
    static crypto::SigningKey numbered(int number) {
        return *crypto::SigningKey::from_secret(crypto::KeyType::ed25519,
                                                Bytes(32, static_cast<char>(number)));
    }
    void start_all() {
        start(0);
        for (const auto& voice : outsiders_) ASSERT_TRUE(voice->wait_connected());
    }
    void TearDown() override {
        outsiders_.clear();
        ChainOfANode::TearDown();
    }
    static void claim(Voice& voice, std::uint64_t height) {
        proto::ConsensusMessage status;
        status.mutable_status()->set_height(height);
        status.mutable_status()->set_last_hash(Hash().bytes());
        status.set_signature(Bytes(64, 's'));
        auto envelope = voice.message();
        envelope.set_consensus(status.SerializeAsString());
        voice.say(envelope);
    }
    proto::PeerMessage blocks(const std::vector<proto::CertifiedBlock>& blocks, std::uint64_t tip,
                              std::uint64_t first = 0) const {
        auto envelope = message();
        auto& answer = *envelope.mutable_blocks();
        answer.set_from_height(1);
        for (const auto& block : blocks) *answer.add_blocks() = block;
        answer.set_tip_height(tip);
        answer.set_first_height(first);
        return envelope;
    }
    proto::PeerMessage gone() const { return blocks({}, 1'000'000, 999'990); }
    bool wait_height(std::uint64_t height) {
        return wait([&] { return committed_ >= height; });
    }

    // What those who are asked for blocks have heard, the other validator among them.
    Voice::Answer noting(Voice::Answer answer = {}) {
        return [this, answer = std::move(answer)](const auto& message, Voice& voice) {
            if (answer) answer(message, voice);
            change([&] { noted_.push_back(message.content_case()); });
        };
    }
    std::ptrdiff_t requests() const {  // within change() or wait()
        const auto is_request = [](const auto& message) { return message.has_get_blocks(); };
        return std::count(noted_.begin(), noted_.end(), proto::PeerMessage::kGetBlocks) +
               std::count_if(inbox_.begin(), inbox_.end(), is_request);
    }
    bool is_joining() const {  // likewise
        return std::count(noted_.begin(), noted_.end(), proto::PeerMessage::kGetSnapshot) > 0;
    }

    std::vector<std::unique_ptr<Voice>> outsiders_;
    std::vector<proto::PeerMessage::ContentCase> noted_;
};

TEST_F(ChainBehind, TakesBlocksOfWhoeverIsPinnedThoughItIsNoValidator) {
    auto& archive = outsider();
    const auto block = certified(*build({transaction(1)}), [](auto&) {});
    start_all();
    claim(archive, 2);
    ASSERT_TRUE(archive.hear(proto::PeerMessage::kGetBlocks));
    archive.say(blocks({block}, 1));
    EXPECT_TRUE(wait_height(1));
}

// What it has brought holds, so the others need not say so too.
TEST_F(ChainBehind, GoesOnWithWhoeverHasMoreOfWhatHolds) {
    auto& archive = outsider();
    const auto block = certified(*build({transaction(1)}), [](auto&) {});
    start_all();
    claim(archive, 100);
    ASSERT_TRUE(archive.hear(proto::PeerMessage::kGetBlocks));
    archive.say(blocks({block}, 99));
    const auto asked = archive.hear(proto::PeerMessage::kGetBlocks);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->get_blocks().from_height(), 2u);
}

TEST_F(ChainBehind, IsNotHeldUpByOneWhoSaysNothing) {
    may_join_ = true;
    const auto says_gone = noting([this](const auto& message, Voice& voice) {
        if (message.has_get_blocks()) voice.say(gone());
    });
    auto& first = outsider(says_gone);
    outsider(says_gone);
    auto& silent = outsider(noting());
    start_all();
    constexpr Duration kLongerThanOnesPatience{4'000};
    bool joins = false;
    for (int round = 0; !joins; ++round) {
        ASSERT_LT(round, 100) << "it waits for the silent one for ever";
        std::ptrdiff_t before = 0;
        change([&] { before = requests(); });
        clock_.skip(kLongerThanOnesPatience);
        claim(first, 1'000'000);
        ASSERT_TRUE(wait([&] {
            joins = is_joining();
            return joins || requests() > before;
        }));
    }
    EXPECT_TRUE(silent.hear(proto::PeerMessage::kGetBlocks)) << "it was given its time";
}

// A Status costs no signature, and honest validators say few of them.
TEST_F(ChainBehind, PassesOverWhatOneSaysOfItsPlaceTooOften) {
    start(0);
    clock_.hold();
    const auto brought = transaction(1);
    ASSERT_TRUE(submit(brought->bytes()));
    for (int i = 0; i < 100; ++i) claim_height(1);
    claim_height(3);
    ask_for({brought->hash()});
    std::ptrdiff_t handed_out = 0;
    const auto is_bundle = [](const auto& heard) { return heard.has_transactions(); };
    ASSERT_TRUE(wait([&] {  // gossip, and the answer to what was asked last
        handed_out = std::count_if(inbox_.begin(), inbox_.end(), is_bundle);
        return handed_out == 2;
    }));
    change([&] { EXPECT_EQ(requests(), 0); });
    clock_.skip({1'000});
    claim_height(3);
    EXPECT_TRUE(hear(proto::PeerMessage::kGetBlocks));
}

TEST_F(ChainBehind, IsNotSaidToBeCatchingUpBecauseOneSaysSo) {
    auto& first = outsider(noting());
    auto& second = outsider(noting());
    start_all();
    claim(first, 5'000);
    ASSERT_TRUE(wait([this] { return requests() > 0; }));
    claim_height(1);  // something new: what is said of the chain is renewed
    ASSERT_TRUE(submit(transaction(1)->bytes()));
    EXPECT_FALSE(chain_->snapshot().syncing);
    claim(second, 5'000);
    const auto deadline = std::chrono::steady_clock::now() + network::kDeadline;
    for (std::uint64_t i = 2; !chain_->snapshot().syncing; ++i) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        clock_.skip({4'000});
        claim(second, 5'000 + i);
        ASSERT_FALSE(submit("no transaction"));
    }
}

// Though nobody is being asked at the moment: a node that lacks what nobody keeps is not ready.
TEST_F(ChainBehind, IsSaidToBeCatchingUpWhileNobodyHasTheBlocks) {
    const auto says_gone = noting([this](const auto& message, Voice& voice) {
        if (message.has_get_blocks()) voice.say(gone());
    });
    auto& first = outsider(says_gone);
    auto& second = outsider(says_gone);
    start_all();
    claim(first, 5'000);
    claim(second, 5'000);
    ASSERT_TRUE(hear(proto::PeerMessage::kGetBlocks));
    say(gone());
    ASSERT_TRUE(wait([this] { return requests() >= 2; }));
    for (int looks = 0; looks < 500; ++looks) {
        ASSERT_FALSE(submit("no transaction"));
        ASSERT_TRUE(chain_->snapshot().syncing) << looks;
    }
}

// A quorum of one set has signed both: whichever is the one that people use, this node must not go on.
TEST_F(ChainBehind, StopsWhereAQuorumHasCertifiedTheNextBlockOnAnotherThanItsOwn) {
    auto& archive = outsider();
    store(*build({transaction(1)}));
    const auto fork =
        certified(*build({transaction(2)}), [](auto& header) { header.set_previous_hash(Bytes(32, 'x')); });
    start_all();
    claim(archive, 3);
    ASSERT_TRUE(archive.hear(proto::PeerMessage::kGetBlocks));
    auto answer = blocks({fork}, 2);
    answer.mutable_blocks()->set_from_height(2);
    archive.say(answer);
    ASSERT_TRUE(wait([this] { return fatal_.has_value(); }));
    EXPECT_EQ(fatal_->code, Code::state_differs);
}

}  // namespace
}  // namespace pcq::node
