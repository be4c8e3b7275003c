/* SPDX-License-Identifier: Apache-2.0 */
/* ctr-agent as its monitor uses it: items in, answers out, the end with the socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/steps.h"
#include "model/spec.h"
#include "os/fs.h"

struct env {
	char dir[64], root[80], run[80], rootfs[80];
	ctr_engine_t *engine;
	pid_t agent;
	int sock;
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

static const char *agent_path(void)
{
	const char *said = getenv("CTR_TEST_AGENT");

	return said ? said : "helper/ctr-agent";
}

static int start_agent(struct env *env)
{
	char *argv[] = {(char *)"ctr-agent", (char *)"--root", env->root, (char *)"--run-root", env->run, NULL};
	char *envp[] = {NULL};
	posix_spawn_file_actions_t files;
	int pair[2], r;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_true(pair[1] != 3);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, pair[1], 3);
	r = posix_spawn(&env->agent, agent_path(), &files, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&files);
	close(pair[1]);
	env->sock = pair[0];
	return r;
}

static int setup(void **state)
{
	struct env *env = calloc(1, sizeof(*env));
	struct ctr_engine_opts opts = {.size = sizeof(opts), .runtime = "null", .storage = "null"};

	strcpy(env->dir, "/tmp/ctr-agent-XXXXXX");
	assert_non_null(mkdtemp(env->dir));
	(void)snprintf(env->root, sizeof(env->root), "%s/root", env->dir);
	(void)snprintf(env->run, sizeof(env->run), "%s/run", env->dir);
	(void)snprintf(env->rootfs, sizeof(env->rootfs), "%s/rootfs", env->dir);
	assert_int_equal(mkdir(env->rootfs, 0755), 0);
	opts.root = env->root;
	opts.run_root = env->run;
	OK(core_engine_open(&opts, NULL, &env->engine, &err));
	*state = env;
	return start_agent(env);
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
	int status = -1;

	close(env->sock); /* the end of its work */
	assert_int_equal(waitpid(env->agent, &status, 0), env->agent);
	assert_int_equal(status, 0);
	drop_segments();
	core_engine_unref(env->engine);
	os_remove_tree(AT_FDCWD, env->dir);
	free(env);
	return 0;
}

static ctr_container_t *create(const struct env *env, const char *name, const char *remove)
{
	ctr_spec_t *spec = NULL;
	ctr_container_t *c = NULL;

	OK(spec_new(&spec, &err));
	OK(spec_set_value(spec, "name", json_object_new_string(name), &err));
	OK(spec_set_value(spec, "rootfs", json_object_new_string(env->rootfs), &err));
	OK(spec_set_json(spec, "command", "[\"true\"]", SIZE_MAX, &err));
	OK(spec_set_json(spec, "remove", remove, SIZE_MAX, &err));
	OK(core_container_create(env->engine, spec, NULL, &c, &err));
	spec_unref(spec);
	return c;
}

static void write_end(const struct env *env, const ctr_container_t *c)
{
	struct exit_record rec = {.run = 1, .known = 1, .exit_code = 5, .finished_ns = 77};

	memcpy(rec.id, c->id, sizeof(rec.id));
	assert_int_equal(exit_file_write(env->engine->exits_fd, &rec), 0);
}

static void ask(const struct env *env, const char *id, unsigned run, const char *what)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "{\"id\":\"%s\",\"run\":%u,\"what\":\"%s\"}\n", id, run, what);

	assert_int_equal(send(env->sock, text, (size_t)n, MSG_NOSIGNAL), n);
}

static void expect(const struct env *env, const char *id, const char *result)
{
	CLEANUP_JSON json_t *j = NULL;
	char text[1024];
	ssize_t n = recv(env->sock, text, sizeof(text), 0);

	assert_true(n > 0);
	assert_int_equal(json_parse(text, (size_t)n, &j, NULL, NULL), 0);
	assert_string_equal(json_get_str(j, "id", ""), id);
	assert_string_equal(json_get_str(j, "result", ""), result);
}

static void test_cleans_up(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = create(env, "stays", "false");
	CLEANUP_ROW struct container_row *row = NULL;

	OK(core_container_start(c, &no_start, NULL, &err));
	write_end(env, c);
	ask(env, c->id, 1, "cleanup");
	expect(env, c->id, "done");
	OK(core_container_snapshot(c, &row, &err));
	assert_int_equal(row->state, CTR_STATE_EXITED);
	assert_int_equal(row->exit_code, 5);
	core_container_unref(c);
}

static void test_removes_what_asks_for_it(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = create(env, "goes", "true");
	CLEANUP_ROW struct container_row *row = NULL;

	OK(core_container_start(c, &no_start, NULL, &err));
	write_end(env, c);
	ask(env, c->id, 1, "cleanup");
	expect(env, c->id, "done");
	assert_int_equal(core_container_snapshot(c, &row, NULL), CTR_ERR_REMOVED);
	ask(env, c->id, 1, "cleanup");
	expect(env, c->id, "done");
	core_container_unref(c);
}

/* A lock that is held is not waited for. */
static void test_busy(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = create(env, "held", "false");
	struct locked l;

	OK(core_lock(c, "test", NULL, &l, &err));
	ask(env, c->id, 0, "cleanup");
	expect(env, c->id, "busy");
	OK(core_unlock(&l, 0, &err));
	ask(env, c->id, 0, "cleanup");
	expect(env, c->id, "done");
	core_container_unref(c);
}

static void test_unknown_work(void **state)
{
	struct env *env = *state;

	ask(env, "x", 1, "cleanup");
	expect(env, "x", "error");
	ask(env, "y", 1, "dance");
	expect(env, "y", "error");
}

/* Where the store has been deleted an agent makes no other one. */
static void test_no_store(void **state)
{
	struct env *env = *state, late = *env;
	int status = -1;

	(void)snprintf(late.root, sizeof(late.root), "%s/gone", env->dir);
	assert_int_equal(start_agent(&late), 0);
	ask(&late, "x", 1, "dance");
	expect(&late, "x", "error");
	close(late.sock);
	assert_int_equal(waitpid(late.agent, &status, 0), late.agent);
	assert_int_equal(status, 0);
	assert_int_equal(access(late.root, F_OK), -1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(test_cleans_up), T(test_removes_what_asks_for_it), T(test_busy),
					   T(test_unknown_work), T(test_no_store)};

	return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
