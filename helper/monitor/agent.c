/* SPDX-License-Identifier: Apache-2.0 */
/* The agent: a short-lived program that cleans up after runs nobody claims, and does the restarts that are due. It is told what to do, never waited for. */
#include "monitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "attrs.h"
#include "base/clock.h"
#include "base/mem.h"
#include "os/fd.h"
#include "os/spawn.h"

#define ITEMS_AT_ONCE 4
#define BACK_OFF_MIN_NS (100 * NSEC_PER_MSEC)
#define BACK_OFF_MAX_NS (5 * NSEC_PER_SEC)
#define AGENT_IDLE_NS (1 * NSEC_PER_SEC)
#define LINE_MAX_SIZE 1024

static void pump(struct monitor *m);

/* Whoever deleted the store wants no more of its work done, and nothing of it could be. */
static int is_store_gone(const struct monitor *m)
{
	struct stat st;

	return fstat(m->root_fd, &st) == 0 && st.st_nlink == 0;
}

static void drop_put_back(struct monitor *m)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct ctn *next;

		for (struct ctn *c = m->ctrs[i]; c; c = next) {
			next = c->next;
			if (c->agent == AGENT_PUT_BACK && c->phase == PHASE_RECORDED)
				ctn_free(c);
		}
	}
	agent_close(m);
	idle_check(m);
}

static void on_timer(void *userdata)
{
	struct monitor *m = userdata;

	m->agent.timer = NULL;
	if (is_store_gone(m)) {
		drop_put_back(m);
		return;
	}
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct ctn *c = m->ctrs[i]; c; c = c->next)
			if (c->agent == AGENT_PUT_BACK)
				c->agent = AGENT_QUEUED;
	pump(m);
}

static void back_off(struct monitor *m)
{
	struct agent *a = &m->agent;

	a->back_off_ns = a->back_off_ns ? a->back_off_ns * 2 : BACK_OFF_MIN_NS;
	if (a->back_off_ns > BACK_OFF_MAX_NS)
		a->back_off_ns = BACK_OFF_MAX_NS;
	loop_timer_del(a->timer);
	a->timer = loop_timer_add(m->loop, a->back_off_ns, on_timer, m);
}

static void put_back_sent(struct monitor *m)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct ctn *c = m->ctrs[i]; c; c = c->next)
			if (c->agent == AGENT_SENT)
				c->agent = AGENT_PUT_BACK;
	m->agent.out = 0;
}

void agent_close(struct monitor *m)
{
	struct agent *a = &m->agent;

	a->io = loop_io_del(a->io);
	a->idle = loop_timer_del(a->idle);
	if (a->sock >= 0)
		close(a->sock);
	a->sock = -1;
}

static void on_agent_exit(void *userdata, pid_t pid, int wait_status)
{
	struct monitor *m = userdata;

	(void)pid;
	m->agent.child = NULL;
	m->agent.pid = 0;
	agent_close(m);
	if (m->agent.out) {
		monitor_note(m, "the agent ended in the middle of its work (wait status %d)", wait_status);
		put_back_sent(m);
		back_off(m);
	} else {
		pump(m);
	}
	handover_check(m);
	idle_check(m);
}

/* What is to be done for it now: a restart that is due, else the clean-up. */
static int is_restart(const struct ctn *c)
{
	return c->restart_at_ns != UINT64_MAX && !c->restart_timer;
}

static void result(struct monitor *m, const char *text, size_t len)
{
	CLEANUP_JSON json_t *j = NULL;
	const char *why;
	struct ctn *c;
	size_t at;

	if (json_parse(text, len, &j, &why, &at) < 0 || !(c = ctn_find(m, json_get_str(j, "id", ""), json_get_u64(j, "run", 0))) || c->agent != AGENT_SENT) {
		if (m->agent.out)
			m->agent.out--;
		return;
	}
	m->agent.out--;
	if (STREQ(json_get_str(j, "result", ""), "done")) {
		c->agent = AGENT_NONE;
		m->agent.back_off_ns = 0;
		if (c->restarts_told == c->restarts_sent)
			ctn_free(c);
		else if (!c->restart_timer) /* planned while the agent was at work, and due already */
			agent_submit(c);
		return;
	}
	if (STREQ(json_get_str(j, "result", ""), "error"))
		monitor_note(m, "the agent could not %s %s: %s", is_restart(c) ? "restart" : "clean up", c->id, json_get_str(j, "message", ""));
	c->agent = AGENT_PUT_BACK;
	back_off(m);
}

