/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_wait with conditions: each of them, states that last a moment, removal, limits, batches, several waiters and
 * processes, and changers that die in the middle of a change. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include "core_env.h"
#include "base/clock.h"
#include "os/bell.h"

#define S(state) CTR_WAIT_STATE(CTR_STATE_##state)
#define SOON_NS (UINT64_C(30) * NSEC_PER_SEC) /* a wait that takes so long hangs */

/* Where a child dies in the next change. */
static enum { NOWHERE, AT_REV_0, BEFORE_RING, AFTER_RING, AFTER_COMMIT } die_at;

static void die(int where)
{
	if ((int)die_at == where)
		kill(getpid(), SIGKILL);
}

void __real_os_bell_ring(int dirfd, const char *name);
void __wrap_os_bell_ring(int dirfd, const char *name);
void __wrap_os_bell_ring(int dirfd, const char *name)
{
	die(BEFORE_RING);
	__real_os_bell_ring(dirfd, name);
	die(AFTER_RING);
}

void __real_lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev);
void __wrap_lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev);
void __wrap_lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev)
{
	if (rev)
		die(AFTER_COMMIT);
	__real_lock_rev_set(t, slot, rev);
	if (!rev)
		die(AT_REV_0);
}

struct wait {
	ctr_container_t *c;
	uint64_t mask;
	ctr_op_t *op;
	pthread_t thread;
	int r;
	int32_t code;
	char text[512];
};

static int wait_for(ctr_container_t *c, uint64_t mask, ctr_op_t *op, int32_t *ret, ctr_error_t **err)
{
	struct ctr_wait_opts opts = {.size = sizeof(opts), .conditions = mask};
	struct op_call call;

	op_call_begin(&call, op, SOON_NS);
	return core_container_wait(c, &opts, &call, ret, err);
}

static void *run(void *userdata)
{
	struct wait *w = userdata;
	CLEANUP_ERROR ctr_error_t *err = NULL;

	w->r = wait_for(w->c, w->mask, w->op, &w->code, &err);
	(void)snprintf(w->text, sizeof(w->text), "%s", err ? error_message(err) : "");
	return NULL;
}

static size_t count(const char *dir, const char *end)
{
	CLEANUP_CLOSEDIR DIR *d = opendir(dir);
	const struct dirent *entry;
	size_t n = 0;

	while (d && (entry = readdir(d))) {
		char path[512], link[512];
		ssize_t len;

		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		len = readlink(path, link, sizeof(link) - 1);
		link[len > 0 ? len : 0] = '\0';
		n += strstr(len > 0 ? link : entry->d_name, end) != NULL;
	}
	return n;
}

/* Until n of that process have their bells: the wait has begun. */
static void until_waiting(pid_t pid, ctr_container_t *c, size_t n)
{
	char dir[64], name[ID_SIZE + 8];

	(void)snprintf(dir, sizeof(dir), "/proc/%d/fd", (int)pid);
	(void)snprintf(name, sizeof(name), "%s" OS_BELL_SUFFIX, c->id);
	while (count(dir, name) < n)
		usleep(200);
}

static void begin(struct wait *w, ctr_container_t *c, uint64_t mask)
{
	*w = (struct wait){.c = c, .mask = mask, .code = -77};
	assert_int_equal(pthread_create(&w->thread, NULL, run, w), 0);
	until_waiting(getpid(), c, 1);
}

static void end(struct wait *w, int r, int32_t code)
{
	assert_int_equal(pthread_join(w->thread, NULL), 0);
	if (w->r != r)
		fail_msg("the wait for 0x%llx gave %d, not %d: %s", (unsigned long long)w->mask, w->r, r, w->text);
	if (r == 0)
		assert_int_equal(w->code, code);
}

#define AT_ONCE(c, mask, want)                                                                                         \
	do {                                                                                                           \
		int32_t code_ = -77;                                                                                   \
		OK(wait_for(c, mask, NULL, &code_, &err));                                                             \
		assert_int_equal(code_, want);                                                                         \
	} while (0)

static void start(ctr_container_t *c)
{
	OK(core_container_start(c, &no_start, NULL, &err));
}

/* By SIGKILL: 137 */
static void finish(ctr_container_t *c)
{
	struct ctr_stop_opts now = {.size = sizeof(now), .timeout_set = 1};

	OK(core_container_stop(c, &now, NULL, &err));
}

/* A running one ends by SIGTERM: 143 */
static void remove_now(ctr_container_t *c)
{
	OK(core_container_remove(c, &by_force, NULL, &err));
}

