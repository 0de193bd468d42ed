#include "src/audit/verifier/chain.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "src/audit/verifier/signatures.h"
#include "src/audit/verifier/trees.h"
#include "src/base/hex.h"
#include "src/base/wide.h"

namespace pcq::verifier {
namespace {

// Of one height: of so many every combination is tried, of so many every two.
constexpr std::size_t kCombinedMax = 16;
constexpr std::size_t kPairedMax = 512;
constexpr char kCommit = 3;  // pcq.v1.VoteKind

Error bad(Code code, const std::string& what) {
    return Error{code, what};
}

Error unproven(std::uint64_t first, const std::string& what) {
    if (first == 1) return bad(Code::bad_header, what);
    return bad(Code::not_found, what + ": give the archive from block 1 on");
}

int faults(int n) {
    return (n - 1) / 3;
}

Result<> check_set(const proto::ValidatorSet& set) {
    if (set.validators_size() < 4 || set.validators_size() > 100)
        return bad(Code::bad_encoding, "a set of validators has 4 to 100 members");
    const std::string* last = nullptr;
    for (const auto& member : set.validators()) {
        const auto& key = member.public_key();
        if (key.type() != kEd25519 || !is_key(kEd25519, key.data()))
            return bad(Code::bad_encoding, "the key of validator \"" + member.name() + "\" is none");
        if (last != nullptr && *last >= key.data())
            return bad(Code::bad_encoding, "validators are not in ascending order of their keys");
        last = &key.data();
    }
    return {};
}

using Entries = std::vector<proto::Validator>;

Entries::iterator find(Entries& entries, const Bytes& key) {
    return std::find_if(entries.begin(), entries.end(),
                        [&key](const auto& entry) { return entry.public_key().data() == key; });
}

// Nothing if it cannot be done.
std::optional<Entries> changed(Entries entries, const proto::ValidatorChange& change) {
    for (const auto& removed : change.remove()) {
        const auto at = find(entries, removed.data());
        if (at == entries.end()) return std::nullopt;
        entries.erase(at);
    }
    for (const auto& added : change.add()) {
        if (find(entries, added.public_key().data()) != entries.end()) return std::nullopt;
        proto::Validator entry;
        *entry.mutable_public_key() = added.public_key();
        entry.set_name(added.name());
        entries.push_back(entry);
    }
    return entries;
}

proto::ValidatorSet sorted(Entries entries) {
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.public_key().data() < b.public_key().data(); });
    proto::ValidatorSet set;
    for (const auto& entry : entries) *set.add_validators() = entry;
    return set;
}

int strangers(const proto::ValidatorSet& in, const proto::ValidatorSet& to) {
    Entries known(to.validators().begin(), to.validators().end());
    return static_cast<int>(std::count_if(
        in.validators().begin(), in.validators().end(),
        [&known](const auto& member) { return find(known, member.public_key().data()) == known.end(); }));
}

// Places of so many proposals at most, in their order: the first of each proposer, then the second ones.
template <class Proposals>
std::vector<std::size_t> first_of_each(const Proposals& proposals, std::size_t most) {
    std::map<Bytes, std::size_t> before;
    std::vector<std::pair<std::size_t, std::size_t>> ranked;
    for (const auto& proposal : proposals) ranked.emplace_back(before[proposal.by]++, ranked.size());
    std::sort(ranked.begin(), ranked.end());
    std::vector<std::size_t> places;
    for (const auto& [rank, place] : ranked) {
        if (places.size() < most) places.push_back(place);
    }
    std::sort(places.begin(), places.end());
    return places;
}

}  // namespace

Result<Chain> Chain::from(const Bytes& document) {
    Chain chain;
    if (!google::protobuf::util::JsonStringToMessage(document, &chain.genesis_).ok())
        return bad(Code::bad_encoding, "it is no genesis document");
    if (auto good = check_set(chain.genesis_.validators()); !good) return good.error();
    chain.id_ = *ChainId::from(tagged("genesis", Hash().view(), document).view());
    chain.sets_[0] = chain.genesis_.validators();
    return chain;
}

