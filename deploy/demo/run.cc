// A run up to an open market: wallets, period and policy, registration, issuance, cash.
#include "deploy/demo/run.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "src/crypto/hash.h"
#include "src/crypto/key_file.h"
#include "src/ledger/list_tree.h"

namespace pcq::demo {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kValidFor = 2'000;  // blocks
constexpr std::size_t kUsersPerAction =
    100;  // their proofs of possession are checked when the block is executed
constexpr std::size_t kLeavesPerClaim = 1'000;

// The government's policy and the market's figures. Prices in micro-yuan per kilogram; a household's whole
// year is worth some hundred yuan, so the fee is ten cents.
constexpr std::int64_t kBankingRatio = 500'000'000;
constexpr std::int64_t kMarketPrice = 300'000;
constexpr std::int64_t kPenalty = 600'000;
constexpr std::int64_t kOpCost = 10'000;
constexpr std::int64_t kChainCost = 5'000;
constexpr std::int64_t kPersonCash = 5'000'000'000;
constexpr std::int64_t kPlatformCash = 2'000'000'000'000;

Result<client::Wallet> load_wallet(const ScenarioOptions& options, const ChainId& chain, const char* role) {
    auto key = crypto::load_key(options.network / "keys" / (std::string(role) + ".pem"), std::nullopt);
    if (!key) return key.error();
    return client::Wallet(chain, *std::move(key));
}

std::int64_t total_emitted(const Households& households) {
    std::int64_t sum = 0;
    for (const auto& home : households.homes) sum += home.emitted().value();
    return sum;
}

}  // namespace

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::int64_t integer(const json::value& value) {
    return value.is_string() ? std::stoll(std::string(value.as_string())) : value.to_number<std::int64_t>();
}

Run::Run(const ScenarioOptions& options, Households households, ledger::Genesis main, ledger::Genesis side,
         ChainClient client)
    : options_(options),
      households_(std::move(households)),
      main_(std::move(main)),
      side_(std::move(side)),
      client_(std::move(client)) {
    figures_.started_ms = options.started_ms != 0 ? options.started_ms : now_ms();
}

Result<> Run::all() {
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

Result<std::uint64_t> Run::valid_until(const ledger::Genesis& chain) {
    auto status = client_.call("status", {{"chain", chain.fields.name()}});
    if (!status) return status.error();
    return static_cast<std::uint64_t>(integer(status->at("height"))) + kValidFor;
}

Result<> Run::open_wallets() {
    struct Wanted {
        const char* role;
        const ledger::Genesis& chain;
        std::optional<client::Wallet>& wallet;
    };
    for (const auto& wanted : {Wanted{"government", main_, government_}, Wanted{"platform", side_, platform_},
                               Wanted{"meter", side_, meter_}, Wanted{"bank", side_, bank_}}) {
        auto wallet = load_wallet(options_, wanted.chain.chain, wanted.role);
        if (!wallet) return wallet.error();
        wanted.wallet = *std::move(wallet);
    }
    const Grams mean(total_emitted(households_) / static_cast<std::int64_t>(households_.homes.size()));
    quota_ = Grams(mean.value() * options_.cap_percent / 100);
    auto people = make_people(households_, {side_.chain, platform_->account(), quota_, options_.seed});
    if (!people) return people.error();
    people_ = *std::move(people);
    progress(fmt::format("{} households, {} each", people_.size(), to_text(quota_)));
    return {};
}

Result<> Run::open_period() {
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

Result<> Run::submit_all_good(const std::vector<ledger::RawTransaction>& batch, const char* what) {
    std::size_t sent = 0;
    Result<> outcome;
    client_.submit_each(
        side_.fields.name(),
        [&] { return outcome && sent < batch.size() ? std::optional(batch[sent++]) : std::nullopt; },
        [&](std::size_t, const Result<Fate>& fate) { note(fate, what, outcome); }, kPeopleAtOnce);
    return outcome;
}

void Run::note(const Result<Fate>& fate, const char* what, Result<>& outcome) {
    if (fate && fate->code == 0) {
        ++figures_.transactions;
    } else if (outcome && !fate) {
        outcome = Error{fate.error().code, std::string(what) + ": " + fate.error().message};
    } else if (outcome) {
        outcome = Error{Code::internal, std::string(what) + " was refused: " + fate->text};
    }
}

Result<> Run::register_people() {
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

Result<> Run::issue() {
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

Result<> Run::fund() {
    auto paid = act_for_each(
        *bank_, people_.size() + 1,
        [this](std::size_t i) {
            proto::Deposit deposit;
            const AccountId account = i < people_.size() ? people_[i].wallet.account() : platform_->account();
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

}  // namespace pcq::demo
