/* SPDX-License-Identifier: Apache-2.0 */
/* From podman's flags of run and create to a container spec. */
#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "ctrtool.h"

const struct flag create_flags[] = {
	{ "rootfs", 0, FLAG_OPTIONAL, "[DIR[:O]]", "directory that is the root; with :O changes go to a private layer", NULL },
	{ "name", 0, FLAG_VALUE, "NAME", "name of the container", NULL },
	{ "rm", 0, FLAG_BOOL, NULL, "remove the container once it has ended", NULL },
	{ "env", 'e', FLAG_LIST, "K=V", "environment variable", NULL },
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
	{ "memory", 'm', FLAG_VALUE, "SIZE", "memory limit (b, k, m, g)", NULL },
	{ "memory-swap", 0, FLAG_VALUE, "SIZE", "memory and swap limit, -1 = none", NULL },
	{ "memory-reservation", 0, FLAG_VALUE, "SIZE", "soft memory limit", NULL },
	{ "pids-limit", 0, FLAG_VALUE, "N", "number of processes, -1 = no limit", NULL },
	{ "cpus", 0, FLAG_VALUE, "N", "CPUs it may use, such as 1.5", NULL },
	{ "cpu-shares", 0, FLAG_VALUE, "N", "relative weight of its CPU time", NULL },
	{ "cpuset-cpus", 0, FLAG_VALUE, "LIST", "CPUs it may run on", NULL },
	{ "oom-score-adj", 0, FLAG_VALUE, "N", "-1000 to 1000", NULL },
	{ "ulimit", 0, FLAG_LIST, "NAME=SOFT[:HARD]", "resource limit", NULL },
	{ "shm-size", 0, FLAG_VALUE, "SIZE", "size of /dev/shm", NULL },
	{ "device", 0, FLAG_LIST, "HOST[:CTR[:rwm]]", "give it a device", NULL },
	{ "sysctl", 0, FLAG_LIST, "K=V", "kernel parameter of its namespaces", NULL },
	{ "read-only", 0, FLAG_BOOL, NULL, "root file system read-only", NULL },
	{ "stop-signal", 0, FLAG_VALUE, "SIGNAL", "signal that asks it to end (TERM)", NULL },
	{ "stop-timeout", 0, FLAG_VALUE, "SECONDS", "how long a stop waits before KILL (10)", NULL },
	{ "hostname", 'h', FLAG_VALUE, "NAME", "host name", NULL },
	{ "annotation", 0, FLAG_LIST, "K=V", "annotation", NULL },
	{ "label", 'l', FLAG_LIST, "K[=V]", "label", NULL },
	{ "network", 0, FLAG_VALUE, "MODE", "none, host, private or ns:PATH", NULL },
	{ "net", 0, FLAG_VALUE, "MODE", NULL, "network" },
	{ "pid", 0, FLAG_VALUE, "MODE", "private, host or ns:PATH", NULL },
	{ "ipc", 0, FLAG_VALUE, "MODE", "private, host, none, shareable or ns:PATH", NULL },
	{ "uts", 0, FLAG_VALUE, "MODE", "private, host or ns:PATH", NULL },
	{ "cgroupns", 0, FLAG_VALUE, "MODE", "private, host or ns:PATH", NULL },
	{ "cgroups", 0, FLAG_VALUE, "MODE", "enabled, disabled, no-conmon or split", NULL },
	{ "cgroup-parent", 0, FLAG_VALUE, "PATH", "cgroup its cgroup lies in", NULL },
	{ "log-driver", 0, FLAG_VALUE, "NAME", "k8s-file, none or passthrough", NULL },
	{ "log-opt", 0, FLAG_LIST, "K=V", "path=FILE, max-size=SIZE", NULL },
	{ "tz", 0, FLAG_VALUE, "ZONE", "time zone, or local", NULL },
	{ "umask", 0, FLAG_VALUE, "MODE", "umask (0022)", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

typedef struct json_object json;

/* "512m" -> bytes; -1 for "-1"; -2 when it cannot be read */
static int64_t size_from(const char *text)
{
	static const char units[] = "bkmgt";
	char *end;
	double n = strtod(text, &end);
	const char *unit = *end ? strchr(units, tolower((unsigned char)*end)) : units;

	if (strcmp(text, "-1") == 0)
		return -1;
	if (end == text || !unit || n < 0 || n > 9e15 || (*end && end[1] && strcasecmp(end + 1, "b") != 0 && strcasecmp(end + 1, "ib") != 0))
		return -2;
	for (; unit > units; unit--)
		n *= 1024;
	return (int64_t)n;
}

static json *at(json *o, const char *key)
{
	json *child;

	if (json_object_object_get_ex(o, key, &child))
		return child;
	child = json_object_new_object();
	json_object_object_add(o, key, child);
	return child;
}

static json *list_at(json *o, const char *key)
{
	json *child;

	if (json_object_object_get_ex(o, key, &child))
		return child;
	child = json_object_new_array();
	json_object_object_add(o, key, child);
	return child;
}

static void push(json *o, const char *key, const char *text)
{
	json_object_array_add(list_at(o, key), json_object_new_string(text));
}

static void push_split(json *arr, char *text)
{
	char *save = NULL;

	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save))
		json_object_array_add(arr, json_object_new_string(word));
}

