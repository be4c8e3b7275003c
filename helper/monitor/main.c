/* SPDX-License-Identifier: Apache-2.0 */
/* ctr-monitor: watches the containers of one instance, runs their jobs, writes their logs and exit records. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "attrs.h"
#include "base/clock.h"
#include "base/mem.h"
#include "monitor.h"
#include "os/cgroup.h"
#include "os/fd.h"
#include "os/fs.h"

#define NOTES_MAX (64 * 1024)

/* For people who look for the reason later: <root>/monitors/<key>.log, rare and bounded. */
void monitor_note(struct monitor *m, const char *fmt, ...)
{
	char name[PROTOCOL_NAME_SIZE], when[RFC3339_SIZE];
	CLEANUP_FREE char *said = NULL, *line = NULL;
	CLEANUP_CLOSE int fd = -1;
	struct stat st;
	va_list ap;

	va_start(ap, fmt);
	said = str_vprintf(fmt, ap);
	va_end(ap);
	snprintf(name, sizeof(name), "%s.log", m->key);
	fd = openat(m->monitors_fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	line = str_printf("%s ctr-monitor %d: %s\n", clock_format_rfc3339(clock_realtime_ns(), when), (int)getpid(), str_or_empty(said));
	if (fd < 0 || !line)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > NOTES_MAX && ftruncate(fd, 0) < 0)
		return;
	os_write_all(fd, line, strlen(line));
}

static const char *arg(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (STREQ(argv[i], name))
			return argv[i + 1];
	return "";
}

static void say(int ready_fd, const char *word)
{
	/* The starter may be gone. */
	if (ready_fd >= 0)
		os_write_nosigpipe(ready_fd, word, strlen(word));
}

/* The lock file says who is there, for hosts that get no answer. */
static void write_lock(struct monitor *m)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%d %d\n", (int)getpid(), (int)getppid());

	m->lock_fd = store_take(m->store, STORE_LOCK);
	if (m->lock_fd >= 0 && (ftruncate(m->lock_fd, 0) < 0 || pwrite(m->lock_fd, text, (size_t)n, 0) < 0))
		monitor_note(m, "the lock file cannot be written: %s", strerror(errno));
}

/* A cgroup of its own, so that whatever kills its starter's does not kill the monitor of everybody's containers. */
static void place(struct monitor *m)
{
	CLEANUP_FREE char *path = str_printf("/libctr/monitor-%s", m->key);

	if (!path || geteuid() != 0 || os_cgroup_join(path, getpid()) <= 0)
		return;
	os_cgroup_join(path, getppid());
	os_cgroup_paths(getpid(), &m->own_cgroup, NULL);
}

static void unplace(struct monitor *m)
{
	CLEANUP_FREE char *left = NULL;

	if (!m->own_cgroup || os_cgroup_join("/", getppid()) < 0 || os_cgroup_join("/", getpid()) < 0)
		return;
	/* What could not be left is the starter's and stays. */
	if (os_cgroup_paths(getpid(), &left, NULL) == 0 && !STREQ(left, m->own_cgroup))
		os_cgroup_remove(m->own_cgroup);
}

static void unlink_own(struct monitor *m, const char *suffix)
{
	char name[PROTOCOL_NAME_SIZE];

	snprintf(name, sizeof(name), "%s%s", m->key, suffix);
	unlinkat(m->monitors_fd, name, 0);
}

/* Nobody can connect any more once the name is gone; who did before that is served. */
static void leave(struct monitor *m)
{
	struct pollfd p;

	run_root_close(m, 1);
	p = (struct pollfd){.fd = m->listen_fd, .events = POLLIN};
	if (m->listen_fd >= 0 && poll(&p, 1, 0) > 0 && !m->terminating) {
		conn_accept(m);
		close(m->inotify_fd);
		m->listen_io = loop_io_del(m->listen_io);
		close(TAKE_FD(m->listen_fd));
		run_root_open(m);
		return;
	}
	agent_close(m);
	unplace(m);
	if (m->n_ctrs == 0) {
		unlink_own(m, ".journal");
		unlink_own(m, ".log");
		unlink_own(m, PROTOCOL_FRESH_SUFFIX);
	}
	unlink_own(m, "");
	exit(0);
}

static void on_idle(void *userdata)
{
	struct monitor *m = userdata;

	m->idle_timer = NULL;
	if (!m->n_ctrs && !m->conns && !m->agent.pid && !m->n_works)
		leave(m);
}

void idle_check(struct monitor *m)
{
	if (m->terminating && ctn_living(m) == 0 && !jobs_running(m)) {
		leave(m);
		return;
	}
	if (m->n_ctrs || m->conns || m->agent.pid || m->n_works || m->idle_timer)
		return;
	m->idle_timer = loop_timer_add(m->loop, IDLE_NS, on_idle, m);
}

static void on_signal(void *userdata, int signal)
{
	struct monitor *m = userdata;

	if (signal != SIGTERM)
		return;
	m->terminating = 1;
	idle_check(m);
}

