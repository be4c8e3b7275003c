/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's unix VFS with one difference: no file of ours gets a number below 3, and none of the numbers stays occupied.
 *
 * When open() answers 0, 1 or 2, SQLite's unix VFS closes it and fills the number with /dev/null for good, in a host that
 * has these numbers closed on purpose. Its table of system calls belongs to the whole library and so to the host too: we
 * must not change it. So each call in which it may open a file is made with the free numbers below 3 occupied by O_PATH
 * descriptors, which like closed ones answer EBADF to read and write, are close-on-exec, and go when the call ends. That is
 * serialised by the mutex that SQLite has for VFSes, so no other store can take our placeholders for the host's files. A host with 0-2
 * open pays three fcntl calls per opened file.
 * A VFS belongs to one store and is not the default one; the host's own use of SQLite never meets it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/mem.h"
#include "state/store.h"

struct vfs_shim {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	char name[48];
	_Atomic int errnum; /* of the last call that failed: SQLite forgets it on some of its ways */
};

struct shim_file {
	sqlite3_file base;
	sqlite3_file *real; /* lies behind this struct */
	struct vfs_shim *vfs;
};

struct low_fds {
	sqlite3_mutex *mutex; /* held while placeholders exist */
	int placed[3], n;
};

static int is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0;
}

static void low_fds_occupy(struct low_fds *l)
{
	sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_VFS3);

	l->n = 0;
	l->mutex = NULL;
	/* Under the mutex nobody else's placeholder exists, so what is open here is the host's. */
	sqlite3_mutex_enter(mutex);
	if (!is_closed(0) && !is_closed(1) && !is_closed(2)) {
		sqlite3_mutex_leave(mutex);
		return;
	}
	l->mutex = mutex;
	while (l->n < 3) {
		int fd = open("/", O_PATH | O_CLOEXEC);

		if (fd < 0)
			break;
		if (fd > 2) {
			close(fd);
			break;
		}
		l->placed[l->n++] = fd;
	}
}

/* A thread of the host may have put a file of its own on the number meanwhile (dup2): that one stays. */
static void low_fds_free(struct low_fds *l)
{
	int saved = errno;

	while (l->n > 0) {
		int fd = l->placed[--l->n], flags = fcntl(fd, F_GETFL);

		if (flags >= 0 && (flags & O_PATH))
			close(fd);
	}
	if (l->mutex)
		sqlite3_mutex_leave(l->mutex);
	errno = saved;
}

static sqlite3_file *real_file(sqlite3_file *file)
{
	return ((struct shim_file *)file)->real;
}

static int note(struct vfs_shim *v, int rc)
{
	int primary = rc & 0xff;

	if ((primary == SQLITE_IOERR && rc != SQLITE_IOERR_SHORT_READ) || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL)
		atomic_store(&v->errnum, errno);
	return rc;
}

#define FORWARD(name, args, ...)                                                                                       \
	static int file_##name args                                                                                    \
	{                                                                                                              \
		sqlite3_file *r = real_file(f);                                                                        \
                                                                                                                       \
		return note(((struct shim_file *)f)->vfs, r->pMethods->x##name(__VA_ARGS__));                          \
	}

FORWARD(Close, (sqlite3_file * f), r)
FORWARD(Read, (sqlite3_file * f, void *data, int n, sqlite3_int64 at), r, data, n, at)
FORWARD(Write, (sqlite3_file * f, const void *data, int n, sqlite3_int64 at), r, data, n, at)
FORWARD(Truncate, (sqlite3_file * f, sqlite3_int64 size), r, size)
FORWARD(FileSize, (sqlite3_file * f, sqlite3_int64 *ret), r, ret)
FORWARD(Lock, (sqlite3_file * f, int level), r, level)
FORWARD(Unlock, (sqlite3_file * f, int level), r, level)
FORWARD(CheckReservedLock, (sqlite3_file * f, int *ret), r, ret)
FORWARD(FileControl, (sqlite3_file * f, int op, void *arg), r, op, arg)
FORWARD(SectorSize, (sqlite3_file * f), r)
FORWARD(DeviceCharacteristics, (sqlite3_file * f), r)
FORWARD(ShmLock, (sqlite3_file * f, int at, int n, int flags), r, at, n, flags)
FORWARD(ShmUnmap, (sqlite3_file * f, int delete), r, delete)

static void file_ShmBarrier(sqlite3_file *f)
{
	real_file(f)->pMethods->xShmBarrier(real_file(f));
}

/* The first sync after a file was made opens its directory. */
static int file_Sync(sqlite3_file *f, int flags)
{
	struct low_fds low;
	int rc;

	low_fds_occupy(&low);
	rc = note(((struct shim_file *)f)->vfs, real_file(f)->pMethods->xSync(real_file(f), flags));
	low_fds_free(&low);
	return rc;
}

/* The first one opens the -shm file. */
static int file_ShmMap(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	struct low_fds low;
	int rc;

	low_fds_occupy(&low);
	rc = note(((struct shim_file *)f)->vfs, real_file(f)->pMethods->xShmMap(real_file(f), page, size, extend, ret));
	low_fds_free(&low);
	return rc;
}

static const sqlite3_io_methods shim_methods = {
    .iVersion = 2,
    .xClose = file_Close,
    .xRead = file_Read,
    .xWrite = file_Write,
    .xTruncate = file_Truncate,
    .xSync = file_Sync,
    .xFileSize = file_FileSize,
    .xLock = file_Lock,
    .xUnlock = file_Unlock,
    .xCheckReservedLock = file_CheckReservedLock,
    .xFileControl = file_FileControl,
    .xSectorSize = file_SectorSize,
    .xDeviceCharacteristics = file_DeviceCharacteristics,
    .xShmMap = file_ShmMap,
    .xShmLock = file_ShmLock,
    .xShmBarrier = file_ShmBarrier,
    .xShmUnmap = file_ShmUnmap,
};

static sqlite3_vfs *real_vfs(sqlite3_vfs *vfs)
{
	return ((struct vfs_shim *)vfs)->real;
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	struct shim_file *f = (struct shim_file *)file;
	struct low_fds low;
	char byte;
	int rc;

	f->base.pMethods = NULL;
	f->vfs = (struct vfs_shim *)vfs;
	f->real = (sqlite3_file *)(f + 1);
	memset(f->real, 0, (size_t)real_vfs(vfs)->szOsFile);
	low_fds_occupy(&low);
	rc = note(f->vfs, real_vfs(vfs)->xOpen(real_vfs(vfs), name, f->real, flags, ret_flags));
	/* After a fork the first open throws away the seed, see seed_randomness. */
	sqlite3_randomness(1, &byte);
	low_fds_free(&low);
	if (f->real->pMethods)
		f->base.pMethods = &shim_methods;
	return rc;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	struct low_fds low;
	int rc;

	low_fds_occupy(&low);
	rc = real_vfs(vfs)->xDelete(real_vfs(vfs), name, sync_dir);
	low_fds_free(&low);
	return rc;
}

static int shim_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
	return real_vfs(vfs)->xAccess(real_vfs(vfs), name, flags, ret);
}

