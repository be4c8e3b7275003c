/* SPDX-License-Identifier: Apache-2.0 */
/* Lock segments: files in /dev/shm that are complete before they get their name. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "base/mem.h"
#include "lock/layout.h"
#include "os/fd.h"
#include "os/fs.h"

#define SHM_DIR "/dev/shm"

uint32_t lock_segment_slots(unsigned n)
{
	return UINT32_C(1024) << (n < 6 ? n : 6);
}

void lock_segment_path(char buf[LOCK_NAME_SIZE], const char *uuid, unsigned n)
{
	snprintf(buf, LOCK_NAME_SIZE, SHM_DIR "/libctr-%.40s-%u", uuid, n);
}

static size_t segment_size(unsigned n)
{
	return sizeof(struct lock_header) + (size_t)lock_segment_slots(n) * sizeof(struct lock_slot);
}

/* Error checking, because it compares thread ids and not addresses: a thread that holds a slot through another mapping of
 * the same segment is told so instead of waiting for itself. */
static int init_mutexes(struct lock_header *h, uint32_t slots)
{
	struct lock_slot *s = (struct lock_slot *)(h + 1);
	pthread_mutexattr_t attr;
	int r;

	r = -pthread_mutexattr_init(&attr);
	if (r < 0)
		return r;
	r = -pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (r == 0)
		r = -pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (r == 0)
		r = -pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	if (r == 0)
		r = -pthread_mutex_init(&h->writer.mutex, &attr);
	for (uint32_t i = 0; r == 0 && i < slots; i++)
		r = -pthread_mutex_init(&s[i].mutex, &attr);
	pthread_mutexattr_destroy(&attr);
	return r;
}

static void *map_segment(int fd, size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return NULL;
	/* A forked child would otherwise own locks of a thread it does not have. */
	if (madvise(map, size, MADV_DONTFORK) < 0) {
		munmap(map, size);
		return NULL;
	}
	return map;
}

static int fill_segment(int fd, unsigned n, const char *uuid, const char *epoch_id)
{
	size_t size = segment_size(n);
	struct lock_header *h;
	int r;

	/* Not ftruncate: touching a page that a full tmpfs cannot provide is SIGBUS. */
	r = os_fallocate(fd, (off_t)size);
	if (r < 0)
		return r;
	h = map_segment(fd, size);
	if (!h)
		return -errno;
	r = init_mutexes(h, lock_segment_slots(n));
	h->magic = LOCK_MAGIC;
	h->layout = LOCK_LAYOUT;
	h->mutex_size = sizeof(pthread_mutex_t);
	h->slot_size = sizeof(struct lock_slot);
	h->slots = lock_segment_slots(n);
	h->index = n;
	str_copy(h->libc, sizeof(h->libc), LOCK_LIBC);
	if (r == 0)
		r = str_copy(h->uuid, sizeof(h->uuid), uuid);
	if (r == 0)
		r = str_copy(h->epoch, sizeof(h->epoch), epoch_id);
	munmap(h, size);
	return r;
}

/* A nameless file first, so that a process killed in here leaves nothing behind. */
int lock_segment_create(unsigned n, const char *uuid, const char *epoch_id, ctr_error_t **err)
{
	CLEANUP_CLOSE int fd = -1;
	char path[LOCK_NAME_SIZE], self[64];
	int r;

	lock_segment_path(path, uuid, n);
	fd = os_fd_above_std(open(SHM_DIR, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
	if (fd < 0)
		return error_set_errno(err, errno == EROFS ? CTR_ERR_PERMISSION : 0, DOMAIN_LOCK, errno,
				       "cannot make the lock segment %s", path);
	r = fchmod(fd, 0600) < 0 ? -errno : 0;
	if (r == 0)
		r = fill_segment(fd, n, uuid, epoch_id);
	if (r == -ENOSPC || r == -EFBIG || r == -EDQUOT || r == -ENOMEM)
		return error_set_errno(err, r == -ENOMEM ? CTR_ERR_NO_MEMORY : CTR_ERR_NO_SPACE, DOMAIN_LOCK, r,
				       "no room for the lock segment %s of %zu bytes: make room in " SHM_DIR
				       " or raise its size (and RLIMIT_FSIZE)",
				       path, segment_size(n));
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_LOCK, r, "cannot fill the lock segment %s", path);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	r = linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
	if (r < 0 && errno == EEXIST) {
		/* The transaction we run in says that there is no such segment: this one is left from a lost transaction. */
		lock_segment_remove(uuid, n);
		r = linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
	}
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_LOCK, errno, "cannot name the lock segment %s", path);
	return 0;
}

