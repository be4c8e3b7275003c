/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_rename: another name, for the row and for the document it was made from; a run goes on untouched. */
#include "core/steps.h"

#include "base/clock.h"
#include "base/mem.h"

#define HALF_MADE_TRIES 4 /* creators of the same name that die one after the other */

static int renamed_config(const struct container_row *row, const char *name, char **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *doc = NULL;
	int r = step_parse_config(row, &doc, err);

	if (r < 0)
		return r;
	*ret = json_put_str(doc, "name", name) == 0 ? json_print(doc) : NULL;
	return *ret ? 0 : error_no_memory(err);
}

static int edit(const struct container_row *row, const char *name, struct container_row **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *edited = container_row_copy(row);
	int r;

	if (!edited || container_row_set(&edited->name, name) < 0)
		return error_no_memory(err);
	free(edited->config);
	edited->config = NULL;
	r = renamed_config(row, name, &edited->config, err);
	if (r == 0)
		*ret = TAKE_PTR(edited);
	return r;
}

/* A name that a dead creator left half made is free. */
static int save_name(struct locked *l, struct container_row **edited, const char *name, const struct op_call *call,
		     ctr_error_t **err)
{
	struct store *store = l->c->engine->store;

	for (int i = 0;; i++) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		int undone, r = store_container_rename(store, edited, name, &l->events, call, &why);
		const char *half = r == CTR_ERR_NAME_IN_USE ? error_get_detail(why, "intent_id") : NULL;

		if (r == 0)
			return 0;
		undone = half && i < HALF_MADE_TRIES ? step_undo_half_made(l->c->engine, half, call, NULL) : 0;
		if (undone <= 0)
			return error_publish(r, TAKE_PTR(why), err);
	}
}

static int rename_locked(struct locked *l, const char *name, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *edited = NULL;
	json_t *extra = json_object_new_object();
	int r = edit(l->row, name, &edited, err);

	if (r == 0 && (!extra || json_put_str(extra, "oldName", l->row->name) < 0))
		r = error_no_memory(err);
	if (r < 0) {
		json_object_put(extra);
		return r;
	}
	step_emit_row(l, "rename", edited, clock_realtime_ns(), extra);
	r = save_name(l, &edited, name, call, err);
	event_list_reset(&l->events);
	if (r < 0)
		return r;
	core_log(l->c->engine, CTR_LOG_INFO, DOMAIN_CORE, l->c->id, "container %s is now %s", l->row->name, name);
	container_row_unref(l->row);
	l->row = TAKE_PTR(edited);
	l->durable = 1;
	return 0;
}

int core_container_rename(ctr_container_t *c, const char *name, const struct op_call *call, ctr_error_t **err)
{
	const char *wanted = ident_plain_name(name);
	struct locked l;
	int r = ident_check_name("container", wanted, err);

	if (r < 0)
		return r;
	r = core_lock(c, "container_rename", call, &l, err);
	if (r < 0)
		return r;
	r = verb_check(VERB_RENAME, l.row->state, l.row->name, err);
	if (r == 0 && !STREQ(wanted, l.row->name))
		r = rename_locked(&l, wanted, call, err);
	return core_unlock(&l, r, err);
}
