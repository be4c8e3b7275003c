/* SPDX-License-Identifier: Apache-2.0 */
/* Included first in the tree for ThreadSanitizer. gcc 12's does not know pthread_mutex_clocklock, so it is told of the lock here; and
 * it takes every clone for a fork, so that a thread that spawned with shared memory would be ignored from then on. */
#ifndef CTR_TESTS_GATES_TSAN_H
#define CTR_TESTS_GATES_TSAN_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sanitizer/tsan_interface.h>

static inline int tsan_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
	int r;

	__tsan_mutex_pre_lock(mutex, __tsan_mutex_try_lock);
	r = pthread_mutex_clocklock(mutex, clock, until);
	__tsan_mutex_post_lock(mutex, __tsan_mutex_try_lock | (r == 0 || r == EOWNERDEAD ? 0u : __tsan_mutex_try_lock_failed), 0);
	return r;
}

int __clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);

#define clone __clone
#define pthread_mutex_clocklock tsan_clocklock

#endif
