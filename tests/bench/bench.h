/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the benchmark share. Public headers of libctr only. */
#ifndef CTR_TESTS_BENCH_BENCH_H
#define CTR_TESTS_BENCH_BENCH_H

#include <stdint.h>
#include <libctr/libctr.h>

#define BENCH_ID "benchbenchbenchbenchbenchbenchbenchbenchbenchbenchbenchbenchbenc"

struct bench {
	const char *root, *run_root, *runtime, *rootfs;
	int count;
	ctr_engine_t *engine;
};

uint64_t bench_now(void); /* ns, CLOCK_MONOTONIC */
void bench_sample(const char *name, uint64_t since_ns); /* prints "sample NAME NANOSECONDS" */
void bench_die(const char *what, ctr_error_t *err) __attribute__((noreturn));
/* The call with `&err` as its last argument must succeed. */
#define MUST(call)                                                                                                     \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		if ((call) < 0)                                                                                        \
			bench_die(#call, err);                                                                         \
	} while (0)
#define TIMED(name, call)                                                                                              \
	do {                                                                                                           \
		uint64_t began_ = bench_now();                                                                         \
		MUST(call);                                                                                            \
		bench_sample(name, began_);                                                                            \
	} while (0)

ctr_spec_t *bench_spec(const struct bench *b);
/* many.c: pause, unpause and restart of one; stop of BENCH_MANY that are deaf to SIGTERM; start of a pod of BENCH_MEMBERS */
#define BENCH_MANY 100
#define BENCH_MEMBERS 10
void many_verbs(const struct bench *b, ctr_spec_t *spec);
void many_stop(const struct bench *b, ctr_spec_t *spec, int rounds);
void many_pod(const struct bench *b, int rounds);

/* floor.c: a process of its own that runs the bare commands of an OCI runtime, on its own copy of a config.json */
struct floor;
/* NULL: the runtime cannot be run so, *why says why. config: text of a config.json in which id stands for the container. */
struct floor *floor_start(const char *runtime_path, const char *dir, const char *config, const char *id, const char **why);
/* create + start, pause and resume, then kill and delete; the samples are printed. 0 or -1 with *why */
int floor_once(struct floor *f, const char **why);
void floor_end(struct floor *f);

#endif
