/* SPDX-License-Identifier: Apache-2.0 */
/* Processes and threads that do random operations on the same pods, their members and containers that need each other: none of them may hang,
 * lock in the wrong order, or see an answer that the work of others does not explain.
 *
 *   … SECONDS SEED PROCESSES THREADS    "operations N pods N containers N partial N" at the end: what was done and made, what failed in part */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include "program.h"

enum { PODS = 4, MEMBERS = 5, FREE = 10, RENAMED = 6, NAME_SIZE = 24 };

struct shared {
	_Atomic uint64_t operations, pods, containers, partial;
};

struct storm {
	struct place place;
	struct shared *shared;
	ctr_engine_t *engine;
	uint64_t end_ns;
};

struct worker {
	struct storm *storm;
	pthread_t thread;
	unsigned seed;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void log_line(int32_t level, const char *domain, const char *message, const char *fields_json, void *userdata)
{
	(void)level, (void)fields_json, (void)userdata;
	fprintf(stderr, "warning: %s: %s\n", domain, message);
}

/* What others do at the same time explains these, and nothing else. */
static int is_sound(int code)
{
	static const int sound[] = {0, CTR_ERR_NAME_IN_USE, CTR_ERR_STATE_INVALID, CTR_ERR_STOPPED, CTR_ERR_REMOVED, CTR_ERR_NO_SUCH_CONTAINER,
				    CTR_ERR_NO_SUCH_POD, CTR_ERR_HAS_DEPENDENTS, CTR_ERR_PARTIAL};

	for (size_t i = 0; i < COUNT(sound); i++)
		if (sound[i] == code)
			return 1;
	return 0;
}

/* The same holds for each of those in which a verb over many has failed. */
static void look_into(struct storm *storm, int code, ctr_error_t *err, const char *what)
{
	static const char *const bad[] = {"\"DEADLOCK\"", "\"INTERNAL\"", "\"TIMEOUT\"", "\"STORE_DAMAGED\"", "\"NO_MEMORY\"", "\"IO\"", "\"INVALID_ARG\""};
	const char *results = ctr_error_detail(err, "results");

	if (!is_sound(code))
		fail_with(code, err, what);
	if (code != CTR_ERR_PARTIAL)
		return;
	atomic_fetch_add(&storm->shared->partial, 1);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (!results || strstr(results, bad[i]))
			fail_with(code, err, results ? results : "no results");
}

#define SOUND(storm, call)                                                                                             \
	({                                                                                                             \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		look_into((storm), got_, err, #call);                                                                  \
		ctr_error_unref(err);                                                                                  \
		atomic_fetch_add(&(storm)->shared->operations, 1);                                                     \
		got_;                                                                                                  \
	})

static int chance(struct worker *w, int n)
{
	return rand_r(&w->seed) % n;
}

/* ---- things to act on: pods "p0", their members "m0-0" (every second one needs the one before), free ones "f0" in chains of three ---- */

static ctr_pod_t *get_pod(struct storm *storm, int i)
{
	static const char *const kinds[PODS] = {"", ",\"no_infra\":true,\"shared_namespaces\":[]", ",\"exit_policy\":\"stop\"",
						",\"shared_namespaces\":[\"ipc\",\"uts\"]"};
	char name[NAME_SIZE], json[160];
	ctr_pod_t *pod = NULL;

	snprintf(name, sizeof(name), "pod-%d", i);
	SOUND(storm, ctr_pod_open(storm->engine, name, &pod, &err));
	if (pod)
		return pod;
	snprintf(json, sizeof(json), "{\"name\":\"%s\"%s}", name, kinds[i]);
	if (SOUND(storm, ctr_pod_create(storm->engine, json, CTR_STRLEN, NULL, &pod, &err)) == 0)
		atomic_fetch_add(&storm->shared->pods, 1);
	return pod;
}

static void set(ctr_spec_t *spec, const char *field, const char *json)
{
	MUST(ctr_spec_set_json(spec, field, json, CTR_STRLEN, &err));
}

/* The name, and what a container of this name is like */
static void describe(int i, char name[NAME_SIZE], char pod[NAME_SIZE], char needs[NAME_SIZE + 4])
{
	int p = i / MEMBERS, m = i % MEMBERS, f = i - PODS * MEMBERS;

	*pod = *needs = '\0';
	if (p < PODS) {
		snprintf(name, NAME_SIZE, "member-%d-%d", p, m);
		snprintf(pod, NAME_SIZE, "\"pod-%d\"", p);
		if (m % 2)
			snprintf(needs, NAME_SIZE + 4, "[\"member-%d-%d\"]", p, m - 1);
		return;
	}
	if (f >= FREE) {
		snprintf(name, NAME_SIZE, "renamed-%d", f - FREE);
		return;
	}
	snprintf(name, NAME_SIZE, "free-%d", f);
	if (f % 3)
		snprintf(needs, NAME_SIZE + 4, "[\"free-%d\"]", f - 1);
}

static ctr_container_t *get(struct storm *storm, int i)
{
	char name[NAME_SIZE], pod[NAME_SIZE], needs[NAME_SIZE + 4];
	ctr_container_t *c = NULL;
	ctr_spec_t *spec;

	describe(i, name, pod, needs);
	SOUND(storm, ctr_container_open(storm->engine, name, &c, &err));
	if (c || i >= PODS * MEMBERS + FREE)
		return c;
	spec = new_spec(&storm->place, name, "x", i % 4 ? NULL : "0,3");
	if (*pod)
		set(spec, "pod", pod);
	if (*needs)
		set(spec, "dependencyContainers", needs);
	if (*pod && i % MEMBERS == MEMBERS - 1)
		set(spec, "init_container_type", i % 2 ? "\"once\"" : "\"always\"");
	if (*pod && i % MEMBERS == MEMBERS - 1)
		MUST(ctr_spec_set_annotation(spec, "libctr.null.exit", "0", &err));
	if (SOUND(storm, ctr_container_create(storm->engine, spec, NULL, &c, &err)) == 0)
		atomic_fetch_add(&storm->shared->containers, 1);
	ctr_spec_unref(spec);
	return c;
}

/* ---- what is done to them ---- */

static void act_on_pod(struct worker *w)
{
	struct storm *s = w->storm;
	struct ctr_stop_opts now = stop_at_once();
	struct ctr_remove_opts rm = remove_opts(chance(w, 2));
	ctr_pod_t *pod = get_pod(s, chance(w, PODS));
	ctr_pod_status_t *status = NULL;
	char *json = NULL;

	if (!pod)
		return;
	switch (chance(w, 16)) {
	case 0: case 1: case 2: case 3:
		SOUND(s, ctr_pod_start(pod, NULL, &err));
		break;
	case 4: case 5:
		SOUND(s, ctr_pod_stop(pod, &now, NULL, &err));
		break;
	case 6: case 7:
		SOUND(s, ctr_pod_restart(pod, &now, NULL, &err));
		break;
	case 8:
		SOUND(s, ctr_pod_pause(pod, NULL, &err));
		break;
	case 9: case 10:
		SOUND(s, ctr_pod_unpause(pod, NULL, &err));
		break;
	case 11:
		SOUND(s, ctr_pod_kill(pod, SIGKILL, NULL, &err));
		break;
	case 12:
		SOUND(s, ctr_pod_remove(pod, &rm, NULL, &err));
		break;
	default:
		if (SOUND(s, ctr_pod_inspect(pod, NULL, &json, &err)) == 0)
			ctr_free(json);
		SOUND(s, ctr_pod_status(pod, NULL, &status, &err));
		ctr_pod_status_unref(status);
	}
	ctr_pod_unref(pod);
}

static void stop_some(struct worker *w, ctr_container_t *one)
{
	struct ctr_stop_opts now = stop_at_once();
	ctr_container_t *other = get(w->storm, chance(w, PODS * MEMBERS + FREE)), *all[3] = {one, other, one};

	if (other)
		SOUND(w->storm, ctr_containers_stop_many(all, 3, &now, NULL, &err));
	ctr_container_unref(other);
}

static void rename_one(struct worker *w, ctr_container_t *c)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "renamed-%d", chance(w, RENAMED));
	SOUND(w->storm, ctr_container_rename(c, name, NULL, &err));
}

