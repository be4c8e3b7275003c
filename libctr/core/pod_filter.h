/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of pod lists, and the members that they and inspect look at. */
#ifndef CTR_CORE_POD_FILTER_H
#define CTR_CORE_POD_FILTER_H

#include "core/pods.h"
#include "model/filter.h"

#define POD_FILTER_KEYS 10

struct pod_filter {
	struct filter *pod[POD_FILTER_KEYS], *members[POD_FILTER_KEYS];
	size_t n_pod, n_members;
	json_t *status, *number; /* arrays of texts, NULL = any */
	int looks_at_members;
};
int pod_filter_parse(const char *text, size_t len, struct pod_filter *ret, ctr_error_t **err);
void pod_filter_reset(struct pod_filter *f);
/* m may be empty for a filter that does not look at members. */
int pod_filter_match(const struct pod_filter *f, const struct pod_row *row, const struct pod_members *m);

#endif
