/* SPDX-License-Identifier: Apache-2.0 */
/* Making events: Podman's names for what happened to containers and pods. */
#include "model/event.h"

#include <string.h>
#include "base/clock.h"
#include "base/mem.h"

/* Labels of more than this are left out: fifty thousand events are kept. */
#define LABELS_MAX 16384

/* Labels first, so that an attribute of ours is not lost to a label of the same name. */
static json_t *attributes(const char *labels, json_t *extra)
{
	json_t *all = NULL;

	if (*str_or_empty(labels) && strlen(labels) <= LABELS_MAX && json_parse(labels, SIZE_MAX, &all, NULL, NULL) < 0)
		all = NULL;
	if (!all)
		all = json_object_new_object();
	if (!all || !extra)
		return all;
	json_object_object_foreach(extra, key, value)
	{
		if (json_put(all, key, json_object_get(value)) < 0) {
			json_object_put(all);
			return NULL;
		}
	}
	return all;
}

static int put_end(json_t *o, const struct container_row *row)
{
	int r = 0;

	if (row->exit_known)
		r |= json_put_i64(o, "ContainerExitCode", row->exit_code);
	if (row->exit_signal)
		r |= json_put_i64(o, "ExitSignal", row->exit_signal);
	if (row->oom_killed)
		r |= json_put_bool(o, "OOMKilled", 1);
	if (*str_or_empty(row->error))
		r |= json_put_str(o, "error", row->error);
	return r;
}

static json_t *head(const char *type, const char *status, int64_t time_ns, const char *id, const char *name)
{
	char text[RFC3339_SIZE];
	json_t *o = json_object_new_object();

	if (o && (json_put_str(o, "Type", type) | json_put_str(o, "Status", status) |
		  json_put_str(o, "Time", clock_format_rfc3339(time_ns, text)) | json_put_i64(o, "TimeNano", time_ns) |
		  (*id ? json_put_str(o, "ID", id) : 0) | (*name ? json_put_str(o, "Name", name) : 0)) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static int push(struct event_list *list, json_t *o, int64_t time_ns)
{
	CLEANUP_FREE char *text = json_print(o);
	struct event *events = text ? realloc(list->events, (list->n + 1) * sizeof(*events)) : NULL;

	if (!events)
		return -ENOMEM;
	list->events = events;
	events[list->n++] = (struct event){.time_ns = time_ns, .text = TAKE_PTR(text)};
	return 0;
}

int event_add_container(struct event_list *list, const char *status, const struct container_row *row, int64_t time_ns, json_t *extra)
{
	CLEANUP_JSON json_t *more = extra;
	CLEANUP_JSON json_t *o = head("container", status, time_ns, row->id, row->name);
	json_t *attrs = o ? attributes(row->labels, more) : NULL;
	int r = 0;

	if (!attrs || json_put(o, "Attributes", attrs) < 0)
		return -ENOMEM;
	if (*str_or_empty(row->image))
		r |= json_put_str(o, "Image", row->image);
	if (*str_or_empty(row->pod_id))
		r |= json_put_str(o, "PodID", row->pod_id);
	if (STREQ(status, "died") || STREQ(status, "remove"))
		r |= put_end(o, row);
	return r == 0 ? push(list, o, time_ns) : -ENOMEM;
}

int event_add_pod(struct event_list *list, const char *status, const struct pod_row *row, int64_t time_ns)
{
	CLEANUP_JSON json_t *o = head("pod", status, time_ns, row->id, row->name);
	json_t *attrs = o ? attributes(row->labels, NULL) : NULL;

	if (!attrs || json_put(o, "Attributes", attrs) < 0 || json_put_str(o, "PodID", row->id) < 0)
		return -ENOMEM;
	return push(list, o, time_ns);
}

int event_add_system(struct event_list *list, const char *status, int64_t time_ns)
{
	CLEANUP_JSON json_t *o = head("system", status, time_ns, "", "");
	json_t *attrs = o ? json_object_new_object() : NULL;

	if (!attrs || json_put(o, "Attributes", attrs) < 0)
		return -ENOMEM;
	return push(list, o, time_ns);
}

char *event_with_seq(const char *text, uint64_t seq)
{
	int empty = *text != '{' || text[1] == '}' || text[1] == '\0';

	return empty ? str_printf("{\"Seq\":%llu}", (unsigned long long)seq)
		     : str_printf("{\"Seq\":%llu,%s", (unsigned long long)seq, text + 1);
}

char *event_gap(uint64_t first, uint64_t last)
{
	return str_printf("{\"Seq\":%llu,\"Type\":\"system\",\"Status\":\"gap\","
			  "\"Attributes\":{\"first\":%llu,\"last\":%llu,\"count\":%llu}}",
			  (unsigned long long)last, (unsigned long long)first, (unsigned long long)last,
			  (unsigned long long)(last - first + 1));
}

void event_list_reset(struct event_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->events[i].text);
	free(list->events);
	memset(list, 0, sizeof(*list));
}
