/* SPDX-License-Identifier: Apache-2.0 */
/* The store in one process: rows, names, lookup, revisions, exit records, slots, epochs, many threads. */
#include <pthread.h>
#include "state_fixture.h"

static struct container_row *load(struct store *s, unsigned n)
{
	struct container_row *row = NULL;
	char id[ID_SIZE];

	make_id(id, n);
	assert_int_equal(store_container_load(s, id, &row, NULL), 0);
	return row;
}

static void test_first_open(void **state)
{
	struct fixture *f = *state;
	struct store_facts wanted = {.root = (char *)"/other", .hooks_dir = (char *)"/hooks"}, facts = {0};
	struct store *again = NULL;
	struct stat st;
	char uuid[37];

	assert_int_equal(fstatat(f->rootfd, "ctr.db", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fstatat(f->rootfd, "ctr.db-wal", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_non_null(store_locks(f->s));
	assert_int_equal(store_schema_version(f->s), 2);
	assert_int_equal(store_open(f->rootfd, f->dir, &wanted, EPOCH, NULL, &again, &facts, NULL), 0);
	/* what the first open said stays, what it left open is filled in */
	assert_string_equal(facts.root, f->dir);
	assert_string_equal(facts.run_root, "/run/x");
	assert_string_equal(facts.hooks_dir, "/hooks");
	assert_string_equal(facts.storage, "");
	assert_string_equal(facts.boot_id, EPOCH);
	assert_int_equal(facts.pidns_inode, 7);
	assert_int_equal(facts.pidns_start, 8);
	assert_int_equal(strlen(facts.uuid), 36);
	strcpy(uuid, facts.uuid);
	store_close(again);
	store_facts_reset(&facts);
	wanted.hooks_dir = (char *)"/elsewhere";
	assert_int_equal(store_open(f->rootfd, f->dir, &wanted, EPOCH, NULL, &again, &facts, NULL), 0);
	assert_string_equal(facts.hooks_dir, "/hooks");
	assert_string_equal(facts.uuid, uuid);
	store_close(again);
	store_facts_reset(&facts);
}

static void test_insert_load_save(void **state)
{
	struct fixture *f = *state;
	struct container_row *row = make_row(1), *back = NULL, *shared;
	struct lock_guard guard = {0};
	struct lock_slot_info info;
	struct lock_ref ref;
	uint64_t rev = 0;

	assert_int_equal(store_container_insert(f->s, row, NULL, &guard, NULL), 0);
	assert_int_equal(row->rev, 1);
	assert_int_equal(row->intent, INTENT_CREATE);
	assert_int_equal(lock_slot_info(store_locks(f->s), row->slot, &info), 0);
	assert_true(info.held);
	assert_string_equal(info.operation, "container_create");
	ref = ref_of(row);
	assert_int_equal(lock_rev_get(store_locks(f->s), &ref, &rev), 0);
	assert_int_equal(rev, 1);
	/* half made: nobody finds it by name, the list of intents has it */
	assert_int_equal(store_container_find(f->s, "name1", &back, NULL), CTR_ERR_NO_SUCH_CONTAINER);

	row->intent = INTENT_NONE;
	row->run = UINT64_C(0x8000000000000001);
	row->pid_inode = UINT64_MAX;
	row->pid = 4711;
	row->exit_code = 137;
	row->restart_count = UINT32_MAX;
	assert_int_equal(container_row_set(&row->cgroups, "{\"unified\":\"/x\"}"), 0);
	shared = container_row_ref(row);
	assert_int_equal(store_container_save(f->s, &row, NULL, NULL, NULL), 0);
	assert_ptr_not_equal(row, shared);
	assert_int_equal(shared->rev, 1);
	assert_int_equal(row->rev, 2);
	lock_release(&guard);

	fixture_reopen(f);
	back = load(f->s, 1);
	assert_int_equal(back->rev, 2);
	assert_true(back->run == UINT64_C(0x8000000000000001));
	assert_true(back->pid_inode == UINT64_MAX);
	assert_int_equal(back->pid, 4711);
	assert_int_equal(back->exit_code, 137);
	assert_true(back->restart_count == UINT32_MAX);
	assert_string_equal(back->cgroups, "{\"unified\":\"/x\"}");
	assert_string_equal(back->config, "{\"a\":1}");
	assert_string_equal(back->name, "name1");
	assert_int_equal(lock_rev_get(store_locks(f->s), &ref, &rev), 0);
	assert_int_equal(rev, 2);
	container_row_unref(back);
	container_row_unref(row);
	container_row_unref(shared);
}

static void test_refused_saves_change_nothing(void **state)
{
	struct fixture *f = *state;
	struct container_row *row, *stale;
	struct lock_guard guard = {0};
	struct lock_ref ref;

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	row = load(f->s, 1);
	stale = container_row_copy(row);
	ref = ref_of(row);
	assert_int_equal(lock_take(store_locks(f->s), &ref, LOCK_RANK_CONTAINER, "test", NULL, &guard, NULL), 0);
	row->state = CTR_STATE_PAUSED;
	assert_int_equal(store_container_save(f->s, &row, NULL, NULL, NULL), CTR_ERR_INTERNAL);
	row->state = CTR_STATE_CREATED;
	assert_int_equal(store_container_save(f->s, &row, NULL, NULL, NULL), 0);
	stale->pid = 1;
	assert_int_equal(store_container_save(f->s, &stale, NULL, NULL, NULL), CTR_ERR_INTERNAL);
	container_row_unref(row);
	row = load(f->s, 1);
	assert_int_equal(row->state, CTR_STATE_CREATED);
	assert_int_equal(row->pid, 0);
	assert_int_equal(row->rev, 3);
	assert_int_equal(store_container_delete(f->s, row, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(store_container_save(f->s, &row, NULL, NULL, NULL), CTR_ERR_REMOVED);
	assert_int_equal(store_container_delete(f->s, row, NULL, NULL, NULL, NULL), CTR_ERR_REMOVED);
	lock_release(&guard);
	container_row_unref(row);
	container_row_unref(stale);
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	CLEANUP_ERROR ctr_error_t *err = NULL;
	struct container_row *row = make_row(2), *other, *back = NULL;
	struct lock_guard guard = {0}, half = {0};
	char id1[ID_SIZE], id3[ID_SIZE];

	make_id(id1, 1);
	make_id(id3, 3);
	assert_int_equal(make_container(f->s, 1, NULL), 0);
	container_row_set(&row->name, "name1");
	assert_int_equal(store_container_insert(f->s, row, NULL, &guard, &err), CTR_ERR_NAME_IN_USE);
	assert_null(guard.table);
	assert_string_equal(error_get_detail(err, "container"), id1);
	assert_null(error_get_detail(err, "intent_id"));
	error_unref(TAKE_PTR(err));
	/* the failed one gave its slot back */
	assert_int_equal(make_container(f->s, 4, NULL), 0);
	back = load(f->s, 4);
	assert_int_equal(back->slot, 1);

	other = make_row(3);
	assert_int_equal(store_container_insert(f->s, other, NULL, &half, NULL), 0);
	container_row_set(&row->name, "name3");
	assert_int_equal(store_container_insert(f->s, row, NULL, &guard, &err), CTR_ERR_NAME_IN_USE);
	assert_string_equal(error_get_detail(err, "intent_id"), id3);
	lock_release(&half);

	assert_int_equal(store_container_rename(f->s, &back, "name1", NULL, NULL, NULL), CTR_ERR_NAME_IN_USE);
	assert_string_equal(back->name, "name4");
	assert_int_equal(store_container_rename(f->s, &back, "better", NULL, NULL, NULL), 0);
	assert_string_equal(back->name, "better");
	assert_int_equal(back->rev, 3);
	container_row_unref(TAKE_PTR(back));
	assert_int_equal(store_container_find(f->s, "better", &back, NULL), 0);
	assert_int_equal(back->rev, 3);
	container_row_unref(TAKE_PTR(back));
	assert_int_equal(store_container_find(f->s, "name4", &back, NULL), CTR_ERR_NO_SUCH_CONTAINER);
	container_row_unref(row);
	container_row_unref(other);
}

static void insert_with_id(struct store *s, const char *id, const char *name)
{
	struct container_row *row = make_row(1);
	struct lock_guard guard = {0};

	snprintf(row->id, sizeof(row->id), "%s", id);
	container_row_set(&row->name, name);
	assert_int_equal(store_container_insert(s, row, NULL, &guard, NULL), 0);
	row->intent = INTENT_NONE;
	assert_int_equal(store_container_save(s, &row, NULL, NULL, NULL), 0);
	lock_release(&guard);
	container_row_unref(row);
}

static void check_find(struct store *s, const char *key, int expected, const char *name)
{
	struct container_row *row = NULL;

	assert_int_equal(store_container_find(s, key, &row, NULL), expected);
	if (expected == 0)
		assert_string_equal(row->name, name);
	container_row_unref(row);
}

static void test_find(void **state)
{
	struct fixture *f = *state;
	char a[ID_SIZE], b[ID_SIZE], c[ID_SIZE];

	snprintf(a, sizeof(a), "%064d", 0);
	snprintf(b, sizeof(b), "00%062d", 1);
	memset(c, 'f', ID_LEN);
	c[ID_LEN] = '\0';
	insert_with_id(f->s, a, "one");
	insert_with_id(f->s, b, "two");
	insert_with_id(f->s, c, "0000");
	check_find(f->s, "one", 0, "one");
	check_find(f->s, "0000", 0, "0000"); /* a name wins over ids */
	check_find(f->s, "000", CTR_ERR_AMBIGUOUS, NULL);
	check_find(f->s, "f", 0, "0000");
	check_find(f->s, c, 0, "0000");
	check_find(f->s, a, 0, "one");
	check_find(f->s, "e", CTR_ERR_NO_SUCH_CONTAINER, NULL);
	check_find(f->s, "%", CTR_ERR_NO_SUCH_CONTAINER, NULL);
	check_find(f->s, "o_e", CTR_ERR_NO_SUCH_CONTAINER, NULL);
	check_find(f->s, "", CTR_ERR_NO_SUCH_CONTAINER, NULL);
}

static void test_list_and_count(void **state)
{
	struct fixture *f = *state;
	struct row_list l = {0};
	struct store_counts n;
	struct container_row *half = make_row(50);
	struct lock_guard guard = {0};

	/* newest first into the table, so that the order of rows is not the answer */
	for (unsigned i = 40; i > 0; i--)
		assert_int_equal(make_container(f->s, i, NULL), 0);
	assert_int_equal(store_container_insert(f->s, half, NULL, &guard, NULL), 0);
	assert_int_equal(store_container_list(f->s, &l, NULL), 0);
	assert_int_equal(l.n, 40);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(l.rows[i]->created_ns, i + 2);
	assert_string_equal(l.rows[0]->labels, "{}");
	row_list_reset(&l);
	assert_int_equal(store_container_list_intents(f->s, &l, NULL), 0);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.rows[0]->id, half->id);
	assert_string_equal(l.rows[0]->config, half->config);
	row_list_reset(&l);
	assert_int_equal(store_count(f->s, &n, NULL), 0);
	assert_int_equal(n.containers, 40);
	assert_int_equal(n.stopped, 40);
	assert_int_equal(n.slots_used, 41);
	lock_release(&guard);
	container_row_unref(half);
}

static void test_saving_a_listed_row_keeps_its_config(void **state)
{
	struct fixture *f = *state;
	struct container_row *row;
	struct row_list l = {0};

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	assert_int_equal(store_container_list(f->s, &l, NULL), 0);
	l.rows[0]->pid = 3;
	assert_int_equal(store_container_save(f->s, &l.rows[0], NULL, NULL, NULL), 0);
	row_list_reset(&l);
	row = load(f->s, 1);
	assert_int_equal(row->pid, 3);
	assert_string_equal(row->config, "{\"a\":1}");
	container_row_unref(row);
}

static void test_exit_records(void **state)
{
	struct fixture *f = *state;
	struct exit_record rec = {.run = 3, .known = 1, .exit_code = 42, .finished_ns = 1000, .error = "x"}, back;
	struct container_row *row;

	make_id(rec.id, 1);
	assert_int_equal(make_container(f->s, 1, NULL), 0);
	assert_int_equal(store_exit_get(f->s, rec.id, 3, &back, NULL), CTR_ERR_NO_SUCH_EXIT_CODE);
	assert_int_equal(store_exit_put(f->s, &rec, NULL, NULL), 0);
	assert_int_equal(store_exit_get(f->s, rec.id, 3, &back, NULL), 0);
	assert_int_equal(back.exit_code, 42);
	assert_string_equal(back.error, "x");
	/* what was seen is not replaced by "unknown" */
	rec.known = 0;
	rec.exit_code = CTR_EXIT_UNKNOWN;
	assert_int_equal(store_exit_put(f->s, &rec, NULL, NULL), 0);
	assert_int_equal(store_exit_get(f->s, rec.id, 3, &back, NULL), 0);
	assert_int_equal(back.exit_code, 42);
	/* removal imports the last one, which survives it */
	rec = (struct exit_record){.run = 4, .known = 1, .exit_code = 137, .exit_signal = 9, .finished_ns = 2000};
	make_id(rec.id, 1);
	row = load(f->s, 1);
	assert_int_equal(store_container_delete(f->s, row, &rec, NULL, NULL, NULL), 0);
	container_row_unref(row);
	assert_int_equal(store_exit_last(f->s, rec.id, &back, NULL), 0);
	assert_int_equal(back.run, 4);
	assert_int_equal(back.exit_signal, 9);
	assert_int_equal(make_container(f->s, 2, NULL), 0);
	make_id(rec.id, 2);
	assert_int_equal(store_exit_put(f->s, &rec, NULL, NULL), 0);
	assert_int_equal(store_exit_prune(f->s, 5000, NULL, NULL), 0);
	assert_int_equal(store_exit_last(f->s, rec.id, &back, NULL), 0); /* its container exists */
	make_id(rec.id, 1);
	assert_int_equal(store_exit_last(f->s, rec.id, &back, NULL), CTR_ERR_NO_SUCH_EXIT_CODE);
}

static void delete_one(struct store *s, unsigned n)
{
	struct container_row *row = load(s, n);
	struct lock_ref ref = ref_of(row);
	struct lock_guard guard = {0}, again = {0};

	assert_int_equal(lock_take(store_locks(s), &ref, LOCK_RANK_CONTAINER, "test", NULL, &guard, NULL), 0);
	assert_int_equal(store_container_delete(s, row, NULL, NULL, NULL, NULL), 0);
	lock_release(&guard);
	assert_int_equal(lock_take(store_locks(s), &ref, LOCK_RANK_CONTAINER, "test", NULL, &again, NULL), CTR_ERR_REMOVED);
	container_row_unref(row);
}

static int count_slot(uint32_t slot, uint64_t generation, const char *kind, const char *id, void *userdata)
{
	assert_true(generation > 0);
	assert_string_equal(kind, "container");
	assert_int_equal(strlen(id), ID_LEN);
	assert_true(slot < 1024);
	++*(unsigned *)userdata;
	return 0;
}

static void test_slots_do_not_leak(void **state)
{
	struct fixture *f = *state;
	struct store_counts n;
	unsigned seen = 0;

	for (unsigned i = 0; i < 3000; i++) {
		assert_int_equal(make_container(f->s, i, NULL), 0);
		if (i >= 10)
			delete_one(f->s, i - 10);
	}
	assert_int_equal(store_count(f->s, &n, NULL), 0);
	assert_int_equal(n.slots_used, 10);
	assert_int_equal(store_each_slot(f->s, count_slot, &seen, NULL), 0);
	assert_int_equal(seen, 10);
	assert_int_equal(lock_table_segments(store_locks(f->s)), 1);
}

/* Slots of a removed object that a thread still holds are left to it. */
static void test_busy_slot_is_not_given_away(void **state)
{
	struct fixture *f = *state;
	struct container_row *row, *next;
	struct lock_guard guard = {0};
	struct lock_ref ref;

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	row = load(f->s, 1);
	ref = ref_of(row);
	assert_int_equal(lock_take(store_locks(f->s), &ref, LOCK_RANK_CONTAINER, "test", NULL, &guard, NULL), 0);
	assert_int_equal(store_container_delete(f->s, row, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(make_container(f->s, 2, NULL), 0);
	next = load(f->s, 2);
	assert_int_not_equal(next->slot, row->slot);
	lock_release(&guard);
	container_row_unref(next);
	assert_int_equal(make_container(f->s, 3, NULL), 0);
	next = load(f->s, 3);
	assert_int_equal(next->slot, row->slot);
	container_row_unref(next);
	container_row_unref(row);
}

static void test_segments_are_added_and_followed(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	struct container_row *row;
	struct lock_guard guard = {0};
	struct lock_ref ref;

	assert_int_equal(fixture_open(f, EPOCH, &other, NULL), 0);
	for (unsigned i = 0; i < 1030; i++)
		assert_int_equal(make_container(f->s, i, NULL), 0);
	assert_int_equal(lock_table_segments(store_locks(f->s)), 2);
	/* whoever reads a row can take its lock */
	row = load(other, 1029);
	ref = ref_of(row);
	assert_int_equal(lock_take(store_locks(other), &ref, LOCK_RANK_CONTAINER, "test", NULL, &guard, NULL), 0);
	lock_release(&guard);
	container_row_unref(row);
	store_close(other);
}

static void test_another_epoch(void **state)
{
	struct fixture *f = *state;
	struct store_facts now = {.boot_id = "boot-2", .pidns_inode = 70};
	struct container_row *row;
	struct lock_guard guard = {0};
	struct lock_ref ref;
	struct row_list l = {0};
	char *old_uuid = NULL, path[128];
	struct exit_record rec = {.run = 1, .known = 1};

	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(make_container(f->s, i, NULL), 0);
	delete_one(f->s, 0);
	row = load(f->s, 2);
	row->state = CTR_STATE_CREATED;
	row->run = 9;
	assert_int_equal(store_container_save(f->s, &row, NULL, NULL, NULL), 0);
	row->state = CTR_STATE_RUNNING;
	row->pid = 99;
	row->mounted = 1;
	assert_int_equal(store_container_save(f->s, &row, NULL, NULL, NULL), 0);
	assert_int_equal(store_meta_get(f->s, "lock_uuid", &old_uuid, NULL), 0);
	f->s = store_close(f->s);
	/* as a reboot does */
	lock_segment_remove(old_uuid, 0);

	assert_int_equal(fixture_open(f, "boot-2", &f->s, NULL), 0);
	assert_null(store_locks(f->s));
	/* reading goes, importing goes, changing does not */
	assert_int_equal(store_container_list(f->s, &l, NULL), 0);
	assert_int_equal(l.n, 2);
	make_id(rec.id, 2);
	assert_int_equal(store_exit_put(f->s, &rec, NULL, NULL), 0);
	assert_int_equal(store_container_save(f->s, &row, NULL, NULL, NULL), CTR_ERR_STORE_LOCKED);
	row_list_reset(&l);
	container_row_unref(row);

	assert_int_equal(store_new_epoch(f->s, "boot-2", &now, NULL, NULL), 0);
	assert_non_null(store_locks(f->s));
	row = load(f->s, 2);
	assert_int_equal(row->state, CTR_STATE_EXITED);
	assert_int_equal(row->pid, 0);
	assert_int_equal(row->mounted, 0);
	assert_int_equal(row->run, 9);
	assert_int_equal(row->slot, 2);
	ref = ref_of(row);
	assert_int_equal(lock_take(store_locks(f->s), &ref, LOCK_RANK_CONTAINER, "test", NULL, &guard, NULL), 0);
	lock_release(&guard);
	container_row_unref(row);
	row = load(f->s, 1);
	assert_int_equal(row->state, CTR_STATE_CONFIGURED);
	container_row_unref(row);
	/* the free slot is still known */
	assert_int_equal(make_container(f->s, 5, NULL), 0);
	row = load(f->s, 5);
	assert_int_equal(row->slot, 0);
	container_row_unref(row);
	snprintf(path, sizeof(path), "/dev/shm/libctr-%s-0", old_uuid);
	assert_int_equal(access(path, F_OK), -1);
	free(old_uuid);
	f->s = store_close(f->s);
	assert_int_equal(fixture_open(f, "boot-2", &f->s, NULL), 0);
	assert_non_null(store_locks(f->s));
}

static void test_missing_segment_is_a_mismatch(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	char *uuid = NULL;

	assert_int_equal(store_meta_get(f->s, "lock_uuid", &uuid, NULL), 0);
	lock_segment_remove(uuid, 0);
	assert_int_equal(fixture_open(f, EPOCH, &other, NULL), CTR_ERR_STORE_MISMATCH);
	assert_null(other);
	assert_int_equal(make_container(f->s, 1, NULL), CTR_ERR_STORE_MISMATCH);
	free(uuid);
}

struct worker {
	struct store *s;
	unsigned first;
	int failures;
};

/* Each thread changes its own containers and everybody's shared one. */
static void *work(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < 40; i++) {
		struct container_row *row = NULL, *copy;
		struct lock_guard guard = {0};
		struct lock_ref ref;
		char id[ID_SIZE];

		w->failures += make_container(w->s, w->first + i, NULL) != 0;
		make_id(id, 0);
		w->failures += store_container_load(w->s, id, &row, NULL) != 0;
		ref = ref_of(row);
		w->failures += lock_take(store_locks(w->s), &ref, LOCK_RANK_CONTAINER, "test", NULL, &guard, NULL) != 0;
		container_row_unref(row);
		w->failures += store_container_load(w->s, id, &row, NULL) != 0;
		copy = container_row_copy(row);
		copy->pid++;
		w->failures += store_container_save(w->s, &copy, NULL, NULL, NULL) != 0;
		lock_release(&guard);
		store_maintain(w->s, 0);
		container_row_unref(row);
		container_row_unref(copy);
	}
	return NULL;
}

static void test_many_threads(void **state)
{
	struct fixture *f = *state;
	struct worker w[24] = {{0}};
	pthread_t t[24];
	struct container_row *row;
	struct row_list l = {0};

	assert_int_equal(make_container(f->s, 0, NULL), 0);
	for (unsigned i = 0; i < 24; i++) {
		w[i] = (struct worker){.s = f->s, .first = 1000 * (i + 1)};
		assert_int_equal(pthread_create(&t[i], NULL, work, &w[i]), 0);
	}
	for (unsigned i = 0; i < 24; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(w[i].failures, 0);
	}
	row = load(f->s, 0);
	assert_int_equal(row->pid, 24 * 40);
	container_row_unref(row);
	assert_int_equal(store_container_list(f->s, &l, NULL), 0);
	assert_int_equal(l.n, 24 * 40 + 1);
	row_list_reset(&l);
	assert_int_equal(store_make_durable(f->s, NULL), 0);
}

static void test_meta(void **state)
{
	struct fixture *f = *state;
	char *value = NULL;

	assert_int_equal(store_meta_get(f->s, "k", &value, NULL), 0);
	assert_null(value);
	assert_int_equal(store_meta_set(f->s, "k", "v1", NULL, NULL), 0);
	assert_int_equal(store_meta_set(f->s, "k", "v2", NULL, NULL), 0);
	fixture_reopen(f);
	assert_int_equal(store_meta_get(f->s, "k", &value, NULL), 0);
	assert_string_equal(value, "v2");
	free(value);
}

/* The WAL is moved into the database when it is long, and does not grow for ever. */
static void test_wal_stays_bounded(void **state)
{
	struct fixture *f = *state;
	struct container_row *row;
	struct stat st;

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	row = load(f->s, 1);
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(store_container_save(f->s, &row, NULL, NULL, NULL), 0);
		store_maintain(f->s, 0);
	}
	assert_int_equal(fstatat(f->rootfd, "ctr.db-wal", &st, 0), 0);
	assert_true(st.st_size < 6 << 20);
	container_row_unref(row);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_first_open),
	    TEST(test_insert_load_save),
	    TEST(test_refused_saves_change_nothing),
	    TEST(test_names),
	    TEST(test_find),
	    TEST(test_list_and_count),
	    TEST(test_saving_a_listed_row_keeps_its_config),
	    TEST(test_exit_records),
	    TEST(test_slots_do_not_leak),
	    TEST(test_busy_slot_is_not_given_away),
	    TEST(test_segments_are_added_and_followed),
	    TEST(test_another_epoch),
	    TEST(test_missing_segment_is_a_mismatch),
	    TEST(test_many_threads),
	    TEST(test_meta),
	    TEST(test_wal_stays_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
