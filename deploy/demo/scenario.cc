#include "deploy/demo/scenario.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "deploy/demo/chain_client.h"
#include "deploy/demo/people.h"
#include "deploy/demo/report.h"
#include "src/base/hex.h"
#include "src/base/wide.h"
#include "src/crypto/hash.h"
#include "src/crypto/key_file.h"
#include "src/economics/market.h"
#include "src/ledger/list_tree.h"

namespace pcq::demo {
namespace {

namespace json = boost::json;
using Clock = std::chrono::system_clock;

constexpr std::uint64_t kValidFor = 2'000;
constexpr std::size_t kUsersPerAction =
    100;  // their proofs of possession are checked when the block is executed
constexpr std::size_t kLeavesPerClaim = 1'000;
constexpr std::size_t kReadingsPerReport = 1'000;
constexpr std::size_t kOrganisationAtOnce = 200;  // inside the account's sequence window
constexpr std::size_t kPeopleAtOnce = 1'000;

// The government's policy and the market's figures. Prices in micro-yuan per kilogram; a household's whole
// year is worth some hundred yuan, so the fee is ten cents.
constexpr std::int64_t kOffsetRatio = 300'000'000;
constexpr std::int64_t kBankingRatio = 500'000'000;
constexpr std::int64_t kEffortCost = 200'000;
constexpr std::int64_t kMarketPrice = 300'000;
constexpr std::int64_t kPenalty = 600'000;
constexpr std::int64_t kOpCost = 10'000;
constexpr std::int64_t kChainCost = 5'000;
constexpr std::int64_t kPersonCash = 5'000'000'000;
constexpr std::int64_t kPlatformCash = 2'000'000'000'000;

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

Result<ledger::Genesis> load_genesis(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    if (!in || !(content << in.rdbuf()))
        return Error{Code::io_failed,
                     "cannot read " + file.string() + "; was the network set up with pcq net init?"};
    return ledger::Genesis::from(content.str());
}

Result<client::Wallet> load_wallet(const ScenarioOptions& options, const ChainId& chain, const char* role) {
    auto key = crypto::load_key(options.network / "keys" / (std::string(role) + ".pem"), std::nullopt);
    if (!key) return key.error();
    return client::Wallet(chain, *std::move(key));
}

std::int64_t integer(const json::value& value) {
    return value.is_string() ? std::stoll(std::string(value.as_string())) : value.to_number<std::int64_t>();
}

// Everything a run holds on to.
class Run {
public:
    Run(const ScenarioOptions& options, Households households, ledger::Genesis main, ledger::Genesis side,
        ChainClient client)
        : options_(options),
          households_(std::move(households)),
          main_(std::move(main)),
          side_(std::move(side)),
          client_(std::move(client)) {
        figures_.started_ms = options.started_ms != 0 ? options.started_ms : now_ms();
    }

    Result<> all() {
        using Step = Result<> (Run::*)();
        for (const Step step :
             {&Run::open_wallets, &Run::open_period, &Run::register_people, &Run::issue, &Run::fund}) {
            if (auto done = (this->*step)(); !done) return done.error();
        }
        for (std::uint32_t month = 1; month <= kMonths; ++month) {
            if (auto done = run_month(month); !done) return done.error();
        }
        if (auto done = close_period(); !done) return done.error();
        return print_report(client_, options_, main_, side_, figures_);
    }

private:
    template <class Action>
    Result<Fate> act(const ledger::Genesis& chain, client::Wallet& wallet, const Action& action,
                     const char* what) {
        auto height = valid_until(chain);
        if (!height) return height.error();
        auto transaction = wallet.sign(action, *height);
        if (!transaction) return transaction.error();
        auto fate = client_.submit(chain.fields.name(), transaction->bytes);
        if (!fate) return Error{fate.error().code, std::string(what) + ": " + fate.error().message};
        if (fate->code != 0) return Error{Code::internal, std::string(what) + " was refused: " + fate->text};
        wallet.committed(transaction->sequence);
        ++figures_.transactions;
        return fate;
    }

    Result<std::uint64_t> valid_until(const ledger::Genesis& chain) {
        auto status = client_.call("status", {{"chain", chain.fields.name()}});
        if (!status) return status.error();
        return static_cast<std::uint64_t>(integer(status->at("height"))) + kValidFor;
    }