typedef int (*convert_fn)(json *spec, const char *field, const char *flag, const char *value);

static int as_text(json *spec, const char *field, const char *flag, const char *value)
{
	(void)flag;
	json_object_object_add(spec, field, json_object_new_string(value));
	return 0;
}

static int as_true(json *spec, const char *field, const char *flag, const char *value)
{
	(void)flag;
	(void)value;
	json_object_object_add(spec, field, json_object_new_boolean(1));
	return 0;
}

static int as_number(json *spec, const char *field, const char *flag, const char *value)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (errno || end == value || *end)
		return fail("--%s \"%s\" is not a number", flag, value);
	json_object_object_add(spec, field, json_object_new_int64(n));
	return 0;
}

static int as_size(json *spec, const char *field, const char *flag, const char *value)
{
	int64_t n = size_from(value);

	if (n == -2)
		return fail("--%s \"%s\" is not a size; use a number with b, k, m or g", flag, value);
	json_object_object_add(spec, field, json_object_new_int64(n));
	return 0;
}

static int as_item(json *spec, const char *field, const char *flag, const char *value)
{
	(void)flag;
	push(spec, field, value);
	return 0;
}

static int as_pair(json *spec, const char *field, const char *flag, const char *value)
{
	const char *equals = strchr(value, '=');
	char *key = equals ? strndup(value, (size_t)(equals - value)) : strdup(value);

	(void)flag;
	if (!key)
		return fail("out of memory");
	json_object_object_add(at(spec, field), key, json_object_new_string(equals ? equals + 1 : ""));
	free(key);
	return 0;
}

/* Podman takes the value of a bare name from its own environment. */
static int as_env(json *spec, const char *field, const char *flag, const char *value)
{
	if (strchr(value, '='))
		return as_pair(spec, field, flag, value);
	if (getenv(value))
		json_object_object_add(at(spec, field), value, json_object_new_string(getenv(value)));
	return 0;
}

static int as_namespace(json *spec, const char *field, const char *flag, const char *value)
{
	json *ns = at(spec, field);

	(void)flag;
	if (strncmp(value, "ns:", 3) == 0) {
		json_object_object_add(ns, "nsmode", json_object_new_string("path"));
		json_object_object_add(ns, "value", json_object_new_string(value + 3));
	} else {
		json_object_object_add(ns, "nsmode", json_object_new_string(value));
	}
	return 0;
}

static int as_signal(json *spec, const char *field, const char *flag, const char *value)
{
	int n = signal_number(value);

	(void)flag;
	if (n < 0)
		return EXIT_ENGINE;
	json_object_object_add(spec, field, json_object_new_int(n));
	return 0;
}

static int as_device(json *spec, const char *field, const char *flag, const char *value)
{
	json *device = json_object_new_object();

	(void)flag;
	json_object_object_add(device, "path", json_object_new_string(value));
	json_object_array_add(list_at(spec, field), device);
	return 0;
}

static int as_ulimit(json *spec, const char *field, const char *flag, const char *value)
{
	char name[32];
	long long soft, hard;
	int n = sscanf(value, "%31[a-zA-Z_]=%lld:%lld", name, &soft, &hard);
	json *limit;

	if (n < 2)
		return fail("--%s \"%s\" is not NAME=SOFT[:HARD]", flag, value);
	limit = json_object_new_object();
	json_object_object_add(limit, "type", json_object_new_string(name));
	json_object_object_add(limit, "soft", json_object_new_int64(soft));
	json_object_object_add(limit, "hard", json_object_new_int64(n == 3 ? hard : soft));
	json_object_array_add(list_at(spec, field), limit);
	return 0;
}

