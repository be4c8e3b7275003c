/* SPDX-License-Identifier: Apache-2.0 */
/* Events inside: bounded space, numbers that are never given twice, gaps for those who come late, bells of the dead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/mem.h"
#include "core/steps.h"
#include "os/bell.h"
#include "os/fs.h"
#include "os/pollset.h"

struct env {
	char dir[64], root[80], run[80];
	ctr_engine_t *engine;
};

static ctr_engine_t *open_engine(const struct env *env)
{
	struct ctr_engine_opts opts = {
	    .size = sizeof(opts), .root = env->root, .run_root = env->run, .runtime = "null", .storage = "null"};
	ctr_engine_t *e = NULL;

	assert_int_equal(core_engine_open(&opts, NULL, &e, NULL), 0);
	return e;
}

static int setup(void **state)
{
	struct env *env = calloc(1, sizeof(*env));

	assert_non_null(env);
	strcpy(env->dir, "/tmp/ctr-events-XXXXXX");
	assert_non_null(mkdtemp(env->dir));
	(void)snprintf(env->root, sizeof(env->root), "%s/root", env->dir);
	(void)snprintf(env->run, sizeof(env->run), "%s/run", env->dir);
	env->engine = open_engine(env);
	*state = env;
	return 0;
}

static int teardown(void **state)
{
	struct env *env = *state;
	CLEANUP_FREE char *uuid = NULL;

	assert_int_equal(store_meta_get(env->engine->store, "lock_uuid", &uuid, NULL), 0);
	lock_segment_remove(uuid, 0);
	core_engine_unref(env->engine);
	os_remove_tree(AT_FDCWD, env->dir);
	free(env);
	return 0;
}

static void put(ctr_engine_t *e, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct event_list list = {.n = 0};

		assert_int_equal(event_add_system(&list, "test", 1), 0);
		assert_int_equal(store_events_put(e->store, &list, NULL, NULL), 0);
		event_list_reset(&list);
	}
}

static ctr_events_t *reader(ctr_engine_t *e, uint64_t after, int follow)
{
	struct ctr_events_opts opts = {.size = sizeof(opts), .after_id = after, .follow = follow};
	ctr_events_t *m = NULL;

	assert_int_equal(core_events_open(e, &opts, &m, NULL), 0);
	return m;
}

static void expect_next(ctr_events_t *m, const char *beginning)
{
	CLEANUP_FREE char *text = NULL;

	assert_int_equal(core_events_next(m, &text, NULL), 0);
	if (!str_has_prefix(text, beginning))
		fail_msg("%s does not begin with %s", text, beginning);
}

static size_t read_to_end(ctr_events_t *m)
{
	size_t n = 0;
	char *text = NULL;

	while (core_events_next(m, &text, NULL) == 0) {
		free(text);
		n++;
	}
	return n;
}

static void test_space_is_bounded(void **state)
{
	struct env *env = *state;
	ctr_events_t *m, *slow = reader(env->engine, 0, 1);
	uint64_t newest = 0;
	size_t n;

	store_events_keep(env->engine->store, 16);
	put(env->engine, 3);
	expect_next(slow, "{\"Seq\":1,\"Type\":\"system\",\"Status\":\"test\"");
	assert_int_equal(read_to_end(slow), 2);
	put(env->engine, 97);
	assert_int_equal(store_events_newest(env->engine->store, &newest, NULL), 0);
	assert_int_equal(newest, 100);
	/* From the beginning: what lies before it is no loss. */
	m = reader(env->engine, 0, 0);
	n = read_to_end(m);
	assert_in_range(n, 16, 16 + 16 / 8 + 1);
	core_events_unref(m);
	/* Asked for by number, and told while following. */
	{
		char gap[160];

		(void)snprintf(gap, sizeof(gap),
			       "{\"Seq\":%zu,\"Type\":\"system\",\"Status\":\"gap\",\"Attributes\":{\"first\":%u,\"last\":%zu,\"count\":%zu}}",
			       100 - n, 4u, 100 - n, 100 - n - 3);
		m = reader(env->engine, 3, 0);
		expect_next(m, gap);
		assert_int_equal(read_to_end(m), n);
		core_events_unref(m);
		expect_next(slow, gap);
		assert_int_equal(read_to_end(slow), n);
	}
	core_events_unref(slow);
	/* Behind a gap one goes on by the gap's own number. */
	m = reader(env->engine, 100 - n, 0);
	assert_int_equal(read_to_end(m), n);
	core_events_unref(m);
}

