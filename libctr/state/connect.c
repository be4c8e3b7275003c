/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the database: opened, looked at, set up, closed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "state/store.h"

#define HEADER_SIZE 100

/* A small page cache: each thread that is in here at the same time has its own, and the kernel's cache is as near. */
static const char setup[] = "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304;"
			    "PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -256;";

/* The file's own header, which SQLite does not look at while the WAL has a newer copy of it: damage must show now, not at
 * the next checkpoint. Through SQLite's descriptor: one of our own, when closed, would drop the process's locks. */
static int check_header(struct conn *c, ctr_error_t **err)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char h[HEADER_SIZE];
	sqlite3_file *file = NULL;
	uint32_t application;
	int rc;

	rc = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (rc == SQLITE_OK)
		rc = file->pMethods->xRead(file, h, HEADER_SIZE, 0);
	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return store_error(c->store, c->db, rc, err);
	application = (uint32_t)h[68] << 24 | (uint32_t)h[69] << 16 | (uint32_t)h[70] << 8 | h[71];
	if (rc == SQLITE_OK && memcmp(h, magic, sizeof(magic)) == 0 && application == STORE_APPLICATION_ID)
		return 0;
	return store_error(c->store, NULL, SQLITE_NOTADB, err);
}

static int wal_hook(void *store, sqlite3 *db UNUSED, const char *name UNUSED, int frames)
{
	struct store *s = store;

	atomic_store(&s->wal_frames, frames);
	return SQLITE_OK;
}

static int set_up(struct conn *c, ctr_error_t **err)
{
	int on = 1, rc;

	sqlite3_extended_result_codes(c->db, 1);
	sqlite3_busy_handler(c->db, busy_handler, c);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	rc = sqlite3_exec(c->db, setup, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return stmt_error(c, rc, err);
	sqlite3_wal_hook(c->db, wal_hook, c->store);
	/* The WAL keeps its inode, so that whoever syncs it through a descriptor of his own has the right one. */
	sqlite3_file_control(c->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	return 0;
}

int conn_open(struct store *s, struct conn **ret, ctr_error_t **err)
{
	struct conn *c = NEW0(struct conn);
	char path[64];
	int rc, r;

	if (!c)
		return error_no_memory(err);
	c->store = s;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", s->rootfd, STORE_DB);
	rc = sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
			     vfs_name(s->vfs));
	if (rc != SQLITE_OK)
		r = store_error(s, c->db, rc, err);
	else if (sqlite3_db_readonly(c->db, "main") == 1)
		r = store_error(s, NULL, SQLITE_READONLY, err);
	else
		r = check_header(c, err);
	if (r == 0)
		r = set_up(c, err);
	if (r < 0) {
		conn_close(c, 0);
		return r;
	}
	*ret = c;
	return 0;
}

/* checkpoint: let SQLite move the WAL into the file if this is the last connection of all */
void conn_close(struct conn *c, int checkpoint)
{
	if (c->db)
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !checkpoint, NULL);
	for (size_t i = 0; i < ST_COUNT; i++)
		sqlite3_finalize(c->stmts[i]);
	sqlite3_close(c->db);
	free(c);
}