static void no_files(const struct env *env)
{
	char dir[128];

	(void)snprintf(dir, sizeof(dir), "%s/exits", env->root);
	assert_int_equal(count(dir, OS_BELL_SUFFIX), 0);
	assert_int_equal(count(dir, ".fifo"), 0);
}

/* ---- */

static void test_at_once(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, "a", "");

	AT_ONCE(c, 0, 0);
	AT_ONCE(c, S(STOPPED) | S(EXITED), 0);
	AT_ONCE(c, S(CONFIGURED), CTR_EXIT_UNKNOWN);
	AT_ONCE(c, S(CONFIGURED) | S(EXITED) | CTR_WAIT_REMOVED, CTR_EXIT_UNKNOWN);
	OK(core_container_init(c, &no_start, NULL, &err));
	AT_ONCE(c, S(CREATED), CTR_EXIT_UNKNOWN);
	start(c);
	AT_ONCE(c, S(RUNNING) | S(EXITED), CTR_EXIT_UNKNOWN);
	OK(core_container_pause(c, NULL, &err));
	AT_ONCE(c, S(PAUSED), CTR_EXIT_UNKNOWN);
	OK(core_container_unpause(c, NULL, &err));
	finish(c);
	AT_ONCE(c, S(EXITED), 137);
	AT_ONCE(c, S(EXITED) | S(RUNNING) | CTR_WAIT_NEXT_EXIT, 137);
	remove_now(c);
	AT_ONCE(c, 0, 137);
	AT_ONCE(c, CTR_WAIT_REMOVED, 137);
	FAILS(CTR_ERR_REMOVED, "removed", wait_for(c, S(RUNNING), NULL, NULL, &err));
	FAILS(CTR_ERR_REMOVED, "removed", wait_for(c, CTR_WAIT_NEXT_EXIT, NULL, NULL, &err));
	core_container_unref(c);
	no_files(env);
}

static void test_each(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, "a", "");
	struct wait w;

	begin(&w, c, S(CREATED));
	OK(core_container_init(c, &no_start, NULL, &err));
	end(&w, 0, CTR_EXIT_UNKNOWN);
	begin(&w, c, S(RUNNING));
	start(c);
	end(&w, 0, CTR_EXIT_UNKNOWN);
	begin(&w, c, S(PAUSED));
	OK(core_container_pause(c, NULL, &err));
	end(&w, 0, CTR_EXIT_UNKNOWN);
	begin(&w, c, S(RUNNING) | S(REMOVING));
	OK(core_container_unpause(c, NULL, &err));
	end(&w, 0, CTR_EXIT_UNKNOWN);
	begin(&w, c, S(EXITED));
	finish(c);
	end(&w, 0, 137);
	begin(&w, c, CTR_WAIT_NEXT_EXIT);
	start(c);
	finish(c);
	end(&w, 0, 137);
	OK(core_container_init(c, &no_start, NULL, &err));
	begin(&w, c, S(CONFIGURED));
	OK(core_container_cleanup(c, 0, NULL, &err));
	end(&w, 0, CTR_EXIT_UNKNOWN);
	begin(&w, c, S(REMOVING));
	remove_now(c);
	end(&w, 0, CTR_EXIT_UNKNOWN);
	core_container_unref(c);
	no_files(env);
}

/* They have long passed when the waiter looks, if it had to be woken first. */
static void test_passing(void **state)
{
	static const struct {
		uint64_t mask;
		int32_t code;
	} cases[] = {{S(CREATED), CTR_EXIT_UNKNOWN}, {S(RUNNING), CTR_EXIT_UNKNOWN}, {S(STOPPED), 137}, {S(EXITED), 137},
		     {CTR_WAIT_NEXT_EXIT, 137},	     {S(STOPPED) | S(RUNNING), CTR_EXIT_UNKNOWN}, {S(STOPPED) | CTR_WAIT_REMOVED, 137}};
	const struct env *env = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ctr_container_t *c = env_create(env, "a", "");
		struct wait w;

		begin(&w, c, cases[i].mask);
		for (int run = 0; run < 3; run++) {
			start(c);
			finish(c);
		}
		end(&w, 0, cases[i].code);
		remove_now(c);
		core_container_unref(c);
	}
	no_files(env);
}

