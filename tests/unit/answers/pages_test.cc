// Every list that comes in pages, walked through in pages of every size: nothing left out, nothing twice, no
// `next` where nothing follows, and each page follows from the records that are proven with it, and no other.
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "src/answers/answers.h"
#include "src/client/actions.h"
#include "tests/unit/contracts/four_people.h"

namespace pcq::answers {
namespace {

namespace json = boost::json;
namespace query = rpc::query;
using namespace pcq::literals;
using contracts::testing::FourPeople;
using contracts::testing::TestChain;
using contracts::testing::TestLedger;

// What a client has that believes nothing but what is proven.
class ProvenRecords final : public ledger::StateReader {
public:
    ProvenRecords(const ledger::StateReader& state, const std::vector<Bytes>& keys) {
        for (const auto& key : keys) records_.emplace(key, state.get(key));
    }
    std::optional<Bytes> get(BytesView key) const override {
        const auto found = records_.find(key);
        if (found == records_.end()) throw std::runtime_error("a record was read that is not proven");
        return found->second;
    }

private:
    std::map<Bytes, std::optional<Bytes>, std::less<>> records_;
};

Result<rpc::Answer> answer_of(const TestLedger& chain, const ledger::StateReader& state,
                              const rpc::Query& question) {
    const auto& header = chain.tip();
    return answer(state, chain.chain(), header->height(),
                  Instant{static_cast<std::int64_t>(header->time_ms())}, question);
}

rpc::Answer ask(const TestLedger& chain, const rpc::Query& question) {
    const auto answered = answer_of(chain, chain, question);
    EXPECT_TRUE(answered) << answered.error().message;
    if (!answered) return {};
    const auto again = answer_of(chain, ProvenRecords(chain, answered->keys), question);
    EXPECT_TRUE(again);
    EXPECT_EQ(again->value, answered->value);
    EXPECT_EQ(again->next, answered->next);
    return *answered;
}

// A list of the answers, and the question for a page of it.
struct List {
    const char* name;
    const TestLedger* chain;
    rpc::Query question;
    std::size_t count;  // of its entries

    json::array page(const rpc::Page& page, std::optional<std::uint64_t>& next) const {
        auto asked = question;
        std::visit(
            [&page](auto& one) {
                if constexpr (requires { one.page; }) one.page = page;
            },
            asked);
        const auto answered = ask(*chain, asked);
        next = answered.next;
        return answered.value.at(name).as_array();
    }
    json::array all() const {
        std::optional<std::uint64_t> next;
        auto entries = page({}, next);
        EXPECT_FALSE(next);
        return entries;
    }
};

void expect_whole_in_pages_of(const List& list, std::uint32_t limit) {
    SCOPED_TRACE(limit);
    const auto whole = list.all();
    json::array walked;
    rpc::Page page{.first = 0, .limit = limit};
    for (bool more = true; more;) {
        std::optional<std::uint64_t> next;
        const auto entries = list.page(page, next);
        walked.insert(walked.end(), entries.begin(), entries.end());
        more = next.has_value();
        ASSERT_LE(walked.size(), whole.size());
        if (more) {
            EXPECT_EQ(entries.size(), limit);
            EXPECT_LT(walked.size(), whole.size()) << "a page is announced, and nothing is left";
            page.first = *next;
        }
    }
    EXPECT_EQ(walked, whole);
}

void expect_pages(const List& list) {
    SCOPED_TRACE(list.name);
    ASSERT_EQ(list.all().size(), list.count);
    for (std::uint32_t limit = 1; limit <= list.count + 1; ++limit) expect_whole_in_pages_of(list, limit);
    // Behind the end, also of what a number in a key can hold.
    for (const std::uint64_t outside : {1ULL << 30U, 1ULL << 32U, (1ULL << 32U) + 1, ~0ULL}) {
        std::optional<std::uint64_t> next;
        EXPECT_TRUE(list.page({.first = outside, .limit = 100}, next).empty()) << outside;
        EXPECT_FALSE(next) << outside;
    }
}

proto::SubmitAnchor anchor_of(const TestLedger& ledger) {
    const auto tip = ledger.certified();
    proto::SubmitAnchor action;
    action.set_header(tip.header);
    action.set_certificate(tip.certificate);
    return action;
}

proto::ProposeClawback clawback(const client::Wallet& from, contracts::Period period) {
    proto::ProposeClawback action;
    action.set_account(from.account().bytes());
    action.set_period(period);
    action.set_grams(1);
    action.set_legal_reference("judgement 12/2013");
    action.set_reason("issued twice");
    return action;
}

// Three of everything, or two.
struct Years {
    TestChain chain;
    client::Wallet& poor = chain.person("poor");
    client::Wallet& rich = chain.person("rich");
    client::Wallet& late = chain.person("late");

