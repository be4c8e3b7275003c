/* SPDX-License-Identifier: Apache-2.0 */
/* What engine open puts right: another boot, verbs whose process died, containers without a monitor, leftovers of
 * objects that are gone. */
#include "core/pods.h"
#include "core/steps.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/strv.h"
#include "os/fs.h"
#include "os/proc.h"

#define KEEP_RECORDS_NS ((int64_t)(7 * 24 * 3600 * NSEC_PER_SEC)) /* exit codes of containers that are gone */

/* ---- one container ---- */

typedef int (*visit_fn)(struct locked *l, const struct op_call *call, ctr_error_t **err);

/* Whoever holds the lock takes care of it himself: then 0, else 1. *ret_after (may be NULL): its state now, UNKNOWN = gone. Troubles of one container are no reason to refuse
 * the engine. */
static int visit(ctr_engine_t *e, struct container_row *row, visit_fn fn, int32_t *ret_after, const struct op_call *call)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	ctr_container_t *c = NULL;
	struct locked l;
	int r = core_container_new_handle(e, row, &c, &why);

	if (r < 0)
		return 0;
	r = core_try_lock(c, "engine_open", call, &l, &why);
	if (r == 0) {
		r = fn ? fn(&l, call, &why) : 0;
		r = core_unlock(&l, r, &why);
	}
	if (r < 0 && r != -EBUSY && r != CTR_ERR_REMOVED)
		core_log(e, CTR_LOG_WARNING, DOMAIN_CORE, row->id, "container %s: %s", row->name,
			 why ? error_message(why) : error_code_name(r));
	if (ret_after)
		*ret_after = atomic_load(&c->removed) ? CTR_STATE_UNKNOWN : c->row->state;
	core_container_unref(c);
	return r != -EBUSY;
}

/* ---- leftovers of what has no row ---- */

static int has_row(ctr_engine_t *e, const char *id)
{
	CLEANUP_ROW struct container_row *row = NULL;

	/* Only a clear no counts. */
	return store_container_load(e->store, id, &row, NULL) != CTR_ERR_NO_SUCH_CONTAINER;
}

static void each_name(int dirfd, void (*fn)(ctr_engine_t *e, const char *name), ctr_engine_t *e)
{
	int fd = os_open_dir(dirfd, ".");
	CLEANUP_CLOSEDIR DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!d) {
		cleanup_close_fn(&fd);
		return;
	}
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.')
			fn(e, entry->d_name);
}

static void drop_exit_file(ctr_engine_t *e, const char *name)
{
	char id[ID_SIZE];

	if (strlen(name) <= ID_LEN || name[ID_LEN] != '.')
		return;
	memcpy(id, name, ID_LEN);
	id[ID_LEN] = '\0';
	if (ident_is_id(id) && !has_row(e, id))
		(void)unlinkat(e->exits_fd, name, 0);
}

static void drop_directory(ctr_engine_t *e, const char *name)
{
	if (ident_is_id(name) && !has_row(e, name))
		(void)os_remove_tree(e->containers_fd, name);
}

/* Rows come before whatever is made for them and go after it, so a thing without a row is nobody's. */
static void drop_leftovers(ctr_engine_t *e, const struct op_call *call)
{
	CLEANUP_JSON json_t *ids = NULL;
	size_t n;

	each_name(e->exits_fd, drop_exit_file, e);
	each_name(e->containers_fd, drop_directory, e);
	if (storage_list(e->storage, &ids, call, NULL) < 0 || !ids)
		return;
	n = json_object_array_length(ids);
	for (size_t i = 0; i < n; i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(ids, i));

		if (id && ident_is_id(id) && !has_row(e, id))
			(void)storage_remove(e->storage, id, call, NULL);
	}
}

/* ---- another boot ---- */

static int is_same_epoch(const ctr_engine_t *e, uint64_t inode, uint64_t start)
{
	return STREQ(e->facts.boot_id, e->boot_id) && e->facts.pidns_inode == inode && e->facts.pidns_start == start;
}

static int any_monitor_alive(ctr_engine_t *e, ctr_error_t **err)
{
	CLEANUP_JSON json_t *instances = NULL;
	size_t n;
	int r = monitor_instances(&e->place, &instances, err);

	if (r < 0)
		return r;
	n = instances ? json_object_array_length(instances) : 0;
	for (size_t i = 0; i < n; i++)
		if (json_get_bool(json_object_array_get_idx(instances, i), "alive", 0))
			return 1;
	return 0;
}

