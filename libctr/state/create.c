/* SPDX-License-Identifier: Apache-2.0 */
/* The first open: a complete database is built in memory, written to a nameless file and linked in, so that a process
 * killed anywhere in here, or eight at once, leave one good database or none. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/fd.h"
#include "state/store.h"

#define FORMAT_WRITE_AT 18 /* file format: 2 and 2 here mean WAL */
#define FORMAT_READ_AT 19

static int fill_random(void *buf, size_t len, ctr_error_t **err)
{
	ssize_t n = getrandom(buf, len, 0);

	if (n == (ssize_t)len)
		return 0;
	return error_set_errno(err, CTR_ERR_IO, DOMAIN_STATE, n < 0 ? errno : EIO, "cannot draw random bytes");
}

int uuid_make(char ret[37], ctr_error_t **err)
{
	unsigned char b[16];
	int r = fill_random(b, sizeof(b), err);

	if (r < 0)
		return r;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(ret, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
		 b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return 0;
}

static int fill_meta(struct conn *c, const struct store_facts *wanted, ctr_error_t **err)
{
	static const struct store_facts nothing;
	char uuid[37], lock_uuid[37];
	int r = uuid_make(uuid, err);

	if (r < 0 || (r = uuid_make(lock_uuid, err)) < 0 || (r = meta_set(c, "uuid", uuid, err)) < 0 ||
	    (r = meta_set(c, META_LOCK_NEXT, lock_uuid, err)) < 0 ||
	    (r = meta_set_u64(c, "created_ns", (uint64_t)clock_realtime_ns(), err)) < 0 ||
	    (r = meta_set_u64(c, META_SCHEMA, STORE_SCHEMA, err)) < 0 ||
	    (r = meta_set_u64(c, META_MIN_READER, STORE_MIN_READER, err)) < 0 ||
	    (r = meta_set_u64(c, META_MIN_WRITER, STORE_MIN_WRITER, err)) < 0)
		return r;
	return facts_save_missing(c, &nothing, wanted, err);
}

static int build_in(struct conn *c, const struct store_facts *wanted, ctr_error_t **err)
{
	char pragmas[160];
	int rc;

	snprintf(pragmas, sizeof(pragmas), "PRAGMA page_size = 4096; PRAGMA auto_vacuum = NONE; PRAGMA application_id = %d;",
		 STORE_APPLICATION_ID);
	rc = sqlite3_exec(c->db, pragmas, NULL, NULL, NULL);
	for (size_t i = 0; rc == SQLITE_OK && i < STORE_SCHEMA; i++)
		rc = sqlite3_exec(c->db, schema_migrations[i], NULL, NULL, NULL);
	return rc == SQLITE_OK ? fill_meta(c, wanted, err) : store_error(c->store, c->db, rc, err);
}

static int build(struct store *s, const struct store_facts *wanted, unsigned char **ret, size_t *ret_len, ctr_error_t **err)
{
	struct conn *c = NEW0(struct conn);
	sqlite3_int64 len = 0;
	unsigned char *image = NULL;
	int r;

	if (!c)
		return error_no_memory(err);
	c->store = s;
	r = sqlite3_open_v2(":memory:", &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs_name(s->vfs));
	r = r == SQLITE_OK ? build_in(c, wanted, err) : store_error(s, c->db, r, err);
	if (r == 0)
		image = sqlite3_serialize(c->db, "main", &len, 0);
	if (r == 0 && !image)
		r = error_no_memory(err);
	conn_close(c, 0);
	if (r < 0)
		return r;
	image[FORMAT_WRITE_AT] = image[FORMAT_READ_AT] = 2;
	*ret = image;
	*ret_len = (size_t)len;
	return 0;
}

/* File systems without O_TMPFILE get a name that nobody else looks at. */
static int open_nameless(int rootfd, char name[48], ctr_error_t **err)
{
	unsigned char random[8];
	int r, fd = os_fd_above_std(openat(rootfd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));

	name[0] = '\0';
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL))
		return fd >= 0 ? fd : -errno;
	r = fill_random(random, sizeof(random), err);
	if (r < 0)
		return -EIO;
	strcpy(name, STORE_DB ".new-");
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(name + strlen(name), 3, "%02x", random[i]);
	fd = os_fd_above_std(openat(rootfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	return fd >= 0 ? fd : -errno;
}

static int link_in(int rootfd, int fd, const char *name)
{
	char self[64];
	int r;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (*name)
		r = linkat(rootfd, name, rootfd, STORE_DB, 0);
	else
		r = linkat(AT_FDCWD, self, rootfd, STORE_DB, AT_SYMLINK_FOLLOW);
	/* Someone else was first: theirs counts. */
	if (r < 0 && errno != EEXIST)
		return -errno;
	return fsync(rootfd) < 0 ? -errno : 0;
}

static int write_and_link(int rootfd, const void *image, size_t len, ctr_error_t **err)
{
	CLEANUP_CLOSE int fd = -1;
	char name[48];
	int r;

	fd = open_nameless(rootfd, name, err);
	if (fd < 0)
		return fd;
	r = fchmod(fd, 0600) < 0 ? -errno : os_write_all(fd, image, len);
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	if (r == 0)
		r = link_in(rootfd, fd, name);
	if (*name)
		unlinkat(rootfd, name, 0);
	return r;
}

int store_create_file(struct store *s, const struct store_facts *wanted, ctr_error_t **err)
{
	unsigned char *image = NULL;
	struct quiet quiet;
	size_t len = 0;
	int r = build(s, wanted, &image, &len, err);

	if (r < 0)
		return r;
	quiet_begin(&quiet);
	r = write_and_link(s->rootfd, image, len, err);
	quiet_end(&quiet);
	sqlite3_free(image);
	if (r < 0)
		return error_set_errno(err, r == -EFBIG ? CTR_ERR_NO_SPACE : 0, DOMAIN_STATE, r, "cannot make the database %s/%s",
				       s->root, STORE_DB);
	return 0;
}
