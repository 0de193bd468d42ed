// The consensus step function. Bytes become a story told to one honest replica: proposals, votes, view
// changes and statuses of the others, all properly signed and as contradictory as they like; its timers;
// answers to what it asks for, true ones and others; blocks that come by catching up; crashes before and
// after the disk. After every step it must have kept its word (replica_watch.h).
#include <array>
#include <limits>

#include "consensus/quorum.h"
#include "tests/fuzz/draw.h"
#include "tests/fuzz/replica_watch.h"
#include "tests/fuzz/target.h"

namespace pcq::fuzz {
namespace {

using namespace consensus;

constexpr std::size_t kStepsMax = 200;
constexpr std::array kMarks{"a", "b", "c"};  // blocks of one view

class Story {
public:
    explicit Story(Draw& draw)
        : draw_(draw),
          world_(static_cast<std::uint32_t>(4 + draw.below(4))),
          n_(world_.voters.size()),
          self_(static_cast<std::uint32_t>(draw.below(n_))),
          watch_(world_, self_) {
        restart(/*fresh=*/true);
    }

    void go_on() {
        for (std::size_t i = 0; i < kStepsMax && !draw_.is_used_up(); ++i) one_step();
    }

private:
    void one_step() {
        switch (draw_.below(16)) {
            case 0:
                return wait();
            case 1:
                return step(Work{draw_.below(2) == 0});
            case 2:
                return build();
            case 3:
            case 4:
                return execute();
            case 5:
                return advance();
            case 6:
                return crash();
            case 7:
                return hear_any();
            case 8:
                return hear(world_.status(at()));
            case 9:
                return hear(propose());
            case 10:
            case 11:
                return hear(world_.prepare(at(), world_.hash(block())));
            case 12:
            case 13:
                return hear(world_.commit(at(), world_.hash(block())));
            case 14:
                return everybody();
            default:
                return hear(change(at()));
        }
    }

    // The replica, and what its driver does.
    void step(const Event& event) {
        if (const auto* received = std::get_if<Received>(&event)) watch_.told(*received->message);
        if (const auto* answer = std::get_if<Executed>(&event)) watch_.executed(answer->block, answer->valid);
        if (const auto* built = std::get_if<Built>(&event))
            watch_.executed(world_.hash(built->proposal), true);
        keep(replica_->step(event, now_));
    }
    void keep(Effects effects) {
        watch_.check(effects, *replica_);
        for (const auto& asked : effects.execute) {
            PCQ_INVARIANT(block_hash(world_.voters.chain, asked.proposal.header) == asked.block);
            asked_.push_back(asked.block);
        }
        if (effects.build) build_ = effects.build;
        if (effects.decide) {
            PCQ_INVARIANT(!decided_);
            decided_ = effects.decide;
        }
        for (const auto& message : effects.send) {
            if (message.has_pre_prepare()) remember(message.pre_prepare());
        }
        PCQ_INVARIANT(effects.wake_at >= now_ || effects.wake_at == Instant::max());
    }
    void wait() {
        const std::size_t kind = draw_.below(8);
        if (kind == 0) {
            now_ = Instant{now_.ms - static_cast<std::int64_t>(draw_.below(200)) * 1'000};  // set back
        } else {
            now_ = now_ + Duration{static_cast<std::int64_t>(draw_.byte()) * (kind < 4 ? 10 : 200)};
        }
        step(Tick{});
    }
    void build() {
        const std::uint32_t in = build_ ? build_->view : view();
        step(Built{in, own_block(in)});
        build_.reset();
    }
    void execute() {
        const bool is_valid = !draw_.one_in(8);
        if (asked_.empty() || draw_.one_in(8)) return step(Executed{world_.hash(block()), is_valid});
        const std::size_t which = draw_.below(asked_.size());
        const Hash asked = asked_[which];
        asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(which));
        step(Executed{asked, is_valid});
    }
    // The block that was decided, or any other one by catching up: what has been decided elsewhere is true.
    void advance() {
        const Proposal proposal = decided_ ? decided_->proposal : block();
        if (!decided_) step(Fetched{});
        proto::Header header;
        PCQ_INVARIANT(header.ParseFromString(proposal.header));
        world_.last = {header.height(), world_.hash(proposal), header.time_ms(), header.view()};
        decided_views_.push_back({header.height(), header.view()});
        if (decided_views_.size() > recent_headers(n_)) decided_views_.erase(decided_views_.begin());
        decided_.reset();
        asked_.clear();
        known_.clear();
        build_.reset();
        step(Advanced{world_.last});
    }
    // With the record that is on disk, or seldom without it.
    void crash() { restart(/*fresh=*/false); }
    void restart(bool fresh) {
        const auto key = world_.voters.keys[self_];
        replica_.emplace(
            Options{}, Membership{world_.voters, self_},
            [key](const Hash& digest) { return cheap_sign(key, digest); }, world_.last, decided_views_);
        decided_.reset();
        asked_.clear();
        build_.reset();
        watch_.restarted();
        keep(replica_->start(watch_.record(), fresh || !watch_.record(), now_));
    }

