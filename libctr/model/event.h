/* SPDX-License-Identifier: Apache-2.0 */
/* Events on their way into the store: complete but for their number, which the store gives when they are committed together with
 * the change they tell of. */
#ifndef CTR_MODEL_EVENT_H
#define CTR_MODEL_EVENT_H

#include "base/json.h"
#include "model/container.h"
#include "model/pod.h"

struct event {
	int64_t time_ns;
	char *text;                /* the object of api-reference.md 8 without Seq */
};
struct event_list {
	struct event *events;
	size_t n;
};

/* Adds one; 0 or -ENOMEM. extra: attributes beside the labels, taken also on failure, may be NULL. */
int event_add_container(struct event_list *list, const char *status, const struct container_row *row, int64_t time_ns, json_t *extra);
int event_add_pod(struct event_list *list, const char *status, const struct pod_row *row, int64_t time_ns);
int event_add_system(struct event_list *list, const char *status, int64_t time_ns);
/* As a reader gets them, for free(); NULL = out of memory. text: as it is stored */
char *event_with_seq(const char *text, uint64_t seq);
/* In place of what was rotated away before it was read: first to last, which becomes the number of this one, so that
 * resuming after it goes on behind the hole. */
char *event_gap(uint64_t first, uint64_t last);
void event_list_reset(struct event_list *list);

#endif
