#include "src/rpc/feed.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include <boost/json/serialize.hpp>

#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/ledger/table.h"
#include "src/rpc/fields.h"
#include "src/rpc/json.h"
#include "src/rpc/reads.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kRecentBlocks = 32;  // below the tip, of each chain
constexpr std::size_t kOlderBlocks = 16;     // of all chains

json::object event_json(const Activity::Entry& entry, const proto::Event& event) {
    return {{"index", entry.index ? json::value(*entry.index) : json::value()},
            {"transaction", entry.index ? json::value(to_hex(entry.transaction)) : json::value()},
            {"event", to_json(event)}};
}

bool is_trade(const proto::Event& event) {
    return event.has_traded() || event.has_order_filled() || event.has_auctioned();
}

bool is_price(const proto::Event& event) {
    return event.has_priced();
}

// Whether one of an event's own fields names the account.
bool names(const proto::Event& event, const AccountId& account) {
    const auto& oneof = *event.GetDescriptor()->oneof_decl(0);
    const auto* member = event.GetReflection()->GetOneofFieldDescriptor(event, &oneof);
    if (member == nullptr) return false;
    const auto& inner = event.GetReflection()->GetMessage(event, member);
    const auto& fields = *inner.GetDescriptor();
    for (int i = 0; i < fields.field_count(); ++i) {
        const auto& field = *fields.field(i);
        if (names_account(field) && !field.is_repeated() &&
            inner.GetReflection()->GetString(inner, &field) == account.bytes())
            return true;
    }
    return false;
}

json::object transaction_json(const Activity::Entry& entry, const AccountId& account) {
    const bool is_own = entry.signer == account;
    json::object object{{"index", *entry.index},
                        {"hash", to_hex(entry.transaction)},
                        {"action", entry.action},
                        {"signed", is_own}};
    // Of what others signed only what concerns the account: a claim has a thousand leaves.
    if (is_own) object.emplace("receipt", receipt_json(entry.receipt));
    return object;
}

}  // namespace

Feed::Text rest_of(const json::object& params) {
    return std::make_shared<const std::string>(json::serialize(params).substr(1) + "}");
}

// One block's texts, each made when it is first wanted. What cannot be read is not remembered.
class Feed::Block {
public:
    Block(const Backend& backend, const ChainId& chain, std::uint64_t height)
        : backend_(backend), chain_(chain), height_(height) {}

    Result<Text> news(const Interest& interest) {
        if (interest.topic == Topic::account) return of_account(*interest.account);
        const std::lock_guard lock(mutex_);
        auto& text = texts_.at(static_cast<std::size_t>(interest.topic));
        if (!text) {
            auto made = interest.topic == Topic::blocks ? of_block() : of_activity(interest.topic);
            if (!made) return made.error();
            text = *std::move(made);
        }
        return *text;
    }

private:
    Result<Text> of_block() const {
        const auto certified = backend_.header(chain_, height_);
        if (!certified) return certified.error();
        const auto header = ledger::decode<proto::Header>(certified->header);
        if (!header)
            return Error{Code::internal,
                         "the stored header of height " + std::to_string(height_) + " is damaged"};
        return rest_of({{"height", height_},
                        {"hash", to_hex(crypto::tagged_hash("header", chain_, certified->header))},
                        {"time_ms", header->time_ms()},
                        {"transaction_count", header->transaction_count()},
                        {"state_root", to_hex(header->state_root())},
                        {"header_bytes", to_base64(certified->header)},
                        {"certificate_bytes", to_base64(certified->certificate)}});
    }

    // Under the lock.
    Result<> read() {
        if (activity_) return {};
        auto activity = backend_.activity(chain_, height_);
        if (!activity) return activity.error();
        activity_ = *std::move(activity);
        for (std::size_t i = 0; i < activity_->entries.size(); ++i) {
            for (const auto& account : activity_->entries[i].concerned) concerned_[account].push_back(i);
        }
        return {};
    }

    Result<Text> of_activity(Topic topic) {
        if (auto done = read(); !done) return done.error();
        if (topic == Topic::periods) return of_periods();
        const auto is_wanted = topic == Topic::trades ? is_trade : is_price;
        json::array events;
        for (const auto& entry : activity_->entries) {
            for (const auto& event : entry.receipt.events())
                if (is_wanted(event)) events.push_back(event_json(entry, event));
        }
        if (events.empty()) return Text();
        return rest_of({{"height", height_}, {"events", std::move(events)}});
    }

