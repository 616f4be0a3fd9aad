#define _GNU_SOURCE /* syscall */
#include "support/harness.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "machine/futex.h"

/* What a thread sees when the system refuses membarrier, as a container may. */
struct refused {
	int error;            /* errno of the refusal */
	bool filtered;        /* the filter is in place */
	bool offered, fenced; /* ff_futex_can_fence(), ff_futex_announce() under it */
	double nap;           /* seconds asleep when no waker knew of it */
};

/* Refuses membarrier to the calling thread from now on. */
static bool refuse_membarrier(int error)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void *meet_refusal(void *argument)
{
	struct refused *r = argument;
	struct ff_futex park;
	r->filtered = refuse_membarrier(r->error);
	if (!r->filtered)
		return NULL;
	r->offered = ff_futex_can_fence();
	ff_futex_init(&park, true); /* offered before, refused now */
	r->fenced = ff_futex_announce(&park);
	double started = ff_clock();
	if (!r->fenced)
		ff_futex_sleep(&park, false);
	r->nap = ff_clock() - started;
	return NULL;
}

static void a_refusal_is_noticed(void)
{
	static const int ERRORS[] = {EPERM, ENOSYS};
	for (int i = 0; i < 2; i++) {
		struct refused r = {.error = ERRORS[i]};
		ff_scenario("errno %d", ERRORS[i]);
		pthread_t thread;
		if (pthread_create(&thread, NULL, meet_refusal, &r) != 0)
			abort();
		pthread_join(thread, NULL);
		if (!r.filtered) {
			ff_test_skip("this system has no seccomp filters");
			return;
		}
		CHECK(!r.offered);
		CHECK(!r.fenced);
		CHECK(r.nap > 0.0005); /* it did sleep, and came back by itself */
	}
}

static void the_kernel_fences_where_it_can(void)
{
	long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
	bool offered = commands > 0 && commands & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
	CHECK_INT(ff_futex_can_fence(), offered);
	CHECK_INT(ff_futex_can_fence(), offered); /* may be asked again */
	for (int fences = 0; fences <= offered; fences++) {
		ff_scenario("%s fences", fences ? "the kernel" : "each side");
		struct ff_futex park;
		ff_futex_init(&park, fences);
		CHECK(ff_futex_announce(&park));
		ff_futex_wake(&park);
		ff_futex_sleep(&park, true); /* no longer announced: returns at once */
		CHECK(ff_futex_announce(&park));
		ff_futex_retract(&park);
		ff_futex_sleep(&park, true);
	}
}

/* A waiter and a waker that race in every round. */
struct meeting {
	struct ff_futex park;
	alignas(64) _Atomic uint32_t condition;   /* the round for which it is true */
	alignas(64) _Atomic uint32_t ready, done; /* the round that may start; the round that the waker has finished */
	alignas(64) _Atomic uint32_t cold[16];    /* written before the condition, so that its store is delayed */
	uint32_t rounds;
};

static void await(_Atomic uint32_t *number, uint32_t wanted)
{
	for (int n = 0; atomic_load_explicit(number, memory_order_acquire) < wanted; n++)
		if (n % 1024 == 1023)
			sched_yield();
		else
			ff_pause();
}

static void *wake_each_round(void *argument)
{
	struct meeting *m = argument;
	for (uint32_t round = 1; round <= m->rounds; round++) {
		await(&m->ready, round);
		atomic_store_explicit(&m->cold[0], round, memory_order_relaxed);
		if (m->park.fences)
			atomic_store_explicit(&m->condition, round, memory_order_release); /* [publish] */
		else
			atomic_store_explicit(&m->condition, round, memory_order_seq_cst); /* [publish] */
		ff_futex_wake(&m->park);
		atomic_store_explicit(&m->done, round, memory_order_release);
	}
	return NULL;
}

/* Counts rounds in which the waiter would have slept although the waker had already passed. */
static uint32_t missed(bool fences, uint32_t rounds)
{
	struct meeting *m = aligned_alloc(64, sizeof *m);
	pthread_t waker;
	uint32_t lost = 0;
	if (!m)
		abort();
	*m = (struct meeting){.rounds = rounds};
	ff_futex_init(&m->park, fences);
	if (pthread_create(&waker, NULL, wake_each_round, m) != 0)
		abort();
	for (uint32_t round = 1; round <= rounds; round++) {
		atomic_fetch_add_explicit(&m->cold[0], 1, memory_order_relaxed);
		atomic_store_explicit(&m->ready, round, memory_order_release);
		for (uint32_t n = 0; n < round % 64; n++)
			ff_pause();
		CHECK(ff_futex_announce(&m->park));
		bool seen = atomic_load_explicit(&m->condition, memory_order_seq_cst) == round; /* [recheck] */
		await(&m->done, round);
		lost += !seen && atomic_load_explicit(&m->park.waiting, memory_order_relaxed);
		ff_futex_retract(&m->park);
	}
	pthread_join(waker, NULL);
	free(m);
	return lost;
}

static void no_wake_up_is_missed(void)
{
	CHECK_INT(missed(false, 50000), 0);
	if (ff_futex_can_fence())
		CHECK_INT(missed(true, 50000), 0);
}

FF_TESTS("futex", {"the kernel fences where it can", the_kernel_fences_where_it_can},
         {"a refusal is noticed", a_refusal_is_noticed}, {"no wake-up is missed", no_wake_up_is_missed})
