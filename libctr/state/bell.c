/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for a change hears of it: bells are rung by the one place where changes are saved, under the writer mutex, so
 * that two never ring the same bell at once. */
#include "os/bell.h"

#include <stdio.h>
#include <unistd.h>
#include "state/store.h"

#define EVENTS_BELL "events" OS_BELL_SUFFIX
#define LOOKS 8

typedef char bell_name[ID_SIZE + sizeof(OS_BELL_SUFFIX)];

static const char *name_of(const char *id, bell_name ret)
{
	(void)snprintf(ret, sizeof(bell_name), "%s%s", id, OS_BELL_SUFFIX);
	return ret;
}

void store_bells_at(struct store *s, int dirfd)
{
	s->bells_fd = dirfd;
}

void bell_ring_container(struct store *s, const char *id)
{
	bell_name name;

	if (s->bells_fd >= 0)
		os_bell_ring(s->bells_fd, name_of(id, name));
}

void bell_ring_events(struct store *s)
{
	if (s->bells_fd >= 0)
		os_bell_ring(s->bells_fd, EVENTS_BELL);
}

static int open_error(struct store *s, const char *name, int errnum, ctr_error_t **err)
{
	return error_set_errno(err, 0, DOMAIN_STATE, errnum, "cannot make %s/exits/%s, which wakes who waits", s->root, name);
}

/* What is being saved is saved, or undone, when this returns; a bell rung by one who died before he took its name away
 * has lost it. */
static int pass_writers(struct store *s, const char *name, int fd, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_LOCK struct lock_guard writer = {0};
	int r = lock_writer_take(s->locks, "wait", call, &writer, err);

	if (r == 0 && os_bell_is_rung(fd))
		os_bell_drop(s->bells_fd, name, fd);
	return r;
}

/* Rev 0: somebody is saving, and may have rung already; or has died doing so, and nobody has come by since. */
static int is_being_saved(struct store *s, const struct container_row *row)
{
	struct lock_ref ref = {.slot = row->slot, .generation = row->generation, .id = row->id};
	uint64_t rev = 0;

	return lock_rev_get(s->locks, &ref, &rev) == 0 && rev == 0;
}

int store_container_bell(struct store *s, const struct container_row *row, const struct op_call *call, int *ret_fd,
			 ctr_error_t **err)
{
	bell_name name;

	name_of(row->id, name);
	for (int i = 0;; i++) {
		CLEANUP_CLOSE int fd = os_bell_open(s->bells_fd, name);
		int was_rung, r;

		if (fd < 0)
			return open_error(s, name, fd, err);
		was_rung = os_bell_is_rung(fd);
		if (s->locks && (was_rung || is_being_saved(s, row))) {
			r = pass_writers(s, name, fd, call, err);
			if (r < 0)
				return r;
		}
		/* A rung one is right too, only that its owner looks once more. */
		if (!os_bell_is_rung(fd) || i == LOOKS) {
			*ret_fd = TAKE_FD(fd);
			return 0;
		}
	}
}

void store_container_bell_drop(struct store *s, const char *id)
{
	bell_name name;

	(void)unlinkat(s->bells_fd, name_of(id, name), 0);
}

int store_events_bell(struct store *s, int *ret_fd, ctr_error_t **err)
{
	struct op_call at_once;

	op_call_begin(&at_once, NULL, 0);
	for (int i = 0;; i++) {
		CLEANUP_CLOSE int fd = os_bell_open(s->bells_fd, EVENTS_BELL);

		if (fd < 0)
			return open_error(s, EVENTS_BELL, fd, err);
		/* Its ringer is about to take its name away, or has died. While writers are busy it stays and is looked at again. */
		if (os_bell_is_rung(fd) && i < LOOKS && s->locks && pass_writers(s, EVENTS_BELL, fd, &at_once, NULL) == 0)
			continue;
		*ret_fd = TAKE_FD(fd);
		return 0;
	}
}

void store_ring_events(struct store *s, const struct op_call *call)
{
	CLEANUP_LOCK struct lock_guard writer = {0};

	if (s->bells_fd >= 0 && s->locks && os_bell_exists(s->bells_fd, EVENTS_BELL) &&
	    lock_writer_take(s->locks, "events", call, &writer, NULL) == 0)
		bell_ring_events(s);
}
