/* SPDX-License-Identifier: Apache-2.0 */
/* The whole life of containers, as any host program would lead it. */
#include "host.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINUTE 60000

ctr_engine_t *life_engine(const struct host *h, const char *root, const char *run_root)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;

	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = root;
	opts.run_root = run_root;
	opts.runtime = h->runtime;
	opts.storage = h->real ? "dir" : "null";
	OK(ctr_engine_open(&opts, NULL, &engine, &err));
	return engine;
}

static void set_end(const struct host *h, ctr_spec_t *spec, const char *ends)
{
	const char *argv[] = { "/bin/sh", "-c", "exit 0", NULL };
	char script[64];

	if (!h->real && ends)
		OK(ctr_spec_set_annotation(spec, "libctr.null.exit", ends, &err));
	if (h->real) {
		unsigned milliseconds = ends && strchr(ends, ',') ? (unsigned)atoi(strchr(ends, ',') + 1) : 0;

		snprintf(script, sizeof(script), ends ? "%s exit %d" : "exec sleep 100000", milliseconds ? "sleep 0.1;" : "", ends ? atoi(ends) : 0);
		argv[2] = script;
	}
	OK(ctr_spec_set_command(spec, argv, &err));
}

ctr_container_t *life_create(const struct host *h, ctr_engine_t *engine, const char *name, const char *ends)
{
	ctr_container_t *c = NULL;
	ctr_spec_t *spec = NULL;

	OK(ctr_spec_new(&spec, &err));
	OK(ctr_spec_set_name(spec, name, &err));
	OK(ctr_spec_set_rootfs(spec, h->rootfs, &err));
	OK(ctr_spec_set_label(spec, "größe", "1,5", &err));
	set_end(h, spec, ends);
	OK(ctr_container_create(engine, spec, NULL, &c, &err));
	ctr_spec_unref(spec);
	return c;
}

ctr_state_t life_state(ctr_container_t *c)
{
	ctr_status_t *s = NULL;
	ctr_state_t state;

	OK(ctr_container_status(c, NULL, &s, &err));
	state = ctr_status_state(s);
	ctr_status_unref(s);
	return state;
}

/* These two are cancellation points of the host's own, which one of the variants must not meet. */
int life_ready(int fd, int milliseconds)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int before, n;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	n = poll(&p, 1, milliseconds);
	pthread_setcancelstate(before, NULL);
	return n == 1 && (p.revents & POLLIN);
}

static void life_close(int fd)
{
	int before;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	if (fd >= 0)
		close(fd);
	pthread_setcancelstate(before, NULL);
}

void life_remove(ctr_container_t *c)
{
	struct ctr_remove_opts opts;

	ctr_remove_opts_init(&opts, sizeof(opts));
	opts.force = 1;
	opts.timeout_set = 1;
	OK(ctr_container_remove(c, &opts, NULL, &err));
	ctr_container_unref(c);
}

size_t life_count(ctr_engine_t *engine, const char *prefix)
{
	ctr_container_list_t *l = NULL;
	struct ctr_list_opts opts;
	char filters[128];
	size_t n;

	snprintf(filters, sizeof(filters), "{\"name\":[\"^%s-\"]}", prefix);
	ctr_list_opts_init(&opts, sizeof(opts));
	opts.filters = filters;
	opts.filters_len = CTR_STRLEN;
	OK(ctr_container_list(engine, &opts, NULL, &l, &err));
	n = ctr_container_list_count(l);
	ctr_container_list_unref(l);
	return n;
}

static void runs_to_its_end(const struct host *h, ctr_engine_t *engine, const char *tag)
{
	ctr_container_t *c = NULL, *same = NULL;
	ctr_status_t *s = NULL;
	char name[64];
	int32_t code = -7;

	snprintf(name, sizeof(name), "%s-ends", tag);
	c = life_create(h, engine, name, "7,20");
	if (!c)
		return;
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_wait(c, NULL, NULL, &code, &err));
	EQUAL(code, 7);
	OK(ctr_container_open(engine, name, &same, &err));
	CHECK(strcmp(ctr_container_id(same), ctr_container_id(c)) == 0);
	OK(ctr_container_status(same, NULL, &s, &err));
	EQUAL(ctr_status_exit_code(s), 7);
	EQUAL(ctr_status_run(s), 1);
	CHECK(strcmp(ctr_status_label(s, "größe"), "1,5") == 0);
	ctr_status_unref(s);
	OK(ctr_container_cleanup(same, 0, NULL, &err));
	OK(ctr_container_remove(same, NULL, NULL, &err));
	WANT(CTR_ERR_REMOVED, ctr_container_start(c, NULL, NULL, &err));
	ctr_container_unref(same);
	ctr_container_unref(c);
}

