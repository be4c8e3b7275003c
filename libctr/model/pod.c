/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a pod row: making, sharing and copying it. */
#include "model/pod.h"

#include <string.h>
#include <strings.h>
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

void pod_tally_add(struct pod_tally *t, int32_t state)
{
	t->n++;
	t->running += state == CTR_STATE_RUNNING;
	t->paused += state == CTR_STATE_PAUSED;
	t->ended += state == CTR_STATE_STOPPED || state == CTR_STATE_EXITED;
	t->bad += state == CTR_STATE_REMOVING || state == CTR_STATE_STOPPING || state == CTR_STATE_UNKNOWN;
}

/* The order is libpod's: one that is being stopped beside one that runs makes a degraded pod, not a broken one. */
int32_t pod_tally_state(const struct pod_tally *t)
{
	if (t->n == 0)
		return CTR_POD_CREATED;
	if (t->running == t->n)
		return CTR_POD_RUNNING;
	if (t->running > 0)
		return CTR_POD_DEGRADED;
	if (t->paused == t->n)
		return CTR_POD_PAUSED;
	if (t->ended == t->n)
		return CTR_POD_EXITED;
	if (t->ended > 0)
		return CTR_POD_STOPPED;
	return t->bad > 0 ? CTR_POD_ERROR : CTR_POD_CREATED;
}

static const char *const state_names[] = {
    [CTR_POD_ERROR] = "Error",	     [CTR_POD_CREATED] = "Created", [CTR_POD_RUNNING] = "Running",
    [CTR_POD_DEGRADED] = "Degraded", [CTR_POD_PAUSED] = "Paused",   [CTR_POD_STOPPED] = "Stopped",
    [CTR_POD_EXITED] = "Exited",
};

const char *pod_state_name(int32_t state)
{
	return state_names[state >= 0 && state < (int32_t)ARRAY_SIZE(state_names) ? state : CTR_POD_ERROR];
}

int pod_state_from_name(const char *name, int32_t *ret)
{
	for (int32_t i = 0; i < (int32_t)ARRAY_SIZE(state_names); i++) {
		if (strcasecmp(state_names[i], name) == 0) {
			*ret = i;
			return 0;
		}
	}
	return -EINVAL;
}
