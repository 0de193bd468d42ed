#include "src/audit/export.h"

#include "contracts/chain.h"
#include "src/base/hex.h"

namespace pcq::audit {
namespace {

class Export {
public:
    Export(const ReplaySource& source, Sink& sink) : genesis_(source.genesis), sink_(sink) {}

    std::uint64_t had() const { return had_; }
    std::uint64_t came() const { return came_; }

    // Rows of what the sink lacks and the folder has.
    Result<> catch_up(const std::filesystem::path& folder, const Progress& progress) {
        auto chain = GrowingChain::open(folder, genesis_);
        if (!chain) return chain.error();
        const auto position = sink_.position(genesis_);
        if (!position) return position.error();
        had_ = *position ? (*position)->height + 1 : 0;
        next_ = had_;
        if (*position && (*position)->height <= chain->height()) {
            const auto own = chain->store->header((*position)->height);
            if (!own) return own.error();
            if (!*own || (*own)->hash() != (*position)->hash)
                return Error{Code::bad_header, "block " + std::to_string((*position)->height) +
                                                   " of the tables is another one than that of the folder"};
        }
        if (next_ == 0) {
            const auto block = ledger::make_genesis(*chain->contracts, genesis_);
            if (!block) return block.error();
            if (auto done = sink_.put(rows_of_genesis(genesis_, *block)); !done) return done;
            ++next_;
            ++came_;
        }
        const std::uint64_t last = chain->height();
        while (next_ <= last) {
            if (auto done = again(*chain, next_); !done) return done;
            if (progress) progress(next_ - 1, last);
        }
        return {};
    }

    // A block that has just been executed.
    Result<> take(const CheckedBlock& block, const ledger::Executed& executed) {
        if (block.height < next_) return {};  // the sink is ahead of the folder
        PCQ_INVARIANT(block.height == next_);
        proto::CommitCertificate certificate;
        certificate.ParseFromString(block.certified.certificate());
        auto done = sink_.put(
            rows_of({genesis_, *block.header, static_cast<std::uint32_t>(certificate.signatures_size()),
                     block.transactions, executed}));
        if (!done) return done;
        ++next_;
        ++came_;
        return {};
    }

private:
    Result<> again(const GrowingChain& chain, std::uint64_t height) {
        const auto bytes = chain.store->block(height);
        if (!bytes) return bytes.error();
        const auto certificate = chain.store->certificate(height);
        if (!certificate) return certificate.error();
        const auto state = chain.store->at(height - 1);
        if (!state) return state.error();
        proto::Block block;
        if (!*bytes || !*certificate || !block.ParseFromString(**bytes))
            return Error{Code::store_damaged,
                         "block " + std::to_string(height) + " of the folder is damaged"};
        CheckedBlock checked;
        checked.height = height;
        checked.certified.set_certificate(**certificate);
        auto header = ledger::Header::from(block.header(), genesis_.chain);
        if (!header) return header.error();
        checked.header = *std::move(header);
        for (const auto& transaction : block.transactions()) {
            auto decoded = ledger::DecodedTransaction::from(transaction, genesis_.chain);
            if (!decoded) return decoded.error();
            auto verified = ledger::verify_signatures(*std::move(decoded));
            if (!verified) return verified.error();
            checked.transactions.push_back(*std::move(verified));
        }
        const auto executed = ledger::execute(
            *chain.contracts, {**state, **state, (*state)->root()},
            {genesis_.chain, height, Instant{static_cast<std::int64_t>((*checked.header)->time_ms())}},
            checked.transactions);
        if (!executed) return executed.error();
        return take(checked, *executed);
    }

    const ledger::Genesis& genesis_;
    Sink& sink_;
    std::uint64_t had_ = 0;
    std::uint64_t next_ = 0;
    std::uint64_t came_ = 0;
};

}  // namespace

Result<ExportReport> export_rows(const ReplaySource& source, const VerifyOptions& options, Sink& sink,
                                 const Progress& progress) {
    Export exporting(source, sink);
    if (auto done = exporting.catch_up(options.folder / source.genesis.fields.name() / "store", progress);
        !done)
        return done.error();
    VerifyOptions how = options;
    how.on_block = [&exporting](const CheckedBlock& block, const ledger::Executed& executed) {
        return exporting.take(block, executed);
    };
    auto verified = verify_chain(source, how, progress);
    // What holds is kept, however it ended.
    if (auto done = sink.flush(); !done) return done.error();
    if (!verified) return verified.error();
    return ExportReport{*std::move(verified), exporting.had(), exporting.came()};
}

}  // namespace pcq::audit
