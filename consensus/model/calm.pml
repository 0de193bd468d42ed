/* What makes "nobody is stuck" exact (replica.pml with CALM; README.md says why these are the right words).
 *
 * Until the calm begins everything happens that replica.pml allows. From then on messages of honest ones arrive
 * before anybody's time is up; nobody crashes; the liar goes on. `calm_from` is the first view of the height
 * that nobody had entered when the calm began. In such a *new* view all is said after it, so that it is heard;
 * of an older view only what is said again (rule 8) is sure to be: the own view change, unless the replica
 * has committed in that view, as it may have crashed since. Everything else of old views may be heard or not.
 *
 * A step that is *sure* needs neither the liar nor luck. Time is up only when nobody has a sure step left.
 *   - In every state of the calm somebody who has not decided and is within the bound of views has a sure step,
 *     or its time will be up.
 *   - Nobody's time is up in a new view of an honest primary.
 * Steps only lead upwards, so both together: every execution ends, and either all have decided the last height
 * or all who have not are beyond the last view; and that only if no new view has an honest primary.
 */
#define STORM 9
byte calm_from = STORM;
#define IS_CALM (calm_from != STORM)
#define IS_NEW(v) ((v) >= calm_from)

/* --- What may happen, and need not ----------------------------------------------------------------------- */

#define IS_BESIDE(i, j) ((j) != LIAR && height[j] == height[i])
#define IS_ONE_AT(i, to) \
    ((IS_BESIDE(i, 0) && view[0] >= (to)) || (IS_BESIDE(i, 1) && view[1] >= (to)) || \
     (IS_BESIDE(i, 2) && view[2] >= (to)) || (IS_BESIDE(i, 3) && view[3] >= (to)))
/* In the calm: after an honest one, with the liar's view change as the second (rule 6); by a timer that was about
 * to go off, or because a liar's proposal is bad or twofold (rule 2). */
#define MAY_ENTER(i, to) \
    (VOTES(i) && view[i] < (to) && \
     (!IS_CALM || IS_ONE_AT(i, to) || ((to) == view[i] + 1 && (!IS_NEW(view[i]) || PRIMARY(height[i], view[i]) == LIAR))))
#define MAY_CRASH(i) (height[i] <= HEIGHTS && !IS_CALM)

/* --- What is sure to happen ------------------------------------------------------------------------------ */

/* Rule 8. */
#ifdef FAULT_SAID_ONCE
#define SAYS_ITS_VIEW(j) IS_NEW(view[j])
#else
#define SAYS_ITS_VIEW(j) (IS_NEW(view[j]) || held[j] == 0 || VIEW_OF(held[j]) < view[j])
#endif

/* Rule 5: the timer of view 0 runs, as there is work; that of a further view once a quorum has reached it. */
#ifdef FAULT_THOSE_AHEAD_UNCOUNTED
#define HAS_REACHED(i, j) (IS_BESIDE(i, j) && view[j] == view[i] && SAYS_ITS_VIEW(j))
#else
#define HAS_REACHED(i, j) (IS_BESIDE(i, j) && view[j] >= view[i] && SAYS_ITS_VIEW(j))
#endif
#define HAVE_REACHED(i) (HAS_REACHED(i, 0) + HAS_REACHED(i, 1) + HAS_REACHED(i, 2) + HAS_REACHED(i, 3))
#ifdef FAULT_ALONE_AFTER_RESTART
#define HAS_SEEN_QUORUM(i) false
#else
#define HAS_SEEN_QUORUM(i) (voted[i] != 0)
#endif
#define TIMER_SURELY_RUNS(i) (VOTES(i) && (view[i] == 0 || HAS_SEEN_QUORUM(i) || HAVE_REACHED(i) == 3))
/* Whoever has committed without the proposal may have seen a quorum in the view, or not. */
#define TIMER_MAY_RUN(i) (TIMER_SURELY_RUNS(i) || (VOTES(i) && HAS_COMMITTED(i, view[i])))

/* Rule 1. */
#define SHOWS_CHANGE(i, j) ((j) == LIAR || (IS_BESIDE(i, j) && view[j] == view[i]))
#define SURELY_PROPOSES(i) \
    (IS_PRIMARY(i) && IS_NEW(view[i]) && \
     (view[i] == 0 || (SHOWS_CHANGE(i, 0) && SHOWS_CHANGE(i, 1) && SHOWS_CHANGE(i, 2) && SHOWS_CHANGE(i, 3))))
