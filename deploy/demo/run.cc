// A run up to an open market: wallets, period and policy, registration, issuance, cash.
#include "deploy/demo/run.h"

#include <chrono>

#include <fmt/format.h>

namespace pcq::demo {
namespace {

constexpr std::int64_t kPlatformCash = 2'000'000'000'000;  // micro-yuan
constexpr std::int64_t kFullService = 1'000'000'000;       // q = 1: an auction fills all the orders it may

struct Sums {
    std::int64_t emitted = 0;
    std::int64_t people = 0;
};
Sums sums_of(const std::vector<cli::Home>& homes) {
    Sums sums;
    for (const auto& home : homes) {
        sums.emitted += home.metered().value();
        sums.people += home.people;
    }
    return sums;
}

}  // namespace

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Run::Run(const ScenarioOptions& options, cli::Homes homes, ledger::Genesis main, ledger::Genesis side,
         client::NetworkClient client)
    : options_(options),
      homes_(std::move(homes)),
      main_(std::move(main)),
      side_(std::move(side)),
      client_(std::move(client)) {
    figures_.started_ms = options.started_ms != 0 ? options.started_ms : now_ms();
}

Result<> Run::all() {
    using Step = Result<> (Run::*)();
    for (const Step step : {&Run::open_wallets, &Run::open_period, &Run::register_people, &Run::issue,
                            &Run::fund, &Run::join}) {
        if (auto done = (this->*step)(); !done) return done.error();
    }
    for (std::uint32_t month = 1; month <= cli::kMonths; ++month) {
        if (auto done = run_month(month); !done) return done.error();
    }
    if (auto done = close_period(); !done) return done.error();
    figures_.transactions += organisations_->transactions();
    auto reported = print_report(client_, options_, main_, side_, figures_);
    if (!reported) return reported;
    const auto came_to = outcome();
    if (!came_to) return came_to.error();
    print_outcome(*came_to);
    return save_outcome(*came_to, options_.network / "outcome.json");
}

Result<> Run::open_wallets() {
    auto organisations = client::Organisations::open(client_, main_, side_, options_.network / "keys");
    if (!organisations) return organisations.error();
    organisations_ = *std::move(organisations);
    const Sums sums = sums_of(homes_.all);
    quota_ = Grams(sums.emitted / sums.people * options_.cap_percent / 100);
    auto people = make_people(
        homes_.all, {side_.chain, organisations_->platform.wallet.account(), quota_, options_.seed});
    if (!people) return people.error();
    people_ = *std::move(people);
    progress(fmt::format("{} households, {} for each {}", people_.size(), to_text(quota_),
                         homes_.knows_people ? "person" : "household"));
    return {};
}

Result<> Run::open_period() {
    if (auto done = organisations_->register_side_chain(); !done) return done.error();

    Expected expected;
    expected.people = static_cast<std::int64_t>(people_.size());
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const std::int64_t left = people_[i].issued.value() - homes_.all[i].metered().value();
        auto& sum = left > 0 ? expected.surplus : expected.excess;
        sum = Grams(sum.value() + std::abs(left));
    }
    proto::OpenPeriod open = opening(terms_, expected);
    open.set_period(options_.year);
    open.set_cap_g(quota_.value() * sums_of(homes_.all).people);
    open.set_months(cli::kMonths);
    if (auto done = organisations_->act(organisations_->government, open, "opening the period"); !done)
        return done.error();

    const auto opened = client_.query("period", {{"chain", main_.fields.name()}, {"period", options_.year}});
    if (!opened) return opened.error();
    offset_ratio_ = Ratio(client::integer(opened->at("policy").at("offset_ratio_ppb")));
    terms_.registration_fee = MicroYuan(side_.fields.parameters().registration_fee_uy());

    proto::PostCosts costs;
    costs.set_op_cost_uy_per_kg(terms_.op_cost.value());
    costs.set_chain_cost_uy_per_kg(terms_.chain_cost.value());
    if (auto done = organisations_->act(organisations_->platform, costs, "posting costs"); !done)
        return done.error();
    if (options_.kind == Kind::p2p) {
        proto::PostService service;
        service.set_service_level_nano(kFullService);
        service.set_service_cost_nano(1);
        service.set_trade_fee_uy(terms_.trade_fee.value());
        if (auto done = organisations_->act(organisations_->platform, service, "posting service"); !done)
            return done.error();
    }
    progress(fmt::format("period {} is open, {:.1f} % of an excess may be offset{}; costs posted",
                         options_.year, static_cast<double>(offset_ratio_.value()) / 1e7,
                         open.optimal_offset() ? ", as Proposition 2 finds best" : ""));
    return {};
}

Result<> Run::register_people() {
    std::vector<proto::NewUser> users;
    for (const auto& person : people_) users.push_back(person.user);
    auto done = organisations_->register_users(users);
    if (done) progress(fmt::format("registered {} households, each with its own key", people_.size()));
    return done;
}

Result<> Run::issue() {
    std::vector<client::Allotment> list;
    for (const auto& person : people_) list.push_back({person.wallet.account(), person.issued});
    const auto plan = client::IssuancePlan::from(side_.chain, options_.year, std::move(list));
    if (!plan) return plan.error();
    const auto rule = client::equal_per_head("equal-per-household", people_.front().issued);
    if (auto set = organisations_->act(organisations_->government, rule, "setting the allocation rule"); !set)
        return set.error();
    auto done = organisations_->issue(*plan, {rule.id()});
    if (done)
        progress(fmt::format("issued {} in one batch on the main chain, credited by proof on the side chain",
                             to_text(Grams(plan->batch({}).total_g()))));
    return done;
}

Result<> Run::fund() {
    std::vector<client::Deposit> deposits;
    for (const auto& person : people_) {
        deposits.push_back(
            {person.wallet.account(), MicroYuan(kPersonCash), "deposit-" + std::to_string(deposits.size())});
    }
    deposits.push_back({organisations_->platform.wallet.account(), MicroYuan(kPlatformCash),
                        "deposit-" + std::to_string(deposits.size())});
    auto paid = organisations_->deposit(deposits);
    if (paid) progress("every household has an account at the bank");
    return paid;
}

Result<> Run::join() {
    if (options_.kind == Kind::no_trade) return {};
    std::vector<ledger::RawTransaction> joins;
    auto height = organisations_->valid_until(side_.fields.name());
    if (!height) return height.error();
    for (auto& person : people_) {
        proto::JoinMarket join;
        join.set_period(options_.year);
        join.set_fee_max_uy(terms_.registration_fee.value());
        auto transaction = person.wallet.sign(join, *height);
        if (!transaction) return transaction.error();
        person.wallet.committed(transaction->sequence);
        joins.push_back(std::move(transaction->bytes));
    }
    const auto joined = client_.submit_all(side_.fields.name(), joins, "joining the market", kPeople);
    if (!joined) return joined.error();
    figures_.transactions += joins.size();
    progress("every household has joined the market");
    return {};
}

}  // namespace pcq::demo
