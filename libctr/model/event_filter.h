/* SPDX-License-Identifier: Apache-2.0 */
/* Event filters {key: [value, …]} (api-reference.md 8): parsed once, then a pure match on events. */
#ifndef CTR_MODEL_EVENT_FILTER_H
#define CTR_MODEL_EVENT_FILTER_H

#include "base/json.h"
#include "error/error.h"

struct event_filter;
/* text NULL = all match. INVALID_ARG names the key. */
int event_filter_parse(const char *text, size_t len, struct event_filter **ret, ctr_error_t **err);
void event_filter_free(struct event_filter *f);
/* 1 when it lets everything pass: then nobody has to decode the event */
int event_filter_is_empty(const struct event_filter *f);
int event_filter_match(const struct event_filter *f, json_t *event);

#endif
