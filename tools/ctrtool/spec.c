/* SPDX-License-Identifier: Apache-2.0 */
/* From podman's flags of run and create to a container spec. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ctrtool.h"

const struct flag create_flags[] = {
	{ "rootfs", 0, FLAG_OPTIONAL, "[DIR[:O]]", "directory that is the root; with :O changes go to a private layer", NULL },
	{ "name", 0, FLAG_VALUE, "NAME", "name of the container", NULL },
	{ "rm", 0, FLAG_BOOL, NULL, "remove the container once it has ended", NULL },
	{ "volume", 'v', FLAG_LIST, "SRC:DST[:OPTS]", "bind a directory or file of the host", NULL },
	{ "mount", 0, FLAG_LIST, "type=T,src=S,dst=D[,OPT]", "mount (bind, tmpfs)", NULL },
	{ "tmpfs", 0, FLAG_LIST, "DST[:OPTS]", "mount a tmpfs", NULL },
	{ "workdir", 'w', FLAG_VALUE, "DIR", "directory the command starts in", NULL },
	{ "user", 'u', FLAG_VALUE, "NAME|UID[:GROUP|GID]", "who the command runs as", NULL },
	{ "group-add", 0, FLAG_LIST, "GROUP", "additional group", NULL },
	{ "entrypoint", 0, FLAG_VALUE, "WORD|JSON", "what precedes the command", NULL },
	{ "cap-add", 0, FLAG_LIST, "CAP", "add a capability", NULL },
	{ "cap-drop", 0, FLAG_LIST, "CAP", "take a capability away", NULL },
	{ "privileged", 0, FLAG_BOOL, NULL, "take the usual restrictions away", NULL },
	{ "security-opt", 0, FLAG_LIST, "OPT", "seccomp=FILE|unconfined, no-new-privileges, apparmor=…, label=…, mask=…, unmask=…", NULL },
	{ "oom-score-adj", 0, FLAG_VALUE, "N", "-1000 to 1000", NULL },
	{ "shm-size", 0, FLAG_VALUE, "SIZE", "size of /dev/shm", NULL },
	{ "device", 0, FLAG_LIST, "HOST[:CTR[:rwm]]", "give it a device", NULL },
	{ "sysctl", 0, FLAG_LIST, "K=V", "kernel parameter of its namespaces", NULL },
	{ "read-only", 0, FLAG_BOOL, NULL, "root file system read-only", NULL },
	{ "stop-signal", 0, FLAG_VALUE, "SIGNAL", "signal that asks it to end (TERM)", NULL },
	{ "stop-timeout", 0, FLAG_VALUE, "SECONDS", "how long a stop waits before KILL (10)", NULL },
	{ "hostname", 'h', FLAG_VALUE, "NAME", "host name", NULL },
	{ "annotation", 0, FLAG_LIST, "K=V", "annotation", NULL },
	{ "label", 'l', FLAG_LIST, "K[=V]", "label", NULL },
	{ "cgroups", 0, FLAG_VALUE, "MODE", "enabled, disabled, no-conmon or split", NULL },
	{ "cgroup-parent", 0, FLAG_VALUE, "PATH", "cgroup its cgroup lies in", NULL },
	{ "log-driver", 0, FLAG_VALUE, "NAME", "k8s-file, none or passthrough", NULL },
	{ "log-opt", 0, FLAG_LIST, "K=V", "path=FILE, max-size=SIZE", NULL },
	{ "tz", 0, FLAG_VALUE, "ZONE", "time zone, or local", NULL },
	{ "umask", 0, FLAG_VALUE, "MODE", "umask (0022)", NULL },
	{ "pod", 0, FLAG_VALUE, "POD|new:NAME", "pod it belongs to; new: one that is made first", NULL },
	{ "requires", 0, FLAG_LIST, "CONTAINER[,...]", "containers that run before it", NULL },
	{ "init", 0, FLAG_BOOL, NULL, "a small init as its first process, which reaps and passes signals on", NULL },
	{ "init-path", 0, FLAG_VALUE, "FILE", "another one", NULL },
	{ "init-ctr", 0, FLAG_VALUE, "always|once", "run before the others of its pod, at each start of it or once", NULL },
	{ "timeout", 0, FLAG_VALUE, "SECONDS", "kill it when it has run so long", NULL },
	FLAG_END,
};
const struct flag resource_flags[] = {
	{ "memory", 'm', FLAG_VALUE, "SIZE", "memory limit (b, k, m, g)", NULL },
	{ "memory-swap", 0, FLAG_VALUE, "SIZE", "memory and swap limit, -1 = none", NULL },
	{ "memory-reservation", 0, FLAG_VALUE, "SIZE", "soft memory limit", NULL },
	{ "pids-limit", 0, FLAG_VALUE, "N", "number of processes, -1 = no limit", NULL },
	{ "cpus", 0, FLAG_VALUE, "N", "CPUs it may use, such as 1.5", NULL },
	{ "cpu-shares", 'c', FLAG_VALUE, "N", "relative weight of its CPU time", NULL },
	{ "cpuset-cpus", 0, FLAG_VALUE, "LIST", "CPUs it may run on", NULL },
	{ "memory-swappiness", 0, FLAG_VALUE, "N", "0 to 100", NULL },
	{ "cpu-quota", 0, FLAG_VALUE, "MICROSECONDS", "CPU time in each period", NULL },
	{ "cpu-period", 0, FLAG_VALUE, "MICROSECONDS", "length of that period", NULL },
	{ "cpuset-mems", 0, FLAG_VALUE, "LIST", "memory nodes it may use", NULL },
	{ "blkio-weight", 0, FLAG_VALUE, "N", "relative weight of its block I/O, 10 to 1000", NULL },
	FLAG_END,
};
const struct flag change_flags[] = {
	{ "env", 'e', FLAG_LIST, "K=V", "environment variable", NULL },
	{ "ulimit", 0, FLAG_LIST, "NAME=SOFT[:HARD]", "resource limit", NULL },
	{ "unsetenv", 0, FLAG_LIST, "NAME", "take an environment variable away", NULL },
	{ "restart", 0, FLAG_VALUE, "POLICY[:N]", "no, always, on-failure[:N] or unless-stopped", NULL },
	FLAG_END,
};
const struct flag namespace_flags[] = {
	{ "network", 0, FLAG_VALUE, "MODE", "none, host, private, container:NAME or ns:PATH", NULL },
	{ "net", 0, FLAG_VALUE, "MODE", NULL, "network" },
	{ "pid", 0, FLAG_VALUE, "MODE", "private, host, container:NAME or ns:PATH", NULL },
	{ "ipc", 0, FLAG_VALUE, "MODE", "private, host, none, shareable, container:NAME or ns:PATH", NULL },
	{ "uts", 0, FLAG_VALUE, "MODE", "private, host, container:NAME or ns:PATH", NULL },
	{ "cgroupns", 0, FLAG_VALUE, "MODE", "private, host, container:NAME or ns:PATH", NULL },
	FLAG_END,
};

typedef struct json_object json;

static json *list_at(json *o, const char *key)
{
	json *child;

	if (json_object_object_get_ex(o, key, &child))
		return child;
	child = json_object_new_array();
	json_object_object_add(o, key, child);
	return child;
}

/* The directory is --rootfs's value, or the first word; the rest is the command. */
static int put_rootfs(json *spec, const struct args *a)
{
	const char *said = args_value(a, "rootfs", "");
	size_t i = 0, len;
	char *dir;

	if (!*said) {
		if (a->n_rest == 0)
			return fail("'ctrtool %s' needs a root file system: --rootfs DIR", a->verb);
		said = a->rest[i++];
	}
	len = strlen(said);
	dir = strdup(said);
	if (!dir)
		return fail("out of memory");
	if (len > 2 && strcmp(dir + len - 2, ":O") == 0) {
		dir[len - 2] = '\0';
		json_object_object_add(spec, "rootfs_overlay", json_object_new_boolean(1));
	}
	/* As podman, a path relative to where the user stands. */
	if (dir[0] != '/') {
		char *absolute = realpath(dir, NULL);

		if (absolute) {
			free(dir);
			dir = absolute;
		}
	}
	json_object_object_add(spec, "rootfs", json_object_new_string(dir));
	free(dir);
	for (; i < a->n_rest; i++)
		json_object_array_add(list_at(spec, "command"), json_object_new_string(a->rest[i]));
	return 0;
}

