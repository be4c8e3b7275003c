/* SPDX-License-Identifier: Apache-2.0 */
/* Puts config.json together from its parts. */
#include "oci/config.h"

#include <libctr/container.h>

#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "model/spec.h"
#include "oci/parts.h"

#define OCI_VERSION "1.0.2"

void oci_warn(const struct oci_input *in, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list ap;

	if (!in->warn)
		return;
	va_start(ap, fmt);
	text = str_vprintf(fmt, ap);
	va_end(ap);
	if (text)
		in->warn(text, in->warn_userdata);
}

static int put_root(const struct oci_input *in, json_t *config)
{
	CLEANUP_JSON json_t *root = json_object_new_object();
	int read_only = in->rootfs_read_only || json_get_bool(in->doc, "read_only_filesystem", 0);

	if (!root || json_put_str(root, "path", in->rootfs_path) < 0 || json_put_bool(root, "readonly", read_only) < 0)
		return -ENOMEM;
	return json_put(config, "root", TAKE_PTR(root));
}

static int put_stop_annotations(json_t *doc, json_t *annotations)
{
	uint32_t timeout = config_stop_timeout(doc, 10);
	char signal[16], usec[48];

	snprintf(signal, sizeof(signal), "%d", config_stop_signal(doc));
	snprintf(usec, sizeof(usec), "uint64 %llu", (unsigned long long)timeout * 1000000);
	if (json_put_str(annotations, "org.opencontainers.image.stopSignal", signal) < 0 ||
	    json_put_str(annotations, "org.systemd.property.KillSignal", signal) < 0)
		return -ENOMEM;
	return timeout == CTR_STOP_FOREVER ? 0
					   : json_put_str(annotations, "org.systemd.property.TimeoutStopUSec", usec);
}

static int put_annotations(const struct oci_input *in, json_t *config)
{
	json_t *own = json_get(in->doc, "annotations");
	CLEANUP_JSON json_t *all = json_object_new_object();

	if (!all || json_put_str(all, "io.container.manager", "libctr") < 0 || put_stop_annotations(in->doc, all) < 0 ||
	    (json_get_bool(in->doc, "remove", 0) &&
	     json_put_str(all, "io.libctr.annotations.autoremove", "TRUE") < 0) ||
	    (json_get_bool(in->doc, "privileged", 0) &&
	     json_put_str(all, "io.libctr.annotations.privileged", "TRUE") < 0) ||
	    (json_get_bool(in->doc, "init", 0) && json_put_str(all, "io.libctr.annotations.init", "TRUE") < 0))
		return -ENOMEM;
	if (own) {
		json_object_object_foreach(own, key, value)
		{
			if (json_put(all, key, json_object_get(value)) < 0)
				return -ENOMEM;
		}
	}
	return json_put(config, "annotations", TAKE_PTR(all));
}

/* Mounts that want to see or show mounts of the host need the root to do so too; without a word runc and crun differ.
 */
static const char *propagation(json_t *doc)
{
	json_t *list = json_get(doc, "mounts");
	const char *asked = json_get_str(doc, "rootfs_propagation", "");
	int shared = 0, slave = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_t *options = json_get(json_object_array_get_idx(list, i), "options");

		for (size_t j = 0; options && j < json_object_array_length(options); j++) {
			const char *option = json_object_get_string(json_object_array_get_idx(options, j));

			shared |= STREQ(option, "shared") || STREQ(option, "rshared");
			slave |= STREQ(option, "slave") || STREQ(option, "rslave");
		}
	}
	return asked[0] ? asked : shared ? "shared" : slave ? "rslave" : "rprivate";
}

static int put_cgroup(const struct oci_input *in, json_t *linux_part, json_t *resources, ctr_error_t **err)
{
	CLEANUP_FREE char *path = NULL;
	int rc;

	if (oci_cgroups_disabled(in->doc, in->cgroup_manager)) {
		if (STREQ(str_or_empty(in->runtime_name), "runc"))
			return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE,
					 "runc cannot run a container without cgroups; crun can");
		return 0;
	}
	path = oci_cgroups_path(in->doc, in->id, in->cgroup_manager);
	if (!path)
		return error_no_memory(err);
	rc = oci_put_resources(in, resources, err);
	if (rc < 0)
		return rc;
	if (json_put_str(linux_part, "cgroupsPath", path) < 0 ||
	    json_put(linux_part, "resources", json_object_get(resources)) < 0)
		return error_no_memory(err);
	return 0;
}

static int put_sysctl(json_t *doc, json_t *linux_part)
{
	json_t *sysctl = json_get(doc, "sysctl");

	if (!sysctl || json_object_object_length(sysctl) == 0)
		return 0;
	return json_put(linux_part, "sysctl", json_object_get(sysctl));
}

static int put_linux(const struct oci_input *in, const struct oci_caps *caps, json_t *config, ctr_error_t **err)
{
	CLEANUP_JSON json_t *linux_part = json_object_new_object();
	CLEANUP_JSON json_t *resources = json_object_new_object();
	CLEANUP_JSON json_t *rules = json_object_new_array();
	int rc;

	if (!linux_part || !resources || !rules ||
	    json_put_str(linux_part, "rootfsPropagation", propagation(in->doc)) < 0 ||
	    put_sysctl(in->doc, linux_part) < 0)
		return error_no_memory(err);
	rc = oci_put_namespaces(in->doc, linux_part, err);
	if (rc == 0)
		rc = oci_put_masks(in->doc, linux_part, err);
	if (rc == 0)
		rc = oci_put_devices(in, linux_part, rules, err);
	if (rc == 0 && json_put(resources, "devices", TAKE_PTR(rules)) < 0)
		rc = error_no_memory(err);
	if (rc == 0)
		rc = put_cgroup(in, linux_part, resources, err);
	if (rc == 0)
		rc = oci_put_seccomp(in, caps, linux_part, err);
	if (rc < 0)
		return rc;
	return json_put(config, "linux", TAKE_PTR(linux_part)) < 0 ? error_no_memory(err) : 0;
}

int oci_config_generate(const struct oci_input *in, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *config = json_object_new_object();
	CLEANUP_OCI_USER struct oci_user user = {0};
	struct oci_caps caps = {0};
	char buf[ID_SIZE_HOSTNAME];
	int rc;

	if (!config || json_put_str(config, "ociVersion", OCI_VERSION) < 0 || put_root(in, config) < 0 ||
	    (STREQ(config_ns(in->doc, "utsns", NULL), "private") &&
	     json_put_str(config, "hostname", config_hostname(in->doc, in->id, buf)) < 0) ||
	    put_annotations(in, config) < 0)
		return error_no_memory(err);
	rc = oci_user_find(in->doc, in->rootfs_fd, &user, err);
	if (rc == 0)
		rc = oci_caps_make(in->doc, user.uid == 0, in, &caps, err);
	if (rc == 0)
		rc = oci_put_process(in, &user, &caps, config, err);
	if (rc == 0)
		rc = oci_put_mounts(in, config, err);
	if (rc == 0)
		rc = put_linux(in, &caps, config, err);
	if (rc < 0)
		return rc;
	*ret = TAKE_PTR(config);
	return 0;
}
