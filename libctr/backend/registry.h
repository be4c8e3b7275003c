/* SPDX-License-Identifier: Apache-2.0 */
/* Per-engine tables of backends, by name; private copies of their functions by the size rule; guarded calls. (owner: backend) */
#ifndef CTR_BACKEND_REGISTRY_H
#define CTR_BACKEND_REGISTRY_H

#include <libctr/backend/host.h>
#include <libctr/backend/network.h>
#include <libctr/backend/runtime.h>
#include <libctr/backend/storage.h>
#include "base/json.h"
#include "op/op.h"

struct registry;
int registry_new(struct registry **ret, ctr_error_t **err);
struct registry *registry_free(struct registry *r); /* destroys every backend */

/* Copies ops (missing required slot = INVALID_ARG, taken name = EXISTS). self is owned from success on, with ops->destroy. path: of the program or plug-in, "" for built in ones. */
int registry_add_runtime(struct registry *r, const char *name, const char *path, const struct ctr_runtime_ops *ops, void *self, ctr_error_t **err);
int registry_add_storage(struct registry *r, const char *name, const struct ctr_storage_ops *ops, void *self, ctr_error_t **err);
int registry_add_network(struct registry *r, const char *name, const struct ctr_network_ops *ops, void *self, ctr_error_t **err);

struct runtime_backend;
struct storage_backend;
struct network_backend;
/* Borrowed for the registry's life. RUNTIME_NOT_FOUND / STORAGE / NETWORK naming the known ones. */
int registry_runtime(struct registry *r, const char *name, struct runtime_backend **ret, ctr_error_t **err);
int registry_storage(struct registry *r, const char *name, struct storage_backend **ret, ctr_error_t **err);
int registry_network(struct registry *r, const char *name, struct network_backend **ret, ctr_error_t **err);
const char *runtime_backend_name(const struct runtime_backend *b);
const char *runtime_backend_path(const struct runtime_backend *b);
uint64_t runtime_backend_caps(const struct runtime_backend *b);
const char *storage_backend_name(const struct storage_backend *b);
uint64_t storage_backend_caps(const struct storage_backend *b);
const char *network_backend_name(const struct network_backend *b);
uint64_t network_backend_caps(const struct network_backend *b);
/* The names, in the order they were added: NULL-ended, for strv_free; NULL when out of memory. */
char **registry_runtime_names(struct registry *r);
char **registry_storage_names(struct registry *r);
char **registry_network_names(struct registry *r);

/* Guarded calls: an op_call becomes the ctr_op_t of the slot, a missing slot is NOT_SUPPORTED naming the backend, outputs are checked. */
int runtime_create(struct runtime_backend *b, const struct ctr_runtime_run *run, struct ctr_runtime_process *ret, const struct op_call *call, ctr_error_t **err);
int runtime_start(struct runtime_backend *b, const struct ctr_runtime_run *run, const struct op_call *call, ctr_error_t **err);
/* The halves. A backend without them does all of it at the end. A begin that succeeded is followed by its end in any case; *ret_pending is
 * NULL before it. */
int runtime_create_begin(struct runtime_backend *b, const struct ctr_runtime_run *run, void **ret_pending, const struct op_call *call, ctr_error_t **err);
int runtime_create_end(struct runtime_backend *b, const struct ctr_runtime_run *run, void *pending, struct ctr_runtime_process *ret, const struct op_call *call, ctr_error_t **err);
int runtime_start_begin(struct runtime_backend *b, const struct ctr_runtime_run *run, void **ret_pending, const struct op_call *call, ctr_error_t **err);
int runtime_start_end(struct runtime_backend *b, const struct ctr_runtime_run *run, void *pending, const struct op_call *call, ctr_error_t **err);
int runtime_remove(struct runtime_backend *b, const struct ctr_runtime_run *run, int force, const struct op_call *call, ctr_error_t **err);
int runtime_end(struct runtime_backend *b, const struct ctr_runtime_run *run, int signal, const struct op_call *call, ctr_error_t **err);
/* NOT_SUPPORTED when the table has no such slot */
int runtime_pause(struct runtime_backend *b, const struct ctr_runtime_run *run, const struct op_call *call, ctr_error_t **err);
int runtime_resume(struct runtime_backend *b, const struct ctr_runtime_run *run, const struct op_call *call, ctr_error_t **err);
int runtime_update(struct runtime_backend *b, const struct ctr_runtime_run *run, const struct op_call *call, ctr_error_t **err);
int runtime_probe(struct runtime_backend *b, json_t **ret, const struct op_call *call, ctr_error_t **err);
int storage_create(struct storage_backend *b, const struct ctr_storage_root *root, const struct op_call *call, ctr_error_t **err);
int storage_remove(struct storage_backend *b, const char *id, const struct op_call *call, ctr_error_t **err);
int storage_mount(struct storage_backend *b, const struct ctr_storage_root *root, struct ctr_storage_mount *ret, const struct op_call *call, ctr_error_t **err);
int storage_unmount(struct storage_backend *b, const char *id, const struct op_call *call, ctr_error_t **err);
int storage_probe(struct storage_backend *b, json_t **ret, const struct op_call *call, ctr_error_t **err);
int storage_status(struct storage_backend *b, const char *id, json_t **ret, const struct op_call *call, ctr_error_t **err);
int storage_list(struct storage_backend *b, json_t **ret, const struct op_call *call, ctr_error_t **err);

/* *ret_status: what the network is to be shown as, may be NULL. */
int network_setup(struct network_backend *b, const struct ctr_network_attach *what, json_t **ret_status, const struct op_call *call, ctr_error_t **err);
int network_teardown(struct network_backend *b, const struct ctr_network_attach *what, const struct op_call *call, ctr_error_t **err);
int network_probe(struct network_backend *b, json_t **ret, const struct op_call *call, ctr_error_t **err);

/* Built in backends announce themselves through these; core calls each once per engine. */
typedef int (*backend_register_fn)(struct registry *r, const struct ctr_host_api *host, ctr_error_t **err);

#endif
