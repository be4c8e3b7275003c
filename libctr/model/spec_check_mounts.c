/* SPDX-License-Identifier: Apache-2.0 */
/* Checking mounts: types, destinations, and the grammar of options as one table. */
#include "model/spec_table.h"

#include <string.h>
#include <strings.h>
#include "base/mem.h"

enum {
	T_BIND = 1,
	T_TMPFS = 2,
	T_PROC = 4,
	T_SYSFS = 8,
	T_MQUEUE = 16,
	T_DEVPTS = 32,
	T_ALL = 63,
	T_NEW = T_ALL & ~T_BIND,
};

static const struct {
	const char *name;
	unsigned bit;
} types[] = {
    {"bind", T_BIND},	{"tmpfs", T_TMPFS},   {"proc", T_PROC},
    {"sysfs", T_SYSFS}, {"mqueue", T_MQUEUE}, {"devpts", T_DEVPTS},
};

/* Two options of one kind exclude each other. */
enum kind {
	K_WRITE,
	K_EXEC,
	K_SUID,
	K_DEV,
	K_BIND,
	K_PROPAGATION,
	K_COPYUP,
	K_ATIME,
	K_DIRATIME,
	K_SYNC,
	K_SIZE,
	K_INODES,
	K_MODE,
	K_UID,
	K_GID,
	K_PTMX,
	K_INSTANCE,
	K_MAX,
	K_HIDEPID,
	K_SUBSET,
	K_LABEL,
	K_COUNT,
};

static const struct option {
	const char *name; /* with "=": a value follows */
	enum kind kind;
	unsigned types;
} options[] = {
    {"ro", K_WRITE, T_ALL},
    {"rw", K_WRITE, T_ALL},
    {"exec", K_EXEC, T_ALL},
    {"noexec", K_EXEC, T_ALL},
    {"suid", K_SUID, T_ALL},
    {"nosuid", K_SUID, T_ALL},
    {"dev", K_DEV, T_ALL},
    {"nodev", K_DEV, T_ALL},
    {"bind", K_BIND, T_BIND},
    {"rbind", K_BIND, T_BIND},
    {"private", K_PROPAGATION, T_ALL},
    {"rprivate", K_PROPAGATION, T_ALL},
    {"shared", K_PROPAGATION, T_ALL},
    {"rshared", K_PROPAGATION, T_ALL},
    {"slave", K_PROPAGATION, T_ALL},
    {"rslave", K_PROPAGATION, T_ALL},
    {"unbindable", K_PROPAGATION, T_ALL},
    {"runbindable", K_PROPAGATION, T_ALL},
    {"tmpcopyup", K_COPYUP, T_TMPFS},
    {"notmpcopyup", K_COPYUP, T_TMPFS},
    {"relatime", K_ATIME, T_ALL},
    {"noatime", K_ATIME, T_ALL},
    {"strictatime", K_ATIME, T_ALL},
    {"norelatime", K_ATIME, T_ALL},
    {"diratime", K_DIRATIME, T_ALL},
    {"nodiratime", K_DIRATIME, T_ALL},
    {"sync", K_SYNC, T_NEW},
    {"async", K_SYNC, T_NEW},
    {"size=", K_SIZE, T_TMPFS},
    {"nr_inodes=", K_INODES, T_TMPFS},
    {"mode=", K_MODE, T_TMPFS | T_DEVPTS},
    {"uid=", K_UID, T_TMPFS | T_DEVPTS},
    {"gid=", K_GID, T_TMPFS | T_DEVPTS},
    {"ptmxmode=", K_PTMX, T_DEVPTS},
    {"newinstance", K_INSTANCE, T_DEVPTS},
    {"max=", K_MAX, T_DEVPTS},
    {"hidepid=", K_HIDEPID, T_PROC},
    {"subset=", K_SUBSET, T_PROC},
    {"z", K_LABEL, T_BIND},
    {"Z", K_LABEL, T_BIND},
};

/* Known from Podman, not built: U (change owners), O (overlay), idmap, upperdir and the like. */
static const char *const later_options[] = {"U", "O", "idmap", "upperdir", "workdir", "copy", "nocopy"};

static const struct option *find_option(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t len = strlen(options[i].name);

		if (options[i].name[len - 1] == '=' ? strncmp(text, options[i].name, len) == 0 && text[len]
						    : STREQ(text, options[i].name))
			return &options[i];
	}
	return NULL;
}

