/* SPDX-License-Identifier: Apache-2.0 */
/* The core on the null runtime: what a process leaves that dies in the middle of each verb, and what another boot makes
 * of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/steps.h"
#include "model/spec.h"
#include "os/fs.h"

struct env {
	char dir[64], root[80], run[80], rootfs[80];
	ctr_engine_t *engine;
};

static void ok(int r, ctr_error_t *err, const char *what, int line)
{
	if (r != 0) {
		CLEANUP_FREE char *text = error_format(err);

		fail_msg("line %d: %s gave %d: %s", line, what, r, text ? text : error_code_name(r));
	}
	error_unref(err);
}

#define OK(call)                                                                                                       \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		ok(got_, err, #call, __LINE__);                                                                        \
	} while (0)

static const struct ctr_start_opts no_start = {.size = sizeof(no_start)};
static const struct ctr_remove_opts no_remove = {.size = sizeof(no_remove)};

static ctr_engine_t *open_engine(const struct env *env)
{
	struct ctr_engine_opts opts = {
	    .size = sizeof(opts), .root = env->root, .run_root = env->run, .runtime = "null", .storage = "null"};
	ctr_engine_t *e = NULL;

	OK(core_engine_open(&opts, NULL, &e, &err));
	return e;
}

static void reopen(struct env *env)
{
	core_engine_unref(env->engine);
	env->engine = open_engine(env);
}

static int setup(void **state)
{
	struct env *env = calloc(1, sizeof(*env));

	strcpy(env->dir, "/tmp/ctr-core-XXXXXX");
	assert_non_null(mkdtemp(env->dir));
	(void)snprintf(env->root, sizeof(env->root), "%s/root", env->dir);
	(void)snprintf(env->run, sizeof(env->run), "%s/run", env->dir);
	(void)snprintf(env->rootfs, sizeof(env->rootfs), "%s/rootfs", env->dir);
	assert_int_equal(mkdir(env->rootfs, 0755), 0);
	env->engine = open_engine(env);
	*state = env;
	return 0;
}

static void drop_segments(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		char *path = strstr(line, "/dev/shm/libctr-");

		if (path) {
			path[strcspn(path, " \n")] = '\0';
			unlink(path);
		}
	}
	if (maps)
		fclose(maps);
}

static int teardown(void **state)
{
	struct env *env = *state;

	drop_segments();
	core_engine_unref(env->engine);
	os_remove_tree(AT_FDCWD, env->dir);
	free(env);
	return 0;
}

static ctr_spec_t *make_spec(const struct env *env, const char *name)
{
	ctr_spec_t *spec = NULL;

	OK(spec_new(&spec, &err));
	OK(spec_set_json(spec, "name", name, SIZE_MAX, &err));
	OK(spec_set_value(spec, "rootfs", json_object_new_string(env->rootfs), &err));
	OK(spec_set_json(spec, "command", "[\"true\"]", SIZE_MAX, &err));
	return spec;
}

static ctr_container_t *create(const struct env *env, const char *name)
{
	ctr_spec_t *spec = make_spec(env, name);
	ctr_container_t *c = NULL;

	OK(core_container_create(env->engine, spec, NULL, &c, &err));
	spec_unref(spec);
	return c;
}

static int state_of(ctr_container_t *c)
{
	CLEANUP_ROW struct container_row *row = NULL;

	OK(core_container_snapshot(c, &row, &err));
	assert_int_equal(row->intent, INTENT_NONE);
	return row->state;
}

static size_t entries(const struct env *env, const char *sub)
{
	char path[128];
	const struct dirent *entry;
	size_t n = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/%s", env->root, sub);
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d)))
		n += entry->d_name[0] != '.';
	closedir(d);
	return n;
}

static ctr_container_t *find(const struct env *env, const char *name)
{
	ctr_container_t *c = NULL;

	OK(core_container_open(env->engine, name, &c, &err));
	return c;
}

/* ---- dying in the middle ---- */

/* The container is brought to `state`, then its lock is taken, the intent saved with what the verb would have done so
 * far, and the process is gone. */
static void die_with(const struct env *env, int state, int intent)
{
	ctr_engine_t *e = open_engine(env);
	struct container_row *row;
	ctr_container_t *c = NULL;
	struct locked l;

	if (core_container_open(e, "c", &c, NULL) < 0 || core_lock(c, "test", NULL, &l, NULL) < 0)
		_exit(1);
	row = container_row_copy(l.row);
	row->intent = intent;
	row->state = state;
	row->run += intent == INTENT_INIT;
	if (intent == INTENT_INIT && (exit_file_prepare(e->exits_fd, row->id, row->run) < 0 ||
				      exit_file_open_fifo(e->exits_fd, row->id, row->run) < 0))
		_exit(2);
	if (intent == INTENT_REMOVE && os_remove_tree(e->containers_fd, row->id) < 0)
		_exit(3);
	_exit(step_save(&l, row, NULL, NULL) < 0 ? 4 : 0);
}

