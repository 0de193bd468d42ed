// What a run came to, read back from the chains.
#include <algorithm>

#include <boost/json/array.hpp>

#include "deploy/demo/run.h"
#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/base/wide.h"

namespace pcq::demo {
namespace {

namespace json = boost::json;
using client::integer;

PricePerKg average(std::int64_t money_uy, std::int64_t grams) {
    return PricePerKg(grams == 0 ? 0
                                 : static_cast<std::int64_t>(static_cast<Int128>(money_uy) * 1'000 / grams));
}

Results measured(const json::value& report, const json::value& books, const json::value& welfare) {
    const auto book = [&books](const char* name) { return integer(books.at(name)); };
    Results results;
    results.offset = Grams(integer(report.at("purchased_surrendered_g")));
    results.penalised = Grams(integer(report.at("penalised_g")));
    results.sold = Grams(book("bought_g") + book("matched_g"));
    results.buy = average(book("paid_uy") + book("matched_uy"), results.sold.value());
    results.sell = average(book("received_uy") + book("matched_uy"), book("sold_g") + book("matched_g"));
    results.profit = MicroYuan(integer(books.at("profit_uy")));
    results.seller_surplus = MicroYuan(integer(welfare.at("seller_surplus_uy")));
    results.profit_plus_surplus = MicroYuan(integer(welfare.at("profit_plus_surplus_uy")));
    results.total_welfare = MicroYuan(integer(welfare.at("total_welfare_uy")));
    return results;
}

void add(Grams& sum, std::int64_t grams) {
    sum = Grams(sum.value() + grams);
}

}  // namespace

Result<std::vector<Settled>> Run::read_people() {
    std::vector<Settled> people;
    people.reserve(people_.size());
    for (const auto& person : people_) {
        const json::object who{{"chain", side_.fields.name()},
                               {"account", to_address(person.wallet.account())},
                               {"period", options_.year}};
        const auto account = client_.query("account", who);
        if (!account) return account.error();
        const auto settled = client_.query("settlement", who);
        if (!settled) return settled.error();
        people.push_back({.issued = Grams(integer(settled->at("issued_g"))),
                          .emitted = Grams(integer(settled->at("emitted_g"))),
                          .sold = Grams(integer(settled->at("sold_g"))),
                          .cost = MicroYuan(kPersonCash - integer(account->at("balance_uy")) +
                                            integer(settled->at("penalty_owed_uy")))});
    }
    return people;
}

Result<Outcome> Run::outcome() {
    const json::object period{{"chain", side_.fields.name()}, {"period", options_.year}};
    const auto report = client_.query("report", period);
    if (!report) return report.error();
    const auto books = client_.query("platform", period);
    if (!books) return books.error();
    const auto welfare = client_.query("welfare", period);
    if (!welfare) return welfare.error();
    const auto people = read_people();
    if (!people) return people.error();

    Outcome outcome;
    outcome.kind = options_.kind;
    outcome.households = people->size();
    outcome.year = options_.year;
    outcome.cap = Grams(integer(report->at("issued_g")));
    outcome.emitted = Grams(integer(report->at("emitted_g")));
    outcome.offset_ratio = offset_ratio_;
    std::vector<std::pair<Grams, MicroYuan>> costs;
    for (const auto& person : *people) {
        const std::int64_t left = person.issued.value() - person.emitted.value();
        add(left > 0 ? outcome.surplus : outcome.excess, std::abs(left));
        add(outcome.sold_too_early,
            std::max<std::int64_t>(0, person.sold.value() - std::max<std::int64_t>(0, left)));
        costs.emplace_back(person.emitted, person.cost);
    }
    outcome.measured = measured(*report, *books, *welfare);
    outcome.measured.cost = by_decile(std::move(costs));
    outcome.fees = MicroYuan(integer(books->at("fees_uy")));
    outcome.unsold = Grams(integer(books->at("bought_g")) - integer(books->at("sold_g")));
    outcome.unsold_cost = MicroYuan(static_cast<std::int64_t>(
        static_cast<Int128>(outcome.unsold.value()) *
        average(integer(books->at("paid_uy")), integer(books->at("bought_g"))).value() / 1'000));
    const auto expected = expected_of(outcome, *people, terms_);
    if (!expected) return expected.error();
    outcome.model = *expected;
    return outcome;
}

}  // namespace pcq::demo