    Result<> open_wallets() {
        struct Wanted {
            const char* role;
            const ledger::Genesis& chain;
            std::optional<client::Wallet>& wallet;
        };
        for (const auto& wanted :
             {Wanted{"government", main_, government_}, Wanted{"platform", side_, platform_},
              Wanted{"meter", side_, meter_}, Wanted{"bank", side_, bank_}}) {
            auto wallet = load_wallet(options_, wanted.chain.chain, wanted.role);
            if (!wallet) return wallet.error();
            wanted.wallet = *std::move(wallet);
        }
        const Grams mean(total_emitted() / static_cast<std::int64_t>(households_.homes.size()));
        quota_ = Grams(mean.value() * options_.cap_percent / 100);
        auto people = make_people(households_, {side_.chain, platform_->account(), quota_, options_.seed});
        if (!people) return people.error();
        people_ = *std::move(people);
        progress(fmt::format("{} households, {} each", people_.size(), to_text(quota_)));
        return {};
    }

    std::int64_t total_emitted() const {
        std::int64_t sum = 0;
        for (const auto& home : households_.homes) sum += home.emitted().value();
        return sum;
    }

    Result<> open_period() {
        proto::RegisterSideChain registration;
        registration.set_chain_id(side_.chain.bytes());
        registration.set_name(side_.fields.name());
        *registration.mutable_validators() = side_.fields.validators();
        if (auto done = act(main_, *government_, registration, "registering the side chain"); !done)
            return done.error();

        proto::OpenPeriod open;
        open.set_period(options_.year);
        open.set_cap_g(quota_.value() * static_cast<std::int64_t>(people_.size()));
        open.set_months(kMonths);
        if (auto done = act(main_, *government_, open, "opening the period"); !done) return done.error();

        proto::SetPolicy policy;
        policy.set_period(options_.year);
        policy.mutable_policy()->set_offset_ratio_ppb(kOffsetRatio);
        policy.mutable_policy()->set_banking_ratio_ppb(kBankingRatio);
        policy.mutable_policy()->set_effort_cost_uy_per_kg(kEffortCost);
        policy.mutable_policy()->set_market_price_uy_per_kg(kMarketPrice);
        policy.mutable_policy()->set_penalty_uy_per_kg(kPenalty);
        if (auto done = act(main_, *government_, policy, "setting the policy"); !done) return done.error();

        proto::PostCosts costs;
        costs.set_op_cost_uy_per_kg(kOpCost);
        costs.set_chain_cost_uy_per_kg(kChainCost);
        if (auto done = act(side_, *platform_, costs, "posting costs"); !done) return done.error();
        progress(fmt::format("period {} is open, its policy set, costs posted", options_.year));
        return {};
    }

    // Signs one transaction for each of `count` items, in order, as the account's sequence window allows.
    template <class Make>
    Result<> act_for_each(client::Wallet& wallet, std::size_t count, const Make& make, const char* what) {
        auto height = valid_until(side_);
        if (!height) return height.error();
        std::vector<std::uint64_t> sequences;
        Result<> outcome;
        const auto next = [&]() -> std::optional<ledger::RawTransaction> {
            if (!outcome || sequences.size() == count) return std::nullopt;
            auto transaction = wallet.sign(make(sequences.size()), *height);
            if (!transaction) {
                if (transaction.error().code != Code::sequences_used_up) outcome = transaction.error();
                return std::nullopt;  // until an older one is final
            }
            sequences.push_back(transaction->sequence);
            return std::move(transaction->bytes);
        };
        client_.submit_each(
            side_.fields.name(), next,
            [&](std::size_t number, const Result<Fate>& fate) {
                wallet.committed(sequences[number]);
                note(fate, what, outcome);
            },
            kOrganisationAtOnce);
        return outcome;
    }

    Result<> submit_all_good(const std::vector<ledger::RawTransaction>& batch, const char* what) {
        std::size_t sent = 0;
        Result<> outcome;
        client_.submit_each(
            side_.fields.name(),
            [&] { return outcome && sent < batch.size() ? std::optional(batch[sent++]) : std::nullopt; },
            [&](std::size_t, const Result<Fate>& fate) { note(fate, what, outcome); }, kPeopleAtOnce);
        return outcome;
    }

    // Counts what went well; the first that did not becomes the outcome.
    void note(const Result<Fate>& fate, const char* what, Result<>& outcome) {
        if (fate && fate->code == 0) {
            ++figures_.transactions;
        } else if (outcome && !fate) {
            outcome = Error{fate.error().code, std::string(what) + ": " + fate.error().message};
        } else if (outcome) {
            outcome = Error{Code::internal, std::string(what) + " was refused: " + fate->text};
        }
    }

