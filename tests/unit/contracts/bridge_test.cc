// What passes between chains and what does not: every message is offered once as it is and once forged.
#include <gtest/gtest.h>

#include "src/ledger/certificate.h"
#include "tests/unit/contracts/fixture.h"

namespace pcq::contracts::testing {
namespace {

using namespace pcq::literals;

// One message waits on the main chain for the side chain: period 2013 as it was opened.
struct Waiting {
    TestChain chain;
    proto::DeliverMessages message;

    explicit Waiting(const TestOptions& options = {.side_validators = 5}) : chain(options) {
        chain.main.must(chain.main_government, open_period(2013, 1'000_g, 1));
        message = chain.messages(chain.main, chain.side);
    }

    Attempt offer(const proto::DeliverMessages& forged) { return chain.side.attempt(chain.anyone, forged); }
    Attempt offer_certificate(const Bytes& certificate) {
        auto forged = message;
        forged.set_certificate(certificate);
        return offer(forged);
    }
    void expect_intact() {
        chain.relay();
        EXPECT_TRUE(kPeriods.contains(chain.side, 2013)) << "the true message is still taken";
    }
};

TEST(Bridge, TakesAMessageOnce) {
    Waiting waiting;

    waiting.chain.side.must(waiting.chain.anyone, waiting.message);

    EXPECT_EQ(kForeignChains.find(waiting.chain.side, waiting.chain.main.chain())->received(), 1u);
    EXPECT_EQ(kPeriods.find(waiting.chain.side, 2013)->cap_g(), 1'000);
    EXPECT_TRUE(refused(waiting.offer(waiting.message), Code::bridge_out_of_order));
}

TEST(Bridge, RefusesACertificateWithTooFewSigners) {
    Waiting waiting;
    EXPECT_TRUE(refused(waiting.offer_certificate(waiting.chain.main.certified_by({0, 1}).certificate),
                        Code::bad_certificate));
    EXPECT_TRUE(refused(waiting.offer_certificate(""), Code::bad_certificate));
    waiting.expect_intact();
}

TEST(Bridge, CountsASignerOnce) {
    Waiting waiting;
    EXPECT_TRUE(refused(waiting.offer_certificate(waiting.chain.main.certified_by({0, 1, 1}).certificate),
                        Code::bad_certificate));
    EXPECT_TRUE(refused(waiting.offer_certificate(waiting.chain.main.certified_by({0, 2, 1}).certificate),
                        Code::bad_certificate))
        << "signers must ascend";
    waiting.expect_intact();
}

TEST(Bridge, NeedsFourOfFiveWhereTwiceTheFaultsPlusOneWouldBeThree) {
    Waiting waiting({.main_validators = 5});
    EXPECT_TRUE(refused(waiting.offer_certificate(waiting.chain.main.certified_by({0, 1, 2}).certificate),
                        Code::bad_certificate));
    EXPECT_EQ(waiting.offer_certificate(waiting.chain.main.certified_by({0, 1, 2, 4}).certificate).code,
              Code::ok);
}

TEST(Bridge, RefusesTheCertificateOfAnotherBlock) {
    Waiting waiting;
    proto::CommitCertificate certificate;
    ASSERT_TRUE(certificate.ParseFromString(waiting.message.certificate()));

    auto other_height = certificate;
    other_height.set_height(certificate.height() + 1);
    EXPECT_TRUE(refused(waiting.offer_certificate(other_height.SerializeAsString()), Code::bad_certificate));

    waiting.chain.main.block({});
    EXPECT_TRUE(refused(waiting.offer_certificate(waiting.chain.main.certified().certificate),
                        Code::bad_certificate));

    proto::CommitCertificate later;
    ASSERT_TRUE(later.ParseFromString(waiting.chain.main.certified().certificate));
    auto borrowed = certificate;
    *borrowed.mutable_signatures(0) = later.signatures(0);
    EXPECT_TRUE(refused(waiting.offer_certificate(borrowed.SerializeAsString()), Code::bad_certificate));
    waiting.expect_intact();
}

TEST(Bridge, RefusesSignaturesOfAnotherChainsValidators) {
    Waiting waiting;
    const auto& header = waiting.chain.main.tip();
    const Hash digest = ledger::vote_digest(header.chain(), proto::VOTE_KIND_COMMIT, header->height(),
                                            header->view(), header.hash());
    proto::CommitCertificate certificate;
    ASSERT_TRUE(certificate.ParseFromString(waiting.message.certificate()));
    for (int i = 0; i < certificate.signatures_size(); ++i) {
        certificate.mutable_signatures(i)->set_signature(
            waiting.chain.side.validators()[static_cast<std::size_t>(i)].sign(digest));
    }
    EXPECT_TRUE(refused(waiting.offer_certificate(certificate.SerializeAsString()), Code::bad_certificate));
    waiting.expect_intact();
}

TEST(Bridge, RefusesPrepareVotesInTheCommitsPlace) {
    Waiting waiting;
    const auto& header = waiting.chain.main.tip();
    const Hash digest = ledger::vote_digest(header.chain(), proto::VOTE_KIND_PREPARE, header->height(),
                                            header->view(), header.hash());
    proto::CommitCertificate certificate;
    ASSERT_TRUE(certificate.ParseFromString(waiting.message.certificate()));
    for (auto& entry : *certificate.mutable_signatures())
        entry.set_signature(waiting.chain.main.validators()[entry.validator()].sign(digest));
    EXPECT_TRUE(refused(waiting.offer_certificate(certificate.SerializeAsString()), Code::bad_certificate));
}

TEST(Bridge, RefusesAHeaderThatIsNotTheSignedOne) {
    Waiting waiting;
    proto::Header fields = *waiting.chain.main.tip();
    fields.set_state_root(Bytes(32, 'x'));
    auto forged = waiting.message;
    forged.set_header(fields.SerializeAsString());
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bad_certificate));

    forged.set_header(waiting.message.header() + "x");
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bad_header));
    forged.set_header("");
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bridge_unknown_source));
    waiting.expect_intact();
}

