/* SPDX-License-Identifier: Apache-2.0 */
/* From the form of profile that container engines share (conditions on capabilities, architectures and kernels) to the
 * plain one of the runtimes. A profile in the runtimes' form passes through. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include "base/mem.h"
#include "base/strv.h"
#include "model/names.h"
#include "oci/parts.h"

#if defined(__x86_64__)
#define ARCH "amd64"
#define SCMP_ARCH "SCMP_ARCH_X86_64"
#elif defined(__aarch64__)
#define ARCH "arm64"
#define SCMP_ARCH "SCMP_ARCH_AARCH64"
#elif defined(__powerpc64__)
#define ARCH "ppc64le"
#define SCMP_ARCH "SCMP_ARCH_PPC64LE"
#elif defined(__s390x__)
#define ARCH "s390x"
#define SCMP_ARCH "SCMP_ARCH_S390X"
#elif defined(__riscv)
#define ARCH "riscv64"
#define SCMP_ARCH "SCMP_ARCH_RISCV64"
#else
#define ARCH ""
#define SCMP_ARCH ""
#endif

static const char *const actions[] = {
    "SCMP_ACT_KILL",  "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP",
    "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE",	       "SCMP_ACT_ALLOW",       "SCMP_ACT_LOG",
};

struct conversion {
	const char *name; /* of the profile */
	uint64_t caps;
	ctr_error_t **err;
};

static int bad(const struct conversion *c, const char *what)
{
	return error_set(c->err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the seccomp profile %s %s", c->name, what);
}

static int is_action(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (STREQ(actions[i], text))
			return 1;
	}
	return 0;
}

static json_t *list_of(json_t *object, const char *key)
{
	json_t *list = object ? json_get(object, key) : NULL;

	return list && json_object_get_type(list) == json_type_array ? list : NULL;
}

static int holds_cap(const struct conversion *c, const char *name)
{
	int number = name ? cap_number(name) : -1;

	return number >= 0 && (c->caps >> number & 1);
}

static int kernel_is_at_least(const char *wanted)
{
	unsigned want_major = 0, want_minor = 0, major_no = 0, minor_no = 0;
	struct utsname host;

	if (sscanf(wanted, "%u.%u", &want_major, &want_minor) < 1 || uname(&host) < 0 ||
	    sscanf(host.release, "%u.%u", &major_no, &minor_no) < 2)
		return 0;
	return major_no > want_major || (major_no == want_major && minor_no >= want_minor);
}

/* includes: every condition holds. An empty or absent object says nothing. */
static int included(const struct conversion *c, json_t *conditions)
{
	json_t *caps = list_of(conditions, "caps"), *arches = list_of(conditions, "arches");
	const char *kernel = conditions ? json_get_str(conditions, "minKernel", NULL) : NULL;
	int here = !arches || json_object_array_length(arches) == 0;

	for (size_t i = 0; caps && i < json_object_array_length(caps); i++) {
		if (!holds_cap(c, json_object_get_string(json_object_array_get_idx(caps, i))))
			return 0;
	}
	for (size_t i = 0; arches && i < json_object_array_length(arches); i++) {
		const char *arch = json_object_get_string(json_object_array_get_idx(arches, i));

		here |= arch && STREQ(arch, ARCH);
	}
	return here && (!kernel || kernel_is_at_least(kernel));
}

/* excludes: one condition that holds is enough. */
static int excluded(const struct conversion *c, json_t *conditions)
{
	json_t *caps = list_of(conditions, "caps"), *arches = list_of(conditions, "arches");
	const char *kernel = conditions ? json_get_str(conditions, "minKernel", NULL) : NULL;

	for (size_t i = 0; caps && i < json_object_array_length(caps); i++) {
		if (holds_cap(c, json_object_get_string(json_object_array_get_idx(caps, i))))
			return 1;
	}
	for (size_t i = 0; arches && i < json_object_array_length(arches); i++) {
		const char *arch = json_object_get_string(json_object_array_get_idx(arches, i));

		if (arch && STREQ(arch, ARCH))
			return 1;
	}
	return kernel && kernel_is_at_least(kernel);
}

