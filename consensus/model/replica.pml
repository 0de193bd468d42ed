/* The agreement of docs/consensus.md for n = 4, f = 1, q = 3: three honest replicas and one liar, two heights,
 * three views each. README.md says what stands for what, what is left out and why that may be.
 *
 * There are no channels. What an honest replica has signed stays in a set that anybody may act upon at any
 * later time or never: the network may lose, repeat, delay and reorder everything. The liar has no process:
 * whatever it could sign is there whenever it is of use, for whomever it likes, and never has to be.
 *
 *   LIAR=0..3       which validator lies: (h + v) mod 4 makes it the primary of another view each time
 *   HEIGHTS, VIEWS  the bound; HEIGHTS=2 and VIEWS=3 unless given
 *   INTERLEAVED     heights overlap in every way; otherwise height 2 begins when all have decided height 1
 *   CALM            at some moment messages begin to arrive in time: then nobody may be stuck (calm.pml)
 *   NO_EVIDENCE     leaves out the check of single votes, so that agreement itself has to show a fault
 *   FAULT_...       plants a fault (check.py has the list)
 *   WITNESS_...     fails where something is reached that has to be reachable
 */
#ifndef LIAR
#define LIAR 1
#endif
#ifndef HEIGHTS
#define HEIGHTS 2
#endif
#ifndef VIEWS
#define VIEWS 3
#endif

/* --- Values ---------------------------------------------------------------------------------------------- */

/* Sets of validators are bits. The liar is in none of them, yet it always adds its vote: two honest ones and
 * the liar are a quorum. */
#define ONE(i) (1 << (i))
#define HONEST (15 - ONE(LIAR))
#define HAS_QUORUM(set) ((set) & ((set) - 1))
#define PRIMARY(h, v) (((h) + (v)) % 4)

/* Blocks of a height: 0 to 2 is the first one made in that view; SECOND and THIRD are further ones of a lying
 * primary, which has no use for more, as there are three to be told; BAD is one that no honest primary makes:
 * it does not execute, or names a proposer that never made it. */
#define BLOCKS 6
#define SECOND 3
#define THIRD 4
#define BAD 5

/* A prepared certificate as a number, a higher view's above: 0 is none. A view change shows 1 + that; 0: not
 * sent. */
#define CERTIFICATE(v, b) (1 + (v) * BLOCKS + (b))
#define VIEW_OF(certificate) (((certificate) - 1) / BLOCKS)
#define BLOCK_OF(certificate) (((certificate) - 1) % BLOCKS)

/* --- State ----------------------------------------------------------------------------------------------- */

#ifdef INTERLEAVED
#define KEPT HEIGHTS
#define SLOT(h) ((h) - 1)
#else
#define KEPT 1
#define SLOT(h) 0
#endif
#define AT(h, v, b) ((SLOT(h) * VIEWS + (v)) * BLOCKS + (b))
#define AT_SENDER(h, v, i) ((SLOT(h) * VIEWS + (v)) * 4 + (i))

/* What honest ones have signed: who prepared and committed, and what each one's view change shows. */
byte prepares[KEPT * VIEWS * BLOCKS];
byte commits[KEPT * VIEWS * BLOCKS];
byte changes[KEPT * VIEWS * 4];
#define CHANGE(h, v, i) changes[AT_SENDER(h, v, i)]

/* On disk before anything is said (consensus/safety.h); `height` is that of the chain, + 1. */
byte height[4];
byte view[4];
byte voted[4]; /* 1 + the block prepared in `view` */
byte held[4];  /* the highest certificate */

byte decided[KEPT]; /* 1 + the block that somebody decided first */
#ifdef INTERLEAVED
byte restored; /* whose chain was put back below its record */
#endif
#if defined(WITNESS_CARRIED) || defined(WITNESS_CALM)
byte reached;
#endif
#ifdef FAULT_LATER_QUORUM
byte spoiled; /* views with a proposal that its own justification forbids */
#endif

