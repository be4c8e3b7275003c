/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a run: status, output drained, exit record, who waits is woken, and who cleans up. */
#include "monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/cgroup.h"
#include "os/exit_file.h"
#include "os/pidfd.h"
#include "os/proc.h"

static void record(struct ctn *c);

static void on_grace(void *userdata)
{
	struct ctn *c = userdata;

	c->grace = NULL;
	c->grace_over = 1;
	ctn_cleanup_check(c);
}

/* Claimants come first, as long as a job of theirs runs and a grace after; then the agent. */
void ctn_cleanup_check(struct ctn *c)
{
	/* A planned restart says that somebody has cleaned up. */
	if (c->phase != PHASE_RECORDED || c->transient || ctn_busy(c) || c->grace || c->restart_at_ns != UINT64_MAX)
		return;
	if (c->claims && !c->grace_over) {
		c->grace = loop_timer_add(c->m->loop, PROTOCOL_GRACE_NS, on_grace, c);
		if (c->grace)
			return;
	}
	agent_submit(c);
}

void ctn_claim(struct ctn *c, uint64_t conn)
{
	struct claim *claim;

	for (claim = c->claims; claim; claim = claim->next)
		if (claim->conn == conn)
			return;
	claim = NEW0(struct claim);
	if (!claim)
		return;
	claim->conn = conn;
	claim->next = c->claims;
	c->claims = claim;
	c->grace_over = 0;
}

void ctn_unclaim(struct ctn *c, uint64_t conn)
{
	for (struct claim **at = &c->claims; *at; at = &(*at)->next) {
		struct claim *claim = *at;

		if (claim->conn != conn)
			continue;
		*at = claim->next;
		free(claim);
		if (!c->claims) {
			c->grace = loop_timer_del(c->grace);
			ctn_cleanup_check(c);
		}
		return;
	}
}

static void on_retry(void *userdata)
{
	struct ctn *c = userdata;

	c->retry_timer = NULL;
	record(c);
}

static void fill(struct ctn *c, struct exit_record *rec)
{
	str_copy(rec->id, sizeof(rec->id), c->id);
	rec->run = c->run;
	rec->finished_ns = c->finished_ns;
	rec->oom_killed = c->oom_killed;
	rec->exit_code = -1;
	if (c->null) {
		rec->known = 1;
		rec->exit_code = c->null_code;
		rec->exit_signal = c->null_signal;
	} else if (c->known) {
		exit_record_from_wait_status(rec, c->wait_status);
	} else {
		str_copy(rec->error, sizeof(rec->error), "monitor lost");
	}
}

/* A run that never was has no end: exit_fds taken before a start that fails stand for the next run. */
static int takes_it_back(const struct ctn *c)
{
	return c->never_ran || (c->exec_watch && c->job_req && exec_watch_check(c->exec_watch) == EXEC_FAILED);
}

static void record(struct ctn *c)
{
	struct exit_record rec = {0};
	int r;

	fill(c, &rec);
	r = exit_file_write(c->m->exits_fd, &rec);
	if (r == -EAGAIN) {
		/* Another writer is between two system calls, or stopped there: its word may still come. */
		c->retry_timer = loop_timer_add(c->m->loop, 10 * NSEC_PER_MSEC, on_retry, c);
		if (c->retry_timer)
			return;
	}
	/* -ENOENT: the container has been removed, nobody reads it any more. */
	if (r < 0 && r != -EEXIST && r != -ENOENT)
		monitor_note(c->m, "exit record of %s cannot be written: %s", c->id, strerror(-r));
	if (!takes_it_back(c))
		exit_file_wake(c->m->exits_fd, c->id, c->run);
	c->phase = PHASE_RECORDED;
	ctn_save(c);
	if (c->pid_start)
		store_forget(c->m->store, c->pid, c->pid_start);
	start_check(c);
	ctn_cleanup_check(c);
	handover_check(c->m);
}

static void on_drained(void *userdata, int complete)
{
	(void)complete;
	record(userdata);
}

/* What was written before the end is in the log before anybody learns of the end. */
static void drain(struct ctn *c)
{
	if (c->log)
		log_stream_drain(c->log, DRAIN_NS, on_drained, c);
	else
		record(c);
}