/* The first end after the call began counts, whatever comes later. */
static void test_which_run(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, "a", "");
	const struct ctr_stop_opts gently = {.size = sizeof(gently)};
	struct wait w[3];

	start(c);
	begin(&w[0], c, CTR_WAIT_NEXT_EXIT);
	begin(&w[1], c, S(EXITED));
	begin(&w[2], c, S(STOPPED) | CTR_WAIT_REMOVED);
	until_waiting(getpid(), c, 3);
	finish(c);
	start(c);
	OK(core_container_stop(c, &gently, NULL, &err));
	remove_now(c);
	for (size_t i = 0; i < ARRAY_SIZE(w); i++)
		end(&w[i], 0, 137);
	core_container_unref(c);
	no_files(env);
}

static void test_removal(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, "a", "");
	struct wait w[4];

	begin(&w[0], c, CTR_WAIT_REMOVED);
	begin(&w[1], c, S(RUNNING));
	begin(&w[2], c, CTR_WAIT_NEXT_EXIT);
	until_waiting(getpid(), c, 3);
	remove_now(c);
	end(&w[0], 0, CTR_EXIT_UNKNOWN);
	end(&w[1], CTR_ERR_REMOVED, 0);
	end(&w[2], CTR_ERR_REMOVED, 0);
	AT_ONCE(c, CTR_WAIT_REMOVED, CTR_EXIT_UNKNOWN);
	core_container_unref(c);
	c = env_create(env, "a", "");
	start(c);
	begin(&w[0], c, CTR_WAIT_REMOVED);
	begin(&w[1], c, S(EXITED));
	begin(&w[2], c, CTR_WAIT_NEXT_EXIT);
	begin(&w[3], c, S(CREATED));
	until_waiting(getpid(), c, 4);
	remove_now(c);
	for (int i = 0; i < 3; i++)
		end(&w[i], 0, 143);
	end(&w[3], CTR_ERR_REMOVED, 0);
	core_container_unref(c);
	no_files(env);
}

/* Nobody but the clock ends them, and nobody comes by to clean up. */
static void test_clock(void **state)
{
	const struct env *env = *state;
	static const uint64_t masks[] = {S(STOPPED), S(EXITED), CTR_WAIT_NEXT_EXIT, S(EXITED) | S(PAUSED)};

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		ctr_container_t *c = env_create(env, "a", "\"annotations\":{\"libctr.null.exit\":\"7,30\"}");

		start(c);
		AT_ONCE(c, masks[i], 7);
		AT_ONCE(c, S(EXITED) | S(STOPPED), 7);
		remove_now(c);
		core_container_unref(c);
	}
	no_files(env);
}

static void test_limits(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, "a", "");
	ctr_op_t *op = NULL;
	struct wait w = {.c = c, .mask = S(RUNNING), .code = -77};

	OK(op_new(&op, &err));
	op_set_timeout_ns(op, 0);
	FAILS(CTR_ERR_TIMEOUT, "waiting", wait_for(c, S(RUNNING), op, NULL, &err));
	OK(wait_for(c, S(CONFIGURED), op, NULL, &err));
	op_set_timeout_ns(op, 5 * NSEC_PER_MSEC);
	for (int i = 0; i < 50; i++)
		FAILS(CTR_ERR_TIMEOUT, "waiting", wait_for(c, CTR_WAIT_REMOVED | CTR_WAIT_NEXT_EXIT, op, NULL, &err));
	op_set_timeout_ns(op, CTR_FOREVER);
	w.op = op;
	assert_int_equal(pthread_create(&w.thread, NULL, run, &w), 0);
	until_waiting(getpid(), c, 1);
	op_cancel(op);
	end(&w, CTR_ERR_CANCELLED, 0);
	FAILS(CTR_ERR_CANCELLED, "waiting", wait_for(c, S(RUNNING), op, NULL, &err));
	op_unref(op);
	remove_now(c);
	core_container_unref(c);
	no_files(env);
}

static int in_batch(ctr_container_t *batched, void *userdata, ctr_error_t **err_)
{
	ctr_container_t *outer = userdata;

	(void)err_;
	AT_ONCE(batched, S(CONFIGURED), CTR_EXIT_UNKNOWN);
	FAILS(CTR_ERR_DEADLOCK, "batch", wait_for(batched, S(RUNNING), NULL, NULL, &err));
	FAILS(CTR_ERR_DEADLOCK, "batch", wait_for(batched, CTR_WAIT_REMOVED, NULL, NULL, &err));
	FAILS(CTR_ERR_DEADLOCK, "batch", wait_for(outer, S(RUNNING), NULL, NULL, &err));
	start(batched);
	AT_ONCE(batched, CTR_WAIT_NEXT_EXIT, 7);
	AT_ONCE(batched, S(EXITED), 7);
	start(batched);
	AT_ONCE(batched, S(EXITED), 7);
	FAILS(CTR_ERR_DEADLOCK, "batch", wait_for(batched, CTR_WAIT_NEXT_EXIT, NULL, NULL, &err));
	return 0;
}