std::optional<Hash> Chain::hash_at(std::uint64_t height) const {
    if (height < first_height_ || height - first_height_ >= hashes_.size()) return std::nullopt;
    return hashes_[height - first_height_];
}

Hash Chain::hash_of(BytesView header) const {
    return tagged("header", id_.view(), header);
}

Hash Chain::hash_of(const proto::ValidatorSet& set) const {
    return tagged("validators", id_.view(), set.SerializeAsString());
}

const proto::ValidatorSet* Chain::set_at(std::uint64_t height) const {
    return &std::prev(sets_.upper_bound(height))->second;
}

Result<proto::Header> Chain::certified(const Bytes& bytes, const Bytes& certificate_bytes,
                                       std::uint64_t first) const {
    proto::Header header;
    if (bytes.size() > 8192 || !is_canonical(bytes, header) || header.version() != 1)
        return bad(Code::bad_header, "the header is no canonical pcq.v1.Header of version 1");
    if (header.chain_id() != id_.view())
        return bad(Code::bad_header, "the header is of chain " + to_hex(header.chain_id()));
    for (const Bytes* hash :
         {&header.previous_hash(), &header.transactions_root(), &header.receipts_root(), &header.state_root(),
          &header.validators_hash(), &header.next_validators_hash()}) {
        if (hash->size() != Hash::kSize) return bad(Code::bad_header, "a hash in the header has no 32 bytes");
    }
    const proto::ValidatorSet& set = *set_at(header.height());
    if (header.validators_hash() != hash_of(set).view())
        return unproven(first, "the header is certified by validators that nobody has proven");
    proto::CommitCertificate certificate;
    if (!is_canonical(certificate_bytes, certificate))
        return bad(Code::bad_certificate, "the certificate is no canonical pcq.v1.CommitCertificate");
    const Hash hash = hash_of(bytes);
    const int n = set.validators_size();
    const int quorum = (n + faults(n)) / 2 + 1;
    if (certificate.height() != header.height() || certificate.block_hash() != hash.view())
        return bad(Code::bad_certificate, "the certificate is of another block");
    if (certificate.signatures_size() < quorum || certificate.signatures_size() > n)
        return bad(Code::bad_certificate, std::to_string(certificate.signatures_size()) +
                                              " signatures are no quorum, which is " +
                                              std::to_string(quorum));
    Bytes vote(1, kCommit);
    append_u64(vote, header.height());
    append_u32(vote, certificate.view());
    vote += hash.view();
    const Hash digest = tagged("consensus", id_.view(), vote);
    std::int64_t last = -1;
    for (const auto& entry : certificate.signatures()) {
        if (entry.validator() >= static_cast<std::uint32_t>(n) || entry.validator() <= last)
            return bad(Code::bad_certificate, "signers are unknown, repeated or out of order");
        last = entry.validator();
        const auto& member = set.validators(static_cast<int>(entry.validator()));
        if (!is_signature(kEd25519, member.public_key().data(), digest, entry.signature()))
            return bad(Code::bad_certificate, "the signature of \"" + member.name() + "\" does not hold");
    }
    return header;
}

Result<> Chain::add(const proto::CertifiedBlock& certified_block) {
    proto::Block block;
    if (!is_canonical(certified_block.block(), block))
        return bad(Code::bad_encoding, "the block is no canonical pcq.v1.Block");
    const bool is_first = hashes_.empty();
    proto::Header said;
    if (is_first && said.ParseFromString(block.header())) first_height_ = said.height();
    auto header = certified(block.header(), certified_block.certificate(), first_height_);
    if (!header) return header.error();
    if (!is_first && header->height() != height() + 1)
        return bad(Code::bad_header, "the height is " + std::to_string(header->height()) + ", expected " +
                                         std::to_string(height() + 1));
    if (!is_first && header->previous_hash() != hashes_.back().view())
        return bad(Code::bad_header, "the block does not stand on the one before it");
    if (!is_first && header->time_ms() <= tip_.time_ms())
        return bad(Code::bad_header, "the block is no later than the one before it");
    const auto& members = set_at(header->height())->validators();
    if (std::none_of(members.begin(), members.end(), [&header](const auto& member) {
            return header->proposer() == Bytes(1, '\1') + member.public_key().data();
        }))
        return bad(Code::bad_header, "the proposer is no validator");
    std::vector<Hash> hashes;
    for (const Bytes& bytes : block.transactions()) {
        const std::string where = name() + " " + std::to_string(header->height()) + ", transaction " +
                                  std::to_string(hashes.size());
        if (auto good = check_transaction(bytes, where, header->height()); !good) return good;
        hashes.push_back(tagged("transaction", id_.view(), bytes));
    }
    if (header->transaction_count() != hashes.size() ||
        header->transactions_root() != list_root(hashes).view())
        return bad(Code::bad_header, "the header commits to other transactions than the block has");
    if (auto good = check_totals(*header); !good) return good;
    if (auto good = change_set(*header); !good) return good;
    hashes_.push_back(hash_of(block.header()));
    tip_ = *std::move(header);
    ++counts_.blocks;
    counts_.transactions += hashes.size();
    return {};
}