static void let_die(const struct env *env, int state, int intent)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		die_with(env, state, intent);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

enum finder { BY_OPEN, BY_OPERATION, FINDERS };

static void look_again(struct env *env, enum finder finder, ctr_container_t *c)
{
	if (finder == BY_OPEN)
		reopen(env);
	else
		OK(core_container_sync(c, NULL, &err));
}

static void test_died_in_init(void **state)
{
	struct env *env = *state;

	for (enum finder finder = BY_OPEN; finder < FINDERS; finder++) {
		ctr_container_t *c = create(env, "\"c\"");

		let_die(env, CTR_STATE_CONFIGURED, INTENT_INIT);
		look_again(env, finder, c);
		assert_int_equal(state_of(c), CTR_STATE_CONFIGURED);
		OK(core_container_start(c, &no_start, NULL, &err));
		OK(core_container_kill(c, 9, NULL, &err));
		OK(core_container_remove(c, &no_remove, NULL, &err));
		assert_int_equal(entries(env, "exits"), 0);
		core_container_unref(c);
	}
}

static void test_died_in_start(void **state)
{
	struct env *env = *state;

	for (enum finder finder = BY_OPEN; finder < FINDERS; finder++) {
		ctr_container_t *c = create(env, "\"c\"");

		OK(core_container_init(c, &no_start, NULL, &err));
		let_die(env, CTR_STATE_CREATED, INTENT_START);
		look_again(env, finder, c);
		assert_int_equal(state_of(c), CTR_STATE_CONFIGURED);
		assert_int_equal(entries(env, "exits"), 0);
		OK(core_container_remove(c, &no_remove, NULL, &err));
		core_container_unref(c);
	}
}

static void test_died_in_cleanup(void **state)
{
	struct env *env = *state;

	for (enum finder finder = BY_OPEN; finder < FINDERS; finder++) {
		ctr_container_t *c = create(env, "\"c\"");

		OK(core_container_init(c, &no_start, NULL, &err));
		let_die(env, CTR_STATE_CREATED, INTENT_CLEANUP);
		look_again(env, finder, c);
		assert_int_equal(state_of(c), CTR_STATE_CONFIGURED);
		OK(core_container_remove(c, &no_remove, NULL, &err));
		core_container_unref(c);
	}
}

static void test_died_in_remove(void **state)
{
	struct env *env = *state;

	for (enum finder finder = BY_OPEN; finder < FINDERS; finder++) {
		ctr_container_t *c = create(env, "\"c\""), *again;

		let_die(env, CTR_STATE_REMOVING, INTENT_REMOVE);
		if (finder == BY_OPEN)
			reopen(env);
		else
			assert_int_equal(core_container_sync(c, NULL, NULL), CTR_ERR_REMOVED);
		assert_int_equal(core_container_open(env->engine, "c", &again, NULL), CTR_ERR_NO_SUCH_CONTAINER);
		assert_int_equal(entries(env, "containers"), 0);
		core_container_unref(c);
	}
}

/* Its name is taken by a row nobody sees; its directory is there. */
static void die_creating(const struct env *env)
{
	ctr_engine_t *e = open_engine(env);
	struct container_row *row = container_row_new();
	struct lock_guard guard = {.table = NULL};

	memset(row->id, 'a', ID_LEN);
	if (container_row_set(&row->name, "c") < 0 || container_row_set(&row->config, "{}") < 0 ||
	    container_row_set(&row->runtime, "null") < 0 || container_row_set(&row->storage, "null") < 0 ||
	    store_container_insert(e->store, row, NULL, &guard, NULL) < 0 ||
	    os_mkdirat_private(e->containers_fd, row->id, NULL) < 0)
		_exit(1);
	_exit(0);
}

static void test_died_in_create(void **state)
{
	struct env *env = *state;

	for (enum finder finder = BY_OPEN; finder < FINDERS; finder++) {
		ctr_container_t *c;
		int status;
		pid_t pid = fork();

		if (pid == 0)
			die_creating(env);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_int_equal(entries(env, "containers"), 1);
		if (finder == BY_OPEN) {
			reopen(env);
			assert_int_equal(entries(env, "containers"), 0);
		}
		c = create(env, "\"c\""); /* the name is free */
		assert_int_equal(entries(env, "containers"), 1);
		OK(core_container_remove(c, &no_remove, NULL, &err));
		core_container_unref(c);
	}
}

