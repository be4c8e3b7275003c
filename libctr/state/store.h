/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: the store, its connections, its write transactions. */
#ifndef CTR_STATE_STORE_H
#define CTR_STATE_STORE_H

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include "state/schema.h"
#include "state/state.h"

#define WAL_LIMIT_BYTES 4194304 /* also in the pragma of connect.c */
#define WAL_FRAME_BYTES 4120
#define CONNS_MAX 16
#define CONNS_IDLE_MAX 8

struct vfs_shim;
struct conn;

struct store {
	pid_t pid;
	int rootfd;
	char *root;               /* for messages only */
	char *epoch;              /* of this process */
	struct lock_table *locks; /* NULL while the store is of another epoch */
	struct vfs_shim *vfs;
	pthread_mutex_t mutex;    /* process-private: the pool */
	pthread_cond_t returned;
	struct conn *idle;
	unsigned n_conns, n_idle;
	_Atomic int wal_frames;   /* in the WAL after the last commit of this process */
	int schema, read_only;    /* read_only: a newer libctr allows this one to read only */
	int bells_fd;             /* borrowed; -1 = nobody waits here */
	uint64_t events_kept;     /* how many of the newest stay */
};

/* The calling thread while SQLite may write: no SIGXFSZ, no cancellation (quiet.c) */
struct quiet {
	sigset_t old;
	int was_pending, cancel_state;
};
void quiet_begin(struct quiet *x);
void quiet_end(const struct quiet *x);

/* One SQLite connection, used by one thread between conn_get and conn_put */
struct conn {
	sqlite3 *db;
	struct store *store;
	struct conn *next;
	sqlite3_stmt *stmts[ST_COUNT];
	const struct op_call *call; /* limits of whoever uses it */
	struct quiet quiet;
	uint64_t busy_since_ns;     /* 0 = not waiting for a foreign lock */
	int busy_code;              /* why waiting for a foreign lock was given up */
	int told;                   /* events were put since BEGIN */
};

/* connect.c */
int conn_open(struct store *s, struct conn **ret, ctr_error_t **err);
void conn_close(struct conn *c, int checkpoint);
/* busy.c */
int busy_handler(void *conn, int count);
int busy_error(struct conn *c, ctr_error_t **err);
void relock_after_fork(struct store *s);
/* pool.c */
int conn_get(struct store *s, const struct op_call *call, struct conn **ret, ctr_error_t **err);
void conn_put(struct conn *c);
void pool_close(struct store *s);
static inline void cleanup_conn_fn(struct conn **c)
{
	conn_put(*c);
}
#define CLEANUP_CONN CLEANUP(cleanup_conn_fn)

/* stmt.c: statements of a connection. stmt_get binds nothing; a finished or abandoned one is reset by CLEANUP_STMT. */
int stmt_get(struct conn *c, enum statement which, sqlite3_stmt **ret, ctr_error_t **err);
/* 1 = a row, 0 = done, or a negative CTR_ERR_* */
int stmt_step(struct conn *c, sqlite3_stmt *st, ctr_error_t **err);
int stmt_text(sqlite3_stmt *st, int at, const char *text);
/* get, step until done, reset */
int stmt_run(struct conn *c, enum statement which, ctr_error_t **err);
int stmt_error(struct conn *c, int rc, ctr_error_t **err);
static inline void cleanup_stmt_fn(sqlite3_stmt **st)
{
	if (*st) {
		sqlite3_reset(*st);
		sqlite3_clear_bindings(*st);
	}
}
#define CLEANUP_STMT CLEANUP(cleanup_stmt_fn)
/* A SQLite result as one of our codes */
int store_error(struct store *s, sqlite3 *db, int rc, ctr_error_t **err);

/* txn.c */
struct txn {
	struct conn *c;
	struct lock_guard writer;
	int began;
};
int txn_begin(struct store *s, const char *operation, const struct op_call *call, struct txn *ret, ctr_error_t **err);
int txn_commit(struct txn *t, ctr_error_t **err);
void txn_end(struct txn *t); /* rolls back what was not committed */
#define CLEANUP_TXN CLEANUP(txn_end)

