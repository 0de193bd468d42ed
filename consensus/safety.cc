#include "consensus/safety.h"

namespace pcq::consensus {

Safety::Safety(const proto::VoteRecord& record) : height_(record.height()), view_(record.view()) {
    if (record.voted()) voted_ = Hash::from(record.voted_hash());
    if (!record.has_prepared()) return;
    Prepared prepared{record.prepared(), {record.prepared_header(), {}}};
    for (const auto& hash : record.prepared_transactions()) {
        if (const auto id = Hash::from(hash)) prepared.proposal.transactions.push_back(*id);
    }
    prepared_ = std::move(prepared);
}

void Safety::enter_height(std::uint64_t height) {
    PCQ_INVARIANT(height > height_);
    *this = Safety();
    height_ = height;
}

void Safety::prepare(const Hash& block) {
    PCQ_INVARIANT(may_prepare(block));
    voted_ = block;
}

void Safety::hold(Prepared prepared) {
    PCQ_INVARIANT(prepared.certificate.height() == height_);
    if (!prepared_ || prepared.certificate.view() > prepared_->certificate.view())
        prepared_ = std::move(prepared);
}

void Safety::enter_view(std::uint32_t view) {
    PCQ_INVARIANT(view > view_);
    view_ = view;
    voted_.reset();
}

proto::VoteRecord Safety::record() const {
    proto::VoteRecord record;
    record.set_height(height_);
    record.set_view(view_);
    if (voted_) {
        record.set_voted(true);
        record.set_voted_hash(voted_->bytes());
    }
    if (prepared_) {
        *record.mutable_prepared() = prepared_->certificate;
        record.set_prepared_header(prepared_->proposal.header);
        for (const auto& hash : prepared_->proposal.transactions)
            record.add_prepared_transactions(hash.bytes());
    }
    return record;
}

}  // namespace pcq::consensus