static void remove_one(struct worker *w, ctr_container_t *c)
{
	struct ctr_remove_opts rm = remove_opts(chance(w, 2));

	rm.depend = chance(w, 2);
	SOUND(w->storm, ctr_container_remove(c, &rm, NULL, &err));
}

static void list_all(struct storm *s)
{
	ctr_container_list_t *l = NULL;
	ctr_pod_list_t *pods = NULL;

	MUST(ctr_container_list(s->engine, NULL, NULL, &l, &err));
	MUST(ctr_pod_list(s->engine, NULL, NULL, &pods, &err));
	ctr_container_list_unref(l);
	ctr_pod_list_unref(pods);
}

static void act_on_container(struct worker *w)
{
	struct storm *s = w->storm;
	struct ctr_start_opts start = {.size = sizeof(start), .recursive = chance(w, 3) > 0};
	struct ctr_stop_opts now = stop_at_once();
	ctr_container_t *c = get(s, chance(w, PODS * MEMBERS + FREE + RENAMED));
	char *json = NULL;

	if (!c)
		return;
	switch (chance(w, 18)) {
	case 0: case 1: case 2: case 3:
		SOUND(s, ctr_container_start(c, &start, NULL, &err));
		break;
	case 4:
		SOUND(s, ctr_container_init(c, &start, NULL, &err));
		break;
	case 5: case 6:
		SOUND(s, ctr_container_stop(c, &now, NULL, &err));
		break;
	case 7:
		SOUND(s, ctr_container_kill(c, SIGKILL, NULL, &err));
		break;
	case 8:
		SOUND(s, ctr_container_restart(c, &now, NULL, &err));
		break;
	case 9:
		SOUND(s, ctr_container_pause(c, NULL, &err));
		break;
	case 10: case 11:
		SOUND(s, ctr_container_unpause(c, NULL, &err));
		break;
	case 12:
		rename_one(w, c);
		break;
	case 13:
		remove_one(w, c);
		break;
	case 14:
		stop_some(w, c);
		break;
	case 15:
		list_all(s);
		break;
	default:
		if (SOUND(s, ctr_container_inspect(c, NULL, &json, &err)) == 0)
			ctr_free(json);
		SOUND(s, ctr_container_sync(c, NULL, &err));
	}
	ctr_container_unref(c);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (now_ns() < w->storm->end_ns) {
		if (chance(w, 3) == 0)
			act_on_pod(w);
		else
			act_on_container(w);
	}
	return NULL;
}

