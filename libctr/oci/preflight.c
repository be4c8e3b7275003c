/* SPDX-License-Identifier: Apache-2.0 */
/* What creation checks of a document against this machine, before anything is made. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "model/spec.h"
#include "oci/parts.h"
#include "os/cgroup.h"
#include "os/fs.h"

#define APPARMOR "/sys/module/apparmor/parameters/enabled"

static int check_apparmor(json_t *doc, ctr_error_t **err)
{
	const char *profile = json_get_str(doc, "apparmor_profile", "");
	CLEANUP_FREE char *enabled = NULL;

	if (!profile[0] || strcasecmp(profile, "unconfined") == 0)
		return 0;
	if (os_read_file(AT_FDCWD, APPARMOR, 16, &enabled, NULL) == 0 && enabled[0] == 'Y')
		return 0;
	return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE,
			 "apparmor_profile \"%s\" cannot be used: AppArmor is off on this machine", profile);
}

static int check_selinux(json_t *doc, ctr_error_t **err)
{
	json_t *list = json_get(doc, "selinux_opts");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *option = json_object_get_string(json_object_array_get_idx(list, i));

		if (STREQ(option, "disable") || STREQ(option, "label=disable"))
			continue;
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE, "selinux_opts \"%s\" cannot be used: %s",
				 option,
				 access("/sys/fs/selinux/enforce", F_OK) == 0
				     ? "libctr sets no SELinux labels yet; \"disable\" works"
				     : "SELinux is off on this machine");
	}
	return 0;
}

static int check_cgroups(json_t *doc, const char *manager, ctr_error_t **err)
{
	const char *parent = json_get_str(doc, "cgroup_parent", "");
	int is_slice = str_has_suffix(parent, ".slice");
	json_t *unified = json_get(doc, "unified"), *nested = json_get_path(doc, "resource_limits.unified");
	int mode = os_cgroup_mode();

	if (parent[0] && STREQ(manager, "systemd") && !is_slice)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "cgroup_parent \"%s\" must end in \".slice\" because systemd manages the cgroups",
				 parent);
	if (is_slice && STREQ(manager, "cgroupfs"))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "cgroup_parent \"%s\" is a systemd slice, but cgroups are managed directly (cgroupfs)",
				 parent);
	if (mode != OS_CGROUP_V2 &&
	    ((unified && json_object_object_length(unified) > 0) || (nested && json_object_object_length(nested) > 0)))
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE,
				 "unified limits need a host with cgroup v2 only; this one is %s",
				 os_cgroup_mode_name(mode));
	return 0;
}

static int check_namespaces(json_t *doc, ctr_error_t **err)
{
	static const char *const fields[] = {"pidns", "utsns", "ipcns", "cgroupns", "netns", "userns"};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *path = "";

		if (STREQ(config_ns(doc, fields[i], &path), "path") && access(path, F_OK) < 0)
			return error_set_errno(err, 0, DOMAIN_CORE, errno,
					       "the namespace %s that %s names cannot be used", path, fields[i]);
	}
	return 0;
}

static int check_mounts(json_t *doc, ctr_error_t **err)
{
	json_t *list = json_get(doc, "mounts");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		CLEANUP_JSON json_t *options = NULL;
		int rc = oci_mount_options(json_object_array_get_idx(list, i), &options, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Runs the same code as the real thing and drops the result: devices and block devices that are there now. */
static int check_devices(json_t *doc, ctr_error_t **err)
{
	const struct oci_input in = {.doc = doc};
	CLEANUP_JSON json_t *scrap = json_object_new_object();
	CLEANUP_JSON json_t *rules = json_object_new_array();
	int rc;

	if (!scrap || !rules)
		return error_no_memory(err);
	rc = oci_put_devices(&in, scrap, rules, err);
	return rc < 0 ? rc : oci_put_block_devices(doc, scrap, err);
}

static int check_seccomp(json_t *doc, ctr_error_t **err)
{
	const char *choice = oci_seccomp_choice(doc, NULL);
	CLEANUP_JSON json_t *profile = NULL, *filter = NULL;
	int rc;

	if (!choice || !choice[0])
		return 0;
	rc = oci_seccomp_load(choice, &profile, err);
	return rc < 0 ? rc : oci_seccomp_convert(profile, choice, 0, &filter, err);
}

static int check_caps_and_zone(json_t *doc, ctr_error_t **err)
{
	CLEANUP_FREE char *zone = NULL;
	struct oci_caps caps;
	int rc = oci_caps_make(doc, 1, NULL, &caps, err);

	return rc < 0 ? rc : oci_timezone_file(doc, &zone, err);
}

int oci_config_preflight(json_t *doc, const char *cgroup_manager, ctr_error_t **err)
{
	static int (*const checks[])(json_t * doc, ctr_error_t * *err) = {
	    check_apparmor, check_selinux, check_namespaces,	check_mounts,
	    check_devices,  check_seccomp, check_caps_and_zone,
	};
	int rc = check_cgroups(doc, str_or_empty(cgroup_manager), err);

	for (size_t i = 0; i < ARRAY_SIZE(checks) && rc == 0; i++)
		rc = checks[i](doc, err);
	return rc;
}