TEST(Bridge, RefusesAChainThatItDoesNotKnow) {
    Waiting waiting;
    const auto own = waiting.chain.side.certified();
    auto forged = waiting.message;
    forged.set_header(own.header);
    forged.set_certificate(own.certificate);
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bridge_unknown_source));
}

TEST(Bridge, RefusesAForgedProof) {
    Waiting waiting;
    const auto& true_message = waiting.message.messages(0);
    auto forged = waiting.message;

    proto::OutboxRecord record;
    ASSERT_TRUE(record.ParseFromString(true_message.value()));
    record.mutable_period_update()->set_cap_g(2'000);
    forged.mutable_messages(0)->set_value(record.SerializeAsString());
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bad_proof));

    forged = waiting.message;
    Bytes proof = true_message.proof();
    proof.back() = static_cast<char>(proof.back() ^ 1);
    forged.mutable_messages(0)->set_proof(proof);
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bad_proof));

    forged.mutable_messages(0)->set_proof("no proof");
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bad_proof));

    forged.mutable_messages(0)->set_proof("");
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bad_proof));
    waiting.expect_intact();
}

TEST(Bridge, RefusesAMessageUnderAHeaderFromBeforeItWasSent) {
    TestChain chain;
    const auto before = chain.main.certified();
    chain.main.must(chain.main_government, open_period(2013, 1'000_g, 1));
    auto forged = chain.messages(chain.main, chain.side);
    forged.set_header(before.header);
    forged.set_certificate(before.certificate);
    EXPECT_TRUE(refused(chain.side.attempt(chain.anyone, forged), Code::bad_proof));
}

TEST(Bridge, TakesMessagesInTheirOrderAndWithoutAGap) {
    Waiting waiting;
    waiting.chain.main.must(waiting.chain.main_government, advance_period(2013, 1));
    waiting.chain.main.must(waiting.chain.main_government, close_period(2013));
    const auto all = waiting.chain.messages(waiting.chain.main, waiting.chain.side);
    ASSERT_EQ(all.messages_size(), 3);

    auto skipped = all;
    skipped.mutable_messages()->DeleteSubrange(0, 1);
    EXPECT_TRUE(refused(waiting.offer(skipped), Code::bridge_out_of_order));
    auto swapped = all;
    swapped.mutable_messages()->SwapElements(1, 2);
    EXPECT_TRUE(refused(waiting.offer(swapped), Code::bridge_out_of_order));
    auto twice = all;
    *twice.add_messages() = all.messages(2);
    EXPECT_TRUE(refused(waiting.offer(twice), Code::bridge_out_of_order));

    waiting.chain.side.must(waiting.chain.anyone, all);
    EXPECT_EQ(kPeriods.find(waiting.chain.side, 2013)->months_advanced(), 1u);
}

TEST(Bridge, RefusesRecordsThatAreNoMessageToThisChain) {
    Waiting waiting;
    auto forged = waiting.message;
    *forged.mutable_messages(0) = waiting.chain.main.proven(kPeriods.key(2013));
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bridge_wrong_message));
    *forged.mutable_messages(0) =
        waiting.chain.main.proven(kOutbox.key({waiting.chain.main.chain(), std::uint64_t{0}}));
    EXPECT_TRUE(refused(waiting.offer(forged), Code::bridge_wrong_message));
}

// A side chain of another kind of contract, or a dishonest quorum of one: its state holds whatever it likes
// under a true certificate.
struct Dishonest {
    TestChain chain;

    // The header's quorum is real and its state root is over this one record of the outbox.
    proto::DeliverMessages message(const proto::OutboxRecord& record, std::uint64_t index) const {
        const auto key = kOutbox.key({chain.main.chain(), index});
        Records state{{key, record.SerializeAsString()}};
        proto::Header fields = *chain.side.tip();
        fields.set_height(fields.height() + 1);
        fields.set_state_root(root_of(state).bytes());
        const auto forged = chain.side.certify(ledger::Header::encode(fields));
        proto::DeliverMessages action;
        action.set_header(forged.header);
        action.set_certificate(forged.certificate);
        auto& proven = *action.add_messages();
        proven.set_key(key);
        proven.set_value(record.SerializeAsString());
        proven.set_proof(ledger::StateProof().encode());  // a tree of one leaf needs no siblings
        return action;
    }
    Attempt offer(const proto::OutboxRecord& record, std::uint64_t index = 0) {
        return chain.main.attempt(chain.main_anyone, message(record, index));
    }
};