static int run_process(struct storm *storm, unsigned seed, int threads)
{
	struct worker *workers = calloc((size_t)threads, sizeof(*workers));

	if (!workers)
		return 1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	storm->engine = open_engine(&storm->place);
	for (int i = 0; i < threads; i++) {
		workers[i].storm = storm;
		workers[i].seed = seed * 1000 + (unsigned)i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			return 1;
	}
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	free(workers);
	ctr_engine_unref(storm->engine);
	return 0;
}

/* ---- afterwards ---- */

static void expect_in_audit(const struct storm *storm, const char *what)
{
	char *audit = NULL;

	MUST(ctr_engine_lock_audit(storm->engine, &audit, &err));
	if (!strstr(audit, what)) {
		fprintf(stderr, "the lock audit does not say %s: %s\n", what, audit);
		_exit(FAILED);
	}
	ctr_free(audit);
}

/* Everything can be read, stopped, started and removed by one who comes later, and no lock is left. */
static void settle(struct storm *storm)
{
	struct ctr_remove_opts rm = remove_opts(1);
	ctr_container_list_t *l = NULL;
	ctr_pod_list_t *pods = NULL;
	char *json = NULL;

	storm->engine = open_engine(&storm->place);
	expect_in_audit(storm, "\"leaked\":[]");
	expect_in_audit(storm, "\"held\":[]");
	MUST(ctr_container_list(storm->engine, NULL, NULL, &l, &err));
	for (size_t i = 0; i < ctr_container_list_count(l); i++) {
		MUST(ctr_container_inspect(ctr_container_list_get(l, i), NULL, &json, &err));
		ctr_free(json);
	}
	MUST(ctr_pod_list(storm->engine, NULL, NULL, &pods, &err));
	for (size_t i = 0; i < ctr_pod_list_count(pods); i++)
		MUST(ctr_pod_remove(ctr_pod_list_get(pods, i), &rm, NULL, &err));
	rm.depend = 1;
	for (size_t i = 0; i < ctr_container_list_count(l); i++)
		MUST(ctr_container_remove(ctr_container_list_get(l, i), &rm, NULL, &err));
	expect_in_audit(storm, "\"used\":0");
	ctr_pod_list_unref(pods);
	ctr_container_list_unref(l);
	ctr_engine_unref(storm->engine);
}

int main(int argc, char **argv)
{
	struct storm storm = {.place = place_of(argc, argv)};
	int processes = argc > 7 ? atoi(argv[7]) : 0, failed = 0, status;

	if (argc < 9)
		return 2;
	/* Many wait for each pod, on a machine that may be busy: only what never comes is a hang. */
	storm.place.log_fn = log_line;
	storm.place.timeout_ns = UINT64_C(300) * 1000000000;
	storm.shared = mmap(NULL, sizeof(*storm.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (storm.shared == MAP_FAILED)
		return 2;
	storm.end_ns = now_ns() + (uint64_t)(atof(argv[5]) * 1e9);
	for (int i = 0; i < processes; i++)
		if (fork() == 0)
			_exit(run_process(&storm, (unsigned)atoi(argv[6]) + (unsigned)i, atoi(argv[8])));
	while (wait(&status) > 0)
		failed |= status != 0;
	if (failed)
		return FAILED;
	settle(&storm);
	printf("operations %llu pods %llu containers %llu partial %llu\n", (unsigned long long)storm.shared->operations,
	       (unsigned long long)storm.shared->pods, (unsigned long long)storm.shared->containers, (unsigned long long)storm.shared->partial);
	return 0;
}
