/* The agreement of docs/consensus.md for n = 4, f = 1 (q = 3): three honest replicas and one liar, two
 * heights, three views each. README.md says what stands for what, what is left out and why that may be.
 *
 * There are no channels. What an honest replica has signed stays in a set that everybody may read from at any
 * later time or never: the network may lose, repeat, delay and reorder everything. The liar has no process:
 * whatever it could sign is there whenever it would be of use, for whomever it likes, and never has to be.
 *
 * LIAR=0..3         who lies: primary of height 1, view 0 is validator 1, so each choice puts it elsewhere
 * INTERLEAVED       heights overlap in every way; otherwise height 2 begins when all have decided height 1
 * HEIGHTS, VIEWS    the bound
 * CALM              from some moment on messages arrive in time: nobody may be stuck (the rules say when)
 * NO_...            leaves out a property, so that a planted fault is found by the one that is meant
 * FAULT_...         plants a fault
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

/* --- Values --------------------------------------------------------------------------------------------- */

/* Sets of validators are bits; the liar is in none of them. */
#define ONE(i) (1 << (i))
#define HONEST (15 - ONE(LIAR))
#define IS_HONEST(i) ((i) != LIAR)
#define PRIMARY(h, v) (((h) + (v)) % 4)

/* Blocks of a height: 0..2 is the one first proposed in that view; TWIN the second one of a lying primary; BAD
 * one that no honest primary makes: it does not execute, or names a proposer that never made it. */
#define BLOCKS 5
#define TWIN 3
#define BAD 4

/* A certificate as a number, the higher view above: 0 is none. A view change shows 1 + that; 0 is not sent. */
#define CERTIFICATE(v, b) (1 + (v) * BLOCKS + (b))
#define VIEW_OF(c) (((c) - 1) / BLOCKS)
#define BLOCK_OF(c) (((c) - 1) % BLOCKS)

/* Two honest ones and the liar make a quorum; f + 1 of them are one honest one and the liar. */
#define TWO(set) ((set) & ((set) - 1))
#define HAS_QUORUM(set) TWO(set)

/* --- State ---------------------------------------------------------------------------------------------- */

#ifdef INTERLEAVED
#define KEPT HEIGHTS
#define SLOT(h) ((h) - 1)
#else
#define KEPT 1
#define SLOT(h) 0
#endif
#define AT(h, v, b) ((SLOT(h) * VIEWS + (v)) * BLOCKS + (b))

/* What has been signed by honest ones: sets of senders, and what each one's view change showed. */
byte prepares[KEPT * VIEWS * BLOCKS];
byte commits[KEPT * VIEWS * BLOCKS];
byte changes[KEPT * VIEWS * 4];
#define CHANGE(h, v, i) changes[(SLOT(h) * VIEWS + (v)) * 4 + (i)]

/* The record of each replica, on disk before anything is said (consensus/safety.h), and its chain's height. */
byte height[4]; /* in agreement; HEIGHTS + 1: all decided */
byte view[4];
byte voted[4]; /* 1 + the block prepared in `view` */
byte held[4];  /* the highest certificate */
byte decided[KEPT]; /* 1 + the first block that anybody decided */
#ifdef INTERLEAVED
byte restored; /* whose chain was brought back from an old copy, below its record */
#endif

/* --- What the liar, too, can show ------------------------------------------------------------------------ */

#ifdef FAULT_PREPARED_BY_TOO_FEW
#define IS_PREPARED(h, v, b) (prepares[AT(h, v, b)] != 0)
#elif defined(FAULT_VIEWS_MIXED)
#define IS_PREPARED(h, v, b) HAS_QUORUM(prepares[AT(h, 0, b)] | prepares[AT(h, 1, b)] | prepares[AT(h, 2, b)])
#else
#define IS_PREPARED(h, v, b) HAS_QUORUM(prepares[AT(h, v, b)])
#endif

#ifdef FAULT_COMMITTED_BY_TOO_FEW
#define IS_COMMITTED(h, v, b) (commits[AT(h, v, b)] != 0)
#elif defined(FAULT_DECIDES_WHAT_IS_PREPARED)
#define IS_COMMITTED(h, v, b) IS_PREPARED(h, v, b)
#else
#define IS_COMMITTED(h, v, b) HAS_QUORUM(commits[AT(h, v, b)])
#endif