static void is_killed(const struct host *h, ctr_engine_t *engine, const char *tag)
{
	char name[64], *json = NULL;
	ctr_container_t *c;
	int32_t code = -7;
	int fd = -1;

	snprintf(name, sizeof(name), "%s-killed", tag);
	c = life_create(h, engine, name, NULL);
	if (!c)
		return;
	OK(ctr_container_init(c, NULL, NULL, &err));
	OK(ctr_container_exit_fd(c, &fd, &err));
	CHECK(fd >= 3);
	OK(ctr_container_start(c, NULL, NULL, &err));
	EQUAL(life_state(c), CTR_STATE_RUNNING);
	CHECK(!life_ready(fd, 0));
	OK(ctr_container_inspect(c, NULL, &json, &err));
	CHECK(json && strstr(json, ctr_container_id(c)));
	ctr_free(json);
	WANT(CTR_ERR_STATE_INVALID, ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	CHECK(life_ready(fd, MINUTE));
	OK(ctr_container_wait(c, NULL, NULL, &code, &err));
	EQUAL(code, 128 + SIGKILL);
	life_close(fd);
	life_remove(c);
}

static void is_stopped_and_runs_again(const struct host *h, ctr_engine_t *engine, const char *tag)
{
	struct ctr_stop_opts now;
	ctr_container_t *c;
	char name[64];

	snprintf(name, sizeof(name), "%s-stopped", tag);
	c = life_create(h, engine, name, NULL);
	if (!c)
		return;
	ctr_stop_opts_init(&now, sizeof(now));
	now.timeout_set = 1;
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_stop(c, &now, NULL, &err));
	EQUAL(life_state(c), CTR_STATE_EXITED);
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_sync(c, NULL, &err));
	EQUAL(life_state(c), CTR_STATE_RUNNING);
	WANT(CTR_ERR_STATE_INVALID, ctr_container_remove(c, NULL, NULL, &err));
	life_remove(c);
}

/* Output through the caller's own descriptor, which only containers with a process have. */
static void writes(const struct host *h, ctr_engine_t *engine, const char *tag)
{
	const char *argv[] = { "/bin/echo", "hello from inside", NULL };
	struct ctr_start_opts start;
	int ends[2], low[2], status;
	ctr_container_t *c = NULL;
	ctr_spec_t *spec = NULL;
	char name[64], text[64];
	ssize_t n;

	/* Not below 10: with 0 to 2 closed, they shall stay so. */
	if (pipe2(low, O_CLOEXEC) < 0 || (ends[0] = fcntl(low[0], F_DUPFD_CLOEXEC, 10)) < 0 || (ends[1] = fcntl(low[1], F_DUPFD_CLOEXEC, 10)) < 0)
		abort();
	close(low[0]);
	close(low[1]);
	snprintf(name, sizeof(name), "%s-writes", tag);
	OK(ctr_spec_new(&spec, &err));
	OK(ctr_spec_set_name(spec, name, &err));
	OK(ctr_spec_set_rootfs(spec, h->rootfs, &err));
	OK(ctr_spec_set_command(spec, argv, &err));
	OK(ctr_container_create(engine, spec, NULL, &c, &err));
	ctr_spec_unref(spec);
	ctr_start_opts_init(&start, sizeof(start));
	start.use_stdio = 1;
	start.stdin_fd = -1;
	start.stdout_fd = ends[1];
	start.stderr_fd = ends[1];
	status = fcntl(ends[1], F_GETFL);
	OK(ctr_container_start(c, &start, NULL, &err));
	EQUAL(fcntl(ends[1], F_GETFL), status);
	close(ends[1]);
	n = read(ends[0], text, sizeof(text));
	CHECK(n == 18 && memcmp(text, "hello from inside\n", 18) == 0);
	close(ends[0]);
	OK(ctr_container_wait(c, NULL, NULL, NULL, &err));
	life_remove(c);
}

static void bad_requests(const struct host *h, ctr_engine_t *engine)
{
	ctr_container_t *c = NULL;
	ctr_spec_t *spec = NULL;

	(void)h;
	WANT(CTR_ERR_NO_SUCH_CONTAINER, ctr_container_open(engine, "nobody", &c, &err));
	WANT(CTR_ERR_INVALID_ARG, ctr_spec_from_json("{\"stop_timeout\":1.5}", CTR_STRLEN, &spec, &err));
	WANT(CTR_ERR_INVALID_ARG, ctr_spec_from_json("{\"stop_timeout\":1,5}", CTR_STRLEN, &spec, &err));
	WANT(CTR_ERR_UNSUPPORTED_OPTION, ctr_spec_from_json("{\"comand\":[]}", CTR_STRLEN, &spec, &err));
}

static void engine_answers(ctr_engine_t *engine)
{
	char *json = NULL;

	if (OK(ctr_engine_info(engine, NULL, &json, &err)))
		CHECK(strstr(json, "\"locks\""));
	ctr_free(json);
	json = NULL;
	if (OK(ctr_engine_lock_audit(engine, &json, &err)))
		CHECK(strstr(json, "\"leaked\""));
	ctr_free(json);
	json = NULL;
	if (OK(ctr_engine_probe(engine, NULL, &json, &err)))
		CHECK(json[0] == '[');
	ctr_free(json);
}

void life_whole(const struct host *h, ctr_engine_t *engine, const char *tag)
{
	if (!engine)
		return;
	runs_to_its_end(h, engine, tag);
	is_killed(h, engine, tag);
	is_stopped_and_runs_again(h, engine, tag);
	if (h->real && !h->silent)
		writes(h, engine, tag);
	bad_requests(h, engine);
	engine_answers(engine);
	EQUAL(life_count(engine, tag), 0);
}

void life_alone(const struct host *h, const char *tag)
{
	ctr_engine_t *engine = life_engine(h, h->root, h->run_root);

	life_whole(h, engine, tag);
	ctr_engine_unref(engine);
}