/* meta.c */
int meta_get(struct conn *c, const char *key, char **ret, ctr_error_t **err); /* NULL = absent */
int meta_set(struct conn *c, const char *key, const char *value, ctr_error_t **err);
int meta_get_u64(struct conn *c, const char *key, uint64_t *ret, ctr_error_t **err); /* absent = 0 */
int meta_set_u64(struct conn *c, const char *key, uint64_t value, ctr_error_t **err);
int facts_load(struct conn *c, struct store_facts *ret, ctr_error_t **err);
int facts_save_boot(struct conn *c, const struct store_facts *facts, ctr_error_t **err);
size_t facts_missing(const struct store_facts *known, const struct store_facts *wanted);
int facts_save_missing(struct conn *c, const struct store_facts *known, const struct store_facts *wanted, ctr_error_t **err);

/* create.c: a complete database under its final name, or nothing */
int store_create_file(struct store *s, const struct store_facts *wanted, ctr_error_t **err);
int uuid_make(char ret[37], ctr_error_t **err);

/* segments.c */
int segments_open(struct store *s, struct conn *c, ctr_error_t **err);
/* Opens segments that another process has added since; failing is the business of whoever needs the lock. */
void segments_follow(struct store *s, struct conn *c, uint32_t slot);
/* All that others have added, for those who look at the table as a whole. */
void segments_follow_all(struct store *s, struct conn *c);
int segments_grow(struct store *s, const struct op_call *call, ctr_error_t **err);
void segments_remove_old(struct store *s, const struct op_call *call);

/* slot.c */
/* 1 = bound to the object and held in *ret; 0 = the open segments are full (segments_grow) */
int slot_bind(struct conn *c, const char *id, const char *operation, uint32_t *ret_slot, uint64_t *ret_generation, struct lock_guard *ret,
	      ctr_error_t **err);
int slot_give(struct conn *c, uint32_t slot, ctr_error_t **err);
int store_no_locks(const struct store *s, ctr_error_t **err); /* STORE_LOCKED */

/* columns.c */
int pod_bind_insert(sqlite3_stmt *st, const struct pod_row *row);
int pod_bind_save(sqlite3_stmt *st, const struct pod_row *row, uint64_t new_rev);
int pod_read(struct conn *c, sqlite3_stmt *st, struct pod_row **ret, ctr_error_t **err);
int row_bind_insert(sqlite3_stmt *st, const struct container_row *row);
int row_bind_save(sqlite3_stmt *st, const struct container_row *row, uint64_t new_rev);
/* with_config: whether the statement's last column is the config; 0 = it is not. IF_THERE: NULL stays NULL, which says "not read". */
enum { CONFIG_ALWAYS = 1, CONFIG_IF_THERE = 2 };
int row_read(struct conn *c, sqlite3_stmt *st, int with_config, struct container_row **ret, ctr_error_t **err);

/* exit.c */
int exit_put(struct conn *c, const struct exit_record *rec, ctr_error_t **err);

/* depend.c: the dependencies of a row that is being inserted, which must be there; a row that is to be removed has no dependents, else
 * HAS_DEPENDENTS naming them. */
int depend_put_all(struct conn *c, const struct container_row *row, ctr_error_t **err);
int depend_check_none(struct conn *c, const struct container_row *row, ctr_error_t **err);

/* event.c: NULL is none */
int event_put_all(struct conn *c, const struct event_list *events, ctr_error_t **err);

/* bell.c: under the writer mutex */
void bell_ring_container(struct store *s, const char *id); /* after rev 0, before the commit */
void bell_ring_events(struct store *s);                    /* after the commit */

/* vfs.c */
int vfs_new(struct store *s, struct vfs_shim **ret, ctr_error_t **err);
void vfs_free(struct vfs_shim *v);
const char *vfs_name(const struct vfs_shim *v);
int vfs_errno(const struct vfs_shim *v); /* of the last file operation that failed */

#endif
