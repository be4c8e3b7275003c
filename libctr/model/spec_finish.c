/* SPDX-License-Identifier: Apache-2.0 */
/* Rules between fields: what excludes, needs or repeats what (behaviour.md 0.1). One small function per rule. */
#include <string.h>
#include "base/mem.h"
#include "model/restart.h"
#include "model/spec.h"
#include "model/spec_table.h"

typedef int (*rule_fn)(json_t *doc, ctr_error_t **err);

static int has(json_t *doc, const char *field)
{
	json_t *value = json_get(doc, field);

	if (!value)
		return 0;
	switch (json_object_get_type(value)) {
	case json_type_object:
		return json_object_object_length(value) > 0;
	case json_type_array:
		return json_object_array_length(value) > 0;
	case json_type_string:
		return json_object_get_string_len(value) > 0;
	default:
		return 1;
	}
}

static int mode_is(json_t *doc, const char *field, const char *mode)
{
	return STREQ(config_ns(doc, field, NULL), mode);
}

static int rule_rootfs(json_t *doc, ctr_error_t **err)
{
	return has(doc, "rootfs") ? 0 : spec_bad(err, "rootfs", "is missing: give the absolute path of a directory");
}

static const char *first_word(json_t *doc)
{
	static const char *const fields[] = {"entrypoint", "command"};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		json_t *list = json_get(doc, fields[i]);

		if (list && json_object_array_length(list) > 0)
			return json_object_get_string(json_object_array_get_idx(list, 0));
	}
	return NULL;
}

static int rule_command(json_t *doc, ctr_error_t **err)
{
	const char *word = first_word(doc);

	if (!word)
		return spec_bad(err, "command", "is empty: entrypoint and command together name what to run");
	return word[0] ? 0 : spec_bad(err, "command", "begins with an empty word where the program's name should be");
}

static int rule_cgroups(json_t *doc, ctr_error_t **err)
{
	const char *mode = json_get_str(doc, "cgroups_mode", "");

	if (STREQ(mode, "split") && has(doc, "cgroup_parent"))
		return spec_bad(err, "cgroup_parent", "cannot be used with cgroups_mode \"split\"");
	if (!STREQ(mode, "disabled"))
		return 0;
	if (has(doc, "cgroup_parent"))
		return spec_bad(err, "cgroup_parent", "cannot be used with cgroups_mode \"disabled\"");
	if (!mode_is(doc, "pidns", "private"))
		return spec_bad(err, "cgroups_mode", "\"disabled\" needs a private pid namespace");
	if (has(doc, "resource_limits") || has(doc, "unified") || has(doc, "device_cgroup_rule"))
		return spec_bad(err, "cgroups_mode", "\"disabled\" cannot be used with limits that cgroups enforce");
	return 0;
}

static int rule_hostname(json_t *doc, ctr_error_t **err)
{
	if (has(doc, "hostname") && !mode_is(doc, "utsns", "private"))
		return spec_bad(err, "hostname", "needs a private UTS namespace, but utsns says \"%s\"",
				config_ns(doc, "utsns", NULL));
	return 0;
}

static int rule_shm(json_t *doc, ctr_error_t **err)
{
	if (has(doc, "shm_size") &&
	    (mode_is(doc, "ipcns", "host") || mode_is(doc, "ipcns", "path") || mode_is(doc, "ipcns", "container")))
		return spec_bad(err, "shm_size", "needs an IPC namespace of the container's own");
	return 0;
}

/* The kernel parameters that a namespace confines. */
static const struct {
	const char *key; /* ending in "." = all below */
	const char *ns;
} sysctls[] = {
    {"net.", "netns"},		{"fs.mqueue.", "ipcns"},
    {"kernel.msgmax", "ipcns"}, {"kernel.msgmnb", "ipcns"},
    {"kernel.msgmni", "ipcns"}, {"kernel.sem", "ipcns"},
    {"kernel.shmall", "ipcns"}, {"kernel.shmmax", "ipcns"},
    {"kernel.shmmni", "ipcns"}, {"kernel.shm_rmid_forced", "ipcns"},
};

