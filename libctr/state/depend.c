/* SPDX-License-Identifier: Apache-2.0 */
/* Table dependency: who needs whom. Its rows are written with the row of the container that needs, and go with it; both ends are looked at
 * in the transactions that could part them. */
#include <string.h>
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "model/graph.h"
#include "model/state.h"
#include "state/store.h"

static int gone(const struct container_row *row, const char *id, ctr_error_t **err)
{
	error_set(err, CTR_ERR_NO_SUCH_CONTAINER, DOMAIN_STATE,
		  "container \"%s\" cannot depend on container %.12s, which is not there any more", row->name, id);
	error_detail(err, "dependency", id);
	return CTR_ERR_NO_SUCH_CONTAINER;
}

/* As the transaction sees it: nobody removes it before this one is committed, and then he sees the dependency. */
static int check_there(struct conn *c, const struct container_row *row, const char *id, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_DEPEND_LOOK, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, id);
	r = stmt_step(c, st, err);
	if (r < 0)
		return r;
	if (r == 0 || sqlite3_column_int(st, 1) == INTENT_CREATE)
		return gone(row, id, err);
	if (sqlite3_column_int(st, 0) != CTR_STATE_REMOVING)
		return 0;
	error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_STATE,
		  "container \"%s\" cannot depend on container \"%s\", which is being removed", row->name,
		  str_or_empty((const char *)sqlite3_column_text(st, 2)));
	error_detail(err, "dependency", id);
	error_detail(err, "state", state_name(CTR_STATE_REMOVING));
	return CTR_ERR_STATE_INVALID;
}

static int put_one(struct conn *c, const struct container_row *row, const char *id, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = check_there(c, row, id, err);

	if (r < 0 || (r = stmt_get(c, ST_DEPEND_PUT, &st, err)) < 0)
		return r;
	stmt_text(st, 1, row->id);
	stmt_text(st, 2, id);
	return stmt_step(c, st, err);
}

int depend_put_all(struct conn *c, const struct container_row *row, ctr_error_t **err)
{
	const char *at = row->depends;
	char id[ID_SIZE];
	int r = 0;

	while (r == 0 && graph_next_id(&at, id))
		r = put_one(c, row, id, err);
	return r;
}

struct dependents {
	char **ids, **names;
};

static void dependents_reset(struct dependents *d)
{
	strv_free(d->ids);
	strv_free(d->names);
}

static int read_dependents(struct conn *c, const char *id, struct dependents *ret, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_DEPEND_OF, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, id);
	while ((r = stmt_step(c, st, err)) > 0)
		if (strv_push(&ret->ids, str_or_empty((const char *)sqlite3_column_text(st, 0))) < 0 ||
		    strv_push(&ret->names, str_or_empty((const char *)sqlite3_column_text(st, 1))) < 0)
			return error_no_memory(err);
	return r;
}

static int refuse(const struct container_row *row, const struct dependents *d, ctr_error_t **err)
{
	CLEANUP_STRBUF struct strbuf names = {0};
	CLEANUP_JSON json_t *holder = json_object_new_object();
	CLEANUP_FREE char *text = NULL;

	for (size_t i = 0; d->names[i]; i++)
		strbuf_printf(&names, "%s\"%s\"", i ? ", " : "", d->names[i]);
	if (!strbuf_str(&names) || !holder || json_put_strv(holder, "ids", (const char *const *)d->ids) < 0 ||
	    !(text = json_print(json_get(holder, "ids"))))
		return error_no_memory(err);
	error_set(err, CTR_ERR_HAS_DEPENDENTS, DOMAIN_STATE,
		  "container \"%s\" cannot be removed: %s depend%s on it; remove %s first, or ask for the removal of what depends on it",
		  row->name, strbuf_str(&names), d->ids[1] ? "" : "s", d->ids[1] ? "them" : "that");
	error_detail(err, "container", row->id);
	error_detail(err, "dependents", text);
	return CTR_ERR_HAS_DEPENDENTS;
}

int depend_check_none(struct conn *c, const struct container_row *row, ctr_error_t **err)
{
	CLEANUP(dependents_reset) struct dependents d = {0};
	int r = read_dependents(c, row->id, &d, err);

	return r < 0 || !d.ids ? r : refuse(row, &d, err);
}

int store_dependents(struct store *s, const char *id, char ***ret_ids, ctr_error_t **err)
{
	CLEANUP(dependents_reset) struct dependents d = {0};
	CLEANUP_CONN struct conn *c = NULL;
	int r = conn_get(s, NULL, &c, err);

	if (r == 0)
		r = read_dependents(c, id, &d, err);
	if (r == 0)
		*ret_ids = TAKE_PTR(d.ids);
	return r;
}

int store_check_no_dependents(struct store *s, const struct container_row *row, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	int r = conn_get(s, NULL, &c, err);

	return r < 0 ? r : depend_check_none(c, row, err);
}
