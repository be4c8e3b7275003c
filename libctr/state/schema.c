/* SPDX-License-Identifier: Apache-2.0 */
/* All SQL of libctr. Columns of a container stand once, in schema.h; the texts are put together from them. */
#include "state/schema.h"

#define TYPE_TEXT "TEXT NOT NULL DEFAULT ''"
#define TYPE_I32 "INTEGER NOT NULL DEFAULT 0"
#define TYPE_U32 "INTEGER NOT NULL DEFAULT 0"
#define TYPE_I64 "INTEGER NOT NULL DEFAULT 0"
#define TYPE_U64 "INTEGER NOT NULL DEFAULT 0"

#define DEFINE(member, kind) ", " #member " " TYPE_##kind
#define ADD(member, kind) "ALTER TABLE container ADD COLUMN " #member " " TYPE_##kind ";"
#define LIST(member, kind) ", " #member
#define PLACE(member, kind) ", ?"
#define ASSIGN(member, kind) ", " #member " = ?"

#define ALL COLUMNS_FIXED(LIST) COLUMNS_SAVED(LIST)
#define CONFIG ", (SELECT config FROM container_config AS f WHERE f.num = c.num)"
#define SELECT_FULL "SELECT id" ALL CONFIG " FROM container AS c "
/* Only a running container of the null runtime has an end that stands in its config and nowhere else. */
#define CLOCK_CONFIG                                                                                                   \
	", CASE WHEN c.state = 3 AND c.runtime = 'null' THEN (SELECT k.config FROM container_config AS k"             \
	" WHERE k.num = c.num AND (instr(k.config, 'libctr.null.exit') > 0 OR instr(k.config, '\"timeout\"') > 0)) END"
#define SELECT_LEAN "SELECT id" ALL CLOCK_CONFIG " FROM container AS c "
#define INTENT_IS_CREATE "1"
#define POD_ALL POD_FIXED(LIST) POD_SAVED(LIST)
#define SELECT_POD "SELECT id" POD_ALL " FROM pod "

/* The config lies apart from the columns that list shows and that every state change rewrites. */
const char *const schema_migrations[STORE_SCHEMA] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE container (num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE" COLUMNS_FIXED(DEFINE)
	COLUMNS_SAVED_1(DEFINE) ");"
    "CREATE UNIQUE INDEX container_name ON container (name);"
    "CREATE UNIQUE INDEX container_slot ON container (slot);"
    "CREATE INDEX container_intent ON container (intent) WHERE intent <> 0;"
    "CREATE INDEX container_live ON container (monitor) WHERE pid > 0;"
    "CREATE TABLE container_config (num INTEGER PRIMARY KEY, config TEXT NOT NULL);"
    "CREATE TABLE free_slot (slot INTEGER PRIMARY KEY);"
    "CREATE TABLE exit_record (id TEXT NOT NULL, run INTEGER NOT NULL, known INTEGER NOT NULL, exit_code INTEGER NOT NULL,"
    " exit_signal INTEGER NOT NULL, oom_killed INTEGER NOT NULL, finished_ns INTEGER NOT NULL, error TEXT NOT NULL,"
    " PRIMARY KEY (id, run)) WITHOUT ROWID;",
    COLUMNS_SAVED_2(ADD)
    "CREATE INDEX container_pod ON container (pod_id) WHERE pod_id <> '';"
    "CREATE INDEX container_restart ON container (monitor) WHERE restart_at_ns <> 0;"
    "CREATE INDEX container_policy ON container (monitor) WHERE restart_policy <> '' AND state IN (3, 4);"
    "CREATE TABLE dependency (container TEXT NOT NULL, needs TEXT NOT NULL, PRIMARY KEY (container, needs)) WITHOUT ROWID;"
    "CREATE INDEX dependency_needs ON dependency (needs);"
    "CREATE TABLE pod (num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE" POD_FIXED(DEFINE) POD_SAVED(DEFINE) ");"
    "CREATE UNIQUE INDEX pod_name ON pod (name);"
    "CREATE UNIQUE INDEX pod_slot ON pod (slot);"
    "CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, time_ns INTEGER NOT NULL, text TEXT NOT NULL);",
};

