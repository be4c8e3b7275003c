/* SPDX-License-Identifier: Apache-2.0 */
/* Times the calls of libctr. bench null ROOT RUN_ROOT COUNT LIST…, bench real ROOT RUN_ROOT COUNT RUNTIME ROOTFS IDLE. Prints
 * "sample NAME NANOSECONDS" lines; bench.py makes a table of them. */
#include "bench.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define READS 200 /* of what takes microseconds */

uint64_t bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void bench_sample(const char *name, uint64_t since)
{
	printf("sample %s %llu\n", name, (unsigned long long)(bench_now() - since));
}

void bench_die(const char *what, ctr_error_t *err)
{
	char *text = ctr_error_format(err);

	fflush(stdout);
	fprintf(stderr, "bench: %s: %s\n", what, text ? text : "an error without text");
	exit(1);
}

static ctr_engine_t *open_engine(const struct bench *b)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;

	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = b->root;
	opts.run_root = b->run_root;
	opts.runtime = b->runtime;
	opts.storage = b->rootfs ? NULL : "null";
	MUST(ctr_engine_open(&opts, NULL, &engine, &err));
	return engine;
}

ctr_spec_t *bench_spec(const struct bench *b)
{
	static const char *const argv[] = { "/bin/sleep", "1000000", NULL };
	ctr_spec_t *spec = NULL;

	MUST(ctr_spec_new(&spec, &err));
	MUST(ctr_spec_set_rootfs(spec, b->rootfs ? b->rootfs : "/", &err));
	MUST(ctr_spec_set_command(spec, argv, &err));
	MUST(ctr_spec_set_label(spec, "purpose", "benchmark", &err));
	return spec;
}

static ctr_container_t *create(const struct bench *b, ctr_spec_t *spec)
{
	ctr_container_t *c = NULL;

	MUST(ctr_container_create(b->engine, spec, NULL, &c, &err));
	return c;
}

static void read_it(ctr_container_t *c)
{
	for (int i = 0; i < READS; i++) {
		ctr_status_t *s = NULL;
		char *json = NULL;

		TIMED("status", ctr_container_status(c, NULL, &s, &err));
		ctr_status_unref(s);
		TIMED("inspect", ctr_container_inspect(c, NULL, &json, &err));
		ctr_free(json);
	}
}

static void stop_now(ctr_container_t *c)
{
	struct ctr_stop_opts now;

	ctr_stop_opts_init(&now, sizeof(now));
	now.timeout_set = 1;
	TIMED("stop", ctr_container_stop(c, &now, NULL, &err));
}

/* ---- without processes: the store's part ---- */

static void open_often(const struct bench *b)
{
	for (int i = 0; i < b->count; i++) {
		uint64_t began = bench_now();
		ctr_engine_t *engine = open_engine(b);

		bench_sample("engine_open", began);
		ctr_engine_unref(engine);
	}
}

static void list_often(const struct bench *b, int size)
{
	char name[32];

	snprintf(name, sizeof(name), "list_%d", size);
	for (int i = 0; i < 15; i++) {
		ctr_container_list_t *l = NULL;

		TIMED(name, ctr_container_list(b->engine, NULL, NULL, &l, &err));
		if (ctr_container_list_count(l) != (size_t)size)
			bench_die("the list's length", NULL);
		ctr_container_list_unref(l);
	}
}

/* Lists of each size, from one store that grows; then everything is removed. */
static void grow(const struct bench *b, ctr_spec_t *spec, int n_sizes, char **sizes)
{
	ctr_container_list_t *l = NULL;
	int have = 0;

	for (int i = 0; i < n_sizes; i++) {
		for (; have < atoi(sizes[i]); have++) {
			ctr_container_t *c = create(b, spec);

			MUST(ctr_container_start(c, NULL, NULL, &err));
			ctr_container_unref(c);
		}
		list_often(b, have);
	}
	open_often(b);
	MUST(ctr_container_list(b->engine, NULL, NULL, &l, &err));
	for (size_t i = 0; i < ctr_container_list_count(l); i++) {
		struct ctr_remove_opts force;

		ctr_remove_opts_init(&force, sizeof(force));
		force.force = force.timeout_set = 1;
		MUST(ctr_container_remove(ctr_container_list_get(l, i), &force, NULL, &err));
	}
	ctr_container_list_unref(l);
}

