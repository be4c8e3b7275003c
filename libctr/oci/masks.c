/* SPDX-License-Identifier: Apache-2.0 */
/* Masked and read-only paths, and the fields mask and unmask. */
#include <fnmatch.h>
#include <glob.h>
#include <string.h>
#include "base/mem.h"
#include "base/strv.h"
#include "oci/parts.h"

#define THROTTLE "/sys/devices/system/cpu/cpu*/thermal_throttle"

static const char *const masked[] = {
    "/proc/acpi",	 "/proc/kcore",	  "/proc/keys",	      "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi",	  "/proc/timer_list", "/proc/timer_stats",
    "/proc/interrupts",	 "/sys/firmware", "/sys/fs/selinux",  "/sys/devices/virtual/powercap",
};
static const char *const read_only[] = {
    "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* One entry may name several paths with colons between, as Podman's may; names may have wildcards. */
static int each_part(json_t *list, int (*fn)(const char *part, void *userdata), void *userdata)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		CLEANUP_FREE char *text = str_dup(json_object_get_string(json_object_array_get_idx(list, i)));
		char *save = NULL;

		if (!text)
			return -ENOMEM;
		for (char *part = strtok_r(text, ":", &save); part; part = strtok_r(NULL, ":", &save)) {
			int rc = fn(part, userdata);

			if (rc != 0)
				return rc;
		}
	}
	return 0;
}

static int unmasks(const char *part, void *path)
{
	return STREQ(part, "ALL") || fnmatch(part, (const char *)path, 0) == 0;
}

static int push_unless_unmasked(json_t *doc, json_t *list, const char *path)
{
	CLEANUP_FREE char *copy = str_dup(path);
	int rc = copy ? each_part(json_get(doc, "unmask"), unmasks, copy) : -ENOMEM;

	return rc == 0 ? json_push_str(list, path) : rc < 0 ? rc : 0;
}

static int push_all(json_t *doc, json_t *list, const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (push_unless_unmasked(doc, list, paths[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int push_throttles(json_t *doc, json_t *list)
{
	glob_t found = {0};
	int rc = glob(THROTTLE, 0, NULL, &found);

	rc = rc == 0		  ? push_all(doc, list, (const char *const *)found.gl_pathv, found.gl_pathc)
	     : rc == GLOB_NOSPACE ? -ENOMEM
				  : 0;
	globfree(&found);
	return rc;
}

static int push_mask(const char *part, void *list)
{
	return json_push_str(list, part);
}

int oci_put_masks(json_t *doc, json_t *linux_part, ctr_error_t **err)
{
	CLEANUP_JSON json_t *hidden = json_object_new_array();
	CLEANUP_JSON json_t *fixed = json_object_new_array();

	if (!hidden || !fixed)
		return error_no_memory(err);
	if (!json_get_bool(doc, "privileged", 0) &&
	    (push_all(doc, hidden, masked, ARRAY_SIZE(masked)) < 0 || push_throttles(doc, hidden) < 0 ||
	     push_all(doc, fixed, read_only, ARRAY_SIZE(read_only)) < 0))
		return error_no_memory(err);
	if (each_part(json_get(doc, "mask"), push_mask, hidden) < 0 ||
	    json_put(linux_part, "maskedPaths", TAKE_PTR(hidden)) < 0 ||
	    json_put(linux_part, "readonlyPaths", TAKE_PTR(fixed)) < 0)
		return error_no_memory(err);
	return 0;
}