static int copy_member(json_t *to, json_t *from, const char *key)
{
	json_t *value = json_get(from, key);

	return value ? json_put(to, key, json_object_get(value)) : 0;
}

static int put_names(json_t *out, json_t *rule)
{
	CLEANUP_JSON json_t *names = NULL;
	const char *single = json_get_str(rule, "name", NULL);

	if (!single)
		return copy_member(out, rule, "names");
	names = json_object_new_array();
	if (!names || json_push_str(names, single) < 0)
		return -ENOMEM;
	return json_put(out, "names", TAKE_PTR(names));
}

static int convert_rule(const struct conversion *c, json_t *rule, json_t *rules)
{
	CLEANUP_JSON json_t *out = NULL;
	json_t *args;

	if (!rule || json_object_get_type(rule) != json_type_object)
		return bad(c, "has an entry of \"syscalls\" that is no object");
	if (!list_of(rule, "names") && !json_get_str(rule, "name", NULL))
		return bad(c, "has an entry of \"syscalls\" without names");
	if (!is_action(json_get_str(rule, "action", "")))
		return bad(c, "has an entry of \"syscalls\" with an action that is not built");
	if (!included(c, json_get(rule, "includes")) || excluded(c, json_get(rule, "excludes")))
		return 0;
	args = list_of(rule, "args");
	out = json_object_new_object();
	if (!out || put_names(out, rule) < 0 || copy_member(out, rule, "action") < 0 ||
	    copy_member(out, rule, "errnoRet") < 0 ||
	    (args && json_object_array_length(args) > 0 && copy_member(out, rule, "args") < 0) ||
	    json_push(rules, TAKE_PTR(out)) < 0)
		return error_no_memory(c->err);
	return 0;
}

/* The machine's own architecture and those that its programs may also use. */
static int put_arches(json_t *profile, json_t *out)
{
	json_t *map = list_of(profile, "archMap");
	CLEANUP_JSON json_t *list = json_object_new_array();

	if (!map)
		return copy_member(out, profile, "architectures");
	for (size_t i = 0; list && i < json_object_array_length(map); i++) {
		json_t *one = json_object_array_get_idx(map, i), *subs = list_of(one, "subArchitectures");

		if (!STREQ(json_get_str(one, "architecture", ""), SCMP_ARCH))
			continue;
		if (json_push_str(list, SCMP_ARCH) < 0)
			return -ENOMEM;
		for (size_t j = 0; subs && j < json_object_array_length(subs); j++) {
			if (json_push(list, json_object_get(json_object_array_get_idx(subs, j))) < 0)
				return -ENOMEM;
		}
	}
	if (!list)
		return -ENOMEM;
	return json_object_array_length(list) > 0 ? json_put(out, "architectures", TAKE_PTR(list)) : 0;
}

int oci_seccomp_convert(json_t *profile, const char *name, uint64_t caps, json_t **ret, ctr_error_t **err)
{
	const struct conversion c = {.name = name, .caps = caps, .err = err};
	CLEANUP_JSON json_t *out = json_object_new_object();
	CLEANUP_JSON json_t *rules = json_object_new_array();
	json_t *given;

	if (!profile || json_object_get_type(profile) != json_type_object)
		return bad(&c, "is no JSON object");
	if (!is_action(json_get_str(profile, "defaultAction", "")))
		return bad(&c, "has no \"defaultAction\" that is built");
	if (json_get(profile, "listenerPath"))
		return bad(&c, "has a listenerPath: notification of a listener is not built");
	if (!out || !rules || copy_member(out, profile, "defaultAction") < 0 ||
	    copy_member(out, profile, "defaultErrnoRet") < 0 || copy_member(out, profile, "flags") < 0 ||
	    put_arches(profile, out) < 0)
		return error_no_memory(err);
	given = list_of(profile, "syscalls");
	for (size_t i = 0; given && i < json_object_array_length(given); i++) {
		int rc = convert_rule(&c, json_object_array_get_idx(given, i), rules);

		if (rc < 0)
			return rc;
	}
	if (json_put(out, "syscalls", TAKE_PTR(rules)) < 0)
		return error_no_memory(err);
	*ret = TAKE_PTR(out);
	return 0;
}