/* --- Quorums --------------------------------------------------------------------------------------------- */

#ifdef FAULT_PREPARED_BY_TOO_FEW
#define IS_PREPARED(h, v, b) (prepares[AT(h, v, b)] != 0)
#elif defined(FAULT_VIEWS_MIXED)
#define IS_PREPARED(h, v, b) \
    (prepares[AT(h, v, b)] != 0 && \
     HAS_QUORUM(prepares[AT(h, 0, b)] | prepares[AT(h, 1, b)] | prepares[AT(h, 2, b)]))
#else
#define IS_PREPARED(h, v, b) HAS_QUORUM(prepares[AT(h, v, b)])
#endif

#ifdef FAULT_DECIDED_BY_TOO_FEW
#define IS_COMMITTED_IN(h, v, b) (commits[AT(h, v, b)] != 0)
#elif defined(FAULT_DECIDES_THE_PREPARED)
#define IS_COMMITTED_IN(h, v, b) IS_PREPARED(h, v, b)
#else
#define IS_COMMITTED_IN(h, v, b) HAS_QUORUM(commits[AT(h, v, b)])
#endif
#if VIEWS > 2
#define IS_COMMITTED(h, b) (IS_COMMITTED_IN(h, 0, b) || IS_COMMITTED_IN(h, 1, b) || IS_COMMITTED_IN(h, 2, b))
#else
#define IS_COMMITTED(h, b) (IS_COMMITTED_IN(h, 0, b) || IS_COMMITTED_IN(h, 1, b))
#endif

/* A justification is the view changes of two honest validators and the liar, or of three honest ones. The liar
 * may show whatever certificate exists, so that one can be the highest where two honest ones show no higher. */
#ifdef FAULT_LOWEST_RULES
#define IS_FOR(h, v, i, shown) (CHANGE(h, v, i) == 1 || CHANGE(h, v, i) >= (shown))
#else
#define IS_FOR(h, v, i, shown) (CHANGE(h, v, i) != 0 && CHANGE(h, v, i) <= (shown))
#endif
#define THOSE_FOR(h, v, shown) \
    (IS_FOR(h, v, 0, shown) + IS_FOR(h, v, 1, shown) + IS_FOR(h, v, 2, shown) + IS_FOR(h, v, 3, shown))
#ifdef FAULT_JUSTIFIED_BY_TOO_FEW
#define IS_JUSTIFIED(h, v, shown) (THOSE_FOR(h, v, shown) >= 1)
#else
#define IS_JUSTIFIED(h, v, shown) (THOSE_FOR(h, v, shown) >= 2)
#endif
#ifdef FAULT_CERTIFICATES_UNCHECKED
#define EXISTS(h, u, b) (prepares[AT(h, u, b)] != 0)
#else
#define EXISTS(h, u, b) IS_PREPARED(h, u, b)
#endif
#define ALLOWS_FRESH(h, v) ((v) == 0 || IS_JUSTIFIED(h, v, 1))
#define ALLOWS_CERTIFIED(h, v, u, b) \
    ((u) < (v) && EXISTS(h, u, b) && IS_JUSTIFIED(h, v, 1 + CERTIFICATE(u, b)))

/* --- Rules ----------------------------------------------------------------------------------------------- */