/* Another's name is free as well when it is only half made. */
static void test_rename_to_half_made(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = create(env, "\"other\"");
	int status;
	pid_t pid = fork();

	if (pid == 0)
		die_creating(env);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(entries(env, "containers"), 2);
	OK(core_container_rename(c, "c", NULL, &err));
	assert_int_equal(entries(env, "containers"), 1);
	OK(core_container_remove(c, &no_remove, NULL, &err));
	core_container_unref(c);
}

static int start_and_die(ctr_container_t *batched, void *userdata, ctr_error_t **err)
{
	(void)userdata;
	_exit(core_container_start(batched, &no_start, NULL, err) == 0 ? 0 : 1);
}

static void test_died_in_batch(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = create(env, "\"c\""), *mine;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		env->engine = open_engine(env);
		if (core_container_open(env->engine, "c", &mine, NULL) == 0)
			(void)core_container_batch(mine, start_and_die, NULL, NULL, NULL);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	OK(core_container_sync(c, NULL, &err));
	assert_int_equal(state_of(c), CTR_STATE_RUNNING);
	OK(core_container_kill(c, 9, NULL, &err));
	OK(core_container_remove(c, &no_remove, NULL, &err));
	core_container_unref(c);
}

/* ---- another boot ---- */

static void other_boot(struct env *env)
{
	OK(store_meta_set(env->engine->store, "boot_id", "11111111-2222-3333-4444-555555555555", NULL, &err));
	OK(store_meta_set(env->engine->store, "epoch", "another", NULL, &err));
	drop_segments();
	reopen(env);
}

static void write_end(const struct env *env, ctr_container_t *c, int32_t code)
{
	struct exit_record rec = {.run = 1, .known = 1, .exit_code = code, .finished_ns = 77};

	memcpy(rec.id, c->id, sizeof(rec.id));
	assert_int_equal(exit_file_write(env->engine->exits_fd, &rec), 0);
}

static void test_another_boot(void **state)
{
	static const char *const names[] = {"configured", "created", "running", "ended", "exited"};
	static const int wanted[] = {CTR_STATE_CONFIGURED, CTR_STATE_CONFIGURED, CTR_STATE_EXITED, CTR_STATE_EXITED,
				     CTR_STATE_EXITED};
	static const int known[] = {0, 0, 0, 1, 1};
	static const int codes[] = {CTR_EXIT_UNKNOWN, CTR_EXIT_UNKNOWN, CTR_EXIT_UNKNOWN, 5, 137};
	struct env *env = *state;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		char name[32];
		ctr_container_t *c;

		(void)snprintf(name, sizeof(name), "\"%s\"", names[i]);
		c = create(env, name);
		if (i == 1)
			OK(core_container_init(c, &no_start, NULL, &err));
		if (i >= 2)
			OK(core_container_start(c, &no_start, NULL, &err));
		if (i == 3)
			write_end(env, c, 5);
		if (i == 4)
			OK(core_container_kill(c, 9, NULL, &err));
		core_container_unref(c);
	}
	other_boot(env);
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		ctr_container_t *c = find(env, names[i]);
		CLEANUP_ROW struct container_row *row = NULL;

		OK(core_container_snapshot(c, &row, &err));
		assert_int_equal(row->state, wanted[i]);
		assert_int_equal(row->exit_known, known[i]);
		assert_int_equal(row->exit_code, codes[i]);
		OK(core_container_start(c, &no_start, NULL, &err));
		OK(core_container_kill(c, 9, NULL, &err));
		OK(core_container_remove(c, &no_remove, NULL, &err));
		core_container_unref(c);
	}
	assert_int_equal(entries(env, "exits"), 0);
	assert_int_equal(entries(env, "containers"), 0);
}

/* What it was half way to does not matter any more. */
static void test_half_paused_before_boot(void **state)
{
	static const struct {
		int state, intent;
	} cases[] = {{CTR_STATE_RUNNING, INTENT_PAUSE}, {CTR_STATE_PAUSED, INTENT_UNPAUSE}, {CTR_STATE_CREATED, INTENT_CLEANUP}};
	struct env *env = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ctr_container_t *c = create(env, "\"c\"");

		OK(core_container_init(c, &no_start, NULL, &err));
		if (cases[i].state != CTR_STATE_CREATED)
			OK(core_container_start(c, &no_start, NULL, &err));
		let_die(env, cases[i].state, cases[i].intent);
		core_container_unref(c);
		other_boot(env);
		c = find(env, "c");
		assert_int_equal(state_of(c), cases[i].state == CTR_STATE_CREATED ? CTR_STATE_CONFIGURED : CTR_STATE_EXITED);
		OK(core_container_remove(c, &no_remove, NULL, &err));
		core_container_unref(c);
	}
}

