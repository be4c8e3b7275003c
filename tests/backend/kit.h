/* SPDX-License-Identifier: Apache-2.0 */
/* The conformance kit: what every backend has to do, as checks that run against any table of functions. Uses public headers only. */
#ifndef CTR_BACKEND_KIT_H
#define CTR_BACKEND_KIT_H

#include <libctr/backend/host.h>
#include <libctr/backend/network.h>
#include <libctr/backend/runtime.h>
#include <libctr/backend/storage.h>

/* Told once per check: failure is NULL when it passed, else what was wrong. */
typedef void (*kit_report_fn)(const char *check, const char *failure, void *userdata);

struct kit_target {
	const struct ctr_host_api *host; /* the one the backend was made with: its memory is freed with it */
	void *self;
	const char *scratch;             /* absolute path of an empty directory, on a file system with owners, modes and links */
	int keeps_nothing;               /* storage: a driver that has no content at all */
	kit_report_fn report;
	void *userdata;
};

/* Number of failed checks. Everything made in scratch stays there. */
int kit_storage(const struct ctr_storage_ops *ops, const struct kit_target *t);
/* For runtimes with CTR_RUNTIME_CAP_NO_PROCESS: their containers need no monitor. */
int kit_runtime_without_process(const struct ctr_runtime_ops *ops, const struct kit_target *t);
int kit_network(const struct ctr_network_ops *ops, const struct kit_target *t);

#endif