static void on_keeper_died(void *userdata)
{
	struct monitor *m = userdata;

	monitor_note(m, "the keeper has died: this process takes its place and starts a new monitor");
	m->keeper_died = 1;
	handover_check(m);
}

static int open_dirs(struct monitor *m)
{
	m->root_fd = os_open_dir(AT_FDCWD, m->root);
	m->exits_fd = m->root_fd < 0 ? m->root_fd : os_open_dir(m->root_fd, "exits");
	m->monitors_fd = m->root_fd < 0 ? m->root_fd : os_open_dir(m->root_fd, PROTOCOL_LOCK_DIR);
	return m->exits_fd < 0 ? m->exits_fd : m->monitors_fd < 0 ? m->monitors_fd : 0;
}

/* Nothing from a predecessor: what may live of this instance only the database knows. */
static void mark_fresh(struct monitor *m)
{
	char name[PROTOCOL_NAME_SIZE];

	snprintf(name, sizeof(name), "%s" PROTOCOL_FRESH_SUFFIX, m->key);
	os_write_file_atomic(m->monitors_fd, name, "", 0, 0600, 0);
}

static int open_journal(struct monitor *m)
{
	char name[PROTOCOL_NAME_SIZE];
	int fd = store_take(m->store, STORE_JOURNAL);

	if (fd < 0)
		mark_fresh(m);
	snprintf(name, sizeof(name), "%s.journal", m->key);
	m->journal = fd >= 0 ? journal_open_fd(fd) : journal_open(m->monitors_fd, name);
	if (!m->journal)
		return -errno;
	store_put(m->store, STORE_JOURNAL, journal_fd(m->journal));
	m->logs = log_engine_new(m->loop, m->journal);
	return m->logs ? 0 : -ENOMEM;
}

static void resume_one(struct ctn *c)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;

	if (c->phase != PHASE_RECORDED && ctn_open_log(c, &err) < 0)
		monitor_note(c->m, "the log of %s cannot be continued: %s", c->id, error_message(err));
	ctn_resume(c);
}

/* 0, or -errno with *ret_what */
static int begin(struct monitor *m, const char **ret_what)
{
	const struct store_events events = {on_keeper_status, on_keeper_died, m};
	int r;

	*ret_what = "the root's directories";
	r = open_dirs(m);
	if (r < 0)
		return r;
	*ret_what = "the event loop";
	m->loop = loop_new();
	if (!m->loop)
		return -ENOMEM;
	loop_on_signal(m->loop, on_signal, m);
	*ret_what = "the keeper's descriptors";
	m->store = store_new(m->loop, PROTOCOL_LINK_FD, &events);
	if (!m->store)
		return -errno;
	write_lock(m);
	place(m);
	*ret_what = "the log journal";
	r = open_journal(m);
	if (r < 0)
		return r;
	ctn_load_all(m);
	*ret_what = "the socket in run_root";
	r = run_root_open(m);
	if (r < 0)
		return r;
	handover_load(m);
	store_drop_rest(m->store);
	ctn_each(m, resume_one);
	ctn_each(m, job_resume);
	*ret_what = "the keeper";
	return store_ask_statuses(m->store);
}

int main(int argc, char **argv)
{
	const int keep[] = {PROTOCOL_LINK_FD, PROTOCOL_READY_FD};
	struct monitor *m = NEW0(struct monitor);
	int ready = fcntl(PROTOCOL_READY_FD, F_SETFD, FD_CLOEXEC) == 0 ? PROTOCOL_READY_FD : -1, r;
	CLEANUP_ERROR ctr_error_t *err = NULL;
	const char *what = "";

	if (!m || argc < 2 || fcntl(PROTOCOL_LINK_FD, F_GETFD) < 0 || !protocol_key_is_good(arg(argc, argv, "--key"))) {
		fprintf(stderr, "ctr-monitor is started by ctr-keeper\n");
		return 2;
	}
	m->argv = argv;
	m->root = arg(argc, argv, "--root");
	m->run_root = arg(argc, argv, "--run-root");
	m->uuid = arg(argc, argv, "--uuid");
	m->monitor_path = arg(argc, argv, "--monitor");
	m->agent_path = arg(argc, argv, "--agent");
	str_copy(m->key, sizeof(m->key), arg(argc, argv, "--key"));
	m->agent.sock = m->listen_fd = m->inotify_fd = m->run_root_fd = -1;
	m->next_conn = 1;
	r = attrs_clean_start(keep, ready >= 0 ? 2 : 1, &err);
	if (r == 0) {
		/* What containers leave behind comes here, and to the keeper when this process is gone. */
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		r = begin(m, &what);
	}
	if (r < 0) {
		CLEANUP_FREE char *text = err ? str_dup(error_message(err)) : str_printf("%s: %s", what, strerror(-r));

		say(ready, text ? text : "out of memory");
		return 1;
	}
	say(ready, PROTOCOL_READY);
	if (ready >= 0)
		close(ready);
	idle_check(m);
	return loop_run(m->loop) < 0;
}
