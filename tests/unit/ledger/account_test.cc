// The sequence window against a plain set, and everything else that an account's record decides.
#include "src/ledger/account.h"

#include <random>
#include <set>

#include <gmock/gmock.h>

#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

using testing::HasSubstr;

// The rule of the header in its plainest words: a set of what was used, and its highest.
class NaiveWindow {
public:
    Code check(std::uint64_t sequence) const {
        if (sequence == 0 || sequence + kSequenceWindow <= top() || sequence > top() + kSequenceWindow)
            return Code::transaction_sequence_outside_window;
        return used_.count(sequence) != 0 ? Code::transaction_sequence_used : Code::ok;
    }
    void use(std::uint64_t sequence) { used_.insert(sequence); }
    std::uint64_t top() const { return used_.empty() ? 0 : *used_.rbegin(); }

private:
    std::set<std::uint64_t> used_;
};

Code check(const proto::AccountRecord& account, std::uint64_t sequence) {
    const auto checked = check_sequence(account, sequence);
    return checked ? Code::ok : checked.error().code;
}

void expect_equal(const proto::AccountRecord& account, const NaiveWindow& naive) {
    EXPECT_EQ(account.sequence_top(), naive.top());
    const std::uint64_t first = naive.top() < 300 ? 0 : naive.top() - 300;
    for (std::uint64_t sequence = first; sequence <= naive.top() + 300; ++sequence)
        ASSERT_EQ(check(account, sequence), naive.check(sequence)) << sequence << ", top " << naive.top();
}

TEST(SequenceWindow, OfANewAccountIsOneTo256) {
    const proto::AccountRecord account;
    EXPECT_EQ(check(account, 0), Code::transaction_sequence_outside_window);
    EXPECT_EQ(check(account, 1), Code::ok);
    EXPECT_EQ(check(account, 256), Code::ok);
    EXPECT_EQ(check(account, 257), Code::transaction_sequence_outside_window);
    EXPECT_THAT(check_sequence(account, 257).error().message, HasSubstr("1 to 256"));
    EXPECT_EQ(check(account, UINT64_MAX), Code::transaction_sequence_outside_window);
}

TEST(SequenceWindow, ReachesAsFarBackAsForward) {
    proto::AccountRecord account;
    use_sequence(account, 256);
    use_sequence(account, 512);
    EXPECT_EQ(check(account, 256), Code::transaction_sequence_outside_window);  // 512 - 256
    EXPECT_EQ(check(account, 257), Code::ok);
    EXPECT_EQ(check(account, 512), Code::transaction_sequence_used);
    EXPECT_EQ(check(account, 768), Code::ok);
    EXPECT_EQ(check(account, 769), Code::transaction_sequence_outside_window);
    EXPECT_THAT(check_sequence(account, 769).error().message, HasSubstr("257 to 768"));
}

TEST(SequenceWindow, IsBlockedByNoGap) {
    proto::AccountRecord account;
    for (std::uint64_t sequence = 256; sequence <= 2560; sequence += 256) {
        EXPECT_EQ(check(account, sequence), Code::ok);
        use_sequence(account, sequence);
    }
    for (std::uint64_t sequence = 2305; sequence < 2560; ++sequence)
        EXPECT_EQ(check(account, sequence), Code::ok);
}

TEST(SequenceWindow, TakesAWholeWindowBackwards) {
    proto::AccountRecord account;
    NaiveWindow naive;
    for (std::uint64_t sequence = 256; sequence >= 1; --sequence) {
        ASSERT_EQ(check(account, sequence), Code::ok);
        use_sequence(account, sequence);
        naive.use(sequence);
    }
    expect_equal(account, naive);
    EXPECT_EQ(account.sequence_used(), Bytes(32, '\xff'));
}

TEST(SequenceWindow, MarksTheBitOfEachSequence) {
    proto::AccountRecord account;
    use_sequence(account, 10);
    use_sequence(account, 7);
    EXPECT_EQ(account.sequence_used(), hex("09") + Bytes(31, '\0'));
    use_sequence(account, 26);
    EXPECT_EQ(account.sequence_used(), hex("010009") + Bytes(29, '\0'));
    use_sequence(account, 26 + 239);  // 26, 10 and 7 are 239, 255 and 258 behind
    EXPECT_EQ(account.sequence_used(), hex("01") + Bytes(28, '\0') + hex("800080"));
}

