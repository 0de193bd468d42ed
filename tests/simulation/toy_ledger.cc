#include "src/crypto/hash.h"
#include "src/ledger/block.h"
#include "tests/simulation/ledger.h"

namespace pcq::simulation {
namespace {

class ToyLedger final : public Ledger {
public:
    ToyLedger(ChainId chain, std::vector<crypto::PublicKey> validators)
        : chain_(chain), validators_(std::move(validators)) {
        header_.set_time_ms(static_cast<std::uint64_t>(kGenesisTime.ms));
        header_.set_state_root(Hash().bytes());
        tip_ = header_.SerializeAsString();
    }

    const Bytes& tip() const override { return tip_; }

    consensus::Proposal build(const BlockRequest& request) const override {
        consensus::Proposal proposal;
        for (std::uint64_t i = 0; i < request.random % 4; ++i) {
            proposal.transactions.push_back(
                crypto::sha256({std::to_string(request.random), std::to_string(i)}));
        }
        proto::Header header;
        header.set_version(1);
        header.set_height(header_.height() + 1);
        header.set_view(request.view);
        header.set_time_ms(std::max(static_cast<std::uint64_t>(request.now.ms), header_.time_ms() + 1));
        header.set_previous_hash(consensus::block_hash(chain_, tip_).bytes());
        header.set_proposer(validators_[request.proposer].encoded());
        header.set_transaction_count(static_cast<std::uint32_t>(proposal.transactions.size()));
        header.set_transactions_root(ledger::transactions_root(proposal.transactions).bytes());
        header.set_state_root(state_after(proposal).bytes());
        proposal.header = header.SerializeAsString();
        return proposal;
    }

    bool accepts(const consensus::Proposal& proposal) const override {
        proto::Header header;
        return header.ParseFromString(proposal.header) && header.height() == header_.height() + 1 &&
               header.previous_hash() == consensus::block_hash(chain_, tip_).view() &&
               header.state_root() == state_after(proposal).view();
    }

    std::unique_ptr<Ledger> copy() const override { return std::make_unique<ToyLedger>(*this); }

    void apply(const consensus::Proposal& proposal) override {
        state_ = state_after(proposal);
        header_.ParseFromString(proposal.header);
        tip_ = proposal.header;
    }

    Hash state_root() const override { return state_; }

private:
    Hash state_after(const consensus::Proposal& proposal) const {
        Bytes data = state_.bytes();
        for (const auto& hash : proposal.transactions) data.append(hash.view());
        return crypto::sha256({data});
    }

    ChainId chain_;
    std::vector<crypto::PublicKey> validators_;
    proto::Header header_;
    Bytes tip_;
    Hash state_;
};

}  // namespace

LedgerSetup toy_ledger(const std::vector<crypto::PublicKey>& validators) {
    const ChainId chain = *ChainId::from(crypto::sha256({"simulation"}).view());
    return {chain, [chain, validators] { return std::make_unique<ToyLedger>(chain, validators); }};
}

}  // namespace pcq::simulation
