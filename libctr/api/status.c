/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/status.h>: getters of one moment, infallible. */
#include <libctr/status.h>
#include "api/api.h"
#include "model/state.h"

const char *ctr_state_name(ctr_state_t state)
{
	return state_name(state);
}

int ctr_state_from_name(const char *name, ctr_state_t *ret, ctr_error_t **err)
{
	ctr_error_t *e = NULL;
	int r;

	if (!name || !ret)
		return api_null(err, "ctr_state_from_name", name ? "ret" : "name");
	if (state_from_name(name, ret) == 0)
		return 0;
	r = error_set(&e, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "\"%s\" is not the name of a container's state", name);
	return error_publish(r, e, err);
}

ctr_status_t *ctr_status_ref(ctr_status_t *s)
{
	if (s)
		atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

ctr_status_t *ctr_status_unref(ctr_status_t *s)
{
	return core_status_unref(s);
}

#define GETTER(type, name, value, none)                                                                                \
	type ctr_status_##name(const ctr_status_t *s)                                                                  \
	{                                                                                                              \
		return s ? (value) : (none);                                                                           \
	}

GETTER(const char *, id, s->row->id, "")
GETTER(const char *, name, s->row->name, "")
GETTER(const char *, image, s->row->image, "")
GETTER(const char *, pod_id, s->row->pod_id, "")
GETTER(const char *, error, s->row->error, "")
GETTER(const char *, runtime, s->row->runtime, "")
GETTER(const char *, log_path, s->log_path, "")
GETTER(ctr_state_t, state, s->row->state, CTR_STATE_UNKNOWN)
GETTER(int32_t, pid, s->row->pid, 0)
GETTER(int32_t, exit_code, s->row->exit_known ? s->row->exit_code : CTR_EXIT_UNKNOWN, 0)
GETTER(int32_t, exit_signal, s->row->exit_signal, 0)
GETTER(int, exit_known, s->row->exit_known, 0)
GETTER(int, oom_killed, s->row->oom_killed, 0)
GETTER(int, stopped_by_user, s->row->stopped_by_user, 0)
GETTER(int, mounted, s->row->mounted, 0)
GETTER(int, auto_remove, s->row->auto_remove, 0)
GETTER(int64_t, created_ns, s->row->created_ns, 0)
GETTER(int64_t, started_ns, s->row->started_ns, 0)
GETTER(int64_t, finished_ns, s->row->finished_ns, 0)
GETTER(uint32_t, restart_count, s->row->restart_count, 0)
GETTER(uint64_t, run, s->row->run, 0)

int ctr_status_terminal(const ctr_status_t *s)
{
	/* Terminals come with a later release; the field is refused until then. */
	(void)s;
	return 0;
}

ctr_health_t ctr_status_health(const ctr_status_t *s)
{
	(void)s;
	return CTR_HEALTH_NONE;
}

const char *ctr_status_label(const ctr_status_t *s, const char *key)
{
	API_ENTER();

	return s && key ? core_status_label(s, key) : NULL;
}

int ctr_status_to_json(const ctr_status_t *s, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	CLEANUP_JSON json_t *o = NULL;
	ctr_error_t *e = NULL;
	char *text = NULL;
	int r;

	if (!s || !ret_json)
		return api_null(err, "ctr_status_to_json", s ? "ret_json" : "s");
	r = core_status_json(s, &o, &e);
	if (r == 0 && !(text = json_print(o)))
		r = error_no_memory(&e);
	if (r == 0)
		*ret_json = text;
	return error_publish(r, e, err);
}
