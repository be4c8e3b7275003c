/* SPDX-License-Identifier: Apache-2.0 */
/* Reading /proc/PID/mountinfo (inside the os room only). */
#ifndef CTR_OS_MOUNT_TABLE_H
#define CTR_OS_MOUNT_TABLE_H

#include <sys/types.h>

struct mount_line {
	const char *root, *point, *type, *super_options;
};
/* Calls fn for each mount of pid (0 = the calling thread) until it returns non-zero, which is returned; else 0 or -errno. */
int os_mount_table(pid_t pid, int (*fn)(const struct mount_line *line, void *userdata), void *userdata);

#endif
