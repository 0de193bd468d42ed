// What this replica may sign: small, alone, and the only place that decides it.
//
// Every vote goes through here, and what comes out must be on disk before it is said. A replica prepares at
// most one block in (height, view), takes no part in views below the one it has changed to, and shows its
// highest prepared certificate when it changes.
#pragma once

#include <optional>

#include "consensus/messages.h"

namespace pcq::consensus {

struct Prepared {
    proto::PreparedCertificate certificate;
    Proposal proposal;
};

class Safety {
public:
    Safety() = default;
    // As read back from disk.
    explicit Safety(const proto::VoteRecord& record);

    std::uint64_t height() const { return height_; }
    std::uint32_t view() const { return view_; }
    const std::optional<Prepared>& prepared() const { return prepared_; }
    std::optional<Hash> voted() const { return voted_; }

    // A new height: the block before it is decided and stored.
    void enter_height(std::uint64_t height);
    // False if another block has been voted for in this view; the same again is harmless.
    bool may_prepare(const Hash& block) const { return !voted_ || *voted_ == block; }
    void prepare(const Hash& block);
    // Keeps the certificate if it is higher than the one held.
    void hold(Prepared prepared);
    // Only upwards.
    void enter_view(std::uint32_t view);

    proto::VoteRecord record() const;

private:
    std::uint64_t height_ = 0;
    std::uint32_t view_ = 0;
    std::optional<Hash> voted_;  // in view_
    std::optional<Prepared> prepared_;
};

}  // namespace pcq::consensus
