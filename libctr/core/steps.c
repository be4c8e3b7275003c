/* SPDX-License-Identifier: Apache-2.0 */
/* Small things every verb needs: saving, backends of a row, the view of a run that backends get. */
#include "core/steps.h"

#include <signal.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/strv.h"
#include "model/spec.h"
#include "runtime/runtime.h"

struct op_call step_late_call(ctr_engine_t *e)
{
	struct op_call call;

	op_call_begin(&call, NULL, e->config.default_timeout_ns);
	return call;
}

int step_save(struct locked *l, struct container_row *edited, const struct op_call *call, ctr_error_t **err)
{
	int r;

	if (!edited)
		return error_no_memory(err);
	r = store_container_save(l->c->engine->store, &edited, &l->events, call, err);
	/* What was not saved has not happened. */
	event_list_reset(&l->events);
	if (r < 0) {
		container_row_unref(edited);
		return r;
	}
	if (edited->state == CTR_STATE_EXITED && l->row->state != CTR_STATE_EXITED && !edited->is_infra)
		(void)str_copy(l->ended_in, sizeof(l->ended_in), str_or_empty(edited->pod_id));
	container_row_unref(l->row);
	l->row = edited;
	return 0;
}

void step_emit_row(struct locked *l, const char *status, const struct container_row *row, int64_t time_ns, json_t *extra)
{
	if (event_add_container(&l->events, status, row, time_ns, extra) < 0)
		core_log(l->c->engine, CTR_LOG_ERROR, DOMAIN_CORE, l->c->id,
			 "out of memory: event %s of container %s is not told", status, row->name);
}

void step_emit(struct locked *l, const char *status, json_t *extra)
{
	step_emit_row(l, status, l->row, clock_realtime_ns(), extra);
}

int step_command_error(const struct container_row *row, int r, ctr_error_t **err)
{
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_STRV char **argv = NULL;

	if ((r != CTR_ERR_COMMAND_NOT_FOUND && r != CTR_ERR_COMMAND_NOT_EXECUTABLE) || !row ||
	    step_parse_config(row, &doc, NULL) < 0 || config_argv(doc, &argv) < 0 || !argv[0])
		return r;
	return error_wrap(err, r, DOMAIN_CORE, "cannot execute \"%s\" in container %s", argv[0], row->name);
}

const char *step_name(const struct locked *l)
{
	return l->row ? l->row->name : l->c->name;
}

static int is_refusal(int code)
{
	static const int refusals[] = {CTR_ERR_STATE_INVALID, CTR_ERR_STOPPED,	 CTR_ERR_REMOVED,     CTR_ERR_INVALID_ARG, CTR_ERR_DEADLOCK,
				       CTR_ERR_TIMEOUT,	      CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED};

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (code == refusals[i])
			return 1;
	return 0;
}

int step_note_error(struct locked *l, int code, ctr_error_t **err)
{
	CLEANUP_FREE char *text = NULL;
	struct op_call late;
	struct container_row *row;

	if (code >= 0 || is_refusal(code) || !l->guard.table || !l->row)
		return code;
	text = err && *err ? error_format(*err) : str_dup(error_code_name(code));
	if (!text || STREQ(text, str_or_empty(l->row->error)))
		return code;
	row = container_row_copy(l->row);
	if (!row || container_row_set(&row->error, text) < 0) {
		container_row_unref(row);
		return code;
	}
	event_list_reset(&l->events); /* of what has failed */
	late = step_late_call(l->c->engine);
	(void)step_save(l, row, &late, NULL);
	return code;
}

int step_removed(ctr_container_t *c, ctr_error_t **err)
{
	pthread_mutex_lock(&c->cache_lock);
	if (c->row && c->row->run > c->last_run)
		c->last_run = c->row->run;
	pthread_mutex_unlock(&c->cache_lock);
	atomic_store(&c->removed, 1);
	return error_set(err, CTR_ERR_REMOVED, DOMAIN_CORE,
			 "container %s (%.12s) has been removed; only wait and exit_fd still answer", c->name, c->id);
}

int step_runtime(ctr_engine_t *e, const struct container_row *row, struct runtime_backend **ret, ctr_error_t **err)
{
	int r = core_engine_runtime(e, row->runtime, ret, err);

	/* A path recorded under a name of its own: the program may have moved in the list of known names, the file is
	 * what counts. */
	if (r == CTR_ERR_RUNTIME_NOT_FOUND && *str_or_empty(row->runtime_path) &&
	    !STREQ(row->runtime, row->runtime_path)) {
		CLEANUP_ERROR ctr_error_t *again = NULL;

		if (core_engine_runtime(e, row->runtime_path, ret, &again) == 0) {
			if (err)
				*err = error_unref(*err);
			return 0;
		}
	}
	return r;
}

int step_storage(ctr_engine_t *e, const struct container_row *row, struct storage_backend **ret, ctr_error_t **err)
{
	return registry_storage(e->registry, row->storage, ret, err);
}

