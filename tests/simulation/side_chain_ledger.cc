#include <map>
#include <set>

#include <google/protobuf/util/json_util.h>

#include "contracts/side_chain.h"
#include "src/client/actions.h"
#include "src/client/wallet.h"
#include "src/crypto/hash.h"
#include "tests/simulation/ledger.h"

namespace pcq::simulation {
namespace {

constexpr std::uint64_t kLastHeight = 5'000;
constexpr int kPeople = 6;
constexpr int kTransfers = 12;  // of each person

crypto::SigningKey key_of(const std::string& name) {
    return *crypto::SigningKey::from_secret(crypto::KeyType::ed25519,
                                            crypto::sha256({"simulated", name}).view());
}

void fill(proto::PublicKey& fields, const crypto::PublicKey& key) {
    fields.set_type(static_cast<proto::KeyType>(key.type()));
    fields.set_data(Bytes(key.data()));
}

// What all nodes share: the genesis and every transaction that anybody has signed.
struct SharedChain {
    ledger::Genesis genesis;
    std::vector<ledger::VerifiedTransaction> transactions;
    std::map<Hash, ledger::VerifiedTransaction> by_hash;
};

ledger::Genesis make_genesis_document(const std::vector<crypto::PublicKey>& validators) {
    proto::Genesis fields;
    fields.set_format(1);
    fields.set_name("simulated");
    fields.set_kind(proto::CHAIN_KIND_SIDE);
    fields.set_time_ms(static_cast<std::uint64_t>(kGenesisTime.ms));
    for (std::size_t i = 0; i < validators.size(); ++i) {
        auto& member = *fields.mutable_validators()->add_validators();
        fill(*member.mutable_public_key(), validators[i]);
        member.set_name("v" + std::to_string(i));
    }
    const std::vector<std::pair<const char*, proto::Role>> roles = {{"government", proto::ROLE_GOVERNMENT},
                                                                    {"platform", proto::ROLE_PLATFORM},
                                                                    {"meter", proto::ROLE_METER},
                                                                    {"bank", proto::ROLE_BANK}};
    for (const auto& [name, role] : roles) {
        auto& organisation = *fields.add_organisations();
        organisation.set_name(name);
        organisation.add_roles(role);
        fill(*organisation.add_keys(), key_of(name).public_key());
        organisation.set_threshold(1);
    }
    fields.mutable_parameters()->set_settlement_per_block(100);
    fields.mutable_parameters()->set_anchor_interval(10);
    fields.mutable_parameters()->set_registration_fee_uy(1'000'000);
    fields.set_main_chain_id(crypto::sha256({"main"}).bytes());
    *fields.mutable_main_validators() = fields.validators();
    std::string document;
    PCQ_INVARIANT(google::protobuf::util::MessageToJsonString(fields, &document).ok());
    auto genesis = ledger::Genesis::from(std::move(document));
    PCQ_INVARIANT(genesis.has_value());
    return *std::move(genesis);
}

SharedChain make_shared_chain(const std::vector<crypto::PublicKey>& validators) {
    SharedChain shared{make_genesis_document(validators), {}, {}};
    const ChainId& chain = shared.genesis.chain;
    const auto add = [&shared, &chain](client::Wallet& wallet, const auto& action) {
        const auto bytes = wallet.sign(action, kLastHeight);
        PCQ_INVARIANT(bytes.has_value());
        auto decoded = ledger::DecodedTransaction::from(bytes->bytes, chain);
        PCQ_INVARIANT(decoded.has_value());
        auto verified = ledger::verify_signatures(*std::move(decoded));
        PCQ_INVARIANT(verified.has_value());
        shared.transactions.push_back(*verified);
        shared.by_hash.emplace((*verified)->hash(), *verified);
    };
    client::Wallet platform(chain, key_of("platform"));
    client::Wallet bank(chain, key_of("bank"));
    std::vector<client::Wallet> people;
    for (int i = 0; i < kPeople; ++i) {
        const std::string name = "person " + std::to_string(i);
        proto::RegisterUsers registration;
        *registration.add_users() =
            client::new_user(chain, platform.account(), key_of(name), crypto::sha256({"kyc", name}));
        add(platform, registration);
        people.emplace_back(chain, key_of(name));
        proto::Deposit deposit;
        deposit.set_account(people.back().account().bytes());
        deposit.set_amount_uy(1'000'000);
        deposit.set_reference("deposit " + std::to_string(i));
        add(bank, deposit);
    }
    for (int i = 0; i < kTransfers; ++i) {
        for (std::size_t from = 0; from < people.size(); ++from) {
            proto::TransferCash transfer;
            transfer.set_to(
                people[(from + static_cast<std::size_t>(i) + 1) % people.size()].account().bytes());
            transfer.set_amount_uy(static_cast<std::int64_t>(100'000 + 10'000 * from));
            add(people[from], transfer);
        }
    }
    return shared;
}

class SideChainLedger final : public Ledger, ledger::StateReader, ledger::PageReader {
public:
    explicit SideChainLedger(std::shared_ptr<const SharedChain> shared)
        : shared_(std::move(shared)), tip_(*genesis_block(*shared_)) {}

