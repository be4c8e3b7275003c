/* SPDX-License-Identifier: Apache-2.0 */
/* Pod handles: bound to an id, shared by threads, with a snapshot of the row that the slot's rev keeps honest. */
#include <string.h>
#include "base/mem.h"
#include "core/pods.h"

int core_pod_new_handle(ctr_engine_t *e, struct pod_row *row, ctr_pod_t **ret, ctr_error_t **err)
{
	ctr_pod_t *pod = NEW0(struct ctr_pod);

	if (!pod)
		return error_no_memory(err);
	pod->name = str_dup(str_or_empty(row->name));
	if (!pod->name) {
		free(pod);
		return error_no_memory(err);
	}
	atomic_init(&pod->refs, 1);
	atomic_init(&pod->removed, 0);
	pod->pid = e->pid;
	pod->engine = core_engine_ref(e);
	memcpy(pod->id, row->id, sizeof(pod->id));
	pthread_mutex_init(&pod->cache_lock, NULL);
	pod->row = pod_row_ref(row);
	*ret = pod;
	return 0;
}

ctr_pod_t *core_pod_ref(ctr_pod_t *pod)
{
	if (pod)
		atomic_fetch_add_explicit(&pod->refs, 1, memory_order_relaxed);
	return pod;
}

ctr_pod_t *core_pod_unref(ctr_pod_t *pod)
{
	if (!pod || atomic_fetch_sub_explicit(&pod->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	pod_row_unref(pod->row);
	pthread_mutex_destroy(&pod->cache_lock);
	core_engine_unref(pod->engine);
	free(pod->name);
	free(pod);
	return NULL;
}

int core_pod_open(ctr_engine_t *e, const char *name_or_id, ctr_pod_t **ret, ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *row = NULL;
	const char *name = ident_plain_name(name_or_id);
	int r;

	if (!*name)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "the name of a pod must not be empty; give its name or id");
	r = store_pod_find(e->store, name, &row, err);
	return r < 0 ? r : core_pod_new_handle(e, row, ret, err);
}

int step_pod_removed(ctr_pod_t *pod, ctr_error_t **err)
{
	atomic_store(&pod->removed, 1);
	error_set(err, CTR_ERR_REMOVED, DOMAIN_CORE, "pod %s (%.12s) has been removed", pod->name, pod->id);
	error_detail(err, "pod", pod->id);
	return CTR_ERR_REMOVED;
}

void core_pod_cache(ctr_pod_t *pod, struct pod_row *row)
{
	pthread_mutex_lock(&pod->cache_lock);
	if (!pod->row || pod->row->rev <= row->rev) {
		pod_row_unref(pod->row);
		pod->row = pod_row_ref(row);
	}
	pthread_mutex_unlock(&pod->cache_lock);
}

int core_pod_load(ctr_pod_t *pod, struct pod_row **ret, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = store_pod_load(pod->engine->store, pod->id, ret, &why);

	if (r == CTR_ERR_NO_SUCH_POD)
		return step_pod_removed(pod, err);
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}

int core_pod_snapshot(ctr_pod_t *pod, struct pod_row **ret, ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *row = NULL;
	struct lock_ref ref;
	uint64_t rev = 0;
	int r;

	if (atomic_load(&pod->removed))
		return step_pod_removed(pod, err);
	pthread_mutex_lock(&pod->cache_lock);
	row = pod_row_ref(pod->row);
	pthread_mutex_unlock(&pod->cache_lock);
	ref = (struct lock_ref){.slot = row->slot, .generation = row->generation, .id = row->id};
	if (lock_rev_get(store_locks(pod->engine->store), &ref, &rev) == 0 && rev != 0 && rev == row->rev) {
		*ret = TAKE_PTR(row);
		return 0;
	}
	pod_row_unref(TAKE_PTR(row));
	r = core_pod_load(pod, &row, err);
	if (r < 0)
		return r;
	core_pod_cache(pod, row);
	*ret = TAKE_PTR(row);
	return 0;
}