/* The name goes through /proc/self/fd and must stay so: resolved, it could be longer than SQLite's 512 bytes, and a root that
 * was renamed would be lost. */
static int shim_full_path(sqlite3_vfs *vfs UNUSED, const char *name, int size, char *ret)
{
	return size > 0 && str_copy(ret, (size_t)size, name) == 0 ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int shim_randomness(sqlite3_vfs *vfs, int n, char *ret)
{
	struct low_fds low;
	int rc;

	low_fds_occupy(&low);
	rc = real_vfs(vfs)->xRandomness(real_vfs(vfs), n, ret);
	low_fds_free(&low);
	return rc;
}

static int shim_sleep(sqlite3_vfs *vfs, int us)
{
	return real_vfs(vfs)->xSleep(real_vfs(vfs), us);
}

static int shim_time(sqlite3_vfs *vfs, double *ret)
{
	return real_vfs(vfs)->xCurrentTime(real_vfs(vfs), ret);
}

static int shim_last_error(sqlite3_vfs *vfs, int size, char *text)
{
	return real_vfs(vfs)->xGetLastError(real_vfs(vfs), size, text);
}

static int shim_time64(sqlite3_vfs *vfs, sqlite3_int64 *ret)
{
	return real_vfs(vfs)->xCurrentTimeInt64(real_vfs(vfs), ret);
}

static void seed_randomness(void)
{
	struct low_fds low;
	char byte;

	/* Once per process SQLite reads /dev/urandom through the default VFS, not through ours. */
	low_fds_occupy(&low);
	sqlite3_randomness(1, &byte);
	low_fds_free(&low);
}

int vfs_new(struct store *s, struct vfs_shim **ret, ctr_error_t **err)
{
	CLEANUP_FREE struct vfs_shim *v = NEW0(struct vfs_shim);

	if (!v)
		return error_no_memory(err);
	if (!sqlite3_threadsafe() || sqlite3_initialize() != SQLITE_OK || !(v->real = sqlite3_vfs_find("unix")))
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_STATE,
				 "the SQLite library of this process has no threads or no unix VFS: use one built with both");
	seed_randomness();
	snprintf(v->name, sizeof(v->name), "libctr-%p", (void *)v);
	v->vfs = (sqlite3_vfs){
	    .iVersion = 2,
	    .szOsFile = (int)sizeof(struct shim_file) + v->real->szOsFile,
	    .mxPathname = v->real->mxPathname,
	    .zName = v->name,
	    .pAppData = s,
	    .xOpen = shim_open,
	    .xDelete = shim_delete,
	    .xAccess = shim_access,
	    .xFullPathname = shim_full_path,
	    .xRandomness = shim_randomness,
	    .xSleep = shim_sleep,
	    .xCurrentTime = shim_time,
	    .xGetLastError = shim_last_error,
	    .xCurrentTimeInt64 = shim_time64,
	};
	if (sqlite3_vfs_register(&v->vfs, 0) != SQLITE_OK)
		return error_no_memory(err);
	*ret = TAKE_PTR(v);
	return 0;
}

void vfs_free(struct vfs_shim *v)
{
	if (!v)
		return;
	sqlite3_vfs_unregister(&v->vfs);
	free(v);
}

int vfs_errno(const struct vfs_shim *v)
{
	return atomic_load(&v->errnum);
}

const char *vfs_name(const struct vfs_shim *v)
{
	return v->name;
}