static const char *sysctl_ns(const char *key)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/";

	/* A slash stands for a dot in the name of an interface ("net.ipv4.conf.eth0/1.forwarding"); ".." would climb.
	 */
	if (key[strspn(key, allowed)] != '\0' || strstr(key, "..") || strstr(key, "/./") || strstr(key, "//"))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++) {
		size_t len = strlen(sysctls[i].key);

		if (sysctls[i].key[len - 1] == '.' ? strncmp(key, sysctls[i].key, len) == 0 && key[len]
						   : STREQ(key, sysctls[i].key))
			return sysctls[i].ns;
	}
	return NULL;
}

static int rule_sysctl(json_t *doc, ctr_error_t **err)
{
	json_t *map = json_get(doc, "sysctl");

	if (!map)
		return 0;
	json_object_object_foreach(map, key, unused)
	{
		const char *ns = sysctl_ns(key);

		(void)unused;
		if (!ns)
			return spec_bad(err, "sysctl",
					"has \"%s\", which is not confined to a namespace; allowed are net.*, "
					"fs.mqueue.*, kernel.msg*, kernel.sem and kernel.shm*",
					key);
		if (mode_is(doc, ns, "host"))
			return spec_bad(err, "sysctl", "has \"%s\", which would change the host because %s is \"host\"",
					key, ns);
	}
	return 0;
}

static int same_member(json_t *a, json_t *b, const char *member)
{
	return STREQ(json_get_str(a, member, ""), json_get_str(b, member, ""));
}

static int no_twins(json_t *doc, const char *field, const char *member, ctr_error_t **err)
{
	json_t *list = json_get(doc, field);
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 1; i < n; i++) {
		json_t *one = json_object_array_get_idx(list, i);

		for (size_t j = 0; j < i; j++) {
			if (same_member(one, json_object_array_get_idx(list, j), member))
				return spec_bad(err, field, "has two entries with the %s \"%s\"", member,
						json_get_str(one, member, ""));
		}
	}
	return 0;
}

static int rule_mounts(json_t *doc, ctr_error_t **err)
{
	return no_twins(doc, "mounts", "destination", err);
}

static int rule_rlimits(json_t *doc, ctr_error_t **err)
{
	return no_twins(doc, "r_limits", "type", err);
}

static int rule_caps(json_t *doc, ctr_error_t **err)
{
	json_t *add = json_get(doc, "cap_add"), *drop = json_get(doc, "cap_drop");
	size_t n_add = add ? json_object_array_length(add) : 0, n_drop = drop ? json_object_array_length(drop) : 0;

	for (size_t i = 0; i < n_add; i++) {
		const char *cap = json_object_get_string(json_object_array_get_idx(add, i));

		for (size_t j = 0; j < n_drop; j++) {
			if (STREQ(cap, json_object_get_string(json_object_array_get_idx(drop, j))))
				return spec_bad(err, "cap_add", "and cap_drop both have %s", cap);
		}
	}
	return 0;
}

static int rule_memory(json_t *doc, ctr_error_t **err)
{
	json_t *limits = json_get(doc, "resource_limits");
	json_t *memory = limits ? json_get(limits, "memory") : NULL;
	int64_t limit = memory ? json_get_i64(memory, "limit", 0) : 0;
	int64_t swap = memory ? json_get_i64(memory, "swap", 0) : 0;
	int64_t reservation = memory ? json_get_i64(memory, "reservation", 0) : 0;

	if (swap > 0 && limit <= 0)
		return spec_bad(err, "resource_limits.memory.swap",
				"needs resource_limits.memory.limit: it is the sum of both");
	if (swap > 0 && swap < limit)
		return spec_bad(err, "resource_limits.memory.swap",
				"is memory and swap together and must not be below the limit");
	if (limit > 0 && reservation > limit)
		return spec_bad(err, "resource_limits.memory.reservation", "must not be above the limit");
	return 0;
}

