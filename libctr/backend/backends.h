/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: a backend of any kind as the registry keeps it, and the frame of a guarded call. */
#ifndef CTR_BACKEND_BACKENDS_H
#define CTR_BACKEND_BACKENDS_H

#include "backend/registry.h"

enum backend_kind { KIND_RUNTIME, KIND_STORAGE, KIND_NETWORK, N_KINDS };

struct backend {
	struct backend *next;
	enum backend_kind kind;
	char *name, *path, *domain; /* domain: "backend:NAME" */
	void *self;
	void (*destroy)(void *self);
};

struct runtime_backend {
	struct backend base;
	struct ctr_runtime_ops ops;
};
struct storage_backend {
	struct backend base;
	struct ctr_storage_ops ops;
};
struct network_backend {
	struct backend base;
	struct ctr_network_ops ops;
};

/* One guarded call: begin makes the op of the slot, end judges what the slot answered. */
struct guard {
	const struct backend *b;
	const char *verb;
	ctr_op_t *op;
	ctr_error_t *inner; /* the slot's own error, so that the caller's pointer is never in foreign hands */
};

/* has: whether the slot is there. 0, NOT_SUPPORTED, NO_MEMORY. The limits are the slot's to look at: one that need not wait works with a timeout of 0. */
int guard_begin(struct guard *g, const struct backend *b, const char *verb, int has, const struct op_call *call, ctr_error_t **err);
/* result: what the slot returned. 0 or the error, which a slot that gave none gets here. */
int guard_end(struct guard *g, int result, ctr_error_t **err);
/* A slot that said 0 without the outputs it promises. */
int guard_bad_output(struct guard *g, const char *what, ctr_error_t **err);
/* text: a slot's JSON output, freed here; wanted: json_type_object … *ret = NULL for NULL text. */
int guard_json(struct guard *g, char *text, json_type wanted, json_t **ret, ctr_error_t **err);

#endif