/* Not below the record: a chain that was put back is silent until it has caught up. */
#ifdef INTERLEAVED
#ifdef FAULT_RECORD_FORGOTTEN
#define IS_SILENT(i) false
#else
#define IS_SILENT(i) (restored & ONE(i))
#endif
#define IS_TURN(i) true
#else
#define IS_SILENT(i) false
/* Steps at different heights have nothing in common, so that those at the lower one may all come first. */
#define IS_NOT_BELOW(i, j) ((j) == LIAR || height[j] >= height[i])
#define IS_TURN(i) (IS_NOT_BELOW(i, 0) && IS_NOT_BELOW(i, 1) && IS_NOT_BELOW(i, 2) && IS_NOT_BELOW(i, 3))
#endif
#define IS_HERE(i) (height[i] <= HEIGHTS && IS_TURN(i) && !IS_SILENT(i))
#if defined(CALM) && !defined(FAULT_NO_CATCH_UP)
/* What anybody has decided the others are sure to fetch; whatever they may do before is forgotten then. */
#define VOTES(i) (IS_HERE(i) && view[i] < VIEWS && decided[0] == 0)
#else
#define VOTES(i) (IS_HERE(i) && view[i] < VIEWS)
#endif

/* Rule 1. */
#define IS_PRIMARY(i) (VOTES(i) && PRIMARY(height[i], view[i]) == i && voted[i] == 0)
#ifdef FAULT_PRIMARY_IGNORES
#define MAY_PROPOSE_FRESH(i) (view[i] == 0 || IS_JUSTIFIED(height[i], view[i], 255))
#define MAY_PROPOSE_AGAIN(i, u, b) false
#else
#define MAY_PROPOSE_FRESH(i) (view[i] == 0 || (IS_FOR(height[i], view[i], i, 1) && ALLOWS_FRESH(height[i], view[i])))
#define MAY_PROPOSE_AGAIN(i, u, b) (IS_FOR(height[i], view[i], i, 1 + CERTIFICATE(u, b)) && ALLOWS_CERTIFIED(height[i], view[i], u, b))
#endif

#ifdef FAULT_LATER_QUORUM
/* The liar shows a certificate while the block is built. */
#define IS_OUTBID_BY(i, b) (IS_PREPARED(height[i], 0, b) || (view[i] > 1 && IS_PREPARED(height[i], 1, b)))
#define IS_OUTBID(i) \
    (IS_OUTBID_BY(i, 0) || IS_OUTBID_BY(i, 1) || IS_OUTBID_BY(i, SECOND) || IS_OUTBID_BY(i, THIRD))
#endif

/* Rule 2. A PrePrepare counts as its sender's Prepare. */
#ifdef FAULT_LATER_QUORUM
#define IS_REFUSED(i, b) (spoiled & ONE(view[i]))
#elif defined(FAULT_PRIMARY_IGNORES)
#define IS_REFUSED(i, b) (!ALLOWS_FRESH(height[i], view[i]))
#elif defined(FAULT_LOCKED)
#define IS_REFUSED(i, b) (held[i] != 0 && BLOCK_OF(held[i]) != (b))
#else
#define IS_REFUSED(i, b) false
#endif
#define PROPOSED(h, v, b) (PRIMARY(h, v) != LIAR && (prepares[AT(h, v, b)] & ONE(PRIMARY(h, v))))

/* Which of its blocks a liar shows first makes no difference, so that the first prepared is the first. */
#define OF_LIAR(h, v, b) \
    ((b) == (v) || ((b) == SECOND && prepares[AT(h, v, v)]) || ((b) == THIRD && prepares[AT(h, v, SECOND)]))
#if defined(FAULT_VOTES_UNEXECUTED)
#define IS_FRESH(h, v, b) (OF_LIAR(h, v, b) || (b) == BAD)
#elif defined(FAULT_FRESH_UNDER_OLD_VIEW)
#define IS_FRESH(h, v, b) (OF_LIAR(h, v, b) || ((b) == BAD && (v) > 0))
#else
#define IS_FRESH(h, v, b) OF_LIAR(h, v, b)
#endif
#if defined(FAULT_JUSTIFICATION_IGNORED)
#define MAY_COME(h, v, b) (IS_FRESH(h, v, b) || EXISTS(h, 0, b) || ((v) > 1 && EXISTS(h, 1, b)))
#else
#define MAY_COME(h, v, b) \
    ((ALLOWS_FRESH(h, v) && IS_FRESH(h, v, b)) || ALLOWS_CERTIFIED(h, v, 0, b) || ALLOWS_CERTIFIED(h, v, 1, b))
