/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the user's mounts: what is added when not given (behaviour.md 16), what the runtimes must not see. */
#include <string.h>
#include <sys/statvfs.h>
#include "base/mem.h"
#include "oci/parts.h"

static int has(json_t *options, const char *const *words)
{
	for (size_t i = 0; options && i < json_object_array_length(options); i++) {
		const char *option = json_object_get_string(json_object_array_get_idx(options, i));

		for (size_t j = 0; words[j]; j++) {
			if (STREQ(option, words[j]))
				return 1;
		}
	}
	return 0;
}

static const char *const propagations[] = {"private", "rprivate",   "shared",	   "rshared", "slave",
					   "rslave",  "unbindable", "runbindable", NULL};
static const char *const binds[] = {"bind", "rbind", NULL};
static const char *const plain_bind[] = {"bind", NULL};
static const char *const copy_ups[] = {"tmpcopyup", "notmpcopyup", NULL};
static const char *const execs[] = {"exec", "noexec", NULL};
static const char *const suids[] = {"suid", "nosuid", NULL};
static const char *const devs[] = {"dev", "nodev", NULL};

/* Not for the runtimes: labels without SELinux, and tmpcopyup's negation, which is its absence. */
static int is_ours(const char *option)
{
	return STREQ(option, "z") || STREQ(option, "Z") || STREQ(option, "notmpcopyup");
}

static int push_given(json_t *list, json_t *options)
{
	for (size_t i = 0; options && i < json_object_array_length(options); i++) {
		const char *option = json_object_get_string(json_object_array_get_idx(options, i));

		if (!is_ours(option) && json_push_str(list, option) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int push_unless(json_t *list, json_t *given, const char *const *words, const char *option)
{
	return has(given, words) ? 0 : json_push_str(list, option);
}

/* A bind mount does not get more than its source's file system gives: losing nosuid by a bind would be a way around it.
 */
static int push_of_source(json_t *list, json_t *given, const struct statvfs *fs)
{
	if (((fs->f_flag & ST_NOEXEC) && push_unless(list, given, execs, "noexec") < 0) ||
	    ((fs->f_flag & ST_NOSUID) && push_unless(list, given, suids, "nosuid") < 0) ||
	    ((fs->f_flag & ST_NODEV) && push_unless(list, given, devs, "nodev") < 0))
		return -ENOMEM;
	return 0;
}

static int complete(json_t *list, const char *type, json_t *given, const struct statvfs *fs)
{
	int is_bind = STREQ(type, "bind"), is_tmpfs = STREQ(type, "tmpfs");

	if (is_bind && (push_unless(list, given, binds, "rbind") < 0 || push_of_source(list, given, fs) < 0))
		return -ENOMEM;
	if ((is_bind || is_tmpfs) &&
	    push_unless(list, given, propagations, has(given, plain_bind) ? "private" : "rprivate") < 0)
		return -ENOMEM;
	if (is_bind)
		return 0;
	if (push_unless(list, given, suids, "nosuid") < 0)
		return -ENOMEM;
	if (!STREQ(type, "devpts") && push_unless(list, given, devs, "nodev") < 0)
		return -ENOMEM;
	if (is_tmpfs)
		return push_unless(list, given, copy_ups, "tmpcopyup");
	return push_unless(list, given, execs, "noexec");
}

int oci_mount_options(json_t *mount, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *list = json_object_new_array();
	const char *type = json_get_str(mount, "type", "bind"), *source = json_get_str(mount, "source", "");
	json_t *given = json_get(mount, "options");
	struct statvfs fs = {0};

	if (STREQ(type, "bind") && statvfs(source, &fs) < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, errno, "cannot mount %s on %s: the source cannot be used",
				       source, json_get_str(mount, "destination", ""));
	if (!list || push_given(list, given) < 0 || complete(list, type, given, &fs) < 0)
		return error_no_memory(err);
	*ret = TAKE_PTR(list);
	return 0;
}
