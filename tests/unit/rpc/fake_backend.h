// A node that does as the test says: two chains, blocks that the test adds, submissions that it answers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <ctime>
#include <mutex>

#include "proto/pcq/v1/block.pb.h"

#include "src/crypto/hash.h"
#include "src/ledger/block.h"
#include "src/rpc/backend.h"

namespace pcq::rpc {

class FakeBackend : public Backend {
public:
    using Done = std::function<void(Result<Hash>)>;

    const ChainId main = *ChainId::from(std::string(32, 'm'));
    const ChainId side = *ChainId::from(std::string(32, 's'));

    FakeBackend() {
        add_block(main, {});
        add_block(side, {});
    }

    // What submit() does; admits everything at first.
    std::function<void(const ChainId&, const Bytes&, const Done&)> on_submit =
        [](const ChainId& chain, const Bytes& bytes, const Done& done) {
            done(crypto::tagged_hash("transaction", chain, bytes));
        };
    std::optional<std::string> reason_not_ready;
    std::vector<Metric> figures;
    bool one_chain = false;
    bool stalled = true;
    std::uint64_t first_height = 0;
    std::map<Hash, TransactionFate> fates;
    mutable std::vector<Query> asked;
    Result<Answer> answer = Answer();
    std::clock_t computes = 0;  // for each query, by the processor's clock

    Hash hash_of(const ChainId& chain, const Bytes& transaction) const {
        return crypto::tagged_hash("transaction", chain, transaction);
    }

    void set_fate(const Hash& hash, TransactionFate fate) {
        const std::lock_guard lock(mutex_);
        fates[hash] = std::move(fate);
    }