    Text of_periods() const {
        if (activity_->periods.empty()) return nullptr;
        json::array periods;
        for (const auto& [before, after] : activity_->periods) {
            periods.push_back({{"period", after.period()},
                               {"before", before ? json::value(to_json(*before)) : json::value()},
                               {"record", to_json(after)}});
        }
        return rest_of({{"height", height_}, {"periods", std::move(periods)}});
    }

    // A month that is over changes what everybody may sell.
    Result<Text> of_account(const AccountId& account) {
        json::array transactions;
        json::array events;
        {
            const std::lock_guard lock(mutex_);
            if (auto done = read(); !done) return done.error();
            const auto found = concerned_.find(account);
            if (found == concerned_.end() && activity_->periods.empty()) return Text();
            for (const std::size_t i :
                 found == concerned_.end() ? std::vector<std::size_t>() : found->second) {
                const auto& entry = activity_->entries[i];
                if (entry.index) transactions.push_back(transaction_json(entry, account));
                for (const auto& event : entry.receipt.events())
                    if (names(event, account)) events.push_back(event_json(entry, event));
            }
        }
        const auto asked = backend_.query(chain_, query::Account{account, std::nullopt, {}}, height_);
        if (!asked && asked.error().code != Code::not_found) return asked.error();
        return rest_of({{"height", height_},
                        {"transactions", std::move(transactions)},
                        {"events", std::move(events)},
                        {"value", asked ? json::value(asked->value) : json::value()}});
    }

    const Backend& backend_;
    const ChainId chain_;
    const std::uint64_t height_;
    std::mutex mutex_;
    std::array<std::optional<Text>, 5> texts_;  // by topic
    std::optional<Activity> activity_;
    std::unordered_map<AccountId, std::vector<std::size_t>, IdHasher> concerned_;  // entries by account
};

Feed::Feed(const Backend& backend) : backend_(backend) {}

Feed::~Feed() = default;

std::uint64_t Feed::tip(const ChainId& chain) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = tips_.find(chain); found != tips_.end()) return found->second;
    }
    const std::uint64_t height = backend_.status(chain).height;
    const std::lock_guard lock(mutex_);
    auto& tip = tips_[chain];
    return tip = std::max(tip, height);
}

// On the chain's worker: no more than noted.
void Feed::committed(const ChainId& chain, std::uint64_t height) {
    const std::lock_guard lock(mutex_);
    auto& tip = tips_[chain];
    tip = std::max(tip, height);
}

void Feed::forget_old() {
    Blocks old;  // a decoded block has thousands of parts: they are freed when the lock is
    const std::lock_guard lock(mutex_);
    for (auto at = recent_.begin(); at != recent_.end();) {
        const auto next = std::next(at);
        if (!is_near_tip(at->first)) old.insert(recent_.extract(at));
        at = next;
    }
}

// Under the lock, as what follows.
bool Feed::is_near_tip(const Place& place) const {
    const auto tip = tips_.find(place.first);
    return tip != tips_.end() && place.second + kRecentBlocks > tip->second;
}

bool Feed::is_recent(const ChainId& chain, std::uint64_t height) {
    const std::lock_guard lock(mutex_);
    return is_near_tip({chain, height});
}

std::shared_ptr<Feed::Block> Feed::block(const ChainId& chain, std::uint64_t height) {
    const Place place{chain, height};
    std::shared_ptr<Block> dropped;  // freed when the lock is
    const std::lock_guard lock(mutex_);
    if (is_near_tip(place)) {
        auto& kept = recent_[place];
        if (!kept) kept = std::make_shared<Block>(backend_, chain, height);
        return kept;
    }
    const auto found = std::find_if(older_.begin(), older_.end(),
                                    [&place](const auto& entry) { return entry.first == place; });
    if (found != older_.end()) {
        older_.splice(older_.begin(), older_, found);
    } else {
        older_.emplace_front(place, std::make_shared<Block>(backend_, chain, height));
        if (older_.size() > kOlderBlocks) {
            dropped = std::move(older_.back().second);
            older_.pop_back();
        }
    }
    return older_.front().second;
}

Result<Feed::Text> Feed::news(const Interest& interest, std::uint64_t height) {
    return block(interest.chain, height)->news(interest);
}

}  // namespace pcq::rpc
