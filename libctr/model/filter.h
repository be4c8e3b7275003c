/* SPDX-License-Identifier: Apache-2.0 */
/* List filters {key: [value, …]} (api-reference.md 7): parsed once, then a pure match on rows. */
#ifndef CTR_MODEL_FILTER_H
#define CTR_MODEL_FILTER_H

#include "model/container.h"

struct filter;
/* text NULL = match all. now_ns: for "until" durations. INVALID_ARG names the key; keys of later issues are UNSUPPORTED_OPTION. */
int filter_parse(const char *text, size_t len, int64_t now_ns, struct filter **ret, ctr_error_t **err);
void filter_free(struct filter *f);
/* before/since name containers, pod names pods: core looks each reference up once and answers with the container's creation time or
 * the pod's id. One that is not answered matches nothing. */
size_t filter_reference_count(const struct filter *f);
const char *filter_reference(const struct filter *f, size_t i, int *ret_is_pod);
void filter_resolve(struct filter *f, size_t i, int64_t created_ns);
void filter_resolve_pod(struct filter *f, size_t i, const char *pod_id);
int filter_match(const struct filter *f, const struct container_row *row);

#endif
