/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_engine_lock_audit: slots of the database against slots in shared memory, and who holds what. */
#include <string.h>
#include "base/mem.h"
#include "core/core.h"

struct audit {
	struct lock_table *locks;
	json_t *leaked, *held;
	uint32_t slots;
	uint64_t used;
	int failed;
};

static int put_held(struct audit *a, const struct lock_slot_info *info)
{
	json_t *o = json_object_new_object();

	if (!o || (json_put_i64(o, "slot", info->slot) | json_put_str(o, "object_id", info->id) | json_put_i64(o, "pid", info->pid) |
		   json_put_i64(o, "tid", info->tid) | json_put_str(o, "operation", info->operation) |
		   json_put_u64(o, "since_ns", info->since_ns)) != 0) {
		json_object_put(o);
		return -1;
	}
	return json_push(a->held, o);
}

static int put_leaked(struct audit *a, uint32_t slot, uint64_t generation, const char *kind, const char *id)
{
	json_t *o = json_object_new_object();

	if (!o || (json_put_i64(o, "slot", slot) | json_put_str(o, "kind", kind) | json_put_str(o, "object_id", id) |
		   json_put_u64(o, "generation", generation)) != 0) {
		json_object_put(o);
		return -1;
	}
	return json_push(a->leaked, o);
}

/* A slot of the database that shared memory gives to another object is one nobody could ever lock again. */
static int each(uint32_t slot, uint64_t generation, const char *kind, const char *id, void *userdata)
{
	struct audit *a = userdata;
	struct lock_slot_info info;

	a->used++;
	if (lock_slot_info(a->locks, slot, &info) < 0 || info.generation != generation || !STREQ(info.id, id))
		a->failed |= put_leaked(a, slot, generation, kind, id) != 0;
	return 0;
}

static void collect_held(struct audit *a)
{
	for (uint32_t slot = 0; slot < a->slots; slot++) {
		struct lock_slot_info info;

		if (lock_slot_info(a->locks, slot, &info) == 0 && info.held)
			a->failed |= put_held(a, &info) != 0;
	}
}

int core_engine_lock_audit(ctr_engine_t *e, char **ret_json, ctr_error_t **err)
{
	CLEANUP_JSON json_t *o = json_object_new_object(), *leaked = json_object_new_array(), *held = json_object_new_array();
	struct audit a = { .locks = store_locks(e->store), .leaked = leaked, .held = held };
	char *text = NULL;
	int r;

	if (!o || !leaked || !held)
		return error_no_memory(err);
	r = store_each_slot(e->store, each, &a, err);
	if (r < 0)
		return r;
	a.slots = lock_table_slots(a.locks);
	collect_held(&a);
	if (!a.failed && (json_put_u64(o, "slots", a.slots) | json_put_u64(o, "used", a.used) | json_put(o, "leaked", TAKE_PTR(leaked)) |
			  json_put(o, "held", TAKE_PTR(held))) == 0)
		text = json_print(o);
	if (!text)
		return error_no_memory(err);
	*ret_json = text;
	return 0;
}