static void test_batch(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, "a", "\"annotations\":{\"libctr.null.exit\":\"7,20\"}");

	OK(core_container_batch(c, in_batch, c, NULL, &err));
	remove_now(c);
	core_container_unref(c);
	no_files(env);
}

/* ---- other processes ---- */

static pid_t in_child(const struct env *env, void (*fn)(ctr_container_t *c))
{
	pid_t pid = fork();

	if (pid == 0) {
		ctr_container_t *c = NULL;
		ctr_engine_t *e = env_open_engine(env);

		if (core_container_open(e, "a", &c, NULL) == 0)
			fn(c);
		core_container_unref(c);
		core_engine_unref(e);
		_exit(0);
	}
	return pid;
}

static void child_waits(ctr_container_t *c)
{
	int32_t code = -77;

	if (wait_for(c, S(EXITED), NULL, &code, NULL) < 0 || code != 137)
		_exit(1);
}

static void test_processes(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, "a", "");
	pid_t pids[3];
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = in_child(env, child_waits);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		until_waiting(pids[i], c, 1);
	start(c);
	finish(c);
	remove_now(c);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	core_container_unref(c);
	no_files(env);
}

static void child_pauses(ctr_container_t *c)
{
	(void)core_container_pause(c, NULL, NULL);
}

static void child_removes(ctr_container_t *c)
{
	(void)core_container_remove(c, &by_force, NULL, NULL);
}

/* Killed at the n-th place of a change; the waiter there, and one who comes after, hear of the change that follows. */
static void test_killed_changer(void **state)
{
	static void (*const changes[])(ctr_container_t *c) = {child_pauses, child_removes};
	const struct env *env = *state;

	for (size_t i = 0; i < 2 * (size_t)AFTER_COMMIT; i++) {
		ctr_container_t *c = env_create(env, "a", "");
		struct wait w[2];
		pid_t pid;
		int status;

		start(c);
		begin(&w[0], c, i % 2 ? CTR_WAIT_REMOVED : S(PAUSED));
		die_at = 1 + i / 2;
		pid = in_child(env, changes[i % 2]);
		die_at = NOWHERE;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		w[1] = w[0];
		assert_int_equal(pthread_create(&w[1].thread, NULL, run, &w[1]), 0);
		if (i % 2) {
			remove_now(c);
		} else {
			if (env_state(c) == CTR_STATE_RUNNING)
				OK(core_container_pause(c, NULL, &err));
		}
		end(&w[0], 0, i % 2 ? 143 : CTR_EXIT_UNKNOWN);
		end(&w[1], 0, i % 2 ? 143 : CTR_EXIT_UNKNOWN);
		remove_now(c);
		core_container_unref(c);
	}
	no_files(env);
}

/* As many waits as anybody likes leave what there was. The last change is one that all of them hear of. */
static void test_many(void **state)
{
	static const uint64_t masks[] = {0, S(EXITED), CTR_WAIT_NEXT_EXIT, S(STOPPED) | CTR_WAIT_REMOVED};
	const struct env *env = *state;

	for (int round = 0; round < 20; round++) {
		ctr_container_t *c = env_create(env, "a", "");
		struct wait w[40];

		start(c);
		for (size_t i = 0; i < ARRAY_SIZE(w); i++) {
			w[i] = (struct wait){.c = c, .mask = masks[i % ARRAY_SIZE(masks)], .code = -77};
			assert_int_equal(pthread_create(&w[i].thread, NULL, run, &w[i]), 0);
		}
		for (int i = 0; i < round % 4; i++) {
			finish(c);
			start(c);
		}
		OK(core_container_kill(c, SIGKILL, NULL, &err));
		remove_now(c);
		for (size_t i = 0; i < ARRAY_SIZE(w); i++) {
			assert_int_equal(pthread_join(w[i].thread, NULL), 0);
			/* Whoever began after the removal is told so. */
			if (w[i].r != CTR_ERR_REMOVED)
				assert_string_equal(w[i].text, "");
			if (w[i].r == 0)
				assert_int_equal(w[i].code, 137);
		}
		core_container_unref(c);
		no_files(env);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_at_once, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_each, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_passing, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_which_run, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_removal, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_clock, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_limits, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_batch, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_processes, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_killed_changer, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_many, env_setup, env_teardown),
	};

	return cmocka_run_group_tests_name("wait conditions", tests, NULL, NULL);
}