#endif
#if defined(FAULT_ANYBODY_PROPOSES)
#define FROM_LIAR(h, v, b) (b) == BAD
#else
#define FROM_LIAR(h, v, b) (PRIMARY(h, v) == LIAR && MAY_COME(h, v, b))
#endif
#define MAY_PREPARE(i, b) \
    (VOTES(i) && voted[i] == 0 && !IS_REFUSED(i, b) && (PROPOSED(height[i], view[i], b) || FROM_LIAR(height[i], view[i], b)))

/* Rule 3: in the present view. */
#define COMMITTERS(h, v) \
    (commits[AT(h, v, 0)] | commits[AT(h, v, 1)] | commits[AT(h, v, 2)] | commits[AT(h, v, SECOND)] | \
     commits[AT(h, v, THIRD)] | commits[AT(h, v, BAD)])
#define HAS_COMMITTED(i, v) (COMMITTERS(height[i], v) & ONE(i))
#define MAY_COMMIT(i, v, b) (VOTES(i) && !HAS_COMMITTED(i, v) && IS_PREPARED(height[i], v, b))

/* Rule 4: of any view. */
#define MAY_DECIDE(i, b) (IS_HERE(i) && IS_COMMITTED(height[i], b))

/* --- Properties ------------------------------------------------------------------------------------------ */

#if defined(NO_EVIDENCE) || defined(CALM)
#define SHOWN(condition) skip
#else
#define SHOWN(condition) assert(condition)
#endif
#define PREPARERS(h, v) \
    (prepares[AT(h, v, 0)] | prepares[AT(h, v, 1)] | prepares[AT(h, v, 2)] | prepares[AT(h, v, SECOND)] | \
     prepares[AT(h, v, THIRD)] | prepares[AT(h, v, BAD)])
#if VIEWS > 2
#define HAS_LEFT(i, v) (((v) < 1 && CHANGE(height[i], 1, i) != 0) || ((v) < 2 && CHANGE(height[i], 2, i) != 0))
#define HIDES(i, to) \
    (CHANGE(height[i], to, i) < 1 + CERTIFICATE(0, 0) && HAS_COMMITTED(i, 0) || \
     CHANGE(height[i], to, i) < 1 + CERTIFICATE(1, 0) && (to) > 1 && HAS_COMMITTED(i, 1))
#else
#define HAS_LEFT(i, v) ((v) < 1 && CHANGE(height[i], 1, i) != 0)
#define HIDES(i, to) (CHANGE(height[i], to, i) < 1 + CERTIFICATE(0, 0) && HAS_COMMITTED(i, 0))
#endif
/* Is the honest primary that a block is named after the one that made it? */
#define IS_GENUINE(h, b) \
    ((b) != BAD && ((b) > 2 || PRIMARY(h, b) == LIAR || (prepares[AT(h, b, b)] & ONE(PRIMARY(h, b)))))

#ifdef CALM
#include "calm.pml"
#else
#define MAY_ENTER(i, to) (VOTES(i) && view[i] < (to))
#define MAY_CRASH(i) (height[i] <= HEIGHTS)
#endif

/* --- Steps ----------------------------------------------------------------------------------------------- */

inline prepare(i, b) {
    SHOWN((PREPARERS(height[i], view[i]) & ONE(i)) == 0); /* one in a view, ever */
    SHOWN(!HAS_LEFT(i, view[i]));
    voted[i] = 1 + b;
    prepares[AT(height[i], view[i], b)] = prepares[AT(height[i], view[i], b)] | ONE(i)
}