static json *new_mount(json *spec, const char *field, const char *type, const char *source, const char *destination)
{
	json *m = json_object_new_object();

	json_object_object_add(m, "type", json_object_new_string(type));
	if (source)
		json_object_object_add(m, "source", json_object_new_string(source));
	if (destination)
		json_object_object_add(m, "destination", json_object_new_string(destination));
	json_object_object_add(m, "options", json_object_new_array());
	json_object_array_add(list_at(spec, field), m);
	return m;
}

static int as_volume(json *spec, const char *field, const char *flag, const char *value)
{
	char *copy = strdup(value), *destination = copy ? strchr(copy, ':') : NULL, *options;
	json *m;

	if (!destination || copy[0] != '/') {
		free(copy);
		return fail("--%s \"%s\" is not /SOURCE:/DESTINATION[:OPTIONS]; named volumes come with a later version", flag, value);
	}
	*destination++ = '\0';
	options = strchr(destination, ':');
	if (options)
		*options++ = '\0';
	m = new_mount(spec, field, "bind", copy, destination);
	if (options)
		push_split(list_at(m, "options"), options);
	free(copy);
	return 0;
}

static int as_tmpfs(json *spec, const char *field, const char *flag, const char *value)
{
	char *copy = strdup(value), *options = copy ? strchr(copy, ':') : NULL;
	json *m;

	(void)flag;
	if (!copy)
		return fail("out of memory");
	if (options)
		*options++ = '\0';
	m = new_mount(spec, field, "tmpfs", "tmpfs", copy);
	if (options)
		push_split(list_at(m, "options"), options);
	free(copy);
	return 0;
}

static int as_mount(json *spec, const char *field, const char *flag, const char *value)
{
	static const struct {
		const char *key, *member;
	} names[] = { { "type", "type" }, { "src", "source" }, { "source", "source" }, { "dst", "destination" }, { "target", "destination" },
		      { "destination", "destination" } };
	char *copy = strdup(value), *save = NULL;
	json *m;

	(void)flag;
	if (!copy)
		return fail("out of memory");
	m = new_mount(spec, field, "bind", NULL, NULL);
	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *equals = strchr(word, '=');
		const char *member = NULL;

		for (size_t i = 0; equals && i < sizeof(names) / sizeof(names[0]); i++)
			if (strncmp(word, names[i].key, (size_t)(equals - word)) == 0 && names[i].key[equals - word] == '\0')
				member = names[i].member;
		if (member)
			json_object_object_add(m, member, json_object_new_string(equals + 1));
		else
			push(m, "options", strcmp(word, "readonly") == 0 ? "ro" : word);
	}
	free(copy);
	return 0;
}

static int as_security(json *spec, const char *field, const char *flag, const char *value)
{
	static const struct {
		const char *prefix, *field;
		convert_fn convert;
	} known[] = { { "seccomp=", "seccomp_profile_path", as_text }, { "apparmor=", "apparmor_profile", as_text },
		      { "label=", "selinux_opts", as_item },	       { "mask=", "mask", as_item },
		      { "unmask=", "unmask", as_item },		       { "proc-opts=", "procfs_opts", as_item } };

	(void)field;
	if (strcmp(value, "no-new-privileges") == 0 || strcmp(value, "no-new-privileges=true") == 0)
		return as_true(spec, "no_new_privileges", flag, value);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(value, known[i].prefix, strlen(known[i].prefix)) == 0)
			return known[i].convert(spec, known[i].field, flag, value + strlen(known[i].prefix));
	return fail("unknown --%s \"%s\"", flag, value);
}

static int as_log_opt(json *spec, const char *field, const char *flag, const char *value)
{
	if (strncmp(value, "path=", 5) == 0)
		return as_text(at(spec, field), "path", flag, value + 5);
	if (strncmp(value, "max-size=", 9) == 0)
		return as_size(at(spec, field), "size", flag, value + 9);
	return fail("unknown --%s \"%s\"; path and max-size are known", flag, value);
}

static int as_log_driver(json *spec, const char *field, const char *flag, const char *value)
{
	return as_text(at(spec, field), "driver", flag, value);
}

static int as_memory(json *spec, const char *field, const char *flag, const char *value)
{
	return as_size(at(at(spec, "resource_limits"), "memory"), field, flag, value);
}

static int as_cpu_number(json *spec, const char *field, const char *flag, const char *value)
{
	return as_number(at(at(spec, "resource_limits"), "cpu"), field, flag, value);
}

