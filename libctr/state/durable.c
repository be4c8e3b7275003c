/* SPDX-License-Identifier: Apache-2.0 */
/* What is done after locks have been released: syncing the WAL, and moving it into the database when it is long. */
#include <errno.h>
#include <fcntl.h>
#include "os/fd.h"
#include "state/store.h"

/* SQLite takes no lock on the WAL file, so closing a descriptor of our own drops none. */
static int sync_wal(struct store *s, ctr_error_t **err)
{
	CLEANUP_CLOSE int fd = os_fd_above_std(openat(s->rootfd, STORE_WAL, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));

	/* No WAL: a checkpoint has moved everything into the database, and synced it. */
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set_errno(err, 0, DOMAIN_STATE, errno, "cannot open %s/%s", s->root, STORE_WAL);
	if (fdatasync(fd) == 0)
		return 0;
	return error_set_errno(err, 0, DOMAIN_STATE, errno, "cannot sync %s/%s: what was saved last may not survive a power cut",
			       s->root, STORE_WAL);
}

int store_make_durable(struct store *s, ctr_error_t **err)
{
	struct quiet quiet;
	int r;

	quiet_begin(&quiet);
	r = sync_wal(s, err);
	quiet_end(&quiet);
	return r;
}

void store_maintain(struct store *s, int restart)
{
	CLEANUP_CONN struct conn *c = NULL;
	int done = 0;

	if (atomic_load(&s->wal_frames) <= WAL_LIMIT_BYTES / WAL_FRAME_BYTES || conn_get(s, NULL, &c, NULL) < 0)
		return;
	/* Without the busy handler: whoever reads or writes right now is not waited for, the next one tries again. */
	sqlite3_busy_handler(c->db, NULL, NULL);
	if (sqlite3_wal_checkpoint_v2(c->db, NULL, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL, &done) ==
	    SQLITE_OK)
		atomic_store(&s->wal_frames, 0);
	sqlite3_busy_handler(c->db, busy_handler, c);
}
