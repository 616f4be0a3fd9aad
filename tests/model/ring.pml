/* The protocol of engine/pipeline/ring.c and engine/machine/futex.h: hand on, look, spin, sleep, wake, end.
 *
 * Checked in every interleaving: no slot is in both sides' hands, packets arrive whole, once and in order, also where
 * counts wrap, an orderly end delivers all of them, and nobody sleeps for ever: a state in which nothing can happen
 * and some thread is not done is an error (spin's invalid end state). That is all there is to lost wake-ups here: a
 * spinning thread may always choose to go to sleep, so a wake-up that is missed leads to such a state.
 *
 * Memory: total store order, as on x86. Every thread's stores go through a buffer of its own, first in, first out,
 * that drains at any later time; its loads see its own buffer first. Sequentially consistent stores and
 * read-modify-writes drain it before they complete; so does a system call. -DSC leaves the buffers out (plain
 * interleaving). Weaker machines are not modelled: that each acquire has its release is for the thread sanitizer.
 * The futex: sleep compares and goes to sleep in one step; wake wakes who sleeps at that moment.
 * membarrier: returns once every thread's buffer has been empty at some moment since the call, one after the other.
 *
 * The waiter fences for its wakers too, by membarrier between announcement and second look; with -DEACH, as where the
 * kernel has no membarrier, each fences for itself: hand on and announcement are sequentially consistent.
 *
 * SLOTS  capacity, 1 or more        N  packets
 * END    0 nobody ends; 1 the producer closes after its last; 2 a third thread closes at any time; 3 aborts at any
 *        time; 4 the consumer aborts after its first packet while a third thread closes
 * Each of these must be found wrong: BUG_RECHECK (sleeps without a second look), BUG_MEMBARRIER (none), BUG_OWN (it
 * empties the caller's buffer only), BUG_LATE (it comes after the second look), with EACH: BUG_RELEASE (a count is
 * stored with release only), BUG_ANNOUNCE (so is the announcement); BUG_END (an end wakes nobody), BUG_FULL (one slot
 * too many), BUG_DRAIN (takes a closed ring that looked empty before for empty). */
#ifndef SLOTS
#define SLOTS 1
#endif
#ifndef N
#define N 3
#endif
#ifndef END
#define END 0
#endif

#define FIRST 254 /* counts wrap at 256 */
#define DEPTH 3   /* of a store buffer */

#define OPEN    0
#define CLOSED  1
#define ABORTED 2

#define PRODUCER 0
#define CONSUMER 1
#define OTHER    2 /* a third thread */

/* Addresses: a side's count; who sleeps for it; the state; the slots. */
#define COUNT(side)   (side)
#define SLEEPER(side) (2 + (side))
#define STATE         4
#define SLOT(i)       (5 + (i))

typedef buffer {
	byte n;
	byte address[DEPTH];
	byte value[DEPTH]
}

byte memory[5 + SLOTS];
buffer pending[3];
bool asleep[2];     /* in the kernel */
byte holder[SLOTS]; /* whose hands a slot is in: 0 nobody's, 1 + side; not part of the protocol */