/* By its name and not by the backend's capability: a row must be understood also where its runtime is not installed any
 * more. */
int step_has_process(const struct container_row *row)
{
	return !STREQ(row->runtime, "null");
}

int step_parse_config(const struct container_row *row, json_t **ret, ctr_error_t **err)
{
	const char *why = "it is empty";
	int r = json_parse(str_or_empty(row->config), SIZE_MAX, ret, &why, NULL);

	if (r == -ENOMEM)
		return error_no_memory(err);
	if (r < 0 || !*ret)
		return error_set(
		    err, CTR_ERR_STORE_DAMAGED, DOMAIN_CORE,
		    "the stored configuration of container %s cannot be read: %s; remove the container with force",
		    row->name, why);
	return 0;
}

static int view_texts(ctr_engine_t *e, const struct container_row *row, struct run_view *v)
{
	json_t *annotations = json_get(v->doc, "annotations");

	v->bundle = str_printf("%s/containers/%s", e->config.root, row->id);
	v->annotations = annotations ? json_print(annotations) : str_dup("{}");
	v->log_path = core_log_path(e, row);
	return v->bundle && v->annotations && v->log_path ? 0 : -ENOMEM;
}

int run_view_make(ctr_engine_t *e, const struct container_row *row, struct run_view *ret, ctr_error_t **err)
{
	struct run_view v = {
	    .run = {.size = sizeof(v.run), .mount_fd = -1, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1}};
	int r = step_parse_config(row, &v.doc, err);

	if (r < 0)
		return r;
	if (view_texts(e, row, &v) < 0) {
		run_view_reset(&v);
		return error_no_memory(err);
	}
	v.run.id = row->id;
	v.run.name = row->name;
	v.run.run = row->run;
	v.run.bundle = v.bundle;
	v.run.state_dir = e->runtime_state;
	/* A container without cgroups is that for the runtime too. */
	v.run.cgroup_manager = STREQ(json_get_str(v.doc, "cgroups_mode", ""), "disabled") ? "disabled" : e->config.cgroup_manager;
	v.run.annotations = v.annotations;
	v.run.log_driver = config_log_driver(v.doc);
	v.run.log_path = v.log_path;
	v.run.log_max_size = config_log_size(v.doc);
	v.run.log_max_files = (int32_t)config_log_files(v.doc);
	v.run.pid = row->pid;
	v.run.pid_start = row->pid_start;
	v.run.cgroups = str_or_empty(row->cgroups);
	v.run.limit_ns = config_limit_ns(v.doc);
	v.run.limit_all = !STREQ(config_ns(v.doc, "pidns", NULL), "private");
	*ret = v;
	return 0;
}

void run_view_reset(struct run_view *v)
{
	json_object_put(v->doc);
	free(v->bundle);
	free(v->annotations);
	free(v->log_path);
	memset(v, 0, sizeof(*v));
}

/* When the annotation ends it, after pid_start; 0 = it does not. */
static int annotated_end(const struct container_row *row, json_t *doc, struct exit_record *rec, int64_t *ret_due)
{
	json_t *annotations = json_get(doc, "annotations");
	CLEANUP_FREE char *text = annotations ? json_print(annotations) : NULL;

	return text && runtime_null_due(text, (int64_t)row->pid_start, INT64_MAX, &rec->exit_code, ret_due) == 1;
}

/* By the monotonic clock, which has a place in the row because there is no process whose start time could stand there:
 * setting the wall clock ends nothing early or late. Another boot begins another epoch, where nothing runs any more. */
int step_null_end(const struct container_row *row, struct exit_record *ret, uint64_t *ret_left_ns)
{
	CLEANUP_JSON json_t *doc = NULL;
	struct exit_record rec = {.run = row->run, .known = 1};
	int64_t due = 0, limit, now = (int64_t)clock_monotonic_ns();
	int annotated;

	if (row->state != CTR_STATE_RUNNING || step_has_process(row) ||
	    (!strstr(str_or_empty(row->config), "libctr.null.exit") && !strstr(str_or_empty(row->config), "\"timeout\"")) ||
	    step_parse_config(row, &doc, NULL) < 0)
		return 0;
	annotated = annotated_end(row, doc, &rec, &due);
	limit = (int64_t)config_limit_ns(doc);
	if (!annotated && !limit)
		return 0;
	if (limit && (!annotated || (int64_t)row->pid_start + limit < due)) {
		due = (int64_t)row->pid_start + limit;
		rec.exit_signal = SIGKILL;
		rec.exit_code = 128 + SIGKILL;
	}
	memcpy(rec.id, row->id, sizeof(rec.id));
	rec.finished_ns = clock_realtime_ns() - (now - due);
	*ret_left_ns = now < due ? (uint64_t)(due - now) : 0;
	*ret = rec;
	return 1;
}