    Result<> register_people() {
        const std::size_t actions = (people_.size() + kUsersPerAction - 1) / kUsersPerAction;
        auto done = act_for_each(
            *platform_, actions,
            [this](std::size_t index) {
                proto::RegisterUsers action;
                for (std::size_t i = index * kUsersPerAction;
                     i < std::min(people_.size(), (index + 1) * kUsersPerAction); ++i) {
                    auto& user = *action.add_users();
                    user.mutable_key()->set_type(proto::KEY_TYPE_ED25519);
                    user.mutable_key()->set_data(Bytes(people_[i].key.data()));
                    user.set_possession(people_[i].possession);
                    user.set_kyc_commitment(people_[i].kyc_commitment);
                }
                return action;
            },
            "registering households");
        if (done) progress(fmt::format("registered {} households, each with its own key", people_.size()));
        return done;
    }

    // One batch on the main chain; the side chain credits it by proof, a thousand leaves at a time.
    Result<> issue() {
        std::vector<Hash> leaves;
        for (const auto& person : people_) {
            Bytes data;
            append_u32(data, options_.year);
            data.append(person.wallet.account().view());
            append_u64(data, static_cast<std::uint64_t>(person.issued.value()));
            leaves.push_back(crypto::tagged_hash("issuance-leaf", side_.chain, data));
        }
        proto::IssueBatch batch;
        batch.set_period(options_.year);
        batch.set_side_chain(side_.chain.bytes());
        batch.set_merkle_root(ledger::list_root(leaves).bytes());
        batch.set_count(static_cast<std::uint32_t>(leaves.size()));
        batch.set_total_g(quota_.value() * static_cast<std::int64_t>(people_.size()));
        batch.set_rule("equal-per-household/1");
        if (auto done = act(main_, *government_, batch, "issuing quota"); !done) return done.error();
        auto arrived = client_.await(
            "batches", {{"chain", side_.fields.name()}, {"period", options_.year}},
            [](const json::value& answer) { return !answer.at("batches").as_array().empty(); },
            "the batch to reach the side chain");
        if (!arrived) return arrived.error();
        for (std::size_t first = 0; first < people_.size(); first += kLeavesPerClaim) {
            proto::ClaimIssuance claim;
            claim.set_period(options_.year);
            claim.set_first_leaf(static_cast<std::uint32_t>(first));
            const std::size_t size = std::min(kLeavesPerClaim, people_.size() - first);
            for (std::size_t i = first; i < first + size; ++i) {
                auto& leaf = *claim.add_leaves();
                leaf.set_account(people_[i].wallet.account().bytes());
                leaf.set_grams(people_[i].issued.value());
            }
            for (const auto& hash : ledger::prove_range(leaves, {first, size})) claim.add_proof(hash.bytes());
            if (auto done = act(side_, *platform_, claim, "claiming quota"); !done) return done.error();
        }
        progress(fmt::format("issued {} in one batch on the main chain, credited by proof on the side chain",
                             to_text(Grams(batch.total_g()))));
        return {};
    }

    Result<> fund() {
        auto paid = act_for_each(
            *bank_, people_.size() + 1,
            [this](std::size_t i) {
                proto::Deposit deposit;
                const AccountId account =
                    i < people_.size() ? people_[i].wallet.account() : platform_->account();
                deposit.set_account(account.bytes());
                deposit.set_amount_uy(i < people_.size() ? kPersonCash : kPlatformCash);
                deposit.set_reference("deposit-" + std::to_string(i));
                return deposit;
            },
            "depositing cash");
        if (!paid) return paid.error();
        std::vector<ledger::RawTransaction> joins;
        auto height = valid_until(side_);
        if (!height) return height.error();
        for (auto& person : people_) {
            proto::JoinMarket join;
            join.set_period(options_.year);
            join.set_fee_max_uy(1'000'000);
            auto transaction = person.wallet.sign(join, *height);
            if (!transaction) return transaction.error();
            person.wallet.committed(transaction->sequence);
            joins.push_back(std::move(transaction->bytes));
        }
        if (auto done = submit_all_good(joins, "joining the market"); !done) return done.error();
        progress("every household has an account at the bank and has joined the market");
        return {};
    }

