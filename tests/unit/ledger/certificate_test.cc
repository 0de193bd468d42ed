// What convinces somebody who was not there: certificates of every size of validator set, and each way in
// which one falls short.
#include "src/ledger/certificate.h"

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>

#include "src/crypto/hash.h"
#include "tests/unit/ledger/fixture.h"

namespace pcq::ledger {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kHeight = 7;
constexpr std::uint32_t kView = 3;

// `count` validators and a header of theirs, whose state holds a few records.
class Network {
public:
    explicit Network(std::uint32_t count, const ChainId& chain = kChain) : chain_(chain) {
        for (std::uint32_t i = 0; i < count; ++i) keys_.push_back(signing_key(static_cast<int>(i) + 1));
        std::sort(keys_.begin(), keys_.end(),
                  [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
        proto::ValidatorSet fields;
        for (const auto& key : keys_) {
            auto& validator = *fields.add_validators();
            fill(*validator.mutable_public_key(), key.public_key());
            validator.set_name("validator");
        }
        set_ = *ValidatorSet::from(fields);
        const MapPages none;
        auto update = update_tree(none, TreeRoot(), kHeight, {{"here", "value"}, {"there", "another"}});
        root_ = update.root;
        pages_.add(kHeight, update);
    }

    Header header(const std::function<void(proto::Header&)>& change = [](auto&) {}) const {
        proto::Header fields;
        fields.set_version(1);
        fields.set_chain_id(chain_.bytes());
        fields.set_height(kHeight);
        fields.set_view(kView);
        fields.set_previous_hash(Bytes(32, 'p'));
        fields.set_transactions_root(Hash().bytes());
        fields.set_receipts_root(Hash().bytes());
        fields.set_state_root(root_.hash.bytes());
        fields.set_validators_hash(set_->hash(chain_).bytes());
        fields.set_next_validators_hash(set_->hash(chain_).bytes());
        change(fields);
        return Header::encode(fields);
    }
    Bytes sign(std::uint32_t validator, const Hash& digest) const { return keys_.at(validator).sign(digest); }
    Hash digest(const Header& header) const {
        return vote_digest(chain_, proto::VOTE_KIND_COMMIT, header->height(), kView, header.hash());
    }
    proto::CommitCertificate certificate(const Header& header,
                                         const std::vector<std::uint32_t>& signers) const {
        proto::CommitCertificate certificate;
        certificate.set_height(header->height());
        certificate.set_view(kView);
        certificate.set_block_hash(header.hash().bytes());
        for (const std::uint32_t signer : signers) add(certificate, signer, sign(signer, digest(header)));
        return certificate;
    }
    // By the first so many validators.
    proto::CommitCertificate certificate(const Header& header, std::uint32_t count) const {
        std::vector<std::uint32_t> signers;
        for (std::uint32_t i = 0; i < count; ++i) signers.push_back(i);
        return certificate(header, signers);
    }
    static void add(proto::CommitCertificate& certificate, std::uint32_t validator, const Bytes& signature) {
        auto& entry = *certificate.add_signatures();
        entry.set_validator(validator);
        entry.set_signature(signature);
    }
    const ValidatorSet& set() const { return *set_; }
    StateProof proof(BytesView key) const { return prove(pages_, root_, key); }

private:
    ChainId chain_;
    std::vector<crypto::SigningKey> keys_;
    std::optional<ValidatorSet> set_;
    MapPages pages_;
    TreeRoot root_;
};

Error refusal(const Network& network, const Header& header, const proto::CommitCertificate& certificate) {
    const auto verified = verify_certificate(header, certificate, network.set());
    return verified ? Error{Code::ok, "accepted"} : verified.error();
}

void expect_refused(const Network& network, const Header& header, const proto::CommitCertificate& certificate,
                    const char* says) {
    const Error error = refusal(network, header, certificate);
    EXPECT_EQ(error.code, Code::bad_certificate) << says;
    EXPECT_THAT(error.message, HasSubstr(says));
}

TEST(Certificate, NeedsAQuorumOfEverySizeOfSet) {
    const std::map<std::uint32_t, std::uint32_t> quorums{{4, 3}, {5, 4}, {6, 4}, {7, 5},
                                                         {8, 6}, {9, 6}, {10, 7}};
    for (const auto& [count, quorum] : quorums) {
        const Network network(count);
        const Header header = network.header();
        EXPECT_EQ(refusal(network, header, network.certificate(header, quorum)).code, Code::ok) << count;
        EXPECT_EQ(refusal(network, header, network.certificate(header, count)).code, Code::ok) << count;
        expect_refused(network, header, network.certificate(header, quorum - 1),
                       ("a quorum of " + std::to_string(count) + " is " + std::to_string(quorum)).c_str());
        expect_refused(network, header, network.certificate(header, 0u), "0 signatures");
    }
}

TEST(Certificate, MayBeOfAnyQuorum) {
    const Network network(4);
    const Header header = network.header();
    for (std::uint32_t without = 0; without < 4; ++without) {
        std::vector<std::uint32_t> signers;
        for (std::uint32_t i = 0; i < 4; ++i) {
            if (i != without) signers.push_back(i);
        }
        EXPECT_EQ(refusal(network, header, network.certificate(header, signers)).code, Code::ok);
    }
}

TEST(Certificate, CountsEachValidatorOnceInOrder) {
    const Network network(4);
    const Header header = network.header();
    for (const std::vector<std::uint32_t>& signers :
         {std::vector<std::uint32_t>{0, 1, 1}, {0, 0, 0}, {2, 1, 0}, {0, 2, 1}, {1, 2, 2, 3}}) {
        expect_refused(network, header, network.certificate(header, signers), "repeated or out of order");
    }
    auto stranger = network.certificate(header, 2u);
    Network::add(stranger, 4, network.sign(3, network.digest(header)));
    expect_refused(network, header, stranger, "validator 4 is unknown");
    auto far = network.certificate(header, 2u);
    Network::add(far, UINT32_MAX, network.sign(3, network.digest(header)));
    expect_refused(network, header, far, "is unknown");
    auto five = network.certificate(header, 4u);
    Network::add(five, 4, network.sign(3, network.digest(header)));
    expect_refused(network, header, five, "5 signatures");
}

TEST(Certificate, IsForItsHeaderAlone) {
    const Network network(4);
    const Header header = network.header();
    const Header other = network.header([](auto& fields) { fields.set_time_ms(1); });
    auto certificate = network.certificate(header, 3u);
    expect_refused(network, other, certificate, "it is for block");
    certificate.set_block_hash(other.hash().bytes());
    expect_refused(network, other, certificate, "does not hold");
    certificate.set_block_hash(header.hash().bytes().substr(0, 31));
    expect_refused(network, header, certificate, "it is for block");

    certificate = network.certificate(header, 3u);
    certificate.set_height(kHeight + 1);
    expect_refused(network, header, certificate, "it is for height 8");
}

TEST(Certificate, IsForTheViewInWhichItWasSigned) {
    const Network network(4);
    const Header header = network.header();
    auto certificate = network.certificate(header, 3u);
    for (const std::uint32_t view : {0u, kView - 1, kView + 1, UINT32_MAX}) {
        certificate.set_view(view);
        expect_refused(network, header, certificate, "does not hold");
    }
    // A later view may decide the header of an earlier one.
    const Header early = network.header([](auto& fields) { fields.set_view(0); });
    EXPECT_EQ(refusal(network, early, network.certificate(early, 3u)).code, Code::ok);
}

// Of everything that a validator signs, a commit alone counts.
TEST(Certificate, IsMadeOfCommitsAlone) {
    const Network network(4);
    const Header header = network.header();
    for (const char kind : {'\0', '\1', '\2', '\4', '\5', '\xff'}) {
        auto certificate = network.certificate(header, 2u);
        Network::add(certificate, 2,
                     network.sign(2, vote_digest(kChain, static_cast<std::uint8_t>(kind), kHeight, kView,
                                                 header.hash())));
        expect_refused(network, header, certificate, "does not hold");
    }
}

// Every signature in it holds. One too many that does not is no certificate: its maker puts in what it has
// verified, and two nodes never differ over which ones count.
TEST(Certificate, HoldsNoSignatureThatDoesNot) {
    const Network network(4);
    const Header header = network.header();
    for (std::uint32_t bad = 0; bad < 4; ++bad) {
        auto certificate = network.certificate(header, 4u);
        auto& entry = *certificate.mutable_signatures(static_cast<int>(bad));
        entry.set_signature(network.sign((bad + 1) % 4, network.digest(header)));
        expect_refused(network, header, certificate, "does not hold");
        for (const Bytes& signature : {Bytes(), Bytes(64, '\0'), Bytes(63, 's'), Bytes(1000, 's')}) {
            entry.set_signature(signature);
            expect_refused(network, header, certificate, "does not hold");
        }
    }
}

TEST(Certificate, IsOfTheSetThatSigned) {
    const Network network(4);
    const Network larger(5);
    const Header header = network.header();
    const auto verified = verify_certificate(header, larger.certificate(header, 4u), network.set());
    EXPECT_FALSE(verified);
}

class Following : public testing::Test {
protected:
    Result<Header> follow(const Header& header, const proto::CommitCertificate& certificate) const {
        return client_.verify(header.bytes(), certificate.SerializeAsString());
    }
    const Network network_{4};
    const LightClient client_{kChain, network_.set()};
    const Header header_ = network_.header();
    const proto::CommitCertificate certificate_ = network_.certificate(header_, 3u);
};

TEST_F(Following, AcceptsACertifiedHeader) {
    const auto followed = follow(header_, certificate_);
    ASSERT_TRUE(followed) << followed.error().message;
    EXPECT_EQ(followed->hash(), header_.hash());
    EXPECT_EQ((*followed)->height(), kHeight);
}

TEST_F(Following, RefusesOneBitOfAnything) {
    const Bytes certificate = certificate_.SerializeAsString();
    const auto flipped = [](Bytes bytes, std::size_t bit) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        return bytes;
    };
    for (std::size_t bit = 0; bit < 8 * header_.bytes().size(); ++bit)
        EXPECT_FALSE(client_.verify(flipped(header_.bytes(), bit), certificate)) << "header bit " << bit;
    for (std::size_t bit = 0; bit < 8 * certificate.size(); ++bit)
        EXPECT_FALSE(client_.verify(header_.bytes(), flipped(certificate, bit))) << "certificate bit " << bit;
    for (std::size_t length = 0; length < certificate.size(); ++length)
        EXPECT_FALSE(client_.verify(header_.bytes(), BytesView(certificate).substr(0, length)));
    EXPECT_FALSE(client_.verify(header_.bytes(), certificate + '\0'));
    EXPECT_FALSE(client_.verify(header_.bytes() + '\0', certificate));
    EXPECT_FALSE(client_.verify("", ""));
}

TEST_F(Following, RefusesAnotherChainWithTheSameValidators) {
    const ChainId other = *ChainId::from(Bytes(32, 'o'));
    const Network elsewhere(4, other);
    const Header header = elsewhere.header();
    const auto certificate = elsewhere.certificate(header, 3u);
    EXPECT_TRUE(LightClient(other, elsewhere.set()).verify(header.bytes(), certificate.SerializeAsString()));
    const auto followed = follow(header, certificate);
    ASSERT_FALSE(followed);
    EXPECT_EQ(followed.error().code, Code::bad_header);

    // The same header under the other's name: nobody has signed it for this chain.
    proto::Header fields = *header;
    fields.set_chain_id(kChain.bytes());
    fields.set_validators_hash(network_.set().hash(kChain).bytes());
    const Header moved = Header::encode(fields);
    auto forged = certificate;
    forged.set_block_hash(moved.hash().bytes());
    EXPECT_EQ(follow(moved, forged).error().code, Code::bad_certificate);
}

TEST_F(Following, RefusesAHeaderOfAnotherSetThanItKnows) {
    const Network larger(5);
    const Header header = larger.header();
    const auto followed = follow(header, larger.certificate(header, 4u));
    ASSERT_FALSE(followed);
    EXPECT_EQ(followed.error().code, Code::validators_unknown);
    EXPECT_THAT(followed.error().message, HasSubstr("another validator set"));
    // Nor one that only claims the known set.
    const Header claimed =
        larger.header([&](auto& fields) { fields.set_validators_hash(network_.set().hash(kChain).bytes()); });
    EXPECT_EQ(follow(claimed, larger.certificate(claimed, 4u)).error().code, Code::bad_certificate);
}

// From four validators to five, at the height after kHeight.
class Succession : public testing::Test {
protected:
    static void at(proto::Header& fields, std::uint64_t height, const Network& next) {
        fields.set_height(height);
        fields.set_next_validators_hash(next.set().hash(kChain).bytes());
    }
    Code verify(const Network& by, std::uint64_t height, std::uint32_t signers) const {
        const Header header = by.header([&](auto& fields) { at(fields, height, by); });
        const auto verified =
            client_.verify(header.bytes(), by.certificate(header, signers).SerializeAsString());
        return verified ? Code::ok : verified.error().code;
    }
    Code follow(const Header& header, std::uint32_t signers, const proto::ValidatorSet& next) {
        const auto followed =
            client_.follow(header.bytes(), old_.certificate(header, signers).SerializeAsString(), next);
        return followed ? Code::ok : followed.error().code;
    }
    const Network old_{4};
    const Network next_{5};
    LightClient client_{kChain, old_.set()};
    const Header last_ = old_.header([this](auto& fields) { at(fields, kHeight, next_); });
};

TEST_F(Succession, IsFollowedByTheHeaderThatNamesTheNextSet) {
    EXPECT_EQ(verify(next_, kHeight + 1, 4u), Code::validators_unknown) << "not followed yet";
    ASSERT_EQ(follow(last_, 3u, next_.set().fields()), Code::ok);
    EXPECT_EQ(client_.from_height(), kHeight + 1);
    EXPECT_EQ(client_.validators().size(), 5u);
    EXPECT_EQ(verify(next_, kHeight + 1, 4u), Code::ok);
    EXPECT_EQ(verify(old_, kHeight, 3u), Code::ok) << "what the old set certified still holds";
}

TEST_F(Succession, LeavesTheOldSetNothingToSayOfLaterHeights) {
    ASSERT_EQ(follow(last_, 3u, next_.set().fields()), Code::ok);
    EXPECT_EQ(verify(old_, kHeight + 1, 3u), Code::validators_unknown);
    EXPECT_EQ(verify(next_, kHeight, 4u), Code::bad_header) << "nor the new one of earlier heights";
    EXPECT_EQ(follow(last_, 3u, next_.set().fields()), Code::bad_header) << "it has been followed";
}

TEST_F(Succession, IsNotFollowedToASetThatTheHeaderDoesNotName) {
    EXPECT_EQ(follow(last_, 3u, Network(6).set().fields()), Code::bad_header);
    EXPECT_EQ(follow(last_, 2u, next_.set().fields()), Code::bad_certificate);
    const Header same = old_.header();
    EXPECT_EQ(follow(same, 3u, old_.set().fields()), Code::bad_header) << "nothing changes there";
    EXPECT_EQ(follow(last_, 3u, proto::ValidatorSet()), Code::bad_encoding);
    EXPECT_EQ(client_.validators().size(), 4u);
}

TEST_F(Succession, KnowsNothingBeforeTheFirstSet) {
    client_ = LightClient(kChain, old_.set(), kHeight);
    EXPECT_EQ(verify(old_, kHeight - 1, 3u), Code::validators_unknown);
    EXPECT_EQ(verify(old_, kHeight, 3u), Code::ok);
}

TEST_F(Following, ShowsRecordsOfTheHeadersState) {
    const auto code = [&](BytesView key, std::optional<BytesView> value, const Bytes& proof) {
        const auto verified = LightClient::verify_record(header_, key, value, proof);
        return verified ? Code::ok : verified.error().code;
    };
    EXPECT_EQ(code("here", "value", network_.proof("here").encode()), Code::ok);
    EXPECT_EQ(code("nowhere", std::nullopt, network_.proof("nowhere").encode()), Code::ok);
    EXPECT_EQ(code("here", "another", network_.proof("here").encode()), Code::bad_proof);
    EXPECT_EQ(code("here", std::nullopt, network_.proof("here").encode()), Code::bad_proof);
    EXPECT_EQ(code("here", "value", network_.proof("there").encode()), Code::bad_proof);
    EXPECT_EQ(code("nowhere", "", network_.proof("nowhere").encode()), Code::bad_proof);
    EXPECT_EQ(code("here", "value", "no proof"), Code::bad_proof);
    const Header elsewhere = network_.header([](auto& fields) { fields.set_state_root(Hash().bytes()); });
    EXPECT_FALSE(LightClient::verify_record(elsewhere, "here", "value", network_.proof("here").encode()));
}

}  // namespace
}  // namespace pcq::ledger
