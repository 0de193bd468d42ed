#include "src/audit/verifier/trees.h"

#include "proto/pcq/v1/block.pb.h"

#include "src/audit/verifier/signatures.h"

namespace pcq::verifier {

namespace proto = v1;
namespace {

constexpr BytesView kLeaf("\0", 1);
constexpr BytesView kInner("\1", 1);

bool bit(BytesView path, int depth) {
    const auto byte = static_cast<unsigned char>(path[static_cast<std::size_t>(depth / 8)]);
    return ((byte >> (7 - depth % 8)) & 1) != 0;
}

}  // namespace

bool is_canonical(BytesView bytes, google::protobuf::Message& message) {
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    message.DiscardUnknownFields();
    return message.SerializeAsString() == bytes;
}

// From the left, subtrees of ascending size on a stack: two of a size become one of twice that size. What is
// left is joined from the right. No recursion, and no second way to cut a list.
Hash list_root(const std::vector<Hash>& hashes) {
    std::vector<Hash> stack;
    std::size_t count = 0;
    for (const Hash& hash : hashes) {
        stack.push_back(sha256({kLeaf, hash.view()}));
        for (std::size_t merged = ++count; merged % 2 == 0; merged /= 2) {
            const Hash right = stack.back();
            stack.pop_back();
            stack.back() = sha256({kInner, stack.back().view(), right.view()});
        }
    }
    while (stack.size() > 1) {
        const Hash right = stack.back();
        stack.pop_back();
        stack.back() = sha256({kInner, stack.back().view(), right.view()});
    }
    return stack.empty() ? Hash() : stack.front();
}

bool is_proven(const Hash& root, BytesView key, const std::optional<Bytes>& value, BytesView encoded) {
    proto::StateProof proof;
    if (!is_canonical(encoded, proof) || proof.siblings_size() > 256) return false;
    for (const auto& sibling : proof.siblings()) {
        if (sibling.size() != Hash::kSize) return false;
    }
    const Hash path = sha256({key});
    const bool shows_other = !proof.other_key_hash().empty() || !proof.other_value_hash().empty();
    Hash hash;  // an empty place is 32 zero bytes
    if (value) {
        if (shows_other) return false;
        hash = sha256({kLeaf, path.view(), sha256({*value}).view()});
    } else if (shows_other) {
        const BytesView other = proof.other_key_hash();
        if (other.size() != Hash::kSize || proof.other_value_hash().size() != Hash::kSize ||
            other == path.view())
            return false;
        for (int depth = 0; depth < proof.siblings_size(); ++depth) {
            if (bit(other, depth) != bit(path.view(), depth)) return false;
        }
        hash = sha256({kLeaf, other, proof.other_value_hash()});
    }
    for (int depth = proof.siblings_size() - 1; depth >= 0; --depth) {
        const BytesView sibling = proof.siblings(depth);
        hash = bit(path.view(), depth) ? sha256({kInner, sibling, hash.view()})
                                       : sha256({kInner, hash.view(), sibling});
    }
    return hash == root;
}

}  // namespace pcq::verifier
