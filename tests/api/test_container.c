/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of a container, from public headers: every state, what is refused in it and what it leaves unchanged. */
#include "api_test.h"

static void test_lifecycle(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "web", NULL);
	ctr_status_t *s = NULL;
	int32_t code = -7;

	assert_int_equal(strlen(ctr_container_id(c)), 64);
	assert_string_equal(ctr_container_name(c), "web");
	assert_int_equal(state_of(c), CTR_STATE_CONFIGURED);
	OK(ctr_container_wait(c, NULL, NULL, &code, &err));
	assert_int_equal(code, 0);
	OK(ctr_container_init(c, NULL, NULL, &err));
	assert_int_equal(state_of(c), CTR_STATE_CREATED);
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_status(c, NULL, &s, &err));
	assert_int_equal(ctr_status_state(s), CTR_STATE_RUNNING);
	assert_int_equal(ctr_status_run(s), 1);
	assert_int_equal(ctr_status_exit_known(s), 0);
	assert_int_equal(ctr_status_exit_code(s), CTR_EXIT_UNKNOWN);
	assert_true(ctr_status_started_ns(s) > 0);
	ctr_status_unref(s);
	OK(ctr_container_stop(c, NULL, NULL, &err));
	OK(ctr_container_status(c, NULL, &s, &err));
	assert_int_equal(ctr_status_state(s), CTR_STATE_EXITED);
	assert_int_equal(ctr_status_exit_code(s), 143);
	assert_int_equal(ctr_status_exit_signal(s), SIGTERM);
	assert_int_equal(ctr_status_exit_known(s), 1);
	assert_int_equal(ctr_status_stopped_by_user(s), 1);
	assert_true(ctr_status_finished_ns(s) >= ctr_status_started_ns(s));
	ctr_status_unref(s);
	OK(ctr_container_remove(c, NULL, NULL, &err));
	assert_int_equal(env_count(env), 0);
	OK(ctr_container_wait(c, NULL, NULL, &code, &err));
	assert_int_equal(code, 143);
	ctr_container_unref(c);
}

static void test_runs_again(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "again", NULL);
	ctr_status_t *s = NULL;

	for (unsigned run = 1; run <= 3; run++) {
		OK(ctr_container_start(c, NULL, NULL, &err));
		OK(ctr_container_status(c, NULL, &s, &err));
		assert_int_equal(ctr_status_run(s), run);
		assert_int_equal(ctr_status_exit_known(s), 0);
		assert_int_equal(ctr_status_finished_ns(s), 0);
		assert_int_equal(ctr_status_stopped_by_user(s), 0);
		ctr_status_unref(s);
		OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	}
	assert_int_equal(env_entries(env, "exits"), 0);
	ctr_container_unref(c);
}

static void test_exit_codes(void **state)
{
	static const char *const ends[] = {"0", "1", "42", "126", "127", "255", "0,30", "42,30", "255,1"};
	struct env *env = *state;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		ctr_container_t *c = env_create(env, NULL, ends[i]);
		ctr_status_t *s = NULL;
		int32_t code = -7;

		OK(ctr_container_start(c, NULL, NULL, &err));
		OK(ctr_container_wait(c, NULL, NULL, &code, &err));
		assert_int_equal(code, atoi(ends[i]));
		OK(ctr_container_status(c, NULL, &s, &err));
		assert_int_equal(ctr_status_state(s), CTR_STATE_EXITED);
		assert_int_equal(ctr_status_exit_code(s), atoi(ends[i]));
		assert_int_equal(ctr_status_exit_signal(s), 0);
		ctr_status_unref(s);
		OK(ctr_container_remove(c, NULL, NULL, &err));
		code = -7;
		OK(ctr_container_wait(c, NULL, NULL, &code, &err));
		assert_int_equal(code, atoi(ends[i]));
		ctr_container_unref(c);
	}
	assert_int_equal(env_entries(env, "exits"), 0);
	assert_int_equal(env_entries(env, "containers"), 0);
}

/* ---- illegal states ---- */

enum call { INIT, START, STOP, KILL, CLEANUP, CLEANUP_STOPPED, REMOVE, CALLS };

