/* SPDX-License-Identifier: Apache-2.0 */
/* The parts a config.json is put together from (inside the oci room only). Each file of the room fills one of them. */
#ifndef CTR_OCI_PARTS_H
#define CTR_OCI_PARTS_H

#include <stddef.h>
#include <sys/types.h>
#include "base/json.h"
#include "base/macros.h"
#include "oci/config.h"

#define OCI_DEFAULT_SHM_SIZE INT64_C(65536000)
/* Where the init program is seen in the container. */
#define OCI_INIT_PATH "/run/libctr-init"
#define OCI_DEFAULT_PIDS INT64_C(2048)

/* Who the first process is, looked up beneath the container's root (users.c). */
struct oci_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups;         /* additional ones */
	size_t n_groups;
	char *home;
};
int oci_user_find(json_t *doc, int rootfs_fd, struct oci_user *ret, ctr_error_t **err);
void oci_user_reset(struct oci_user *u);
#define CLEANUP_OCI_USER CLEANUP(oci_user_reset)

/* Capabilities as bit masks by kernel number (caps.c). bounding_of_caller: what this process could give at most. */
struct oci_caps {
	uint64_t bounding, effective, ambient; /* permitted = effective; inheritable = ambient */
};
int oci_caps_bounding_of_caller(uint64_t *ret, ctr_error_t **err);
/* in NULL: no warnings. A capability asked for that this process lacks is PERMISSION. */
int oci_caps_make(json_t *doc, int is_root, const struct oci_input *in, struct oci_caps *ret, ctr_error_t **err);
json_t *oci_caps_names(uint64_t mask); /* NULL = out of memory */

/* The "process" object (process.c), its limits (rlimits.c). */
int oci_put_process(const struct oci_input *in, const struct oci_user *user, const struct oci_caps *caps, json_t *config, ctr_error_t **err);
int oci_put_rlimits(const struct oci_input *in, json_t *process, ctr_error_t **err);
int64_t oci_oom_score_adj(const struct oci_input *in);

/* "mounts" (mounts.c, mount_options.c) */
int oci_put_mounts(const struct oci_input *in, json_t *config, ctr_error_t **err);
/* Options of one of the user's mounts, with what is added when not given. */
int oci_mount_options(json_t *mount, json_t **ret, ctr_error_t **err);
/* The host's file behind the field timezone; *ret NULL when the field is absent. */
int oci_timezone_file(json_t *doc, char **ret, ctr_error_t **err);
/* Does path lie on one of the user's mounts? */
int oci_on_user_mount(json_t *doc, const char *path);

/* Members of "linux" */
int oci_put_namespaces(json_t *doc, json_t *linux_part, ctr_error_t **err);                  /* namespaces.c */
int oci_put_masks(json_t *doc, json_t *linux_part, ctr_error_t **err);                       /* masks.c */
int oci_put_devices(const struct oci_input *in, json_t *linux_part, json_t *rules, ctr_error_t **err); /* devices.c */
int oci_put_resources(const struct oci_input *in, json_t *resources, ctr_error_t **err);     /* resources.c */
int oci_put_block_devices(json_t *doc, json_t *resources, ctr_error_t **err);                /* blkio.c */
int oci_put_seccomp(const struct oci_input *in, const struct oci_caps *caps, json_t *linux_part, ctr_error_t **err); /* seccomp.c */

/* Seccomp profiles in the engines' common form (seccomp_profile.c) */
int oci_seccomp_load(const char *path_or_null, json_t **ret, ctr_error_t **err);
int oci_seccomp_convert(json_t *profile, const char *name, uint64_t caps, json_t **ret, ctr_error_t **err);
/* "" = no filter, NULL = the built-in profile, else a path */
const char *oci_seccomp_choice(json_t *doc, const char *engine_profile);


/* 1 when mode is one of the "no cgroup" settings */
int oci_cgroups_disabled(json_t *doc, const char *cgroup_manager);
void oci_warn(const struct oci_input *in, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
