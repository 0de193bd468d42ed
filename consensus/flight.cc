#include "consensus/flight.h"

#include "consensus/recorded_members.h"
#include "src/crypto/hash.h"

namespace pcq::consensus {
namespace {

constexpr std::string_view kMagic = "PCQ flight 1\n";
constexpr std::size_t kFileBytesMax = std::size_t{64} << 20;
constexpr std::size_t kEventBytes = 200;  // what an event takes beside its contents, about

Error damaged(const std::string& what) {
    return Error{Code::archive_damaged, "this is no whole recording of a replica: " + what};
}

proto::FlightWord word(const ChainId& chain, const proto::ConsensusMessage& message) {
    proto::FlightWord made;
    made.set_height(height_of(message));
    made.set_view(view_of(message));
    if (message.has_pre_prepare()) {
        made.set_kind("pre_prepare");
        made.set_block(block_hash(chain, message.pre_prepare().header()).bytes());
    } else if (message.has_prepare() || message.has_commit()) {
        made.set_kind(message.has_prepare() ? "prepare" : "commit");
        made.set_block(message.has_prepare() ? message.prepare().block_hash()
                                             : message.commit().block_hash());
    } else if (message.has_view_change()) {
        made.set_kind("view_change");
        made.set_block(message.view_change().prepared().block_hash());
    } else {
        made.set_kind("status");
    }
    return made;
}

proto::FlightEffects summary(const Replica& replica, const Effects& effects) {
    proto::FlightEffects made;
    made.set_persisted(effects.persist.has_value());
    for (const auto& message : effects.send) *made.add_said() = word(replica.chain(), message);
    made.set_replied(static_cast<std::uint32_t>(effects.reply.size()));
    made.set_build(effects.build.has_value());
    for (const auto& request : effects.execute) made.add_execute(request.block.bytes());
    if (effects.decide) made.set_decide(effects.decide->block.bytes());
    if (effects.fetch) made.set_fetch(effects.fetch->height);
    if (effects.ignored) made.set_ignored(static_cast<std::uint32_t>(*effects.ignored));
    made.set_evidence(static_cast<std::uint32_t>(effects.evidence.size()));
    made.set_wake_at_ms(effects.wake_at.ms);
    made.set_view(replica.view());
    made.set_height(replica.height());
    return made;
}

void fill(proto::FlightEvent& to, const Received& event) {
    *to.mutable_received() = *event.message;
}
void fill(proto::FlightEvent& to, const Tick&) {
    to.set_tick(true);
}
void fill(proto::FlightEvent& to, const Work& event) {
    to.set_work(event.waiting);
}
void fill(proto::FlightEvent& to, const Built& event) {
    to.mutable_built()->set_view(event.view);
    to.mutable_built()->set_header(event.proposal.header);
    for (const auto& hash : event.proposal.transactions) to.mutable_built()->add_transactions(hash.bytes());
}
void fill(proto::FlightEvent& to, const Executed& event) {
    to.mutable_executed()->set_block(event.block.bytes());
    to.mutable_executed()->set_valid(event.valid);
}
void fill(proto::FlightEvent& to, const Fetched&) {
    to.set_fetched(true);
}
void fill(proto::FlightEvent& to, const Advanced& event) {
    auto& fields = *to.mutable_advanced();
    fields.set_height(event.last.height);
    fields.set_hash(event.last.hash.bytes());
    fields.set_time_ms(event.last.time_ms);
    fields.set_view(event.last.view);
    if (!event.from_here) return;
    fields.set_changes(true);
    for (const auto& key : event.from_here->voters.keys) fields.add_validators(key.encoded());
    fields.set_votes(event.from_here->self.has_value());
    fields.set_self(event.from_here->self.value_or(0));
}

Result<Event> advanced(const ChainId& chain, const proto::FlightAdvanced& fields) {
    const auto hash = Hash::from(fields.hash());
    if (!hash) return damaged("a stored block without a hash");
    Advanced event{{fields.height(), *hash, fields.time_ms(), fields.view()}};
    if (!fields.changes()) return Event(event);
    auto membership = recorded_members(chain, fields);
    if (!membership) return damaged(membership.error().message);
    event.from_here = *std::move(membership);
    return Event(event);
}

// As the replica was told it. Nothing of a file is taken that no driver would have handed on.
Result<Event> event_of(const Replica& replica, const proto::FlightEvent& from) {
    switch (from.event_case()) {
        case proto::FlightEvent::kReceived: {
            auto decoded = decode(from.received().SerializeAsString(), replica.validators());
            if (!decoded) return damaged(decoded.error().message);
            return Event(Received{recorded(*std::move(decoded))});
        }
        case proto::FlightEvent::kTick:
            return Event(Tick{});
        case proto::FlightEvent::kWork:
            return Event(Work{from.work()});
        case proto::FlightEvent::kBuilt: {
            Built event{from.built().view(), {from.built().header(), {}}};
            for (const auto& bytes : from.built().transactions()) {
                const auto hash = Hash::from(bytes);
                if (!hash) return damaged("a built block with a transaction that is no hash");
                event.proposal.transactions.push_back(*hash);
            }
            return Event(std::move(event));
        }
        case proto::FlightEvent::kExecuted: {
            const auto hash = Hash::from(from.executed().block());
            if (!hash) return damaged("an executed block without a hash");
            return Event(Executed{*hash, from.executed().valid()});
        }
        case proto::FlightEvent::kFetched:
            return Event(Fetched{});
        case proto::FlightEvent::kAdvanced:
            return advanced(replica.chain(), from.advanced());
        case proto::FlightEvent::kStart:
        case proto::FlightEvent::EVENT_NOT_SET:
            break;
    }
    return damaged("an event that this version does not know, or a start that is not the first");
}

}  // namespace

void FlightRecorder::begin(const Replica& replica) {
    Height height;
    height.begin = replica.checkpoint();
    height.bytes = height.begin.ByteSizeLong();
    bytes_ += height.bytes;
    heights_.push_back(std::move(height));
    while (heights_.size() > 1 && (heights_.size() > kHeightsMax || bytes_ > bytes_max_)) {
        bytes_ -= heights_.front().bytes;
        heights_.pop_front();
    }
}

void FlightRecorder::add(proto::FlightEvent event, Instant at, const Replica& replica,
                         const Effects& effects) {
    if (heights_.empty()) return;
    event.set_at_ms(at.ms);
    *event.mutable_effects() = summary(replica, effects);
    const std::size_t bytes = event.ByteSizeLong() + kEventBytes;
    const std::size_t replayable = bytes_max_ - bytes_max_ / kShareOfLast;
    while (heights_.size() > 1 && bytes_ + bytes > replayable) {
        bytes_ -= heights_.front().bytes;
        heights_.pop_front();
    }
    Height& height = heights_.back();
    // What follows a gap cannot be replayed.
    if (bytes_ + bytes > replayable || !height.last.empty()) return add_last(std::move(event), bytes);
    height.events.push_back(std::move(event));
    height.bytes += bytes;
    bytes_ += bytes;
}

void FlightRecorder::add_last(proto::FlightEvent event, std::size_t bytes) {
    Height& height = heights_.back();
    const auto account = [this, &height](std::size_t more, std::size_t less) {
        for (std::size_t* sum : {&bytes_, &height.bytes, &height.last_bytes}) *sum += more - less;
    };
    account(bytes, 0);
    height.last.push_back(std::move(event));
    while (height.last.size() > 1 && height.last_bytes > bytes_max_ / kShareOfLast) {
        account(0, height.last.front().ByteSizeLong() + kEventBytes);
        height.last.pop_front();
        ++height.dropped;
    }
}

void FlightRecorder::started(const std::optional<proto::VoteRecord>& said, bool fresh, Instant at,
                             const Replica& replica, const Effects& effects) {
    proto::FlightEvent event;
    if (said) *event.mutable_start()->mutable_record() = *said;
    if (said) event.mutable_start()->mutable_record()->clear_prepared_bodies();  // no part of it
    event.mutable_start()->set_fresh(fresh);
    add(std::move(event), at, replica, effects);
}

void FlightRecorder::told(const Event& event, Instant at, const Replica& replica, const Effects& effects) {
    proto::FlightEvent made;
    std::visit([&made](const auto& one) { fill(made, one); }, event);
    add(std::move(made), at, replica, effects);
}

proto::Flight FlightRecorder::recording() const {
    proto::Flight flight;
    if (heights_.empty()) return flight;
    *flight.mutable_begin() = heights_.front().begin;
    for (const auto& height : heights_) {
        for (const auto& event : height.events) *flight.add_events() = event;
        flight.set_dropped(height.dropped);
        for (const auto& event : height.last) *flight.add_last() = event;
        if (!height.last.empty()) break;
    }
    return flight;
}

Bytes encode_flight(const proto::Flight& flight) {
    Bytes bytes(kMagic);
    bytes += flight.SerializeAsString();
    return bytes + crypto::sha256({bytes}).bytes();
}

Result<proto::Flight> decode_flight(BytesView bytes) {
    if (bytes.size() < kMagic.size() + Hash::kSize || bytes.size() > kFileBytesMax)
        return damaged("it is too short or too long");
    if (bytes.substr(0, kMagic.size()) != kMagic) return damaged("it does not begin as one");
    const BytesView covered = bytes.substr(0, bytes.size() - Hash::kSize);
    if (crypto::sha256({covered}).view() != bytes.substr(covered.size()))
        return damaged("its checksum does not hold");
    proto::Flight flight;
    const BytesView body = covered.substr(kMagic.size());
    if (!flight.ParseFromArray(body.data(), static_cast<int>(body.size())))
        return damaged("it cannot be decoded");
    return flight;
}

Result<> replay(const proto::Flight& flight, const std::function<void(const Replayed&)>& tell) {
    auto replica = Replica::restored(
        Options{}, [](const Hash&) { return Bytes(64, '\0'); }, flight.begin());
    if (!replica) return replica.error();
    for (const auto& entry : flight.events()) {
        const Instant at{entry.at_ms()};
        Effects effects;
        if (entry.has_start() && &entry == &flight.events(0)) {
            const auto& start = entry.start();
            effects = replica->start(start.has_record() ? std::optional(start.record()) : std::nullopt,
                                     start.fresh(), at);
        } else {
            const auto event = event_of(*replica, entry);
            if (!event) return event.error();
            effects = replica->step(*event, at);
        }
        Replayed told{entry, summary(*replica, effects), true, replica->waiting()};
        told.is_same = told.effects.SerializeAsString() == entry.effects().SerializeAsString();
        tell(told);
    }
    return {};
}

}  // namespace pcq::consensus