static int do_call(enum call call, ctr_container_t *c, ctr_error_t **err)
{
	switch (call) {
	case INIT:
		return ctr_container_init(c, NULL, NULL, err);
	case START:
		return ctr_container_start(c, NULL, NULL, err);
	case STOP:
		return ctr_container_stop(c, NULL, NULL, err);
	case KILL:
		return ctr_container_kill(c, SIGTERM, NULL, err);
	case CLEANUP:
		return ctr_container_cleanup(c, 0, NULL, err);
	case CLEANUP_STOPPED:
		return ctr_container_cleanup(c, 1, NULL, err);
	default:
		return ctr_container_remove(c, NULL, NULL, err);
	}
}

static void refuse(ctr_container_t *c, ctr_state_t in, enum call call, int code)
{
	ctr_error_t *err = NULL;
	int r = do_call(call, c, &err);

	if (r != code)
		fail_msg("call %d in state %s gave %s: %s", call, ctr_state_name(in), ctr_error_code_name(r),
			 ctr_error_message(err));
	assert_string_equal(ctr_error_detail(err, "state"), ctr_state_name(in));
	assert_non_null(strstr(ctr_error_message(err), ctr_container_name(c)));
	ctr_error_unref(err);
	assert_int_equal(state_of(c), in);
}

static void test_illegal_states(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "refuses", NULL);

	refuse(c, CTR_STATE_CONFIGURED, STOP, CTR_ERR_STATE_INVALID);
	refuse(c, CTR_STATE_CONFIGURED, KILL, CTR_ERR_STATE_INVALID);
	refuse(c, CTR_STATE_CONFIGURED, CLEANUP_STOPPED, CTR_ERR_STATE_INVALID);
	OK(ctr_container_cleanup(c, 0, NULL, &err));
	OK(ctr_container_init(c, NULL, NULL, &err));
	refuse(c, CTR_STATE_CREATED, INIT, CTR_ERR_STATE_INVALID);
	refuse(c, CTR_STATE_CREATED, KILL, CTR_ERR_STATE_INVALID);
	refuse(c, CTR_STATE_CREATED, CLEANUP_STOPPED, CTR_ERR_STATE_INVALID);
	OK(ctr_container_start(c, NULL, NULL, &err));
	refuse(c, CTR_STATE_RUNNING, INIT, CTR_ERR_STATE_INVALID);
	refuse(c, CTR_STATE_RUNNING, START, CTR_ERR_STATE_INVALID);
	refuse(c, CTR_STATE_RUNNING, CLEANUP, CTR_ERR_STATE_INVALID);
	refuse(c, CTR_STATE_RUNNING, CLEANUP_STOPPED, CTR_ERR_STATE_INVALID);
	refuse(c, CTR_STATE_RUNNING, REMOVE, CTR_ERR_STATE_INVALID);
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	refuse(c, CTR_STATE_EXITED, STOP, CTR_ERR_STOPPED);
	refuse(c, CTR_STATE_EXITED, KILL, CTR_ERR_STATE_INVALID);
	refuse(c, CTR_STATE_EXITED, CLEANUP_STOPPED, CTR_ERR_STATE_INVALID);
	OK(ctr_container_cleanup(c, 0, NULL, &err));
	OK(ctr_container_sync(c, NULL, &err));
	ctr_container_unref(c);
}

static void test_created_goes_back(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "back", NULL);
	int fd = -1;

	OK(ctr_container_init(c, NULL, NULL, &err));
	OK(ctr_container_exit_fd(c, &fd, &err));
	OK(ctr_container_cleanup(c, 0, NULL, &err));
	assert_int_equal(state_of(c), CTR_STATE_CONFIGURED);
	assert_false(is_ready(fd)); /* no run has ended: it stands for the next one */
	OK(ctr_container_start(c, NULL, NULL, &err));
	assert_false(is_ready(fd));
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	assert_true(is_ready(fd));
	close(fd);
	ctr_container_unref(c);
}

static void test_stop_of_created(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "never", NULL);

	OK(ctr_container_init(c, NULL, NULL, &err));
	OK(ctr_container_stop(c, NULL, NULL, &err));
	assert_int_equal(state_of(c), CTR_STATE_EXITED);
	ctr_container_unref(c);
}

