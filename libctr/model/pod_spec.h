/* SPDX-License-Identifier: Apache-2.0 */
/* The pod spec: a JSON document with the names of Podman's PodSpecGenerator, checked by a table like a container's, and what follows from
 * it for the infra container and for members. */
#ifndef CTR_MODEL_POD_SPEC_H
#define CTR_MODEL_POD_SPEC_H

#include "base/json.h"
#include "error/error.h"

/* Checks everything that can be said without touching the machine. *ret: canonical names and values, the caller's. */
int pod_spec_parse(const char *text, size_t len, json_t **ret, ctr_error_t **err);

/* Readers of such a document. Borrowed. */
int pod_spec_has_infra(json_t *doc);
int pod_spec_shares(json_t *doc, const char *what);   /* "ipc" "net" "uts" "pid" "cgroup" "user" */
int pod_spec_share_parent(json_t *doc);               /* members are made in the pod's cgroup */
const char *pod_spec_exit_policy(json_t *doc);        /* "continue" "stop" */
/* An array of what is shared, in Podman's order; NULL = out of memory. */
json_t *pod_spec_shared(json_t *doc);

/* The spec of the infra container as a document (to be finished like anybody's); rootfs: where ctr-init is, as "/ctr-init". */
int pod_spec_infra(json_t *pod_doc, const char *pod_id, const char *pod_name, const char *rootfs, const char *cgroup, json_t **ret,
		   ctr_error_t **err);
/* What a member gets from its pod: namespaces of the infra container, hostname, cgroup parent, restart policy. INVALID_ARG when it asks for
 * what the pod decides. infra_id "" = none; cgroup "" = none. */
int pod_spec_apply(json_t *pod_doc, const char *pod_name, const char *infra_id, const char *cgroup, json_t *doc, ctr_error_t **err);

#endif
