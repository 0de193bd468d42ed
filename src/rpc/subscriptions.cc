#include "src/rpc/subscriptions.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;

// After so many blocks without news a reader is told how far it is, so that it can resume from there.
constexpr std::uint64_t kQuietBlocks = 256;

std::string head_of(Subscriptions::Number number) {
    return R"({"jsonrpc":"2.0","method":"notification","params":{"subscription":)" + std::to_string(number) +
           ",";
}

}  // namespace

Subscriptions::Subscriptions(Backend& backend, Feed& feed, std::size_t max)
    : backend_(backend), feed_(feed), max_(max) {}

Result<Subscriptions::Opened> Subscriptions::open(const Interest& interest,
                                                  std::optional<std::uint64_t> from_height) {
    if (open_.size() >= max_) {
        return Error{Code::too_many_requests, "this connection has its " + std::to_string(max_) +
                                                  " subscriptions already; end one, or open another "
                                                  "connection"};
    }
    const std::uint64_t tip = feed_.tip(interest.chain);
    const std::uint64_t from = from_height.value_or(tip + 1);
    // What changed in a block is seen by the state before it as well.
    const std::uint64_t first = backend_.status(interest.chain).first_height;
    if (first > 0 && from <= first) {
        return Error{Code::height_pruned, "this node can tell of blocks from height " +
                                              std::to_string(first + 1) + " on, not from " +
                                              std::to_string(from) + "; ask an archive for older ones"};
    }
    open_[++last_] = {interest, from, from - 1, false};
    return Opened{last_, from, tip};
}

void Subscriptions::begin(Number number) {
    if (const auto found = open_.find(number); found != open_.end()) found->second.begun = true;
}

Result<> Subscriptions::close(Number number) {
    if (open_.erase(number) == 1) return {};
    return Error{Code::not_found, "this connection has no subscription " + std::to_string(number)};
}

// The first one behind the last that has something to look at.
Subscriptions::Entries::iterator Subscriptions::next_due() {
    const auto after = open_.upper_bound(turn_);
    for (auto at = after; at != open_.end(); ++at)
        if (is_due(at->second)) return at;
    for (auto at = open_.begin(); at != after; ++at)
        if (is_due(at->second)) return at;
    return open_.end();
}

std::optional<Subscriptions::Look> Subscriptions::next() {
    const auto at = next_due();
    if (at == open_.end()) return std::nullopt;
    turn_ = at->first;
    return Look{at->first, at->second.interest, at->second.next};
}

std::optional<Subscriptions::Notification> Subscriptions::tell(const Look& look, Result<Feed::Text> news) {
    const auto at = open_.find(look.number);
    if (at == open_.end()) return std::nullopt;
    Entry& entry = at->second;
    if (!news) return end(at, news.error());
    entry.next = look.height + 1;
    if (!*news && look.height - entry.told >= kQuietBlocks) *news = rest_of({{"height", look.height}});
    if (!*news) return std::nullopt;
    entry.told = look.height;
    return Notification{head_of(at->first), *std::move(news)};
}

Subscriptions::Notification Subscriptions::end(Entries::iterator at, const Error& why) {
    const json::object ended{
        {"code", static_cast<std::uint32_t>(why.code)}, {"name", name(why.code)}, {"message", why.message}};
    Notification last{head_of(at->first), rest_of({{"height", at->second.next}, {"ended", ended}})};
    open_.erase(at);
    return last;
}

}  // namespace pcq::rpc
