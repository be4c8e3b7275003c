/* SPDX-License-Identifier: Apache-2.0 */
/* A host table for testing the built in backends without an engine; jobs are noted and answered as the test says. */
#ifndef CTR_TESTS_LOCAL_HOST_H
#define CTR_TESTS_LOCAL_HOST_H

#include <libctr/backend/host.h>

struct local_host {
	struct ctr_host_api api;
	int jobs;                  /* how many were asked for */
	int pending;               /* begun and not ended */
	int32_t kind, hide_unified, exit_code;
	uint64_t delay_ns;
	char runtime_path[256];
	int result;                /* what a job answers, */
	const char *exit_status, *stderr_text, *exec_errno; /* with these details */
};

void local_host_init(struct local_host *h);
/* A new directory beneath TMPDIR or /tmp; aborts when it cannot be made. */
void local_scratch(char *buf, size_t size);
void local_scratch_remove(const char *path);

#endif
