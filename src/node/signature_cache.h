// Signatures that have been found good, so that none is checked twice: a vote comes by itself, in each
// certificate that shows it, in each view change that shows the certificate, and in the proposal that shows
// the view change.
//
// What does not hold is checked whenever it comes, and remembered nowhere. The newest are kept, some tens of
// thousands, a few megabytes: a height of a hundred validators has some hundreds in each view. Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <set>

#include "src/base/bytes.h"
#include "src/crypto/key.h"

namespace pcq::node {

class SignatureCache {
public:
    using Check = std::function<bool(const crypto::PublicKey&, const Hash&, BytesView)>;
    static constexpr std::size_t kMost = 32'768;

    explicit SignatureCache(Check check = crypto::verify, std::size_t most = kMost)
        : check_(std::move(check)), most_(most) {}

    bool holds(const crypto::PublicKey& key, const Hash& digest, BytesView signature);

private:
    bool is_known(const Hash& one);
    void remember(const Hash& one);

    const Check check_;
    const std::size_t most_;
    std::mutex mutex_;
    std::set<Hash> newer_;  // half of them; when it is full the older half goes
    std::set<Hash> older_;
};

}  // namespace pcq::node