// Any order, none twice, whatever is sent: the record says what the set says. One seed a run.
TEST(SequenceWindow, AgreesWithASetOfWhatWasUsed) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        proto::AccountRecord account;
        NaiveWindow naive;
        const std::uint64_t reach = 1 + random() % 280;
        for (int step = 0; step < 1500; ++step) {
            const std::uint64_t back = random() % 300;
            const std::uint64_t sequence = naive.top() + random() % (reach + 1) - std::min(naive.top(), back);
            ASSERT_EQ(check(account, sequence), naive.check(sequence)) << sequence << ", top " << naive.top();
            if (naive.check(sequence) != Code::ok) continue;
            use_sequence(account, sequence);
            naive.use(sequence);
        }
        expect_equal(account, naive);
        EXPECT_GT(naive.top(), 0u);
    }
}

class Authority : public testing::Test {
protected:
    Code check(const proto::AccountRecord& account, const VerifiedTransaction& transaction,
               std::uint64_t height = 10) const {
        const auto checked = check_authority(account, *transaction, height);
        return checked ? Code::ok : checked.error().code;
    }
    People people_;
};

TEST_F(Authority, IsThatOfAnOpenAccountAlone) {
    auto account = people_.record(0);
    EXPECT_EQ(check(account, people_.transaction(0)), Code::ok);
    for (const auto status : {proto::ACCOUNT_STATUS_FROZEN, proto::ACCOUNT_STATUS_CLOSED}) {
        account.set_status(status);
        EXPECT_EQ(check(account, people_.transaction(0)), Code::account_not_open);
    }
}

TEST_F(Authority, IsThatOfTheAccountsKeys) {
    EXPECT_EQ(check(people_.record(1), people_.transaction(0)), Code::transaction_wrong_keys);
    auto account = people_.record(1);
    fill(*account.add_keys(), people_.key(0).public_key());
    EXPECT_EQ(check(account, people_.transaction(0)), Code::ok) << "any of its keys";
    account.clear_keys();
    EXPECT_EQ(check(account, people_.transaction(0)), Code::transaction_wrong_keys);
}

// The same bytes under another type are another key.
TEST_F(Authority, LooksAtTheTypeOfAKeyToo) {
    for (const int type : {0, 2, 257, -255}) {
        auto account = people_.record(0);
        account.mutable_keys(0)->set_type(static_cast<proto::KeyType>(type));
        EXPECT_EQ(check(account, people_.transaction(0)), Code::transaction_wrong_keys) << type;
    }
}

TEST_F(Authority, EndsWithTheHeightThatTheTransactionNames) {
    const auto account = people_.record(0);
    EXPECT_EQ(check(account, people_.transaction(0, {.valid_until = 10})), Code::ok);
    EXPECT_EQ(check(account, people_.transaction(0, {.valid_until = 9})), Code::transaction_expired);
    EXPECT_EQ(check(account, people_.transaction(0, {.valid_until = 10'010})), Code::ok);
    EXPECT_EQ(check(account, people_.transaction(0, {.valid_until = 10'011})),
              Code::transaction_expiry_too_far);
    EXPECT_EQ(check(account, people_.transaction(0, {.valid_until = UINT64_MAX})),
              Code::transaction_expiry_too_far);
}

TEST_F(Authority, UsesEachSequenceOnce) {
    auto account = people_.record(0);
    const auto transaction = people_.transaction(0, {.sequence = 5});
    EXPECT_EQ(check(account, transaction), Code::ok);
    use_sequence(account, 5);
    EXPECT_EQ(check(account, transaction), Code::transaction_sequence_used);
    EXPECT_EQ(check(account, people_.transaction(0, {.sequence = 262})),
              Code::transaction_sequence_outside_window);
}

TEST_F(Authority, KnowsRoles) {
    proto::AccountRecord account;
    EXPECT_FALSE(has_role(account, proto::ROLE_BANK));
    account.add_roles(proto::ROLE_METER);
    account.add_roles(proto::ROLE_BANK);
    EXPECT_TRUE(has_role(account, proto::ROLE_BANK));
    EXPECT_FALSE(has_role(account, proto::ROLE_GOVERNMENT));
}

}  // namespace
}  // namespace pcq::ledger