/* A justification is the view changes of two honest validators and the liar's, or those of all three honest
 * ones. The liar shows what it likes of what exists, so that a certificate can rule wherever two honest ones show
 * nothing higher (`shown` is 1 + certificate). */
#define SHOWS(h, v, i, shown) (CHANGE(h, v, i) != 0 && CHANGE(h, v, i) <= (shown))
#ifdef FAULT_LOWEST_RULES
#define IN_FAVOUR(h, v, i, shown) (CHANGE(h, v, i) == 1 || CHANGE(h, v, i) >= (shown))
#else
#define IN_FAVOUR(h, v, i, shown) SHOWS(h, v, i, shown)
#endif
#define IN_FAVOUR_ALL(h, v, shown) \
    (IN_FAVOUR(h, v, 0, shown) + IN_FAVOUR(h, v, 1, shown) + IN_FAVOUR(h, v, 2, shown) + IN_FAVOUR(h, v, 3, shown))
#ifdef FAULT_JUSTIFIED_BY_TOO_FEW
#define IS_JUSTIFIED(h, v, shown) (IN_FAVOUR_ALL(h, v, shown) >= 1)
#else
#define IS_JUSTIFIED(h, v, shown) (IN_FAVOUR_ALL(h, v, shown) >= 2)
#endif
#ifdef FAULT_CERTIFICATES_UNCHECKED
#define EXISTS(h, u, b) true
#else
#define EXISTS(h, u, b) IS_PREPARED(h, u, b)
#endif

/* What a quorum of view changes to (h, v) can allow: a fresh block, or the one certified in u. */
#define MAY_BE_FRESH(h, v) ((v) == 0 || IS_JUSTIFIED(h, v, 1))
#define MAY_BE_AGAIN(h, v, u, b) ((u) < (v) && EXISTS(h, u, b) && IS_JUSTIFIED(h, v, 1 + CERTIFICATE(u, b)))

/* The names of a liar's two blocks mean nothing: the first that anybody prepares is the one named after the view. */
#define IS_FRESH(h, v, b) ((b) == (v) || ((b) == TWIN && prepares[AT(h, v, v)] != 0))

/* --- Rules ---------------------------------------------------------------------------------------------- */

#define H height[i]
#define V view[i]

#ifdef INTERLEAVED
#define TURN(i) true
#define IS_SILENT(i) (restored & ONE(i))
#else
#define IS_SILENT(i) false
/* Steps of different heights touch nothing in common, so those of the lower one may come first. */
#define NOBODY_BELOW(i, j) ((j) == LIAR || height[j] >= height[i])
#define TURN(i) (NOBODY_BELOW(i, 0) && NOBODY_BELOW(i, 1) && NOBODY_BELOW(i, 2) && NOBODY_BELOW(i, 3))
#endif
#define VOTES(i) (height[i] <= HEIGHTS && view[i] < VIEWS && TURN(i) && !IS_SILENT(i))

/* Rule 1. */
#ifdef FAULT_PRIMARY_IGNORES
#define MAY_PROPOSE_FRESH(i) (V == 0 || IS_JUSTIFIED(H, V, 255))
#define MAY_PROPOSE_AGAIN(i, u, b) false
#else
#define MAY_PROPOSE_FRESH(i) (MAY_BE_FRESH(H, V) && (V == 0 || IN_FAVOUR(H, V, i, 1)))
#define MAY_PROPOSE_AGAIN(i, u, b) (MAY_BE_AGAIN(H, V, u, b) && IN_FAVOUR(H, V, i, 1 + CERTIFICATE(u, b)))
#endif
#define IS_MY_TURN(i) (VOTES(i) && PRIMARY(H, V) == i && voted[i] == 0)

/* Rule 2: what the right primary proposed, or could have. An honest one's PrePrepare is its Prepare. */
#define FROM_HONEST(i, b) (PRIMARY(H, V) != LIAR && (prepares[AT(H, V, b)] & ONE(PRIMARY(H, V))))
#ifdef FAULT_JUSTIFICATION_IGNORED
#define ALLOWED_FROM_LIAR(i, b) (IS_FRESH(H, V, b) || ((b) < V && prepares[AT(H, b, b)] != 0))
#elif defined(FAULT_OLD_FRESH_BLOCKS)
#define ALLOWED_FROM_LIAR(i, b) \
    ((MAY_BE_FRESH(H, V) && (IS_FRESH(H, V, b) || (b) == BAD && V > 0)) || MAY_BE_AGAIN(H, V, 0, b) || \
     MAY_BE_AGAIN(H, V, 1, b))