/* The same boot seen from another pid namespace, while containers live in the first: their pids would mean nothing
 * here. */
static int refuse_foreign(ctr_engine_t *e, ctr_error_t **err)
{
	int r = STREQ(e->facts.boot_id, e->boot_id) ? any_monitor_alive(e, err) : 0;

	if (r <= 0)
		return r;
	return error_set(err, CTR_ERR_STORE_LOCKED, DOMAIN_CORE,
			 "the store %s is in use from another pid namespace; open it there, or stop its containers and "
			 "monitors first",
			 e->config.root);
}

static int import_records(ctr_engine_t *e, const struct row_list *rows, const struct op_call *call, ctr_error_t **err)
{
	for (size_t i = 0; i < rows->n; i++) {
		struct exit_record rec;
		int r;

		if (!state_is_live(rows->rows[i]->state) ||
		    exit_file_read(e->exits_fd, rows->rows[i]->id, rows->rows[i]->run, &rec) != 1)
			continue;
		r = store_exit_put(e->store, &rec, call, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The row says EXITED since the new epoch; the fields of the end come from the record, if one was written. */
static int fold_record(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct exit_record rec;
	struct container_row *row;
	int r;

	/* Initialised and never started: the run is taken back. */
	if (l->row->state == CTR_STATE_CONFIGURED)
		exit_fd_carry(l->c->engine, l->row->id, l->row->run, l->row->run + 1);
	exit_file_remove(l->c->engine->exits_fd, l->row->id, l->row->run);
	if (l->row->state != CTR_STATE_EXITED)
		return 0;
	if (l->row->exit_known || store_exit_get(l->c->engine->store, l->row->id, l->row->run, &rec, NULL) < 0)
		return l->row->auto_remove ? step_delete(l, call, err) : 0;
	row = container_row_copy(l->row);
	if (row) {
		row->exit_known = rec.known;
		row->exit_code = rec.known ? rec.exit_code : CTR_EXIT_UNKNOWN;
		row->exit_signal = rec.exit_signal;
		row->oom_killed = rec.oom_killed;
		row->finished_ns = rec.finished_ns;
		step_emit_row(l, "died", row, rec.finished_ns, NULL);
	}
	r = step_save(l, row, call, err);
	return r == 0 && l->row->auto_remove ? step_delete(l, call, err) : r;
}

/* The states of runtimes of earlier boots */
static void drop_old_runtime_states(ctr_engine_t *e)
{
	CLEANUP_CLOSE int runtime_fd = os_open_dir(e->root_fd, "runtime");
	int fd = runtime_fd >= 0 ? os_open_dir(runtime_fd, ".") : -1;
	CLEANUP_CLOSEDIR DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.' && !STREQ(entry->d_name, e->boot_id))
			(void)os_remove_tree(runtime_fd, entry->d_name);
}

static void visit_after_boot(ctr_engine_t *e, const struct row_list *rows, const struct op_call *call)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct container_row *row = rows->rows[i];

		if (row->auto_remove || state_is_live(row->state) || row->state == CTR_STATE_STOPPED ||
		    row->state == CTR_STATE_REMOVING) {
			CLEANUP_ROW struct container_row *now = NULL;
			int32_t after = CTR_STATE_UNKNOWN;

			/* Its lock slot is a new one. */
			if (store_container_load(e->store, row->id, &now, NULL) == 0 && visit(e, now, fold_record, &after, call))
				recover_note(e, row, after);
		}
	}
}

static int new_epoch(ctr_engine_t *e, uint64_t inode, uint64_t start, const struct op_call *call, ctr_error_t **err)
{
	struct row_list rows = {.n = 0};
	int r = refuse_foreign(e, err);

	if (r < 0 || (r = store_container_list(e->store, &rows, err)) < 0)
		return r;
	r = import_records(e, &rows, call, err);
	memcpy(e->facts.boot_id, e->boot_id, sizeof(e->facts.boot_id));
	e->facts.pidns_inode = inode;
	e->facts.pidns_start = start;
	if (r == 0)
		r = store_new_epoch(e->store, e->epoch, &e->facts, call, err);
	if (r == 0) {
		visit_after_boot(e, &rows, call);
		drop_old_runtime_states(e);
		(void)store_exit_prune(e->store, clock_realtime_ns() - KEEP_RECORDS_NS, call, NULL);
	}
	row_list_reset(&rows);
	return r;
}

/* ---- every open ---- */

/* Before containers: what is done to a pod takes its members with it. */
static int finish_pods(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err)
{
	struct pod_row_list pods = {.n = 0};
	int some, r = store_pod_list_intents(e->store, &pods, err);

	for (size_t i = 0; r == 0 && i < pods.n; i++) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		struct pod_locked pl;
		ctr_pod_t *pod = NULL;

		r = core_pod_new_handle(e, pods.rows[i], &pod, err);
		if (r < 0)
			break;
		r = core_pod_try_lock(pod, "engine_open", call, &pl, &why);
		if (r == 0)
			r = core_pod_unlock(&pl, 0, &why);
		if (r < 0 && r != -EBUSY && r != CTR_ERR_REMOVED)
			core_log(e, CTR_LOG_WARNING, DOMAIN_CORE, NULL, "pod %s: %s", pod->name,
				 why ? error_message(why) : error_code_name(r));
		core_pod_unref(pod);
		r = 0;
	}
	some = pods.n > 0;
	pod_row_list_reset(&pods);
	return r < 0 ? r : some;
}

