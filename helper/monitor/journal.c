/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of shared memory between pipes and logs: what a killed monitor had read and not written is found here by the next one. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "os/fd.h"
#include "os/proc.h"

#define PAGE 4096
#define MAGIC UINT64_C(0x6c6e6a7274636231)
/* Raised with every change of the structs: another layout is started anew, never read. */
#define LAYOUT 2
#define STRIDE ((sizeof(struct journal_block) + PAGE - 1) / PAGE * PAGE)
#define SHORT_FILL 0xFF

struct file_head {
	uint64_t magic;
	uint32_t layout, stride;
	char boot_id[OS_BOOT_ID_SIZE];
};

struct journal {
	int fd;
	size_t n;                    /* blocks the file has room for */
	struct journal_block **maps; /* NULL: free */
};

static off_t offset_of(size_t i)
{
	return (off_t)(PAGE + i * STRIDE);
}

static int make_head(struct file_head *head)
{
	*head = (struct file_head){.magic = MAGIC, .layout = LAYOUT, .stride = STRIDE};
	return os_boot_id(NULL, head->boot_id);
}

/* Populated: a page missing in the middle of a read would cut it short after bytes have left the pipe. */
static struct journal_block *map_block(const struct journal *j, size_t i)
{
	void *at = mmap(NULL, STRIDE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, j->fd, offset_of(i));

	return at == MAP_FAILED ? NULL : at;
}

static int set_room(struct journal *j, size_t n)
{
	struct journal_block **maps = reallocarray(j->maps, n ? n : 1, sizeof(struct journal_block *));

	if (!maps)
		return -ENOMEM;
	for (size_t i = j->n; i < n; i++)
		maps[i] = NULL;
	j->maps = maps;
	j->n = n;
	return 0;
}

static int load(struct journal *j)
{
	struct file_head want, have;
	struct stat st;
	int r = make_head(&want);

	if (r < 0)
		return r;
	if (fstat(j->fd, &st) < 0)
		return -errno;
	if (pread(j->fd, &have, sizeof(have), 0) != (ssize_t)sizeof(have) || memcmp(&have, &want, sizeof(have)) != 0) {
		if (ftruncate(j->fd, 0) < 0 || ftruncate(j->fd, PAGE) < 0)
			return -errno;
		return pwrite(j->fd, &want, sizeof(want), 0) == (ssize_t)sizeof(want) ? 0 : -EIO;
	}
	r = set_room(j, st.st_size > PAGE ? (size_t)(st.st_size - PAGE) / STRIDE : 0);
	for (size_t i = 0; r == 0 && i < j->n; i++) {
		struct journal_head head;

		/* Read, not mapped: looking into a free block must not give it memory. */
		if (pread(j->fd, &head, sizeof(head), offset_of(i)) != (ssize_t)sizeof(head) || head.used != 1)
			continue;
		j->maps[i] = map_block(j, i);
		if (!j->maps[i])
			r = -errno;
	}
	return r;
}

struct journal *journal_open_fd(int fd)
{
	struct journal *j = NEW0(struct journal);
	int r;

	if (!j) {
		close(fd);
		errno = ENOMEM;
		return NULL;
	}
	j->fd = fd;
	r = load(j);
	if (r < 0) {
		journal_free(j);
		errno = -r;
		return NULL;
	}
	return j;
}

struct journal *journal_open(int dirfd, const char *name)
{
	int fd CLEANUP_CLOSE = -1;
	struct stat st;

	if (dirfd < 0)
		fd = os_fd_above_std(memfd_create("libctr-journal", MFD_CLOEXEC));
	else
		fd = os_fd_above_std(openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		errno = EPERM;
		return NULL;
	}
	return journal_open_fd(TAKE_FD(fd));
}

int journal_fd(const struct journal *j)
{
	return j->fd;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->n; i++)
		if (j->maps[i])
			munmap(j->maps[i], STRIDE);
	free(j->maps);
	close(j->fd);
	free(j);
}

