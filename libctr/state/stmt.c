/* SPDX-License-Identifier: Apache-2.0 */
/* Prepared statements of a connection, and SQLite's results as our errors. */
#include <errno.h>
#include <string.h>
#include "state/store.h"

static const struct {
	int rc, code;
	const char *advice;
} results[] = {
    {SQLITE_NOMEM, CTR_ERR_NO_MEMORY, "out of memory"},
    {SQLITE_FULL, CTR_ERR_NO_SPACE, "there is no room left: make room on its file system, or raise the quota or RLIMIT_FSIZE"},
    {SQLITE_CORRUPT, CTR_ERR_STORE_DAMAGED, "it is damaged: restore it from a backup, or move it away to begin anew"},
    {SQLITE_NOTADB, CTR_ERR_STORE_DAMAGED, "it is no database of libctr, or damaged: restore it from a backup, or move it away to begin anew"},
    {SQLITE_FORMAT, CTR_ERR_STORE_DAMAGED, "it is damaged: restore it from a backup, or move it away to begin anew"},
    {SQLITE_READONLY, CTR_ERR_PERMISSION, "it cannot be written: check its owner and mode, and whether its file system is mounted read-only"},
    {SQLITE_PERM, CTR_ERR_PERMISSION, "access was refused: check its owner and mode"},
    {SQLITE_AUTH, CTR_ERR_PERMISSION, "access was refused: check its owner and mode"},
};

static const struct {
	int errnum, code;
	const char *advice;
} errnos[] = {
    {ENOSPC, CTR_ERR_NO_SPACE, "there is no room left: make room on its file system"},
    {EDQUOT, CTR_ERR_NO_SPACE, "the quota is used up: raise it or delete files"},
    {EFBIG, CTR_ERR_NO_SPACE, "a file would become larger than the process may write: raise RLIMIT_FSIZE"},
    {EACCES, CTR_ERR_PERMISSION, "access was refused: check its owner and mode"},
    {EPERM, CTR_ERR_PERMISSION, "access was refused: check its owner and mode"},
    {EROFS, CTR_ERR_PERMISSION, "its file system is read-only: mount it for writing"},
    {EMFILE, CTR_ERR_NO_RESOURCES, "the process has no descriptor left: raise RLIMIT_NOFILE"},
    {ENFILE, CTR_ERR_NO_RESOURCES, "the system has no descriptor left: raise fs.file-max"},
    {ENOMEM, CTR_ERR_NO_MEMORY, "out of memory"},
};

static int errno_error(struct store *s, int rc, int errnum, ctr_error_t **err)
{
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++) {
		if (errnos[i].errnum == errnum)
			return error_set_errno(err, errnos[i].code, DOMAIN_STATE, errnum, "the database %s/%s: %s", s->root,
					       STORE_DB, errnos[i].advice);
	}
	return error_set_errno(err, CTR_ERR_IO, DOMAIN_STATE, errnum, "the database %s/%s cannot be read or written (%s)",
			       s->root, STORE_DB, sqlite3_errstr(rc));
}

int store_error(struct store *s, sqlite3 *db, int rc, ctr_error_t **err)
{
	int primary = rc & 0xff;

	if (rc == SQLITE_IOERR_NOMEM || primary == SQLITE_NOMEM)
		return error_no_memory(err);
	if (rc == SQLITE_IOERR_SHORT_READ || rc == SQLITE_IOERR_CORRUPTFS)
		primary = SQLITE_CORRUPT;
	if (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)
		return errno_error(s, rc, vfs_errno(s->vfs), err);
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		if (results[i].rc == primary)
			return error_set(err, results[i].code, DOMAIN_STATE, "the database %s/%s: %s (%s)", s->root, STORE_DB,
					 results[i].advice, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	}
	return error_set(err, CTR_ERR_INTERNAL, DOMAIN_STATE, "the database %s/%s: %s", s->root, STORE_DB,
			 db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

int stmt_error(struct conn *c, int rc, ctr_error_t **err)
{
	int primary = rc & 0xff;

	if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL)
		return busy_error(c, err);
	return store_error(c->store, c->db, rc, err);
}

int stmt_get(struct conn *c, enum statement which, sqlite3_stmt **ret, ctr_error_t **err)
{
	int rc;

	if (!c->stmts[which]) {
		rc = sqlite3_prepare_v3(c->db, schema_statements[which], -1, SQLITE_PREPARE_PERSISTENT, &c->stmts[which], NULL);
		/* Our texts are right: a table that is not there has been damaged. */
		if (rc == SQLITE_ERROR)
			return error_set(err, CTR_ERR_STORE_DAMAGED, DOMAIN_STATE,
					 "the database %s/%s is damaged (%s): restore it from a backup, or move it away to begin anew",
					 c->store->root, STORE_DB, sqlite3_errmsg(c->db));
		if (rc != SQLITE_OK)
			return stmt_error(c, rc, err);
	}
	*ret = c->stmts[which];
	return 0;
}

int stmt_step(struct conn *c, sqlite3_stmt *st, ctr_error_t **err)
{
	int rc = sqlite3_step(st);

	c->busy_since_ns = 0;
	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : stmt_error(c, rc, err);
}

int stmt_text(sqlite3_stmt *st, int at, const char *text)
{
	return sqlite3_bind_text(st, at, text ? text : "", -1, SQLITE_STATIC);
}

int stmt_run(struct conn *c, enum statement which, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, which, &st, err);

	if (r < 0)
		return r;
	r = stmt_step(c, st, err);
	return r < 0 ? r : 0;
}
