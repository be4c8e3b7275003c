/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of the database: versions, tables, migrations, and every statement the room uses. */
#ifndef CTR_STATE_SCHEMA_H
#define CTR_STATE_SCHEMA_H

#include <stddef.h>

#define STORE_APPLICATION_ID 0x63747231 /* "ctr1", at offset 68 of the file */
#define STORE_SCHEMA 2
#define STORE_MIN_READER 1 /* the oldest schema whose programs may read, and may write, what this one writes */
#define STORE_MIN_WRITER 1
#define STORE_DB "ctr.db"
#define STORE_WAL "ctr.db-wal"
#define STORE_SHM "ctr.db-shm"

#define META_SCHEMA "schema_version"
#define META_MIN_READER "min_reader"
#define META_MIN_WRITER "min_writer"
#define META_EPOCH "epoch"
#define META_LOCK_UUID "lock_uuid"          /* names the segments of this epoch … */
#define META_LOCK_SEGMENTS "lock_segments"  /* … and says how many there are */
#define META_LOCK_NEXT "lock_uuid_next"     /* known before any segment of that name is made, so a lost one is found again */
#define META_LOCK_OLD "lock_uuid_old"       /* segments of the last epoch, to be removed */
#define META_NEXT_SLOT "next_slot"

/* Entry n brings schema n to n + 1. Only additions while the major version is 0. */
extern const char *const schema_migrations[STORE_SCHEMA];

/* X(member of struct container_row, kind). The order is that of the SELECTs. */
#define COLUMNS_FIXED(X) X(name, TEXT) X(slot, U32) X(generation, U64) X(created_ns, I64)
#define COLUMNS_SAVED_1(X)                                                                                             \
	X(rev, U64) X(run, U64) X(state, I32) X(intent, I32) X(started_ns, I64) X(finished_ns, I64) X(pid, I32)        \
	X(pid_start, U64) X(pid_inode, U64) X(exit_code, I32) X(exit_signal, I32) X(exit_known, I32)                   \
	X(oom_killed, I32) X(stopped_by_user, I32) X(mounted, I32) X(auto_remove, I32) X(restart_count, U32)           \
	X(error, TEXT) X(labels, TEXT) X(command, TEXT) X(mounts, TEXT) X(image, TEXT) X(pod_id, TEXT)                 \
	X(runtime, TEXT) X(runtime_path, TEXT) X(storage, TEXT) X(monitor, TEXT) X(cgroups, TEXT)                      \
	X(rootfs_mount, TEXT)
/* Since schema 2 */
#define COLUMNS_SAVED_2(X)                                                                                             \
	X(restart_tries, U32) X(restart_streak, U32) X(restart_match, I32) X(restart_at_ns, I64) X(paused_ns, I64)     \
	X(is_infra, I32) X(entered, U64) X(depends, TEXT) X(restart_policy, TEXT) X(init_type, TEXT)
#define COLUMNS_SAVED(X) COLUMNS_SAVED_1(X) COLUMNS_SAVED_2(X)

/* The same of struct pod_row */
#define POD_FIXED(X) X(slot, U32) X(generation, U64) X(created_ns, I64)
#define POD_SAVED(X)                                                                                                   \
	X(name, TEXT) X(rev, U64) X(intent, I32) X(infra_id, TEXT) X(config, TEXT) X(labels, TEXT) X(cgroup, TEXT)     \
	X(monitor, TEXT)

enum statement {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_META_GET,
	ST_META_SET,
	ST_SLOT_FREE_NEXT,
	ST_SLOT_FREE_TAKE,
	ST_SLOT_FREE_GIVE,
	ST_CTR_INSERT,
	ST_CTR_CONFIG_PUT,
	ST_CTR_CONFIG_DELETE,
	ST_CTR_SAVE,
	ST_CTR_RENAME,
	ST_CTR_DELETE,
	ST_CTR_BY_ID,
	ST_CTR_BY_NAME,
	ST_CTR_BY_PREFIX,
	ST_CTR_LIST,
	ST_CTR_INTENTS,
	ST_CTR_LIVE_MONITORS,
	ST_CTR_STATE,
	ST_CTR_NAME_OWNER,
	ST_CTR_SLOTS,
	ST_CTR_EPOCH_ROWS,
	ST_CTR_EPOCH_SET,
	ST_CTR_COUNT,
	ST_CTR_LIST_POD,
	ST_POD_INSERT,
	ST_POD_SAVE,
	ST_POD_DELETE,
	ST_POD_BY_ID,
	ST_POD_BY_NAME,
	ST_POD_BY_PREFIX,
	ST_POD_LIST,
	ST_POD_INTENTS,
	ST_POD_NAME_OWNER,
	ST_POD_SLOTS,
	ST_POD_EPOCH_ROWS,
	ST_POD_EPOCH_SET,
	ST_POD_COUNT,
	ST_DEPEND_LOOK,
	ST_DEPEND_PUT,
	ST_DEPEND_OF,
	ST_DEPEND_DELETE,
	ST_EVENT_PUT,
	ST_EVENT_PRUNE,
	ST_EVENT_READ,
	ST_EVENT_NEWEST,
	ST_EVENT_TOLD,
	ST_EXIT_PUT,
	ST_EXIT_GET,
	ST_EXIT_NEXT,
	ST_EXIT_LAST,
	ST_EXIT_PRUNE,
	ST_COUNT
};
extern const char *const schema_statements[ST_COUNT];

#endif