/* Memory is promised before it is mapped: a full tmpfs is an error here and not a SIGBUS later. */
static int make_room(struct journal *j, size_t i)
{
	int r = i < j->n ? 0 : set_room(j, i + 1);

	if (r < 0)
		return r;
	if (fallocate(j->fd, 0, offset_of(i), STRIDE) < 0)
		return -errno;
	j->maps[i] = map_block(j, i);
	return j->maps[i] ? 0 : -errno;
}

struct journal_block *journal_get(struct journal *j, const char *id, uint64_t run, int *ret_fresh)
{
	struct journal_block *b;
	size_t i, free_at = j->n;
	int r;

	for (i = 0; i < j->n; i++) {
		b = j->maps[i];
		if (b && b->head.run == run && STREQ(b->head.id, id)) {
			*ret_fresh = 0;
			return b;
		}
		if (!b && free_at == j->n)
			free_at = i;
	}
	r = make_room(j, free_at);
	if (r < 0) {
		errno = -r;
		return NULL;
	}
	b = j->maps[free_at];
	memset(&b->head, 0, sizeof(b->head));
	if (getrandom(b->head.canary, sizeof(b->head.canary), 0) != (ssize_t)sizeof(b->head.canary) ||
	    str_copy(b->head.id, sizeof(b->head.id), id) < 0) {
		journal_put(j, b);
		errno = EINVAL;
		return NULL;
	}
	b->head.run = run;
	atomic_signal_fence(memory_order_seq_cst);
	b->head.used = 1;
	*ret_fresh = 1;
	return b;
}

void journal_put(struct journal *j, struct journal_block *b)
{
	for (size_t i = 0; i < j->n; i++) {
		if (j->maps[i] != b)
			continue;
		b->head.used = 0;
		munmap(b, STRIDE);
		j->maps[i] = NULL;
		(void)fallocate(j->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset_of(i), STRIDE);
		return;
	}
}

void journal_each(struct journal *j, void (*fn)(void *userdata, struct journal_block *b), void *userdata)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->maps[i])
			fn(userdata, j->maps[i]);
}

static void set_state(struct journal_block *b, enum journal_state state)
{
	atomic_store_explicit(&b->head.state, state, memory_order_release);
}

static uint32_t word(const struct journal_block *b)
{
	return atomic_load_explicit(&b->head.state, memory_order_acquire);
}

enum journal_state journal_state(const struct journal_block *b)
{
	return word(b) & ((1u << JOURNAL_STATE_BITS) - 1);
}

uint32_t journal_done(const struct journal_block *b)
{
	enum journal_state state = journal_state(b);

	return state == JOURNAL_FULL || state == JOURNAL_APPENDING ? (word(b) & ~JOURNAL_NOTE) >> JOURNAL_STATE_BITS : 0;
}

/* A note that came into the file together with the last state: from now on that is a number, and the state may change. */
static void settle_note(struct journal_block *b)
{
	if ((word(b) & JOURNAL_NOTE) && journal_state(b) != JOURNAL_APPENDING)
		b->head.told_total = b->head.note_total;
}

/* Bytes in the pipe; 0: none now; -EPIPE: none any more */
static int bytes_waiting(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n = 0;

	if (ioctl(fd, FIONREAD, &n) < 0)
		return -errno;
	if (n > 0)
		return n;
	if (poll(&p, 1, 0) < 0)
		return -errno;
	if (p.revents & POLLIN) /* written in between */
		return ioctl(fd, FIONREAD, &n) < 0 ? -errno : n;
	return p.revents & (POLLHUP | POLLERR) ? -EPIPE : 0;
}

static void arm_canary(struct journal_block *b, uint32_t want)
{
	if (want >= JOURNAL_CANARY_SIZE)
		memcpy(b->data + want - JOURNAL_CANARY_SIZE, b->head.canary, JOURNAL_CANARY_SIZE);
	else
		memset(b->data, SHORT_FILL, want);
}

static int canary_is_gone(const struct journal_block *b)
{
	uint32_t want = b->head.want;

	if (want >= JOURNAL_CANARY_SIZE)
		return memcmp(b->data + want - JOURNAL_CANARY_SIZE, b->head.canary, JOURNAL_CANARY_SIZE) != 0;
	for (uint32_t i = 0; i < want; i++)
		if (b->data[i] != SHORT_FILL)
			return 1;
	return 0;
}

