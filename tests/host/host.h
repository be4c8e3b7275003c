/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the hostile host share. Public headers of libctr only. */
#ifndef CTR_TESTS_HOST_HOST_H
#define CTR_TESTS_HOST_HOST_H

#include <stddef.h>
#include <stdint.h>
#include <libctr/libctr.h>

struct host {
	const char *root, *run_root; /* a store of one's own */
	const char *root2, *run_root2; /* another */
	const char *rootfs;
	const char *runtime;
	int real; /* containers are processes */
	int silent; /* nothing is read from containers: reading is a cancellation point */
};

/* ---- report.c: verdicts go to a file, as descriptors 0 to 2 are part of the test ---- */
void report_open(const char *path);
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int report_failures(void);
/* The call with `&err` as its last argument must give code. 1 when it did. */
int wanted(int code, int got, ctr_error_t *err, const char *call, const char *file, int line);
#define WANT(code, call) __extension__({ ctr_error_t *err = NULL; int got_ = (call); wanted((code), got_, err, #call, __FILE__, __LINE__); })
#define OK(call) WANT(0, call)
#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			report("%s:%d: not so: %s", __FILE__, __LINE__, #condition);                                   \
	} while (0)
#define EQUAL(a, b)                                                                                                    \
	do {                                                                                                           \
		long long a_ = (long long)(a), b_ = (long long)(b);                                                    \
		if (a_ != b_)                                                                                          \
			report("%s:%d: %s is %lld, %s is %lld", __FILE__, __LINE__, #a, a_, #b, b_);                   \
	} while (0)

/* ---- process.c: everything of this process that a library must leave alone, as text ---- */
char *process_picture(void);
void process_compare(const char *before, const char *when); /* reports each line that changed */
/* Every descriptor above lowest that is not in the set of process_fds_known must be >= 3 and close-on-exec; how many there are. */
void process_fds_known(void);
int process_fds_census(const char *when);

/* ---- life.c: the whole life of containers ---- */
ctr_engine_t *life_engine(const struct host *h, const char *root, const char *run_root);
/* ends: "CODE[,MILLISECONDS]", NULL: runs until killed */
ctr_container_t *life_create(const struct host *h, ctr_engine_t *engine, const char *name, const char *ends);
ctr_state_t life_state(ctr_container_t *c);
int life_ready(int fd, int milliseconds);
void life_remove(ctr_container_t *c); /* by force; gives the handle back */
size_t life_count(ctr_engine_t *engine, const char *name_prefix);
/* Everything once, with names that begin with tag. */
void life_whole(const struct host *h, ctr_engine_t *engine, const char *tag);
/* An engine of its own around life_whole. */
void life_alone(const struct host *h, const char *tag);

/* ---- variants ---- */
struct variant {
	const char *name;
	void (*run)(const struct host *h); /* must leave the process as it finds it */
	void (*prepare)(const struct host *h); /* makes the process what it is, NULL: nothing */
};
extern const struct variant variants_process[], variants_threads[], variants_fork[]; /* each ends with a NULL name */

#endif