const char *const schema_statements[ST_COUNT] = {
    [ST_BEGIN] = "BEGIN IMMEDIATE",
    [ST_COMMIT] = "COMMIT",
    [ST_ROLLBACK] = "ROLLBACK",
    [ST_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [ST_META_SET] = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    [ST_SLOT_FREE_NEXT] = "SELECT slot FROM free_slot WHERE slot > ?1 ORDER BY slot LIMIT 1",
    [ST_SLOT_FREE_TAKE] = "DELETE FROM free_slot WHERE slot = ?1",
    [ST_SLOT_FREE_GIVE] = "INSERT OR IGNORE INTO free_slot (slot) VALUES (?1)",
    [ST_CTR_INSERT] = "INSERT INTO container (id" ALL ") VALUES (?" COLUMNS_FIXED(PLACE) COLUMNS_SAVED(PLACE) ")",
    [ST_CTR_CONFIG_PUT] = "INSERT INTO container_config (num, config) SELECT num, ?2 FROM container WHERE id = ?1"
			  " ON CONFLICT (num) DO UPDATE SET config = excluded.config WHERE config <> excluded.config",
    [ST_CTR_CONFIG_DELETE] = "DELETE FROM container_config WHERE num = (SELECT num FROM container WHERE id = ?1)",
    [ST_CTR_SAVE] = "UPDATE container SET id = id" COLUMNS_SAVED(ASSIGN) " WHERE id = ? AND rev = ?",
    [ST_CTR_RENAME] = "UPDATE container SET name = ?3, rev = rev + 1 WHERE id = ?1 AND rev = ?2",
    [ST_CTR_DELETE] = "DELETE FROM container WHERE id = ?1",
    [ST_CTR_BY_ID] = SELECT_FULL "WHERE id = ?1",
    [ST_CTR_BY_NAME] = SELECT_FULL "WHERE name = ?1 AND intent <> " INTENT_IS_CREATE,
    /* 'g' follows the last hex digit */
    [ST_CTR_BY_PREFIX] =
	SELECT_FULL "WHERE id >= ?1 AND id < ?1 || 'g' AND intent <> " INTENT_IS_CREATE " ORDER BY id LIMIT 2",
    [ST_CTR_LIST] = SELECT_LEAN "WHERE intent <> " INTENT_IS_CREATE,
    [ST_CTR_INTENTS] = SELECT_FULL "WHERE intent <> 0",
    [ST_CTR_LIVE_MONITORS] = "SELECT DISTINCT monitor FROM container WHERE pid > 0 UNION"
			     " SELECT DISTINCT monitor FROM container WHERE restart_at_ns <> 0 UNION"
			     " SELECT DISTINCT monitor FROM container WHERE restart_policy <> '' AND state IN (3, 4)",
    [ST_CTR_STATE] = "SELECT state, rev, entered FROM container WHERE id = ?1",
    [ST_CTR_NAME_OWNER] = "SELECT id, intent FROM container WHERE name = ?1",
    [ST_CTR_SLOTS] = "SELECT slot, generation, id FROM container ORDER BY slot",
    [ST_CTR_EPOCH_ROWS] = "SELECT num, slot, state, id FROM container",
    [ST_CTR_EPOCH_SET] = "UPDATE container SET state = ?2, generation = ?3, rev = rev + 1, pid = 0, pid_start = 0,"
			 " pid_inode = 0, mounted = 0, rootfs_mount = '', restart_match = 0, restart_count = 0,"
			 " restart_streak = 0, restart_at_ns = 0, paused_ns = 0 WHERE num = ?1",
    [ST_CTR_COUNT] = "SELECT state, intent, count(*) FROM container GROUP BY state, intent",
    [ST_CTR_LIST_POD] = SELECT_LEAN "WHERE pod_id = ?1 AND pod_id <> '' AND intent <> " INTENT_IS_CREATE,
    [ST_POD_INSERT] = "INSERT INTO pod (id" POD_ALL ") VALUES (?" POD_FIXED(PLACE) POD_SAVED(PLACE) ")",
    [ST_POD_SAVE] = "UPDATE pod SET id = id" POD_SAVED(ASSIGN) " WHERE id = ? AND rev = ?",
    [ST_POD_DELETE] = "DELETE FROM pod WHERE id = ?1",
    [ST_POD_BY_ID] = SELECT_POD "WHERE id = ?1",
    [ST_POD_BY_NAME] = SELECT_POD "WHERE name = ?1 AND intent <> " INTENT_IS_CREATE,
    [ST_POD_BY_PREFIX] =
	SELECT_POD "WHERE id >= ?1 AND id < ?1 || 'g' AND intent <> " INTENT_IS_CREATE " ORDER BY id LIMIT 2",
    [ST_POD_LIST] = SELECT_POD "WHERE intent <> " INTENT_IS_CREATE " ORDER BY created_ns, id",
    [ST_POD_INTENTS] = SELECT_POD "WHERE intent <> 0 ORDER BY created_ns, id",
    [ST_POD_NAME_OWNER] = "SELECT id, intent FROM pod WHERE name = ?1",
    [ST_POD_SLOTS] = "SELECT slot, generation, id FROM pod ORDER BY slot",
    [ST_POD_EPOCH_ROWS] = "SELECT num, slot, 0, id FROM pod",
    [ST_POD_EPOCH_SET] = "UPDATE pod SET generation = ?3, rev = rev + 1, cgroup = '' WHERE num = ?1",
    [ST_POD_COUNT] = "SELECT intent, count(*) FROM pod GROUP BY intent",
    [ST_DEPEND_LOOK] = "SELECT state, intent, name FROM container WHERE id = ?1",
    [ST_DEPEND_PUT] = "INSERT OR IGNORE INTO dependency (container, needs) VALUES (?1, ?2)",
    /* A container that needs itself would never go: it is no dependent of itself. */
    [ST_DEPEND_OF] = "SELECT d.container, c.name FROM dependency AS d JOIN container AS c ON c.id = d.container"
		     " WHERE d.needs = ?1 AND d.container <> ?1 ORDER BY c.created_ns, c.id",
    [ST_DEPEND_DELETE] = "DELETE FROM dependency WHERE container = ?1",
    [ST_EVENT_PUT] = "INSERT INTO event (time_ns, text) VALUES (?1, ?2)",
    [ST_EVENT_PRUNE] = "DELETE FROM event WHERE seq <= ?1",
    [ST_EVENT_READ] = "SELECT seq, time_ns, text FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    [ST_EVENT_TOLD] = "SELECT 1 FROM event WHERE seq > ?1 AND text LIKE ?2 LIMIT 1",
    [ST_EVENT_NEWEST] = "SELECT seq FROM sqlite_sequence WHERE name = 'event'",
    /* What somebody saw is never replaced by "unknown". */
    [ST_EXIT_PUT] = "INSERT INTO exit_record (id, run, known, exit_code, exit_signal, oom_killed, finished_ns, error)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id, run) DO UPDATE SET known = excluded.known,"
		    " exit_code = excluded.exit_code, exit_signal = excluded.exit_signal, oom_killed = excluded.oom_killed,"
		    " finished_ns = excluded.finished_ns, error = excluded.error WHERE exit_record.known = 0",
    [ST_EXIT_GET] = "SELECT run, known, exit_code, exit_signal, oom_killed, finished_ns, error FROM exit_record"
		    " WHERE id = ?1 AND run = ?2",
    [ST_EXIT_NEXT] = "SELECT run, known, exit_code, exit_signal, oom_killed, finished_ns, error FROM exit_record"
		     " WHERE id = ?1 AND run >= ?2 ORDER BY run LIMIT 1",
    [ST_EXIT_LAST] = "SELECT run, known, exit_code, exit_signal, oom_killed, finished_ns, error FROM exit_record"
		     " WHERE id = ?1 ORDER BY run DESC LIMIT 1",
    [ST_EXIT_PRUNE] = "DELETE FROM exit_record WHERE finished_ns < ?1 AND"
		      " NOT EXISTS (SELECT 1 FROM container AS c WHERE c.id = exit_record.id)",
};