#elif defined(FAULT_VOTES_UNEXECUTED)
#define ALLOWED_FROM_LIAR(i, b) \
    ((MAY_BE_FRESH(H, V) && (IS_FRESH(H, V, b) || (b) == BAD)) || MAY_BE_AGAIN(H, V, 0, b) || \
     MAY_BE_AGAIN(H, V, 1, b))
#else
#define ALLOWED_FROM_LIAR(i, b) \
    ((MAY_BE_FRESH(H, V) && IS_FRESH(H, V, b)) || MAY_BE_AGAIN(H, V, 0, b) || \
     MAY_BE_AGAIN(H, V, 1, b))
#endif
#define FROM_LIAR(i, b) (PRIMARY(H, V) == LIAR && ALLOWED_FROM_LIAR(i, b))
#ifdef FAULT_ANYBODY_PROPOSES
#define MAY_PREPARE(i, b) (VOTES(i) && voted[i] == 0 && (FROM_HONEST(i, b) || FROM_LIAR(i, b) || (b) == BAD))
#else
#define MAY_PREPARE(i, b) (VOTES(i) && voted[i] == 0 && (FROM_HONEST(i, b) || FROM_LIAR(i, b)))
#endif

/* Rule 3, in the present view. */
#define HAS_COMMITTED(i, v) \
    ((commits[AT(H, v, 0)] | commits[AT(H, v, 1)] | commits[AT(H, v, 2)] | commits[AT(H, v, 3)] | \
      commits[AT(H, v, 4)]) & ONE(i))
#define MAY_COMMIT_IN(i, v, b) (VOTES(i) && !HAS_COMMITTED(i, v) && IS_PREPARED(H, v, b))

/* Rule 4, of any view. */
#if VIEWS > 2
#define MAY_DECIDE(i, b) \
    (height[i] <= HEIGHTS && TURN(i) && (IS_COMMITTED(H, 0, b) || IS_COMMITTED(H, 1, b) || IS_COMMITTED(H, 2, b)))
#else
#define MAY_DECIDE(i, b) (height[i] <= HEIGHTS && TURN(i) && (IS_COMMITTED(H, 0, b) || IS_COMMITTED(H, 1, b)))
#endif

/* --- Properties ------------------------------------------------------------------------------------------ */

inline no_contradiction_in_prepares(i, b) {
#ifndef NO_CONTRADICTIONS
    /* One Prepare in a view, ever, and none in a view it has left. */
    assert(((prepares[AT(H, V, 0)] | prepares[AT(H, V, 1)] | prepares[AT(H, V, 2)] | prepares[AT(H, V, 3)] |
             prepares[AT(H, V, 4)]) & ONE(i)) == 0);
    assert_not_left(i, V);
#endif
    skip
}

inline assert_not_left(i, v) {
    assert(VIEWS < 2 || v >= 1 || CHANGE(H, 1, i) == 0);
#if VIEWS > 2
    assert(v >= 2 || CHANGE(H, 2, i) == 0)
#endif
}

/* Whoever has sent a Commit shows its certificate, or a higher one, in every later view change. */
inline no_hidden_certificate(i, v) {
#ifndef NO_CONTRADICTIONS
    assert(v < 1 || !HAS_COMMITTED(i, 0) || CHANGE(H, v, i) >= 1 + CERTIFICATE(0, 0));
#if VIEWS > 2
    assert(v < 2 || !HAS_COMMITTED(i, 1) || CHANGE(H, v, i) >= 1 + CERTIFICATE(1, 0));
#endif
#endif
    skip
}

/* Agreement, and validity: no block of nobody, and what an honest primary is named for it has proposed. */
inline agreement(i, b) {
    assert(b != BAD);
    assert(b == TWIN || PRIMARY(H, b) == LIAR || (prepares[AT(H, b, b)] & ONE(PRIMARY(H, b))));
    assert(decided[SLOT(H)] == 0 || decided[SLOT(H)] == 1 + b)
}

/* --- Steps ----------------------------------------------------------------------------------------------- */