/* Locking alone finishes or undoes what is half done. 1: there was something */
static int finish_intents(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err)
{
	struct row_list rows = {.n = 0};
	int pods = finish_pods(e, call, err), r;

	if (pods < 0 || (r = store_container_list_intents(e->store, &rows, err)) < 0)
		return pods < 0 ? pods : r;
	for (size_t i = 0; i < rows.n; i++)
		r |= visit(e, rows.rows[i], NULL, NULL, call);
	row_list_reset(&rows);
	return r | pods;
}

static int needs_monitor(const struct container_row *row)
{
	if (row->restart_at_ns || (*row->restart_policy && (row->state == CTR_STATE_STOPPED || policy_needs_clock(row))))
		return 1;
	return state_is_live(row->state) && row->pid > 0;
}

static void adopt_orphan(ctr_engine_t *e, struct container_row *row, const struct op_call *call)
{
	int32_t after = row->state;

	if (visit(e, row, policy_resume, &after, call) && state_is_live(row->state))
		recover_note(e, row, after);
}

/* Live containers whose keeper and monitor are gone get another pair: locking them does it. So do those that wait for
 * their policy's restart. */
static int adopt_orphans(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_STRV char **dead = NULL;
	struct row_list rows = {.n = 0};
	int r = store_live_monitors(e->store, &dead, err);
	size_t n = 0;

	if (r < 0)
		return r;
	for (size_t i = 0; dead && dead[i]; i++) {
		if (monitor_is_alive(&e->place, dead[i], NULL) != 0 && !monitor_is_fresh(&e->place, dead[i]))
			free(dead[i]);
		else
			dead[n++] = dead[i];
	}
	if (dead)
		dead[n] = NULL;
	if (n == 0 || (r = store_container_list(e->store, &rows, err)) < 0)
		return r;
	for (size_t i = 0; i < rows.n; i++)
		if (needs_monitor(rows.rows[i]) && strv_contains((const char *const *)dead, rows.rows[i]->monitor))
			adopt_orphan(e, rows.rows[i], call);
	row_list_reset(&rows);
	return 0;
}

int core_recover_at_open(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err)
{
	uint64_t inode = 0, start = 0;
	int swept = 0, r = os_pidns_identity(&inode, &start);

	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r,
				       "cannot tell which pid namespace this is; is /proc mounted?");
	/* Without locks the store itself says so: where its facts disagree among each other (damage), both must. */
	if (!is_same_epoch(e, inode, start) || !store_locks(e->store)) {
		r = new_epoch(e, inode, start, call, err);
		swept = 1;
	}
	if (r < 0 || (r = finish_intents(e, call, err)) < 0)
		return r;
	if (r > 0 || swept)
		drop_leftovers(e, call);
	/* For a process that was killed between storing one and telling of it. */
	store_ring_events(e->store, call);
	return adopt_orphans(e, call, err);
}
