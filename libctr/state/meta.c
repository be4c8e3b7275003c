/* SPDX-License-Identifier: Apache-2.0 */
/* Table meta: small facts by name, among them those fixed by the first open. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "state/store.h"

int meta_get(struct conn *c, const char *key, char **ret, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_META_GET, &st, err);
	char *value = NULL;

	if (r < 0)
		return r;
	stmt_text(st, 1, key);
	r = stmt_step(c, st, err);
	if (r < 0)
		return r;
	if (r > 0) {
		value = str_dup(str_or_empty((const char *)sqlite3_column_text(st, 0)));
		if (!value)
			return error_no_memory(err);
	}
	*ret = value;
	return 0;
}

int meta_set(struct conn *c, const char *key, const char *value, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_META_SET, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, key);
	stmt_text(st, 2, value);
	return stmt_step(c, st, err);
}

int meta_get_u64(struct conn *c, const char *key, uint64_t *ret, ctr_error_t **err)
{
	CLEANUP_FREE char *text = NULL;
	int r = meta_get(c, key, &text, err);

	if (r < 0)
		return r;
	*ret = 0;
	if (text && *text && str_to_u64(text, 10, ret) < 0)
		return error_set(err, CTR_ERR_STORE_DAMAGED, DOMAIN_STATE,
				 "the database %s/%s is damaged (%s is no number): restore it from a backup, or move it away to begin anew",
				 c->store->root, STORE_DB, key);
	return 0;
}

int meta_set_u64(struct conn *c, const char *key, uint64_t value, ctr_error_t **err)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return meta_set(c, key, text, err);
}

static const struct {
	const char *key;
	size_t offset;
} texts[] = {
    {"root", offsetof(struct store_facts, root)},
    {"run_root", offsetof(struct store_facts, run_root)},
    {"cgroup_manager", offsetof(struct store_facts, cgroup_manager)},
    {"storage", offsetof(struct store_facts, storage)},
    {"hooks_dir", offsetof(struct store_facts, hooks_dir)},
    {"network", offsetof(struct store_facts, network)},
};

static char **fact_text(const struct store_facts *f, size_t i)
{
	return (char **)(uintptr_t)((const char *)f + texts[i].offset);
}

void store_facts_reset(struct store_facts *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(*fact_text(f, i));
	memset(f, 0, sizeof(*f));
}

static int load_fixed(struct conn *c, const char *key, char *ret, size_t size, ctr_error_t **err)
{
	CLEANUP_FREE char *text = NULL;
	int r = meta_get(c, key, &text, err);

	if (r == 0)
		str_copy(ret, size, str_or_empty(text));
	return r;
}

static int load_facts(struct conn *c, struct store_facts *f, ctr_error_t **err)
{
	uint64_t created = 0;
	int r = load_fixed(c, "uuid", f->uuid, sizeof(f->uuid), err);

	if (r == 0)
		r = load_fixed(c, "boot_id", f->boot_id, sizeof(f->boot_id), err);
	if (r == 0)
		r = meta_get_u64(c, "pidns_inode", &f->pidns_inode, err);
	if (r == 0)
		r = meta_get_u64(c, "pidns_start", &f->pidns_start, err);
	if (r == 0)
		r = meta_get_u64(c, "created_ns", &created, err);
	f->created_ns = (int64_t)created;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++) {
		r = meta_get(c, texts[i].key, fact_text(f, i), err);
		if (r == 0 && !*fact_text(f, i) && !(*fact_text(f, i) = str_dup("")))
			r = error_no_memory(err);
	}
	return r;
}

int facts_load(struct conn *c, struct store_facts *ret, ctr_error_t **err)
{
	struct store_facts f = {0};
	int r = load_facts(c, &f, err);

	if (r < 0) {
		store_facts_reset(&f);
		return r;
	}
	*ret = f;
	return 0;
}

int facts_save_boot(struct conn *c, const struct store_facts *facts, ctr_error_t **err)
{
	int r = meta_set(c, "boot_id", facts->boot_id, err);

	if (r == 0)
		r = meta_set_u64(c, "pidns_inode", facts->pidns_inode, err);
	return r < 0 ? r : meta_set_u64(c, "pidns_start", facts->pidns_start, err);
}

size_t facts_missing(const struct store_facts *known, const struct store_facts *wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		n += !*str_or_empty(*fact_text(known, i)) && *str_or_empty(*fact_text(wanted, i));
	return n;
}

int facts_save_missing(struct conn *c, const struct store_facts *known, const struct store_facts *wanted, ctr_error_t **err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++) {
		if (!*str_or_empty(*fact_text(known, i)) && *str_or_empty(*fact_text(wanted, i)))
			r = meta_set(c, texts[i].key, *fact_text(wanted, i), err);
	}
	return r;
}

int store_meta_get(struct store *s, const char *key, char **ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	int r = conn_get(s, NULL, &c, err);

	return r < 0 ? r : meta_get(c, key, ret, err);
}

int store_meta_set(struct store *s, const char *key, const char *value, const struct op_call *call, ctr_error_t **err)
{
	struct txn t CLEANUP_TXN = {0};
	int r = txn_begin(s, "meta_set", call, &t, err);

	if (r == 0)
		r = meta_set(t.c, key, value, err);
	return r < 0 ? r : txn_commit(&t, err);
}