// Its form, and that every signature is by the key that it names. Whether the keys are the account's needs
// the state.
Result<> Chain::check_transaction(const Bytes& bytes, const std::string& where, std::uint64_t height) {
    proto::Transaction envelope;
    proto::TransactionBody body;
    if (!is_canonical(bytes, envelope) || !is_canonical(envelope.body(), body) ||
        body.account().size() != AccountId::kSize || envelope.signatures_size() == 0)
        return bad(Code::bad_encoding, where + " is no canonical pcq.v1.Transaction");
    if (body.chain_id() != id_.view()) return bad(Code::bad_header, where + " is of another chain");
    const Hash digest = tagged("transaction-body", id_.view(), envelope.body());
    Bytes last;
    for (const auto& entry : envelope.signatures()) {
        const auto& key = entry.public_key();
        const Bytes encoded = Bytes(1, static_cast<char>(key.type())) + key.data();
        if (encoded <= last)
            return bad(Code::bad_encoding, where + ": signatures are not in ascending order of their keys");
        last = encoded;
        if (!is_signature(key.type(), key.data(), digest, entry.signature()))
            return bad(Code::bad_signature, where + ": a signature does not hold");
        ++counts_.signatures;
    }
    note(body, where, height);
    return {};
}

// Whether a block of this height takes proposals of the account: those of its validators' keys have a vote.
bool Chain::may_propose(const Bytes& account, std::uint64_t height) const {
    const auto& members = set_at(height)->validators();
    return std::any_of(members.begin(), members.end(), [&account](const auto& member) {
        return tagged("account", Hash().view(), Bytes(1, kEd25519) + member.public_key().data()).view() ==
               account;
    });
}

void Chain::note(const proto::TransactionBody& body, const std::string& where, std::uint64_t height) {
    const auto& proposed = body.propose_change();
    if (proposed.change().has_validators() && may_propose(body.account(), height))
        proposals_[proposed.activate_height()].push_back({body.account(), proposed.change().validators()});
    const auto carry = [&](const auto& of) { foreign_.push_back({where, of.header(), of.certificate()}); };
    if (body.has_submit_anchor()) carry(body.submit_anchor());
    if (body.has_deliver_messages()) carry(body.deliver_messages());
    if (body.has_update_validators()) carry(body.update_validators());
}

Result<> Chain::check_totals(const proto::Header& header) {
    const proto::Totals& totals = header.totals();
    std::uint32_t last = 0;
    for (const auto& vintage : totals.vintages()) {
        const std::string name = "vintage " + std::to_string(vintage.vintage());
        if (vintage.vintage() <= last) return bad(Code::bad_header, name + " is out of order");
        last = vintage.vintage();
        Int128 sum = 0;
        for (const std::int64_t part : {vintage.held_g(), vintage.inventory_g(), vintage.escrow_g(),
                                        vintage.surrendered_g(), vintage.expired_g(), vintage.exported_g()}) {
            if (part < 0) return bad(Code::conservation_violated, name + " has a negative part");
            sum += part;
        }
        if (sum != vintage.issued_g())
            return bad(Code::conservation_violated,
                       name + ": issued is not held + inventory + escrow + surrendered + expired + exported");
        if (vintage.issued_g() < std::exchange(issued_[last], vintage.issued_g()))
            return bad(Code::conservation_violated, name + ": less is issued than in a block before");
    }
    if (static_cast<Int128>(totals.deposited_uy()) - totals.withdrawn_uy() != totals.cash_held_uy() ||
        totals.cash_held_uy() < 0)
        return bad(Code::conservation_violated, "cash is not what was deposited less withdrawn");
    if (totals.deposited_uy() < tip_.totals().deposited_uy() ||
        totals.withdrawn_uy() < tip_.totals().withdrawn_uy())
        return bad(Code::conservation_violated, "less was ever paid in or out than in the block before");
    return {};
}