    // Appends a block of these transactions, all done, and returns what the chain would announce.
    std::shared_ptr<const CommittedBlock> add_block(const ChainId& chain,
                                                    const std::vector<Bytes>& transactions) {
        const std::lock_guard lock(mutex_);
        auto& blocks = blocks_[chain];
        auto committed = std::make_shared<CommittedBlock>();
        committed->chain = chain;
        committed->height = blocks.size();
        Stored stored;
        for (const auto& bytes : transactions) {
            proto::Receipt receipt;
            const Hash hash = hash_of(chain, bytes);
            receipt.set_transaction(hash.bytes());
            receipt.set_text("done");
            committed->transactions.push_back(hash);
            committed->receipts.push_back(receipt.SerializeAsString());
            fates[hash] = {FateKind::committed, committed->height,
                           static_cast<std::uint32_t>(committed->transactions.size() - 1),
                           committed->receipts.back()};
        }
        stored.body = {transactions, committed->receipts};
        proto::Header header;
        header.set_version(1);
        header.set_chain_id(chain.bytes());
        header.set_height(blocks.size());
        header.set_time_ms(1'000 * (blocks.size() + 1));
        header.mutable_totals()->set_deposited_uy(9'007'199'254'740'993);
        header.set_transactions_root(ledger::transactions_root(committed->transactions).bytes());
        header.set_receipts_root(ledger::receipts_root(chain, committed->receipts).bytes());
        stored.header.header = header.SerializeAsString();
        if (!blocks.empty()) {
            proto::CommitCertificate certificate;
            certificate.set_height(blocks.size());
            stored.header.certificate = certificate.SerializeAsString();
        }
        blocks.push_back(std::move(stored));
        return committed;
    }

    std::vector<ChainInfo> chains() const override {
        std::vector<ChainInfo> list{{main, "main", proto::CHAIN_KIND_MAIN},
                                    {side, "london", proto::CHAIN_KIND_SIDE}};
        if (one_chain) list.pop_back();
        return list;
    }
    Bytes genesis(const ChainId&) const override { return "{\"format\": 1}\n"; }
    ChainStatus status(const ChainId& chain) const override {
        const std::lock_guard lock(mutex_);
        ChainStatus status;
        status.height = blocks_.at(chain).size() - 1;
        status.first_height = first_height;
        status.view = 2;
        status.mempool_transactions = 7;
        status.committed_transactions = 11;
        status.refused[Code::mempool_full] = 3;
        status.failed[Code::cash_insufficient] = 1;
        return status;
    }
    std::optional<std::string> not_ready() const override { return reason_not_ready; }
    EvidencePage evidence(const ChainId&, const Page& page) const override {
        EvidencePage found;
        found.all = 3;
        for (std::uint64_t i = page.first; i < 3 && found.pieces.size() < page.limit; ++i) {
            Evidence piece{"bank", {}};
            piece.record.set_accused(Bytes(33, 'k'));
            piece.record.set_seen_ms(i);
            piece.record.mutable_first()->mutable_prepare()->set_height(7 + i);
            piece.record.mutable_second()->mutable_prepare()->set_height(7 + i);
            piece.record.mutable_second()->mutable_prepare()->set_view(2);
            found.pieces.push_back(piece);
        }
        return found;
    }
    Why why(const ChainId&) const override {
        Why why;
        why.chain = "main";
        why.height = 8;
        why.view = 1;
        why.waits_for = "prepares";
        why.since = Instant{1'700'000'000'000};
        why.stalled = stalled;
        why.text = "height 8, view 1: waits for prepares";
        why.missing = {{"bank", "unreachable", "not connected for 3.0 s"}};
        why.causes = {{"unreachable", "bank: not connected for 3.0 s"}};
        return why;
    }
    std::vector<Metric> metrics() const override { return figures; }

    void submit(const ChainId& chain, ledger::RawTransaction transaction, Done done) override {
        on_submit(chain, transaction, done);
    }
    TransactionFate transaction(const ChainId&, const Hash& hash) const override {
        const std::lock_guard lock(mutex_);
        const auto found = fates.find(hash);
        return found == fates.end() ? TransactionFate() : found->second;
    }
    Result<CertifiedHeader> header(const ChainId& chain, std::uint64_t height) const override {
        const std::lock_guard lock(mutex_);
        if (height >= blocks_.at(chain).size()) return no_block();
        return blocks_.at(chain)[height].header;
    }
    Result<BlockBody> body(const ChainId& chain, std::uint64_t height) const override {
        const std::lock_guard lock(mutex_);
        if (height >= blocks_.at(chain).size()) return no_block();
        return blocks_.at(chain)[height].body;
    }
    std::optional<std::uint64_t> height_of(const ChainId& chain, const Hash& block) const override {
        const std::lock_guard lock(mutex_);
        for (std::uint64_t height = 0; height < blocks_.at(chain).size(); ++height) {
            if (crypto::tagged_hash("header", chain, blocks_.at(chain)[height].header.header) == block)
                return height;
        }
        return std::nullopt;
    }
    // What the test has put there; block 0 has none.
    std::map<std::uint64_t, Result<Activity>> activities;
    mutable std::atomic<std::size_t> activities_read = 0;
    std::function<void(std::uint64_t height)> on_activity = [](std::uint64_t) {};  // before it is given
    Result<Activity> activity(const ChainId&, std::uint64_t height) const override {
        on_activity(height);
        const std::lock_guard lock(mutex_);
        ++activities_read;
        const auto found = activities.find(height);
        return found == activities.end() ? Activity() : found->second;
    }
    Result<Answer> query(const ChainId&, const Query& question, std::optional<std::uint64_t>) const override {
        const std::clock_t until = std::clock() + computes;
        while (std::clock() < until) continue;
        const std::lock_guard lock(mutex_);
        asked.push_back(question);
        return answer;
    }
    Result<ProvenState> prove(const ChainId& chain, const std::vector<Bytes>& keys,
                              std::optional<std::uint64_t> height) const override {
        const auto at = header(chain, height.value_or(status(chain).height));
        if (!at) return at.error();
        ProvenState proven{*at, {}};
        for (const auto& key : keys) {
            proven.records.push_back(
                {key, key == "gone" ? std::nullopt : std::optional<Bytes>("value of " + key), "p"});
        }
        return proven;
    }

private:
    struct Stored {
        CertifiedHeader header;
        BlockBody body;
    };

    static Error no_block() { return {Code::not_found, "there is no such block"}; }

    mutable std::mutex mutex_;
    std::map<ChainId, std::vector<Stored>> blocks_;
};

// Lets a test wait for something that another thread does.
class Signal {
public:
    void set() {
        const std::lock_guard lock(mutex_);
        set_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return set_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool set_ = false;
};

}  // namespace pcq::rpc
