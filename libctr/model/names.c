/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of capability and limit names; reading "user:group". */
#include "model/names.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include "base/macros.h"

static const char *const caps[CAP_NAMES] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

static const struct {
	const char *name;
	int number;
} limits[] = {
    {"RLIMIT_AS", RLIMIT_AS},		{"RLIMIT_CORE", RLIMIT_CORE},	      {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},	{"RLIMIT_FSIZE", RLIMIT_FSIZE},	      {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},	{"RLIMIT_NPROC", RLIMIT_NPROC},	      {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},	{"RLIMIT_RTTIME", RLIMIT_RTTIME},     {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

const char *cap_name(unsigned number)
{
	return number < CAP_NAMES ? caps[number] : NULL;
}

int cap_number(const char *text)
{
	const char *rest = strncasecmp(text, "CAP_", 4) == 0 ? text + 4 : text;

	for (int i = 0; i < CAP_NAMES; i++) {
		if (strcasecmp(caps[i] + 4, rest) == 0)
			return i;
	}
	return -EINVAL;
}

const char *rlimit_canonical(const char *text)
{
	const char *rest = strncasecmp(text, "RLIMIT_", 7) == 0 ? text + 7 : text;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (strcasecmp(limits[i].name + 7, rest) == 0)
			return limits[i].name;
	}
	return NULL;
}

int rlimit_number(const char *canonical)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (STREQ(limits[i].name, canonical))
			return limits[i].number;
	}
	return -EINVAL;
}

static int parse_part(const char *text, size_t len, struct user_part *ret)
{
	struct user_part part = {.given = 1, .name = text, .len = len};
	uint64_t number = 0;
	size_t i;

	if (len == 0 || len > 256 || text[0] == '-' || text[0] == '+')
		return -EINVAL;
	for (i = 0; i < len && text[i] >= '0' && text[i] <= '9' && number <= UINT32_MAX; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	part.is_number = i == len;
	if (number > UINT32_MAX || (part.is_number && number == UINT32_MAX))
		return -EINVAL;
	part.number = part.is_number ? (uint32_t)number : 0;
	for (i = 0; i < len; i++) {
		if ((unsigned char)text[i] <= ' ' || text[i] == '/' || text[i] == ',' || text[i] == 0x7f)
			return -EINVAL;
	}
	*ret = part;
	return 0;
}

int user_parse(const char *text, struct user_part *ret_user, struct user_part *ret_group)
{
	const char *colon = strchr(text, ':');
	struct user_part user, group = {0};
	int rc = parse_part(text, colon ? (size_t)(colon - text) : strlen(text), &user);

	if (rc < 0)
		return rc;
	if (colon) {
		if (strchr(colon + 1, ':'))
			return -EINVAL;
		rc = parse_part(colon + 1, strlen(colon + 1), &group);
		if (rc < 0)
			return rc;
	}
	*ret_user = user;
	*ret_group = group;
	return 0;
}
