/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the verbs fails once: each answers NO_MEMORY, breaks nothing, and the next call does what this
 * one could not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/pods.h"
#include "core/steps.h"
#include "model/spec.h"
#include "os/fs.h"

#define LIMIT 4000 /* a verb with more allocations than this has another problem */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *mem, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *mem, size_t size);

static long countdown = -1; /* < 0: nothing fails */

static int fails_now(void)
{
	return countdown >= 0 && countdown-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *mem, size_t size)
{
	return fails_now() ? NULL : __real_realloc(mem, size);
}

struct env {
	char dir[64], root[80], run[80], rootfs[80];
	ctr_engine_t *engine;
	ctr_spec_t *spec;
	ctr_container_t *c;
	ctr_pod_t *pod;
};

#define OK(call)                                                                                                       \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		if (got_ != 0)                                                                                         \
			fail_msg("line %d: %s gave %d: %s", __LINE__, #call, got_, error_message(err));                \
		error_unref(err);                                                                                      \
	} while (0)

static const struct ctr_start_opts no_start = {.size = sizeof(no_start)};
static const struct ctr_remove_opts no_remove = {.size = sizeof(no_remove)};
static const struct ctr_wait_opts no_wait = {.size = sizeof(no_wait)};

static int setup(void **state)
{
	struct env *env = calloc(1, sizeof(*env));
	struct ctr_engine_opts opts = {.size = sizeof(opts), .runtime = "null", .storage = "null"};

	strcpy(env->dir, "/tmp/ctr-memory-XXXXXX");
	assert_non_null(mkdtemp(env->dir));
	(void)snprintf(env->root, sizeof(env->root), "%s/root", env->dir);
	(void)snprintf(env->run, sizeof(env->run), "%s/run", env->dir);
	(void)snprintf(env->rootfs, sizeof(env->rootfs), "%s/rootfs", env->dir);
	assert_int_equal(mkdir(env->rootfs, 0755), 0);
	opts.root = env->root;
	opts.run_root = env->run;
	OK(core_engine_open(&opts, NULL, &env->engine, &err));
	OK(spec_new(&env->spec, &err));
	OK(spec_set_json(env->spec, "name", "\"c\"", SIZE_MAX, &err));
	OK(spec_set_value(env->spec, "rootfs", json_object_new_string(env->rootfs), &err));
	OK(spec_set_json(env->spec, "command", "[\"true\"]", SIZE_MAX, &err));
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

	countdown = -1;
	drop_segments();
	spec_unref(env->spec);
	core_container_unref(env->c);
	core_pod_unref(env->pod);
	core_engine_unref(env->engine);
	os_remove_tree(AT_FDCWD, env->dir);
	free(env);
	return 0;
}

static int do_create(struct env *env, ctr_error_t **err)
{
	core_container_unref(env->c);
	env->c = NULL;
	return core_container_create(env->engine, env->spec, NULL, &env->c, err);
}

static int do_start(struct env *env, ctr_error_t **err)
{
	return core_container_start(env->c, &no_start, NULL, err);
}

static int do_init(struct env *env, ctr_error_t **err)
{
	return core_container_init(env->c, &no_start, NULL, err);
}

static int do_kill(struct env *env, ctr_error_t **err)
{
	return core_container_kill(env->c, SIGKILL, NULL, err);
}

static int do_wait(struct env *env, ctr_error_t **err)
{
	struct op_call call;
	int32_t code = -7;

	op_call_begin(&call, NULL, CTR_FOREVER);
	return core_container_wait(env->c, &no_wait, &call, &code, err);
}

static int do_exit_fd(struct env *env, ctr_error_t **err)
{
	int fd = -1, r = core_container_exit_fd(env->c, &fd, err);

	if (r == 0)
		close(fd);
	return r;
}

static int do_cleanup(struct env *env, ctr_error_t **err)
{
	return core_container_cleanup(env->c, 0, NULL, err);
}

static int do_remove(struct env *env, ctr_error_t **err)
{
	return core_container_remove(env->c, &no_remove, NULL, err);
}

static int do_rename(struct env *env, ctr_error_t **err)
{
	return core_container_rename(env->c, "other", NULL, err);
}

static int do_artifact(struct env *env, ctr_error_t **err)
{
	return core_container_artifact_add(env->c, "kept", "x", 1, err);
}

static int do_artifact_list(struct env *env, ctr_error_t **err)
{
	char *json = NULL;
	int r = core_container_artifact_list(env->c, &json, err);

	if (r == 0)
		assert_string_equal(json, "[\"kept\"]");
	free(json);
	return r;
}

static int inside(ctr_container_t *batched, void *userdata, ctr_error_t **err)
{
	(void)userdata;
	return core_container_sync(batched, NULL, err);
}

static int do_batch(struct env *env, ctr_error_t **err)
{
	return core_container_batch(env->c, inside, NULL, NULL, err);
}