/* Podman's rule, before anything is made */
static int check_rm(const struct args *a)
{
	const char *policy = args_value(a, "restart", "no");

	if (args_has(a, "rm") && *policy && strcmp(policy, "no") != 0 && strcmp(policy, "none") != 0)
		return fail("--rm and --restart %s exclude each other", policy);
	return 0;
}

static int put_all(json *spec, const struct tool *t, const struct args *a, const char *pod)
{
	int rc = check_rm(a);

	rc = rc ? rc : put_rootfs(spec, a);
	rc = rc ? rc : convert_flags(spec, a);
	if (pod) {
		json_object_object_add(spec, "pod", json_object_new_string(pod));
		/* The pod that was made for it has got them. */
		json_object_object_del(spec, "hostname");
		json_object_object_del(spec, "netns");
	}
	for (const char *const *w = t->own_argv; *w; w++)
		json_object_array_add(list_at(spec, "containerCreateCommand"), json_object_new_string(*w));
	return rc;
}

ctr_spec_t *spec_from_args(const struct tool *t, const struct args *a, const char *pod)
{
	json *spec = json_object_new_object();
	ctr_spec_t *ret = NULL;
	ctr_error_t *err = NULL;

	if (!put_all(spec, t, a, pod) && ctr_spec_from_json(json_object_to_json_string_ext(spec, JSON_C_TO_STRING_PLAIN), CTR_STRLEN, &ret, &err) < 0)
		fail_error(NULL, err);
	json_object_put(spec);
	return ret;
}
