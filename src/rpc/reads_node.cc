#include <algorithm>

#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/rpc/json.h"
#include "src/rpc/reads.h"

namespace pcq::rpc {

namespace json = boost::json;

namespace {

struct Place {
    const char* kind;
    std::uint64_t height;
    std::uint32_t view;
};

Place place_of(const proto::ConsensusMessage& message) {
    if (message.has_pre_prepare())
        return {"pre_prepare", message.pre_prepare().height(), message.pre_prepare().view()};
    if (message.has_prepare()) return {"prepare", message.prepare().height(), message.prepare().view()};
    if (message.has_commit()) return {"commit", message.commit().height(), message.commit().view()};
    return {"view_change", message.view_change().height(), message.view_change().view()};
}

json::object word_json(const proto::ConsensusMessage& message) {
    const Place place = place_of(message);
    return {{"kind", place.kind}, {"view", place.view}, {"message", to_base64(message.SerializeAsString())}};
}

}  // namespace

json::object why_json(const Why& why) {
    json::array missing;
    for (const auto& validator : why.missing)
        missing.push_back(
            json::object{{"name", validator.name}, {"cause", validator.cause}, {"text", validator.text}});
    json::array causes;
    for (const auto& cause : why.causes)
        causes.push_back(json::object{{"cause", cause.cause}, {"text", cause.text}});
    return {{"chain", why.chain},         {"height", why.height},          {"view", why.view},
            {"waits_for", why.waits_for}, {"stalled", why.stalled},        {"since_ms", why.since.ms},
            {"text", why.text},           {"missing", std::move(missing)}, {"causes", std::move(causes)}};
}

JsonResult read_why(const Backend& backend, const Directory&, const Arguments& arguments) {
    return json::value(why_json(backend.why(arguments.chain())));
}

Health read_health(const Backend& backend, bool for_operator) {
    json::array reasons;
    if (const auto reason = backend.not_ready()) reasons.emplace_back(*reason);
    json::array chains;
    for (const auto& info : backend.chains()) {
        const ChainStatus status = backend.status(info.id);
        const auto connected = std::count_if(status.validators.begin(), status.validators.end(),
                                             [](const auto& validator) { return validator.connected; });
        json::object chain{{"name", info.name},
                           {"height", status.height},
                           {"time_ms", status.time.ms},
                           {"voting", status.voting},
                           {"catching_up", status.catching_up},
                           {"validators", status.validators.size()},
                           {"validators_connected", connected}};
        if (for_operator) {
            const Why why = backend.why(info.id);
            chain.emplace("stalled", why.stalled);
            if (why.stalled) reasons.emplace_back("chain " + info.name + " stands still: " + why.text);
        }
        chains.push_back(std::move(chain));
    }
    Health health{reasons.empty(), {}};
    health.json = {{"status", health.is_well ? "ok" : "not ok"},
                   {"why_not", std::move(reasons)},
                   {"chains", std::move(chains)}};
    return health;
}

JsonResult read_evidence(const Backend& backend, const Directory&, const Arguments& arguments) {
    Page page;
    page.first = arguments.number("cursor").value_or(0);
    page.limit = static_cast<std::uint32_t>(arguments.number("limit").value_or(page.limit));
    const auto found = backend.evidence(arguments.chain(), page);
    json::array list;
    for (const auto& piece : found.pieces) {
        list.push_back(json::object{
            {"validator", piece.validator.empty() ? json::value(nullptr) : json::value(piece.validator)},
            {"public_key", to_hex(piece.record.accused())},
            {"height", place_of(piece.record.second()).height},
            {"seen_ms", piece.record.seen_ms()},
            {"first", word_json(piece.record.first())},
            {"second", word_json(piece.record.second())},
            {"record", to_base64(piece.record.SerializeAsString())}});
    }
    const std::uint64_t next = page.first + found.pieces.size();
    json::object result{{"count", found.all}, {"evidence", std::move(list)}};
    if (next < found.all) result.emplace("next", std::to_string(next));
    return json::value(std::move(result));
}

}  // namespace pcq::rpc