static int as_cpus(json *spec, const char *field, const char *flag, const char *value)
{
	char *end;
	double n = strtod(value, &end);
	json *cpu = at(at(spec, "resource_limits"), "cpu");

	(void)field;
	if (end == value || *end || n <= 0 || n > 100000)
		return fail("--%s \"%s\" is not a number of CPUs", flag, value);
	json_object_object_add(cpu, "period", json_object_new_int64(100000));
	json_object_object_add(cpu, "quota", json_object_new_int64((int64_t)(n * 100000)));
	return 0;
}

static int as_cpuset(json *spec, const char *field, const char *flag, const char *value)
{
	return as_text(at(at(spec, "resource_limits"), "cpu"), field, flag, value);
}

static int as_pids(json *spec, const char *field, const char *flag, const char *value)
{
	return as_number(at(at(spec, "resource_limits"), "pids"), field, flag, value);
}

static int as_entrypoint(json *spec, const char *field, const char *flag, const char *value)
{
	json *arr = value[0] == '[' ? json_tokener_parse(value) : NULL;

	(void)flag;
	if (arr)
		json_object_object_add(spec, field, arr);
	else
		push(spec, field, value);
	return 0;
}

static const struct {
	const char *flag, *field;
	convert_fn convert;
} conversions[] = {
	{ "name", "name", as_text },		    { "rm", "remove", as_true },
	{ "env", "env", as_env },		    { "volume", "mounts", as_volume },
	{ "mount", "mounts", as_mount },	    { "tmpfs", "mounts", as_tmpfs },
	{ "workdir", "work_dir", as_text },	    { "user", "user", as_text },
	{ "group-add", "groups", as_item },	    { "entrypoint", "entrypoint", as_entrypoint },
	{ "cap-add", "cap_add", as_item },	    { "cap-drop", "cap_drop", as_item },
	{ "privileged", "privileged", as_true },    { "security-opt", NULL, as_security },
	{ "memory", "limit", as_memory },	    { "memory-swap", "swap", as_memory },
	{ "memory-reservation", "reservation", as_memory }, { "pids-limit", "limit", as_pids },
	{ "cpus", NULL, as_cpus },		    { "cpu-shares", "shares", as_cpu_number },
	{ "cpuset-cpus", "cpus", as_cpuset },	    { "oom-score-adj", "oom_score_adj", as_number },
	{ "ulimit", "r_limits", as_ulimit },	    { "shm-size", "shm_size", as_size },
	{ "device", "devices", as_device },	    { "sysctl", "sysctl", as_pair },
	{ "read-only", "read_only_filesystem", as_true }, { "stop-signal", "stop_signal", as_signal },
	{ "stop-timeout", "stop_timeout", as_number }, { "hostname", "hostname", as_text },
	{ "annotation", "annotations", as_pair },   { "label", "labels", as_pair },
	{ "network", "netns", as_namespace },	    { "pid", "pidns", as_namespace },
	{ "ipc", "ipcns", as_namespace },	    { "uts", "utsns", as_namespace },
	{ "cgroupns", "cgroupns", as_namespace },   { "cgroups", "cgroups_mode", as_text },
	{ "cgroup-parent", "cgroup_parent", as_text }, { "log-driver", "log_configuration", as_log_driver },
	{ "log-opt", "log_configuration", as_log_opt }, { "tz", "timezone", as_text },
	{ "umask", "umask", as_text },
};

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
		push(spec, "command", a->rest[i]);
	return 0;
}

static int put_all(json *spec, const struct tool *t, const struct args *a)
{
	int rc = put_rootfs(spec, a);

	for (size_t i = 0; !rc && i < a->n_flags; i++)
		for (size_t k = 0; !rc && k < sizeof(conversions) / sizeof(conversions[0]); k++)
			if (strcmp(a->flags[i].flag->name, conversions[k].flag) == 0)
				rc = conversions[k].convert(spec, conversions[k].field, conversions[k].flag, a->flags[i].value);
	for (const char *const *w = t->own_argv; *w; w++)
		push(spec, "containerCreateCommand", *w);
	return rc;
}

ctr_spec_t *spec_from_args(const struct tool *t, const struct args *a)
{
	json *spec = json_object_new_object();
	ctr_spec_t *ret = NULL;
	ctr_error_t *err = NULL;

	if (!put_all(spec, t, a) && ctr_spec_from_json(json_object_to_json_string_ext(spec, JSON_C_TO_STRING_PLAIN), CTR_STRLEN, &ret, &err) < 0)
		fail_error(NULL, err);
	json_object_put(spec);
	return ret;
}
