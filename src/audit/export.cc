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
    Result<> catch_up(const std::filesystem::path& folder, std::uint64_t last_wanted,
                      const Progress& progress) {
        auto chain = GrowingChain::open(folder, genesis_);
        if (!chain) return chain.error();
        auto position = sink_.position(genesis_);
        if (!position) return position.error();
        position_ = *std::move(position);
        had_ = position_ ? position_->height + 1 : 0;
        next_ = had_;
        if (position_ && position_->height <= chain->height()) {
            const auto own = chain->store->header(position_->height);
            if (!own) return own.error();
            if (!*own || (*own)->hash() != position_->hash) return another("that of the folder");
        } else if (position_ && position_->height > last_wanted) {
            return Error{Code::answer_stale,
                         "the tables end with block " + std::to_string(position_->height) +
                             ", the source with block " + std::to_string(last_wanted) +
                             ": nothing shows whether they are of one history; take a source that has more"};
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
        if (position_ && block.height == position_->height && block.header->hash() != position_->hash)
            return another("that of the source");
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
    Error another(const std::string& than) const {
        return Error{Code::bad_header, "block " + std::to_string(position_->height) +
                                           " of the tables is another one than " + than +
                                           ": there are two histories; find out which is the chain's, and "
                                           "export it to new tables"};
    }
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
    std::optional<Position> position_;  // where the sink ended
    std::uint64_t had_ = 0;
    std::uint64_t next_ = 0;
    std::uint64_t came_ = 0;
};

}  // namespace

Result<ExportReport> export_rows(const ReplaySource& source, const VerifyOptions& options, Sink& sink,
                                 const Progress& progress) {
    Export exporting(source, sink);
    const auto folder = options.folder / source.genesis.fields.name() / "store";
    const std::uint64_t last = options.to_height.value_or(source.last_height);
    if (auto done = exporting.catch_up(folder, last, progress); !done) return done.error();
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
