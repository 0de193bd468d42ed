// A replica at the end of a height, to bytes and back, for the flight recorder.
#include "consensus/recorded_members.h"

namespace pcq::consensus {
namespace {

Error bad_beginning(const std::string& what) {
    return Error{Code::archive_damaged, "the recording's beginning has " + what};
}

proto::FlightClaim claim(std::uint32_t validator, std::uint64_t value) {
    proto::FlightClaim made;
    made.set_validator(validator);
    made.set_value(value);
    return made;
}

}  // namespace

proto::FlightCheckpoint Replica::checkpoint() const {
    proto::FlightCheckpoint to;
    to.set_chain_id(voters_.chain.bytes());
    for (const auto& key : voters_.keys) to.add_validators(key.encoded());
    to.set_votes(self_.has_value());
    to.set_self(self_.value_or(0));
    to.set_last_height(last_.height);
    to.set_last_hash(last_.hash.bytes());
    to.set_last_time_ms(last_.time_ms);
    to.set_last_view(last_.view);
    for (const auto& decided : recent_) *to.add_recent() = claim(decided.view, decided.height);
    *to.mutable_safety() = safety_.record();
    to.set_watch(watch_);
    to.set_is_new(new_since_.has_value());
    to.set_new_since_ms(new_since_.value_or(Instant{}).ms);
    to.set_recorded(recorded_);
    for (const auto& duration : durations_) to.add_durations_ms(duration.ms);
    for (const auto& [key, message] : next_height_) *to.add_next_height() = *message;
    for (const auto& [validator, at] : replied_)
        *to.add_replied() = claim(validator, static_cast<std::uint64_t>(at.ms));
    for (const auto& [validator, height] : claimed_) *to.add_claimed() = claim(validator, height);
    to.set_work(work_);
    to.set_started_ms(started_.ms);
    to.set_wall_ms(wall_.ms);
    to.set_now_ms(now_.ms);
    to.set_resend_at_ms(resend_at_.ms);
    to.set_status_at_ms(status_at_.ms);
    to.set_deciding(round_.deciding);
    to.set_active(round_.active_since.has_value());
    to.set_active_since_ms(round_.active_since.value_or(Instant{}).ms);
    return to;
}

Result<Replica> Replica::restored(const Options& options, Sign sign, const proto::FlightCheckpoint& from) {
    const auto chain = ChainId::from(from.chain_id());
    const auto hash = Hash::from(from.last_hash());
    if (!chain || !hash) return bad_beginning("no chain id or block hash");
    const auto membership = recorded_members(*chain, from);
    if (!membership) return bad_beginning(membership.error().message);
    const std::uint32_t n = membership->voters.size();
    std::vector<DecidedView> recent;
    for (const auto& decided : from.recent()) recent.push_back({decided.value(), decided.validator()});
    Replica replica(options, *membership, std::move(sign),
                    Decided{from.last_height(), *hash, from.last_time_ms(), from.last_view()},
                    std::move(recent));
    const auto& record = from.safety();
    const bool is_whole = (!record.voted() || Hash::from(record.voted_hash())) &&
                          (!record.has_prepared() || Hash::from(record.prepared().block_hash()));
    if (!is_whole) return bad_beginning("a record of votes without hashes");
    replica.safety_ = Safety(record);
    replica.watch_ = from.watch();
    if (from.is_new()) replica.new_since_ = Instant{from.new_since_ms()};
    replica.recorded_ = from.recorded();
    for (const auto ms : from.durations_ms()) replica.durations_.push_back({ms});
    for (const auto& message : from.next_height()) {
        auto decoded = decode(message.SerializeAsString(), n);
        if (!decoded) return bad_beginning("a message that nobody would have taken");
        replica.next_height_.insert_or_assign({message.sender(), static_cast<int>(message.content_case())},
                                              recorded(*std::move(decoded)));
    }
    for (const auto& entry : from.replied())
        replica.replied_[entry.validator()] = Instant{static_cast<std::int64_t>(entry.value())};
    for (const auto& entry : from.claimed()) replica.claimed_[entry.validator()] = entry.value();
    replica.work_ = from.work();
    replica.started_ = Instant{from.started_ms()};
    replica.wall_ = Instant{from.wall_ms()};
    replica.now_ = Instant{from.now_ms()};
    replica.resend_at_ = Instant{from.resend_at_ms()};
    replica.status_at_ = Instant{from.status_at_ms()};
    replica.round_.deciding = from.deciding();
    if (from.active()) replica.round_.active_since = Instant{from.active_since_ms()};
    return replica;
}

}  // namespace pcq::consensus