/* Rule 2. */
#define SURELY_PREPARES_IT(i, b) (PROPOSED(height[i], view[i], b) && !IS_REFUSED(i, b))
#define SURELY_PREPARES(i) \
    (VOTES(i) && IS_NEW(view[i]) && voted[i] == 0 && \
     (SURELY_PREPARES_IT(i, 0) || SURELY_PREPARES_IT(i, 1) || SURELY_PREPARES_IT(i, 2) || \
      SURELY_PREPARES_IT(i, SECOND) || SURELY_PREPARES_IT(i, THIRD)))
/* Rule 3. */
#define ALL_PREPARED(i, b) (prepares[AT(height[i], view[i], b)] == HONEST)
#define SURELY_COMMITS(i) \
    (VOTES(i) && IS_NEW(view[i]) && !HAS_COMMITTED(i, view[i]) && \
     (ALL_PREPARED(i, 0) || ALL_PREPARED(i, 1) || ALL_PREPARED(i, 2) || ALL_PREPARED(i, SECOND) || \
      ALL_PREPARED(i, THIRD)))
/* Rules 4 and 7: what anybody honest has decided can be fetched there. */
#ifdef FAULT_NO_CATCH_UP
#define CAN_BE_FETCHED false
#else
#define CAN_BE_FETCHED (decided[0] != 0)
#endif
#define ALL_COMMITTED_IN(i, v, b) (IS_NEW(v) && commits[AT(height[i], v, b)] == HONEST)
#define ALL_COMMITTED(i, b) (ALL_COMMITTED_IN(i, 0, b) || ALL_COMMITTED_IN(i, 1, b) || ALL_COMMITTED_IN(i, 2, b))
#define SURELY_DECIDES(i) \
    (IS_HERE(i) && (CAN_BE_FETCHED || ALL_COMMITTED(i, 0) || ALL_COMMITTED(i, 1) || ALL_COMMITTED(i, 2) || \
                    ALL_COMMITTED(i, SECOND) || ALL_COMMITTED(i, THIRD)))
/* Rule 6: f + 1 = 2 above. */
#define IS_ABOVE(i, j) (IS_BESIDE(i, j) && view[j] > view[i] && SAYS_ITS_VIEW(j))
#ifdef FAULT_NOBODY_JOINS
#define SURELY_JOINS(i) false
#else
#define SURELY_JOINS(i) (VOTES(i) && IS_ABOVE(i, 0) + IS_ABOVE(i, 1) + IS_ABOVE(i, 2) + IS_ABOVE(i, 3) >= 2)
#endif

#define SURELY_DOES(i) \
    ((i) != LIAR && (SURELY_DECIDES(i) || SURELY_JOINS(i) || SURELY_COMMITS(i) || SURELY_PREPARES(i) || \
                     SURELY_PROPOSES(i)))
#define IS_QUIET (!SURELY_DOES(0) && !SURELY_DOES(1) && !SURELY_DOES(2) && !SURELY_DOES(3))
#define ANYBODY(condition) \
    ((0 != LIAR && condition(0)) || (1 != LIAR && condition(1)) || (2 != LIAR && condition(2)) || \
     (3 != LIAR && condition(3)))
#define IS_STUCK (ANYBODY(VOTES) && !ANYBODY(TIMER_SURELY_RUNS) && IS_QUIET)

inline time_out(i) {
    assert(!IS_NEW(view[i]) || PRIMARY(height[i], view[i]) == LIAR);
    enter_view(i, view[i] + 1)
}

#define CALM_STEPS \
    :: d_step { MAY_ENTER(i, 3) -> enter_view(i, 3) } \
    :: d_step { IS_CALM && TIMER_MAY_RUN(i) && IS_QUIET -> time_out(i) }

inline begin_calm() {
    calm_from = 0;
    i = 0;
    do
    :: i < 4 -> calm_from = (view[i] >= calm_from -> view[i] + 1 : calm_from); i++
    :: else -> break
    od;
    i = 0
}

#define CALM_BEGINS \
end_calm: \
    do \
    :: d_step { !IS_CALM -> begin_calm() } \
    :: d_step { IS_CALM && IS_STUCK -> assert(false) } \
    od
