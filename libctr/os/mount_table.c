/* SPDX-License-Identifier: Apache-2.0 */
/* Reading /proc/PID/mountinfo. */
#include "os/mount_table.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "os/fs.h"

#define TABLE_MAX (32u * 1024 * 1024)
#define FIELDS_MAX 32

/* The kernel writes blanks, tabs, newlines and backslashes as \ooo. */
static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
		    s[3] <= '7') {
			*out++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* "id parent dev root point options [tags…] - type source super": 0, or -EINVAL */
static int split(char *text, struct mount_line *ret)
{
	char *fields[FIELDS_MAX];
	size_t n = 0, dash = 0;

	for (char *save = NULL, *word = strtok_r(text, " ", &save); word && n < FIELDS_MAX;
	     word = strtok_r(NULL, " ", &save)) {
		if (n > 5 && dash == 0 && STREQ(word, "-"))
			dash = n;
		fields[n++] = word;
	}
	if (dash == 0 || n < dash + 4)
		return -EINVAL;
	unescape(fields[3]);
	unescape(fields[4]);
	ret->root = fields[3];
	ret->point = fields[4];
	ret->type = fields[dash + 1];
	ret->super_options = fields[n - 1];
	return 0;
}

int os_mount_table(pid_t pid, int (*fn)(const struct mount_line *line, void *userdata), void *userdata)
{
	CLEANUP_FREE char *text = NULL;
	char path[64] = "/proc/thread-self/mountinfo";
	char *save = NULL;
	int rc;

	if (pid > 0)
		snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	rc = os_read_file(AT_FDCWD, path, TABLE_MAX, &text, NULL);
	if (rc < 0)
		return rc;
	for (char *one = strtok_r(text, "\n", &save); one; one = strtok_r(NULL, "\n", &save)) {
		struct mount_line line;

		if (split(one, &line) < 0)
			continue;
		rc = fn(&line, userdata);
		if (rc != 0)
			return rc;
	}
	return 0;
}
