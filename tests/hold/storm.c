/* SPDX-License-Identifier: Apache-2.0 */
/* Processes and threads that do random operations on the same containers, and what none of them may ever see.
 *
 *   … SECONDS SEED PROCESSES THREADS CONTAINERS    "operations N starts N creates N" at the end
 *
 * The first half of the containers is never initialised apart and never removed: the number of their runs must be the number
 * of starts that succeeded, all processes together. The others are removed and made again under the same names by all.
 * Each thread also checks what it sees one after the other: runs only grow, and within a run no state comes back. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include "program.h"

#define CONTAINERS_MAX 64

struct shared {
	_Atomic uint64_t operations, creates;
	_Atomic uint64_t starts[CONTAINERS_MAX];
};

struct storm {
	struct place place;
	struct shared *shared;
	ctr_engine_t *engine;
	uint64_t end_ns;
	int containers;
};

struct seen {
	char id[65];
	uint64_t run;
	int64_t started_ns;
	int rank;
};

struct worker {
	const struct storm *storm;
	pthread_t thread;
	unsigned seed;
	struct seen seen[CONTAINERS_MAX];
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void illegal(const char *name, const char *what, const ctr_status_t *s)
{
	char *json = NULL;

	ctr_status_to_json(s, &json, NULL);
	fprintf(stderr, "%s: %s: %s\n", name, what, json ? json : "-");
	_exit(FAILED);
}

/* Warnings say what libctr had to go around. */
static void log_line(int32_t level, const char *domain, const char *message, const char *fields_json, void *userdata)
{
	(void)level, (void)fields_json, (void)userdata;
	fprintf(stderr, "warning: %s: %s\n", domain, message);
}

static int is_sound(int code)
{
	static const int sound[] = {0, CTR_ERR_NAME_IN_USE, CTR_ERR_STATE_INVALID, CTR_ERR_STOPPED, CTR_ERR_REMOVED,
				    CTR_ERR_NO_SUCH_CONTAINER};

	for (size_t i = 0; i < COUNT(sound); i++) {
		if (sound[i] == code)
			return 1;
	}
	return 0;
}