    Years() {
        auto& side = chain.side;
        auto second = contracts::testing::registration(side);  // of another side chain
        second.set_chain_id(Bytes(32, 's'));
        for (const contracts::Period year : {2013U, 2015U, 2018U}) {
            chain.open(year, year == 2018 ? 3 : 1);
            chain.issue(year, {{&poor, 1'000_g}});
            if (year == 2018) break;
            chain.report(year, 1, {{&poor, 9'000'000_g}});
            chain.advance(year, 1);
            chain.settle(year);
        }
        chain.issue(2018, {{&rich, 1'000'000_g}});
        chain.issue(2018, {{&late, 5_g}});
        chain.main.must(chain.main_government, second);
        chain.report(2018, 1, {{&poor, 10_g}});
        side.must(chain.transport, contracts::testing::readings(2018, 1, {{&poor, 20_g}}));
        side.must(poor, contracts::testing::dispute_reading(chain.meter, 2018, 1));
        side.must(poor, contracts::testing::dispute_reading(chain.transport, 2018, 1));
        chain.advance(2018, 1);
        chain.correct(2018, 1, rich, 7_g);
        chain.correct(2018, 1, late, 8_g);
        chain.report(2018, 2, {{&poor, 30_g}});
        chain.advance(2018, 2);
        for (const char* name : {"bike", "bus"})
            side.must(chain.government, contracts::testing::set_methodology(name, 1'000));
        side.must(chain.government, contracts::testing::set_methodology("bike", 2'000));
        for (const char* name : {"another", "third"})
            chain.main.must(chain.main_government, client::equal_per_head(name, 1'000_g));
        chain.main.must(chain.main_government, client::equal_per_head("another", 2'000_g));
        for (int i = 0; i < 2; ++i) {
            side.must(chain.government, clawback(rich, 2018));
            side.must(chain.government, contracts::testing::pause_market(side.tip()->time_ms() + 60'000));
            side.must(chain.government, contracts::testing::resume_market());
            auto parameters = contracts::kChain.find(side, ledger::Only())->parameters();
            parameters.set_registration_fee_uy(7 + i);
            chain.decide(side, contracts::testing::propose_change(parameters, side.tip()->height() + 20));
            chain.main.must(chain.main_anyone, anchor_of(side));
            side.block({});
        }
        chain.main.must(chain.main_anyone, anchor_of(side));
    }

    std::vector<List> lists() const {
        const auto& side = chain.side;
        const auto& main = chain.main;
        const auto who = poor.account();
        return {{"periods", &side, query::Account{who, std::nullopt, {}}, 3},
                {"periods", &side, query::Periods{}, 3},
                {"periods", &main, query::Periods{}, 3},
                {"debts", &side, query::Debts{who, {}}, 2},
                {"readings", &side, query::Emissions{who, 2018, {}}, 3},
                {"epochs", &side, query::Epochs{2018, {}}, 2},
                {"batches", &main, query::Batches{2018, side.chain(), {}}, 3},
                {"batches", &side, query::Batches{2018, std::nullopt, {}}, 3},
                {"side_chains", &main, query::SideChains{}, 2},
                {"anchors", &main, query::Anchors{side.chain(), {}}, 1},
                {"users", &side, query::Users{}, 3},
                {"corrections", &side, query::Corrections{}, 2},
                {"disputes", &side, query::Disputes{}, 2},
                {"methodologies", &side, query::Methodologies{}, 3},
                {"allocation_rules", &main, query::AllocationRules{}, 4},
                {"proposals", &side, query::Proposals{}, 2},
                {"history", &side, query::Parameters{}, 3},
                {"pauses", &side, query::Pauses{}, 2},
                {"validator_sets", &side, query::ValidatorSets{}, 1},
                {"clawbacks", &side, query::Clawbacks{}, 2}};
    }
};

// Five levels, of which a page of two or four ends between both sides' orders.
struct Crowd : FourPeople {
    Crowd() {
        for (const std::int64_t limit : {160'000, 120'000, 140'000}) place(ann, sell(1'000, limit));
        for (const std::int64_t limit : {90'000, 100'000}) place(bob, buy(1'000, limit));
    }
    List book() const { return {"levels", &chain.side, query::Book{2013, {}}, 5}; }
};

TEST(Pages, AreTheWholeListAndNothingTwice) {
    const Years years;
    for (const auto& list : years.lists()) expect_pages(list);
    expect_pages(Crowd().book());
}

// Whoever adds a question for a list adds it above.
TEST(Pages, AreWalkedThroughHereForEveryQuestionThatHasThem) {
    const Years years;
    std::set<std::size_t> walked{Crowd().book().question.index()};
    for (const auto& list : years.lists()) walked.insert(list.question.index());
    const auto check = [&]<std::size_t... at>(std::index_sequence<at...>) {
        const auto one = [&](std::size_t index, bool has_pages) {
            EXPECT_EQ(walked.contains(index), has_pages) << index;
        };
        (one(
             at, requires(std::variant_alternative_t<at, rpc::Query> question) { question.page; }),
         ...);
    };
    check(std::make_index_sequence<std::variant_size_v<rpc::Query>>());
}

json::array years_of(const json::array& entries) {
    json::array years;
    for (const auto& entry : entries) years.push_back(entry.at("period").to_number<std::int64_t>());
    return years;
}

TEST(Pages, OfPeriodsAndDebtsBeginWithTheFirstYearThatIsNotBeforeTheCursor) {
    const Years years;
    for (const auto& list : years.lists()) {
        SCOPED_TRACE(list.name);
        const std::string name = list.name;
        if (name != "periods" && name != "debts") continue;
        const auto all = years_of(list.all());
        EXPECT_EQ(all, name == "debts" ? json::array({2013, 2015}) : json::array({2013, 2015, 2018}));
        std::optional<std::uint64_t> next;
        EXPECT_EQ(years_of(list.page({.first = 2014, .limit = 1}, next)), json::array({2015}));
        EXPECT_EQ(next, name == "debts" ? std::nullopt : std::optional<std::uint64_t>(2018));
        EXPECT_TRUE(list.page({.first = 2019, .limit = 1}, next).empty());
        EXPECT_FALSE(next);
    }
}

// A debt that is paid between two pages moves no other one out of the next.
TEST(Pages, OfDebtsLeaveNoneOutWhereOneIsPaidMeanwhile) {
    Years years;
    List debts{"debts", &years.chain.side, query::Debts{years.poor.account(), {}}, 2};
    std::optional<std::uint64_t> next;
    const auto first = debts.page({.first = 0, .limit = 1}, next);
    ASSERT_TRUE(next);
    proto::RepayDebt repay;
    repay.set_period(2013);
    repay.set_amount_uy(std::stoll(std::string(first.at(0).at("open_uy").as_string())));
    years.chain.deposit(years.poor, MicroYuan(repay.amount_uy()));
    years.chain.side.must(years.poor, repay);

    EXPECT_EQ(years_of(debts.page({.first = *next, .limit = 1}, next)), json::array({2015}));
    EXPECT_FALSE(next);
}

TEST(Pages, OfAnAccountAreOfThePeriodAskedForAlone) {
    const Years years;
    const auto periods = [&](std::uint64_t first) {
        const auto answered =
            ask(years.chain.side, query::Account{years.poor.account(), 2015, {.first = first, .limit = 1}});
        EXPECT_FALSE(answered.next);
        return years_of(answered.value.at("periods").as_array());
    };
    EXPECT_EQ(periods(0), json::array({2015}));
    EXPECT_EQ(periods(2016), json::array());
}

TEST(Pages, OfReadingsHaveTheDisputesOfTheirReadings) {
    const Years years;
    const auto numbers = [&](std::uint64_t first) {
        const auto answered =
            ask(years.chain.side, query::Emissions{years.poor.account(), 2018, {.first = first, .limit = 1}});
        EXPECT_EQ(answered.value.at("emitted_g"), json::value("60")) << "of all of them";
        json::array disputes;
        for (const auto& one : answered.value.at("disputes").as_array())
            disputes.push_back(one.at("dispute"));
        return disputes;
    };
    EXPECT_EQ(numbers(0).size(), 1u);
    EXPECT_EQ(numbers(1).size(), 1u);
    EXPECT_NE(numbers(0), numbers(1));
    EXPECT_EQ(numbers(2), json::array());
}

TEST(Pages, OfTheBookAreByPriceAndHaveItsFiguresEachTime) {
    const Crowd crowd;
    const auto prices = [](const json::array& levels) {
        std::vector<std::int64_t> all;
        for (const auto& level : levels)
            all.push_back(std::stoll(std::string(level.at("price_uy_per_kg").as_string())));
        return all;
    };
    const auto whole = prices(crowd.book().all());
    EXPECT_TRUE(std::is_sorted(whole.begin(), whole.end()));
    std::optional<std::uint64_t> next;
    const auto from = static_cast<std::uint64_t>(whole[1]);
    EXPECT_EQ(prices(crowd.book().page({.first = from + 1, .limit = 2}, next)),
              std::vector<std::int64_t>(whole.begin() + 2, whole.begin() + 4));
    EXPECT_EQ(next, static_cast<std::uint64_t>(whole[4]));
    const auto last = ask(crowd.chain.side, query::Book{2013, {.first = *next, .limit = 2}});
    EXPECT_EQ(last.value.at("sell_price_uy_per_kg"), json::value("175000"));
}

}  // namespace
}  // namespace pcq::answers