inline commit(i, v, b) {
    SHOWN(!HAS_LEFT(i, v));
#ifdef FAULT_FIRST_CERTIFICATE_KEPT
    held[i] = (held[i] == 0 -> CERTIFICATE(v, b) : held[i]);
#elif !defined(FAULT_COMMITS_UNHELD)
    held[i] = (held[i] > CERTIFICATE(v, b) -> held[i] : CERTIFICATE(v, b));
#endif
    commits[AT(height[i], v, b)] = commits[AT(height[i], v, b)] | ONE(i)
}

#ifdef CALM
#define HAS_LEFT_IT(i, v) ((i) == LIAR || view[i] > (v))
#define HAVE_LEFT(v) (HAS_LEFT_IT(0, v) && HAS_LEFT_IT(1, v) && HAS_LEFT_IT(2, v) && HAS_LEFT_IT(3, v))
inline merge_block(b) {
    prepares[AT(1, at, b)] = (IS_PREPARED(1, at, b) -> HONEST : 0);
    commits[AT(1, at, b)] = (IS_COMMITTED_IN(1, at, b) -> HONEST : 0)
}
#endif

/* Of a view that all have left only the certificates matter. That merges states; where single votes are checked
 * they are kept. */
inline merge() {
#ifdef CALM
    at = 0;
    do
    :: at < VIEWS && HAVE_LEFT(at) ->
        changes[AT_SENDER(1, at, 0)] = 0;
        changes[AT_SENDER(1, at, 1)] = 0;
        changes[AT_SENDER(1, at, 2)] = 0;
        changes[AT_SENDER(1, at, 3)] = 0;
        merge_block(0);
        merge_block(1);
        merge_block(2);
        merge_block(SECOND);
        merge_block(THIRD);
        at++
    :: else -> break
    od;
    at = 0
#else
    skip
#endif
}

inline enter_view(i, to) {
    view[i] = to;
    voted[i] = 0;
    if
    :: view[i] < VIEWS ->
#ifdef FAULT_HIDES_CERTIFICATE
        CHANGE(height[i], view[i], i) = 1;
#else
        CHANGE(height[i], view[i], i) = 1 + held[i];
#endif
        SHOWN(!HIDES(i, view[i]))
    :: else
    fi;
    merge()
}

inline enter_height(i) {
    height[i] = height[i] + 1;
    view[i] = 0;
    voted[i] = 0;
    held[i] = 0
}

/* Of a height that all have left nothing matters any more. */
#define IS_ABOVE_HEIGHT(i, h) ((i) == LIAR || height[i] > (h))
#define ALL_ARE_ABOVE(h) \
    (IS_ABOVE_HEIGHT(0, h) && IS_ABOVE_HEIGHT(1, h) && IS_ABOVE_HEIGHT(2, h) && IS_ABOVE_HEIGHT(3, h))
inline forget() {
    at = 0;
    do
    :: at < VIEWS * BLOCKS ->
        prepares[AT(height[i] - 1, 0, at)] = 0;
        commits[AT(height[i] - 1, 0, at)] = 0;
        at++
    :: else -> break
    od;
    at = 0;
    do
    :: at < VIEWS * 4 -> changes[AT_SENDER(height[i] - 1, 0, at)] = 0; at++
    :: else -> break
    od;
    at = 0;
    decided[SLOT(height[i] - 1)] = 0;
#ifdef FAULT_LATER_QUORUM
    spoiled = 0;
#endif
#ifdef CALM
    calm_from = (calm_from == STORM -> STORM : 0)
#endif
}

inline decide(i, b) {
    assert(IS_GENUINE(height[i], b));
    assert(decided[SLOT(height[i])] == 0 || decided[SLOT(height[i])] == 1 + b);
    decided[SLOT(height[i])] = 1 + b;
#ifdef WITNESS_CARRIED
    reached = (height[i] == HEIGHTS && b == 0 && IS_COMMITTED_IN(height[i], 2, 0));
    assert(reached == 0);
#endif
#ifdef WITNESS_CALM
    reached = (height[i] == HEIGHTS && IS_NEW(2) && commits[AT(height[i], 2, b)] == HONEST);
    assert(reached == 0);
#endif
    enter_height(i);
#ifndef FAULT_RECORD_FORGOTTEN
    if
    :: ALL_ARE_ABOVE(height[i] - 1) -> forget()
    :: else
    fi
#endif
}