static int rule_work_dir(json_t *doc, ctr_error_t **err)
{
	if (json_get_bool(doc, "create_working_dir", 0) && !has(doc, "work_dir"))
		return spec_bad(err, "create_working_dir", "needs work_dir");
	return 0;
}

static int rule_seccomp(json_t *doc, ctr_error_t **err)
{
	json_t *opts = json_get(doc, "seccomp_profile_path");

	/* A filter on a privileged container would be left out silently: say so instead. */
	if (opts && json_get_bool(doc, "privileged", 0) && has(doc, "seccomp_profile_path") &&
	    !STREQ(json_object_get_string(opts), "unconfined"))
		return spec_bad(err, "seccomp_profile_path",
				"cannot be used with privileged, which runs without a filter");
	return 0;
}

/* Signals and orphans of a foreign pid namespace are not its to care for. */
static int rule_init(json_t *doc, ctr_error_t **err)
{
	if (json_get_bool(doc, "init", 0) && !mode_is(doc, "pidns", "private"))
		return spec_bad(err, "init", "needs a private pid namespace, but pidns says \"%s\"",
				config_ns(doc, "pidns", NULL));
	return 0;
}

/* A pod's policy may stand in for a missing one, but not what only one of the policies has. */
static int rule_restart(json_t *doc, ctr_error_t **err)
{
	json_t *annotations = json_get(doc, "annotations");
	const char *text = annotations ? json_get_str(annotations, RESTART_ANNOTATION, NULL) : NULL;
	struct restart_backoff backoff;

	if (json_get_i64(doc, "restart_tries", 0) > 0 && !STREQ(json_get_str(doc, "restart_policy", ""), "on-failure"))
		return spec_bad(err, "restart_tries", "needs restart_policy \"on-failure\"");
	if (text && restart_backoff_parse(text, &backoff) < 0)
		return spec_bad(err, "annotations",
				"has \"%s\" for %s: write MIN,MAX,RESET in milliseconds, 0 < MIN <= MAX <= 86400000", text,
				RESTART_ANNOTATION);
	return 0;
}

static int rule_pod(json_t *doc, ctr_error_t **err)
{
	static const char *const fields[] = {"pidns", "utsns", "ipcns", "cgroupns", "netns", "userns"};

	if (has(doc, "init_container_type") && !has(doc, "pod"))
		return spec_bad(err, "init_container_type", "needs the field \"pod\"");
	if (has(doc, "init_container_type") && has(doc, "restart_policy") && !STREQ(json_get_str(doc, "restart_policy", ""), "no"))
		return spec_bad(err, "init_container_type", "cannot be used with a restart_policy: it runs when its pod is started");
	for (size_t i = 0; !has(doc, "pod") && i < ARRAY_SIZE(fields); i++)
		if (mode_is(doc, fields[i], "pod"))
			return spec_bad(err, fields[i], "with nsmode \"pod\" needs the field \"pod\"");
	return 0;
}

static int rule_log(json_t *doc, ctr_error_t **err)
{
	if (config_log_files(doc) > 1 && config_log_size(doc) < 0)
		return spec_bad(err, "log_configuration.options.max-file", "needs max-size, too: without it a log stays one file");
	return 0;
}

static const rule_fn rules[] = {
    rule_rootfs, rule_command, rule_cgroups, rule_hostname, rule_shm,	   rule_sysctl,
    rule_mounts, rule_rlimits, rule_caps,    rule_memory,   rule_work_dir, rule_seccomp,
    rule_init,	 rule_restart, rule_pod,	    rule_log,
};

int spec_check_together(json_t *doc, ctr_error_t **err)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		int rc = rules[i](doc, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}
