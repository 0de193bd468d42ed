// How a light client learns of new validators. It follows one change and no other: the header is the one that
// the validators before have certified, the set is the one that it names, and from the next height on only
// that set counts. What is refused changes nothing.
#include "tests/fuzz/certifier.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/target.h"

namespace pcq::fuzz {
namespace {

namespace testing = contracts::testing;

struct World {
    World() : World(testing::TestLedger(testing::main_genesis(first_set().fields()), "main", 4)) {}
    explicit World(const testing::TestLedger& chain)
        : next(first_set()), same(*chain.tip()), change(*chain.tip(), next) {}

    static ledger::ValidatorSet first_set() { return set_of(testing::validator_keys("main", 4)); }

    const ledger::ValidatorSet next;
    const Certifier same;    // a header that names the validators it has
    const Certifier change;  // and one that names the next, by the same keys
};

const World& world() {
    static const World made;
    return made;
}

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    const Bytes header(draw.chunk());
    const Bytes certificate(draw.chunk());
    const Bytes validators(draw.rest());
    const auto& change = world().change;
    ledger::LightClient client(change.header().chain(), change.set());
    if (!client.follow(ledger::Succession{header, certificate, validators})) {
        PCQ_INVARIANT(client.from_height() == 0);
        PCQ_INVARIANT(client.validators().hash(client.chain()) == change.set().hash(client.chain()));
        return;
    }
    PCQ_INVARIANT(header == change.header().bytes());
    PCQ_INVARIANT(validators == world().next.fields().SerializeAsString());
    PCQ_INVARIANT(client.from_height() == change.header()->height() + 1);
    PCQ_INVARIANT(!client.follow(ledger::Succession{header, certificate, validators}));  // once
}

std::vector<Bytes> seeds() {
    const auto& w = world();
    const auto told = [](const Certifier& by, const ledger::ValidatorSet& set) {
        return chunk_of(by.header().bytes()) + chunk_of(by.certificate({0, 1, 2, 4})) +
               set.fields().SerializeAsString();
    };
    return {told(w.change, w.next), told(w.change, w.change.set()), told(w.same, w.next),
            told(w.same, w.same.set())};
}

}  // namespace pcq::fuzz
