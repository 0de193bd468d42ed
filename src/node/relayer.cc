#include "src/node/relayer.h"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "contracts/bridge/bridge.h"
#include "contracts/governance/validators.h"
#include "src/node/relay_due.h"

namespace pcq::node {
namespace {

constexpr std::uint64_t kMessagesAtOnce = 20;
constexpr Duration kTurn{1'500};      // for the one before to act
constexpr Duration kPatience{4'000};  // for an offer to be committed
constexpr std::uint64_t kValidFor = 200;

}  // namespace

Relayer::Relayer(boost::asio::io_context& io, const Clock& clock, const crypto::SigningKey& key,
                 const std::vector<std::unique_ptr<Chain>>& chains)
    : clock_(clock), key_(key), chains_(chains), strand_(boost::asio::make_strand(io)), timer_(strand_) {}

void Relayer::start() {
    look();
}

void Relayer::stop() {
    boost::asio::post(strand_, [this] {
        stopped_ = true;
        timer_.cancel();
    });
}

void Relayer::look() {
    if (posted_.exchange(true)) return;
    boost::asio::post(strand_, [this] {
        posted_ = false;
        check();
    });
}

void Relayer::check() {
    if (stopped_) return;
    for (const auto& from : chains_) {
        for (const auto& to : chains_) {
            if (from == to || relay_validators(*from, *to)) continue;
            relay_messages(*from, *to);
            relay_anchor(*from, *to);
        }
    }
    // Whoever's turn comes by time, and not by a block, is looked at again then.
    Instant next = Instant::max();
    for (const auto* routes : {&messages_, &anchors_, &validators_}) {
        for (const auto& [key, route] : *routes) {
            if (route.waiting) next = std::min(next, route.not_before);
        }
    }
    if (next == Instant::max()) return;
    timer_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(20, (next - passed()).ms)));
    timer_.async_wait(boost::asio::bind_executor(strand_, [this](boost::system::error_code failure) {
        if (!failure) check();
    }));
}

// Whether it is this node's turn to bring `item`. The order rotates; those who come later wait for those
// before.
bool Relayer::is_due(Route& route, const Chain& to, std::uint64_t item) {
    const Instant now = passed();
    if (!route.waiting || route.offered != item) {
        const auto validators = to.validators();
        const auto self = validators.index_of(key_.public_key());
        const std::uint64_t n = validators.size();
        const std::uint64_t rank = self ? (*self + n - item % n) % n : n;
        route = Route{item, now + kTurn * static_cast<std::int64_t>(rank), true};
    }
    if (now < route.not_before) return false;
    route.not_before = now + kPatience;
    return true;
}

bool Relayer::prove(const Chain& from, std::uint64_t height, Bytes& header, Bytes& certificate) const {
    const auto stored_header = from.store().header(height);
    const auto stored_certificate = from.store().certificate(height);
    if (!stored_header || !*stored_header || !stored_certificate || !*stored_certificate)
        return false;  // genesis has none
    header = (*stored_header)->bytes();
    certificate = **stored_certificate;
    return true;
}

// True while the other chain does not know who certifies this one now: nothing else would be believed there.
bool Relayer::relay_validators(Chain& from, Chain& to) {
    const auto source = from.store().at((*from.store().tip())->height());
    const auto target = to.store().at((*to.store().tip())->height());
    if (!source || !target) return false;
    Route& route = validators_[{from.id(), to.id()}];
    const auto known = contracts::bridge::foreign_chain(**target, from.id());
    std::optional<std::uint32_t> number;
    if (known) number = unknown_validators(**source, *known);
    if (!number) {
        route.waiting = false;
        return false;
    }
    if (!is_due(route, to, *number)) return true;
    const auto next = contracts::governance::validator_set(**source, *number);
    proto::TransactionBody body;
    auto& action = *body.mutable_update_validators();
    *action.mutable_validators() = next.validators();
    if (prove(from, next.from_height() - 1, *action.mutable_header(), *action.mutable_certificate()))
        submit(to, std::move(body));
    return true;
}

void Relayer::relay_messages(Chain& from, Chain& to) {
    const std::uint64_t from_height = (*from.store().tip())->height();
    const auto source = from.store().at(from_height);
    const auto target = to.store().at((*to.store().tip())->height());
    if (!source || !target) return;
    const auto outgoing = contracts::bridge::foreign_chain(**source, to.id());
    const auto incoming = contracts::bridge::foreign_chain(**target, from.id());
    Route& route = messages_[{from.id(), to.id()}];
    if (!outgoing || !incoming || outgoing->sent() <= incoming->received()) {
        route.waiting = false;
        return;
    }
    if (!is_due(route, to, incoming->received())) return;
    proto::TransactionBody body;
    auto& action = *body.mutable_deliver_messages();
    if (!prove(from, from_height, *action.mutable_header(), *action.mutable_certificate())) return;
    const std::uint64_t end = std::min(outgoing->sent(), incoming->received() + kMessagesAtOnce);
    for (std::uint64_t index = incoming->received(); index < end; ++index) {
        const Bytes key = contracts::kOutbox.key({to.id(), index});
        const auto value = (*source)->get(key);
        PCQ_INVARIANT(value.has_value());  // sent() counts what is there
        auto& message = *action.add_messages();
        message.set_key(key);
        message.set_value(*value);
        message.set_proof(ledger::prove(**source, (*source)->root(), key).encode());
    }
    submit(to, std::move(body));
}

void Relayer::relay_anchor(Chain& from, Chain& to) {
    Route& route = anchors_[{from.id(), to.id()}];
    const bool upwards = from.genesis().fields.kind() == proto::CHAIN_KIND_SIDE &&
                         to.genesis().fields.kind() == proto::CHAIN_KIND_MAIN;
    const std::uint64_t height = (*from.store().tip())->height();
    const auto source = from.store().at(height);
    const auto target = to.store().at((*to.store().tip())->height());
    if (!upwards || !source || !target || !contracts::bridge::foreign_chain(**target, from.id())) return;
    const auto latest = contracts::kLatestAnchor.find(**target, from.id());
    const AnchorDue due = next_anchor(**source, latest);
    if (height < due.height) {
        route.waiting = false;
        return;
    }
    if (!is_due(route, to, due.number)) return;
    proto::TransactionBody body;
    auto& action = *body.mutable_submit_anchor();
    if (!prove(from, height, *action.mutable_header(), *action.mutable_certificate())) return;
    submit(to, std::move(body));
}

void Relayer::submit(Chain& to, proto::TransactionBody body) {
    const AccountId account = crypto::account_of(key_.public_key());
    const std::uint64_t height = (*to.store().tip())->height();
    const auto state = to.store().at(height);
    if (!state) return;
    const auto record = ledger::kAccounts.find(**state, account);
    if (!record) return;  // an observer has no account here; others relay
    std::uint64_t& last = sequences_[to.id()];
    // Offers that were never committed must not run out of the account's window.
    if (last >= record->sequence_top() + ledger::kSequenceWindow / 2) last = record->sequence_top();
    last = std::max(last, record->sequence_top()) + 1;
    body.set_chain_id(to.id().bytes());
    body.set_account(account.bytes());
    body.set_sequence(last);
    body.set_valid_until_height(height + kValidFor);
    to.submit(ledger::sign_transaction(body, {&key_}), [name = to.genesis().fields.name()](
                                                           const Result<Hash>& result) {
        if (!result)
            spdlog::debug("relayed transaction refused: chain={} why=\"{}\"", name, result.error().message);
    });
}

}  // namespace pcq::node
