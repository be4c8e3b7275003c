/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces of the calling process and the profile of what it cannot shed. */
#include "os/ns.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/proc.h"

char *os_ns_caller_path(const char *name)
{
	return str_printf("/proc/%d/ns/%s", (int)getpid(), name);
}

int os_ns_open_self(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : os_fd_above_std(fd);
}

/* FNV-1a: the profile separates hosts with other rights, it keeps no secret. */
static uint64_t add(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (hash ^ '\n') * UINT64_C(0x100000001b3);
}

static uint64_t add_status_line(uint64_t hash, const char *status, const char *key)
{
	const char *line = strstr(status, key);
	char text[128] = "";

	if (line)
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
	return add(hash, text);
}

/* A lowered hard limit cannot be raised again without CAP_SYS_RESOURCE: what such a caller starts keeps it, so it has an
 * instance of its own. With the capability the runtime sets what the container shall have. */
static uint64_t add_limits(uint64_t hash)
{
	if (os_has_cap(CAP_SYS_RESOURCE) == 1)
		return hash;
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = {0};
		char text[32];

		getrlimit((__rlimit_resource_t)i, &limit);
		snprintf(text, sizeof(text), "%llu", (unsigned long long)limit.rlim_max);
		hash = add(hash, text);
	}
	return hash;
}

int os_caller_profile(char ret[17], ctr_error_t **err)
{
	static const char *const spaces[] = {"mnt", "pid", "user", "cgroup", "net"};
	static const char *const lines[] = {"\nUid:", "\nCapBnd:", "\nNoNewPrivs:", "\nSeccomp:"};
	CLEANUP_FREE char *status = NULL, *label = NULL;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	int rc = os_read_file(AT_FDCWD, "/proc/self/status", 65536, &status, NULL);

	if (rc < 0)
		return error_set_errno(err, 0, DOMAIN_MONITOR, rc, "cannot read /proc/self/status: is /proc mounted?");
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		uint64_t inode = 0;
		char text[32];

		rc = os_ns_inode(0, spaces[i], &inode);
		if (rc < 0 && rc != -ENOENT)
			return error_set_errno(err, 0, DOMAIN_MONITOR, rc,
					       "cannot tell which %s namespace this process is in", spaces[i]);
		snprintf(text, sizeof(text), "%llu", (unsigned long long)inode);
		hash = add(hash, text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		hash = add_status_line(hash, status, lines[i]);
	hash = add_limits(hash);
	/* Without an LSM the file cannot be read: the same as an empty label. */
	if (os_read_file(AT_FDCWD, "/proc/self/attr/current", 4096, &label, NULL) == 0)
		hash = add(hash, label);
	snprintf(ret, 17, "%016llx", (unsigned long long)hash);
	return 0;
}
