/* SPDX-License-Identifier: Apache-2.0 */
/* A process is killed at every point where a pod's verbs write: the next one finds whole pods or none, and no lock
 * lost. */
#include "core_env.h"
#include <signal.h>
#include <sys/wait.h>
#include "core/list.h"
#include "core/pods.h"

#define LIMIT 400

void __real_lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev);
void __wrap_lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev);

static long countdown = -1; /* < 0: nobody dies */

/* Each change of a row comes by here, before its transaction and after it. */
void __wrap_lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev)
{
	if (countdown >= 0 && countdown-- == 0)
		raise(SIGKILL);
	__real_lock_rev_set(t, slot, rev);
}

static int setup_dirs(void **state)
{
	struct env *env = calloc(1, sizeof(*env));

	strcpy(env->dir, "/tmp/ctr-pods-XXXXXX");
	assert_non_null(mkdtemp(env->dir));
	(void)snprintf(env->root, sizeof(env->root), "%s/root", env->dir);
	(void)snprintf(env->run, sizeof(env->run), "%s/run", env->dir);
	(void)snprintf(env->rootfs, sizeof(env->rootfs), "%s/rootfs", env->dir);
	assert_int_equal(mkdir(env->rootfs, 0755), 0);
	*state = env;
	return 0;
}

/* One life of a pod; the exit code says which step has gone wrong. */
static void live(struct env *env, long n)
{
	struct op_call call;
	ctr_pod_t *pod = NULL;
	ctr_container_t *c = NULL;
	int step = 1;

	env->engine = env_open_engine(env);
	op_call_begin(&call, NULL, CTR_FOREVER);
	countdown = n;
	if (core_pod_create(env->engine, "{\"name\":\"p\"}", CTR_STRLEN, NULL, &pod, NULL) == 0 && ++step &&
	    env_try_create(env, "one", "\"pod\":\"p\"", &c, NULL) == 0 && ++step &&
	    core_pod_start(pod, &call, NULL) == 0 && ++step && core_pod_stop(pod, &no_stop, NULL, NULL) == 0 &&
	    ++step && core_pod_remove(pod, &by_force, NULL, NULL) == 0)
		step = 0;
	_exit(step);
}

static void check_pod(struct env *env, ctr_pod_t *pod)
{
	CLEANUP_MEMBERS struct pod_members m = {.n = 0};
	CLEANUP_FREE char *text = NULL;
	CLEANUP_ROW struct container_row *infra = NULL;

	OK(core_pod_inspect(pod, NULL, &text, &err));
	OK(core_pod_members(env->engine, pod->id, &m, &err));
	assert_true(m.n >= 1 && m.n <= 2);
	OK(store_container_load(env->engine->store, pod->row->infra_id, &infra, &err));
	assert_true(infra->is_infra);
	OK(core_pod_remove(pod, &by_force, NULL, &err));
}

static void check_store(struct env *env)
{
	const struct ctr_list_opts all = {.size = sizeof(all)};
	CLEANUP_FREE char *text = NULL;
	CLEANUP_JSON json_t *audit = NULL;
	ctr_pod_list_t *l = NULL;
	struct store_counts counts;

	env->engine = env_open_engine(env);
	OK(core_pod_list(env->engine, &all, NULL, &l, &err));
	assert_true(l->n <= 1);
	for (size_t i = 0; i < l->n; i++)
		check_pod(env, l->pods[i]);
	core_pod_list_unref(l);
	OK(store_count(env->engine->store, &counts, &err));
	assert_int_equal(counts.containers, 0);
	assert_int_equal(counts.slots_used, 0);
	OK(core_engine_lock_audit(env->engine, &text, &err));
	assert_int_equal(json_parse(text, CTR_STRLEN, &audit, NULL, NULL), 0);
	assert_int_equal(json_object_array_length(json_get(audit, "leaked")), 0);
	assert_int_equal(json_object_array_length(json_get(audit, "held")), 0);
	env->engine = core_engine_unref(env->engine);
}

static void test_killed_anywhere(void **state)
{
	struct env *env = *state;

	for (long n = 0; n < LIMIT; n++) {
		int status = 0;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			live(env, n);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		check_store(env);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			assert_true(n > 20);
			return;
		}
		assert_int_equal(WTERMSIG(status), SIGKILL);
	}
	fail_msg("a pod's life has more than %d changes", LIMIT);
}

static int teardown_dirs(void **state)
{
	struct env *env = *state;

	env->engine = env_open_engine(env);
	return env_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_killed_anywhere, setup_dirs, teardown_dirs)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