static void one_null(const struct bench *b, ctr_spec_t *spec)
{
	ctr_container_t *c = NULL;

	TIMED("create_null", ctr_container_create(b->engine, spec, NULL, &c, &err));
	TIMED("start_null", ctr_container_start(c, NULL, NULL, &err));
	TIMED("kill_null", ctr_container_kill(c, SIGKILL, NULL, &err));
	TIMED("remove_null", ctr_container_remove(c, NULL, NULL, &err));
	ctr_container_unref(c);
}

static void without_processes(struct bench *b, int n_sizes, char **sizes)
{
	ctr_spec_t *spec = bench_spec(b);
	ctr_container_t *c;

	b->engine = open_engine(b);
	for (int i = 0; i < b->count; i++)
		one_null(b, spec);
	c = create(b, spec);
	MUST(ctr_container_start(c, NULL, NULL, &err));
	read_it(c);
	MUST(ctr_container_kill(c, SIGKILL, NULL, &err));
	MUST(ctr_container_remove(c, NULL, NULL, &err));
	ctr_container_unref(c);
	grow(b, spec, n_sizes, sizes);
	ctr_spec_unref(spec);
	ctr_engine_unref(b->engine);
}

/* ---- with processes ---- */

/* The text of the config.json of an initialised container; the caller frees it. */
static char *config_of(ctr_container_t *c)
{
	static const char key[] = "\"OCIConfigPath\"";
	char *json = NULL, *begin, *end, *text;
	long size;
	FILE *in;

	MUST(ctr_container_inspect(c, NULL, &json, &err));
	begin = strstr(json, key);
	begin = begin ? strchr(begin + strlen(key), '"') : NULL;
	end = begin ? strchr(begin + 1, '"') : NULL;
	if (!end)
		bench_die("inspect has no OCIConfigPath", NULL);
	*end = '\0';
	in = fopen(begin + 1, "re");
	ctr_free(json);
	if (!in || fseek(in, 0, SEEK_END) < 0 || (size = ftell(in)) < 0)
		bench_die("the config.json cannot be read", NULL);
	rewind(in);
	text = calloc(1, (size_t)size + 1);
	if (!text || fread(text, 1, (size_t)size, in) != (size_t)size)
		bench_die("the config.json cannot be read", NULL);
	fclose(in);
	return text;
}

static struct floor *make_floor(const struct bench *b, ctr_spec_t *spec, const char *runtime_path)
{
	ctr_container_t *c = create(b, spec);
	const char *why = NULL;
	char dir[4096], *config;
	struct floor *f;

	snprintf(dir, sizeof(dir), "%s.floor", b->root);
	if (mkdir(dir, 0700) < 0)
		bench_die(dir, NULL);
	MUST(ctr_container_init(c, NULL, NULL, &err));
	config = config_of(c);
	f = floor_start(runtime_path, dir, config, ctr_container_id(c), &why);
	if (f && floor_once(f, &why) < 0) {
		floor_end(f);
		f = NULL;
	}
	if (!f)
		printf("note no floor: %s\n", why);
	free(config);
	MUST(ctr_container_remove(c, NULL, NULL, &err));
	ctr_container_unref(c);
	return f;
}

