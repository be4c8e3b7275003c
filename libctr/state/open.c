/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing a store: file, versions, migrations, facts, lock table. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/mem.h"
#include "os/fd.h"
#include "state/store.h"

#define QUICK_CHECK_PAGES 64

static struct store *store_new(int rootfd, const char *root, const char *epoch_id, ctr_error_t **err)
{
	struct store *s = NEW0(struct store);

	if (!s) {
		error_no_memory(err);
		return NULL;
	}
	s->pid = getpid();
	s->bells_fd = -1;
	s->events_kept = EVENTS_KEPT;
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->returned, NULL);
	s->rootfd = os_fd_dup(rootfd);
	s->root = str_dup(root);
	s->epoch = str_dup(epoch_id);
	if (s->rootfd < 0)
		error_set_errno(err, 0, DOMAIN_STATE, s->rootfd, "cannot open the store %s", root);
	else if (!s->root || !s->epoch)
		error_no_memory(err);
	else
		return s;
	store_close(s);
	return NULL;
}

/* An empty file would be a good new database to SQLite, which then deletes the WAL beside it: it is looked at first. */
static int check_file(struct store *s, const struct store_facts *wanted, ctr_error_t **err)
{
	struct stat st;

	if (fstatat(s->rootfd, STORE_DB, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return store_create_file(s, wanted, err);
		return error_set_errno(err, 0, DOMAIN_STATE, errno, "cannot look at the database %s/%s", s->root, STORE_DB);
	}
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		return 0;
	return error_set(err, CTR_ERR_STORE_DAMAGED, DOMAIN_STATE,
			 "the database %s/%s is damaged (%s): restore it from a backup, or move it away to begin anew", s->root,
			 STORE_DB, S_ISREG(st.st_mode) ? "the file is empty" : "it is no regular file");
}

static int check_versions(struct store *s, struct conn *c, ctr_error_t **err)
{
	uint64_t schema, reader, writer;
	int r = meta_get_u64(c, META_SCHEMA, &schema, err);

	if (r < 0 || (r = meta_get_u64(c, META_MIN_READER, &reader, err)) < 0 ||
	    (r = meta_get_u64(c, META_MIN_WRITER, &writer, err)) < 0)
		return r;
	if (reader > STORE_SCHEMA) {
		error_set(err, CTR_ERR_STORE_VERSION, DOMAIN_STATE,
			  "the store %s has schema %d, which needs a program that reads schema %d; this libctr reads up to %d: use a newer libctr",
			  s->root, (int)schema, (int)reader, STORE_SCHEMA);
		error_detail_i64(err, "schema", (int64_t)schema);
		return CTR_ERR_STORE_VERSION;
	}
	if (schema == 0)
		return error_set(err, CTR_ERR_STORE_DAMAGED, DOMAIN_STATE,
				 "the database %s/%s is damaged (it has no schema version): restore it from a backup, or move it away to begin anew",
				 s->root, STORE_DB);
	s->schema = (int)schema;
	s->read_only = writer > STORE_SCHEMA;
	return 0;
}

/* Small stores are looked through: it costs less than what damage found later would. */
static int quick_check(struct store *s, struct conn *c, ctr_error_t **err)
{
	sqlite3_stmt *st = NULL;
	int pages = 0, bad = 0, rc;

	rc = sqlite3_prepare_v2(c->db, "PRAGMA page_count", -1, &st, NULL);
	if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		pages = sqlite3_column_int(st, 0);
	rc = sqlite3_finalize(st);
	if (rc != SQLITE_OK || pages > QUICK_CHECK_PAGES)
		return rc == SQLITE_OK ? 0 : stmt_error(c, rc, err);
	rc = sqlite3_prepare_v2(c->db, "PRAGMA quick_check(1)", -1, &st, NULL);
	if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		bad = strcmp(str_or_empty((const char *)sqlite3_column_text(st, 0)), "ok") != 0;
	rc = sqlite3_finalize(st);
	if (rc != SQLITE_OK)
		return stmt_error(c, rc, err);
	return bad ? store_error(s, NULL, SQLITE_CORRUPT, err) : 0;
}

static int check_journal_mode(struct conn *c, ctr_error_t **err)
{
	int rc = sqlite3_exec(c->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : stmt_error(c, rc, err);
}

static int migrate(struct store *s, const struct op_call *call, ctr_error_t **err)
{
	struct txn t CLEANUP_TXN = {0};
	uint64_t schema = 0;
	int r;

	if (s->schema >= STORE_SCHEMA)
		return 0;
	r = txn_begin(s, "migrate", call, &t, err);
	/* Another process may have done it by now. */
	if (r == 0)
		r = meta_get_u64(t.c, META_SCHEMA, &schema, err);
	for (; r == 0 && schema < STORE_SCHEMA; schema++) {
		int rc = sqlite3_exec(t.c->db, schema_migrations[schema], NULL, NULL, NULL);

		r = rc == SQLITE_OK ? 0 : stmt_error(t.c, rc, err);
	}
	if (r == 0)
		r = meta_set_u64(t.c, META_SCHEMA, schema, err);
	if (r == 0)
		r = txn_commit(&t, err);
	if (r == 0)
		s->schema = (int)schema;
	return r;
}

static int check_content(struct store *s, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	int r = conn_get(s, call, &c, err);

	if (r < 0 || (r = check_journal_mode(c, err)) < 0 || (r = check_versions(s, c, err)) < 0)
		return r;
	relock_after_fork(s);
	return quick_check(s, c, err);
}

static int save_missing_facts(struct store *s, const struct store_facts *wanted, const struct op_call *call, ctr_error_t **err)
{
	struct store_facts known = {0};
	struct txn t CLEANUP_TXN = {0};
	int r = txn_begin(s, "store_facts", call, &t, err);

	if (r == 0)
		r = facts_load(t.c, &known, err);
	if (r == 0)
		r = facts_save_missing(t.c, &known, wanted, err);
	if (r == 0)
		r = txn_commit(&t, err);
	store_facts_reset(&known);
	return r;
}

/* What the store says: its facts, epoch and, of the same snapshot, its segments. */
static int read_facts(struct store *s, const struct op_call *call, struct store_facts *ret, char **ret_epoch, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	int r = conn_get(s, call, &c, err);

	if (r < 0 || (r = meta_get(c, META_EPOCH, ret_epoch, err)) < 0)
		return r;
	if (STREQ(str_or_empty(*ret_epoch), s->epoch))
		r = segments_open(s, c, err);
	return r < 0 ? r : facts_load(c, ret, err);
}

static int set_up(struct store *s, const struct store_facts *wanted, const struct op_call *call, struct store_facts *ret,
		  ctr_error_t **err)
{
	CLEANUP_FREE char *epoch = NULL, *ours = NULL;
	int r = read_facts(s, call, ret, &epoch, err);

	if (r == 0 && !*str_or_empty(epoch)) {
		ours = str_dup(s->epoch);
		store_facts_reset(ret);
		free(TAKE_PTR(epoch));
		r = ours ? store_new_epoch(s, ours, wanted, call, err) : error_no_memory(err);
		s->locks = lock_table_unref(s->locks);
		if (r == 0)
			r = read_facts(s, call, ret, &epoch, err);
	}
	if (r < 0 || s->read_only || facts_missing(ret, wanted) == 0)
		return r;
	r = save_missing_facts(s, wanted, call, err);
	if (r < 0)
		return r;
	store_facts_reset(ret);
	free(TAKE_PTR(epoch));
	s->locks = lock_table_unref(s->locks);
	return read_facts(s, call, ret, &epoch, err);
}

int store_open(int rootfd, const char *root, const struct store_facts *wanted, const char *epoch_id, const struct op_call *call,
	       struct store **ret, struct store_facts *ret_facts, ctr_error_t **err)
{
	struct store_facts facts = {0};
	struct store *s = store_new(rootfd, root, epoch_id, err);
	int r;

	if (!s)
		return error_code(err ? *err : NULL) ? error_code(*err) : CTR_ERR_NO_RESOURCES;
	r = vfs_new(s, &s->vfs, err);
	if (r == 0)
		r = check_file(s, wanted, err);
	if (r == 0)
		r = check_content(s, call, err);
	if (r == 0)
		r = migrate(s, call, err);
	if (r == 0)
		r = set_up(s, wanted, call, &facts, err);
	if (r < 0) {
		store_facts_reset(&facts);
		store_close(s);
		return r;
	}
	if (s->locks)
		lock_attach(s->locks, STORE_SCHEMA);
	*ret = s;
	*ret_facts = facts;
	return 0;
}

/* In a forked child SQLite's connections are the parent's: closing them could delete or checkpoint under its feet. */
struct store *store_close(struct store *s)
{
	if (!s)
		return NULL;
	if (s->pid == getpid()) {
		if (s->locks)
			lock_detach(s->locks);
		pool_close(s);
		vfs_free(s->vfs);
		if (s->rootfd >= 0)
			close(s->rootfd);
		pthread_cond_destroy(&s->returned);
		pthread_mutex_destroy(&s->mutex);
	}
	lock_table_unref(s->locks);
	free(s->root);
	free(s->epoch);
	free(s);
	return NULL;
}

struct lock_table *store_locks(struct store *s)
{
	return s->locks;
}

int store_schema_version(struct store *s)
{
	return s->schema;
}
