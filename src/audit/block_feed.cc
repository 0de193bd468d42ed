#include "src/audit/block_feed.h"

#include "src/base/hex.h"
#include "src/ledger/canonical.h"

namespace pcq::audit {
namespace {

constexpr std::size_t kBlocksAhead = 4;  // for each thread

Divergence fault_of(std::uint64_t height, std::string what, const Error& error) {
    Divergence fault;
    fault.code = error.code;
    fault.height = height;
    fault.what = std::move(what);
    fault.reason = error.message;
    return fault;
}

std::optional<Divergence> check_transactions(const proto::Block& block, const ChainId& chain,
                                             CheckedBlock& checked) {
    const auto fault = [&checked](int at, std::string what, const Error& error) {
        auto found = fault_of(checked.height, std::move(what), error);
        found.transaction = static_cast<std::uint32_t>(at);
        found.transaction_hash = checked.hashes.back();
        return found;
    };
    for (int at = 0; at < block.transactions_size(); ++at) {
        const Bytes& bytes = block.transactions(at);
        checked.hashes.push_back(ledger::transaction_hash(chain, bytes));
        auto decoded = ledger::DecodedTransaction::from(bytes, chain);
        if (!decoded) return fault(at, "encoding", decoded.error());
        checked.signatures += decoded->signatures().size();
        auto verified = ledger::verify_signatures(*std::move(decoded));
        if (!verified) return fault(at, "signature", verified.error());
        checked.transactions.push_back(*std::move(verified));
    }
    return std::nullopt;
}

// In the order in which a reader would look: header, certificate, transactions.
CheckedBlock check(std::uint64_t height, proto::CertifiedBlock certified, const ChainId& chain,
                   const ledger::ValidatorSet& validators) {
    CheckedBlock checked;
    checked.height = height;
    checked.certified = std::move(certified);
    proto::Block block;
    if (checked.certified.block().size() > ledger::kBlockBytesMax + ledger::kHeaderBytesMax ||
        !ledger::decode_canonical(checked.certified.block(), block)) {
        checked.fault =
            fault_of(height, "encoding",
                     Error{Code::bad_encoding, "the block is too long or no canonical pcq.v1.Block"});
        return checked;
    }
    auto header = ledger::Header::from(block.header(), chain);
    if (!header) {
        checked.fault = fault_of(height, "header", header.error());
        return checked;
    }
    checked.header = *std::move(header);
    const Hash set = validators.hash(chain);
    if (ledger::LightClient(chain, validators).verify(block.header(), checked.certified.certificate()))
        checked.certified_by = set;
    // What was not certified is for whoever knows the validators of this height to judge.
    if (auto fault = check_transactions(block, chain, checked)) checked.fault = std::move(fault);
    return checked;
}

}  // namespace

std::string to_text(const Divergence& divergence) {
    std::string text = "block " + std::to_string(divergence.height);
    if (divergence.transaction) text += ", transaction " + std::to_string(*divergence.transaction);
    if (divergence.transaction_hash) text += " (" + to_hex(*divergence.transaction_hash) + ")";
    text += ", " + divergence.what;
    if (!divergence.record.empty()) text += " " + divergence.record;
    if (!divergence.expected.empty() || !divergence.found.empty())
        text += ": expected " + divergence.expected + ", found " + divergence.found;
    if (!divergence.reason.empty()) text += ": " + divergence.reason;
    return text;
}

BlockFeed::BlockFeed(const ReplaySource& source, std::uint64_t first, std::uint64_t last,
                     const ledger::ValidatorSet& validators, unsigned threads)
    : source_(source), validators_(validators), window_(kBlocksAhead * threads) {
    threads_.emplace_back([this, first, last] { read(first, last); });
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

BlockFeed::~BlockFeed() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
}

// False when nobody wants blocks any more.
bool BlockFeed::offer(Task task) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || order_.size() < window_; });
    if (stopping_) return false;
    order_.push_back(task.get_future());
    tasks_.push_back(std::move(task));
    changed_.notify_all();
    return true;
}

void BlockFeed::read(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t height = first; height <= last; ++height) {
        auto block = source_.block(height);
        const bool is_there = block.has_value();
        Task task([this, height, block = std::move(block)]() mutable -> Result<CheckedBlock> {
            if (!block) return block.error();
            return check(height, *std::move(block), source_.genesis.chain, validators_);
        });
        if (!offer(std::move(task)) || !is_there) break;
    }
    const std::lock_guard lock(mutex_);
    read_all_ = true;
    changed_.notify_all();
}

void BlockFeed::work() {
    while (true) {
        Task task;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || read_all_ || !tasks_.empty(); });
            if (stopping_ || tasks_.empty()) return;
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        task();
    }
}

Result<std::optional<CheckedBlock>> BlockFeed::next() {
    std::future<Result<CheckedBlock>> first;
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return read_all_ || !order_.empty(); });
        if (order_.empty()) return std::optional<CheckedBlock>();
        first = std::move(order_.front());
        order_.pop_front();
        changed_.notify_all();
    }
    auto checked = first.get();
    if (!checked) return checked.error();
    return std::optional(*std::move(checked));
}

}  // namespace pcq::audit
