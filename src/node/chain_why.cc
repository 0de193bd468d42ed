// What a chain knows of its peers and of its own work, and leaves behind of it: why it has no new block,
// evidence, recordings.
#include <future>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "consensus/evidence.h"
#include "src/node/chain.h"
#include "src/node/flight_files.h"

namespace pcq::node {
namespace {

constexpr std::chrono::seconds kPatience{2};  // for the strand
constexpr std::int64_t kJustNowMs = 5'000;

std::int64_t steady_ms() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

}  // namespace

Chain::Timed::Timed(Under& under) : under_(under), began_(steady_ms()) {
    under_.since_ms = began_;
}

Chain::Timed::~Timed() {
    under_.ended_ms = steady_ms();
    under_.took_ms = under_.ended_ms - began_;
    under_.since_ms = 0;
}

Duration Chain::Under::now() const {
    const std::int64_t since = since_ms;
    return {since == 0 ? 0 : steady_ms() - since};
}

Duration Chain::Under::lately() const {
    return {steady_ms() - ended_ms < kJustNowMs ? took_ms.load() : 0};
}

void Chain::note_heard(const network::Delivery& delivery) {
    seen_[delivery.from].heard = passed();
}

void Chain::note_status(const crypto::PublicKey& from, const proto::Status& status) {
    auto& seen = seen_[from];
    seen.height = status.height();
    seen.view = status.view();
    if (status.height() <= replica_->height()) {
        seen.ahead.reset();
    } else if (!seen.ahead) {
        seen.ahead = passed();
    }
}

// On the worker, since it is a matter of the disk and nothing waits for it. What is kept is logged, and no
// more: a liar may contradict itself at every height.
void Chain::keep_evidence(const consensus::Evidence& evidence) {
    const auto& accused = members_->set.members()[evidence.second.sender()].name;
    const std::uint64_t height = consensus::height_of(evidence.second);
    boost::asio::post(
        worker_, [this, record = consensus::evidence_record(voters(), evidence, now()), accused, height] {
            const auto saved = evidence_->save(record);
            if (!saved) spdlog::error("evidence is not kept: {}", saved.error().message);
            if (!saved || *saved)
                spdlog::error("validator {} contradicted itself: chain={} height={}", accused,
                              genesis_.fields.name(), height);
        });
}

// Once for each height that does not come.
void Chain::watch_for_stall() {
    if (stopped_ || !replica_ || stall_written_) return;
    const auto why = explain(why_facts());
    if (!why.stalled) return;
    stall_written_ = true;
    spdlog::warn("chain {} stands still: {}", genesis_.fields.name(), why.text);
    write_flight("stall");
}

void Chain::write_flight(const std::string& reason) {
    if (!replica_) return;
    auto flight = recorder_.recording();
    flight.set_chain(genesis_.fields.name());
    flight.set_reason(reason);
    const auto written = node::write_flight(flights_, reason, now(), consensus::encode_flight(flight));
    written ? spdlog::info("wrote the last events of consensus: file={}", written->string())
            : spdlog::error("{}", written.error().message);
}

WhyFacts Chain::why_facts() const {
    WhyFacts facts;
    facts.chain = genesis_.fields.name();
    facts.waiting = replica_->waiting();
    facts.now = now();
    const Duration since_passed = facts.now - passed();
    const auto by_the_clock = [since_passed](std::optional<Instant>& then) {
        if (then) then = *then + since_passed;
    };
    for (const auto& member : members_->set.members()) {
        const auto seen = seen_.find(member.key);
        SeenValidator validator = seen == seen_.end() ? SeenValidator{} : seen->second;
        for (auto* then : {&validator.changed, &validator.heard, &validator.ahead}) by_the_clock(*then);
        validator.name = member.name;
        validator.self = member.key == services_.key.public_key();
        validator.connected = peers_->is_connected(member.key);
        validator.pruned = pruned_.count(member.key) != 0;
        facts.validators.push_back(std::move(validator));
    }
    facts.last_block = last_block_ + since_passed;
    facts.last_block_time = Instant{static_cast<std::int64_t>((*store_->tip())->time_ms())};
    // Of the block that is waited for: a liar may have proposed others in views before.
    const auto gathering = facts.waiting.block ? gathering_.find(*facts.waiting.block) : gathering_.end();
    if (gathering != gathering_.end()) facts.missing_transactions = gathering->second.missing.size();
    // Who refuses a proposal goes on to the next view at once.
    if (refused_ && refused_->height == facts.waiting.height && facts.waiting.view <= refused_->view + 1)
        facts.refused = refused_->why;
    facts.writing = std::max({saving_.now(), storing_.now(), saving_.lately(), storing_.lately()});
    facts.executing = executing_.now();
    if (joiner_) facts.joining = joiner_->progress();
    return facts;
}

rpc::Why Chain::why() const {
    auto promise = std::make_shared<std::promise<std::optional<WhyFacts>>>();
    auto facts = promise->get_future();
    boost::asio::post(strand_, [this, promise] {
        promise->set_value(replica_ && !stopped_ ? std::optional(why_facts()) : std::nullopt);
    });
    if (facts.wait_for(kPatience) == std::future_status::ready) {
        if (const auto found = facts.get()) return explain(*found);
        rpc::Why why;
        why.chain = genesis_.fields.name();
        why.waits_for = "stopped";
        why.text = "this chain has stopped on this node, or has not started yet; the log says why";
        return why;
    }
    rpc::Why why;
    why.chain = genesis_.fields.name();
    why.height = (*store_->tip())->height() + 1;
    why.waits_for = "this_node";
    why.stalled = true;
    why.text = "this chain's own thread on this node has not answered for 2 s";
    if (saving_.now() > Duration{0}) {
        why.causes.push_back({"disk_slow", "it writes its record of votes, for " +
                                               std::to_string(saving_.now().ms) + " ms by now"});
    }
    return why;
}

}  // namespace pcq::node
