/* SPDX-License-Identifier: Apache-2.0 */
/* Names of capabilities and resource limits, and the grammar of a container's user. */
#ifndef CTR_MODEL_NAMES_H
#define CTR_MODEL_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* Capabilities by kernel number: "CAP_CHOWN" …; NULL for a number without a name. */
#define CAP_NAMES 41
const char *cap_name(unsigned number);
/* "chown", "CAP_CHOWN", "Cap_Chown" -> number; -EINVAL */
int cap_number(const char *text);

/* "nofile", "RLIMIT_NOFILE" -> "RLIMIT_NOFILE"; NULL when there is no such limit. */
const char *rlimit_canonical(const char *text);
/* RLIMIT_* number of a canonical name; -EINVAL */
int rlimit_number(const char *canonical);

/* One half of "name|uid[:group|gid]" */
struct user_part {
	int given;
	int is_number;
	uint32_t number;
	const char *name;      /* into the text, len bytes; also set for numbers: passwd may have a name of digits */
	size_t len;
};
/* 0 or -EINVAL. Numbers are plain decimal, at most 4294967294: no sign, no blank, no other base. */
int user_parse(const char *text, struct user_part *ret_user, struct user_part *ret_group);

#endif