static int unknown_option(const char *text, const char *type, const char *path, ctr_error_t **err)
{
	size_t len = strcspn(text, "=");

	for (size_t i = 0; i < ARRAY_SIZE(later_options); i++) {
		if (strlen(later_options[i]) == len && strncmp(later_options[i], text, len) == 0)
			return spec_not_yet(err, path, text);
	}
	return spec_bad(err, path, "has the option \"%s\", which a mount of type %s does not take", text, type);
}

/* Numbers with an optional unit or percent; modes in octal. */
static int bad_option_value(const struct option *o, const char *text)
{
	const char *v = strchr(text, '=');
	size_t digits;

	if (!v)
		return 0;
	v++;
	if (o->kind == K_SUBSET)
		return !STREQ(v, "pid");
	if (o->kind == K_HIDEPID)
		return !STREQ(v, "0") && !STREQ(v, "1") && !STREQ(v, "2") && !STREQ(v, "4") && !STREQ(v, "off") &&
		       !STREQ(v, "noaccess") && !STREQ(v, "invisible") && !STREQ(v, "ptraceable");
	if (o->kind == K_MODE || o->kind == K_PTMX)
		return strlen(v) > 5 || v[strspn(v, "01234567")] != '\0';
	digits = strspn(v, "0123456789");
	if (digits == 0 || digits > 19)
		return 1;
	if (o->kind != K_SIZE && o->kind != K_INODES)
		return v[digits] != '\0';
	return v[digits] != '\0' && (!strchr("kKmMgG%", v[digits]) || v[digits + 1] != '\0');
}

static int check_options(json_t *list, const char *type, unsigned bit, const char *path, ctr_error_t **err)
{
	const char *seen[K_COUNT] = {NULL};

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(list, i));
		const struct option *o = find_option(text);

		if (!o || !(o->types & bit))
			return unknown_option(text, type, path, err);
		if (bad_option_value(o, text))
			return spec_bad(err, path, "has the option \"%s\" with a value that it cannot have", text);
		if (seen[o->kind])
			return spec_bad(err, path,
					"has the options \"%s\" and \"%s\": only one of this kind is allowed",
					seen[o->kind], text);
		seen[o->kind] = text;
	}
	return 0;
}

/* "/a//b/" -> "/a/b"; NULL = out of memory, "" = not absolute, "..", or the root itself */
static char *clean_destination(const char *text)
{
	CLEANUP_FREE char *clean = mem_new0(strlen(text) + 1, 1);
	size_t used = 0;

	if (!clean)
		return NULL;
	if (text[0] != '/')
		return TAKE_PTR(clean);
	for (const char *p = text; *p; p += strcspn(p, "/")) {
		size_t len;

		p += strspn(p, "/");
		len = strcspn(p, "/");
		if (len == 0 || (len == 1 && p[0] == '.'))
			continue;
		if (len == 2 && p[0] == '.' && p[1] == '.') {
			clean[0] = '\0';
			return TAKE_PTR(clean);
		}
		clean[used++] = '/';
		memcpy(clean + used, p, len);
		used += len;
	}
	clean[used] = '\0';
	return TAKE_PTR(clean);
}

static int type_bit(const char *type, const char **ret_name)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcasecmp(types[i].name, type) == 0) {
			*ret_name = types[i].name;
			return (int)types[i].bit;
		}
	}
	return 0;
}

int spec_check_mount(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *result = NULL;
	CLEANUP_FREE char *destination = NULL;
	const char *type, *source, *name = NULL;
	int bit, rc = spec_check_object(value, field, path, &result, err);

	if (rc < 0)
		return rc;
	source = json_get_str(result, "source", "");
	type = json_get_str(result, "type", "bind");
	bit = type_bit(type, &name);
	if (!bit)
		return spec_bad(err, path, "has the type \"%s\"; known are bind, tmpfs, proc, sysfs, mqueue, devpts",
				type);
	if (bit == T_BIND && source[0] != '/')
		return spec_bad(err, path, "is a bind mount and needs an absolute path as source, not \"%s\"", source);
	destination = clean_destination(json_get_str(result, "destination", ""));
	if (!destination)
		return error_no_memory(err);
	if (!destination[0])
		return spec_bad(err, path, "needs an absolute destination below / and without \"..\", not \"%s\"",
				json_get_str(result, "destination", ""));
	rc = check_options(json_get(result, "options"), name, (unsigned)bit, path, err);
	if (rc < 0)
		return rc;
	if (json_put_str(result, "type", name) < 0 || json_put_str(result, "destination", destination) < 0)
		return error_no_memory(err);
	*ret = TAKE_PTR(result);
	return 0;
}
