/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a container row: making, sharing and copying it. */
#include "model/container.h"

#include <string.h>
#include "base/mem.h"

#define STR(member) offsetof(struct container_row, member)

static const size_t string_members[] = {
    STR(name),	 STR(error),   STR(config),	  STR(labels),	STR(command), STR(mounts),  STR(image),
    STR(pod_id), STR(runtime), STR(runtime_path), STR(storage), STR(monitor), STR(cgroups), STR(rootfs_mount),
    STR(depends), STR(restart_policy), STR(init_type),
};

static char **string_member(struct container_row *row, size_t i)
{
	return (char **)(void *)((char *)row + string_members[i]);
}

int container_row_set(char **member, const char *value)
{
	char *copy = str_dup(str_or_empty(value));

	if (!copy)
		return -ENOMEM;
	free(*member);
	*member = copy;
	return 0;
}

/* CONFIGURED (1) to STOPPING (8): a byte each; UNKNOWN is never entered. */
static unsigned entered_shift(int32_t state)
{
	return state >= CTR_STATE_CONFIGURED && state <= CTR_STATE_STOPPING ? (unsigned)(state - 1) * 8 : 64;
}

unsigned container_row_entered(const struct container_row *row, int32_t state)
{
	unsigned shift = entered_shift(state);

	return shift < 64 ? (unsigned)(row->entered >> shift) & 0xff : 0;
}

uint64_t container_row_enter(uint64_t entered, int32_t state)
{
	unsigned shift = entered_shift(state);
	uint64_t count;

	if (shift == 64)
		return entered;
	count = ((entered >> shift) + 1) & 0xff;
	return (entered & ~(UINT64_C(0xff) << shift)) | count << shift;
}

struct container_row *container_row_new(void)
{
	CLEANUP_ROW struct container_row *row = NEW0(struct container_row);

	if (!row)
		return NULL;
	atomic_init(&row->refs, 1);
	row->state = CTR_STATE_CONFIGURED;
	row->exit_code = CTR_EXIT_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(string_members); i++) {
		if (container_row_set(string_member(row, i), "") < 0)
			return NULL;
	}
	return TAKE_PTR(row);
}

struct container_row *container_row_ref(struct container_row *row)
{
	if (row)
		atomic_fetch_add_explicit(&row->refs, 1, memory_order_relaxed);
	return row;
}

struct container_row *container_row_unref(struct container_row *row)
{
	if (!row || atomic_fetch_sub_explicit(&row->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(string_members); i++)
		free(*string_member(row, i));
	free(row);
	return NULL;
}

struct container_row *container_row_copy(const struct container_row *row)
{
	CLEANUP_ROW struct container_row *copy = NEW0(struct container_row);
	struct container_row *from = (struct container_row *)(uintptr_t)row;

	if (!copy)
		return NULL;
	memcpy(copy, row, sizeof(*copy));
	atomic_init(&copy->refs, 1);
	for (size_t i = 0; i < ARRAY_SIZE(string_members); i++)
		*string_member(copy, i) = NULL;
	/* What was not read is not "" in the copy: a row from a list carries no config, and must not look as if it did. */
	for (size_t i = 0; i < ARRAY_SIZE(string_members); i++) {
		if (*string_member(from, i) && container_row_set(string_member(copy, i), *string_member(from, i)) < 0)
			return NULL;
	}
	return TAKE_PTR(copy);
}

int container_row_starts_on_boot(const struct container_row *row)
{
	if (row->state == CTR_STATE_CONFIGURED || row->state == CTR_STATE_CREATED)
		return 0;
	return STREQ(row->restart_policy, "always") || (STREQ(row->restart_policy, "unless-stopped") && !row->stopped_by_user);
}