#ifdef SC
#define load(me, at, into) into = memory[at]
#define store(me, at, what) memory[at] = what
#define drained(me) true
#else
inline load(me, at, into)
{
	d_step {
		into = memory[at];
		i = 0;
		do
		:: i < pending[me].n ->
			if
			:: pending[me].address[i] == at -> into = pending[me].value[i]
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

inline store(me, at, what)
{
	d_step {
		pending[me].n < DEPTH ->
		pending[me].address[pending[me].n] = at;
		pending[me].value[pending[me].n] = what;
		pending[me].n++
	}
}

#define drained(me) (pending[me].n == 0)

inline drain(me)
{
	d_step {
		pending[me].n > 0 ->
		memory[pending[me].address[0]] = pending[me].value[0];
		i = 1;
		do
		:: i < DEPTH ->
			pending[me].address[i - 1] = pending[me].address[i];
			pending[me].value[i - 1] = pending[me].value[i];
			i++
		:: else -> break
		od;
		pending[me].n--;
		pending[me].address[DEPTH - 1] = 0;
		pending[me].value[DEPTH - 1] = 0;
		i = 0
	}
}

active proctype buffers()
{
	byte i;
end:
	do
	:: drain(PRODUCER)
	:: drain(CONSUMER)
	:: drain(OTHER)
	od
}
#endif

/* A store that is visible before the thread goes on. */
inline store_now(me, at, what)
{
	store(me, at, what);
	drained(me)
}

inline exchange(me, at, what, old)
{
	atomic {
		drained(me) ->
		old = memory[at];
		memory[at] = what
	}
}

/* ff_park_wake(): `side` has handed something on, or the ring has ended. */
inline wake(me, side)
{
	load(me, SLEEPER(side), flag); /* [ask] */
	if
	:: flag ->
		exchange(me, SLEEPER(side), 0, flag);
		if
		:: flag -> asleep[1 - side] = false /* who waits for a side is the other */
		:: else
		fi
	:: else
	fi;
	flag = 0
}

/* waiting = nothing to do yet, and the ring is open. */
inline look(me)
{
	if
	:: seen == bound -> load(me, COUNT(1 - me), seen)
	:: else
	fi;
	waiting = false;
	if
	:: seen == bound ->
		load(me, STATE, state);
		waiting = (state == OPEN)
	:: else
	fi
}

inline sleep(me)
{
	atomic {
		drained(me) ->
		if
		:: memory[SLEEPER(1 - me)] -> asleep[me] = true
		:: else
		fi
	};
	!asleep[me]
}

/* A barrier in every thread, at a moment of its own. */
inline membarrier(me)
{
	drained(me);
#ifndef BUG_OWN
	drained(1 - me);
	drained(OTHER)
#endif
}

inline announce(me)
{
#if defined(EACH) && !defined(BUG_ANNOUNCE)
	store_now(me, SLEEPER(1 - me), 1) /* [announce] */
#else
	store(me, SLEEPER(1 - me), 1) /* [announce] */
#endif
#if !defined(EACH) && !defined(BUG_MEMBARRIER) && !defined(BUG_LATE)
	;
	membarrier(me)
#endif
}

inline recheck(me)
{
#ifdef BUG_RECHECK
	waiting = true
#else
	look(me)
#endif
#ifdef BUG_LATE
	;
	membarrier(me)
#endif
}

inline park(me)
{
	do
	:: waiting ->
		announce(me);
		recheck(me);
		if
		:: waiting ->
			sleep(me);
			look(me)
		:: else
		fi
	:: else -> break
	od;
	load(me, SLEEPER(1 - me), flag);
	if
	:: flag -> store(me, SLEEPER(1 - me), 0) /* retract */
	:: else
	fi;
	flag = 0
}

/* got = the slot at `at` is this side's; else the ring has ended for it. */
inline take(me, initial, quit)
{
	bound = count - initial;
	if
	:: true
	:: load(me, COUNT(1 - me), seen) /* before it must */
	fi;
	look(me);
	do
	:: waiting -> look(me) /* spin */
	:: waiting -> /* no longer */
		park(me);
		break
	:: !waiting -> break
	od;
	load(me, STATE, state);
#ifndef BUG_DRAIN
	if
	:: state < quit && seen == bound -> load(me, COUNT(1 - me), seen)
	:: else
	fi;
#endif
	got = (state < quit && seen != bound);
	state = 0;
	bound = 0;
	if
	:: got ->
		d_step {
			assert(holder[at] == 0);
			holder[at] = 1 + me
		}
	:: else
	fi
}

inline hand_on(me)
{
	d_step {
		assert(holder[at] == 1 + me);
		holder[at] = 0;
		count++;
		at = (at + 1) % SLOTS
	};
#if defined(EACH) && !defined(BUG_RELEASE)
	store_now(me, COUNT(me), count); /* [hand on] */
#else
	store(me, COUNT(me), count); /* [hand on] */
#endif
	wake(me, me)
}

inline finish(me, how)
{
	atomic {
		drained(me) ->
		if
		:: memory[STATE] < how -> memory[STATE] = how /* [end] */
		:: else
		fi
	};
#ifndef BUG_END
	wake(me, PRODUCER);
	wake(me, CONSUMER);
#endif
}

#ifdef BUG_FULL
#define LAG (SLOTS + 1)
#else
#define LAG SLOTS
#endif

proctype producer()
{
	byte count = FIRST, seen = FIRST, bound, at, state, flag, i, sent;
	bool waiting, got;
	do
	:: sent < N ->
		take(PRODUCER, LAG, CLOSED);
		if
		:: got ->
			store(PRODUCER, SLOT(at), 1 + sent);
			sent++;
			hand_on(PRODUCER)
		:: else -> break
		fi
	:: else -> break
	od;
#if END == 0 || END == 1
	assert(sent == N);
#endif
#if END == 1
	finish(PRODUCER, CLOSED)
#endif
}

proctype consumer()
{
	byte count = FIRST, seen = FIRST, bound, at, state, flag, i, taken, value;
	bool waiting, got;
	do
#if END == 0
	:: taken == N -> break
	:: taken < N ->
#elif END == 4
	:: taken == 1 ->
		finish(CONSUMER, ABORTED);
		break
	:: taken < 1 ->
#else
	:: true ->
#endif
		take(CONSUMER, 0, ABORTED);
		if
		:: got ->
			load(CONSUMER, SLOT(at), value);
			assert(value == 1 + taken);
			value = 0;
			taken++;
			hand_on(CONSUMER)
		:: else -> break
		fi
	od;
#if END == 0 || END == 1
	assert(taken == N);
#endif
}

#if END >= 2
proctype other()
{
	byte flag, i;
#if END == 3
	finish(OTHER, ABORTED)
#else
	finish(OTHER, CLOSED)
#endif
}
#endif

init {
	atomic {
		memory[COUNT(PRODUCER)] = FIRST;
		memory[COUNT(CONSUMER)] = FIRST;
		run producer();
		run consumer();
#if END >= 2
		run other()
#endif
	}
}
