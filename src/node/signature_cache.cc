#include "src/node/signature_cache.h"

#include "src/crypto/hash.h"

namespace pcq::node {

bool SignatureCache::holds(const crypto::PublicKey& key, const Hash& digest, BytesView signature) {
    const Hash one =
        crypto::sha256({key.encoded(), digest.view(), signature});  // each of one length but the last
    if (is_known(one)) return true;
    if (!check_(key, digest, signature)) return false;
    remember(one);
    return true;
}

bool SignatureCache::is_known(const Hash& one) {
    const std::lock_guard lock(mutex_);
    return newer_.count(one) != 0 || older_.count(one) != 0;
}

void SignatureCache::remember(const Hash& one) {
    const std::lock_guard lock(mutex_);
    newer_.insert(one);
    if (2 * newer_.size() < most_) return;
    older_ = std::move(newer_);
    newer_.clear();
}

}  // namespace pcq::node