static void on_agent(void *userdata, uint32_t events)
{
	struct monitor *m = userdata;
	char text[LINE_MAX_SIZE];
	size_t len, n_fds;

	(void)events;
	while (m->agent.sock >= 0 && os_recv_msg(m->agent.sock, text, sizeof(text), &len, NULL, 0, &n_fds) == 0) {
		if (len == 0) {
			agent_close(m);
			return;
		}
		result(m, text, text[len - 1] == '\n' ? len - 1 : len);
	}
	pump(m);
}

static int start(struct monitor *m)
{
	struct agent *a = &m->agent;
	const char *argv[] = {"ctr-agent", "--root", m->root, "--run-root", m->run_root, NULL};
	struct os_spawn what = {.path = m->agent_path, .argv = argv, .envp = attrs_environment(), .new_session = 1};
	CLEANUP_ERROR ctr_error_t *err = NULL;
	struct os_spawn_fd fd;
	int pair[2], r;

	if (os_socketpair_seqpacket(pair) < 0)
		return -1;
	fd = (struct os_spawn_fd){pair[1], 3};
	what.fds = &fd;
	what.n_fds = 1;
	r = os_spawn(&what, &a->pid, NULL, &err);
	close(pair[1]);
	if (r < 0) {
		monitor_note(m, "the agent cannot be started: %s", error_message(err));
		close(pair[0]);
		a->pid = 0;
		return -1;
	}
	a->sock = pair[0];
	a->child = loop_child_add(m->loop, a->pid, on_agent_exit, m);
	a->io = loop_io_add(m->loop, a->sock, EPOLLIN, on_agent, m);
	return 0;
}

static void send_item(struct monitor *m, struct ctn *c)
{
	char line[LINE_MAX_SIZE];
	int n = snprintf(line, sizeof(line), "{\"id\":\"%s\",\"run\":%llu,\"what\":\"%s\"}\n", c->id, (unsigned long long)c->run,
			 is_restart(c) ? "restart" : "cleanup");

	if (os_send_msg(m->agent.sock, line, (size_t)n, NULL, 0) == 0) {
		c->agent = AGENT_SENT;
		c->restarts_sent = c->restarts_told;
		m->agent.idle = loop_timer_del(m->agent.idle);
		m->agent.out++;
	}
}

static void on_idle(void *userdata)
{
	struct monitor *m = userdata;

	m->agent.idle = NULL;
	/* The end of its input: it leaves. */
	if (!m->agent.out)
		agent_close(m);
}

/* First come, first served: those that crash again at once must not keep the others waiting. */
static struct ctn *next_item(struct monitor *m, int *ret_put_back)
{
	struct ctn *next = NULL;

	*ret_put_back = 0;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct ctn *c = m->ctrs[i]; c; c = c->next) {
			*ret_put_back |= c->agent == AGENT_PUT_BACK;
			if (c->agent == AGENT_QUEUED && !ctn_busy(c) && (!next || c->agent_turn < next->agent_turn))
				next = c;
		}
	return next;
}

static void pump(struct monitor *m)
{
	struct agent *a = &m->agent;
	int put_back = 0;
	struct ctn *c;

	while (a->out < ITEMS_AT_ONCE && (c = next_item(m, &put_back)) && !m->terminating && !m->upgrade_path) {
		/* The one before has been told to leave and is on its way. */
		if (a->sock < 0 && (a->pid || start(m) < 0)) {
			if (!a->pid) {
				c->agent = AGENT_PUT_BACK;
				back_off(m);
			}
			return;
		}
		send_item(m, c);
		if (c->agent != AGENT_SENT)
			break;
	}
	if (!a->idle && a->sock >= 0 && !a->out && !put_back)
		a->idle = loop_timer_add(m->loop, AGENT_IDLE_NS, on_idle, m);
}

void agent_submit(struct ctn *c)
{
	if (c->transient || c->agent == AGENT_SENT || c->m->terminating || !c->m->agent_path[0])
		return;
	c->agent = AGENT_QUEUED;
	c->agent_turn = ++c->m->agent.turns;
	pump(c->m);
}

void agent_hear(struct ctn *c)
{
	if (c->agent == AGENT_PUT_BACK)
		agent_submit(c);
}