static int stopped_by_user(ctr_container_t *c)
{
	ctr_status_t *s = NULL;
	int r;

	OK(ctr_container_status(c, NULL, &s, &err));
	r = ctr_status_stopped_by_user(s);
	ctr_status_unref(s);
	return r;
}

/* Who stops what has just ended does not want it started again. */
static void test_stop_of_ended(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "ended", "0");

	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_stop(c, NULL, NULL, &err));
	assert_int_equal(stopped_by_user(c), 0);
	OK(ctr_container_start(c, NULL, NULL, &err));
	assert_int_equal(stopped_by_user(c), 0);
	EXPECT(CTR_ERR_STOPPED, ctr_container_stop(c, NULL, NULL, &err));
	assert_int_equal(stopped_by_user(c), 1);
	ctr_container_unref(c);
}

static void test_kill_signals(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "signals", NULL);
	static const int bad[] = {0, -1, 65, 1000};

	OK(ctr_container_start(c, NULL, NULL, &err));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT(CTR_ERR_INVALID_ARG, ctr_container_kill(c, bad[i], NULL, &err));
	assert_int_equal(state_of(c), CTR_STATE_RUNNING);
	OK(ctr_container_kill(c, SIGHUP, NULL, &err));
	assert_int_equal(state_of(c), CTR_STATE_EXITED);
	assert_int_equal(stopped_by_user(c), 1);
	ctr_container_unref(c);
}

/* ---- removal ---- */

