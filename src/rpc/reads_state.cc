#include "proto/pcq/v1/block.pb.h"

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/ledger/table.h"
#include "src/rpc/json.h"
#include "src/rpc/reads.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;

constexpr std::uint32_t kBookPage = 1'000;  // more than a book has levels

std::optional<std::uint32_t> period_of(const Arguments& arguments) {
    const auto period = arguments.number("period");
    return period ? std::optional(static_cast<std::uint32_t>(*period)) : std::nullopt;
}

Page page_of(const Arguments& arguments, std::uint32_t limit = Page().limit) {
    Page page;
    page.first = arguments.number("cursor").value_or(0);
    page.limit = static_cast<std::uint32_t>(arguments.number("limit").value_or(limit));
    return page;
}

json::object proof_json(const ProvenState& proven) {
    json::array records;
    for (const auto& record : proven.records) {
        records.push_back(json::object{
            {"key", to_hex(record.key)},
            {"value", record.value ? json::value(to_base64(*record.value)) : json::value()},
            {"proof", to_base64(record.proof)},
        });
    }
    return {{"header", to_base64(proven.at.header)},
            {"certificate", to_base64(proven.at.certificate)},
            {"records", std::move(records)}};
}

// Every answer about state has this shape: height, value, and where it applies next and proof.
JsonResult answer(const Backend& backend, const Arguments& arguments, const Query& question) {
    const ChainId chain = arguments.chain();
    auto answered = backend.query(chain, question, arguments.number("height"));
    if (!answered) return answered.error();
    json::object result{{"height", answered->height}, {"value", std::move(answered->value)}};
    if (answered->next) result.emplace("next", std::to_string(*answered->next));
    if (arguments.flag("proof")) {
        const auto proven = backend.prove(chain, answered->keys, answered->height);
        if (!proven) return proven.error();
        result.emplace("proof", proof_json(*proven));
    }
    return json::value(std::move(result));
}

}  // namespace

JsonResult read_totals(const Backend& backend, const Directory&, const Arguments& arguments) {
    const ChainId chain = arguments.chain();
    const auto asked = arguments.number("height");
    const std::uint64_t height = asked ? *asked : backend.status(chain).height;
    const auto certified = backend.header(chain, height);
    if (!certified) return certified.error();
    const auto header = ledger::decode<proto::Header>(certified->header);
    if (!header)
        return Error{Code::internal, "the stored header of height " + std::to_string(height) + " is damaged"};
    return json::value{{"height", height},
                       {"time_ms", header->time_ms()},
                       {"value", to_json(header->totals())},
                       {"header", to_base64(certified->header)},
                       {"certificate", to_base64(certified->certificate)}};
}

JsonResult read_state(const Backend& backend, const Directory&, const Arguments& arguments) {
    const auto proven = backend.prove(arguments.chain(), arguments.keys("keys"), arguments.number("height"));
    if (!proven) return proven.error();
    const auto header = ledger::decode<proto::Header>(proven->at.header);
    if (!header) return Error{Code::internal, "the stored header is damaged"};
    json::object result{{"height", header->height()}};
    for (auto& member : proof_json(*proven)) result.emplace(member.key(), std::move(member.value()));
    return json::value(std::move(result));
}

JsonResult read_account(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments,
                  query::Account{*arguments.account("account"), period_of(arguments), page_of(arguments)});
}

JsonResult read_periods(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Periods{page_of(arguments)});
}

JsonResult read_period(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Period{period_of(arguments)});
}

JsonResult read_prices(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Prices{period_of(arguments)});
}

JsonResult read_epochs(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Epochs{period_of(arguments), page_of(arguments)});
}

JsonResult read_settlement(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Settlement{*arguments.account("account"), period_of(arguments)});
}

JsonResult read_platform(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Platform{period_of(arguments)});
}

JsonResult read_report(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments,
                  query::Report{period_of(arguments), arguments.id<ChainId>("side_chain")});
}

JsonResult read_batches(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(
        backend, arguments,
        query::Batches{period_of(arguments), arguments.id<ChainId>("side_chain"), page_of(arguments)});
}

JsonResult read_side_chains(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::SideChains{page_of(arguments)});
}

JsonResult read_anchors(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments,
                  query::Anchors{*arguments.id<ChainId>("side_chain"), page_of(arguments)});
}

JsonResult read_users(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Users{page_of(arguments)});
}

JsonResult read_corrections(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Corrections{page_of(arguments)});
}

JsonResult read_disputes(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Disputes{page_of(arguments)});
}

JsonResult read_methodologies(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Methodologies{page_of(arguments)});
}

JsonResult read_allocation_rules(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::AllocationRules{page_of(arguments)});
}

JsonResult read_proposals(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Proposals{page_of(arguments)});
}

JsonResult read_parameters(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Parameters{page_of(arguments)});
}

// Each set comes with what proves it to whoever knows the one before: the last header that that one
// certified.
JsonResult read_validator_sets(const Backend& backend, const Directory&, const Arguments& arguments) {
    auto result = answer(backend, arguments, query::ValidatorSets{page_of(arguments)});
    if (!result) return result.error();
    for (auto& entry : result->at("value").at("validator_sets").as_array()) {
        auto& set = entry.as_object();
        const auto from = set.at("from_height").to_number<std::uint64_t>();
        set["header"] = nullptr;  // the genesis document names the first
        set["certificate"] = nullptr;
        if (from <= 1) continue;
        const auto last_before = backend.header(arguments.chain(), from - 1);
        if (!last_before) return last_before.error();
        set["header"] = to_base64(last_before->header);
        set["certificate"] = to_base64(last_before->certificate);
    }
    return result;
}

JsonResult read_pauses(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Pauses{page_of(arguments)});
}

JsonResult read_emissions(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments,
                  query::Emissions{*arguments.account("account"), period_of(arguments), page_of(arguments)});
}

JsonResult read_credits(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Credits{*arguments.account("account"), period_of(arguments)});
}

JsonResult read_debts(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Debts{*arguments.account("account"), page_of(arguments)});
}

JsonResult read_trusted(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Trusted{*arguments.account("account")});
}

JsonResult read_freeze(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Freeze{*arguments.account("account")});
}

JsonResult read_fees(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Fees{period_of(arguments)});
}

JsonResult read_orders(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Orders{*arguments.account("account"), period_of(arguments)});
}

JsonResult read_book(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Book{period_of(arguments), page_of(arguments, kBookPage)});
}

JsonResult read_welfare(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Welfare{period_of(arguments)});
}

JsonResult read_clawbacks(const Backend& backend, const Directory&, const Arguments& arguments) {
    return answer(backend, arguments, query::Clawbacks{page_of(arguments)});
}

}  // namespace pcq::rpc