    Result<> run_month(std::uint32_t month) {
        if (auto done = report_month(month); !done) return done.error();
        proto::AdvancePeriod advance;
        advance.set_period(options_.year);
        advance.set_month(month);
        if (auto done = act(main_, *government_, advance, "ending the month"); !done) return done.error();
        auto prices = client_.await(
            "prices", {{"chain", side_.fields.name()}, {"period", options_.year}},
            [month](const json::value& answer) {
                return integer(answer.at("epoch")) == month && !answer.at("inputs_and_outcome").is_null();
            },
            "the epoch of month " + std::to_string(month));
        if (!prices) return prices.error();
        if (!prices->at("open").as_bool()) {
            progress(fmt::format("month {:2}: no price, nobody trades", month));
            return {};
        }
        const PricePerKg buy(integer(prices->at("buy_price_uy_per_kg")));
        const PricePerKg sell(integer(prices->at("sell_price_uy_per_kg")));
        const auto sold = trade(month, buy, true);
        if (!sold) return sold.error();
        const auto bought = trade(month, sell, false);
        if (!bought) return bought.error();
        progress(fmt::format("month {:2}: P_ph {}, P_c {}, {} sold, {} bought, {:.0f} trades/s", month,
                             to_text(buy), to_text(sell), *sold, *bought, figures_.trades_per_second()));
        return {};
    }

    Result<> report_month(std::uint32_t month) {
        const std::size_t actions = (people_.size() + kReadingsPerReport - 1) / kReadingsPerReport;
        auto done = act_for_each(
            *meter_, actions,
            [this, month](std::size_t index) {
                proto::ReportEmissions action;
                action.set_period(options_.year);
                action.set_month(month);
                action.set_batch_id(month * 1000 + index);
                for (std::size_t i = index * kReadingsPerReport;
                     i < std::min(people_.size(), (index + 1) * kReadingsPerReport); ++i) {
                    const MonthReading& reading = people_[i].months[month - 1];
                    auto& entry = *action.add_readings();
                    entry.set_account(people_[i].wallet.account().bytes());
                    entry.set_grams(reading.emitted.value());
                    entry.set_days_measured(reading.days_measured);
                }
                return action;
            },
            "reporting emissions");
        if (!done) return done;
        for (auto& person : people_)
            person.emitted = Grams(person.emitted.value() + person.months[month - 1].emitted.value());
        return {};
    }

    // What each household wants to trade at this price: sellers all their surplus if it is worth the effort,
    // buyers what the policy lets them offset, cut down in equal parts when the platform does not hold
    // enough.
    std::vector<std::pair<std::size_t, Grams>> wishes(std::uint32_t month, PricePerKg price,
                                                      bool selling) const {
        std::vector<std::pair<std::size_t, Grams>> wanted;
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < people_.size(); ++i) {
            const Person& person = people_[i];
            const std::int64_t left = margin(person, month).value();
            std::int64_t grams = 0;
            if (selling) {
                if (left > 0 && econ::sells(person.perception, PricePerKg(kEffortCost), price)) grams = left;
            } else if (left < 0) {
                grams = static_cast<std::int64_t>(static_cast<Int128>(-left) * kOffsetRatio / kRatioOne) -
                        person.purchased.value();
            }
            if (grams <= 0) continue;
            wanted.emplace_back(i, Grams(grams));
            sum += grams;
        }
        if (!selling && sum > inventory_.value()) {
            for (auto& [person, grams] : wanted)
                grams = Grams(
                    static_cast<std::int64_t>(static_cast<Int128>(grams.value()) * inventory_.value() / sum));
            std::erase_if(wanted, [](const auto& wish) { return !wish.second.is_positive(); });
        }
        return wanted;
    }

    Result<std::size_t> trade(std::uint32_t month, PricePerKg price, bool selling) {
        const auto wanted = wishes(month, price, selling);
        auto height = valid_until(side_);
        if (!height) return height.error();
        std::vector<ledger::RawTransaction> batch;
        for (const auto& [index, grams] : wanted) {
            client::Wallet& wallet = people_[index].wallet;
            Result<client::Signed> transaction = Error{};
            if (selling) {
                proto::SellSurplus action;
                action.set_period(options_.year);
                action.set_grams(grams.value());
                action.set_price_min_uy_per_kg(price.value());
                transaction = wallet.sign(action, *height);
            } else {
                proto::BuyQuota action;
                action.set_period(options_.year);
                action.set_grams(grams.value());
                action.set_price_max_uy_per_kg(price.value());
                transaction = wallet.sign(action, *height);
            }
            if (!transaction) return transaction.error();
            wallet.committed(
                transaction->sequence);  // submit_all() answers for each, so at most one is on its way
            batch.push_back(std::move(transaction->bytes));
        }
        return settle_trades(wanted, batch, selling);
    }