int journal_read(struct journal_block *b, int fd, uint32_t stream)
{
	int n = bytes_waiting(fd);
	ssize_t got;

	if (n <= 0)
		return n;
	settle_note(b);
	b->head.stream = stream;
	b->head.want = n < JOURNAL_DATA_SIZE ? (uint32_t)n : JOURNAL_DATA_SIZE;
	b->head.stamp_ns = clock_realtime_ns();
	arm_canary(b, b->head.want);
	set_state(b, JOURNAL_READING);
	do {
		got = read(fd, b->data, b->head.want);
	} while (got < 0 && errno == EINTR);
	if (got <= 0) {
		int r = got == 0 ? -EPIPE : errno == EAGAIN ? 0 : -errno;

		set_state(b, JOURNAL_IDLE);
		return r;
	}
	b->head.len = (uint32_t)got;
	set_state(b, JOURNAL_FULL);
	return 1;
}

uint64_t journal_untold(const struct journal_block *b)
{
	uint64_t told = b->head.told_total;

	if (word(b) & JOURNAL_NOTE) {
		if (journal_state(b) == JOURNAL_APPENDING)
			return b->head.note_total - told;
		told = b->head.note_total;
	} else if (journal_state(b) == JOURNAL_APPENDING) {
		return 0;
	}
	return b->head.lost_total - told;
}

int journal_recover(struct journal_block *b)
{
	enum journal_state state = journal_state(b);

	settle_note(b);
	if (state == JOURNAL_READING && b->head.want <= JOURNAL_DATA_SIZE && canary_is_gone(b)) {
		b->head.len = b->head.want;
		set_state(b, JOURNAL_FULL);
		state = JOURNAL_FULL;
	}
	if ((state == JOURNAL_FULL || state == JOURNAL_APPENDING) && b->head.len <= JOURNAL_DATA_SIZE && b->head.stream <= 1 &&
	    journal_done(b) <= b->head.len)
		return 1;
	set_state(b, JOURNAL_IDLE);
	return 0;
}

static void set_word(struct journal_block *b, enum journal_state state, uint32_t done, uint32_t note)
{
	atomic_store_explicit(&b->head.state, (uint32_t)state | done << JOURNAL_STATE_BITS | note, memory_order_release);
}

void journal_begin_append(struct journal_block *b, uint64_t log_ino, int64_t log_offset, int with_note)
{
	uint32_t done = journal_done(b);

	if (journal_state(b) == JOURNAL_APPENDING) {
		/* Once more the same: what the note says stays. */
		with_note = (word(b) & JOURNAL_NOTE) != 0;
	} else {
		settle_note(b);
		if (with_note)
			b->head.note_total = b->head.lost_total;
	}
	b->head.log_ino = log_ino;
	b->head.log_offset = log_offset;
	set_word(b, JOURNAL_APPENDING, done, with_note ? JOURNAL_NOTE : 0);
}

static void set_partial(struct journal_block *b, int partial)
{
	uint32_t bit = 1u << b->head.stream, flags = atomic_load_explicit(&b->head.partial, memory_order_relaxed);

	atomic_store_explicit(&b->head.partial, partial ? flags | bit : flags & ~bit, memory_order_relaxed);
}

void journal_part_done(struct journal_block *b, uint32_t done, int partial)
{
	set_partial(b, partial);
	set_word(b, JOURNAL_FULL, done, word(b) & JOURNAL_NOTE);
	settle_note(b);
}

void journal_end_append(struct journal_block *b, int partial)
{
	set_partial(b, partial);
	b->head.seq++;
	set_word(b, JOURNAL_IDLE, 0, word(b) & JOURNAL_NOTE);
	settle_note(b);
}

void journal_give_up(struct journal_block *b)
{
	uint32_t lost = b->head.len - journal_done(b);

	/* A note that was to be written with them has not been. */
	settle_note(b);
	set_word(b, JOURNAL_IDLE, 0, 0);
	b->head.lost_total += lost;
	b->head.seq++;
}

void journal_tell_lost(struct journal_block *b)
{
	settle_note(b);
	b->head.len = 0;
	b->head.stamp_ns = clock_realtime_ns();
	set_state(b, JOURNAL_FULL);
}
