/* SPDX-License-Identifier: Apache-2.0 */
/* New file systems as detached mounts: overlay and tmpfs. */
#include <fcntl.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "os/fd.h"
#include "os/mount.h"
#include "os/mount_api.h"

#define KERNEL_TEXT_SIZE 512

/* The kernel's own words about the last refusal ("e overlay: …"), empty when it has none. */
static void kernel_says(int fs, char ret[KERNEL_TEXT_SIZE])
{
	ssize_t n = read(fs, ret, KERNEL_TEXT_SIZE - 1);

	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static int refused(int fs, int errnum, const char *type, const char *step, ctr_error_t **err)
{
	char text[KERNEL_TEXT_SIZE];

	kernel_says(fs, text);
	return error_set_errno(err, 0, DOMAIN_STORAGE, errnum, "cannot make a %s mount: %s%s%s", type, step,
			       text[0] ? ", the kernel says: " : "", text);
}

static int set_string(int fs, const char *key, const char *value)
{
	return sys_fsconfig(fs, FSCONFIG_SET_STRING, key, value) < 0 ? -errno : 0;
}

static int open_fs(const char *type, int *ret, ctr_error_t **err)
{
	int fs = os_fd_above_std(sys_fsopen(type));

	if (fs < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, errno, "cannot make a %s mount: fsopen failed", type);
	*ret = fs;
	return 0;
}

static int make_mount(int fs, const char *type, ctr_error_t **err)
{
	int mnt;

	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return refused(fs, errno, type, "its options were not accepted", err);
	mnt = os_fd_above_std(sys_fsmount(fs));
	return mnt < 0 ? refused(fs, errno, type, "fsmount failed", err) : mnt;
}

/* In one option the layers stand between colons, so a colon or backslash in a path is escaped. */
static int joined_lowers(int fs, const char *const *lowers)
{
	CLEANUP_STRBUF struct strbuf all = {0};
	const char *text;

	for (size_t i = 0; lowers[i]; i++) {
		if (i > 0)
			strbuf_append_char(&all, ':');
		for (const char *p = lowers[i]; *p; p++) {
			if (*p == ':' || *p == '\\')
				strbuf_append_char(&all, '\\');
			strbuf_append_char(&all, *p);
		}
	}
	text = strbuf_str(&all);
	return text ? set_string(fs, "lowerdir", text) : -ENOMEM;
}

/* "lowerdir+" (Linux 6.7) has no limit on the number of layers; "lowerdir" ends at 255 bytes. */
static int set_lowers(int fs, const char *const *lowers)
{
	for (size_t i = 0; lowers[i]; i++) {
		int rc = set_string(fs, "lowerdir+", lowers[i]);

		if (rc == -EINVAL && i == 0)
			return joined_lowers(fs, lowers);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int os_overlay_detached(const char *const *lowers, const char *upper, const char *work, int volatile_sync,
			ctr_error_t **err)
{
	int fs CLEANUP_CLOSE = -1;
	int rc = open_fs("overlay", &fs, err);

	if (rc < 0)
		return rc;
	rc = set_lowers(fs, lowers);
	if (rc < 0)
		return refused(fs, rc, "overlay", "its lower directories were not accepted", err);
	if (upper) {
		rc = set_string(fs, "upperdir", upper);
		if (rc == 0)
			rc = set_string(fs, "workdir", work);
		if (rc == 0 && volatile_sync && sys_fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL) < 0)
			rc = -errno;
		if (rc < 0)
			return refused(fs, rc, "overlay", "its upper or work directory was not accepted", err);
	}
	return make_mount(fs, "overlay", err);
}

int os_tmpfs_detached(const char *const *options, ctr_error_t **err)
{
	int fs CLEANUP_CLOSE = -1;
	int rc = open_fs("tmpfs", &fs, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; options && options[i]; i++) {
		CLEANUP_FREE char *key = str_dup(options[i]);
		char *value = key ? strchr(key, '=') : NULL;

		if (!key)
			return error_no_memory(err);
		if (value)
			*value++ = '\0';
		if (sys_fsconfig(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value) < 0)
			return refused(fs, errno, "tmpfs", options[i], err);
	}
	return make_mount(fs, "tmpfs", err);
}