    Result<std::size_t> settle_trades(const std::vector<std::pair<std::size_t, Grams>>& wanted,
                                      const std::vector<ledger::RawTransaction>& batch, bool selling) {
        const auto begun = std::chrono::steady_clock::now();
        std::size_t sent = 0;
        Result<> outcome;
        client_.submit_each(
            side_.fields.name(),
            [&] { return outcome && sent < batch.size() ? std::optional(batch[sent++]) : std::nullopt; },
            [&](std::size_t number, const Result<Fate>& fate) {
                const auto& [index, grams] = wanted[number];
                const std::string what = "a trade of household " + people_[index].household;
                note(fate, what.c_str(), outcome);
                if (outcome) traded(people_[index], grams, *fate, selling);
            },
            kPeopleAtOnce);
        figures_.trading_time += std::chrono::steady_clock::now() - begun;
        if (!outcome) return outcome.error();
        figures_.trades += wanted.size();
        return wanted.size();
    }

    void traded(Person& person, Grams grams, const Fate& fate, bool selling) {
        auto& booked = selling ? person.sold : person.purchased;
        booked = Grams(booked.value() + grams.value());
        inventory_ = Grams(inventory_.value() + (selling ? grams.value() : -grams.value()));
        figures_.latencies.push_back(fate.latency);
        if (figures_.first_trade_ms != 0) return;
        figures_.first_trade_ms = now_ms();
        progress(fmt::format("the first trade is final, {:.1f} s after the network's start",
                             static_cast<double>(figures_.first_trade_ms - figures_.started_ms) / 1000));
    }

    Result<> close_period() {
        proto::ClosePeriod close;
        close.set_period(options_.year);
        if (auto done = act(main_, *government_, close, "closing the period"); !done) return done.error();
        auto settled = client_.await(
            "period", {{"chain", side_.fields.name()}, {"period", options_.year}},
            [](const json::value& answer) { return answer.at("phase").as_string() == "settled"; },
            "the settlement of every household");
        if (!settled) return settled.error();
        progress("settled every household; waiting for the report on the main chain");
        auto reported = client_.await(
            "report",
            {{"chain", main_.fields.name()}, {"period", options_.year}, {"side_chain", to_hex(side_.chain)}},
            [](const json::value&) { return true; }, "the period's report on the main chain");
        if (!reported) return reported.error();
        figures_.finished_ms = now_ms();
        for (const auto& person : people_) {
            const std::int64_t left = person.issued.value() - person.emitted.value();
            auto& sum = left > 0 ? figures_.surplus : figures_.excess;
            sum = Grams(sum.value() + std::abs(left));
        }
        figures_.example = people_.front().wallet.account();
        return {};
    }

    void progress(const std::string& text) const {
        fmt::print("{:6.1f} s  {}\n", static_cast<double>(now_ms() - figures_.started_ms) / 1000, text);
        std::fflush(stdout);
    }

    const ScenarioOptions& options_;
    const Households households_;
    const ledger::Genesis main_;
    const ledger::Genesis side_;
    ChainClient client_;
    std::optional<client::Wallet> government_;
    std::optional<client::Wallet> platform_;
    std::optional<client::Wallet> meter_;
    std::optional<client::Wallet> bank_;
    std::vector<Person> people_;
    Grams quota_;
    Grams inventory_;
    Figures figures_;
};

}  // namespace

Result<> run_scenario(const ScenarioOptions& options) {
    auto households = load_households(options.data, options.year);
    if (!households) return households.error();
    if (options.households > 0 && options.households < households->homes.size()) {
        households->homes.erase(households->homes.begin() + static_cast<std::ptrdiff_t>(options.households),
                                households->homes.end());
    }
    auto main = load_genesis(options.network / "main.json");
    if (!main) return main.error();
    auto side = load_genesis(options.network / "side.json");
    if (!side) return side.error();
    auto client = ChainClient::connect(options.nodes);
    if (!client) return client.error();
    return Run(options, *std::move(households), *std::move(main), *std::move(side), *std::move(client)).all();
}

}  // namespace pcq::demo