/* Killed until the exit code is known, by one who waits with poll. */
static void kill_until_known(ctr_container_t *c)
{
	struct pollfd p = { .events = POLLIN };
	ctr_status_t *s = NULL;
	uint64_t began;

	MUST(ctr_container_exit_fd(c, &p.fd, &err));
	began = bench_now();
	MUST(ctr_container_kill(c, SIGKILL, NULL, &err));
	if (poll(&p, 1, 60000) != 1)
		bench_die("no exit code", NULL);
	MUST(ctr_container_status(c, NULL, &s, &err));
	bench_sample("kill", began);
	if (ctr_status_exit_code(s) != 128 + SIGKILL)
		bench_die("another exit code", NULL);
	ctr_status_unref(s);
	close(p.fd);
}

static void one_real(const struct bench *b, ctr_spec_t *spec, int killed)
{
	uint64_t began = bench_now(), created;
	ctr_container_t *c = NULL;

	MUST(ctr_container_create(b->engine, spec, NULL, &c, &err));
	bench_sample("create", began);
	created = bench_now();
	MUST(ctr_container_start(c, NULL, NULL, &err));
	bench_sample("start", created);
	bench_sample("create_start", began);
	if (killed)
		kill_until_known(c);
	else
		stop_now(c);
	MUST(ctr_container_cleanup(c, 0, NULL, &err));
	TIMED("remove", ctr_container_remove(c, NULL, NULL, &err));
	ctr_container_unref(c);
}

/* Runs n containers, says so, and lets whoever reads that look until it writes a line. */
static void idle(const struct bench *b, ctr_spec_t *spec, int n)
{
	ctr_container_t **all = calloc((size_t)n + 1, sizeof(*all));
	struct ctr_remove_opts force;
	char line[16];

	if (!all)
		bench_die("memory", NULL);
	printf("idle 0\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		bench_die("nobody listens", NULL);
	for (int i = 0; i < n; i++) {
		all[i] = create(b, spec);
		MUST(ctr_container_start(all[i], NULL, NULL, &err));
	}
	read_it(all[0]);
	printf("idle %d\n", n);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		bench_die("nobody listens", NULL);
	ctr_remove_opts_init(&force, sizeof(force));
	force.force = force.timeout_set = 1;
	for (int i = 0; i < n; i++) {
		MUST(ctr_container_remove(all[i], &force, NULL, &err));
		ctr_container_unref(all[i]);
	}
	free(all);
}

static void with_processes(struct bench *b, const char *runtime_path, int n_idle)
{
	ctr_spec_t *spec = bench_spec(b);
	const char *why = NULL;
	struct floor *f;

	b->engine = open_engine(b);
	f = make_floor(b, spec, runtime_path);
	one_real(b, spec, 1); /* the first also starts the monitor: bench.py leaves it out */
	for (int i = 0; i < b->count; i++) {
		one_real(b, spec, i % 2);
		many_verbs(b, spec);
		if (f && floor_once(f, &why) < 0)
			printf("note floor: %s\n", why);
	}
	floor_end(f);
	many_pod(b, b->count < 20 ? 1 : 20);
	many_stop(b, spec, b->count < 20 ? 1 : 4);
	idle(b, spec, n_idle);
	ctr_spec_unref(spec);
	ctr_engine_unref(b->engine);
}

int main(int argc, char **argv)
{
	struct bench b = { .runtime = "null" };

	if (argc < 6)
		bench_die("usage: null ROOT RUN_ROOT COUNT LIST..., or real ROOT RUN_ROOT COUNT RUNTIME ROOTFS IDLE", NULL);
	b.root = argv[2];
	b.run_root = argv[3];
	b.count = atoi(argv[4]);
	if (strcmp(argv[1], "null") == 0) {
		without_processes(&b, argc - 5, argv + 5);
		return 0;
	}
	if (argc != 8)
		bench_die("usage: real ROOT RUN_ROOT COUNT RUNTIME ROOTFS IDLE", NULL);
	b.runtime = argv[5];
	b.rootfs = argv[6];
	with_processes(&b, argv[5], atoi(argv[7]));
	return 0;
}