static void test_lost_code_after_boot(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = create(env, "\"lost\"");
	static const struct ctr_wait_opts wait = {.size = sizeof(wait)};
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct op_call call;
	int32_t code = -7;

	OK(core_container_start(c, &no_start, NULL, &err));
	core_container_unref(c);
	other_boot(env);
	c = find(env, "lost");
	op_call_begin(&call, NULL, CTR_FOREVER);
	assert_int_equal(core_container_wait(c, &wait, &call, &code, &why), CTR_ERR_NO_SUCH_EXIT_CODE);
	assert_string_equal(error_get_detail(why, "reason"), "monitor_lost");
	assert_int_equal(code, -7);
	core_container_unref(c);
}

/* ---- leftovers and the agent ---- */

static void test_leftovers(void **state)
{
	struct env *env = *state;
	char id[ID_SIZE] = "";
	ctr_container_t *c = create(env, "\"c\"");

	memset(id, 'b', ID_LEN);
	OK(os_mkdirat_private(env->engine->containers_fd, id, NULL));
	assert_int_equal(exit_file_prepare(env->engine->exits_fd, id, 3), 0);
	let_die(env, CTR_STATE_CONFIGURED, INTENT_STOP); /* leftovers are looked for where somebody died */
	reopen(env);
	assert_int_equal(entries(env, "containers"), 1);
	assert_int_equal(entries(env, "exits"), 0);
	core_container_unref(c);
}

static void test_agent(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = create(env, "\"c\"");

	OK(core_container_start(c, &no_start, NULL, &err));
	OK(core_agent_cleanup(env->engine, c->id, 1, NULL, &err)); /* runs: nothing to do */
	assert_int_equal(state_of(c), CTR_STATE_RUNNING);
	write_end(env, c, 5);
	OK(core_agent_cleanup(env->engine, c->id, 7, NULL, &err)); /* of another run */
	OK(core_agent_cleanup(env->engine, c->id, 1, NULL, &err));
	assert_int_equal(state_of(c), CTR_STATE_EXITED);
	OK(core_agent_cleanup(env->engine, c->id, 1, NULL, &err));
	OK(core_container_remove(c, &no_remove, NULL, &err));
	OK(core_agent_cleanup(env->engine, c->id, 1, NULL, &err));
	core_container_unref(c);
}

/* ---- a holder that stands still ---- */

static void stand_still(const struct env *env)
{
	ctr_engine_t *e = open_engine(env);
	ctr_container_t *c = NULL;
	struct locked l;

	if (core_container_open(e, "c", &c, NULL) < 0 || core_lock(c, "container_start", NULL, &l, NULL) < 0)
		_exit(1);
	raise(SIGSTOP);
	_exit(core_unlock(&l, 0, NULL) < 0);
}

static void test_stopped_holder(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = create(env, "\"c\"");
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct op_call call;
	char pid_text[16];
	int status;
	pid_t pid = fork();

	if (pid == 0)
		stand_still(env);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	op_call_begin(&call, NULL, 30 * NSEC_PER_MSEC);
	assert_int_equal(core_container_start(c, &no_start, &call, &why), CTR_ERR_TIMEOUT);
	(void)snprintf(pid_text, sizeof(pid_text), "%d", (int)pid);
	assert_string_equal(error_get_detail(why, "holder_pid"), pid_text);
	assert_string_equal(error_get_detail(why, "holder_operation"), "container_start");
	assert_non_null(strstr(error_message(why), pid_text));
	assert_int_equal(state_of(c), CTR_STATE_CONFIGURED); /* who only looks does not wait */
	kill(pid, SIGCONT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	OK(core_container_start(c, &no_start, NULL, &err));
	core_container_unref(c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_died_in_create), T(test_died_in_init),   T(test_died_in_start),	  T(test_died_in_cleanup),
	    T(test_died_in_remove), T(test_another_boot),   T(test_lost_code_after_boot), T(test_half_paused_before_boot), T(test_rename_to_half_made), T(test_died_in_batch), T(test_leftovers),
	    T(test_agent),	    T(test_stopped_holder),
	};

	return cmocka_run_group_tests_name("core_null", tests, NULL, NULL);
}
