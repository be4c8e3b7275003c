/* SPDX-License-Identifier: Apache-2.0 */
/* For those who write a network backend. Stable by the size rule. */
#ifndef LIBCTR_BACKEND_NETWORK_H
#define LIBCTR_BACKEND_NETWORK_H

#include <stddef.h>
#include <stdint.h>
#include <libctr/error.h>
#include <libctr/op.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ctr_network_attach {
	size_t size;
	const char *id, *name, *hostname;
	uint64_t run;
	const char *netns_path;      /* "/proc/PID/ns/net" of the initialised container */
	const char *request;         /* JSON, NULL = nothing asked */
};

struct ctr_network_ops {
	size_t size;
	uint64_t caps;
	int (*setup)(void *self, const struct ctr_network_attach *what, char **ret_status_json, ctr_op_t *op, ctr_error_t **err);
	int (*teardown)(void *self, const struct ctr_network_attach *what, ctr_op_t *op, ctr_error_t **err); /* idempotent */
	int (*probe)(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err);
	void (*destroy)(void *self);
};

#ifdef __cplusplus
}
#endif
#endif