/* Fails at the first allocation, the second, … until there is none left to fail. `done`: a call that had its effect and
 * could only not say so may be refused the next time with this code. */
static void starve(struct env *env, int (*fn)(struct env *, ctr_error_t **), const char *name, int done)
{
	for (long n = 0; n < LIMIT; n++) {
		ctr_error_t *err = NULL;
		int r, over;

		countdown = n;
		r = fn(env, &err);
		over = countdown >= 0; /* nobody has come to the one that would have failed */
		countdown = -1;
		if (r != 0 && r != CTR_ERR_NO_MEMORY && r != done)
			fail_msg("%s with allocation %ld failing gave %s: %s", name, n, error_code_name(r),
				 error_message(err));
		/* Where there was no memory for the error itself it says so. */
		if (err)
			assert_true(error_code(err) == r || error_code(err) == CTR_ERR_NO_MEMORY);
		error_unref(err);
		if (r == 0 || r == done)
			return;
		assert_false(over);
	}
	fail_msg("%s has too many allocations", name);
}

static void test_every_allocation_fails(void **state)
{
	struct env *env = *state;
	struct store_counts counts;

	starve(env, do_create, "create", CTR_ERR_NAME_IN_USE);
	if (!env->c)
		OK(core_container_open(env->engine, "c", &env->c, &err));
	starve(env, do_rename, "rename", 0);
	starve(env, do_artifact, "artifact_add", CTR_ERR_EXISTS);
	starve(env, do_artifact_list, "artifact_list", 0);
	starve(env, do_batch, "batch", 0);
	starve(env, do_exit_fd, "exit_fd", 0);
	starve(env, do_init, "init", CTR_ERR_STATE_INVALID);
	starve(env, do_cleanup, "cleanup", 0);
	starve(env, do_start, "start", CTR_ERR_STATE_INVALID);
	starve(env, do_kill, "kill", CTR_ERR_STATE_INVALID);
	OK(core_container_sync(env->c, NULL, &err));
	starve(env, do_wait, "wait", 0);
	starve(env, do_start, "start again", CTR_ERR_STATE_INVALID);
	OK(core_container_kill(env->c, SIGKILL, NULL, &err));
	starve(env, do_remove, "remove", 0);
	OK(store_count(env->engine->store, &counts, &err));
	assert_int_equal(counts.slots_used, 0);
}

static int do_pod_create(struct env *env, ctr_error_t **err)
{
	core_pod_unref(env->pod);
	env->pod = NULL;
	return core_pod_create(env->engine, "{\"name\":\"p\",\"labels\":{\"a\":\"b\"}}", CTR_STRLEN, NULL, &env->pod, err);
}

static int do_pod_list(struct env *env, ctr_error_t **err)
{
	const struct ctr_list_opts opts = {
	    .size = sizeof(opts), .filters = "{\"name\":[\"p\"],\"ctr-names\":[\"infra\"],\"status\":[\"created\"],\"ctr-number\":[\"1\"]}"};
	ctr_pod_list_t *l = NULL;
	int r = core_pod_list(env->engine, &opts, NULL, &l, err);

	if (r == 0)
		assert_int_equal(l->n, 1);
	core_pod_list_unref(l);
	return r;
}

static int do_pod_inspect(struct env *env, ctr_error_t **err)
{
	char *text = NULL;
	int r = core_pod_inspect(env->pod, NULL, &text, err);

	free(text);
	return r;
}

static int do_pod_start(struct env *env, ctr_error_t **err)
{
	struct op_call call;

	op_call_begin(&call, NULL, CTR_FOREVER);
	return core_pod_start(env->pod, &call, err);
}

static int do_pod_remove(struct env *env, ctr_error_t **err)
{
	const struct ctr_remove_opts opts = {.size = sizeof(opts), .force = 1};

	return core_pod_remove(env->pod, &opts, NULL, err);
}

static void test_pods(void **state)
{
	struct env *env = *state;
	struct store_counts counts;

	starve(env, do_pod_create, "pod create", CTR_ERR_NAME_IN_USE);
	if (!env->pod)
		OK(core_pod_open(env->engine, "p", &env->pod, &err));
	starve(env, do_pod_list, "pod list", 0);
	starve(env, do_pod_inspect, "pod inspect", 0);
	OK(spec_set_json(env->spec, "pod", "\"p\"", SIZE_MAX, &err));
	starve(env, do_create, "create in a pod", CTR_ERR_NAME_IN_USE);
	starve(env, do_pod_start, "pod start", 0);
	starve(env, do_pod_remove, "pod remove", 0);
	OK(store_count(env->engine->store, &counts, &err));
	assert_int_equal(counts.slots_used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_every_allocation_fails, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_pods, setup, teardown)};

	return cmocka_run_group_tests_name("core_memory", tests, NULL, NULL);
}