void ctn_ended(struct ctn *c, int known, int wait_status, const char *why_unknown)
{
	if (c->phase >= PHASE_ENDED)
		return;
	c->child = loop_child_del(c->child);
	c->pidfd_io = loop_io_del(c->pidfd_io);
	c->lost_timer = loop_timer_del(c->lost_timer);
	c->stop_timer = loop_timer_del(c->stop_timer);
	c->null_timer = loop_timer_del(c->null_timer);
	c->limit_timer = loop_timer_del(c->limit_timer);
	c->stop_at_ns = c->null_at_ns = UINT64_MAX;
	if (!known && !c->null)
		monitor_note(c->m, "the exit status of %s is unknown: %s", c->id, why_unknown);
	c->known = known;
	c->wait_status = wait_status;
	c->finished_ns = clock_realtime_ns();
	c->oom_killed = c->cgroups[0] && os_cgroup_oom_kills(c->cgroups) > 0;
	c->phase = PHASE_ENDED;
	/* In the store before the zombie is reaped and so before its status can be lost with this process. */
	ctn_save(c);
	drain(c);
}

static void on_child(void *userdata, pid_t pid, int wait_status)
{
	struct ctn *c = userdata;

	(void)pid;
	c->child = NULL;
	/* The flag of a failed execve is readable until the zombie is reaped. */
	start_check(c);
	ctn_ended(c, 1, wait_status, "");
}

static void on_stop(void *userdata, pid_t pid, int wait_status)
{
	struct ctn *c = userdata;

	(void)pid;
	if (c->exec_watch)
		exec_watch_trap(c->exec_watch, wait_status);
	start_check(c);
}

void on_keeper_status(void *userdata, pid_t pid, uint64_t start, int wait_status)
{
	struct monitor *m = userdata;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct ctn *c = m->ctrs[i]; c; c = c->next)
			if (c->pid == pid && (!start || !c->pid_start || c->pid_start == start) && c->phase < PHASE_ENDED) {
				start_check(c);
				ctn_ended(c, 1, wait_status, "");
				store_forget(m->store, pid, start);
				return;
			}
	loop_child_ended(m->loop, pid, wait_status);
	store_forget(m->store, pid, start);
}

/* Nobody's child here: the kernel keeps the status with the pidfd (Linux 6.15), before that the zombie has it until its parent reaps it. */
static int foreign_status(struct ctn *c, int *ret)
{
	struct os_proc_stat st;
	int r = os_pidfd_exit_status(c->pidfd, ret);

	if (r == 0)
		return 0;
	if (os_proc_stat(c->pid, &st) == 0 && st.start_time == c->pid_start && st.state == 'Z') {
		*ret = st.exit_status;
		return 0;
	}
	return -ENODATA;
}

static void on_lost(void *userdata)
{
	struct ctn *c = userdata;
	int status;

	c->lost_timer = NULL;
	if (foreign_status(c, &status) == 0)
		ctn_ended(c, 1, status, "");
	else if (clock_monotonic_ns() < c->lost_at_ns && (c->lost_timer = loop_timer_add(c->m->loop, 50 * NSEC_PER_MSEC, on_lost, c)))
		return;
	else
		ctn_ended(c, 0, 0, "it ended as the child of another process and this kernel keeps no status");
}

static void on_pidfd(void *userdata, uint32_t events)
{
	struct ctn *c = userdata;

	(void)events;
	c->pidfd_io = loop_io_del(c->pidfd_io);
	c->lost_at_ns = clock_monotonic_ns() + LOST_NS;
	on_lost(c);
}

int ctn_watch(struct ctn *c, ctr_error_t **err)
{
	struct os_proc_stat st = {0};

	if (c->pidfd < 0)
		c->pidfd = os_pidfd_open(c->pid, c->pid_start);
	if (c->pidfd < 0 && c->pidfd != -ESRCH)
		return error_set_errno(err, 0, DOMAIN_MONITOR, c->pidfd, "cannot watch process %d of container %s", (int)c->pid, c->id);
	if (c->pidfd < 0) {
		c->pidfd = -1;
		return error_set(err, CTR_ERR_NO_SUCH_CONTAINER, DOMAIN_MONITOR, "process %d of container %s is gone", (int)c->pid, c->id);
	}
	ctn_put_fd(c, "pidfd", c->pidfd);
	c->pid_inode = os_pidfd_inode(c->pidfd);
	if (os_proc_stat(c->pid, &st) == 0 && !c->pid_start)
		c->pid_start = st.start_time;
	c->child = loop_child_add(c->m->loop, c->pid, on_child, c);
	if (!c->child)
		return error_no_memory(err);
	loop_child_on_stop(c->child, on_stop);
	/* Our own child is reaped, the keeper's is told: the pidfd is for those that are neither's. */
	if (st.ppid != getpid() && (c->m->keeper_died || st.ppid != getppid())) {
		c->pidfd_io = loop_io_add(c->m->loop, c->pidfd, EPOLLIN, on_pidfd, c);
		if (!c->pidfd_io)
			return error_no_memory(err);
	}
	return 0;
}

