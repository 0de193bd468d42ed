// The contracts of both kinds of chain under any actions of anybody who has an account, valid or not, in the
// middle of a period: readings, trades, open orders, credits, votes, debts. Whatever is done, each block's
// conservation holds, recomputed from every record (tests/unit/contracts/invariants.h) and by the contracts'
// own check; what is refused says why; and a block in which nothing is due does nothing of itself.
#include <array>

#include "contracts/chain.h"
#include "src/client/actions.h"
#include "src/crypto/hash.h"
#include "tests/fuzz/message_drawer.h"
#include "tests/fuzz/target.h"
#include "tests/unit/contracts/fixture.h"
#include "tests/unit/contracts/invariants.h"
#include "tests/unit/contracts/order_invariants.h"

namespace pcq::fuzz {
namespace {

namespace testing = contracts::testing;
using namespace pcq::literals;
using testing::Records;

constexpr std::size_t kActionsMax = 40;
constexpr std::size_t kBlocksMax = 12;
constexpr contracts::Period kPeriod = 2013;

// Two chains half way through a period, whose next period is open too.
class Start {
public:
    Start() {
        GTEST_FLAG_SET(break_on_failure, true);  // an expectation of the fixture is an invariant here
        auto& ann = chains.person("ann");
        auto& bob = chains.person("bob");
        auto& eve = chains.person("eve");
        chains.open(kPeriod, 2);
        chains.open(kPeriod + 1, 1);
        chains.main.must(chains.main_government, testing::issue_reserve(chains.side, kPeriod, 10'000_g));
        chains.relay();
        chains.issue(kPeriod, {{&ann, 9000_g}, {&bob, 5000_g}, {&eve, 7000_g}});
        chains.report(kPeriod, 1, {{&ann, 1000_g}, {&bob, 4500_g}, {&eve, 500_g}});
        chains.side.must(chains.government, testing::set_methodology("subway", 500'000));
        chains.advance(kPeriod, 1);
        for (auto* person : {&ann, &bob, &eve}) {
            chains.deposit(*person, 50'000'000_uy);
            chains.join(kPeriod, *person);
        }
        chains.sell(kPeriod, ann, 500_g);
        const auto order = chains.side.sign(
            eve, testing::place_order(kPeriod, proto::MARKET_SIDE_SUPPLY, 100_g, PricePerKg(250'000)));
        chains.side.block({order});
        words.hashes = {order->hash().bytes(), chains.main.chain().bytes(), chains.side.chain().bytes(),
                        crypto::sha256({"activity"}).bytes()};
        for (const auto* wallet :
             {&ann, &bob, &eve, &chains.government, &chains.authority, &chains.platform, &chains.meter,
              &chains.transport, &chains.bank, &chains.anyone, &chains.main_government, &chains.main_anyone})
            words.accounts.push_back(wallet->account().bytes());
        for (int voter = 1; voter < 4; ++voter) {
            words.accounts.push_back(chains.voter(chains.side, voter).account().bytes());
            words.accounts.push_back(chains.voter(chains.main, voter).account().bytes());
        }
        words.accounts.push_back(chains.auditor.account().bytes());
        words.accounts.push_back(chains.main_auditor.account().bytes());
        words.numbers = {kPeriod, kPeriod + 1, kPeriod + 2, 1, 2, 100, 1'000, 250'000, 1'000'000'000};
        words.texts = {"", "reason", "subway", "equal", std::string(64, 'x'), std::string(300, 'x')};
    }

    testing::TestChain chains;
    Vocabulary words;
};

Start& start() {
    static Start made;
    return made;
}

class Run final : public ledger::StateReader {
public:
    Run(const testing::TestLedger& from, Draw& draw)
        : from_(from),
          records_(from.records()),
          draw_(draw),
          words_(start().words),
          block_{from.chain(), from.tip()->height() + 1,
                 Instant{static_cast<std::int64_t>(from.tip()->time_ms())}} {}

    std::optional<Bytes> get(BytesView key) const override {
        const auto at = records_.find(key);
        return at == records_.end() ? std::nullopt : std::optional(at->second);
    }
    void go_on() {
        for (std::size_t i = 0; i < kBlocksMax && !draw_.is_used_up(); ++i) one_block();
    }

private:
    void one_block() {
        constexpr std::array kPauses{1'000, 1'000, 60'000, 86'400'000};
        block_.time = Instant{block_.time.ms + draw_.of(kPauses)};
        const bool is_due = from_.contracts().has_due_work(*this, block_.time);
        ledger::Overlay state(*this);
        const std::size_t actions = draw_.below(5);
        for (std::size_t i = 0; i < actions && done_ < kActionsMax; ++i) one_action(state);
        const bool is_empty = state.changes().empty();
        const auto own = from_.contracts().finish_block(block_, state);
        if (is_empty && !is_due) PCQ_INVARIANT(own.events.empty() && state.changes().empty());
        if (const auto sound = from_.contracts().check(*this, state); !sound) {
            invariant_failed(sound.error().message.c_str(), __FILE__, __LINE__);
        }
        proto::Header header;
        *header.mutable_totals() = from_.contracts().totals(state);
        for (const auto& [key, value] : state.changes()) {
            if (value) {
                records_[key] = *value;
            } else {
                records_.erase(key);
            }
        }
        expect_nothing(testing::broken_invariant(records_, header));
        expect_nothing(testing::broken_order_invariant(records_));
        ++block_.height;
    }
    static void expect_nothing(const std::string& broken) {
        if (!broken.empty()) invariant_failed(broken.c_str(), __FILE__, __LINE__);
    }
    // As the executor does it, without keys and sequences.
    void one_action(ledger::Overlay& state) {
        ++done_;
        const auto account = *AccountId::from(draw_.of(words_.accounts));
        const auto record = ledger::kAccounts.find(state, account);
        const auto body = action();
        if (!body || !record || record->status() != proto::ACCOUNT_STATUS_OPEN) return;
        if (const auto valid = from_.contracts().validate(*body); !valid) return check_refusal(valid.error());
        const Hash hash = crypto::sha256({"transaction", std::to_string(done_)});
        words_.hashes.push_back(hash.bytes());
        ledger::Overlay changes(static_cast<const ledger::StateReader&>(state));
        ledger::Context context{block_, account, *record, hash, changes};
        const auto outcome = from_.contracts().apply(context, *body);
        if (!outcome) return check_refusal(outcome.error());
        state.absorb(std::move(changes));
    }
    static void check_refusal(const Error& error) {
        PCQ_INVARIANT(error.code != Code::ok && error.code != Code::internal && !error.message.empty());
    }
    std::optional<proto::TransactionBody> action() {
        proto::TransactionBody body;
        if (draw_.one_in(4)) {  // as it comes from a transaction
            if (!ledger::decode_canonical(draw_.chunk(), body)) return std::nullopt;
        } else {
            MessageDrawer(draw_, words_).fill(body);
        }
        if (body.action_case() == proto::TransactionBody::ACTION_NOT_SET) return std::nullopt;
        return body;
    }

    const testing::TestLedger& from_;
    Records records_;
    Draw& draw_;
    Vocabulary words_;
    ledger::BlockContext block_;
    std::size_t done_ = 0;
};

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    const auto& chains = start().chains;
    Run(draw.one_in(4) ? chains.main : chains.side, draw).go_on();
}

// One real action after the other, each in a block of its own: who, and what.
std::vector<Bytes> seeds() {
    auto& world = start();
    const auto bodies = [](const std::vector<std::pair<char, proto::TransactionBody>>& actions) {
        Bytes input(1, '\0');
        for (const auto& [who, body] : actions)
            input += Bytes("\0\1", 2) + who + '\3' + chunk_of(body.SerializeAsString());
        return input + Bytes(12, '\0');
    };
    const auto body_of = [](const auto& action) {
        proto::TransactionBody body;
        client::set_action(body, action);
        return body;
    };
    proto::TransferCash pay;
    pay.set_to(world.words.accounts[1]);
    pay.set_amount_uy(1'000);
    const auto& ann = world.chains.person("ann");
    std::vector<Bytes> found{
        bodies({{'\0', body_of(pay)}, {'\0', body_of(testing::sell_surplus(kPeriod, 10_g))}}),
        bodies({{'\1', body_of(testing::buy_quota(kPeriod, 10_g))},
                {'\1', body_of(testing::place_order(kPeriod, proto::MARKET_SIDE_DEMAND, 50_g,
                                                    PricePerKg(260'000)))}}),
        bodies({{'\6', body_of(testing::readings(kPeriod, 2, {{&ann, 3000_g}}))},
                {'\6', body_of(testing::correction(kPeriod, 1, ann, 20_g))},
                {'\2', body_of(testing::cancel_order(*Hash::from(world.words.hashes[0])))}}),
        bodies({{'\x9', body_of(testing::vote(1, true))},
                {'\3', body_of(testing::pause_market(9'000'000'000'000))}}),
        bodies({{'\x12', body_of(testing::attestation_of(world.chains.main))},
                {'\x12', body_of(testing::attestation_of(world.chains.side))}})};
    Bytes noise;
    for (int i = 0; i < 40; ++i) {
        noise += crypto::sha256({"contracts", std::to_string(i)}).bytes();
        if (i % 8 == 7) found.push_back(noise);
    }
    return found;
}

}  // namespace pcq::fuzz
