/* SPDX-License-Identifier: Apache-2.0 */
/* What is true of a container right now, without any lock: its row, with the exit record of its run folded in. */
#include "base/mem.h"
#include "core/steps.h"

static int fold(struct container_row *row, const struct exit_record *rec, struct container_row **ret, ctr_error_t **err)
{
	struct container_row *seen = container_row_copy(row);

	if (!seen)
		return error_no_memory(err);
	seen->state = CTR_STATE_STOPPED;
	seen->pid = 0;
	seen->exit_known = rec->known;
	seen->exit_code = rec->known ? rec->exit_code : CTR_EXIT_UNKNOWN;
	seen->exit_signal = rec->exit_signal;
	seen->oom_killed = rec->oom_killed;
	seen->finished_ns = rec->finished_ns;
	if (*rec->error && container_row_set(&seen->error, rec->error) < 0) {
		container_row_unref(seen);
		return error_no_memory(err);
	}
	*ret = seen;
	return 0;
}

/* The null runtime's containers end by the clock; nobody writes their record until somebody comes by. */
static int null_ended(const struct container_row *row, struct exit_record *rec)
{
	uint64_t left = 0;

	return step_null_end(row, rec, &left) && left == 0;
}

int core_observe(ctr_engine_t *e, struct container_row *row, struct container_row **ret, ctr_error_t **err)
{
	struct exit_record rec = { .known = 0 };

	if (state_is_live(row->state) && (exit_file_read(e->exits_fd, row->id, row->run, &rec) == 1 || null_ended(row, &rec)))
		return fold(row, &rec, ret, err);
	*ret = container_row_ref(row);
	return 0;
}

static int removed(ctr_container_t *c, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_REMOVED, DOMAIN_CORE, "container %s (%.12s) has been removed; only wait and exit_fd still answer", c->name,
			 c->id);
}

int core_container_snapshot(ctr_container_t *c, struct container_row **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	uint64_t rev = 0;
	int r;

	r = batch_check(c, err);
	if (r < 0)
		return r;
	if (atomic_load(&c->removed))
		return removed(c, err);
	pthread_mutex_lock(&c->cache_lock);
	row = container_row_ref(c->row);
	pthread_mutex_unlock(&c->cache_lock);
	if (row && row->config) {
		struct lock_ref ref = { .slot = row->slot, .generation = row->generation, .id = row->id };

		if (lock_rev_get(store_locks(c->engine->store), &ref, &rev) == 0 && rev != 0 && rev == row->rev)
			return core_observe(c->engine, row, ret, err);
	}
	container_row_unref(TAKE_PTR(row));
	r = store_container_load(c->engine->store, c->id, &row, &why);
	if (r == CTR_ERR_NO_SUCH_CONTAINER) {
		pthread_mutex_lock(&c->cache_lock);
		if (c->row && c->row->run > c->last_run)
			c->last_run = c->row->run;
		pthread_mutex_unlock(&c->cache_lock);
		atomic_store(&c->removed, 1);
		return removed(c, err);
	}
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	pthread_mutex_lock(&c->cache_lock);
	if (!c->row || !c->row->config || c->row->rev <= row->rev) {
		container_row_unref(c->row);
		c->row = container_row_ref(row);
	}
	pthread_mutex_unlock(&c->cache_lock);
	return core_observe(c->engine, row, ret, err);
}