static void test_numbers_survive(void **state)
{
	struct env *env = *state;
	struct store_facts now = {.pidns_inode = 1, .pidns_start = 2};
	uint64_t newest = 0;
	ctr_events_t *m;

	put(env->engine, 5);
	core_engine_unref(env->engine);
	env->engine = open_engine(env);
	put(env->engine, 1);
	assert_int_equal(store_events_newest(env->engine->store, &newest, NULL), 0);
	assert_int_equal(newest, 6);
	/* Another boot, of which the store tells once */
	strcpy(now.boot_id, "another-boot");
	assert_int_equal(store_new_epoch(env->engine->store, "another-boot.1.2", &now, NULL, NULL), 0);
	assert_int_equal(store_new_epoch(env->engine->store, "another-boot.1.2", &now, NULL, NULL), 0);
	m = reader(env->engine, 6, 0);
	expect_next(m, "{\"Seq\":7,\"Type\":\"system\",\"Status\":\"refresh\"");
	assert_int_equal(read_to_end(m), 0);
	core_events_unref(m);
}

/* Killed between ringing and taking the name away, by SIGKILL or power: the bell rings whoever opens it. */
static void test_bell_of_a_dead_ringer(void **state)
{
	struct env *env = *state;
	int exits = env->engine->exits_fd;
	int stale = os_bell_open(exits, "events.bell"), fresh = -1;

	assert_true(stale >= 3);
	assert_false(os_bell_is_rung(stale));
	assert_int_equal(write(stale, "x", 1), 1);
	assert_int_equal(store_events_bell(env->engine->store, &fresh, NULL), 0);
	assert_false(os_bell_is_rung(fresh));
	close(stale);
	put(env->engine, 1);
	assert_true(os_bell_is_rung(fresh));
	assert_false(os_bell_exists(exits, "events.bell"));
	close(fresh);
	/* Killed between the commit and the ringing: the next to open the engine rings. */
	assert_int_equal(store_events_bell(env->engine->store, &fresh, NULL), 0);
	core_engine_unref(open_engine(env));
	assert_true(os_bell_is_rung(fresh));
	close(fresh);
}

/* One change is on its way, by a process that is killed before it commits: who waits is not left asleep, and not left
 * spinning either. */
static void test_bell_of_a_container(void **state)
{
	struct env *env = *state;
	struct container_row *row = container_row_new();
	struct lock_guard guard = {0};
	struct op_call call;
	int bell = -1, status;
	pid_t pid;

	memset(row->id, 'a', ID_SIZE - 1);
	assert_int_equal(container_row_set(&row->name, "c"), 0);
	assert_int_equal(container_row_set(&row->config, "{}"), 0);
	assert_int_equal(container_row_set(&row->labels, "{}"), 0);
	assert_int_equal(store_container_insert(env->engine->store, row, NULL, &guard, NULL), 0);
	row->intent = INTENT_NONE;
	assert_int_equal(store_container_save(env->engine->store, &row, NULL, NULL, NULL), 0);
	lock_release(&guard);
	pid = fork();
	if (pid == 0) {
		ctr_engine_t *e = open_engine(env);
		struct lock_guard writer = {0};

		/* As far as a save comes before its commit. */
		lock_rev_set(store_locks(e->store), row->slot, 0);
		if (lock_writer_take(store_locks(e->store), "test", NULL, &writer, NULL) < 0)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	op_call_begin(&call, NULL, 20 * NSEC_PER_SEC);
	assert_int_equal(store_container_bell(env->engine->store, row, &call, &bell, NULL), 0);
	assert_false(os_bell_is_rung(bell));
	/* The next change is heard; one that leaves the state as it is, is not. */
	assert_int_equal(lock_try(store_locks(env->engine->store),
				  &(struct lock_ref){.slot = row->slot, .generation = row->generation, .id = row->id},
				  LOCK_RANK_CONTAINER, "test", &guard),
			 0);
	row->mounted = 1;
	assert_int_equal(store_container_save(env->engine->store, &row, NULL, NULL, NULL), 0);
	assert_false(os_bell_is_rung(bell));
	row->state = CTR_STATE_CREATED;
	assert_int_equal(store_container_save(env->engine->store, &row, NULL, NULL, NULL), 0);
	assert_true(os_bell_is_rung(bell));
	close(bell);
	lock_release(&guard);
	container_row_unref(row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_space_is_bounded, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_numbers_survive, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bell_of_a_dead_ringer, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bell_of_a_container, setup, teardown),
	};

	return cmocka_run_group_tests_name("events inside", tests, NULL, NULL);
}