static void test_removed_handle(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "gone", "7"), *other = NULL, *found = NULL;
	ctr_status_t *s = NULL;
	char *json = NULL;
	int32_t code = -7;
	int fd = -1;

	OK(ctr_container_open(env->engine, "gone", &other, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_remove(other, NULL, NULL, &err));
	EXPECT(CTR_ERR_NO_SUCH_CONTAINER, ctr_container_open(env->engine, "gone", &found, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_status(c, NULL, &s, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_inspect(c, NULL, &json, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_init(c, NULL, NULL, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_start(c, NULL, NULL, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_stop(c, NULL, NULL, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_kill(c, SIGTERM, NULL, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_sync(c, NULL, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_cleanup(c, 0, NULL, &err));
	assert_null(s);
	assert_null(json);
	OK(ctr_container_remove(c, NULL, NULL, &err));
	assert_string_equal(ctr_container_name(c), "gone");
	OK(ctr_container_wait(c, NULL, NULL, &code, &err));
	assert_int_equal(code, 7);
	OK(ctr_container_exit_fd(c, &fd, &err));
	assert_true(is_ready(fd));
	close(fd);
	assert_int_equal(env_entries(env, "exits"), 0);
	ctr_container_unref(c);
	ctr_container_unref(other);
}

static void test_removed_and_never_run(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, NULL, NULL);
	int32_t code = -7;
	int fd = -1;

	OK(ctr_container_exit_fd(c, &fd, &err));
	assert_false(is_ready(fd));
	OK(ctr_container_remove(c, NULL, NULL, &err));
	assert_true(is_ready(fd));
	EXPECT(CTR_ERR_REMOVED, ctr_container_wait(c, NULL, NULL, &code, &err));
	assert_int_equal(code, -7);
	close(fd);
	ctr_container_unref(c);
}

static void test_remove_by_force(void **state)
{
	struct env *env = *state;
	ctr_container_t *c[3];
	int32_t code = -7;

	for (int i = 0; i < 3; i++)
		c[i] = env_create(env, NULL, NULL);
	OK(ctr_container_init(c[1], NULL, NULL, &err));
	OK(ctr_container_start(c[2], NULL, NULL, &err));
	for (int i = 0; i < 3; i++)
		remove_by_force(c[i]);
	OK(ctr_container_wait(c[2], NULL, NULL, &code, &err));
	assert_int_equal(code, 143);
	assert_int_equal(env_count(env), 0);
	assert_int_equal(env_entries(env, "containers"), 0);
	assert_int_equal(env_entries(env, "exits"), 0);
	for (int i = 0; i < 3; i++)
		ctr_container_unref(c[i]);
}

static void test_auto_remove(void **state)
{
	struct env *env = *state;
	ctr_spec_t *spec = env_spec(env, "once", NULL);
	ctr_container_t *c = NULL;
	int32_t code = -7;
	int fd = -1;

	OK(ctr_spec_set_json(spec, "remove", "true", CTR_STRLEN, &err));
	OK(ctr_container_create(env->engine, spec, NULL, &c, &err));
	ctr_spec_unref(spec);
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_exit_fd(c, &fd, &err));
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	assert_true(is_ready(fd));
	assert_int_equal(env_count(env), 0);
	OK(ctr_container_wait(c, NULL, NULL, &code, &err));
	assert_int_equal(code, 137);
	close(fd);
	ctr_container_unref(c);
}

/* ---- create and open ---- */

static void test_names(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "taken", NULL), *again = NULL;
	ctr_spec_t *spec = env_spec(env, "taken", NULL);
	char prefix[13] = "";

	EXPECT(CTR_ERR_NAME_IN_USE, ctr_container_create(env->engine, spec, NULL, &again, &err));
	assert_null(again);
	assert_int_equal(env_count(env), 1);
	memcpy(prefix, ctr_container_id(c), 12);
	OK(ctr_container_open(env->engine, prefix, &again, &err));
	assert_string_equal(ctr_container_id(again), ctr_container_id(c));
	ctr_container_unref(again);
	again = NULL;
	OK(ctr_container_open(env->engine, "/taken", &again, &err));
	assert_string_equal(ctr_container_id(again), ctr_container_id(c));
	ctr_container_unref(again);
	again = NULL;
	EXPECT(CTR_ERR_NO_SUCH_CONTAINER, ctr_container_open(env->engine, "//taken", &again, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_open(env->engine, "/", &again, &err));
	EXPECT(CTR_ERR_NO_SUCH_CONTAINER, ctr_container_open(env->engine, "%", &again, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_open(env->engine, "", &again, &err));
	OK(ctr_container_remove(c, NULL, NULL, &err));
	OK(ctr_container_create(env->engine, spec, NULL, &again, &err));
	ctr_container_unref(again);
	ctr_container_unref(c);
	ctr_spec_unref(spec);
}

struct heard {
	ctr_container_t *c;
	int started, bad;
};

/* What a log function may do: ask the container, and change it. */
static void listen(int32_t level, const char *domain, const char *message, const char *fields, void *userdata)
{
	struct heard *heard = userdata;
	ctr_error_t *err = NULL;

	heard->bad |= level > CTR_LOG_INFO || strcmp(domain, "core") != 0 || fields[0] != '{';
	if (!heard->c || !strstr(message, "was started"))
		return;
	heard->started++;
	heard->bad |= !strstr(fields, ctr_container_id(heard->c)) || ctr_container_kill(heard->c, SIGKILL, NULL, &err) != 0;
	ctr_error_unref(err);
}

static void test_log_function_holds_no_lock(void **state)
{
	struct env *env = *state;
	struct heard heard = {.c = NULL};
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_spec_t *spec = env_spec(env, "heard", NULL);

	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = env->root;
	opts.run_root = env->run;
	opts.runtime = "null";
	opts.log_level = CTR_LOG_INFO;
	opts.log_fn = listen;
	opts.log_userdata = &heard;
	OK(ctr_engine_open(&opts, NULL, &engine, &err));
	OK(ctr_container_create(engine, spec, NULL, &heard.c, &err));
	OK(ctr_container_start(heard.c, NULL, NULL, &err));
	assert_int_equal(heard.started, 1);
	assert_int_equal(heard.bad, 0);
	assert_int_equal(state_of(heard.c), CTR_STATE_EXITED);
	ctr_container_unref(heard.c);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
}

/* One place has one spelling, however it is said. */
static void test_spelling_of_paths(void **state)
{
	struct env *env = *state;
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	char root[sizeof(env->root) + 2], run[sizeof(env->run) + 2];

	snprintf(root, sizeof(root), "/%s/", env->root);
	snprintf(run, sizeof(run), "/%s/", env->run);
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = root;
	opts.run_root = run;
	opts.runtime = "null";
	OK(ctr_engine_open(&opts, NULL, &engine, &err));
	ctr_engine_unref(engine);
	engine = NULL;
	opts.hooks_dir = "/etc";
	EXPECT(CTR_ERR_UNSUPPORTED_OPTION, ctr_engine_open(&opts, NULL, &engine, &err));
	assert_null(engine);
}

static void test_create_refuses(void **state)
{
	struct env *env = *state;
	ctr_spec_t *spec = env_spec(env, "bad", NULL);
	ctr_container_t *c = NULL;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/missing", env->dir);
	OK(ctr_spec_set_rootfs(spec, path, &err));
	EXPECT(CTR_ERR_NO_SUCH_FILE, ctr_container_create(env->engine, spec, NULL, &c, &err));
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_create(env->engine, spec, NULL, &c, &err));
	OK(ctr_spec_set_rootfs(spec, env->rootfs, &err));
	OK(ctr_spec_set_json(spec, "oci_runtime", "\"no-such-runtime\"", CTR_STRLEN, &err));
	EXPECT(CTR_ERR_RUNTIME_NOT_FOUND, ctr_container_create(env->engine, spec, NULL, &c, &err));
	assert_null(c);
	assert_int_equal(env_count(env), 0);
	assert_int_equal(env_entries(env, "containers"), 0);
	OK(ctr_spec_set_json(spec, "oci_runtime", "null", CTR_STRLEN, &err));
	OK(ctr_container_create(env->engine, spec, NULL, &c, &err)); /* the name has stayed free */
	ctr_container_unref(c);
	ctr_spec_unref(spec);
}

static void test_cancelled_create(void **state)
{
	struct env *env = *state;
	ctr_spec_t *spec = env_spec(env, "cancelled", NULL);
	ctr_container_t *c = NULL;
	ctr_op_t *op = NULL;

	OK(ctr_op_new(&op, &err));
	ctr_op_cancel(op);
	EXPECT(CTR_ERR_CANCELLED, ctr_container_create(env->engine, spec, op, &c, &err));
	assert_null(c);
	ctr_op_reset(op);
	OK(ctr_container_create(env->engine, spec, op, &c, &err));
	ctr_container_unref(c);
	ctr_op_unref(op);
	ctr_spec_unref(spec);
}

/* ---- arguments ---- */

static void test_options(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "opts", NULL);
	struct ctr_start_opts start;
	struct ctr_stop_opts stop;
	struct ctr_remove_opts rm;
	struct ctr_wait_opts wait;
	struct {
		struct ctr_wait_opts known;
		uint64_t more;
	} wide;
	int32_t code = -7;

	ctr_start_opts_init(&start, sizeof(start));
	start.recursive = 2;
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_start(c, &start, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_init(c, &start, NULL, &err));
	start.recursive = 0;
	start.use_stdio = 1;
	start.stdin_fd = 987;
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_start(c, &start, NULL, &err));
	start.size = 8;
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_start(c, &start, NULL, &err));
	ctr_stop_opts_init(&stop, sizeof(stop));
	stop.size = 5000;
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_stop(c, &stop, NULL, &err));
	ctr_remove_opts_init(&rm, sizeof(rm));
	rm.volumes = 2;
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_remove(c, &rm, NULL, &err));
	rm.volumes = 0;
	rm.depend = 2;
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_remove(c, &rm, NULL, &err));
	ctr_wait_opts_init(&wait, sizeof(wait));
	wait.conditions = UINT64_C(1) << 40;
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_wait(c, &wait, NULL, &code, &err));
	wait.conditions = CTR_WAIT_HEALTHY;
	EXPECT(CTR_ERR_NOT_SUPPORTED, ctr_container_wait(c, &wait, NULL, &code, &err));
	ctr_wait_opts_init(&wide.known, sizeof(wide));
	OK(ctr_container_wait(c, &wide.known, NULL, &code, &err));
	wide.more = 1;
	EXPECT(CTR_ERR_UNSUPPORTED_OPTION, ctr_container_wait(c, &wide.known, NULL, &code, &err));
	assert_int_equal(state_of(c), CTR_STATE_CONFIGURED);
	ctr_container_unref(c);
}