    const Bytes& tip() const override { return tip_.bytes(); }

    consensus::Proposal build(const BlockRequest& request) const override {
        std::vector<ledger::VerifiedTransaction> candidates;
        for (const auto& transaction : shared_->transactions) {
            if (candidates.size() < request.random % 8 && committed_.count(transaction->hash()) == 0)
                candidates.push_back(transaction);
        }
        const Instant after_parent{static_cast<std::int64_t>(tip_->time_ms()) + 1};
        const ledger::BlockContext block{shared_->genesis.chain, tip_->height() + 1,
                                         std::max(request.now, after_parent)};
        const auto chosen = ledger::execute_valid(contracts_, {*this, *this, root_}, block, candidates);
        PCQ_INVARIANT(chosen.has_value());
        const auto& validators = shared_->genesis.validators;
        consensus::Proposal proposal;
        proposal.header =
            ledger::make_header(block,
                                {tip_, request.view, validators.members()[request.proposer].key, validators},
                                chosen->executed, chosen->transactions.size())
                .bytes();
        for (const auto& transaction : chosen->transactions)
            proposal.transactions.push_back(transaction->hash());
        return proposal;
    }

    bool accepts(const consensus::Proposal& proposal) const override { return run(proposal).has_value(); }

    std::unique_ptr<Ledger> copy() const override { return std::make_unique<SideChainLedger>(*this); }

    void apply(const consensus::Proposal& proposal) override {
        auto executed = run(proposal);
        PCQ_INVARIANT(executed.has_value());
        store(*executed);
        for (const auto& hash : proposal.transactions) committed_.insert(hash);
        tip_ = *ledger::Header::from(proposal.header, shared_->genesis.chain);
    }

    // The tree once more, from nothing but the records.
    Hash state_root() const override {
        class NoPages final : public ledger::PageReader {
        public:
            Bytes page(const ledger::PagePath&, std::uint64_t) const override { return {}; }
        };
        ledger::StateChanges all;
        for (const auto& [key, value] : state_) all.emplace(key, value);
        return ledger::update_tree(NoPages(), {}, 1, all).root.hash;
    }

private:
    std::optional<Bytes> get(BytesView key) const override {
        const auto at = state_.find(key);
        return at == state_.end() ? std::nullopt : std::optional(at->second);
    }
    Bytes page(const ledger::PagePath& path, std::uint64_t version) const override {
        const auto at = pages_.find({path, version});
        PCQ_INVARIANT(at != pages_.end());
        return at->second;
    }

    const ledger::Header* genesis_block(const SharedChain& shared) {
        auto block = ledger::make_genesis(contracts_, shared.genesis);
        PCQ_INVARIANT(block.has_value());
        store(block->executed);
        genesis_ = block->header;
        return &*genesis_;
    }

    // What the block does, if its header says exactly that.
    std::optional<ledger::Executed> run(const consensus::Proposal& proposal) const {
        const auto header = ledger::Header::from(proposal.header, shared_->genesis.chain);
        if (!header) return std::nullopt;
        const auto proposer = crypto::PublicKey::from_encoded((*header)->proposer());
        if (!proposer) return std::nullopt;
        std::vector<ledger::VerifiedTransaction> transactions;
        for (const auto& hash : proposal.transactions) {
            const auto at = shared_->by_hash.find(hash);
            if (at == shared_->by_hash.end()) return std::nullopt;
            transactions.push_back(at->second);
        }
        const ledger::BlockContext block{shared_->genesis.chain, tip_->height() + 1,
                                         Instant{static_cast<std::int64_t>((*header)->time_ms())}};
        auto executed = ledger::execute(contracts_, {*this, *this, root_}, block, transactions);
        if (!executed) return std::nullopt;
        const auto& validators = shared_->genesis.validators;
        const auto own = ledger::make_header(block, {tip_, (*header)->view(), *proposer, validators},
                                             *executed, transactions.size());
        if (own.hash() != header->hash()) return std::nullopt;
        return *std::move(executed);
    }

    void store(const ledger::Executed& executed) {
        for (const auto& [key, value] : executed.changes) {
            if (value) {
                state_[key] = *value;
            } else {
                state_.erase(key);
            }
        }
        for (const auto& [path, bytes] : executed.tree.pages)
            pages_[{path, executed.tree.root.version}] = bytes;
        root_ = executed.tree.root;
    }

    contracts::SideChain contracts_;
    std::shared_ptr<const SharedChain> shared_;
    std::map<Bytes, Bytes, std::less<>> state_;
    std::map<std::pair<ledger::PagePath, std::uint64_t>, Bytes> pages_;
    ledger::TreeRoot root_;
    std::set<Hash> committed_;
    std::optional<ledger::Header> genesis_;
    ledger::Header tip_;
};

}  // namespace

LedgerSetup side_chain_ledger(const std::vector<crypto::PublicKey>& validators) {
    auto shared = std::make_shared<const SharedChain>(make_shared_chain(validators));
    return {shared->genesis.chain, [shared] { return std::make_unique<SideChainLedger>(shared); }};
}

}  // namespace pcq::simulation