    // The others.
    void hear(const proto::ConsensusMessage& message) {
        auto decoded = decode(message.SerializeAsString(), n_);
        if (!decoded) return;
        auto verified = verify(world_.voters, kChecks, *decoded);
        if (!verified) return;
        if (message.has_pre_prepare()) remember(message.pre_prepare());
        const auto refusal = replica_->refusal(*decoded);
        const std::uint64_t ignored = replica_->stats().ignored;
        step(Received{*verified});
        if (refusal) PCQ_INVARIANT(replica_->stats().ignored == ignored + 1);
    }
    // Whatever the bytes say, signed by whom they name.
    void hear_any() {
        const auto decoded = decode(draw_.chunk(), n_);
        if (decoded && decoded->sender() < n_ && decoded->sender() != self_)
            hear(world_.sign(decoded->sender(), *decoded));
    }
    // All others agree on something, so that stories get on.
    void everybody() {
        At where{0, draw_.one_in(3) ? at().view : view(), height()};
        const std::size_t what = draw_.below(3);
        const Hash hash = world_.hash(block(where.view));
        for (where.sender = 0; where.sender < n_; ++where.sender) {
            if (where.sender == self_) continue;
            hear(what == 0   ? world_.prepare(where, hash)
                 : what == 1 ? world_.commit(where, hash)
                             : world_.view_change({where.sender, where.view + 1, where.height}));
        }
    }
    proto::ConsensusMessage propose() {
        At where = at();
        if (!draw_.one_in(4)) where.sender = primary(where.height, where.view, n_, decided_views_);
        if (where.sender == self_) where.sender = (self_ + 1) % n_;
        std::vector<proto::ConsensusMessage> justification;
        if (where.view > 0) {
            for (std::uint32_t sender = 0; sender < n_; ++sender) {
                if (!draw_.one_in(5)) justification.push_back(change({sender, where.view, where.height}));
            }
        }
        return world_.pre_prepare(where, block(draw_.one_in(4) ? at().view : where.view), justification);
    }
    proto::ConsensusMessage change(const At& where) {
        if (where.view == 0 || draw_.below(2) == 0) return world_.view_change(where);
        const auto below = static_cast<std::uint32_t>(draw_.below(std::min<std::size_t>(where.view, 8)));
        const Proposal shown = block(below);
        std::vector<std::uint32_t> signers;
        for (std::uint32_t signer = 0; signer < n_; ++signer) {
            if (signer != self_) signers.push_back(signer);  // its own word is not theirs to give
        }
        return world_.view_change(where, shown, world_.certificate(shown, below, signers));
    }