static void kill_it(struct ctn *c, int all)
{
	ctn_signal(c, SIGKILL, all);
	if (c->cgroups[0] && os_cgroup_is_frozen(c->cgroups) > 0)
		os_cgroup_thaw(c->cgroups, NULL, NULL);
}

static void on_stop_time(void *userdata)
{
	struct ctn *c = userdata;

	c->stop_timer = NULL;
	c->stop_at_ns = UINT64_MAX;
	kill_it(c, c->stop_all);
}

static void on_limit(void *userdata)
{
	struct ctn *c = userdata;

	c->limit_timer = NULL;
	kill_it(c, c->limit_all);
}

static void arm_limit(struct ctn *c)
{
	uint64_t now = clock_monotonic_ns();

	c->limit_timer = loop_timer_del(c->limit_timer);
	if (c->limit_at_ns != UINT64_MAX)
		c->limit_timer = loop_timer_add(c->m->loop, c->limit_at_ns > now ? c->limit_at_ns - now : 0, on_limit, c);
}

void ctn_limit(struct ctn *c, uint64_t ran_ns)
{
	if (!c->limit_ns)
		return;
	c->limit_at_ns = clock_monotonic_ns() + (ran_ns < c->limit_ns ? c->limit_ns - ran_ns : 0);
	arm_limit(c);
}

void ctn_stop_at(struct ctn *c, uint64_t at_ns)
{
	uint64_t now = clock_monotonic_ns();

	c->stop_timer = loop_timer_del(c->stop_timer);
	c->stop_at_ns = at_ns;
	if (at_ns != UINT64_MAX)
		c->stop_timer = loop_timer_add(c->m->loop, at_ns > now ? at_ns - now : 0, on_stop_time, c);
}

static void on_null_time(void *userdata)
{
	struct ctn *c = userdata;

	c->null_timer = NULL;
	ctn_ended(c, 1, 0, "");
}

void ctn_null_at(struct ctn *c, uint64_t at_ns)
{
	uint64_t now = clock_monotonic_ns();

	c->null_timer = loop_timer_del(c->null_timer);
	c->null_at_ns = at_ns;
	c->null_timer = loop_timer_add(c->m->loop, at_ns > now ? at_ns - now : 0, on_null_time, c);
}

static void on_restart_time(void *userdata)
{
	struct ctn *c = userdata;

	c->restart_timer = NULL;
	agent_submit(c);
}

void ctn_restart_at(struct ctn *c, uint64_t at_ns)
{
	uint64_t now = clock_monotonic_ns();

	c->restart_timer = loop_timer_del(c->restart_timer);
	c->restart_at_ns = at_ns;
	c->restart_timer = loop_timer_add(c->m->loop, at_ns > now ? at_ns - now : 0, on_restart_time, c);
	/* Without a timer it comes too early, which the agent sees and says again. */
	if (!c->restart_timer)
		agent_submit(c);
}

struct kill_all {
	char *cgroups;
};

static void kill_all_run(void *data)
{
	struct kill_all *k = data;
	struct op_call call;

	op_call_begin(&call, NULL, 10 * NSEC_PER_SEC);
	os_cgroup_kill_all(k->cgroups, &call, NULL);
}

static void kill_all_done(void *data)
{
	struct kill_all *k = data;

	free(k->cgroups);
	free(k);
}

int ctn_signal(struct ctn *c, int signal, int all)
{
	int r = c->pidfd >= 0 ? os_pidfd_signal(c->pidfd, signal) : -ESRCH;

	if (all && signal == SIGKILL && c->cgroups[0]) {
		struct kill_all *k = NEW0(struct kill_all);

		if (k && (k->cgroups = str_dup(c->cgroups)) && work_start(c->m, kill_all_run, k, kill_all_done, k))
			return 0;
		free(k ? k->cgroups : NULL);
		free(k);
	}
	return r;
}

void ctn_resume(struct ctn *c)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;

	if (c->phase == PHASE_RECORDED && c->restart_at_ns != UINT64_MAX) {
		ctn_restart_at(c, c->restart_at_ns);
	} else if (c->phase == PHASE_RECORDED) {
		ctn_cleanup_check(c);
	} else if (c->phase == PHASE_ENDED) {
		drain(c);
	} else if (c->null) {
		ctn_null_at(c, c->null_at_ns);
	} else if (c->phase == PHASE_CREATING) {
		/* job_resume goes on with it */
	} else if (c->pid && ctn_watch(c, &err) < 0) {
		/* Ended and reaped by the keeper: the status comes with its list. */
		if (c->m->keeper_died)
			ctn_ended(c, 0, 0, "it ended while no monitor ran");
	} else {
		if (c->stop_at_ns != UINT64_MAX)
			ctn_stop_at(c, c->stop_at_ns);
		arm_limit(c);
	}
}
