#include "src/rpc/json.h"
#include "src/rpc/reads.h"

namespace pcq::rpc {

namespace json = boost::json;

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

}  // namespace pcq::rpc