/* The code, when it is one that others' work explains */
#define SOUND(call)                                                                                                    \
	({                                                                                                             \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		if (!is_sound(got_))                                                                                   \
			fail_with(got_, err, #call);                                                                   \
		ctr_error_unref(err);                                                                                  \
		got_;                                                                                                  \
	})

/* Within one run; -1: such a state must never be seen. The end of a run is one rank, as cleaned up or not makes none. */
static int rank_of(ctr_state_t state)
{
	switch (state) {
	case CTR_STATE_CONFIGURED:
		return 0;
	case CTR_STATE_CREATED:
		return 1;
	case CTR_STATE_RUNNING:
		return 2;
	case CTR_STATE_STOPPING:
		return 3;
	case CTR_STATE_STOPPED:
		return 4;
	case CTR_STATE_EXITED:
		return 5;
	case CTR_STATE_REMOVING:
		return 6;
	default:
		return -1;
	}
}

static void check_status(struct worker *w, int i, const ctr_status_t *s)
{
	struct seen *seen = &w->seen[i];
	int rank = rank_of(ctr_status_state(s));
	const char *name = ctr_status_name(s);

	if (rank < 0)
		illegal(name, "no legal state", s);
	if ((rank == 4 || rank == 5) && !ctr_status_exit_known(s))
		illegal(name, "ended without an exit code", s);
	if ((rank == 2 || rank == 3) && strcmp(w->storm->place.runtime, "null") != 0 && ctr_status_pid(s) <= 0)
		illegal(name, "running without a process", s);
	if (strcmp(seen->id, ctr_status_id(s)) == 0) {
		if (ctr_status_run(s) < seen->run)
			illegal(name, "an earlier run came back", s);
		/* An init draws its number before it is done, so the time of the start tells whose states these are. */
		if (ctr_status_run(s) == seen->run && ctr_status_started_ns(s) == seen->started_ns && rank < seen->rank && rank >= 2)
			illegal(name, "an earlier state of the same run came back", s);
	}
	snprintf(seen->id, sizeof(seen->id), "%s", ctr_status_id(s));
	seen->run = ctr_status_run(s);
	seen->started_ns = ctr_status_started_ns(s);
	seen->rank = rank;
}

static void ask(struct worker *w, int i, ctr_container_t *c)
{
	ctr_status_t *s = NULL;
	char *json = NULL;

	if (SOUND(ctr_container_status(c, NULL, &s, &err)) == 0)
		check_status(w, i, s);
	ctr_status_unref(s);
	if (SOUND(ctr_container_inspect(c, NULL, &json, &err)) == 0)
		ctr_free(json);
}

static void list(const struct storm *storm)
{
	ctr_container_list_t *l = NULL;
	size_t n;

	MUST(ctr_container_list(storm->engine, NULL, NULL, &l, &err));
	n = ctr_container_list_count(l);
	for (size_t a = 0; a < n; a++) {
		const ctr_status_t *s = ctr_container_list_status(l, a);

		if (rank_of(ctr_status_state(s)) < 0)
			illegal(ctr_status_name(s), "no legal state in a list", s);
		for (size_t b = 0; b < a; b++) {
			if (strcmp(ctr_status_name(s), ctr_status_name(ctr_container_list_status(l, b))) == 0)
				illegal(ctr_status_name(s), "listed twice", s);
		}
	}
	ctr_container_list_unref(l);
}

static void take_exit_fd(ctr_container_t *c)
{
	int fd = -1;

	if (SOUND(ctr_container_exit_fd(c, &fd, &err)) == 0)
		close(fd);
}

static void act(struct worker *w, int i, ctr_container_t *c, unsigned choice)
{
	struct ctr_remove_opts rm = remove_opts((choice >> 8) & 1);
	struct ctr_stop_opts stop = stop_at_once();
	int stays = i < w->storm->containers / 2;

	switch (choice % 10) {
	case 0:
	case 1:
		if (SOUND(ctr_container_start(c, NULL, NULL, &err)) == 0)
			atomic_fetch_add(&w->storm->shared->starts[i], 1);
		return;
	case 2:
		SOUND(ctr_container_kill(c, SIGKILL, NULL, &err));
		return;
	case 3:
		SOUND(ctr_container_stop(c, &stop, NULL, &err));
		return;
	case 4:
		SOUND(ctr_container_sync(c, NULL, &err));
		return;
	case 5:
		SOUND(ctr_container_cleanup(c, 0, NULL, &err));
		return;
	case 6:
		take_exit_fd(c);
		return;
	case 7:
		list(w->storm);
		return;
	case 8:
		if (!stays)
			SOUND(ctr_container_init(c, NULL, NULL, &err));
		return;
	default:
		if (!stays)
			SOUND(ctr_container_remove(c, &rm, NULL, &err));
	}
}

static void name_of(int i, char ret[16])
{
	snprintf(ret, 16, "n%d", i); /* no beginning of an id */
}

/* Opens or makes it; NULL when others were quicker */
static ctr_container_t *get(const struct storm *storm, int i)
{
	ctr_container_t *c = NULL;
	ctr_spec_t *spec;
	char name[16];

	name_of(i, name);
	SOUND(ctr_container_open(storm->engine, name, &c, &err));
	if (c)
		return c;
	spec = new_spec(&storm->place, name, i % 3 ? "sleep 1000" : "exit 3", i % 3 ? NULL : "3,5");
	if (SOUND(ctr_container_create(storm->engine, spec, NULL, &c, &err)) == 0)
		atomic_fetch_add(&storm->shared->creates, 1);
	ctr_spec_unref(spec);
	return c;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (now_ns() < w->storm->end_ns) {
		int i = rand_r(&w->seed) % w->storm->containers;
		ctr_container_t *c = get(w->storm, i);

		for (int n = 0; c && n < 3; n++) {
			act(w, i, c, (unsigned)rand_r(&w->seed));
			ask(w, i, c);
			atomic_fetch_add(&w->storm->shared->operations, 2);
		}
		ctr_container_unref(c);
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

/* What has been counted must be what is stored; then all is taken away. */
static void settle(struct storm *storm)
{
	struct ctr_remove_opts rm = remove_opts(1);
	ctr_container_list_t *l = NULL;

	storm->engine = open_engine(&storm->place);
	for (int i = 0; i < storm->containers / 2; i++) {
		ctr_container_t *c = get(storm, i);
		ctr_status_t *s = NULL;

		MUST(ctr_container_status(c, NULL, &s, &err));
		if (ctr_status_run(s) != storm->shared->starts[i]) {
			fprintf(stderr, "%llu starts succeeded\n", (unsigned long long)storm->shared->starts[i]);
			illegal(ctr_status_name(s), "not as many runs as starts", s);
		}
		ctr_status_unref(s);
		ctr_container_unref(c);
	}
	MUST(ctr_container_list(storm->engine, NULL, NULL, &l, &err));
	for (size_t i = 0; i < ctr_container_list_count(l); i++)
		MUST(ctr_container_remove(ctr_container_list_get(l, i), &rm, NULL, &err));
	ctr_container_list_unref(l);
	ctr_engine_unref(storm->engine);
}

int main(int argc, char **argv)
{
	struct storm storm = {.place = place_of(argc, argv)};
	int processes = argc > 7 ? atoi(argv[7]) : 0, failed = 0, status;
	uint64_t starts = 0;

	if (argc < 10 || atoi(argv[9]) > CONTAINERS_MAX)
		return 2;
	storm.containers = atoi(argv[9]);
	/* Three or four threads wait for each container, on a machine that may be busy: only what never comes is a hang. */
	storm.place.log_fn = log_line;
	storm.place.timeout_ns = UINT64_C(300) * 1000000000;
	storm.shared = mmap(NULL, sizeof(*storm.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (storm.shared == MAP_FAILED)
		return 2;
	storm.end_ns = now_ns() + (uint64_t)(atof(argv[5]) * 1e9);
	for (int i = 0; i < processes; i++) {
		if (fork() == 0)
			_exit(run_process(&storm, (unsigned)atoi(argv[6]) + (unsigned)i, atoi(argv[8])));
	}
	while (wait(&status) > 0)
		failed |= status != 0;
	if (failed)
		return FAILED;
	settle(&storm);
	for (int i = 0; i < storm.containers; i++)
		starts += storm.shared->starts[i];
	printf("operations %llu starts %llu creates %llu\n", (unsigned long long)storm.shared->operations,
	       (unsigned long long)starts, (unsigned long long)storm.shared->creates);
	return 0;
}
