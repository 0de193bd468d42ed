// What a light client believes. A header counts only if it is, byte by byte, the one that a quorum signed,
// and every signature beside it is one that a validator made; a record only if it is what the state under
// that header holds. A changed header, certificate, record or proof never holds.
#include "src/ledger/certificate.h"

#include "tests/fuzz/certifier.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/target.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::fuzz {
namespace {

namespace testing = contracts::testing;

struct World {
    testing::TestChain chains;
    const testing::TestLedger& side = chains.side;
    const Certifier certifier{*side.tip()};
    const ledger::LightClient client{side.chain(), certifier.set()};
};

World& world() {
    static World made;
    return made;
}

void check_certificate(const proto::CommitCertificate& certificate) {
    const auto& header = world().certifier.header();
    PCQ_INVARIANT(certificate.height() == header->height() && certificate.view() == header->view());
    std::size_t signers = 0;
    std::int64_t previous = -1;
    for (const auto& entry : certificate.signatures()) {
        PCQ_INVARIANT(entry.validator() > previous);
        previous = entry.validator();
        // Ed25519 has one signature for each key and digest.
        PCQ_INVARIANT(entry.signature() == world().certifier.sign(entry.validator()));
        ++signers;
    }
    PCQ_INVARIANT(signers >= ledger::quorum(Certifier::kValidators));
}

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    const BytesView header = draw.chunk();
    const BytesView certificate = draw.chunk();
    if (world().client.verify(Bytes(header), certificate)) {
        PCQ_INVARIANT(header == world().certifier.header().bytes());
        proto::CommitCertificate fields;
        PCQ_INVARIANT(fields.ParseFromArray(certificate.data(), static_cast<int>(certificate.size())));
        PCQ_INVARIANT(fields.SerializeAsString() == certificate);
        check_certificate(fields);
    }
    const Bytes key(draw.chunk());
    const bool is_present = draw.below(2) == 1;
    const Bytes value(draw.chunk());
    const BytesView proof = draw.rest();
    const auto claimed = is_present ? std::optional<BytesView>(value) : std::nullopt;
    if (const auto decoded = ledger::StateProof::decode(proof)) PCQ_INVARIANT(decoded->encode() == proof);
    if (ledger::LightClient::verify_record(world().certifier.header(), key, claimed, proof)) {
        const auto known = world().side.get(key);
        PCQ_INVARIANT(known.has_value() == is_present && (!known || *known == value));
    }
}

std::vector<Bytes> seeds() {
    const auto& w = world();
    const auto one = [&w](const std::vector<std::uint32_t>& signers, const Bytes& key, bool is_present) {
        const auto record = w.side.proven(key);
        return chunk_of(w.certifier.header().bytes()) + chunk_of(w.certifier.certificate(signers)) +
               chunk_of(key) + Bytes(1, is_present ? '\1' : '\0') + chunk_of(record.value()) + record.proof();
    };
    const Bytes account = ledger::kAccounts.key(w.chains.meter.account());
    const Bytes nobody = ledger::kAccounts.key(AccountId());
    return {one({0, 1, 2, 3}, account, true), one({0, 2, 3, 4}, nobody, false),
            one({0, 1, 2, 3, 4}, account, false), one({0, 1, 2}, "x", false)};
}

}  // namespace pcq::fuzz
