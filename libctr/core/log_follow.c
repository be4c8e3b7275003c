/* SPDX-License-Identifier: Apache-2.0 */
/* What wakes the reader of a log that goes on: the log itself, the end of the run, a change of the container. It costs nobody anything but
 * the reader: the monitor does not know of it. */
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include "base/mem.h"
#include "core/logs.h"
#include "core/steps.h"
#include "os/bell.h"
#include "os/fd.h"
#include "os/pollset.h"

#define LOOKS 8
/* A fresh log takes the name of the old one, which loses a link by that. */
#define LOG_CHANGES (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define DIRECTORY_CHANGES (IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

static int fd_error(int errnum, const char *what, ctr_error_t **err)
{
	return error_set_errno(err, 0, DOMAIN_CORE, errnum, "cannot follow a log: %s", what);
}

/* The copy of a forked child must not keep it in the set. */
static void drop(struct log_follow *f, int *fd)
{
	if (*fd < 0)
		return;
	os_pollset_drop(f->set, *fd);
	close(*fd);
	*fd = -1;
}

static int put(struct log_follow *f, int fd, int *place, const char *what, ctr_error_t **err)
{
	CLEANUP_CLOSE int fresh = fd;
	int r = fd < 0 ? fd : os_pollset_add(f->set, fd);

	if (r < 0)
		return fd_error(r, what, err);
	drop(f, place);
	*place = TAKE_FD(fresh);
	return 0;
}

int log_follow_begin(struct log_follow *f, ctr_error_t **err)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	fd = fd < 0 ? -errno : os_fd_above_std(fd);
	return put(f, fd, &f->files, "no inotify instance can be made; raise fs.inotify.max_user_instances", err);
}

void log_follow_reset(struct log_follow *f)
{
	cleanup_close_fn(&f->files);
	cleanup_close_fn(&f->bell);
	cleanup_close_fn(&f->exit);
}

/* Those heard are forgotten, and the file that has the log's name now is watched, or the directory where it will get it. */
static int watch_files(struct log_follow *f, ctr_error_t **err)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	int watch;

	while (read(f->files, events, sizeof(events)) > 0)
		;
	watch = inotify_add_watch(f->files, f->path, LOG_CHANGES);
	if (watch < 0 && errno == ENOENT) {
		CLEANUP_FREE char *directory = str_ndup(f->path, (size_t)(strrchr(f->path, '/') - f->path) + 1);

		if (!directory)
			return error_no_memory(err);
		watch = inotify_add_watch(f->files, directory, DIRECTORY_CHANGES);
	}
	/* A container that has been removed has no directory any more. */
	if (watch < 0 && errno != ENOENT)
		return fd_error(-errno, "it cannot be watched; raise fs.inotify.max_user_watches", err);
	if (f->watch >= 0 && f->watch != watch)
		(void)inotify_rm_watch(f->files, f->watch);
	f->watch = watch;
	return 0;
}

/* Whether more will be said as things stand. In the state stopped a policy has not decided yet; one that restarts has its time in the row. */
static int is_over(const struct container_row *row)
{
	if (row->state != CTR_STATE_STOPPED && row->state != CTR_STATE_EXITED)
		return row->state == CTR_STATE_REMOVING || row->state == CTR_STATE_UNKNOWN;
	if (row->restart_at_ns)
		return 0;
	return row->state == CTR_STATE_EXITED || row->stopped_by_user || !*str_or_empty(row->restart_policy);
}

static int is_ready(int fd)
{
	return fd >= 0 && os_bell_is_rung(fd);
}

/* 1: a fresh one hangs, and what was before that is to be looked at again */
static int hang_up_bell(struct log_follow *f, const struct container_row *row, ctr_error_t **err)
{
	struct op_call at_once;
	int fd = -1, r;

	if (f->bell >= 0 && !is_ready(f->bell))
		return 0;
	op_call_begin(&at_once, NULL, 0);
	r = store_container_bell(f->c->engine->store, row, &at_once, &fd, err);
	if (r == 0)
		r = put(f, fd, &f->bell, "the container cannot be watched", err);
	return r < 0 ? r : 1;
}

/* 1: look again */
static int watch_run(struct log_follow *f, const struct container_row *row, ctr_error_t **err)
{
	int fd = -1, r;

	if (is_ready(f->exit))
		drop(f, &f->exit);
	if (f->exit >= 0 || row->state == CTR_STATE_STOPPED || row->state == CTR_STATE_EXITED)
		return 0;
	r = core_container_exit_fd(f->c, &fd, err);
	if (r == 0)
		r = put(f, fd, &f->exit, "the end of the container cannot be watched", err);
	return r < 0 ? r : 1;
}

/* 1: look again */
static int look(struct log_follow *f, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int hung, r = core_container_snapshot(f->c, &row, &why);

	f->looked = 1;
	if (r == CTR_ERR_REMOVED) {
		f->is_over = 1;
		return 0;
	}
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	f->is_over = is_over(row);
	if (f->is_over)
		return 0;
	hung = hang_up_bell(f, row, &why);
	/* Others are saving: the old bell goes on ringing, so it is tried again. */
	if (hung < 0 && (hung != CTR_ERR_TIMEOUT || f->bell < 0))
		return error_publish(hung, TAKE_PTR(why), err);
	r = watch_run(f, row, err);
	return r < 0 ? r : r || hung > 0;
}

int log_follow_arm(struct log_follow *f, ctr_error_t **err)
{
	int r = watch_files(f, err);

	if (r < 0 || (f->looked && (f->is_over || (!is_ready(f->bell) && !is_ready(f->exit)))))
		return r;
	r = 1;
	for (int i = 0; r > 0 && i < LOOKS; i++)
		r = look(f, err);
	return r;
}