TEST(Bridge, TakesNoPeriodFromASideChain) {
    Dishonest side;
    proto::OutboxRecord record;
    record.mutable_period_update()->set_period(2013);
    EXPECT_TRUE(refused(side.offer(record), Code::bridge_wrong_message));
    record.mutable_batch_issued()->set_period(2013);
    EXPECT_TRUE(refused(side.offer(record), Code::bridge_wrong_message));
    EXPECT_TRUE(refused(side.offer({}), Code::bridge_wrong_message));
}

TEST(Bridge, TakesAReportOncePerClosedPeriodAndOfNoMoreThanWasIssued) {
    Dishonest side;
    proto::OutboxRecord record;
    record.mutable_period_report()->set_period(2013);
    EXPECT_TRUE(refused(side.offer(record), Code::period_unknown));
    side.chain.open(2013);
    EXPECT_TRUE(refused(side.offer(record), Code::period_wrong_phase));
    side.chain.issue(2013, {{&side.chain.person("ann"), 1'000_g}});
    side.chain.advance(2013, 1);
    auto second = registration(side.chain.side);  // another side chain, so that the period is not over
    second.set_chain_id(Bytes(32, 's'));
    side.chain.main.must(side.chain.main_government, second);
    side.chain.main.must(side.chain.main_government, close_period(2013));

    record.mutable_period_report()->set_issued_g(1'001);
    EXPECT_TRUE(refused(side.offer(record), Code::anchor_contradicts));
    record.mutable_period_report()->set_issued_g(1'000);
    EXPECT_EQ(side.offer(record).code, Code::ok);
    EXPECT_TRUE(refused(side.offer(record, 1), Code::bridge_wrong_message));
    EXPECT_EQ(kPeriods.find(side.chain.main, 2013)->phase(), proto::PERIOD_PHASE_SETTLING);
}

TEST(Bridge, CarriesThePeriodReportBack) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.report(2013, 1, {{&ann, 400_g}});
    chain.advance(2013, 1);

    chain.settle(2013);

    const auto report = kPeriodReports.find(chain.main, {chain.side.chain(), 2013});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->people(), 1u);
    EXPECT_EQ(report->issued_g(), 1'000);
    EXPECT_EQ(report->emitted_g(), 400);
    EXPECT_EQ(report->SerializeAsString(),
              kPeriodReports.find(chain.side, {chain.side.chain(), 2013})->SerializeAsString());
}

proto::SubmitAnchor anchor_of(const TestLedger& ledger) {
    const auto tip = ledger.certified();
    proto::SubmitAnchor action;
    action.set_header(tip.header);
    action.set_certificate(tip.certificate);
    return action;
}

TEST(Anchor, KeepsWhatTheSideChainCertified) {
    TestChain chain;
    auto& ann = chain.person("ann");
    chain.open(2013);
    chain.issue(2013, {{&ann, 1'000_g}});
    chain.deposit(ann, 5_uy);

    chain.main.must(chain.main_anyone, anchor_of(chain.side));

    const auto anchor = *kLatestAnchor.find(chain.main, chain.side.chain());
    EXPECT_EQ(anchor.height(), chain.side.tip()->height());
    EXPECT_EQ(anchor.state_root(), chain.side.tip().state_root().bytes());
    EXPECT_EQ(anchor.header_hash(), chain.side.tip().hash().bytes());
    EXPECT_EQ(anchor.totals(), chain.side.tip()->totals().SerializeAsString());
    EXPECT_EQ(kAnchors.find(chain.main, {chain.side.chain(), anchor.height()})->SerializeAsString(),
              anchor.SerializeAsString());
}

TEST(Anchor, IsNewerThanTheLast) {
    TestChain chain;
    const auto old = anchor_of(chain.side);
    chain.side.block({});
    chain.main.must(chain.main_anyone, anchor_of(chain.side));
    EXPECT_TRUE(
        refused(chain.main.attempt(chain.main_anyone, anchor_of(chain.side)), Code::anchor_not_newer));
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_anyone, old), Code::anchor_not_newer));
}

TEST(Anchor, IsRefusedWithoutTheQuorumAndFromAStranger) {
    TestChain chain;
    auto forged = anchor_of(chain.side);
    forged.set_certificate(chain.side.certified_by({0, 1, 2}).certificate);
    EXPECT_TRUE(refused(chain.main.attempt(chain.main_anyone, forged), Code::bad_certificate));
    EXPECT_TRUE(
        refused(chain.main.attempt(chain.main_anyone, anchor_of(chain.main)), Code::bridge_unknown_source));
}

}  // namespace
}  // namespace pcq::contracts::testing
