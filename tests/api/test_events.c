/* SPDX-License-Identifier: Apache-2.0 */
/* Events by the public functions: each verb tells its own once, readers resume, filter, follow and sleep. */
#include "api_test.h"

#include <json-c/json.h>
#include <pthread.h>
#include <time.h>

static ctr_events_t *open_events(const struct env *env, uint64_t after, int follow, const char *filters)
{
	struct ctr_events_opts opts;
	ctr_events_t *m = NULL;

	ctr_events_opts_init(&opts, sizeof(opts));
	opts.after_id = after;
	opts.follow = follow;
	opts.filters = filters;
	opts.filters_len = CTR_STRLEN;
	OK(ctr_events_open(env->engine, &opts, NULL, &m, &err));
	return m;
}

static struct json_object *next(ctr_events_t *m)
{
	struct json_object *o;
	char *text = NULL;

	OK(ctr_events_next(m, &text, &err));
	o = json_tokener_parse(text);
	ctr_free(text);
	assert_non_null(o);
	return o;
}

static const char *str(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

static int64_t num(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	assert_true(json_object_object_get_ex(o, key, &v));
	return json_object_get_int64(v);
}

static void expect_answer(ctr_events_t *m, int code)
{
	char *text = (char *)0x1;
	ctr_error_t *err = NULL;

	assert_int_equal(ctr_events_next(m, &text, &err), code);
	assert_null(err);
	assert_ptr_equal(text, (char *)0x1);
}

/* "create init start …" of all that m has now */
static void statuses(ctr_events_t *m, char *buf, size_t size)
{
	char *text = NULL;

	*buf = '\0';
	while (ctr_events_next(m, &text, NULL) == 0) {
		struct json_object *o = json_tokener_parse(text);

		ctr_free(text);
		(void)snprintf(buf + strlen(buf), size - strlen(buf), "%s%s", *buf ? " " : "", str(o, "Status"));
		json_object_put(o);
	}
}

static void expect_statuses(const struct env *env, const char *filters, const char *wanted)
{
	ctr_events_t *m = open_events(env, 0, 0, filters);
	char buf[512];

	statuses(m, buf, sizeof(buf));
	assert_string_equal(buf, wanted);
	expect_answer(m, CTR_ERR_END);
	ctr_events_unref(m);
}

static void live_and_die(const struct env *env, const char *name)
{
	ctr_container_t *c = env_create(env, name, NULL);

	OK(ctr_container_init(c, NULL, NULL, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_sync(c, NULL, &err));
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_stop(c, NULL, NULL, &err));
	OK(ctr_container_remove(c, NULL, NULL, &err));
	ctr_container_unref(c);
}

static void test_every_verb_once(void **state)
{
	struct env *env = *state;

	live_and_die(env, "one");
	expect_statuses(env, NULL, "create init start sync kill died cleanup init start stop died cleanup remove");
	/* Nothing happens when a call is refused. */
	{
		ctr_container_t *c = env_create(env, "two", NULL);

		EXPECT(CTR_ERR_STATE_INVALID, ctr_container_kill(c, SIGKILL, NULL, &err));
		EXPECT(CTR_ERR_STATE_INVALID, ctr_container_stop(c, NULL, NULL, &err));
		expect_statuses(env, "{\"container\":[\"two\"]}", "create");
		ctr_container_unref(c);
	}
}

static void test_what_an_event_says(void **state)
{
	struct env *env = *state;
	ctr_spec_t *spec = env_spec(env, "talker", "7,0");
	ctr_container_t *c = NULL;
	struct json_object *o, *attributes;
	ctr_events_t *m;

	OK(ctr_spec_set_label(spec, "color", "red", &err));
	OK(ctr_container_create(env->engine, spec, NULL, &c, &err));
	ctr_spec_unref(spec);
	OK(ctr_container_start(c, NULL, NULL, &err));
	m = open_events(env, 0, 0, "{\"event\":[\"die\"]}");
	o = next(m);
	assert_string_equal(str(o, "Type"), "container");
	assert_string_equal(str(o, "Status"), "died");
	assert_string_equal(str(o, "ID"), ctr_container_id(c));
	assert_string_equal(str(o, "Name"), "talker");
	assert_int_equal(num(o, "ContainerExitCode"), 7);
	assert_true(num(o, "TimeNano") > 0);
	assert_true(num(o, "Seq") > 1);
	assert_true(json_object_object_get_ex(o, "Attributes", &attributes));
	assert_string_equal(str(attributes, "color"), "red");
	{
		ctr_status_t *s = NULL;

		OK(ctr_container_status(c, NULL, &s, &err));
		assert_int_equal(num(o, "TimeNano"), ctr_status_finished_ns(s));
		ctr_status_unref(s);
	}
	json_object_put(o);
	expect_answer(m, CTR_ERR_END);
	expect_answer(m, CTR_ERR_END);
	ctr_events_unref(m);
	ctr_container_unref(c);
}

static void test_filters(void **state)
{
	struct env *env = *state;
	ctr_spec_t *spec = env_spec(env, "blue", NULL);
	ctr_container_t *red = env_create(env, "red", NULL), *blue = NULL;
	char filter[128];

	OK(ctr_spec_set_label(spec, "team", "sea", &err));
	OK(ctr_container_create(env->engine, spec, NULL, &blue, &err));
	ctr_spec_unref(spec);
	OK(ctr_container_init(blue, NULL, NULL, &err));
	OK(ctr_container_init(red, NULL, NULL, &err));
	(void)snprintf(filter, sizeof(filter), "{\"container\":[\"%.12s\"]}", ctr_container_id(blue));
	expect_statuses(env, filter, "create init");
	expect_statuses(env, "{\"container\":[\"bl\"]}", "");
	expect_statuses(env, "{\"container\":[\"red\",\"blue\"],\"event\":[\"init\"]}", "init init");
	expect_statuses(env, "{\"label\":[\"team=sea\"]}", "create init");
	expect_statuses(env, "{\"label\":[\"team=land\"]}", "");
	expect_statuses(env, "{\"label\":[\"team\"]}", "create init");
	expect_statuses(env, "{\"type\":[\"pod\"]}", "");
	expect_statuses(env, "{\"TYPE\":[\"pod\",\"container\"]}", "create create init init");
	expect_statuses(env, "{\"pod\":[\"red\"]}", "");
	expect_statuses(env, "{\"event\":null}", "create create init init");
	for (size_t i = 0; i < 4; i++) {
		static const char *const bad[] = {"{\"colour\":[\"red\"]}", "{\"event\":\"init\"}", "[]", "{\"event\":[1]}"};
		struct ctr_events_opts opts;
		ctr_events_t *m = NULL;

		ctr_events_opts_init(&opts, sizeof(opts));
		opts.filters = bad[i];
		opts.filters_len = CTR_STRLEN;
		EXPECT(CTR_ERR_INVALID_ARG, ctr_events_open(env->engine, &opts, NULL, &m, &err));
		assert_null(m);
	}
	ctr_container_unref(red);
	ctr_container_unref(blue);
}

static void test_resume(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", NULL);
	ctr_events_t *m = open_events(env, 0, 0, NULL);
	struct json_object *o = next(m);
	uint64_t seq = (uint64_t)num(o, "Seq");
	struct ctr_events_opts opts;
	char buf[128];

	json_object_put(o);
	ctr_events_unref(m);
	OK(ctr_container_init(c, NULL, NULL, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	m = open_events(env, seq, 0, NULL);
	o = next(m);
	assert_int_equal(num(o, "Seq"), seq + 1);
	assert_string_equal(str(o, "Status"), "init");
	json_object_put(o);
	statuses(m, buf, sizeof(buf));
	assert_string_equal(buf, "start");
	ctr_events_unref(m);
	/* The newest one is no other store's. */
	m = open_events(env, seq + 2, 0, NULL);
	expect_answer(m, CTR_ERR_END);
	ctr_events_unref(m);
	ctr_events_opts_init(&opts, sizeof(opts));
	opts.after_id = seq + 3;
	EXPECT(CTR_ERR_INVALID_ARG, ctr_events_open(env->engine, &opts, NULL, &m, &err));
	/* From now on */
	m = open_events(env, UINT64_MAX, 0, NULL);
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	statuses(m, buf, sizeof(buf));
	assert_string_equal(buf, "kill died cleanup");
	ctr_events_unref(m);
	ctr_container_unref(c);
}

static void test_times(void **state)
{
	struct env *env = *state;
	ctr_container_t *a = env_create(env, "a", NULL), *b = env_create(env, "b", NULL);
	ctr_events_t *m = open_events(env, 0, 0, NULL);
	struct json_object *first = next(m), *second = next(m);
	struct ctr_events_opts opts;
	char buf[128];

	ctr_events_unref(m);
	ctr_events_opts_init(&opts, sizeof(opts));
	opts.since_ns = num(second, "TimeNano");
	OK(ctr_events_open(env->engine, &opts, NULL, &m, &err));
	statuses(m, buf, sizeof(buf));
	assert_string_equal(buf, "create");
	ctr_events_unref(m);
	opts.since_ns = 0;
	opts.until_ns = num(first, "TimeNano");
	opts.follow = 1; /* that time is over */
	OK(ctr_events_open(env->engine, &opts, NULL, &m, &err));
	statuses(m, buf, sizeof(buf));
	assert_string_equal(buf, "create");
	expect_answer(m, CTR_ERR_END);
	assert_true(is_ready(ctr_events_fd(m)));
	ctr_events_unref(m);
	json_object_put(first);
	json_object_put(second);
	ctr_container_unref(a);
	ctr_container_unref(b);
}

static void test_follow(void **state)
{
	struct env *env = *state;
	ctr_events_t *m = open_events(env, 0, 1, NULL);
	int fd = ctr_events_fd(m);
	ctr_container_t *c;
	char buf[128];

	assert_true(fd >= 3);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	expect_answer(m, CTR_ERR_WOULD_BLOCK);
	assert_false(is_ready(fd));
	for (int i = 0; i < 3; i++) {
		c = env_create(env, NULL, NULL);
		assert_true(is_ready(fd));
		OK(ctr_events_wait(m, NULL, &err));
		statuses(m, buf, sizeof(buf));
		assert_string_equal(buf, "create");
		assert_false(is_ready(fd));
		expect_answer(m, CTR_ERR_WOULD_BLOCK);
		remove_by_force(c);
		ctr_container_unref(c);
		statuses(m, buf, sizeof(buf));
		assert_string_equal(buf, "remove");
	}
	/* What does not pass the filter may wake, but not for long. */
	ctr_events_unref(m);
	m = open_events(env, UINT64_MAX, 1, "{\"event\":[\"died\"]}");
	fd = ctr_events_fd(m);
	expect_answer(m, CTR_ERR_WOULD_BLOCK);
	c = env_create(env, NULL, NULL);
	expect_answer(m, CTR_ERR_WOULD_BLOCK);
	assert_false(is_ready(fd));
	ctr_container_unref(c);
	ctr_events_unref(m);
	/* One bell is left at most, however many have listened. */
	for (int i = 0; i < 20; i++) {
		m = open_events(env, UINT64_MAX, 1, NULL);
		expect_answer(m, CTR_ERR_WOULD_BLOCK);
		ctr_events_unref(m);
	}
	assert_true(env_entries(env, "exits") <= 1);
	ctr_engine_unref(env->engine);
	env->engine = env_engine(env);
	assert_int_equal(env_entries(env, "exits"), 0);
}

static void test_until_in_the_future(void **state)
{
	struct env *env = *state;
	struct ctr_events_opts opts;
	struct timespec now;
	ctr_events_t *m = NULL;

	clock_gettime(CLOCK_REALTIME, &now);
	ctr_events_opts_init(&opts, sizeof(opts));
	opts.follow = 1;
	opts.until_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec + 50000000;
	OK(ctr_events_open(env->engine, &opts, NULL, &m, &err));
	OK(ctr_events_wait(m, NULL, &err));
	expect_answer(m, CTR_ERR_END);
	assert_true(is_ready(ctr_events_fd(m)));
	OK(ctr_events_wait(m, NULL, &err));
	ctr_events_unref(m);
}

static void test_wait_has_limits(void **state)
{
	struct env *env = *state;
	ctr_events_t *m = open_events(env, 0, 1, NULL);
	ctr_op_t *op = NULL;

	OK(ctr_op_new(&op, &err));
	ctr_op_set_timeout_ns(op, 1000000);
	EXPECT(CTR_ERR_TIMEOUT, ctr_events_wait(m, op, &err));
	ctr_op_cancel(op);
	EXPECT(CTR_ERR_CANCELLED, ctr_events_wait(m, op, &err));
	ctr_op_unref(op);
	ctr_events_unref(m);
}

/* ---- other processes ---- */

#define PROCESSES 4
#define EACH 25

static void make_many(const struct env *env)
{
	ctr_engine_t *engine = env_engine(env);

	for (int i = 0; i < EACH; i++) {
		ctr_spec_t *spec = env_spec(env, NULL, NULL);
		ctr_container_t *c = NULL;

		if (ctr_container_create(engine, spec, NULL, &c, NULL) < 0)
			_exit(1);
		ctr_spec_unref(spec);
		ctr_container_unref(c);
	}
	ctr_engine_unref(engine);
	_exit(0);
}

struct reader {
	const struct env *env;
	pthread_t thread;
	int n, holes;
};

static void *read_all(void *arg)
{
	struct reader *r = arg;
	ctr_events_t *m = open_events(r->env, 0, 1, NULL);
	int64_t last = 0;

	while (r->n < PROCESSES * EACH && ctr_events_wait(m, NULL, NULL) == 0) {
		char *text = NULL;
		struct json_object *o;

		if (ctr_events_next(m, &text, NULL) < 0)
			break;
		o = json_tokener_parse(text);
		ctr_free(text);
		r->holes += num(o, "Seq") != last + 1;
		last = num(o, "Seq");
		r->n++;
		json_object_put(o);
	}
	ctr_events_unref(m);
	return NULL;
}

static void test_many_processes_many_readers(void **state)
{
	struct env *env = *state;
	struct reader readers[3] = {{.env = env}, {.env = env}, {.env = env}};
	pid_t pids[PROCESSES];
	int status;

	for (size_t i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			make_many(env);
	}
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]), 0);
	for (size_t i = 0; i < 3; i++) {
		pthread_join(readers[i].thread, NULL);
		assert_int_equal(readers[i].n, PROCESSES * EACH);
		assert_int_equal(readers[i].holes, 0);
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

static void test_forked(void **state)
{
	struct env *env = *state;
	ctr_events_t *m = open_events(env, 0, 1, NULL);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char *text = NULL;

		if (ctr_events_next(m, &text, NULL) != CTR_ERR_FORKED || ctr_events_wait(m, NULL, NULL) != CTR_ERR_FORKED ||
		    ctr_events_fd(m) != CTR_ERR_FORKED)
			_exit(1);
		_exit(ctr_events_unref(m) == NULL ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect_answer(m, CTR_ERR_WOULD_BLOCK);
	assert_false(is_ready(ctr_events_fd(m)));
	ctr_events_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_every_verb_once, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_what_an_event_says, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_filters, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_resume, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_times, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_follow, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_until_in_the_future, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_wait_has_limits, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_many_processes_many_readers, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_forked, env_setup, env_teardown),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
