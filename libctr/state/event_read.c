/* SPDX-License-Identifier: Apache-2.0 */
/* Reading events: a page at a time, with no connection and no snapshot kept between two pages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "state/store.h"

#define PAGE_EVENTS 64

void event_page_reset(struct event_page *page)
{
	for (size_t i = 0; i < page->n; i++)
		free(page->events[i].text);
	free(page->events);
	memset(page, 0, sizeof(*page));
}

static int read_one(sqlite3_stmt *st, struct event_page *page)
{
	char *text = str_dup(str_or_empty((const char *)sqlite3_column_text(st, 2)));

	if (!text)
		return -ENOMEM;
	page->events[page->n++] = (struct stored_event){
	    .seq = (uint64_t)sqlite3_column_int64(st, 0), .time_ns = sqlite3_column_int64(st, 1), .text = text};
	return 0;
}

static int read_page(struct conn *c, uint64_t after, struct event_page *page, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_EVENT_READ, &st, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(st, 1, (int64_t)after);
	sqlite3_bind_int64(st, 2, PAGE_EVENTS);
	while (page->n < PAGE_EVENTS && (r = stmt_step(c, st, err)) > 0) {
		if (read_one(st, page) < 0)
			return error_no_memory(err);
	}
	return r < 0 ? r : 0;
}

int store_events_read(struct store *s, uint64_t after, struct event_page *ret, ctr_error_t **err)
{
	struct event_page page CLEANUP(event_page_reset) = {.events = mem_new0(PAGE_EVENTS, sizeof(*page.events))};
	CLEANUP_CONN struct conn *c = NULL;
	int r = page.events ? conn_get(s, NULL, &c, err) : error_no_memory(err);

	if (r == 0)
		r = read_page(c, after, &page, err);
	if (r < 0)
		return r;
	*ret = page;
	page = (struct event_page){.n = 0};
	return 0;
}

int store_events_newest(struct store *s, uint64_t *ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = conn_get(s, NULL, &c, err);

	if (r < 0 || (r = stmt_get(c, ST_EVENT_NEWEST, &st, err)) < 0 || (r = stmt_step(c, st, err)) < 0)
		return r;
	*ret = r > 0 ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	return 0;
}

/* The beginning of an event's text is always the same: head() in model/event.c. */
int store_event_was_told(struct store *s, uint64_t after, const char *id, const char *status, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	char pattern[ID_SIZE + 128];
	int r = conn_get(s, NULL, &c, err);

	(void)snprintf(pattern, sizeof(pattern), "{\"Type\":\"container\",\"Status\":\"%s\",%%,\"ID\":\"%s\",%%", status, id);
	if (r < 0 || (r = stmt_get(c, ST_EVENT_TOLD, &st, err)) < 0)
		return r;
	sqlite3_bind_int64(st, 1, (int64_t)after);
	if (stmt_text(st, 2, pattern) != SQLITE_OK)
		return error_no_memory(err);
	return stmt_step(c, st, err);
}
