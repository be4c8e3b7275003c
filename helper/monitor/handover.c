/* SPDX-License-Identifier: Apache-2.0 */
/* Giving the place to another: a newer build, or (when the keeper has died) a keeper that this process itself becomes. */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/fd.h"

#define QUIET_NS (2000 * NSEC_PER_MSEC)
#define CONN_SUFFIX ".conn"
#define TAG_UPGRADE "upgrade"

void conn_tag(const struct conn *c, char ret[STORE_TAG_SIZE])
{
	snprintf(ret, STORE_TAG_SIZE, "%llu" CONN_SUFFIX, (unsigned long long)c->number);
}

static void put_conns(struct monitor *m)
{
	char tag[STORE_TAG_SIZE];

	for (struct conn *c = m->conns; c; c = c->next) {
		if (!c->greeted)
			continue;
		conn_tag(c, tag);
		store_put(m->store, tag, c->fd);
		c->in_store = 1;
	}
}

static void save_open(struct ctn *c)
{
	ctn_save(c);
}

/* Whom the next monitor answers "I am here". */
static void put_upgrade(struct monitor *m)
{
	char text[64];
	int fd, n;

	if (!m->upgrade_req || !m->upgrade_req->conn)
		return;
	fd = os_fd_above_std(memfd_create("ctr-upgrade", MFD_CLOEXEC));
	n = snprintf(text, sizeof(text), "%llu %llu", (unsigned long long)m->upgrade_req->conn->number, (unsigned long long)m->upgrade_req->id);
	if (fd >= 0 && os_write_all(fd, text, (size_t)n) == 0)
		store_put(m->store, TAG_UPGRADE, fd);
}

static int requests_open(const struct monitor *m)
{
	for (const struct conn *c = m->conns; c; c = c->next)
		for (const struct req *r = c->reqs; r; r = r->next)
			if (r != m->upgrade_req)
				return 1;
	return 0;
}

static void become_keeper(struct monitor *m)
{
	CLEANUP_FREE char *path = str_dup(m->monitor_path), *keeper = NULL;
	char number[16], *slash = path ? strrchr(path, '/') : NULL, *argv[32];
	int argc = 0, list;

	if (!slash)
		return;
	*slash = '\0';
	keeper = str_printf("%s/ctr-keeper", path);
	list = store_list_for_keeper(m->store);
	if (!keeper || list < 0)
		return;
	snprintf(number, sizeof(number), "%d", list);
	for (char **a = m->argv; *a && argc < 26; a++)
		if ((STREQ(*a, "--takeover") || STREQ(*a, "--was")) && a[1])
			a++;
		else
			argv[argc++] = *a;
	argv[0] = (char *)"ctr-keeper";
	argv[argc++] = (char *)"--takeover";
	argv[argc++] = number;
	argv[argc] = NULL;
	execve(keeper, argv, environ);
	monitor_note(m, "the keeper has died and %s cannot take its place: %s", keeper, strerror(errno));
}

static void resume(struct monitor *m)
{
	store_be_patient(m->store, 0);
	log_engine_resume(m->logs);
	conn_pause_all(m, 0);
	if (m->listen_io)
		loop_io_set(m->listen_io, EPOLLIN);
}

static void on_quiet_time(void *userdata)
{
	handover_check(userdata);
}

void handover_check(struct monitor *m)
{
	if (!m->upgrade_path && !m->keeper_died) {
		idle_check(m);
		return;
	}
	/* From here on nothing new is begun; what waits in the sockets waits for the next monitor. */
	conn_pause_all(m, 1);
	if (m->listen_io)
		loop_io_set(m->listen_io, 0);
	/* The agent is not waited for: what it asks of us waits in its socket for the next monitor, too. It leaves after what it has been given,
	 * and what nobody hears of any more is given to the next agent. */
	agent_close(m);
	if (jobs_running(m) || requests_open(m))
		return;
	if (log_engine_pause(m->logs, QUIET_NS) < 0) {
		resume(m);
		loop_timer_add(m->loop, QUIET_NS, on_quiet_time, m);
		return;
	}
	store_be_patient(m->store, 1);
	ctn_each(m, save_open);
	put_conns(m);
	put_upgrade(m);
	if (m->keeper_died) {
		become_keeper(m);
		/* Without a keeper it goes on as it is. */
		m->keeper_died = 2;
	} else if (store_replace(m->store, m->upgrade_path) == 0) {
		exit(0);
	}
	resume(m);
}

static void load_conn(void *userdata, const char *tag)
{
	struct monitor *m = userdata;
	uint64_t number = strtoull(tag, NULL, 10);
	int fd = store_take(m->store, tag);

	if (fd >= 0 && conn_adopt(m, fd, number) == 0)
		store_drop(m->store, tag);
}

void handover_load(struct monitor *m)
{
	CLEANUP_CLOSE int fd = store_take(m->store, TAG_UPGRADE);
	char text[64] = "";
	unsigned long long conn = 0, id = 0;
	struct conn *c;

	store_each(m->store, CONN_SUFFIX, load_conn, m);
	if (fd < 0 || pread(fd, text, sizeof(text) - 1, 0) <= 0 || sscanf(text, "%llu %llu", &conn, &id) != 2)
		return;
	store_drop(m->store, TAG_UPGRADE);
	c = conn_find(m, conn);
	if (c) {
		struct req *r = NEW0(struct req);

		if (!r)
			return;
		*r = (struct req){.conn = c, .id = id, .next = c->reqs};
		c->reqs = r;
		req_answer(r, NULL, -1);
	}
}
