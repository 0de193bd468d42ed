// Consensus messages from a peer. What is decoded is within bounds and keeps nothing unknown: written again
// it decodes to the same; nothing that nobody signed is taken; and any decoded message that its sender has
// signed is either refused by verify() or taken by a replica, which then says nothing that others would
// refuse.
#include "tests/fuzz/draw.h"
#include "tests/fuzz/target.h"
#include "tests/unit/consensus/fixture.h"

namespace pcq::fuzz {
namespace {

using namespace consensus;

const World& world() {
    static const World made(5);  // a quorum is 4, where 2f + 1 would be 3
    return made;
}

void check_bounds(const proto::ConsensusMessage& message) {
    PCQ_INVARIANT(message.sender() < world().voters.size() || message.has_status());
    PCQ_INVARIANT(message.pre_prepare().transactions_size() <= kTransactionsMax);
    PCQ_INVARIANT(message.pre_prepare().justification_size() <= static_cast<int>(world().voters.size()));
    PCQ_INVARIANT(message.pre_prepare().header().size() <= kHeaderBytesMax);
    PCQ_INVARIANT(message.view_change().header().size() <= kHeaderBytesMax);
}

void check_said(const Effects& effects) {
    for (const auto& message : effects.send) {
        const auto decoded = decode(message.SerializeAsString(), world().voters.size());
        PCQ_INVARIANT(decoded.has_value() && verify(world().voters, kChecks, *decoded).has_value());
    }
}

}  // namespace

void run(BytesView input) {
    const auto decoded = decode(input, world().voters.size());
    if (!decoded) return;
    check_bounds(*decoded);
    const Bytes bytes = decoded->SerializeAsString();
    const auto again = decode(bytes, world().voters.size());
    PCQ_INVARIANT(again.has_value() && again->SerializeAsString() == bytes);

    Subject subject(world(), 3);
    const auto refusal = subject.replica.refusal(*decoded);
    const auto as_sent = verify(world().voters, kChecks, *decoded);
    if (decoded->sender() >= world().voters.size()) {  // a status, maybe by a validator of another height
        PCQ_INVARIANT(!as_sent);
        return check_said(subject.step(Received{attested(*decoded, 0)}));
    }
    const bool is_signed = cheap_check(world().voters.keys[decoded->sender()],
                                       digest(world().voters.chain, *decoded), decoded->signature());
    PCQ_INVARIANT(is_signed || !as_sent);
    const auto verified = verify(world().voters, kChecks, world().sign(decoded->sender(), *decoded));
    if (!verified) return;
    const auto& effects = subject.step(Received{*verified});
    if (refusal) PCQ_INVARIANT(effects.ignored.has_value());
    check_said(effects);
    subject.wait(Duration{10'000});
    check_said(subject.effects);
}

std::vector<Bytes> seeds() {
    const auto& w = world();
    const Proposal block = w.block();
    const auto certificate = w.certificate(block, 0, {0, 1, 2, 4});
    const auto change = w.view_change({2, 2}, block, certificate);
    std::vector<Bytes> found;
    for (const auto& message :
         {w.pre_prepare({1, 0}, block), w.prepare({1, 0}, w.hash(block)), w.commit({2, 0}, w.hash(block)),
          w.view_change({1, 1}), change, w.status({1, 0, 3}),
          w.pre_prepare({3, 2}, block,
                        {w.view_change({0, 2}), w.view_change({1, 2}), change, w.view_change({4, 2})})})
        found.push_back(message.SerializeAsString());
    return found;
}

}  // namespace pcq::fuzz