    // Whom, in which view, at which height: near to where the replica is.
    At at() {
        At where;
        where.sender = static_cast<std::uint32_t>(draw_.below(n_));
        if (where.sender == self_) where.sender = (self_ + 1) % n_;
        const std::size_t step = draw_.below(8);
        where.view = view() + (step < 4 ? 0 : static_cast<std::uint32_t>(step - 4));
        if (step == 7) where.view = static_cast<std::uint32_t>(draw_.below(2 * n_));
        where.height = height();
        const std::size_t off = draw_.below(16);
        if (off == 14) where.height += 1 + draw_.below(3);
        if (off == 15) where.height -= 1;
        return where;
    }
    Proposal block() { return block(draw_.one_in(4) ? at().view : view()); }
    Proposal block(std::uint32_t in) {
        if (!known_.empty() && draw_.below(2) == 0) return draw_.of(known_);
        return own_block(in);
    }
    // On the last one, by its primary.
    Proposal own_block(std::uint32_t in) {
        Proposal proposal = world_.block(in, draw_.of(kMarks));
        proto::Header header;
        PCQ_INVARIANT(header.ParseFromString(proposal.header));
        header.set_proposer(world_.voters.keys[primary(height(), in, n_, decided_views_)].encoded());
        header.set_time_ms(world_.last.time_ms + 1 + draw_.below(2) * 100'000'000);
        if (draw_.one_in(16)) header.set_time_ms(std::numeric_limits<std::uint64_t>::max() - draw_.below(2));
        if (draw_.one_in(16)) header.set_previous_hash(Hash().bytes());
        proposal.header = header.SerializeAsString();
        return proposal;
    }
    void remember(const proto::PrePrepare& message) {
        Proposal proposal{message.header(), {}};
        for (const auto& hash : message.transactions()) proposal.transactions.push_back(*Hash::from(hash));
        proto::Header header;
        if (header.ParseFromString(proposal.header) && header.height() == height() && known_.size() < 8)
            known_.push_back(proposal);
    }
    std::uint64_t height() const { return world_.last.height + 1; }
    std::uint32_t view() const { return replica_->view(); }

    Draw& draw_;
    World world_;
    const std::uint32_t n_;
    const std::uint32_t self_;
    Watch watch_;
    std::optional<Replica> replica_;
    Instant now_ = kNow;
    std::vector<DecidedView> decided_views_;
    std::vector<Hash> asked_;
    std::optional<Build> build_;
    std::optional<Decision> decided_;
    std::vector<Proposal> known_;  // proposals of this height
};

}  // namespace

void run(BytesView input) {
    Draw draw(input);
    Story(draw).go_on();
}

// The usual steps, as the story reads them: four validators, of whom this is the last.
std::vector<Bytes> seeds() {
    const Bytes begin("\0\3", 2);
    const Bytes proposed = "\x9" + Bytes(8, '\0');
    const Bytes executed("\3\0\0\0", 4);
    const Bytes prepared("\xe\0\0\0\0", 5);
    const Bytes committed("\xe\0\1\0\0", 5);
    const Bytes left("\xe\0\2\0\0", 5);  // by all others, for the next view
    const Bytes stored = "\5";
    const Bytes crashed = "\6";
    const Bytes timed_out("\0\4\xff", 3);
    const Bytes turn("\1\0\2\0\0\0", 6);  // there is work, and its own block is built
    const Bytes other = "\x9" + Bytes(5, '\0') + Bytes("\1\1\0\0", 4);
    const Bytes one = proposed + executed + prepared + committed + stored;
    std::vector<Bytes> found;
    for (const Bytes& story :
         {one, one + one, one + one + turn + prepared + committed + stored + one,
          proposed + executed + crashed + executed + prepared + committed,
          proposed + executed + prepared + crashed + executed + committed + stored,
          proposed + executed + prepared + timed_out + left + timed_out + crashed + timed_out,
          proposed + executed + crashed + other + executed + prepared,
          proposed + left + crashed + left + turn,
          proposed + executed + prepared + left + left + left + turn + executed + prepared + committed +
              stored,
          timed_out + left + crashed + proposed + executed + prepared})
        found.push_back(begin + story);
    Bytes noise;
    for (int i = 0; i < 24; ++i) {
        noise += crypto::sha256({"replica", std::to_string(i)}).bytes();
        if (i % 3 == 0) found.push_back(noise);
    }
    return found;
}

}  // namespace pcq::fuzz