/* What is on disk comes back; messages may be read again, or not. */
inline crash(i) {
#ifdef FAULT_VOTE_NOT_PERSISTED
    voted[i] = 0;
#endif
#ifdef FAULT_CERTIFICATE_NOT_PERSISTED
    held[i] = 0;
#endif
#ifdef FAULT_VIEW_NOT_PERSISTED
    view[i] = 0;
    voted[i] = 0;
#endif
    skip
}

#ifdef INTERLEAVED
/* Height 1 again, from an old copy; the record is of height 2. */
inline restore(i) {
    restored = ONE(i);
#ifdef FAULT_RECORD_FORGOTTEN
    height[i] = 1;
    view[i] = 0;
    voted[i] = 0;
    held[i] = 0
#endif
}
#endif

#define PROPOSE(u, b) :: d_step { IS_PRIMARY(i) && MAY_PROPOSE_AGAIN(i, u, b) -> prepare(i, b) }
#define PREPARE(b) :: d_step { MAY_PREPARE(i, b) -> prepare(i, b) }
#define DECIDE(b) :: d_step { MAY_DECIDE(i, b) -> decide(i, b) }
#ifdef FAULT_COMMITS_IN_LEFT_VIEW
#define COMMIT(b) \
    :: d_step { MAY_COMMIT(i, view[i], b) -> commit(i, view[i], b) } \
    :: d_step { VOTES(i) && view[i] > 0 && MAY_COMMIT(i, view[i] - 1, b) -> commit(i, view[i] - 1, b) }
#else
#define COMMIT(b) :: d_step { MAY_COMMIT(i, view[i], b) -> commit(i, view[i], b) }
#endif
#define EACH(step) step(0) step(1) step(2) step(SECOND) step(THIRD) step(BAD)
#define EACH_IN(step, v) step(v, 0) step(v, 1) step(v, 2) step(v, SECOND) step(v, THIRD) step(v, BAD)

proctype replica(byte i) {
    byte at;
end:
    do
    :: d_step { IS_PRIMARY(i) && MAY_PROPOSE_FRESH(i) -> prepare(i, view[i]) }
    EACH_IN(PROPOSE, 0)
#if VIEWS > 2
    EACH_IN(PROPOSE, 1)
#endif
#ifdef FAULT_LATER_QUORUM
    :: d_step { IS_PRIMARY(i) && view[i] > 0 && MAY_PROPOSE_FRESH(i) && IS_OUTBID(i) ->
                spoiled = spoiled | ONE(view[i]); prepare(i, view[i]) }
#endif
    EACH(PREPARE)
    EACH(COMMIT)
    EACH(DECIDE)
    :: d_step { MAY_ENTER(i, 1) -> enter_view(i, 1) }
#if VIEWS > 2
    :: d_step { MAY_ENTER(i, 2) -> enter_view(i, 2) }
#endif
    :: d_step { MAY_CRASH(i) -> crash(i) }
#ifdef INTERLEAVED
    :: d_step { height[i] == 2 && restored == 0 -> restore(i) }
    :: d_step { IS_SILENT(i) -> restored = 0 } /* height 1 is certified: it is fetched */
#endif
#ifdef CALM
    CALM_STEPS
#endif
    od
}

init {
    byte i;
    atomic {
        do
        :: i < 4 ->
            if
            :: i != LIAR -> height[i] = 1; run replica(i)
            :: else
            fi;
            i++
        :: else -> break
        od;
        i = 0
    }
#ifdef CALM
    CALM_BEGINS
#endif
}