inline prepare(i, b) {
    no_contradiction_in_prepares(i, b);
    voted[i] = 1 + b;
    prepares[AT(H, V, b)] = prepares[AT(H, V, b)] | ONE(i)
}

inline commit(i, v, b) {
#ifndef NO_CONTRADICTIONS
    assert_not_left(i, v);
#endif
#ifdef FAULT_FIRST_CERTIFICATE_KEPT
    held[i] = (held[i] == 0 -> CERTIFICATE(v, b) : held[i]);
#elif !defined(FAULT_CERTIFICATE_NOT_HELD)
    held[i] = (held[i] > CERTIFICATE(v, b) -> held[i] : CERTIFICATE(v, b));
#endif
    commits[AT(H, v, b)] = commits[AT(H, v, b)] | ONE(i)
}

inline enter_view(i, to) {
    V = to;
    voted[i] = 0;
    if
    :: to < VIEWS ->
#ifdef FAULT_HIDES_CERTIFICATE
        CHANGE(H, to, i) = 1;
#else
        CHANGE(H, to, i) = 1 + held[i];
#endif
        no_hidden_certificate(i, to)
    :: else
    fi
}

/* A new height; of one that all have left nothing matters any more. */
inline decide(i, b) {
    agreement(i, b);
    decided[SLOT(H)] = 1 + b;
#ifdef INTERLEAVED
    if
    :: restored & ONE(i) -> restored = restored - ONE(i); H = 2
    :: else -> H = H + 1; V = 0; voted[i] = 0; held[i] = 0
    fi
#else
    H = H + 1;
    V = 0;
    voted[i] = 0;
    held[i] = 0;
    if
    :: TURN(i) -> /* the last one */
        at = 0;
        do
        :: at < KEPT * VIEWS * BLOCKS -> prepares[at] = 0; commits[at] = 0; at++
        :: else -> break
        od;
        at = 0;
        do
        :: at < KEPT * VIEWS * 4 -> changes[at] = 0; at++
        :: else -> break
        od;
        decided[0] = 0;
        at = 0
    :: else
    fi
#endif
}

/* What is on disk comes back. Whatever else a replica knew it may read again, or not. */
inline crash(i) {
#ifdef FAULT_VOTE_NOT_PERSISTED
    voted[i] = 0;
#endif
#ifdef FAULT_CERTIFICATE_NOT_PERSISTED
    held[i] = 0;
#endif
#ifdef FAULT_VIEW_NOT_PERSISTED
    V = 0;
    voted[i] = 0;
#endif
    skip
}

#define OPTION_PREPARE(b) :: d_step { MAY_PREPARE(i, b) -> prepare(i, b) }
#define OPTION_PROPOSE(u, b) :: d_step { IS_MY_TURN(i) && MAY_PROPOSE_AGAIN(i, u, b) -> prepare(i, b) }
#define OPTION_COMMIT(b) :: d_step { MAY_COMMIT_IN(i, V, b) -> commit(i, V, b) }
#define OPTION_DECIDE(b) :: d_step { MAY_DECIDE(i, b) -> decide(i, b) }
#define OF_EACH_BLOCK(option) option(0) option(1) option(2) option(TWIN) option(BAD)
#define OF_EACH_BLOCK_IN(option, v) option(v, 0) option(v, 1) option(v, 2) option(v, TWIN) option(v, BAD)

proctype replica(byte i) {
    byte at;
end:
    do
    :: d_step { IS_MY_TURN(i) && MAY_PROPOSE_FRESH(i) -> prepare(i, V) }
    OF_EACH_BLOCK_IN(OPTION_PROPOSE, 0)
#if VIEWS > 2
    OF_EACH_BLOCK_IN(OPTION_PROPOSE, 1)
#endif
    OF_EACH_BLOCK(OPTION_PREPARE)
    OF_EACH_BLOCK(OPTION_COMMIT)
    OF_EACH_BLOCK(OPTION_DECIDE)
    :: d_step { VOTES(i) && V + 1 < VIEWS -> enter_view(i, V + 1) }
#if VIEWS > 2
    :: d_step { VOTES(i) && V == 0 -> enter_view(i, 2) }
#endif
    :: d_step { height[i] <= HEIGHTS -> crash(i) }
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
        od
    }
}
