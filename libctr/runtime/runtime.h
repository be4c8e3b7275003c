/* SPDX-License-Identifier: Apache-2.0 */
/* The built in runtimes' doors. They see only the public backend headers, base, error, op and os. (owner: backend) */
#ifndef CTR_RUNTIME_RUNTIME_H
#define CTR_RUNTIME_RUNTIME_H

#include <libctr/backend/host.h>

/* An OCI command line runtime (crun, runc, or any with the same verbs): self for the table. name "" or a path = taken from the path's last component. */
int runtime_oci_new(const struct ctr_host_api *host, const char *name, const char *path, void **ret_self, ctr_error_t **err);
const struct ctr_runtime_ops *runtime_oci_ops(void);
/* Looks for a runtime by name in /usr/local/{bin,sbin}, /usr/{bin,sbin}, /bin, /sbin, never $PATH; *ret is allocated, NULL when not installed. */
int runtime_oci_find(const char *name, char **ret_path);
/* Can the runtime at path (NULL: not installed) run containers here, as far as can be told without running it? 1; 0 with *ret_why and *ret_fix (allocated);
 * -ENOMEM. This is what chooses among the default ones; the table's probe also asks the program itself. */
int runtime_oci_can_run(const char *name, const char *path, char **ret_why, char **ret_fix);
/* The names sought when none is said, best first: "crun", "runc". */
const char *const *runtime_oci_default_names(void);

/* Containers without a process (api.md, architecture.md 4). exits_fd: <root>/exits, borrowed, where it writes the ordinary exit record. */
int runtime_null_new(const struct ctr_host_api *host, int exits_fd, void **ret_self, ctr_error_t **err);
const struct ctr_runtime_ops *runtime_null_ops(void);
/* Has this run of a null container ended by its annotation at now_ns? 1: *ret_code, *ret_end_ns (realtime). started_ns: when it was started. */
int runtime_null_due(const char *annotations_json, int64_t started_ns, int64_t now_ns, int32_t *ret_code, int64_t *ret_end_ns);

#endif