// The header names the next set by its hash. Which proposals came into force needs the state, but the hash
// tells: those of the next height are tried, each alone and then together in their order, until what comes
// out is what was certified. Refused ones are among them; no validator hides the others' by many of its own.
Result<> Chain::change_set(const proto::Header& header) {
    const std::uint64_t next = header.height() + 1;
    const auto noted = proposals_.extract(next);
    const Proposals proposals = noted ? noted.mapped() : Proposals();
    const proto::ValidatorSet now = *set_at(header.height());
    if (header.next_validators_hash() == header.validators_hash()) return {};
    if (const auto known = sets_.find(next);
        known != sets_.end() && hash_of(known->second).view() == header.next_validators_hash())
        return {};
    std::optional<proto::ValidatorSet> found;
    const auto attempt = [&](const std::vector<std::size_t>& chosen) {
        std::optional<Entries> entries(Entries(now.validators().begin(), now.validators().end()));
        for (const std::size_t at : chosen) {
            if (entries) entries = changed(*std::move(entries), proposals[at].change);
        }
        if (!entries) return;
        auto set = sorted(*std::move(entries));
        if (hash_of(set).view() == header.next_validators_hash()) found = std::move(set);
    };
    for (std::size_t at = 0; at < proposals.size() && !found; ++at) attempt({at});
    const auto few = first_of_each(proposals, kCombinedMax);
    for (std::uint32_t chosen = 1; chosen < (1U << few.size()) && !found; ++chosen) {
        std::vector<std::size_t> together;
        for (std::size_t at = 0; at < few.size(); ++at) {
            if ((chosen >> at & 1) != 0) together.push_back(few[at]);
        }
        attempt(together);
    }
    const auto many = first_of_each(proposals, kPairedMax);
    for (std::size_t second = 1; second < many.size() && !found; ++second) {
        for (std::size_t first = 0; first < second && !found; ++first) attempt({many[first], many[second]});
    }
    if (!found && proposals.size() > kCombinedMax)
        return bad(Code::not_found, "the next validators are of none and no two of " +
                                        std::to_string(proposals.size()) +
                                        " proposals, too many to try more");
    if (!found)
        return unproven(first_height_, "the next validators are those of no proposal for their height");
    if (auto good = check_set(*found); !good) return good;
    const int replaced = std::max(strangers(*found, now), strangers(now, *found));
    if (replaced > faults(now.validators_size()))
        return bad(Code::bad_header, std::to_string(replaced) + " validators change at one height");
    sets_[next] = *std::move(found);
    ++counts_.validator_changes;
    return {};
}

Result<std::uint64_t> Chain::follow(const Bytes& header_bytes, const Bytes& certificate,
                                    const Bytes& set_bytes) {
    auto header = certified(header_bytes, certificate);
    if (!header) return header.error();
    proto::ValidatorSet set;
    if (!is_canonical(set_bytes, set))
        return bad(Code::bad_encoding, "it is no canonical pcq.v1.ValidatorSet");
    if (auto good = check_set(set); !good) return good.error();
    if (header->next_validators_hash() != hash_of(set).view() ||
        header->next_validators_hash() == header->validators_hash())
        return bad(Code::bad_header, "the header does not name these validators as the next ones");
    sets_[header->height() + 1] = set;
    return header->height();
}

}  // namespace pcq::verifier