void lock_segment_remove(const char *uuid, unsigned n)
{
	char path[LOCK_NAME_SIZE];

	lock_segment_path(path, uuid, n);
	unlink(path);
}

static const char *why_not_ours(const struct lock_header *h, size_t size, unsigned n, const char *uuid,
				const char *epoch_id)
{
	if (size < sizeof(*h) || h->magic != LOCK_MAGIC)
		return "it is no lock segment of libctr";
	if (h->layout != LOCK_LAYOUT || h->slot_size != sizeof(struct lock_slot))
		return "it was made by another version of libctr";
	if (h->mutex_size != sizeof(pthread_mutex_t) || strncmp(h->libc, LOCK_LIBC, sizeof(h->libc)) != 0)
		return "it was made with another C library";
	if (h->index != n || strncmp(h->uuid, uuid, sizeof(h->uuid)) != 0 || h->slots != lock_segment_slots(n) ||
	    size != segment_size(n))
		return "it belongs to another store";
	if (strncmp(h->epoch, epoch_id, sizeof(h->epoch)) != 0)
		return "it belongs to another boot or process id namespace";
	return NULL;
}

int lock_segment_open(unsigned n, const char *uuid, const char *epoch_id, struct lock_segment **ret, ctr_error_t **err)
{
	CLEANUP_FREE struct lock_segment *seg = NEW0(struct lock_segment);
	CLEANUP_CLOSE int fd = -1;
	char path[LOCK_NAME_SIZE];
	const char *why;
	struct stat st;

	if (!seg)
		return error_no_memory(err);
	lock_segment_path(path, uuid, n);
	fd = os_fd_above_std(open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
	if (fd < 0 && errno == ENOENT) {
		error_set(err, CTR_ERR_STORE_MISMATCH, DOMAIN_LOCK,
			  "the store's lock segment %s is missing: it was deleted, or this process sees another " SHM_DIR
			  " than the one the store was opened with; use that one, or end all users of the store and reboot",
			  path);
		error_detail(err, "path", path);
		return CTR_ERR_STORE_MISMATCH;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(err, 0, DOMAIN_LOCK, errno, "cannot open the lock segment %s", path);
	seg->size = (size_t)st.st_size;
	seg->header = S_ISREG(st.st_mode) && seg->size >= sizeof(struct lock_header) ? map_segment(fd, seg->size) : NULL;
	if (!seg->header && S_ISREG(st.st_mode) && seg->size >= sizeof(struct lock_header))
		return error_set_errno(err, 0, DOMAIN_LOCK, errno, "cannot map the lock segment %s", path);
	why = seg->header ? why_not_ours(seg->header, seg->size, n, uuid, epoch_id) : "it is no lock segment of libctr";
	if (why) {
		if (seg->header)
			munmap(seg->header, seg->size);
		error_set(err, CTR_ERR_STORE_MISMATCH, DOMAIN_LOCK, "the lock segment %s cannot be used: %s", path, why);
		error_detail(err, "path", path);
		return CTR_ERR_STORE_MISMATCH;
	}
	seg->slots = (struct lock_slot *)(seg->header + 1);
	seg->fd = TAKE_FD(fd);
	*ret = TAKE_PTR(seg);
	return 0;
}

void lock_segment_close(struct lock_segment *seg)
{
	if (!seg)
		return;
	munmap(seg->header, seg->size);
	close(seg->fd);
	free(seg);
}

/* Through the fd, not the name: a host may see another /dev/shm by now and still hold the right segment. */
int lock_segment_is_linked(const struct lock_segment *seg)
{
	struct stat st;

	return fstat(seg->fd, &st) == 0 && st.st_nlink > 0;
}