static void test_null_arguments(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "nulls", NULL);
	ctr_spec_t *spec = env_spec(env, "x", NULL);
	ctr_container_t *ret = NULL;

	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_create(NULL, spec, NULL, &ret, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_create(env->engine, NULL, NULL, &ret, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_create(env->engine, spec, NULL, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_open(env->engine, NULL, &ret, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_init(NULL, NULL, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_start(NULL, NULL, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_stop(NULL, NULL, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_kill(NULL, 9, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_wait(NULL, NULL, NULL, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_exit_fd(c, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_status(c, NULL, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_inspect(c, NULL, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_sync(NULL, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_cleanup(NULL, 0, NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_remove(NULL, NULL, NULL, &err));
	assert_string_equal(ctr_container_id(NULL), "");
	assert_null(ctr_container_unref(NULL));
	assert_int_equal(env_count(env), 1);
	ctr_spec_unref(spec);
	ctr_container_unref(c);
}

/* The first error wins: a filled *err is left alone, the return value tells. */
static void test_first_error_wins(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "first", NULL);
	ctr_error_t *err = ctr_error_new(CTR_ERR_USER, "mine", NULL);

	assert_int_equal(ctr_container_kill(c, SIGTERM, NULL, &err), CTR_ERR_STATE_INVALID);
	assert_string_equal(ctr_error_message(err), "mine");
	assert_int_equal(ctr_container_start(c, NULL, NULL, &err), 0);
	ctr_error_unref(err);
	ctr_container_unref(c);
}

static void test_after_fork(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "forked", NULL);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		ctr_status_t *s = NULL;
		int fd = -1, bad = 0;

		bad |= ctr_container_status(c, NULL, &s, NULL) != CTR_ERR_FORKED;
		bad |= ctr_container_start(c, NULL, NULL, NULL) != CTR_ERR_FORKED;
		bad |= ctr_container_exit_fd(c, &fd, NULL) != CTR_ERR_FORKED;
		bad |= ctr_container_remove(c, NULL, NULL, NULL) != CTR_ERR_FORKED;
		ctr_container_unref(c);
		_exit(bad);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(state_of(c), CTR_STATE_CONFIGURED);
	ctr_container_unref(c);
}

/* What a list has seen ended is not stored as ended yet: its handle must not take the one for the other. */
static void test_removed_through_a_list_that_saw_its_end(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "x", "3,1");
	ctr_container_list_t *l = NULL;
	struct pollfd p = {.events = POLLIN};
	int32_t code = 0;

	OK(ctr_container_start(c, NULL, NULL, &err));
	/* Its monitor's clock writes the record, and nobody has come by to store it when the list is made. */
	OK(ctr_container_exit_fd(c, &p.fd, &err));
	assert_int_equal(poll(&p, 1, 30000), 1);
	close(p.fd);
	OK(ctr_container_list(env->engine, NULL, NULL, &l, &err));
	assert_int_equal(ctr_container_list_count(l), 1);
	assert_int_equal(ctr_status_exit_code(ctr_container_list_status(l, 0)), 3);
	OK(ctr_container_remove(ctr_container_list_get(l, 0), NULL, NULL, &err));
	ctr_container_list_unref(l);
	OK(ctr_container_wait(c, NULL, NULL, &code, &err));
	assert_int_equal(code, 3);
	ctr_container_unref(c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_lifecycle),	     T(test_runs_again),	T(test_exit_codes),
	    T(test_illegal_states),  T(test_created_goes_back), T(test_stop_of_created),
	    T(test_kill_signals), T(test_stop_of_ended), T(test_log_function_holds_no_lock), T(test_spelling_of_paths),    T(test_removed_handle),	T(test_removed_and_never_run),
	    T(test_remove_by_force), T(test_auto_remove),	T(test_names),
	    T(test_create_refuses),  T(test_cancelled_create),	T(test_options),
	    T(test_null_arguments),  T(test_first_error_wins),	T(test_after_fork),
	    T(test_removed_through_a_list_that_saw_its_end),
	};

	return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}
