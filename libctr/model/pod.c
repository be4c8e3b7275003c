/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a pod row: making, sharing and copying it. */
#include "model/pod.h"

#include <string.h>
#include "base/mem.h"

#define STR(member) offsetof(struct pod_row, member)

static const size_t string_members[] = {
    STR(name), STR(infra_id), STR(config), STR(labels), STR(cgroup), STR(monitor),
};

static char **string_member(struct pod_row *row, size_t i)
{
	return (char **)(void *)((char *)row + string_members[i]);
}

struct pod_row *pod_row_new(void)
{
	CLEANUP_POD struct pod_row *row = NEW0(struct pod_row);

	if (!row)
		return NULL;
	atomic_init(&row->refs, 1);
	for (size_t i = 0; i < ARRAY_SIZE(string_members); i++) {
		if (container_row_set(string_member(row, i), "") < 0)
			return NULL;
	}
	return TAKE_PTR(row);
}

struct pod_row *pod_row_ref(struct pod_row *row)
{
	if (row)
		atomic_fetch_add_explicit(&row->refs, 1, memory_order_relaxed);
	return row;
}

struct pod_row *pod_row_unref(struct pod_row *row)
{
	if (!row || atomic_fetch_sub_explicit(&row->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(string_members); i++)
		free(*string_member(row, i));
	free(row);
	return NULL;
}

struct pod_row *pod_row_copy(const struct pod_row *row)
{
	CLEANUP_POD struct pod_row *copy = NEW0(struct pod_row);
	struct pod_row *from = (struct pod_row *)(uintptr_t)row;

	if (!copy)
		return NULL;
	memcpy(copy, row, sizeof(*copy));
	atomic_init(&copy->refs, 1);
	for (size_t i = 0; i < ARRAY_SIZE(string_members); i++)
		*string_member(copy, i) = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(string_members); i++) {
		if (container_row_set(string_member(copy, i), *string_member(from, i)) < 0)
			return NULL;
	}
	return TAKE_PTR(copy);
}
