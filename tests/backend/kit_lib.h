/* SPDX-License-Identifier: Apache-2.0 */
/* What the kit's files share: one check at a time, the first thing wrong ends it. */
#ifndef CTR_BACKEND_KIT_LIB_H
#define CTR_BACKEND_KIT_LIB_H

#include <stdio.h>
#include "kit.h"

struct kit {
	const struct kit_target *t;
	const struct ctr_storage_ops *storage;
	const struct ctr_runtime_ops *runtime;
	const struct ctr_network_ops *network;
	char rootfs[4096];
	ctr_error_t *err;
	char failure[1024];
	int failed;
};

typedef void (*kit_check_fn)(struct kit *k);
struct kit_check {
	const char *name;
	kit_check_fn run;
	int needs_content;
};

/* Runs them, also counting descriptors before and after each. */
int kit_run(struct kit *k, const struct kit_check *checks, size_t n);
void kit_fail(struct kit *k, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Takes the error away; its text for a failure message is in k->failure's reach through kit_expect. */
int kit_expect(struct kit *k, const char *what, int got, int want);
/* 1 when the text is a JSON object or array (as `open` says) that has the word; frees the text with the host. */
int kit_answer_has(struct kit *k, char *text, char open, const char *word);

#define KIT_TRY(k, what, got, want)                                                                                    \
	do {                                                                                                           \
		if (!kit_expect(k, what, got, want))                                                                   \
			return;                                                                                        \
	} while (0)
#define KIT_TRUE(k, cond, ...)                                                                                         \
	do {                                                                                                           \
		if (!(cond)) {                                                                                         \
			kit_fail(k, __VA_ARGS__);                                                                      \
			return;                                                                                        \
		}                                                                                                      \
	} while (0)

#endif
