/* SPDX-License-Identifier: Apache-2.0 */
/* From a container's spec document to the OCI runtime's config.json (behaviour.md 16). (owner: oci) */
#ifndef CTR_OCI_CONFIG_H
#define CTR_OCI_CONFIG_H

#include <stdint.h>
#include "base/json.h"
#include "error/error.h"

struct oci_input {
	json_t *doc;                  /* the row's config; borrowed */
	const char *id, *name;
	const char *rootfs_path;      /* root.path as the runtime (in the monitor's mount namespace) will see it */
	int rootfs_fd;                /* O_PATH of the same tree as the caller sees it: users, groups, workdir are looked up beneath it */
	int rootfs_read_only;         /* besides what the document asks */
	const char *cgroup_manager;   /* "cgroupfs" "systemd" "disabled" */
	int cgroup_mode;              /* OS_CGROUP_* */
	const char *seccomp_profile;  /* engine's: path, "unconfined", NULL = built in */
	const char *runtime_name;     /* "crun" "runc" … */
	const char *init_program;     /* put before the command (field init), NULL = none; a static program of the host */
	/* told about each thing that was lowered or left out because this machine does not allow it (rlimits above ours, a missing controller) */
	void (*warn)(const char *message, void *userdata);
	void *warn_userdata;
};

/* The complete document; the caller writes it (os_write_file_atomic). Errors: NO_SUCH_FILE (a user, group or workdir that is not there), INVALID_ARG, UNSUPPORTED_OPTION, NOT_SUPPORTED (LSM off), PERMISSION. */
int oci_config_generate(const struct oci_input *in, json_t **ret, ctr_error_t **err);
/* What create checks of the document against this machine before anything is made (LSM options, apparmor, seccomp file readable, devices there, namespace paths there). */
int oci_config_preflight(json_t *doc, const char *cgroup_manager, ctr_error_t **err);
/* Makes work_dir with its missing parents (0755, the container's user) beneath the root when create_working_dir asks for it; else nothing. */
int oci_make_workdir(json_t *doc, int rootfs_fd, ctr_error_t **err);
/* linux.cgroupsPath of a container for this manager and parent; "" without cgroups. Memory is the caller's, NULL = out of memory. */
char *oci_cgroups_path(json_t *doc, const char *id, const char *cgroup_manager);
/* The limits of the document as an OCI LinuxResources object, for the runtime's update: doc, cgroup_mode, runtime_name, warn of in. INVALID_ARG,
 * NO_SUCH_FILE … of block devices, NOT_SUPPORTED. */
int oci_update_resources(const struct oci_input *in, json_t **ret, ctr_error_t **err);
/* Changes a config.json: its limits (resources NULL: they stay), and of the update document env, unsetenv and r_limits. */
int oci_update_config(const struct oci_input *in, json_t *config, json_t *resources, json_t *delta, ctr_error_t **err);
/* EffectiveCaps / BoundingCaps for inspect, from the document: arrays of names */
int oci_capabilities(json_t *doc, json_t **ret_effective, json_t **ret_bounding, ctr_error_t **err);

#endif
