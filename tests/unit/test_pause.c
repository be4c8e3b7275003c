/* SPDX-License-Identifier: Apache-2.0 */
/* Pause and unpause on the null runtime: time stands still, signals wait, and what a process leaves that dies in the middle. */
#include "core_env.h"
#include <signal.h>
#include <sys/wait.h>
#include "base/clock.h"

#define MINUTE INT64_C(60000000000)

static const char ends_after_a_minute[] = "\"annotations\":{\"libctr.null.exit\":\"3,60000\"}";

/* As if all that the row tells of had been `ns` longer ago. */
static void let_time_pass(ctr_container_t *c, int64_t ns)
{
	struct container_row *row;
	struct locked l;

	OK(core_lock(c, "test", NULL, &l, &err));
	row = container_row_copy(l.row);
	assert_non_null(row);
	row->pid_start -= (uint64_t)ns;
	if (row->paused_ns)
		row->paused_ns -= ns;
	OK(step_save(&l, row, NULL, &err));
	OK(core_unlock(&l, 0, &err));
}

static ctr_container_t *started(const struct env *env, const char *members)
{
	ctr_container_t *c = env_create(env, "c", members);

	OK(core_container_start(c, &no_start, NULL, &err));
	return c;
}

static int exit_code(ctr_container_t *c)
{
	CLEANUP_ROW struct container_row *row = NULL;

	OK(core_container_sync(c, NULL, &err));
	OK(core_container_snapshot(c, &row, &err));
	assert_int_equal(row->state, CTR_STATE_EXITED);
	assert_int_equal(row->exit_known, 1);
	return row->exit_code;
}

static void test_time_stands_still(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = started(env, ends_after_a_minute);

	OK(core_container_pause(c, NULL, &err));
	assert_int_equal(env_state(c), CTR_STATE_PAUSED);
	let_time_pass(c, 5 * MINUTE); /* all of them paused */
	OK(core_container_sync(c, NULL, &err));
	assert_int_equal(env_state(c), CTR_STATE_PAUSED);
	OK(core_container_unpause(c, NULL, &err));
	assert_int_equal(env_state(c), CTR_STATE_RUNNING);
	OK(core_container_sync(c, NULL, &err));
	assert_int_equal(env_state(c), CTR_STATE_RUNNING);
	let_time_pass(c, 2 * MINUTE); /* now it has run for long enough */
	assert_int_equal(exit_code(c), 3);
	core_container_unref(c);
}

static void test_refusals(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", "");

	FAILS(CTR_ERR_STATE_INVALID, "pause", core_container_pause(c, NULL, &err));
	FAILS(CTR_ERR_STATE_INVALID, "unpause", core_container_unpause(c, NULL, &err));
	OK(core_container_start(c, &no_start, NULL, &err));
	FAILS(CTR_ERR_STATE_INVALID, "unpause", core_container_unpause(c, NULL, &err));
	OK(core_container_pause(c, NULL, &err));
	FAILS(CTR_ERR_STATE_INVALID, "pause", core_container_pause(c, NULL, &err));
	FAILS(CTR_ERR_STATE_INVALID, "", core_container_remove(c, &no_remove, NULL, &err));
	assert_int_equal(env_state(c), CTR_STATE_PAUSED);
	OK(core_container_remove(c, &by_force, NULL, &err));
	core_container_unref(c);
}

static void test_signals(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = started(env, "");

	/* One waits until it goes on, and then the first one counts. */
	OK(core_container_pause(c, NULL, &err));
	OK(core_container_kill(c, SIGTERM, NULL, &err));
	OK(core_container_kill(c, SIGHUP, NULL, &err));
	assert_int_equal(env_state(c), CTR_STATE_PAUSED);
	OK(core_container_unpause(c, NULL, &err));
	assert_int_equal(exit_code(c), 128 + SIGTERM);
	/* SIGKILL does not wait; nothing of the run before is left. */
	OK(core_container_start(c, &no_start, NULL, &err));
	OK(core_container_pause(c, NULL, &err));
	OK(core_container_kill(c, SIGKILL, NULL, &err));
	assert_int_equal(exit_code(c), 128 + SIGKILL);
	OK(core_container_start(c, &no_start, NULL, &err));
	OK(core_container_pause(c, NULL, &err));
	OK(core_container_unpause(c, NULL, &err));
	assert_int_equal(env_state(c), CTR_STATE_RUNNING);
	core_container_unref(c);
}

/* ---- dying in the middle ---- */

static void die_with(const struct env *env, int state, int intent)
{
	ctr_engine_t *e = env_open_engine(env);
	struct container_row *row;
	ctr_container_t *c = NULL;
	struct locked l;

	if (core_container_open(e, "c", &c, NULL) < 0 || core_lock(c, "test", NULL, &l, NULL) < 0)
		_exit(1);
	row = container_row_copy(l.row);
	row->intent = intent;
	row->state = state;
	_exit(step_save(&l, row, NULL, NULL) < 0 ? 2 : 0);
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

/* What is not frozen runs, whatever was being done; a run that has ended meanwhile has no use for the intent. */
static void test_died_in_the_middle(void **state)
{
	static const struct {
		int state, intent, after;
	} cases[] = { { CTR_STATE_RUNNING, INTENT_PAUSE, CTR_STATE_RUNNING },
		      { CTR_STATE_RUNNING, INTENT_UNPAUSE, CTR_STATE_RUNNING },
		      { CTR_STATE_RUNNING, INTENT_UPDATE, CTR_STATE_RUNNING },
		      { CTR_STATE_PAUSED, INTENT_UPDATE, CTR_STATE_PAUSED },
		      { CTR_STATE_EXITED, INTENT_PAUSE, CTR_STATE_EXITED },
		      { CTR_STATE_EXITED, INTENT_UNPAUSE, CTR_STATE_EXITED },
		      { CTR_STATE_EXITED, INTENT_UPDATE, CTR_STATE_EXITED } };
	struct env *env = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ctr_container_t *c = started(env, "");

		if (cases[i].state == CTR_STATE_PAUSED)
			OK(core_container_pause(c, NULL, &err));
		if (cases[i].state == CTR_STATE_EXITED)
			OK(core_container_kill(c, SIGKILL, NULL, &err));
		let_die(env, cases[i].state, cases[i].intent);
		OK(core_container_sync(c, NULL, &err));
		assert_int_equal(env_state(c), cases[i].after);
		if (cases[i].after == CTR_STATE_RUNNING) {
			OK(core_container_pause(c, NULL, &err));
			OK(core_container_unpause(c, NULL, &err));
		}
		OK(core_container_remove(c, &by_force, NULL, &err));
		core_container_unref(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_time_stands_still, env_setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_refusals, env_setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_signals, env_setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_died_in_the_middle, env_setup, env_teardown),
	};

	return cmocka_run_group_tests_name("pause", tests, NULL, NULL);
}
